"""Before a run: what is asked for, whether it may be, and the folder in which it will stand."""

import datetime
import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import torch

from tinydrill.drilldown import record
from tinydrill.drilldown.budget import Budget
from tinydrill.drilldown.candidate import Candidate
from tinydrill.drilldown.data import SPLIT_RULES, Dataset, Split, split
from tinydrill.drilldown.device import device_name
from tinydrill.drilldown.environment import describe
from tinydrill.drilldown.recipe import Recipe, as_mapping
from tinydrill.drilldown.record import DataUsed, Limits, Record, Seconds
from tinydrill.errors import UnusableInputError

# NumPy's SeedSequence mixes (seed, epoch) without collisions only while a seed is one word.
SEED_LIMIT = 1 << 32
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Request:
    """A run as asked for. `command` is what a person would type to have it again."""

    candidate: Candidate
    recipe_name: str
    recipe: Recipe
    seed: int
    dataset: Dataset
    rule: Split
    budget: Budget
    device: torch.device
    command: str
    seconds_for_data: float


def check_seed(seed: int) -> None:
    """Refuse a seed outside of 0 … 2³² − 1."""
    if not 0 <= seed < SEED_LIMIT:
        raise UnusableInputError(f"seed {seed} is not a whole number from 0 to {SEED_LIMIT - 1}")


def plan(request: Request) -> Record:
    """The record of a run that has not begun; refused here if it can't keep to its budget.

    Raises:
        UnusableInputError: over budget, a bad seed, or a training of less than one image.
    """
    check_seed(request.seed)
    dataset, candidate = request.dataset, request.candidate
    parts = split(dataset, request.rule)
    trained_on = len(parts.train[1])
    if round(request.recipe.epochs * trained_on) < 1:
        raise UnusableInputError(
            f"{request.recipe.epochs:g} epochs of {trained_on:,} images are less than one image"
        )
    request.budget.admit(
        candidate.origin.name,
        candidate.origin.parameters,
        request.recipe.epochs * trained_on / parts.available,
    )
    budget = request.budget
    return Record(
        status="running",
        net=candidate.origin,
        recipe_name=request.recipe_name,
        recipe=as_mapping(request.recipe),
        seed=request.seed,
        data=DataUsed(
            name=dataset.name,
            sha256=dataset.sha256,
            shape=dataset.shape,
            classes=dataset.classes,
            rule=request.rule,
            rule_in_words=SPLIT_RULES[request.rule],
            training_images=parts.available,
            trained_on=trained_on,
            folder=None if dataset.public else dataset.origin,
        ),
        budget=Limits(parameters=budget.parameters, epochs=budget.epochs, accuracy=budget.accuracy),
        environment=describe(torch.get_num_threads(), device_name(request.device)),
        # A path on disk need not be text that JSON can hold.
        command=request.command.encode(errors="backslashreplace").decode(),
        started=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        seconds=Seconds(data=request.seconds_for_data),
    )


def folder_name(planned: Record) -> str:
    """What a run's folder is called: net, recipe and seed, in letters that any system allows."""
    name = f"{planned.net.name}-{planned.recipe_name}-s{planned.seed}"
    name = re.sub(r"[^A-Za-z0-9.=+-]+", "-", name)
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def open_folder(parent: Path, planned: Record) -> Path:
    """A new folder for a run, with its record in it from the first moment on.

    It is called after net, recipe and seed; a number is added where that name is taken.

    Raises:
        UnusableInputError: the parent can't be written to.
    """
    name = folder_name(planned)
    aside = None
    try:
        parent.mkdir(parents=True, exist_ok=True)
        aside = Path(mkdtemp(dir=parent, prefix=".new-"))
        record.save(planned, aside)
        aside.chmod(0o755)
        number = 1
        while True:
            folder = parent / (name if number == 1 else f"{name}-{number}")
            try:
                if not folder.exists():
                    return aside.rename(folder)
            except OSError:
                if not folder.exists():
                    raise
            number += 1
    except OSError as error:
        raise UnusableInputError(
            f"{parent} can't be written to ({error.strerror}); name another folder with --out"
        ) from None
    finally:
        if aside is not None and aside.exists():
            shutil.rmtree(aside)


def check_resumable(
    folder: Path, kept: Record, dataset: Dataset, threads: int, device: torch.device
) -> None:
    """Refuse a continuation that would not be the run it claims to continue.

    Raises:
        UnusableInputError: other data, another torch, processor, thread count or device, or a run
            that diverged.
    """
    if kept.status == "diverged":
        raise UnusableInputError(f"{folder} can't be resumed: {kept.message}")
    if dataset.sha256 != kept.data.sha256:
        raise UnusableInputError(
            f"{folder} was begun on other images ({kept.data.name}); name them with --data DIR"
        )
    then, now = kept.environment, describe(threads, device_name(device))
    for what, before, today in (
        ("torch", then.packages.get("torch"), now.packages["torch"]),
        ("the processor", then.processor, now.processor),
        ("--threads", then.threads, now.threads),
        ("--device", then.device, now.device),
    ):
        if before != today:
            raise UnusableInputError(
                f"{folder} was begun with {what} {before}, here it is {today}: the result would "
                "not be the uninterrupted run's"
            )
