"""What docs/backprop.md shows is what the commands print."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tinydrill.backprop.forward import evaluate
from tinydrill.backprop.problem import EXAMPLES, from_toml

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "backprop.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```console\n\$ tinydrill (.*?)\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[command for command, _ in SHOWN])
def test_commands_print_what_is_shown(command: str, output: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tinydrill", *command.split()],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1"},
    )
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert "\n".join(lines).rstrip() == output.rstrip()


def test_three_commands_are_shown() -> None:
    assert [command.split()[0] for command, _ in SHOWN] == ["explain", "curves", "workbook"]


def test_the_shown_file_is_a_problem() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    assert from_toml(text).widths == (2, 3, 2)


def test_the_shown_gradient_is_the_gradient() -> None:
    assert f"# {evaluate(EXAMPLES['seed']).gradients['w5']}" in PAGE


def test_every_picture_is_there() -> None:
    for name in re.findall(r"\]\((pictures/[^)]+)\)", PAGE):
        assert (DOCS / name).is_file(), name
