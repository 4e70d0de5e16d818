"""Drawings: files that are pictures, the same for the same runs."""

from pathlib import Path

import numpy as np
from PIL import Image

from tests.drilldown.test_record import made
from tinydrill.drilldown.curves import draw_curves
from tinydrill.drilldown.mistakes import Mistake, draw_mistakes


def test_curves_are_drawn_as_png_and_svg(tmp_path: Path) -> None:
    png, svg = tmp_path / "curves.png", tmp_path / "curves.svg"
    draw_curves({"one": made(), "two": made(seed=4)}, [png, svg])
    with Image.open(png) as picture:
        assert picture.size == (1200, 552)
    text = svg.read_text()
    assert "<svg" in text


def test_the_same_runs_give_the_same_file(tmp_path: Path) -> None:
    once, again = tmp_path / "once.svg", tmp_path / "again.svg"
    draw_curves({"one": made()}, [once])
    draw_curves({"one": made()}, [again])
    assert once.read_bytes() == again.read_bytes()


def test_mistakes_are_drawn_with_room_for_all(tmp_path: Path) -> None:
    images = np.zeros((100, 28, 28), np.uint8)
    few = tuple(Mistake(index, 1, 7, 0.9, 2.0) for index in range(3))
    many = tuple(Mistake(index, 1, 7, 0.9, 2.0) for index in range(83))
    sizes = []
    for mistakes in ((), few, many * 20):
        draw_mistakes(mistakes, images, tmp_path / "mistakes.png")
        with Image.open(tmp_path / "mistakes.png") as picture:
            sizes.append(picture.size[1])
    assert sizes[0] <= sizes[1] < sizes[2]
