"""Finds the tables of a sheet by their headers and says which column was taken for what."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tinydrill.backprop.sheetcheck.names import kind_of, name_of
from tinydrill.backprop.sheetcheck.parsing import address, column_letters
from tinydrill.backprop.sheetcheck.reading import Book, Cell, Sheet
from tinydrill.backprop.sheetcheck.syntax import Ref

MIN_NAMES = 6  # fewer known headers in a row than this is a legend or a note, not a table
_MAX_GAP = 2  # blank rows that may stand inside a table
IGNORE = "ignore"
_COMPUTED = frozenset({"forward", "loss", "gradient"})
_SUM = re.compile(r"[ho]\d+")
_NUMBER = re.compile(r"\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*")
_TALLY = re.compile(
    r"=\s*(?:ROUND\()?(?:MIN|MAX|AVERAGE|MEDIAN|SUM|COUNT|STDEV(?:\.[SP])?|VAR(?:\.[SP])?)"
    r"\(\s*\$?([A-Z]+)\$?(\d+)\s*:\s*\$?\1\$?(\d+)\s*\).*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Table:
    """A table: quantities across, iterations down.

    Args:
        columns: quantity -> column number.
        headers: quantity -> the header as written.
        rows: row numbers of the data rows, in order.
        doubles: quantity -> every column that claims it, where more than one does.
        unknown: headers that no quantity's name fits, with their columns.
    """

    sheet: str
    header_row: int
    columns: Mapping[str, int]
    headers: Mapping[str, str]
    rows: tuple[int, ...]
    doubles: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    unknown: tuple[tuple[str, int], ...] = ()

    @property
    def label(self) -> str:
        """`Sheet1!A2:AE200`."""
        first, last = min(self.columns.values()), max(self.columns.values())
        end = self.rows[-1] if self.rows else self.header_row
        return f"{self.sheet}!{address(self.header_row, first)}:{address(end, last)}"


@dataclass(frozen=True)
class Scalar:
    """A value outside the tables with its name beside or above it, such as `LR= | 0.5`."""

    name: str
    sheet: str
    row: int
    column: int
    label: str


def find_tables(sheet: Sheet, given: Mapping[str, str]) -> list[Table]:
    """Return the tables of a sheet, top to bottom, left to right.

    Args:
        sheet: the sheet.
        given: quantity -> column letters from `--map`; `ignore` drops a column.
    """
    texts = _header_texts(sheet)
    by_row: dict[int, list[int]] = {}
    for row, column in texts:
        by_row.setdefault(row, []).append(column)
    heads = []
    for row, columns in sorted(by_row.items()):
        for run in _runs(sorted(columns), texts, row):
            names = {name_of(texts[row, c]) for c in run} - {None}
            kinds = {kind_of(str(name)) for name in names}
            # A row of start values alone calculates nothing and is no table.
            if (
                len(names) >= MIN_NAMES
                and "weight" in kinds
                and len(kinds) > 2
                and kinds & _COMPUTED
            ):
                heads.append((row, run))
    # A header merged over two rows shows in both; the lower row is the one above the data.
    heads = [h for h in heads if not any(o[0] == h[0] + 1 and set(o[1]) & set(h[1]) for o in heads)]
    found = []
    for row, run in heads:
        below = [r for r, other in heads if r > row and set(other) & set(run)]
        table = _table(sheet, row, run, texts, given, min(below, default=1 << 21))
        if table.rows:
            found.append(table)
    return found


def _header_texts(sheet: Sheet) -> dict[tuple[int, int], str]:
    """Return every text cell; one merged over several rows counts in each of them."""
    texts = {
        at: cell.value
        for at, cell in sheet.cells.items()
        if isinstance(cell.value, str) and cell.formula is None and cell.value.strip()
    }
    for top, left, bottom, _ in sheet.merged:
        if (top, left) in texts and bottom - top < 5:
            for row in range(top + 1, bottom + 1):
                texts.setdefault((row, left), texts[top, left])
    return texts


def _runs(columns: list[int], texts: Mapping[tuple[int, int], str], row: int) -> list[list[int]]:
    """Split a header row where an empty column stands before a name that was already seen."""
    runs: list[list[int]] = []
    seen: set[str] = set()
    for column in columns:
        name = name_of(texts[row, column])
        if not runs or (column > runs[-1][-1] + 1 and name in seen):
            runs.append([])
            seen = set()
        runs[-1].append(column)
        if name:
            seen.add(name)
    return runs


def _table(
    sheet: Sheet,
    row: int,
    run: list[int],
    texts: Mapping[tuple[int, int], str],
    given: Mapping[str, str],
    stop: int,
) -> Table:
    mapped = {letters.upper(): name for name, letters in given.items() if name != IGNORE}
    dropped = {one.upper() for one in given.get(IGNORE, "").split("+") if one}
    columns: dict[str, int] = {}
    headers: dict[str, str] = {}
    claims: dict[str, list[int]] = {}
    unknown = []
    extra = [c for c in range(run[0], run[-1] + 1) if column_letters(c) in mapped and c not in run]
    for column in sorted([*run, *extra]):
        text = texts.get((row, column), "")
        letters = column_letters(column)
        name = mapped.get(letters) or (None if letters in dropped else name_of(text))
        if name is None or (name in mapped.values() and letters not in mapped):
            unknown.append((" ".join(text.split()), column))
            continue
        claims.setdefault(name, []).append(column)
        columns.setdefault(name, column)
        headers.setdefault(name, " ".join(text.split()))
    rows = _data_rows(sheet, row, set(columns.values()), stop)
    for name, claimed in list(claims.items()):
        if name in mapped.values() or len(claimed) != 2:
            continue
        first, second = claimed
        if _fetches(sheet, rows, second, first, 0):  # repeated for a chart
            claims[name] = [first]
            unknown.append((headers[name], second))
        elif kind_of(name) == "weight" and _fetches(sheet, rows[1:], first, second, -1):
            # Each row starts from what the row above ended with.
            claims[name] = [first]
            columns[f"{name}_new"], headers[f"{name}_new"] = second, headers[name]
    doubles = {name: tuple(found) for name, found in claims.items() if len(found) > 1}
    if rows and not doubles and _hold_activations(sheet, rows[0], columns):
        columns = {_passed_on(name): column for name, column in columns.items()}
        headers = {_passed_on(name): header for name, header in headers.items()}
    return Table(
        sheet.title,
        row,
        columns,
        headers,
        rows,
        doubles,
        tuple(unknown),
    )


def _data_rows(sheet: Sheet, header: int, columns: set[int], stop: int) -> tuple[int, ...]:
    filled: dict[int, int] = {}
    tallies: dict[int, int] = {}
    for (row, column), cell in sheet.cells.items():
        if header < row < stop and column in columns:
            tallies[row] = tallies.get(row, 0) + _is_tally(cell, row)
            number = cell.formula is not None or isinstance(cell.value, float) or cell.error
            filled[row] = filled.get(row, 0) + bool(number)
    rows: list[int] = []
    for row in sorted(filled):
        if row - (rows[-1] if rows else header) > _MAX_GAP + 1:
            break
        if rows and tallies[row] and tallies[row] == filled[row]:
            break  # averages or minima of the columns above
        if rows and 8 * filled[row] <= filled[rows[-1]]:
            break  # a remark below the table, such as the rate of the next one
        # After a gap only a row that fills most of the columns goes on with the table.
        if filled[row] and (2 * filled[row] >= len(columns) or (rows and row == rows[-1] + 1)):
            rows.append(row)
    return tuple(rows)


def _passed_on(name: str) -> str:
    return f"a_{name}" if _SUM.fullmatch(name) else name


def _hold_activations(sheet: Sheet, row: int, columns: Mapping[str, int]) -> bool:
    """Whether h1… and o1… head what the units pass on (beside `net1`), not the weighted sums."""
    if any(name.startswith("a_") for name in columns):
        return False
    cells = [sheet.cells.get((row, c)) for name, c in columns.items() if _SUM.fullmatch(name)]
    return bool(cells) and all(
        cell is not None and re.search(r"\b(?:EXP|TANH)\(", cell.formula or "", re.IGNORECASE)
        for cell in cells
    )


def _fetches(sheet: Sheet, rows: tuple[int, ...], column: int, source: int, offset: int) -> bool:
    """Whether a column only repeats another one's cells, `offset` rows away."""
    cells = [sheet.cells.get((row, column)) for row in rows]
    return bool(rows) and all(
        cell is not None
        and isinstance(cell.tree, Ref)
        and cell.tree.sheet in (None, sheet.title)
        and cell.tree.at(row, column) == (row + offset, source)
        for row, cell in zip(rows, cells, strict=True)
    )


