"""`tinydrill train`: one run, from images to verdict."""

import os
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn

import typer

from tinydrill.cli.data import DataFolder, DatasetName
from tinydrill.cli.printing import AsJson, print_json, say, tell
from tinydrill.errors import UnusableInputError

if TYPE_CHECKING:
    from tinydrill.drilldown.candidate import Candidate
    from tinydrill.drilldown.data import Dataset
    from tinydrill.drilldown.record import Record

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
    # Before torch is loaded: its threads then sleep while they wait for each other. By default
    # they spin, and where anything else runs on a core, an update takes several times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if threads is not None and threads < 1:
        raise UnusableInputError(f"--threads {threads}: at least 1 is needed")
    if resume is None:
        budget = (max_parameters, max_epochs, target)
        job = _begin(
            net,
            recipe_name,
            assignments or [],
            seed,
            dataset,
            folder,
            held_out,
            device,
            threads,
            budget,
            out,
        )
    elif net is not None or assignments:
        raise UnusableInputError(
            "--resume takes net and recipe from the run's record: name neither"
        )
    else:
        job = _continue(resume, folder, device, threads)

    from tinydrill.cli.progress import watching
    from tinydrill.drilldown.run import carry_out, pick_device

    finished = job.planned
    if finished.status == "finished":
        say(f"{job.folder} is finished already.")
    else:
        try:
            with watching(job.planned) as watcher:
                finished = carry_out(
                    job.folder, job.planned, job.candidate, job.images, pick_device(device), watcher
                )
        except KeyboardInterrupt:
            say(
                f"\nStopped. {job.folder} keeps every finished epoch; go on with "
                f"`tinydrill train --resume {shlex.quote(str(job.folder))}`."
            )
            raise typer.Exit(EXIT_INTERRUPTED) from None
    _conclude(finished, job.folder, as_json)


class Job(NamedTuple):
    """All that a run needs, whether it begins or continues."""

    folder: Path
    planned: "Record"
    candidate: "Candidate"
    images: "Dataset"


def _begin(
    net: str | None,
    recipe_name: str,
    assignments: list[str],
    seed: int,
    dataset: str | None,
    folder: Path | None,
    held_out: bool,
    device: str,
    threads: int | None,
    budget: tuple[int, float, float],
    out: Path,
) -> Job:
    """Check everything a person can get wrong, cheapest first, then make the run's folder."""
    from tinydrill.drilldown import recipe as recipes
    from tinydrill.drilldown.budget import Budget
    from tinydrill.drilldown.data import load

    started = time.perf_counter()
    recipe = recipes.override(recipes.find(recipe_name), assignments)
    limits = Budget(*budget)
    images = load(dataset, folder, say)
    seconds_for_data = time.perf_counter() - started

    import torch

    from tinydrill.drilldown.candidate import resolve
    from tinydrill.drilldown.environment import usable_cores
    from tinydrill.drilldown.run import open_folder, pick_device, plan

    torch.set_num_threads(threads or usable_cores())
    changes = f" with {', '.join(assignments)}" if assignments else ""
    candidate = resolve(net or recipes.HOME_NET[recipe_name.lower()], images.shape, images.classes)
    planned = plan(
        candidate,
        recipe_name.lower() + changes,
        recipe,
        seed,
        images,
        "held-out" if held_out else "full",
        limits,
        pick_device(device),
        shlex.join(["tinydrill", *sys.argv[1:]]),
        seconds_for_data,
    )
    return Job(open_folder(out, planned), planned, candidate, images)


def _continue(run: Path, folder: Path | None, device: str, threads: int | None) -> Job:
    """Take up an unfinished run; its record decides everything that decides its result."""
    import torch

    from tinydrill.drilldown.candidate import from_origin
    from tinydrill.drilldown.data import load
    from tinydrill.drilldown.record import load as load_record
    from tinydrill.drilldown.run import check_resumable, pick_device

    planned = load_record(run)
    torch.set_num_threads(threads or planned.environment.threads)
    own = planned.data.folder
    place = folder or (Path(own) if own else None)
    images = load(None if place else planned.data.name, place, say)
    check_resumable(run, planned, images, torch.get_num_threads(), pick_device(device))
    candidate = from_origin(planned.net, planned.data.shape, planned.data.classes)
    return Job(run, planned, candidate, images)


def _conclude(finished: "Record", where: Path, as_json: bool) -> NoReturn:
    """Print what came of a run and leave with the status that says so."""
    if as_json:
        print_json({"run": str(where), **finished.model_dump(mode="json")})
    else:
        verdict = finished.verdict
        if verdict is None:
            tell(f"FAIL  {finished.net.name} {finished.status}: {finished.message}")
        else:
            environment = finished.environment
            best = finished.best
            tell(
                verdict.sentence(
                    finished.seconds.training, environment.threads, environment.device
                ),
            )
            time_split = finished.seconds
            tell(
                f"      data {time_split.data:.1f} s, augmenting {time_split.augment:.1f} s, "
                f"training {time_split.train:.1f} s, evaluating {time_split.evaluate:.1f} s"
                + (
                    f"; best epoch, for comparison only: {best.watch.accuracy:.2f} % "
                    f"(epoch {best.number})"
                    if best
                    else ""
                ),
            )
        tell(f"      record and weights: {where}")
    raise typer.Exit(EXIT_PASS if finished.passed else EXIT_FAIL)
