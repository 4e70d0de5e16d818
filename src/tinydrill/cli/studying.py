"""What a search tells of its trials: a line for each as it ends, and a table of the best."""

from typing import TYPE_CHECKING, Any

from tinydrill.cli.printing import print_table, say, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinydrill.drilldown.search import Tried
    from tinydrill.drilldown.study import Task

_SHOWN = 10


def teller(task: "Task") -> "Callable[[Tried | float], None]":
    """What prints a line on stderr for every trial that is over, and the fewest errors so far."""
    from tinydrill.drilldown.study import ranking

    fewest = [int(trial.value) for trial in ranking(task)[:1]]

    def told(now: "Tried | float") -> None:
        if isinstance(now, float):
            say(f"Ray started in {now:.1f} s")
            return
        if now.state == "again":
            say(f"trial {now.number} once more: {now.errors} held-out errors")
            return
        if now.state == "complete" and now.errors is not None:
            fewest[:] = [min([now.errors, *fewest])]
        errors = "" if now.errors is None else f", {now.errors} held-out errors"
        size = "" if now.parameters is None else f"{now.parameters:,} parameters, "
        number = "" if now.number is None else f" {now.number}"
        so_far = f"   fewest: {fewest[0]}" if fewest else ""
        say(f"trial{number}: {size}{now.state}{errors}{so_far}")

    return told


def best_trials(task: "Task") -> list[dict[str, Any]]:
    """The best trials as plain values."""
    from tinydrill.drilldown.study import confirmations, open_study, ranking

    study = open_study(task)
    return [
        {
            "trial": trial.number,
            "held_out_errors": int(trial.value),
            "held_out_errors_again": confirmations(study, trial.number),
            "parameters": trial.user_attrs["parameters"],
            "macs": trial.user_attrs["macs"],
            "seconds": trial.user_attrs["seconds"],
            "chosen": trial.params,
        }
        for trial in ranking(task)[:_SHOWN]
    ]


def print_trials(task: "Task", best: list[dict[str, Any]]) -> None:
    """Print what `best_trials` gives as a table."""
    numbers = ("trial", "held-out errors", "again", "parameters", "MACs", "s")
    result = table(f"{task.study}: the best trials", *numbers, "chosen", right=numbers)
    for trial in best:
        chosen = (
            f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
            for name, value in trial["chosen"].items()
            if "_convs_" not in name
        )
        result.add_row(
            str(trial["trial"]),
            str(trial["held_out_errors"]),
            ", ".join(map(str, trial["held_out_errors_again"])),
            f"{trial['parameters']:,}",
            f"{trial['macs']:,}",
            f"{trial['seconds']:.1f}",
            ", ".join(chosen),
        )
    print_table(result)
