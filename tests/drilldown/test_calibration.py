"""Calibration against sums by hand."""

import math

import pytest
import torch

from tinydrill.drilldown.calibration import calibrate


def logits_with(confidences: list[float]) -> torch.Tensor:
    """Two classes; the first gets these probabilities."""
    return torch.tensor([[math.log(p / (1 - p)), 0.0] for p in confidences], dtype=torch.float64)


def test_ece_is_the_sum_by_hand() -> None:
    logits = logits_with([0.95, 0.95, 0.95, 0.55, 0.65])
    labels = torch.tensor([0, 0, 1, 0, 1])
    found = calibrate(logits, labels, bins=10)
    assert [part.images for part in found.bins] == [0, 0, 0, 0, 0, 1, 1, 0, 0, 3]
    assert found.bins[9].accuracy == pytest.approx(2 / 3)
    assert found.bins[9].confidence == pytest.approx(0.95)
    by_hand = (3 * abs(2 / 3 - 0.95) + abs(1 - 0.55) + abs(0 - 0.65)) / 5
    assert found.ece == pytest.approx(by_hand)
    assert found.confidence == pytest.approx((3 * 0.95 + 0.55 + 0.65) / 5)
    assert found.accuracy == pytest.approx(3 / 5)


def test_one_bin_is_the_gap_between_accuracy_and_confidence() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(500, 10, generator=generator)
    labels = torch.randint(10, (500,), generator=generator)
    found = calibrate(logits, labels, bins=1)
    probabilities = logits.double().softmax(1)
    right = (logits.argmax(1) == labels).double().mean()
    assert found.ece == pytest.approx(float((probabilities.amax(1).mean() - right).abs()))


def test_a_sure_image_lies_in_the_last_bin() -> None:
    found = calibrate(torch.tensor([[500.0, 0.0]]), torch.tensor([0]))
    assert [part.images for part in found.bins] == [0] * 14 + [1]
    assert found.ece == 0


def test_images_that_a_net_can_not_tell_apart_are_called_as_likely_as_they_are() -> None:
    """Right half of the time and half sure: perfectly calibrated."""
    found = calibrate(torch.zeros(10, 2), torch.tensor([0, 1] * 5))
    assert found.ece == pytest.approx(0)
