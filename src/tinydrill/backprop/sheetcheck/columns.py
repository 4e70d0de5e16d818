"""The formulas of a table, column by column, joined into groups of cells that say the same."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from tinydrill.backprop.sheetcheck.binding import Binder
from tinydrill.backprop.sheetcheck.names import kind_of
from tinydrill.backprop.sheetcheck.parsing import FormulaError, parse
from tinydrill.backprop.sheetcheck.reading import Book
from tinydrill.backprop.sheetcheck.syntax import Name, Node, Place, Ref, Symbol, symbols, walk
from tinydrill.backprop.sheetcheck.tables import Scalar, Table


@dataclass(frozen=True)
class Group:
    """Cells of one column with one meaning.

    Args:
        name: the column's quantity.
        tree: the meaning; None where it can't be read.
        rows: the sheet's row numbers.
        problem: why there is no tree.
    """

    name: str
    tree: Node | None
    rows: tuple[int, ...]
    problem: str = ""


@dataclass(frozen=True)
class Column:
    """One column: its groups (largest first) and the rows that hold typed numbers or nothing."""

    name: str
    groups: tuple[Group, ...]
    typed: tuple[int, ...]
    typed_values: frozenset[float]

    @property
    def is_copy(self) -> bool:
        """Whether every formula just repeats the same quantity from another row."""
        return bool(self.groups) and all(
            isinstance(group.tree, Symbol) and group.tree.name == self.name for group in self.groups
        )

    @property
    def has_formulas(self) -> bool:
        """Whether any cell calculates."""
        return bool(self.groups)


def read_columns(binder: Binder) -> dict[str, Column]:
    """Return every column of the binder's table, by quantity."""
    found = {}
    table = binder.table
    for name, column in table.columns.items():
        if name in binder.skip:
            continue
        trees: dict[Node | str, list[int]] = {}
        typed, values = [], set()
        for row in table.rows:
            cell = binder.cell(table.sheet, row, column)
            if cell is None:
                continue
            if cell.formula is None:
                if isinstance(cell.value, float):
                    typed.append(row)
                    values.add(cell.value)
                continue
            try:
                key: Node | str = binder.bind(cell, row, column)
            except FormulaError as error:
                key = str(error)
            trees.setdefault(key, []).append(row)
        groups = [
            Group(name, None, tuple(rows), key)
            if isinstance(key, str)
            else Group(name, key, tuple(rows))
            for key, rows in trees.items()
        ]
        groups.sort(key=lambda group: -len(group.rows))
        found[name] = Column(name, tuple(groups), tuple(typed), frozenset(values))
    return found


def used_places(book: Book, table: Table, names: Iterable[str]) -> Counter[Place]:
    """Count the cells outside the table's own columns to which formulas of the columns refer."""
    counts: Counter[Place] = Counter()
    inside = set(table.columns.values())
    rows = set(table.rows)
    sheet = book.sheets[table.sheet]
    for name in names:
        for row in table.rows:
            cell = sheet.cells.get((row, table.columns[name]))
            if cell is None or cell.tree is None:
                continue
            for node in walk(cell.tree):
                places = []
                if isinstance(node, Ref):
                    r, c = node.at(row, table.columns[name])
                    places.append(Place(node.sheet or table.sheet, r, c))
                elif isinstance(node, Name):
                    places.extend(_of_name(book, table, node))
                for place in places:
                    if (
                        place.sheet != table.sheet
                        or place.row not in rows
                        or place.column not in inside
                    ):
                        counts[place] += 1
    return counts


def _of_name(book: Book, table: Table, name: Name) -> list[Place]:
    try:
        tree = parse(book.names.get(name.text.casefold(), ""), 1, 1)
    except FormulaError:
        return []
    if not isinstance(tree, Ref):
        return []
    return [Place(tree.sheet or table.sheet, *tree.at(1, 1))]


def choose_scalars(
    book: Book, table: Table, scalars: Iterable[Scalar]
) -> tuple[dict[tuple[str, int, int], str], list[str]]:
    """Return the named cells that this table uses, and notes on how the rate's cell was found.

    A cell counts only where a formula of the table refers to it. Of two cells with one name the one
    used more often is taken; a rate without a label is the cell that the updates share.
    """
    used = used_places(book, table, table.columns)
    chosen: dict[str, Place] = {}
    for scalar in scalars:
        place = Place(scalar.sheet, scalar.row, scalar.column)
        if scalar.name in table.columns or not used[place]:
            continue
        if scalar.name not in chosen or used[place] > used[chosen[scalar.name]]:
            chosen[scalar.name] = place
    notes = []
    if "lr" not in chosen and "lr" not in table.columns:
        weights = [name for name in table.columns if kind_of(name) == "weight"]
        rate = _shared_place(book, used_places(book, table, weights), set(chosen.values()))
        if rate is not None:
            chosen["lr"] = rate
            notes.append("the learning rate has no label: taken to be the cell the updates share")
    if not any(name[0] == "b" for name in (*table.columns, *chosen)):
        biases = _bias_places(book, table, set(chosen.values()))
        chosen |= biases
        if biases:
            notes.append("cells without a label that every weighted sum adds: taken as biases")
    return {(p.sheet, p.row, p.column): name for name, p in chosen.items()}, notes


def _bias_places(book: Book, table: Table, taken: set[Place]) -> dict[str, Place]:
    """Return the one fixed cell that each weighted sum adds: one a layer, or one a unit."""
    layers: dict[str, list[Place]] = {"h": [], "o": []}
    for name in sorted(table.columns, key=lambda one: (one[0], len(one), one)):
        if name[0] not in layers or not name[1:].isdigit():
            continue
        fixed = []
        for place, count in used_places(book, table, [name]).items():
            sheet = book.sheets.get(place.sheet)
            cell = sheet.cells.get((place.row, place.column)) if sheet else None
            typed = cell is not None and cell.formula is None and isinstance(cell.value, float)
            if typed and place not in taken and count == len(table.rows):
                fixed.append(place)
        if len(fixed) != 1:
            return {}
        layers[name[0]].append(fixed[0])
    found = list(dict.fromkeys([*layers["h"], *layers["o"]]))
    shared = [len(set(places)) == 1 for places in layers.values()]
    if not all(layers.values()) or set(layers["h"]) & set(layers["o"]):
        return {}
    units = len(layers["h"]) + len(layers["o"])
    if len(found) != units and not all(shared):
        return {}
    return {f"b{k}": place for k, place in enumerate(found, start=1)}


def _shared_place(book: Book, used: Counter[Place], taken: set[Place]) -> Place | None:
    best: Place | None = None
    for place, count in used.items():
        sheet = book.sheets.get(place.sheet)
        cell = sheet.cells.get((place.row, place.column)) if sheet else None
        if place in taken or cell is None or not isinstance(cell.value, float):
            continue
        # A reference that walks down hits the rate in its first row only: the top cell wins a tie.
        if best is None or (count, -place.row) > (used[best], -best.row):
            best = place
    return best if best is not None and used[best] > 1 else None


def uses(columns: Iterable[Column], name: str) -> bool:
    """Return whether any formula of the columns uses a quantity."""
    return any(
        name in {symbol.name for symbol in symbols(group.tree)}
        for column in columns
        for group in column.groups
        if group.tree is not None and column.name != name
    )
