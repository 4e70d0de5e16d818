"""Event files, read back by TensorBoard's own reader."""

import errno
import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import IMAGES, SCALARS, EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from tests.conftest import Command, Outcome, write_folder
from tests.drilldown.test_run import start, wait_for_epoch
from tinydrill.drilldown import record
from tinydrill.drilldown.inspect import load
from tinydrill.drilldown.tensorboard import draw_confusion

SHORT = ("--set", "epochs=2.5", "--set", "batch=50", "--threads", "1")


def read(log: Path) -> EventAccumulator:
    found = EventAccumulator(str(log), size_guidance={SCALARS: 0, IMAGES: 0})
    found.Reload()
    return found


def scalars(found: EventAccumulator, tag: str) -> list[tuple[int, float]]:
    return [(event.step, event.value) for event in found.Scalars(tag)]


@pytest.fixture
def run(command: Command, bars_folder: Path, tmp_path: Path) -> Path:
    """A run that wrote event files into its own folder."""
    what = ("train", "fold24", *SHORT, "--data", bars_folder, "--tensorboard")
    told = command(*what, "--out", tmp_path / "runs")
    assert told.status in (0, 1), told.err
    assert f"tensorboard --logdir {tmp_path / 'runs'}" in told.err
    (folder,) = (tmp_path / "runs").iterdir()
    return folder


def test_every_epoch_is_there_once(run: Path) -> None:
    found, kept = read(run / "tensorboard"), record.load(run)
    assert len(kept.epochs) == 3
    values: dict[str, Callable[[record.Epoch], float]] = {
        "loss/train": lambda epoch: epoch.train.loss,
        "loss/test": lambda epoch: epoch.watch.loss,
        "accuracy/train": lambda epoch: epoch.train.accuracy,
        "accuracy/test": lambda epoch: epoch.watch.accuracy,
        "lr": lambda epoch: epoch.lr,
        "seconds/train": lambda epoch: epoch.seconds.train,
    }
    for tag, value in values.items():
        assert [step for step, _ in scalars(found, tag)] == [1, 2, 3]
        expected = [value(epoch) for epoch in kept.epochs]
        assert [given for _, given in scalars(found, tag)] == pytest.approx(expected, rel=1e-6)


def test_the_pictures_are_those_of_the_weights(run: Path) -> None:
    found = read(run / "tensorboard")
    assert sorted(found.Tags()["images"]) == ["confusion", "mistakes"]
    (event,) = found.Images("confusion")
    assert event.step == 3
    with Image.open(io.BytesIO(event.encoded_image_string)) as picture:
        assert np.array_equal(np.asarray(picture), draw_confusion(load(run).confusion))
    (event,) = found.Images("mistakes")
    with Image.open(io.BytesIO(event.encoded_image_string)) as picture:
        assert picture.size[1] > 60


def test_the_recipe_and_what_came_of_it(run: Path) -> None:
    found, kept = read(run / "tensorboard"), record.load(run)
    parsed = HParamsPluginData.FromString(
        found.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    )
    asked = parsed.session_start_info.hparams
    assert asked["net"].string_value == "fold24"
    assert asked["epochs"].number_value == 2.5
    assert set(kept.recipe) | {"net", "seed"} == set(asked)
    judged = kept.judged
    assert judged is not None
    assert scalars(found, "final/errors") == [(3, judged.errors)]
    ((_, accuracy),) = scalars(found, "final/accuracy")
    assert accuracy == pytest.approx(judged.accuracy)


def test_the_result_is_the_same_without(
    command: Command, bars_folder: Path, run: Path, tmp_path: Path
) -> None:
    command("train", "fold24", *SHORT, "--data", bars_folder, "--out", tmp_path / "plain")
    (plain,) = (tmp_path / "plain").iterdir()
    assert record.load(plain).weights_sha256 == record.load(run).weights_sha256
    assert not (plain / "tensorboard").exists()


def test_a_resumed_run_has_no_step_twice(command: Command, tmp_path: Path) -> None:
    images = write_folder(tmp_path / "data", 3000, 200)
    logs = tmp_path / "logs"
    what = ("--data", images, "--set", "epochs=6", "--logdir", logs)
    process = start(tmp_path / "runs", *what)
    folder = tmp_path / "runs" / "fold24-drill-with-epochs=6-s0"
    try:
        wait_for_epoch(folder, 2)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    assert record.load(folder).status == "running"
    told = command("train", "--resume", folder, "--threads", "1", "--logdir", logs)
    assert told.status in (0, 1), told.err
    found = read(logs / folder.name)
    assert [step for step, _ in scalars(found, "loss/test")] == list(range(1, 7))
    assert len(list((logs / folder.name).iterdir())) == 1


