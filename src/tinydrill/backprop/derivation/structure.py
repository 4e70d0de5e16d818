"""What a derivation consists of, as frozen data, ready for any renderer."""

from dataclasses import dataclass
from typing import Any

from tinydrill.backprop.problem import Problem

Expression = Any
"""A SymPy expression over the problem's names (SymPy ships no types)."""


@dataclass(frozen=True)
class Factor:
    """One edge of the network: how much `of` changes with `by`, the two being neighbours.

    Args:
        of: name of the later quantity.
        by: name of the earlier quantity.
        expression: ∂of/∂by in symbols.
        value: the same with the numbers put in.
    """

    of: str
    by: str
    expression: Expression
    value: float


@dataclass(frozen=True)
class Path:
    """One way from a quantity to E_total.

    Args:
        nodes: names from start to E_total.
        factors: one for each edge, the one next to E_total first.
        value: the product of the factors.
    """

    nodes: tuple[str, ...]
    factors: tuple[Factor, ...]
    value: float


@dataclass(frozen=True)
class Shortcut:
    """The paths through one quantity, gathered: ∂E_total/∂known, then the edges below it.

    Args:
        known: the quantity whose derivative has been found already.
        known_value: ∂E_total/∂known.
        factors: the edges from `known` down to the step's target.
        value: their product with `known_value`.
    """

    known: str
    known_value: float
    factors: tuple[Factor, ...]
    value: float


@dataclass(frozen=True)
class Step:
    """∂E_total/∂target, found.

    Args:
        target: a weight, a bias, or what a hidden unit passes on (``a_h1``).
        path_count: number of paths from target to E_total.
        paths: all of them, or the first `MAX_PATHS` if there are more.
        shortcuts: the same sum with what is already known taken as known.
        used_by: for a hidden unit, the weights whose gradients need this derivative.
        expression: the whole derivative in symbols.
        gradient: its value.
        before: the weight now; None for a hidden unit.
        after: the weight after one step of plain gradient descent; None for a hidden unit.
    """

    target: str
    path_count: int
    paths: tuple[Path, ...]
    shortcuts: tuple[Shortcut, ...]
    used_by: tuple[str, ...]
    expression: Expression
    gradient: float
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Derivation:
    """All steps in the order in which each needs only what stands before it.

    Args:
        problem: what was derived.
        values: every quantity of the forward pass, in its order.
        definitions: how each computed quantity follows from its parents, in symbols.
        gradients: ∂E_total/∂quantity for every quantity.
        steps: output layer's weights first, then its inputs, then the layer below, and so on.
    """

    problem: Problem
    values: dict[str, float]
    definitions: dict[str, Expression]
    gradients: dict[str, float]
    steps: tuple[Step, ...]


MAX_PATHS = 12
"""Paths spelled out for each target (softmax-3 has 9); a reader has understood by then."""
