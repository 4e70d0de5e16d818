"""`tinydrill search`: find a net and a recipe under a budget, then test what was found."""

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tinydrill.cli.data import DataFolder, DatasetName
from tinydrill.cli.groups import check_workers, groups_of, print_groups, records_of
from tinydrill.cli.printing import AsJson, print_json, say, tell
from tinydrill.cli.progress import watching_many
from tinydrill.cli.studying import best_trials, print_trials, teller
from tinydrill.errors import UnusableInputError

if TYPE_CHECKING:
    from tinydrill.drilldown.blueprint import Blueprint
    from tinydrill.drilldown.study import Task

EXIT_PASS, EXIT_FAIL, EXIT_INTERRUPTED = 0, 1, 130


def search(
    parameters: Annotated[
        int, typer.Option("--params", help="The budget: nets have fewer parameters than this.")
    ] = 8000,
    epochs: Annotated[float, typer.Option(help="Of every training.")] = 15.0,
    trials: Annotated[int, typer.Option(help="In all, those made before included.")] = 50,
    timeout: Annotated[
        float | None,
        typer.Option(help="Seconds after which no trial is begun.", show_default=False),
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            help="Where Optuna keeps the study: a database's URL. Default: search.db in --out.",
            show_default=False,
        ),
    ] = None,
    study: Annotated[
        str | None,
        typer.Option(help="The study's name. Default: by the budget.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", "-s", help="Decides the proposals.")] = 0,
    finalists: Annotated[
        int,
        typer.Option(
            "--confirm",
            help="So many of the best trials are trained with two more seeds before one of them "
            "wins. 1: the best wins at once.",
        ),
    ] = 3,
    final_seeds: Annotated[
        int, typer.Option("--seeds-final", help="Trainings of the winner; 0: none is tested.")
    ] = 10,
    dataset: DatasetName = None,
    folder: DataFolder = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Where study, winner and its runs are kept.")
    ] = Path("search"),
    workers: Annotated[
        int | None,
        typer.Option(
            help="Trials at once. Default: as many as the cores allow. 1 needs no Ray.",
            show_default=False,
        ),
    ] = None,
    threads: Annotated[int, typer.Option(help="CPU threads of each trial.")] = 1,
    address: Annotated[
        str | None,
        typer.Option(help="A Ray cluster that exists: HOST:PORT, or auto.", show_default=False),
    ] = None,
    gpus: Annotated[
        float, typer.Option("--gpus-per-trial", help="Of a GPU, for each trial on one.")
    ] = 0.25,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    target: Annotated[float, typer.Option(help="The winner's goal, in per cent.")] = 99.4,
    as_json: AsJson = False,
) -> None:
    """Search net and recipe on held-out images, then train the winner anew and test it.

    Trials see 50,000 training images and are judged by the other 10,000. The test images come in
    only when the winner has been trained on all 60,000 with seeds that no trial had. The same
    command continues a search that was stopped. Exit status: 0 if every run of the winner passes.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # as in `train`: threads that wait, sleep
    from tinydrill.drilldown.budget import Budget
    from tinydrill.drilldown.data import load
    from tinydrill.drilldown.device import pick_device
    from tinydrill.drilldown.lock import alone
    from tinydrill.drilldown.plan import check_seed
    from tinydrill.drilldown.search import check
    from tinydrill.drilldown.study import Task

    check_workers(workers, threads, gpus)
    check_seed(seed)
    budget = Budget(parameters, epochs, target)
    for name, value, least in (
        *(("--trials", trials, 1), ("--confirm", finalists, 1)),
        ("--seeds-final", final_seeds, 0),
    ):
        if value < least:
            raise UnusableInputError(f"{name} {value} is less than {least}")
    if timeout is not None and not timeout > 0:
        raise UnusableInputError(f"--timeout {timeout:g} is no number of seconds above 0")
    if address is None:
        pick_device(device)
    name = study or f"under-{parameters}-in-{epochs:g}"
    if not name.replace("-", "").replace(".", "").replace("_", "").isalnum():
        raise UnusableInputError(f"--study {name!r}: only letters, digits, - . and _ make a name")
    images = load(dataset, folder, say)
    place = storage or f"sqlite:///{out.absolute() / 'search.db'}"
    task = Task(name, place, parameters, epochs, seed, device, threads)
    check(task, images)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with alone(out / ".search.lock", wait=False):
            found, tested, folders = _search_and_test(
                task,
                images,
                budget,
                (trials, finalists, final_seeds),
                timeout,
                out,
                workers,
                address,
                gpus,
            )
    except KeyboardInterrupt:
        say(
            "\nStopped. The study keeps what was tried; go on with "
            f"`{shlex.join(['tinydrill', *sys.argv[1:]])}`."
        )
        raise typer.Exit(EXIT_INTERRUPTED) from None
    except BlockingIOError:
        raise UnusableInputError(
            f"another search is at work in {out}; name another folder with --out"
        ) from None
    except OSError as error:
        raise UnusableInputError(
            f"{out} can't be written to ({error.strerror}); name another folder with --out"
        ) from None
    records = records_of(folders)
    groups = groups_of(records, budget)
    best = best_trials(task)
    if as_json:
        runs = [
            {"run": str(folders[trial]), **kept.model_dump(mode="json")}
            for trial, kept in records.items()
        ]
        print_json(
            {
                "study": task.study,
                "storage": task.storage,
                "winner": str(_file(out, task)),
                **found.origin,
                "best": best,
                "groups": groups,
                "runs": runs,
                "winners_tested": tested,
            }
        )
    else:
        print_trials(task, best)
        tell(f"The winner, net and recipe: {_file(out, task)}")
        print_groups(groups)
        if tested > 1:
            tell(f"{tested} nets of this study have been tested by now: so many looks were taken.")
    passed = len(records) == final_seeds and all(g["passed"] == g["n"] for g in groups)
    raise typer.Exit(EXIT_PASS if passed else EXIT_FAIL)


def _file(out: Path, task: "Task") -> Path:
    """Where a study's winner is written."""
    return out / f"{task.study}.json"


