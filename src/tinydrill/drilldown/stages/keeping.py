"""The folder where an outcome is kept: whether it may be used, and what is written into it."""

from pathlib import Path

from tinydrill.drilldown.data import Dataset
from tinydrill.drilldown.record import write_atomically
from tinydrill.drilldown.stages.outcome import STAGES, StagesOutcome, load_outcome, save_outcome
from tinydrill.drilldown.stages.text import markdown
from tinydrill.errors import UnusableInputError

MARKDOWN = "stages.md"


def check_place(folder: Path, title: str, dataset: Dataset) -> None:
    """Refuse a folder whose outcome is another drill-down's: it would be overwritten.

    Args:
        folder: where the outcome is to stand.
        title: of the stage file.
        dataset: the images that the stages are to be carried out on.

    Raises:
        UnusableInputError: the outcome there is of another file or of other images, or none.
    """
    if not (folder / STAGES).exists():
        return
    there = load_outcome(folder)
    if there.title != title:
        other = f"the stages of another file ({there.title})"
    elif there.data_sha256 != dataset.sha256:
        names = f"{there.data}, not {dataset.name}"
        if there.data == dataset.name:
            names = f"they too are called {there.data}, but are not the same"
        other = f"these stages on other images ({names})"
    else:
        return
    raise UnusableInputError(f"{folder} holds {other}; name another folder with --out")


def keep(outcome: StagesOutcome, folder: Path) -> None:
    """Write the outcome, as JSON and as Markdown.

    Raises:
        UnusableInputError: the folder can't be written to.
    """
    save_outcome(outcome, folder)
    write_atomically(folder / MARKDOWN, markdown(outcome).encode())
