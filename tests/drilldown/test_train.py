"""The loop: it learns, it repeats itself to the bit, and it knows when to stop."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from tests.conftest import bars
from tinydrill.drilldown.build import build
from tinydrill.drilldown.cookbook import RECIPES
from tinydrill.drilldown.device import to_tensors
from tinydrill.drilldown.layers import Fc, Net, net, pool, same
from tinydrill.drilldown.optim import optimizer
from tinydrill.drilldown.recipe import Recipe
from tinydrill.drilldown.record import Epoch
from tinydrill.drilldown.train import DivergedError, Images, fresh_losses, seed_everything, train

CPU = torch.device("cpu")
SMALL: Net = net("small", same(8, "brd"), pool, same(8, "br"), pool, Fc(10, ""))
QUICK = Recipe(epochs=2, batch=50, lr=0.01, shift=1, focus=0.5)


@pytest.fixture(scope="module")
def images() -> Images:
    return Images(to_tensors(bars(500, 0), CPU), to_tensors(bars(100, 1), CPU))


def trained(images: Images, recipe: Recipe, seed: int = 0) -> tuple[nn.Module, list[Epoch]]:
    with torch.random.fork_rng():
        seed_everything(seed, -1)
        model = build(SMALL)
        losses = fresh_losses(len(images.train[1]), CPU)
        return model, list(train(model, optimizer(model, recipe), losses, images, recipe, seed))


def weights(model: nn.Module) -> torch.Tensor:
    return torch.cat([value.double().flatten() for value in model.state_dict().values()])


def test_it_learns(images: Images) -> None:
    _, epochs = trained(images, replace(QUICK, epochs=4))
    assert epochs[-1].watch.errors <= 5
    assert epochs[-1].train.loss < epochs[0].train.loss / 2


@pytest.mark.parametrize("name", RECIPES)
def test_every_shipped_recipe_runs(images: Images, name: str) -> None:
    _, epochs = trained(images, replace(RECIPES[name], epochs=1))
    assert epochs[-1].images_seen == 500


def test_the_same_seed_gives_the_same_bits(images: Images) -> None:
    (once, first), (again, second) = (trained(images, QUICK, 5) for _ in range(2))
    assert torch.equal(weights(once), weights(again))
    assert [e.train.loss for e in first] == [e.train.loss for e in second]


def test_another_seed_gives_another_network(images: Images) -> None:
    assert not torch.equal(
        weights(trained(images, QUICK, 1)[0]), weights(trained(images, QUICK, 2)[0])
    )


def test_images_seen_are_counted_through_a_partial_epoch(images: Images) -> None:
    _, epochs = trained(images, replace(QUICK, epochs=1.5))
    assert [epoch.images_seen for epoch in epochs] == [500, 750]
    assert [epoch.train.images for epoch in epochs] == [500, 250]


def test_the_step_ends_at_zero(images: Images) -> None:
    _, epochs = trained(images, QUICK)
    assert epochs[-1].lr == pytest.approx(0)


def test_last_losses_are_kept_for_every_image(images: Images) -> None:
    model = build(SMALL)
    losses = fresh_losses(500, CPU)
    list(train(model, optimizer(model, QUICK), losses, images, QUICK, 0))
    assert losses.isfinite().all()


def test_bfloat16_learns_too_and_keeps_float32_weights(images: Images) -> None:
    model, epochs = trained(images, replace(QUICK, epochs=4, precision="bfloat16"))
    assert epochs[-1].watch.errors <= 10
    assert {p.dtype for p in model.parameters()} == {torch.float32}


def test_a_diverging_loss_stops_with_a_clear_message(images: Images) -> None:
    wild = replace(QUICK, optimizer="sgd", lr=100, warmup=0, schedule="constant")
    with pytest.raises(DivergedError, match=r"in epoch 1, where guessing costs 2\.30; .* 100"):
        trained(images, wild)


def test_not_a_number_stops(images: Images) -> None:
    class Broken(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(1))

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return inputs.flatten(1)[:, :10] * self.weight * torch.nan

    model = Broken()
    with pytest.raises(DivergedError, match="nan"):
        list(train(model, optimizer(model, QUICK), fresh_losses(500, CPU), images, QUICK, 0))


def test_calm_ends_with_images_as_they_are(images: Images) -> None:
    seen: list[torch.Tensor] = []

    class Spy(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = build(SMALL)

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            if self.training:
                seen.append(inputs[:, 0].flatten(1).min(dim=1).values)
            out: torch.Tensor = self.inner(inputs)
            return out

    recipe = replace(QUICK, epochs=1, shift=5, calm=0.5, focus=1)
    model = Spy()
    list(train(model, optimizer(model, recipe), fresh_losses(500, CPU), images, recipe, 0))
    half = len(seen) // 2
    plain = (images.train[0].flatten(1).min(dim=1).values.float() / 255 - 0.1307) / 0.3081
    assert torch.isin(torch.cat(seen[half:]).mul(1e4).round(), plain.mul(1e4).round()).all()
    assert len(torch.cat(seen[:half]).unique()) > len(plain.unique())


@pytest.mark.parametrize("count", [301, 51])
def test_a_single_left_over_image_is_no_batch_of_its_own(count: int) -> None:
    left_over = Images(to_tensors(bars(count, 0), CPU), to_tensors(bars(20, 1), CPU))
    _, epochs = trained(left_over, replace(QUICK, focus=1))
    assert epochs[-1].images_seen == 2 * count


def test_a_loss_that_is_no_number_on_the_images_watched_stops(images: Images) -> None:
    class OnlyInTraining(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = build(SMALL)

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            out: torch.Tensor = self.inner(inputs)
            return out if self.training else out * torch.nan

    model = OnlyInTraining()
    with pytest.raises(DivergedError, match="images watched is nan"):
        list(train(model, optimizer(model, QUICK), fresh_losses(500, CPU), images, QUICK, 0))
