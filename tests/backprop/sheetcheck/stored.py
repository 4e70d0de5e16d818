"""Adds stored values to a workbook that openpyxl wrote without any."""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tinydrill.backprop.sheetcheck.numbers import Numbers
from tinydrill.backprop.sheetcheck.parsing import column_number
from tinydrill.backprop.sheetcheck.reading import read_book


def with_stored_values(path: Path, other: Mapping[str, str], digits: int | None = None) -> Path:
    """Store every formula's value (to some digits); `other` gives single cells another one."""
    numbers = Numbers(read_book(path), fresh=True)
    title = next(iter(numbers.book.sheets))
    for at in sorted(numbers.book.sheets[title].cells):
        numbers.number((title, *at))

    def cell(found: re.Match[str]) -> str:
        letters, row = found[1], found[2]
        value = numbers.number((title, int(row), column_number(letters)))
        text = other.get(letters + row) or (
            repr(value) if digits is None else f"{value:.{digits}g}"
        )
        return found[0].replace("<v></v>", f"<v>{text}</v>").replace("<v />", f"<v>{text}</v>")

    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    text = re.sub(
        r'<c r="([A-Z]+)(\d+)"[^>]*><f>[^<]*</f><v ?/?>(?:</v>)?</c>', cell, parts[sheet].decode()
    )
    parts[sheet] = text.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path
