"""Turns a net written as data into a torch module; the only place that maps layers to modules."""

from collections.abc import Iterator
from typing import TypeVar

import torch
from torch import nn

from tinydrill.drilldown.layers import (
    AvgPool,
    Conv,
    Fc,
    GlobalAvg,
    Layer,
    MaxPool,
    Net,
    Post,
    Unshuffle,
)
from tinydrill.drilldown.trace import MNIST_SHAPE, Shape, trace


def _post(post: str, channels: int, dropout: float) -> Iterator[nn.Module]:
    for letter in post:
        match letter:
            case "r":
                yield nn.ReLU(inplace=True)
            case "b":
                yield nn.BatchNorm2d(channels)
            case "d":
                yield nn.Dropout(dropout)


def _modules(
    layer: Layer, shape: Shape, flat: bool, dropout: float, kernels: dict[str, nn.Conv2d]
) -> Iterator[nn.Module]:
    """The torch modules of one layer whose input has `shape`; `flat` if that is already [B, C].

    `kernels` keeps the convolutions that are shared, by name.
    """
    channels, height, width = shape
    match layer:
        case Conv(out, kernel, padding, post, bias, shared):
            if shared not in kernels:
                made = nn.Conv2d(channels, out, kernel, padding=padding, bias=bias)
                if shared:
                    kernels[shared] = made
            yield kernels[shared] if shared else made
            yield from _post(post, out, dropout)
        case MaxPool(size):
            yield nn.MaxPool2d(size)
        case AvgPool(size):
            yield nn.AvgPool2d(size)
        case GlobalAvg():
            yield nn.AdaptiveAvgPool2d(1)
        case Unshuffle(block):
            yield nn.PixelUnshuffle(block)
        case Post(post):
            yield from _post(post, channels, dropout)
        case Fc(out, post):
            if not flat:
                yield nn.Flatten()
            yield nn.Linear(channels * height * width, out)
            yield from _post(post, out, dropout)


ModuleT = TypeVar("ModuleT", bound=nn.Module)


def channels_last(model: ModuleT) -> ModuleT:
    """The same module with its kernels laid out for channels-last images, which is faster."""
    return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def build(net: Net, input_shape: Shape = MNIST_SHAPE) -> nn.Sequential:
    """The net as a module: float32 [B, 1, H, W] -> logits [B, classes].

    Weights are initialised as torch does, from torch's global generator: seed it before. The
    children are grouped a layer each, under the layer's number, as `show` counts them.

    Raises:
        UnusableInputError: as `trace`.
    """
    whole = nn.Sequential()
    shape, flat = input_shape, False
    kernels: dict[str, nn.Conv2d] = {}
    for number, (layer, row) in enumerate(
        zip(net.layers, trace(net, input_shape).rows, strict=True), start=1
    ):
        parts = _modules(layer, shape, flat, net.dropout, kernels)
        whole.add_module(str(number), nn.Sequential(*parts))
        shape, flat = row.shape, flat or isinstance(layer, Fc)
    if not flat:
        whole.add_module("flatten", nn.Flatten())
    return channels_last(whole)