def trained_at(command: Command, data: Path, out: Path, logs: Path) -> tuple[Outcome, Path]:
    what = ("train", "fold24", *SHORT, "--data", data, "--out", out, "--logdir", logs)
    told = command(*what)
    (folder,) = out.iterdir()
    return told, folder


def test_a_run_of_the_same_name_gets_a_folder_of_its_own(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    logs = tmp_path / "logs"
    _, first = trained_at(command, bars_folder, tmp_path / "a", logs)
    (file,) = (logs / first.name).iterdir()
    before = file.read_bytes()
    trained_at(command, bars_folder, tmp_path / "b", logs)
    assert file.read_bytes() == before
    assert sorted(path.name for path in logs.iterdir()) == [first.name, f"{first.name}-2"]
    assert len(scalars(read(logs / f"{first.name}-2"), "loss/test")) == 3


@pytest.mark.parametrize("folder", [True, False])
def test_what_stands_in_its_place_is_left_alone(
    command: Command, bars_folder: Path, tmp_path: Path, folder: bool
) -> None:
    place = tmp_path / "logs" / "fold24-drill-with-epochs=2.5-batch=50-s0"
    place.parent.mkdir()
    foreign = place / "events.out.tfevents.1.elsewhere" if folder else place
    if folder:
        place.mkdir()
    foreign.write_bytes(b"of somebody else")
    told, run = trained_at(command, bars_folder, tmp_path / "a", place.parent)
    assert told.status in (0, 1), told.err
    assert run.name == place.name
    assert foreign.read_bytes() == b"of somebody else"
    assert scalars(read(place.with_name(f"{place.name}-2")), "loss/test")


def test_a_finished_run_can_be_written_down_afterwards(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    command("train", "fold24", *SHORT, "--data", bars_folder, "--out", tmp_path / "runs")
    (run,) = (tmp_path / "runs").iterdir()
    for _ in range(2):
        told = command("train", "--resume", run, "--tensorboard")
        assert "is finished already" in told.err
        found = read(run / "tensorboard")
        assert [step for step, _ in scalars(found, "loss/test")] == [1, 2, 3]
        assert sorted(found.Tags()["images"]) == ["confusion", "mistakes"]
    assert len(list((run / "tensorboard").iterdir())) == 1


@pytest.mark.parametrize("thread", [True, False])
def test_a_log_that_fails_costs_nothing_but_itself(
    command: Command,
    bars_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    thread: bool,
) -> None:
    from tensorboard.summary.writer.record_writer import RecordWriter
    from torch.utils.tensorboard.writer import SummaryWriter

    where, name = (RecordWriter, "write") if thread else (SummaryWriter, "add_scalar")
    write, written = getattr(where, name), []

    def full(self: object, *what: object) -> None:
        written.append(what)
        if len(written) > 11:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, *what)

    monkeypatch.setattr(where, name, full)
    told, run = trained_at(command, bars_folder, tmp_path / "a", tmp_path / "logs")
    assert told.status in (0, 1), told.err
    assert record.load(run).status == "finished"
    assert "are not whole (No space left on device); the run is." in told.err
    assert "Traceback" not in told.err + capfd.readouterr().err


def test_a_log_folder_that_can_not_be_written_to_is_found_out_before(
    command: Command, bars_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tinydrill.drilldown.eventfiles.TemporaryFile", refused)
    told = command(
        *("train", "fold24", *SHORT, "--data", bars_folder),
        *("--out", tmp_path / "runs", "--logdir", tmp_path / "logs"),
    )
    assert told.status == 2
    assert f"{tmp_path / 'logs'} can't be written to: Permission denied" in told.err
    assert not (tmp_path / "runs").exists()


def test_a_run_that_diverged_has_its_outcome(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    wild = ("--set", "lr=100", "--set", "optimizer=sgd", "--tensorboard")
    command("train", "fold24", *SHORT, *wild, "--data", bars_folder, "--out", tmp_path / "runs")
    (folder,) = (tmp_path / "runs").iterdir()
    assert record.load(folder).status == "diverged"
    found = read(folder / "tensorboard")
    assert [value for _, value in scalars(found, "final/passed")] == [0]
    assert found.Tags()["images"] == []


def test_without_tensorboard_a_sentence_says_what_to_install(
    command: Command, bars_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard.writer", None)
    told = command(
        *("train", "fold24", "--data", bars_folder, "--out", tmp_path / "runs", "--tensorboard")
    )
    assert told.status == 2
    assert "pip install 'tinydrill[tensorboard]'" in told.err
    assert not (tmp_path / "runs").exists()


def test_a_folder_that_can_not_be_made_is_told(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    told = command(
        *("train", "fold24", *SHORT, "--data", bars_folder),
        *("--out", tmp_path / "runs", "--logdir", tmp_path / "file"),
    )
    assert told.status == 2
    assert f"{tmp_path / 'file'}" in told.err
    assert "can't be made: File exists" in told.err
    assert not (tmp_path / "runs").exists()
