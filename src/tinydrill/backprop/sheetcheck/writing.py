"""From a formula tree to text: as a formula in a sheet's addresses, or in the network's names."""

from collections.abc import Callable

from tinydrill.backprop.sheetcheck.parsing import address, column_letters
from tinydrill.backprop.sheetcheck.syntax import (
    Area,
    Binary,
    Block,
    Call,
    ErrorCode,
    Flag,
    Name,
    Node,
    Number,
    Part,
    Place,
    Ref,
    Symbol,
    Text,
    Unary,
)

_BINDING = {"=": 1, "<>": 1, "<": 1, ">": 1, "<=": 1, ">=": 1, "&": 2, "+": 3, "-": 3}
_BINDING |= {"*": 4, "/": 4, "^": 5}
_ATOM = 7


def formula_text(
    node: Node,
    row: int,
    column: int,
    locate: Callable[[Node], str] | None = None,
) -> str:
    """Return `=…` for a tree that stands at (row, column).

    `locate` names the cell of a symbol; without it a symbol is written by its name.
    """

    def leaf(one: Node) -> str:
        if isinstance(one, Ref):
            return _ref(one, row, column)
        if isinstance(one, Area):
            return f"{_ref(one.first, row, column)}:{_ref(one.last, row, column)}"
        if isinstance(one, Symbol | Place) and locate is not None:
            return locate(one)
        return in_names(one)

    return "=" + _write(node, leaf)[0]


def in_names(node: Node) -> str:
    """Return a tree as a person reads it, in the names of the network: `a_h1·(1 − a_h1)`."""
    match node:
        case Symbol():
            return node.name if node.offset == 0 else f"{node.name}[{node.offset:+d}]"
        case Place():
            return address(node.row, node.column)
        case Number():
            return f"{node.value:.15g}"
        case Text():
            return '"' + node.value.replace('"', '""') + '"'
        case Flag():
            return "TRUE" if node.value else "FALSE"
        case ErrorCode():
            return node.code
        case Name():
            return node.text
        case Ref() | Area():
            return "?"
        case _:
            return _write(node, in_names)[0]


def _ref(ref: Ref, row: int, column: int) -> str:
    r, c = ref.at(row, column)
    sheet = "" if ref.sheet is None else quoted(ref.sheet) + "!"
    if r < 1 or c < 1:
        return "#REF!"
    letters = ("$" if ref.column_fixed else "") + column_letters(c)
    return f"{sheet}{letters}{'$' if ref.row_fixed else ''}{r}"


def quoted(sheet: str) -> str:
    """Return a sheet title as formulas write it."""
    plain = sheet.isidentifier() and sheet.isascii()
    return sheet if plain else "'" + sheet.replace("'", "''") + "'"


def _write(node: Node, leaf: Callable[[Node], str]) -> tuple[str, int]:
    """Return the text of a tree and how tightly it binds."""
    match node:
        case Part():
            return _write(node.body, leaf)
        case Binary():
            level = _BINDING[node.operator]
            left = _wrapped(node.left, leaf, level)
            # a*(b*c) needs no brackets to be read; - and / do.
            right = _wrapped(node.right, leaf, level + (node.operator not in "*+"))
            return f"{left}{node.operator}{right}", level
        case Unary():
            if node.operator == "%":
                return f"{_wrapped(node.operand, leaf, _ATOM)}%", 6
            return f"{node.operator}{_wrapped(node.operand, leaf, 6)}", 6
        case Call():
            return f"{node.function}({','.join(_write(a, leaf)[0] for a in node.arguments)})", _ATOM
        case Block():
            cells = [leaf(cell) for row in node.rows for cell in row]
            return (f"{cells[0]}:{cells[-1]}" if len(cells) > 1 else cells[0]), _ATOM
        case _:
            return leaf(node), _ATOM


def _wrapped(node: Node, leaf: Callable[[Node], str], at_least: int) -> str:
    text, level = _write(node, leaf)
    return text if level >= at_least else f"({text})"
