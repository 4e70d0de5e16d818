"""Two groups of seeds, side by side: which is better, and do the seeds suffice to say so?

What would make a comparison mean nothing (other images, one run twice) is refused.
"""

from dataclasses import dataclass

from tinydrill.drilldown.group import Group
from tinydrill.drilldown.record import COMPARED
from tinydrill.drilldown.stats import (
    Difference,
    Summary,
    seeds_needed,
    summarize,
    welch,
)
from tinydrill.errors import UnusableInputError


@dataclass(frozen=True, slots=True)
class Comparison:
    """Group b against group a.

    Attributes:
        last: a's and b's last epochs in numbers.
        best: a's and b's best epochs, for comparison with others' claims only; None where the
            rule has nothing read after each epoch that could tell.
        difference: of the last epochs, by Welch's test.
        enough: seeds on each side that would tell a difference of this size; None where there is
            none, or where a side is too small to say.
    """

    a: Group
    b: Group
    target: float
    confidence: float
    last: tuple[Summary, Summary]
    best: tuple[Summary | None, Summary | None]
    difference: Difference
    enough: int | None

    @property
    def leader(self) -> str:
        """The side with the higher mean, `A` or `B`, whether or not seeds are enough to say so."""
        return "B" if self.difference.difference > 0 else "A"

    @property
    def better(self) -> str | None:
        """`A` or `B` where the seeds show that it is better, else None.

        Not where some of its own seeds diverged: its mean is then one of survivors.
        """
        survivors = (self.b if self.leader == "B" else self.a).diverged
        return self.leader if self.difference.distinguishable and not survivors else None

    @property
    def lost(self) -> str:
        """Which seeds diverged, as the beginning of a sentence; nothing where none did."""
        parts = [
            f"{group.diverged} of {side}'s {group.diverged + len(group.runs)} seeds"
            for side, group in (("A", self.a), ("B", self.b))
            if group.diverged
        ]
        return f"{' and '.join(parts)} diverged" if parts else ""

    @property
    def sentence(self) -> str:
        """What the numbers mean."""
        found, leader = self.difference, self.leader
        size, (n_a, n_b) = abs(found.difference), found.seeds
        each = f"{n_a} seed{'s' * (n_a > 1)} each" if n_a == n_b else f"{n_a} and {n_b} seeds"
        measured = f"{size:.3f} ± {found.half_width:.3f} points"
        where = f"on the {self.a.images_in_words}"
        if found.distinguishable and self.better is None:
            return (
                f"Neither is called better: {self.lost}. Of those that finished, {leader}'s are "
                f"ahead by {measured} {where}, with {each}; that leaves the failures out."
            )
        besides = f" {self.lost}, which no mean shows." if self.lost else ""
        if self.better:
            return (
                f"{leader} is better by {measured} {where}; {each} are enough to say so.{besides}"
            )
        if min(n_a, n_b) < 2:
            ahead = f"{leader} is {size:.2f} points ahead" if size else "they are level"
            return (
                f"Nothing can be said of the recipes: {ahead} {where}, with {each}, and one seed "
                f"does not show how much seeds differ; run at least 3 on each side.{besides}"
            )
        ahead = f" for {leader}" if size else ""
        more = (
            f"; about {self.enough:,} seeds each would tell a difference of this size"
            if self.enough
            else ""
        )
        return (
            f"No difference can be told from seed noise: {measured}{ahead} {where}, with "
            f"{each}{more}.{besides}"
        )


def _best(group: Group, target: float, confidence: float) -> Summary | None:
    return summarize(group.best_epochs, target, confidence) if group.best_epochs else None


def compare(a: Group, b: Group, target: float, confidence: float) -> Comparison:
    """Measure b against a.

    Args:
        a: one group.
        b: another, of any net and recipe, judged on the same images with as many to train on.
        target: accuracy in % whose pass rate is counted.
        confidence: of every interval, 0.5 to 0.9999.

    Raises:
        UnusableInputError: the groups share a run, or were not judged alike; a target or
            confidence that is none.
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
    read = COMPARED[one.rule], COMPARED[other.rule]
    if one.trained_on != other.trained_on or read[0] != read[1]:
        raise UnusableInputError(
            f"A was made under the rule {one.rule}, B under {other.rule}: they were trained on "
            f"{one.trained_on:,} and {other.trained_on:,} images and are compared by {read[0]} and "
            f"{read[1]} images, so compare runs of one rule"
        )
    if a.images != b.images:
        raise UnusableInputError(
            f"A was judged on {a.images:,} images, B on {b.images:,}; that can't be compared"
        )
    last = a.summary(target, confidence), b.summary(target, confidence)
    difference = welch(a.last_epochs, b.last_epochs, confidence)
    judgeable = min(difference.seeds) > 1 and not difference.distinguishable
    return Comparison(
        a=a,
        b=b,
        target=target,
        confidence=confidence,
        last=last,
        best=(_best(a, target, confidence), _best(b, target, confidence)),
        difference=difference,
        enough=seeds_needed(difference.difference, last[0].sd, last[1].sd, confidence)
        if judgeable
        else None,
    )
