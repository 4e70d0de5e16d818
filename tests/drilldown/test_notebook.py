"""The notebook runs from top to bottom in a shortened form, and is stored as a full run left it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "drilldown.ipynb"
SHORT = """
NETS = ("fold24", "net8")
RECIPE = "drill"
CHANGES = ["epochs=2", "batch=100", "lr=0.002"]
SEED = 0
DATA = Path({data!r})
OUT = Path("runs")
"""


@pytest.fixture(scope="module")
def stored() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


def outputs(book: Any) -> Iterator[Any]:
    for cell in book.cells:
        yield from cell.get("outputs", [])


def text_of(book: Any) -> str:
    return "".join(output.get("text", "") for output in outputs(book))


def test_the_notebook_runs(bars_folder: Path, tmp_path: Path) -> None:
    book = nbformat.read(NOTEBOOK, as_version=4)
    (settings,) = (cell for cell in book.cells if cell.get("id") == "settings")
    settings.source = SHORT.format(data=str(bars_folder))
    client = NotebookClient(
        book, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    kinds = {kind for output in outputs(book) for kind in output.get("data", {})}
    assert {"text/markdown", "image/png", "text/html"} <= kinds
    told = text_of(book)
    assert "bars: 1,000 images to train on, 200 to be judged by" in told
    assert "epoch 2: training loss" in told
    assert re.search(r"only in fold24: \d+; only in net8: \d+; p = ", told)
    assert (tmp_path / "report.html").stat().st_size > 100_000
    folders = sorted(path.parent.name for path in (tmp_path / "runs").glob("*/record.json"))
    assert [name.partition("-")[0] for name in folders] == ["fold24", "net8"]


def test_it_is_stored_with_the_outputs_of_a_full_run(stored: Any) -> None:
    code = [cell for cell in stored.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    told = text_of(stored)
    assert "mnist: 60,000 images to train on, 10,000 to be judged by" in told
    assert told.count("PASS   99.") == 2
    pictures = [o for o in outputs(stored) if "image/png" in o.get("data", {})]
    assert len(pictures) >= 7
    assert not any(output.output_type == "error" for output in outputs(stored))
    assert not any(output.get("name") == "stderr" for output in outputs(stored))


def test_its_outputs_name_no_place_of_a_machine() -> None:
    text = NOTEBOOK.read_text()
    assert not re.search(r"(/home|/root|/tmp|/work|/Users|site-packages)\b", text)
    assert len(text) < 1_500_000
