"""The optimizer a recipe asks for, and the step size at every moment of the training."""

import math
from typing import Any

import torch
from torch import Tensor, nn

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
    if recipe.schedule == "cosine":
        return (1 - math.cos(math.pi * left)) / 2
    return left if recipe.schedule == "linear" else left**2


class Muon(torch.optim.Optimizer):
    """Momentum with its update made orthogonal, for kernels; AdamW for everything else.

    A kernel [out, in, k, k] is taken as a matrix [out, in·k²]. Groups with `kernels` true are
    those; each group brings its `lr` and `weight_decay`, as torch's own optimizers have them.
    """

    def __init__(self, groups: list[dict[str, Any]], momentum: float, beta2: float) -> None:
        super().__init__(groups, {"lr": 0.0, "momentum": momentum, "beta2": beta2})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Update every parameter that has a gradient."""
        del closure  # torch's signature; nothing here evaluates twice
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                update = _orthogonal_step if group["kernels"] else _adaptive_step
                parameter.sub_(
                    update(parameter.grad, self.state[parameter], group), alpha=group["lr"]
                )


def _orthogonal_step(gradient: Tensor, state: dict[str, Tensor], group: dict[str, Any]) -> Tensor:
    """Muon's update of a kernel, in the kernel's shape: Nesterov momentum, orthogonalised."""
    if not state:
        state["momentum"] = torch.zeros_like(gradient)
    state["momentum"].mul_(group["momentum"]).add_(gradient)
    ahead = gradient.add(state["momentum"], alpha=group["momentum"]).flatten(1)
    tall = max(1.0, ahead.shape[0] / ahead.shape[1]) ** 0.5
    return orthogonalize(ahead).mul_(tall).view(gradient.shape)


def _adaptive_step(gradient: Tensor, state: dict[str, Tensor], group: dict[str, Any]) -> Tensor:
    """AdamW's update of anything else."""
    if not state:
        state["step"] = torch.zeros(())
        state["mean"], state["square"] = torch.zeros_like(gradient), torch.zeros_like(gradient)
    state["step"] += 1
    done, beta1, beta2 = state["step"].item(), group["momentum"], group["beta2"]
    state["mean"].lerp_(gradient, 1 - beta1)
    state["square"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
    spread = state["square"].div(1 - beta2**done).sqrt_().add_(1e-8)
    mean: Tensor = state["mean"].div(1 - beta1**done)
    return mean.div_(spread)


def orthogonalize(matrix: Tensor, rounds: int = 5) -> Tensor:
    """A matrix [m, n] with its singular values brought to about 1 (0.7 to 1.2), its vectors kept.

    The quintic Newton–Schulz iteration with the coefficients of Jordan 2024.
    """
    wide: Tensor = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    wide = wide / (wide.norm() + 1e-7)
    for _ in range(rounds):
        square = wide @ wide.T
        wide = 3.4445 * wide + (2.0315 * square @ square - 4.7750 * square) @ wide
    return wide if matrix.shape[0] <= matrix.shape[1] else wide.T


def optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The recipe's optimizer over all parameters of a model.

    Each group's `peak` is its step size before the schedule. Weight decay holds for matrices and
    kernels only: pulling BatchNorm's scale or a bias to zero takes away what the layer is for.
    """
    trained = [p for p in model.parameters() if p.requires_grad]
    muon = recipe.optimizer == "muon"

    def group(parameters: list[nn.Parameter], decay: float, kernels: bool) -> dict[str, Any]:
        lr = recipe.kernel_lr if kernels and muon else recipe.lr
        shared = {"params": parameters, "lr": lr, "peak": lr, "weight_decay": decay}
        return shared | ({"kernels": kernels} if muon else {})

    groups = [
        group([p for p in trained if p.ndim > 2], recipe.weight_decay, True),
        group([p for p in trained if p.ndim == 2], recipe.weight_decay, False),
        group([p for p in trained if p.ndim <= 1], 0.0, False),
    ]
    groups = [each for each in groups if each["params"]]
    if muon:
        return Muon(groups, recipe.momentum, recipe.beta2)
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=recipe.lr, momentum=recipe.momentum, fused=True)
    betas = (recipe.momentum, recipe.beta2)
    return torch.optim.AdamW(groups, lr=recipe.lr, betas=betas, fused=True)
