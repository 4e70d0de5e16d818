"""Layers and nets as data: what can be written down, and what is refused."""

import json
from dataclasses import replace

import pytest

from tinydrill.drilldown.layers import Conv, Fc, MaxPool, Net, c1, c3, net, net_from_mapping, same
from tinydrill.drilldown.zoo import ZOO
from tinydrill.errors import UnusableInputError


@pytest.mark.parametrize("post", ["x", "rr", "rbdr"])
def test_post_takes_each_known_letter_once(post: str) -> None:
    with pytest.raises(UnusableInputError, match="post="):
        Conv(8, post=post)


def test_fc_has_no_batchnorm() -> None:
    with pytest.raises(UnusableInputError, match="Fc"):
        Fc(10, "b")


@pytest.mark.parametrize("make", [lambda: Conv(0), lambda: MaxPool(0), lambda: Fc(-1)])
def test_sizes_are_positive(make: object) -> None:
    assert callable(make)
    with pytest.raises(UnusableInputError, match="positive"):
        make()


def test_a_net_ends_in_a_layer_that_gives_classes() -> None:
    with pytest.raises(UnusableInputError, match="last layer"):
        net("broken", c3(8), MaxPool())


def test_dropout_is_a_probability() -> None:
    with pytest.raises(UnusableInputError, match="dropout"):
        Net("wet", (c1(10, ""),), dropout=1.0)


@pytest.mark.parametrize("name", ZOO)
def test_every_net_survives_json(name: str) -> None:
    assert net_from_mapping(json.loads(json.dumps(ZOO[name].as_mapping()))) == ZOO[name]


def test_a_kernel_of_its_own_is_written_as_before_kernels_could_be_shared() -> None:
    first, second = net("x", same(4, shared="k"), c1(10, "")).as_mapping()["layers"]
    assert first["shared"] == "k"
    assert "shared" not in second


@pytest.mark.parametrize("other", [same(8, shared="k"), c3(4), Conv(4, 3, 1, bias=True)])
def test_what_shares_a_kernel_agrees_in_it(other: Conv) -> None:
    with pytest.raises(UnusableInputError, match="share the kernel 'k'"):
        net("x", same(4, shared="k"), replace(other, shared="k"), Fc(10, ""))


def test_a_mapping_that_is_no_net_is_refused() -> None:
    with pytest.raises(UnusableInputError, match="not a net"):
        net_from_mapping({"name": "x", "dropout": 0.1, "layers": [{"layer": "Transformer"}]})


def test_with_classes_changes_the_last_layer_only() -> None:
    fitted = ZOO["net8"].with_classes(26)
    assert fitted.classes == 26
    assert fitted.layers[:-1] == ZOO["net8"].layers[:-1]
