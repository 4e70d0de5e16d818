"""A sweep: many trials, each of them carried out exactly once, wherever there is room.

What is over already is found and not done again, so a sweep that was killed is continued by
asking for it again. Owns no process: `spread` makes the calls, `trials` sees to it that none of
them is made twice.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import torch

from tinydrill.drilldown import record
from tinydrill.drilldown.asked import Setting, Trial
from tinydrill.drilldown.candidate import names_a_file
from tinydrill.drilldown.environment import code_sha256
from tinydrill.drilldown.record import Record
from tinydrill.drilldown.spread import Resources, WorkerLostError, spread
from tinydrill.drilldown.trials import carry_out_trial, check, found
from tinydrill.errors import UnusableInputError

GPUS_PER_TRIAL = 0.25


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a sweep has come, told when it begins and whenever a trial is over.

    Attributes:
        total: trials asked for.
        found: of them, those that were over before.
        done: of them, those that are over now.
        mean: accuracy in % of the finished runs of the trial's net and recipe; None while there
            are none.
        trial: the one that has just ended; None at the beginning and when Ray has started.
        record: its record; None if it could not be carried out.
        failure: why it could not be.
        started: the seconds that Ray took to start, when it has just done so.
    """

    total: int
    found: int
    done: int
    mean: float | None = None
    trial: Trial | None = None
    record: Record | None = None
    failure: str = ""
    started: float | None = None


def _carry_out(setting: Setting, trial: Trial, code: str) -> str:
    """One trial in a process of its own; the name of its folder."""
    if code_sha256() != code:
        raise UnusableInputError(
            "this worker has another version of tinydrill than the sweep was started with"
        )
    return carry_out_trial(trial, setting).name


def _anywhere(trial: Trial) -> Trial:
    """The trial as a process that was started in another folder understands it."""
    if not names_a_file(trial.net):
        return trial
    path, colon, name = trial.net.rpartition(":") if ".py:" in trial.net else (trial.net, "", "")
    return replace(trial, net=f"{Path(path).absolute()}{colon}{name}")


def resources_for(
    setting: Setting, workers: int | None, address: str | None, gpus_per_trial: float, trials: int
) -> Resources:
    """What a sweep of so many trials uses; a single one needs nothing but this process."""
    if address is None and trials <= 1:
        workers = 1
    here = setting.device == "auto" and address is None and torch.cuda.is_available()
    gpus = gpus_per_trial if here or setting.device == "cuda" else 0.0
    return Resources(workers, setting.threads, gpus, address)


def sweep(
    trials: Sequence[Trial],
    setting: Setting,
    workers: int | None,
    address: str | None,
    tell: Callable[[Progress], None],
    gpus_per_trial: float = GPUS_PER_TRIAL,
) -> dict[Trial, Path]:
    """Carry out all trials that are not over already.

    Args:
        trials: named twice, a trial is carried out once.
        setting: what they share; its `out` must be one folder for all machines of a cluster.
        workers: trials at once; None: as many as the processors allow.
        address: of a Ray cluster, or None to start Ray here.
        tell: how far it has come.
        gpus_per_trial: how much of a GPU a trial uses, where there is one.

    Returns:
        The folder of each trial that is over, in the order asked for. What failed is missing.

    Raises:
        UnusableInputError: a trial that can't be carried out or can't pass, found beforehand.
        KeyboardInterrupt: after the trials under way have written down where they are.
    """
    trials = list(dict.fromkeys(trials))
    if address is not None and setting.device == "auto":
        setting = replace(setting, device="cpu")  # a GPU is reserved where one is asked for
    check(trials, setting)
    _make(setting.out)
    there = found(trials, setting)
    finished = _Finished()
    for trial, folder in there.items():
        finished.add(trial, record.load(folder))
    known = len(there)

    def now(trial: Trial | None = None, **changes: object) -> Progress:
        mean = None if trial is None else finished.mean(trial)
        come = Progress(len(trials), known, len(there), mean, trial)
        return replace(come, **changes)  # type: ignore[arg-type]

    tell(now())
    missing = [trial for trial in trials if trial not in there]
    resources = resources_for(setting, workers, address, gpus_per_trial, len(missing))
    defect: Exception | None = None
    with closing(
        spread(
            _carry_out,
            replace(setting, out=setting.out.absolute()),
            _jobs(missing),
            resources,
            lambda seconds: tell(now(started=seconds)),
        )
    ) as outcomes:
        for trial, outcome in outcomes:
            if isinstance(outcome, Exception):
                expected = isinstance(outcome, UnusableInputError | WorkerLostError)
                defect = defect or (None if expected else outcome)
                tell(now(trial=trial, failure=str(outcome) if expected else repr(outcome)))
                continue
            folder = setting.out / outcome
            try:
                kept = record.load(folder)
            except UnusableInputError:
                where = f"{folder} was written elsewhere: --out must be one folder for all machines"
                tell(now(trial=trial, failure=where))
                continue
            there[trial] = folder
            finished.add(trial, kept)
            tell(now(trial=trial, record=kept))
    if defect is not None:
        raise defect
    return {trial: there[trial] for trial in trials if trial in there}


def _jobs(missing: Sequence[Trial]) -> Iterator[tuple[Trial, tuple[Trial, str]]]:
    for trial in missing:
        yield trial, (_anywhere(trial), code_sha256())


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnusableInputError(
            f"{out} can't be written to ({error.strerror}); name another folder with --out"
        ) from None


class _Finished:
    """The accuracies in % of finished runs, by net and recipe: a mean of several says nothing."""

    def __init__(self) -> None:
        self._accuracies: dict[tuple[str, str], list[float]] = {}

    def add(self, trial: Trial, kept: Record) -> None:
        if kept.status == "finished" and kept.compared is not None:
            together = self._accuracies.setdefault((trial.net, trial.recipe_name), [])
            together.append(kept.compared.accuracy)

    def mean(self, trial: Trial) -> float | None:
        together = self._accuracies.get((trial.net, trial.recipe_name))
        return fmean(together) if together else None
