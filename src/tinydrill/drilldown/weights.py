"""A finished run's weights: written once, and trusted only if they are what the record names."""

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load as unpack
from safetensors.torch import save as pack
from torch import nn

from tinydrill.drilldown import checkpoint, record
from tinydrill.drilldown.candidate import from_origin
from tinydrill.drilldown.record import Record
from tinydrill.drilldown.sources import digest
from tinydrill.errors import UnusableInputError


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
    if kept.status != "finished":
        raise UnusableInputError(
            f"{run} is {kept.status}, so it has no final weights; go on with "
            f"`tinydrill train --resume {run}`"
        )
    if not path.is_file():
        raise UnusableInputError(f"{path} is missing")
    if digest(path) != kept.weights_sha256:
        raise UnusableInputError(f"{path} is not the file that the run's record names (SHA-256)")
    candidate = from_origin(kept.net, kept.data.shape, kept.data.classes)
    model = candidate.build()
    try:
        model.load_state_dict(unpack(path.read_bytes()))
    except (RuntimeError, SafetensorError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise UnusableInputError(f"{path} does not fit {kept.net.name}: {first}") from None
    return model.eval()
