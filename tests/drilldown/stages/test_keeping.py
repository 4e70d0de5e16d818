"""The folder of an outcome: what may take its place there."""

from pathlib import Path

import pytest

from tests.drilldown.stages.test_outcome import outcome
from tinydrill.drilldown.stages.keeping import keep
from tinydrill.drilldown.stages.outcome import MARKDOWN, StagesOutcome, load_outcome
from tinydrill.errors import UnusableInputError


def of(stages: int, planned: int) -> StagesOutcome:
    one = outcome(planned)
    return one.model_copy(update={"stages": one.stages * stages, "remark": f"{stages} {planned}"})


@pytest.mark.parametrize(
    ("there", "later", "replaced"),
    [
        ((2, 2), (1, 2), False),
        ((2, 2), (3, 5), False),
        ((2, 2), (2, 2), True),
        ((2, 2), (1, 1), True),
        ((1, 2), (1, 2), False),
        ((1, 3), (2, 3), True),
        ((2, 3), (1, 3), False),
        ((2, 3), (1, 1), True),
    ],
)
def test_only_what_is_worth_more_takes_an_outcome_s_place(
    tmp_path: Path, there: tuple[int, int], later: tuple[int, int], replaced: bool
) -> None:
    keep(of(*there), tmp_path)
    before = (tmp_path / MARKDOWN).read_bytes()
    keep(of(*later), tmp_path)
    assert load_outcome(tmp_path) == of(*(later if replaced else there))
    if not replaced:
        assert (tmp_path / MARKDOWN).read_bytes() == before


def test_a_folder_in_the_text_s_place_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / MARKDOWN).mkdir()
    with pytest.raises(UnusableInputError, match=r"stages\.md can't be written: Is a directory"):
        keep(of(1, 1), tmp_path)
