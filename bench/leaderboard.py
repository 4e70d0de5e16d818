"""Writes LEADERBOARD.md and results/README.md from results/*.jsonl; `make leaderboard` runs it.

The first ranks what was measured by budget tier, the second keeps every seed's raw figures. A test
holds both to what this would write.
"""

import statistics
import sys
from collections.abc import Sequence

from bench.evidence import RESULTS, SEEDS
from bench.results import Result, read
from bench.tiers import LATE, TIERS, Condition, Entry, Goal, Tier
from tinydrill.drilldown.record import Record, write_atomically
from tinydrill.errors import UnusableInputError

ROOT = RESULTS.parent
CONFIDENCE = 0.95


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
    """The command that makes a run again: with its threads, as their number moves the bits."""
    words, environment = run.command, run.environment
    if "--threads" in words.split() or environment.device != "cpu":
        return words
    as_json = " --json" if words.endswith(" --json") else ""
    return f"{words.removesuffix(as_json)} --threads {environment.threads}{as_json}"


def _row(result: Result, tier: Tier, first: bool) -> str:
    records, entry, best = result.records, result.entry, result.runs.best_epochs
    last = result.runs.summary(tier.floor, CONFIDENCE)
    seconds = [run.seconds.training for run in records]
    command = _command(records[0]).replace(f"--seed {records[0].seed}", "--seed S")
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
        f"{entry.seconds:.1f} ({min(seconds):.1f} … {max(seconds):.1f})",
        _hardware(records),
        f"{statistics.fmean(best):.3f}" if best else "–",
        f"`{command}`",
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
    *("parameters", "MACs", "epochs", "s, median (min … max)", "on", "best epochs %, no result"),
    "command",
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
            if len(entry.late) == LATE and entry.late_worst is not None:
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
        "holds it to them. Real MNIST by the SHA-256 sums of its files, all 60,000 images trained",
        "on, no test-time augmentation; anything else is refused. The seeds are the same for",
        f"everything, {SEEDS[0]} to {SEEDS[-1]}, and were fixed before any was run; only what",
        f"finished with all {len(SEEDS)} is ranked. Attempts that were given up, and how recipes",
        "were chosen, stand in [docs/LOG.md](docs/LOG.md). The last epoch counts. Accuracies are",
        "% of the 10,000 test images; ± is the standard deviation over seeds; the interval of the",
        "mean is Student's t. Seconds are of training (images prepared and updates made) on the",
        "machine named: the median seed, the fastest and the slowest. Some were made beside other",
        "work, which a wide range shows. The best epochs' mean stands there only because public",
        "figures are mostly best epochs; it is no result. In a command, S is the seed, and",
        "`python bench/evidence.py RECIPE` makes all of a recipe's runs.",
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
        "seconds of training (images prepared and updates made). A command names the threads that",
        "the run had, also where the record's own leaves them to the machine. How they rank stands",
        "in [LEADERBOARD.md](../LEADERBOARD.md).",
        "",
    ]
    for result in results:
        records = result.records
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
            best = f"{run.best.watch.accuracy:.2f}" if run.best else "–"
            lines.append(
                f"| {run.seed} | {run.judged.accuracy:.2f} | {run.judged.errors} | {best} | "
                f"{run.seconds.training:.1f} | {run.environment.revision} | `{_command(run)}` |"
            )
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    try:
        results = read()
    except UnusableInputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    for path, text in (
        (ROOT / "LEADERBOARD.md", leaderboard(results)),
        (RESULTS / "README.md", raw_figures(results)),
    ):
        write_atomically(path, text.encode())
        print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
