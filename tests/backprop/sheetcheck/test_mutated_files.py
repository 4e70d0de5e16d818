"""Real workbooks with their bytes and their XML damaged at random: a verdict, never a traceback."""

import random
import re
import zipfile
from pathlib import Path

import pytest

from tests.backprop.sheetcheck.sheets import Style, book
from tinydrill.backprop.problem import EXAMPLES
from tinydrill.backprop.sheetcheck.check import check_file
from tinydrill.backprop.sheetcheck.verdicts import Verdict
from tinydrill.backprop.workbook import write_workbook

FILES_EACH = 60  # the budget: some seconds in all
_TOKENS = (
    "",
    "0",
    "-1",
    "1e999",
    "A0",
    "XFE1",
    "#REF!",
    "s",
    "inlineStr",
    "9" * 400,
    "&#0;",
    "<f>",
)


def damaged_bytes(content: bytes, chance: random.Random) -> bytes:
    """Some bytes of the file as a whole changed, or its end cut off."""
    values = bytearray(content)
    for _ in range(chance.randint(1, 20)):
        values[chance.randrange(len(values))] = chance.randrange(256)
    return bytes(values[: chance.randrange(len(values))] if chance.random() < 0.2 else values)


def damaged_part(path: Path, target: Path, chance: random.Random) -> None:
    """One XML part with attributes, texts or whole stretches replaced; the rest as it was."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(sorted(n for n in parts if n.endswith((".xml", ".rels"))))
    text = parts[name].decode()
    for _ in range(chance.randint(1, 6)):
        spots = [m.span(1) for m in re.finditer(r'(?:="|>)([^"<>]+)(?="|<)', text)]
        if not spots:
            break
        start, end = chance.choice(spots)
        if chance.random() < 0.2:
            end = min(len(text), start + chance.randrange(200))
        text = text[:start] + chance.choice(_TOKENS) + text[end:]
    parts[name] = text.encode()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)


@pytest.fixture(scope="module", params=["by hand", "written"])
def workbook(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "whole.xlsx"
    if request.param == "by hand":
        return book(path, Style(rows=8))
    write_workbook(EXAMPLES["seed"], path, (0.5,), 8)
    return path


def test_damaged_bytes_end_in_a_verdict(workbook: Path, tmp_path: Path) -> None:
    chance = random.Random(1)
    content, target = workbook.read_bytes(), tmp_path / "damaged.xlsx"
    for _ in range(FILES_EACH):
        target.write_bytes(damaged_bytes(content, chance))
        assert check_file(target, {}).verdict in Verdict


def test_damaged_xml_ends_in_a_verdict(workbook: Path, tmp_path: Path) -> None:
    chance = random.Random(2)
    verdicts = set()
    for _ in range(FILES_EACH):
        damaged_part(workbook, tmp_path / "damaged.xlsx", chance)
        verdicts.add(check_file(tmp_path / "damaged.xlsx", {}).verdict)
    assert Verdict.NOT_CHECKABLE in verdicts  # the damage reached something that matters
