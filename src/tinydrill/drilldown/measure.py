"""Derives from a built module what `trace.py` derives from a net as data: a row a layer.

Counts come from hooks on every leaf module. The receptive field is seen, not computed: each input
pixel in turn is made not-a-number, and the outputs that turn not-a-number are those that see it.
That holds for any wiring, but only within the image: fields stop at its edges.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from tinydrill.drilldown.trace import Row, Shape, Trace
from tinydrill.errors import UnusableInputError

_KERNELS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
# Parameters of these do no multiply-accumulates that the field counts.
_CHEAP = (
    *(nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm, nn.GroupNorm, nn.InstanceNorm2d, nn.PReLU),
)
_PIXELS_AT_ONCE = 784  # one pass for an image of MNIST; larger images don't fill the memory


@dataclass(slots=True)
class _Seen:
    """What the hooks saw of one leaf module."""

    shape: Shape | None = None
    macs: int = 0
    warning: str = ""
    probes: list[Tensor] = field(default_factory=list)


@contextmanager
def _plain_convolutions() -> Iterator[None]:
    """Fast convolutions (Winograd, FFT) mix neighbours on the way; the plain one never does."""
    with warnings.catch_warnings(), torch.backends.nnpack.flags(enabled=False):
        warnings.simplefilter("ignore")  # the switch itself speaks of hardware that isn't there
        with torch.backends.mkldnn.flags(enabled=False):
            yield


def _shape(output: Tensor) -> Shape:
    """(C, H, W) of an output [B, …]: missing axes are 1, further ones are folded into the last."""
    edges = [*output.shape[1:], 1, 1, 1]
    rest = 1
    for edge in output.shape[3:]:
        rest *= edge
    return edges[0], edges[1], rest


def _macs(part: nn.Module, inputs: Tensor, output: Tensor) -> int:
    """Multiply-accumulates of a call for one image: each weight once a place it is used at."""
    if isinstance(part, nn.Linear):
        return part.weight.numel() * output.numel() // (len(output) * part.out_features)
    if isinstance(part, _KERNELS):
        return part.weight.numel() * output.numel() // (len(output) * part.out_channels)
    if isinstance(part, _TRANSPOSED):
        return part.weight.numel() * inputs.numel() // (len(inputs) * part.in_channels)
    return 0


def _warning(part: nn.Module, inputs: Tensor) -> str:
    """What is lost or not counted in a call."""
    if isinstance(part, nn.MaxPool2d | nn.AvgPool2d) and part.padding in (0, (0, 0)):
        kernel, stride = (
            (size, size) if isinstance(size, int) else tuple(size)
            for size in (part.kernel_size, part.stride)
        )
        rests = [
            (edge - k) % s for edge, k, s in zip(inputs.shape[2:], kernel, stride, strict=True)
        ]
        if any(rests) and not part.ceil_mode:
            height, width = inputs.shape[2:]
            return (
                f"drops {rests[0]} of {height} rows and {rests[1]} of {width} columns "
                f"({kernel[0]}×{kernel[1]} does not divide {height}×{width})"
            )
    known = (nn.Linear, *_KERNELS, *_TRANSPOSED, *_CHEAP)
    if not isinstance(part, known) and any(True for _ in part.parameters(recurse=False)):
        return f"MACs of {type(part).__name__} are not counted"
    return ""


@contextmanager
def _hooked(model: nn.Module, seen: dict[nn.Module, _Seen], probing: bool) -> Iterator[None]:
    """Write down what every module in `seen` gives, in evaluation mode without gradients."""

    def look(part: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        if not isinstance(output, Tensor) or not inputs or not isinstance(inputs[0], Tensor):
            return
        entry = seen[part]
        if probing:
            entry.probes.append(_middle(output))
        else:
            entry.shape = _shape(output)
            entry.macs += _macs(part, inputs[0], output)
            entry.warning = _warning(part, inputs[0])

    handles = [part.register_forward_hook(look) for part in seen]
    was_training = model.training
    try:
        model.eval()
        with torch.no_grad():
            yield
    finally:
        model.train(was_training)
        for handle in handles:
            handle.remove()


def _middle(output: Tensor) -> Tensor:
    """Which images reach the middle value of a map, and the one below it: bool [B, 1 or 2]."""
    if output.ndim != 4:
        return torch.isnan(output).flatten(1).any(dim=1, keepdim=True)
    row, column = (edge // 2 for edge in output.shape[2:])
    return torch.isnan(output[:, :, row : row + 2, column]).any(dim=1)


def _box(reached: Tensor, edges: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """First and last row and column of the pixels [H·W] that reach a value."""
    pixels = reached.view(edges)
    if not pixels.any():
        return None
    rows, columns = pixels.any(dim=1).nonzero(), pixels.any(dim=0).nonzero()
    return int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())


def _field_and_jump(probes: list[Tensor], edges: tuple[int, int]) -> tuple[int, int]:
    """Receptive field and jump in pixels; 0 where the image's edge or the module hides it."""
    if not probes or sum(map(len, probes)) != edges[0] * edges[1]:
        return 0, 0  # not used, or used more than once a pass
    reached = torch.cat(probes)
    box = _box(reached[:, 0], edges)
    if box is None:
        return 0, 0
    top, bottom, left, right = box
    seen_edge = max(bottom - top, right - left) + 1
    below = _box(reached[:, 1], edges) if reached.shape[1] > 1 else None
    return seen_edge, max(below[0] - top, below[1] - bottom) if below else 0


def measure(model: nn.Module, input_shape: Shape) -> Trace:
    """A row for every leaf module that the forward pass uses, in the order of their definition.

    Parameters are counted whether they are trained or frozen, and shared ones once.

    Args:
        model: float32 [B, C, H, W] -> logits [B, classes].
        input_shape: (C, H, W).

    Raises:
        UnusableInputError: the module can't work on such images.
    """
    channels, height, width = input_shape
    leaves = {part: name for name, part in model.named_modules() if not list(part.children())}
    seen = {part: _Seen() for part in leaves}
    try:
        with _hooked(model, seen, probing=False):
            model(torch.zeros(2, *input_shape))
        with _hooked(model, seen, probing=True), _plain_convolutions():
            for pixels in torch.arange(height * width).split(_PIXELS_AT_ONCE):
                images = torch.zeros(len(pixels), channels, height * width)
                images[torch.arange(len(pixels)), :, pixels] = torch.nan
                model(images.view(-1, *input_shape))
    except Exception as error:  # whatever a stranger's forward raises
        first = (str(error).strip().splitlines() or ["no message"])[0]
        raise UnusableInputError(
            f"{type(model).__name__} can't work on images of {'×'.join(map(str, input_shape))}: "
            f"{type(error).__name__}: {first}"
        ) from None
    rows = []
    counted: set[nn.Parameter] = set()
    for part, entry in seen.items():
        own = set(part.parameters()) - counted
        if entry.shape is None:
            continue
        counted |= own
        rows.append(
            Row(
                f"{leaves[part]} {type(part).__name__}",
                entry.shape,
                *_field_and_jump(entry.probes, (height, width)),
                sum(parameter.numel() for parameter in own),
                entry.macs,
                entry.warning,
            )
        )
    rest = sum(parameter.numel() for parameter in set(model.parameters()) - counted)
    if rest:
        last = rows[-1] if rows else Row("", (0, 0, 0), 0, 0, 0, 0)
        rows.append(
            Row(
                "outside of leaf modules",
                last.shape,
                last.receptive_field,
                0,
                rest,
                0,
                "parameters used outside of leaf modules: their MACs are not counted",
            )
        )
    return Trace(tuple(rows))
