"""Grad-CAM: which places of the last convolution speak for a class.

Selvaraju et al. 2017, arXiv:1610.02391: α_k is the mean over all places of ∂score/∂A_k, and the map
is ReLU(Σ α_k A_k), A being what the convolution gives. Small nets that end in a fully connected
layer on a few places weigh each place by itself, and that mean often cancels: the map is zero
everywhere. Then the slopes are not averaged, ReLU(Σ ∂score/∂A_k · A_k): HiResCAM (Draelos & Carin
2020, arXiv:2011.08891). A map always says which of the two it is.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tinydrill.drilldown.activations import convolutions_of, listening
from tinydrill.drilldown.layers import AvgPool, Conv, MaxPool, Net, Unshuffle
from tinydrill.errors import UnusableInputError

Place = tuple[float, float]  # value i along an edge is centred on pixel start + i · jump
Method = Literal["Grad-CAM", "HiResCAM", "nothing"]


@dataclass(frozen=True, slots=True)
class Cam:
    """Which places of a layer speak for a class.

    Attributes:
        of: the class.
        layer: what the layer is called.
        values: float64 [h, w], none below zero: how much each place speaks.
        method: by which method; `nothing` where both give zero everywhere.
        places: how rows and columns lie over the image.
    """

    of: int
    layer: str
    values: NDArray[np.float64]
    method: Method
    places: tuple[Place, Place]

    @property
    def note(self) -> str:
        """What the map shows, in a sentence."""
        return {
            "Grad-CAM": f"Grad-CAM for class {self.of} at layer {self.layer}",
            "HiResCAM": f"HiResCAM for class {self.of} at layer {self.layer}, as Grad-CAM is zero "
            "everywhere: its mean slopes cancel",
            "nothing": f"no place of layer {self.layer} speaks for class {self.of}",
        }[self.method]

    def over(self, height: int, width: int, finer: int = 1) -> NDArray[np.float64]:
        """The map over an image, linear between the centres of values, the largest value being 1.

        Args:
            height: of the image, in pixels.
            width: as `height`.
            finer: points for each pixel, along each edge.

        Returns:
            float64 [height · finer, width · finer].
        """
        most = self.values.max(initial=0.0) or 1.0
        down = _between(self.values.shape[0], self.places[0], height, finer)
        across = _between(self.values.shape[1], self.places[1], width, finer)
        over: NDArray[np.float64] = down @ (self.values / most) @ across.T
        return over


def _between(size: int, place: Place, edge: int, finer: int) -> NDArray[np.float64]:
    """Weights [edge · finer, size] that read `size` values linearly at the points of an edge."""
    points = (np.arange(edge * finer) + 0.5) / finer - 0.5
    at = (points - place[0]) / place[1]
    return np.stack([np.interp(at, np.arange(size), row) for row in np.eye(size)], axis=1)


def place_of(net: Net, layers: int) -> Place:
    """Where the values lie that the first so many layers give (Araujo, Norris & Sim 2019)."""
    start, jump = 0.0, 1
    for layer in net.layers[:layers]:
        match layer:
            case Conv(_, kernel, padding):
                start += ((kernel - 1) / 2 - padding) * jump
            case MaxPool(size) | AvgPool(size) | Unshuffle(size):
                start += (size - 1) / 2 * jump
                jump *= size
    return start, float(jump)


def _places(
    net: Net | None, layer: str, size: torch.Size, image: torch.Size
) -> tuple[Place, Place]:
    """Exactly where a layer's values lie; spread evenly where the wiring is not known."""
    if net is not None:
        place = place_of(net, int(layer.partition(".")[0]))
        return place, place
    rows, columns = (edge / count for edge, count in zip(image, size, strict=True))
    return ((rows - 1) / 2, rows), ((columns - 1) / 2, columns)


def _slopes(
    model: nn.Module, net: Net | None, inputs: Tensor, of: int | None
) -> tuple[str, int, Tensor, Tensor]:
    """The last convolution with more than one place: name, class, its maps and their slopes."""
    shape = (inputs.shape[1], inputs.shape[2], inputs.shape[3])
    with torch.enable_grad(), listening(convolutions_of(model, net, shape)) as heard:
        logits = model(inputs.detach().requires_grad_())
    wide = [name for name, values in heard.items() if values[0, 0].numel() > 1]
    if not wide:
        raise UnusableInputError(
            f"{type(model).__name__} has no convolution with more than one place in its map, so "
            "there is no Grad-CAM"
        )
    chosen = int(logits.argmax()) if of is None else of
    maps = heard[wide[-1]]
    try:
        (slopes,) = torch.autograd.grad(logits[0, chosen], maps, materialize_grads=True)
    except RuntimeError:
        raise UnusableInputError(
            f"{type(model).__name__} lets no gradient through, so there is no Grad-CAM"
        ) from None
    return wide[-1], chosen, maps[0].detach().double(), slopes[0].double()


def grad_cam(model: nn.Module, net: Net | None, inputs: Tensor, of: int | None = None) -> Cam:
    """The map of one image at the last convolution whose own map is more than a single value.

    Args:
        model: in evaluation mode.
        net: what it was built from, if it is a net as data.
        inputs: float32 [1, 1, H, W], normalised.
        of: the class; by default the one that the model takes the image for.

    Raises:
        UnusableInputError: no such convolution, or a model that lets no gradient through.
    """
    layer, chosen, maps, slopes = _slopes(model, net, inputs, of)
    places = _places(net, layer, maps.shape[1:], inputs.shape[2:])
    method: Method
    for method, weights in (
        ("Grad-CAM", slopes.mean(dim=(1, 2), keepdim=True)),
        ("HiResCAM", slopes),
    ):
        values = (weights * maps).sum(dim=0).clamp(min=0)
        if values.any():
            return Cam(chosen, layer, values.numpy(), method, places)
    return Cam(chosen, layer, np.zeros(maps.shape[1:]), "nothing", places)
