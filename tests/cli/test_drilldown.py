"""The verbs of part 2 as a person or a script meets them."""

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import Command
from tinydrill.drilldown import record

QUICK = ("--set", "epochs=3", "--set", "batch=50", "--threads", "1")


@pytest.fixture
def run_folder(command: Command, bars_folder: Path, tmp_path: Path) -> Path:
    """A finished run on the small data set."""
    command("train", "fold24", *QUICK, "--data", bars_folder, "--out", tmp_path / "runs")
    (folder,) = (tmp_path / "runs").iterdir()
    return folder


def test_zoo_lists_every_net(command: Command) -> None:
    from tinydrill.drilldown.zoo import ZOO

    told = command("zoo")
    assert told.status == 0
    assert all(name in told.out for name in ZOO)
    assert "6,379,786" in told.out


def test_zoo_as_json(command: Command) -> None:
    listed = {entry["name"]: entry for entry in json.loads(command("zoo", "--json").out)}
    assert listed["net8"]["macs"] == 4_739_968


def test_show_has_a_row_a_layer_and_warns(command: Command) -> None:
    told = command("show", "net1")
    assert "9,916 parameters, 2,355,586 MACs" in told.out
    assert "warning: layer 8 drops 1 of 6 rows" in told.out


def test_show_as_json(command: Command) -> None:
    shown = json.loads(command("show", "net8", "--json").out)
    assert len(shown["rows"]) == 12
    assert shown["rows"][3]["shape"] == [10, 14, 14]


def test_show_measures_a_user_s_class(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from torch import nn\nclass Mine(nn.Sequential):\n    def __init__(self):\n"
        "        super().__init__(nn.Conv2d(1, 4, 5), nn.Flatten(), nn.Linear(2304, 10))\n"
    )
    told = command("show", f"{file}:Mine")
    assert "23,154 parameters" in told.out
    assert "4×24×24" in told.out


def test_recipes_explain_every_field(command: Command) -> None:
    from tinydrill.drilldown.recipe import FIELDS

    told = command("recipes")
    assert all(field in told.out for field in FIELDS)
    listed = json.loads(command("recipes", "--json").out)
    assert listed["recipes"]["seed"]["net"] == "net8"
    assert listed["fields"]["rotate"]["unit"] == "degrees"


def test_data_says_what_it_verified(command: Command) -> None:
    told = command("data")
    assert told.status == 0
    assert "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db" in told.out
    assert "published checksums" in told.out


def test_data_of_one_s_own_as_json(command: Command, bars_folder: Path) -> None:
    told = json.loads(command("data", "--data", bars_folder, "--json").out)
    assert (told["name"], told["verified"], told["classes"]) == ("bars", False, 10)


