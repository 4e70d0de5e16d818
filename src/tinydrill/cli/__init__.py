"""The `tinydrill` command: its verbs, and the one place that turns bad input into exit status 2.

Verbs live in one module per topic. Those modules import only typer at the top; whatever is slow
(torch, SymPy, matplotlib) is imported inside the verb that needs it, so that `--help` stays fast.
"""

import sys
from typing import Annotated

import typer

from tinydrill import __version__
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


def main() -> None:
    """Run the command line. Exit status 2 and one sentence on stderr for unusable input."""
    try:
        app()
    except UnusableInputError as error:
        typer.echo(f"tinydrill: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:  # the reader (head, less) went away: not an error of ours
        sys.stderr.close()
        sys.exit(0)


# Each topic's verbs register themselves on `app`, so they are imported once it exists.
from tinydrill.cli import backprop as _backprop  # noqa: E402, F401
from tinydrill.cli import check as _check  # noqa: E402, F401