def _is_tally(cell: Cell, row: int) -> bool:
    """Whether a cell sums up several rows of a column above it."""
    found = _TALLY.fullmatch(cell.formula or "")
    return found is not None and int(found[2]) < int(found[3]) < row


def find_scalars(book: Book, tables: list[Table]) -> list[Scalar]:
    """Return the named single values: a number or formula right of its label, or below it."""
    inside = {
        (table.sheet, row, column)
        for table in tables
        for row in (table.header_row, *table.rows)
        for column in table.columns.values()
    }
    found = []
    for sheet in book.sheets.values():
        for (row, column), cell in sheet.cells.items():
            if cell.formula is not None or not isinstance(cell.value, str):
                continue
            name = _label_name(cell.value)
            if name is None or (sheet.title, row, column) in inside:
                continue
            if kind_of(name) in _COMPUTED:
                continue  # the header of a column that no table was made of
            for there in ((row, column + 1), (row, column + 2), (row + 1, column)):
                value = sheet.cells.get(there)
                if value is None or (sheet.title, *there) in inside:
                    continue
                if there[0] == row and _is_text(value):
                    there = (row + 1, column)  # another label stands there: values are below
                    value = sheet.cells.get(there)
                if value is None or (sheet.title, *there) in inside or _is_text(value):
                    break
                # More numbers below make it a column, whose header is no label of one cell.
                if there[0] == row or _is_text(sheet.cells.get((row + 2, column))):
                    found.append(Scalar(name, sheet.title, *there, cell.value.strip()))
                break
    return found


def _is_text(cell: Cell | None) -> bool:
    """Whether a cell holds no number and no formula."""
    if cell is None or cell.formula is not None:
        return cell is None
    if isinstance(cell.value, str):  # a number typed as text calculates all the same
        return not _NUMBER.fullmatch(cell.value)
    return not isinstance(cell.value, float)


def _label_name(text: str) -> str | None:
    """Return what a label names; `Learning rate, η =` says it twice."""
    names = {name_of(piece) for piece in [text, *text.replace("(", ",").split(",")]} - {None}
    return names.pop() if len(names) == 1 else None
