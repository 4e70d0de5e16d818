"""What a built network holds and gives on the way: its layers, its kernels, its maps.

Works on any module, by hooks. Layers of a net as data are called as `trace.py` calls them, with
their number; those of a class of the user's by their name in the module.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count

import torch
from torch import Tensor, nn

from tinydrill.drilldown.layers import Net
from tinydrill.drilldown.trace import Shape, trace


def _keeper(names: list[str], heard: dict[str, Tensor]) -> Callable[..., Tensor | None]:
    """A hook that keeps the n-th call of a part under the n-th of its names, or under the last."""
    calls = count()

    def keep(_part: nn.Module, _inputs: object, output: object) -> Tensor | None:
        if not isinstance(output, Tensor):
            return None
        name = names[min(next(calls), len(names) - 1)]
        heard.pop(name, None)
        heard[name] = output
        # What follows may work in place: it gets a copy, and we keep what this part gave.
        return output.clone()

    return keep


@contextmanager
def listening(parts: Mapping[str, nn.Module]) -> Iterator[dict[str, Tensor]]:
    """What each part gives while a model runs once, in the order of their (last) calls.

    A part of several names, such as a kernel that layers share, is called once for each.
    """
    names: dict[nn.Module, list[str]] = {}
    for name, part in parts.items():
        names.setdefault(part, []).append(name)
    heard: dict[str, Tensor] = {}
    handles = [part.register_forward_hook(_keeper(own, heard)) for part, own in names.items()]
    try:
        yield heard
    finally:
        for handle in handles:
            handle.remove()


def layers_of(model: nn.Module, net: Net | None, shape: Shape) -> dict[str, nn.Module]:
    """The layers of a built net by number and label, or the leaf modules of any other."""
    if net is not None:
        parts = dict(model.named_children())
        return {
            f"{number}. {' '.join(row.label.split())}": parts[str(number)]
            for number, row in enumerate(trace(net, shape).rows, start=1)
        }
    return {
        f"{name} {type(part).__name__}".strip(): part
        for name, part in model.named_modules()
        if not list(part.children())
    }


def convolutions_of(model: nn.Module, net: Net | None, shape: Shape) -> dict[str, nn.Conv2d]:
    """The 2-d convolutions by the name of the layer that holds them, in order of definition."""
    return {
        name: inner
        for name, part in layers_of(model, net, shape).items()
        for inner in part.modules()
        if isinstance(inner, nn.Conv2d)
    }


@torch.no_grad()
def maps_of(model: nn.Module, parts: Mapping[str, nn.Module], inputs: Tensor) -> dict[str, Tensor]:
    """The maps [B, C, H, W] of those parts that give maps, in the order of their calls.

    Args:
        model: in evaluation mode.
        parts: modules of it, by name.
        inputs: float32 [B, 1, H, W], normalised.
    """
    with listening(parts) as heard:
        model(inputs)
    return {name: values for name, values in heard.items() if values.ndim == 4}
