"""The leaderboard: who is admitted, who ranks first, and when a goal counts as reached."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench import leaderboard as script
from bench.leaderboard import leaderboard, raw_figures
from bench.results import read
from bench.tiers import TIERS, Entry, Goal, Tier
from tests.bench.test_results import write
from tinydrill.drilldown.record import Measured
from tinydrill.errors import UnusableInputError

ENTRY = Entry(
    name="one",
    mean=99.55,
    worst=99.50,
    whole=True,
    seconds=12.0,
    parameters=9_000,
    epochs=15.0,
    threads=2,
    late=(99.42, 99.43, 99.44, 99.45, 99.55),
    late_worst=99.30,
)
TIER = Tier(
    title="A tier",
    below=10_000,
    epochs=15,
    floor=99.4,
    threads=2,
    measure="mean",
    must=Goal(mean=99.5, late=99.4),
    moonshot=Goal(mean=99.6),
    references=(("99.53 %", "one seed"),),
)


@pytest.mark.parametrize(
    "change",
    [
        {"parameters": 10_000},
        {"epochs": 15.1},
        {"mean": 99.399},
        {"threads": 3},
        {"threads": None},
        {"whole": False},
    ],
)
def test_what_is_over_the_budget_is_not_admitted(change: dict[str, float | None]) -> None:
    assert TIER.admits(ENTRY)
    assert not TIER.admits(replace(ENTRY, **change))  # type: ignore[arg-type]


def test_the_floor_is_met_by_a_mean_at_it() -> None:
    assert TIER.admits(replace(ENTRY, mean=sum([99.4] * 10) / 10))


@pytest.mark.parametrize(
    ("measure", "winner"), [("mean", "accurate"), ("seconds", "fast"), ("parameters", "small")]
)
def test_the_tier_s_measure_ranks(measure: str, winner: str) -> None:
    entries = [
        replace(ENTRY, name="accurate", mean=99.7),
        replace(ENTRY, name="fast", seconds=1.0),
        replace(ENTRY, name="small", parameters=1_000),
    ]
    tier = replace(TIER, measure=measure)  # type: ignore[arg-type]
    assert tier.ranked(entries)[0].name == winner


@pytest.mark.parametrize(
    ("goal", "kept"),
    [
        (Goal(mean=99.55), True),
        (Goal(mean=99.56), False),
        (Goal(every_seed=99.50), True),
        (Goal(every_seed=99.51), False),
        (Goal(late=99.42), True),
        (Goal(late=99.43), False),
        (Goal(seconds=12), True),
        (Goal(seconds=11.9), False),
        (Goal(parameters=9_000), True),
        (Goal(parameters=8_999), False),
        (Goal(mean=99.5, seconds=1), False),
    ],
)
def test_a_goal_is_reached_where_all_it_asks_is_kept(goal: Goal, kept: bool) -> None:
    assert all(condition.kept for condition in goal.conditions(ENTRY)) == kept


def test_fewer_than_five_epochs_hold_nothing_for_five_epochs() -> None:
    (condition,) = Goal(late=99.4).conditions(replace(ENTRY, late=(99.9, 99.9)))
    assert not condition.kept
    assert condition.measured == "only 2 epochs"


def test_every_tier_asks_no_less_of_the_moonshot() -> None:
    for tier in TIERS:
        for name in ("mean", "every_seed", "late"):
            must, moonshot = getattr(tier.must, name), getattr(tier.moonshot, name)
            assert must is None or moonshot >= must
        for name in ("seconds", "parameters"):
            must, moonshot = getattr(tier.must, name), getattr(tier.moonshot, name)
            assert must is None or moonshot < must


def test_files_of_results_become_a_leaderboard(tmp_path: Path) -> None:
    write(tmp_path, "slim", 10, 45, 3_000)
    write(tmp_path, "wide", 10, 30, 19_000)
    write(tmp_path, "late", 9, 20, 100)
    text = leaderboard(read(tmp_path))
    sections = dict(section.split("\n", 1) for section in text.split("\n## ")[1:])
    assert "| must | **reached** by wide | mean ≥ 99.58 %: 99.695" in sections["Accuracy"]
    harder = sections["The harder form"]
    # Errors 45 and 46 in turn at the end, one more for each epoch before it.
    assert "99.545 ± 0.005" in harder
    assert "means 99.505, 99.515, 99.525, 99.535, 99.545; the lowest reading of any seed 99.50" in (
        harder
    )
    assert "[wide]" not in harder
    smallest = sections["Smallest at 99.4 %"]
    assert smallest.index("[**slim**]") < smallest.index("[wide]")
    assert "| must | **reached** by slim | ≤ 4,000 parameters: 3,000 |" in smallest
    assert (
        "| moonshot | not reached; nearest: slim | ≤ 2,000 parameters: 3,000 (missed)" in smallest
    )
    assert sections["Not ranked"].strip() == "- late: 9 of 10 seeds finished, 0 diverged"
    assert "`tinydrill train --recipe slim --seed S --threads 2 --json`" in text


def test_the_raw_figures_have_a_row_a_seed(tmp_path: Path) -> None:
    write(tmp_path, "slim", 10, 45, 3_000)
    text = raw_figures(read(tmp_path))
    assert "10 of 10 reach 99.4 % (95 % interval of that share, Wilson: 72 to 100 %)" in text
    assert text.count("| 99.54 |") == 10  # five seeds, last and best epoch


def test_seconds_show_their_range_and_commands_their_threads(tmp_path: Path) -> None:
    write(tmp_path, "slim", 10, 45, 3_000)
    results = read(tmp_path)
    # Two epochs' seconds of augmenting and training, see `epoch`; seed 3 was disturbed.
    text = leaderboard(results)
    assert "| 1.0 (1.0 … 8.5) |" in text
    assert "`tinydrill train --recipe slim --seed S --threads 2 --json`" in text
    assert "`tinydrill train --recipe slim --seed 7 --threads 2 --json`" in raw_figures(results)


def test_a_command_that_has_its_threads_keeps_them(tmp_path: Path) -> None:
    typed = "tinydrill train --seed 0 --threads 1"
    write(tmp_path, "slim", 1, 45, 3_000, command=typed)
    assert f"`{typed}`" in raw_figures(read(tmp_path))


def test_what_read_the_test_images_once_has_no_best_and_no_late_epochs(tmp_path: Path) -> None:
    final = Measured(loss=0.1, errors=30, images=10_000)
    write(tmp_path, "once", 10, 45, 3_000, data={"rule": "once"}, final=final)
    results = read(tmp_path)
    text = leaderboard(results)
    assert "99.700 ± 0.000" in text
    assert "| – | `tinydrill train" in text
    assert "once, the last 5 epochs" not in text
    assert "mean of each of the last 5 epochs ≥ 99.40 %: not read (missed)" in text
    assert "| 0 | 99.70 | 30 | – |" in raw_figures(results)


def test_what_is_no_evidence_is_a_sentence_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused() -> None:
        raise UnusableInputError("x.jsonl is no evidence")

    monkeypatch.setattr(script, "read", refused)
    monkeypatch.setattr(script, "write_atomically", None)
    with pytest.raises(SystemExit) as leaving:
        script.main()
    assert leaving.value.code == 2
    assert capsys.readouterr().err == "x.jsonl is no evidence\n"
