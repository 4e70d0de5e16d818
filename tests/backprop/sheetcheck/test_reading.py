"""Reading agrees with a second reader, openpyxl, and expands shared formulas."""

import zipfile
from pathlib import Path

import openpyxl

from tests.backprop.sheetcheck.sheets import book
from tests.backprop.sheetcheck.stored import with_stored_values
from tinydrill.backprop.sheetcheck.check import check_file
from tinydrill.backprop.sheetcheck.reading import read_book


def with_shared_formulas(path: Path) -> Path:
    """Turn columns X (dE/dw1) and E (w1) into one shared formula each, as Excel stores them."""
    with_stored_values(path, {})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    wb = openpyxl.load_workbook(path)
    assert wb.active is not None
    for key, (letter, first) in enumerate((("X", 3), ("E", 4))):
        for row in range(first, 15):
            formula = wb.active[f"{letter}{row}"].value[1:]
            new = f'<f t="shared" si="{key}"/>'
            if row == first:
                new = f'<f t="shared" ref="{letter}{first}:{letter}14" si="{key}">{formula}</f>'
            assert f"<f>{formula}</f>" in sheet
            sheet = sheet.replace(f"<f>{formula}</f>", new, 1)
    parts["xl/worksheets/sheet1.xml"] = sheet.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def test_every_cell_agrees_with_openpyxl(tmp_path: Path) -> None:
    path = with_shared_formulas(book(tmp_path / "s.xlsx"))
    formulas, values = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    assert formulas.active is not None
    assert values.active is not None
    ours = read_book(path).sheets["Sheet"].cells
    seen = 0
    for row in formulas.active.iter_rows():
        for cell in row:
            if cell.value is None:
                assert (cell.row, cell.column) not in ours
                continue
            seen += 1
            mine = ours[cell.row, cell.column]
            if isinstance(cell.value, str) and cell.value.startswith("="):
                assert mine.formula == cell.value
            assert mine.value == values.active[cell.coordinate].value
    assert seen == len(ours) > 300


def test_a_sheet_of_shared_formulas_is_right(tmp_path: Path) -> None:
    report = check_file(with_shared_formulas(book(tmp_path / "s.xlsx")), {})
    assert str(report.verdict) == "right"
    assert report.tables[0].stale == ()
