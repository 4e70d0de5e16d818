"""An outcome's file: read back as written, or refused in a sentence."""

from pathlib import Path

import pytest

from tests.drilldown.stages.making import trained
from tinydrill.drilldown.stages import outcome as outcomes
from tinydrill.drilldown.stages.file import Stage, Target
from tinydrill.drilldown.stages.outcome import StagesOutcome
from tinydrill.drilldown.stages.result import held_against, outcome_of
from tinydrill.drilldown.stages.text import markdown
from tinydrill.errors import UnusableInputError

GOOD = trained([90, 60, 58], [95, 59, 60])
BAD = trained([90, 80, 70], [95, 90, 85], net="fold9")
STAGE = Stage(
    name="Baseline",
    why="First\n  *this*.",
    seeds=(0, 1),
    target=Target(parameters=10_000, accuracy=99.4, last=2),
)


def outcome(planned: int = 1) -> StagesOutcome:
    held = held_against(Target(parameters=10_000, accuracy=99.4, last=2), [BAD, GOOD])
    runs = {BAD: ["fold9-s0", "fold9-s1"], GOOD: ["slim9-s0", "slim9-s1"]}
    stage = outcome_of(1, STAGE, held, [], runs, {})
    return StagesOutcome(
        title="One",
        remark="",
        file_sha256="0",
        command="tinydrill stages one.toml",
        data="mnist",
        data_sha256={},
        watched="test",
        planned=planned,
        stages=(stage,),
    )


def test_an_outcome_is_read_back_as_it_was(tmp_path: Path) -> None:
    outcomes.save_outcome(outcome(), tmp_path)
    assert outcomes.load_outcome(tmp_path) == outcome()


def test_a_stage_is_met_if_one_configuration_meets_it() -> None:
    (stage,) = outcome().stages
    assert (stage.met, stage.nearest) == (True, 1)
    assert [row.met for row in stage.rows] == [False, True]
    assert [clause.kept for clause in stage.clauses] == [True, True]


def test_a_drill_down_is_met_when_its_last_stage_is() -> None:
    assert outcome().met
    assert not outcome(planned=2).met


def test_rows_are_those_of_the_runs() -> None:
    row = outcome().stages[0].rows[1]
    assert row.accuracies == (99.42, 99.4)
    assert row.mean == pytest.approx(99.41)
    assert (row.minimum, row.last_minimum) == (99.4, 99.05)
    assert row.sd == pytest.approx(0.0141, abs=1e-4)
    assert (row.last, row.epochs, row.seconds, row.runs) == (3, 3, 30, ("slim9-s0", "slim9-s1"))


def test_a_single_seed_has_no_deviation() -> None:
    alone = trained([90, 60, 58])
    held = held_against(Target(accuracy=99.4), [alone])
    assert outcome_of(1, STAGE, held, [], {alone: ["x"]}, {}).rows[0].sd is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "holds no stages"),
        (b"\xff\xfe", "holds no stages"),
        (b"[]", "is not an outcome of stages"),
        (b"[" * 200_000, "is not an outcome of stages: nested too deeply"),
        (
            b'{"schema_version": 7}',
            "has schema 7; this version reads schema 2, and makes the outcome",
        ),
        (b'{"schema_version": 2}', "is not an outcome that this version reads: title"),
    ],
)
def test_what_is_no_outcome_is_refused(tmp_path: Path, content: bytes | None, told: str) -> None:
    if content is not None:
        (tmp_path / outcomes.STAGES).write_bytes(content)
    with pytest.raises(UnusableInputError) as refusal:
        outcomes.load_outcome(tmp_path)
    assert told in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match="can't be written to"):
        outcomes.save_outcome(outcome(), tmp_path / "nowhere")


def test_markdown_has_the_author_s_words_as_they_are_and_marks_them() -> None:
    text = markdown(outcome())
    assert "> **The author:**\n> First\n>   *this*.\n" in text
    assert "- ✓ fewer than 10,000 parameters: 9,384" in text
    assert "| slim9 | seed | 2 | 99.410 | 0.014 | 99.40 | 99.05 | 9,384 |" in text
    assert text.count("### ") == 3


def test_markdown_says_where_stages_are_missing() -> None:
    assert "**1 of 2 stages so far.**" in markdown(outcome(planned=2))


def test_held_out_images_are_named_and_the_test_images_beside_them() -> None:
    held_out = trained([90, 60, 58], rule="held-out", final=55)
    held = held_against(Target(accuracy=99.4), [held_out])
    stage = outcome_of(1, STAGE, held, [], {held_out: ["x"]}, {})
    whole = outcome().model_copy(update={"stages": (stage,), "watched": "held-out"})
    assert "on the test images, read once at the end: slim9 99.450 %." in markdown(whole)
