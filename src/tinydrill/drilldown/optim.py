"""The optimizer a recipe asks for, and the step size at every moment of the training."""

import math

import torch
from torch import nn

from tinydrill.drilldown.recipe import Recipe


def schedule(progress: float, recipe: Recipe) -> float:
    """The step size as a share of the recipe's `lr`.

    Args:
        progress: share of the training's images seen after the coming update, in (0, 1].
        recipe: its `warmup` and `schedule`, and for steps its epochs.
    """
    if progress < recipe.warmup:
        return progress / recipe.warmup
    if recipe.schedule == "constant" or recipe.warmup == 1:
        return 1.0
    if recipe.schedule == "step":
        # The last update of an epoch still belongs to it; 1e-9 is less than one image.
        falls = math.ceil(progress * recipe.epochs / recipe.step_epochs - 1e-9) - 1
        return recipe.step_factor ** max(0, falls)
    left = max(0.0, (1 - progress) / (1 - recipe.warmup))
    return left if recipe.schedule == "linear" else (1 - math.cos(math.pi * left)) / 2


def optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The recipe's optimizer over all parameters of a model.

    Weight decay holds for matrices and kernels only: pulling BatchNorm's scale or a bias to zero
    takes away what the layer is for.
    """
    trained = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=recipe.lr, momentum=recipe.momentum, fused=True)
    betas = (recipe.momentum, recipe.beta2)
    return torch.optim.AdamW(groups, lr=recipe.lr, betas=betas, fused=True)
