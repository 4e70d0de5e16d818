"""Descent: golden losses, every optimiser against torch's, and rates that are too large."""

from collections.abc import Callable

import pytest
import torch

from tinydrill.backprop.optimiser import OPTIMISERS, Optimiser, OptimiserName
from tinydrill.backprop.problem import EXAMPLES, Layer, Problem, Sample
from tinydrill.backprop.trajectory import descend, descend_all
from tinydrill.errors import UnusableInputError


def test_the_seed_at_a_half_in_its_two_hundredth_row() -> None:
    assert descend(EXAMPLES["seed"], 0.5).losses[199] == pytest.approx(0.0125580, abs=5e-8)


def test_mazur_after_one_step() -> None:
    losses = descend(EXAMPLES["mazur"], 0.5, 1).losses
    assert losses[1] == pytest.approx(0.29102777369359933, rel=1e-14)


def test_200_iterations_are_200_updates_after_the_start() -> None:
    assert len(descend(EXAMPLES["seed"], 0.5).rows) == 201


def test_biases_that_are_not_trained_stay() -> None:
    assert set(descend(EXAMPLES["mazur"], 0.5, 20).column("b1")) == {0.35}


def test_xor_is_learnt() -> None:
    assert descend(EXAMPLES["xor"], 1.0, 1000).losses[-1] < 0.01


@pytest.mark.parametrize("name", OPTIMISERS)
def test_optimisers_do_what_torchs_do(name: OptimiserName) -> None:
    problem = EXAMPLES["seed"]
    parameters = [
        torch.tensor(layer.weights, dtype=torch.float64, requires_grad=True)
        for layer in problem.layers
    ]
    makers: dict[str, Callable[[], torch.optim.Optimizer]] = {
        "gd": lambda: torch.optim.SGD(parameters, lr=0.05),
        "momentum": lambda: torch.optim.SGD(parameters, lr=0.05, momentum=0.9),
        "rmsprop": lambda: torch.optim.RMSprop(parameters, lr=0.05),
        "adam": lambda: torch.optim.Adam(parameters, lr=0.05),
    }
    optimiser = makers[name]()
    signal = torch.tensor([problem.samples[0].inputs], dtype=torch.float64)
    targets = torch.tensor([problem.samples[0].targets], dtype=torch.float64)
    expected = []
    for _ in range(51):
        optimiser.zero_grad()
        hidden = torch.sigmoid(signal @ parameters[0].T)
        loss = ((targets - torch.sigmoid(hidden @ parameters[1].T)) ** 2).sum() / 2
        expected.append(loss.item())
        loss.backward()
        optimiser.step()
    assert descend(problem, 0.05, 50, Optimiser(name)).losses == pytest.approx(expected, rel=1e-9)


def runaway() -> Problem:
    return Problem("", (Layer("linear", ((1.0,),)),), (Sample((3.0,), (1.0,)),))


def test_divergence_is_noticed_and_ends_the_rows() -> None:
    trajectory = descend(runaway(), 10.0, 2000)
    assert trajectory.outcome == "diverged"
    assert trajectory.diverged_at == len(trajectory.rows) < 2000


def test_a_loss_above_its_start_rose() -> None:
    assert descend(runaway(), 10.0, 3).outcome == "rose"


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf")])
def test_rates_that_are_none_are_refused(rate: float) -> None:
    with pytest.raises(UnusableInputError, match="rate is"):
        descend(EXAMPLES["seed"], rate)


def test_no_iterations_are_refused() -> None:
    with pytest.raises(UnusableInputError, match="iterations is 0"):
        descend(EXAMPLES["seed"], 0.5, 0)


def test_the_same_rate_twice_is_refused() -> None:
    with pytest.raises(UnusableInputError, match="different"):
        descend_all(EXAMPLES["seed"], (0.5, 0.5))


def test_a_start_that_is_endless_is_refused() -> None:
    problem = Problem("", (Layer("linear", ((1e300,),)),), (Sample((1e10,), (1.0,)),))
    with pytest.raises(UnusableInputError, match="w1 or its gradient is too large"):
        descend(problem, 0.1)


def test_a_memory_that_is_endless_at_the_start_is_refused() -> None:
    problem = Problem("", (Layer("linear", ((0.0,),)),), (Sample((1e10,), (1e150,)),))
    assert descend(problem, 1e-30, 1).outcome == "fell"
    with pytest.raises(UnusableInputError, match="rmsprop's memory is too large"):
        descend(problem, 1e-30, 1, Optimiser("rmsprop"))
