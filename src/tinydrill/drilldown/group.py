"""A group of seeds: one net with one recipe on one data set, over several seeds.

What would make a group mean nothing (mixtures, one seed twice) is refused.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tinydrill.drilldown.record import COMPARED, Record
from tinydrill.drilldown.records import Found
from tinydrill.drilldown.stats import Summary, summarize, wilson
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
        """Accuracy in % of the last epoch, a seed each: what is compared."""
        return tuple(run.compared.accuracy for _, run in self.runs if run.compared)

    @property
    def best_epochs(self) -> tuple[float, ...]:
        """Accuracy in % of each seed's best epoch, on the images that were watched."""
        return tuple(run.best.watch.accuracy for _, run in self.runs if run.best)

    @property
    def images(self) -> int:
        """How many images each run is compared by."""
        compared = self.first.compared
        assert compared is not None
        return compared.images

    @property
    def which(self) -> str:
        """By which images the runs are compared: `test`, or `held-out`."""
        return COMPARED[self.first.data.rule]

    @property
    def images_in_words(self) -> str:
        """As a sentence needs it: `10,000 held-out images`."""
        return f"{self.images:,} {self.which} images"

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
        (where, run)
        for where, run in found
        if run.status == "finished" and run.compared is not None
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
    counts = sorted({run.compared.images for _, run in finished if run.compared})
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
