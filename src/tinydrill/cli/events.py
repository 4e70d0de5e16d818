"""TensorBoard's event files beside a training, where a person asks for them."""

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tinydrill.cli.printing import say

if TYPE_CHECKING:
    from tinydrill.drilldown.data import Dataset
    from tinydrill.drilldown.record import Record
    from tinydrill.drilldown.run import Watcher


@contextmanager
def recording(
    run: Path, images: "Dataset", wanted: bool, logdir: Path | None, watcher: "Watcher"
) -> "Iterator[tuple[Watcher, Callable[[Record], None]]]":
    """Listen to a run beside its watcher; also whom to tell the finished record.

    Args:
        run: its folder.
        images: its data set.
        wanted: into the run's own folder.
        logdir: the same, into a folder of the run's name in this one; None where not asked for.
        watcher: told everything as before.
    """
    if not wanted and logdir is None:
        yield watcher, lambda _: None
        return
    from tinydrill.drilldown import tensorboard

    log = logdir / run.resolve().name if logdir else run / tensorboard.FOLDER
    with tensorboard.recording(run, log, watcher) as (both, events):
        yield both, lambda finished: events.finish(finished, images)
    if events.failure:
        say(
            f"TensorBoard's files in {events.log} are not whole ({events.failure}); the run is. "
            f"`tinydrill train --resume {shlex.quote(str(run))}` with the same option makes them "
            "again."
        )
    else:
        say(f"TensorBoard: tensorboard --logdir {shlex.quote(str(logdir or run.parent))}")


def afterwards(run: Path, data: Path | None, wanted: bool, logdir: Path | None) -> None:
    """The files of a run that has finished, where they are asked for.

    Raises:
        UnusableInputError: its images are not there, or it can't be looked into.
    """
    if not wanted and logdir is None:
        return
    from tinydrill.drilldown.inspect import load
    from tinydrill.drilldown.run import Watcher

    found = load(run, data, say)
    with recording(run, found.dataset, wanted, logdir, Watcher()) as (_, conclude):
        conclude(found.record)
