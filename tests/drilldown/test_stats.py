"""Statistics: against textbooks, other methods, formulas by hand, and simulation."""

import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from tinydrill.drilldown.stats import mcnemar, seeds_needed, summarize, welch, wilson
from tinydrill.errors import UnusableInputError

# Student (1908): extra hours of sleep under two soporifics; the standard example of R's t.test,
# whose documentation reports t = −1.8608, df = 17.776, p = 0.07939, interval −3.3655 … 0.2055.
SLEEP_1 = (0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0)
SLEEP_2 = (1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4)


def test_welch_gives_the_published_result_for_students_sleep_data() -> None:
    found = welch(SLEEP_1, SLEEP_2)
    assert found.difference == pytest.approx(1.58)
    assert found.p == pytest.approx(0.07939, abs=1e-5)
    assert found.difference - found.half_width == pytest.approx(-0.2054832, abs=1e-6)
    assert found.difference + found.half_width == pytest.approx(3.3654832, abs=1e-6)
    assert not found.distinguishable


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("sizes", [(2, 2), (3, 10), (10, 4)])
def test_welch_agrees_with_scipys_own(seed: int, sizes: tuple[int, int]) -> None:
    random = np.random.default_rng(seed)
    a, b = random.normal(99.5, 0.03, sizes[0]), random.normal(99.55, 0.09, sizes[1])
    found = welch(a.tolist(), b.tolist(), 0.9)
    witness = scipy_stats.ttest_ind(b, a, equal_var=False)
    low, high = witness.confidence_interval(0.9)
    assert found.p == pytest.approx(witness.pvalue)
    assert found.half_width == pytest.approx((high - low) / 2)
    assert found.distinguishable == (witness.pvalue < 0.1)


def test_welch_raises_a_false_alarm_as_often_as_it_promises() -> None:
    random = np.random.default_rng(1)
    alarms = sum(
        welch(random.normal(0, 1, 5).tolist(), random.normal(0, 4, 10).tolist()).distinguishable
        for _ in range(1000)
    )
    assert 30 <= alarms <= 72  # 50 expected; ± 3 standard deviations


def test_welch_tells_which_side_is_higher() -> None:
    assert welch((99.4, 99.41), (99.6, 99.61)).difference == pytest.approx(0.2)
    assert welch((99.6, 99.61), (99.4, 99.41)).difference == pytest.approx(-0.2)


@pytest.mark.parametrize("sides", [((1.0,), (2.0, 3.0)), ((2.0, 3.0), (9.0,)), ((1.0,), (5.0,))])
def test_a_single_seed_on_a_side_tells_nothing(
    sides: tuple[tuple[float, ...], tuple[float, ...]],
) -> None:
    found = welch(*sides)
    assert (found.half_width, found.p, found.distinguishable) == (math.inf, 1.0, False)


def test_without_any_spread_whatever_differs_is_told_apart() -> None:
    assert welch((99.5,) * 3, (99.5,) * 3).distinguishable is False
    found = welch((99.5,) * 3, (99.6,) * 3)
    assert (found.half_width, found.p, found.distinguishable) == (0.0, 0.0, True)


def test_spread_on_one_side_alone_is_enough_to_judge_by() -> None:
    a, b = (99.5, 99.5, 99.5), (99.6, 99.7, 99.65)
    found = welch(a, b)
    one_sample = scipy_stats.ttest_1samp(b, 99.5)
    assert found.p == pytest.approx(one_sample.pvalue)


def test_the_interval_of_a_mean_is_students() -> None:
    found = summarize((10.0, 12.0, 14.0), 12.0)
    # t(0.975; 2) = 4.302653, standard error 2/√3
    assert found.mean == 12
    assert found.sd == 2
    assert found.interval == pytest.approx((12 - 4.968276, 12 + 4.968276), abs=1e-5)
    assert (found.minimum, found.maximum, found.n) == (10, 14, 3)


def test_the_interval_of_a_mean_holds_it_as_often_as_it_promises() -> None:
    random = np.random.default_rng(2)
    held = 0
    for _ in range(1000):
        low, high = summarize(random.normal(99.5, 0.03, 4).tolist(), 99.4, 0.9).interval
        held += low <= 99.5 <= high
    assert 871 <= held <= 929  # 900 expected; ± 3 standard deviations


