"""A study: what a search has proposed, tried and found, in a storage that outlives processes."""

import json
import math
import warnings
from dataclasses import dataclass
from typing import Any

from tinydrill.drilldown import space
from tinydrill.drilldown.blueprint import Blueprint
from tinydrill.drilldown.layers import net_from_mapping
from tinydrill.drilldown.recipe import from_mapping
from tinydrill.errors import UnusableInputError

_RANDOM_PROPOSALS = 10
_SECONDS_FOR_A_LOCK = 60


@dataclass(frozen=True, slots=True)
class Task:
    """A search as every process of it is told.

    Attributes:
        study: its name in the storage.
        storage: an address as Optuna (SQLAlchemy) writes it.
        parameters: nets stay below this.
        epochs: of each training, of the 50,000 images.
        seed: decides the proposals.
        device: auto, cpu, cuda or mps.
        threads: CPU threads of each trial.
    """

    study: str
    storage: str
    parameters: int
    epochs: float
    seed: int
    device: str
    threads: int


def optuna() -> Any:
    """The library, told to be quiet."""
    try:
        import optuna as library
    except ImportError:
        raise UnusableInputError("a search needs Optuna: pip install 'tinydrill[search]'") from None
    library.logging.set_verbosity(library.logging.ERROR)
    warnings.filterwarnings("ignore", category=library.exceptions.ExperimentalWarning)
    return library


def open_study(task: Task, proposal: int = 0) -> Any:
    """The Optuna study, made if it is not there.

    Args:
        task: names it.
        proposal: how many were asked for before; with the seed it decides what is proposed.

    Raises:
        UnusableInputError: no Optuna, or the storage can't be used.
    """
    library = optuna()
    sqlite = task.storage.startswith("sqlite")
    wait = {"connect_args": {"timeout": _SECONDS_FOR_A_LOCK}} if sqlite else {}
    try:
        storage = library.storages.RDBStorage(task.storage, engine_kwargs=wait)
        return library.create_study(
            storage=storage,
            study_name=task.study,
            load_if_exists=True,
            # Processes that look at the same results must not make the same proposal.
            sampler=library.samplers.TPESampler(
                seed=(task.seed * 1_000_003 + proposal) % (1 << 32),
                constant_liar=True,
                n_startup_trials=_RANDOM_PROPOSALS,
            ),
            pruner=library.pruners.MedianPruner(n_warmup_steps=math.ceil(task.epochs / 4)),
        )
    except Exception as error:  # SQLAlchemy's own, a driver's, a module that lacks
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UnusableInputError(f"--storage {task.storage} can't be used: {first}") from None


def take_up(study: Any, task: Task, sha256: dict[str, str]) -> int:
    """Prepare a study, new or begun before; returns how many trials it has behind it.

    What a killed search left unfinished is proposed again, first of all.
    """
    about = {
        "parameters": task.parameters,
        "epochs": task.epochs,
        "images": [sha256[name] for name in sorted(sha256) if "train" in name],
    }
    known = study.user_attrs.get("about")
    if known is not None and known != about:
        raise UnusableInputError(
            f"the study {task.study!r} was begun with --params {known['parameters']} --epochs "
            f"{known['epochs']:g}, or on other images; name another with --study"
        )
    if known is None:
        study.set_user_attr("about", about)
        for proposal in space.beginnings():
            study.enqueue_trial(proposal)
    for parameters in give_up(study):
        study.enqueue_trial(parameters)
    return behind(study)


def behind(study: Any) -> int:
    """How many trials of a study are over, completed or pruned."""
    states = optuna().trial.TrialState
    return len(study.get_trials(deepcopy=False, states=(states.COMPLETE, states.PRUNED)))


def give_up(study: Any) -> list[dict[str, Any]]:
    """Close the trials whose processes are gone, when none runs; returns what they had proposed."""
    states = optuna().trial.TrialState
    lost = study.get_trials(deepcopy=False, states=(states.RUNNING,))
    for trial in lost:
        study.tell(trial.number, state=states.FAIL)
    return [trial.params for trial in lost if trial.params]


def count_as_tested(study: Any, number: int) -> int:
    """Note that this trial's net has seen the test images; returns how many of the study have."""
    tested = sorted({*study.user_attrs.get("tested", []), number})
    study.set_user_attr("tested", tested)
    return len(tested)


def ranking(task: Task) -> list[Any]:
    """The study's complete trials (Optuna's `FrozenTrial`), fewest held-out errors first."""
    states = (optuna().trial.TrialState.COMPLETE,)
    complete = open_study(task).get_trials(deepcopy=False, states=states)
    return sorted(complete, key=lambda trial: (trial.value, trial.number))


def winner(task: Task) -> Blueprint:
    """The net and recipe with the fewest held-out errors.

    Raises:
        UnusableInputError: no trial was completed.
    """
    complete = ranking(task)
    if not complete:
        raise UnusableInputError(
            f"no trial of the study {task.study!r} was completed: none can be the winner"
        )
    best = complete[0]
    net = net_from_mapping(json.loads(best.user_attrs["net"]))
    recipe = from_mapping(json.loads(best.user_attrs["recipe"]))
    origin = {
        "study": task.study,
        "trial": best.number,
        "held_out_errors": int(best.value),
        "trials_completed": len(complete),
        "parameters": best.user_attrs["parameters"],
    }
    return Blueprint(net, recipe, origin)
