"""Many runs side by side: what may be asked for, and what came of them by net and recipe."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinydrill.cli.printing import print_table, table
from tinydrill.errors import UnusableInputError

if TYPE_CHECKING:
    from tinydrill.drilldown.asked import Trial
    from tinydrill.drilldown.budget import Budget
    from tinydrill.drilldown.record import Record


def check_workers(workers: int | None, threads: int, gpus: float) -> None:
    """Refuse numbers of workers and threads, and shares of a GPU, that no machine has."""
    from tinydrill.drilldown.environment import usable_cores

    most = 8 * usable_cores()
    for name, value in (("--threads", threads), ("--workers", workers)):
        if value is not None and not 1 <= value <= (most if name == "--threads" else 100_000):
            upper = f"to {most}" if name == "--threads" else "upwards"
            raise UnusableInputError(f"{name} {value} is not a whole number from 1 {upper}")
    if not 0 < gpus <= 1:
        raise UnusableInputError(f"--gpus-per-trial {gpus:g} is not above 0 and at most 1")


def records_of(folders: "Mapping[Trial, Path]") -> "dict[Trial, Record]":
    """The record of every trial, by net, recipe and seed."""
    from tinydrill.drilldown.record import load

    ordered = sorted(folders, key=lambda trial: (trial.net, trial.recipe_name, trial.seed))
    return {trial: load(folders[trial]) for trial in ordered}


def groups_of(records: "Mapping[Trial, Record]", budget: "Budget") -> list[dict[str, Any]]:
    """For each net and recipe: how many runs, how good, how many of them pass, how long.

    Good on the test images, or on the held-out ones where the rule has any: who chooses by this
    has then seen no test image.
    """
    from tinydrill.drilldown.budget import Verdict
    from tinydrill.drilldown.record import COMPARED

    together: dict[tuple[str, str], list[Record]] = {}
    for trial, kept in records.items():
        together.setdefault((trial.net, trial.recipe_name), []).append(kept)
    groups = []
    for (net, recipe), runs in together.items():
        scores = [(run, run.compared) for run in runs if run.status == "finished" and run.compared]
        accuracies = [score.accuracy for _, score in scores]
        groups.append(
            {
                "net": net,
                "recipe": recipe,
                "parameters": runs[0].net.parameters,
                "images": COMPARED[runs[0].data.rule],
                "n": len(runs),
                "diverged": len(runs) - len(scores),
                "mean": statistics.mean(accuracies) if accuracies else None,
                "sd": statistics.stdev(accuracies) if len(accuracies) > 1 else None,
                "min": min(accuracies, default=None),
                # Anew, since a run that was found may have been made for another budget.
                "passed": sum(
                    Verdict(
                        budget, score.errors, score.images, run.net.parameters, run.epochs_counted
                    ).passed
                    for run, score in scores
                ),
                "seconds": statistics.median(run.seconds.training for run in runs),
            }
        )
    return groups


def print_groups(groups: Sequence[Mapping[str, Any]]) -> None:
    """Print what `groups_of` gives as a table."""
    numbers = ("parameters", "n", "mean %", "sd", "min %", "pass", "diverged", "s (median)")
    title = f"accuracy on the {groups[0]['images']} images" if groups else ""
    result = table(title, "net", "recipe", *numbers, right=numbers)
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
