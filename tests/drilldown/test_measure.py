"""What is seen of a built module against what is derived from the net as data."""

import pytest

from tinydrill.drilldown.build import build
from tinydrill.drilldown.measure import measure
from tinydrill.drilldown.trace import MNIST_SHAPE, trace
from tinydrill.drilldown.zoo import ZOO


@pytest.mark.parametrize("name", ["net1", "net8", "fold24"])
def test_fields_and_jumps_are_those_derived_as_long_as_the_image_does_not_cut_them(
    name: str,
) -> None:
    derived = trace(ZOO[name]).rows
    seen = {
        int(row.label.split(".")[0]): row
        for row in measure(build(ZOO[name]), MNIST_SHAPE).rows
        if row.label[0].isdigit()
    }
    compared = 0
    for number, row in enumerate(derived, start=1):
        if row.receptive_field < 26 and row.shape[1] > 2:
            assert seen[number].receptive_field == row.receptive_field
            assert seen[number].jump == row.jump
            compared += 1
    assert compared >= 5


@pytest.mark.parametrize("name", ["net8", "fold24"])
def test_a_field_never_goes_beyond_the_image(name: str) -> None:
    assert measure(build(ZOO[name]), MNIST_SHAPE).receptive_field == 28


def test_the_model_s_mode_is_left_as_it_was() -> None:
    model = build(ZOO["fold24"])
    model.train()
    measure(model, MNIST_SHAPE)
    assert model.training
