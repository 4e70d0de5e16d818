"""What configurations say side by side: what a change brought, what size buys, what choosing costs.

As in `analysis.py`, each function answers one question with a sentence, or is silent.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean, stdev

from tinydrill.drilldown.stages.configuration import changes, difference
from tinydrill.drilldown.stages.trained import Trained
from tinydrill.drilldown.stats import seeds_needed, welch

# The expected highest of n standard normal values, n = 1 … 10 (Harter 1961, Biometrika 48).
HIGHEST_OF = (0.0, 0.564, 0.846, 1.029, 1.163, 1.267, 1.352, 1.424, 1.485, 1.539)
# What three decimals show.
SHOWN = 0.0005
# With as many seeds on both sides, a difference that does not show is too small to matter here.
SEEDS_ENOUGH = 10


def counterparts(
    before: Sequence[Trained], after: Sequence[Trained]
) -> tuple[tuple[Trained, Trained], ...]:
    """Which configuration of the stage before each of this stage is compared with.

    The same net's, the best of them where there are several; if the stages share no net, the best
    of this stage is compared with the best of the one before.
    """
    ranked = sorted((one for one in before if one.finished), key=lambda one: -one.mean)
    now = [one for one in after if one.finished]
    pairs = []
    for one in now:
        mates = [old for old in ranked if old.configuration.net == one.configuration.net]
        # What was changed is said of the recipe it was changed in, where that is known.
        mates.sort(key=lambda old: old.configuration.base != one.configuration.base)
        pairs += [(mates[0], one)] if mates else []
    if not pairs and ranked and now:
        pairs = [(ranked[0], max(now, key=lambda one: one.mean))]
    return tuple(pairs)


def _named(before: Trained, after: Trained) -> str:
    if before.configuration.net != after.configuration.net:
        return f"{after.configuration.label}, against {before.configuration.label},"
    changed = difference(before.configuration.recipe, after.configuration.recipe)
    return f"{changed} on {after.called}" if changed else f"{after.called}, unchanged,"


def _together(before: Trained, after: Trained) -> str:
    """Said where it takes further stages to know which of several changes did it."""
    told = changes(before.configuration.recipe, after.configuration.recipe)
    fields = sum("→" in one for one in told)  # the others only say how a changed one does its work
    if fields < 2:
        return ""
    return f"; {fields} fields of the recipe changed together, so none alone can be credited"


def gains(before: Trained, after: Trained) -> str | None:
    """The difference is more than the noise of seeds."""
    found = welch(before.accuracies, after.accuracies)
    if not found.distinguishable:
        return None
    return (
        f"{_named(before, after)} brought {found.difference:+.3f} points ({before.mean:.3f} → "
        f"{after.mean:.3f} %; 95 % interval {found.difference - found.half_width:+.3f} to "
        f"{found.difference + found.half_width:+.3f}): more than the noise of seeds "
        f"(Welch's test, {found.seeds[0]} and {found.seeds[1]} seeds, p = {found.p:.2g})"
        f"{_together(before, after)}"
    )


def gains_nothing(before: Trained, after: Trained) -> str | None:
    """The difference may be noise of seeds; and how many seeds would tell."""
    found = welch(before.accuracies, after.accuracies)
    if found.distinguishable:
        return None
    told = (
        f"{_named(before, after)} changed the mean by {found.difference:+.3f} points "
        f"({before.mean:.3f} → {after.mean:.3f} %)"
    )
    if min(found.seeds) < 2:
        return (
            f"{told}; with a single seed on a side nobody can say whether that is more than noise"
        )
    told += (
        f", which can't be told from the noise of seeds (95 % interval "
        f"{found.difference - found.half_width:+.3f} to {found.difference + found.half_width:+.3f})"
    )
    if min(found.seeds) >= SEEDS_ENOUGH:
        widest = abs(found.difference) + found.half_width
        return f"{told}; so the true effect is hardly more than {widest:.3f} points"
    needed = seeds_needed(found.difference, stdev(before.accuracies), stdev(after.accuracies))
    if needed is None:
        return told
    return (
        f"{told}; a true effect of that size would take {needed:,} seeds on each side to show 8 "
        "times of 10"
    )


def _per_net(many: Sequence[Trained]) -> list[Trained]:
    """The best configuration of each net."""
    best: dict[str, Trained] = {}
    for one in sorted((one for one in many if one.finished), key=lambda one: -one.mean):
        best.setdefault(one.configuration.net, one)
    return list(best.values())


def _errors(one: Trained) -> float:
    return float(one.errors(1).mean())


def _doubt(one: Trained, other: Trained) -> str:
    """Said of a difference that the seeds can't tell from noise."""
    sure = welch(one.accuracies, other.accuracies).distinguishable
    return "" if sure else " (which may be noise of seeds)"


def _worth(
    many: Sequence[Trained], what: str, unit: float, unit_name: str, less: str
) -> str | None:
    """Which nets no other beats in both errors and cost, and what each further unit of cost buys.

    Args:
        many: configurations.
        what: `parameters` or `macs`.
        unit: so many of them are counted as one.
        unit_name: the unit in words.
        less: what costs less is called.
    """
    nets = sorted(_per_net(many), key=lambda one: (getattr(one, what), _errors(one)))
    if len(nets) < 2:
        return None
    front: list[Trained] = []
    for one in nets:
        if not front or _errors(one) < _errors(front[-1]):
            front.append(one)
    first = front[0]
    steps = [
        f"{first.net} leaves {_errors(first):.1f} errors with {getattr(first, what):,} {unit_name}"
    ]
    for small, large in pairwise(front):
        more = getattr(large, what) - getattr(small, what)
        fewer = _errors(small) - _errors(large)
        steps.append(
            f"{large.net} {fewer:.1f} fewer for {more:,} more, {fewer * unit / more:.2g} avoided "
            f"per {unit:,.0f}{_doubt(small, large)}"
        )
    behind = [f"{one.net} ({_errors(one):.1f} errors)" for one in nets if one not in front]
    told = "; ".join(steps)
    if behind:
        told += f"; {', '.join(behind)}: no better than a {less} one"
    return told


def per_parameter(many: Sequence[Trained]) -> str | None:
    """Accuracy for parameters."""
    told = _worth(many, "parameters", 1_000, "parameters", "smaller")
    return told and f"For their size: {told}"


def per_mac(many: Sequence[Trained]) -> str | None:
    """Accuracy for arithmetic."""
    told = _worth(many, "macs", 100_000, "MACs an image", "cheaper")
    return told and f"For their arithmetic: {told}"


def choosing_flatters(many: Sequence[Trained], kept: int) -> str | None:
    """Choosing by the test images makes the chosen look better than it is, by about this much.

    Args:
        many: what was chosen from.
        kept: how many of them go on.
    """
    finished = [one for one in many if one.finished]
    spreads = [stdev(one.accuracies) for one in finished if len(one.accuracies) > 1]
    if kept >= len(finished) or many[0].watched != "test" or not spreads:
        return None
    seeds = min(len(one.accuracies) for one in finished)
    chance = HIGHEST_OF[min(len(finished), len(HIGHEST_OF)) - 1]
    flattery = chance * math.sqrt(fmean(sd * sd for sd in spreads) / seeds)
    if flattery < SHOWN:
        return None
    return (
        f"The next stage goes on with {kept} of {len(finished)}, chosen by the test images: were "
        f"all equally good, luck alone would show the best {flattery:.3f} points above their mean"
    )
