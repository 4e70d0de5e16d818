"""Whether a configuration over-fits, under-fits or neither: exactly one sentence says so.

Training accuracy is measured on images as they were trained on. Where they were moved, chosen for
being hard, or seen with values dropped, it can't be set against the images watched; then the loss
on those, over the epochs, is the only witness.
"""

import math
from statistics import fmean
from typing import NamedTuple

from tinydrill.drilldown.recipe import Recipe
from tinydrill.drilldown.record import Record
from tinydrill.drilldown.trained import Floats, Trained

# A gap between training and test accuracy counts beyond this many standard errors of a reading
# (√(p(1 − p)/images)): at three of them, the choice of test images explains it once in 700 times.
GAP_ERRORS = 3.0
# A test loss has risen if it ends this far above its lowest: near 99.3 % some 70 mistakes of
# 10,000 carry the loss, and a sum over 70 is known to about one part in √70 = 0.12.
LOSS_RISE = 0.12


def handicaps(trained: Trained) -> str:
    """Why training figures can't be set against test figures, in words; empty if they can."""
    recipe: Recipe = trained.configuration.recipe
    why = []
    if moved := [name for name in ("rotate", "shift", "scale", "shear") if getattr(recipe, name)]:
        why.append(f"images are moved ({', '.join(moved)})")
    if recipe.focus < 1:
        why.append("hard images come more often (focus)")
    if may_drop(trained.runs[0]):
        why.append("values are dropped (Dropout)")
    return " and ".join(why)


def may_drop(run: Record) -> bool:
    """Whether the net drops values in training; a class in a file may, for all that is known."""
    net = run.net.net
    if net is None:
        return True
    return net["dropout"] > 0 and any("d" in layer.get("post", "") for layer in net["layers"])


class Gap(NamedTuple):
    """Training and test accuracy in the last epoch, in %, and a reading's standard error."""

    train: float
    test: float
    error: float

    @property
    def wide(self) -> bool:
        """Whether the gap is more than the choice of images explains."""
        return self.train - self.test > GAP_ERRORS * self.error


def gap_of(trained: Trained) -> Gap:
    """The gap, mean over the finished runs."""
    ends = [run.epochs[-1] for run in trained.finished]
    train, test = fmean(e.train.accuracy for e in ends), fmean(e.watch.accuracy for e in ends)
    right = test / 100
    return Gap(train, test, 100 * math.sqrt(right * (1 - right) / ends[0].watch.images))


def over_fits(trained: Trained) -> str | None:
    """Training images are known by heart: by the gap, where it can be read."""
    if handicaps(trained) or not (gap := gap_of(trained)).wide:
        return None
    return (
        f"{trained.net} over-fits: in the last epoch it gets {gap.train:.2f} % of the training "
        f"images right but {gap.test:.2f} % of the {trained.watched} images. The gap of "
        f"{gap.train - gap.test:.2f} points is {(gap.train - gap.test) / gap.error:.1f} standard "
        "errors of such a reading"
    )


def under_fits(trained: Trained, wanted: float) -> str | None:
    """Even the training images are not learnt: no gap, and both below what is wanted (%)."""
    if handicaps(trained) or (gap := gap_of(trained)).wide or gap.train >= wanted:
        return None
    return (
        f"{trained.net} under-fits: even of the training images it gets {gap.train:.2f} % right, "
        f"less than the {wanted:g} % wanted of the {trained.watched} images, where it has "
        f"{gap.test:.2f} %. It lacks size, epochs or a better step, not more varied images"
    )


def fits(trained: Trained, wanted: float) -> str | None:
    """Neither: training images are learnt well enough, and the rest no worse."""
    if handicaps(trained) or (gap := gap_of(trained)).wide or gap.train < wanted:
        return None
    return (
        f"{trained.net} shows no over-fitting: {gap.train:.2f} % of the training images right and "
        f"{gap.test:.2f} % of the {trained.watched} images; the gap of "
        f"{gap.train - gap.test:.2f} points is within {GAP_ERRORS:g} standard errors of a reading "
        f"({GAP_ERRORS * gap.error:.2f})"
    )


def _lowest(losses: Floats) -> tuple[int, float, float]:
    """The epoch (from 1) of the lowest loss, that loss, and how far the end is above it."""
    at = int(losses.argmin())
    return at + 1, float(losses[at]), float(losses[-1] / losses[at] - 1) if losses[at] > 0 else 0.0


def loss_rises(trained: Trained) -> str | None:
    """Over-fitting late in the run, where only the loss on the images watched can tell."""
    why = handicaps(trained)
    epoch, lowest, rise = _lowest(losses := trained.losses())
    if not why or rise <= LOSS_RISE:
        return None
    return (
        f"{trained.net} over-fits towards the end: its {trained.watched} loss was lowest after "
        f"epoch {epoch} ({lowest:.4f}) and ends {100 * rise:.0f} % above that ({losses[-1]:.4f}). "
        f"Training figures are no witness here, since in training {why}"
    )


def loss_holds(trained: Trained) -> str | None:
    """No over-fitting, where only the loss on the images watched can tell."""
    why = handicaps(trained)
    epoch, lowest, rise = _lowest(losses := trained.losses())
    if not why or rise > LOSS_RISE:
        return None
    return (
        f"{trained.net} shows no sign of over-fitting: its {trained.watched} loss ends at "
        f"{losses[-1]:.4f}, {100 * rise:.0f} % above its lowest ({lowest:.4f}, epoch {epoch}). "
        f"Training figures are no witness here, since in training {why}"
    )
