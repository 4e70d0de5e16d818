"""The columns of a rate's sheet: their order, their headings, and each one's formula by names.

A formula is a template: ``{h1}`` is that quantity in the same row, ``{<w1}`` in the row above,
``{rate}`` and an optimiser's settings are cells of the sheet, ``{n}`` is the iteration. The same
template becomes a cell's formula (`cells`) and, with names left in, the reader's explanation.
"""

from dataclasses import dataclass
from typing import Literal

from tinydrill.backprop.optimiser import Optimiser
from tinydrill.backprop.problem import LEAKY_SLOPE, Names, Problem, of_sample
from tinydrill.backprop.workbook import chain

Kind = Literal["given", "weight", "forward", "error", "delta", "gradient", "state"]


@dataclass(frozen=True)
class Column:
    """One column.

    Args:
        name: the quantity, as a `Trajectory` calls it: w1, a_h1, E_total, dE/dw1, v_w1.
        heading: what stands above it: E_TOTAL for E_total, dw1 for dE/dw1, else the name.
        kind: what it is, for colours and number formats.
        first: template of row 0; None for a number that is given (weight, input, target).
        later: template of the other rows.
        meaning: what it is, in words.
    """

    name: str
    heading: str
    kind: Kind
    first: str | None
    later: str
    meaning: str


def heading(name: str) -> str:
    """The usual heading of a quantity in such sheets."""
    if name == "E_total":
        return "E_TOTAL"
    return f"d{name.removeprefix('dE/d')}" if name.startswith("dE/d") else name


def columns_of(problem: Problem, optimiser: Optimiser) -> tuple[Column, ...]:
    """All columns from left to right: t, i, then layer by layer, errors, gradients, states.

    A single sample through at most one hidden layer and no softmax needs no column for δ: its
    gradients stand in one formula each, as on paper. Every other problem gets δ columns (do1, dh1).
    """
    names = Names(problem)
    columns = [
        _column(of_sample(name, sample), "given", None, "", f"{what} {name[1:]}{_of(sample)}")
        for sample in names.samples
        for group, what in ((names.targets, "target"), (names.inputs, "input"))
        for name in group
    ]
    for depth, called in enumerate(names.layers):
        columns += [_weight(problem, optimiser, name) for name in called.parameters]
        for sample in names.samples:
            columns += _units(problem, names, depth, sample)
    for sample in names.samples:
        for k, name in enumerate(names.errors):
            formula = _error(problem, k, sample)
            meaning = f"error of output {k + 1}{_of(sample)}"
            columns.append(_column(of_sample(name, sample), "error", formula, formula, meaning))
    errors = "+".join(f"{{{of_sample(e, s)}}}" for s in names.samples for e in names.errors)
    total = f"({errors})/{len(names.samples)}" if len(names.samples) > 1 else errors
    columns.append(_column("E_total", "error", total, total, "the error: what descent brings down"))
    deltas = chain.deltas(problem, names)
    if len(problem.layers) > 2 or len(names.samples) > 1 or chain.ends_in_softmax(problem):
        columns += [
            _column(f"dE/d{name}", "delta", formula, formula, f"δ of {name}: dE_total/d{name}")
            for name, formula in deltas.items()
        ]
        deltas = {name: f"{{dE/d{name}}}" for name in deltas}
    for name, formula in chain.gradients(names, deltas).items():
        meaning = f"gradient dE_total/d{name}{chain.paths_in_words(names, name)}"
        columns.append(_column(f"dE/d{name}", "gradient", formula, formula, meaning))
    return (*columns, *_states(problem, optimiser))


def _column(name: str, kind: Kind, first: str | None, later: str, meaning: str) -> Column:
    return Column(name, heading(name), kind, first, later or f"{{<{name}}}", meaning)


def _of(sample: int | None) -> str:
    return "" if sample is None else f" of sample {sample}"


