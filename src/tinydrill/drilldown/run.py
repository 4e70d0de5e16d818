"""A run from start to record: its folder, its interruptions, its continuation.

A run's folder holds `record.json` from the first moment on, `checkpoint.safetensors` while it is
unfinished, and `weights.safetensors` at the end. Whatever the moment of a kill, the folder can be
resumed.
"""

import datetime
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import torch
from safetensors import SafetensorError
from safetensors.torch import load as unpack
from safetensors.torch import save as pack
from torch import Tensor, nn

from tinydrill.drilldown import checkpoint, record
from tinydrill.drilldown.budget import Budget
from tinydrill.drilldown.candidate import Candidate, from_origin
from tinydrill.drilldown.data import SPLIT_RULES, Dataset, Split, split
from tinydrill.drilldown.environment import describe
from tinydrill.drilldown.evaluate import evaluate
from tinydrill.drilldown.idx import Bytes
from tinydrill.drilldown.optim import optimizer as make_optimizer
from tinydrill.drilldown.recipe import Recipe, as_mapping, from_mapping
from tinydrill.drilldown.record import DataUsed, Epoch, Limits, Measured, Record, Seconds
from tinydrill.drilldown.sources import PUBLIC, digest
from tinydrill.drilldown.train import (
    DivergedError,
    Images,
    fresh_losses,
    say_nothing,
    seed_everything,
    train,
)
from tinydrill.errors import UnusableInputError


@dataclass(frozen=True, slots=True)
class Watcher:
    """Whom a run tells how it goes: `tick(images seen, recent loss)`, and each finished epoch."""

    tick: Callable[[int, float], None] = say_nothing
    epoch: Callable[[Epoch], None] = say_nothing


def pick_device(name: str) -> torch.device:
    """The device of that name; `auto` takes CUDA, then Apple's, then the CPU.

    Raises:
        UnusableInputError: an unknown name, or a device this machine lacks.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(kind for kind, found in there.items() if found))
    if not there.get(name, False):
        usable = ", ".join(kind for kind, found in there.items() if found)
        raise UnusableInputError(f"no device {name!r} here; usable: auto, {usable}")
    return torch.device(name)


def device_name(device: torch.device) -> str:
    """What the record says of a device: `cpu`, or `cuda (…)` with the model's name."""
    if device.type == "cuda":
        return f"cuda ({torch.cuda.get_device_name(device)})"
    return device.type


def to_tensors(
    images_and_labels: tuple[Bytes, Bytes], device: torch.device
) -> tuple[Tensor, Tensor]:
    """(uint8 images [N, H, W], uint8 labels [N]) -> the same on the device, labels int64."""
    images, labels = images_and_labels
    return (
        torch.tensor(images, device=device),
        torch.tensor(labels, dtype=torch.int64, device=device),
    )


def plan(
    candidate: Candidate,
    recipe_name: str,
    recipe: Recipe,
    seed: int,
    dataset: Dataset,
    rule: Split,
    budget: Budget,
    device: torch.device,
    command: str,
    seconds_for_data: float,
) -> Record:
    """The record of a run that has not begun; refused here if it can't keep to its budget.

    Raises:
        UnusableInputError: over budget, a bad seed, or labels the net can't tell apart.
    """
    if not 0 <= seed < 1 << 63:
        raise UnusableInputError(f"seed {seed} is not a whole number from 0 to 2^63 − 1")
    parts = split(dataset, rule)
    trained_on = len(parts.train[1])
    budget.admit(
        candidate.origin.name,
        candidate.origin.parameters,
        recipe.epochs * trained_on / parts.available,
    )
    return Record(
        status="running",
        net=candidate.origin,
        recipe_name=recipe_name,
        recipe=as_mapping(recipe),
        seed=seed,
        data=DataUsed(
            name=dataset.name,
            sha256=dataset.sha256,
            shape=dataset.shape,
            classes=dataset.classes,
            rule=rule,
            rule_in_words=SPLIT_RULES[rule],
            training_images=parts.available,
            trained_on=trained_on,
            folder=None if dataset.name in PUBLIC else dataset.origin,
        ),
        budget=Limits(parameters=budget.parameters, epochs=budget.epochs, accuracy=budget.accuracy),
        environment=describe(torch.get_num_threads(), device_name(device)),
        command=command,
        started=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        seconds=Seconds(data=seconds_for_data),
    )


def open_folder(parent: Path, planned: Record) -> Path:
    """A new folder for a run, with its record in it from the first moment on.

    It is called after net, recipe and seed; a number is added where that name is taken.

    Raises:
        UnusableInputError: the parent can't be written to.
    """
    recipe = re.sub(r"[^A-Za-z0-9.=+-]+", "-", planned.recipe_name)
    name = f"{planned.net.name}-{recipe}-s{planned.seed}"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        aside = Path(mkdtemp(dir=parent, prefix=".new-"))
        record.save(planned, aside)
        aside.chmod(0o755)
        number = 1
        while True:
            folder = parent / (name if number == 1 else f"{name}-{number}")
            try:
                if not folder.exists():
                    return aside.rename(folder)
            except OSError:
                if not folder.exists():
                    raise
            number += 1
    except OSError as error:
        raise UnusableInputError(
            f"{parent} can't be written to ({error.strerror}); name another folder with --out"
        ) from None


