"""Whether a configuration over-fits, under-fits or neither: exactly one sentence says so.

Training accuracy is counted as the images come by in the last epoch, just before they are learnt
from, so it is a little low: the gap is, if anything, wider than it looks. Where images were moved,
chosen for being hard, or seen with values dropped, it can't be set against the images watched; then
the loss on those, over the epochs, is the only witness.
"""

import math
from statistics import fmean
from typing import NamedTuple

import numpy as np

from tinydrill.drilldown.recipe import Recipe
from tinydrill.drilldown.record import Record
from tinydrill.drilldown.stages.trained import Floats, Trained

# A gap between training and test accuracy counts beyond this many standard errors of a reading
# (√(p(1 − p)/images)): at three of them, the choice of test images explains it once in 700 times.
GAP_ERRORS = 3.0
# The lowest loss and the last are means of so many epochs: of single ones, the lowest is so low by
# luck, and the last may be an outlier.
LOSS_EPOCHS = 3
# A test loss has risen if it ends this far above its lowest: near 99.3 % some 70 mistakes of
# 10,000 carry the loss, and a sum over 70 is known to about one part in √70 = 0.12.
LOSS_RISE = 0.12


def handicaps(trained: Trained) -> str:
    """Why training figures can't be set against test figures, in words; empty if they can."""
    recipe: Recipe = trained.configuration.recipe
    why = []
    moved_to_the_end = recipe.calm * recipe.epochs < 1
    if moved_to_the_end and (
        moved := [name for name in ("rotate", "shift", "scale", "shear") if getattr(recipe, name)]
    ):
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
    """Training and test accuracy in the last epoch, in %.

    Attributes:
        error: standard error of the test accuracy, from the choice of so many `images`.
    """

    train: float
    test: float
    error: float
    images: int

    @property
    def wide(self) -> bool:
        """Whether the gap is more than the choice of images explains."""
        return self.train - self.test > GAP_ERRORS * self.error

    def leads(self, wanted: float) -> bool:
        """Whether the test images are read as well as wanted (%), and clearly better than those."""
        return self.test >= wanted and self.test - self.train > GAP_ERRORS * self.error


def gap_of(trained: Trained) -> Gap:
    """The gap, mean over the finished runs."""
    ends = [run.epochs[-1] for run in trained.finished]
    train, test = fmean(e.train.accuracy for e in ends), fmean(e.watch.accuracy for e in ends)
    right, images = test / 100, ends[0].watch.images
    return Gap(train, test, 100 * math.sqrt(right * (1 - right) / images), images)


def over_fits(trained: Trained) -> str | None:
    """Training images are known by heart: by the gap, where it can be read."""
    if handicaps(trained) or not (gap := gap_of(trained)).wide:
        return None
    return (
        f"{trained.called} over-fits: in the last epoch it gets {gap.train:.2f} % of the training "
        f"images right as they come by, but {gap.test:.2f} % of the {trained.watched} images. "
        f"The gap of {gap.train - gap.test:.2f} points is {(gap.train - gap.test) / gap.error:.1f} "
        f"standard errors of an accuracy over {gap.images:,} images"
    )


def under_fits(trained: Trained, wanted: float) -> str | None:
    """Even the training images are not learnt: no gap, and they stay below what is wanted (%)."""
    if handicaps(trained) or (gap := gap_of(trained)).wide or gap.train >= wanted:
        return None
    if gap.leads(wanted):
        return None
    return (
        f"{trained.called} under-fits: even of the training images it gets {gap.train:.2f} % "
        f"right, less than the {wanted:g} % wanted of the {trained.watched} images, where it has "
        f"{gap.test:.2f} %. It lacks size, epochs or a better step rather than more varied images"
    )


def fits(trained: Trained, wanted: float) -> str | None:
    """Neither: training images are learnt well enough, and the rest no worse."""
    if handicaps(trained) or (gap := gap_of(trained)).wide or gap.train < wanted:
        return None
    if gap.leads(wanted):
        return None
    return (
        f"{trained.called} shows no clear over-fitting: {gap.train:.2f} % of the training "
        f"images right as they come by, and {gap.test:.2f} % of the {trained.watched} images; the "
        f"gap of {gap.train - gap.test:.2f} points is within {GAP_ERRORS:g} standard errors of an "
        f"accuracy over {gap.images:,} images ({GAP_ERRORS * gap.error:.2f})"
    )


def leads(trained: Trained, wanted: float) -> str | None:
    """The images watched are read better than training images, which were counted too early."""
    if handicaps(trained) or not (gap := gap_of(trained)).leads(wanted):
        return None
    return (
        f"{trained.called} shows no over-fitting: {gap.train:.2f} % of the training images right "
        f"as they come by, and even more, {gap.test:.2f} %, of the {trained.watched} images. The "
        f"lead of {gap.test - gap.train:.2f} points is more than {GAP_ERRORS:g} standard errors of "
        f"an accuracy over {gap.images:,} images ({GAP_ERRORS * gap.error:.2f}): training images "
        "are counted while the epoch still learns from them, and where it learns much, they look "
        "worse than they are"
    )


class Loss(NamedTuple):
    """Means of `LOSS_EPOCHS` epochs in a row: the lowest, where it was, and the last.

    Attributes:
        epochs: how many are read together; fewer in a run of fewer.
        until: the last epoch (from 1) of the lowest.
        lowest: in nats an image.
        end: in nats an image.
    """

    epochs: int
    until: int
    lowest: float
    end: float

    @property
    def rise(self) -> float:
        """How far the end is above the lowest, as a share of it."""
        return self.end / self.lowest - 1 if self.lowest > 0 else 0.0

    @property
    def where(self) -> str:
        """The lowest one's epochs in words."""
        first = self.until - self.epochs + 1
        return f"epoch {first}" if self.epochs == 1 else f"epochs {first} to {self.until}"


def loss_of(trained: Trained) -> Loss:
    """The loss on the images watched, mean over the finished runs."""
    losses = trained.losses()
    epochs = min(LOSS_EPOCHS, len(losses))
    means: Floats = np.convolve(losses, np.full(epochs, 1 / epochs), "valid")
    at = int(means.argmin())
    return Loss(epochs, at + epochs, float(means[at]), float(means[-1]))


def loss_rises(trained: Trained) -> str | None:
    """Over-fitting late in the run, where only the loss on the images watched can tell."""
    why = handicaps(trained)
    loss = loss_of(trained)
    if not why or loss.rise <= LOSS_RISE:
        return None
    return (
        f"{trained.called} over-fits towards the end: its {trained.watched} loss was lowest in "
        f"{loss.where} ({loss.lowest:.4f}) and ends {100 * loss.rise:.0f} % above that "
        f"({loss.end:.4f}{_mean_of(loss)}). Training figures are no witness here, since in "
        f"training {why}"
    )


def _mean_of(loss: Loss) -> str:
    return "" if loss.epochs == 1 else f", means of {loss.epochs} epochs"


def loss_holds(trained: Trained) -> str | None:
    """No over-fitting, where only the loss on the images watched can tell."""
    why = handicaps(trained)
    loss = loss_of(trained)
    if not why or loss.rise > LOSS_RISE:
        return None
    above = f"{100 * loss.rise:.0f} % above its lowest ({loss.lowest:.4f}, {loss.where}"
    above = above if loss.rise > 0 else f"the lowest it has been ({loss.where}"
    return (
        f"{trained.called} shows no sign of over-fitting: its {trained.watched} loss ends at "
        f"{loss.end:.4f}, {above}{_mean_of(loss)}). Training figures are no witness here, since "
        f"in training {why}"
    )
