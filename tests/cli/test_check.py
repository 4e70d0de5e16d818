"""`tinydrill check` as a person meets it: exit status, words, JSON, page, wrong options."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.backprop.sheetcheck.sheets import FORMULAS, Style, book

WRONG: dict[tuple[str, int | None], str] = {
    ("dE/dw1", None): FORMULAS["dE/dw1"].replace("{w7}", "{w6}")
}


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tinydrill", "check", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_right_sheet_is_status_0_and_counts_what_was_checked(tmp_path: Path) -> None:
    done = run(book(tmp_path / "r.xlsx"))
    assert done.returncode == 0
    assert "88 update; not" in " ".join(done.stdout.split())


def test_a_wrong_sheet_is_status_1_and_says_cell_mistake_and_formula(tmp_path: Path) -> None:
    done = run(book(tmp_path / "w.xlsx", Style(), WRONG))
    assert done.returncode == 1
    assert "X3:X14" in done.stdout
    assert "transposed weight" in done.stdout
    assert "=((R3-A3)*R3*(1-R3)*M3+(T3-B3)*T3*(1-T3)*O3)*J3*(1-J3)*C3" in done.stdout


def test_wrong_outweighs_not_checkable_and_a_folder_is_its_files(tmp_path: Path) -> None:
    (tmp_path / "broken.xlsx").write_text("no")
    assert run(tmp_path).returncode == 2
    book(tmp_path / "w.xlsx", Style(), WRONG)
    done = run(tmp_path, "--json")
    assert done.returncode == 1
    verdicts = [one["verdict"] for one in json.loads(done.stdout)["files"]]
    assert verdicts == ["not checkable", "wrong"]


def test_json_is_one_document_with_the_finding(tmp_path: Path) -> None:
    done = run(book(tmp_path / "w.xlsx", Style(), WRONG), "--json")
    (table,) = json.loads(done.stdout)["files"][0]["tables"]
    (finding,) = table["findings"]
    assert finding["quantity"] == "dE/dw1"
    assert table["columns"]["dE/dw1"] == {"column": "X", "header": "dE/dw1"}
    assert done.stderr == ""


def test_page_marks_the_wrong_edge_and_fetches_nothing(tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    run(book(tmp_path / "w.xlsx", Style(), WRONG), "-o", page)
    text = page.read_text(encoding="utf-8")
    assert 'class="edge bad">w1<' in text
    assert 'class="edge bad">w2<' not in text
    assert "http" not in text
    assert "<script" not in text


def test_fix_writes_a_copy_that_is_right(tmp_path: Path) -> None:
    out = tmp_path / "fixed.xlsx"
    done = run(book(tmp_path / "w.xlsx", Style(), WRONG), "--fix", out)
    assert done.returncode == 1
    assert "12 cells corrected" in done.stderr
    assert run(out).returncode == 0


def test_many_files_are_checked_in_order(tmp_path: Path) -> None:
    paths = [book(tmp_path / f"{k}.xlsx", Style(rows=3)) for k in range(5)]
    done = run(*paths, "--json")
    assert done.returncode == 0
    assert [one["file"] for one in json.loads(done.stdout)["files"]] == list(map(str, paths))


def test_the_problem_can_be_named(tmp_path: Path) -> None:
    path = book(tmp_path / "s.xlsx")
    assert run(path, "--problem", "seed").returncode == 0
    assert run(path, "--problem", "mazur").returncode != 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--map", "dE/dw1"], "NAME=COLUMN"),
        (["--map", "colour=X"], "no quantity"),
        (["--problem", "nothing"], "no problem"),
    ],
)
def test_a_wrong_option_is_one_sentence(options: list[str], words: str, tmp_path: Path) -> None:
    done = run(book(tmp_path / "s.xlsx"), *options)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_file_and_an_empty_folder(tmp_path: Path) -> None:
    done = run(tmp_path / "none.xlsx")
    assert done.returncode == 2
    assert "No such file" in done.stdout
    done = run(tmp_path)
    assert done.returncode == 2
    assert "no .xlsx file" in done.stderr
