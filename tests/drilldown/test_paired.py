"""Two networks on the same images: counted image by image."""

import pytest
import torch

from tinydrill.drilldown.paired import pair


def test_rights_and_wrongs_are_counted_by_image() -> None:
    a = torch.tensor([True, True, True, False, False, True])
    b = torch.tensor([True, False, False, True, False, True])
    found = pair(a, b)
    assert (found.both, found.only_a, found.only_b, found.neither) == (2, 2, 1, 1)
    assert found.p == pytest.approx(1.0)


def test_the_sentence_names_the_better_network_only_where_it_is_told_apart() -> None:
    def rights(both: int, only_a: int, only_b: int) -> tuple[torch.Tensor, torch.Tensor]:
        a = torch.tensor([True] * both + [True] * only_a + [False] * only_b)
        b = torch.tensor([True] * both + [False] * only_a + [True] * only_b)
        return a, b

    # Binomial by hand: 12 of 27 fair coins or fewer, two tails, is 0.7011.
    assert pair(*rights(9973, 12, 15)).sentence(0.95) == (
        "On the same 10,000 test images, A alone is right on 12, B alone on 15: p = 0.70, not "
        "distinguishable."
    )
    held_out = pair(*rights(0, 20, 2), "held-out").sentence(0.95)
    assert held_out.startswith("On the same 22 held-out images, A alone")
    assert pair(*rights(0, 20, 2)).sentence(0.95).endswith("A is the better network of the two.")
    assert pair(*rights(0, 2, 20)).sentence(0.95).endswith("B is the better network of the two.")
    assert pair(*rights(0, 2, 20)).sentence(0.9999).endswith("not distinguishable.")
