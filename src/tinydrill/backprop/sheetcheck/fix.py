"""Writes a corrected copy of a workbook: the wrong formulas replaced, marked and commented.

The package is patched in place of being rebuilt, so charts, drawings and styles stay byte for byte.
Stored values are calculated anew, so that a preview shows the corrected numbers too.
"""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from xml.sax.saxutils import escape

from tinydrill.backprop.sheetcheck.comments import Parts, add_comments
from tinydrill.backprop.sheetcheck.numbers import Numbers
from tinydrill.backprop.sheetcheck.package import Package
from tinydrill.backprop.sheetcheck.parsing import column_number, parse
from tinydrill.backprop.sheetcheck.reading import Sheet, read_book
from tinydrill.backprop.sheetcheck.verdicts import FileReport
from tinydrill.errors import UnusableInputError

_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_ADDRESS = re.compile(rb'\br="([A-Z]+)([0-9]+)"')
_STYLE = re.compile(rb'\bs="([0-9]+)"')
_FILL = (
    b'<fill><patternFill patternType="solid"><fgColor rgb="FFFFE08A"/>'
    b'<bgColor indexed="64"/></patternFill></fill>'
)


def fix_file(path: Path, report: FileReport, out: Path) -> int:
    """Write a corrected copy.

    Args:
        path: the workbook that was checked.
        report: its report.
        out: the copy; replaced if it exists, never half written.

    Returns:
        The number of cells changed.

    Raises:
        UnusableInputError: nothing can be corrected, or the file can't be written.
    """
    if out.resolve() == path.resolve():
        raise UnusableInputError(
            f"--fix {out}: the copy can't be the file itself; give another name"
        )
    changes, words = _changes(report)
    if not changes:
        raise UnusableInputError(f"{path}: nothing to correct (the verdict is {report.verdict})")
    book = read_book(path)
    numbers = Numbers(
        book, fresh=True, changed={at: parse(f, at[1], at[2]) for at, f in changes.items()}
    )
    with Package(path) as package:
        parts: Parts = {name: package.read(name) for name in sorted(package.parts)}
        workbook = package.workbook_part()
    styles = next((name for name in parts if name.endswith("styles.xml")), None)
    for sheet in book.sheets.values():
        here = {at[1:]: formula for at, formula in changes.items() if at[0] == sheet.title}
        marks: dict[int, int] = {}
        parts[sheet.part] = _patched(parts[sheet.part], sheet, here, numbers, marks)
        if here:
            if styles:
                parts[styles], shift = _with_fill(parts[styles], marks)
                parts[sheet.part] = _restyled(parts[sheet.part], here, shift)
            add_comments(parts, sheet.part, {at: words[sheet.title, *at] for at in here})
    parts[workbook] = _recalculating(parts[workbook])
    _drop_chain(parts, workbook)
    _write(out, parts, path)
    return len(changes)


def _changes(
    report: FileReport,
) -> tuple[dict[tuple[str, int, int], str], dict[tuple[str, int, int], str]]:
    formulas, words = {}, {}
    for table in report.tables:
        for finding in table.findings:
            for (row, column), formula in finding.changes.items():
                formulas[finding.sheet, row, column] = formula
                words[finding.sheet, row, column] = (
                    f"tinydrill check: {finding.quantity}, {finding.mistake}: {finding.words}. "
                    f"First of these cells was {finding.formula}"
                )
    return formulas, words


def _patched(
    data: bytes,
    sheet: Sheet,
    here: Mapping[tuple[int, int], str],
    numbers: Numbers,
    marks: dict[int, int],
) -> bytes:
    """Return the sheet's XML with new formulas and every stored value calculated anew."""
    for row, column in sorted(sheet.cells):  # top to bottom, so that chains stay short
        numbers.number((sheet.title, row, column))

    def cell(found: re.Match[bytes]) -> bytes:
        where = _ADDRESS.search(found[1])
        if where is None:
            return found[0]
        at = (int(where[2]), column_number(where[1].decode()))
        old = sheet.cells.get(at)
        if at not in here and (old is None or old.tree is None):
            return found[0]
        value = numbers.number((sheet.title, *at))
        formula = here.get(at) or (old.formula if old and old.shared else None)
        if formula is None:
            assert old is not None
            if value is None or value == old.value or found[2] is None:
                return found[0]
            body = re.sub(rb"<v>.*?</v>|<v/>", b"", found[2], flags=re.DOTALL)
        else:
            body = b"<f>" + escape(formula.removeprefix("=")).encode() + b"</f>"
        attributes = re.sub(rb'\s*\bt="[^"]*"', b"", found[1]).rstrip()
        if at in here:
            style = _STYLE.search(attributes)
            marks.setdefault(int(style[1]) if style else 0, 0)
        stored = b"" if value is None else f"<v>{value!r}</v>".encode()
        return b"<c" + attributes + b">" + body + stored + b"</c>"

    return _CELL.sub(cell, data)


