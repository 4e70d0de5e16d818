"""A net and a recipe in a JSON file: what a search writes, and `train` takes as NET."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinydrill.drilldown.layers import Net, net_from_mapping
from tinydrill.drilldown.recipe import Recipe, as_mapping, from_mapping
from tinydrill.drilldown.record import write_atomically
from tinydrill.errors import UnusableInputError


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What to train and how. `origin` says where it comes from, in plain values."""

    net: Net
    recipe: Recipe
    origin: dict[str, Any]


def is_one(text: str) -> bool:
    """Whether a person's text means such a file."""
    return text.endswith(".json")


def write(path: Path, blueprint: Blueprint) -> None:
    """Write a blueprint, whole or not at all."""
    document = {
        "net": blueprint.net.as_mapping(),
        "recipe": as_mapping(blueprint.recipe),
        "origin": blueprint.origin,
    }
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path, text.encode())


def read(path: Path) -> Blueprint:
    """Read a blueprint.

    Raises:
        UnusableInputError: no such file, or it is not one.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnusableInputError(f"{path} can't be read: {error.strerror}") from None
    except (ValueError, RecursionError):  # the latter from brackets nested too deeply
        raise UnusableInputError(f"{path} is not JSON") from None
    if not isinstance(document, dict) or not {"net", "recipe"} <= document.keys():
        raise UnusableInputError(
            f"{path} is not a net with its recipe, as `tinydrill search` writes them: it lacks "
            "'net' or 'recipe'"
        )
    if not isinstance(document["recipe"], dict):
        raise UnusableInputError(f"{path}: its recipe is not a table of fields")
    try:
        net, recipe = net_from_mapping(document["net"]), from_mapping(document["recipe"])
    except UnusableInputError as error:
        raise UnusableInputError(f"{path}: {error}") from None
    return Blueprint(net, recipe, document.get("origin") or {})
