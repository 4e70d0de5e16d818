"""`tinydrill report` as a person meets it: the file it writes, and what it refuses."""

import json
import re
from pathlib import Path

import pytest

from tests.conftest import Command, write_folder
from tests.drilldown.small_runs import small_run
from tinydrill.drilldown import record
from tinydrill.drilldown.inspect import load


@pytest.fixture(scope="module")
def run(bars_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_run(tmp_path_factory.mktemp("runs"), bars_folder)


def test_it_writes_one_file_that_needs_no_other(
    command: Command, run: Path, tmp_path: Path
) -> None:
    target = tmp_path / "report.html"
    told = command("report", run, "-o", target)
    assert told.status == 0, told.err
    assert re.fullmatch(rf"wrote {target}: 1 run, \d+ kB, open it in a browser\n", told.out)
    text = target.read_text()
    assert "{{" not in text
    assert "<script" not in text
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", text)
    assert not re.search(r"https?://|@import|url\(", text)
    assert text.count(' id="') == len(set(re.findall(r' id="([^"]+)"', text)))
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_the_ending_decides_what_is_written(command: Command, run: Path, tmp_path: Path) -> None:
    assert command("report", run, "-o", tmp_path / "report.md").status == 0
    assert (tmp_path / "report.md").read_text().startswith("# fold24, recipe hasty\n")
    assert command("report", run, "-o", tmp_path / "plain.txt").status == 2
    assert command("report", run, "-o", tmp_path / "plain.txt", "--format", "markdown").status == 0
    assert (tmp_path / "plain.txt").read_text() == (tmp_path / "report.md").read_text()


def test_it_says_in_json_what_it_found(command: Command, run: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    told = json.loads(command("report", run, "-o", target, "--json").out)
    found = load(run)
    assert told["file"] == str(target)
    assert told["bytes"] == target.stat().st_size
    (group,) = told["groups"]
    assert group["missed_by_any"] == found.score.errors
    assert group["runs"] == [
        {
            "run": str(run),
            "seed": 0,
            "errors": found.score.errors,
            "images": 200,
            "accuracy": found.score.accuracy,
            "loss": found.score.loss,
            "ece": found.calibration.ece,
        }
    ]


def test_a_name_in_the_record_can_not_enter_the_page(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    run = small_run(tmp_path / "runs", bars_folder)
    path = run / record.RECORD
    path.write_text(path.read_text().replace('"hasty"', '"</style><b>|{{body}}"'))
    assert command("report", run, "-o", tmp_path / "report.html").status == 0
    text = (tmp_path / "report.html").read_text()
    assert "</style><b>" not in text
    assert "<title>fold24, recipe &lt;/style&gt;&lt;b&gt;|{{body}}</title>" in text
    assert text.count("<main>") == 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("{run}", "-o", "{tmp}/no/report.html"), "can't be written: {tmp}/no is not a folder"),
        (("{run}", "-o", "{tmp}"), "ending is not one of .html, .htm, .md"),
        (("{run}", "--format", "html", "-o", "{tmp}"), "{tmp} can't be written: it is a folder"),
        (("{run}", "--format", "pdf"), "--format pdf: there are html and markdown"),
        (("{tmp}", "-o", "{tmp}/report.html"), "is neither a run nor a folder of runs"),
        (("{run}", "-o", "{tmp}/report.html", "--data", "{other}"), "are not those of {run}"),
        (("{run}", "-o", "{tmp}/report.html", "--data", "{tmp}"), "lacks train-images"),
    ],
)
def test_what_can_not_be_used_is_told_in_a_sentence(
    command: Command,
    run: Path,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    arguments: tuple[str, ...],
    why: str,
) -> None:
    other = write_folder(tmp_path_factory.mktemp("data") / "other", 300, 200)
    places = {"run": run, "tmp": tmp_path, "other": other}
    told = command("report", *(argument.format(**places) for argument in arguments))
    assert told.status == 2
    assert why.format(**places) in told.err
    assert len(told.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        *("record.json", "weights.safetensors", "checkpoint.safetensors", "stages.json"),
        *("stages.md", "Record.json", "train-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz"),
    ],
)
def test_what_a_report_reads_is_not_overwritten(
    command: Command, run: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "stages.json").write_text("{}")
    (tmp_path / name).write_text("{}")
    told = command("report", run, "-o", tmp_path / name, "--format", "markdown")
    assert told.status == 2
    assert f"{tmp_path / name} can't be written: a file of that name belongs to" in told.err
    assert (tmp_path / name).read_text() == "{}"


def test_stages_md_without_stages_is_a_name_like_any_other(
    command: Command, run: Path, tmp_path: Path
) -> None:
    assert command("report", run, "-o", tmp_path / "stages.md").status == 0


@pytest.mark.parametrize("status", ["running", "interrupted"])
def test_an_unfinished_run_is_refused(
    command: Command, bars_folder: Path, tmp_path: Path, status: str
) -> None:
    run = small_run(tmp_path / "runs", bars_folder)
    record.save(record.load(run).model_copy(update={"status": status}), run)
    told = command("report", run, "-o", tmp_path / "report.html")
    assert told.status == 2
    assert f"{run} is {status}" in told.err
    assert not (tmp_path / "report.html").exists()


def test_a_diverged_run_is_not_sent_to_resume(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    run = small_run(tmp_path / "runs", bars_folder)
    kept = record.load(run)
    record.save(kept.model_copy(update={"status": "diverged", "message": "loss of nan"}), run)
    told = command("report", run, "-o", tmp_path / "report.html")
    assert told.status == 2
    assert f"{run} diverged (loss of nan), so it has no weights" in told.err
    assert "--resume" not in told.err
    assert not (tmp_path / "report.html").exists()


def test_an_old_report_survives_a_failure(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    run = small_run(tmp_path / "runs", bars_folder)
    target = tmp_path / "report.html"
    command("report", run, "-o", target)
    before = target.read_bytes()
    (run / record.WEIGHTS).write_bytes(b"spoilt")
    told = command("report", run, "-o", target)
    assert told.status == 2
    assert "is not the file that the run's record names" in told.err
    assert target.read_bytes() == before
