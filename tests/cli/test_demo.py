"""`tinydrill demo` as a person meets it: the file it writes, and what it refuses."""

import json
import re
from pathlib import Path

import pytest

from tests.conftest import Command
from tinydrill.drilldown import record

QUICK = ("--set", "epochs=1", "--set", "batch=50", "--threads", "1")


@pytest.fixture
def run_folder(command: Command, bars_folder: Path, tmp_path: Path) -> Path:
    """A finished run on the small data set."""
    command("train", "fold24", *QUICK, "--data", bars_folder, "--out", tmp_path / "runs")
    (folder,) = (tmp_path / "runs").iterdir()
    return folder


def test_it_writes_one_file_that_needs_no_other(
    command: Command, run_folder: Path, tmp_path: Path
) -> None:
    target = tmp_path / "digits.html"
    told = command("demo", run_folder, "-o", target)
    assert told.status == 0, told.err
    assert f"wrote {target}: " in told.out
    text = target.read_text()
    assert "{{" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert not re.search(r"^\s*(import|export)\b", text, re.MULTILINE)
    assert not re.search(r"""(src|href)=["'](?!data:)""", text)
    assert not re.search(r"https?://|@import|url\(", text)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["digits.html", "runs"]


def test_it_says_in_json_what_it_wrote(command: Command, run_folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "digits.html"
    told = json.loads(command("demo", run_folder, "-o", target, "--json").out)
    kept = record.load(run_folder)
    judged = kept.judged
    assert judged is not None
    assert told == {
        "file": str(target),
        "bytes": target.stat().st_size,
        "parameters": kept.net.parameters,
        "test_errors": judged.errors,
        "test_images": 200,
    }


def test_a_name_in_the_record_can_not_end_the_script(
    command: Command, run_folder: Path, tmp_path: Path
) -> None:
    path = run_folder / record.RECORD
    path.write_text(path.read_text().replace('"fold24"', '"</script><b>"'))
    target = tmp_path / "digits.html"
    assert command("demo", run_folder, "-o", target).status == 0
    text = target.read_text()
    assert text.count("</script>") == 2
    assert "<title>Draw a digit into &lt;/script&gt;&lt;b&gt;</title>" in text


def test_a_class_of_one_s_own_is_refused(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from torch import nn\nclass Mine(nn.Sequential):\n    def __init__(self):\n"
        "        super().__init__(nn.Flatten(), nn.Linear(784, 10))\n"
    )
    runs = tmp_path / "runs"
    command("train", f"{file}:Mine", *QUICK, "--data", bars_folder, "--out", runs)
    (folder,) = runs.iterdir()
    told = command("demo", folder, "-o", tmp_path / "digits.html")
    assert told.status == 2
    assert "Mine is a class of your own" in told.err
    assert not (tmp_path / "digits.html").exists()


@pytest.mark.parametrize("status", ["running", "interrupted", "diverged"])
def test_an_unfinished_run_is_refused(
    command: Command, run_folder: Path, tmp_path: Path, status: str
) -> None:
    kept = record.load(run_folder)
    record.save(kept.model_copy(update={"status": status}), run_folder)
    told = command("demo", run_folder, "-o", tmp_path / "digits.html")
    assert told.status == 2
    assert f"{run_folder} can't be shown: the run is {status}" in told.err
    assert len(told.err.splitlines()) == 1


def test_what_can_not_be_used_is_told_in_a_sentence(
    command: Command, run_folder: Path, tmp_path: Path
) -> None:
    nowhere = command("demo", run_folder, "-o", tmp_path / "no" / "digits.html")
    assert nowhere.status == 2
    assert "can't be written: No such file or directory" in nowhere.err
    assert command("demo", tmp_path, "-o", tmp_path / "x.html").status == 2
    (run_folder / record.WEIGHTS).write_bytes(b"")
    spoilt = command("demo", run_folder, "-o", tmp_path / "x.html")
    assert spoilt.status == 2
    assert "is not the file that the run's record names" in spoilt.err
