"""The vocabulary in which a net is written down: layers as frozen data, no torch.

Owns the layer nouns, the short forms used by `zoo.py`, and `Net`. Sizes, receptive fields and
counts are never stored here; `trace.py` derives them.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias, get_args

from tinydrill.errors import UnusableInputError

POST_MEANING = {"r": "ReLU", "b": "BatchNorm", "d": "Dropout"}


def _check_post(post: str) -> None:
    unknown = sorted(set(post) - set(POST_MEANING))
    if unknown or len(set(post)) != len(post):
        raise UnusableInputError(
            f"post={post!r} is not an order of r (ReLU), b (BatchNorm) and d (Dropout), each at "
            "most once"
        )


def _check_sizes(layer: str, **sizes: int) -> None:
    for name, size in sizes.items():
        if type(size) is not int or size < 1:
            raise UnusableInputError(f"{layer}: {name}={size} is not a positive whole number")


@dataclass(frozen=True, slots=True)
class Conv:
    """A square convolution with stride 1: (C, H, W) -> (out, H + 2·padding − kernel + 1, …).

    `post` is the literal order of what follows it, one letter each (see `POST_MEANING`).
    Convolutions of a net with the same name in `shared` are one and the same kernel, counted once;
    what follows each is its own.
    """

    out: int
    kernel: int = 3
    padding: int = 0
    post: str = "rbd"
    bias: bool = False
    shared: str = ""

    def __post_init__(self) -> None:
        _check_sizes("Conv", out=self.out, kernel=self.kernel)
        _check_post(self.post)


@dataclass(frozen=True, slots=True)
class MaxPool:
    """Maximum over size × size windows that do not overlap; a rest at the edge is dropped."""

    size: int = 2

    def __post_init__(self) -> None:
        _check_sizes("MaxPool", size=self.size)


@dataclass(frozen=True, slots=True)
class AvgPool:
    """Mean over size × size windows that do not overlap; a rest at the edge is dropped."""

    size: int

    def __post_init__(self) -> None:
        _check_sizes("AvgPool", size=self.size)


@dataclass(frozen=True, slots=True)
class Unshuffle:
    """Space to depth: (C, H, W) -> (C·block², H/block, W/block), no arithmetic, no parameters."""

    block: int = 2

    def __post_init__(self) -> None:
        _check_sizes("Unshuffle", block=self.block)


@dataclass(frozen=True, slots=True)
class Post:
    """ReLU, BatchNorm and Dropout as a layer of their own, in the order of the letters."""

    post: str

    def __post_init__(self) -> None:
        _check_post(self.post)


@dataclass(frozen=True, slots=True)
class GlobalAvg:
    """Mean over the whole map: (C, H, W) -> (C, 1, 1)."""


@dataclass(frozen=True, slots=True)
class Fc:
    """A fully connected layer with bias on the flattened input; `post` is "r" or nothing."""

    out: int
    post: str = "r"

    def __post_init__(self) -> None:
        _check_sizes("Fc", out=self.out)
        if self.post not in ("r", ""):
            raise UnusableInputError(f'Fc: post={self.post!r} is neither "r" (ReLU) nor ""')


Layer: TypeAlias = Conv | MaxPool | AvgPool | Unshuffle | Post | GlobalAvg | Fc

_LAYER_BY_NAME = {kind.__name__: kind for kind in get_args(Layer)}


@dataclass(frozen=True, slots=True)
class Net:
    """A network as a value. `dropout` is the probability that every "d" in it drops a value."""

    name: str
    layers: tuple[Layer, ...]
    dropout: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.dropout < 1:
            raise UnusableInputError(f"{self.name}: dropout={self.dropout} is not in [0, 1)")
        if not self.layers or not isinstance(self.layers[-1], Conv | Fc):
            raise UnusableInputError(
                f"{self.name}: the last layer must be a convolution or Fc that gives the classes"
            )
        kernels: dict[str, Conv] = {}
        for layer in self.layers:
            if isinstance(layer, Conv) and layer.shared:
                first = kernels.setdefault(layer.shared, layer)
                if replace(layer, post="") != replace(first, post=""):
                    raise UnusableInputError(
                        f"{self.name}: convolutions that share the kernel {layer.shared!r} must "
                        "have the same out, kernel, padding and bias"
                    )

    @property
    def classes(self) -> int:
        """How many classes the last layer tells apart."""
        last = self.layers[-1]
        assert isinstance(last, Conv | Fc)
        return last.out

    def with_classes(self, classes: int) -> "Net":
        """The same net with its last layer made to give `classes` logits."""
        last = self.layers[-1]
        assert isinstance(last, Conv | Fc)
        return replace(self, layers=(*self.layers[:-1], replace(last, out=classes)))

    def as_mapping(self) -> dict[str, Any]:
        """The net as plain values, ready for JSON; `net_from_mapping` reads them back."""
        layers = [{"layer": type(layer).__name__} | asdict(layer) for layer in self.layers]
        for entry in layers:  # nets written down before kernels could be shared read the same
            if entry.get("shared") == "":
                del entry["shared"]
        return {"name": self.name, "dropout": self.dropout, "layers": layers}


def net_from_mapping(values: dict[str, Any]) -> Net:
    """The net that `Net.as_mapping` wrote.

    Raises:
        UnusableInputError: the values are not such a net.
    """
    try:
        layers = []
        for entry in values["layers"]:
            sizes = {name: value for name, value in entry.items() if name != "layer"}
            layers.append(_LAYER_BY_NAME[entry["layer"]](**sizes))
        return Net(values["name"], tuple(layers), values["dropout"])
    except (AttributeError, KeyError, TypeError) as error:
        raise UnusableInputError(f"this is not a net as records hold it: {error!r}") from None


def net(name: str, *layers: Layer, dropout: float = 0.1) -> Net:
    """A `Net` from its layers in order."""
    return Net(name, layers, dropout)


def c3(out: int, post: str = "rbd", *, bias: bool = False) -> Conv:
    """A 3×3 convolution without padding."""
    return Conv(out, 3, 0, post, bias)


def same(out: int, post: str = "rbd", *, bias: bool = False, shared: str = "") -> Conv:
    """A 3×3 convolution with padding 1: the map keeps its size."""
    return Conv(out, 3, 1, post, bias, shared)


def c1(out: int, post: str = "rbd") -> Conv:
    """A 1×1 convolution: channels are mixed, the map keeps its size."""
    return Conv(out, 1, 0, post)


def avg(size: int) -> AvgPool:
    """Average pooling over size × size."""
    return AvgPool(size)


pool = MaxPool(2)
