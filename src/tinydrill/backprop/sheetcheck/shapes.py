"""The networks that a set of names can mean: widths, layers, biases, order of the weights."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from itertools import product as every_pair

from tinydrill.backprop.sheetcheck.network import Layer, Net, Unit, plain, sample_of
from tinydrill.backprop.sheetcheck.optimisers import optimiser_of

_MAX_HIDDEN = 12


class NotCheckableError(Exception):
    """The table can't be judged; the message completes "not checkable: "."""


def shapes(names: Iterable[str]) -> Iterator[Net]:
    """Yield the networks that fit the names, the most usual first.

    Raises:
        NotCheckableError: no network fits, with what is missing.
    """
    names = set(names)  # with several samples i, t, h, o and E carry the sample's number
    plains = {plain(name) for name in names}
    samples = sorted({s for s in map(sample_of, names) if s is not None})
    inputs, weights, biases = (_highest(plains, f"{letter}(\\d+)") for letter in "iwb")
    hidden = _highest(plains, r"(?:a_)?h(\d+)")
    outputs = _highest(plains, r"(?:(?:a_)?o|t|E)(\d+)")
    targets = _highest(plains, r"t(\d+)")
    _complete(plains, "i", inputs, "inputs")
    _complete(plains, "w", weights, "weights")
    _complete(plains, "t", max(outputs, targets), "targets")
    if biases:
        _complete(plains, "b", biases, "biases")
    if hidden == 0 and weights != inputs * outputs and weights % (inputs + outputs) == 0:
        hidden = weights // (inputs + outputs)
    if hidden > _MAX_HIDDEN:
        raise NotCheckableError(f"{hidden} hidden units; up to {_MAX_HIDDEN} are understood")
    found = False
    for split in _splits(hidden):
        widths = (inputs, *split, outputs)
        if sum(a * b for a, b in pairwise(widths)) != weights:
            continue
        kinds = _bias_kinds(biases, widths)
        for kind in kinds:
            for orders in every_pair((False, True), repeat=len(widths) - 1):
                found = True
                yield _net(widths, kind, orders, tuple(samples) or (None,), optimiser_of(plains))
    if not found:
        raise NotCheckableError(
            f"{inputs} inputs, {hidden} hidden units, {outputs} outputs, {weights} weights and "
            f"{biases} biases don't make a fully connected network; is a header misspelt? "
            "(--map settles it)"
        )


def _highest(names: Iterable[str], pattern: str) -> int:
    found = [re.fullmatch(pattern, name) for name in names]
    return max((int(one[1]) for one in found if one), default=0)


def _complete(names: set[str], letter: str, count: int, what: str) -> None:
    missing = [f"{letter}{k}" for k in range(1, count + 1) if f"{letter}{k}" not in names]
    if count == 0 or missing:
        raise NotCheckableError(
            f"no column or labelled cell was found for the {what} "
            f"{', '.join(missing[:4]) or letter + '1, ' + letter + '2, …'} (--map settles it)"
        )


def _splits(hidden: int) -> Iterator[tuple[int, ...]]:
    """Yield the ways to share hidden units among layers, fewest layers first."""
    if hidden == 0:
        yield ()
        return
    found = []
    for mask in range(1 << (hidden - 1)):
        parts, size = [], 1
        for bit in range(hidden - 1):
            if mask >> bit & 1:
                parts.append(size)
                size = 0
            size += 1
        found.append((*parts, size))
    yield from sorted(found, key=lambda parts: (len(parts), parts))


def _bias_kinds(biases: int, widths: tuple[int, ...]) -> tuple[str, ...]:
    kinds = []
    if biases == 0:
        kinds.append("none")
    if biases and biases == sum(widths[1:]):
        kinds.append("unit")
    if biases and biases == len(widths) - 1:
        kinds.append("shared")
    return tuple(kinds)


def _net(
    widths: tuple[int, ...],
    bias: str,
    orders: tuple[bool, ...],
    samples: tuple[int | None, ...],
    optimiser: str,
) -> Net:
    """Build a network; `orders[k]` is True where layer k's weights are numbered input by input."""
    inputs = tuple(f"i{k}" for k in range(1, widths[0] + 1))
    sources, layers = inputs, []
    weight = hidden = 0
    bias_count = 0
    for at, width in enumerate(widths[1:]):
        last = at == len(widths) - 2
        units = []
        for j in range(width):
            numbers = [
                weight + (k * width + j if orders[at] else j * len(sources) + k) + 1
                for k in range(len(sources))
            ]
            name = f"o{j + 1}" if last else f"h{hidden + j + 1}"
            bias_name = None
            if bias != "none":
                bias_name = f"b{bias_count + (j if bias == 'unit' else 0) + 1}"
            units.append(Unit(name, tuple(f"w{n}" for n in numbers), sources, bias_name))
        weight += width * len(sources)
        hidden += 0 if last else width
        bias_count += width if bias == "unit" else 1
        layers.append(Layer(tuple(units)))
        sources = tuple(unit.activation for unit in units)
    targets = tuple(f"t{k}" for k in range(1, widths[-1] + 1))
    return Net(inputs, targets, tuple(layers), samples=samples, optimiser=optimiser)
