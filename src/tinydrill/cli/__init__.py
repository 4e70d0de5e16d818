"""The `tinydrill` command: its verbs, and the one place that turns bad input into exit status 2.

Verbs live in one module per topic. Those modules import only typer at the top; whatever is slow
(torch, SymPy, matplotlib) is imported inside the verb that needs it, so that `--help` stays fast.
"""

import io
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from tinydrill import __version__
from tinydrill.cli import backprop, check, data, demo, nets, page, runs, train
from tinydrill.errors import UnusableInputError

app = typer.Typer(
    name="tinydrill",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="See every gradient of a tiny network, then train one to 99.4 %, and prove both.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tinydrill {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    del version  # handled by its callback


_VERBS: dict[str, dict[str, Callable[..., None]]] = {
    "Backpropagation, explained": {
        "explain": backprop.explain,
        "curves": backprop.curves,
        "workbook": backprop.workbook,
        "check": check.check,
        "page": page.page,
    },
    "MNIST drill-down": {
        "train": train.train,
        "zoo": nets.zoo,
        "show": nets.show,
        "recipes": nets.recipes,
        "data": data.data,
        "runs": runs.runs,
        "test": runs.judge,
        "plot": runs.plot,
        "demo": demo.demo,
    },
}
for _panel, _verbs in _VERBS.items():
    for _name, _verb in _verbs.items():
        app.command(_name, rich_help_panel=_panel)(_verb)


def main() -> None:
    """Run the command line. Exit status 2 and one sentence on stderr for unusable input."""
    for stream in (sys.stdout, sys.stderr):  # a terminal that has no "≥" gets "?", not a traceback
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app()
    except UnusableInputError as error:
        typer.echo(f"tinydrill: {error}", err=True)
        sys.exit(2)
