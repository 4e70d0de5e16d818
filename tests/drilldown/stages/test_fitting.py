"""Over- or under-fitting: every sentence has a record that triggers it and one that doesn't."""

import pytest

from tests.drilldown.stages.making import trained
from tinydrill.drilldown.stages import fitting
from tinydrill.drilldown.stages.trained import Trained

CURVE = [300, 150, 90, 80, 75, 74]
# 80 errors of 10,000: a standard error of 0.089 points, so 0.27 are a gap.
KNOWN_BY_HEART = trained(CURVE, CURVE, train_errors=60)
NOT_LEARNT = trained(CURVE, CURVE, train_errors=600)
LEARNT = trained(CURVE, CURVE, train_errors=330)
# 99.26 % of the test images, but 98.90 % of the training images as they came by.
COUNTED_EARLY = trained(CURVE, CURVE, train_errors=660)
MOVED = {"rotate": 7}
LONG = [*CURVE, 74, 74]
RISING = trained(LONG, changes=MOVED, losses=[0.08, 0.05, 0.025, 0.024, 0.026, 0.030, 0.031, 0.032])
OUTLIER = trained(
    LONG, changes=MOVED, losses=[0.08, 0.05, 0.025, 0.024, 0.026, 0.025, 0.025, 0.032]
)
HELD = trained(CURVE, changes=MOVED, losses=[0.08, 0.05, 0.03, 0.025, 0.025, 0.026])


def told(one: Trained) -> list[str]:
    spoken = (
        fitting.over_fits(one),
        fitting.under_fits(one, 99.4),
        fitting.fits(one, 99.4),
        fitting.leads(one, 99.4),
        fitting.loss_rises(one),
        fitting.loss_holds(one),
    )
    return [text for text in spoken if text]


def test_a_gap_beyond_three_standard_errors_is_over_fitting() -> None:
    sentence = fitting.over_fits(KNOWN_BY_HEART)
    assert sentence is not None
    assert "99.90 % of the training images right as they come by, but 99.26 % of" in sentence
    assert "The gap of 0.64 points is 7.5 standard errors of an accuracy over 10,000" in sentence
    assert fitting.over_fits(LEARNT) is None


def test_training_images_that_are_not_learnt_are_under_fitting() -> None:
    sentence = fitting.under_fits(NOT_LEARNT, 99.4)
    assert sentence is not None
    assert "even of the training images it gets 99.00 % right" in sentence
    assert fitting.under_fits(LEARNT, 99.4) is None


def test_a_net_that_does_neither_is_said_to() -> None:
    sentence = fitting.fits(LEARNT, 99.4)
    assert sentence is not None
    assert (
        "no clear over-fitting: 99.45 % of the training images right as they come by, and 99.26"
        in sentence
    )
    assert fitting.fits(KNOWN_BY_HEART, 99.4) is None


def test_a_lead_of_the_test_images_is_no_gap_within_the_errors() -> None:
    sentence = fitting.leads(COUNTED_EARLY, 99.2)
    assert sentence is not None
    assert (
        "98.90 % of the training images right as they come by, and even more, 99.26 %" in sentence
    )
    assert "The lead of 0.36 points is more than 3 standard errors" in sentence
    assert fitting.fits(COUNTED_EARLY, 98) is None
    assert fitting.under_fits(COUNTED_EARLY, 99.2) is None


def test_within_the_errors_neither_side_leads() -> None:
    """0.24 points, test above training; the standard error is 0.086."""
    close = trained(CURVE, CURVE, train_errors=588)
    assert fitting.leads(close, 98) is None
    assert "the gap of -0.24 points is within 3 standard errors" in str(fitting.fits(close, 98))
    assert fitting.leads(KNOWN_BY_HEART, 98) is None


def test_a_lead_below_what_is_wanted_is_under_fitting_still() -> None:
    assert fitting.leads(COUNTED_EARLY, 99.4) is None
    assert "even of the training images it gets 98.90 %" in str(
        fitting.under_fits(COUNTED_EARLY, 99.4)
    )


@pytest.mark.parametrize("wanted", [98, 99.2, 99.4])
@pytest.mark.parametrize("one", [KNOWN_BY_HEART, NOT_LEARNT, LEARNT, COUNTED_EARLY])
def test_whatever_is_wanted_one_sentence_is_said(one: Trained, wanted: float) -> None:
    spoken = (
        fitting.over_fits(one),
        *(say(one, wanted) for say in (fitting.under_fits, fitting.fits, fitting.leads)),
    )
    assert sum(text is not None for text in spoken) == 1


def test_a_rising_loss_is_over_fitting_where_images_are_moved() -> None:
    sentence = fitting.loss_rises(RISING)
    assert sentence is not None
    assert (
        "lowest in epochs 3 to 5 (0.0250) and ends 24 % above that (0.0310, means of 3 epochs)"
        in sentence
    )
    assert "in training images are moved (rotate)" in sentence
    assert fitting.loss_rises(HELD) is None


def test_a_single_bad_last_epoch_is_no_over_fitting() -> None:
    assert fitting.loss_rises(OUTLIER) is None
    assert "ends at 0.0273, 9 % above" in str(fitting.loss_holds(OUTLIER))


def test_a_run_of_one_epoch_is_read_by_itself() -> None:
    alone = trained([90], changes=MOVED, losses=[0.03])
    assert "ends at 0.0300, the lowest it has been (epoch 1)" in str(fitting.loss_holds(alone))


def test_a_loss_that_stays_low_is_no_over_fitting() -> None:
    sentence = fitting.loss_holds(HELD)
    assert sentence is not None
    assert "ends at 0.0253, the lowest it has been (epochs 4 to 6, means of 3 epochs)" in sentence
    assert fitting.loss_holds(RISING) is None


@pytest.mark.parametrize("one", [KNOWN_BY_HEART, NOT_LEARNT, LEARNT, COUNTED_EARLY, RISING, HELD])
def test_exactly_one_sentence_is_said(one: Trained) -> None:
    assert len(told(one)) == 1


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (trained(CURVE), ""),
        (trained(CURVE, changes={"shift": 1}), "images are moved (shift)"),
        (trained(CURVE, changes={"shift": 1, "epochs": 10, "calm": 0.1}), ""),
        (
            trained(CURVE, changes={"shift": 1, "epochs": 5, "calm": 0.1}),
            "images are moved (shift)",
        ),
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
