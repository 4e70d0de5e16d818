"""Problem: layers, loss, samples and learning rate. Every instance that exists is a usable one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from tinydrill.errors import UnusableInputError

Activation = Literal["sigmoid", "tanh", "relu", "leaky-relu", "linear", "softmax"]
Loss = Literal["half-squared", "mean-squared", "cross-entropy"]
Bias = Literal["none", "shared", "unit"]

ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
LOSSES: tuple[Loss, ...] = get_args(Loss)
BIASES: tuple[Bias, ...] = get_args(Bias)

LEAKY_SLOPE = 0.01
"""Slope of leaky ReLU left of zero (Maas et al. 2013)."""

MAX_WEIGHTS = 2_000
"""More weights than this make a page or a sheet that nobody can read."""

MAX_SAMPLES = 100
"""More samples than this do, too."""


@dataclass(frozen=True)
class Layer:
    """One fully connected layer.

    Args:
        activation: what each unit does with its weighted sum.
        weights: ``weights[unit][input]``.
        biases: empty, one number (shared by all units) or one a unit; `Problem.bias` says which.
    """

    activation: Activation
    weights: tuple[tuple[float, ...], ...]
    biases: tuple[float, ...] = ()

    @property
    def width(self) -> int:
        """Number of units."""
        return len(self.weights)


@dataclass(frozen=True)
class Sample:
    """One training example: the network's inputs and what its outputs should be."""

    inputs: tuple[float, ...]
    targets: tuple[float, ...]


