"""Witnesses for a Problem's gradients that share nothing with the package but the Problem itself.

One is torch's autograd in float64; the other is central differences in 50 digits, because in
float64 a central difference itself is good to about 1e-10 only.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import mpmath
import torch
from hypothesis import strategies as st

from tinydrill.backprop.problem import (
    ACTIVATIONS,
    LOSSES,
    Activation,
    Bias,
    Layer,
    Loss,
    Problem,
    Sample,
)


@st.composite
def problems(draw: st.DrawFn, max_samples: int = 3) -> Problem:
    """Depth 1–4, width 1–5, every activation, loss and kind of bias."""
    widths = draw(st.lists(st.integers(1, 5), min_size=2, max_size=5))
    hidden = [a for a in ACTIVATIONS if a != "softmax"]
    loss: Loss = draw(st.sampled_from(LOSSES))
    finals = ["softmax", "sigmoid"] if loss == "cross-entropy" else list(ACTIVATIONS)
    bias: Bias = draw(st.sampled_from(("none", "shared", "unit")))
    # Away from ReLU's kink and far from underflow; 3 digits, so that failures can be read.
    number = st.integers(-1500, 1500).filter(bool).map(lambda n: n / 1000)
    layers = []
    for depth, (inputs, units) in enumerate(pairwise(widths)):
        last = depth == len(widths) - 2
        activation: Activation = draw(st.sampled_from(finals if last else hidden))
        row = st.tuples(*[number] * inputs)
        biases = {"none": 0, "shared": 1, "unit": units}[bias]
        layers.append(
            Layer(activation, draw(st.tuples(*[row] * units)), draw(st.tuples(*[number] * biases)))
        )
    samples = []
    for _ in range(draw(st.integers(1, max_samples))):
        raw = draw(st.tuples(*[st.integers(1, 9)] * widths[-1]))
        whole = sum(raw) if layers[-1].activation == "softmax" else 10
        samples.append(
            Sample(draw(st.tuples(*[number] * widths[0])), tuple(t / whole for t in raw))
        )
    return Problem("drawn", tuple(layers), tuple(samples), loss, bias)


def torch_loss_and_gradients(problem: Problem) -> tuple[float, dict[str, float]]:
    """E_total and its gradients by torch, in float64, from torch's own layers and losses."""
    kinds: dict[Activation, Callable[[Any], Any]] = {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky-relu": lambda h: torch.nn.functional.leaky_relu(h, 0.01),
        "linear": lambda h: h,
        "softmax": lambda h: torch.softmax(h, dim=1),
    }
    weights, biases = [], []
    signal = torch.tensor([s.inputs for s in problem.samples], dtype=torch.float64)
    targets = torch.tensor([s.targets for s in problem.samples], dtype=torch.float64)
    for layer in problem.layers:
        w = torch.tensor(layer.weights, dtype=torch.float64, requires_grad=True)
        weights.append(w)
        b = torch.tensor(layer.biases, dtype=torch.float64, requires_grad=True)
        biases.append(b)
        sums = signal @ w.T + b if layer.biases else signal @ w.T
        signal = kinds[layer.activation](sums)
    count = len(problem.samples)
    if problem.loss == "half-squared":
        loss = ((targets - signal) ** 2).sum() / 2 / count
    elif problem.loss == "mean-squared":
        loss = torch.nn.functional.mse_loss(signal, targets)
    elif problem.layers[-1].activation == "softmax":
        loss = torch.nn.functional.cross_entropy(sums, targets)
    else:
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            sums, targets, reduction="sum"
        ) / count  # fmt: skip
    loss.backward()
    flat = [g for w in weights if w.grad is not None for g in w.grad.flatten().tolist()]
    flat += [g for b in biases if b.grad is not None for g in b.grad.tolist()]
    return loss.item(), dict(zip(problem.parameters(), flat, strict=True))


def central_differences(problem: Problem) -> dict[str, float]:
    """Gradients by (E(w + ε) − E(w − ε)) / 2ε in 50 digits: an error of about ε² = 1e-30."""
    with mpmath.workdps(50):
        step = mpmath.mpf(10) ** -15
        values = {name: mpmath.mpf(v) for name, v in problem.parameters().items()}
        found = {}
        for name in values:
            up, down = (
                _loss(problem, {**values, name: values[name] + sign * step}) for sign in (1, -1)
            )
            found[name] = float((up - down) / (2 * step))
    return found


def _loss(problem: Problem, values: dict[str, Any]) -> Any:
    total = mpmath.mpf(0)
    for sample in problem.samples:
        numbers = iter(values.values())
        rows = [
            [[next(numbers) for _ in unit] for unit in layer.weights] for layer in problem.layers
        ]
        biases = [[next(numbers) for _ in layer.biases] for layer in problem.layers]
        signal = [mpmath.mpf(i) for i in sample.inputs]
        for layer, weights, bias in zip(problem.layers, rows, biases, strict=True):
            spread = bias * len(weights) if len(bias) == 1 else bias or [0] * len(weights)
            sums = [mpmath.fdot(row, signal) + b for row, b in zip(weights, spread, strict=True)]
            signal = _activated(layer.activation, sums)
        total += mpmath.fsum(_errors(problem, sample.targets, signal))
    return total / len(problem.samples)


def _activated(activation: Activation, sums: list[Any]) -> list[Any]:
    if activation == "softmax":
        powers = [mpmath.exp(h) for h in sums]
        return [power / mpmath.fsum(powers) for power in powers]
    return [
        {
            "sigmoid": lambda h: 1 / (1 + mpmath.exp(-h)),
            "tanh": mpmath.tanh,
            "relu": lambda h: max(h, 0),
            "leaky-relu": lambda h: h if h > 0 else mpmath.mpf(0.01) * h,
            "linear": lambda h: h,
        }[activation](h)
        for h in sums
    ]


def _errors(problem: Problem, targets: tuple[float, ...], signal: list[Any]) -> list[Any]:
    pairs = [(mpmath.mpf(t), a) for t, a in zip(targets, signal, strict=True)]
    if problem.loss == "half-squared":
        return [(t - a) ** 2 / 2 for t, a in pairs]
    if problem.loss == "mean-squared":
        return [(t - a) ** 2 / len(pairs) for t, a in pairs]
    if problem.layers[-1].activation == "softmax":
        return [-t * mpmath.log(a) for t, a in pairs]
    return [-t * mpmath.log(a) - (1 - t) * mpmath.log(1 - a) for t, a in pairs]


def relative_error(found: dict[str, float], expected: dict[str, float]) -> float:
    """Largest difference, relative to the largest gradient of the problem."""
    assert found.keys() >= expected.keys()
    size = max(map(abs, expected.values())) or 1.0
    return max(abs(found[name] - expected[name]) for name in expected) / size
