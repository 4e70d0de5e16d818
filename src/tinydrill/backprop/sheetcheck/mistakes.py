"""The mistakes that people make, as edits of the right formula.

Each edit changes one thing and says in words what. Which edit happened is decided elsewhere, by
calculation: the one that has the same numbers as the sheet's formula at every probe.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tinydrill.backprop.sheetcheck.network import Net, of_sample, plain, sample_of
from tinydrill.backprop.sheetcheck.syntax import (
    Binary,
    Call,
    Node,
    Number,
    Part,
    Symbol,
    Unary,
    children,
    replace_leaves,
    with_children,
)
from tinydrill.backprop.sheetcheck.writing import in_names

TRANSPOSED = "transposed weight"
WRONG_WEIGHT = "wrong weight"
WRONG_SLOPE = "wrong unit's activation derivative"
H_FOR_A = "h for a"
WRONG_INPUT = "wrong input"
WRONG_UNIT = "wrong unit"
WRONG_TARGET = "wrong target"
WRONG_FUNCTION = "wrong function"
PRODUCT = "product for difference"
MISSING_FACTOR = "missing factor"
EXTRA_FACTOR = "extra factor"
MISSING_TERM = "missing term"
WRONG_SIGN = "wrong sign"
WRONG_GRADIENT = "wrong gradient in an update"
WRONG_ROW = "wrong row"
UNANCHORED = "unanchored reference"
WRONG_RATE = "wrong rate"
COPIED = "copied column"
TYPED = "typed number"
BROKEN = "error value"
UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class Mistake:
    """One edit: the formula that it makes, its kind (a constant of this module), and the words."""

    tree: Node
    kind: str
    words: str


def edits(node: Node, net: Net) -> Iterator[Mistake]:
    """Yield the formula with each single mistake made in it, the likelier ones first."""
    yield Mistake(Unary("-", node), WRONG_SIGN, "the sign is turned round")
    if isinstance(node, Binary) and node.operator in "+-" and _is_update(node):
        other = Binary("+" if node.operator == "-" else "-", node.left, node.right)
        yield Mistake(other, WRONG_SIGN, f"{node.operator} is turned into {other.operator}")
    yield from _all_transposed(node, net)
    yield from _inside(node, net, "")
    for factor, words in ((2.0, "twice the right value"), (0.5, "half the right value")):
        kind = EXTRA_FACTOR if factor > 1 else MISSING_FACTOR
        yield Mistake(Binary("*", Number(factor), node), kind, f"it is {words}")


def _is_update(node: Binary) -> bool:
    return isinstance(node.left, Part) and node.left.role == "old weight"


def _all_transposed(node: Node, net: Net) -> Iterator[Mistake]:
    for layer in range(len(net.layers)):
        swap = {w: t for w in net.weights if (t := partner(net, w, layer)) and t != w}
        if not swap:
            continue
        tree = replace_leaves(
            node,
            lambda s, swap=swap: (
                Symbol(swap[s.name], s.offset)  # type: ignore[misc]
                if isinstance(s, Symbol) and s.name in swap
                else s
            ),
        )
        if tree != node:
            changed = sorted({s for s in swap if s in in_names(node)}, key=lambda w: int(w[1:]))
            words = ", ".join(f"{swap[w]} stands where {w} belongs" for w in changed)
            yield Mistake(tree, TRANSPOSED, f"the weight matrix is transposed: {words}")


def partner(net: Net, weight: str, only_layer: int | None = None) -> str | None:
    """Return the weight at the mirrored place: for w6 (h2 to o1) it is w7 (h1 to o2)."""
    for at, layer in enumerate(net.layers):
        if only_layer not in (None, at):
            continue
        for j, unit in enumerate(layer.units):
            if weight in unit.weights:
                k = unit.weights.index(weight)
                if k < len(layer.units) and j < len(layer.units[k].weights):
                    return layer.units[k].weights[j]
    return None


def _inside(node: Node, net: Net, role: str) -> Iterator[Mistake]:
    if isinstance(node, Part):
        role = node.role
        yield from _part_edits(node, net)
    elif isinstance(node, Symbol):
        yield from _symbol_edits(node, net, role)
    elif isinstance(node, Binary):
        yield from _binary_edits(node)
    elif isinstance(node, Unary) and node.operator == "-":
        yield Mistake(
            node.operand, WRONG_SIGN, f"the minus before {in_names(node.operand)} is missing"
        )
    elif isinstance(node, Call):
        yield from _call_edits(node)
    below = children(node)
    for at, child in enumerate(below):
        for found in _inside(child, net, role):
            new = (*below[:at], found.tree, *below[at + 1 :])
            yield Mistake(with_children(node, new), found.kind, found.words)


def _part_edits(part: Part, net: Net) -> Iterator[Mistake]:
    body = part.body
    if part.role == "error" and isinstance(body, Binary):
        shown = in_names(body)
        flipped = Binary("-", body.right, body.left)
        yield Mistake(flipped, WRONG_SIGN, f"({in_names(flipped)}) stands where ({shown}) belongs")
        yield Mistake(
            Binary("*", body.left, body.right),
            PRODUCT,
            f"({in_names(body.left)}*{in_names(body.right)}) stands where ({shown}) belongs",
        )
        yield Mistake(
            Binary("+", body.left, body.right),
            WRONG_SIGN,
            f"({in_names(body.left)}+{in_names(body.right)}) stands where ({shown}) belongs",
        )
    if part.role == "slope":
        for swap in _slope_swaps(body, net):
            tree = _renamed(body, *swap)
            kind = H_FOR_A if plain(swap[1]) == plain(swap[0]).removeprefix("a_") else WRONG_SLOPE
            words = (
                f"the activation derivative uses {in_names(tree)} where {in_names(body)} belongs"
            )
            yield Mistake(tree, kind, words)
        for symbol in sorted({s.name for s in _leaves(body)}):
            a = Symbol(symbol)
            for other in (
                Binary("-", Number(1.0), Binary("^", a, Number(2.0))),
                Binary("*", a, Binary("-", Number(1.0), a)),
            ):
                if other != body:
                    words = f"{in_names(other)} stands where {in_names(body)} belongs"
                    yield Mistake(other, WRONG_FUNCTION, words)


def _slope_swaps(body: Node, net: Net) -> Iterator[tuple[str, str]]:
    for name in sorted({leaf.name for leaf in _leaves(body)}):
        sample = sample_of(name)
        layer = next(
            (
                one
                for one in net.layers
                if any(plain(name) in (unit.name, unit.activation) for unit in one.units)
            ),
            net.layers[0],  # a second mistake may meet what the first left there
        )
        for unit in (*layer.units, *(u for u in net.units if u not in layer.units)):
            for other in (unit.activation, unit.name):
                if other != plain(name):
                    yield name, of_sample(other, sample)
        for source in (*net.inputs, *net.targets):
            yield name, of_sample(source, sample)


def _renamed(node: Node, old: str, new: str) -> Node:
    return replace_leaves(
        node,
        lambda s: Symbol(new, s.offset) if isinstance(s, Symbol) and s.name == old else s,
    )


def _leaves(node: Node) -> list[Symbol]:
    if isinstance(node, Symbol):
        return [node]
    return [leaf for child in children(node) for leaf in _leaves(child)]


def _symbol_edits(symbol: Symbol, net: Net, role: str) -> Iterator[Mistake]:
    name, sample = symbol.name, sample_of(symbol.name)
    base = plain(name)
    for other in _family(base, net, role):
        if other == base:
            continue
        new = Symbol(of_sample(other, sample), symbol.offset)
        yield Mistake(
            new, swap_kind(base, other, net, role), f"{new.name} stands where {name} belongs"
        )
    for other_sample in net.samples:
        if sample is not None and other_sample != sample:
            new = Symbol(of_sample(base, other_sample), symbol.offset)
            yield Mistake(new, WRONG_INPUT, f"{new.name} stands where {name} belongs")
    offset = -1 if symbol.offset == 0 else 0
    where = "the row above" if offset else "its own row"
    yield Mistake(Symbol(name, offset), WRONG_ROW, f"it takes {name} from {where}")


def _family(base: str, net: Net, role: str) -> Iterator[str]:
    if base.startswith("dE/d"):
        yield from (f"dE/d{one}" for one in (*net.weights, *net.biases))
    elif base in (*net.weights, *net.biases):
        yield from net.weights
        yield from net.biases
    elif base in net.errors:
        yield from (*net.errors, "E_total")
    else:
        yield from (one.activation for one in net.units)
        yield from (one.name for one in net.units)
        yield from (*net.inputs, *net.targets)
        if role == "source":
            yield from net.weights


def swap_kind(base: str, other: str, net: Net, role: str) -> str:
    """Return the kind of mistake that puts `other` in the place of `base`."""
    if role == "gradient":
        return WRONG_GRADIENT
    if base in net.weights:
        return TRANSPOSED if partner(net, base) == other else WRONG_WEIGHT
    if other == base.removeprefix("a_") or base == other.removeprefix("a_"):
        return H_FOR_A
    if base in net.targets:
        return WRONG_TARGET
    return WRONG_INPUT if role == "source" else WRONG_UNIT


def _binary_edits(node: Binary) -> Iterator[Mistake]:
    left, right, operator = node.left, node.right, node.operator
    shown_left, shown_right = in_names(left), in_names(right)
    if operator == "*":
        yield Mistake(left, MISSING_FACTOR, f"the factor {shown_right} is missing")
        yield Mistake(right, MISSING_FACTOR, f"the factor {shown_left} is missing")
        yield Mistake(Binary("+", left, right), WRONG_FUNCTION, f"+ for * before {shown_right}")
    elif operator == "+":
        yield Mistake(left, MISSING_TERM, f"the term {shown_right} is missing")
        yield Mistake(right, MISSING_TERM, f"the term {shown_left} is missing")
        yield Mistake(Binary("-", left, right), WRONG_SIGN, f"− for + before {shown_right}")
        yield Mistake(Binary("*", left, right), WRONG_FUNCTION, f"* for + before {shown_right}")
        yield Mistake(Binary("+", left, left), COPIED, f"{shown_left} is taken twice")
        yield Mistake(Binary("+", right, right), COPIED, f"{shown_right} is taken twice")
    elif operator == "-":
        yield Mistake(left, MISSING_TERM, f"the term −{shown_right} is missing")
        yield Mistake(right, MISSING_TERM, f"the term {shown_left} is missing")
        yield Mistake(Binary("+", left, right), WRONG_SIGN, f"+ for − before {shown_right}")
        yield Mistake(
            Binary("-", right, left), WRONG_SIGN, f"{shown_right}−{shown_left} is reversed"
        )
    elif operator == "^":
        yield Mistake(left, MISSING_FACTOR, f"{shown_left} is not squared")
    elif operator == "/":
        yield Mistake(right, WRONG_FUNCTION, f"1/ is missing before {shown_right}")


def _call_edits(node: Call) -> Iterator[Mistake]:
    if node.function in ("MAX", "TANH", "LN"):
        for argument in node.arguments:
            if not isinstance(argument, Number):
                yield Mistake(argument, WRONG_FUNCTION, f"{node.function} is missing")
    for other in {"TANH", "EXP"} - {node.function}:
        if node.function in ("EXP", "TANH"):
            yield Mistake(
                Call(other, node.arguments), WRONG_FUNCTION, f"{other} for {node.function}"
            )
