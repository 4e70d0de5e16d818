"""The verb of the offline page: page."""

from pathlib import Path
from typing import Annotated

import typer

from tinydrill.cli.printing import AsJson


def page(
    problem: Annotated[
        str,
        typer.Argument(
            help="A built-in problem (seed, mazur, xor, softmax-3) or a .toml file.",
            show_default=True,
        ),
    ] = "seed",
    output: Annotated[Path, typer.Option("--output", "-o", help="The .html file to write.")] = Path(
        "backprop.html"
    ),
    json_: AsJson = False,
) -> None:
    """Write one offline HTML page in which every step of backpropagation can be taken by hand."""
    import json

    from tinydrill.backprop.page import write_page
    from tinydrill.backprop.problem import find_problem

    size = write_page(find_problem(problem), output)
    if json_:
        typer.echo(json.dumps({"file": str(output), "bytes": size}, ensure_ascii=False))
    else:
        typer.echo(f"wrote {output}: {size / 1000:.0f} kB, opens in any browser")
