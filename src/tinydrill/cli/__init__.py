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
from tinydrill.cli import (
    backprop,
    check,
    compare,
    data,
    demo,
    nets,
    page,
    report,
    runs,
    search,
    stages,
    sweep,
    train,
)
from tinydrill.errors import UnusableInputError

app = typer.Typer(
    name="tinydrill",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Plain help and plain errors: a third of the time to show, and one sentence instead of a box.
    rich_markup_mode=None,
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


# In the order of the help: first part 1, then part 2. The line is what the list of verbs shows.
_VERBS: dict[str, tuple[Callable[..., None], str]] = {
    "explain": (backprop.explain, "Derive every gradient by the chain rule."),
    "curves": (backprop.curves, "Descend at several rates: table and plot of the loss."),
    "workbook": (backprop.workbook, "Write the descent as a sheet of live formulas."),
    "check": (check.check, "Is this backprop spreadsheet right? If not, which cell?"),
    "page": (page.page, "Write an offline page that steps through it all."),
    "train": (train.train, "Train a net on MNIST and judge it: PASS or FAIL."),
    "sweep": (sweep.sweep, "Train nets × recipes × seeds, on all cores or a cluster."),
    "search": (search.search, "Search net and recipe under a parameter budget."),
    "stages": (stages.stages, "Drill down in stages: target, result, analysis."),
    "zoo": (nets.zoo, "List the named nets with their size and cost."),
    "show": (nets.show, "Go through a net layer by layer."),
    "recipes": (nets.recipes, "List the recipes and what their fields mean."),
    "data": (data.data, "Fetch a data set and verify it."),
    "runs": (runs.runs, "List the runs in a folder."),
    "test": (runs.judge, "Judge a run anew from its weights."),
    "plot": (runs.plot, "Draw the loss and error curves of runs."),
    "report": (report.report, "Write one document on runs: verdict, curves, mistakes, why."),
    "compare": (compare.compare, "Is B better than A, or was it the seed?"),
    "demo": (demo.demo, "Write an offline page: draw digits into a trained net."),
}
for _name, (_verb, _line) in _VERBS.items():
    app.command(_name, short_help=_line)(_verb)


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
