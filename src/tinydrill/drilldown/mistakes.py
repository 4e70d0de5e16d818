"""Which images a network gets wrong, and a picture of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import torch
from torch import Tensor

from tinydrill.drilldown.idx import Bytes

_DRAWN = 200  # more of them can't be looked at, and a bad net has thousands
_COLUMNS = 10


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


def draw_mistakes(mistakes: tuple[Mistake, ...], images: Bytes, path: Path | IO[bytes]) -> None:
    """Write a PNG of the worst mistakes: each image, its index, its class, what it was taken for.

    Args:
        mistakes: in the order to draw, the first 200 of them; none draws a picture that says so.
        images: uint8 [N, H, W], of which `index` counts.
        path: the PNG to write, or where its bytes go.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = mistakes[:_DRAWN]
    height, width = images.shape[1:]
    columns, rows = min(_COLUMNS, max(1, len(drawn))), max(1, -(-len(drawn) // _COLUMNS))
    # One mosaic for all: a drawing of its own for each would take a minute.
    tile_height, tile_width = round(height * 1.75), round(width * 1.5)
    mosaic = np.full((rows * tile_height, columns * tile_width), 255, np.uint8)
    figure = Figure(figsize=(max(4.5, 1.25 * columns), 1.45 * rows + 0.6), dpi=110)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.01, 0.01, 0.98, 1 - 0.55 / (1.45 * rows + 0.6)))
    axes.axis("off")
    for number, mistake in enumerate(drawn):
        top, left = number // _COLUMNS * tile_height, number % _COLUMNS * tile_width
        row, column = top + tile_height - height, left + (tile_width - width) // 2
        mosaic[row : row + height, column : column + width] = 255 - images[mistake.index]
        axes.text(
            left + tile_width / 2,
            row - height * 0.12,
            f"{mistake.label} → {mistake.predicted}  ({mistake.confidence:.0%})\n#{mistake.index}",
            ha="center",
            va="bottom",
            fontsize=8,
        )
    axes.imshow(mosaic, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    shown = (
        f"the worst {len(drawn)} of {len(mistakes)}"
        if len(drawn) < len(mistakes)
        else "worst first"
    )
    heading = f"{len(mistakes)} mistakes, {shown}: class → taken for (confidence)"
    figure.suptitle(
        heading if mistakes else "no mistakes",
        fontsize=10,
        y=1 - 0.15 / (1.45 * rows + 0.6),
        va="top",
    )
    figure.savefig(path, format="png")
