"""A training caught between two epochs: everything that the next epoch depends on, in one file.

Safetensors only, so that reading a stranger's file runs no code. Random state is not in it: each
epoch's random numbers follow from the seed and the epoch's number alone (see `train.py`).
"""

import hashlib
import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from tinydrill.drilldown.record import Epoch, Record, write_atomically
from tinydrill.errors import UnusableInputError


def pack_model(model: nn.Module) -> dict[str, Tensor]:
    """A model's parameters and buffers by name, contiguous, on the CPU; shared ones as copies."""
    return {
        name: value.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, value in model.state_dict().items()
    }


def identity_of(planned: Record) -> str:
    """A fingerprint of all that decides a run's result: a checkpoint belongs to one such run."""
    deciding = planned.model_dump(mode="json", include={"net", "recipe", "seed", "data"})
    return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()


def write(
    path: Path,
    identity: str,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    losses: Tensor,
    epochs: tuple[Epoch, ...],
) -> None:
    """Write the state after the last of `epochs`; the checkpoint before stays until it is whole."""
    tensors = {f"model.{name}": value for name, value in pack_model(model).items()}
    for index, state in optimizer.state_dict()["state"].items():
        for name, value in state.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer.{index}.{name}"] = value.detach().cpu().contiguous()
    tensors["losses"] = losses.detach().cpu()
    history = json.dumps([epoch.model_dump() for epoch in epochs])
    write_atomically(path, save(tensors, {"epochs": history, "run": identity}))


def _like(value: Tensor, parameter: nn.Parameter) -> Tensor:
    """`value` laid out in memory as the parameter is: a fused optimizer walks both side by side."""
    if value.shape != parameter.shape:
        return value.clone()
    return torch.empty_like(parameter, requires_grad=False).copy_(value)


def restore(
    path: Path, identity: str, model: nn.Module, optimizer: torch.optim.Optimizer, losses: Tensor
) -> tuple[Epoch, ...]:
    """Put a checkpoint's state into a fresh model, optimizer and losses [N], in place.

    Returns:
        The epochs that the checkpoint has behind it.

    Raises:
        UnusableInputError: the file is broken or belongs to another run.
    """
    try:
        with safe_open(path, framework="pt") as stored:
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
            metadata = stored.metadata() or {}
        history = json.loads(metadata["epochs"])
        if metadata["run"] != identity:
            raise ValueError("it was written by a run of another net, recipe, seed or data set")
        model.load_state_dict(
            {
                name.removeprefix("model."): value
                for name, value in tensors.items()
                if name.startswith("model.")
            }
        )
        losses.copy_(tensors["losses"])
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        packed = optimizer.state_dict()
        for index, parameter in enumerate(parameters):
            prefix = f"optimizer.{index}."
            packed["state"][index] = {
                name.removeprefix(prefix): _like(value, parameter)
                for name, value in tensors.items()
                if name.startswith(prefix)
            }
        optimizer.load_state_dict(packed)
        return tuple(Epoch.model_validate(epoch) for epoch in history)
    except (SafetensorError, OSError, KeyError, ValueError, RuntimeError, TypeError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise UnusableInputError(f"{path} is not a checkpoint of this run: {first}") from None
