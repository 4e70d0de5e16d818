"""Writes LEADERBOARD.md and results/README.md from results/*.jsonl; `make leaderboard` runs it.

The first ranks what was measured by budget tier, the second keeps every seed's raw figures. A test
holds both to what this would write.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.evidence import SEEDS
from bench.tiers import LATE, TIERS, Condition, Entry, Goal, Tier
from tinydrill.drilldown.group import Group, group
from tinydrill.drilldown.record import Record, write_atomically
from tinydrill.drilldown.records import gather
from tinydrill.drilldown.stats import summarize

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "results"
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Result:
    """A file of results: its runs, and what tiers ask about them."""

    file: str
    runs: Group
    entry: Entry


def read(folder: Path = RESULTS) -> list[Result]:
    """Every file of results, by name.

    Raises:
        UnusableInputError: a file can't be read, or is no single group of seeds.
    """
    results = []
    for path in sorted(folder.glob("*.jsonl")):
        runs = group(path.name, gather(path))
        results.append(Result(path.name, runs, measure(path.stem, runs)))
    return results


def measure(name: str, runs: Group) -> Entry:
    """The quantities that tiers ask about."""
    records = [run for _, run in runs.runs]
    epochs = min(LATE, *(len(run.epochs) for run in records))
    readings = [
        [run.epochs[-back].watch.accuracy for run in records] for back in range(epochs, 0, -1)
    ]
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
        late=tuple(statistics.fmean(reading) for reading in readings),
        late_worst=min(min(reading) for reading in readings),
    )


def _listed(values: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(values))


def _hardware(records: Sequence[Record]) -> str:
    """On what the seconds were taken: threads, processor, and the device if it is no CPU."""
    return _listed(
        [
            f"{run.environment.threads} {'thread' if run.environment.threads == 1 else 'threads'}, "
            f"{run.environment.processor}"
            + ("" if run.environment.device == "cpu" else f", {run.environment.device}")
            for run in records
        ]
    )


def _command(run: Record) -> str:
    """A run's command with S for its seed."""
    return run.command.replace(f"--seed {run.seed}", "--seed S")


def _row(result: Result, tier: Tier, first: bool) -> str:
    records = [run for _, run in result.runs.runs]
    entry = result.entry
    last = result.runs.summary(tier.floor, CONFIDENCE)
    best = summarize(result.runs.best_epochs, tier.floor, CONFIDENCE)
    name = f"**{entry.name}**" if first else entry.name
    cells = (
        f"[{name}](results/README.md#{entry.name})",
        result.runs.first.net.name,
        f"{last.mean:.3f} ± {last.sd:.3f}",
        f"{last.interval[0]:.3f} … {last.interval[1]:.3f}" if last.n > 1 else "–",
        f"{last.minimum:.2f}",
        f"{last.n}",
        f"{last.passing} of {last.n + result.runs.diverged}",
        f"{entry.parameters:,}",
        f"{result.runs.first.net.macs:,}",
        f"{entry.epochs:g}",
        f"{entry.seconds:.1f}",
        _hardware(records),
        f"{best.mean:.3f}",
        f"`{_command(records[0])}`",
    )
    return "| " + " | ".join(cells) + " |"


def _goal(name: str, goal: Goal, entries: Sequence[Entry]) -> str:
    """Whether any entry reaches a goal; if none does, how near the best one is."""

    def told(conditions: Sequence[Condition]) -> str:
        return "; ".join(
            f"{condition.asked}: {condition.measured}{'' if condition.kept else ' (missed)'}"
            for condition in conditions
        )

    measured = [(entry, goal.conditions(entry)) for entry in entries]
    for entry, conditions in measured:
        if all(condition.kept for condition in conditions):
            return f"| {name} | **reached** by {entry.name} | {told(conditions)} |"
    if not measured:
        return f"| {name} | not reached | nothing measured yet keeps to the budget |"
    entry, conditions = measured[0]
    return f"| {name} | not reached; nearest: {entry.name} | {told(conditions)} |"


_COLUMNS = (
    *("recipe", "net", "mean ± sd %", "95 % interval of the mean", "min %", "n", "seeds at floor"),
    *("parameters", "MACs", "epochs", "s (median)", "on", "best epochs %, no result", "command"),
)
_LEFT = ("recipe", "net", "on", "command")


