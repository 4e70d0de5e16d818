"""Random points at which formulas are judged: every input drawn afresh, everything else true.

A probe gives each data row its own true network state. Rows that follow each other are linked by
the true update; inputs that never change down the sheet are the same in every row.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tinydrill.backprop.sheetcheck.calculate import (
    CalculationError,
    Value,
    calculate,
)
from tinydrill.backprop.sheetcheck.network import Net, of_sample
from tinydrill.backprop.sheetcheck.optimisers import (
    SETTING_NAMES,
    SETTINGS,
    STATES,
    remember,
    step,
)
from tinydrill.backprop.sheetcheck.syntax import Block, Node, Place, Symbol
from tinydrill.backprop.sheetcheck.truth import Point, evaluate
from tinydrill.backprop.sheetcheck.wanted import Convention

PROBES = 12  # a ReLU shows both its sides in all but one of 2,000 sheets; each costs microseconds
SAME = 1e-9  # relative: far above rounding, far below the smallest effect of a real mistake


@dataclass
class Probe:
    """One random state of the whole table.

    Args:
        net: the network whose truth this is.
        seed: which random state.
        constant: leaves that hold one value down the sheet.
        rate: the learning rate where it is written into the formulas; None: drawn afresh.
        convention: what the gradient columns hold.
        place_value: value of cells that are no quantity of the network.
        settings_in_cells: whether beta and epsilon are cells, and so drawn afresh.
        first: the judged row is the table's first, with nothing remembered from before.
    """

    net: Net
    seed: int
    constant: frozenset[str]
    rate: float | None
    convention: Convention
    place_value: Callable[[Place], Value]
    first: bool = False
    settings_in_cells: bool = True
    _points: dict[int, Point] = field(default_factory=dict)

    def point(self, offset: int) -> Point:
        """Return the true state of the data row `offset` rows from the judged one."""
        if offset not in self._points:
            self._points[offset] = self._draw(offset)
        return self._points[offset]

    def _draw(self, offset: int) -> Point:
        leaves = draw_leaves(self.net, self.seed, offset)
        fixed = draw_leaves(self.net, self.seed, -1000)
        leaves.update({name: fixed[name] for name in self.constant if name in fixed})
        rate = fixed["lr"] if self.rate is None else self.rate
        leaves["lr"] = rate
        before = self.point(-1) if offset == 0 else None
        for name in (*self.net.weights, *self.net.biases):
            if before is not None and name not in self.constant:
                leaves[name] = before[f"{name}_new"]
        leaves["n"] = fixed["n"] + offset
        leaves.update({name: fixed[name] for name in SETTING_NAMES})
        if not self.settings_in_cells:
            leaves.update(SETTINGS[self.net.optimiser])
        state = evaluate(self.net, leaves)
        factor = self.convention.sign * (rate if self.convention.scaled else 1.0)
        for name in (*self.net.weights, *self.net.biases):
            self._update(state, before, name, rate)
        for name in list(state):
            if name.startswith("dE/d"):
                state[name] *= factor
        return state

    def _update(self, state: Point, before: Point | None, name: str, rate: float) -> None:
        """Add the memory of a weight after this row, and its next value."""
        rule, g = self.net.optimiser, state[f"dE/d{name}"]
        rng = random.Random(f"{self.seed}/{name}/{len(self._points)}")
        memory = {
            letter: 0.0
            if self.first and before is not None
            else before[f"{letter}_{name}"]
            if before is not None
            else rng.uniform(0.2, 1.2)
            for letter in STATES[rule]
        }
        memory = remember(rule, state, memory, g)
        state.update({f"{letter}_{name}": value for letter, value in memory.items()})
        state[f"{name}_new"] = state[name] - rate * step(rule, state, memory, g, state["n"])

    def lookup(self, node: Node) -> Value | Block:
        """Return the value of a symbol or a place at this probe."""
        if isinstance(node, Symbol):
            return self.point(node.offset).get(node.name)
        if isinstance(node, Place):
            return self.place_value(node)
        return None

    def value(self, node: Node) -> float | None:
        """Return the number that a tree has here, None for text or an error value."""
        try:
            value = calculate(node, self.lookup)
        except CalculationError:
            return None
        return float(value) if isinstance(value, int | float) else None


def draw_leaves(net: Net, seed: int, offset: int) -> Point:
    """Return random inputs, targets, weights, biases and a rate, away from 0."""
    rng = random.Random(f"{seed}/{offset}")
    leaves = {"lr": rng.uniform(0.1, 1.6), "n": float(rng.randint(2, 9))}
    for name in SETTING_NAMES:  # epsilon far larger than usual, or its absence would not show
        leaves[name] = rng.uniform(0.3, 0.9)
    for name in (*net.weights, *net.biases):
        leaves[name] = rng.choice((-1, 1)) * rng.uniform(0.2, 1.4)
    for sample in net.samples:
        for name in net.inputs:
            leaves[of_sample(name, sample)] = rng.choice((-1, 1)) * rng.uniform(0.3, 1.7)
        targets = [rng.uniform(0.05, 0.95) for _ in net.targets]
        if net.loss.kind == "cross-entropy":
            targets = [target / sum(targets) for target in targets]
        for name, target in zip(net.targets, targets, strict=True):
            leaves[of_sample(name, sample)] = target
    return leaves


def same(one: float | None, other: float | None) -> bool:
    """Return whether two numbers agree to rounding."""
    if one is None or other is None:
        return False
    return abs(one - other) <= SAME * max(abs(one), abs(other)) + 1e-13


def agrees(node: Node, wanted: Callable[[Probe], float], probes: Iterable[Probe]) -> bool:
    """Return whether the tree has the wanted number at every probe."""
    return all(same(probe.value(node), wanted(probe)) for probe in probes)
