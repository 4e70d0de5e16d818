"""Gradient descent, written down: one row an iteration, every quantity in it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tinydrill.backprop.forward import evaluate, refuse_endless
from tinydrill.backprop.optimiser import Optimiser
from tinydrill.backprop.problem import Names, Problem
from tinydrill.errors import UnusableInputError

DEFAULT_RATES = (0.1, 0.2, 0.5, 0.8, 1.0, 2.0)
"""The learning rates that the class form of the exercise plots."""

DEFAULT_ITERATIONS = 200
MAX_ITERATIONS = 100_000
MAX_RATES = 12


@dataclass(frozen=True)
class Trajectory:
    """What one learning rate did.

    Args:
        rate: the learning rate.
        optimiser: the update rule.
        iterations: updates asked for.
        columns: names of a row's quantities: values, then ``dE/d…``, then states like ``v_w1``.
        rows: ``rows[n][column]`` after n updates, n = 0 … iterations; shorter if it diverged.
        diverged_at: the first n whose numbers are no longer finite, None if there is none.
    """

    rate: float
    optimiser: Optimiser
    iterations: int
    columns: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]
    diverged_at: int | None

    def column(self, name: str) -> tuple[float, ...]:
        """One quantity over all rows, by its name.

        Raises:
            KeyError: if no quantity has that name.
        """
        if name not in self.columns:
            raise KeyError(name)
        place = self.columns.index(name)
        return tuple(row[place] for row in self.rows)

    @property
    def losses(self) -> tuple[float, ...]:
        """E_total of every row."""
        return self.column("E_total")

    @property
    def outcome(self) -> str:
        """``fell``, ``rose`` or ``diverged`` (the numbers left what a computer can hold)."""
        if self.diverged_at is not None:
            return "diverged"
        return "fell" if self.losses[-1] <= self.losses[0] else "rose"


def descend(
    problem: Problem,
    rate: float,
    iterations: int = DEFAULT_ITERATIONS,
    optimiser: Optimiser | None = None,
) -> Trajectory:
    """Full-batch descent from the problem's weights.

    Raises:
        UnusableInputError: if the rate, the number of iterations or the start can't be used.
    """
    if not (math.isfinite(rate) and rate > 0):
        raise UnusableInputError(f"rate is {rate:g}, it must be a number greater than 0")
    if not 1 <= iterations <= MAX_ITERATIONS:
        raise UnusableInputError(
            f"iterations is {iterations:,}, it must be from 1 to {MAX_ITERATIONS:,}"
        )
    refuse_endless(problem)
    rule = optimiser or Optimiser()
    names = Names(problem)
    weights = problem.parameters()
    states = {name: (0.0,) * len(rule.state_names) for name in weights}
    columns: tuple[str, ...] = ()
    rows: list[tuple[float, ...]] = []
    for n in range(iterations + 1):
        at = evaluate(problem, weights, names)
        states = {name: rule.remember(states[name], at.gradients[name]) for name in weights}
        row = (
            *at.values.values(),
            *at.gradients.values(),
            *(v for s in states.values() for v in s),
        )
        if not all(map(math.isfinite, row)):
            if not n:  # the problem's own numbers passed `refuse_endless`
                raise UnusableInputError(
                    f"{rule.name}'s memory is too large for a computer in row 0: "
                    "give smaller weights, inputs or targets"
                )
            return Trajectory(rate, rule, iterations, columns, tuple(rows), n)
        if not columns:
            remembered = (f"{s}_{name}" for name in weights for s in rule.state_names)
            columns = (*at.values, *(f"dE/d{name}" for name in at.gradients), *remembered)
        rows.append(row)
        weights = {
            name: rule.step(w, at.gradients[name], states[name], n, rate)
            if problem.trains(name)
            else w
            for name, w in weights.items()
        }
    return Trajectory(rate, rule, iterations, columns, tuple(rows), None)


def descend_all(
    problem: Problem,
    rates: Sequence[float] = DEFAULT_RATES,
    iterations: int = DEFAULT_ITERATIONS,
    optimiser: Optimiser | None = None,
) -> tuple[Trajectory, ...]:
    """One trajectory for each rate, in the order given.

    Raises:
        UnusableInputError: if there are too many rates, none, or the same one twice.
    """
    if not 1 <= len(rates) <= MAX_RATES:
        raise UnusableInputError(f"rate: {len(rates)} rates given, 1 to {MAX_RATES} can be shown")
    if len(set(rates)) != len(rates):
        raise UnusableInputError("rate: every rate must be different from the others")
    return tuple(descend(problem, rate, iterations, optimiser) for rate in rates)
