"""The tree of a spreadsheet formula: what a formula says, apart from where it stands.

A `Ref` is kept relative to its formula, so one tree serves a whole filled-down column. `Symbol` and
`Place` are what references become once a table is known. Nothing here reads or evaluates.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A number written in the formula."""

    value: float


@dataclass(frozen=True, slots=True)
class Text:
    """A text in quotes."""

    value: str


@dataclass(frozen=True, slots=True)
class Flag:
    """TRUE or FALSE."""

    value: bool


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """An error value such as #REF!."""

    code: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A cell reference; a part with a dollar sign is absolute, any other is an offset."""

    sheet: str | None
    row: int
    column: int
    row_fixed: bool
    column_fixed: bool

    def at(self, row: int, column: int) -> tuple[int, int]:
        """Return the (row, column) meant by this reference in a formula at (row, column)."""
        return (
            self.row if self.row_fixed else row + self.row,
            self.column if self.column_fixed else column + self.column,
        )


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells."""

    first: Ref
    last: Ref


@dataclass(frozen=True, slots=True)
class Name:
    """A defined name."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function call; the function's name is upper case."""

    function: str
    arguments: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Unary:
    """A sign or a percent mark: operator is one of + - %."""

    operator: str
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and one of + - * / ^ & = <> < > <= >=."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Symbol:
    """A quantity of the network (`w1`, `a_h1`, …) in the data row `offset` rows from this one."""

    name: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A cell that is no quantity of the network: sheet, row, column (1-based)."""

    sheet: str
    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Block:
    """A resolved area, row by row."""

    rows: "tuple[tuple[Node, ...], ...]"


@dataclass(frozen=True, slots=True)
class Part:
    """A sub-formula with the role it plays in the derivation; only formulas we write have parts."""

    role: str
    body: "Node"


Leaf = Number | Text | Flag | ErrorCode | Ref | Area | Name | Symbol | Place
Node = Leaf | Call | Unary | Binary | Block | Part


def children(node: Node) -> tuple[Node, ...]:
    """Return the direct operands of a node."""
    match node:
        case Binary():
            return (node.left, node.right)
        case Unary():
            return (node.operand,)
        case Call():
            return node.arguments
        case Block():
            return tuple(cell for row in node.rows for cell in row)
        case Part():
            return (node.body,)
        case _:
            return ()


def with_children(node: Node, new: tuple[Node, ...]) -> Node:
    """Return the node with other operands, given in the order of `children`."""
    match node:
        case Binary():
            return Binary(node.operator, new[0], new[1])
        case Unary():
            return Unary(node.operator, new[0])
        case Call():
            return Call(node.function, new)
        case Block():
            width = len(node.rows[0])
            return Block(tuple(new[i : i + width] for i in range(0, len(new), width)))
        case Part():
            return Part(node.role, new[0])
        case _:
            return node


def walk(node: Node) -> Iterator[Node]:
    """Yield every node of the tree; iterative, so that depth is no danger."""
    stack = [node]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(children(top))


def depth(node: Node) -> int:
    """Return the number of levels of the tree; iterative."""
    deepest, stack = 0, [(node, 1)]
    while stack:
        top, level = stack.pop()
        deepest = max(deepest, level)
        stack.extend((child, level + 1) for child in children(top))
    return deepest


def replace_leaves(node: Node, change: Callable[[Node], Node]) -> Node:
    """Return the tree with every leaf passed through `change`."""
    below = children(node)
    if not below:
        return change(node)
    return with_children(node, tuple(replace_leaves(child, change) for child in below))


def without_parts(node: Node) -> Node:
    """Return the tree without its role marks."""
    if isinstance(node, Part):
        return without_parts(node.body)
    below = children(node)
    return with_children(node, tuple(map(without_parts, below))) if below else node


def symbols(node: Node) -> frozenset[Symbol]:
    """Return the quantities that the tree uses."""
    return frozenset(one for one in walk(node) if isinstance(one, Symbol))


def product(*factors: Node) -> Node:
    """Return the factors multiplied, left to right."""
    return _chain("*", factors)


def total(*terms: Node) -> Node:
    """Return the terms added, left to right."""
    return _chain("+", terms)


def _chain(operator: str, operands: tuple[Node, ...]) -> Node:
    result = operands[0]
    for operand in operands[1:]:
        result = Binary(operator, result, operand)
    return result
