"""A net under a recipe as changed, and what one recipe has otherwise than another."""

import pytest

from tinydrill.drilldown.stages.configuration import Configuration, difference
from tinydrill.errors import UnusableInputError

SLIM = Configuration("slim9", "seed")


def test_changes_stand_in_recipe_and_name() -> None:
    changed = SLIM.changed({"epochs": 15}).changed({"rotate": 7})
    assert (changed.recipe.epochs, changed.recipe.rotate) == (15, 7)
    assert changed.recipe_name == "seed with epochs=15, rotate=7"
    assert changed.label == "slim9, seed with epochs=15, rotate=7"


def test_a_later_change_of_a_field_replaces_the_earlier() -> None:
    changed = SLIM.changed({"lr": 0.1, "rotate": 7}).changed({"lr": 0.05})
    assert changed.recipe_name == "seed with rotate=7, lr=0.05"


def test_no_change_leaves_the_recipe_s_own_name() -> None:
    assert SLIM.changed({}) == SLIM
    assert SLIM.recipe_name == "seed"


@pytest.mark.parametrize("values", [{"epocs": 3}, {"epochs": -3}, {"epochs": "many"}])
def test_what_a_recipe_does_not_allow_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(UnusableInputError, match="recipe"):
        SLIM.changed(values)


def test_differences_are_named_field_by_field() -> None:
    changed = SLIM.changed({"rotate": 7}).recipe
    assert difference(SLIM.recipe, SLIM.changed({"rotate": 7, "lr": 0.1}).recipe) == (
        "lr 0.01 → 0.1, rotate 0 → 7"
    )
    assert difference(changed, changed) == ""


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            {},
            {"schedule": "step", "step_epochs": 3},
            "schedule constant → step, step_epochs 3, step_factor 0.1",
        ),
        ({"schedule": "step"}, {"schedule": "step", "step_epochs": 3}, "step_epochs 6 → 3"),
        ({}, {"step_epochs": 3}, ""),
        ({"schedule": "step"}, {}, "schedule step → constant"),
        ({}, {"focus": 0.5}, "focus 1 → 0.5, focus_random 0.1"),
        ({}, {"optimizer": "adamw"}, "optimizer sgd → adamw, beta2 0.99"),
        (
            {},
            {"optimizer": "muon"},
            "optimizer sgd → muon, kernel_lr 0.12, beta2 0.99",
        ),
    ],
)
def test_only_fields_that_have_an_effect_are_named(
    before: dict[str, object], after: dict[str, object], told: str
) -> None:
    assert difference(SLIM.changed(before).recipe, SLIM.changed(after).recipe) == told
