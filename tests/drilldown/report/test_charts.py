"""Charts: ticks that a person reads, lines where the values are."""

import math
import re

import pytest

from tinydrill.drilldown.calibration import Bin, Calibration
from tinydrill.drilldown.report.blocks import number
from tinydrill.drilldown.report.charts import Line, curves, reliability, stacked


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def heights(svg: str, kind: str) -> list[float]:
    (found,) = re.findall(rf'class="line {kind}">.*?points="([^"]*)"', svg)
    return [float(pair.split(",")[1]) for pair in found.split()]


def test_ticks_are_round_and_the_axis_is_no_wider_than_the_values() -> None:
    drawn = curves("loss", [Line(((1, 0.03), (4, 0.7)), "c0 test mean", "loss")])
    ticks = [text for text in texts(drawn) if text != "epochs"]
    assert ticks[:8] == ["0.03", "0.05", "0.07", "0.1", "0.2", "0.3", "0.5", "0.7"]
    assert ticks[8:] == ["0", "1", "2", "3", "4"]
    low, high = heights(drawn, "c0 test mean")
    assert low == pytest.approx(271.2, abs=0.2)
    assert high == pytest.approx(18.8, abs=0.2)


@pytest.mark.parametrize(("low", "high"), [(0.42, 0.48), (0.5, 0.5), (0.001, 90), (1e-9, 1e3)])
def test_whatever_the_range_a_few_ticks_are_shown(low: float, high: float) -> None:
    drawn = curves("loss", [Line(((1, low), (2, high)), "c0 test mean", "loss")])
    ticks = re.findall(r'class="tick end">([^<]*)<', drawn)
    assert 2 <= len(ticks) <= 11
    assert len(set(ticks)) == len(ticks)


@pytest.mark.parametrize(
    ("errors", "side"),
    [((20, 5, 2, 1, 0.62, 0.61), "start"), ((0.65, 0.62, 0.3, 0.2, 0.1, 0.05), "end")],
)
def test_the_target_is_named_where_no_line_runs(errors: tuple[float, ...], side: str) -> None:
    points = tuple((4.0 * at, value) for at, value in enumerate(errors, start=1))
    drawn = curves("errors", [Line(points, "c0 test mean", "e")], target=0.6)
    assert re.findall(r'class="tick (\w+)">target 0.6<', drawn) == [side]


def test_equal_ratios_are_equal_distances() -> None:
    drawn = curves("loss", [Line(((1, 0.4), (2, 0.2), (3, 0.1)), "c0 test mean", "loss")])
    first, second, third = heights(drawn, "c0 test mean")
    assert second - first == pytest.approx(third - second, abs=0.11)
    assert second > first


def test_zeros_are_left_out_of_a_logarithmic_axis() -> None:
    drawn = curves("errors", [Line(((1, 0.4), (2, 0.0)), "c0 test mean", "e")], target=0.6)
    assert drawn.count("<circle") == 1
    assert "target 0.6" in texts(drawn)
    assert "nothing to draw" in curves("errors", [Line(((1, 0.0),), "c0 test mean", "e")])


def test_names_can_not_end_the_drawing() -> None:
    drawn = curves("loss", [Line(((1, 1.0),), "c0 test mean", "</svg><b>")])
    assert "<b>" not in drawn.replace("<b>loss</b>", "")


def test_bins_stand_as_high_as_they_are_right() -> None:
    bins = (Bin(0, 0.5, 10, 0.4, 0.2), Bin(0.5, 1.0, 40, 0.8, 1.0))
    drawn = reliability(Calibration(bins))
    assert re.findall(r'class="(bar|shy|bold)" [^>]*height="([\d.]+)"', drawn) == [
        ("bar", "50.0"),
        ("bold", "50.0"),
        ("bar", "200.0"),
        ("shy", "50.0"),
    ]
    assert "confidence 50 to 100 %: 40 images, 100.0 % right" in drawn


def test_a_bar_is_divided_as_its_parts_are() -> None:
    drawn = stacked([("data", 1.0), ("train", 3.0)], "label")
    assert re.findall(r'width="([\d.]+)" height', drawn) == ["25.00", "75.00"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.05, "0.05"), (12345, "12,345"), (-0.5, "−0.5"), (1e-7, "1.00e−07"), (0, "0")],
)
def test_numbers_are_for_people(value: float, text: str) -> None:
    assert number(value) == text


def test_a_point_that_is_left_out_is_told() -> None:
    whole = curves("x", [Line(((1.0, 1.0), (2.0, 0.5)), "c0", "seed 1")])
    assert "have no place" not in whole
    cut = curves("x", [Line(((1.0, 1.0), (2.0, 0.0)), "c0", "seed 1")])
    assert "zeros have no place on this axis; the table has them" in cut


def test_an_infinite_loss_does_not_stretch_the_axis() -> None:
    drawn = curves("x", [Line(((1.0, math.inf), (2.0, 0.5)), "c0", "seed 1")])
    assert drawn.count("<circle") == 1
