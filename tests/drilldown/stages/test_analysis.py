"""Trend, step, best epoch, confusion: each sentence has a record that triggers it and one not."""

import numpy as np
import pytest

from tests.drilldown.stages.making import run, trained
from tinydrill.drilldown.stages import analysis
from tinydrill.drilldown.stages.configuration import Configuration
from tinydrill.drilldown.stages.trained import Floats, Trained

START = [300, 200, 150, 120, 110]
RISING = trained([*START, 100, 92, 85, 76, 70], [*START, 101, 93, 84, 77, 69])
FLAT = trained([*START, 70, 72, 69, 71, 70], [*START, 68, 70, 71, 69, 68])
FALLING = trained([*START, 60, 66, 71, 75, 82], [*START, 61, 65, 70, 77, 81])
WILD = trained([*START, 70, 110, 60, 100, 72], [*START, 95, 66, 105, 62, 90])


def test_a_slope_beyond_chance_is_improvement() -> None:
    sentence = analysis.improves(RISING)
    assert sentence is not None
    assert "+0.078 points an epoch over the last 5" in sentence
    assert analysis.improves(FLAT) is None
    assert analysis.improves(FALLING) is None


def test_a_slope_that_chance_explains_is_a_plateau() -> None:
    sentence = analysis.plateaus(FLAT)
    assert sentence is not None
    assert "over the last 5, which the scatter of 1.3 errors" in sentence
    assert analysis.plateaus(RISING) is None
    assert analysis.plateaus(WILD) is None


def test_a_slope_that_drowns_in_scatter_is_left_open() -> None:
    sentence = analysis.has_no_clear_trend(WILD)
    assert sentence is not None
    assert "points an epoch over the last 5 can't be told from a scatter of 21.4" in sentence
    assert analysis.has_no_clear_trend(FLAT) is None
    assert analysis.has_no_clear_trend(RISING) is None


def test_a_slope_that_would_matter_is_no_plateau_because_few_seeds_can_t_prove_it() -> None:
    """Slim9's last epochs under the exercise's recipe: 14 errors fewer in five more epochs."""
    alone = trained([*START, 84, 76, 80, 73, 72])
    assert analysis.plateaus(alone) is None
    assert "may be improving or not: +0.027 points" in str(analysis.has_no_clear_trend(alone))


def falling(*steps: float) -> Trained:
    """`RISING`, whose last epochs ended with these steps."""
    runs = tuple(
        one.model_copy(
            update={
                "epochs": tuple(
                    epoch.model_copy(update={"lr": lr})
                    for epoch, lr in zip(one.epochs, steps, strict=True)
                )
            }
        )
        for one in RISING.runs
    )
    return Trained(RISING.configuration, runs)


def test_improvement_while_the_step_falls_may_be_the_schedule_s() -> None:
    sentence = analysis.improves(falling(*[0.01] * 6, 0.008, 0.006, 0.003, 0.001))
    assert "while the step fell from 0.01 to 0.001; the smaller step may be" in str(sentence)
    assert "more epochs may bring more" in str(analysis.improves(RISING))


def test_two_recipes_of_one_net_are_told_apart() -> None:
    one = Trained(FLAT.configuration, FLAT.runs, alone=False)
    assert str(analysis.plateaus(one)).startswith("slim9 (seed) is on a plateau")
    assert str(analysis.plateaus(FLAT)).startswith("slim9 is on a plateau")


def test_a_slope_upwards_in_errors_is_worsening() -> None:
    sentence = analysis.worsens(FALLING)
    assert sentence is not None
    assert "-0.052 points an epoch" in sentence
    assert analysis.worsens(RISING) is None
    assert analysis.worsens(FLAT) is None


@pytest.mark.parametrize("one", [RISING, FLAT, FALLING, WILD])
def test_exactly_one_trend_is_told(one: Trained) -> None:
    asked = (
        *(analysis.improves, analysis.plateaus),
        *(analysis.has_no_clear_trend, analysis.worsens),
    )
    assert sum(question(one) is not None for question in asked) == 1


