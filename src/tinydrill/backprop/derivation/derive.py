"""From a Problem to its Derivation: the walk over the graph that `symbols` has laid out."""

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

import sympy

from tinydrill.backprop.derivation.structure import (
    MAX_PATHS,
    Derivation,
    Expression,
    Factor,
    Path,
    Shortcut,
    Step,
)
from tinydrill.backprop.derivation.symbols import definitions, edges, evaluate_all
from tinydrill.backprop.forward import evaluate
from tinydrill.backprop.problem import Names, Problem, of_sample
from tinydrill.errors import UnusableInputError

MAX_TARGETS = 100
"""Steps in one derivation; more is a book, not an explanation."""


def derive(problem: Problem, weights: Sequence[str] = ()) -> Derivation:
    """The chain rule for the weights named, for all weights and hidden units if none is.

    Raises:
        UnusableInputError: if a name is no weight or bias, or if all are too many.
    """
    names = Names(problem)
    known = problem.parameters()
    for name in weights:
        if name not in known:
            raise UnusableInputError(
                f"no weight is called {name!r}: this problem has {_span(problem)}"
            )
    order = [name for name in _order(problem, names) if not weights or name in weights]
    if len(order) > MAX_TARGETS:
        raise UnusableInputError(
            f"{len(order):,} derivatives are too many to explain at once (the limit is "
            f"{MAX_TARGETS}): name a weight, {_span(problem)}"
        )
    return _Graph(problem, names).derivation(order)


def _order(problem: Problem, names: Names) -> list[str]:
    """Output layer first: its weights, then the hidden signals they multiply, then downwards."""
    order: list[str] = []
    for depth in reversed(range(len(problem.layers))):
        order += names.layers[depth].parameters
        if depth:
            outputs = names.layers[depth - 1].outputs
            order += [of_sample(a, sample) for sample in names.samples for a in outputs]
    return order


def _span(problem: Problem) -> str:
    weights = [name for name in problem.parameters() if name.startswith("w")]
    biases = [name for name in problem.parameters() if name.startswith("b")]
    spans = [f"{group[0]} to {group[-1]}" for group in (weights, biases) if group]
    return " and ".join(spans)


class _Graph:
    """The problem's quantities and the slopes between neighbours, in symbols and numbers."""

    def __init__(self, problem: Problem, names: Names) -> None:
        self.problem = problem
        self.names = names
        self.at = evaluate(problem)
        self.definitions = definitions(problem, names)
        self.slopes = edges(self.definitions)
        pairs = [(by, of) for by, later in self.slopes.items() for of in later]
        numbers = evaluate_all([self.slopes[by][of] for by, of in pairs], self.at.values)
        self.factors = {
            (by, of): Factor(of, by, self.slopes[by][of], number)
            for (by, of), number in zip(pairs, numbers, strict=True)
        }
        self.whole: dict[str, Expression] = {"E_total": sympy.Integer(1)}
        self.count = {"E_total": 1}
        for name in reversed([*self.at.values]):
            if name in self.slopes:
                later = self.slopes[name]
                self.whole[name] = sympy.Add(*(self.whole[of] * s for of, s in later.items()))
                self.count[name] = sum(self.count[of] for of in later)

    def derivation(self, targets: Sequence[str]) -> Derivation:
        return Derivation(
            problem=self.problem,
            values=self.at.values,
            definitions=self.definitions,
            gradients=self.at.gradients,
            steps=tuple(self.step(target) for target in targets),
        )

    def step(self, target: str) -> Step:
        before = self.problem.parameters().get(target)
        gradient = self.at.gradients[target]
        moves = before is not None and self.problem.trains(target)
        return Step(
            target=target,
            path_count=self.count[target],
            paths=tuple(islice(self.paths(target), MAX_PATHS)),
            shortcuts=self.shortcuts(target),
            used_by=self.used_by(target),
            expression=self.whole[target],
            gradient=gradient,
            before=before,
            after=before - self.problem.rate * gradient if before is not None and moves else before,
        )

    def paths(self, target: str) -> Iterator[Path]:
        """Every way from target to E_total, depth first, without recursion."""
        stack: list[tuple[str, ...]] = [(target,)]
        while stack:
            nodes = stack.pop()
            if nodes[-1] != "E_total":
                stack.extend((*nodes, of) for of in reversed(self.slopes[nodes[-1]]))
                continue
            factors = tuple(self.factors[edge] for edge in pairwise(nodes))[::-1]
            yield Path(nodes, factors, _product(factors))

    def shortcuts(self, target: str) -> tuple[Shortcut, ...]:
        """Through each sum that target feeds; a weight of a hidden unit goes one edge further."""
        found = []
        for sum_ in self.slopes[target]:
            factors: tuple[Factor, ...] = (self.factors[target, sum_],)
            known = sum_
            if target in self.problem.parameters() and sum_.startswith("h"):
                known = f"a_{sum_}"
                factors = (self.factors[sum_, known], *factors)
            value = self.at.gradients[known]
            found.append(Shortcut(known, value, factors, value * _product(factors)))
        return tuple(found)

    def used_by(self, target: str) -> tuple[str, ...]:
        """The weights and the bias of the unit whose signal target is."""
        for called in self.names.layers:
            for unit, output in enumerate(called.outputs):
                if target.partition("[")[0] == output:
                    return (*called.weights[unit], *called.biases[unit : unit + 1])
        return ()


def _product(factors: Sequence[Factor]) -> float:
    product = 1.0
    for factor in factors:
        product *= factor.value
    return product