def save_weights(model: nn.Module, path: Path) -> str:
    """Write a model's parameters and buffers; returns the file's SHA-256."""
    record.write_atomically(path, pack(checkpoint.pack_model(model)))
    return digest(path)


def load_model(run: Path, kept: Record) -> nn.Module:
    """The trained model of a finished run, in evaluation mode, on the CPU.

    Raises:
        UnusableInputError: no weights, or not those that the record names.
    """
    path = run / record.WEIGHTS
    if not path.is_file():
        raise UnusableInputError(f"{run} has no {record.WEIGHTS}: the run is {kept.status}")
    if digest(path) != kept.weights_sha256:
        raise UnusableInputError(f"{path} is not the file that the run's record names (SHA-256)")
    candidate = from_origin(kept.net, kept.data.shape, kept.data.classes)
    model = candidate.build()
    try:
        model.load_state_dict(unpack(path.read_bytes()))
    except (RuntimeError, SafetensorError) as error:
        first = str(error).splitlines()[0]
        raise UnusableInputError(f"{path} does not fit {kept.net.name}: {first}") from None
    return model.eval()


def carry_out(
    folder: Path,
    planned: Record,
    candidate: Candidate,
    dataset: Dataset,
    device: torch.device,
    watcher: Watcher,
) -> Record:
    """Train from the start, or from the folder's checkpoint, to the end; returns the record.

    Ctrl-C, divergence and a kill leave a folder with a valid record. After Ctrl-C and divergence
    it says so; KeyboardInterrupt is raised again.
    """
    recipe, parts = from_mapping(planned.recipe), split(dataset, planned.data.rule)
    if device.type == "cuda":
        torch.backends.cudnn.deterministic = True
    started = time.perf_counter()
    images = Images(to_tensors(parts.train, device), to_tensors(parts.watch, device))
    with torch.random.fork_rng():
        seed_everything(planned.seed, -1)
        model = candidate.build().to(device)
        optimizer = make_optimizer(model, recipe)
        losses = fresh_losses(len(images.train[1]), device)
        epochs: tuple[Epoch, ...] = ()
        if (folder / record.CHECKPOINT).is_file():
            epochs = checkpoint.restore(folder / record.CHECKPOINT, model, optimizer, losses)
        data_seconds = planned.seconds.data + time.perf_counter() - started

        def so_far(**changes: object) -> Record:
            seconds = Seconds(data=data_seconds)
            for epoch in epochs:
                seconds = seconds.plus(epoch.seconds)
            return planned.model_copy(
                update={"epochs": epochs, "seconds": seconds, "message": ""} | changes
            )

        try:
            for epoch in train(
                model,
                optimizer,
                losses,
                images,
                recipe,
                planned.seed,
                done=len(epochs),
                tick=watcher.tick,
            ):
                epochs = (*epochs, epoch)
                if epoch.images_seen < round(recipe.epochs * len(losses)):
                    checkpoint.write(folder / record.CHECKPOINT, model, optimizer, losses, epochs)
                record.save(so_far(), folder)
                watcher.epoch(epoch)
            return _finish(folder, so_far(), model, parts.final, recipe, device)
        except KeyboardInterrupt:
            message = f"interrupted after {len(epochs)} of {math.ceil(recipe.epochs)} epochs"
            record.save(so_far(status="interrupted", message=message), folder)
            raise
        except DivergedError as error:
            (folder / record.CHECKPOINT).unlink(missing_ok=True)
            diverged = so_far(status="diverged", message=str(error), passed=False)
            record.save(diverged, folder)
            return diverged


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


def check_resumable(
    folder: Path, kept: Record, dataset: Dataset, threads: int, device: torch.device
) -> None:
    """Refuse a continuation that would not be the run it claims to continue.

    Raises:
        UnusableInputError: other data, another torch, thread count or device, or a run that
            diverged.
    """
    if kept.status == "diverged":
        raise UnusableInputError(f"{folder} can't be resumed: {kept.message}")
    if dataset.sha256 != kept.data.sha256:
        raise UnusableInputError(
            f"{folder} was begun on other images ({kept.data.name}); name them with --data DIR"
        )
    now = describe(threads, device_name(device))
    for what, then, today in (
        ("torch", kept.environment.packages["torch"], now.packages["torch"]),
        ("threads", kept.environment.threads, now.threads),
        ("device", kept.environment.device, now.device),
    ):
        if then != today:
            raise UnusableInputError(
                f"{folder} was begun with {what} {then}, here it is {today}: the result would not "
                f"be the uninterrupted run's"
            )
