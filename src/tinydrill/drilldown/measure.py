"""Derives from a built module what `trace.py` derives from a net as data: a row a layer.

Counts come from hooks on every leaf module. The receptive field is seen, not computed: each input
pixel in turn is made not-a-number, and the outputs that turn not-a-number are those that see it.
That holds for any wiring, but only within the image: fields stop at its edges.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from tinydrill.drilldown.trace import Row, Shape, Trace
from tinydrill.errors import UnusableInputError

_KERNELS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


@contextmanager
def _plain_convolutions() -> Iterator[None]:
    """Fast convolutions (Winograd, FFT) mix neighbours on the way; the plain one never does."""
    with (
        warnings.catch_warnings(),
        torch.backends.nnpack.flags(enabled=False),
    ):
        warnings.simplefilter("ignore")  # the switch itself speaks of hardware that isn't there
        with torch.backends.mkldnn.flags(enabled=False):
            yield


def _leaves(model: nn.Module) -> list[tuple[str, nn.Module]]:
    return [(name, part) for name, part in model.named_modules() if not list(part.children())]


def _hooked(model: nn.Module, inputs: Tensor, wanted: list[nn.Module]) -> list[Tensor | None]:
    """The output of each wanted module in one evaluation-mode pass over `inputs`."""
    outputs: dict[int, Tensor] = {}

    def keep(part: nn.Module, _: object, output: object) -> None:
        if isinstance(output, Tensor):
            outputs[id(part)] = _probe(output)

    handles = [part.register_forward_hook(keep) for part in wanted]
    was_training = model.training
    try:
        model.eval()
        with torch.no_grad():
            model(inputs)
    finally:
        model.train(was_training)
        for handle in handles:
            handle.remove()
    return [outputs.get(id(part)) for part in wanted]


def _probe(output: Tensor) -> Tensor:
    """Of a map [B, C, H, W] only two neighbours in the middle: all of it would fill the memory."""
    if output.ndim != 4:
        return output.detach().clone()
    row, column = (edge // 2 for edge in output.shape[2:])
    kept = output[:, :, row : row + 2, column].detach().clone()
    kept.map_shape = tuple(output.shape[1:])  # type: ignore[attr-defined]
    return kept


def _seen_rows(
    probe: Tensor, unit: int, edges: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    """First and last input row and column that one probed output value sees."""
    dirty = probe[:, :, unit] if probe.ndim == 3 else probe
    pixels = torch.isnan(dirty).flatten(1).any(dim=1).view(edges)
    if not pixels.any():
        return None
    rows, columns = pixels.any(dim=1).nonzero(), pixels.any(dim=0).nonzero()
    return int(rows.min()), int(rows.max()), int(columns.min()), int(columns.max())


def _field_and_jump(probe: Tensor | None, edges: tuple[int, int]) -> tuple[int, int]:
    """Receptive field and jump in pixels; 0 where the image's edge or the module hides it."""
    box = None if probe is None else _seen_rows(probe, 0, edges)
    if probe is None or box is None:
        return 0, 0
    top, bottom, left, right = box
    field = max(bottom - top, right - left) + 1
    if probe.ndim != 3 or probe.shape[2] < 2:
        return field, 0
    below = _seen_rows(probe, 1, edges)
    steps = (below[0] - top, below[1] - bottom) if below else (0, 0)
    return field, max(steps)


def _macs(part: nn.Module, shape: Shape) -> int:
    values = shape[1] * shape[2]
    if isinstance(part, _KERNELS):
        return int(part.weight.numel()) * values
    if isinstance(part, nn.Linear):
        return int(part.weight.numel()) * values
    return 0


def _shape(output: Tensor) -> Shape:
    channels, height, width = getattr(output, "map_shape", (*output.shape[1:], 1, 1, 1)[:3])
    return channels, height, width


def measure(model: nn.Module, input_shape: Shape) -> Trace:
    """A row for every leaf module that the forward pass uses, in the order of their definition.

    Args:
        model: float32 [B, C, H, W] -> logits [B, classes].
        input_shape: (C, H, W).

    Raises:
        UnusableInputError: the module can't work on such images.
    """
    channels, height, width = input_shape
    leaves = _leaves(model)
    parts = [part for _, part in leaves]
    try:
        plain = _hooked(model, torch.zeros(2, *input_shape), parts)
        dirty = torch.zeros(height * width, channels, height * width)
        pixels = torch.arange(height * width)
        dirty[pixels, :, pixels] = torch.nan
        with _plain_convolutions():
            probes = _hooked(model, dirty.view(-1, *input_shape), parts)
    except Exception as error:  # whatever a stranger's forward raises
        first = (str(error).strip().splitlines() or ["no message"])[0]
        raise UnusableInputError(
            f"{type(model).__name__} can't work on images of {'×'.join(map(str, input_shape))}: "
            f"{type(error).__name__}: {first}"
        ) from None
    rows, counted = [], 0
    for (name, part), output, probe in zip(leaves, plain, probes, strict=True):
        count = sum(p.numel() for p in part.parameters() if p.requires_grad)
        counted += count
        if output is None:
            continue
        field, jump = _field_and_jump(probe, (height, width))
        shape = _shape(output)
        rows.append(
            Row(f"{name} {type(part).__name__}", shape, field, jump, count, _macs(part, shape))
        )
    everything = sum(p.numel() for p in model.parameters() if p.requires_grad)
    rest = everything - sum(row.parameters for row in rows)
    if rest:
        rows.append(
            Row(
                "outside of leaf modules",
                rows[-1].shape if rows else (0, 0, 0),
                rows[-1].receptive_field if rows else 0,
                0,
                rest,
                0,
                "parameters used outside of leaf modules: their MACs are not counted",
            )
        )
    return Trace(tuple(rows))
