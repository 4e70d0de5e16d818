"""Carries a drill-down out, stage by stage: trains what is missing, keeps what came of it.

What was trained is kept in run folders, so nothing is lost by Ctrl-C or a kill: asked again, the
same command goes on. The outcome is written as soon as a stage has cost training, and at the end;
what it may take the place of, `keeping.py` decides.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from tinydrill.drilldown import record
from tinydrill.drilldown.asked import Setting, Trial
from tinydrill.drilldown.budget import Budget
from tinydrill.drilldown.candidate import resolve
from tinydrill.drilldown.data import Dataset, Split, split
from tinydrill.drilldown.device import to_tensors
from tinydrill.drilldown.evaluate import confusion, logits_of
from tinydrill.drilldown.recipe import from_mapping
from tinydrill.drilldown.stages.configuration import Configuration
from tinydrill.drilldown.stages.file import Stage, StageFile
from tinydrill.drilldown.stages.keeping import check_place, keep
from tinydrill.drilldown.stages.outcome import StageOutcome, StagesOutcome
from tinydrill.drilldown.stages.read import Source
from tinydrill.drilldown.stages.result import (
    Held,
    detailed,
    held_against,
    outcome_of,
    target_of,
    with_choice,
)
from tinydrill.drilldown.stages.reuse import check_weights, misfits
from tinydrill.drilldown.stages.targets import survivors
from tinydrill.drilldown.stages.trained import Floats, Trained
from tinydrill.drilldown.sweep import Progress, sweep
from tinydrill.drilldown.trials import found
from tinydrill.drilldown.weights import load_model
from tinydrill.errors import UnusableInputError


@dataclass(frozen=True, slots=True)
class Conditions:
    """What all stages share besides their file; `out` holds the outcome and the run folders."""

    dataset: Dataset
    device: str
    threads: int
    workers: int | None
    out: Path
    command: str


@dataclass(frozen=True, slots=True)
class Listener:
    """Whom a drill-down tells how it goes: each stage that begins or ends, and remarks.

    `training` is entered while runs of a stage are made, and gives whom to tell of them.
    """

    begins: Callable[[int, Stage, int], None]
    training: Callable[[], AbstractContextManager[Callable[[Progress], None]]]
    ends: Callable[[StageOutcome], None]
    says: Callable[[str], None]


def carry_out(source: Source, conditions: Conditions, listener: Listener) -> StagesOutcome:
    """All stages of a file, in order.

    Raises:
        UnusableInputError: stages of another file or of other images stand in `out`, a net can't
            be had or does not fit the images, weights are not those of their record, a rule
            leaves nothing, or a run can't be carried out.
        KeyboardInterrupt: what is finished is kept.
    """
    file, folder = source.file, conditions.out
    if told := check_place(folder, source, conditions.dataset):
        listener.says(told)
    _check_nets(file, conditions.dataset)
    outcome = StagesOutcome(
        title=file.title,
        remark=file.remark,
        file_sha256=source.sha256,
        command=conditions.command,
        data=conditions.dataset.name,
        data_sha256=conditions.dataset.sha256,
        watched="held-out" if file.split else "test",
        planned=len(file.stage),
    )
    before: list[Held] = []
    said: list[str] = []
    for number, stage in enumerate(file.stage, start=1):
        chosen: list[Trained] = []
        many = [trained for trained, _ in before]
        if stage.continues is not None:
            chosen = _chosen(stage, before, number, file.stage[number - 2].name)
            last = with_choice(outcome.stages[-1], many, chosen, stage.continues)
            outcome = outcome.model_copy(update={"stages": (*outcome.stages[:-1], last)})
        trials = _trials(stage, stage.configurations(tuple(one.configuration for one in chosen)))
        setting = _setting(stage, trials, conditions, "held-out" if file.split else "full")
        asked = [trial for group in trials.values() for trial in group]
        reused = found(asked, setting)
        check_weights(reused.values())
        fresh = [told for told in misfits(asked, reused, setting) if told not in said]
        said += fresh
        for told in fresh:
            listener.says(told)
        listener.begins(number, stage, len(asked))
        folders = _train(asked, setting, conditions.workers, listener)
        nets = Counter(there.net for there in trials)
        trained = {
            Trained(
                there,
                tuple(record.load(folders[trial]) for trial in group),
                alone=nets[there.net] == 1,
            ): group
            for there, group in trials.items()
        }
        runs = {one: [folders[trial].name for trial in group] for one, group in trained.items()}
        matrices = {
            one: _matrices(
                [folders[trial] for trial in trained[one]], conditions.dataset, setting.rule
            )
            for one in detailed(list(trained))
        }
        held = held_against(target_of(stage), list(trained))
        ended = outcome_of(number, stage, held, many, runs, matrices)
        outcome = outcome.model_copy(update={"stages": (*outcome.stages, ended)})
        if len(reused) < len(folders) or number == len(file.stage):
            keep(outcome, folder)
        listener.ends(ended)
        before = held
    return outcome


def _check_nets(file: StageFile, dataset: Dataset) -> None:
    """Refuse a net that can't be had, before stages that stand before its own are trained."""
    for number, stage in enumerate(file.stage, start=1):
        for net in stage.nets:
            try:
                resolve(net, dataset.shape, dataset.classes)
            except UnusableInputError as error:
                raise UnusableInputError(f"stage {number} ({stage.name}): {error}") from None


