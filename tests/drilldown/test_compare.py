"""Groups of seeds against each other: the numbers, the sentence, and what is refused."""

import math

import pytest

from tests.drilldown.test_group import data, fewer_images, runs
from tests.drilldown.test_record import made
from tinydrill.drilldown.compare import Comparison, compare
from tinydrill.drilldown.group import group
from tinydrill.drilldown.record import Measured
from tinydrill.drilldown.records import Found
from tinydrill.errors import UnusableInputError


def other(*errors: int, **changes: object) -> Found:
    return runs(*errors, best=0, **({"recipe_name": "best", "recipe": {"lr": 0.1}} | changes))


def compared(a: Found, b: Found, target: float = 99.4) -> Comparison:
    return compare(group("A", a), group("B", b), target, 0.95)


def test_the_last_epoch_is_compared_and_the_best_stands_beside_it() -> None:
    found = compared(runs(60, 61, 62, best=10), other(50, 51, 52))
    assert [side.mean for side in found.last] == pytest.approx([99.39, 99.49])
    assert [side.mean for side in found.best if side] == pytest.approx([99.49, 99.49])
    assert [side.passing for side in found.last] == [1, 3]
    assert found.difference.difference == pytest.approx(0.1)


def test_whether_test_images_were_read_once_or_more_often_is_no_difference_between_runs() -> None:
    once = other(90, 90, data=data(rule="once"), final=Measured(loss=1, errors=50, images=10_000))
    found = compared(runs(60, 61), once)
    assert [side.mean for side in found.last] == pytest.approx([99.395, 99.5])
    assert found.best[0] is not None
    assert found.best[1] is None


def test_a_difference_that_the_seeds_show_is_said_with_its_interval() -> None:
    found = compared(runs(60, 62, 61, 63, 59), other(50, 49, 51, 52, 48))
    assert (
        found.sentence
        == "B is better by 0.110 ± 0.023 points on the 10,000 test images; 5 seeds each "
        "are enough to say so."
    )
    turned = compared(other(50, 49, 51), runs(60, 62, 61, 63, 59))
    assert turned.sentence.startswith("A is better by 0.110 ± ")
    assert turned.sentence.endswith("3 and 5 seeds are enough to say so.")


def test_seed_noise_is_called_so_with_the_seeds_it_would_take() -> None:
    found = compared(runs(50, 56, 44), other(49, 55, 43))
    assert found.enough is not None
    assert found.sentence == (
        "No difference can be told from seed noise: 0.010 ± 0.136 points for B on the 10,000 "
        f"test images, with 3 seeds each; about {found.enough:,} seeds each would tell a "
        "difference of this size."
    )
    # Cohen's d = 1/6 needs 2·(1.96 + 0.84)²·36 ≈ 565.
    assert found.enough == pytest.approx(566, abs=3)


def test_equal_means_need_no_number_of_seeds() -> None:
    found = compared(runs(50, 56, 44), other(50, 56, 44))
    assert found.enough is None
    assert found.sentence.endswith(
        "0.000 ± 0.136 points on the 10,000 test images, with 3 seeds each."
    )


def test_one_seed_on_a_side_says_nothing_of_a_recipe() -> None:
    found = compared(runs(50), other(40, 41, 42))
    assert found.sentence.startswith("Nothing can be said of the recipes: B is 0.09 points ahead")
    assert math.isinf(found.difference.half_width)


def diverged(*seeds: int, **changes: object) -> Found:
    return [
        (f"lost/{seed}", made(seed=seed, status="diverged", epochs=(), **changes)) for seed in seeds
    ]


def test_survivors_alone_make_no_side_better() -> None:
    few = other(50, 49, 51) + diverged(7, 8, 9, recipe_name="best", recipe={"lr": 0.1})
    found = compared(runs(60, 62, 61, 63, 59), few)
    assert found.difference.distinguishable
    assert found.better is None
    assert found.sentence == (
        "Neither is called better: 3 of B's 6 seeds diverged. Of those that finished, B's are "
        "ahead by 0.110 ± 0.022 points on the 10,000 test images, with 5 and 3 seeds; that leaves "
        "the failures out."
    )


def test_failures_of_the_worse_side_are_told_beside_what_is_better() -> None:
    found = compared(runs(60, 62, 61) + diverged(7), other(50, 49, 51))
    assert found.better == "B"
    assert found.sentence.startswith("B is better by 0.110 ± ")
    assert found.sentence.endswith(
        "are enough to say so. 1 of A's 4 seeds diverged, which no mean shows."
    )


@pytest.mark.parametrize("errors", [(50, 56, 44), (50,)])
def test_failures_are_told_where_nothing_is_better(errors: tuple[int, ...]) -> None:
    lost = diverged(8, recipe_name="best", recipe={"lr": 0.1})
    found = compared(runs(*errors) + diverged(9), other(*errors) + lost)
    n = len(errors) + 1
    assert found.sentence.endswith(
        f" 1 of A's {n} seeds and 1 of B's {n} seeds diverged, which no mean shows."
    )


@pytest.mark.parametrize("confidence", [0.5, 0.9999])
def test_that_one_seed_shows_no_spread_is_said_of_one_seed_alone(confidence: float) -> None:
    two = compare(group("A", runs(60, 62)), group("B", other(50, 52)), 99.4, confidence)
    assert "Nothing can be said" not in two.sentence
    one = compare(group("A", runs(60)), group("B", other(50, 52)), 99.4, confidence)
    assert one.sentence.startswith("Nothing can be said of the recipes: B is 0.09 points ahead")


def held_out(found: Found, *finals: int) -> Found:
    """The same runs as `--split` makes them, the test images' errors at the end given."""
    rule = made().data.model_copy(update={"rule": "held-out", "trained_on": 50_000})
    return [
        (
            where,
            run.model_copy(
                update={"data": rule, "final": Measured(loss=1, errors=errors, images=10_000)}
            ),
        )
        for (where, run), errors in zip(found, finals, strict=True)
    ]


def test_runs_with_held_out_images_are_compared_by_those_alone() -> None:
    found = compared(
        held_out(runs(60, 61, 62, best=10), 1, 2, 3), held_out(other(50, 51, 52), 90, 91, 92)
    )
    assert [side.mean for side in found.last] == pytest.approx([99.39, 99.49])
    assert found.sentence.startswith("B is better by 0.100 ± 0.023 points on the 10,000 held-out")
    assert found.a.images == 10_000


@pytest.mark.parametrize(
    ("b", "said"),
    [
        (runs(50, 99), r"A and B hold the same run \(runs/0 and runs/0\)"),
        (other(50, 51, data=data(name="fashion", sha256={"a": "b"})), "different images"),
        (held_out(other(50), 9),
         "compared by test and held-out images, so compare runs of one rule"),
        (other(50, data=data(rule="held-out", trained_on=50_000),
               final=Measured(loss=1, errors=9, images=10_000)),
         "under the rule full, B under held-out"),
    ],
)  # fmt: skip
def test_what_was_not_judged_alike_is_not_compared(b: Found, said: str) -> None:
    with pytest.raises(UnusableInputError, match=said):
        compared(runs(50, 51), b)


def test_groups_judged_on_other_numbers_of_images_are_not_compared() -> None:
    with pytest.raises(UnusableInputError, match="10,000 images, B on 5,000"):
        compared(runs(50, 51), [("b", fewer_images())])


@pytest.mark.parametrize("target", [-1.0, 100.5, math.nan])
def test_a_target_is_a_percentage(target: float) -> None:
    with pytest.raises(UnusableInputError, match="target"):
        compared(runs(50, 51), other(50, 51), target)