def _restyled(data: bytes, here: Mapping[tuple[int, int], str], shift: Mapping[int, int]) -> bytes:
    def cell(found: re.Match[bytes]) -> bytes:
        where = _ADDRESS.search(found[1])
        if where is None or (int(where[2]), column_number(where[1].decode())) not in here:
            return found[0]
        style = _STYLE.search(found[1])
        number = shift[int(style[1]) if style else 0]
        bare = _STYLE.sub(b"", found[1]).rstrip()
        return found[0].replace(found[1], bare + f' s="{number}"'.encode(), 1)

    return _CELL.sub(cell, data)


def _with_fill(styles: bytes, marks: Mapping[int, int]) -> tuple[bytes, dict[int, int]]:
    """Add a coloured twin of every used cell format; return old format -> twin."""
    fills = re.search(rb"<fills\b[^>]*>(.*?)</fills>", styles, re.DOTALL)
    formats = re.search(rb"<cellXfs\b[^>]*>(.*?)</cellXfs>", styles, re.DOTALL)
    if fills is None or formats is None:
        return styles, {style: style for style in marks}
    fill = len(re.findall(rb"<fill\b", fills[1]))
    existing = re.findall(rb"<xf\b[^>]*?/>|<xf\b.*?</xf>", formats[1], re.DOTALL)
    twins: list[bytes] = []
    shift: dict[int, int] = {}
    for style in sorted(marks):
        shift[style] = len(existing) + len(twins)
        twin = existing[style] if style < len(existing) else b'<xf numFmtId="0"/>'
        twin = re.sub(rb'\s(?:fillId|applyFill)="[^"]*"', b"", twin, count=2)
        twins.append(twin.replace(b"<xf", f'<xf fillId="{fill}" applyFill="1"'.encode(), 1))
    count = len(existing) + len(twins)
    new_formats = (
        f'<cellXfs count="{count}">'.encode() + formats[1] + b"".join(twins) + b"</cellXfs>"
    )
    new_fills = f'<fills count="{fill + 1}">'.encode() + fills[1] + _FILL + b"</fills>"
    return styles.replace(formats[0], new_formats, 1).replace(fills[0], new_fills, 1), shift


def _recalculating(workbook: bytes) -> bytes:
    """Ask the spreadsheet program to calculate everything on opening."""
    flag = b' fullCalcOnLoad="1"'
    if re.search(rb"<calcPr\b", workbook):
        workbook = re.sub(rb'\sfullCalcOnLoad="[^"]*"', b"", workbook)
        return re.sub(rb"<calcPr\b", b"<calcPr" + flag, workbook, count=1)
    after = re.search(rb"</definedNames>|</externalReferences>|</sheets>", workbook)
    if after is None:
        return workbook
    names = workbook.rfind(b"</definedNames>")
    at = names + len(b"</definedNames>") if names >= 0 else after.end()
    return workbook[:at] + b"<calcPr" + flag + b"/>" + workbook[at:]


def _drop_chain(parts: Parts, workbook: str) -> None:
    """Drop the calculation order, which programs rebuild; the old one may name the wrong cells."""
    chain = next((name for name in parts if name.endswith("calcChain.xml")), None)
    if chain is None:
        return
    del parts[chain]
    folder, _, name = workbook.rpartition("/")
    for part in (f"{folder}/_rels/{name}.rels".lstrip("/"), "[Content_Types].xml"):
        if part in parts:
            parts[part] = re.sub(
                rb"<(?:Relationship|Override)\b[^>]*calcChain\.xml[^>]*?/>", b"", parts[part]
            )


def _write(out: Path, parts: Parts, source: Path) -> None:
    try:
        with NamedTemporaryFile(dir=out.parent, suffix=".part", delete=False) as stream:
            aside = Path(stream.name)
        try:
            with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as archive:
                # The content types come first, as every spreadsheet program writes them.
                for name in sorted(parts, key=lambda part: (part != "[Content_Types].xml", part)):
                    archive.writestr(name, parts[name])
            aside.chmod(source.stat().st_mode & 0o777 | 0o600)
            aside.replace(out)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise UnusableInputError(f"--fix {out}: {error.strerror or error}") from None
