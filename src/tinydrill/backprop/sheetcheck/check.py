"""The check of one file, from its path to its report."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tinydrill.backprop.sheetcheck.binding import Binder
from tinydrill.backprop.sheetcheck.columns import choose_scalars, read_columns
from tinydrill.backprop.sheetcheck.cycles import find_cycle
from tinydrill.backprop.sheetcheck.inference import understand
from tinydrill.backprop.sheetcheck.judging import Judge, Judged, demoted, misread, users
from tinydrill.backprop.sheetcheck.names import kind_of
from tinydrill.backprop.sheetcheck.network import Loss, Net
from tinydrill.backprop.sheetcheck.numbers import stale_cells
from tinydrill.backprop.sheetcheck.parsing import address, column_letters
from tinydrill.backprop.sheetcheck.reading import Book, Sheet, read_book
from tinydrill.backprop.sheetcheck.shapes import NotCheckableError
from tinydrill.backprop.sheetcheck.syntax import Ref, walk
from tinydrill.backprop.sheetcheck.tables import Scalar, Table, find_scalars, find_tables
from tinydrill.backprop.sheetcheck.verdicts import FileReport, StaleValue, TableReport, Verdict
from tinydrill.errors import UnusableInputError

COMPUTED = ("forward", "loss", "gradient", "update")


def check_file(path: Path, given: Mapping[str, str], net: Net | None = None) -> FileReport:
    """Check a workbook; what can't be read is a verdict, not an exception.

    Args:
        path: the .xlsx file.
        given: quantity -> column letters, from `--map`.
        net: the network, where the user names it.
    """
    try:
        book = read_book(path)
        return check_book(book, given, net)
    except UnusableInputError as error:
        return FileReport(str(path), reason=str(error).removeprefix(f"{path}: "))
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        # One strange file must not end the check of a folder, and is never called right.
        return FileReport(str(path), reason=f"it is beyond this program ({error!r})")


def check_book(book: Book, given: Mapping[str, str], net: Net | None = None) -> FileReport:
    """Check a workbook that was read."""
    tables = [table for sheet in book.sheets.values() for table in find_tables(sheet, given)]
    scalars = find_scalars(book, tables)
    reports = tuple(_check_table(book, table, scalars, net) for table in tables)
    with_table = {table.sheet for table in tables}
    notes = ("it holds macros; they were not run",) if book.has_macros else ()
    reason = ""
    if not tables:
        reason = (
            "no table was found: no row holds six or more headers such as "
            "i1, w1, h1, a_h1, E_total, dE/dw1 (--map names columns whose headers are unusual)"
        )
    empty = tuple(title for title in book.sheets if title not in with_table)
    if tables:
        reports += tuple(_unread(book.sheets[title]) for title in empty if _trains(book, title))
    return FileReport(str(book.path), reports, empty, reason, notes)


def _trains(book: Book, title: str) -> bool:
    """Whether a sheet without a table looks like a network nevertheless."""
    units = [
        column
        for (_, column), cell in book.sheets[title].cells.items()
        if cell.formula and ("EXP(" in cell.formula.upper() or "TANH(" in cell.formula.upper())
    ]
    # One column alone draws the curve of a function.
    return len(units) >= 4 and len(set(units)) > 1


def _unread(sheet: Sheet) -> TableReport:
    reason = (
        "no table was found here, but the sheet calculates activations: are its headers unusual?"
    )
    return TableReport(sheet.title, sheet.title, Verdict.NOT_CHECKABLE, reason)


def _check_table(book: Book, table: Table, scalars: list[Scalar], net: Net | None) -> TableReport:
    places, notes = choose_scalars(book, table, scalars)
    report = TableReport(
        table.sheet,
        table.label,
        Verdict.NOT_CHECKABLE,
        columns={n: (column_letters(c), table.headers[n]) for n, c in table.columns.items()},
        cells={name: address(r, c) for (_, r, c), name in places.items()},
        notes=tuple(notes),
    )
    try:
        return _judged(book, table, places, net, report)
    except NotCheckableError as error:
        return replace(report, reason=str(error))


def _judged(
    book: Book,
    table: Table,
    places: Mapping[tuple[str, int, int], str],
    net: Net | None,
    report: TableReport,
) -> TableReport:
    _ask_about_doubles(table)
    binder = Binder(book, table, places)
    columns = read_columns(binder)
    if not any(c.has_formulas for n, c in columns.items() if _computed(n)):
        raise NotCheckableError("it holds no formulas: the numbers are typed in")
    cells = [(table.sheet, row, c) for c in table.columns.values() for row in table.rows]
    cycle = find_cycle(book, cells)
    if cycle:
        raise NotCheckableError(f"{cycle} leads back to itself (a circular reference)")
    known = understand(binder, columns, net)
    judge = Judge(binder, columns, known)
    judged = judge.judge()
    notes = [*(report.notes if known.trained else ()), *known.notes]
    skip = demoted(judged.findings, judge)
    trials = [skip, skip | misread(judged.findings, judge)]
    for trial in dict.fromkeys(trials[::-1]):
        if not trial:
            continue
        other = _rejudged(book, table, places, net, trial)
        # Only where following a helper makes right what uses it does its header mean another thing.
        wrong = {finding.quantity for finding in other[1].findings}
        if trial != skip:
            trial = skip | {name for name in trial if not users(judge, name) & wrong}
            other = _rejudged(book, table, places, net, trial)
        if trial:
            judge, judged = other
            for name in sorted(trial):
                column = column_letters(table.columns[name])
                does = (
                    "holds no error of an output and no column needs it as one: left unchecked"
                    if name in skip
                    else "holds not {name} but a helper, and was followed as one"
                )
                notes.append(f"column {column}, headed {table.headers[name]}, {does}")
            skip = frozenset(trial)
            known = judge.known
            break
    missing = [k for k in ("gradient", "update") if not judged.checked[k]]
    if missing:
        notes.append(f"no {' and no '.join(missing)} formulas: only the rest was checked")
    learns = (
        known.trained and judged.checked["update"] and not known.constant >= {*known.net.weights}
    )
    unseen = [] if learns else _unseen(book, table)
    if "gradient" in missing and unseen:
        shown = f"{', '.join(unseen[:8])}{' …' * (len(unseen) > 8)}"
        notes.append(f"unchecked formulas: {shown}; --map says what a column holds")
    stale = stale_cells(book, cells)
    count = sum(judged.checked[kind] for kind in COMPUTED)
    unchecked = sum(map(len, judged.unchecked.values()))
    verdict, reason = Verdict.RIGHT, ""
    if judged.findings:
        verdict = Verdict.WRONG
    elif unchecked or not count or ("gradient" in missing and unseen):
        verdict = Verdict.NOT_CHECKABLE
        reason = "no gradient or update was checked, and there are formulas beside the table's own"
    if unchecked:
        reason = "; ".join(
            f"{cells[0]}{f' and {len(cells) - 1} more cells' if len(cells) > 1 else ''}: {why}"
            for why, cells in judged.unchecked.items()
        )
    return replace(
        report,
        verdict=verdict,
        reason=reason,
        columns={n: report_column for n, report_column in report.columns.items() if n not in skip},
        net=known.net,
        loss=loss_words(known.net.loss),
        convention=known.convention.words,
        rate="" if known.rate is None else f"{known.rate:g}",
        checked=judged.checked,
        unchecked=unchecked,
        findings=judged.findings,
        stale=tuple(StaleValue(address(*s.at[1:]), s.stored, s.calculated) for s in stale),
        notes=tuple(notes),
    )


def _rejudged(
    book: Book,
    table: Table,
    places: Mapping[tuple[str, int, int], str],
    net: Net | None,
    skip: frozenset[str],
) -> tuple[Judge, Judged]:
    """Judge a table once more, with some columns taken as helpers."""
    binder = Binder(book, table, places, skip)
    columns = read_columns(binder)
    judge = Judge(binder, columns, understand(binder, columns, net))
    return judge, judge.judge()


def _unseen(book: Book, table: Table) -> list[str]:
    """Return the columns with formulas that no column of the table holds: `X (slope of w1)`."""
    cells = book.sheets[table.sheet].cells
    columns, rows = set(table.columns.values()), set(table.rows)
    # A gradient needs what the units pass on; other formulas have other business.
    passed_on = {column for name, column in table.columns.items() if name.startswith("a_")}
    found = {
        column
        for (row, column), cell in cells.items()
        if cell.tree is not None
        and not (column in columns and row in rows)
        and any(
            isinstance(node, Ref) and node.sheet is None and node.at(row, column)[1] in passed_on
            for node in walk(cell.tree)
        )
    }
    headers = {column: header for header, column in table.unknown}
    return [
        f"{column_letters(column)} ({headers[column]})"
        if headers.get(column)
        else f"column {column_letters(column)}"
        for column in sorted(found)
    ]


def _computed(name: str) -> bool:
    return kind_of(name) in ("forward", "loss", "gradient", "weight")


def _ask_about_doubles(table: Table) -> None:
    """Refuse to guess between columns that claim one quantity."""
    for name, claims in table.doubles.items():
        letters = [column_letters(c) for c in claims]
        raise NotCheckableError(
            f"columns {' and '.join(letters)} are both read as {name} (headed "
            f"{table.headers[name]}); say which is meant: --map {name}={letters[0]} or "
            f"--map {name}={letters[1]}"
        )


def loss_words(loss: Loss) -> str:
    """Return a loss in a few words."""
    names = {
        "squared": "(t − a)²",
        "binary-cross-entropy": "−t·ln a − (1 − t)·ln(1 − a)",
        "cross-entropy": "−t·ln a",
    }
    each = "" if loss.each == 1 else "½" if loss.each == 0.5 else f"{loss.each:.4g}"
    words = each + names[loss.kind]
    return words if loss.over_all == 1 else f"{words}, and {loss.over_all:.4g} of the sum"
