"""How the verbs speak: tables on stdout, progress on stderr, or one JSON document."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document and nothing else on stdout.")
]


def print_json(document: Any) -> None:
    """Print a document to stdout as JSON."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def _console() -> "Console":
    """Where results go: stdout. A pipe gets lines as long as they need to be."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else 160)


def messages() -> "Console":
    """Where everything goes that is not a result: stderr."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def tell(text: str) -> None:
    """Print a line of a result to stdout, as it is: no line breaks added, no brackets read."""
    _console().print(text, soft_wrap=True, markup=False)


def say(text: str) -> None:
    """Print a line to stderr, as it is."""
    messages().print(text, soft_wrap=True, markup=False)


def print_table(table: "Table") -> None:
    """Print a table to stdout."""
    _console().print(table)


def table(title: str, *columns: str, right: tuple[str, ...] = ()) -> "Table":
    """An empty table; the columns named in `right` hold numbers."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    heading = Text(title) if title else None
    made = Table(title=heading, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        numeric = column in right
        made.add_column(
            column, justify="right" if numeric else "left", no_wrap=numeric or column == "run"
        )
    return made
