"""A trial is made once: found when it is over, continued when it was cut off, else begun."""

import multiprocessing
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Command, write_folder
from tinydrill.drilldown import environment, record
from tinydrill.drilldown.budget import Budget
from tinydrill.drilldown.data import from_folder
from tinydrill.drilldown.trials import (
    Setting,
    Trial,
    ask_for,
    carry_out_trial,
    check,
    command_of,
    found,
)
from tinydrill.errors import UnusableInputError

SHORT = ("epochs=2", "batch=100")


@pytest.fixture
def setting(bars_folder: Path, tmp_path: Path) -> Setting:
    return Setting(from_folder(bars_folder), "full", Budget(), "cpu", 1, tmp_path / "runs")


@pytest.fixture
def trial() -> Trial:
    return ask_for("fold24", "drill", SHORT, 3)


def test_a_trial_is_what_the_command_it_keeps_makes(
    command: Command, setting: Setting, trial: Trial, tmp_path: Path
) -> None:
    kept = record.load(carry_out_trial(trial, setting))
    words = shlex.split(kept.command)
    assert words[0] == "tinydrill"
    command(*words[1:], "--out", tmp_path / "typed")
    (typed,) = (tmp_path / "typed").iterdir()
    again = record.load(typed)
    assert again.weights_sha256 == kept.weights_sha256
    assert again.recipe_name == "drill with epochs=2.0, batch=100"
    assert again.recipe == kept.recipe
    assert found([trial], replace(setting, out=tmp_path / "typed")) == {trial: typed}


def test_a_trial_that_is_over_is_not_made_again(setting: Setting, trial: Trial) -> None:
    folder = carry_out_trial(trial, setting)
    before = (folder / record.RECORD).stat().st_mtime_ns
    assert carry_out_trial(trial, setting) == folder
    assert [path.name for path in setting.out.iterdir()] == [folder.name]
    assert (folder / record.RECORD).stat().st_mtime_ns == before


def test_an_unfinished_folder_is_continued(setting: Setting, trial: Trial) -> None:
    folder = carry_out_trial(trial, setting)
    kept = record.load(folder)
    record.save(kept.model_copy(update={"status": "running", "epochs": kept.epochs[:1]}), folder)
    assert found([trial], setting) == {}
    assert carry_out_trial(trial, setting) == folder
    assert record.load(folder).weights_sha256 == kept.weights_sha256


def test_what_another_code_unfinished_left_is_begun_anew(setting: Setting, trial: Trial) -> None:
    folder = carry_out_trial(trial, setting)
    kept = record.load(folder)
    older = kept.environment.model_copy(update={"code_sha256": "0" * 64})
    record.save(kept.model_copy(update={"status": "running", "environment": older}), folder)
    assert carry_out_trial(trial, setting).name == f"{folder.name}-2"


def test_a_trial_is_found_only_if_everything_that_decides_agrees(
    setting: Setting, trial: Trial, tmp_path: Path
) -> None:
    folder = carry_out_trial(trial, setting)
    assert found([trial], setting) == {trial: folder}
    assert found([replace(trial, recipe_name="under another name")], setting) != {}
    others = (
        replace(trial, seed=4),
        replace(trial, net="fold32"),
        ask_for("fold24", "drill", (*SHORT, "lr=0.01"), 3),
    )
    assert found(others, setting) == {}
    images = from_folder(write_folder(tmp_path / "other", 300, 100))
    for elsewhere in (
        replace(setting, dataset=images),
        replace(setting, rule="held-out"),
        replace(setting, threads=2),
        replace(setting, device="cuda"),
    ):
        assert found([trial], elsewhere) == {}
    kept = record.load(folder)
    older = kept.environment.model_copy(update={"code_sha256": None})
    record.save(kept.model_copy(update={"environment": older}), folder)
    assert found([trial], setting) == {}


def test_a_diverged_trial_is_over(setting: Setting) -> None:
    wild = ask_for("fold24", "drill", ("optimizer=sgd", "lr=100", "warmup=0"), 0)
    folder = carry_out_trial(wild, setting)
    assert record.load(folder).status == "diverged"
    assert found([wild], setting) == {wild: folder}


def test_two_processes_make_one_trial_once(setting: Setting, trial: Trial) -> None:
    fresh = multiprocessing.get_context("spawn")
    with fresh.Pool(2) as pool:
        folders = pool.starmap(carry_out_trial, [(trial, setting)] * 2)
    assert folders[0] == folders[1]
    assert list(setting.out.iterdir()) == [folders[0]]


def test_trials_that_can_not_pass_are_refused_before_the_first(setting: Setting) -> None:
    with pytest.raises(UnusableInputError, match="net0 has"):
        check([ask_for("fold24", "drill", (), 0), ask_for("net0", "drill", (), 0)], setting)
    with pytest.raises(UnusableInputError, match="the recipe plans 21 epochs"):
        check([ask_for("fold24", "drill", ["epochs=21"], 0)], setting)
    assert not setting.out.exists()


def test_the_command_says_what_is_not_usual(setting: Setting, trial: Trial) -> None:
    usual = replace(setting, dataset=replace(setting.dataset, name="mnist", public=True))
    home = ask_for(None, "Best", (), 0)
    assert command_of(home, replace(usual, device="auto")) == (
        "tinydrill train fold32 --recipe best --seed 0 --threads 1"
    )
    odd = replace(usual, budget=Budget(8000, 15, 99.5), rule="held-out")
    assert command_of(replace(home, recipe_name="made up"), odd).endswith(
        "--seed 0 --device cpu --threads 1 --max-parameters 8000 --max-epochs 15 --target 99.5 "
        "--split"
    )
    assert command_of(trial, setting).startswith(
        "tinydrill train fold24 --recipe drill --set epochs=2.0 --set batch=100 --seed 3 --data /"
    )


def test_the_code_has_one_checksum_and_older_records_have_none(
    setting: Setting, trial: Trial
) -> None:
    made = environment.describe(1, "cpu")
    assert made.code_sha256 == environment.code_sha256()
    assert len(environment.code_sha256()) == 64
    older = made.model_dump(exclude={"code_sha256"})
    assert environment.Environment.model_validate(older).code_sha256 is None


def test_what_decides_a_result_is_a_module_of_its_own() -> None:
    here = Path(environment.__file__).parent
    assert all((here / f"{name}.py").is_file() for name in environment.DECIDING)
