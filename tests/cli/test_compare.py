"""`tinydrill compare` as a person or a script meets it."""

import json
from pathlib import Path

import pytest

from tests.cli.test_drilldown import QUICK
from tests.conftest import Command, write_folder
from tests.drilldown.test_compare import other
from tests.drilldown.test_group import data, runs
from tests.drilldown.test_record import made
from tinydrill.drilldown import record
from tinydrill.drilldown.record import Measured
from tinydrill.drilldown.records import Found


def keep(path: Path, found: Found) -> Path:
    path.write_text("".join(run.model_dump_json() + "\n" for _, run in found))
    return path


@pytest.fixture
def pair_of_files(tmp_path: Path) -> tuple[Path, Path]:
    a = keep(tmp_path / "a.jsonl", runs(60, 62, 61, 63, 59))
    return a, keep(tmp_path / "b.jsonl", other(50, 49, 51, 52, 48))


def test_groups_are_compared_in_numbers_and_in_a_sentence(
    command: Command, pair_of_files: tuple[Path, Path]
) -> None:
    told = command("compare", *pair_of_files)
    assert told.status == 0
    assert "B is better by 0.110 ± 0.023 points on the 10,000 test images; 5 seeds" in told.out
    assert "99.390" in told.out
    assert "2 of 5" in told.out


def test_as_json_without_infinities(command: Command, pair_of_files: tuple[Path, Path]) -> None:
    told = json.loads(command("compare", *pair_of_files, "--target", "99.5", "--json").out)
    assert told["b"]["last_epoch"]["passing"] == 3
    assert told["b_minus_a"]["difference"] == pytest.approx(0.11)
    keep(pair_of_files[0], runs(60))
    alone = command("compare", *pair_of_files, "--json").out
    assert "Infinity" not in alone
    assert json.loads(alone)["b_minus_a"]["half_width"] is None


def test_json_crowns_no_side_of_which_some_diverged(
    command: Command, pair_of_files: tuple[Path, Path]
) -> None:
    told = json.loads(command("compare", *pair_of_files, "--json").out)
    assert told["better"] == "b"
    lost = [("x", made(seed=9, status="diverged", recipe_name="best", recipe={"lr": 0.1}))]
    keep(pair_of_files[1], [*other(50, 49, 51, 52, 48), *lost])
    told = json.loads(command("compare", *pair_of_files, "--json").out)
    assert told["better"] is None
    assert told["sentence"].startswith("Neither is called better: 1 of B's 6 seeds diverged.")


def test_runs_that_read_test_images_once_have_no_best_epochs_to_show(
    command: Command, pair_of_files: tuple[Path, Path]
) -> None:
    final = Measured(loss=1, errors=50, images=10_000)
    keep(pair_of_files[1], other(1, 1, data=data(rule="once"), final=final))
    told = command("compare", *pair_of_files)
    (best,) = (line for line in told.out.splitlines() if "best epochs" in line)
    assert best.rstrip().endswith("–")
    document = json.loads(command("compare", *pair_of_files, "--json").out)
    assert document["b"]["best_epoch_for_comparison_only"] is None


def test_a_confidence_asked_for_widens_the_intervals(
    command: Command, pair_of_files: tuple[Path, Path]
) -> None:
    told = command("compare", *pair_of_files, "--confidence", "0.99")
    assert "99 % interval" in told.out
    assert "± 0.034 points" in told.out


@pytest.fixture
def two_runs(command: Command, bars_folder: Path, tmp_path: Path) -> tuple[Path, Path]:
    for seed in ("0", "1"):
        asked = ("--data", bars_folder, "--out", tmp_path / "runs", "--seed", seed)
        command("train", "fold24", *QUICK, *asked)
    first, second = sorted((tmp_path / "runs").iterdir())
    return first, second


def test_two_runs_with_weights_are_compared_image_by_image(
    command: Command, two_runs: tuple[Path, Path], tmp_path: Path
) -> None:
    told = command("compare", *two_runs)
    assert told.status == 0
    assert "On the same 200 test images, A alone is right on" in told.out
    paired = json.loads(command("compare", *two_runs, "--json").out)["same_images"]
    for run, alone in zip(two_runs, ("only_b", "only_a"), strict=True):
        judged = record.load(run).judged
        assert judged is not None
        assert paired["neither"] + paired[alone] == judged.errors
    elsewhere = write_folder(tmp_path / "elsewhere", 300, 100)
    refused = command("compare", *two_runs, "--data", elsewhere)
    assert refused.status == 2
    assert "is not the data of" in refused.err
    (two_runs[0] / record.WEIGHTS).unlink()
    without = command("compare", *two_runs)
    assert without.status == 0
    assert "has no weights" in without.err


def test_two_runs_with_held_out_images_are_compared_on_those(
    command: Command, tmp_path: Path
) -> None:
    many = write_folder(tmp_path / "data", 10_200, 100)
    for seed in ("0", "1"):
        asked = ("--data", many, "--out", tmp_path / "runs", "--seed", seed, "--split")
        command("train", "fold24", "--threads", "1", "--set", "batch=50", *asked)
    two = sorted((tmp_path / "runs").iterdir())
    told = command("compare", *two)
    assert "On the same 10,000 held-out images, A alone is right on" in told.out
    assert "test images" not in told.out
    document = json.loads(command("compare", *two, "--json").out)
    for run, side, alone in zip(two, ("a", "b"), ("only_b", "only_a"), strict=True):
        compared = record.load(run).compared
        assert compared is not None
        paired = document["same_images"]
        assert paired["neither"] + paired[alone] == compared.errors
        assert document[side]["images"] == "10,000 held-out images"


def test_unusable_input_is_a_sentence(
    command: Command, pair_of_files: tuple[Path, Path], tmp_path: Path
) -> None:
    a, b = pair_of_files
    for arguments, said in (
        ((a, a), "A and B are both"),
        ((a, tmp_path / "nothing"), "holds no runs"),
        ((a, b, "--confidence", "95"), "between 0.5 and 0.9999"),
        ((a, b, "--confidence", "1e-9"), "between 0.5 and 0.9999"),
        ((a, b, "--target", "994"), "target of 994 %"),
        ((a, b, "--data", tmp_path), "--data is for two single runs"),
    ):
        refused = command("compare", *arguments)
        assert refused.status == 2
        assert said in refused.err
        assert refused.out == ""
