"""A run's folder: interrupted, killed, continued, refused."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from tests.conftest import Command, write_folder
from tinydrill.drilldown import record, run
from tinydrill.drilldown.device import pick_device
from tinydrill.drilldown.weights import load_model
from tinydrill.errors import UnusableInputError

TRAIN = ("train", "fold24", "--threads", "1", "--max-epochs", "100")
SHORT = ("--set", "epochs=3", "--set", "batch=100")


def weights_sum(folder: Path) -> str | None:
    return record.load(folder).weights_sha256


def start(out: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tinydrill", *TRAIN, "--out", str(out), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for_epoch(folder: Path, number: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if (folder / record.RECORD).is_file() and len(record.load(folder).epochs) >= number:
            return
        time.sleep(0.02)
    raise AssertionError(f"no epoch {number} in {folder} within 120 s")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("data") / "kill", 3000, 200)


@pytest.mark.parametrize("recipe", ["drill", "seed", "sprint"])
def test_a_killed_run_continues_to_the_same_bits(
    command: Command, images: Path, tmp_path: Path, recipe: str
) -> None:
    what = ("--data", images, "--recipe", recipe, "--set", "epochs=8")
    whole = tmp_path / "whole"
    assert command(*TRAIN, "--out", whole, *what).status in (0, 1)
    killed = tmp_path / "killed"
    process = start(killed, *what)
    folder = killed / f"fold24-{recipe}-with-epochs=8-s0"
    try:
        wait_for_epoch(folder, 2)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    half_way = record.load(folder)
    assert half_way.status == "running"
    assert 2 <= len(half_way.epochs) < 8
    assert command("train", "--resume", folder, "--threads", "1").status in (0, 1)
    (reference,) = whole.iterdir()
    assert weights_sum(folder) == weights_sum(reference)
    assert not (folder / record.CHECKPOINT).exists()
    losses = [[e.train.loss for e in record.load(path).epochs] for path in (folder, reference)]
    assert losses[0] == losses[1]


def test_ctrl_c_leaves_a_record_that_can_be_resumed(images: Path, tmp_path: Path) -> None:
    process = start(tmp_path, "--data", images, "--set", "epochs=50")
    folder = tmp_path / "fold24-drill-with-epochs=50-s0"
    wait_for_epoch(folder, 1)
    process.send_signal(signal.SIGINT)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in told
    assert f"tinydrill train --resume {folder}" in told
    kept = record.load(folder)
    assert kept.status == "interrupted"
    assert kept.message == f"interrupted after {len(kept.epochs)} of 50 epochs"
    assert (folder / record.CHECKPOINT).is_file()


def test_a_kill_before_the_first_epoch_can_be_resumed(
    command: Command, bars_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    what = (*TRAIN, *SHORT, "--data", bars_folder, "--out")
    command(*what, whole)

    def dies(*_: object, **__: object) -> None:
        raise MemoryError

    with monkeypatch.context() as broken:
        broken.setattr(run, "train", dies)
        with pytest.raises(MemoryError):
            _in_process(command, *what, cut)
    (folder,), (reference,) = cut.iterdir(), whole.iterdir()
    assert record.load(folder).epochs == ()
    command("train", "--resume", folder, "--threads", "1")
    assert weights_sum(folder) == weights_sum(reference)


def test_a_checkpoint_of_another_run_is_refused(
    command: Command, bars_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same net and recipe, another seed: its tensors would fit."""
    kept: list[bytes] = []
    unlink = Path.unlink

    def keep(path: Path, missing_ok: bool = False) -> None:
        if path.name == record.CHECKPOINT and path.is_file():
            kept.append(path.read_bytes())
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", keep)
        command(*TRAIN, *SHORT, "--seed", "2", "--data", bars_folder, "--out", tmp_path / "other")
    folder = unfinished(command, bars_folder, tmp_path / "runs")
    (folder / record.CHECKPOINT).write_bytes(kept[0])
    told = command("train", "--resume", folder, "--threads", "1")
    assert told.status == 2
    assert "a run of another net, recipe, seed or data set" in told.err


def test_the_caller_s_random_numbers_are_left_alone(bars_folder: Path, tmp_path: Path) -> None:
    from tinydrill.drilldown.budget import Budget
    from tinydrill.drilldown.candidate import resolve
    from tinydrill.drilldown.data import from_folder
    from tinydrill.drilldown.plan import Request, open_folder, plan
    from tinydrill.drilldown.recipe import Recipe

    cpu, images = torch.device("cpu"), from_folder(bars_folder)
    candidate = resolve("fold24")
    recipe = Recipe(epochs=0.2)
    request = Request(candidate, "x", recipe, 0, images, "full", Budget(), cpu, "", 0.0)
    planned = plan(request)
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    run.carry_out(open_folder(tmp_path, planned), planned, candidate, images, cpu, run.Watcher())
    assert torch.equal(torch.rand(1), expected)


