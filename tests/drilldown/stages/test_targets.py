"""Targets held against runs, in whole errors; and who goes on."""

import pytest

from tests.drilldown.stages.making import run, trained
from tinydrill.drilldown.stages.configuration import Configuration
from tinydrill.drilldown.stages.file import Choice, Target
from tinydrill.drilldown.stages.targets import allowed_errors, clauses, nearest, survivors
from tinydrill.drilldown.stages.trained import Trained
from tinydrill.errors import UnusableInputError

GOOD, MIDDLING, BAD = [200, 58, 60, 59], [200, 58, 61, 59], [200, 80, 75, 70]
STRICT = Target(parameters=10_000, epochs=15, accuracy=99.4, last=3)


def test_99_4_per_cent_allow_60_errors_of_10000() -> None:
    assert allowed_errors(99.4, 10_000) == 60
    assert allowed_errors(100, 10_000) == 0
    assert allowed_errors(99.4, 200) == 1


def test_a_target_that_is_met() -> None:
    held = clauses(STRICT, trained(GOOD, GOOD))
    assert [clause.kept for clause in held] == [True, True, True]
    assert held[0].found == "9,384"
    assert held[2].wanted == (
        "99.4 % or better after each of the last 3 epochs, in at least 2 of 2 seeds"
    )
    assert held[2].found == "2 of 2 seeds; the lowest reading is 99.40 %, 60 errors"


def test_one_error_too_many_in_one_epoch_misses_it_by_one() -> None:
    held = clauses(STRICT, trained(GOOD, MIDDLING))[2]
    assert not held.kept
    assert held.found == (
        "1 of 2 seeds; the lowest reading is 99.39 %, 61 errors, and 1 fewer would be needed in "
        "the worst seed"
    )


def test_only_so_many_seeds_need_to_keep_it() -> None:
    lenient = STRICT.model_copy(update={"seeds": 1})
    assert clauses(lenient, trained(GOOD, BAD))[2].kept
    two = clauses(STRICT.model_copy(update={"seeds": 2}), trained(GOOD, BAD, MIDDLING))[2]
    assert "1 fewer would be needed in seed number 2 from the best" in two.found


def test_a_single_seed_is_not_called_the_worst() -> None:
    assert clauses(STRICT, trained(MIDDLING))[2].found.endswith(", and 1 fewer would be needed")


def test_epochs_before_the_last_ones_are_not_read() -> None:
    assert clauses(STRICT.model_copy(update={"last": 1}), trained(MIDDLING))[2].kept


def test_too_large_and_too_long_are_told_by_how_much() -> None:
    tight = Target(parameters=9_000, epochs=3)
    held = clauses(tight, trained(GOOD))
    assert [clause.found for clause in held] == ["9,384, 385 too many", "4, 1 too many"]
    assert not any(clause.kept for clause in held)


def test_as_many_parameters_as_the_limit_are_too_many() -> None:
    assert not clauses(Target(parameters=9_384), trained(GOOD))[0].kept
    assert clauses(Target(parameters=9_385), trained(GOOD))[0].kept


def test_a_seed_that_diverged_has_missed_it() -> None:
    there = Configuration("slim9", "seed")
    mixed = Trained(there, (run(there, GOOD), run(there, GOOD[:1], seed=1, status="diverged")))
    held = clauses(STRICT, mixed)[2]
    assert not held.kept
    assert held.found.startswith("1 of 2 seeds (1 diverged)")


def held(*many: Trained) -> list[tuple[Trained, tuple]]:  # type: ignore[type-arg]
    return [(one, clauses(STRICT, one)) for one in many]


SLIM, FOLD = trained(GOOD, GOOD), trained(BAD, BAD, net="fold9", parameters=9_586)
WIDE = trained([200, 40, 41, 40], net="fold32", parameters=19_922)


def test_nearest_is_who_misses_the_fewest_limits_then_the_most_accurate() -> None:
    assert nearest(held(FOLD, SLIM, WIDE)) == 1
    assert nearest(held(FOLD, WIDE)) == 1


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("all", [WIDE, SLIM, FOLD]),
        ("best", [WIDE]),
        ("survivors", [SLIM]),
        (["fold9", "SLIM9"], [SLIM, FOLD]),
        ({"parameters": 10_000}, [SLIM, FOLD]),
        ({"parameters": 10_000, "best": 1}, [SLIM]),
        ({"best": 5}, [WIDE, SLIM, FOLD]),
    ],
)
def test_who_goes_on(rule: object, kept: list[Trained]) -> None:
    assert survivors(Choice.model_validate(rule), held(FOLD, SLIM, WIDE), "x") == kept


def test_a_rule_that_leaves_nothing_says_which() -> None:
    with pytest.raises(UnusableInputError) as refusal:
        survivors(Choice.model_validate("survivors"), held(FOLD), "stage 1 (Baseline)")
    assert str(refusal.value) == (
        "goes on with every configuration that met the target, and stage 1 (Baseline) has none "
        "that finished and met its target"
    )


def test_what_diverged_does_not_go_on() -> None:
    there = Configuration("slim9", "seed")
    lost = Trained(there, (run(there, [900], status="diverged"),))
    assert survivors(Choice(), held(lost, FOLD), "x") == [FOLD]
