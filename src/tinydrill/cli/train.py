"""`tinydrill train`: one run, from images to verdict."""

import contextlib
import os
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn

import typer

from tinydrill.cli.data import DataFolder, DatasetName, HeldOut, TestOnce, rule_of
from tinydrill.cli.printing import AsJson, print_json, say, tell
from tinydrill.errors import UnusableInputError

if TYPE_CHECKING:
    import torch

    from tinydrill.drilldown.candidate import Candidate
    from tinydrill.drilldown.data import Dataset, Split
    from tinydrill.drilldown.record import Record

EXIT_PASS, EXIT_FAIL, EXIT_INTERRUPTED = 0, 1, 130


def train(
    context: typer.Context,
    net: Annotated[
        str | None,
        typer.Argument(
            help="A name of the zoo, path/to/file.py:Class, or a search's .json. "
            "Default: the recipe's own net.",
            show_default=False,
        ),
    ] = None,
    recipe_name: Annotated[
        str | None,
        typer.Option(
            "--recipe",
            "-r",
            help="A named recipe (see `tinydrill recipes`). Default: the .json's own, or drill.",
            show_default=False,
        ),
    ] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a field of the recipe, e.g. --set lr=0.01. Repeatable."),
    ] = None,
    seed: Annotated[
        int, typer.Option("--seed", "-s", help="Decides everything random: 0 to 2³² − 1.")
    ] = 0,
    dataset: DatasetName = None,
    folder: DataFolder = None,
    held_out: HeldOut = False,
    test_once: TestOnce = False,
    out: Annotated[Path, typer.Option("--out", "-o", help="Where run folders are made.")] = Path(
        "runs"
    ),
    resume: Annotated[
        Path | None,
        typer.Option("--resume", help="Continue this run's folder; the record decides the rest."),
    ] = None,
    tensorboard: Annotated[
        bool,
        typer.Option(
            "--tensorboard", help="Write TensorBoard's event files, into the run's folder."
        ),
    ] = False,
    logdir: Annotated[
        Path | None,
        typer.Option("--logdir", help="The same, into a folder called like the run in this one."),
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
    """Train a net and judge it: exit status 0 on PASS, 1 on FAIL, 2 on unusable input.

    Ctrl-C leaves with 130 and a run that --resume continues to the same result.
    """
    # Before torch is loaded: its threads then soon fall asleep while they wait for each other. By
    # default they spin on, and where anything else runs on a core, an update takes several times
    # as long (docs/LOG.md, section 2). GNU's OpenMP, which torch uses on Linux, reads it.
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    _check_threads(threads)
    if tensorboard or logdir:
        from tinydrill.drilldown.eventfiles import prepare

        prepare(logdir)
    job: Job | None
    if resume is None:
        rule = rule_of(held_out, test_once)
        wanted = _Wanted(net, recipe_name, tuple(assignments or ()), seed, rule, device, threads)
        job = _begin(wanted, dataset, folder, (max_parameters, max_epochs, target), out)
    else:
        _refuse_beside_resume(context)
        job = _continue(resume, folder, device, threads)
    from tinydrill.cli.events import afterwards, recording

    if job is None:
        from tinydrill.drilldown.record import load

        assert resume is not None
        say(f"{resume} is finished already.")
        afterwards(resume, folder, tensorboard, logdir)
        _conclude(load(resume), resume, as_json)

    from tinydrill.cli.progress import watching
    from tinydrill.drilldown.run import carry_out

    try:
        with (
            watching(job.planned) as shown,
            recording(job.folder, job.images, tensorboard, logdir, shown) as (watcher, conclude),
            contextlib.redirect_stdout(sys.stderr),
        ):
            finished = carry_out(
                job.folder, job.planned, job.candidate, job.images, job.device, watcher
            )
            conclude(finished)
    except KeyboardInterrupt:
        say(
            f"\nStopped. {job.folder} keeps every finished epoch; go on with "
            f"`tinydrill train --resume {shlex.quote(str(job.folder))}`."
        )
        raise typer.Exit(EXIT_INTERRUPTED) from None
    _conclude(finished, job.folder, as_json)


def _check_threads(threads: int | None) -> None:
    from tinydrill.drilldown.environment import usable_cores

    most = 8 * usable_cores()
    if threads is not None and not 1 <= threads <= most:
        raise UnusableInputError(f"--threads {threads} is not a whole number from 1 to {most}")


def _refuse_beside_resume(context: typer.Context) -> None:
    """A continuation takes everything from its record: what is typed beside it would be lost."""
    allowed = {"resume", "folder", "tensorboard", "logdir", "device", "threads", "as_json"}
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if source is not None and source.name == "COMMANDLINE" and parameter.name not in allowed:
            named = parameter.opts[0] if parameter.opts[0].startswith("-") else "a net"
            raise UnusableInputError(
                f"--resume takes all of that from the run's record: leave {named} out"
            )


class Job(NamedTuple):
    """All that a run needs, whether it begins or continues."""

    folder: Path
    planned: "Record"
    candidate: "Candidate"
    images: "Dataset"
    device: "torch.device"


class _Wanted(NamedTuple):
    """What a person typed to have trained, unchecked."""

    net: str | None
    recipe: str | None
    assignments: tuple[str, ...]
    seed: int
    rule: "Split"
    device: str
    threads: int | None


def _begin(
    wanted: _Wanted,
    dataset: str | None,
    folder: Path | None,
    limits: tuple[int, float, float],
    out: Path,
) -> Job:
    """Check everything a person can get wrong, cheapest first, then make the run's folder."""
    import torch

    from tinydrill.drilldown.asked import ask_for
    from tinydrill.drilldown.budget import Budget
    from tinydrill.drilldown.candidate import resolve
    from tinydrill.drilldown.data import load
    from tinydrill.drilldown.device import pick_device
    from tinydrill.drilldown.environment import usable_cores
    from tinydrill.drilldown.plan import Request, open_folder, plan

    started = time.perf_counter()
    trial = ask_for(wanted.net, wanted.recipe, wanted.assignments, wanted.seed)
    budget = Budget(*limits)
    device = pick_device(wanted.device)
    torch.set_num_threads(wanted.threads or usable_cores())
    images = load(dataset, folder, say)
    candidate = resolve(trial.net, images.shape, images.classes)
    planned = plan(
        Request(
            candidate,
            trial.recipe_name,
            trial.recipe,
            trial.seed,
            images,
            wanted.rule,
            budget,
            device,
            shlex.join(["tinydrill", *sys.argv[1:]]),
            time.perf_counter() - started,
        )
    )
    return Job(open_folder(out, planned), planned, candidate, images, device)


def _continue(run: Path, folder: Path | None, device_name: str, threads: int | None) -> Job | None:
    """Take up an unfinished run; its record decides everything that decides its result.

    Returns:
        The job, or None for a run that is finished already.
    """
    import torch

    from tinydrill.drilldown.candidate import from_origin
    from tinydrill.drilldown.data import load
    from tinydrill.drilldown.device import pick_device
    from tinydrill.drilldown.plan import check_resumable
    from tinydrill.drilldown.record import load as load_record

    planned = load_record(run)
    if planned.status == "finished":
        return None
    torch.set_num_threads(threads or planned.environment.threads)
    device = pick_device(device_name)
    own = planned.data.folder
    place = folder or (Path(own) if own else None)
    images = load(None if place else planned.data.name, place, say)
    check_resumable(run, planned, images, torch.get_num_threads(), device)
    candidate = from_origin(planned.net, planned.data.shape, planned.data.classes)
    return Job(run, planned, candidate, images, device)


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
                    finished.seconds.training,
                    min(environment.threads, environment.cores),
                    environment.device,
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
