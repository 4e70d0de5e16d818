"""Problems of every activation, loss and bias, small, with fixed numbers."""

from itertools import product

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

_BIASES: tuple[Bias, ...] = ("none", "shared", "unit")


def _layer(activation: Activation, units: int, inputs: int, bias: Bias) -> Layer:
    numbers = [((7 * k + 3) % 19 - 9) / 10 or 0.35 for k in range(units * inputs)]
    rows = tuple(tuple(numbers[u * inputs : (u + 1) * inputs]) for u in range(units))
    count = {"none": 0, "shared": 1, "unit": units}[bias]
    return Layer(activation, rows, tuple(0.1 * (k + 1) for k in range(count)))


def _problem(hidden: Activation, last: Activation, loss: Loss, bias: Bias) -> Problem:
    return Problem(
        title=f"{hidden}, {last}, {loss}, {bias}",
        layers=(
            _layer(hidden, 3, 2, bias),
            _layer("tanh", 2, 3, bias),
            _layer(last, 3, 2, bias),
        ),
        samples=(
            Sample((0.5, -0.3), (0.2, 0.5, 0.3)),
            Sample((-0.8, 0.9), (1.0, 0.0, 0.0)),
        ),
        loss=loss,
        bias=bias,
        rate=0.1,
    )


VARIETY = tuple(
    _problem(activation if activation != "softmax" else "relu", activation, loss, bias)
    for activation, loss, bias in product(ACTIVATIONS, LOSSES, _BIASES)
    if loss != "cross-entropy" or activation in ("sigmoid", "softmax")
)
