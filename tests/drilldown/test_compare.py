"""Groups of seeds against each other: the numbers, the sentence, and what is refused."""

import math

import pytest

from tests.drilldown.test_record import epoch, made
from tinydrill.drilldown.compare import Comparison, compare
from tinydrill.drilldown.group import group
from tinydrill.drilldown.record import Measured, Record
from tinydrill.drilldown.records import Found
from tinydrill.errors import UnusableInputError


def runs(*errors: int, best: int = 0, **changes: object) -> Found:
    """A finished run for each count of errors in the last epoch; seeds count from 0."""
    return [
        (
            f"runs/{seed}",
            made(seed=seed, epochs=(epoch(1, count - best), epoch(2, count)), **changes),
        )
        for seed, count in enumerate(errors)
    ]


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


def test_what_diverged_counts_as_failed_and_what_runs_still_does_not_count() -> None:
    diverged = made(seed=8, status="diverged", epochs=())
    running = made(seed=9, status="running", epochs=(epoch(1, 9),))
    found = group("A", [*runs(50, 51), ("d", diverged), ("r", running)])
    assert (found.diverged, found.unfinished, len(found.runs)) == (1, 1, 2)
    alone = group("A", runs(50, 51)).summary(99.4, 0.95)
    beside = found.summary(99.4, 0.95)
    assert beside.mean == alone.mean
    assert beside.pass_interval[1] < alone.pass_interval[1] == 1


def data(**changes: object) -> dict[str, object]:
    return made().data.model_dump() | changes


def net(name: str, layers: list[int]) -> dict[str, object]:
    return {"name": name, "parameters": 9, "macs": 1, "net": {"name": name, "layers": layers}}


def fewer_images() -> Record:
    watch = Measured(loss=0.1, errors=3, images=5_000)
    return made(seed=7, epochs=(epoch(1, 1).model_copy(update={"watch": watch}),))


@pytest.mark.parametrize(
    ("stranger", "said"),
    [
        (made(seed=7, net=net("mine", [1])), "mixes the nets net8 and mine"),
        (made(seed=7, net=net("net8", [1])), "mixes two nets called net8"),
        (made(seed=7, recipe_name="best", recipe={"lr": 1}), "mixes the recipes drill and best"),
        (made(seed=7, recipe={"lr": 1}), r"mixes two recipes called drill \(lr None and 1\)"),
        (made(seed=7, data=data(sha256={"a": "b"})), "mixes runs on different images"),
        (made(seed=7, data=data(rule="held-out")), "under the rules full and held-out"),
        (made(seed=1), r"holds seed 1 twice \(runs/1 and other\)"),
        (fewer_images(), "mixes runs judged on 5,000 and 10,000 images"),
    ],
)
def test_a_group_is_one_thing_over_several_seeds(stranger: Record, said: str) -> None:
    with pytest.raises(UnusableInputError, match=said):
        group("runs", [*runs(50, 51), ("other", stranger)])


def test_the_same_layers_under_another_name_are_the_same_net() -> None:
    one = made(seed=0, net=net("one", [1, 2]))
    other_name = made(seed=1, net=net("other", [1, 2]))
    assert len(group("A", [("a", one), ("b", other_name)]).runs) == 2


def test_a_group_needs_a_finished_run() -> None:
    with pytest.raises(UnusableInputError, match="holds no runs"):
        group("A", [])
    with pytest.raises(UnusableInputError, match=r"no finished run \(1 diverged, 1 interrupted\)"):
        group(
            "A",
            [("a", made(seed=1, status="interrupted")), ("b", made(seed=2, status="diverged"))],
        )


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
