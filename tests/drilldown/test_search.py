"""A search: held-out images only, within the budget, continued; and its winner tested at last."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from tests.conftest import Command, write_folder
from tinydrill.drilldown import record
from tinydrill.drilldown.confirm import confirm
from tinydrill.drilldown.data import Dataset, from_folder
from tinydrill.drilldown.search import Tried, search
from tinydrill.drilldown.spread import Resources
from tinydrill.drilldown.study import (
    CONFIRMING,
    FIRST_SEED,
    Task,
    confirmations,
    count_as_tested,
    note_again,
    open_study,
    optuna,
    ranking,
    winner,
)
from tinydrill.errors import UnusableInputError

HERE = Resources(workers=1)
QUICK = ("--params", "700", "--epochs", "1", "--target", "0", "--workers", "1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough to hold 10,000 out, and little to train on."""
    return write_folder(tmp_path_factory.mktemp("data") / "search", 11_000, 100)


@pytest.fixture(scope="module")
def images(folder: Path) -> Dataset:
    return from_folder(folder)


@pytest.fixture
def task(tmp_path: Path) -> Task:
    storage = f"sqlite:///{tmp_path / 'search.db'}"
    return Task("small", storage, 700, 1, 0, "cpu", 1)


def carry_out(task: Task, images: Dataset, trials: int) -> list[Tried]:
    told: list[Tried | float] = []
    search(task, images, trials, HERE, told.append)
    return [now for now in told if isinstance(now, Tried)]


def test_no_test_image_is_read(task: Task, images: Dataset) -> None:
    poisoned = replace(images, test_images=cast(Any, None), test_labels=cast(Any, None))
    told = carry_out(task, poisoned, 3)
    assert len(told) == 3
    assert all(now.state in ("complete", "pruned") and now.errors is not None for now in told)
    assert all(now.parameters is not None and now.parameters < 700 for now in told)
    best = ranking(task)[0]
    found = winner(task)
    assert found.origin["held_out_errors"] == best.value == min(t.value for t in ranking(task))
    assert found.recipe.epochs == 1


def test_the_best_are_tried_with_further_seeds_without_the_test_images(
    task: Task, images: Dataset
) -> None:
    poisoned = replace(images, test_images=cast(Any, None), test_labels=cast(Any, None))
    carry_out(task, poisoned, 2)
    told: list[Tried | float] = []
    confirm(task, poisoned, 2, HERE, told.append)
    study = open_study(task)
    again = {number: confirmations(study, number) for number in (0, 1)}
    assert [len(errors) for errors in again.values()] == [len(CONFIRMING)] * 2
    assert {(now.number, now.errors) for now in told if isinstance(now, Tried)} == {
        (number, errors) for number in again for errors in again[number]
    }
    confirm(task, poisoned, 2, HERE, told.append)
    assert len(told) == 4
    assert winner(task, 2).origin["held_out_errors_again"] == again[winner(task, 2).origin["trial"]]


def test_the_mean_over_all_seeds_decides_among_the_best(task: Task, images: Dataset) -> None:
    carry_out(task, images, 2)
    first, second = (trial.number for trial in ranking(task))
    study = open_study(task)
    for seed in CONFIRMING:
        note_again(study, first, seed, 9000)
        note_again(study, second, seed, 10)
    assert winner(task, 2).origin["trial"] == second
    assert winner(task, 1).origin["trial"] == first


