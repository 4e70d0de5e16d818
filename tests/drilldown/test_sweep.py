"""Sweeps where one worker does: no Ray, and what is shown of many runs."""

import json
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Command, write_folder
from tests.drilldown.sweeps import WHAT, check_once_each, records
from tinydrill.drilldown import record
from tinydrill.drilldown.asked import Setting, ask_for
from tinydrill.drilldown.budget import Budget
from tinydrill.drilldown.data import from_folder
from tinydrill.drilldown.spread import Resources
from tinydrill.drilldown.sweep import Progress, resources_for, sweep


@pytest.fixture
def no_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if Ray were not installed."""
    monkeypatch.setitem(sys.modules, "ray", None)


@pytest.mark.usefixtures("no_ray")
def test_one_worker_or_one_run_needs_no_ray(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    what = ("sweep", *WHAT, "--data", bars_folder, "--out", tmp_path / "runs")
    assert command(*what, "--workers", "1", "--seeds", "2").status == 0
    assert command(*what, "--workers", "2", "--seeds", "3").status == 0  # one is missing
    check_once_each(tmp_path / "runs", 3)
    told = command(*what, "--workers", "2", "--seeds", "5")
    assert told.status == 2
    assert "pip install 'tinydrill[sweep]'" in told.err


def test_a_sweep_tells_groups_and_every_run(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    what = ("sweep", *WHAT, "--data", bars_folder, "--out", tmp_path, "--workers", "1")
    told = json.loads(command(*what, "-r", "seed", "-r", "drill", "--seeds", "5-6", "--json").out)
    assert [(g["recipe"], g["n"], g["passed"]) for g in told["groups"]] == [
        ("drill with epochs=4, batch=50", 2, 2),
        ("seed with epochs=4, batch=50", 2, 2),
    ]
    assert [run["seed"] for run in told["runs"]] == [5, 6, 5, 6]
    assert all(Path(run["run"]).is_dir() for run in told["runs"])
    strict = command(*what, "--seeds", "5-6", "--target", "100", "--max-parameters", "17579")
    assert "2 of 2 runs are there already" in strict.err


def test_a_net_in_two_spellings_is_one_net(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    what = ("--set", "epochs=0.2", "--data", bars_folder, "--out", tmp_path, "--target", "0")
    told = command("sweep", "fold24", "FOLD24", *what, "--workers", "1", "--seeds", "1", "--json")
    assert told.status == 0
    assert [group["n"] for group in json.loads(told.out)["groups"]] == [1]


def test_lines_that_can_not_be_written_cost_no_report(
    command: Command, bars_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = record.write_atomically

    def full_disk(path: Path, content: bytes) -> None:
        if path.suffix == ".jsonl":
            raise OSError(28, "No space left on device")
        write(path, content)

    monkeypatch.setattr(record, "write_atomically", full_disk)
    what = ("sweep", "fold24", "--set", "epochs=0.2", "--data", bars_folder, "--workers", "1")
    where = ("--out", tmp_path / "runs", "--seeds", "1", "--jsonl", tmp_path / "all.jsonl")
    told = command(*what, *where, "--target", "0")
    assert told.status == 2
    assert "1 of 1" in told.out
    assert told.err.splitlines()[-1].endswith("all.jsonl can't be written: No space left on device")
    assert len(json.loads(command(*what, *where, "--json").out)["runs"]) == 1


def test_the_running_mean_is_of_one_net_and_recipe_and_of_finished_runs(
    bars_folder: Path, tmp_path: Path
) -> None:
    wild = ("optimizer=sgd", "lr=100", "warmup=0", "epochs=2", "batch=100")
    asked = [ask_for("fold24", "drill", ("epochs=0.2",), seed) for seed in (0, 1)]
    asked += [ask_for("fold9", "drill", ("epochs=0.2",), 0), ask_for("fold24", "drill", wild, 0)]
    setting = Setting(from_folder(bars_folder), "full", Budget(), "cpu", 1, tmp_path)
    told: list[Progress] = []
    sweep(asked[:1], setting, 1, None, lambda _: None)
    sweep(asked, setting, 1, None, told.append)
    assert [(now.found, now.done, now.mean) for now in told[:1]] == [(1, 1, None)]
    means = {now.trial: now.mean for now in told if now.trial is not None}
    judged = {
        (run.net.name, run.seed): run.judged.accuracy
        for run in records(tmp_path).values()
        if run.judged and run.status == "finished"
    }
    assert means[asked[1]] == pytest.approx((judged["fold24", 0] + judged["fold24", 1]) / 2)
    assert means[asked[2]] == pytest.approx(judged["fold9", 0])
    assert means[asked[3]] is None


@pytest.mark.parametrize(
    ("device", "address", "workers", "trials", "cuda", "wanted"),
    [
        ("cpu", None, None, 1, False, Resources(1, 2, 0.0, None)),
        ("cpu", None, None, 2, False, Resources(None, 2, 0.0, None)),
        ("cpu", None, 3, 2, False, Resources(3, 2, 0.0, None)),
        ("cpu", "auto", None, 1, False, Resources(None, 2, 0.0, "auto")),
        ("auto", None, None, 2, True, Resources(None, 2, 0.25, None)),
        ("auto", None, None, 2, False, Resources(None, 2, 0.0, None)),
        ("auto", "auto", None, 2, True, Resources(None, 2, 0.0, "auto")),
        ("cpu", None, None, 2, True, Resources(None, 2, 0.0, None)),
        ("cuda", "auto", None, 2, False, Resources(None, 2, 0.25, "auto")),
    ],
)
def test_a_gpu_is_shared_where_runs_are_made_on_one(
    bars_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    device: str,
    address: str | None,
    workers: int | None,
    trials: int,
    cuda: bool,
    wanted: Resources,
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: cuda)
    setting = Setting(from_folder(bars_folder), "full", Budget(), device, 2, tmp_path)
    assert resources_for(setting, workers, address, 0.25, trials) == wanted


def test_runs_that_were_found_are_judged_by_the_budget_asked_for(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    what = ("sweep", "fold24", "--set", "epochs=0.2", "--data", bars_folder, "--out", tmp_path)
    assert command(*what, "--workers", "1", "--seeds", "2", "--target", "0").status == 0
    strict = command(*what, "--workers", "1", "--seeds", "2", "--target", "100")
    assert strict.status == 1
    assert "0 of 2" in strict.out


def test_with_held_out_images_all_that_is_shown_is_about_those(
    command: Command, tmp_path: Path
) -> None:
    many = write_folder(tmp_path / "data", 10_200, 100)
    what = ("sweep", *WHAT[:-2], "--data", many, "--out", tmp_path / "runs", "--workers", "1")
    told = command(*what, "--seeds", "2", "--split", "--target", "0", "--json")
    assert told.status == 0
    kept = list(records(tmp_path / "runs").values())
    held_out = [run.epochs[-1].watch for run in kept]
    for score in held_out:
        assert f"{score.accuracy:.2f} % ({score.errors} held-out errors)" in told.err
    document = json.loads(told.out)
    (group,) = document["groups"]
    assert group["images"] == "held-out"
    assert group["mean"] == pytest.approx(sum(score.accuracy for score in held_out) / 2)
    assert not any({"final", "passed"} & run.keys() for run in document["runs"])
    between = max(score.accuracy for score in held_out) + 0.01
    strict = command(*what, "--seeds", "2", "--split", "--target", str(between))
    assert strict.status == 1
    assert "0 of 2" in strict.out
    assert "accuracy on the held-out images" in strict.out


def test_a_class_of_the_user_s_that_fails_is_reported_and_the_rest_goes_on(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from torch import nn\nclass Mine(nn.Sequential):\n"
        "    def __init__(self):\n        super().__init__(nn.Flatten(), nn.Linear(784, 10))\n"
        "    def forward(self, x):\n        if len(x) == 50:\n            1 / 0\n"
        "        return super().forward(x)\n"
    )
    lines = tmp_path / "all.jsonl"
    told = command(
        *("sweep", f"{file}:Mine", *WHAT, "--data", bars_folder, "--out", tmp_path / "runs"),
        *("--workers", "1", "--seeds", "2", "--jsonl", lines),
    )
    assert told.status == 1
    assert told.err.count("FAILED: ") == 2
    assert "failed in training: ZeroDivisionError" in told.err
    assert not lines.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nix",), "no net is called 'nix'"),
        (("--seeds", "0"), "--seeds 0 names 0 seeds"),
        (("--seeds", "1" + "0" * 21), "--seeds 10000000000000000000… names seeds above 4294967295"),
        (("--seeds", "9" * 5000), "--seeds 99999999999999999999… names seeds above 4294967295"),
        (("--seeds", "7-99999999999"), "--seeds 7-99999999999 names seeds above 4294967295"),
        (("--seeds", "9999999999"), "--seeds 9999999999 names 9999999999 seeds, not 1 to"),
        (("--seeds", "few"), "neither a number, e.g. 10, nor a range"),
        (("--workers", "0"), "--workers 0 is not a whole number from 1"),
        (("--threads", "0"), "--threads 0 is not a whole number from 1 to"),
        (("--address", "here"), "--address here is neither HOST:PORT nor auto"),
        (("--address", "127.0.0.1:1"), "no Ray cluster answers at 127.0.0.1:1"),
        (("--max-parameters", "9000"), "the budget is fewer than 9,000"),
        (("--gpus-per-trial", "2"), "--gpus-per-trial 2"),
        (("--jsonl", "/nowhere/all.jsonl"), "--jsonl /nowhere/all.jsonl"),
    ],
)
def test_unusable_input_is_told_in_a_sentence_within_seconds(
    command: Command,
    bars_folder: Path,
    tmp_path: Path,
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    begun = time.monotonic()
    told = command("sweep", *WHAT, *arguments, "--data", bars_folder, "--out", tmp_path / "runs")
    assert told.status == 2
    assert sentence in told.err
    assert "Traceback" not in told.err
    assert records(tmp_path / "runs") == {}
    assert time.monotonic() - begun < 20