def _chosen(stage: Stage, before: list[Held], number: int, name: str) -> list[Trained]:
    assert stage.continues is not None
    try:
        return survivors(stage.continues, before, f"stage {number - 1} ({name})")
    except UnusableInputError as error:
        raise UnusableInputError(f"stage {number} ({stage.name}) {error}") from None


def _trials(
    stage: Stage, configurations: Sequence[Configuration]
) -> dict[Configuration, tuple[Trial, ...]]:
    return {
        there: tuple(
            Trial(there.net, there.recipe_name, there.recipe, seed) for seed in stage.seeds
        )
        for there in configurations
    }


def _setting(
    stage: Stage,
    trials: dict[Configuration, tuple[Trial, ...]],
    conditions: Conditions,
    rule: Split,
) -> Setting:
    """The target as the budget of each run, widened where a run is planned beyond it.

    A drill-down may try what its target forbids, to show it; the missed clause says so.
    """
    target, dataset = target_of(stage), conditions.dataset
    largest = max(
        resolve(net, dataset.shape, dataset.classes).origin.parameters
        for net in {there.net for there in trials}
    )
    budget = Budget(
        max(target.parameters or 0, largest + 1),
        max(target.epochs or 0.0, *(there.recipe.epochs for there in trials), 0.0),
        target.accuracy or 0.0,
    )
    return Setting(dataset, rule, budget, conditions.device, conditions.threads, conditions.out)


def _train(
    asked: Sequence[Trial], setting: Setting, workers: int | None, listener: Listener
) -> dict[Trial, Path]:
    failures: list[str] = []
    with listener.training() as tell:

        def hear(progress: Progress) -> None:
            failures.extend([progress.failure] if progress.failure else [])
            tell(progress)

        folders = sweep(asked, setting, workers, None, hear)
    if failures:
        raise UnusableInputError(
            f"{len(failures)} of {len(asked)} runs could not be carried out; the first: "
            f"{failures[0]}"
        )
    return folders


def _matrices(folders: Sequence[Path], dataset: Dataset, rule: Split) -> list[Floats]:
    """Confusion on the images watched of each finished run that has its weights."""
    watched = split(dataset, rule).watch  # with held-out images, nobody is shown test images
    pictures, labels = to_tensors(watched, torch.device("cpu"))
    matrices = []
    for folder in folders:
        kept = record.load(folder)
        if kept.status == "finished" and (folder / record.WEIGHTS).is_file():
            logits = logits_of(load_model(folder, kept), pictures, from_mapping(kept.recipe))
            matrix = confusion(logits, labels, kept.data.classes)
            matrices.append(matrix.numpy().astype(np.float64))
    return matrices
