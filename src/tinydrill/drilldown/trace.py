"""Walks a net without torch and derives, layer by layer, everything that is usually hand-written.

Formulas per layer with kernel k, stride s, padding p (Dumoulin & Visin 2016, arXiv:1603.07285; the
receptive field recursion: Araujo, Norris & Sim 2019, doi:10.23915/distill.00021):

    size  n' = floor((n + 2p − k) / s) + 1
    field r' = r + (k − 1) · j        jump  j' = j · s
    parameters and MACs of a convolution: k²·C·C' (+ C' with bias), and k²·C·C'·n'²

BatchNorm counts its weight and bias (2·C); its running mean and variance are not parameters.
"""

from dataclasses import dataclass, replace

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
from tinydrill.errors import UnusableInputError

Shape = tuple[int, int, int]
MNIST_SHAPE: Shape = (1, 28, 28)


@dataclass(frozen=True, slots=True)
class Row:
    """One layer as `tinydrill show` prints it.

    Attributes:
        label: what the layer is, e.g. `3×3 → 16  ReLU BatchNorm`.
        shape: (channels, height, width) of its output.
        receptive_field: edge, in input pixels, of what one output value can see.
        jump: distance, in input pixels, between the centres of two neighbouring output values.
        parameters: trained numbers in it.
        macs: multiply-accumulates for one image.
        warning: what is lost here, or nothing.
    """

    label: str
    shape: Shape
    receptive_field: int
    jump: int
    parameters: int
    macs: int
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """All rows of a net and their sums."""

    rows: tuple[Row, ...]

    @property
    def parameters(self) -> int:
        """Trained numbers in the whole net."""
        return sum(row.parameters for row in self.rows)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of the whole net for one image."""
        return sum(row.macs for row in self.rows)

    @property
    def receptive_field(self) -> int:
        """Edge, in input pixels, of what one value of the last layer can see."""
        return self.rows[-1].receptive_field

    @property
    def shape(self) -> Shape:
        """Shape of the output."""
        return self.rows[-1].shape


def _post_words(post: str) -> str:
    words = {"r": "ReLU", "b": "BatchNorm", "d": "Dropout"}
    return "  " + " ".join(words[letter] for letter in post) if post else ""


def _windows(name: str, shape: Shape, kernel: int, stride: int, padding: int) -> tuple[Shape, str]:
    """The shape after sliding a window, and a warning where its steps leave pixels out."""
    channels, height, width = shape
    if kernel > min(height, width) + 2 * padding:
        raise UnusableInputError(
            f"{name}: a window of {kernel}×{kernel} does not fit on a map of {height}×{width}"
        )
    sizes = [(edge + 2 * padding - kernel) // stride + 1 for edge in (height, width)]
    rests = [(edge + 2 * padding - kernel) % stride for edge in (height, width)]
    warning = ""
    if any(rests):
        warning = (
            f"drops {rests[0]} of {height} rows and {rests[1]} of {width} columns "
            f"({kernel}×{kernel} does not divide {height}×{width})"
        )
    return (channels, sizes[0], sizes[1]), warning


def _row(name: str, layer: Layer, shape: Shape, field: int, jump: int) -> Row:
    channels, height, width = shape
    match layer:
        case Conv(out, kernel, padding, post, bias, shared):
            (_, rows, columns), _ = _windows(name, shape, kernel, 1, padding)
            weights = kernel * kernel * channels * out
            parameters = weights + (out if bias else 0) + (2 * out if "b" in post else 0)
            label = f"{kernel}×{kernel} → {out}{' pad ' + str(padding) if padding else ''}"
            label += f" kernel {shared}" if shared else ""
            return Row(
                label + (" bias" if bias else "") + _post_words(post),
                (out, rows, columns),
                field + (kernel - 1) * jump,
                jump,
                parameters,
                weights * rows * columns,
            )
        case MaxPool(size) | AvgPool(size):
            after, warning = _windows(name, shape, size, size, 0)
            label = f"{'max' if isinstance(layer, MaxPool) else 'avg'} pool {size}×{size}"
            return Row(label, after, field + (size - 1) * jump, jump * size, 0, 0, warning)
        case GlobalAvg():
            wide = field + (max(height, width) - 1) * jump
            return Row("global avg pool", (channels, 1, 1), wide, jump * height, 0, 0)
        case Unshuffle(block):
            if height % block or width % block:
                raise UnusableInputError(
                    f"{name}: space to depth {block}×{block} needs a map that it divides, not "
                    f"{height}×{width}"
                )
            after = (channels * block * block, height // block, width // block)
            label = f"space to depth {block}×{block}"
            return Row(label, after, field + (block - 1) * jump, jump * block, 0, 0)
        case Post(post):
            count = 2 * channels if "b" in post else 0
            return Row(_post_words(post).strip(), shape, field, jump, count, 0)
        case Fc(out, post):
            inputs = channels * height * width
            wide = field + (max(height, width) - 1) * jump
            label = f"fully connected → {out}{_post_words(post)}"
            return Row(label, (out, 1, 1), wide, jump, inputs * out + out, inputs * out)


def _counted_once(name: str, row: Row, layer: Layer, inputs: int, seen: dict[str, int]) -> Row:
    """The row without the parameters of a kernel that a layer before has brought already."""
    if not isinstance(layer, Conv) or not layer.shared:
        return row
    if layer.shared not in seen:
        seen[layer.shared] = inputs
        return row
    if seen[layer.shared] != inputs:
        raise UnusableInputError(
            f"{name}: the kernel {layer.shared!r} is shared with a layer of "
            f"{seen[layer.shared]} input channels, here there are {inputs}"
        )
    kernel = layer.kernel**2 * inputs * layer.out + (layer.out if layer.bias else 0)
    return replace(row, parameters=row.parameters - kernel)


def trace(net: Net, input_shape: Shape = MNIST_SHAPE) -> Trace:
    """Derive every row of `net` for images of `input_shape` (channels, height, width).

    Raises:
        UnusableInputError: a layer's window does not fit on its input, or the output is not one
            value a class.
    """
    rows: list[Row] = []
    kernels: dict[str, int] = {}
    shape, field, jump = input_shape, 1, 1
    for number, layer in enumerate(net.layers, start=1):
        name = f"{net.name}, layer {number}"
        row = _row(name, layer, shape, field, jump)
        rows.append(_counted_once(name, row, layer, shape[0], kernels))
        shape, field, jump = row.shape, row.receptive_field, row.jump
    if shape[1:] != (1, 1):
        raise UnusableInputError(
            f"{net.name} ends with a map of {shape[1]}×{shape[2]} for images of "
            f"{input_shape[1]}×{input_shape[2]}; it must end with one value a class"
        )
    return Trace(tuple(rows))
