"""A run from its first epoch to its verdict, through interruptions.

A run's folder holds `record.json` from the first moment on, `checkpoint.safetensors` while it is
unfinished, and `weights.safetensors` at the end. Whatever the moment of a kill, the folder can be
resumed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from tinydrill.drilldown import checkpoint, record
from tinydrill.drilldown.candidate import Candidate
from tinydrill.drilldown.data import Dataset, split
from tinydrill.drilldown.device import to_tensors
from tinydrill.drilldown.evaluate import evaluate
from tinydrill.drilldown.idx import Bytes
from tinydrill.drilldown.lock import alone_if_possible
from tinydrill.drilldown.optim import optimizer as make_optimizer
from tinydrill.drilldown.recipe import Recipe, from_mapping, length
from tinydrill.drilldown.record import Epoch, Measured, Record, Seconds
from tinydrill.drilldown.train import (
    DivergedError,
    Images,
    fresh_losses,
    say_nothing,
    seed_everything,
    train,
)
from tinydrill.drilldown.weights import save_weights
from tinydrill.errors import UnusableInputError

# Held by whoever trains in a run's folder.
LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Watcher:
    """Whom a run tells how it goes: `tick(images seen, recent loss)`, and each finished epoch."""

    tick: Callable[[int, float], None] = say_nothing
    epoch: Callable[[Epoch], None] = say_nothing


class _Progress:
    """How far a run has come, so that whatever ends it can be written down."""

    def __init__(self, planned: Record) -> None:
        self.planned = planned
        self.epochs: tuple[Epoch, ...] = ()
        self.data_seconds = planned.seconds.data

    def record(self, **changes: object) -> Record:
        seconds = Seconds(data=self.data_seconds)
        for epoch in self.epochs:
            seconds = seconds.plus(epoch.seconds)
        update = {"epochs": self.epochs, "seconds": seconds, "message": ""} | changes
        return self.planned.model_copy(update=update)


def carry_out(
    folder: Path,
    planned: Record,
    candidate: Candidate,
    dataset: Dataset,
    device: torch.device,
    watcher: Watcher,
) -> Record:
    """Train from the start, or from the folder's checkpoint, to the end; returns the record.

    Ctrl-C, divergence and a kill leave a folder with a valid record; after Ctrl-C and divergence
    it says so. KeyboardInterrupt is raised again.

    Raises:
        UnusableInputError: the folder can't be written to, its checkpoint is not this run's, or a
            network of the user's fails; or another process is at work in the folder.
    """
    recipe = from_mapping(planned.recipe)
    progress = _Progress(planned)
    _, epochs = length(recipe, planned.data.trained_on)
    try:
        with alone_if_possible(folder / LOCK), torch.random.fork_rng():
            return _train_and_judge(folder, progress, candidate, dataset, device, watcher)
    except KeyboardInterrupt:
        message = f"interrupted after {len(progress.epochs)} of {epochs} epochs"
        if record.load(folder).status != "finished":
            record.save(progress.record(status="interrupted", message=message), folder)
        raise
    except DivergedError as error:
        (folder / record.CHECKPOINT).unlink(missing_ok=True)
        diverged = progress.record(status="diverged", message=str(error), passed=False)
        record.save(diverged, folder)
        return diverged
    except BlockingIOError:
        raise UnusableInputError(f"{folder} is being trained by another process") from None
    except OSError as error:
        raise UnusableInputError(f"{folder} can't be written to: {error.strerror}") from None
    except UnusableInputError:
        raise
    except Exception as error:
        if planned.net.source is None:
            raise  # a defect of ours: the traceback is wanted
        first = (str(error).strip().splitlines() or ["no message"])[0]
        message = f"{planned.net.source} failed in training: {type(error).__name__}: {first}"
        record.save(progress.record(status="interrupted", message=message), folder)
        raise UnusableInputError(message) from None


def _train_and_judge(
    folder: Path,
    progress: _Progress,
    candidate: Candidate,
    dataset: Dataset,
    device: torch.device,
    watcher: Watcher,
) -> Record:
    """The run itself, where nothing goes wrong."""
    started = time.perf_counter()
    planned = progress.planned
    recipe, parts = from_mapping(planned.recipe), split(dataset, planned.data.rule)
    torch.backends.cudnn.deterministic = True
    images = Images(to_tensors(parts.train, device), to_tensors(parts.watch, device))
    seed_everything(planned.seed, -1)
    model = candidate.build().to(device)
    count = sum(parameter.numel() for parameter in model.parameters())
    if count != planned.net.parameters:
        raise UnusableInputError(
            f"{planned.net.name} was measured with {planned.net.parameters:,} parameters but "
            f"built with {count:,}; a network must be the same each time it is built"
        )
    optimizer = make_optimizer(model, recipe)
    losses = fresh_losses(len(images.train[1]), device)
    identity = checkpoint.identity_of(planned)
    if (folder / record.CHECKPOINT).is_file():
        progress.epochs = checkpoint.restore(
            folder / record.CHECKPOINT, identity, model, optimizer, losses
        )
    progress.data_seconds += time.perf_counter() - started
    total, _ = length(recipe, len(losses))
    for epoch in train(
        model,
        optimizer,
        losses,
        images,
        recipe,
        planned.seed,
        done=len(progress.epochs),
        tick=watcher.tick,
    ):
        progress.epochs = (*progress.epochs, epoch)
        if epoch.images_seen < total:
            checkpoint.write(
                folder / record.CHECKPOINT, identity, model, optimizer, losses, progress.epochs
            )
        record.save(progress.record(), folder)
        watcher.epoch(epoch)
    return _finish(folder, progress.record(), model, parts.final, recipe, device)


def _finish(
    folder: Path,
    kept: Record,
    model: nn.Module,
    final_images: tuple[Bytes, Bytes] | None,
    recipe: Recipe,
    device: torch.device,
) -> Record:
    """Read the held-back test images if there are any, write the weights, then the verdict."""
    final, start = None, time.perf_counter()
    if final_images is not None:
        score = evaluate(model, *to_tensors(final_images, device), recipe)
        final = Measured(loss=score.loss, errors=score.errors, images=score.images)
    seconds = kept.seconds.plus(Seconds(evaluate=time.perf_counter() - start))
    finished = kept.model_copy(
        update={
            "status": "finished",
            "final": final,
            "seconds": seconds,
            "weights_sha256": save_weights(model, folder / record.WEIGHTS),
        }
    )
    verdict = finished.verdict
    assert verdict is not None
    finished = finished.model_copy(update={"passed": verdict.passed})
    record.save(finished, folder)
    (folder / record.CHECKPOINT).unlink(missing_ok=True)
    return finished
