"""A run as TensorBoard's event files, beside the record: it listens, and decides nothing.

Curves epoch by epoch; at the end the confusion matrix and the mistakes as pictures, and the recipe
with what came of it as hyper-parameters. A run that is resumed gets its files anew, from the first
epoch on, so that no step is there twice; files of others are left alone. What goes wrong in writing
them costs the run nothing.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from tinydrill.drilldown import inspect, record
from tinydrill.drilldown.data import WATCHED, Dataset
from tinydrill.drilldown.eventfiles import FILES, claim, prepare, quiet_thread, suffix_of
from tinydrill.drilldown.idx import Bytes
from tinydrill.drilldown.mistakes import draw_mistakes
from tinydrill.drilldown.record import Epoch, Record
from tinydrill.drilldown.run import Watcher

if TYPE_CHECKING:
    from torch.utils.tensorboard.writer import SummaryWriter

FOLDER = "tensorboard"  # in a run's own folder, unless another place is named


class Events:
    """The event files of one run; `epoch` and `finish` are told how it goes.

    Attributes:
        log: the folder where they stand.
        failure: why there are no more of them, once writing has failed; empty before.
    """

    def __init__(self, run: Path, log: Path) -> None:
        kept = record.load(run)
        self.run, self.watched = run, WATCHED[kept.data.rule]
        self._suffix = suffix_of(kept)
        self.log = claim(log, self._suffix)
        self.failure = ""
        self._writer: SummaryWriter | None = None

    def _opened(self) -> "SummaryWriter":
        """The writer; what an earlier part of the run wrote is replaced."""
        from torch.utils.tensorboard.writer import SummaryWriter

        if self._writer is None:
            for earlier in self.log.glob(FILES + self._suffix):
                earlier.unlink()
            self._writer = SummaryWriter(str(self.log), filename_suffix=self._suffix)
            for epoch in record.load(self.run).epochs:
                self._write(self._writer, epoch)
        return self._writer

    def _write(self, writer: "SummaryWriter", epoch: Epoch) -> None:
        values = {
            "loss/train": epoch.train.loss,
            f"loss/{self.watched}": epoch.watch.loss,
            "accuracy/train": epoch.train.accuracy,
            f"accuracy/{self.watched}": epoch.watch.accuracy,
            "lr": epoch.lr,
            "seconds/augment": epoch.seconds.augment,
            "seconds/train": epoch.seconds.train,
            "seconds/evaluate": epoch.seconds.evaluate,
        }
        for name, value in values.items():
            writer.add_scalar(name, value, epoch.number)

    def _safely(self, act: Callable[[], None]) -> None:
        """Do it unless that has failed before: nobody loses a run to a full disk for logs."""
        if self.failure:
            return
        try:
            act()
        except Exception as error:  # TensorBoard's thread hands on whatever it met
            reason = error.strerror if isinstance(error, OSError) else None
            self.failure = reason or str(error) or type(error).__name__

    def epoch(self, epoch: Epoch) -> None:
        """An epoch is over, and stands in the record."""
        self._safely(lambda: self._epoch(epoch))

    def _epoch(self, epoch: Epoch) -> None:
        if self._writer is None:
            self._opened()  # which writes all there are
        else:
            self._write(self._writer, epoch)
        self._opened().flush()

    def finish(self, finished: Record, dataset: Dataset) -> None:
        """The run has come to its end: its pictures, if it has weights, and its outcome."""
        self._safely(lambda: self._finish(finished, dataset))

    def _finish(self, finished: Record, dataset: Dataset) -> None:
        writer = self._opened()
        step = len(finished.epochs)
        if finished.status == "finished":
            found = inspect.load(self.run, dataset)
            writer.add_image("confusion", draw_confusion(found.confusion), step, dataformats="HWC")
            picture = io.BytesIO()
            draw_mistakes(found.mistakes, found.dataset.test_images, picture)
            writer.add_image("mistakes", _pixels(picture), step, dataformats="HWC")
        self._outcome(writer, finished)

    def _outcome(self, writer: "SummaryWriter", finished: Record) -> None:
        """TensorBoard's table of hyper-parameters: what was asked for and what came of it."""
        from torch.utils.tensorboard.summary import hparams

        asked: dict[str, bool | float | str] = {
            name: value if isinstance(value, bool | int | float | str) else str(value)
            for name, value in finished.recipe.items()
        }
        asked |= {"net": finished.net.name, "seed": finished.seed}
        judged = finished.judged
        came: dict[str, float] = {
            "final/passed": float(bool(finished.passed)),
            "final/parameters": finished.net.parameters,
            "final/seconds": finished.seconds.training,
        }
        if judged is not None:
            came |= {
                "final/accuracy": judged.accuracy,
                "final/errors": judged.errors,
                "final/loss": judged.loss,
            }
        # Not by `add_hparams`, which puts them into a folder of their own, named by the clock.
        for summary in hparams(asked, came):
            writer._get_file_writer().add_summary(summary)
        for name, value in came.items():
            writer.add_scalar(name, value, len(finished.epochs))

    def close(self) -> None:
        """Everything is on disk after this."""
        writer = self._writer
        if writer is None:
            return
        if not self.failure:
            self._safely(writer.flush)
        with suppress(OSError):  # the same failure again
            writer.close()


def _pixels(picture: io.BytesIO) -> Bytes:
    """A PNG's pixels, uint8 [H, W, 3]."""
    from matplotlib.image import imread

    picture.seek(0)
    pixels: Bytes = np.rint(255 * imread(picture)[..., :3]).astype(np.uint8)
    return pixels


def draw_confusion(matrix: Tensor) -> Bytes:
    """The confusion matrix as a picture, errors shaded: uint8 [H, W, 3].

    Args:
        matrix: int64 [classes, classes], images of the row's class taken for the column's.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    counts = matrix.numpy()
    classes = len(counts)
    errors = np.where(np.eye(classes, dtype=bool), 0, counts)
    figure = Figure(figsize=(2 + 0.45 * classes, 1.6 + 0.45 * classes), dpi=100)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot(xlabel="taken for", ylabel="true class")
    axes.imshow(errors, cmap="Oranges", vmin=0, vmax=max(1, int(errors.max())))
    axes.set(xticks=range(classes), yticks=range(classes), title=f"{errors.sum():,} errors")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            axes.text(column, row, f"{count}", ha="center", va="center", fontsize=8)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return _pixels(picture)


@contextmanager
def recording(run: Path, log: Path, watcher: Watcher) -> Iterator[tuple[Watcher, Events]]:
    """Listen to a run beside another watcher.

    Args:
        run: its folder.
        log: the folder for the event files, made if need be; another with a number behind its name
            where one that is not this run's stands in its place.
        watcher: told everything as before.

    Raises:
        UnusableInputError: as `prepare`.
    """
    prepare(None)
    events = Events(run, log)

    def told(epoch: Epoch) -> None:
        watcher.epoch(epoch)
        events.epoch(epoch)

    with quiet_thread():
        try:
            yield Watcher(watcher.tick, told), events
        finally:
            events.close()
