"""Locks: waited for, refused, gone with their holder, done without."""

import multiprocessing
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tinydrill.drilldown.lock import alone, alone_if_possible, held


def try_to_hold(path: Path) -> str:
    """What a process of its own finds."""
    with suppress(BlockingIOError), alone(path, wait=False):
        return "free"
    return "held"


def test_a_lock_keeps_other_processes_out_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with multiprocessing.get_context("spawn").Pool(1) as other:
        with alone(path):
            assert other.apply(try_to_hold, (path,)) == "held"
        assert other.apply(try_to_hold, (path,)) == "free"
    assert list(tmp_path.iterdir()) == []


def test_whether_somebody_holds_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not held(path)
    with alone(path):
        assert held(path)
    path.touch()  # left behind by a process that was killed
    assert not held(path)


def test_a_lock_that_is_held_is_refused_even_where_it_could_be_done_without(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with alone(path), pytest.raises(BlockingIOError), alone_if_possible(path):
        pass


def test_without_locks_work_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with alone_if_possible(tmp_path / "lock"):
        (tmp_path / "lock").touch()
    assert not held(tmp_path / "lock")
