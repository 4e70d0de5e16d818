"""What the runs of one configuration say, each fact a sentence with its numbers, or None.

Every function looks at one question and is silent where it has nothing to say. Thresholds are
constants here, each with its reason. Over- and under-fitting is in `fitting.py`; what takes two
configurations is in `contrasts.py`.
"""

import math
from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

import numpy as np

from tinydrill.drilldown.stages.trained import Floats, Trained

# Trend and scatter are read from this many last epochs, none of them in the first half, where every
# run is steep; fewer than three show no scatter around a line.
TREND_EPOCHS = 5
FEWEST_EPOCHS = 3
# A slope that chance explains is still no plateau if so many more epochs of it would save more
# errors than the square root of those there are: that would show.
PLATEAU_EPOCHS = 5
# A slope counts where chance gives one as steep, up or down, in fewer than 5 of 100 cases.
TREND_CHANCE = 0.05
# Errors scatter much if by more than half their square root: drawn afresh after each epoch they
# would scatter by the whole of it, so a quarter of the variance would be the step's doing.
SCATTER = 0.5
# A step is called large while it is more than this share of the recipe's lr: below, the schedule
# has calmed it already, and scatter has another cause.
LARGE_STEP = 0.1
# Best epoch against last: a smaller difference than this many images is not worth a sentence.
FLATTERY_IMAGES = 2.0
# A pair of classes stands out if errors dealt out evenly would give any pair so many in fewer than
# 5 of 100 runs (Poisson, times the number of pairs: Bonferroni) …
CONFUSED_CHANCE = 0.05
# … and so many pairs are named: more can't be kept in mind.
CONFUSED_PAIRS = 3


class Trend(NamedTuple):
    """A straight line through the last epochs, each run with a height of its own.

    Attributes:
        epochs: how many were read.
        slope: errors an epoch; fewer errors are a negative slope.
        p: chance of a slope as steep where there is none.
        scatter: deviation of single readings from the line, in errors.
        level: mean errors.
    """

    epochs: int
    slope: float
    p: float
    scatter: float
    level: float


