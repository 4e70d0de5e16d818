"""The step size over the training, and what weight decay may touch."""

from dataclasses import replace

import pytest
from torch import nn

from tinydrill.drilldown.optim import optimizer, schedule
from tinydrill.drilldown.recipe import RECIPES, Recipe

LINEAR = Recipe(epochs=1, warmup=0.2, schedule="linear")


@pytest.mark.parametrize(
    ("progress", "share"), [(0.1, 0.5), (0.2, 1.0), (0.6, 0.5), (0.8, 0.25), (1.0, 0.0)]
)
def test_linear_rises_then_falls_to_zero(progress: float, share: float) -> None:
    assert schedule(progress, LINEAR) == pytest.approx(share)


def test_cosine_is_half_way_down_in_the_middle() -> None:
    cosine = replace(LINEAR, schedule="cosine")
    assert schedule(0.6, cosine) == pytest.approx(0.5)
    assert schedule(0.4, cosine) > schedule(0.4, LINEAR)
    assert schedule(1.0, cosine) == pytest.approx(0)


def test_the_seed_recipe_never_changes_its_step() -> None:
    assert {schedule(step / 50, RECIPES["seed"]) for step in range(1, 51)} == {1.0}


STEP = Recipe(epochs=15, warmup=0, schedule="step", step_epochs=6, step_factor=0.1)


@pytest.mark.parametrize(
    ("epochs", "share"), [(0.01, 1), (5.99, 1), (6, 1), (6.01, 0.1), (12, 0.1), (12.01, 0.01)]
)
def test_steps_fall_with_the_first_update_after_so_many_epochs(epochs: float, share: float) -> None:
    assert schedule(epochs / 15, STEP) == pytest.approx(share)


def test_steps_begin_after_the_warm_up() -> None:
    assert schedule(0.05, replace(STEP, warmup=0.1)) == 0.5
    assert schedule(0.15, replace(STEP, warmup=0.1)) == 1


def test_a_warm_up_of_everything_ends_at_the_full_step() -> None:
    assert schedule(1.0, replace(LINEAR, warmup=1.0)) == 1.0


def test_only_kernels_and_matrices_decay() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))
    groups = optimizer(model, replace(LINEAR, weight_decay=0.5)).param_groups
    decays = {p.ndim: group["weight_decay"] for group in groups for p in group["params"]}
    assert decays == {4: 0.5, 2: 0.5, 1: 0.0}


def test_sgd_has_the_recipe_s_momentum() -> None:
    made = optimizer(nn.Linear(2, 2), RECIPES["seed"])
    assert [group["momentum"] for group in made.param_groups] == [0.9, 0.9]


def test_frozen_parameters_stay_out() -> None:
    model = nn.Linear(2, 2)
    model.weight.requires_grad_(False)
    held = [p for group in optimizer(model, LINEAR).param_groups for p in group["params"]]
    assert [p is model.bias for p in held] == [True]
