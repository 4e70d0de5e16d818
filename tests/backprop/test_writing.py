"""Files that appear whole, in their place, and nowhere else."""

import os
from pathlib import Path

import pytest

from tinydrill.backprop.problem import find_problem
from tinydrill.backprop.writing import write_text
from tinydrill.errors import UnusableInputError


def test_a_link_stays_and_its_target_is_written(tmp_path: Path) -> None:
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("old")
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_what_is_no_ordinary_file_is_left_alone(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(UnusableInputError, match="not an ordinary file"):
        write_text(pipe, "text")
    assert pipe.is_fifo()


def test_names_too_long_for_a_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match="File name too long"):
        write_text(tmp_path / ("x" * 300), "text")
    with pytest.raises(UnusableInputError, match="no problem is called"):
        find_problem("x" * 300)
