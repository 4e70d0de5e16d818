"""The evidence as measured quantities: which files of results count, and what tiers ask of them.

Reads `results/*.jsonl` and refuses what is not what LEADERBOARD.md says of all its rows: MNIST
itself, all of its training images trained on. Writes nothing.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.evidence import RESULTS, SEEDS
from bench.tiers import LATE, Entry
from tinydrill.drilldown.data import WATCHED
from tinydrill.drilldown.group import Group, group
from tinydrill.drilldown.record import Record
from tinydrill.drilldown.records import gather
from tinydrill.drilldown.sources import PUBLIC
from tinydrill.errors import UnusableInputError

_TRAINING_IMAGES, _TEST_IMAGES = 60_000, 10_000


@dataclass(frozen=True, slots=True)
class Result:
    """A file of results: its runs, and what tiers ask about them."""

    file: str
    runs: Group
    entry: Entry

    @property
    def records(self) -> list[Record]:
        """The finished runs, in the order of their seeds."""
        return [run for _, run in self.runs.runs]


def read(folder: Path = RESULTS) -> list[Result]:
    """Every file of results, by name.

    Raises:
        UnusableInputError: a file can't be read, is no single group of seeds, or was not trained
            on all of MNIST.
    """
    results = []
    for path in sorted(folder.glob("*.jsonl")):
        runs = group(path.name, gather(path))
        for _, run in runs.runs:
            _check(path.name, run)
        results.append(Result(path.name, runs, measure(path.stem, runs)))
    return results


def _check(file: str, run: Record) -> None:
    """Refuse a run that is not about all of MNIST."""
    data, judged = run.data, run.judged
    wrong = ""
    if data.sha256 != PUBLIC["mnist"].sha256:
        wrong = f"{data.name}, whose SHA-256 sums are not those of the public MNIST"
    elif data.rule == "held-out" or data.trained_on != _TRAINING_IMAGES:
        wrong = f"{data.trained_on:,} of MNIST's images (rule {data.rule}), not all 60,000"
    elif judged is None or judged.images != _TEST_IMAGES:
        wrong = "MNIST, and not judged on its 10,000 test images"
    if wrong:
        raise UnusableInputError(f"{file}, seed {run.seed}, is no evidence: trained on {wrong}")


def _late(records: Sequence[Record]) -> list[list[float]]:
    """Each seed's accuracy in % on the test images, for each of the last epochs that read them."""
    if any(WATCHED[run.data.rule] != "test" for run in records):
        return []
    epochs = min(LATE, *(len(run.epochs) for run in records))
    return [[run.epochs[-back].watch.accuracy for run in records] for back in range(epochs, 0, -1)]


def measure(name: str, runs: Group) -> Entry:
    """The quantities that tiers ask about."""
    records = [run for _, run in runs.runs]
    late = _late(records)
    threads = [run.environment.threads for run in records if run.environment.device == "cpu"]
    return Entry(
        name=name,
        mean=statistics.fmean(runs.last_epochs),
        worst=min(runs.last_epochs),
        whole=[run.seed for run in records] == list(SEEDS),
        seconds=statistics.median(run.seconds.training for run in records),
        parameters=runs.first.net.parameters,
        epochs=max(run.epochs_counted for run in records),
        threads=max(threads) if len(threads) == len(records) else None,
        late=tuple(statistics.fmean(reading) for reading in late),
        late_worst=min((min(reading) for reading in late), default=None),
    )
