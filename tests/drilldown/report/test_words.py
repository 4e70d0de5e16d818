"""Sentences of the report say what holds for its runs: their rule, recipes, seeds."""

import re
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from tests.drilldown.report.reading import beginning, tables
from tests.drilldown.small_runs import HASTY
from tinydrill.drilldown import record
from tinydrill.drilldown.data import Split
from tinydrill.drilldown.gradcam import Cam
from tinydrill.drilldown.inspect import Inspected
from tinydrill.drilldown.report.blocks import Section, Text, table
from tinydrill.drilldown.report.document import render
from tinydrill.drilldown.report.inside import grad_cams
from tinydrill.drilldown.report.material import Group, Material, gather
from tinydrill.drilldown.report.page import to_html
from tinydrill.drilldown.report.training import training


def copied(two_seeds: Path, out: Path) -> list[Path]:
    """Both runs where they can be changed."""
    shutil.copytree(two_seeds, out, dirs_exist_ok=True)
    return sorted(out.iterdir())


def change(run: Path, **values: object) -> None:
    record.save(record.load(run).model_copy(update=values), run)


def under(rule: Split, run: Path) -> None:
    """The record as one that was made by another rule."""
    kept = record.load(run)
    change(run, data=kept.data.model_copy(update={"rule": rule}), final=kept.epochs[-1].watch)


@pytest.mark.parametrize(
    ("rule", "named"), [("held-out", "held-out"), ("once", "trained-on"), ("full", "test")]
)
def test_images_read_after_each_epoch_are_called_what_they_are(
    two_seeds: Path, tmp_path: Path, rule: Split, named: str
) -> None:
    for run in copied(two_seeds, tmp_path / "runs"):
        under(rule, run)
    text = render(gather([tmp_path / "runs"], None, print), "markdown")
    row = beginning(tables(text), "Means over the runs")[0]
    assert f"{named} loss" in row
    assert f"look worse than the {named} images, which are read as they are" in text
    assert ("were read once, at the end: see" in text) == (rule != "full")
    assert ("how well those are learned" in text) == (rule == "once")


def test_groups_of_two_rules_have_a_legend_for_both(two_seeds: Path, tmp_path: Path) -> None:
    under("once", copied(two_seeds, tmp_path / "runs")[0])
    found = gather([tmp_path / "runs"], None, print)
    page, text = render(found, "html"), render(found, "markdown")
    legend = re.search(r"<li><svg[^>]*>.{0,120}?</svg>((?:test|trained-on) or [^<]*)</li>", page)
    assert legend is not None
    assert set(legend[1].removesuffix(" images").split(" or ")) == {"test", "trained-on"}
    assert "read once, at the end (by some of the runs)" in text


@pytest.mark.parametrize(
    ("rule", "best"),
    [("full", r"\d+\.\d\d"), ("held-out", r"\d+\.\d\d \(held-out\)"), ("once", "–")],
)
def test_the_best_epoch_says_of_which_images_it_is(
    two_seeds: Path, tmp_path: Path, rule: Split, best: str
) -> None:
    for run in copied(two_seeds, tmp_path / "runs"):
        under(rule, run)
    text = render(gather([tmp_path / "runs"], None, print), "markdown")
    rows = beginning(tables(text), "Every run.")
    assert all(re.fullmatch(best, row["best epoch %"]) for row in rows)
    assert ("there is no best epoch" in text) == (rule == "once")


def test_what_is_to_be_typed_is_set_apart_and_can_not_end_the_page() -> None:
    folded = table("see `tinydrill <b>`", ("a",), [("1",)], folded=True)
    page = to_html("9 % <i>", "", [Section("9 %", (Text("try `a` at 9 %", strong=True), folded))])
    assert "try <code>a</code> at 9\u00a0%" in page
    assert "<summary>see <code>tinydrill &lt;b&gt;</code></summary>" in page
    assert "<h1>9\u00a0% &lt;i&gt;</h1>" in page
    assert ">9\u00a0%</h2>" in page


def test_a_person_s_own_words_are_left_as_they_are() -> None:
    assert ">a `b` c<" in to_html("", "", [Section("", (Text("a `b` c", quoted=True),))])


def test_seeds_that_do_not_differ_get_no_interval(two_seeds: Path, tmp_path: Path) -> None:
    first, second = copied(two_seeds, tmp_path / "runs")
    shutil.copytree(first, tmp_path / "alike" / "a")
    shutil.copytree(first, tmp_path / "alike" / "b")
    change(tmp_path / "alike" / "b", seed=9)
    text = render(gather([tmp_path / "alike"], None, print), "markdown")
    assert re.search(r"Test accuracy: \d+\.\d\d % with each of 2 seeds\.", text)
    assert "95 % confidence" not in text
    assert "95 % confidence" in render(gather([first, second], None, print), "markdown")


