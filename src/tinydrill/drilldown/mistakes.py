"""Which images a network gets wrong, and a picture of them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tinydrill.drilldown.idx import Bytes


@dataclass(frozen=True, slots=True)
class Mistake:
    """One wrongly classified image, `index` counted from 0 in its file.

    `loss` is in nats; `confidence` is the probability given to the wrong class.
    """

    index: int
    label: int
    predicted: int
    confidence: float
    loss: float


def find_mistakes(logits: Tensor, labels: Tensor) -> tuple[Mistake, ...]:
    """All mistakes in logits [N, classes] against int64 labels [N], worst loss first."""
    log_probabilities = torch.log_softmax(logits.double(), dim=1)
    predicted = logits.argmax(dim=1)
    found = [
        Mistake(
            index,
            int(labels[index]),
            int(predicted[index]),
            float(log_probabilities[index, predicted[index]].exp()),
            float(-log_probabilities[index, labels[index]]),
        )
        for index in (predicted != labels).nonzero().flatten().tolist()
    ]
    return tuple(sorted(found, key=lambda mistake: -mistake.loss))


def draw_mistakes(mistakes: tuple[Mistake, ...], images: Bytes, path: Path) -> None:
    """Write a PNG grid: each image with its index, its class, and what it was taken for.

    Args:
        mistakes: those to draw, in order; none draws a picture that says so.
        images: uint8 [N, H, W], of which `index` counts.
        path: the PNG to write.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = min(10, max(1, len(mistakes)))
    rows = max(1, -(-len(mistakes) // columns))
    figure = Figure(figsize=(max(4.0, 1.15 * columns), 1.45 * rows + 0.5), dpi=110)
    FigureCanvasAgg(figure)
    heading = f"{len(mistakes)} mistakes, worst first: class → taken for (confidence)"
    figure.suptitle(heading if mistakes else "no mistakes", fontsize=10)
    grid = figure.subplots(rows, columns, squeeze=False)
    for place in grid.flat:
        place.axis("off")
    for place, mistake in zip(grid.flat, mistakes, strict=False):
        place.imshow(255 - np.asarray(images[mistake.index]), cmap="gray", vmin=0, vmax=255)
        place.set_title(
            f"{mistake.label} → {mistake.predicted}  ({mistake.confidence:.0%})\n#{mistake.index}",
            fontsize=7.5,
        )
    figure.tight_layout(rect=(0, 0, 1, 0.985))
    figure.savefig(path, format="png")
