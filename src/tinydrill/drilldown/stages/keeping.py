"""The folder where an outcome is kept: whether it may be used, and what is written into it."""

from pathlib import Path

from tinydrill.drilldown.data import Dataset
from tinydrill.drilldown.record import write_atomically
from tinydrill.drilldown.stages.outcome import (
    MARKDOWN,
    STAGES,
    StagesOutcome,
    load_outcome,
    save_outcome,
)
from tinydrill.drilldown.stages.read import Source
from tinydrill.drilldown.stages.text import markdown
from tinydrill.errors import UnusableInputError


def check_place(folder: Path, source: Source, dataset: Dataset) -> str | None:
    """Refuse a folder whose outcome is another drill-down's: it would be overwritten.

    Args:
        folder: where the outcome is to stand.
        source: the stage file.
        dataset: the images that the stages are to be carried out on.

    Returns:
        A sentence if a whole outcome there is to be replaced by one of other stages or seeds.

    Raises:
        UnusableInputError: the outcome there is of another file or of other images, or none; or
            a folder stands in a file's place.
    """
    if (folder / MARKDOWN).is_dir():
        raise UnusableInputError(f"{folder / MARKDOWN} can't be written: it is a folder")
    if not (folder / STAGES).exists():
        return None
    there, file = load_outcome(folder), source.file
    if there.title != file.title:
        other = f"the stages of another file ({there.title})"
    elif there.data_sha256 != dataset.sha256:
        names = f"{there.data}, not {dataset.name}"
        if there.data == dataset.name:
            names = f"they too are called {there.data}, but are not the same"
        other = f"these stages on other images ({names})"
    else:
        return _to_be_replaced(there, source, folder)
    raise UnusableInputError(f"{folder} holds {other}; name another folder with --out")


def _to_be_replaced(there: StagesOutcome, source: Source, folder: Path) -> str | None:
    seeds = [stage.rows[0].seeds for stage in there.stages]
    if not there.whole:
        return None
    if there.file_sha256 != source.sha256:
        what = "another version of this file"
    elif seeds != [stage.seeds for stage in source.file.stage]:
        what = "other seeds"
    else:
        return None
    return f"{folder} holds the outcome of {what}; it stays until this one is whole"


def _may_replace(outcome: StagesOutcome, folder: Path) -> bool:
    """Whether an outcome is worth more than the one that stands there, if one does."""
    if outcome.whole or not (folder / STAGES).exists():
        return True
    there = load_outcome(folder)
    return not there.whole and len(outcome.stages) > len(there.stages)


def keep(outcome: StagesOutcome, folder: Path) -> None:
    """Write the outcome, as JSON and as Markdown, unless the one there is worth more.

    A whole one is replaced by a whole one only, any other by one that has come further: what fails
    on the way takes nothing with it. What was trained stands in the run folders in any case.

    Raises:
        UnusableInputError: the folder can't be written to.
    """
    if not _may_replace(outcome, folder):
        return
    save_outcome(outcome, folder)
    try:
        write_atomically(folder / MARKDOWN, markdown(outcome).encode())
    except OSError as error:
        raise UnusableInputError(
            f"{folder / MARKDOWN} can't be written: {error.strerror}"
        ) from None
