"""What is asked for: a trial (one net, one recipe, one seed), and the setting of many of them.

Owns the way from what a person types to a trial, and back to the command that makes it again.
"""

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tinydrill.drilldown import blueprint, cookbook, zoo
from tinydrill.drilldown import recipe as recipes
from tinydrill.drilldown.budget import Budget
from tinydrill.drilldown.candidate import names_a_file
from tinydrill.drilldown.data import Dataset, Split
from tinydrill.drilldown.plan import check_seed
from tinydrill.drilldown.recipe import Recipe, as_mapping

_DEFAULT_RECIPE = "drill"
_OWN_RECIPE = "own"  # how the recipe is called that stands in one file with its net
_DEFAULT_DATASET = "mnist"
_OPTION: dict[Split, list[str]] = {"full": [], "held-out": ["--split"], "once": ["--test-once"]}


@dataclass(frozen=True)
class Trial:
    """One training to be had.

    Attributes:
        net: what a person would type: a name of the zoo, `path/to/file.py:Class`, `found.json`;
            the same text for the same net.
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
        name, own = recipe.lower(), cookbook.find(recipe)
    values = recipes.override(own, list(assignments))
    check_seed(seed)
    wanted = net or cookbook.HOME_NET[name]
    changes = f" with {', '.join(assignments)}" if assignments else ""
    return Trial(_one_spelling(wanted), name + changes, values, seed)


def _one_spelling(net: str) -> str:
    """The same text for the same net, however it was typed, so that a trial is made once.

    A file is named from the current folder where it lies below that, else from the root.
    """
    if not names_a_file(net):
        return zoo.find(net).name
    text, colon, name = net.rpartition(":") if ".py:" in net else (net, "", "")
    # Only the folder's links are followed: a file's neighbours are looked for where it is named.
    # And by realpath, as Path.resolve raises where links run in a circle.
    path = Path(os.path.realpath(Path(text).parent), Path(text).name)
    here = Path.cwd()
    return f"{path.relative_to(here) if path.is_relative_to(here) else path}{colon}{name}"


def _brought(net: str | None) -> tuple[str, Recipe]:
    """The recipe where none is named: that of the net's file, if it has one, or the usual."""
    if net is not None and blueprint.is_one(net):
        return _OWN_RECIPE, blueprint.read(Path(net)).recipe
    return _DEFAULT_RECIPE, cookbook.RECIPES[_DEFAULT_RECIPE]


def command_of(trial: Trial, setting: Setting) -> str:
    """What a person would type to have that run again, wherever its folder is to stand."""
    base = trial.recipe_name.partition(" with ")[0]
    words = ["tinydrill", "train", trial.net]
    name, own = _brought(trial.net)
    if name != base or not blueprint.is_one(trial.net):
        name = base if base in cookbook.RECIPES else _DEFAULT_RECIPE
        own = cookbook.RECIPES[name]
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
    words += _OPTION[setting.rule]
    return shlex.join(words)
