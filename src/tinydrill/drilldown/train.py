"""The training loop, in one piece: predict, loss, backward, step, zero.

Randomness is a function of the run's seed and the epoch's number, never of what ran before, so a
run that was cut off continues to the same bits.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from tinydrill.drilldown.augment import augment, normalize
from tinydrill.drilldown.evaluate import evaluate
from tinydrill.drilldown.optim import schedule
from tinydrill.drilldown.recipe import Recipe, length
from tinydrill.drilldown.record import Epoch, Measured, Seconds
from tinydrill.drilldown.sampler import batches

# How often the loss is looked at: each look makes a GPU wait.
_UPDATES_BETWEEN_CHECKS = 32
# A mean loss this many times that of guessing (ln classes) doesn't come back.
_HOPELESS = 10


class DivergedError(Exception):
    """The loss left the finite numbers, or went far above that of guessing."""


@dataclass(frozen=True, slots=True)
class Images:
    """What a run works on, on its device: uint8 images [N, H, W] and int64 labels [N]."""

    train: tuple[Tensor, Tensor]
    watch: tuple[Tensor, Tensor]


def seed_everything(seed: int, epoch: int) -> torch.Generator:
    """Seed torch's global generators (weights, dropout) and return one for data order and motion.

    Args:
        seed: the run's.
        epoch: counted from 0; −1 stands for the initial weights.
    """
    state = np.random.SeedSequence([seed, epoch + 1]).generate_state(2, np.uint64)
    torch.manual_seed(int(state[0]))
    return torch.Generator().manual_seed(int(state[1]))


def say_nothing(*_: object) -> None:
    """What to tell where nobody listens."""


def fresh_losses(images: int, device: torch.device) -> Tensor:
    """The losses of images that nobody has seen: infinite, so that they come first."""
    return torch.full((images,), math.inf, device=device)


def train(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    losses: Tensor,
    images: Images,
    recipe: Recipe,
    seed: int,
    done: int = 0,
    tick: Callable[[int, float], None] = say_nothing,
) -> Iterator[Epoch]:
    """Train in place, epoch by epoch.

    Args:
        model: float32 [B, 1, H, W] -> logits [B, classes].
        optimizer: over the model's parameters.
        losses: float32 [N], each training image's loss when last seen; kept up to date.
        images: what to train on and what to measure after each epoch.
        recipe: the rest.
        seed: decides order, motion and dropout.
        done: epochs that model, optimizer and losses have behind them.
        tick: told, now and then, the images seen in all and the mean loss of late.

    Yields:
        Each epoch when it is over; between two of them the state is consistent.

    Raises:
        DivergedError: training can't go on.
    """
    pictures, labels = images.train
    count = len(labels)
    total, epochs = length(recipe, count)
    seen = min(done * count, total)
    precise = torch.float32 if losses.device.type == "mps" else torch.float64
    hopeless = _HOPELESS * math.log(max(2, int(labels.max()) + 1))
    for number in range(done + 1, epochs + 1):
        generator = seed_everything(seed, number - 1)
        model.train()
        start, augmenting = time.perf_counter(), 0.0
        loss_sum = torch.zeros((), dtype=precise, device=losses.device)
        errors = torch.zeros((), dtype=torch.int64, device=losses.device)
        wanted = min(count, total - seen)
        epoch_end = seen + wanted
        checked_at, checked_sum = seen, 0.0
        for update, batch in enumerate(batches(losses, wanted, number == 1, recipe, generator)):
            batch = batch.to(losses.device)
            seen += len(batch)
            share = schedule(seen / total, recipe)
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * share

            before = time.perf_counter()
            calm = seen > total * (1 - recipe.calm)
            inputs = (
                normalize(pictures[batch], recipe)
                if calm
                else augment(pictures[batch], recipe, generator)
            )
            targets = labels[batch]
            augmenting += time.perf_counter() - before

            with torch.autocast(
                losses.device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16"
            ):
                logits = model(inputs)
            each = functional.cross_entropy(
                logits.float(), targets, reduction="none", label_smoothing=recipe.label_smoothing
            )
            each.mean().backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

            with torch.no_grad():
                losses[batch] = each
                loss_sum += each.sum()
                errors += (logits.argmax(dim=1) != targets).sum()
            if update % _UPDATES_BETWEEN_CHECKS == 0 or seen == epoch_end:
                so_far = loss_sum.item()
                recent = (so_far - checked_sum) / (seen - checked_at)
                if not math.isfinite(recent) or recent > hopeless:
                    raise DivergedError(
                        f"the loss reached {recent:.3g} in epoch {number}, where guessing costs "
                        f"{hopeless / _HOPELESS:.2f}; try a smaller lr than {recipe.lr:g}"
                    )
                checked_at, checked_sum = seen, so_far
                tick(seen, recent)
        trained = time.perf_counter()
        watch = evaluate(model, *images.watch, recipe)
        if not math.isfinite(watch.loss):
            raise DivergedError(
                f"the loss on the images watched is {watch.loss} after epoch {number}"
            )
        yield Epoch(
            number=number,
            images_seen=seen,
            lr=recipe.lr * share,
            train=Measured(loss=loss_sum.item() / wanted, errors=int(errors.item()), images=wanted),
            watch=Measured(loss=watch.loss, errors=watch.errors, images=watch.images),
            seconds=Seconds(
                augment=augmenting,
                train=trained - start - augmenting,
                evaluate=time.perf_counter() - trained,
            ),
        )
