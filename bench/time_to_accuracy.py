"""The classic pipeline against `drill`, side by side: seconds an epoch and seconds to 99.4 %.

    make bench                                  # prepares torchvision's own environment first
    python bench/time_to_accuracy.py --classic-python .venv-classic/bin/python

Rounds alternate between the two, so that a machine that slows down slows both; medians are
printed. The classic pipeline is net8 with the recipe `seed`, whose 20 epochs are what it plans to
get to 99.4 %; whether it gets there is another question. Also measured in the same run: which
fraction of the machine's own matrix-multiplication peak our training step reaches.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

from tinydrill.drilldown.cookbook import RECIPES
from tinydrill.drilldown.environment import processor_name, usable_cores
from tinydrill.drilldown.layers import Net, net_from_mapping
from tinydrill.drilldown.sources import PUBLIC, obtain
from tinydrill.drilldown.trace import trace


def gemm_peak(threads: int) -> float:
    """The best float32 rate of a large matrix product, in FLOP/s."""
    torch.set_num_threads(threads)
    edge = 2048
    a, b = torch.randn(edge, edge), torch.randn(edge, edge)
    best = float("inf")
    for _ in range(12):
        start = time.perf_counter()
        torch.mm(a, b)
        best = min(best, time.perf_counter() - start)
    return 2 * edge**3 / best


def training_flops(net: Net) -> int:
    """Floating-point operations of a training step, an image.

    Forward, gradient of the weights, gradient of the inputs: as much work each, two operations a
    multiply-accumulate. The first layer's inputs are the image, whose gradient nobody asks for.
    """
    macs = [row.macs for row in trace(net).rows if row.macs]
    return 2 * (3 * sum(macs) - macs[0])


def release(version: str) -> str:
    """A version without its build: `2.13.0` of `2.13.0+cpu`."""
    return version.partition("+")[0]


def classic(python: Path, data: Path, epochs: int, workers: int) -> dict[str, Any]:
    script = Path(__file__).with_name("classic_pipeline.py")
    command = [str(python), str(script), "--data", str(data)]
    command += ["--epochs", str(epochs), "--workers", str(workers)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"the classic pipeline failed:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def drill(seed: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "tinydrill", "train", "--json", "--seed", str(seed)]
        done = subprocess.run([*command, "--out", out], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"drill failed:\n{done.stderr}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--classic-python", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2, help="of the classic DataLoader")
    options = parser.parse_args()
    data, _ = obtain(PUBLIC["mnist"], print)
    threads = usable_cores()
    peaks, classics, runs = [], [], []
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        peaks.append(gemm_peak(threads))
        classics.append(classic(options.classic_python, data, 1, options.workers))
        runs.append(drill(number))
    classic_epochs = [seconds for run in classics for seconds in run["seconds_an_epoch"]]
    ours = [run["seconds"]["augment"] + run["seconds"]["train"] for run in runs]
    epochs = RECIPES["drill"].epochs
    work = training_flops(net_from_mapping(runs[0]["net"]["net"])) * 60_000 * epochs
    rate = statistics.median(work / run["seconds"]["train"] for run in runs)
    epoch_classic, epoch_ours = statistics.median(classic_epochs), statistics.median(ours) / epochs
    total_classic, total_ours = epoch_classic * RECIPES["seed"].epochs, statistics.median(ours)

    table = Table(title=f"{processor_name()}, {threads} threads, median of {options.rounds} rounds")
    for column in ("", "classic (net8, seed)", f"ours ({runs[0]['net']['name']}, drill)", "ratio"):
        table.add_column(column, justify="left" if not column else "right")
    table.add_row(
        "s an epoch",
        f"{epoch_classic:.1f}",
        f"{epoch_ours:.2f}",
        f"{epoch_classic / epoch_ours:.1f}",
    )
    table.add_row("epochs planned", f"{RECIPES['seed'].epochs:g}", f"{epochs:g}", "")
    table.add_row(
        "s to 99.4 %, planned",
        f"{total_classic:.0f}",
        f"{total_ours:.1f}",
        f"{total_classic / total_ours:.0f}",
    )
    Console(width=100).print(table)
    print("range: classic", " ".join(f"{s:.1f}" for s in sorted(classic_epochs)), "s an epoch;")
    print("       ours", " ".join(f"{s:.1f}" for s in sorted(ours)), "s a run,", end=" ")
    print("last-epoch errors", " ".join(str(run["epochs"][-1]["watch"]["errors"]) for run in runs))
    print(
        f"classic on torch {release(classics[0]['torch'])} with torchvision "
        f"{release(classics[0]['torchvision'])}, ours on torch {release(torch.__version__)}"
    )
    peak = statistics.median(peaks)
    print(
        f"our training step: {rate / 1e9:.0f} GFLOP/s, {rate / peak:.0%} of this machine's "
        f"{peak / 1e9:.0f} GFLOP/s matrix-product peak"
    )


if __name__ == "__main__":
    main()
