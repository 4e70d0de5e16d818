"""Decides which training image comes when: every image once a pass, or the ones still hard.

A *pass* is one shuffled run over a selection; an *epoch* is as many images as the training set
has, however often or rarely each of them came.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from tinydrill.drilldown.recipe import Recipe


def select(losses: Tensor, recipe: Recipe, generator: torch.Generator) -> Tensor:
    """The images of one focused pass: those of highest last loss, and some others at random.

    Args:
        losses: float32 [N], each image's loss when last seen.
        recipe: its `focus` and `focus_random`.
        generator: a CPU generator, advanced by this call.

    Returns:
        int64 [round(focus · N)] distinct indices, shuffled.
    """
    count = len(losses)
    wanted = max(1, round(recipe.focus * count))
    ranked = losses.argsort(descending=True, stable=True)
    hard = wanted - round(recipe.focus_random * wanted)
    rest = ranked[hard:]
    others = rest[torch.randperm(len(rest), generator=generator)[: wanted - hard]]
    chosen = torch.cat((ranked[:hard], others))
    return chosen[torch.randperm(len(chosen), generator=generator)]


def _without_a_lone_one(parts: tuple[Tensor, ...]) -> Iterator[Tensor]:
    """The same images, a single last one added to the batch before: BatchNorm can't take one."""
    if len(parts) > 1 and len(parts[-1]) == 1:
        parts = (*parts[:-2], torch.cat(parts[-2:]))
    yield from parts


def batches(
    losses: Tensor, images: int, first: bool, recipe: Recipe, generator: torch.Generator
) -> Iterator[Tensor]:
    """The index batches of one epoch.

    Args:
        losses: float32 [N], each image's last loss; read anew at the start of every pass, so the
            caller writes into it while iterating.
        images: how many images the epoch has (N, or fewer in a last partial epoch).
        first: whether no image has been seen yet; then the pass is over all of them.
        recipe: its `batch`, `focus` and `focus_random`.
        generator: a CPU generator, advanced as the batches are drawn.

    Yields:
        int64 [≤ batch] indices; `images` in all.
    """
    left = images
    while left > 0:
        if first or recipe.focus == 1:
            order = torch.randperm(len(losses), generator=generator)
            first = False
        else:
            order = select(losses, recipe, generator)
        yield from _without_a_lone_one(order[:left].split(recipe.batch))
        left -= min(left, len(order))
