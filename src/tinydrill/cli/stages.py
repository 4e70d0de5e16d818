"""`tinydrill stages`: a drill-down in stages, each with target, result and analysis."""

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tinydrill.cli.data import DataFolder, DatasetName
from tinydrill.cli.groups import check_workers
from tinydrill.cli.printing import AsJson, print_json, print_table, say, table, tell
from tinydrill.cli.progress import watching_many
from tinydrill.errors import UnusableInputError

if TYPE_CHECKING:
    from tinydrill.drilldown.stages.file import Stage
    from tinydrill.drilldown.stages.outcome import StageOutcome, StagesOutcome

EXIT_MET, EXIT_MISSED, EXIT_INTERRUPTED = 0, 1, 130


def stages(
    file: Annotated[str, typer.Argument(help="A TOML file of stages, or built in: harder, seed.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Where runs and outcome stand, and are found again. Default: runs/stages-NAME.",
            show_default=False,
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            help="So many in every stage, counted from 0, instead of the file's.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            help="Runs at once. Default: as many as the cores allow, or 1 without Ray.",
            show_default=False,
        ),
    ] = None,
    threads: Annotated[int, typer.Option(help="CPU threads of each run.")] = 1,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    dataset: DatasetName = None,
    folder: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Train a drill-down stage by stage and say of each: target, result, analysis.

    Exit status 0 if the last stage's target is met, 1 if it is missed. Runs that are in the --out
    folder already are used, so the same command continues what was stopped. Ctrl-C leaves with 130.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # as in `train`: threads that wait, sleep
    from tinydrill.drilldown.stages.read import read

    if seeds is not None and not 1 <= seeds <= 1000:
        raise UnusableInputError(f"--seeds {seeds} is not a whole number from 1 to 1000")
    check_workers(workers, threads, 1.0)
    source = read(file, seeds)

    from tinydrill.drilldown.data import load
    from tinydrill.drilldown.device import pick_device
    from tinydrill.drilldown.stages.run import Conditions, Listener, carry_out

    pick_device(device)
    target = out or Path("runs") / f"stages-{source.name}"
    command = shlex.join(["tinydrill", *sys.argv[1:]])
    images = load(dataset, folder, say)
    workers = workers or _workers_without_ray()
    conditions = Conditions(images, device, threads, workers, target, command)

    def begins(number: int, stage: "Stage", runs: int) -> None:
        say(f"Stage {number}, {stage.name}: {runs} runs")

    def ends(stage: "StageOutcome") -> None:
        say(f"Stage {stage.number}, {stage.name}: target {'met' if stage.met else 'missed'}")

    try:
        outcome = carry_out(source, conditions, Listener(begins, watching_many, ends, say))
    except KeyboardInterrupt:
        say(
            f"\nStopped. Finished runs and finished epochs are kept in {target}; go on with "
            f"`{command}`."
        )
        raise typer.Exit(EXIT_INTERRUPTED) from None
    if as_json:
        print_json({"folder": str(target), "met": outcome.met, **outcome.model_dump(mode="json")})
    else:
        _print(outcome)
        tell(f"runs, stages.json and stages.md: {target}")
    raise typer.Exit(EXIT_MET if outcome.met else EXIT_MISSED)


def _workers_without_ray() -> int | None:
    from importlib.util import find_spec

    return None if find_spec("ray") else 1


def _print(outcome: "StagesOutcome") -> None:
    """The outcome for a terminal."""
    from tinydrill.drilldown.stages.text import AUTHOR, clause_lines, legend, verdict

    tell(f"{outcome.title}  ({outcome.data})")
    if outcome.remark:
        tell(f"{AUTHOR}: {outcome.remark.strip()}")
    for stage in outcome.stages:
        tell(f"\n{stage.number}. {stage.name}")
        if stage.why:
            tell(f"{AUTHOR}: {stage.why.strip()}")
        if stage.continues:
            tell(f"Goes on with {stage.continues}.")
        tell(f"\nTarget    {stage.target}\n          {verdict(stage)}")
        for kept, text in clause_lines(stage):
            tell(f"          {'yes' if kept else 'NO '}  {text}")
        tell("")
        for recipe in dict.fromkeys(row.recipe for row in stage.rows):
            _print_table(recipe, stage)
        arrow = " “→”: goes on to the next stage." if any(row.goes_on for row in stage.rows) else ""
        tell(legend(stage, outcome) + arrow)
        tell("\nAnalysis")
        for sentence in stage.sentences:
            tell(f"  · {sentence.text}")
        if stage.remark:
            tell(f"\n{AUTHOR}: {stage.remark.strip()}")
    tell("")


def _print_table(recipe: str, stage: "StageOutcome") -> None:
    """A stage's rows of one recipe, narrow enough for a terminal of 80 columns."""
    from rich.text import Text

    from tinydrill.drilldown.stages.text import lowest

    numbers = ("n", "mean %", "sd", "min %", "low %", "params", "MACs", "s")
    grid = table(f"Result of recipe {recipe}", "net", *numbers, "target", right=numbers)
    for row in (row for row in stage.rows if row.recipe == recipe):
        count = len(row.accuracies)
        shown = (
            "–" if value is None else form.format(value)
            for value, form in (
                (row.mean, "{:.3f}"),
                (row.sd, "{:.3f}"),
                (row.minimum, "{:.2f}"),
            )
        )
        word = ("met" if row.met else "missed") + (" →" if row.goes_on else "")
        grid.add_row(
            Text(row.net),
            f"{count} of {len(row.seeds)}" if row.diverged else str(count),
            *shown,
            lowest(row, stage),
            f"{row.parameters:,}",
            f"{row.macs / 1e6:.1f} M",
            f"{row.seconds:.0f}",
            word,
        )
    print_table(grid)
