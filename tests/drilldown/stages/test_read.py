"""Stage files: what is read, what is inherited, and a sentence for everything wrong."""

from pathlib import Path

import pytest

from tinydrill.drilldown.stages.configuration import difference
from tinydrill.drilldown.stages.read import BUILT_IN, read
from tinydrill.errors import UnusableInputError

FIRST = """
title = "Two stages"
[[stage]]
name = "one"
why = "Because."
nets = ["slim9", "fold9"]
recipes = ["seed"]
set = { epochs = 3 }
seeds = 2
target = { parameters = 10_000, epochs = 3, accuracy = 99, last = 2 }
"""
SECOND = """
[[stage]]
name = "two"
continues = "best"
set = { rotate = 7 }
"""


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "drill.toml"
    path.write_text(text)
    return str(path)


def refusal(tmp_path: Path, text: str) -> str:
    path = written(tmp_path, text)
    with pytest.raises(UnusableInputError) as refused:
        read(path)
    told = str(refused.value)
    assert "\n" not in told
    return told.removeprefix(f"{path}: ")


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_files_are_usable(name: str) -> None:
    source = read(name)
    assert source.name == name
    assert all(stage.target and stage.seeds for stage in source.file.stage)


def test_harder_is_the_exercise_s_harder_form() -> None:
    stages = read("harder").file.stage
    for stage in stages:
        assert stage.target is not None
        assert (stage.target.parameters, stage.target.epochs) == (10_000, 15)
        assert (stage.target.accuracy, stage.target.last) == (99.4, 3)
    (start, *_) = stages[0].configurations(())
    recipe = start.recipe
    assert (recipe.optimizer, recipe.lr, recipe.momentum, recipe.batch) == ("sgd", 0.01, 0.9, 128)
    assert (stages[-1].nets, stages[-1].recipes) == (("stem16",), ("harder",))


def test_harder_s_second_and_third_stage_change_one_thing_each() -> None:
    first, second, third, *_ = read("harder").file.stage
    (_, baseline) = first.configurations(())
    (turned,) = second.configurations((baseline,))
    (stepped,) = third.configurations((turned,))
    assert difference(baseline.recipe, turned.recipe) == "rotate 0 → 7"
    assert difference(turned.recipe, stepped.recipe) == (
        "schedule constant → step, step_epochs 6, step_factor 0.1"
    )
    assert stepped.recipe.lr == 0.01


def test_the_nets_of_harder_keep_to_its_parameters() -> None:
    from tinydrill.drilldown.trace import trace
    from tinydrill.drilldown.zoo import find

    assert all(trace(find(net)).parameters < 10_000 for net in read("harder").file.stage[0].nets)


def test_seed_compares_all_nets_and_ends_with_our_own() -> None:
    first, last = read("seed").file.stage
    assert first.nets == tuple(f"net{number}" for number in range(1, 9))
    assert (last.nets, last.recipes) == (("fold32",), ("best",))


def test_a_stage_inherits_seeds_and_target(tmp_path: Path) -> None:
    first, second = read(written(tmp_path, FIRST + SECOND)).file.stage
    assert (second.seeds, second.target) == ((0, 1), first.target)


def test_seeds_can_be_set_from_outside(tmp_path: Path) -> None:
    for stage in read(written(tmp_path, FIRST + SECOND), 4).file.stage:
        assert stage.seeds == (0, 1, 2, 3)


def test_a_stage_goes_on_with_nets_and_recipes_of_the_one_before(tmp_path: Path) -> None:
    first, second = read(written(tmp_path, FIRST + SECOND)).file.stage
    (chosen, _) = first.configurations(())
    (there,) = second.configurations((chosen,))
    assert there.label == "slim9, seed with epochs=3, rotate=7"


