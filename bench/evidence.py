"""Makes the evidence: trains a recipe with seeds fixed beforehand and keeps every run's record.

    python bench/evidence.py drill        # writes results/drill.jsonl, one line a seed
    python bench/evidence.py --summary    # prints results/README.md from what is there

Each seed is a process of its own, started with the command that stands in its record. All seeds
are kept, whatever came of them: none is run twice, none is left out.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tinydrill.drilldown.record import Record

RESULTS = Path(__file__).resolve().parents[1] / "results"
SEEDS = range(10)


def run(recipe: str, seed: int, threads: int | None) -> Record:
    arguments = ["train", "--recipe", recipe, "--seed", str(seed), "--json"]
    if threads:
        arguments += ["--threads", str(threads)]
    command = ["tinydrill", *arguments]
    start = f"import sys; sys.argv = {command!r}; from tinydrill.cli import main; main()"
    # In a folder of its own, so that the command in the record names no path of this machine.
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run([sys.executable, "-c", start], stdout=subprocess.PIPE, cwd=place)
    if done.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with status {done.returncode}")
    document = json.loads(done.stdout)
    del document["run"]
    return Record.model_validate(document)


def read(path: Path) -> list[Record]:
    return [Record.model_validate_json(line) for line in path.read_text().splitlines()]


def summary() -> str:
    lines = [
        "# Evidence",
        "",
        "Each line of a `.jsonl` file here is the record of one run, as `tinydrill train` wrote",
        "it; `python bench/evidence.py RECIPE` makes such a file. Seeds 0 to 9 were fixed before",
        "the first of them was run; the last epoch counts. Best epoch is there for comparison",
        "with claims that pick it, and is no result. Accuracy in % of the 10,000 test images;",
        "seconds of training (images prepared and updates made) on the machine named.",
        "",
    ]
    for path in sorted(RESULTS.glob("*.jsonl")):
        runs = read(path)
        accuracies = [run.judged.accuracy for run in runs if run.judged]
        best = [run.best.watch.accuracy for run in runs if run.best]
        first = runs[0]
        passed = sum(run.passed is True for run in runs)
        lines += [
            f"## {path.stem}: {first.net.name}, recipe {first.recipe_name}",
            "",
            f"mean **{statistics.mean(accuracies):.3f}**, sd {statistics.stdev(accuracies):.3f}, "
            f"min {min(accuracies):.2f}, max {max(accuracies):.2f}, n = {len(runs)}; "
            f"{passed} of {len(runs)} pass {first.budget.accuracy} %; "
            f"mean of best epochs (not a result) {statistics.mean(best):.3f}",
            "",
            f"{first.net.parameters:,} parameters, {first.net.macs:,} MACs, "
            f"{first.epochs_counted:g} epochs, "
            f"{statistics.median(run.seconds.training for run in runs):.1f} s of training (median) "
            f"with {first.environment.threads} threads on {first.environment.processor}, "
            f"torch {first.environment.packages['torch']}",
            "",
            "| seed | last epoch | errors | best epoch | s | revision | command |",
            "|---:|---:|---:|---:|---:|---|---|",
        ]
        for run in runs:
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
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipe", nargs="?")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--summary", action="store_true")
    options = parser.parse_args()
    if options.summary:
        print(summary(), end="")
        return
    if options.recipe is None:
        parser.error("name a recipe, or ask for the --summary")
    path = RESULTS / f"{options.recipe}.jsonl"
    done = {run.seed for run in read(path)} if path.exists() else set()
    for seed in SEEDS:
        if seed in done:
            continue
        record = run(options.recipe, seed, options.threads)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(record.model_dump_json() + "\n")
        judged = record.judged
        print(seed, judged and judged.errors, f"{record.seconds.training:.1f} s", flush=True)


if __name__ == "__main__":
    main()
