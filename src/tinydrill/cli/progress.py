"""What a person sees while a net trains: a bar that moves, and a line for every epoch."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tinydrill.cli.printing import messages, say

if TYPE_CHECKING:
    from tinydrill.drilldown.record import Epoch, Record
    from tinydrill.drilldown.run import Watcher
    from tinydrill.drilldown.sweep import Progress


@contextmanager
def watching(planned: "Record") -> "Iterator[Watcher]":
    """A progress bar on stderr while training, and a line for every finished epoch."""
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from tinydrill.drilldown.data import WATCHED
    from tinydrill.drilldown.recipe import from_mapping, length
    from tinydrill.drilldown.run import Watcher

    recipe = from_mapping(planned.recipe)
    total, epochs = length(recipe, planned.data.trained_on)
    watched = WATCHED[planned.data.rule]
    threads = planned.environment.threads
    screen = messages()
    say(
        f"{planned.net.name} ({planned.net.parameters:,} parameters), "
        f"recipe {planned.recipe_name}, seed {planned.seed}, {planned.data.name}, "
        f"{planned.environment.device}, {threads} thread{'s' * (threads != 1)}"
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
        # Through the bar's own console, or the two would overwrite each other.
        screen.print(
            f"epoch {epoch.number:>2}/{epochs}   training loss {epoch.train.loss:.4f}, "
            f"{epoch.train.errors:>5,} errors of {epoch.train.images:,}   "
            f"{watched} loss {epoch.watch.loss:.4f}, {epoch.watch.errors:>3,} errors "
            f"({epoch.watch.accuracy:.2f} %)   {epoch.seconds.training:.1f} s",
            soft_wrap=True,
            markup=False,
        )

    with bar:
        task = bar.add_task("starting", total=total)
        yield Watcher(tick, finished)


@contextmanager
def watching_many() -> "Iterator[Callable[[Progress], None]]":
    """A progress bar on stderr, and a line for every run that is over.

    With the running mean of that run's net and recipe.
    """
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
        described = f"{now.trial.net} {now.trial.recipe_name}: {mean}" if now.trial and mean else ""
        bar.update(task, total=now.total, completed=now.done, description=described or "training")

    with bar:
        task = bar.add_task("training")
        yield tell


def _line(now: "Progress", mean: str) -> str:
    """What is said of a run that has just ended."""
    from tinydrill.drilldown.record import COMPARED

    trial, kept = now.trial, now.record
    assert trial is not None
    where = f"{now.done:>{len(str(now.total))}}/{now.total}  {trial.net} {trial.recipe_name} "
    where += f"seed {trial.seed}: "
    if kept is None:
        return f"{where}FAILED: {now.failure}"
    score = kept.compared
    if score is None or kept.status != "finished":
        return f"{where}{kept.status}: {kept.message}"
    which = COMPARED[kept.data.rule]
    errors = f"{score.errors} {'errors' if which == 'test' else f'{which} errors'}"
    return f"{where}{score.accuracy:.2f} % ({errors})   {kept.seconds.training:.1f} s   {mean}"
