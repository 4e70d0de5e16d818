"""A report on stages: their own words and numbers first, then the runs they are made of."""

import re
from pathlib import Path

import pytest

from tests.drilldown.report.reading import tables
from tinydrill.drilldown import record
from tinydrill.drilldown.recipe import from_mapping
from tinydrill.drilldown.report.document import render
from tinydrill.drilldown.report.material import gather
from tinydrill.drilldown.stages import STAGES, StagesOutcome, save_outcome
from tinydrill.drilldown.stages.configuration import Configuration
from tinydrill.drilldown.stages.file import Stage, Target
from tinydrill.drilldown.stages.result import held_against
from tinydrill.drilldown.stages.result import outcome_of as made_of
from tinydrill.drilldown.stages.text import COLUMNS, cells
from tinydrill.drilldown.stages.trained import Trained
from tinydrill.errors import UnusableInputError


def outcome_of(folder: Path, met: bool) -> StagesOutcome:
    """One stage of the runs in a folder, whose target is met or too high."""
    runs = sorted(path for path in folder.iterdir() if path.is_dir())
    kept = tuple(record.load(path) for path in runs)
    trained = Trained(Configuration("fold24", "hasty", recorded=from_mapping(kept[0].recipe)), kept)
    target = Target(accuracy=1 if met else 100)
    asked = Stage(
        name="Baseline <b>",
        why="See *what* there is.",
        remark="So much for that.",
        seeds=tuple(one.seed for one in kept),
        target=target,
    )
    held = held_against(target, [trained])
    stage = made_of(1, asked, held, [], {trained: [path.name for path in runs]}, {})
    return StagesOutcome(
        title="A small drill",
        remark="",
        file_sha256="0" * 64,
        command="tinydrill stages drill.toml",
        data="bars",
        data_sha256=kept[0].data.sha256,
        watched="test",
        planned=1,
        stages=(stage,),
    )


@pytest.fixture
def folder(two_seeds: Path, tmp_path: Path) -> Path:
    """A folder of stages whose runs are links to those made already."""
    for run in two_seeds.iterdir():
        (tmp_path / run.name).symlink_to(run)
    return tmp_path


@pytest.mark.parametrize("met", [True, False])
def test_target_result_and_analysis_come_first(folder: Path, met: bool) -> None:
    outcome = outcome_of(folder, met)
    save_outcome(outcome, folder)
    material = gather([folder], None, print)
    assert len(material.runs) == 2
    text = render(material, "markdown")
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings[:7] == [
        "# A small drill",
        "## Stages: A small drill",
        "### 1. Baseline &lt;b>",
        "#### Target",
        "#### Result",
        "#### Analysis",
        "## Verdict",
    ]
    word = "PASS: the last stage's target is met." if met else "FAIL: the last stage's target is"
    assert word in text
    kind = "note good" if met else "note"
    found = re.findall(
        r'<p class="([^"]*)">(?:PASS|FAIL|\d+\s% or better)', render(material, "html")
    )
    assert found == [kind, kind]
    assert "fold24 shows no sign of over-fitting" in text
    assert "> The author: So much for that." in text
    (row,) = next(rows for caption, rows in tables(text).items() if "lowest reading" in caption)
    assert tuple(row.values()) == cells(outcome.stages[0].rows[0], outcome.stages[0])
    assert tuple(row) == COLUMNS
    (limit,) = tables(text)["The target, limit by limit"]
    assert limit["limit"] == ("kept" if met else "broken")
    page = render(material, "html")
    assert "Baseline &lt;b&gt;</h3>" in page
    assert page.index("Stages: A small drill</h2>") < page.index("Verdict</h2>")


def test_stages_whose_file_is_spoilt_or_whose_runs_are_gone_are_refused(folder: Path) -> None:
    save_outcome(outcome_of(folder, True), folder)
    for run in list(folder.glob("*-s1")):
        run.unlink()
    with pytest.raises(UnusableInputError, match="is not a run"):
        gather([folder], None, print)
    (folder / STAGES).write_text("[]")
    with pytest.raises(UnusableInputError, match="is not an outcome of stages"):
        gather([folder], None, print)


def edited(folder: Path, old: str, new: str) -> None:
    save_outcome(outcome_of(folder, True), folder)
    text = (folder / STAGES).read_text()
    assert old in text
    (folder / STAGES).write_text(text.replace(old, new, 1))


def test_a_number_that_is_not_its_records_is_refused(folder: Path) -> None:
    mean = outcome_of(folder, True).stages[0].rows[0].mean
    edited(folder, f'"mean": {mean}', '"mean": 81.25')
    with pytest.raises(UnusableInputError) as refused:
        gather([folder], None, print)
    assert (
        f"{folder / STAGES} says of fold24, hasty in stage 1: mean 81.25; its records say"
        in str(refused.value)
    )
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"kept": true', '"kept": false', "clauses “1 % or better"),
        (
            '"met": true,\n      "nearest"',
            '"met": false,\n      "nearest"',
            "of stage 1 is missed; by",
        ),
        ('"watched": "test"', '"watched": "held-out"', "says that held-out images were watched"),
        ('"t10k-images-idx3-ubyte": "', '"t10k-images-idx3-ubyte": "0', "is on other images than"),
        ('"rows": [', '"rows": [], "x": [', "x: Extra inputs"),
    ],
)
def test_so_is_a_verdict_or_what_it_was_measured_on(
    folder: Path, old: str, new: str, told: str
) -> None:
    edited(folder, old, new)
    with pytest.raises(UnusableInputError, match=told):
        gather([folder], None, print)


def test_sentences_are_computed_anew(folder: Path) -> None:
    edited(folder, "shows no sign of over-fitting", "is the best there ever was")
    text = render(gather([folder], None, print), "markdown")
    assert "shows no sign of over-fitting" in text
    assert "ever was" not in text
    assert "most often takes" in text  # of the weights: the file was made without them