def _search_and_test(
    task: "Task",
    images: Any,
    budget: Any,
    numbers: tuple[int, int, int],
    timeout: float | None,
    out: Path,
    workers: int | None,
    address: str | None,
    gpus: float,
) -> "tuple[Blueprint, int, dict[Any, Path]]":
    """Search, write the winner down, and only then train it anew and test it.

    `numbers`: trials in all, finalists, and trainings of the winner.
    """
    from tinydrill.drilldown import blueprint
    from tinydrill.drilldown.asked import Setting, ask_for
    from tinydrill.drilldown.confirm import confirm
    from tinydrill.drilldown.search import search as try_many
    from tinydrill.drilldown.spread import kept
    from tinydrill.drilldown.study import behind, count_as_tested, open_study, unconfirmed, winner
    from tinydrill.drilldown.sweep import resources_for, sweep

    trials, finalists, final_seeds = numbers
    setting = Setting(images, "once", budget, task.device, task.threads, out / "winner")
    ahead = max(trials - behind(open_study(task)), len(unconfirmed(task, finalists)))
    resources = resources_for(setting, workers, address, gpus, ahead)
    with kept(resources, lambda seconds: say(f"Ray started in {seconds:.1f} s")):
        try_many(task, images, trials, resources, teller(task), timeout)
        confirm(task, images, finalists, resources, teller(task))
        found = winner(task, finalists)
        path = _file(out, task)
        blueprint.write(path, found)
        if not final_seeds:
            return found, 0, {}
        errors = [found.origin["held_out_errors"], *found.origin["held_out_errors_again"]]
        say(
            f"The winner is trial {found.origin['trial']}, with {', '.join(map(str, errors))} "
            "errors of the held-out images. It is trained anew on all images, and tested."
        )
        tested = count_as_tested(open_study(task), found.origin["trial"])
        wanted = [ask_for(str(path), None, (), seed) for seed in range(final_seeds)]
        with watching_many() as progress:
            return found, tested, sweep(wanted, setting, workers, address, progress, gpus)
