"""Recipes: every field documented, every wrong value named."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinydrill.drilldown import recipe as module
from tinydrill.drilldown.cookbook import HOME_NET, RECIPES, find
from tinydrill.drilldown.recipe import Recipe, allowed, as_mapping, from_mapping, override
from tinydrill.drilldown.zoo import ZOO
from tinydrill.errors import UnusableInputError


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_has_a_net_within_the_budget(name: str) -> None:
    from tinydrill.drilldown.budget import Budget
    from tinydrill.drilldown.trace import trace

    home = HOME_NET[name]
    Budget().admit(home, trace(ZOO[home]).parameters, RECIPES[name].epochs)


@pytest.mark.parametrize("field", module.FIELDS)
def test_every_field_says_what_it_does_and_may_be(field: str) -> None:
    assert module.why_of(field)
    assert allowed(field).startswith(("a number", "a whole number", "one of"))


def test_the_seed_recipe_is_the_exercise_s() -> None:
    seed = RECIPES["seed"]
    assert (seed.optimizer, seed.lr, seed.momentum, seed.batch) == ("sgd", 0.01, 0.9, 128)
    assert (seed.epochs, seed.schedule, seed.warmup) == (20, "constant", 0)
    assert (seed.mean, seed.sd, seed.weight_decay) == (0.1307, 0.3081, 0)
    assert not any((seed.rotate, seed.shift, seed.scale, seed.shear))


@pytest.mark.parametrize(
    ("assignment", "told"),
    [
        ("lr=abc", "recipe field lr=abc: must be a number > 0 and ≤ 100 (per update)"),
        ("lr=-1", "recipe field lr=-1: must be a number > 0"),
        ("lr=nan", "recipe field lr=nan: must be a number > 0"),
        ("lr=inf", "recipe field lr=inf: must be a number > 0"),
        ("batch=1.5", "recipe field batch=1.5: must be a whole number ≥ 1"),
        ("optimizer=adam", "recipe field optimizer=adam: must be one of sgd, adamw, muon"),
        ("learning_rate=1", "a recipe has no field 'learning_rate'; its fields are epochs, "),
        ("lr", "'lr' is not field=value"),
        ("=3", "a recipe has no field ''"),
    ],
)
def test_a_wrong_assignment_is_named_with_what_is_allowed(assignment: str, told: str) -> None:
    with pytest.raises(UnusableInputError) as refusal:
        override(RECIPES["drill"], [assignment])
    assert told in str(refusal.value)


def test_the_last_assignment_of_a_field_wins() -> None:
    assert override(RECIPES["drill"], ["lr=1", " lr = 0.5 "]).lr == 0.5


def test_a_recipe_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        RECIPES["drill"].lr = 1.0  # type: ignore[misc]


def test_a_missing_field_is_named() -> None:
    with pytest.raises(UnusableInputError, match="lacks its field epochs"):
        from_mapping({"lr": 0.1})


@given(st.floats(), st.integers())
def test_a_recipe_is_valid_or_refused_in_one_sentence(lr: float, batch: int) -> None:
    try:
        made = from_mapping({"epochs": 1, "lr": lr, "batch": batch})
    except UnusableInputError as refusal:
        assert "\n" not in str(refusal)
        assert not (0 < lr <= 100 and 1 <= batch <= 60_000)
    else:
        assert math.isfinite(made.lr)
        assert made.batch == batch


@given(
    st.floats(0.01, 1000),
    st.sampled_from(["sgd", "adamw"]),
    st.floats(0, 1),
    st.floats(0.01, 1),
)
def test_a_recipe_survives_its_mapping(
    epochs: float, optimizer: str, warmup: float, focus: float
) -> None:
    made = from_mapping(
        {"epochs": epochs, "optimizer": optimizer, "warmup": warmup, "focus": focus}
    )
    assert from_mapping(as_mapping(made)) == made
    assert isinstance(made, Recipe)


def test_an_unknown_recipe_lists_the_known() -> None:
    with pytest.raises(UnusableInputError, match="there are seed, drill, best"):
        find("fast")
