"""Memory: what training may take, and that the measure measures."""

import sys
from pathlib import Path

import pytest

from bench.memory import ASKED, drill, peak


def test_the_peak_is_that_of_the_command(tmp_path: Path) -> None:
    """One page written in each 4 kB, so that all of the 200 MB is resident."""
    code = "held = bytearray(200_000_000); held[::4096] = b'x' * len(held[::4096])"
    small = peak([sys.executable, "-c", "pass"], tmp_path)
    large = peak([sys.executable, "-c", code], tmp_path)
    assert large - small == pytest.approx(200, rel=0.1)


def test_a_command_that_fails_has_no_peak(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with status 3"):
        peak([sys.executable, "-c", "raise SystemExit(3)"], tmp_path)


@pytest.mark.alone
def test_drill_trains_within_its_memory(tmp_path: Path) -> None:
    assert drill(tmp_path) <= ASKED
