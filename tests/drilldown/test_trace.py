"""Derived sizes against the golden table, the built module, torchinfo and the input gradient."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torchinfo import summary

from tinydrill.drilldown.build import build
from tinydrill.drilldown.layers import Conv, Fc, GlobalAvg, Net, Post, avg, c1, c3, net, pool, same
from tinydrill.drilldown.measure import measure
from tinydrill.drilldown.trace import MNIST_SHAPE, Shape, trace
from tinydrill.drilldown.zoo import ZOO
from tinydrill.errors import UnusableInputError

# Read from the exercise's public repository: net, parameters, MACs, receptive field.
GOLDEN = (
    ("net0", 6_379_786, 158_980_608, 40),
    ("net1", 9_916, 2_355_586, 26),
    ("net2", 14_026, 2_359_586, 26),
    ("net3", 19_174, 3_290_704, 26),
    ("net4", 19_174, 4_298_304, 32),
    ("net5", 18_254, 4_651_392, 32),
    ("net6", 19_462, 4_323_904, 32),
    ("net7", 19_835, 4_740_480, 32),
    ("net8", 19_310, 4_739_968, 32),
)
# net0 is left out where a built copy is pushed through hooks: 784 images of it take a minute.
BUILT = sorted(set(ZOO) - {"net0"})


@pytest.mark.parametrize(("name", "parameters", "macs", "field"), GOLDEN)
def test_the_exercise_nets_are_reproduced(
    name: str, parameters: int, macs: int, field: int
) -> None:
    derived = trace(ZOO[name])
    assert (derived.parameters, derived.macs, derived.receptive_field) == (parameters, macs, field)


@pytest.mark.parametrize("name", ZOO)
def test_every_net_gives_ten_classes(name: str) -> None:
    assert trace(ZOO[name]).shape == (10, 1, 1)


@pytest.mark.parametrize("name", ZOO)
def test_parameters_are_those_of_the_built_module(name: str) -> None:
    built = sum(p.numel() for p in build(ZOO[name]).parameters())
    assert trace(ZOO[name]).parameters == built


@pytest.mark.parametrize("name", ZOO)
def test_torchinfo_counts_the_same(name: str) -> None:
    derived = trace(ZOO[name])
    told = summary(build(ZOO[name]), (1, *MNIST_SHAPE), verbose=0)
    # It counts a kernel that is used three times three times: each module once is the truth.
    counted = {layer.module: layer.num_params for layer in told.summary_list if layer.is_leaf_layer}
    assert sum(counted.values()) == derived.parameters
    # It counts one operation for every bias and BatchNorm weight too; only kernels multiply.
    kernels = sum(
        int(layer.macs) - extra
        for layer in told.summary_list
        if layer.is_leaf_layer
        and (extra := _added_operations(layer.module, layer.output_size)) >= 0
    )
    assert kernels == derived.macs


def _added_operations(module: nn.Module, output_size: list[int]) -> int:
    """What torchinfo counts beyond the kernel; −1 for layers that have none."""
    if isinstance(module, nn.Conv2d):
        places = output_size[2] * output_size[3]
        return 0 if module.bias is None else module.bias.numel() * places
    if isinstance(module, nn.Linear):
        return module.bias.numel()
    return -1


def _apart(entry: Net) -> Net:
    """The net with every kernel its own: the same shapes, MACs and fields, a module a layer."""
    layers = (replace(x, shared="") if isinstance(x, Conv) else x for x in entry.layers)
    return replace(entry, layers=tuple(layers))


@pytest.mark.parametrize("name", BUILT)
def test_shapes_and_macs_are_those_of_the_built_module(name: str) -> None:
    derived, seen = trace(ZOO[name]), measure(build(_apart(ZOO[name])), MNIST_SHAPE)
    assert measure(build(ZOO[name]), MNIST_SHAPE).macs == seen.macs == derived.macs
    # The module's name starts with the layer's number; its last part has the layer's shape.
    last = {int(row.label.split(".")[0]): row.shape for row in seen.rows if row.label[0].isdigit()}
    for number, row in enumerate(derived.rows, start=1):
        assert last[number] == row.shape


def _spatial_part(entry: Net) -> Net:
    """The convolutions and poolings of a net, closed so that it is a net of its own."""
    kept = (x for x in entry.layers if not isinstance(x, Fc | GlobalAvg | Post))
    return _apart(Net(entry.name, (*kept, GlobalAvg(), Fc(10, ""))))


def _support_of_one_unit(part: Net, shape: Shape) -> int:
    """Edge of the input region that moves one middle unit of the last map, by autograd."""
    spatial = [
        # A maximum would let one path through and hide the others.
        nn.AvgPool2d(module.kernel_size) if isinstance(module, nn.MaxPool2d) else module
        for module in build(part, shape).double().modules()
        if isinstance(module, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | nn.PixelUnshuffle)
    ]
    for module in spatial:
        if isinstance(module, nn.Conv2d):
            nn.init.ones_(module.weight)  # nothing may cancel on the way back
    inputs = torch.zeros(1, *shape, dtype=torch.float64, requires_grad=True)
    output = nn.Sequential(*spatial)(inputs)
    output[0, 0, output.shape[2] // 2, output.shape[3] // 2].backward()
    assert inputs.grad is not None
    rows = inputs.grad[0, 0].abs().sum(dim=1).nonzero()
    return int(rows.max() - rows.min()) + 1


@pytest.mark.parametrize("name", ZOO)
def test_receptive_field_is_the_support_of_the_input_gradient(name: str) -> None:
    part, shape = _spatial_part(ZOO[name]), (1, 128, 128)  # so large that no edge cuts a field
    derived = trace(part, shape).rows[len(part.layers) - 3].receptive_field
    assert _support_of_one_unit(part, shape) == derived


def test_pooling_that_drops_pixels_warns() -> None:
    (warning,) = [row.warning for row in trace(ZOO["net1"]).rows if row.warning]
    assert warning == "drops 1 of 6 rows and 1 of 6 columns (5×5 does not divide 6×6)"


def test_a_shared_kernel_is_counted_once() -> None:
    kernel = same(6, "b", shared="k")
    twice = trace(net("twice", same(6, ""), kernel, kernel, GlobalAvg(), Fc(10, "")))
    assert [row.parameters for row in twice.rows[1:3]] == [9 * 6 * 6 + 12, 12]
    assert twice.rows[1].macs == twice.rows[2].macs


def test_a_kernel_is_shared_by_layers_of_equal_inputs_only() -> None:
    kernel = same(6, shared="k")
    with pytest.raises(UnusableInputError, match=r"uneven, layer 2: .* 1 input channels, .* 6"):
        trace(net("uneven", kernel, kernel, GlobalAvg(), Fc(10, "")))


def test_a_window_that_does_not_fit_is_named() -> None:
    too_deep = net("deep", pool, pool, pool, avg(5), c1(10, ""))
    with pytest.raises(UnusableInputError, match=r"deep, layer 4: a window of 5×5 .* 3×3"):
        trace(too_deep)


def test_a_net_must_end_in_one_value_a_class() -> None:
    with pytest.raises(UnusableInputError, match="one value a class"):
        trace(net("map", c3(10, "")))