def test_ctrl_c_after_the_verdict_does_not_take_it_back(
    command: Command, bars_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = Path.unlink

    def interrupt(path: Path, missing_ok: bool = False) -> None:
        unlink(path, missing_ok=missing_ok)
        if path.name == record.CHECKPOINT:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", interrupt)
        assert command(*TRAIN, *SHORT, "--data", bars_folder, "--out", tmp_path).status == 130
    (folder,) = tmp_path.iterdir()
    assert record.load(folder).status == "finished"
    assert weights_sum(folder) is not None


def test_options_beside_resume_are_refused_by_name(command: Command, tmp_path: Path) -> None:
    for option in (("--seed", "3"), ("--target", "90"), ("--split",), ("--recipe", "best")):
        told = command("train", "--resume", tmp_path, *option)
        assert told.status == 2
        assert f"leave {option[0]} out" in told.err


def test_two_threads_repeat_themselves_too(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    what = ("train", "fold24", "--threads", "2", *SHORT, "--data", bars_folder, "--out", tmp_path)
    for _ in range(2):
        command(*what)
    first, second = tmp_path.iterdir()
    assert weights_sum(first) == weights_sum(second)


def _in_process(command: Command, *arguments: str | Path) -> None:
    try:
        command(*arguments)
    except BaseException as error:
        raise error.__cause__ or error from None


def test_a_second_run_of_the_same_name_does_not_touch_the_first(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    for _ in range(2):
        command(*TRAIN, *SHORT, "--data", bars_folder, "--out", tmp_path)
    first, second = sorted(tmp_path.iterdir())
    assert second.name == f"{first.name}-2"
    assert weights_sum(first) == weights_sum(second)  # the same seed, bit by bit


def test_a_finished_run_says_so_and_keeps_its_verdict(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    done = command(*TRAIN, *SHORT, "--data", bars_folder, "--out", tmp_path)
    (folder,) = tmp_path.iterdir()
    again = command("train", "--resume", folder)
    assert again.status == done.status
    assert "finished already" in again.err


def test_a_diverged_run_is_recorded_and_can_not_be_resumed(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    wild = ("--set", "optimizer=sgd", "--set", "lr=100", "--set", "warmup=0")
    done = command(*TRAIN, *wild, "--data", bars_folder, "--out", tmp_path)
    assert done.status == 1
    assert "diverged: the loss reached" in done.out
    (folder,) = tmp_path.iterdir()
    assert record.load(folder).status == "diverged"
    again = command("train", "--resume", folder)
    assert again.status == 2
    assert "can't be resumed" in again.err


def unfinished(command: Command, data: Path, out: Path) -> Path:
    """A run that was cut off after its second epoch."""
    command(*TRAIN, *SHORT, "--data", data, "--out", out)
    (folder,) = out.iterdir()
    kept = record.load(folder)
    record.save(kept.model_copy(update={"status": "running", "epochs": kept.epochs[:2]}), folder)
    return folder


def test_other_images_are_refused(command: Command, bars_folder: Path, tmp_path: Path) -> None:
    folder = unfinished(command, bars_folder, tmp_path / "runs")
    other = write_folder(tmp_path / "other", 500, 100)
    told = command("train", "--resume", folder, "--threads", "1", "--data", other)
    assert told.status == 2
    assert "begun on other images" in told.err


def test_another_thread_count_is_refused(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    folder = unfinished(command, bars_folder, tmp_path)
    told = command("train", "--resume", folder, "--threads", "2")
    assert told.status == 2
    assert "with --threads 1, here it is 2" in told.err


def test_a_broken_checkpoint_is_refused(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    folder = unfinished(command, bars_folder, tmp_path)
    (folder / record.CHECKPOINT).write_bytes(b"not a checkpoint")
    told = command("train", "--resume", folder, "--threads", "1")
    assert told.status == 2
    assert "is not a checkpoint of this run" in told.err


def test_weights_that_do_not_match_their_record_are_refused(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    command(*TRAIN, *SHORT, "--data", bars_folder, "--out", tmp_path)
    (folder,) = tmp_path.iterdir()
    with (folder / record.WEIGHTS).open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(UnusableInputError, match="SHA-256"):
        load_model(folder, record.load(folder))


def test_the_record_holds_what_is_needed_to_repeat_the_run(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    command(*TRAIN, *SHORT, "--seed", "4", "--data", bars_folder, "--out", tmp_path)
    (folder,) = tmp_path.iterdir()
    kept = json.loads((folder / record.RECORD).read_text())
    assert kept["seed"] == 4
    assert kept["recipe"]["batch"] == 100
    assert kept["environment"]["packages"]["torch"] == torch.__version__
    assert kept["environment"]["threads"] == 1
    assert len(kept["data"]["sha256"]) == 4
    assert kept["command"].startswith("tinydrill train fold24 --threads 1")
    assert kept["data"]["rule"] == "full"
    assert [epoch["images_seen"] for epoch in kept["epochs"]] == [1000, 2000, 3000]
    assert all(seconds >= 0 for seconds in kept["seconds"].values())


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(UnusableInputError, match=r"no device 'tpu' here; usable: auto, .*cpu"):
        pick_device("tpu")


def test_a_place_that_can_not_be_written_is_named(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    told = command(*TRAIN, *SHORT, "--data", bars_folder, "--out", tmp_path / "file" / "runs")
    assert told.status == 2
    assert "--out" in told.err
