"""The command's face: what `--help` and bad input look like, and what they cost."""

import json
import statistics
import subprocess
import sys
import time


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tinydrill", *arguments], capture_output=True, text=True, check=False
    )


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import json, sys\nfrom tinydrill.cli import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "print('LOADED', json.dumps(sorted(sys.modules)))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    loaded = set(json.loads(output.split("LOADED")[1]))
    assert loaded.isdisjoint({"torch", "ray", "numpy", "sympy", "matplotlib", "openpyxl"})


def test_help_answers_in_a_fifth_of_a_second() -> None:
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        assert run("--help").returncode == 0
        seconds.append(time.perf_counter() - start)
    # The minimum, because a busy machine adds time and never takes it away.
    assert min(seconds) < 0.2, f"median {statistics.median(seconds):.3f} s"


def test_version() -> None:
    assert run("--version").stdout.startswith("tinydrill ")


def test_an_unknown_verb_is_status_2_without_a_traceback() -> None:
    done = run("trian")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "trian" in done.stderr
