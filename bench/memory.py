"""How much memory training takes: the largest resident set of the whole process, start to end.

make bench                                   # with the classic pipeline beside it
python bench/memory.py                       # `drill` alone
python bench/memory.py --classic-python .venv-classic/bin/python
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ASKED = 600  # MB

# The measuring process stays small: a child starts with the peak of the process it is forked from.
_MEASURE = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(status, peak * (1 if sys.platform == "darwin" else 1024))
"""


def peak(command: list[str], place: str | Path) -> float:
    """The largest resident set in MB (10⁶ bytes) of the command, or of the largest child of its.

    Args:
        command: what to run; its output is dropped.
        place: the folder to run it in.

    Raises:
        RuntimeError: it ended neither well nor with a verdict of FAIL.
    """
    measured = subprocess.run(
        [sys.executable, "-c", _MEASURE, *command],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=place,
    )
    status, size = map(int, measured.stdout.split())
    if status not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} ended with status {status}")
    return size / 1e6


def drill(place: str | Path, *options: str) -> float:
    """`tinydrill train` with the recipe `drill`."""
    return peak([sys.executable, "-m", "tinydrill", "train", "--json", *options], place)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--classic-python", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        ours = drill(place)
    print(f"memory, largest resident set: drill {ours:.0f} MB (asked: at most {ASKED})", flush=True)
    if options.classic_python:
        from tinydrill.drilldown.sources import PUBLIC, obtain

        data, _ = obtain(PUBLIC["mnist"], print)
        script = Path(__file__).with_name("classic_pipeline.py").resolve()
        # Without workers, so that one process is all there is to it.
        command = [str(options.classic_python.absolute()), str(script), "--data", str(data)]
        with tempfile.TemporaryDirectory() as place:
            classic = peak([*command, "--workers", "0"], place)
        print(f"the classic pipeline, one epoch, no workers: {classic:.0f} MB")
    sys.exit(0 if ours <= ASKED else 1)


if __name__ == "__main__":
    main()