def test_no_trial_has_a_seed_of_the_final_runs(
    task: Task, images: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tinydrill.drilldown.train import train

    seeds = []

    def listening(*arguments: Any) -> Any:
        seeds.append(arguments[5])
        return train(*arguments)

    monkeypatch.setattr("tinydrill.drilldown.search.train", listening)
    carry_out(task, images, 2)
    assert seeds == [FIRST_SEED, FIRST_SEED + 1]


def test_a_study_goes_on_where_it_was(task: Task, images: Dataset) -> None:
    assert [now.number for now in carry_out(task, images, 1)] == [0]
    assert [now.number for now in carry_out(task, images, 2)] == [1]
    assert carry_out(task, images, 2) == []


def test_what_a_killed_search_left_is_proposed_again(task: Task, images: Dataset) -> None:
    carry_out(task, images, 2)
    left = open_study(task).ask()
    left.suggest_float("growth", 1, 8, log=True)
    carry_out(task, images, 3)
    states = optuna().trial.TrialState
    again = open_study(task).get_trials(deepcopy=False)
    assert again[left.number].state == states.FAIL
    assert again[left.number + 1].params["growth"] == left.params["growth"]
    assert not [trial for trial in again if trial.state == states.RUNNING]


def test_two_processes_do_not_propose_the_same(task: Task) -> None:
    first, second = (open_study(task, proposal).ask() for proposal in (5, 6))
    assert first.suggest_float("bend", -0.4, 0.4) != second.suggest_float("bend", -0.4, 0.4)


def test_shapes_over_the_budget_are_not_trained(task: Task, images: Dataset) -> None:
    told = carry_out(replace(task, parameters=21), images, 2)
    assert [now.state for now in told] == ["over budget"] * 2
    with pytest.raises(UnusableInputError, match="no trial of the study 'small' was completed"):
        winner(task)


def test_a_study_of_another_budget_is_refused(task: Task, images: Dataset) -> None:
    carry_out(task, images, 1)
    with pytest.raises(UnusableInputError, match="begun with --params 700 --epochs 1"):
        carry_out(replace(task, parameters=800), images, 2)


def test_looks_at_the_test_images_are_counted(task: Task) -> None:
    study = open_study(task)
    assert [count_as_tested(study, number) for number in (3, 3, 5)] == [1, 1, 2]


def test_the_winner_is_trained_anew_on_all_images_and_tested(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    what = ("search", *QUICK, "--data", folder, "--out", tmp_path, "--seeds-final", "2")
    told = command(*what, "--trials", "2", "--json")
    assert told.status == 0, told.err
    document = json.loads(told.out)
    assert [run["seed"] for run in document["runs"]] == [0, 1]
    assert {run["data"]["rule"] for run in document["runs"]} == {"once"}
    assert all(run["final"]["images"] == 100 for run in document["runs"])
    assert all(e["watch"]["images"] == 10_000 for run in document["runs"] for e in run["epochs"])
    assert {run["data"]["trained_on"] for run in document["runs"]} == {11_000}
    assert document["winners_tested"] == 1
    assert len(document["held_out_errors_again"]) == 2
    assert all(run["net"]["parameters"] < 700 for run in document["runs"])
    again = command(*what, "--trials", "2")
    assert "2 of 2 runs are there already" in again.err
    assert "the best trials" in again.out
    trained = command(
        *("train", document["winner"], "--seed", "1", "--threads", "1", "--data", folder),
        *("--target", "0", "--out", tmp_path / "runs", "--test-once"),
    )
    assert trained.status == 0
    (run,) = (tmp_path / "runs").iterdir()
    assert record.load(run).weights_sha256 == document["runs"][1]["weights_sha256"]


def wait_for_a_result(task: Task) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with contextlib.suppress(UnusableInputError):  # its tables are just being made
            if ranking(task):
                return
        time.sleep(1)
    raise AssertionError("no trial was completed within 120 s")


@pytest.mark.alone  # Ray starts half a dozen processes
def test_a_killed_search_on_ray_is_continued(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    what = ["search", *QUICK[:-2], "--data", str(folder), "--out", str(tmp_path)]
    what += ["--seeds-final", "2", "--study", "small", "--trials", "5", "--confirm", "1"]
    start = [sys.executable, "-m", "tinydrill", *what, "--workers", "2"]
    killed = subprocess.Popen(start, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    task = Task("small", f"sqlite:///{tmp_path / 'search.db'}", 700, 1, 0, "cpu", 1)
    try:
        wait_for_a_result(task)
    finally:
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
    done = command(*what, "--workers", "1")
    assert done.status == 0, done.err
    states = optuna().trial.TrialState
    trials = open_study(task).get_trials(deepcopy=False)
    over = [t for t in trials if t.state in (states.COMPLETE, states.PRUNED)]
    assert len(over) == 5
    assert not [t for t in trials if t.state == states.RUNNING]
    assert len(list((tmp_path / "winner").glob("*/record.json"))) == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--params", "0"), "a budget of 0 parameters"),
        (("--epochs", "-1"), "-1 epochs"),
        (("--epochs", "2000"), "recipe field epochs=2000.0: must be a number > 0 and ≤ 1000"),
        (("--epochs", "1e-9"), "1e-09 epochs of 1,000 images are less than one image"),
        (("--trials", "0"), "--trials 0 is less than 1"),
        (("--timeout", "-5"), "--timeout -5 is no number of seconds above 0"),
        (("--timeout", "nan"), "--timeout nan is no number"),
        (("--confirm", "0"), "--confirm 0 is less than 1"),
        (("--seeds-final", "-1"), "--seeds-final -1 is less than 0"),
        (("--study", "a/b"), "only letters, digits"),
        (("--storage", "nonsense"), "--storage nonsense can't be used"),
        (("--device", "tpu"), "no device 'tpu' here"),
        (("--seed", "-1"), "seed -1"),
    ],
)
def test_unusable_input_is_told_in_a_sentence(
    command: Command, folder: Path, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    told = command("search", *QUICK, "--data", folder, "--out", tmp_path / "s", *arguments)
    assert told.status == 2
    assert sentence in told.err
    assert told.err.count("\n") == 1
    assert not list(tmp_path.glob("s/*.db"))


def test_too_few_images_to_hold_some_out(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    told = command("search", *QUICK, "--data", bars_folder, "--out", tmp_path / "s")
    assert told.status == 2
    assert "has 1,000 training images" in told.err
    assert not (tmp_path / "s").exists()
