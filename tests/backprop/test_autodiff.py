"""The engine by itself: order, sums and numbers at the edge."""

import math

import pytest

from tinydrill.backprop.autodiff import (
    Value,
    add,
    cross_entropy,
    dot,
    gradients,
    scale,
    sigmoid,
    softmax,
)


def test_a_value_used_twice_gets_the_sum_of_both_ways() -> None:
    x = Value(3.0)
    assert gradients(dot((x,), (x,)))[x] == 6.0


def test_a_chain_of_ten_thousand_needs_no_recursion() -> None:
    x = Value(1.0)
    end = x
    for _ in range(10_000):
        end = scale(end, 1.0)
    assert gradients(end)[x] == 1.0


def test_the_same_expression_gives_the_same_bits() -> None:
    def gradient() -> float:
        xs = tuple(Value(0.1 * k) for k in range(1, 20))
        return gradients(add(*(sigmoid(dot((x,), (xs[0],))) for x in xs)))[xs[0]]

    assert len({gradient() for _ in range(20)}) == 1


@pytest.mark.parametrize(("h", "a"), [(800.0, 1.0), (-800.0, 0.0)])
def test_sigmoid_does_not_overflow(h: float, a: float) -> None:
    assert sigmoid(Value(h)).number == a


def test_softmax_does_not_overflow() -> None:
    assert [a.number for a in softmax((Value(1000.0), Value(0.0)))] == [1.0, 0.0]


def test_cross_entropy_of_an_impossible_answer_is_infinite() -> None:
    assert cross_entropy(Value(1.0), Value(0.0)).number == math.inf


def test_cross_entropy_where_the_target_is_0_is_0() -> None:
    assert cross_entropy(Value(0.0), Value(0.0)).number == 0.0
