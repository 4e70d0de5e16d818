"""Where TensorBoard's event files stand, and whose they are: none but a run's own are touched."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryFile

from tinydrill.drilldown.record import Record
from tinydrill.errors import UnusableInputError

FILES = "events.out.tfevents.*"
_WRITER_THREAD = "_AsyncWriterThread"  # TensorBoard's own


def prepare(log: Path | None) -> None:
    """Find out before the training whether event files can be written.

    Args:
        log: the folder to make for them; None where they go into the run's own.

    Raises:
        UnusableInputError: TensorBoard is not installed, or the folder can't be made or written to.
    """
    try:
        from torch.utils.tensorboard.writer import SummaryWriter  # noqa: F401
    except ImportError:
        raise UnusableInputError(
            "--tensorboard and --logdir need TensorBoard: pip install 'tinydrill[tensorboard]'"
        ) from None
    try:
        if log is not None:
            log.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnusableInputError(f"{log} can't be made: {error.strerror}") from None
    try:
        if log is not None:
            with TemporaryFile(dir=log):
                pass
    except OSError as error:
        raise UnusableInputError(f"{log} can't be written to: {error.strerror}") from None


def suffix_of(kept: Record) -> str:
    """How the names of a run's event files end: the same for all parts of it, and for no other."""
    told = f"{kept.started} {kept.command}"
    return f".{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def claim(log: Path, suffix: str) -> Path:
    """The folder for a run's files: this one, or with a number if others' files are in it."""
    from torch.utils.tensorboard.writer import SummaryWriter

    for number in count(1):
        folder = log if number == 1 else log.with_name(f"{log.name}-{number}")
        try:
            if folder.is_dir():
                if any(folder.glob(FILES + suffix)):
                    return folder
                if any(folder.iterdir()):
                    continue
            elif folder.exists():
                continue
            SummaryWriter(str(folder), filename_suffix=suffix).close()
            return folder
        except OSError as error:
            raise UnusableInputError(f"{folder} can't be written to: {error.strerror}") from None
    raise AssertionError  # numbers have no end


@contextmanager
def quiet_thread() -> Iterator[None]:
    """No traceback of TensorBoard's thread: what it met is raised again where it is written to."""
    before = threading.excepthook

    def hook(told: threading.ExceptHookArgs) -> None:
        if type(told.thread).__name__ != _WRITER_THREAD:
            before(told)

    threading.excepthook = hook
    try:
        yield
    finally:
        threading.excepthook = before