def trend_of(trained: Trained) -> Trend | None:
    """The line; None where the second half of the run has fewer than `FEWEST_EPOCHS`."""
    from scipy.stats import t

    epochs = min(TREND_EPOCHS, *(len(run.epochs) // 2 for run in trained.finished))
    if epochs < FEWEST_EPOCHS:
        return None
    errors = trained.errors(epochs)
    at = np.arange(epochs) - (epochs - 1) / 2
    centred = errors - errors.mean(axis=1, keepdims=True)
    weight = len(errors) * float((at**2).sum())
    slope = float((centred * at).sum()) / weight
    freedom = errors.size - len(errors) - 1
    scatter = math.sqrt(float(((centred - slope * at) ** 2).sum()) / freedom)
    error = scatter / math.sqrt(weight)
    p = 2 * float(t.sf(abs(slope) / error, freedom)) if error > 0 else float(slope == 0)
    return Trend(epochs, slope, p, scatter, float(errors.mean()))


def _per_epoch(trained: Trained, trend: Trend) -> str:
    """The slope as points of accuracy."""
    images = trained.finished[0].epochs[-1].watch.images
    points = round(-100 * trend.slope / images, 3) + 0.0  # + 0.0: no "-0.000"
    return f"{points:+.3f} points an epoch over the last {trend.epochs}"


def _falling_step(trained: Trained, trend: Trend) -> str:
    """That the step became smaller in those epochs, which improves readings by itself."""
    steps = [epoch.lr for epoch in trained.finished[0].epochs[-trend.epochs :]]
    if steps[-1] >= steps[0]:
        return ""
    return f", while the step fell from {steps[0]:.2g} to {steps[-1]:.2g}"


def improves(trained: Trained) -> str | None:
    """Accuracy is still rising at the end."""
    trend = trend_of(trained)
    if trend is None or trend.p >= TREND_CHANCE or trend.slope >= 0:
        return None
    falling = _falling_step(trained, trend)
    advice = "more epochs may bring more"
    if falling:
        advice = "the smaller step may be the cause, so a longer run would need its schedule longer"
    return (
        f"{trained.called} is still improving at the end: {_per_epoch(trained, trend)} "
        f"(p = {trend.p:.2g}){falling}; {advice}"
    )


def _wild(trend: Trend) -> bool:
    """Whether the errors scatter much from epoch to epoch."""
    return trend.scatter > SCATTER * math.sqrt(trend.level)


def _rests(trend: Trend) -> bool:
    """Whether neither scatter nor slope leaves room for much improvement or worsening."""
    return not _wild(trend) and PLATEAU_EPOCHS * abs(trend.slope) <= math.sqrt(trend.level)


def plateaus(trained: Trained) -> str | None:
    """Accuracy has come to rest."""
    trend = trend_of(trained)
    if trend is None or trend.p < TREND_CHANCE or not _rests(trend):
        return None
    return (
        f"{trained.called} is on a plateau: {_per_epoch(trained, trend)}, which the scatter of "
        f"{trend.scatter:.1f} errors from epoch to epoch explains (p = {trend.p:.2g}); more of "
        "the same epochs promise little"
    )


def has_no_clear_trend(trained: Trained) -> str | None:
    """Whether accuracy rests or moves is hidden by its ups and downs."""
    trend = trend_of(trained)
    if trend is None or trend.p < TREND_CHANCE or _rests(trend):
        return None
    return (
        f"{trained.called} may be improving or not: {_per_epoch(trained, trend)} can't be told "
        f"from a scatter of {trend.scatter:.1f} errors from epoch to epoch (p = {trend.p:.2g})"
    )


def worsens(trained: Trained) -> str | None:
    """Accuracy falls at the end."""
    trend = trend_of(trained)
    if trend is None or trend.p >= TREND_CHANCE or trend.slope <= 0:
        return None
    return (
        f"{trained.called} gets worse at the end: {_per_epoch(trained, trend)} (p = {trend.p:.2g})"
    )


def _last_step(trained: Trained) -> float:
    return trained.finished[0].epochs[-1].lr


def step_too_large(trained: Trained) -> str | None:
    """The last epochs scatter while the step is large."""
    trend, lr = trend_of(trained), trained.configuration.recipe.lr
    if trend is None or _last_step(trained) <= LARGE_STEP * lr:
        return None
    if not _wild(trend):
        return None
    return (
        f"{trained.called}'s step looks too large at the end: from epoch to epoch its errors "
        f"scatter by {trend.scatter:.1f} around their trend, more than "
        f"{SCATTER * math.sqrt(trend.level):.1f} (half the square root of {trend.level:.0f} "
        f"errors), at a step of {_last_step(trained):.2g}; smaller steps at the end should calm it"
    )


def step_calm(trained: Trained) -> str | None:
    """The last epochs agree with each other."""
    trend = trend_of(trained)
    if trend is None or _wild(trend):
        return None
    return (
        f"{trained.called} ends calmly: from epoch to epoch its errors scatter by "
        f"{trend.scatter:.1f} around their trend; its last step is {_last_step(trained):.2g}"
    )


def best_flatters(trained: Trained) -> str | None:
    """The best epoch would have promised more than the last keeps."""
    best = fmean(run.best.watch.errors for run in trained.finished if run.best)
    last = float(trained.errors(1).mean())
    if last - best < FLATTERY_IMAGES:
        return None
    images = trained.finished[0].epochs[-1].watch.images
    return (
        f"Picking {trained.called}'s best epoch of {len(trained.finished[0].epochs)} would claim "
        f"{100 - 100 * best / images:.2f} %; the last epoch keeps {100 - 100 * last / images:.2f} %"
    )


def diverges(trained: Trained) -> str | None:
    """Some runs did not come to their end."""
    if not trained.diverged:
        return None
    seeds = ", ".join(str(run.seed) for run in trained.diverged)
    return (
        f"{trained.called} diverged with {len(trained.diverged)} of {len(trained.runs)} seeds "
        f"({seeds}): {trained.diverged[0].message}"
    )


def _count(mean: float) -> str:
    """A mean of whole numbers, with a decimal where it has one."""
    return f"{mean:.1f}".removesuffix(".0")


def confused(trained: Trained, matrices: Sequence[Floats]) -> str | None:
    """The classes that are most often taken for each other.

    Runs share their images, so many of them count as one run with mean errors, not as many errors.

    Args:
        trained: whose they are.
        matrices: of each run, [classes, classes]: images of the row's class taken for the column's.
    """
    from scipy.stats import poisson

    if not matrices:
        return None
    mean = np.mean(matrices, axis=0)
    np.fill_diagonal(mean, 0)
    total, classes = float(mean.sum()), len(mean)
    every = classes * (classes - 1)
    even = total / every
    pairs = sorted(np.ndindex(mean.shape), key=lambda pair: -mean[pair])[:CONFUSED_PAIRS]
    named = [
        f"{row} for {column} ({_count(mean[row, column])} times)"
        for row, column in pairs
        if every * poisson.sf(math.floor(mean[row, column]) - 1, even) < CONFUSED_CHANCE
    ]
    if not named:
        return None
    share = sum(mean[pair] for pair in pairs[: len(named)]) / total
    return (
        f"{trained.called} most often takes {', '.join(named)}: {100 * share:.0f} % of its "
        f"{_count(total)} errors on the {trained.watched} images"
        + (f" (means of {len(matrices)} runs)" if len(matrices) > 1 else "")
    )
