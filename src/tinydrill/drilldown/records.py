"""Finds the records there are in a place: a run, a folder of runs, or a .jsonl file of records."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tinydrill.drilldown import record
from tinydrill.drilldown.record import Record
from tinydrill.errors import UnusableInputError

Found = list[tuple[str, Record]]


def _readers(place: Path) -> Iterator[tuple[str, Callable[[], Record]]]:
    """Where each record stands, and what reads it."""
    if (place / record.RECORD).is_file():
        yield str(place), partial(record.load, place)
    elif place.is_dir():
        for path in sorted(place.glob(f"[!.]*/{record.RECORD}")):
            yield str(path.parent), partial(record.load, path.parent)
    elif place.suffix == ".jsonl":
        try:
            text = place.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise UnusableInputError(f"{place} can't be read: {why}") from None
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                where = f"{place}:{number}"
                yield where, partial(record.parse, line, where)
    else:
        raise UnusableInputError(
            f"{place} holds no runs: name a run's folder, a folder of runs, or a .jsonl file of "
            "records"
        )


def look(place: Path) -> tuple[Found, list[str]]:
    """The records in a place, in order, and a sentence for each that can't be used.

    Where one run stands twice (a copied folder, a repeated line), the second is such a one.

    Raises:
        UnusableInputError: the place itself is nothing that holds records.
    """
    found: Found = []
    problems: list[str] = []
    seen: dict[str, str] = {}
    for where, read in _readers(place):
        try:
            kept = read()
        except UnusableInputError as error:
            problems.append(str(error))
            continue
        first = seen.setdefault(kept.model_dump_json(), where)
        if first is where:
            found.append((where, kept))
        else:
            problems.append(f"{where} holds the same run as {first}; each may be there once")
    return found, problems


def gather(place: Path) -> Found:
    """The records in a place, in order, each with where it stands; an empty folder has none.

    Raises:
        UnusableInputError: nothing that holds records, one that can't be read, or one twice.
    """
    found, problems = look(place)
    if problems:
        raise UnusableInputError(problems[0])
    return found
