"""The formula that each column should hold, as a tree of the network's quantities.

Every sub-formula with a job carries it as a `Part` (`error`, `slope`, `weight`, `source`, …), so
that a mistake found in one can be named. The numbers of these trees are tested against `truth`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tinydrill.backprop.sheetcheck.network import (
    LEAKY_SLOPE,
    Layer,
    Net,
    Unit,
    of_sample,
    plain,
    sample_of,
)
from tinydrill.backprop.sheetcheck.optimisers import (
    SETTING_NAMES,
    STATES,
    state_formula,
    step_formula,
)
from tinydrill.backprop.sheetcheck.syntax import (
    Binary,
    Call,
    Node,
    Number,
    Part,
    Symbol,
    Unary,
    product,
    replace_leaves,
    total,
)

ONE = Number(1.0)


@dataclass(frozen=True)
class Convention:
    """What the gradient columns hold: dE/dw, or −dE/dw (descent), or either times the rate."""

    sign: int = 1
    scaled: bool = False

    @property
    def words(self) -> str:
        """The convention as a phrase."""
        return ("−" if self.sign < 0 else "") + ("rate · " if self.scaled else "") + "dE/dw"


def formula_for(net: Net, name: str, convention: Convention, has: Callable[[str], bool]) -> Node:
    """Return the tree of the formula that calculates `name`.

    Args:
        net: the network.
        name: `h1`, `a_h1`, `E1`, `E_total`, `dE/dw1`, or a weight (its update), or `w1_new`.
        convention: what gradient columns hold.
        has: whether the sheet has a cell for a quantity; what it lacks is written out.

    Raises:
        KeyError: the network has no such quantity.
    """
    node = _direct(net, name, convention)

    def fill(leaf: Node) -> Node:
        if (
            not isinstance(leaf, Symbol)
            or has(leaf.name)
            or leaf.name in ("lr", "n", *SETTING_NAMES)
        ):
            return leaf
        if leaf.name in (*net.weights, *net.biases) or leaf.name[0] in "it":
            return leaf
        inner = formula_for(net, leaf.name, convention, has)
        return shifted(inner, leaf.offset)

    return replace_leaves(node, fill)


def shifted(node: Node, offset: int) -> Node:
    """Return the tree with every quantity taken `offset` data rows further down."""
    return replace_leaves(
        node, lambda s: Symbol(s.name, s.offset + offset) if isinstance(s, Symbol) else s
    )


def _direct(net: Net, name: str, convention: Convention) -> Node:
    base, sample = plain(name), sample_of(name)
    if base in (*net.weights, *net.biases):
        return shifted_update(net, base, convention, -1)
    if base.endswith("_new"):
        return shifted_update(net, base.removesuffix("_new"), convention, 0)
    if base == "n":
        return total(Symbol("n", -1), ONE)
    if base[1:2] == "_" and base[0] in STATES[net.optimiser]:
        return state_formula(net.optimiser, base[0], base[2:], first=False)
    if base.startswith("dE/d"):
        return _gradient(net, base[4:], sample, convention)
    if base == "E_total":
        return _total_error(net, sample)
    if base in net.errors:
        return _error(net, net.errors.index(base), sample)
    for layer in net.layers:
        for unit in layer.units:
            if base == unit.name:
                return _sum(unit, sample)
            if base == unit.activation:
                return _activation(layer, unit, sample)
    raise KeyError(name)


def shifted_update(net: Net, weight: str, convention: Convention, offset: int) -> Node:
    """Return weight − rate · step, both of the data row `offset` rows further down."""
    moved = step_formula(net.optimiser, weight, offset)
    step = moved if convention.scaled else product(Part("rate", Symbol("lr")), moved)
    operator = "-" if convention.sign > 0 else "+"
    return Binary(operator, Part("old weight", Symbol(weight, offset)), Part("step", step))


def _sum(unit: Unit, sample: int | None) -> Node:
    terms: list[Node] = [
        Part("term", product(Part("weight", Symbol(w)), Part("source", _symbol(s, sample))))
        for w, s in zip(unit.weights, unit.sources, strict=True)
    ]
    if unit.bias:
        terms.append(Part("bias", Symbol(unit.bias)))
    return total(*terms)


def _activation(layer: Layer, unit: Unit, sample: int | None) -> Node:
    z = _symbol(unit.name, sample)
    kind = layer.activation
    if kind == "sigmoid":
        power = Call("EXP", (Unary("-", Part("argument", z)),))
        return Binary("/", ONE, total(ONE, power))
    if kind == "tanh":
        return Call("TANH", (Part("argument", z),))
    if kind == "relu":
        return Call("MAX", (Number(0.0), Part("argument", z)))
    if kind == "leaky-relu":
        low = product(Number(LEAKY_SLOPE), z)
        return Call("IF", (Binary(">", z, Number(0.0)), z, low))
    if kind == "softmax":
        powers = [Call("EXP", (_symbol(one.name, sample),)) for one in layer.units]
        return Binary("/", Call("EXP", (Part("argument", z),)), total(*powers))
    return Part("argument", z)


def _error(net: Net, k: int, sample: int | None) -> Node:
    t, a = _symbol(net.targets[k], sample), _symbol(net.outputs[k].activation, sample)
    if net.loss.kind == "squared":
        square = Binary("^", Part("error", Binary("-", t, a)), Number(2.0))
        return _times(net.loss.each, square)
    surprise: Node = product(t, Call("LN", (a,)))
    if net.loss.kind == "binary-cross-entropy":
        surprise = total(surprise, product(Binary("-", ONE, t), Call("LN", (Binary("-", ONE, a),))))
    return _times(net.loss.each, Unary("-", surprise))


def _total_error(net: Net, sample: int | None) -> Node:
    samples = net.samples if sample is None else (sample,)
    terms: list[Node] = [
        Part("term", _symbol(error, one)) for one in samples for error in net.errors
    ]
    return _times(net.loss.over_all / len(samples), total(*terms))


def _gradient(net: Net, of: str, sample: int | None, convention: Convention) -> Node:
    share = 1 / len(net.samples)
    if of in (*net.weights, *net.biases):
        terms: list[Node] = []
        for one in net.samples:
            for unit in net.units:
                if of in unit.weights:
                    source = unit.sources[unit.weights.index(of)]
                    found = product(
                        _delta(net, unit, one, convention), Part("source", _symbol(source, one))
                    )
                    terms.append(Part("term", found) if len(net.samples) > 1 else found)
                elif of == unit.bias:
                    terms.append(Part("term", _delta(net, unit, one, convention)))
        node = _times(share, total(*terms))
    else:
        unit = next(one for one in net.units if of in (one.name, one.activation))
        if of == unit.name:
            node = _times(share, _delta(net, unit, sample, convention))
        else:
            node = _times(share, _above(net, unit, sample, convention))
    return product(Symbol("lr"), node) if convention.scaled else node


def _delta(net: Net, unit: Unit, sample: int | None, convention: Convention) -> Node:
    """Return d(sample's error)/d(weighted sum of the unit)."""
    layer = next(one for one in net.layers if unit in one.units)
    a, z = _symbol(unit.activation, sample), _symbol(unit.name, sample)
    matching = {"sigmoid": "binary-cross-entropy", "softmax": "cross-entropy"}
    if unit in net.outputs and net.loss.kind == matching.get(layer.activation):
        # The slope of the activation cancels against the loss's own derivative.
        factor = net.loss.each * net.loss.over_all
        return _times(factor, _error_part(net, unit, sample, convention))
    above = _above(net, unit, sample, convention)
    if layer.activation == "softmax":
        mixed = total(
            *(
                product(_above(net, one, sample, convention), _symbol(one.activation, sample))
                for one in layer.units
            )
        )
        return product(Binary("-", above, mixed), a)
    if layer.activation == "linear":
        return above
    slope: Node
    if layer.activation == "sigmoid":
        slope = product(a, Binary("-", ONE, a))
    elif layer.activation == "tanh":
        slope = Binary("-", ONE, Binary("^", a, Number(2.0)))
    else:
        low = Number(0.0 if layer.activation == "relu" else LEAKY_SLOPE)
        slope = Call("IF", (Binary(">", z, Number(0.0)), ONE, low))
    return product(above, Part("slope", slope))


def _above(net: Net, unit: Unit, sample: int | None, convention: Convention) -> Node:
    """Return d(sample's error)/d(what the unit passes on)."""
    if unit in net.outputs:
        error = _error_part(net, unit, sample, convention)
        factor = net.loss.each * net.loss.over_all
        if net.loss.kind == "squared":
            return _times(2 * factor, error)
        t = _symbol(net.targets[net.outputs.index(unit)], sample)
        a = _symbol(unit.activation, sample)
        if net.loss.kind == "binary-cross-entropy":
            error = Binary("/", error, product(a, Binary("-", ONE, a)))
            return _times(factor, error)
        inverse: Node = Binary("/", t, a)
        return _times(factor, inverse if convention.sign < 0 else Unary("-", inverse))
    at = next(k for k, layer in enumerate(net.layers) if unit in layer.units)
    paths: list[Node] = []
    for one in net.layers[at + 1].units:
        weight = one.weights[one.sources.index(unit.activation)]
        paths.append(
            Part(
                "path",
                product(_delta(net, one, sample, convention), Part("weight", Symbol(weight))),
            )
        )
    return total(*paths)


def _error_part(net: Net, unit: Unit, sample: int | None, convention: Convention) -> Node:
    k = net.outputs.index(unit)
    t, a = _symbol(net.targets[k], sample), _symbol(unit.activation, sample)
    # After softmax this is a − t only for targets that add up to 1; `probes` draws such targets.
    return Part("error", Binary("-", a, t) if convention.sign > 0 else Binary("-", t, a))


def _times(factor: float, node: Node) -> Node:
    return node if factor == 1 else product(Part("factor", Number(factor)), node)


def _symbol(name: str, sample: int | None) -> Symbol:
    return Symbol(of_sample(name, sample))
