"""Where tensors live: choosing the device, naming it, and bringing images there."""

import torch
from torch import Tensor

from tinydrill.drilldown.idx import Bytes
from tinydrill.errors import UnusableInputError


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
    """(uint8 images [N, H, W], uint8 labels [N]) -> the same on the device, labels int64.

    On a CPU the images are not copied, so nothing may write to them: 60,000 of them are 47 MB.
    """
    images, labels = images_and_labels
    # torch has no read-only tensors, so it copies arrays that are shared read-only.
    held = torch.from_numpy(images) if images.flags.writeable else torch.tensor(images)
    return held.to(device), torch.tensor(labels, dtype=torch.int64, device=device)
