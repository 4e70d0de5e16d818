"""The numbers in the cells: as stored in the file, and as the formulas make them now."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tinydrill.backprop.sheetcheck.calculate import CalculationError, Value, calculate
from tinydrill.backprop.sheetcheck.parsing import FormulaError, parse
from tinydrill.backprop.sheetcheck.reading import Book, Cell
from tinydrill.backprop.sheetcheck.syntax import Area, Block, Name, Node, Place, Ref, walk

At = tuple[str, int, int]
_EXACT_DIGITS = 14  # a stored number with fewer significant digits may be a rounded export
_MAX_AREA = 4096


@dataclass
class Numbers:
    """Values of cells.

    Args:
        book: the workbook.
        fresh: calculate every formula anew instead of trusting the stored values.
        changed: formulas that replace those of the file.
    """

    book: Book
    fresh: bool = False
    changed: Mapping[At, Node] = field(default_factory=dict)
    _known: dict[At, Value | CalculationError] = field(default_factory=dict)
    _open: set[At] = field(default_factory=set)

    def value(self, at: At) -> Value:
        """Return the value of a cell.

        Raises:
            CalculationError: it is an error value.
        """
        if at not in self._known:
            self._known[at] = self._find(at)
        known = self._known[at]
        if isinstance(known, CalculationError):
            raise known
        return known

    def number(self, at: At) -> float | None:
        """Return the number in a cell, None if it holds none."""
        try:
            value = self.value(at)
        except (CalculationError, FormulaError):
            return None
        return float(value) if isinstance(value, int | float) else None

    def _find(self, at: At) -> Value | CalculationError:
        cell = self.cell(at)
        tree = self.changed.get(at) or (cell.tree if cell else None)
        if cell is None and tree is None:
            return None
        stored = cell is not None and (cell.value is not None or cell.error is not None)
        if tree is None or (stored and not self.fresh):
            assert cell is not None
            return CalculationError(cell.error) if cell.error else cell.value
        if at in self._open:
            return CalculationError("a circular reference")
        self._open.add(at)
        try:
            return self.calculated(tree, at)
        except CalculationError as error:
            return error
        except (FormulaError, RecursionError):
            return CalculationError("#N/A")
        finally:
            self._open.discard(at)

    def cell(self, at: At) -> Cell | None:
        """Return a cell of the book."""
        sheet = self.book.sheets.get(at[0])
        return sheet.cells.get(at[1:]) if sheet else None

    def calculated(self, tree: Node, at: At, moved: Mapping[At, float] | None = None) -> Value:
        """Return the value of a formula that stands at a cell; `moved` overrides single cells."""

        def lookup(node: Node) -> Value | Block:
            if isinstance(node, Place):
                there: At = (node.sheet, node.row, node.column)
                if moved and there in moved:
                    return moved[there]
                return self.value(there)
            if isinstance(node, Ref):
                return lookup(Place(node.sheet or at[0], *node.at(*at[1:])))
            if isinstance(node, Area):
                return self._block(node, at)
            if isinstance(node, Name):
                target = parse(self.book.names.get(node.text.casefold(), "#NAME?"), 1, 1)
                if isinstance(target, Area):
                    return self._block(target, (at[0], 1, 1))
                if isinstance(target, Ref):
                    return lookup(Place(target.sheet or at[0], *target.at(1, 1)))
            raise CalculationError("#NAME?")

        return calculate(tree, lookup)

    def _block(self, area: Area, at: At) -> Block:
        (r1, c1), (r2, c2) = area.first.at(*at[1:]), area.last.at(*at[1:])
        if (abs(r2 - r1) + 1) * (abs(c2 - c1) + 1) > _MAX_AREA:
            raise CalculationError("#N/A")
        sheet = area.first.sheet or at[0]
        rows, columns = range(min(r1, r2), max(r1, r2) + 1), range(min(c1, c2), max(c1, c2) + 1)
        return Block(tuple(tuple(Place(sheet, r, c) for c in columns) for r in rows))


@dataclass(frozen=True)
class Stale:
    """A stored value that isn't what the formula makes of the stored values it uses."""

    at: At
    stored: str
    calculated: float


def stale_cells(book: Book, cells: Iterable[At]) -> list[Stale]:
    """Return the formula cells whose stored value doesn't follow from their formula.

    The tolerance fits the digits: a number stored as 0.5069 may be off by half a unit in its last
    place, and so may every number that its formula uses.
    """
    numbers, found = Numbers(book), []
    for at in cells:
        cell = numbers.cell(at)
        if cell is None or cell.tree is None or (cell.value is None and cell.error is None):
            continue
        try:
            now = numbers.calculated(cell.tree, at)
        except (CalculationError, FormulaError, RecursionError):
            continue
        if not isinstance(now, float):
            continue
        if not isinstance(cell.value, float):
            found.append(Stale(at, cell.error or str(cell.value), now))
        elif not _close(numbers, at, cell, now):
            found.append(Stale(at, cell.digits or str(cell.value), now))
    return found


def _close(numbers: Numbers, at: At, cell: Cell, now: float) -> bool:
    assert isinstance(cell.value, float)
    off = abs(now - cell.value)
    if off <= 1e-9 * max(abs(now), abs(cell.value)) + 1e-13:
        return True
    slack = half_unit(cell.digits) + 1e-9 * abs(now)
    if off <= slack:
        return True
    assert cell.tree is not None
    for node in walk(cell.tree):
        if isinstance(node, Ref):
            there = (node.sheet or at[0], *node.at(*at[1:]))
            used = numbers.cell(there)
            if used is None or not isinstance(used.value, float) or used.formula is None:
                continue
            step = half_unit(used.digits)
            if step:
                for sign in (-1, 1):
                    try:
                        moved = numbers.calculated(cell.tree, at, {there: used.value + sign * step})
                    except CalculationError:
                        continue
                    if isinstance(moved, float):
                        slack += abs(moved - now)
    return off <= slack


def half_unit(digits: str) -> float:
    """Return half a unit in the last place of a number as written; 0 if it is written in full."""
    mantissa, _, exponent = digits.lower().partition("e")
    whole, _, fraction = mantissa.strip("+-").partition(".")
    if len((whole + fraction).lstrip("0")) >= _EXACT_DIGITS or not mantissa:
        return 0.0
    return 0.5 * math.pow(10.0, int(exponent or 0) - len(fraction))
