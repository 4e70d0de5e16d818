"""Over- or under-fitting: every sentence has a record that triggers it and one that doesn't."""

import pytest

from tests.drilldown.making import trained
from tinydrill.drilldown import fitting
from tinydrill.drilldown.trained import Trained

CURVE = [300, 150, 90, 80, 75, 74]
# 80 errors of 10,000: a standard error of 0.089 points, so 0.27 are a gap.
KNOWN_BY_HEART = trained(CURVE, CURVE, train_errors=60)
NOT_LEARNT = trained(CURVE, CURVE, train_errors=600)
LEARNT = trained(CURVE, CURVE, train_errors=330)
MOVED = {"rotate": 7}
RISING = trained(CURVE, changes=MOVED, losses=[0.08, 0.05, 0.03, 0.025, 0.028, 0.031])
HELD = trained(CURVE, changes=MOVED, losses=[0.08, 0.05, 0.03, 0.025, 0.025, 0.026])


def told(one: Trained) -> list[str]:
    spoken = (
        fitting.over_fits(one),
        fitting.under_fits(one, 99.4),
        fitting.fits(one, 99.4),
        fitting.loss_rises(one),
        fitting.loss_holds(one),
    )
    return [text for text in spoken if text]


def test_a_gap_beyond_three_standard_errors_is_over_fitting() -> None:
    sentence = fitting.over_fits(KNOWN_BY_HEART)
    assert sentence is not None
    assert "99.90 % of the training images right but 99.26 % of the test images" in sentence
    assert "The gap of 0.64 points is 7.5 standard errors" in sentence
    assert fitting.over_fits(LEARNT) is None


def test_training_images_that_are_not_learnt_are_under_fitting() -> None:
    sentence = fitting.under_fits(NOT_LEARNT, 99.4)
    assert sentence is not None
    assert "even of the training images it gets 99.00 % right" in sentence
    assert fitting.under_fits(LEARNT, 99.4) is None


def test_a_net_that_does_neither_is_said_to() -> None:
    sentence = fitting.fits(LEARNT, 99.4)
    assert sentence is not None
    assert "no over-fitting: 99.45 % of the training images right and 99.26 %" in sentence
    assert fitting.fits(KNOWN_BY_HEART, 99.4) is None


def test_a_rising_loss_is_over_fitting_where_images_are_moved() -> None:
    sentence = fitting.loss_rises(RISING)
    assert sentence is not None
    assert "lowest after epoch 4 (0.0250) and ends 24 % above that (0.0310)" in sentence
    assert "in training images are moved (rotate)" in sentence
    assert fitting.loss_rises(HELD) is None


def test_a_loss_that_stays_low_is_no_over_fitting() -> None:
    sentence = fitting.loss_holds(HELD)
    assert sentence is not None
    assert "ends at 0.0260, 4 % above its lowest (0.0250, epoch 4)" in sentence
    assert fitting.loss_holds(RISING) is None


@pytest.mark.parametrize("one", [KNOWN_BY_HEART, NOT_LEARNT, LEARNT, RISING, HELD])
def test_exactly_one_sentence_is_said(one: Trained) -> None:
    assert len(told(one)) == 1


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (trained(CURVE), ""),
        (trained(CURVE, changes={"shift": 1}), "images are moved (shift)"),
        (trained(CURVE, changes={"focus": 0.5}), "hard images come more often (focus)"),
        (trained(CURVE, net="net8"), "values are dropped (Dropout)"),
        (trained(CURVE, net="a stranger's class"), "values are dropped (Dropout)"),
    ],
)
def test_training_figures_are_no_witness_where_training_was_harder(one: Trained, why: str) -> None:
    assert fitting.handicaps(one) == why


def test_held_out_images_are_called_so() -> None:
    held_out = trained(CURVE, train_errors=60, rule="held-out", final=70)
    assert "of the held-out images" in str(fitting.over_fits(held_out))