@dataclass(frozen=True)
class Problem:
    """A network, its data, its loss and the learning rate.

    Losses, for output k of K with target t and output a; E_total is the sum over the outputs,
    averaged over the samples:

    - half-squared: E_k = ½(t − a)²
    - mean-squared: E_k = (t − a)² / K
    - cross-entropy: E_k = −t·ln a after softmax, −t·ln a − (1 − t)·ln(1 − a) after sigmoid

    With `train_biases` false, gradient descent leaves the biases as they are.

    Raises:
        UnusableInputError: if the parts don't fit together; the sentence names the field.
    """

    title: str
    layers: tuple[Layer, ...]
    samples: tuple[Sample, ...]
    loss: Loss = "half-squared"
    bias: Bias = "none"
    train_biases: bool = True
    rate: float = 0.5

    def __post_init__(self) -> None:
        _check_choice("loss", self.loss, LOSSES)
        _check_choice("bias", self.bias, BIASES)
        _check_number("rate", self.rate)
        if self.rate <= 0:
            raise UnusableInputError(f"rate is {self.rate:g}, it must be greater than 0")
        if "\n" in self.title or not self.title.isprintable():
            raise UnusableInputError("title must be one line of printable text")
        if not self.layers:
            raise UnusableInputError("layer is missing: a network needs at least one layer")
        if not 1 <= len(self.samples) <= MAX_SAMPLES:
            raise UnusableInputError(
                f"sample: {len(self.samples)} samples given, 1 to {MAX_SAMPLES:,} can be shown"
            )
        self._check_layers()
        self._check_samples()

    @property
    def input_width(self) -> int:
        """Number of inputs."""
        return len(self.layers[0].weights[0])

    @property
    def widths(self) -> tuple[int, ...]:
        """Inputs, then units of each layer: (2, 2, 2) for the seed's network."""
        return (self.input_width, *(layer.width for layer in self.layers))

    @property
    def weight_count(self) -> int:
        """Number of weights, biases not counted."""
        return sum(a * b for a, b in zip(self.widths, self.widths[1:], strict=False))

    def parameters(self) -> dict[str, float]:
        """Weights w1, w2, …, then biases b1, b2, …, in the order of their numbers."""
        weights = [w for layer in self.layers for unit in layer.weights for w in unit]
        biases = [b for layer in self.layers for b in layer.biases]
        return {
            **{f"w{n}": w for n, w in enumerate(weights, 1)},
            **{f"b{n}": b for n, b in enumerate(biases, 1)},
        }

    def trains(self, parameter: str) -> bool:
        """Whether gradient descent changes this weight or bias."""
        return self.train_biases or not parameter.startswith("b")

    def with_parameters(self, values: Mapping[str, float]) -> "Problem":
        """The same problem with other weights and biases; names not given keep their value."""
        known = self.parameters()
        for name in values:
            if name not in known:
                raise UnusableInputError(f"{name} is not a weight or bias of this problem")
        numbers = iter({**known, **values}.items())
        weights = [
            tuple(tuple(next(numbers)[1] for _ in unit) for unit in layer.weights)
            for layer in self.layers
        ]
        return replace(
            self,
            layers=tuple(
                Layer(layer.activation, rows, tuple(next(numbers)[1] for _ in layer.biases))
                for layer, rows in zip(self.layers, weights, strict=True)
            ),
        )

    def _check_layers(self) -> None:
        last = len(self.layers)
        inputs = None
        for number, layer in enumerate(self.layers, 1):
            at = f"layer {number}:"
            _check_choice(f"{at} activation", layer.activation, ACTIVATIONS)
            if layer.activation == "softmax" and number != last:
                raise UnusableInputError(f"{at} activation softmax is for the last layer only")
            if not layer.weights or not layer.weights[0]:
                raise UnusableInputError(f"{at} weights must hold at least one row of one number")
            inputs = inputs or len(layer.weights[0])
            for unit, row in enumerate(layer.weights, 1):
                if len(row) != inputs:
                    raise UnusableInputError(
                        f"{at} weights row {unit} holds {len(row)} numbers, it needs {inputs}, "
                        "one for each input of the layer"
                    )
                for value in row:
                    _check_number(f"{at} weights row {unit}", value)
            wanted = {"none": 0, "shared": 1, "unit": layer.width}[self.bias]
            if len(layer.biases) != wanted:
                raise UnusableInputError(
                    f"{at} biases holds {len(layer.biases)} numbers, bias = {self.bias!r} "
                    f"asks for {wanted}"
                )
            for value in layer.biases:
                _check_number(f"{at} biases", value)
            inputs = layer.width
        if self.weight_count > MAX_WEIGHTS:
            raise UnusableInputError(
                f"layer: {self.weight_count:,} weights in all, at most {MAX_WEIGHTS:,} can be shown"
            )
        final = self.layers[-1].activation
        if self.loss == "cross-entropy" and final not in ("softmax", "sigmoid"):
            raise UnusableInputError(
                f"loss cross-entropy needs outputs between 0 and 1: layer {last}'s activation is "
                f"{final}, it must be softmax or sigmoid"
            )

    def _check_samples(self) -> None:
        softmax = self.layers[-1].activation == "softmax"
        for number, sample in enumerate(self.samples, 1):
            for field, wanted in (("inputs", self.input_width), ("targets", self.widths[-1])):
                values: tuple[float, ...] = getattr(sample, field)
                if len(values) != wanted:
                    raise UnusableInputError(
                        f"sample {number}: {field} holds {len(values)} numbers, "
                        f"the network has {wanted} {'inputs' if field == 'inputs' else 'outputs'}"
                    )
                for value in values:
                    _check_number(f"sample {number}: {field}", value)
            if self.loss != "cross-entropy":
                continue
            if not all(0 <= t <= 1 for t in sample.targets):
                raise UnusableInputError(
                    f"sample {number}: targets must lie between 0 and 1 for cross-entropy"
                )
            if softmax and abs(sum(sample.targets) - 1) > 1e-9:
                raise UnusableInputError(
                    f"sample {number}: targets add up to {sum(sample.targets):g}, "
                    "for cross-entropy after softmax they must add up to 1"
                )


def _check_choice(field: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UnusableInputError(f"{field} is {value!r}, it must be one of {', '.join(choices)}")


def _check_number(field: str, value: float) -> None:
    if not math.isfinite(value):
        raise UnusableInputError(f"{field}: {value} is not a finite number")
