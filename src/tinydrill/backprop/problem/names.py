"""What every part of a problem is called; the rule itself stands in the package's docstring."""

import re
from dataclasses import dataclass
from functools import cached_property

from tinydrill.backprop.problem.model import Problem

_NAME = re.compile(r"(?P<stem>[A-Za-z_]*?)(?P<number>\d*)(?:\[(?P<sample>\d+)\])?")


@dataclass(frozen=True)
class LayerNames:
    """Names of one layer's parts.

    Args:
        weights: ``weights[unit][input]``.
        biases: the bias of each unit (the same name again if shared), or empty.
        sums: ``h1 h2`` or ``o1 o2``, without a sample's number.
        outputs: ``a_h1 a_h2`` or ``a_o1 a_o2``, without a sample's number.
    """

    weights: tuple[tuple[str, ...], ...]
    biases: tuple[str, ...]
    sums: tuple[str, ...]
    outputs: tuple[str, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The layer's weights, then its biases, each once."""
        weights = [name for row in self.weights for name in row]
        return tuple(dict.fromkeys([*weights, *self.biases]))


@dataclass(frozen=True)
class Names:
    """Names of all parts of a problem."""

    problem: Problem

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """i1, i2, and so on."""
        return tuple(f"i{n + 1}" for n in range(self.problem.input_width))

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """t1, t2, …, one for each output."""
        return tuple(f"t{n + 1}" for n in range(self.problem.widths[-1]))

    @cached_property
    def errors(self) -> tuple[str, ...]:
        """E1, E2, …, one for each output."""
        return tuple(f"E{n + 1}" for n in range(self.problem.widths[-1]))

    @cached_property
    def layers(self) -> tuple[LayerNames, ...]:
        """One entry for each layer, first hidden layer first."""
        weight = bias = hidden = 0
        found = []
        for layer in self.problem.layers:
            rows = []
            for row in layer.weights:
                rows.append(tuple(f"w{weight + k + 1}" for k in range(len(row))))
                weight += len(row)
            biases = tuple(f"b{bias + k + 1}" for k in range(len(layer.biases)))
            bias += len(biases)
            if self.problem.bias == "shared":
                biases *= layer.width
            if layer is self.problem.layers[-1]:
                sums = tuple(f"o{k + 1}" for k in range(layer.width))
            else:
                sums = tuple(f"h{hidden + k + 1}" for k in range(layer.width))
                hidden += layer.width
            found.append(LayerNames(tuple(rows), biases, sums, tuple(f"a_{s}" for s in sums)))
        return tuple(found)

    @cached_property
    def samples(self) -> tuple[int | None, ...]:
        """1, 2, … for several samples; one None for a single one, whose names carry no number."""
        count = len(self.problem.samples)
        return tuple(range(1, count + 1)) if count > 1 else (None,)


def of_sample(name: str, sample: int | None) -> str:
    """``h1[2]`` for sample 2, ``h1`` for the only sample (None)."""
    return name if sample is None else f"{name}[{sample}]"


def name_parts(name: str) -> tuple[str, str, str]:
    """Base, subscript and sample of a name, for typesetting.

    ``w5`` is ("w", "5", ""), ``a_h1[2]`` ("a", "h1", "2"), ``E_total`` ("E", "total", "").
    """
    plain, _, sample = name.rstrip("]").partition("[")
    stem, _, subscript = plain.partition("_")
    if subscript:
        return stem, subscript, sample
    match = _NAME.fullmatch(plain)
    if match is None:
        return name, "", ""
    return match["stem"], match["number"], sample
