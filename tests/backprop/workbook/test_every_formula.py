"""Every loss with every activation it may follow, recalculated by LibreOffice from formulas alone.

The networks are drawn from a fixed seed: depth 1–3, width 1–3, one to three samples, every kind of
bias and optimiser. One start of LibreOffice computes all of them.
"""

import random
from pathlib import Path

import pytest

from tests.backprop.workbook.recalculation import differing, recalculated_all, values_of
from tinydrill.backprop.optimiser import OPTIMISERS, Optimiser
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
from tinydrill.backprop.workbook import write_workbook

pytestmark = pytest.mark.office

PAIRS: list[tuple[Loss, Activation]] = [
    (loss, final)
    for loss in LOSSES
    for final in ACTIVATIONS
    if loss != "cross-entropy" or final in ("softmax", "sigmoid")
]
HIDDEN: list[Activation] = [a for a in ACTIVATIONS if a != "softmax"]
BIASES: list[Bias] = ["none", "shared", "unit"]


def drawn(loss: Loss, final: Activation, generator: random.Random) -> Problem:
    def numbers(count: int) -> tuple[float, ...]:
        return tuple(generator.uniform(-1, 1) for _ in range(count))

    widths = [generator.randint(1, 3) for _ in range(generator.randint(1, 3))]
    widths.append(generator.randint(2, 3))
    bias = generator.choice(BIASES)
    layers = []
    for depth in range(len(widths) - 1):
        inputs, units = widths[depth : depth + 2]
        activation = final if depth == len(widths) - 2 else generator.choice(HIDDEN)
        count = {"none": 0, "shared": 1, "unit": units}[bias]
        layers.append(
            Layer(activation, tuple(numbers(inputs) for _ in range(units)), numbers(count))
        )
    samples = []
    for _ in range(generator.randint(1, 3)):
        shares = [generator.uniform(0.1, 0.9) for _ in range(widths[-1])]
        whole = sum(shares) if final == "softmax" else 1.0
        samples.append(Sample(numbers(widths[0]), tuple(t / whole for t in shares)))
    return Problem("drawn", tuple(layers), tuple(samples), loss, bias)


def test_every_loss_with_every_activation(tmp_path: Path) -> None:
    generator = random.Random(5)
    bare, full, counts = [], [], []
    for number, (loss, final) in enumerate(PAIRS):
        problem = drawn(loss, final, generator)
        rule = Optimiser(generator.choice(OPTIMISERS))
        bare.append(tmp_path / f"bare-{number}.xlsx")
        full.append(tmp_path / f"full-{number}.xlsx")
        counts.append(len(problem.parameters()))
        write_workbook(problem, bare[-1], (0.05,), 4, rule, cached=False)
        write_workbook(problem, full[-1], (0.05,), 4, rule)
    for pair, path, found, count in zip(
        PAIRS, full, recalculated_all(bare, tmp_path), counts, strict=True
    ):
        rounding = {("check", f"{column}{12 + k}") for column in "CD" for k in range(count)}
        expected = {place: v for place, v in values_of(path).items() if place not in rounding}
        # A shared bias before softmax has gradient 0; what remains of it is 1e-17 and less.
        assert differing(expected, found, by_column=True, floor=1e-16) == {}, pair
        verdicts = [found["check", f"E{12 + k}"] for k in range(count)]
        assert verdicts == ["right"] * count, pair
