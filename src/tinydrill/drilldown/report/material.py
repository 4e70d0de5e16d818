"""What a report is about: finished runs, grouped by what decides a result besides the seed."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import torch

from tinydrill.drilldown import record
from tinydrill.drilldown.calibration import Calibration, calibrate
from tinydrill.drilldown.data import Dataset
from tinydrill.drilldown.inspect import Inspected, load
from tinydrill.drilldown.mistakes import Mistake
from tinydrill.drilldown.record import Record
from tinydrill.drilldown.report.places import Found, find_runs, outcome_at
from tinydrill.drilldown.stages import STAGES, StagesOutcome
from tinydrill.errors import UnusableInputError


@dataclass(frozen=True, slots=True)
class Missed:
    """A test image that runs of a group read wrongly.

    Attributes:
        index: counted from 0.
        label: its class.
        loss: mean over all runs of the group, in nats.
        by: seed and mistake of each run that reads it wrongly.
    """

    index: int
    label: int
    loss: float
    by: tuple[tuple[int, Mistake], ...]

    @property
    def predicted(self) -> int:
        """The wrong class that most of those runs take it for; the lowest of equals."""
        counts = Counter(mistake.predicted for _, mistake in self.by)
        return min(counts, key=lambda label: (-counts[label], label))

    @property
    def agreeing(self) -> int:
        """How many runs take it for that class."""
        return sum(mistake.predicted == self.predicted for _, mistake in self.by)

    @property
    def confidence(self) -> float:
        """The mean probability that those runs give to that class."""
        given = [m.confidence for _, m in self.by if m.predicted == self.predicted]
        return sum(given) / len(given)


@dataclass(frozen=True)
class Group:
    """Runs that differ in nothing but their seed, sorted by it.

    Attributes:
        runs: the finished ones, one at least.
        others: those that came to no end, or to a bad one.
        mark: what tells it from another group of the same net and recipe.
    """

    runs: tuple[Inspected, ...]
    others: tuple[Record, ...] = ()
    mark: str = ""

    @property
    def first(self) -> Inspected:
        """The run of the lowest seed: the one whose inside is shown, so that none is picked."""
        return self.runs[0]

    @property
    def name(self) -> str:
        """Net and recipe, in words."""
        kept = self.first.record
        return f"{kept.net.name}, recipe {kept.recipe_name}{self.mark}"

    @property
    def passed(self) -> int:
        """How many of all runs kept to their budget."""
        return sum(bool(run.record.verdict and run.record.verdict.passed) for run in self.runs)

    @property
    def tried(self) -> int:
        """How many runs came to an end, good or bad."""
        return len(self.runs) + sum(other.status == "diverged" for other in self.others)

    @cached_property
    def confusion(self) -> torch.Tensor:
        """The runs' confusion matrices, added up."""
        return torch.stack([run.confusion for run in self.runs]).sum(dim=0)

    @cached_property
    def calibration(self) -> Calibration:
        """Reliability over the images of all runs."""
        return calibrate(
            torch.cat([run.logits for run in self.runs]),
            torch.cat([run.labels for run in self.runs]),
        )

    @cached_property
    def missed(self) -> tuple[Missed, ...]:
        """Every test image that one of the runs reads wrongly, worst mean loss first."""
        losses = torch.stack(
            [
                torch.nn.functional.cross_entropy(run.logits.double(), run.labels, reduction="none")
                for run in self.runs
            ]
        ).mean(dim=0)
        found: dict[int, list[tuple[int, Mistake]]] = {}
        for run in self.runs:
            for mistake in run.mistakes:
                found.setdefault(mistake.index, []).append((run.record.seed, mistake))
        missed = [
            Missed(index, by[0][1].label, float(losses[index]), tuple(by))
            for index, by in found.items()
        ]
        return tuple(sorted(missed, key=lambda image: -image.loss))


@dataclass(frozen=True, slots=True)
class Material:
    """All of it: groups in the order in which they were named.

    Attributes:
        strays: runs that did not finish, where no other of their group did.
        outcomes: of the drill-downs in stages that were named, made anew from their records.
    """

    groups: tuple[Group, ...]
    strays: tuple[Record, ...] = ()
    outcomes: tuple[StagesOutcome, ...] = ()

    @property
    def runs(self) -> tuple[Inspected, ...]:
        """The finished runs of all groups."""
        return tuple(run for group in self.groups for run in group.runs)


def _deciding(kept: Record) -> str:
    """What two records of one group have in common, as text."""
    values = kept.model_dump(mode="json", include={"net", "recipe", "data", "budget"})
    return json.dumps(values, sort_keys=True)


def gather(places: Sequence[Path], data: Path | None, say: Callable[[str], None]) -> Material:
    """The runs of all places, grouped; the same result twice counts once.

    A run that a person names must be finished. In a folder of runs, those that are not are kept
    beside the others, so that none disappears.

    Raises:
        UnusableInputError: no finished run, weights or images that are not a record's, or folders
            that can't be read.
    """
    runs: dict[tuple[str, int, str | None], Inspected] = {}
    folders: dict[Path, Found] = {}
    others: list[Record] = []
    images: list[Dataset] = []
    for place in places:
        for folder in find_runs(place):
            kept = record.load(folder)
            if kept.status != "finished" and folder != place:
                others.append(kept)
                folders[folder] = Found(kept)
                continue
            identity = (_deciding(kept), kept.seed, kept.weights_sha256)
            if identity in runs:
                folders[folder] = Found(kept, runs[identity])
                continue
            # Runs on the same images share them: reading them takes longer than all the rest.
            known = next((d for d in images if d.sha256 == kept.data.sha256), None)
            run = load(folder, known or data, say)
            if known is None:
                images.append(run.dataset)
            runs[identity] = run
            folders[folder] = Found(kept, run)
    if not runs:
        raise UnusableInputError(
            f"no run in {', '.join(map(str, places))} has finished, so there is nothing to report"
        )
    by_key: dict[str, list[Inspected]] = {}
    for (key, _, _), run in runs.items():
        by_key.setdefault(key, []).append(run)
    unfinished = {key: [kept for kept in others if _deciding(kept) == key] for key in by_key}
    groups = [
        Group(
            tuple(sorted(members, key=lambda run: run.record.seed)),
            tuple(sorted(unfinished[key], key=lambda kept: kept.seed)),
        )
        for key, members in by_key.items()
    ]
    return Material(
        tuple(_told_apart(groups)),
        tuple(kept for kept in others if _deciding(kept) not in by_key),
        tuple(outcome_at(place, folders) for place in places if (place / STAGES).exists()),
    )


def _told_apart(groups: Sequence[Group]) -> list[Group]:
    """The groups, those of one name marked by their images and rule, or else by a number."""
    for marked in (
        lambda kept, _: f" ({kept.data.name}, {kept.data.rule})",
        lambda _, n: f" [{n}]",
    ):
        counts = Counter(group.name for group in groups)
        groups = [
            replace(group, mark=group.mark + marked(group.first.record, number))
            if counts[group.name] > 1
            else group
            for number, group in enumerate(groups, start=1)
        ]
    return list(groups)
