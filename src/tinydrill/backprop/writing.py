"""Files appear whole or not at all: written beside their place, then renamed into it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tinydrill.errors import UnusableInputError


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """A temporary path in the same folder, renamed to `path` if the block ends without an error.

    Raises:
        UnusableInputError: if nothing can be written there.
    """
    try:
        if path.is_dir():
            raise UnusableInputError(f"{path}: is a folder, give the name of a file")
        if path.exists() and not path.is_file():  # renaming would destroy /dev/stdout itself
            raise UnusableInputError(f"{path}: is not an ordinary file, give the name of one")
        if not path.parent.is_dir():
            raise UnusableInputError(f"{path}: the folder {path.parent} does not exist")
        place = path.resolve()  # what a link points to is written, the link stays
        handle, name = tempfile.mkstemp(
            prefix=f".{place.stem[:40]}-", suffix=path.suffix, dir=place.parent
        )
        os.close(handle)
    except OSError as error:
        raise UnusableInputError(f"{path}: {error.strerror or error}") from None
    aside = Path(name)
    try:
        yield aside
        mask = os.umask(0)
        os.umask(mask)
        aside.chmod(0o666 & ~mask)  # mkstemp's files are the owner's alone
        aside.replace(place)
    except OSError as error:
        raise UnusableInputError(f"{path}: {error.strerror or error}") from None
    finally:
        aside.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Text into a UTF-8 file, whole or not at all."""
    with appearing(path) as aside:
        aside.write_text(text, encoding="utf-8")
