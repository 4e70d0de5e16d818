"""A net with its recipe in a file: written, read back, trained, refused."""

from pathlib import Path

import pytest

from tests.conftest import Command
from tinydrill.drilldown import blueprint, record
from tinydrill.drilldown.asked import ask_for
from tinydrill.drilldown.blueprint import Blueprint
from tinydrill.drilldown.recipe import Recipe
from tinydrill.drilldown.zoo import ZOO
from tinydrill.errors import UnusableInputError

MINE = Blueprint(ZOO["fold24"], Recipe(epochs=1, batch=100), {"trial": 3})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    blueprint.write(tmp_path / "mine.json", MINE)
    return tmp_path / "mine.json"


def test_what_was_written_is_read_back(file: Path) -> None:
    assert blueprint.read(file) == MINE


def test_a_file_is_trained_with_its_own_recipe(
    command: Command, file: Path, bars_folder: Path, tmp_path: Path
) -> None:
    what = ("train", file, "--threads", "1", "--data", bars_folder, "--target", "0")
    assert command(*what, "--out", tmp_path / "runs").status == 0
    (folder,) = (tmp_path / "runs").iterdir()
    kept = record.load(folder)
    assert (kept.net.name, kept.recipe_name, kept.recipe["batch"]) == ("fold24", "own", 100)


def test_another_recipe_can_be_named(file: Path) -> None:
    trial = ask_for(str(file), "best", ("epochs=2",), 0)
    assert (trial.recipe_name, trial.recipe.rotate) == ("best with epochs=2", 13)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "is not JSON"),
        ("[" * 200_000, "is not JSON"),
        ("[]", "it lacks 'net' or 'recipe'"),
        ('{"net": {}, "recipe": 3}', "its recipe is not a table"),
        ('{"net": {}, "recipe": {}}', "not a net as records hold it"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text)
    with pytest.raises(UnusableInputError, match=sentence):
        blueprint.read(path)


def test_a_missing_file_is_named(command: Command, tmp_path: Path) -> None:
    told = command("train", tmp_path / "none.json")
    assert told.status == 2
    assert "none.json can't be read: No such file" in told.err
