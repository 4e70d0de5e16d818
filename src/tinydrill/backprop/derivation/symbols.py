"""The network as SymPy expressions, and the derivative of each quantity by each of its parents.

Activations are functions that know their derivative in terms of their own value, which is how it
is written on paper: σ' = σ(1 − σ). SymPy's `diff` does the rest.
"""

from collections.abc import Mapping
from typing import Any

import sympy

from tinydrill.backprop.derivation.structure import Expression
from tinydrill.backprop.problem import (
    LEAKY_SLOPE,
    Activation,
    Loss,
    Names,
    Problem,
    of_sample,
)


class Sigmoid(sympy.Function):  # type: ignore[misc]
    """1/(1 + e⁻ʰ)."""

    def fdiff(self, argindex: int = 1) -> Expression:
        """∂/∂h = a·(1 − a)."""
        del argindex
        return self * (1 - self)


class Tanh(sympy.Function):  # type: ignore[misc]
    """Hyperbolic tangent, with a derivative in terms of its own value."""

    def fdiff(self, argindex: int = 1) -> Expression:
        """∂/∂h = 1 − a²."""
        del argindex
        return 1 - self**2


class Positive(sympy.Function):  # type: ignore[misc]
    """1 where its argument is greater than 0, else 0: the slope of ReLU."""


class Slope(sympy.Function):  # type: ignore[misc]
    """1 where its argument is greater than 0, else `LEAKY_SLOPE`."""


class Relu(sympy.Function):  # type: ignore[misc]
    """H where h > 0, else 0."""

    def fdiff(self, argindex: int = 1) -> Expression:
        """∂/∂h = 1 where h > 0, else 0."""
        return Positive(self.args[argindex - 1])


class LeakyRelu(sympy.Function):  # type: ignore[misc]
    """H where h > 0, else `LEAKY_SLOPE`·h."""

    def fdiff(self, argindex: int = 1) -> Expression:
        """∂/∂h = 1 where h > 0, else `LEAKY_SLOPE`."""
        return Slope(self.args[argindex - 1])


class Softmax(sympy.Function):  # type: ignore[misc]
    """Softmax(k, o1, o2, …) is e^oₖ / Σⱼ e^oⱼ, with k counted from 1."""

    def fdiff(self, argindex: int = 2) -> Expression:
        """∂aₖ/∂oⱼ = aₖ·(1 − aₖ) if j = k, else −aₖ·aⱼ."""
        k, *sums = self.args
        j = argindex - 1
        if k == j:
            return self * (1 - self)
        return -self * Softmax(j, *sums)


_FUNCTIONS: dict[Activation, Any] = {
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "relu": Relu,
    "leaky-relu": LeakyRelu,
}


def definitions(problem: Problem, names: Names) -> dict[str, Expression]:
    """Each computed quantity as an expression over its direct parents, in order of computation."""
    found: dict[str, Expression] = {}
    for sample in names.samples:
        signals = [_symbol(name, sample) for name in names.inputs]
        for layer, called in zip(problem.layers, names.layers, strict=True):
            biases = called.biases or (None,) * layer.width
            for h, row, bias in zip(called.sums, called.weights, biases, strict=True):
                terms = [sympy.Symbol(w) * a for w, a in zip(row, signals, strict=True)]
                terms += [sympy.Symbol(bias)] if bias else []
                found[of_sample(h, sample)] = sympy.Add(*terms)
            sums = [_symbol(h, sample) for h in called.sums]
            for k, a in enumerate(called.outputs):
                found[of_sample(a, sample)] = _activated(layer.activation, k, sums)
            signals = [_symbol(a, sample) for a in called.outputs]
        for e, t, a in zip(names.errors, names.targets, signals, strict=True):
            found[of_sample(e, sample)] = _error(
                problem.loss, problem.layers[-1].activation, _symbol(t, sample), a, len(signals)
            )
    errors = [_symbol(e, sample) for sample in names.samples for e in names.errors]
    found["E_total"] = sympy.Add(*errors) / len(names.samples)
    return found


def edges(found: Mapping[str, Expression]) -> dict[str, dict[str, Expression]]:
    """``edges[by][of]`` is ∂of/∂by for every pair of neighbours, in order of computation."""
    # Sigmoid(h1) has a name of its own, a_h1: derivatives are written with it.
    named = {
        expression: sympy.Symbol(name)
        for name, expression in found.items()
        if isinstance(expression, Sigmoid | Tanh | Softmax)
    }
    slopes: dict[str, dict[str, Expression]] = {}
    for name, expression in found.items():
        for parent in sorted(expression.free_symbols, key=str):
            slope = sympy.diff(expression, parent).xreplace(named)
            slopes.setdefault(str(parent), {})[name] = slope
    return slopes


def evaluate_expression(expression: Expression, values: Mapping[str, float]) -> float:
    """The number an expression has when every name in it has the value given."""
    return evaluate_all([expression], values)[0]


def evaluate_all(expressions: list[Expression], values: Mapping[str, float]) -> list[float]:
    """The numbers of many expressions at once."""
    symbols = sorted({s for e in expressions for s in e.free_symbols}, key=str)
    functions = {
        "Positive": lambda h: 1.0 if h > 0 else 0.0,
        "Slope": lambda h: 1.0 if h > 0 else LEAKY_SLOPE,
    }
    # cse keeps a deep net's nested sums from being written out once for every path.
    compiled = sympy.lambdify(symbols, expressions, modules=[functions, "math"], cse=True)
    return [float(number) for number in compiled(*(values[str(s)] for s in symbols))]


def _symbol(name: str, sample: int | None) -> Expression:
    return sympy.Symbol(of_sample(name, sample))


def _activated(activation: Activation, k: int, sums: list[Expression]) -> Expression:
    if activation == "softmax":
        return Softmax(k + 1, *sums)
    if activation == "linear":
        return sums[k]
    return _FUNCTIONS[activation](sums[k])


def _error(loss: Loss, activation: Activation, t: Expression, a: Expression, outputs: int) -> Any:
    if loss == "half-squared":
        return (t - a) ** 2 / 2
    if loss == "mean-squared":
        return (t - a) ** 2 / outputs
    if activation == "softmax":
        return -t * sympy.log(a)
    return -t * sympy.log(a) - (1 - t) * sympy.log(1 - a)
