"""explain, curves and workbook as a person meets them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tinydrill", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1"},
    )


def test_explain_tells_the_seeds_gradients() -> None:
    done = run("explain")
    assert done.returncode == 0
    assert "= 0.07215707" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_explain_prints_one_json_document() -> None:
    done = run("explain", "xor", "--weight", "w1", "--json")
    assert json.loads(done.stdout)["steps"][0]["target"] == "w1"


def test_a_problem_printed_can_be_given_back(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(run("explain", "mazur", "--format", "toml").stdout)
    done = run("curves", "mine.toml", "--rate", "0.5", "--at", "1", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["curves"][0]["loss"]["1"] == pytest.approx(0.29102777369359933)


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_curves_draws(tmp_path: Path, ending: str) -> None:
    done = run("curves", "-o", f"loss.{ending}", cwd=tmp_path)
    assert done.returncode == 0
    start = {"png": b"\x89PNG", "svg": b"<?xml"}[ending]
    assert (tmp_path / f"loss.{ending}").read_bytes().startswith(start)
    assert [p.name for p in tmp_path.iterdir()] == [f"loss.{ending}"]


def test_curves_cuts_no_number_off_on_80_columns() -> None:
    rates = [word for k in range(1, 13) for word in ("-r", f"{k}")]
    done = run("curves", *rates)
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "…" not in done.stdout
    assert [f"rate {k}" in done.stdout for k in range(1, 13)] == [True] * 12


def test_a_title_is_words_and_never_markup(tmp_path: Path) -> None:
    text = "title = 'a [/b] $\\frac$ [red]x'\n[[layer]]\nactivation = 'tanh'\nweights = [[1.0]]\n"
    text += "[[sample]]\ninputs = [0.1]\ntargets = [0.3]\n"
    (tmp_path / "net.toml").write_text(text)
    done = run("curves", "net.toml", "-n", "2", "-o", "x.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "a [/b] $\\frac$ [red]x: E_total" in done.stdout


def test_curves_shows_divergence(tmp_path: Path) -> None:
    text = "[[layer]]\nactivation = 'linear'\nweights = [[1.0]]\n"
    text += "[[sample]]\ninputs = [3.0]\ntargets = [1.0]\n"
    (tmp_path / "run.toml").write_text(text)
    done = run("curves", "run.toml", "-r", "0.05", "-r", "10", "-o", "x.png", cwd=tmp_path)
    assert done.returncode == 0
    assert "diverged" in done.stdout
    assert "Warning" not in done.stderr


def test_workbook_says_what_it_wrote(tmp_path: Path) -> None:
    done = run("workbook", "-o", "book.xlsx", "--iterations", "5", "--json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert report["sheets"] == 10
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    assert len(book.sheetnames) == 10


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("explain", "sead"), "no problem is called 'sead'"),
        (("explain", "--weight", "w9"), "this problem has w1 to w8"),
        (("explain", "--format", "pdf"), "it must be one of terminal"),
        (("explain", "gone.toml"), "gone.toml: No such file"),
        (("explain", "-o", "no/such/folder.html"), "the folder no/such does not exist"),
        (("curves", "-r", "0"), "rate is 0, it must be a number greater than 0"),
        (("curves", "-r", "fast"), "--rate"),
        (("curves", "-n", "0"), "iterations is 0"),
        (("curves", "--at", "201"), "--at is 201, it must be from 0 to 200"),
        (("curves", "-o", "loss.pdf"), "must end in .png or .svg"),
        (("curves", "--scale", "cubic"), "it must be one of linear, log, both"),
        (("curves", "--optimiser", "sgd"), "it must be one of gd, momentum, rmsprop, adam"),
        (("workbook", "-o", "book.csv"), "must end in .xlsx"),
        (("workbook", "-n", "100000", "-o", "b.xlsx"), "the limit is 1,000,000"),
    ],
)
def test_wrong_input_is_one_sentence_and_status_2(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_part_1_imports_neither_torch_nor_ray(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom tinydrill.cli import app\n"
        "for words in (['explain'], ['curves', '-o', 'x.png', '-n', '2'],\n"
        "              ['workbook', '-o', 'x.xlsx', '-n', '2']):\n"
        "    try:\n        app(words)\n    except SystemExit as end:\n"
        "        assert not end.code, words\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not loaded & {'torch', 'ray'}, loaded\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=tmp_path)
