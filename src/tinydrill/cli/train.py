"""`tinydrill train`: one run, from images to verdict."""

import math
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from tinydrill.cli.data import DataFolder, DatasetName
from tinydrill.cli.printing import AsJson, console, messages, print_json
from tinydrill.errors import UnusableInputError

if TYPE_CHECKING:
    from tinydrill.drilldown.record import Epoch, Record
    from tinydrill.drilldown.run import Watcher

EXIT_PASS, EXIT_FAIL, EXIT_INTERRUPTED = 0, 1, 130


def train(
    net: Annotated[
        str | None,
        typer.Argument(
            help="A name of the zoo, or path/to/file.py:Class. Default: the recipe's own net.",
            show_default=False,
        ),
    ] = None,
    recipe_name: Annotated[
        str, typer.Option("--recipe", "-r", help="A named recipe (see `tinydrill recipes`).")
    ] = "drill",
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a field of the recipe, e.g. --set lr=0.01. Repeatable."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", "-s", help="Decides everything random.")] = 0,
    dataset: DatasetName = None,
    folder: DataFolder = None,
    held_out: Annotated[
        bool,
        typer.Option(
            "--split",
            help="Hold 10,000 training images out; read the test images once, at the end.",
        ),
    ] = False,
    out: Annotated[Path, typer.Option("--out", help="Where run folders are made.")] = Path("runs"),
    resume: Annotated[
        Path | None,
        typer.Option("--resume", help="Continue this run's folder; the record decides the rest."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    threads: Annotated[
        int | None, typer.Option(help="CPU threads. Default: as many as there are cores.")
    ] = None,
    max_parameters: Annotated[int, typer.Option(help="The budget: fewer than this.")] = 20_000,
    max_epochs: Annotated[float, typer.Option(help="The budget: at most this.")] = 20.0,
    target: Annotated[float, typer.Option(help="The budget: at least this, in per cent.")] = 99.4,
    as_json: AsJson = False,
) -> None:
    """Train a net and judge it: exit status 0 on PASS, 1 on FAIL, 2 on unusable input."""
    started = time.perf_counter()
    if resume is not None and (net is not None or assignments):
        raise UnusableInputError(
            "--resume takes net and recipe from the run's record: name neither"
        )
    if threads is not None and threads < 1:
        raise UnusableInputError(f"--threads {threads}: at least 1 is needed")

    from tinydrill.drilldown import recipe as recipes

    if resume is None:  # cheap refusals first: torch and the images can wait
        recipe = recipes.override(recipes.find(recipe_name), assignments or [])

    import torch

    from tinydrill.drilldown import record, run
    from tinydrill.drilldown.budget import Budget
    from tinydrill.drilldown.candidate import from_origin, resolve
    from tinydrill.drilldown.data import load
    from tinydrill.drilldown.environment import usable_cores

    torch.set_num_threads(threads or usable_cores())
    picked = run.pick_device(device)
    if resume is not None:
        planned = record.load(resume)
        if planned.status == "finished":
            messages().print(f"{resume} is finished already.")
            _conclude(planned, resume, as_json)
        own = planned.data.folder
        place = folder or (Path(own) if own else None)
        images = load(None if place else planned.data.name, place, messages().print)
        run.check_resumable(resume, planned, images, torch.get_num_threads())
        candidate = from_origin(planned.net, planned.data.shape, planned.data.classes)
        where = resume
    else:
        budget = Budget(max_parameters, max_epochs, target)
        images = load(dataset, folder, messages().print)
        wanted = net or recipes.HOME_NET[recipe_name.lower()]
        candidate = resolve(wanted, images.shape, images.classes)
        planned = run.plan(
            candidate,
            f"{recipe_name.lower()} with {', '.join(assignments)}"
            if assignments
            else recipe_name.lower(),
            recipe,
            seed,
            images,
            "held-out" if held_out else "full",
            budget,
            picked,
            shlex.join(["tinydrill", *sys.argv[1:]]),
            time.perf_counter() - started,
        )
        where = run.open_folder(out, planned)
    try:
        with _watching(planned) as watcher:
            finished = run.carry_out(where, planned, candidate, images, picked, watcher)
    except KeyboardInterrupt:
        messages().print(
            f"\nStopped. {where} keeps every finished epoch; go on with "
            f"`tinydrill train --resume {where}`."
        )
        raise typer.Exit(EXIT_INTERRUPTED) from None
    _conclude(finished, where, as_json)


@contextmanager
def _watching(planned: "Record") -> "Iterator[Watcher]":
    """A progress bar on stderr while training, and a line for every finished epoch."""
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from tinydrill.drilldown.recipe import from_mapping
    from tinydrill.drilldown.run import Watcher

    recipe = from_mapping(planned.recipe)
    epochs = math.ceil(recipe.epochs)
    watched = "held-out" if planned.data.rule == "held-out" else "test"
    screen = messages()
    screen.print(
        f"{planned.net.name} ({planned.net.parameters:,} parameters), "
        f"recipe {planned.recipe_name}, seed {planned.seed}, {planned.data.name}, "
        f"{planned.environment.device}, {planned.environment.threads} threads",
        soft_wrap=True,
    )
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    )

    def tick(seen: int, loss: float) -> None:
        bar.update(task, completed=seen, description=f"loss {loss:.3f}")

    def finished(epoch: "Epoch") -> None:
        screen.print(
            f"epoch {epoch.number:>2}/{epochs}   training loss {epoch.train.loss:.4f}, "
            f"{epoch.train.errors:>5,} errors of {epoch.train.images:,}   "
            f"{watched} loss {epoch.watch.loss:.4f}, {epoch.watch.errors:>3,} errors "
            f"({epoch.watch.accuracy:.2f} %)   {epoch.seconds.training:.1f} s",
            soft_wrap=True,
        )

    with bar:
        total = round(recipe.epochs * (planned.data.trained_on))
        task = bar.add_task("starting", total=total)
        yield Watcher(tick, finished)


def _conclude(finished: "Record", where: Path, as_json: bool) -> NoReturn:
    """Print what came of a run and leave with the status that says so."""
    if as_json:
        print_json({"run": str(where), **finished.model_dump(mode="json")})
    else:
        verdict = finished.verdict
        if verdict is None:
            console().print(f"FAIL  {finished.net.name} {finished.status}: {finished.message}")
        else:
            environment = finished.environment
            best = finished.best
            console().print(
                verdict.sentence(
                    finished.seconds.training, environment.threads, environment.device
                ),
                soft_wrap=True,
            )
            time_split = finished.seconds
            console().print(
                f"      data {time_split.data:.1f} s, augmenting {time_split.augment:.1f} s, "
                f"training {time_split.train:.1f} s, evaluating {time_split.evaluate:.1f} s"
                + (
                    f"; best epoch, for comparison only: {best.watch.accuracy:.2f} % "
                    f"(epoch {best.number})"
                    if best
                    else ""
                ),
                soft_wrap=True,
            )
        console().print(f"      record and weights: {where}", soft_wrap=True)
    raise typer.Exit(EXIT_PASS if finished.passed else EXIT_FAIL)
