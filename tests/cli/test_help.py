"""The command's face: what `--help` and bad input look like, and what they cost."""

import json
import resource
import subprocess
import sys

import pytest


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


@pytest.mark.alone
def test_help_answers_in_a_fifth_of_a_second() -> None:
    # Seconds of the processor, and the least of five: what a busy machine adds is not ours.
    seconds = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert run("--help").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    assert min(seconds) < 0.2, seconds


def test_version() -> None:
    assert run("--version").stdout.startswith("tinydrill ")


def test_an_unknown_verb_is_status_2_without_a_traceback() -> None:
    done = run("trian")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "trian" in done.stderr