def test_a_run_too_short_for_a_line_has_no_trend() -> None:
    short = trained([300, 200, 100, 90, 80])
    assert analysis.trend_of(short) is None
    asked = (analysis.improves, analysis.plateaus, analysis.worsens, analysis.step_calm)
    assert [question(short) for question in asked] == [None] * 4
    assert analysis.step_too_large(short) is None


def test_equal_errors_in_every_epoch_are_a_plateau() -> None:
    still = trained([*START, 70, 70, 70, 70, 70])
    assert "+0.000 points an epoch" in str(analysis.plateaus(still))
    assert "scatter of 0.0 errors" in str(analysis.plateaus(still))


def test_a_line_without_scatter_is_a_trend() -> None:
    assert "+0.100 points" in str(analysis.improves(trained([*START, 100, 90, 80, 70, 60])))


def test_much_scatter_at_a_large_step_says_so() -> None:
    sentence = analysis.step_too_large(WILD)
    assert sentence is not None
    assert "at a step of 0.01" in sentence
    assert "half the square root of 83 errors" in sentence
    assert analysis.step_too_large(FLAT) is None


def test_scatter_is_not_laid_to_a_step_that_the_schedule_has_calmed() -> None:
    calmed = Trained(
        WILD.configuration,
        (run(WILD.configuration, [*START, 70, 110, 60, 100, 72], lr=0.001),),
    )
    assert analysis.step_too_large(calmed) is None
    assert analysis.step_calm(calmed) is None


def test_last_epochs_that_agree_are_calm() -> None:
    sentence = analysis.step_calm(FLAT)
    assert sentence is not None
    assert "scatter by 1.3 around their trend; its last step is 0.01" in sentence
    assert analysis.step_calm(WILD) is None


def test_the_best_epoch_is_set_against_the_last() -> None:
    sentence = analysis.best_flatters(WILD)
    assert sentence is not None
    assert "best epoch of 10 would claim 99.39 %; the last epoch keeps 99.19 %" in sentence
    assert analysis.best_flatters(FLAT) is None


def test_diverged_runs_are_named() -> None:
    there = Configuration("slim9", "seed")
    mixed = Trained(there, (run(there, [90, 80]), run(there, [90], seed=1, status="diverged")))
    assert analysis.diverges(mixed) == (
        "slim9 diverged with 1 of 2 seeds (1): the loss reached nan"
    )
    assert analysis.diverges(FLAT) is None


def confusions(**pairs: int) -> Floats:
    """1,000 right of each class, one error of every pair, and more of those named `_4_9=…`."""
    matrix = np.ones((10, 10))
    np.fill_diagonal(matrix, 1000)
    for name, count in pairs.items():
        row, column = map(int, name.strip("_").split("_"))
        matrix[row, column] = count
    return matrix


def test_pairs_that_stand_out_are_named() -> None:
    sentence = analysis.confused(FLAT, [confusions(_4_9=30, _7_2=20), confusions(_4_9=20, _7_2=10)])
    assert sentence is not None
    assert (
        "takes 4 for 9 (25 times), 7 for 2 (15 times): 31 % of its 128 errors on the test images"
    ) in sentence


def test_errors_spread_evenly_name_no_pair() -> None:
    assert analysis.confused(FLAT, [confusions()]) is None


def test_pairs_as_frequent_as_chance_makes_some_are_not_named() -> None:
    """90 pairs and 93 errors: some pair has 4 of them in most runs, 7 in hardly any."""
    few = analysis.confused(FLAT, [confusions(_4_9=4)])
    assert few is None
    assert "takes 4 for 9 (7 times)" in str(analysis.confused(FLAT, [confusions(_4_9=7)]))


def test_without_weights_or_errors_no_pair_is_named() -> None:
    assert analysis.confused(FLAT, []) is None
    assert analysis.confused(FLAT, [np.diag(np.full(10, 1000.0))]) is None
