"""The step size over the training, and what weight decay may touch."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from tinydrill.drilldown.cookbook import RECIPES
from tinydrill.drilldown.optim import optimizer, orthogonalize, schedule
from tinydrill.drilldown.recipe import Recipe

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


def test_orthogonalize_keeps_the_vectors_and_evens_out_the_values() -> None:
    for shape in ((8, 30), (30, 8)):
        matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1))
        values = torch.linalg.svdvals(orthogonalize(matrix))
        assert values.min() > 0.6
        assert values.max() < 1.25
        left, _, right = torch.linalg.svd(matrix, full_matrices=False)
        between = left.T @ orthogonalize(matrix) @ right.T
        assert (between - between.diagonal().diag()).abs().max() < 1e-4


def test_muon_moves_a_kernel_by_its_own_step_size_and_momentum() -> None:
    model = nn.Conv2d(3, 5, 3, bias=False)
    made = optimizer(model, replace(LINEAR, optimizer="muon", kernel_lr=0.5, momentum=0.8))
    before, gradient = model.weight.detach().clone(), torch.randn(5, 3, 3, 3)
    model.weight.grad = gradient.clone()
    made.step()
    first = orthogonalize((1.8 * gradient).flatten(1)).view_as(gradient)
    assert torch.allclose(model.weight, before - 0.5 * first, atol=1e-5)
    made.step()  # with the same gradient the momentum is 1.8 times it
    second = orthogonalize((gradient + 0.8 * 1.8 * gradient).flatten(1)).view_as(gradient)
    assert torch.allclose(model.weight, before - 0.5 * (first + second), atol=1e-5)


def test_muon_leaves_everything_else_to_adamw() -> None:
    recipe = replace(LINEAR, weight_decay=0.1)
    ours, torchs = nn.Linear(4, 3), nn.Linear(4, 3)
    torchs.load_state_dict(ours.state_dict())
    both = [(ours, replace(recipe, optimizer="muon")), (torchs, recipe)]
    for model, its_recipe in both:
        made = optimizer(model, its_recipe)
        for step in range(5):
            generator = torch.Generator().manual_seed(step)
            for parameter in model.parameters():
                parameter.grad = torch.randn(parameter.shape, generator=generator)
            made.step()
    assert torch.allclose(ours.weight, torchs.weight, atol=1e-6)
    assert torch.allclose(ours.bias, torchs.bias, atol=1e-6)


def test_sgd_has_the_recipe_s_momentum() -> None:
    made = optimizer(nn.Linear(2, 2), RECIPES["seed"])
    assert [group["momentum"] for group in made.param_groups] == [0.9, 0.9]


def test_frozen_parameters_stay_out() -> None:
    model = nn.Linear(2, 2)
    model.weight.requires_grad_(False)
    held = [p for group in optimizer(model, LINEAR).param_groups for p in group["params"]]
    assert [p is model.bias for p in held] == [True]
