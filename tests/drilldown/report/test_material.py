"""Which runs belong together, and which are refused."""

import re
import shutil
from pathlib import Path

import pytest

from tests.conftest import write_folder
from tests.drilldown.small_runs import small_run
from tinydrill.drilldown import record
from tinydrill.drilldown.report.document import render
from tinydrill.drilldown.report.material import Material, gather
from tinydrill.errors import UnusableInputError


def change(run: Path, **values: object) -> None:
    record.save(record.load(run).model_copy(update=values), run)


def test_seeds_are_one_group_sorted_by_seed(material: Material) -> None:
    (group,) = material.groups
    assert [run.record.seed for run in group.runs] == [1, 4]
    assert group.first.record.seed == 1
    assert group.tried == 2


def test_other_nets_are_other_groups(two_seeds: Path, bars_folder: Path, tmp_path: Path) -> None:
    other = small_run(tmp_path, bars_folder, "net8")
    found = gather([other, two_seeds], None, print)
    assert [group.name for group in found.groups] == ["net8, recipe hasty", "fold24, recipe hasty"]
    text = render(found, "html")
    assert text.count("</h2>") == 3 + 2 + 2
    assert "2 nets and recipes compared" in text


def test_groups_of_one_name_are_told_apart(two_seeds: Path, tmp_path: Path) -> None:
    run = next(two_seeds.iterdir())
    for number, parameters in enumerate((20_000, 19_000)):
        folder = tmp_path / str(number)
        shutil.copytree(run, folder)
        budget = record.load(run).budget.model_copy(update={"parameters": parameters})
        change(folder, budget=budget)
    found = gather([tmp_path], None, print)
    assert [group.name for group in found.groups] == [
        "fold24, recipe hasty (bars, full) [1]",
        "fold24, recipe hasty (bars, full) [2]",
    ]
    ids = re.findall(r' id="([^"]+)"', render(found, "html"))
    assert len(ids) == len(set(ids))


def test_the_same_result_counts_once(two_seeds: Path, tmp_path: Path) -> None:
    run = next(two_seeds.iterdir())
    shutil.copytree(run, tmp_path / "copy")
    assert len(gather([run, run, tmp_path / "copy"], None, print).runs) == 1


@pytest.mark.parametrize(("status", "tried"), [("interrupted", 2), ("diverged", 3)])
def test_in_a_folder_what_did_not_finish_is_not_lost(
    two_seeds: Path, tmp_path: Path, status: str, tried: int
) -> None:
    shutil.copytree(two_seeds, tmp_path / "runs")
    first = sorted((tmp_path / "runs").iterdir())[0]
    shutil.copytree(first, tmp_path / "runs" / "third")
    change(tmp_path / "runs" / "third", status=status, seed=9)
    found = gather([tmp_path / "runs"], None, print)
    (group,) = found.groups
    assert group.tried == tried
    text = render(found, "markdown")
    assert f"| – | 9 | {status} |" in text


def test_a_net_of_which_nothing_finished_is_not_lost(two_seeds: Path, tmp_path: Path) -> None:
    shutil.copytree(two_seeds, tmp_path / "runs")
    third = tmp_path / "runs" / "third"
    shutil.copytree(sorted((tmp_path / "runs").iterdir())[0], third)
    change(third, status="diverged", recipe_name="wild", recipe={}, seed=9)
    found = gather([tmp_path / "runs"], None, print)
    assert [kept.recipe_name for kept in found.strays] == ["wild"]
    assert "| – | fold24, recipe wild | 9 | diverged |" in render(found, "markdown")


def test_what_can_not_be_reported_is_told(
    two_seeds: Path, bars_folder: Path, tmp_path: Path
) -> None:
    def refused(*places: Path, data: Path | None = None) -> str:
        with pytest.raises(UnusableInputError) as told:
            gather(places, data, print)
        return str(told.value)

    assert "nothing doesn't exist" in refused(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    assert "is neither a run nor a folder of runs" in refused(tmp_path / "empty")
    run = tmp_path / "run"
    shutil.copytree(next(two_seeds.iterdir()), run)
    other = write_folder(tmp_path / "other", 1000, 150)
    assert "are not those of" in refused(run, data=other)
    (run / record.WEIGHTS).write_bytes(b"spoilt")
    assert "is not the file that the run's record names" in refused(run)
    (run / record.WEIGHTS).unlink()
    assert "is missing" in refused(run)
    change(run, status="interrupted")
    assert "is interrupted, so it has no final weights" in refused(run)
    change(run, status="diverged", message="the loss is not a number")
    assert "run diverged (the loss is not a number), so it has no weights" in refused(run)
    lonely = tmp_path / "lonely"
    lonely.mkdir()
    run.rename(lonely / "run")
    assert "no run in" in refused(lonely)


def test_a_class_of_ones_own_is_reported(bars_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from torch import nn\nclass Mine(nn.Sequential):\n    def __init__(self):\n"
        "        super().__init__(nn.Flatten(), nn.Linear(784, 10))\n"
    )
    run = small_run(tmp_path / "runs", bars_folder, f"{tmp_path / 'mine.py'}:Mine")
    text = render(gather([run], None, print), "markdown")
    assert "Mine has no convolutions and no maps to show." in text
    assert "Not shown: Mine has no convolution with more than one place in its map" in text
