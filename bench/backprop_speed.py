"""How long part 1's commands take, start-up included: `python bench/backprop_speed.py`.

Each command runs as a process of its own, once to warm the disk, then `RUNS` times. The minimum is
what the limit is held against (a busy machine adds time and never takes it away); the median, and
the processor's time beside it, show how busy the machine was.
"""

import os
import platform
import resource
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


def seconds(arguments: tuple[str, ...], folder: str) -> tuple[float, float]:
    """Wall time and processor time of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "tinydrill", *arguments],
        check=True,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    """Print the table; exit status 1 if a limit is exceeded."""
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {RUNS} runs each, seconds")
    print(f"{'command':<44} {'min':>6} {'median':>7} {'CPU':>6} {'limit':>6}")
    late = 0
    with tempfile.TemporaryDirectory() as folder:
        for arguments, limit in LIMITS.items():
            seconds(arguments, folder)
            runs = [seconds(arguments, folder) for _ in range(RUNS)]
            times, cpu = [wall for wall, _ in runs], min(used for _, used in runs)
            late += limit is not None and min(times) > limit
            shown = "" if limit is None else f"{limit:.1f}"
            name = " ".join(("tinydrill", *arguments))
            middle = statistics.median(times)
            print(f"{name:<44} {min(times):>6.2f} {middle:>7.2f} {cpu:>6.2f} {shown:>6}")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