def told_of_training(material: Material, **values: object) -> str:
    """The words over the curves, as if the recipe had these values."""
    (group,) = material.groups
    runs = []
    for run in group.runs:
        recipe = asdict(replace(HASTY, shift=0)) | values
        runs.append(Inspected(run.run, run.record.model_copy(update={"recipe": recipe}), run.model))
    return str(training([Group(tuple(runs))]).blocks[0])


def test_only_what_the_recipe_does_is_said_of_training_images(material: Material) -> None:
    plain = told_of_training(material)
    assert "look worse" not in plain
    turned = told_of_training(material, rotate=7)
    assert "trained on: moved. So they can look worse" in turned
    assert "moved" not in told_of_training(material, label_smoothing=0.1)
    assert "with smoothed labels" in told_of_training(material, label_smoothing=0.1)
    assert "the hard ones more often" in told_of_training(material, focus=0.5)
    assert "the hard ones" not in turned


def test_recipes_of_one_name_stand_beside_each_other(two_seeds: Path, tmp_path: Path) -> None:
    run = copied(two_seeds, tmp_path / "runs")[0]
    change(run, recipe=record.load(run).recipe | {"momentum": 0.123})
    text = render(gather([tmp_path / "runs"], None, print), "markdown")
    rows = beginning(tables(text), "The recipe, field by field")
    (momentum,) = (row for row in rows if row["field"] == "momentum")
    assert "0.123" in momentum.values()
    assert len(momentum) == 4  # field, unit, and one for each recipe


def test_one_recipe_of_two_groups_stands_once(two_seeds: Path, tmp_path: Path) -> None:
    under("once", copied(two_seeds, tmp_path / "runs")[0])
    text = render(gather([tmp_path / "runs"], None, print), "markdown")
    assert list(beginning(tables(text), "The recipe, field")[0]) == ["field", "unit", "hasty"]


def test_a_diverged_seed_is_told_beside_the_mean(two_seeds: Path, tmp_path: Path) -> None:
    first = copied(two_seeds, tmp_path / "runs")[0]
    assert "diverged" not in render(gather([tmp_path / "runs"], None, print), "markdown")
    shutil.copytree(first, tmp_path / "runs" / "third")
    change(tmp_path / "runs" / "third", status="diverged", seed=9)
    text = render(gather([tmp_path / "runs"], None, print), "markdown")
    assert "; 1 run that diverged is left out of it." in text


def test_why_grad_cam_is_replaced_is_told_only_where_it_is(
    material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    (group,) = material.groups
    plain = group.first.grad_cam(0, 0)

    def by(method: str) -> str:
        def cam(_run: Inspected, _image: int, of: int) -> Cam:
            return replace(plain, of=of, method=method)  # type: ignore[arg-type]

        monkeypatch.setattr(Inspected, "grad_cam", cam)
        return str(grad_cams(group).blocks)

    assert "cancel in the average" in by("HiResCAM")
    assert "cancel in the average" not in by("Grad-CAM")


@pytest.mark.parametrize(("groups", "panels"), [(3, 2), (4, 4)])
def test_many_groups_have_test_images_beside_training_images(
    material: Material, groups: int, panels: int
) -> None:
    page = to_html("", "", [training(list(material.groups) * groups)])
    titles = re.findall(r"<figcaption><b>([^<]*)</b>", page)
    assert len(titles) == panels
    if panels == 4:
        assert titles[2:] == ["Errors, %: training images", "Errors, %: test images"]
        first, second, third, fourth = page.split("<figure>")[1:]
        for drawn, side, other in (
            *((first, "train", "test"), (second, "test", "train")),
            *((third, "train", "test"), (fourth, "test", "train")),
        ):
            assert f" {side} mean" in drawn
            assert f" {other} mean" not in drawn.partition("</figure>")[0]
        assert "target" in fourth
        assert 'class="target"' not in third


def test_classes_that_are_never_read_rightly_are_named(
    material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    (group,) = material.groups
    found = dict.fromkeys(range(group.first.record.data.classes), 0)
    monkeypatch.setitem(group.first.__dict__, "rightly_read", found)
    assert "read rightly:" not in str(grad_cams(group).blocks)
    monkeypatch.setitem(group.first.__dict__, "rightly_read", {0: 0, 1: 0})
    assert "no test image of it is read rightly: 2" in str(grad_cams(group).blocks)
