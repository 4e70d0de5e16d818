"""The verdict, at its edges."""

import pytest

from tinydrill.drilldown.budget import Budget, Verdict
from tinydrill.errors import UnusableInputError


def verdict(errors: int = 60, parameters: int = 19_999, epochs: float = 20) -> Verdict:
    return Verdict(Budget(), errors, 10_000, parameters, epochs)


def test_exactly_at_the_limits_passes() -> None:
    assert verdict().passed


@pytest.mark.parametrize(
    "failing", [verdict(errors=61), verdict(parameters=20_000), verdict(epochs=20.1)]
)
def test_one_step_over_any_limit_fails(failing: Verdict) -> None:
    assert not failing.passed


def test_net0_is_refused_with_its_count_and_the_limit() -> None:
    with pytest.raises(UnusableInputError, match=r"net0 has 6,379,786 parameters.*20,000"):
        Budget().admit("net0", 6_379_786, 20)


def test_too_many_planned_epochs_are_refused() -> None:
    with pytest.raises(UnusableInputError, match="plans 21 epochs; the budget is 20"):
        Budget().admit("net8", 19_310, 21)


@pytest.mark.parametrize("limits", [(0, 20, 99.4), (20_000, 0, 99.4), (20_000, 20, 101)])
def test_an_impossible_budget_is_refused(limits: tuple[int, float, float]) -> None:
    with pytest.raises(UnusableInputError, match="can't be kept"):
        Budget(*limits)


def test_the_sentence_shows_each_limit_and_on_which_side_the_run_is() -> None:
    assert verdict(errors=53, parameters=17_578, epochs=4).sentence(21.04, 2) == (
        "PASS   99.47 % (53 errors of 10,000 test images) ≥ 99.40 %   "
        "17,578 < 20,000 parameters   4 ≤ 20 epochs   21.0 s on 2 cores"
    )
    failed = verdict(errors=61, parameters=20_000, epochs=21).sentence(1, 1)
    assert failed.startswith("FAIL   99.39 %")
    assert "< 99.40 %" in failed
    assert "20,000 ≥ 20,000" in failed
    assert "21 > 20 epochs" in failed


@pytest.mark.parametrize("images", [10_000, 1_000, 7])
def test_a_whole_number_of_errors_decides(images: int) -> None:
    limit = images * 6 // 1000  # 0.6 % of the images, rounded down
    assert Verdict(Budget(), limit, images, 1, 1).accurate
    assert not Verdict(Budget(), limit + 1, images, 1, 1).accurate
