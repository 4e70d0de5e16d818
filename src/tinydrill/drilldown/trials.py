"""A trial: one net, one recipe, one seed. Finds it among the runs there are, or carries it out.

Owns what many trainings share: the setting they are made in, and the rule by which a trial is
made once, whoever asks for it and however often. Knows nothing of how trials are spread.
"""

import contextlib
import hashlib
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from tinydrill.drilldown import blueprint, record, zoo
from tinydrill.drilldown import recipe as recipes
from tinydrill.drilldown.budget import Budget
from tinydrill.drilldown.candidate import Candidate, names_a_file, resolve
from tinydrill.drilldown.data import Dataset, Split
from tinydrill.drilldown.device import pick_device
from tinydrill.drilldown.environment import code_sha256
from tinydrill.drilldown.lock import alone
from tinydrill.drilldown.plan import (
    Request,
    check_resumable,
    check_seed,
    folder_name,
    open_folder,
    plan,
)
from tinydrill.drilldown.recipe import Recipe, as_mapping
from tinydrill.drilldown.record import Record
from tinydrill.drilldown.run import Watcher, carry_out
from tinydrill.errors import UnusableInputError

_DEFAULT_RECIPE = "drill"
_OWN_RECIPE = "own"  # how the recipe is called that stands in one file with its net
_DEFAULT_DATASET = "mnist"


@dataclass(frozen=True)
class Trial:
    """One training to be had.

    Attributes:
        net: what a person would type: a name of the zoo, `path/to/file.py:Class`, `found.json`.
        recipe_name: the recipe's, and how it was changed: `drill`, `drill with lr=0.01`.
        recipe: its values, which alone decide.
        seed: 0 … 2³² − 1.
    """

    net: str
    recipe_name: str
    recipe: Recipe
    seed: int


@dataclass(frozen=True)
class Setting:
    """What many trials share.

    Attributes:
        dataset: the images.
        rule: how they are divided.
        budget: what each trial is held to.
        device: auto, cpu, cuda or mps, of the process that carries a trial out.
        threads: CPU threads of each trial.
        out: where run folders are made.
    """

    dataset: Dataset
    rule: Split
    budget: Budget
    device: str
    threads: int
    out: Path


def ask_for(net: str | None, recipe: str | None, assignments: Sequence[str], seed: int) -> Trial:
    """A trial from what a person typed, checked as far as that can be done without images.

    Args:
        net: None stands for the recipe's own.
        recipe: a recipe's name; None stands for the one that the net brings, or `drill`.
        assignments: `field=value` changes of it.
        seed: 0 … 2³² − 1.

    Raises:
        UnusableInputError: an unknown net or recipe, a change that can't be made, a bad seed.
    """
    if recipe is None:
        name, own = _brought(net)
    else:
        name, own = recipe.lower(), recipes.find(recipe)
    values = recipes.override(own, list(assignments))
    check_seed(seed)
    wanted = net or recipes.HOME_NET[name]
    if not names_a_file(wanted):
        zoo.find(wanted)
    changes = f" with {', '.join(assignments)}" if assignments else ""
    return Trial(wanted, name + changes, values, seed)


def _brought(net: str | None) -> tuple[str, Recipe]:
    """The recipe where none is named: that of the net's file, if it has one, or the usual."""
    if net is not None and blueprint.is_one(net):
        return _OWN_RECIPE, blueprint.read(Path(net)).recipe
    return _DEFAULT_RECIPE, recipes.RECIPES[_DEFAULT_RECIPE]


def command_of(trial: Trial, setting: Setting) -> str:
    """What a person would type to have that run again, wherever its folder is to stand."""
    base = trial.recipe_name.partition(" with ")[0]
    words = ["tinydrill", "train", trial.net]
    name, own = _brought(trial.net)
    if name != base or not blueprint.is_one(trial.net):
        name = base if base in recipes.RECIPES else _DEFAULT_RECIPE
        own = recipes.RECIPES[name]
        words += ["--recipe", name]
    named = as_mapping(own)
    for field, value in as_mapping(trial.recipe).items():
        if value != named[field]:
            words += ["--set", f"{field}={value}"]
    words += ["--seed", str(trial.seed)]
    dataset, budget, usual = setting.dataset, setting.budget, Budget()
    options: dict[str, object] = {
        "--data": None if dataset.public else dataset.origin,
        "--dataset": dataset.name if dataset.public and dataset.name != _DEFAULT_DATASET else None,
        "--device": None if setting.device == "auto" else setting.device,
        "--threads": setting.threads,
        "--max-parameters": None if budget.parameters == usual.parameters else budget.parameters,
        "--max-epochs": None if budget.epochs == usual.epochs else f"{budget.epochs:g}",
        "--target": None if budget.accuracy == usual.accuracy else f"{budget.accuracy:g}",
    }
    for name, given in options.items():
        words += [] if given is None else [name, str(given)]
    words += ["--split"] if setting.rule == "held-out" else []
    return shlex.join(words)


def _candidate(net: str, setting: Setting) -> Candidate:
    return resolve(net, setting.dataset.shape, setting.dataset.classes)


