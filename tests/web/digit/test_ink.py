"""From strokes to an image, and from choices to an address and back."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.web.digit.conftest import Ask

DRAWINGS: dict[str, list[list[int]]] = json.loads(
    (Path(__file__).parent / "drawings.json").read_text()
)


def pictures(ask: Ask, drawings: list[list[list[int]]], pen: int = 22) -> NDArray[np.float64]:
    return np.array(ask("pictures", drawings=drawings, pen=pen), dtype=float).reshape(-1, 28, 28)


def moved(ink: list[list[int]], by: int) -> list[list[int]]:
    return [[v + by for v in stroke] for stroke in ink]


def test_the_ink_fills_a_box_of_20_pixels(ask: Ask) -> None:
    for image in pictures(ask, list(DRAWINGS.values())):
        rows, columns = (np.flatnonzero(image.sum(axis=axis)) for axis in (1, 0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
        assert image.max() == 255


def test_the_centre_of_mass_lies_on_pixel_14_as_in_mnist(ask: Ask) -> None:
    edge = np.arange(28)
    for image in pictures(ask, list(DRAWINGS.values())):
        centre = [(image.sum(axis=axis) * edge).sum() / image.sum() for axis in (1, 0)]
        assert np.abs(np.array(centre) - 14).max() <= 0.5 + 1e-2


def apart(first: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Mean difference, after the one pixel by which a tie in the rounding can move the whole."""
    moves = [np.roll(other, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    return float(min(np.abs(first - each).mean() for each in moves))


def test_place_and_size_of_the_drawing_do_not_matter(ask: Ask) -> None:
    drawn = list(DRAWINGS.values())
    whole = pictures(ask, drawn)
    elsewhere = pictures(ask, [moved(ink, 20) for ink in drawn])
    halved = pictures(ask, [[[v // 2 for v in s] for s in ink] for ink in drawn], pen=11)
    for first, second, third in zip(whole, elsewhere, halved, strict=True):
        assert apart(first, second) < 0.01
        assert apart(first, third) < 10


def test_a_wide_drawing_keeps_its_proportions(ask: Ask) -> None:
    (image,) = pictures(ask, [[[20, 140, 260, 140]]], pen=24)
    assert np.flatnonzero(image.sum(axis=0)).size == 20
    assert np.flatnonzero(image.sum(axis=1)).size == 2  # 24 of 264 units, of 20 pixels


@pytest.mark.parametrize("ink", [[], [[]]])
def test_no_ink_is_black(ask: Ask, ink: list[list[int]]) -> None:
    assert pictures(ask, [ink]).sum() == 0


def test_an_address_says_again_what_it_was_read_as(ask: Ask) -> None:
    hashes = [
        "sample=3",
        "ink=01057s00.7s007s7s&pen=30&class=4&layer=2&map=7&row=1&col=5&from=3&cam=6&show=gradients",
    ]
    for given, (state, again) in zip(hashes, ask("states", hashes=hashes), strict=True):
        assert again == given, state


def test_what_an_address_can_not_mean_is_left_out(ask: Ask) -> None:
    ((state, again),) = ask("states", hashes=["layer=x&pen=&class=1e9&show=all&other=1&ink=%%%"])
    assert again == ""
    assert state["ink"] == []
