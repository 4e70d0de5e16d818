"""Every gradient against two witnesses, and the seed's own numbers."""

import pytest
from hypothesis import given, settings

from tests.backprop.witness import (
    central_differences,
    problems,
    relative_error,
    torch_loss_and_gradients,
)
from tinydrill.backprop.forward import evaluate
from tinydrill.backprop.problem import EXAMPLES, Layer, Problem, Sample


@settings(max_examples=150, deadline=None, derandomize=True)
@given(problems())
def test_gradients_agree_with_torch(problem: Problem) -> None:
    at = evaluate(problem)
    loss, expected = torch_loss_and_gradients(problem)
    assert at.loss == pytest.approx(loss, rel=1e-12)
    assert relative_error(at.gradients, expected) < 1e-9


@settings(max_examples=40, deadline=None, derandomize=True)
@given(problems(max_samples=2))
def test_gradients_agree_with_central_differences(problem: Problem) -> None:
    # At ReLU's kink both one-sided slopes are right; the drawn numbers stay off it.
    at = evaluate(problem)
    kinked = any(abs(v) < 1e-12 for n, v in at.values.items() if n[0] in "ho")
    if not kinked:
        assert relative_error(at.gradients, central_differences(problem)) < 1e-9


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_built_in_problems_agree_with_both(name: str) -> None:
    problem = EXAMPLES[name]
    found = evaluate(problem).gradients
    assert relative_error(found, torch_loss_and_gradients(problem)[1]) < 1e-9
    assert relative_error(found, central_differences(problem)) < 1e-9


def test_the_first_row_of_the_seed() -> None:
    assert evaluate(EXAMPLES["seed"]).loss == 0.24251985734837728


def test_the_first_row_of_mazur() -> None:
    assert evaluate(EXAMPLES["mazur"]).loss == pytest.approx(0.2983711087600027, rel=1e-15)


def test_other_targets() -> None:
    seed = EXAMPLES["seed"]
    problem = Problem("", seed.layers, (Sample((0.05, 0.1), (0.5, 0.5)),))
    assert evaluate(problem).loss == pytest.approx(0.014181378, abs=5e-10)


def test_other_weights() -> None:
    layers = (
        Layer("sigmoid", ((0.3, 0.5), (-0.2, 0.7))),
        Layer("sigmoid", ((0.1, -0.6), (0.3, -0.9))),
    )
    problem = Problem("", layers, EXAMPLES["seed"].samples)
    assert evaluate(problem).loss == pytest.approx(0.251231, abs=5e-7)


def test_the_usual_mistake_would_be_noticed() -> None:
    # The seed's sheet takes w5, w6 for h1 where w5, w7 belong: 1.278 times the true dw1.
    at = evaluate(EXAMPLES["seed"])
    v, g = at.values, at.gradients
    wrong = (g["o1"] * v["w5"] + g["o2"] * v["w6"]) * v["a_h1"] * (1 - v["a_h1"]) * v["i1"]
    assert wrong / g["w1"] == pytest.approx(1.278, abs=5e-4)