def _planned(trial: Trial, setting: Setting, candidate: Candidate, seconds: float) -> Record:
    """The record of the trial before it has begun. Sets the threads that torch computes with."""
    torch.set_num_threads(setting.threads)
    request = Request(
        candidate,
        trial.recipe_name,
        trial.recipe,
        trial.seed,
        setting.dataset,
        setting.rule,
        setting.budget,
        pick_device(setting.device),
        command_of(trial, setting),
        seconds,
    )
    return plan(request)


def check(trials: Sequence[Trial], setting: Setting) -> None:
    """Refuse, before any is begun, trials that can't be carried out or can't pass.

    Raises:
        UnusableInputError: what is wrong with the first of them.
    """
    nets = {net: _candidate(net, setting) for net in dict.fromkeys(t.net for t in trials)}
    # The device may be one that only the machines have on which the trials will run.
    here = replace(setting, device="cpu")
    for trial in {(trial.net, trial.recipe): trial for trial in trials}.values():
        _planned(trial, here, nets[trial.net], 0.0)
    for trial in trials:
        check_seed(trial.seed)


def _is(kept: Record, trial: Trial, setting: Setting, candidate: Candidate) -> bool:
    """Whether a record is of this very trial, made by this code in this setting."""
    there, wanted = kept.net, candidate.origin
    return (
        kept.seed == trial.seed
        and kept.data.rule == setting.rule
        and kept.environment.code_sha256 == code_sha256()
        and kept.environment.threads == setting.threads
        and setting.device in ("auto", kept.environment.device.partition(" ")[0])
        and kept.recipe == as_mapping(trial.recipe)
        and kept.data.sha256 == setting.dataset.sha256
        and (there.name, there.net, there.source_sha256)
        == (wanted.name, wanted.net, wanted.source_sha256)
    )


def _records(out: Path, pattern: str) -> Iterator[tuple[Path, Record]]:
    """The runs in a folder whose records can be read."""
    for path in sorted(out.glob(f"{pattern}/{record.RECORD}")):
        with contextlib.suppress(UnusableInputError):
            yield path.parent, record.load(path.parent)


def found(trials: Sequence[Trial], setting: Setting) -> dict[Trial, Path]:
    """The trials that are over already, finished or diverged, and the folder of each.

    A run counts if it agrees in net, recipe values, seed, images, rule, threads, device and code:
    its result is what carrying the trial out again would give.
    """
    nets = {net: _candidate(net, setting) for net in dict.fromkeys(t.net for t in trials)}
    by_seed: dict[int, list[Trial]] = {}
    for trial in trials:
        by_seed.setdefault(trial.seed, []).append(trial)
    there: dict[Trial, Path] = {}
    for folder, kept in _records(setting.out, "[!.]*"):
        if kept.status in ("finished", "diverged"):
            for trial in by_seed.get(kept.seed, ()):
                if trial not in there and _is(kept, trial, setting, nets[trial.net]):
                    there[trial] = folder
    return there


def _key(planned: Record) -> str:
    """A name for the lock: the same for the same trial."""
    deciding = planned.model_dump_json(include={"net", "recipe", "seed"})
    return hashlib.sha256(deciding.encode()).hexdigest()[:16]


def _resumable(folder: Path, kept: Record, setting: Setting) -> bool:
    try:
        device = pick_device(setting.device)
        check_resumable(folder, kept, setting.dataset, setting.threads, device)
    except UnusableInputError:
        return False
    return True


def carry_out_trial(trial: Trial, setting: Setting, watcher: Watcher | None = None) -> Path:
    """Carry one trial out, in this process, unless it is over already; returns its folder.

    An unfinished folder of the same trial is continued, if that gives the same bits. Two processes
    asked for the same trial make it once: one waits for the other, and takes over if it dies.

    Raises:
        UnusableInputError: the trial can't be carried out; see `plan` and `carry_out`.
    """
    started = time.perf_counter()
    candidate = _candidate(trial.net, setting)
    planned = _planned(trial, setting, candidate, time.perf_counter() - started)
    try:
        setting.out.mkdir(parents=True, exist_ok=True)
        with alone(setting.out / f".trial-{_key(planned)}.lock"):
            return _once(trial, setting, candidate, planned, watcher or Watcher())
    except OSError as error:
        raise UnusableInputError(
            f"{setting.out} can't be written to ({error.strerror}); name another folder with --out"
        ) from None


def _once(
    trial: Trial, setting: Setting, candidate: Candidate, planned: Record, watcher: Watcher
) -> Path:
    """`carry_out_trial` while nobody else is at the same trial."""
    unfinished = None
    for folder, kept in _records(setting.out, f"{folder_name(planned)}*"):
        if _is(kept, trial, setting, candidate):
            if kept.status in ("finished", "diverged"):
                return folder
            if _resumable(folder, kept, setting):
                unfinished = unfinished or (folder, kept)
    folder, begun = unfinished or (open_folder(setting.out, planned), planned)
    with contextlib.redirect_stdout(sys.stderr):  # a network of the user's may print
        carry_out(folder, begun, candidate, setting.dataset, pick_device(setting.device), watcher)
    return folder
