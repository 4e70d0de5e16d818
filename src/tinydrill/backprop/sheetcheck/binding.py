"""Ties the references of a formula to the quantities of the table they point into.

What a reference means decides everything else: a quantity of this or another data row (`Symbol`),
or a cell apart from them (`Place`). Helper columns are followed through their own formulas.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tinydrill.backprop.sheetcheck.calculate import Value, unsupported
from tinydrill.backprop.sheetcheck.parsing import FormulaError, address, parse
from tinydrill.backprop.sheetcheck.reading import Book, Cell
from tinydrill.backprop.sheetcheck.syntax import (
    Area,
    Block,
    ErrorCode,
    Name,
    Node,
    Place,
    Ref,
    Symbol,
    children,
    depth,
    replace_leaves,
    walk,
    with_children,
)
from tinydrill.backprop.sheetcheck.tables import Table

MAX_AREA = 4096
_MAX_NODES = 4000
_MAX_HOPS = 12  # helper cells that may stand between a formula and the table's quantities


@dataclass
class Binder:
    """Resolves the formulas of one table.

    Args:
        book: the workbook.
        table: the table whose quantities become symbols.
        scalars: (sheet, row, column) -> quantity, for named cells outside the table.
        skip: columns of the table to treat as helpers, although their header names a quantity.
    """

    book: Book
    table: Table
    scalars: Mapping[tuple[str, int, int], str]
    skip: frozenset[str] = frozenset()
    _index: dict[int, int] = field(default_factory=dict)
    _names: dict[int, str] = field(default_factory=dict)
    _seen: dict[tuple[object, ...], Node] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._index = {row: k for k, row in enumerate(self.table.rows)}
        self._names = {c: n for n, c in self.table.columns.items() if n not in self.skip}

    def cell(self, sheet: str, row: int, column: int) -> Cell | None:
        """Return a cell of the book."""
        found = self.book.sheets.get(sheet)
        return found.cells.get((row, column)) if found else None

    def bind(self, cell: Cell, row: int, column: int) -> Node:
        """Return the formula of a cell of the table in terms of symbols and places.

        Raises:
            FormulaError: it can't be read or followed.
        """
        if cell.tree is None:
            raise FormulaError(cell.problem or "it has no formula")
        refs = tuple(
            self._meaning(node, self.table.sheet, row, column, row)
            for node in walk(cell.tree)
            if isinstance(node, Ref)
        )
        # Cells of one pattern share their tree, and those that mean the same share the result.
        key = (id(cell.tree), refs)
        if key not in self._seen or any(isinstance(one, Place) for one in refs):
            bound = self._bound(cell.tree, self.table.sheet, row, column, row, _MAX_HOPS)
            # A place may lead on to other cells, row by row: join results that came out equal.
            self._seen[key] = self._seen.setdefault(("tree", bound), bound)
        return self._seen[key]

    def _meaning(self, ref: Ref, sheet: str, row: int, column: int, home: int) -> Symbol | Place:
        at_row, at_column = ref.at(row, column)
        where = self._sheet(ref.sheet or sheet)
        if where == self.table.sheet and at_row in self._index and at_column in self._names:
            return Symbol(self._names[at_column], self._index[at_row] - self._index[home])
        scalar = self.scalars.get((where, at_row, at_column))
        if scalar is not None:
            return Symbol(scalar, 0)
        return Place(where, at_row, at_column)

    def _sheet(self, title: str) -> str:
        if title in self.book.sheets:
            return title
        for one in self.book.sheets:
            if one.casefold() == title.casefold():
                return one
        raise FormulaError(f"it refers to a sheet {title!r} that isn't there")

    def _bound(self, node: Node, sheet: str, row: int, column: int, home: int, hops: int) -> Node:
        match node:
            case Ref():
                return self._follow(self._meaning(node, sheet, row, column, home), home, hops)
            case Area():
                return self._area(node, sheet, row, column, home, hops)
            case Name():
                return self._named(node, home, hops)
            case _:
                missing = unsupported(node)
                if missing:
                    raise FormulaError(f"the function {missing} isn't one that can be evaluated")
                below = children(node)
                if not below:
                    return node
                new = tuple(self._bound(one, sheet, row, column, home, hops) for one in below)
                return with_children(node, new)

    def _follow(self, leaf: Symbol | Place, home: int, hops: int) -> Node:
        if isinstance(leaf, Symbol):
            return leaf
        if leaf.row < 1 or leaf.column < 1:
            return ErrorCode("#REF!")
        cell = self.cell(leaf.sheet, leaf.row, leaf.column)
        if cell is None or cell.formula is None:
            return leaf
        where = address(leaf.row, leaf.column)
        if hops == 0:
            raise FormulaError(f"it hangs on a chain of cells ({where} …) that can't be followed")
        if cell.tree is None:
            raise FormulaError(f"it uses {where}, and {cell.problem}")
        inner = self._bound(cell.tree, leaf.sheet, leaf.row, leaf.column, home, hops - 1)
        if sum(1 for _ in walk(inner)) > _MAX_NODES or depth(inner) > 200:
            raise FormulaError(f"it hangs on too many other cells (through {where})")
        return inner

    def _area(self, node: Area, sheet: str, row: int, column: int, home: int, hops: int) -> Node:
        (r1, c1), (r2, c2) = node.first.at(row, column), node.last.at(row, column)
        r1, r2, c1, c2 = min(r1, r2), max(r1, r2), min(c1, c2), max(c1, c2)
        if (r2 - r1 + 1) * (c2 - c1 + 1) > MAX_AREA:
            raise FormulaError(f"it uses a range of more than {MAX_AREA:,} cells")
        where = node.first.sheet
        return Block(
            tuple(
                tuple(
                    self._follow(
                        self._meaning(Ref(where, r, c, True, True), sheet, row, column, home),
                        home,
                        hops,
                    )
                    for c in range(c1, c2 + 1)
                )
                for r in range(r1, r2 + 1)
            )
        )

    def _named(self, node: Name, home: int, hops: int) -> Node:
        target = self.book.names.get(node.text.casefold())
        if target is None:
            raise FormulaError(f"the name {node.text} isn't defined in this workbook")
        tree = parse(target, 1, 1)
        if isinstance(tree, Name) or hops == 0:
            raise FormulaError(f"the name {node.text} stands for {target}")
        return self._bound(tree, self.table.sheet, 1, 1, home, hops - 1)

    def place_value(self, place: Place) -> Value:
        """Return the value typed into a cell apart from the table."""
        cell = self.cell(place.sheet, place.row, place.column)
        return cell.value if cell else None


def with_rate(node: Node, rate: Place | None) -> Node:
    """Return the tree with the rate's cell replaced by the quantity `lr`."""
    return replace_leaves(node, lambda leaf: Symbol("lr") if leaf == rate else leaf)
