"""Grad-CAM against finite differences and against nets small enough to reckon by hand."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tinydrill.drilldown.activations import convolutions_of, layers_of, listening
from tinydrill.drilldown.build import build
from tinydrill.drilldown.gradcam import grad_cam, place_of
from tinydrill.drilldown.layers import Fc, Net, avg, c3, net, pool, same
from tinydrill.drilldown.trace import MNIST_SHAPE, trace
from tinydrill.drilldown.zoo import ZOO
from tinydrill.errors import UnusableInputError

SMALL: Net = net("small", same(4, "br"), pool, same(6, "rbd"), pool, Fc(10, ""))


def built(of: Net = SMALL, seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    model = build(of).double().eval()
    assert isinstance(model, nn.Sequential)
    return model


def picture(seed: int = 1) -> Tensor:
    return torch.randn(1, 1, 28, 28, generator=torch.Generator().manual_seed(seed)).double()


def test_it_is_what_finite_differences_give() -> None:
    model, inputs, step = built(), picture(), 1e-6
    with torch.no_grad():
        layer = model[2]
        assert isinstance(layer, nn.Sequential)
        maps = layer[0](model[:2](inputs))

        def score(changed: Tensor) -> float:
            return float(model[3:](layer[1:](changed.clone()))[0, 3])

        slopes = torch.zeros_like(maps[0])
        for place in np.ndindex(*slopes.shape):
            nudge = torch.zeros_like(maps)
            nudge[(0, *place)] = step
            slopes[place] = (score(maps + nudge) - score(maps - nudge)) / (2 * step)
    expected = (slopes.mean(dim=(1, 2), keepdim=True) * maps[0]).sum(0).clamp(min=0)
    found = grad_cam(model, SMALL, inputs, of=3)
    assert found.method == "Grad-CAM"
    assert found.layer == "3. 3×3 → 6 ReLU BatchNorm Dropout".replace("6 ", "6 pad 1 ")
    np.testing.assert_allclose(found.values, expected, atol=1e-7)
    assert found.values.max() > 1e-3


class ByHand(nn.Module):
    """One convolution that copies the image, then a weight for each place and class."""

    def __init__(self, weights: list[list[float]]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 1, bias=False)
        self.conv.weight.data.fill_(1.0)
        self.head = nn.Linear(4, 2, bias=False)
        self.head.weight.data = torch.tensor(weights)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(self.conv(images).relu_().flatten(1))
        return logits


INK = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])


def test_by_hand() -> None:
    found = grad_cam(ByHand([[1.0, 2.0, 3.0, 2.0], [0.0] * 4]), None, INK, of=0)
    assert found.method == "Grad-CAM"
    assert found.values.tolist() == [[2.0, 4.0], [6.0, 8.0]]  # the slopes' mean is 2


def test_where_it_is_zero_everywhere_it_falls_back_and_says_so() -> None:
    found = grad_cam(ByHand([[1.0, -2.0, -3.0, 1.0], [0.0] * 4]), None, INK, of=0)
    assert found.method == "HiResCAM"
    assert found.values.tolist() == [[1.0, 0.0], [0.0, 4.0]]
    assert "Grad-CAM is zero everywhere" in found.note


def test_where_nothing_speaks_for_a_class_it_says_so() -> None:
    for head in ([[0.0] * 4] * 2, [[-1.0] * 4, [0.0] * 4]):
        found = grad_cam(ByHand(head), None, INK, of=0)
        assert found.method == "nothing"
        assert not found.values.any()
        assert not found.over(2, 2).any()
        assert found.note == "no place of layer conv Conv2d speaks for class 0"


def test_the_class_is_the_predicted_one_unless_named() -> None:
    model = ByHand([[0.0] * 4, [1.0] * 4])
    assert grad_cam(model, None, INK).of == 1
    assert grad_cam(model, None, INK, of=0).of == 0


def test_the_model_is_left_as_it_was() -> None:
    model, inputs = built(), picture()
    before = model(inputs)
    grad_cam(model, SMALL, inputs)
    assert torch.equal(model(inputs), before)
    assert all(parameter.grad is None for parameter in model.parameters())


def test_frozen_weights_do_not_hinder_it() -> None:
    model = ByHand([[1.0] * 4, [0.0] * 4]).requires_grad_(False)
    assert grad_cam(model, None, INK, of=0).values.sum() == 10


def test_a_model_without_a_map_is_refused() -> None:
    flat = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    with pytest.raises(UnusableInputError, match="has no convolution with more than one place"):
        grad_cam(flat, None, torch.zeros(1, 1, 28, 28))


def test_a_model_that_lets_no_gradient_through_is_refused() -> None:
    class Deaf(ByHand):
        def forward(self, images: Tensor) -> Tensor:
            return super().forward(images).detach()

    with pytest.raises(UnusableInputError, match="lets no gradient through"):
        grad_cam(Deaf([[1.0] * 4, [0.0] * 4]), None, INK)


def test_a_single_value_at_the_end_is_no_map() -> None:
    """net1 ends in 1×1 convolutions on a 1×1 map: the last with places is the one before."""
    model = built(ZOO["net1"])
    found = grad_cam(model, ZOO["net1"], picture())
    assert found.values.shape == (6, 6)
    assert found.layer in layers_of(model, ZOO["net1"], MNIST_SHAPE)


@pytest.mark.parametrize("name", ["net1", "net8", "fold32"])
def test_the_places_are_where_a_pixel_is_felt(name: str) -> None:
    """The middle of what a value sees, found by making each pixel not-a-number."""
    of = ZOO[name]
    rows, inside = trace(of).rows, 0
    for number in range(1, len(of.layers)):
        _, height, _ = rows[number - 1].shape
        if height < 3:
            break
        start, jump = place_of(of, number)
        model = built(of)[:number]
        middle, seen = height // 2, []
        for row in range(28):
            inputs = torch.zeros(1, 1, 28, 28).double()
            inputs[0, 0, row, :] = torch.nan
            if model(inputs)[0, :, middle].isnan().any():
                seen.append(row)
        if len(seen) == rows[number - 1].receptive_field:  # not cut off by the image's edge
            inside += 1
            assert (seen[0] + seen[-1]) / 2 == start + middle * jump
    assert inside > 2


def test_a_shared_kernel_is_told_apart_by_its_layers() -> None:
    of = net("twice", same(4), same(4, shared="k"), same(4, shared="k"), pool, Fc(10, ""))
    model, inputs = built(of), picture()
    with listening(convolutions_of(model, of, MNIST_SHAPE)) as heard, torch.no_grad():
        model(inputs)
    assert [name[0] for name in heard] == ["1", "2", "3"]
    for number, maps in enumerate(heard.values()):
        layer = model[number]
        assert isinstance(layer, nn.Sequential)
        with torch.no_grad():
            assert torch.equal(maps, layer[0](model[:number](inputs)))
    assert grad_cam(model, of, inputs).layer.startswith("3. ")


def test_over_an_image_the_map_is_linear_between_its_places() -> None:
    found = grad_cam(ByHand([[1.0] * 4, [0.0] * 4]), None, INK, of=0)
    over = found.over(4, 4)  # an image twice as fine: places would be 1 apart, of 4 points
    assert over.shape == (4, 4)
    assert over[1, 1] == pytest.approx(4 / 4)
    half = found.over(2, 2, finer=2)
    assert half[0, 0] == pytest.approx(1 / 4)
    assert half[3, 3] == pytest.approx(1)
    assert half[1, 1] == pytest.approx((1 * 9 + 2 * 3 + 3 * 3 + 4) / 16 / 4)
    assert np.all(np.diff(half, axis=0) >= 0)


def test_convolutions_in_a_row_keep_their_places() -> None:
    """Two 3×3 without padding and an average over 2: the centre of the first value is on 2.5."""
    assert place_of(net("x", c3(2), c3(2), avg(2), c3(10, "")), 3) == (2.5, 2.0)
