"""A stage's outcome put together: who is gone through in words, and who goes on by which rule."""

from collections.abc import Mapping, Sequence

import pytest

from tests.drilldown.stages.making import run, trained
from tests.drilldown.stages.test_outcome import outcome
from tinydrill.drilldown.stages.configuration import Configuration
from tinydrill.drilldown.stages.file import Choice, Stage, Target
from tinydrill.drilldown.stages.outcome import StageOutcome
from tinydrill.drilldown.stages.result import held_against, outcome_of, with_choice
from tinydrill.drilldown.stages.text import legend, lowest
from tinydrill.drilldown.stages.trained import Trained

TARGET = Target(accuracy=99.4)
STAGE = Stage(name="x", seeds=(0, 1), target=TARGET)
START = [300, 200, 150, 120, 110]
FIVE = [
    trained([*START, *end], [*START, *end], net=net, train_errors=60 if net == "fold9" else 330)
    for net, end in {
        "net1": [50, 51, 49, 50, 50],
        "net2": [60, 61, 59, 60, 60],
        "net3": [70, 71, 69, 70, 70],
        "fold9": [80, 81, 79, 80, 80],
        "fold32": [130, 122, 109, 100, 91],
    }.items()
]


def ended(many: list[Trained]) -> StageOutcome:
    return outcome_of(1, STAGE, held_against(TARGET, many), [], {one: [] for one in many}, {})


def told(outcome: StageOutcome, topic: str) -> list[str]:
    return [sentence.text for sentence in outcome.sentences if sentence.topic == topic]


def test_those_behind_the_best_three_are_told_of_in_short() -> None:
    short = told(ended(FIVE), "fit")[-1]
    assert short == (
        "Behind the best 3, in short: fold9 (99.20 %) over-fits, is on a plateau; fold32 (99.09 %) "
        "over-fits, is still improving."
    )


def test_three_are_all_gone_through_one_by_one() -> None:
    assert not [text for text in told(ended(FIVE[:3]), "fit") if "in short" in text]


def with_a_diverged_run(epochs: int) -> Trained:
    there = Configuration("slim9", "seed")
    wild = run(there, [500] * epochs, seed=1, status="diverged")
    return Trained(there, (run(there, [300, 90, 60, 58, 55]), wild))


@pytest.mark.parametrize("epochs", [0, 1, 2])
def test_the_lowest_reading_is_of_the_runs_that_finished(epochs: int) -> None:
    (row,) = ended([with_a_diverged_run(epochs)]).rows
    assert (row.last, row.last_minimum) == (3, 99.4)


def test_rows_of_several_spans_say_each_its_own() -> None:
    short, long = trained([90, 70]), trained([300, 90, 60, 58, 55], net="fold9")
    both, alike = ended([short, long]), ended([long])
    assert [lowest(row, both) for row in both.rows] == ["99.10 (2)", "99.40 (3)"]
    assert [lowest(row, alike) for row in alike.rows] == ["99.40"]
    whole = outcome().model_copy(update={"stages": (both,)})
    assert "in the last epochs (so many as stand behind it) of any seed" in legend(both, whole)
    assert "in the last 3 epochs of any seed" in legend(alike, whole)


def test_a_choice_by_accuracy_is_said_to_flatter() -> None:
    pair = [trained([70], [75]), trained([71], [74], net="fold9")]
    chosen = with_choice(ended(pair), pair, pair[:1], Choice(best=1))
    assert "chosen by the test images" in told(chosen, "choice")[0]
    assert [row.goes_on for row in chosen.rows] == [True, False]


def test_a_choice_by_name_or_size_is_not() -> None:
    pair = [trained([70], [75]), trained([71], [74], net="fold9")]
    for choice in (Choice(nets=("slim9",)), Choice(parameters=9_500)):
        assert not told(with_choice(ended(pair), pair, pair[:1], choice), "choice")


def test_who_could_not_be_chosen_does_not_count_as_beaten() -> None:
    pair = [trained([70], [75]), trained([71], [74], net="fold9")]
    choice = Choice(nets=("slim9",), best=1)
    assert not told(with_choice(ended(pair), pair, pair[:1], choice), "choice")


BEST = FIVE[:3]
NOTHING = trained([90, 80], net="fold9", train_errors=330)


def in_short(one: Trained) -> list[str]:
    """What is said of a fourth, word by word."""
    (text,) = [text for text in told(ended([*BEST, one]), "fit") if "in short" in text]
    return text.removesuffix(".").partition(" %) ")[2].split(", ")


def fourth(
    *curve: int,
    train_errors: int = 300,
    changes: Mapping[str, object] | None = None,
    losses: Sequence[float] | None = None,
) -> Trained:
    both = ([*START, *curve], [*START, *curve])
    return trained(*both, net="fold9", changes=changes, train_errors=train_errors, losses=losses)


@pytest.mark.parametrize(
    ("word", "one"),
    [
        ("over-fits", fourth(90, 80, 90, 80, 90, train_errors=60)),
        (
            "over-fits",
            fourth(
                *(90, 80, 90, 80, 90),
                changes={"rotate": 7},
                losses=[0.08, 0.05, 0.04, 0.03, 0.02, 0.02, 0.02, 0.03, 0.03, 0.03],
            ),
        ),
        ("under-fits", fourth(100, 100, 100, 100, 100, train_errors=600)),
        ("is still improving", fourth(130, 122, 109, 100, 91)),
        ("is on a plateau", fourth(80, 81, 79, 80, 80)),
        ("gets worse at the end", fourth(81, 86, 91, 96, 101)),
        ("seems to end at too large a step", fourth(80, 120, 75, 115, 85)),
        ("shows nothing clear", NOTHING),
    ],
)
def test_each_thing_that_is_said_in_short(word: str, one: Trained) -> None:
    assert word in in_short(one)


@pytest.mark.parametrize(
    ("word", "one"),
    [
        ("over-fits", NOTHING),
        ("over-fits", fourth(80, 81, 79, 80, 80, changes={"rotate": 7})),
        ("under-fits", NOTHING),
        ("is still improving", fourth(80, 81, 79, 80, 80)),
        ("is on a plateau", fourth(130, 122, 109, 100, 91)),
        ("gets worse at the end", fourth(130, 122, 109, 100, 91)),
        ("seems to end at too large a step", fourth(80, 81, 79, 80, 80)),
        ("shows nothing clear", fourth(80, 81, 79, 80, 80)),
    ],
)
def test_nor_is_it_said_of_others(word: str, one: Trained) -> None:
    assert word not in in_short(one)
