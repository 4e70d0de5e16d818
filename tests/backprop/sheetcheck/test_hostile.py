"""Hostile and broken files: each ends within 10 s and 500 MB, with a verdict and no traceback."""

import json
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.backprop.sheetcheck.sheets import FORMULAS, Style, book

SECONDS, MEGABYTES = 10, 500
SHEET = "xl/worksheets/sheet1.xml"


def patched(path: Path, change: Callable[[str], str], part: str = SHEET) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def cell(path: Path, where: str, value: str) -> Path:
    wb = openpyxl.load_workbook(path)
    assert wb.active is not None
    wb.active[where] = value
    wb.save(path)
    return path


def text(path: Path) -> Path:
    path.write_text("w1,w2\n1,2\n")
    return path


def empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def old_format(path: Path) -> Path:
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 2000)
    return path


def other_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    return path


def cut_short(path: Path) -> Path:
    data = book(path).read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


def damaged(path: Path) -> Path:
    data = bytearray(book(path).read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo(SHEET).header_offset + 200
    data[start : start + 300] = b"\xff" * 300
    path.write_bytes(data)
    return path


def bomb(path: Path) -> Path:
    book(path)
    filler = "<row>" + " " * 10_000_000 + "</row>"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            if name != SHEET:
                archive.writestr(name, data)
        with archive.open(SHEET, "w", force_zip64=True) as stream:
            for _ in range(60):
                stream.write(filler.encode())
    return path


def entities(path: Path) -> Path:
    head = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return patched(book(path), lambda xml: head + xml[xml.find("<worksheet") :])


def million_rows(path: Path) -> Path:
    rows = "".join(
        f'<row r="{r}" s="1" customFormat="1"><c r="A{r}" s="1"/></row>'
        for r in range(100, 1_000_100)
    )
    return patched(book(path), lambda xml: xml.replace("</sheetData>", rows + "</sheetData>"))


def too_many_cells(path: Path) -> Path:
    rows = "".join(f'<row r="{r}"><c r="A{r}"><v>1</v></c></row>' for r in range(100, 400_100))
    return patched(book(path), lambda xml: xml.replace("</sheetData>", rows + "</sheetData>"))


def nested(path: Path) -> Path:
    deep = "(" * 10_000 + "1" + ")" * 10_000
    return patched(book(path), lambda xml: xml.replace("<f>U3+V3</f>", f"<f>{deep}</f>"))


def signs(path: Path) -> Path:
    return patched(book(path), lambda xml: xml.replace("<f>U3+V3</f>", f"<f>{'-' * 8000}1</f>"))


def error_cells(path: Path) -> Path:
    return book(path, Style(), {("E2", None): "0.5*(#REF!-{a_o2})^2"})


def circular(path: Path) -> Path:
    return book(path, Style(), {("h1", None): "{a_h1}*{i1}"})


def words_for_numbers(path: Path) -> Path:
    return cell(book(path), "E3", "a lot")


def external(path: Path) -> Path:
    return book(path, Style(), {("E2", None): "[1]Sheet1!A1*{E1}"})


def unknown_function(path: Path) -> Path:
    return book(path, Style(), {("E2", None): 'INDIRECT("A"&1)*{E1}'})


def whole_columns(path: Path) -> Path:
    return book(path, Style(), {("E2", None): "SUM(A1:XFD1048576)"})


CASES: dict[str, tuple[Callable[[Path], Path], int, str]] = {
    "no zip": (text, 2, "not an .xlsx file"),
    "empty": (empty, 2, "not an .xlsx file"),
    "old or encrypted": (old_format, 2, "password"),
    "another zip": (other_zip, 2, "no workbook"),
    "cut short": (cut_short, 2, "not an .xlsx file"),
    "damaged": (damaged, 2, "damaged"),
    "zip bomb": (bomb, 2, "the limits are"),
    "entities": (entities, 2, "entities"),
    "a million empty styled rows": (million_rows, 0, ""),
    "400,000 cells": (too_many_cells, 2, "filled cells"),
    "nested 10,000 deep": (nested, 2, "8,192"),
    "8,000 signs": (signs, 1, ""),
    "error cells": (error_cells, 1, "#REF!"),
    "circular": (circular, 2, "circular"),
    "text for a number": (words_for_numbers, 0, ""),
    "another workbook": (external, 2, "another workbook"),
    "unknown function": (unknown_function, 2, "INDIRECT"),
    "a range of everything": (whole_columns, 2, "range"),
}


def limited(path: Path) -> tuple[subprocess.CompletedProcess[str], int]:
    """Run the command under limits; return it and its peak memory in MB."""
    code = textwrap.dedent(
        f"""
        import resource, sys
        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
        sys.argv = ["tinydrill", "check", {str(path)!r}, "--json"]
        from tinydrill.cli import main
        try:
            main()
        finally:
            # Not ru_maxrss: a process inherits that from the one that started it.
            status = open("/proc/self/status").read()
            kilobytes = int(status.partition("VmHWM:")[2].split()[0])
            print("PEAK", kilobytes // 1024, file=sys.stderr)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return done, int(done.stderr.rpartition("PEAK")[2])


@pytest.mark.alone
@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file_ends_in_a_verdict(name: str, tmp_path: Path) -> None:
    make, status, words = CASES[name]
    done, peak = limited(make(tmp_path / "h.xlsx"))
    assert "Traceback" not in done.stderr
    assert done.returncode == status, done.stdout
    document = json.loads(done.stdout)
    assert words in json.dumps(document)
    assert peak < MEGABYTES


def test_macros_are_told_and_never_run(tmp_path: Path) -> None:
    path = book(tmp_path / "m.xlsm")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"not even looked at")
    done, _ = limited(path)
    assert json.loads(done.stdout)["files"][0]["notes"] == ["it holds macros; they were not run"]


def test_error_cells_name_the_lost_reference(tmp_path: Path) -> None:
    done, _ = limited(error_cells(tmp_path / "e.xlsx"))
    (finding,) = json.loads(done.stdout)["files"][0]["tables"][0]["findings"]
    assert finding["mistake"] == "error value"
    assert finding["should_be"] == "=" + FORMULAS["E2"].replace("{t2}", "B3").replace(
        "{a_o2}", "T3"
    )
