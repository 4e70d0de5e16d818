"""The true numbers of a network at one point: forward, errors, every derivative, the next weights.

Plain numeric backpropagation, written apart from the rest of the package: the checker is a witness
of its own. Formulas are judged against these numbers.
"""

import math
from collections.abc import Mapping

from tinydrill.backprop.sheetcheck.network import LEAKY_SLOPE, Layer, Net, of_sample

Point = dict[str, float]


def activate(kind: str, sums: list[float]) -> list[float]:
    """Return what the units of a layer pass on, given their weighted sums."""
    if kind == "sigmoid":
        return [1 / (1 + math.exp(-z)) for z in sums]
    if kind == "tanh":
        return [math.tanh(z) for z in sums]
    if kind == "relu":
        return [max(0.0, z) for z in sums]
    if kind == "leaky-relu":
        return [z if z > 0 else LEAKY_SLOPE * z for z in sums]
    if kind == "softmax":
        powers = [math.exp(z) for z in sums]
        return [power / sum(powers) for power in powers]
    return list(sums)


def slopes(kind: str, sums: list[float], outputs: list[float]) -> list[float]:
    """Return d output / d sum of each unit (softmax isn't elementwise: see `evaluate`)."""
    if kind == "sigmoid":
        return [a * (1 - a) for a in outputs]
    if kind == "tanh":
        return [1 - a * a for a in outputs]
    if kind in ("relu", "leaky-relu"):
        low = 0.0 if kind == "relu" else LEAKY_SLOPE
        return [1.0 if z > 0 else low for z in sums]
    return [1.0] * len(sums)


def evaluate(net: Net, leaves: Mapping[str, float]) -> Point:
    """Return every quantity of the network at a point.

    Args:
        net: the network.
        leaves: inputs, targets, weights and biases by name.

    Returns:
        The leaves, `h1 a_h1 … E1 … E_total`, and `dE/d…` of every weight, bias, sum and activation.
    """
    point = dict(leaves)
    share = 1 / len(net.samples)
    for parameter in (*net.weights, *net.biases):
        point[f"dE/d{parameter}"] = 0.0
    point["E_total"] = 0.0
    for sample in net.samples:
        _forward(net, point, sample)
        total = _errors(net, point, sample) * net.loss.over_all
        point["E_total"] += total * share
        if sample is not None:
            point[of_sample("E_total", sample)] = total
        _backward(net, point, sample, share)
    return point


def _forward(net: Net, point: Point, sample: int | None) -> None:
    for layer in net.layers:
        sums = []
        for unit in layer.units:
            terms = [
                point[w] * point[of_sample(s, sample)]
                for w, s in zip(unit.weights, unit.sources, strict=True)
            ]
            sums.append(math.fsum([*terms, point[unit.bias] if unit.bias else 0.0]))
        for unit, z, a in zip(layer.units, sums, activate(layer.activation, sums), strict=True):
            point[of_sample(unit.name, sample)] = z
            point[of_sample(unit.activation, sample)] = a


def _errors(net: Net, point: Point, sample: int | None) -> float:
    errors = []
    for target, error, unit in zip(net.targets, net.errors, net.outputs, strict=True):
        t, a = point[of_sample(target, sample)], point[of_sample(unit.activation, sample)]
        if net.loss.kind == "squared":
            value = net.loss.each * (t - a) ** 2
        elif net.loss.kind == "binary-cross-entropy":
            value = -net.loss.each * (t * _log(a) + (1 - t) * _log(1 - a))
        else:
            value = -net.loss.each * t * _log(a)
        point[of_sample(error, sample)] = value
        errors.append(value)
    return math.fsum(errors)


def _backward(net: Net, point: Point, sample: int | None, share: float) -> None:
    """Add this sample's derivatives; `share` is its part in E_total."""
    for layer in reversed(net.layers):
        sums = [point[of_sample(unit.name, sample)] for unit in layer.units]
        outputs = [point[of_sample(unit.activation, sample)] for unit in layer.units]
        if layer is net.layers[-1]:
            above = [
                share * net.loss.over_all * net.loss.each * _loss_slope(net, point, k, sample)
                for k in range(len(layer.units))
            ]
        else:
            above = [
                _from_above(net, layer, point, unit.activation, sample) for unit in layer.units
            ]
        if layer.activation == "softmax":
            mixed = math.fsum(d * a for d, a in zip(above, outputs, strict=True))
            deltas = [a * (d - mixed) for d, a in zip(above, outputs, strict=True)]
        else:
            slope = slopes(layer.activation, sums, outputs)
            deltas = [d * s for d, s in zip(above, slope, strict=True)]
        for unit, high, delta in zip(layer.units, above, deltas, strict=True):
            point[f"dE/d{of_sample(unit.activation, sample)}"] = high
            point[f"dE/d{of_sample(unit.name, sample)}"] = delta
            for weight, source in zip(unit.weights, unit.sources, strict=True):
                point[f"dE/d{weight}"] += delta * point[of_sample(source, sample)]
            if unit.bias:
                point[f"dE/d{unit.bias}"] += delta


def _loss_slope(net: Net, point: Point, k: int, sample: int | None) -> float:
    t = point[of_sample(net.targets[k], sample)]
    a = point[of_sample(net.outputs[k].activation, sample)]
    if net.loss.kind == "squared":
        return 2 * (a - t)
    if net.loss.kind == "binary-cross-entropy":
        return -t / a + (1 - t) / (1 - a)
    return -t / a


def _from_above(net: Net, layer: Layer, point: Point, activation: str, sample: int | None) -> float:
    following = net.layers[net.layers.index(layer) + 1]
    return math.fsum(
        point[f"dE/d{of_sample(unit.name, sample)}"] * point[weight]
        for unit in following.units
        for weight, source in zip(unit.weights, unit.sources, strict=True)
        if source == activation
    )


def _log(value: float) -> float:
    return math.log(value) if value > 0 else math.nan
