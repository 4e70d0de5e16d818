"""Records: what they say, and that a file is whole or not there."""

import json
from pathlib import Path

import pytest

from tinydrill.drilldown import record
from tinydrill.drilldown.record import Epoch, Measured, Record, Seconds
from tinydrill.errors import UnusableInputError


def epoch(number: int, errors: int) -> Epoch:
    return Epoch(
        number=number,
        images_seen=60_000 * number,
        lr=0.01,
        train=Measured(loss=0.1, errors=600, images=60_000),
        watch=Measured(loss=0.02, errors=errors, images=10_000),
        seconds=Seconds(augment=1, train=2, evaluate=0.5),
    )


def made(**changes: object) -> Record:
    values: dict[str, object] = {
        "status": "finished",
        "net": {"name": "net8", "parameters": 19_310, "macs": 1, "net": {}},
        "recipe_name": "drill",
        "recipe": {},
        "seed": 3,
        "data": {
            "name": "mnist",
            "sha256": {},
            "shape": (1, 28, 28),
            "classes": 10,
            "rule": "full",
            "rule_in_words": "…",
            "training_images": 60_000,
            "trained_on": 60_000,
        },
        "budget": {"parameters": 20_000, "epochs": 20, "accuracy": 99.4},
        "environment": {
            "tinydrill": "0",
            "python": "3",
            "packages": {},
            "revision": None,
            "system": "",
            "processor": "",
            "cores": 2,
            "threads": 2,
            "device": "cpu",
        },
        "command": "tinydrill train",
        "started": "2026-01-01T00:00:00+00:00",
        "epochs": (epoch(1, 80), epoch(2, 50), epoch(3, 59)),
    }
    return Record.model_validate(values | changes)


def test_the_last_epoch_is_judged_never_the_best() -> None:
    run = made()
    assert run.verdict is not None
    assert run.verdict.errors == 59
    assert run.best is not None
    assert run.best.number == 2


def test_held_out_runs_are_judged_by_the_test_images_read_at_the_end() -> None:
    held = made().data.model_copy(update={"rule": "held-out", "trained_on": 50_000})
    run = made(data=held, final=Measured(loss=0.1, errors=77, images=10_000))
    assert run.judged is not None
    assert run.judged.errors == 77


def test_runs_with_held_out_images_are_compared_by_those() -> None:
    held = made().data.model_copy(update={"rule": "held-out", "trained_on": 50_000})
    run = made(data=held, final=Measured(loss=0.1, errors=77, images=10_000))
    assert run.compared is not None
    assert run.compared.errors == 59
    assert made(data=held, epochs=()).compared is None


@pytest.mark.parametrize("rule", ["full", "once"])
def test_other_runs_are_compared_by_what_is_judged(rule: str) -> None:
    data = made().data.model_copy(update={"rule": rule})
    run = made(data=data, final=Measured(loss=0.1, errors=77, images=10_000))
    assert run.compared == run.judged


def test_runs_that_read_test_images_once_have_no_best_epoch() -> None:
    once = made().data.model_copy(update={"rule": "once"})
    run = made(data=once, final=Measured(loss=0.1, errors=77, images=10_000))
    assert run.judged is not None
    assert run.judged.errors == 77
    assert run.best is None


def test_epochs_are_images_seen_over_all_training_images() -> None:
    assert made().epochs_counted == 3
    fewer = made(epochs=(epoch(1, 1).model_copy(update={"images_seen": 50_000}),))
    assert fewer.epochs_counted == pytest.approx(5 / 6)


@pytest.mark.parametrize("status", ["running", "interrupted", "diverged"])
def test_only_a_finished_run_has_a_verdict(status: str) -> None:
    assert made(status=status).verdict is None


def test_a_record_is_read_back_as_it_was(tmp_path: Path) -> None:
    record.save(made(), tmp_path)
    assert record.load(tmp_path) == made()


def test_seconds_add_up_part_by_part() -> None:
    total = Seconds(data=1).plus(Seconds(augment=2, train=3)).plus(Seconds(train=1, evaluate=4))
    assert (total.training, total.total) == (6, 11)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "is not a record: not a JSON object"),
        (b"[]", "is not a record: not a JSON object"),
        (b"[" * 200_000, "is not a record: it is nested too deeply"),
        (b"\xff\xfe", "is not a run"),
        (b"{}", "has schema None"),
        (b'{"schema_version": 1}', "not a record that this version reads: status"),
    ],
)
def test_a_broken_record_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / record.RECORD).write_bytes(content)
    with pytest.raises(UnusableInputError) as refusal:
        record.load(tmp_path)
    assert told in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_another_schema_is_refused(tmp_path: Path) -> None:
    values = made().model_dump(mode="json") | {"schema_version": 99}
    (tmp_path / record.RECORD).write_text(json.dumps(values))
    with pytest.raises(UnusableInputError, match="schema 99"):
        record.load(tmp_path)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    record.write_atomically(path, b"old")

    def full_disk(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="no space"):
        record.write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
