"""The verbs of part 1: explain, curves, workbook."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tinydrill.cli import app

_PROBLEM = typer.Argument(
    help="A built-in problem (seed, mazur, xor, softmax-3) or a .toml file.", show_default=True
)
_RATES = typer.Option(
    "--rate", "-r", help="A learning rate; repeat it for several.  [default: 0.1 0.2 0.5 0.8 1 2]"
)
_ITERATIONS = typer.Option("--iterations", "-n", help="Updates for each rate.")
_OPTIMISER = typer.Option("--optimiser", help="gd, momentum, rmsprop or adam.")
_JSON = typer.Option("--json", help="Print one JSON document instead.")


@app.command()
def explain(
    problem: Annotated[str, _PROBLEM] = "seed",
    weight: Annotated[
        list[str] | None,
        typer.Option("--weight", "-w", help="Only this weight or bias; repeat it for several."),
    ] = None,
    format_: Annotated[
        str,
        typer.Option("--format", "-f", help="terminal, latex, markdown, html, json or toml."),
    ] = "terminal",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file instead.")
    ] = None,
    json_: Annotated[bool, _JSON] = False,
) -> None:
    """Derive every gradient by the chain rule, in symbols and in numbers.

    With --format toml it prints the problem itself: a file to change and to give back.
    """
    from tinydrill.backprop.explain import FORMATS, explanation, show
    from tinydrill.backprop.problem import find_problem
    from tinydrill.backprop.writing import write_text
    from tinydrill.errors import UnusableInputError

    chosen = "json" if json_ else format_
    if chosen not in FORMATS:
        raise UnusableInputError(f"--format is {chosen!r}, it must be one of {', '.join(FORMATS)}")
    found = find_problem(problem)
    if output is not None:
        write_text(output, explanation(found, weight or (), chosen))
        typer.echo(f"wrote {output}", err=True)
    elif chosen == "terminal":
        show(found, weight or ())
    else:
        sys.stdout.write(explanation(found, weight or (), chosen))


@app.command()
def curves(
    problem: Annotated[str, _PROBLEM] = "seed",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Draw the loss into this .png or .svg.")
    ] = None,
    rate: Annotated[list[float] | None, _RATES] = None,
    iterations: Annotated[int, _ITERATIONS] = 200,
    optimiser: Annotated[str, _OPTIMISER] = "gd",
    at: Annotated[
        list[int] | None, typer.Option("--at", help="An iteration for the table; repeat it.")
    ] = None,
    scale: Annotated[str, typer.Option(help="Axis of the loss: linear, log or both.")] = "both",
    json_: Annotated[bool, _JSON] = False,
) -> None:
    """Descend at several learning rates: table and plot of the loss."""
    from tinydrill.backprop.curves import as_json, chosen_iterations, print_table, save_plot
    from tinydrill.backprop.optimiser import Optimiser
    from tinydrill.backprop.problem import find_problem
    from tinydrill.backprop.trajectory import DEFAULT_RATES, descend_all

    found = find_problem(problem)
    rule = Optimiser(optimiser)  # type: ignore[arg-type]  # refused there if it is no rule's name
    rows = chosen_iterations(iterations, at)
    trajectories = descend_all(found, rate or DEFAULT_RATES, iterations, rule)
    if output is not None:
        save_plot(found, trajectories, output, scale)
    if json_:
        typer.echo(as_json(found, trajectories, rows))
        return
    print_table(found, trajectories, rows)
    if output is not None:
        typer.echo(f"wrote {output}", err=True)


@app.command()
def workbook(
    problem: Annotated[str, _PROBLEM] = "seed",
    output: Annotated[Path, typer.Option("--output", "-o", help="The .xlsx file to write.")] = Path(
        "backprop.xlsx"
    ),
    rate: Annotated[list[float] | None, _RATES] = None,
    iterations: Annotated[int, _ITERATIONS] = 200,
    optimiser: Annotated[str, _OPTIMISER] = "gd",
    json_: Annotated[bool, _JSON] = False,
) -> None:
    """Write a spreadsheet in which every number of the descent is a live formula."""
    import json

    from tinydrill.backprop.optimiser import Optimiser
    from tinydrill.backprop.problem import find_problem
    from tinydrill.backprop.trajectory import DEFAULT_RATES
    from tinydrill.backprop.workbook import write_workbook

    found = find_problem(problem)
    rule = Optimiser(optimiser)  # type: ignore[arg-type]  # refused there if it is no rule's name
    summary = write_workbook(found, output, rate or DEFAULT_RATES, iterations, rule)
    if json_:
        typer.echo(json.dumps({"file": str(output), **summary}, ensure_ascii=False))
    else:
        typer.echo(
            f"wrote {output}: {summary['sheets']} sheets, {summary['formulas']:,} live formulas"
        )
