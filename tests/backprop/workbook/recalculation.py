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
            str(path),
        ],
        check=True,
        capture_output=True,
        timeout=240,
    )
    return values_of(out / path.name)


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


def differing(expected: Cells, found: Cells, tolerance: float = 1e-12) -> dict[object, object]:
    """Cells whose number is off by more than the relative tolerance, or whose text differs."""
    wrong: dict[object, object] = {}
    for place, value in expected.items():
        other = found.get(place)
        if isinstance(value, int | float) and isinstance(other, int | float):
            if not math.isclose(value, other, rel_tol=tolerance, abs_tol=0.0):
                wrong[place] = (value, other)
        elif value != other:
            wrong[place] = (value, other)
    return wrong