def test_a_stage_that_names_recipes_keeps_only_the_nets(tmp_path: Path) -> None:
    text = FIRST + SECOND.replace('"best"', '"all"\nrecipes = ["drill"]')
    first, second = read(written(tmp_path, text)).file.stage
    labels = [there.label for there in second.configurations(first.configurations(()))]
    assert labels == ["slim9, drill with rotate=7", "fold9, drill with rotate=7"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"slim9"', '"slim10"', "stage 1 (one): no net is called 'slim10'; there are net0"),
        ('"slim9"', '"lost.py:Net"', "stage 1 (one): lost.py is not a file"),
        ('"slim9"', '"lost.py"', "stage 1 (one): lost.py names a file but no class"),
        ('"slim9"', '"lost.json"', "stage 1 (one): lost.json is not a file"),
        ('"seed"', '"sead"', "stage 1 (one): no recipe is called 'sead'"),
        ("epochs = 3 }", "epocs = 3 }", "stage 1 (one): a recipe has no field 'epocs'"),
        ("epochs = 3 }", "epochs = 0 }", "stage 1 (one): recipe field epochs=0: must be a number"),
        ("last = 2", "last = 5", "its target reads the last 5 epochs, but seed with epochs=3 has"),
        ("last = 2", "seeds = 4", "stage 1 (one): its target asks for 4 seeds, but it has 2"),
        ("last = 2", "lost = 2", "stage 1, target.lost: there is no such field; there are param"),
        ("last = 2", "last = 0", "stage 1, target.last = 0: it should be greater than 0"),
        ("accuracy = 99", "accuracy = 101", "target.accuracy = 101: it should be less than or eq"),
        ("accuracy = 99", "accuracy = nan", "target.accuracy = nan: it should be"),
        ("accuracy = 99, ", "", "last and seeds of a target say nothing without its accuracy"),
        ("{ parameters = 10_000, epochs = 3, accuracy = 99, last = 2 }", "{}", "asks for neither"),
        ("target =", "# ", "stage 1 (one): it lacks a target"),
        ("seeds = 2", "seeds = 0", "stage 1: seeds = 0 is not a whole number from 1 to 1000"),
        ("seeds = 2", "seeds = [1, 1]", "stage 1 (one): seeds names one of them twice"),
        ("seeds = 2", "seeds = [-1]", "stage 1, seeds.0 = -1: it should be greater than or equal"),
        ("seeds = 2", f"seeds = [{1 << 32}]", "stage 1 (one): seed 4294967296 is above 4294967295"),
        ("seeds = 2", "", "stage 1 (one): it lacks seeds: a list, or how many counted from 0"),
        ('name = "one"', "", "stage 1, name is missing"),
        ('name = "one"', 'name = "one"\ncontinues = "best"', "the first stage has none before it"),
        ('recipes = ["seed"]', "", "it lacks recipes, and does not continue another stage"),
        ('title = "Two stages"', "title = 2", "title = 2: it should be a text"),
        ('title = "Two stages"', "title", "not valid TOML: "),
        ('["slim9", "fold9"]', '"slim9"', "stage 1, nets = 'slim9': it should be a list"),
        ('["slim9", "fold9"]', '["slim9", "SLIM9"]', "(one): nets names one of them twice"),
        ('["slim9", "fold9"]', '[""]', "stage 1, nets.0 = '': it should not be empty"),
        ("{ epochs = 3 }", "3", "stage 1, set = 3: it should be a table"),
        ("= 10_000", "= 1e4", "target.parameters = 10000.0: it should be a whole number"),
        ("accuracy = 99", 'accuracy = "99"', "target.accuracy = '99': it should be a number"),
        ('"best"', "3", "stage 2, continues: 3 is no rule"),
        ('"best"', "[]", "stage 2, continues.nets: it should not be empty"),
        ('name = "two"', 'name = "one"', "stage 2 (one): another stage has that name already"),
        ('"best"', '"worst"', "stage 2, continues: 'worst' is none of"),
        ('"best"', '["net8"]', "stage 2 (two): it continues with net8, which stage 1 lacks"),
        ('"best"', "{ parameters = 100 }", "stage 2 (two): its rule leaves nothing: every config"),
        ('"best"', '"best"\nnets = ["net8"]', "it continues with nets of the stage before; leave"),
    ],
)
def test_what_is_wrong_is_named_with_its_stage(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in FIRST + SECOND
    assert told in refusal(tmp_path, (FIRST + SECOND).replace(old, new))


def test_a_file_that_is_not_there_is_named_with_what_is_built_in() -> None:
    with pytest.raises(UnusableInputError, match=r"nothing: .* \(built-in are harder and seed\)"):
        read("nothing")


def test_a_stage_in_single_brackets_is_told_how(tmp_path: Path) -> None:
    told = refusal(tmp_path, FIRST.replace("[[stage]]", "[stage]"))
    assert told == "stage: it should be a list; a stage begins with [[stage]], in two brackets"


def test_two_stages_in_single_brackets_are_told_how(tmp_path: Path) -> None:
    told = refusal(tmp_path, (FIRST + SECOND).replace("[[stage]]", "[stage]"))
    assert told.startswith("not valid TOML: ")
    assert told.endswith("; a stage begins with [[stage]], in two brackets")


def test_a_file_without_stages_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, 'title = "none"') == "stage is missing"


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UnusableInputError, match="not a UTF-8 text file"):
        read(str(path))
