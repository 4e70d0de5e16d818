"""What LibreOffice makes of a workbook, and where that differs from what Python wrote in it."""

import math
import os
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest

Cells = dict[tuple[str, str], object]


def recalculated(path: Path, folder: Path) -> Cells:
    """Every cell of the workbook after LibreOffice has loaded and saved it."""
    return recalculated_all([path], folder)[0]


def recalculated_all(paths: list[Path], folder: Path) -> list[Cells]:
    """The same for several workbooks in one start of LibreOffice, which is the slow part."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        if os.environ.get("CI"):
            pytest.fail("LibreOffice is missing: CI must install libreoffice-calc")
        pytest.skip("LibreOffice (soffice) is not installed")
    out = folder / "recalculated"
    profile = folder / "profile"
    subprocess.run(
        [
            office,
            f"-env:UserInstallation=file://{profile}",
            "--headless",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(out),
            *map(str, paths),
        ],
        check=True,
        capture_output=True,
        timeout=240,
    )
    return [values_of(out / path.name) for path in paths]


def values_of(path: Path) -> Cells:
    """The stored value of every cell that holds one, by sheet and coordinate."""
    book = openpyxl.load_workbook(path, data_only=True)
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def differing(
    expected: Cells,
    found: Cells,
    tolerance: float = 1e-12,
    by_column: bool = False,
    floor: float = 0.0,
) -> dict[object, object]:
    """Cells whose number is off by more than the tolerance, or whose text differs.

    The tolerance is relative to the cell's own number; with `by_column` to the largest number of
    its column on that sheet, for quantities that pass through 0, where terms cancel and every
    program's last bit shows. Below `floor` everything counts as 0.
    """
    largest: dict[tuple[str, str], float] = {}
    for (sheet, cell), value in expected.items():
        if isinstance(value, int | float):
            column = (sheet, cell.rstrip("0123456789"))
            largest[column] = max(largest.get(column, 0.0), abs(value))
    wrong: dict[object, object] = {}
    for place, value in expected.items():
        other = found.get(place)
        if isinstance(value, int | float) and isinstance(other, int | float):
            scale = largest[place[0], place[1].rstrip("0123456789")] if by_column else 0.0
            if not math.isclose(
                value, other, rel_tol=tolerance, abs_tol=max(tolerance * scale, floor)
            ):
                wrong[place] = (value, other)
        elif value != other:
            wrong[place] = (value, other)
    return wrong
