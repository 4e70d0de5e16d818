"""A search for net and recipe under a hard parameter budget, with Optuna, on held-out images.

The test images are no part of what is searched with: trials are given the training images and
the 10,000 held out of them, nothing else. Proposals, results and pruning live in the study's
storage (`study.py`); every process of a search reads and writes it by itself.
"""

import json
import math
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import torch

from tinydrill.drilldown import space
from tinydrill.drilldown.candidate import Candidate, from_net
from tinydrill.drilldown.cookbook import DRILL
from tinydrill.drilldown.data import Dataset, split
from tinydrill.drilldown.device import pick_device, to_tensors
from tinydrill.drilldown.idx import Bytes
from tinydrill.drilldown.optim import optimizer as make_optimizer
from tinydrill.drilldown.recipe import Recipe, as_mapping, length, override
from tinydrill.drilldown.spread import Resources, WorkerLostError, spread
from tinydrill.drilldown.study import FIRST_SEED, Task, give_up, open_study, optuna, take_up
from tinydrill.drilldown.trace import Shape
from tinydrill.drilldown.train import DivergedError, Images, fresh_losses, seed_everything, train
from tinydrill.errors import UnusableInputError


@dataclass(frozen=True, slots=True)
class Seen:
    """The images a search sees: (uint8 [N, H, W], uint8 [N]) to train on and to be judged by."""

    train: tuple[Bytes, Bytes]
    held_out: tuple[Bytes, Bytes]

    @property
    def shape(self) -> Shape:
        """(channels, height, width)."""
        return 1, self.train[0].shape[1], self.train[0].shape[2]

    @property
    def classes(self) -> int:
        """As many as the training labels tell apart."""
        return int(max(self.train[1].max(), self.held_out[1].max())) + 1


def seen_of(dataset: Dataset) -> Seen:
    """What a search may see of a data set.

    Raises:
        UnusableInputError: too few training images to hold some out.
    """
    parts = split(dataset, "held-out")
    return Seen(parts.train, parts.watch)


def check(task: Task, dataset: Dataset) -> None:
    """Refuse, before anything is written, a search of which no trial can be trained.

    Raises:
        UnusableInputError: too few images to hold some out, or a length that no recipe can have.
    """
    recipe = override(DRILL, [f"epochs={task.epochs}"])
    count = len(seen_of(dataset).train[1])
    total, _ = length(recipe, count)
    if total < 1:
        raise UnusableInputError(
            f"{task.epochs:g} epochs of {count:,} images are less than one image"
        )


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a trial.

    Attributes:
        number: in the study; None if its processes died before they could tell.
        state: complete, pruned, over budget, diverged, again (with another seed), or lost and why.
        errors: of the held-out images, after the last epoch it had; None if it had none.
        parameters: its net's; None if none fits.
    """

    number: int | None
    state: str
    errors: int | None
    parameters: int | None


def _try_one(shared: tuple[Task, Seen], proposal: int) -> Tried:
    """One trial, from its proposal to its result, both of them in the study's storage."""
    task, seen = shared
    study = open_study(task, proposal)
    trial = study.ask()
    pruned = optuna().trial.TrialState.PRUNED
    try:
        net = space.shape(
            trial, f"{task.study}-{trial.number}", task.parameters, seen.shape, seen.classes
        )
        recipe = space.training(trial, task.epochs)
    except (space.OverBudgetError, UnusableInputError) as error:
        trial.set_user_attr("why", str(error))
        study.tell(trial, state=pruned)
        return Tried(trial.number, "over budget", None, None)
    candidate = from_net(net, seen.shape, seen.classes)
    trial.set_user_attr("net", json.dumps(net.as_mapping()))
    trial.set_user_attr("recipe", json.dumps(as_mapping(recipe)))
    trial.set_user_attr("parameters", candidate.origin.parameters)
    trial.set_user_attr("macs", candidate.origin.macs)
    errors, state, began = None, "complete", time.perf_counter()
    try:
        with closing(
            readings(task, seen, candidate, recipe, FIRST_SEED + trial.number)
        ) as after_each:
            for epoch, errors in after_each:
                trial.report(errors, epoch)
                if trial.should_prune():
                    state = "pruned"
                    break
    except DivergedError as error:
        state, errors = "diverged", None
        trial.set_user_attr("why", str(error))
    trial.set_user_attr("seconds", time.perf_counter() - began)
    if state == "complete":
        study.tell(trial, errors)
    else:
        study.tell(trial, state=pruned)
    return Tried(trial.number, state, errors, candidate.origin.parameters)


def readings(
    task: Task, seen: Seen, candidate: Candidate, recipe: Recipe, seed: int
) -> Generator[tuple[int, int], None, None]:
    """Train a net; yields each epoch's number, and the errors of the held-out images after it.

    Raises:
        DivergedError: training can't go on.
    """
    torch.set_num_threads(task.threads)
    device = pick_device(task.device)
    images = Images(to_tensors(seen.train, device), to_tensors(seen.held_out, device))
    with torch.random.fork_rng():
        seed_everything(seed, -1)
        model = candidate.build().to(device)
        losses = fresh_losses(len(images.train[1]), device)
        for epoch in train(model, make_optimizer(model, recipe), losses, images, recipe, seed):
            yield epoch.number, epoch.watch.errors


def search(
    task: Task,
    dataset: Dataset,
    trials: int,
    resources: Resources,
    tell: Callable[[Tried | float], None],
    timeout: float | None = None,
) -> None:
    """Make proposals and try them, until the study has so many trials behind it.

    Args:
        task: what is searched for. A study of that name is continued.
        dataset: its test images are not looked at.
        trials: in all, those of the study before included.
        resources: what may be used.
        tell: told each trial's end, and the seconds in which Ray was started.
        timeout: seconds after which no further trial is begun.

    Raises:
        UnusableInputError: the storage can't be used, or its study is about something else.
    """
    seen = seen_of(dataset)
    study = open_study(task)
    behind = take_up(study, task, dataset.sha256)
    missing = max(0, trials - behind)
    if missing <= 1 and resources.address is None:
        resources = replace(resources, workers=1)
    until = math.inf if timeout is None else time.monotonic() + timeout

    def jobs() -> Iterator[tuple[int, tuple[int]]]:
        asked = len(study.get_trials(deepcopy=False))
        for number in range(missing):
            if time.monotonic() < until:
                yield number, (asked + number,)

    with closing(spread(_try_one, (task, seen), jobs(), resources, tell)) as outcomes:
        for _, outcome in outcomes:
            if isinstance(outcome, WorkerLostError):
                outcome = Tried(None, f"lost: {outcome}", None, None)
            if isinstance(outcome, Exception):
                raise outcome
            tell(outcome)
    give_up(study)
