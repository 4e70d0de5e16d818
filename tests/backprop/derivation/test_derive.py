"""Symbols against numbers, the order of the steps, and the sums that must agree."""

import pytest
import sympy
from hypothesis import given, settings

from tests.backprop.witness import problems
from tinydrill.backprop.derivation import derive, evaluate_expression
from tinydrill.backprop.derivation.structure import MAX_PATHS
from tinydrill.backprop.derivation.symbols import Sigmoid, Softmax, Tanh
from tinydrill.backprop.forward import evaluate
from tinydrill.backprop.problem import EXAMPLES, Problem
from tinydrill.errors import UnusableInputError


@settings(max_examples=25, deadline=None, derandomize=True)
@given(problems(max_samples=2))
def test_symbols_evaluated_agree_with_autodiff(problem: Problem) -> None:
    names = [*problem.parameters()]
    derivation = derive(problem, names[:1] + names[-1:])
    size = max(abs(evaluate(problem).gradients[name]) for name in names) or 1.0
    for step in derivation.steps:
        found = evaluate_expression(step.expression, derivation.values)
        assert abs(found - step.gradient) / size < 1e-9


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_step_of_a_built_in_problem_at_other_weights(name: str) -> None:
    problem = EXAMPLES[name]
    other = problem.with_parameters({n: 0.7 * v + 0.13 for n, v in problem.parameters().items()})
    at = evaluate(other)
    for step in derive(problem).steps:
        found = evaluate_expression(step.expression, at.values)
        assert found == pytest.approx(at.gradients[step.target], rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("name", EXAMPLES)
def test_paths_and_shortcuts_add_up_to_the_gradient(name: str) -> None:
    for step in derive(EXAMPLES[name]).steps:
        shortcuts = sum(shortcut.value for shortcut in step.shortcuts)
        assert shortcuts == pytest.approx(step.gradient, rel=1e-12, abs=1e-15)
        if step.path_count <= MAX_PATHS:
            paths = sum(path.value for path in step.paths)
            assert paths == pytest.approx(step.gradient, rel=1e-12, abs=1e-15)


def test_the_order_of_the_seed() -> None:
    targets = [step.target for step in derive(EXAMPLES["seed"]).steps]
    assert targets == ["w5", "w6", "w7", "w8", "a_h1", "a_h2", "w1", "w2", "w3", "w4"]


def test_w1_reaches_the_error_through_both_outputs() -> None:
    (step,) = derive(EXAMPLES["seed"], ["w1"]).steps
    assert [" ".join(path.nodes) for path in step.paths] == [
        "w1 h1 a_h1 o1 a_o1 E1 E_total",
        "w1 h1 a_h1 o2 a_o2 E2 E_total",
    ]
    assert [shortcut.known for shortcut in step.shortcuts] == ["a_h1"]


def test_the_updated_weight() -> None:
    (step,) = derive(EXAMPLES["mazur"], ["w5"]).steps
    assert step.after == pytest.approx(0.35891648, abs=5e-9)  # Mazur's own figure


def test_the_derivatives_by_own_value_are_those_of_the_functions() -> None:
    h, o1, o2 = sympy.symbols("h o1 o2")
    sigmoid = 1 / (1 + sympy.exp(-h))
    assert sympy.simplify(Sigmoid(h).diff(h).subs(Sigmoid(h), sigmoid) - sigmoid.diff(h)) == 0
    tanh = sympy.tanh(h)
    assert sympy.simplify(Tanh(h).diff(h).subs(Tanh(h), tanh) - tanh.diff(h)) == 0
    shares = [sympy.exp(o) / (sympy.exp(o1) + sympy.exp(o2)) for o in (o1, o2)]
    for k, share in enumerate(shares, 1):
        for o in (o1, o2):
            found = Softmax(k, o1, o2).diff(o)
            found = found.subs({Softmax(j, o1, o2): s for j, s in enumerate(shares, 1)})
            assert sympy.simplify(found - share.diff(o)) == 0


def test_a_weight_that_does_not_exist_is_told_which_do() -> None:
    with pytest.raises(UnusableInputError, match="'w9': this problem has w1 to w8"):
        derive(EXAMPLES["seed"], ["w9"])
