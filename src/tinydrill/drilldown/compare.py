"""Two groups of seeds, side by side: which is better, and do the seeds suffice to say so?

A group is one net with one recipe on one data set, over several seeds. What would make a
comparison mean nothing (mixtures, other images, one run twice) is refused.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tinydrill.drilldown.record import Record
from tinydrill.drilldown.records import Found
from tinydrill.drilldown.stats import (
    Difference,
    Summary,
    seeds_needed,
    summarize,
    welch,
    wilson,
)
from tinydrill.errors import UnusableInputError


@dataclass(frozen=True, slots=True)
class Group:
    """Runs that differ in their seeds alone.

    Attributes:
        name: as the person named the place.
        runs: the finished ones, in the order of their seeds.
        diverged: runs that never reached a last epoch; they failed, and have no accuracy.
        unfinished: runs that are still under way or were interrupted; they say nothing.
    """

    name: str
    runs: tuple[tuple[str, Record], ...]
    diverged: int
    unfinished: int

    @property
    def first(self) -> Record:
        """Any of the runs, for what all have in common."""
        return self.runs[0][1]

    @property
    def last_epochs(self) -> tuple[float, ...]:
        """Accuracy in % of the last epoch, a seed each: what is judged."""
        return tuple(run.judged.accuracy for _, run in self.runs if run.judged)

    @property
    def best_epochs(self) -> tuple[float, ...]:
        """Accuracy in % of each seed's best epoch, on the images that were watched."""
        return tuple(run.best.watch.accuracy for _, run in self.runs if run.best)

    @property
    def images(self) -> int:
        """How many images each run was judged on."""
        judged = self.first.judged
        assert judged is not None
        return judged.images

    def summary(self, target: float, confidence: float) -> Summary:
        """The last epochs in numbers; a run that diverged counts among those that fail."""
        found = summarize(self.last_epochs, target, confidence)
        share = wilson(found.passing, found.n + self.diverged, confidence)
        return replace(found, pass_interval=share)


def _network(run: Record) -> object:
    """What makes two networks one: the layers, or the source file and the class in it."""
    if run.net.net is not None:
        # A net's name is no part of what it computes.
        return {key: value for key, value in run.net.net.items() if key != "name"}
    return run.net.source_sha256, (run.net.source or "").rpartition(":")[2]