def _section(tier: Tier, results: Sequence[Result]) -> list[str]:
    by_name = {result.entry.name: result for result in results}
    entries = tier.ranked([result.entry for result in results])
    lines = [
        f"## {tier.title}",
        "",
        f"Budget: {tier.budget}. Ranked by {_RANKED_BY[tier.measure]}.",
        "",
        "| goal | | asked: measured |",
        "|---|---|---|",
        _goal("must", tier.must, entries),
        _goal("moonshot", tier.moonshot, entries),
        "",
    ]
    if entries:
        lines += [
            "| " + " | ".join(_COLUMNS) + " |",
            "|" + "|".join("---" if name in _LEFT else "---:" for name in _COLUMNS) + "|",
            *(_row(by_name[entry.name], tier, entry is entries[0]) for entry in entries),
            "",
        ]
    if tier.must.late is not None:
        for entry in entries:
            if len(entry.late) == LATE:
                means = ", ".join(f"{mean:.3f}" for mean in entry.late)
                lines += [
                    f"{entry.name}, the last {LATE} epochs: means {means}; the lowest reading of "
                    f"any seed {entry.late_worst:.2f}.",
                    "",
                ]
    return [
        *lines,
        "| public figure | how it was selected |",
        "|---|---|",
        *(f"| {figure} | {selection} |" for figure, selection in tier.references),
        "",
    ]


_RANKED_BY = {
    "seconds": "seconds of training",
    "mean": "mean accuracy",
    "parameters": "parameters",
}


def leaderboard(results: Sequence[Result]) -> str:
    """LEADERBOARD.md."""
    lines = [
        "# Leaderboard",
        "",
        "Written by `make leaderboard` from the runs in [results/](results/README.md); a test",
        "holds it to them. Real MNIST, all 60,000 images trained on, no test-time augmentation,",
        f"the same {len(SEEDS)} seeds for everything, fixed beforehand and all kept. The last",
        "epoch counts. Accuracies are % of the 10,000 test images; ± is the standard deviation",
        "over seeds; the interval of the mean is Student's t. Seconds are of training: images",
        "prepared and updates made, on the machine named. The best epochs' mean stands there only",
        "because public figures are mostly best epochs; it is no result. In a command, S is the",
        "seed, and `python bench/evidence.py RECIPE` makes all of a recipe's runs.",
        "",
    ]
    for tier in TIERS:
        lines += _section(tier, results)
    partial = [result for result in results if not result.entry.whole]
    if partial:
        lines += ["## Not ranked", ""]
        lines += [
            f"- {result.entry.name}: {len(result.runs.runs)} of {len(SEEDS)} seeds finished, "
            f"{result.runs.diverged} diverged"
            for result in partial
        ]
        lines += [""]
    return "\n".join(lines)


def raw_figures(results: Sequence[Result]) -> str:
    """results/README.md: every seed's figures."""
    lines = [
        "# Evidence",
        "",
        "Each line of a `.jsonl` file here is the record of one run, as `tinydrill train` wrote",
        "it; `python bench/evidence.py RECIPE` makes such a file. Seeds 0 to 9 were fixed before",
        "the first of them was run; the last epoch counts. Best epoch is there for comparison",
        "with claims that pick it, and is no result. Accuracy in % of the 10,000 test images;",
        "seconds of training (images prepared and updates made). How they rank stands in",
        "[LEADERBOARD.md](../LEADERBOARD.md).",
        "",
    ]
    for result in results:
        records = [run for _, run in result.runs.runs]
        first, target = records[0], records[0].budget.accuracy
        last = result.runs.summary(target, CONFIDENCE)
        share = " to ".join(f"{100 * end:.0f}" for end in last.pass_interval)
        lines += [
            f"## {result.entry.name}",
            "",
            f"{first.net.name}, recipe {first.recipe_name}: mean **{last.mean:.3f}**, sd "
            f"{last.sd:.3f}, min {last.minimum:.2f}, max {last.maximum:.2f}, n = {last.n}; "
            f"{last.passing} of {last.n + result.runs.diverged} reach {target:g} % "
            f"(95 % interval of that share, Wilson: {share} %); "
            f"torch {_listed([run.environment.packages['torch'] for run in records])}; "
            f"{_hardware(records)}",
            "",
            "| seed | last epoch | errors | best epoch | s | revision | command |",
            "|---:|---:|---:|---:|---:|---|---|",
        ]
        for run in records:
            assert run.judged is not None
            assert run.best is not None
            lines.append(
                f"| {run.seed} | {run.judged.accuracy:.2f} | {run.judged.errors} | "
                f"{run.best.watch.accuracy:.2f} | {run.seconds.training:.1f} | "
                f"{run.environment.revision} | `{run.command}` |"
            )
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    results = read()
    for path, text in (
        (ROOT / "LEADERBOARD.md", leaderboard(results)),
        (RESULTS / "README.md", raw_figures(results)),
    ):
        write_atomically(path, text.encode())
        print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
