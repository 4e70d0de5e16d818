"""What a search may propose: always below the budget, never narrower than it must be."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from tinydrill.drilldown import space
from tinydrill.drilldown.layers import Conv
from tinydrill.drilldown.trace import trace

IMAGES = (1, 28, 28)


class Dice:
    """Chooses at random, within what it is offered."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def suggest_int(self, name: str, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        return self.random.uniform(low, high)

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        return self.random.choice(choices)


class Given:
    """Answers from a table, and finds out whether each answer is among what was offered."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.asked: set[str] = set()

    def suggest_int(self, name: str, low: int, high: int) -> int:
        return int(self.suggest_float(name, low, high))

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float:
        self.asked.add(name)
        assert low <= self.answers[name] <= high, name
        return float(self.answers[name])

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        self.asked.add(name)
        assert self.answers[name] in choices, name
        return self.answers[name]


@pytest.mark.parametrize("budget", [700, 2000, 8000, 20_000])
def test_a_shape_fills_its_budget_and_stays_below(budget: int) -> None:
    sizes = []
    for seed in range(30):
        net = space.shape(Dice(seed), "x", budget, IMAGES, 10)
        sizes.append(trace(net, IMAGES).parameters)
        assert net.classes == 10
    assert max(sizes) < budget
    assert sorted(sizes)[len(sizes) // 2] > 0.9 * budget


def test_two_and_three_stages_and_both_stems_come_up() -> None:
    nets = [space.shape(Dice(seed), "x", 8000, IMAGES, 10) for seed in range(30)]
    assert len({sum(isinstance(layer, Conv) for layer in net.layers) for net in nets}) > 3
    assert len({type(net.layers[0]) for net in nets}) == 2


def test_what_no_width_fits_is_over_budget() -> None:
    with pytest.raises(space.OverBudgetError, match="not below 25 parameters"):
        space.shape(Dice(0), "x", 25, IMAGES, 10)


@pytest.mark.parametrize("beginning", space.beginnings(), ids=lambda given: given["stem"])
def test_a_beginning_answers_every_question_within_its_range(beginning: dict[str, Any]) -> None:
    given = Given(beginning)
    space.shape(given, "x", 20_000, IMAGES, 10)
    recipe = space.training(given, 15)
    assert given.asked == beginning.keys()
    assert recipe.epochs == 15


def test_a_recipe_has_numbers_that_can_be_typed() -> None:
    recipe = space.training(Dice(1), 3)
    assert all(len(f"{value!r}") <= 8 for value in (recipe.lr, recipe.rotate, recipe.calm))
