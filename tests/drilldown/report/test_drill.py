"""A report on stages: their own words and numbers first, then the runs they are made of."""

from pathlib import Path

import pytest

from tests.drilldown.report.reading import tables
from tinydrill.drilldown import record
from tinydrill.drilldown.report.document import render
from tinydrill.drilldown.report.material import gather
from tinydrill.drilldown.stages import (
    STAGES,
    Clause,
    Row,
    Sentence,
    StageOutcome,
    StagesOutcome,
    save_outcome,
)
from tinydrill.drilldown.stages.text import COLUMNS, cells
from tinydrill.errors import UnusableInputError


def outcome_of(folder: Path, met: bool) -> StagesOutcome:
    """One stage of the runs in a folder, as far as it matters to who renders it."""
    runs = sorted(path for path in folder.iterdir() if path.is_dir())
    kept = [record.load(path) for path in runs]
    row = Row(
        net="fold24",
        recipe="hasty",
        runs=tuple(path.name for path in runs),
        seeds=tuple(one.seed for one in kept),
        diverged=(),
        accuracies=tuple(one.epochs[-1].watch.accuracy for one in kept),
        mean=81.25,
        sd=1.5,
        minimum=80.0,
        last=1,
        last_minimum=80.0,
        test_mean=None,
        parameters=kept[0].net.parameters,
        macs=kept[0].net.macs,
        epochs=2,
        seconds=0.5,
        clauses=(Clause(wanted="≥ 20 % in both", found="80.00 % | 82.50 %", kept=met),),
        met=met,
    )
    stage = StageOutcome(
        number=1,
        name="Baseline <b>",
        why="See *what* there is.",
        remark="So much for that.",
        continues="",
        target="20 % after the last epoch",
        met=met,
        nearest=0,
        rows=(row,),
        sentences=(Sentence(topic="fit", text="It learns less than it could: 12 % & more."),),
    )
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
    assert "It learns less than it could: 12 % & more." in text
    assert "> The author: So much for that." in text
    (row,) = next(rows for caption, rows in tables(text).items() if "lowest reading" in caption)
    assert tuple(row.values()) == cells(outcome.stages[0].rows[0])
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
