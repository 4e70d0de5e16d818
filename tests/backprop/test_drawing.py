"""The drawn network: names on crossing lines must be readable."""

from itertools import combinations

import pytest

from tinydrill.backprop.drawing import draw
from tinydrill.backprop.problem import from_toml


@pytest.mark.parametrize("inputs", range(1, 6))
@pytest.mark.parametrize("units", range(1, 6))
def test_names_of_weights_do_not_lie_on_each_other(inputs: int, units: int) -> None:
    text = f"seed = 1\n[[layer]]\nactivation = 'tanh'\nunits = {units}\n"
    text += f"[[sample]]\ninputs = {[1] * inputs}\ntargets = {[0] * units}\n"
    labels = draw(from_toml(text)).labels
    assert len(labels) == inputs * units
    for (x1, y1), (x2, y2) in combinations(labels.values(), 2):
        assert abs(x1 - x2) > 0.3 or abs(y1 - y2) > 0.13
