"""What a search may propose: shapes that fill a parameter budget, and recipes around `drill`.

A shape has few free numbers: a stem, convolutions between the poolings, and two for all widths.
The widths are then scaled until the net fills its budget, so nearly every proposal may be trained.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Protocol

from tinydrill.drilldown.cookbook import DRILL
from tinydrill.drilldown.layers import Fc, GlobalAvg, Layer, Net, Post, Unshuffle, c3, pool, same
from tinydrill.drilldown.recipe import Recipe
from tinydrill.drilldown.trace import Shape, trace

# Between poolings: the folded image is 14 pixels wide and bears two stages, the full one three.
_STAGES = {"folded": 2, "full": 3}
_MOST_CONVOLUTIONS = 3
_WIDEST = 512

# Known to be good under 20,000 parameters, and what the search begins with.
BEGINNINGS: tuple[dict[str, Any], ...] = (
    {"stem": "folded", "folded_convs_1": 2, "folded_convs_2": 2, "head": "flatten", "growth": 2.0},
    {"stem": "full", "head": "average", "growth": 3.5}
    | {f"full_convs_{stage}": 2 for stage in (1, 2, 3)},
)
_USUAL: dict[str, Any] = {"bend": 0.0, "motion": 1.0} | {
    name: getattr(DRILL, name)
    for name in (
        *("batch", "lr", "weight_decay", "label_smoothing", "focus", "calm", "warmup"),
        "schedule",
    )
}


class Suggest(Protocol):
    """Who chooses: a trial of Optuna's, or anything that answers likewise."""

    def suggest_int(self, name: str, low: int, high: int) -> int:
        """A whole number in [low, high]."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        """A number in [low, high]; `log`: by orders of magnitude."""

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """One of the choices."""


class OverBudgetError(Exception):
    """Even the narrowest net of this shape has too many parameters."""


def beginnings() -> list[dict[str, Any]]:
    """Whole proposals to begin with, by the names under which `shape` and `training` ask."""
    return [_USUAL | beginning for beginning in BEGINNINGS]


def _layers(stem: str, stages: Sequence[int], widths: Sequence[int], head: str) -> list[Layer]:
    """The layers of a net; the last of a stage is unpadded, so that edges are not all padding."""
    layers: list[Layer] = [Unshuffle(2)] if stem == "folded" else []
    left = list(widths)
    for number, count in enumerate(stages, start=1):
        layers += [same(left.pop(0), "br") for _ in range(count - 1)]
        if number < len(stages) or (stem == "folded" and head == "flatten"):
            # Pooled first: BatchNorm and ReLU then have a quarter of the values to do.
            layers += [c3(left.pop(0), ""), pool, Post("br")]
        else:
            layers += [c3(left.pop(0), "br")]
    return [*layers, *([GlobalAvg()] if head == "average" else [])]


def _relative_widths(count: int, growth: float, bend: float) -> list[float]:
    """Widths from 1 to `growth`, evenly in orders of magnitude; `bend` lifts the middle ones."""
    places = [index / max(1, count - 1) for index in range(count)]
    return [float(growth ** (t + 4 * bend * t * (1 - t))) for t in places]


def shape(suggest: Suggest, name: str, parameters: int, images: Shape, classes: int) -> Net:
    """A net with fewer than so many parameters, BatchNorm counted, and as wide as that allows.

    Args:
        suggest: chooses.
        name: the net's.
        parameters: the budget; the net stays below.
        images: (channels, height, width) of what it is shown.
        classes: how many it tells apart.

    Raises:
        OverBudgetError: no width fits.
        UnusableInputError: the images are too small for it.
    """
    stem = suggest.suggest_categorical("stem", ("folded", "full"))
    stages = [
        suggest.suggest_int(f"{stem}_convs_{number}", 1, _MOST_CONVOLUTIONS)
        for number in range(1, _STAGES[stem] + 1)
    ]
    head = suggest.suggest_categorical("head", ("average", "flatten"))
    growth = suggest.suggest_float("growth", 1, 8, log=True)
    bend = suggest.suggest_float("bend", -0.4, 0.4)
    relative = _relative_widths(sum(stages), growth, bend)

    def scaled(scale: float) -> Net:
        widths = [max(1, round(scale * width)) for width in relative]
        return Net(name, (*_layers(stem, stages, widths, head), Fc(classes, "")))

    # Every scale at which a width changes, so that the widest net that fits is found exactly.
    steps = sorted({(whole + 0.5) / w for w in relative for whole in range(_WIDEST)})
    scales = [0.0, *((low + high) / 2 for low, high in pairwise(steps))]
    if trace(scaled(0.0), images).parameters >= parameters:
        raise OverBudgetError(f"even 1 channel a layer is not below {parameters:,} parameters")
    low, high = 0, len(scales)
    while high - low > 1:
        middle = (low + high) // 2
        if trace(scaled(scales[middle]), images).parameters < parameters:
            low = middle
        else:
            high = middle
    return scaled(scales[low])


def _short(value: float) -> float:
    """Three digits: what is chosen must be fit to be typed, and more of it means nothing."""
    return float(f"{value:.3g}")


def training(suggest: Suggest, epochs: float) -> Recipe:
    """A recipe of so many epochs, in the neighbourhood of `drill`."""
    motion = suggest.suggest_float("motion", 0, 2)
    return replace(
        DRILL,
        epochs=epochs,
        batch=suggest.suggest_categorical("batch", (128, 256, 512)),
        lr=_short(suggest.suggest_float("lr", 0.003, 0.06, log=True)),
        weight_decay=_short(suggest.suggest_float("weight_decay", 0.003, 0.3, log=True)),
        label_smoothing=_short(suggest.suggest_float("label_smoothing", 0, 0.2)),
        focus=_short(suggest.suggest_float("focus", 0.15, 1)),
        calm=_short(suggest.suggest_float("calm", 0, 0.3)),
        warmup=_short(suggest.suggest_float("warmup", 0.02, 0.4)),
        schedule=suggest.suggest_categorical("schedule", ("linear", "cosine")),
        rotate=_short(DRILL.rotate * motion),
        shift=_short(DRILL.shift * motion),
        scale=_short(DRILL.scale * motion),
        shear=_short(DRILL.shear * motion),
    )
