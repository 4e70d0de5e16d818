"""Which image comes when."""

from dataclasses import replace

import torch

from tinydrill.drilldown.recipe import Recipe
from tinydrill.drilldown.sampler import batches, select

PLAIN = Recipe(epochs=1, batch=32)
FOCUSED = replace(PLAIN, focus=0.25, focus_random=0.2)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_a_plain_epoch_is_every_image_once() -> None:
    drawn = list(batches(torch.zeros(100), 100, True, PLAIN, generator()))
    assert [len(batch) for batch in drawn] == [32, 32, 32, 4]
    assert torch.cat(drawn).sort().values.tolist() == list(range(100))


def test_an_epoch_is_as_many_images_whatever_the_focus() -> None:
    drawn = list(batches(torch.rand(1000), 1000, False, FOCUSED, generator()))
    assert sum(len(batch) for batch in drawn) == 1000


def test_the_first_pass_is_over_every_image_even_with_focus() -> None:
    drawn = torch.cat(list(batches(torch.rand(1000), 1000, True, FOCUSED, generator())))
    assert len(drawn.unique()) == 1000


def test_a_partial_epoch_ends_where_it_should() -> None:
    assert sum(map(len, batches(torch.zeros(100), 45, True, PLAIN, generator()))) == 45


def test_select_takes_the_hardest_and_some_others() -> None:
    losses = torch.arange(1000).float()
    chosen = select(losses, FOCUSED, generator())
    assert len(chosen) == len(chosen.unique()) == 250
    assert set(range(800, 1000)) <= set(chosen.tolist())  # the 200 hardest
    assert chosen.tolist() != sorted(chosen.tolist(), reverse=True)


def test_select_without_random_is_the_hardest_only() -> None:
    chosen = select(torch.arange(1000).float(), replace(FOCUSED, focus_random=0), generator())
    assert chosen.sort().values.tolist() == list(range(750, 1000))


def test_losses_are_read_anew_for_every_pass() -> None:
    losses = torch.arange(100).float()
    recipe = replace(FOCUSED, focus_random=0)
    seen = []
    for batch in batches(losses, 100, False, recipe, generator()):
        losses[batch] = 0.0  # learnt: it must not come back before the others
        seen.append(batch)
    assert len(torch.cat(seen).unique()) == 100