def _weight(problem: Problem, optimiser: Optimiser, name: str) -> Column:
    w, g = f"{{<{name}}}", f"{{<dE/d{name}}}"
    update = {
        "gd": f"{w}-{{rate}}*{g}",
        "momentum": f"{w}-{{rate}}*{{<v_{name}}}",
        "rmsprop": f"{w}-{{rate}}*{g}/(SQRT({{<s_{name}}})+{{epsilon}})",
        "adam": f"{w}-{{rate}}*({{<m_{name}}}/(1-{{beta1}}^({{<n}}+1)))"
        f"/(SQRT({{<v_{name}}}/(1-{{beta2}}^({{<n}}+1)))+{{epsilon}})",
    }[optimiser.name]
    what = "weight" if name.startswith("w") else "bias"
    if not problem.trains(name):
        return _column(name, "weight", None, w, f"{what}, kept as it is")
    return _column(name, "weight", None, update, f"{what}, updated from the row above")


def _units(problem: Problem, names: Names, depth: int, sample: int | None) -> list[Column]:
    called = names.layers[depth]
    signals = names.layers[depth - 1].outputs if depth else names.inputs
    columns = []
    for k, (h, a) in enumerate(zip(called.sums, called.outputs, strict=True)):
        terms = [
            f"{{{w}}}*{{{of_sample(s, sample)}}}"
            for w, s in zip(called.weights[k], signals, strict=True)
        ]
        total = "+".join([*terms, *(f"{{{b}}}" for b in called.biases[k : k + 1])])
        output = _activated(problem, depth, k, sample)
        unit = f"{'output' if h.startswith('o') else 'hidden'} unit {h[1:]}{_of(sample)}"
        columns += [
            _column(of_sample(h, sample), "forward", total, total, f"weighted sum of {unit}"),
            _column(of_sample(a, sample), "forward", output, output, f"what {unit} passes on"),
        ]
    return columns


def _activated(problem: Problem, depth: int, k: int, sample: int | None) -> str:
    sums = [f"{{{of_sample(h, sample)}}}" for h in Names(problem).layers[depth].sums]
    h = sums[k]
    activation = problem.layers[depth].activation
    if activation == "softmax":
        largest = f"MAX({','.join(sums)})"
        return f"EXP({h}-{largest})/({'+'.join(f'EXP({o}-{largest})' for o in sums)})"
    return {
        # EXP overflows above 709.78; 1/(1 + e^709) is 0 to 307 places.
        "sigmoid": f"1/(1+EXP(MIN(-{h},709)))",
        "tanh": f"TANH({h})",
        "relu": f"IF({h}>0,{h},0)",
        "leaky-relu": f"IF({h}>0,{h},{LEAKY_SLOPE}*{h})",
        "linear": h,
    }[activation]


def _error(problem: Problem, k: int, sample: int | None) -> str:
    t, a = (f"{{{of_sample(name, sample)}}}" for name in (f"t{k + 1}", f"a_o{k + 1}"))
    if problem.loss == "half-squared":
        return f"0.5*({t}-{a})^2"
    if problem.loss == "mean-squared":
        return f"({t}-{a})^2/{problem.widths[-1]}"
    cost = f"IF({t}=0,0,-{t}*LN({a}))"  # 0·ln 0 counts as 0
    return cost if chain.ends_in_softmax(problem) else f"{cost}+IF({t}=1,0,-(1-{t})*LN(1-{a}))"


def _states(problem: Problem, optimiser: Optimiser) -> list[Column]:
    columns = []
    for name in problem.parameters():
        g = f"{{dE/d{name}}}"
        for s in optimiser.state_names:
            kept, new = {
                ("momentum", "v"): ("{beta}*", g),
                ("rmsprop", "s"): ("{beta}*", f"(1-{{beta}})*{g}^2"),
                ("adam", "m"): ("{beta1}*", f"(1-{{beta1}})*{g}"),
                ("adam", "v"): ("{beta2}*", f"(1-{{beta2}})*{g}^2"),
            }[optimiser.name, s]
            later = f"{kept}{{<{s}_{name}}}+{new}"
            meaning = f"{optimiser.name}'s memory {s} of {name}, 0 before row 0"
            columns.append(_column(f"{s}_{name}", "state", new, later, meaning))
    return columns
