"""Finds the mistake that explains a wrong formula: the one with the same numbers at every probe."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tinydrill.backprop.sheetcheck import mistakes
from tinydrill.backprop.sheetcheck.mistakes import Mistake, edits
from tinydrill.backprop.sheetcheck.network import Net, plain
from tinydrill.backprop.sheetcheck.parsing import address, column_letters
from tinydrill.backprop.sheetcheck.probes import Probe, agrees, same
from tinydrill.backprop.sheetcheck.syntax import (
    ErrorCode,
    Node,
    Number,
    Place,
    Symbol,
    replace_leaves,
    symbols,
    walk,
    without_parts,
)
from tinydrill.backprop.sheetcheck.writing import in_names

_MAX_PAIRS = 12_000  # about half a second; nets up to 2-2-2 have fewer pairs than that


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong: the kind, the words, and the quantity whose formula it is, if any."""

    kind: str
    words: str
    copied_from: str = ""


def diagnose(
    name: str,
    tree: Node,
    wanted: Node,
    net: Net,
    probes: list[Probe],
    scalars: Mapping[tuple[str, int, int], str],
    columns: Mapping[str, int],
) -> Diagnosis:
    """Explain why `tree` isn't the formula of `name`.

    Args:
        name: the column's quantity.
        tree: the sheet's formula, bound to the table.
        wanted: the right formula, with its parts marked.
        net: the network.
        probes: where to compare.
        scalars: named cells outside the table, for references that miss them.
        columns: quantity -> column number.
    """
    broken = next((node.code for node in walk(tree) if isinstance(node, ErrorCode)), None)
    if broken:
        return Diagnosis(mistakes.BROKEN, f"the formula holds {broken}, a reference that was lost")
    copied = _copied_from(name, tree, net, probes)
    found = (
        _single(tree, wanted, net, probes)
        or _reference(name, tree, probes, scalars, columns)
        or (Diagnosis(mistakes.COPIED, f"this is the formula of {copied}") if copied else None)
        or _double(tree, wanted, net, probes)
        or _repair(name, tree, net, probes)
    )
    if found is not None:
        words = found.words
        if copied and found.kind != mistakes.COPIED:
            words += f", which makes it the formula of {copied}"
        return Diagnosis(found.kind, words, copied)
    return Diagnosis(
        mistakes.UNEXPLAINED,
        "it doesn't calculate this quantity, and no single mistake explains it",
    )


def _values(tree: Node, probes: list[Probe]) -> list[float | None]:
    return [probe.value(tree) for probe in probes]


def _matches(tree: Node, values: list[float | None], probes: list[Probe]) -> bool:
    if all(value is None for value in values):
        return False  # an error value everywhere says nothing about which formula it is
    return all(
        (value is None and probe.value(tree) is None) or same(probe.value(tree), value)
        for probe, value in zip(probes, values, strict=True)
    )


def _single(tree: Node, wanted: Node, net: Net, probes: list[Probe]) -> Diagnosis | None:
    values = _values(tree, probes)
    for found in edits(wanted, net):
        if _matches(without_parts(found.tree), values, probes):
            return Diagnosis(found.kind, found.words)
    return None


def _double(tree: Node, wanted: Node, net: Net, probes: list[Probe]) -> Diagnosis | None:
    values = _values(tree, probes)
    if all(value is None for value in values):
        return None
    tried = 0
    for one in edits(wanted, net):
        for two in edits(one.tree, net):
            tried += 1
            if tried > _MAX_PAIRS:
                return None
            if same(probes[0].value(two.tree), values[0]) and _matches(two.tree, values, probes):
                return Diagnosis(*_joined(one, two))
    return None


def _joined(one: Mistake, two: Mistake) -> tuple[str, str]:
    if one.words == two.words:
        return one.kind, f"{one.words} (twice)"
    return one.kind, f"{one.words}; and {two.words}"


