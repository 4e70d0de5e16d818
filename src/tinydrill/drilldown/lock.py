"""A lock that outlives nobody: held by a process, freed by the system however that process dies."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(path: Path, wait: bool = True) -> Iterator[None]:
    """Hold the lock of that name; whoever else wants it waits. The file is gone afterwards.

    Raises:
        BlockingIOError: somebody holds it, and this is not to `wait`.
        OSError: the file can't be made, or its file system has no locks.
    """
    import fcntl  # not on Windows, where a single training needs none of this

    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            if not _names(path, handle):
                continue  # whoever held it has removed it: this handle locks a nameless file
            try:
                yield
            finally:
                path.unlink(missing_ok=True)
            return
        finally:
            os.close(handle)


def _names(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False
