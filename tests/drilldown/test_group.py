"""Groups of seeds: what is one, what is none, and what counts in it."""

import pytest

from tests.drilldown.test_record import epoch, made
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


def data(**changes: object) -> dict[str, object]:
    return made().data.model_dump() | changes


def net(name: str, layers: list[int]) -> dict[str, object]:
    return {"name": name, "parameters": 9, "macs": 1, "net": {"name": name, "layers": layers}}


def fewer_images() -> Record:
    watch = Measured(loss=0.1, errors=3, images=5_000)
    return made(seed=7, epochs=(epoch(1, 1).model_copy(update={"watch": watch}),))


def test_what_diverged_counts_as_failed_and_what_runs_still_does_not_count() -> None:
    diverged = made(seed=8, status="diverged", epochs=())
    running = made(seed=9, status="running", epochs=(epoch(1, 9),))
    found = group("A", [*runs(50, 51), ("d", diverged), ("r", running)])
    assert (found.diverged, found.unfinished, len(found.runs)) == (1, 1, 2)
    alone = group("A", runs(50, 51)).summary(99.4, 0.95)
    beside = found.summary(99.4, 0.95)
    assert beside.mean == alone.mean
    assert beside.pass_interval[1] < alone.pass_interval[1] == 1


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
