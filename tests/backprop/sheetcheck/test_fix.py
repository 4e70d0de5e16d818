"""The corrected copy is right, marked, commented, and otherwise the same."""

import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.comments import Comment

from tests.backprop.sheetcheck.sheets import FORMULAS, Style, book
from tests.backprop.sheetcheck.test_reading import with_shared_formulas
from tinydrill.backprop.sheetcheck.check import check_file
from tinydrill.backprop.sheetcheck.fix import fix_file
from tinydrill.errors import UnusableInputError

WRONG: dict[tuple[str, int | None], str] = {
    ("dE/dw1", None): FORMULAS["dE/dw1"].replace("{w7}", "{w6}")
}


def fixed(path: Path) -> Path:
    out = path.with_name("fixed.xlsx")
    fix_file(path, check_file(path, {}), out)
    return out


def test_the_copy_is_right_and_its_stored_numbers_are_new(tmp_path: Path) -> None:
    out = fixed(with_shared_formulas(book(tmp_path / "w.xlsx", Style(), WRONG)))
    report = check_file(out, {})
    assert str(report.verdict) == "right"
    assert report.tables[0].stale == ()
    values = openpyxl.load_workbook(out, data_only=True).active
    assert values is not None
    assert values["W3"].value == pytest.approx(0.24251985734837728, rel=1e-15)
    assert values["E4"].value == pytest.approx(0.15 - 0.5 * values["X3"].value, rel=1e-15)


def test_each_changed_cell_is_marked_and_commented_and_no_other(tmp_path: Path) -> None:
    path = book(tmp_path / "w.xlsx", Style(), WRONG)
    before, after = openpyxl.load_workbook(path).active, openpyxl.load_workbook(fixed(path)).active
    assert before is not None
    assert after is not None
    for row in after.iter_rows():
        for cell in row:
            changed = cell.column == 24 and (cell.row or 0) > 2
            assert (cell.comment is not None) == changed
            assert (cell.fill.fgColor.rgb == "FFFFE08A") == changed
            if not changed:
                assert cell.value == before[cell.coordinate].value
    assert "transposed" in after["X3"].comment.text


def test_a_comment_that_was_there_stays(tmp_path: Path) -> None:
    path = book(tmp_path / "w.xlsx", Style(), WRONG)
    wb = openpyxl.load_workbook(path)
    assert wb.active is not None
    wb.active["A2"].comment = Comment("mine", "me")
    wb.save(path)
    after = openpyxl.load_workbook(fixed(path)).active
    assert after is not None
    assert after["A2"].comment.text == "mine"
    assert "transposed" in after["X3"].comment.text


def test_parts_that_hold_no_cells_stay_byte_for_byte(tmp_path: Path) -> None:
    path = book(tmp_path / "w.xlsx", Style(), WRONG)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(fixed(path)) as new:
        for name in ("xl/theme/theme1.xml", "docProps/app.xml", "docProps/core.xml"):
            assert old.read(name) == new.read(name)


def test_nothing_to_correct_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    path = book(tmp_path / "r.xlsx")
    with pytest.raises(UnusableInputError, match="nothing to correct"):
        fixed(path)
    assert not (tmp_path / "fixed.xlsx").exists()


def test_the_file_itself_is_never_overwritten(tmp_path: Path) -> None:
    path = book(tmp_path / "w.xlsx", Style(), WRONG)
    with pytest.raises(UnusableInputError, match="another name"):
        fix_file(path, check_file(path, {}), path)
