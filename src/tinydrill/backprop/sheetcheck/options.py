"""Reads the words of the command line that say how a sheet is to be understood."""

import re
from collections.abc import Iterable
from itertools import repeat

from tinydrill.backprop.sheetcheck.names import name_of
from tinydrill.backprop.sheetcheck.network import Layer, Loss, Net, Unit
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
    from tinydrill.backprop.problem import Names, find_problem

    problem = find_problem(text)
    names = Names(problem)
    layers = tuple(
        Layer(
            tuple(
                Unit(sum_, row, signals, bias)
                for sum_, row, bias in zip(
                    called.sums, called.weights, called.biases or repeat(None), strict=False
                )
            ),
            layer.activation,
        )
        for layer, called, signals in zip(
            problem.layers,
            names.layers,
            (names.inputs, *(called.outputs for called in names.layers)),
            strict=False,
        )
    )
    k = len(names.targets)
    losses = {
        "half-squared": Loss("squared", 0.5),
        "mean-squared": Loss("squared", 1 / k),
        "cross-entropy": Loss(
            "cross-entropy" if layers[-1].activation == "softmax" else "binary-cross-entropy", 1.0
        ),
    }
    return Net(names.inputs, names.targets, layers, losses[problem.loss], names.samples)
