"""Makes the evidence: trains a recipe with seeds fixed beforehand and keeps every run's record.

    python bench/evidence.py drill                        # writes results/drill.jsonl
    python bench/evidence.py small --jobs 2 --threads 1   # two seeds at a time
    python bench/evidence.py harder --net slim20          # another net: harder-slim20.jsonl

Each seed is a process of its own, started with the command that stands in its record. All seeds
are kept, whatever came of them: none is run twice, none is left out. Run again after a kill, it
trains what is missing. `make leaderboard` then writes down what came of it.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from tinydrill.drilldown.record import Record, write_atomically
from tinydrill.drilldown.records import gather

RESULTS = Path(__file__).resolve().parents[1] / "results"
SEEDS = range(10)
# What a recipe is held to, where it is not the exercise's own budget.
BUDGETS: dict[str, tuple[str, ...]] = {
    "harder": ("--max-parameters", "10000", "--max-epochs", "15"),
    "small": ("--max-parameters", "4001"),
    "tiny": ("--max-parameters", "1501", "--target", "99"),
}


def command(net: str | None, recipe: str, seed: int, threads: int | None) -> list[str]:
    """What a person would type to make the run of a seed; without a net, the recipe's own."""
    words = ["tinydrill", "train", *([net] if net else []), "--recipe", recipe, "--seed", str(seed)]
    words += BUDGETS.get(recipe, ())
    if threads:
        words += ["--threads", str(threads)]
    return [*words, "--json"]


def run(net: str | None, recipe: str, seed: int, threads: int | None) -> Record:
    """Train a seed in a process of its own.

    Raises:
        RuntimeError: the process ended without a verdict.
    """
    words = command(net, recipe, seed, threads)
    start = f"import sys; sys.argv = {words!r}; from tinydrill.cli import main; main()"
    # In a folder of its own, so that the command in the record names no path of this machine.
    with tempfile.TemporaryDirectory() as place:
        done = subprocess.run([sys.executable, "-c", start], stdout=subprocess.PIPE, cwd=place)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(words)} ended with status {done.returncode}")
    document = json.loads(done.stdout)
    del document["run"]
    return Record.model_validate(document)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("recipe")
    parser.add_argument("--net", help="instead of the recipe's own; named in the file, too")
    parser.add_argument("--threads", type=int, help="of each run; default: torch's own choice")
    parser.add_argument("--jobs", type=int, default=1, help="seeds at a time")
    options = parser.parse_args()
    suffix = f"-{options.net}" if options.net else ""
    path = RESULTS / f"{options.recipe}{suffix}.jsonl"
    records = {kept.seed: kept for _, kept in gather(path)} if path.exists() else {}
    failed = 0
    with ThreadPoolExecutor(options.jobs) as pool:
        futures: list[Future[Record]] = [
            pool.submit(run, options.net, options.recipe, seed, options.threads)
            for seed in SEEDS
            if seed not in records
        ]
        try:
            for future in as_completed(futures):
                try:
                    record = future.result()
                except RuntimeError as error:
                    print(error, file=sys.stderr)
                    failed += 1
                    continue
                records[record.seed] = record
                lines = (records[seed].model_dump_json() + "\n" for seed in sorted(records))
                write_atomically(path, "".join(lines).encode())
                errors = record.judged and record.judged.errors
                print(record.seed, errors, f"{record.seconds.training:.1f} s", flush=True)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
