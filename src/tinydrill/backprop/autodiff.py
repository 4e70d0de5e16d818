"""Scalar reverse-mode differentiation: the numeric truth that everything else is checked against.

A Value is a number that remembers which numbers it was made from and how much it changes with
each: the slope stands in the same line as the operation. `gradients` is the chain rule: walk from
the result back to the leaves, and add up slope times gradient along every way.
"""

import math
from dataclasses import dataclass

from tinydrill.backprop.problem import LEAKY_SLOPE


@dataclass(frozen=True, eq=False, slots=True)
class Value:
    """A number, and for each of its parents (parent, ∂self/∂parent). Leaves have no parents."""

    number: float
    parents: "tuple[tuple[Value, float], ...]" = ()


def add(*terms: Value) -> Value:
    """Σ terms, from left to right; each slope is 1."""
    total = 0.0
    for term in terms:
        total += term.number
    return Value(total, tuple((term, 1.0) for term in terms))


def dot(a: tuple[Value, ...], b: tuple[Value, ...]) -> Value:
    """Σ aₖ·bₖ; ∂/∂aₖ = bₖ and ∂/∂bₖ = aₖ."""
    total = 0.0
    parents: list[tuple[Value, float]] = []
    for x, y in zip(a, b, strict=True):
        total += x.number * y.number
        parents += ((x, y.number), (y, x.number))
    return Value(total, tuple(parents))


def scale(a: Value, factor: float) -> Value:
    """factor·a; ∂/∂a = factor."""
    return Value(factor * a.number, ((a, factor),))


def sigmoid(h: Value) -> Value:
    """1/(1 + e⁻ʰ) = a; ∂a/∂h = a·(1 − a)."""
    # The second form, for h < 0, is the same number and can't overflow.
    e = math.exp(-abs(h.number))
    a = 1 / (1 + e) if h.number >= 0 else e / (1 + e)
    return Value(a, ((h, a * (1 - a)),))


def tanh(h: Value) -> Value:
    """Tanh h = a; ∂a/∂h = 1 − a²."""
    a = math.tanh(h.number)
    return Value(a, ((h, 1 - a * a),))


def relu(h: Value, slope: float = 0.0) -> Value:
    """H where h > 0, else slope·h; ∂a/∂h is 1 or slope, and slope at 0 itself."""
    factor = 1.0 if h.number > 0 else slope
    return Value(h.number * factor, ((h, factor),))


def leaky_relu(h: Value) -> Value:
    """ReLU with slope `LEAKY_SLOPE` left of 0."""
    return relu(h, LEAKY_SLOPE)


def linear(h: Value) -> Value:
    """The sum itself; ∂a/∂h = 1."""
    return Value(h.number, ((h, 1.0),))


def softmax(sums: tuple[Value, ...]) -> tuple[Value, ...]:
    """e^oₖ / Σⱼ e^oⱼ = aₖ; ∂aₖ/∂oⱼ = aₖ·(1 − aₖ) if j = k, else −aₖ·aⱼ."""
    # Subtracting the largest first changes nothing in the result and can't overflow.
    largest = max(o.number for o in sums)
    powers = [math.exp(o.number - largest) for o in sums]
    whole = sum(powers)
    shares = [power / whole for power in powers]
    return tuple(
        Value(a, tuple((o, a * ((j == k) - shares[j])) for j, o in enumerate(sums)))
        for k, a in enumerate(shares)
    )


def squared_error(t: Value, a: Value, factor: float) -> Value:
    """factor·(t − a)²; ∂/∂a = 2·factor·(a − t), ∂/∂t is the negative of it."""
    slope = 2 * factor * (a.number - t.number)
    gap = t.number - a.number
    return Value(factor * gap * gap, ((t, -slope), (a, slope)))


def cross_entropy(t: Value, a: Value) -> Value:
    """−t·ln a, and 0 where t is 0; ∂/∂a = −t/a, ∂/∂t = −ln a."""
    log_a = math.log(a.number) if a.number > 0 else -math.inf
    if t.number == 0:
        return Value(0.0, ((t, -log_a), (a, 0.0)))
    slope = -t.number / a.number if a.number > 0 else -math.inf
    return Value(-t.number * log_a, ((t, -log_a), (a, slope)))


def complement(a: Value) -> Value:
    """1 − a; ∂/∂a = −1."""
    return Value(1 - a.number, ((a, -1.0),))


def gradients(result: Value) -> dict[Value, float]:
    """∂result/∂value for every value that result was made from, result itself included.

    Sums are formed in one fixed order, so the same expression gives the same bits every time.
    """
    found = {result: 1.0}
    for value in reversed(_in_order(result)):
        gradient = found[value]
        for parent, slope in value.parents:
            found[parent] = found.get(parent, 0.0) + gradient * slope
    return found


def _in_order(result: Value) -> list[Value]:
    """Every value after all of its parents: depth first, with a list for a stack."""
    order: list[Value] = []
    seen: set[Value] = set()
    stack: list[tuple[Value, bool]] = [(result, False)]
    while stack:
        value, parents_done = stack.pop()
        if parents_done:
            order.append(value)
        elif value not in seen:
            seen.add(value)
            stack.append((value, True))
            stack.extend((parent, False) for parent, _ in value.parents if parent not in seen)
    return order
