"""The folders that a person names: of a run, of runs, of a drill-down in stages."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tinydrill.drilldown import record
from tinydrill.drilldown.inspect import Inspected
from tinydrill.drilldown.record import Record
from tinydrill.drilldown.stages import STAGES, StagesOutcome, load_outcome
from tinydrill.drilldown.stages.rebuilding import rebuilt
from tinydrill.drilldown.stages.trained import Floats
from tinydrill.errors import UnusableInputError


class Found(NamedTuple):
    """A run folder's record and, where it finished, the run itself or another of the same bits."""

    record: Record
    run: Inspected | None = None


def find_runs(place: Path) -> list[Path]:
    """The run folders that a person named: one, those of stages, or those in a folder by name.

    Raises:
        UnusableInputError: there is none.
    """
    if not place.exists():
        raise UnusableInputError(f"{place} doesn't exist; a report needs a run or a folder of runs")
    if (place / STAGES).exists():
        rows = (row for stage in load_outcome(place).stages for row in stage.rows)
        return [place / name for name in dict.fromkeys(name for row in rows for name in row.runs)]
    if (place / record.RECORD).exists():
        return [place]
    try:
        found = sorted(path.parent for path in place.glob(f"[!.]*/{record.RECORD}"))
    except OSError as error:
        raise UnusableInputError(f"{place} can't be read: {error.strerror}") from None
    if not found:
        raise UnusableInputError(
            f"{place} is neither a run nor a folder of runs: a run is a folder with a "
            f"{record.RECORD} in it"
        )
    return found


def outcome_at(place: Path, folders: Mapping[Path, Found]) -> StagesOutcome:
    """A drill-down's outcome as its records and weights tell it, which its file must agree with.

    Args:
        place: the folder of the outcome.
        folders: what was found in every run folder that was read.

    Raises:
        UnusableInputError: file and records disagree.
    """
    there = {folder.name: found for folder, found in folders.items() if folder.parent == place}

    def confusion(name: str) -> Floats | None:
        run = there[name].run
        return None if run is None else run.watched_confusion.numpy().astype(np.float64)

    records = {name: found.record for name, found in there.items()}
    return rebuilt(load_outcome(place), records, confusion, str(place / STAGES))
