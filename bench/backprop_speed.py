"""How long part 1's commands take, start-up included: `python bench/backprop_speed.py`.

Each command runs as a process of its own, once to warm the disk, then `RUNS` times. The minimum is
what the limit is held against (a busy machine adds time and never takes it away); the median shows
how busy the machine was.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

RUNS = 9
LIMITS = {  # seconds; None where nothing has been promised
    ("explain",): 0.7,
    ("workbook", "-o", "seed.xlsx"): 1.0,
    ("workbook", "--optimiser", "adam", "-o", "adam.xlsx"): None,
    ("curves",): None,
    ("curves", "-o", "loss.png"): None,
}


def seconds(arguments: tuple[str, ...], folder: str) -> float:
    """Wall time of one run."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "tinydrill", *arguments],
        check=True,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


def main() -> int:
    """Print the table; exit status 1 if a limit is exceeded."""
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {RUNS} runs each, seconds")
    print(f"{'command':<44} {'min':>6} {'median':>7} {'limit':>6}")
    late = 0
    with tempfile.TemporaryDirectory() as folder:
        for arguments, limit in LIMITS.items():
            seconds(arguments, folder)
            times = [seconds(arguments, folder) for _ in range(RUNS)]
            late += limit is not None and min(times) > limit
            shown = "" if limit is None else f"{limit:.1f}"
            name = " ".join(("tinydrill", *arguments))
            print(f"{name:<44} {min(times):>6.2f} {statistics.median(times):>7.2f} {shown:>6}")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
