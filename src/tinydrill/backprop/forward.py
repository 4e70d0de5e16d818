"""A Problem run forwards and backwards: every named quantity, and the derivative for each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tinydrill.backprop import autodiff
from tinydrill.backprop.autodiff import Value
from tinydrill.backprop.problem import Activation, Loss, Names, Problem, of_sample

_ACTIVATIONS: dict[Activation, Callable[[Value], Value]] = {
    "sigmoid": autodiff.sigmoid,
    "tanh": autodiff.tanh,
    "relu": autodiff.relu,
    "leaky-relu": autodiff.leaky_relu,
    "linear": autodiff.linear,
}


@dataclass(frozen=True)
class Evaluation:
    """One pass forwards and backwards.

    Args:
        values: every quantity by name, in the order of computation.
        gradients: ∂E_total/∂quantity by the quantity's name (``gradients["w5"]`` is dE/dw5).
    """

    values: dict[str, float]
    gradients: dict[str, float]

    @property
    def loss(self) -> float:
        """E_total."""
        return self.values["E_total"]


def evaluate(
    problem: Problem, parameters: Mapping[str, float] | None = None, names: Names | None = None
) -> Evaluation:
    """Every quantity of the problem and its gradient.

    Args:
        problem: the network and its samples.
        parameters: all weights and biases by name; the problem's own if None.
        names: the problem's names, for callers that evaluate it many times.
    """
    nodes = _forward(problem, parameters or problem.parameters(), names or Names(problem))
    found = autodiff.gradients(nodes["E_total"])
    return Evaluation(
        values={name: node.number for name, node in nodes.items()},
        gradients={name: found.get(node, 0.0) for name, node in nodes.items()},
    )


def _forward(problem: Problem, parameters: Mapping[str, float], names: Names) -> dict[str, Value]:
    nodes = {name: Value(number) for name, number in parameters.items()}
    one = Value(1.0)
    errors: list[Value] = []
    for number, sample in zip(names.samples, problem.samples, strict=True):
        inputs = tuple(Value(value) for value in sample.inputs)
        targets = tuple(Value(value) for value in sample.targets)
        nodes |= _named(names.inputs, inputs, number) | _named(names.targets, targets, number)
        signals = inputs
        for layer, called in zip(problem.layers, names.layers, strict=True):
            biases = called.biases or ("",) * layer.width
            sums = tuple(
                autodiff.dot(
                    (*(nodes[w] for w in row), *((nodes[bias],) if bias else ())),
                    (*signals, *((one,) if bias else ())),
                )
                for row, bias in zip(called.weights, biases, strict=True)
            )
            signals = _activate(layer.activation, sums)
            nodes |= _named(called.sums, sums, number) | _named(called.outputs, signals, number)
        lost = tuple(
            _error(problem.loss, problem.layers[-1].activation, t, a, len(targets))
            for t, a in zip(targets, signals, strict=True)
        )
        nodes |= _named(names.errors, lost, number)
        errors += lost
    total = autodiff.add(*errors)
    count = len(problem.samples)
    nodes["E_total"] = total if count == 1 else autodiff.scale(total, 1 / count)
    return nodes


def _named(
    names: tuple[str, ...], values: tuple[Value, ...], sample: int | None
) -> dict[str, Value]:
    return {of_sample(name, sample): value for name, value in zip(names, values, strict=True)}


def _activate(activation: Activation, sums: tuple[Value, ...]) -> tuple[Value, ...]:
    if activation == "softmax":
        return autodiff.softmax(sums)
    function = _ACTIVATIONS[activation]
    return tuple(function(h) for h in sums)


def _error(loss: Loss, activation: Activation, t: Value, a: Value, outputs: int) -> Value:
    if loss == "half-squared":
        return autodiff.squared_error(t, a, 0.5)
    if loss == "mean-squared":
        return autodiff.squared_error(t, a, 1 / outputs)
    if activation == "softmax":
        return autodiff.cross_entropy(t, a)
    not_t, not_a = autodiff.complement(t), autodiff.complement(a)
    return autodiff.add(autodiff.cross_entropy(t, a), autodiff.cross_entropy(not_t, not_a))
