"""`tinydrill report`: runs as one document that a person wants to read."""

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tinydrill.cli.data import DataFolder
from tinydrill.cli.printing import AsJson, print_json, say, tell
from tinydrill.errors import UnusableInputError

if TYPE_CHECKING:
    from tinydrill.drilldown.report.document import Format
    from tinydrill.drilldown.report.material import Group, Material

_FORMATS: "dict[str, Format]" = {"html": "html", "markdown": "markdown"}
_ENDINGS: "dict[str, Format]" = {".html": "html", ".htm": "html", ".md": "markdown"}


def report(
    places: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN",
            help="Run folders, folders of runs, or folders of stages.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="The .html or .md file to write. Default: report.html.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="html, or markdown (tables in place of pictures). Default: by the file's ending.",
            show_default=False,
        ),
    ] = None,
    folder: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Write one document on finished runs: verdict, network, curves, every mistake, and why."""
    chosen = _format(form, output)
    target = output or Path("report.html" if chosen == "html" else "report.md")
    _check_writable(target)

    from tinydrill.drilldown.report.document import render, write
    from tinydrill.drilldown.report.material import gather

    with contextlib.redirect_stdout(sys.stderr):  # a network of the user's may print
        material = gather(places, folder, say)
        text = render(material, chosen)
    size = write(text, target)
    if as_json:
        print_json(_summary(material, target, chosen, size))
        return
    runs = len(material.runs)
    tell(
        f"wrote {target}: {runs} run{'s' * (runs != 1)}, {size / 1000:,.0f} kB"
        + (", open it in a browser" if chosen == "html" else "")
    )


def _format(form: str | None, output: Path | None) -> "Format":
    """What to write: as said, or as the file's ending says."""
    if form is None:
        ending = output.suffix.lower() if output else ".html"
        if ending not in _ENDINGS:
            raise UnusableInputError(
                f"{output}: its ending is not one of {', '.join(_ENDINGS)}; say which it is with "
                "--format html or --format markdown"
            )
        return _ENDINGS[ending]
    if form in _FORMATS:
        return _FORMATS[form]
    raise UnusableInputError(f"--format {form}: there are html and markdown")


def _check_writable(target: Path) -> None:
    """Found out before the work: no folder for it, a folder in its place, or a run's own file."""
    from tinydrill.drilldown.record import CHECKPOINT, RECORD, WEIGHTS
    from tinydrill.drilldown.sources import FILES
    from tinydrill.drilldown.stages import STAGES

    if target.is_dir():
        raise UnusableInputError(f"{target} can't be written: it is a folder")
    if not target.resolve().parent.is_dir():
        raise UnusableInputError(f"{target} can't be written: {target.parent} is not a folder")
    own = (RECORD, WEIGHTS, CHECKPOINT, STAGES, *FILES)
    if target.name.lower().removesuffix(".gz") in own or _is_of_stages(target):
        raise UnusableInputError(
            f"{target} can't be written: a file of that name belongs to runs, stages or images"
        )


def _is_of_stages(target: Path) -> bool:
    """Whether this is the text that stands beside an outcome of stages."""
    from tinydrill.drilldown.stages import MARKDOWN, STAGES

    return target.name.lower() == MARKDOWN and (target.parent / STAGES).exists()


def _summary(material: "Material", target: Path, form: str, size: int) -> dict[str, Any]:
    return {
        "file": str(target),
        "format": form,
        "bytes": size,
        "groups": [_of_group(group) for group in material.groups],
    }


def _of_group(group: "Group") -> dict[str, Any]:
    kept = group.first.record
    return {
        "net": kept.net.name,
        "recipe": kept.recipe_name,
        "parameters": kept.net.parameters,
        "passed": group.passed,
        "tried": group.tried,
        "missed_by_any": len(group.missed),
        "missed_alike_by_all": sum(missed.agreeing == len(group.runs) for missed in group.missed),
        "runs": [
            {
                "run": str(run.run),
                "seed": run.record.seed,
                "errors": run.score.errors,
                "images": run.score.images,
                "accuracy": run.score.accuracy,
                "loss": run.score.loss,
                "ece": run.calibration.ece,
            }
            for run in group.runs
        ],
    }