def test_train_passes_or_fails_by_its_exit_status(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    what = ("train", "fold24", *QUICK, "--data", bars_folder, "--out", tmp_path)
    low, high = command(*what, "--target", "0"), command(*what, "--target", "100")
    assert low.status == 0
    assert low.out.startswith("PASS   ")
    assert "17,578 < 20,000 parameters   3 ≤ 20 epochs" in low.out
    assert high.status == (0 if "100.00 %" in high.out.split("≥")[0] else 1)
    assert "epoch  3/3" in high.err


def test_train_as_json_prints_the_record_only(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    what = ("train", "fold24", *QUICK, "--data", bars_folder, "--out", tmp_path, "--json")
    told = json.loads(command(*what).out)
    folder = Path(told.pop("run"))
    assert record.Record.model_validate(told) == record.load(folder)


def test_train_a_user_s_class(command: Command, bars_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from torch import nn\nclass Mine(nn.Sequential):\n    def __init__(self):\n"
        "        super().__init__(nn.Flatten(), nn.Linear(784, 10))\n"
    )
    out = tmp_path / "runs"
    what = ("train", f"{file}:Mine", *QUICK, "--data", bars_folder, "--out", out)
    assert command(*what, "--target", "0").status == 0
    (folder,) = out.iterdir()
    kept = record.load(folder)
    assert kept.net.parameters == 7850
    assert command("test", folder).status == 0


def test_other_sizes_and_class_counts_are_trained(command: Command, tmp_path: Path) -> None:
    from tests.conftest import write_folder

    data = write_folder(tmp_path / "small", 300, 100, edge=20)
    what = ("train", "fold24", *QUICK, "--data", data, "--out", tmp_path / "runs", "--target", "0")
    assert command(*what).status == 0
    told = command("train", "net1", *QUICK, "--data", data, "--out", tmp_path / "runs")
    assert told.status == 2
    assert "net1, layer 8: a window of 5×5 does not fit on a map of 2×2" in told.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("net0", "--recipe", "seed"), "net0 has 6,379,786 parameters; the budget is fewer than"),
        (("--recipe", "best", "--set", "epochs=30"), "plans 30 epochs; the budget is 20"),
        (("--recipe", "fast"), "no recipe is called 'fast'; there are seed, drill, best"),
        (("--set", "lr=fast"), "recipe field lr=fast: must be a number > 0 and ≤ 100"),
        (("vgg",), "no net is called 'vgg'; there are net0"),
        (("--seed", "-1"), "seed -1 is not a whole number from 0"),
        (("--device", "tpu"), "no device 'tpu' here"),
        (("--threads", "0"), "--threads 0 is not a whole number from 1"),
        (("--threads", "3000000000"), "--threads 3000000000 is not a whole number"),
        (("--max-epochs", "inf"), "can't be kept"),
        (("--set", "epochs=0.0000001"), "are less than one image"),
        (("--target", "140"), "accuracy between 0 and 100"),
        (("--dataset", "cifar"), "no data set is called 'cifar'"),
        (("--split",), "has 1,000 training images; holding 10,000 out"),
        (("--split", "--test-once"), "--split and --test-once are two rules"),
        (("--resume", "nowhere"), "nowhere is not a run"),
        (("net8", "--resume", "nowhere"), "leave a net out"),
    ],
)
def test_wrong_input_is_one_sentence_and_status_2(
    command: Command, bars_folder: Path, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    data = () if "--dataset" in arguments else ("--data", str(bars_folder))
    out = () if "--resume" in arguments else ("--out", str(tmp_path / "runs"))
    done = command("train", *arguments, *data, *out)
    assert done.status == 2
    assert done.err.startswith("tinydrill: ")
    assert told in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_runs_lists_what_there_is(command: Command, run_folder: Path) -> None:
    told = command("runs", run_folder.parent)
    assert run_folder.name in told.out.replace("\n", "")
    (listed,) = json.loads(command("runs", run_folder.parent, "--json").out)["runs"]
    assert listed["status"] == "finished"
    assert listed["parameters"] == 17_578


def test_runs_names_a_broken_record_and_lists_the_rest(command: Command, run_folder: Path) -> None:
    broken = run_folder.parent / "broken"
    broken.mkdir()
    (broken / "record.json").write_text("{")
    told = command("runs", run_folder.parent)
    assert told.status == 0
    assert "fold24" in told.out
    assert "not listed" in told.err


def test_test_recomputes_what_the_record_says(command: Command, run_folder: Path) -> None:
    told = json.loads(command("test", run_folder, "--json").out)
    judged = record.load(run_folder).judged
    assert judged is not None
    assert told["errors"] == judged.errors
    assert told["loss"] == pytest.approx(judged.loss, rel=1e-9)
    assert told["agrees_with_record"] is True
    assert sum(map(sum, told["confusion"])) == told["images"] == 200
    assert len(told["mistakes"]) == told["errors"]
    with Image.open(told["picture"]) as picture:
        assert picture.format == "PNG"


def test_test_for_people(command: Command, run_folder: Path) -> None:
    told = command("test", run_folder)
    assert "This is what the record says." in told.out
    assert "of 200 test images" in told.out


def test_plot_writes_both_formats(command: Command, run_folder: Path, tmp_path: Path) -> None:
    assert command("plot", run_folder, "-o", tmp_path / "c").status == 0
    assert (tmp_path / "c.png").stat().st_size > 10_000
    assert "<svg" in (tmp_path / "c.svg").read_text()


def test_plot_refuses_other_formats_and_places(
    command: Command, run_folder: Path, tmp_path: Path
) -> None:
    assert "only .png and .svg" in command("plot", run_folder, "-o", "c.pdf").err
    nowhere = command("plot", run_folder, "-o", tmp_path / "none" / "c.png")
    assert nowhere.status == 2
    assert "can't be written" in nowhere.err


def test_plot_needs_an_epoch(command: Command, run_folder: Path) -> None:
    kept = record.load(run_folder)
    record.save(kept.model_copy(update={"epochs": (), "status": "running"}), run_folder)
    assert "no finished epoch" in command("plot", run_folder).err


def test_images_that_are_trained_on_are_not_called_test_images(
    command: Command, bars_folder: Path, tmp_path: Path
) -> None:
    done = command("train", "--test-once", *QUICK, "--data", bars_folder, "--out", tmp_path)
    assert "trained-on loss" in done.err
    assert "test loss" not in done.err
    assert "errors of 200 test images" in done.out
    assert "best epoch" not in done.out
