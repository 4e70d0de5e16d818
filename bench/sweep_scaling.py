"""What spreading costs and gains: two workers against one, Ray against none, runs an hour.

    python bench/sweep_scaling.py            # 4 runs of drill each, 3 rounds: 15 minutes
    python bench/sweep_scaling.py --quick    # half an epoch, 2 runs, 1 round: does it work at all?

Four ways of making the same runs, one thread each, alternate within a round, so that a machine
that slows down slows all of them: here in this process; one worker on Ray; two workers on Ray; and
two plain processes side by side, which share what the machine shares (memory, cache, clock) but
know nothing of Ray. The workers are warm: what it costs to start Ray and to load torch in its
workers is paid once, and printed by itself. Medians of the rounds.
"""

import argparse
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from multiprocessing.pool import Pool
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tinydrill.drilldown.asked import Setting, Trial, ask_for
from tinydrill.drilldown.budget import Budget
from tinydrill.drilldown.data import load
from tinydrill.drilldown.environment import processor_name, usable_cores
from tinydrill.drilldown.spread import Resources, kept, spread
from tinydrill.drilldown.trials import carry_out_trial

# An address makes Ray be used for a single worker too; the Ray meant is the one started here.
ONE, TWO = (Resources(workers=count, address="auto") for count in (1, 2))
EMPTY_CALLS = 4_000


def carry_out(setting: Setting, trial: Trial) -> str:
    return carry_out_trial(trial, setting).name


def in_this_process(setting: Setting, trials: list[Trial]) -> None:
    for trial in trials:
        carry_out(setting, trial)


def on_ray(setting: Setting, trials: list[Trial], resources: Resources) -> None:
    jobs = [(trial, (trial,)) for trial in trials]
    for _, outcome in spread(carry_out, setting, jobs, resources, print):
        if isinstance(outcome, Exception):
            raise outcome


def nothing(_: None, number: int) -> int:
    return number


def seconds_of_an_empty_call() -> float:
    """What a call costs the process that spreads it: all are in flight, none does a thing."""
    jobs = ((number, (number,)) for number in range(EMPTY_CALLS))
    start = time.perf_counter()
    done = sum(
        1
        for _ in spread(nothing, None, jobs, Resources(workers=EMPTY_CALLS, address="auto"), print)
    )
    assert done == EMPTY_CALLS
    return (time.perf_counter() - start) / EMPTY_CALLS


def plain_pair(setting: Setting, trials: list[Trial], pool: Pool) -> None:
    """Two processes that know nothing of Ray."""
    pool.starmap(carry_out, [(setting, trial) for trial in trials], chunksize=1)


def seconds(
    work: Callable[[Setting, list[Trial]], None], setting: Setting, trials: list[Trial]
) -> float:
    """Wall seconds a run, all of them made in a folder of their own."""
    with tempfile.TemporaryDirectory() as out:
        start = time.perf_counter()
        work(replace(setting, out=Path(out)), trials)
        return (time.perf_counter() - start) / len(trials)


def efficiency(way: str, middle: Mapping[str, float]) -> float:
    """The throughput of a way of making runs, of what its workers would have at their best.

    Held against one worker of the same kind: on Ray against one on Ray, else against none.

    Args:
        way: its name, which ends with the number of its workers if there are several.
        middle: seconds a run of every way.
    """
    single = middle["Ray, 1"] if way.startswith("Ray") else middle["here"]
    return single / middle[way] / workers_of(way)


def workers_of(way: str) -> int:
    return 2 if way.endswith("2") else 1


def overhead(middle: Mapping[str, float]) -> float:
    """How much longer a run takes on Ray's single worker than here, as a share."""
    return middle["Ray, 1"] / middle["here"] - 1


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    rounds, n = (1, 2) if options.quick else (3, 4)
    setting = Setting(load(None, None, print), "full", Budget(), "cpu", 1, Path())
    changes = ["epochs=0.5"] if options.quick else []
    trials = [ask_for(None, "drill", changes, seed) for seed in range(n)]

    started: list[float] = []
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        ways: dict[str, Callable[[Setting, list[Trial]], None]] = {
            "here": in_this_process,
            "Ray, 1": partial(on_ray, resources=ONE),
            "Ray, 2": partial(on_ray, resources=TWO),
            "plain, 2": partial(plain_pair, pool=pool),
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        with kept(Resources(workers=2), started.append):
            warming = time.perf_counter()
            seconds(ways["Ray, 2"], setting, trials[:2])
            first = time.perf_counter() - warming
            seconds(ways["plain, 2"], setting, trials[:2])
            empty = seconds_of_an_empty_call()
            for number in range(rounds):
                print(f"round {number + 1} of {rounds}", flush=True)
                for name, work in ways.items():
                    taken[name].append(seconds(work, setting, trials))

    middle = {name: statistics.median(values) for name, values in taken.items()}
    table = Table(title=f"{processor_name()}, {usable_cores()} cores, one thread a run")
    for column in ("", "s a run", "range", "runs an hour", "efficiency"):
        table.add_column(column, justify="left" if not column else "right")
    for name, values in taken.items():
        table.add_row(
            name,
            f"{middle[name]:.2f}",
            f"{min(values):.2f} … {max(values):.2f}",
            f"{3600 / middle[name]:.0f}",
            f"{efficiency(name, middle):.1%}",
        )
    Console(width=100).print(table)
    more = middle["Ray, 1"] - middle["here"]
    print(f"Ray's overhead a run: {overhead(middle):+.1%} ({more:+.2f} s)")
    against = middle["Ray, 2"] / middle["plain, 2"] - 1
    print(f"two workers on Ray against two plain processes: {against:+.1%} a run")
    print(f"an empty call costs {1000 * empty:.2f} ms of the driver ({EMPTY_CALLS:,} in flight)")
    print(f"two workers against one: {efficiency('Ray, 2', middle):.1%} (wanted: 90 % or more)")
    print(f"paid once: Ray started in {started[0]:.1f} s, first run of its workers {first:.1f} s")


if __name__ == "__main__":
    main()
