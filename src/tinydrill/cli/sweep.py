"""`tinydrill sweep`: many trainings, spread over processes and machines, each made once."""

import os
import re
import shlex
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tinydrill.cli.data import DataFolder, DatasetName
from tinydrill.cli.printing import AsJson, messages, print_json, print_table, say, table
from tinydrill.errors import UnusableInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinydrill.drilldown.budget import Budget
    from tinydrill.drilldown.record import Record
    from tinydrill.drilldown.sweep import Progress
    from tinydrill.drilldown.trials import Trial

EXIT_PASS, EXIT_FAIL, EXIT_INTERRUPTED = 0, 1, 130
_MOST_SEEDS = 100_000


def sweep(
    nets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NET]...",
            help="Names of the zoo, or path/to/file.py:Class. Default: each recipe's own net.",
            show_default=False,
        ),
    ] = None,
    recipes: Annotated[
        list[str] | None,
        typer.Option(
            "--recipe", "-r", help="A named recipe. Repeatable. Default: drill.", show_default=False
        ),
    ] = None,
    seeds: Annotated[
        str, typer.Option("--seeds", "-s", help="How many, counted from 0, or a range: 10, 20-29.")
    ] = "10",
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a field of every recipe, e.g. lr=0.01. Repeatable."),
    ] = None,
    dataset: DatasetName = None,
    folder: DataFolder = None,
    held_out: Annotated[
        bool,
        typer.Option(
            "--split",
            help="Hold 10,000 training images out; read the test images once, at the end.",
        ),
    ] = False,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Where run folders are made, and found again.")
    ] = Path("runs"),
    workers: Annotated[
        int | None,
        typer.Option(
            help="Runs at once. Default: as many as the cores allow. 1 needs no Ray.",
            show_default=False,
        ),
    ] = None,
    threads: Annotated[int, typer.Option(help="CPU threads of each run.")] = 1,
    address: Annotated[
        str | None,
        typer.Option(help="A Ray cluster that exists: HOST:PORT, or auto.", show_default=False),
    ] = None,
    gpus: Annotated[
        float, typer.Option("--gpus-per-trial", help="Of a GPU, for each run on one.")
    ] = 0.25,
    lines: Annotated[
        Path | None,
        typer.Option("--jsonl", help="Write every run's record here, a line each."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    max_parameters: Annotated[int, typer.Option(help="The budget: fewer than this.")] = 20_000,
    max_epochs: Annotated[float, typer.Option(help="The budget: at most this.")] = 20.0,
    target: Annotated[float, typer.Option(help="The budget: at least this, in per cent.")] = 99.4,
    as_json: AsJson = False,
) -> None:
    """Train every net with every recipe and seed: exit status 0 if all of them pass, else 1.

    Runs that are in the --out folder already are not made again, so the same command continues a
    sweep that was stopped, however it was stopped. Ctrl-C leaves with 130.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # as in `train`: threads that wait, sleep
    from tinydrill.drilldown.budget import Budget
    from tinydrill.drilldown.data import load
    from tinydrill.drilldown.device import pick_device
    from tinydrill.drilldown.sweep import sweep as carry_out
    from tinydrill.drilldown.trials import Setting, ask_for

    chosen = _seeds(seeds)
    check_workers(workers, threads)
    if not 0 < gpus <= 1:
        raise UnusableInputError(f"--gpus-per-trial {gpus:g} is not above 0 and at most 1")
    budget = Budget(max_parameters, max_epochs, target)
    named: list[str | None] = [*nets] if nets else [None]
    trials = [
        ask_for(net, recipe, assignments or (), seed)
        for recipe in recipes or ["drill"]
        for net in named
        for seed in chosen
    ]
    if address is None:
        pick_device(device)
    if lines is not None and not (lines.absolute().parent.is_dir() and not lines.is_dir()):
        raise UnusableInputError(f"--jsonl {lines}: no file can be written there")
    images = load(dataset, folder, say)
    rule = "held-out" if held_out else "full"
    setting = Setting(images, rule, budget, device, threads, out)  # type: ignore[arg-type]
    try:
        with watching() as tell:
            folders = carry_out(trials, setting, workers, address, tell, gpus)
    except KeyboardInterrupt:
        say(
            "\nStopped. Finished runs and finished epochs are kept; go on with "
            f"`{shlex.join(['tinydrill', *sys.argv[1:]])}`."
        )
        raise typer.Exit(EXIT_INTERRUPTED) from None
    records = _records(folders)
    everything = len(records) == len(dict.fromkeys(trials))
    if lines is not None:
        _write_lines(lines, list(records.values()), everything)
    groups = _groups(records, budget)
    if as_json:
        runs = [
            {"run": str(folders[trial]), **kept.model_dump(mode="json")}
            for trial, kept in records.items()
        ]
        print_json({"groups": groups, "asked_for": len(trials), "runs": runs})
    else:
        _print_groups(groups)
    passed = everything and all(group["passed"] == group["n"] for group in groups)
    raise typer.Exit(EXIT_PASS if passed else EXIT_FAIL)


def _seeds(text: str) -> range:
    """`10` is 0 … 9; `20-29` is just that."""
    from tinydrill.drilldown.plan import check_seed

    matched = re.fullmatch(r"(?:(\d+)-)?(\d+)", text.strip())
    if matched is None:
        raise UnusableInputError(
            f"--seeds {text!r} is neither a number, e.g. 10, nor a range, e.g. 20-29"
        )
    first, last = matched.groups()
    chosen = range(int(first), int(last) + 1) if first else range(int(last))
    if not 1 <= len(chosen) <= _MOST_SEEDS:
        raise UnusableInputError(
            f"--seeds {text} names {len(chosen)} seeds, not 1 to {_MOST_SEEDS}"
        )
    check_seed(chosen[-1])
    return chosen


def check_workers(workers: int | None, threads: int) -> None:
    """Refuse numbers of workers and threads that no machine has."""
    from tinydrill.drilldown.environment import usable_cores

    most = 8 * usable_cores()
    for name, value in (("--threads", threads), ("--workers", workers)):
        if value is not None and not 1 <= value <= (most if name == "--threads" else 100_000):
            upper = f"to {most}" if name == "--threads" else "upwards"
            raise UnusableInputError(f"{name} {value} is not a whole number from 1 {upper}")


@contextmanager
def watching() -> "Iterator[Callable[[Progress], None]]":
    """A progress bar on stderr with the running mean, and a line for every run that is over."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    screen = messages()
    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("runs"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    )

    def line(text: str) -> None:
        screen.print(text, soft_wrap=True, markup=False)

    def tell(now: "Progress") -> None:
        mean = "" if now.mean is None else f"mean {now.mean:.3f} %"
        if now.started is not None:
            line(f"Ray started in {now.started:.1f} s")
        elif now.trial is None and now.found:
            line(f"{now.found} of {now.total} runs are there already")
        elif now.trial is not None:
            line(_line(now, mean))
        bar.update(task, total=now.total, completed=now.done, description=mean or "training")

    with bar:
        task = bar.add_task("training")
        yield tell


def _line(now: "Progress", mean: str) -> str:
    """What is said of a run that has just ended."""
    trial, kept = now.trial, now.record
    assert trial is not None
    where = f"{now.done:>{len(str(now.total))}}/{now.total}  {trial.net} {trial.recipe_name} "
    where += f"seed {trial.seed}: "
    if kept is None:
        return f"{where}FAILED: {now.failure}"
    if kept.judged is None or kept.status != "finished":
        return f"{where}{kept.status}: {kept.message}"
    return (
        f"{where}{kept.judged.accuracy:.2f} % ({kept.judged.errors} errors)   "
        f"{kept.seconds.training:.1f} s   {mean}"
    )


def _records(folders: "Mapping[Trial, Path]") -> "dict[Trial, Record]":
    """The record of every trial, by net, recipe and seed."""
    from tinydrill.drilldown.record import load

    ordered = sorted(folders, key=lambda trial: (trial.net, trial.recipe_name, trial.seed))
    return {trial: load(folders[trial]) for trial in ordered}


def _write_lines(path: Path, records: "Sequence[Record]", everything: bool) -> None:
    """All records or none: evidence that lacks its failures would be a selection."""
    from tinydrill.drilldown.record import write_atomically

    if not everything:
        say(f"{path} is not written: some runs have no record")
        return
    text = "".join(kept.model_dump_json() + "\n" for kept in records)
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        raise UnusableInputError(f"{path} can't be written: {error.strerror}") from None


def _groups(records: "Mapping[Trial, Record]", budget: "Budget") -> list[dict[str, Any]]:
    """For each net and recipe: how many runs, how good, how many of them pass, how long."""
    from tinydrill.drilldown.budget import Verdict

    together: dict[tuple[str, str], list[Record]] = {}
    for trial, kept in records.items():
        together.setdefault((trial.net, trial.recipe_name), []).append(kept)
    groups = []
    for (net, recipe), runs in together.items():
        judged = [(run, run.judged) for run in runs if run.status == "finished" and run.judged]
        accuracies = [score.accuracy for _, score in judged]
        groups.append(
            {
                "net": net,
                "recipe": recipe,
                "parameters": runs[0].net.parameters,
                "n": len(runs),
                "diverged": len(runs) - len(judged),
                "mean": statistics.mean(accuracies) if accuracies else None,
                "sd": statistics.stdev(accuracies) if len(accuracies) > 1 else None,
                "min": min(accuracies, default=None),
                # Anew, since a run that was found may have been made for another budget.
                "passed": sum(
                    Verdict(
                        budget, score.errors, score.images, run.net.parameters, run.epochs_counted
                    ).passed
                    for run, score in judged
                ),
                "seconds": statistics.median(run.seconds.training for run in runs),
            }
        )
    return groups


def _print_groups(groups: Sequence[Mapping[str, Any]]) -> None:
    numbers = ("parameters", "n", "mean %", "sd", "min %", "pass", "diverged", "s (median)")
    result = table("", "net", "recipe", *numbers, right=numbers)
    for group in groups:
        shown = (
            "–" if group[key] is None else form.format(group[key])
            for key, form in (("mean", "{:.3f}"), ("sd", "{:.3f}"), ("min", "{:.2f}"))
        )
        result.add_row(
            group["net"],
            group["recipe"],
            f"{group['parameters']:,}",
            str(group["n"]),
            *shown,
            f"{group['passed']} of {group['n']}",
            str(group["diverged"] or ""),
            f"{group['seconds']:.1f}",
        )
    if groups:
        print_table(result)
