"""`tinydrill check`: is this backpropagation spreadsheet right, and if not, which cell and why?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from tinydrill.backprop.sheetcheck.verdicts import FileReport, TableReport

_COLOURS = {"right": "green", "wrong": "red", "not checkable": "yellow"}


def check(
    files: Annotated[list[Path], typer.Argument(help="Workbooks (.xlsx), or folders of them.")],
    problem: Annotated[
        str | None,
        typer.Option(help="The network, a built-in name or a TOML file; inferred without it."),
    ] = None,
    maps: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="NAME=COLUMN",
            help="Say which column holds a quantity: --map dE/dw1=X; --map ignore=U drops one.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
    page: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE.html", help="Write a report.")
    ] = None,
    fix: Annotated[
        Path | None,
        typer.Option(metavar="OUT.xlsx", help="Write a corrected copy of the one workbook given."),
    ] = None,
) -> None:
    """Is this backpropagation spreadsheet right, and if not, which cell and why?

    Exit status: 0 all right, 1 something wrong, 2 not checkable or unreadable.
    """
    from tinydrill.backprop.sheetcheck.batch import check_files, find_files
    from tinydrill.backprop.sheetcheck.options import read_maps, read_problem
    from tinydrill.backprop.sheetcheck.verdicts import worst
    from tinydrill.errors import UnusableInputError

    given = read_maps(maps or [])
    net = None if problem is None else read_problem(problem)
    paths = find_files(files)
    if fix is not None and len(paths) != 1:
        raise UnusableInputError(f"--fix corrects one workbook at a time, {len(paths)} were given")
    reports = check_files(paths, given, net)
    verdict = worst([report.verdict for report in reports])
    if as_json:
        _print_json(reports)
    else:
        _print_tables(reports)
    if page is not None:
        from tinydrill.backprop.sheetcheck.page import write_page

        write_page(reports, page)
    if fix is not None:
        from tinydrill.backprop.sheetcheck.fix import fix_file

        count = fix_file(paths[0], reports[0], fix)
        typer.echo(f"{fix}: {count} cells corrected, each marked and commented", err=True)
    raise typer.Exit(verdict.status)


def _print_json(reports: "list[FileReport]") -> None:
    import json

    from tinydrill.backprop.sheetcheck.document import file_document
    from tinydrill.backprop.sheetcheck.verdicts import worst

    document = {
        "verdict": str(worst([report.verdict for report in reports])),
        "files": [file_document(report) for report in reports],
    }
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))


def _print_tables(reports: "list[FileReport]") -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False, soft_wrap=False)
    for report in reports:
        verdict = str(report.verdict)
        console.print(
            f"[bold]{escape(report.path)}[/]  [bold {_COLOURS[verdict]}]{verdict}[/]"
            + (f": {escape(report.reason)}" if report.reason else "")
        )
        for note in report.notes:
            console.print(f"  note: {escape(note)}")
        for table in report.tables:
            _print_table(console, table)
        if report.tables and report.empty_sheets:
            console.print(f"  no table in: {escape(', '.join(report.empty_sheets))}")
    if len(reports) > 1:
        _print_summary(console, reports)


def _print_table(console: "Console", table: "TableReport") -> None:
    from rich.markup import escape
    from rich.table import Table

    from tinydrill.backprop.sheetcheck.told import checked_words, columns_words, net_words

    verdict = str(table.verdict)
    console.print(
        f"  {escape(table.label)}  [{_COLOURS[verdict]}]{verdict}[/]"
        + (f": {escape(table.reason)}" if table.reason else "")
    )
    for line in (net_words(table), columns_words(table), checked_words(table)):
        if line:
            console.print(f"    {escape(line)}")
    if table.findings:
        grid = Table(show_lines=True, expand=False)
        grid.add_column("cells", no_wrap=True)
        grid.add_column("what is wrong, and what belongs there", overflow="fold")
        for finding in table.findings:
            lines = [
                f"[bold]{escape(finding.quantity)}[/]: [red]{escape(finding.mistake)}[/]; "
                f"{escape(finding.words)}",
                f"is        {escape(finding.formula)}",
            ]
            if finding.should_be:
                lines.append(f"should be [green]{escape(finding.should_be)}[/]")
            if finding.how_far:
                lines.append(f"gives {escape(finding.how_far)}")
            grid.add_row(finding.cells.replace(", ", "\n"), "\n".join(lines))
        console.print(grid)
    if table.stale:
        first = table.stale[0]
        console.print(
            f"    [yellow]stale:[/] {len(table.stale)} stored values don't follow from their "
            f"formulas ({first.cell} shows {escape(first.stored)}, its formula gives "
            f"{first.calculated:.8g}); open and save the file to recalculate it"
        )
    for note in table.notes:
        console.print(f"    note: {escape(note)}")


def _print_summary(console: "Console", reports: "list[FileReport]") -> None:
    counts = dict.fromkeys(_COLOURS, 0)
    for report in reports:
        counts[str(report.verdict)] += 1
    words = ", ".join(f"[{_COLOURS[name]}]{count} {name}[/]" for name, count in counts.items())
    console.print(f"{len(reports)} files: {words}")
