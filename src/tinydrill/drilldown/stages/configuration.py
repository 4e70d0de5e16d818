"""One net under one recipe as changed: what a stage trains with several seeds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tinydrill.drilldown import cookbook
from tinydrill.drilldown import recipe as recipes
from tinydrill.drilldown.recipe import FIELDS, Recipe, as_mapping


@dataclass(frozen=True)
class Configuration:
    """A net, a named recipe, and the changes made to it, a later one of a field in the last place.

    Attributes:
        net: a name of the zoo, or `path/to/file.py:Class`.
        base: the recipe's name.
        changes: (field, value) as text; the last of a field wins.
        recorded: the recipe's values where a record tells them; otherwise they follow from base
            and changes.
    """

    net: str
    base: str
    changes: tuple[tuple[str, str], ...] = ()
    recorded: Recipe | None = field(default=None, compare=False)

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe's values.

        Raises:
            UnusableInputError: an unknown recipe, or a change that can't be made.
        """
        if self.recorded is not None:
            return self.recorded
        changes = [f"{name}={value}" for name, value in self.changes]
        return recipes.override(cookbook.find(self.base), changes)

    @property
    def recipe_name(self) -> str:
        """The recipe's name as `tinydrill train` would give it: `seed with epochs=15`."""
        changes = ", ".join(f"{name}={value}" for name, value in self.changes)
        return f"{self.base} with {changes}" if changes else self.base

    @property
    def label(self) -> str:
        """Net and recipe in words."""
        return f"{self.net}, {self.recipe_name}"

    def changed(self, values: Mapping[str, Any]) -> "Configuration":
        """The same with further changes, each checked.

        Raises:
            UnusableInputError: an unknown field or a value that it can't have.
        """
        merged = dict(self.changes)
        for name, value in values.items():
            merged.pop(name, None)
            merged[name] = str(value)
        made = Configuration(self.net, self.base, tuple(merged.items()))
        _ = made.recipe  # refuses what can't be
        return made


def difference(before: Recipe, after: Recipe) -> str:
    """What one recipe has otherwise than another: `rotate 0 → 7`; empty if nothing."""
    return ", ".join(changes(before, after))


def changes(before: Recipe, after: Recipe) -> tuple[str, ...]:
    """The same, field by field.

    A field that one of them does not read has no value there: `schedule constant → step,
    step_epochs 3`. What the later one does not read is left out.
    """
    old, new = as_mapping(before), as_mapping(after)
    told = []
    for name in (name for name in FIELDS if old[name] != new[name] or _reads(before, after, name)):
        was, now = _plain(old[name]), _plain(new[name])
        match _heeds(before, name), _heeds(after, name):
            case True, True:
                told.append(f"{name} {was} → {now}")
            case False, True:
                told.append(f"{name} {now}")
    return tuple(told)


def _reads(before: Recipe, after: Recipe, name: str) -> bool:
    """Whether one of two recipes reads a field and the other does not."""
    return _heeds(before, name) != _heeds(after, name)


def _heeds(recipe: Recipe, name: str) -> bool:
    """Whether a recipe's other fields let this one have an effect."""
    match name:
        case "step_epochs" | "step_factor":
            return recipe.schedule == "step"
        case "kernel_lr":
            return recipe.optimizer == "muon"
        case "beta2":
            return recipe.optimizer != "sgd"
        case "focus_random":
            return recipe.focus < 1
    return True


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
