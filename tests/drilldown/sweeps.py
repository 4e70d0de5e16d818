"""What tests of sweeps share: a sweep that takes seconds, and what it must leave behind."""

from pathlib import Path

from tinydrill.drilldown import record
from tinydrill.drilldown.record import Record

WHAT = ("fold24", "--set", "epochs=4", "--set", "batch=50", "--target", "0")


def records(out: Path) -> dict[Path, Record]:
    return {path.parent: record.load(path.parent) for path in sorted(out.glob("*/record.json"))}


def check_once_each(out: Path, seeds: int) -> None:
    there = records(out)
    assert sorted(kept.seed for kept in there.values()) == list(range(seeds))
    assert {kept.status for kept in there.values()} == {"finished"}
    assert sorted(out.iterdir()) == sorted(there)  # no lock, nothing half-written
