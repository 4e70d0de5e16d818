"""Whole batches of images turned, moved, scaled and sheared at once, on whatever device they lie.

Random numbers are drawn on the CPU from a given generator, so that every device sees the same
images for the same seed.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from tinydrill.drilldown.recipe import Recipe


def normalize(images: Tensor, recipe: Recipe) -> Tensor:
    """uint8 [B, H, W] -> float32 [B, 1, H, W], channels last, with the recipe's mean and sd."""
    values = images.unsqueeze(1).to(torch.float32, memory_format=torch.channels_last)
    return values.mul_(1 / (255 * recipe.sd)).sub_(recipe.mean / recipe.sd)


def is_identity(recipe: Recipe) -> bool:
    """Whether the recipe leaves images as they are."""
    return not (recipe.rotate or recipe.shift or recipe.scale or recipe.shear)


def random_affine(
    count: int, height: int, width: int, recipe: Recipe, generator: torch.Generator
) -> Tensor:
    """One random affine map an image: float32 [count, 2, 3], in grid_sample's coordinates.

    The map takes a place in the new image to the place in the old one from which it is read:
    rotation ∘ shear ∘ scale, then shift. Coordinates run from −1 to 1 over each edge, so what
    mixes the axes is scaled by the ratio of the edges.
    """

    def uniform(limit: float) -> Tensor:
        return (torch.rand(count, generator=generator) * 2 - 1) * limit

    angle = uniform(math.radians(recipe.rotate))
    scale_x, scale_y = 1 + uniform(recipe.scale), 1 + uniform(recipe.scale)
    shear = uniform(recipe.shear)
    shift_x, shift_y = uniform(2 * recipe.shift / width), uniform(2 * recipe.shift / height)
    cos, sin = angle.cos(), angle.sin()
    return torch.stack(
        (
            torch.stack(
                (cos * scale_x, (cos * shear - sin) * scale_y * (height / width), shift_x), dim=1
            ),
            torch.stack(
                (sin * scale_x * (width / height), (sin * shear + cos) * scale_y, shift_y), dim=1
            ),
        ),
        dim=1,
    )


def augment(images: Tensor, recipe: Recipe, generator: torch.Generator) -> Tensor:
    """A randomly moved copy of every image, normalised.

    Args:
        images: uint8 [B, H, W].
        recipe: the limits of each motion, and mean and sd.
        generator: a CPU generator, advanced by this call.

    Returns:
        float32 [B, 1, H, W], channels last. What comes in from outside an image is black.
    """
    if is_identity(recipe):
        return normalize(images, recipe)
    count, height, width = images.shape
    maps = random_affine(count, height, width, recipe, generator).to(images.device)
    grid = functional.affine_grid(maps, [count, 1, height, width], align_corners=False)
    values = images.unsqueeze(1).to(torch.float32)
    moved = functional.grid_sample(values, grid, align_corners=False)
    moved = moved.mul_(1 / (255 * recipe.sd)).sub_(recipe.mean / recipe.sd)
    return moved.contiguous(memory_format=torch.channels_last)