def _first_difference(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    for field in [*one, *(field for field in other if field not in one)]:
        if one.get(field) != other.get(field):
            return f"{field} {one.get(field)} and {other.get(field)}"
    return ""


def _check_alike(name: str, first: Record, run: Record) -> None:
    """Refuse two runs that can't be seeds of one group."""
    mixture = ""
    if _network(run) != _network(first):
        mixture = f"the nets {first.net.name} and {run.net.name}"
        if first.net.name == run.net.name:
            mixture = f"two nets called {run.net.name}"
    elif run.recipe != first.recipe:
        mixture = f"the recipes {first.recipe_name} and {run.recipe_name}"
        if first.recipe_name == run.recipe_name:
            difference = _first_difference(first.recipe, run.recipe)
            mixture = f"two recipes called {run.recipe_name} ({difference})"
    elif run.data.sha256 != first.data.sha256:
        mixture = f"runs on different images ({first.data.name} and {run.data.name})"
    elif run.data.rule != first.data.rule:
        mixture = f"runs under the rules {first.data.rule} and {run.data.rule}"
    if mixture:
        raise UnusableInputError(
            f"{name} mixes {mixture}; a group is one net with one recipe on one data set, so put "
            "its runs in a folder or a .jsonl file of their own"
        )


def group(name: str, found: Found) -> Group:
    """The runs of a place as one group of seeds.

    Raises:
        UnusableInputError: no finished run, several nets, recipes or data sets, images judged in
            different numbers, or one seed twice.
    """
    if not found:
        raise UnusableInputError(f"{name} holds no runs; `tinydrill train` makes one")
    states = Counter(run.status for _, run in found)
    finished = [
        (where, run) for where, run in found if run.status == "finished" and run.judged is not None
    ]
    if not finished:
        kinds = ", ".join(f"{count} {status}" for status, count in sorted(states.items()))
        raise UnusableInputError(f"{name} holds no finished run ({kinds}); nothing to compare yet")
    first = finished[0][1]
    seeds: dict[int, str] = {}
    for _, run in found:
        _check_alike(name, first, run)
    for where, run in found:
        if run.status in ("running", "interrupted"):
            continue
        if run.seed in seeds:
            raise UnusableInputError(
                f"{name} holds seed {run.seed} twice ({seeds[run.seed]} and {where}); a seed "
                "counts once"
            )
        seeds[run.seed] = where
    counts = sorted({run.judged.images for _, run in finished if run.judged})
    if len(counts) > 1:
        raise UnusableInputError(
            f"{name} mixes runs judged on {' and '.join(f'{count:,}' for count in counts)} images"
        )
    return Group(
        name=name,
        runs=tuple(sorted(finished, key=lambda entry: entry[1].seed)),
        diverged=states["diverged"],
        unfinished=states["running"] + states["interrupted"],
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Group b against group a.

    Attributes:
        last: a's and b's last epochs in numbers.
        best: a's and b's best epochs, for comparison with others' claims only.
        difference: of the last epochs, by Welch's test.
        enough: seeds on each side that would tell a difference of this size; None where there is
            none, or where a side is too small to say.
    """

    a: Group
    b: Group
    target: float
    confidence: float
    last: tuple[Summary, Summary]
    best: tuple[Summary, Summary]
    difference: Difference
    enough: int | None

    @property
    def sentence(self) -> str:
        """What the numbers mean."""
        found = self.difference
        size, leader = abs(found.difference), "B" if found.difference > 0 else "A"
        n_a, n_b = found.seeds
        measured = f"{size:.3f} ± {found.half_width:.3f} points"
        if not math.isfinite(found.half_width):
            ahead = f"{leader} is {size:.2f} points ahead here" if size else "they are level here"
            return (
                f"Nothing can be said of the recipes: {ahead}, with {n_a} and {n_b} seeds, and one "
                "seed does not show how much seeds differ; run at least 3 on each side."
            )
        if found.distinguishable:
            seeds = f"{n_a} seeds each" if n_a == n_b else f"{n_a} and {n_b} seeds"
            return f"{leader} is better by {measured}; {seeds} are enough to say so."
        ahead = f" for {leader}" if size else ""
        more = (
            f"; about {self.enough:,} seeds each would tell a difference of this size"
            if self.enough
            else ""
        )
        return (
            f"No difference can be told from seed noise: {measured}{ahead}, with {n_a} and {n_b} "
            f"seeds{more}."
        )


def compare(a: Group, b: Group, target: float, confidence: float) -> Comparison:
    """Measure b against a.

    Args:
        a: one group.
        b: another, of any net and recipe, judged on the same images by the same rule.
        target: accuracy in % whose pass rate is counted.
        confidence: of every interval, between 0 and 1.

    Raises:
        UnusableInputError: the groups share a run, or were not judged alike.
    """
    if not 0 <= target <= 100:
        raise UnusableInputError(f"a target of {target:g} % is not possible; it lies in 0 to 100")
    ours = {run.model_dump_json(): where for where, run in a.runs}
    for where, run in b.runs:
        twin = ours.get(run.model_dump_json())
        if twin is not None:
            raise UnusableInputError(
                f"A and B hold the same run ({twin} and {where}); compare groups that share none"
            )
    one, other = a.first.data, b.first.data
    if one.sha256 != other.sha256:
        raise UnusableInputError(
            f"A ({one.name}) and B ({other.name}) are about different images (their SHA-256 sums "
            "differ), so their accuracies can't be compared"
        )
    if one.rule != other.rule:
        raise UnusableInputError(
            f"A was made under the rule {one.rule}, B under {other.rule}: they were trained on "
            f"{one.trained_on:,} and {other.trained_on:,} images, so compare runs of one rule"
        )
    if a.images != b.images:
        raise UnusableInputError(
            f"A was judged on {a.images:,} images, B on {b.images:,}; that can't be compared"
        )
    last = a.summary(target, confidence), b.summary(target, confidence)
    difference = welch(a.last_epochs, b.last_epochs, confidence)
    judgeable = math.isfinite(difference.half_width) and not difference.distinguishable
    return Comparison(
        a=a,
        b=b,
        target=target,
        confidence=confidence,
        last=last,
        best=(
            summarize(a.best_epochs, target, confidence),
            summarize(b.best_epochs, target, confidence),
        ),
        difference=difference,
        enough=seeds_needed(difference.difference, last[0].sd, last[1].sd, confidence)
        if judgeable
        else None,
    )
