"""`tinydrill sweep`: many trainings, spread over processes and machines, each made once."""

import os
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tinydrill.cli.data import DataFolder, DatasetName, HeldOut, TestOnce, rule_of
from tinydrill.cli.groups import check_workers, groups_of, print_groups, records_of
from tinydrill.cli.printing import AsJson, print_json, say
from tinydrill.cli.progress import watching_many
from tinydrill.errors import UnusableInputError

if TYPE_CHECKING:
    from tinydrill.drilldown.record import Record

EXIT_PASS, EXIT_FAIL, EXIT_INTERRUPTED = 0, 1, 130
_MOST_SEEDS = 100_000


def sweep(
    nets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NET]...",
            help="Names of the zoo, path/to/file.py:Class, or a search's .json. "
            "Default: each recipe's own net.",
            show_default=False,
        ),
    ] = None,
    recipes: Annotated[
        list[str] | None,
        typer.Option(
            "--recipe",
            "-r",
            help="A named recipe. Repeatable. Default: the .json's own, or drill.",
            show_default=False,
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
    held_out: HeldOut = False,
    test_once: TestOnce = False,
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
    sweep that was stopped, however it was stopped. With --split, accuracies and verdicts are about
    the held-out images. Ctrl-C leaves with 130.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # as in `train`: threads that wait, sleep
    from tinydrill.drilldown.asked import Setting, ask_for
    from tinydrill.drilldown.budget import Budget
    from tinydrill.drilldown.data import load
    from tinydrill.drilldown.device import pick_device
    from tinydrill.drilldown.sweep import sweep as carry_out

    chosen, rule = _seeds(seeds), rule_of(held_out, test_once)
    check_workers(workers, threads, gpus)
    budget = Budget(max_parameters, max_epochs, target)
    named: list[str | None] = [*nets] if nets else [None]
    chosen_recipes: list[str | None] = [*recipes] if recipes else [None]
    trials = [
        ask_for(net, recipe, assignments or (), seed)
        for recipe in chosen_recipes
        for net in named
        for seed in chosen
    ]
    if address is None:
        pick_device(device)
    if lines is not None and not (lines.absolute().parent.is_dir() and not lines.is_dir()):
        raise UnusableInputError(f"--jsonl {lines}: no file can be written there")
    images = load(dataset, folder, say)
    setting = Setting(images, rule, budget, device, threads, out)
    try:
        with watching_many() as tell:
            folders = carry_out(trials, setting, workers, address, tell, gpus)
    except KeyboardInterrupt:
        say(
            "\nStopped. Finished runs and finished epochs are kept; go on with "
            f"`{shlex.join(['tinydrill', *sys.argv[1:]])}`."
        )
        raise typer.Exit(EXIT_INTERRUPTED) from None
    records = records_of(folders)
    everything = len(records) == len(dict.fromkeys(trials))
    groups = groups_of(records, budget)
    if as_json:
        # Who chooses by held-out images is shown nothing of the test images, here neither.
        unseen = {"final", "passed"} if rule == "held-out" else None
        runs = [
            {"run": str(folders[trial]), **kept.model_dump(mode="json", exclude=unseen)}
            for trial, kept in records.items()
        ]
        print_json({"groups": groups, "asked_for": len(trials), "runs": runs})
    else:
        print_groups(groups)
    # Last, so that a full disk costs the file and not what was found out.
    if lines is not None:
        _write_lines(lines, list(records.values()), everything)
    passed = everything and all(group["passed"] == group["n"] for group in groups)
    raise typer.Exit(EXIT_PASS if passed else EXIT_FAIL)


def _seeds(text: str) -> range:
    """`10` is 0 … 9; `20-29` is just that."""
    from tinydrill.drilldown.plan import SEED_LIMIT, check_seed

    matched = re.fullmatch(r"(?:(\d+)-)?(\d+)", text.strip())
    if matched is None:
        raise UnusableInputError(
            f"--seeds {text!r} is neither a number, e.g. 10, nor a range, e.g. 20-29"
        )
    first, last = matched.groups()
    # Told before they are numbers: Python refuses to read, or to count to, some that are too long.
    digits = len(str(SEED_LIMIT))
    if any(len(number.lstrip("0")) > digits for number in (first or "", last)):
        raise UnusableInputError(
            f"--seeds {text if len(text) <= 2 * digits else text[: 2 * digits] + '…'} names seeds "
            f"above {SEED_LIMIT - 1}, the highest there is"
        )
    chosen = range(int(first), int(last) + 1) if first else range(int(last))
    if not 1 <= len(chosen) <= _MOST_SEEDS:
        raise UnusableInputError(
            f"--seeds {text} names {len(chosen)} seeds, not 1 to {_MOST_SEEDS}"
        )
    check_seed(chosen[-1])
    return chosen


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