def _copied_from(name: str, tree: Node, net: Net, probes: list[Probe]) -> str:
    """Return the other quantity that this formula calculates, its own kind first."""
    names = [n for n in probes[0].point(0) if n != name and not n.endswith("_new") and n != "lr"]
    leaves = {*net.inputs, *net.targets}
    if isinstance(tree, Symbol):
        return ""
    for other in sorted(names, key=lambda n: (n[:4] != name[:4], n)):
        if plain(other) in leaves:
            continue
        if agrees(tree, lambda p, n=other: p.point(0)[n], probes):  # type: ignore[misc]
            return other
    return ""


def _reference(
    name: str,
    tree: Node,
    probes: list[Probe],
    scalars: Mapping[tuple[str, int, int], str],
    columns: Mapping[str, int],
) -> Diagnosis | None:
    """Explain a reference that is right in kind but hits the wrong cell."""

    def right(changed: Node) -> bool:
        return agrees(changed, lambda p: p.point(0)[name], probes)

    strays = dict.fromkeys(node for node in walk(tree) if isinstance(node, Place | Symbol))
    for place in strays:
        if isinstance(place, Place):
            at, stray_row, stray_column = (
                address(place.row, place.column),
                place.row,
                place.column,
            )
        else:
            at, stray_row, stray_column = place.name, 0, columns.get(place.name, 0)
        for (sheet, row, column), quantity in {**scalars, ("", 0, 0): "lr"}.items():
            changed = replace_leaves(
                tree,
                lambda s, p=place, q=quantity: Symbol(q) if s == p else s,  # type: ignore[misc]
            )
            if not right(changed):
                continue
            what = "the learning rate" if quantity == "lr" else quantity
            if not sheet:
                return Diagnosis(
                    mistakes.WRONG_RATE, f"{at} stands where the learning rate belongs"
                )
            fixed = f"${column_letters(column)}${row}"
            if column == stray_column or row == stray_row:
                return Diagnosis(
                    mistakes.UNANCHORED,
                    f"the reference to {what} has no dollar signs and has walked to {at}; "
                    f"{fixed} belongs there",
                )
            return Diagnosis(mistakes.WRONG_RATE, f"{at} stands where {what} ({fixed}) belongs")
    for number in sorted({n for n in walk(tree) if isinstance(n, Number)}, key=lambda n: n.value):
        changed = replace_leaves(tree, lambda s, n=number: Symbol("lr") if s == n else s)  # type: ignore[misc]
        if name[0] in "wb" and right(changed):
            return Diagnosis(
                mistakes.WRONG_RATE, f"{in_names(number)} stands where the learning rate belongs"
            )
    return _wrong_row(name, tree, right_row=-1 if name[0] in "wb" else 0, probes=probes)


def _wrong_row(name: str, tree: Node, right_row: int, probes: list[Probe]) -> Diagnosis | None:
    strays = sorted({s for s in symbols(tree) if s.offset != right_row}, key=lambda s: s.name)
    if not strays or name.endswith("_new"):
        return None
    moved = replace_leaves(
        tree, lambda s: Symbol(s.name, right_row) if isinstance(s, Symbol) else s
    )
    if not agrees(moved, lambda p: p.point(0)[name], probes):
        return None
    words = ", ".join(dict.fromkeys(s.name for s in strays))
    return Diagnosis(mistakes.WRONG_ROW, f"it takes {words} from another iteration's row")


def _repair(name: str, tree: Node, net: Net, probes: list[Probe]) -> Diagnosis | None:
    """Explain a formula of unusual form by the one quantity whose exchange makes it right."""
    for old, new in _exchanges(tree, probes[0]):
        changed = replace_leaves(tree, lambda s, o=old, n=new: n if s == o else s)  # type: ignore[misc]
        if agrees(changed, lambda p: p.point(0)[name], probes):
            kind = mistakes.swap_kind(new.name, old.name, net, "")
            return Diagnosis(kind, f"{old.name} stands where {new.name} belongs")
    return None


def _exchanges(tree: Node, probe: Probe) -> Iterator[tuple[Symbol, Symbol]]:
    names = [n for n in probe.point(0) if not n.endswith("_new")]
    for old in sorted(symbols(tree), key=lambda s: (s.name, s.offset)):
        for name in names:
            if name != old.name:
                yield old, Symbol(name, old.offset)