def test_one_seed_has_a_mean_and_no_interval() -> None:
    found = summarize((99.51,), 99.4)
    assert (found.mean, found.sd, found.interval) == (99.51, 0.0, (-math.inf, math.inf))


def test_equal_seeds_have_no_spread() -> None:
    found = summarize((99.51,) * 7, 99.4)
    assert found.sd == 0.0
    assert found.interval == (found.mean, found.mean)


def test_a_seed_at_the_target_passes() -> None:
    just = 100 * (10_000 - 60) / 10_000
    below = 100 * (10_000 - 61) / 10_000
    assert summarize((just, below), 99.4).passing == 1
    assert summarize((100 * (3_000 - 18) / 3_000,), 99.4).passing == 1


def test_no_seeds_have_no_summary() -> None:
    with pytest.raises(ValueError, match="at least one"):
        summarize((), 99.4)


@pytest.mark.parametrize(
    "confidence", [0.0, 1e-9, 0.49, 0.99999, 1 - 1e-16, 1.0, 95.0, -0.1, math.nan]
)
def test_a_confidence_is_one_that_means_something(confidence: float) -> None:
    for use in (
        lambda: summarize((1.0, 2.0), 1.0, confidence),
        lambda: welch((1.0, 2.0), (1.0, 2.0), confidence),
        lambda: wilson(1, 2, confidence),
    ):
        with pytest.raises(UnusableInputError, match=r"between 0\.5 and 0\.9999, as 0\.95 does"):
            use()


def by_hand(successes: int, n: int, z: float) -> tuple[float, float]:
    """Wilson (1927): the two shares p with |p̂ − p| = z·√(p(1 − p)/n)."""
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return centre - half, centre + half


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (1, 1), (7, 10), (10, 10), (81, 263)])
def test_wilson_is_the_formula_by_hand(successes: int, n: int) -> None:
    assert wilson(successes, n) == pytest.approx(by_hand(successes, n, 1.959964), abs=1e-6)


def test_wilson_gives_newcombes_published_interval() -> None:
    # Newcombe (1998), Statistics in Medicine 17:857, table I: 81 of 263 gives 0.2553 to 0.3662.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@pytest.mark.parametrize(("a", "b"), [(0, 0), (12, 15), (0, 6), (3, 20), (150, 100)])
def test_mcnemar_is_a_fair_coins_two_tails(a: int, b: int) -> None:
    tail = sum(math.comb(a + b, k) for k in range(min(a, b) + 1)) / 2 ** (a + b)
    assert mcnemar(a, b) == pytest.approx(min(1.0, 2 * tail))
    assert mcnemar(a, b) == mcnemar(b, a)


@pytest.mark.parametrize(
    ("effect", "published"),
    [(0.2, 394), (0.5, 64), (0.8, 26)],  # Cohen (1988), α = 0.05 two-sided, power 0.8
)
def test_seeds_needed_are_cohens(effect: float, published: int) -> None:
    assert seeds_needed(effect, 1, 1) == published
    assert seeds_needed(-effect, 1, 1) == published


def test_seeds_needed_find_the_difference_as_often_as_promised() -> None:
    n = seeds_needed(0.05, 0.03, 0.06)
    assert n is not None
    random = np.random.default_rng(3)
    rounds = 1000
    found = sum(
        welch(
            random.normal(99.50, 0.03, n).tolist(), random.normal(99.55, 0.06, n).tolist()
        ).distinguishable
        for _ in range(rounds)
    )
    assert 0.76 <= found / rounds <= 0.86


def test_no_number_of_seeds_finds_what_is_not_there() -> None:
    assert seeds_needed(0.0, 0.03, 0.03) is None
    assert seeds_needed(1e-6, 0.03, 0.03) is None


def test_without_spread_two_seeds_are_enough() -> None:
    assert seeds_needed(0.1, 0, 0) == 2
    assert seeds_needed(50, 1, 1) == 2
