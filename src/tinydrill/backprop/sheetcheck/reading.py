"""From a package to cells: formula and stored value of each, read in one pass over the sheet.

Shared formulas are expanded by re-using the tree of their first cell; nothing is evaluated here.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tinydrill.backprop.sheetcheck.calculate import Value
from tinydrill.backprop.sheetcheck.package import Package, SheetPart, local
from tinydrill.backprop.sheetcheck.parsing import FormulaError, column_number, parse
from tinydrill.backprop.sheetcheck.syntax import Node, walk
from tinydrill.backprop.sheetcheck.writing import formula_text
from tinydrill.errors import UnusableInputError

MAX_CELLS = 300_000
_ADDRESS = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


@dataclass(slots=True)
class Cell:
    """One cell with content. `formula` is the text with its `=`, None for a typed value."""

    value: Value = None
    formula: str | None = None
    tree: Node | None = None
    problem: str | None = None  # why the formula has no tree
    error: str | None = None  # the stored value is this error code
    digits: str = ""  # the stored number as written, which tells its precision
    shared: bool = False


@dataclass
class Sheet:
    """The cells with content, by (row, column), and the merged rectangles."""

    title: str
    part: str
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


@dataclass
class Book:
    """A workbook: its sheets, its defined names (lower case -> target text), if it has macros."""

    path: Path
    sheets: dict[str, Sheet]
    names: dict[str, str]
    has_macros: bool = False


def read_book(path: Path) -> Book:
    """Read a workbook.

    Raises:
        UnusableInputError: not an .xlsx file, damaged, or over a limit.
    """
    with Package(path) as package:
        strings = _strings(package)
        names = {}
        for element in package.xml(package.workbook_part()).iter():
            if local(element.tag) == "definedName" and element.text:
                names[element.get("name", "").casefold()] = element.text
        sheets: dict[str, Sheet] = {}
        cells = 0
        for part in package.sheets():
            sheet = _sheet(package, part, strings, MAX_CELLS - cells)
            cells += len(sheet.cells)
            sheets[part.title] = sheet
        return Book(path, sheets, names, any("vbaProject" in part for part in package.parts))


def _strings(package: Package) -> list[str]:
    part = next((one for one in package.parts if one.lower().endswith("sharedstrings.xml")), None)
    if part is None:
        return []
    found: list[str] = []
    with package.open(part) as stream:
        try:
            for _, element in ElementTree.iterparse(stream):
                if local(element.tag) == "si":
                    found.append(_text(element))
                    element.clear()
                    if len(found) > MAX_CELLS:
                        raise UnusableInputError(
                            f"{package.path}: more than {MAX_CELLS:,} different texts"
                        )
        except ElementTree.ParseError as error:
            raise UnusableInputError(f"{package.path}: {part} is damaged ({error})") from None
    return found


def _text(element: ElementTree.Element) -> str:
    """Return the text of a string item: its runs joined, its reading aids left out."""
    pieces = []
    for child in element:
        if local(child.tag) == "t":
            pieces.append(child.text or "")
        elif local(child.tag) == "r":
            pieces.extend(one.text or "" for one in child if local(one.tag) == "t")
    return "".join(pieces)


def _sheet(package: Package, part: SheetPart, strings: list[str], limit: int) -> Sheet:
    sheet = Sheet(part.title, part.part)
    shared: dict[str, Node] = {}
    row = column = 0
    holder: ElementTree.Element | None = None
    with package.open(part.part) as stream:
        try:
            for event, element in ElementTree.iterparse(stream, events=("start", "end")):
                tag = local(element.tag)
                if event == "start":
                    if tag == "row":
                        row, column = int(element.get("r", row + 1)), 0
                    elif tag == "sheetData":
                        holder = element
                elif tag == "c":
                    row, column = _position(element.get("r", ""), row, column + 1)
                    cell = _cell(element, strings, shared, row, column)
                    if cell is not None:
                        sheet.cells[row, column] = cell
                        if len(sheet.cells) > limit:
                            raise UnusableInputError(
                                f"{package.path}: more than {MAX_CELLS:,} filled cells"
                            )
                    element.clear()
                elif tag == "row" and holder is not None:
                    holder.clear()
                elif tag == "mergeCell":
                    ends = _ADDRESS.findall(element.get("ref", ""))
                    if len(ends) == 2:
                        (c1, r1), (c2, r2) = ends
                        sheet.merged.append(
                            (int(r1), column_number(c1), int(r2), column_number(c2))
                        )
        except (ElementTree.ParseError, ValueError) as error:
            if isinstance(error, UnusableInputError):
                raise
            raise UnusableInputError(f"{package.path}: {part.part} is damaged ({error})") from None
    return sheet


def _position(text: str, row: int, column: int) -> tuple[int, int]:
    found = _ADDRESS.fullmatch(text)
    return (int(found[2]), column_number(found[1])) if found else (row, column)


def _cell(
    element: ElementTree.Element, strings: list[str], shared: dict[str, Node], row: int, column: int
) -> Cell | None:
    kind, cell, filled = element.get("t", "n"), Cell(), False
    for child in element:
        tag = local(child.tag)
        if tag == "f":
            _read_formula(cell, child, shared, row, column)
            filled = True
        elif tag == "v" and child.text is not None:
            _read_value(cell, kind, child.text, strings)
            filled = True
        elif tag == "is":
            cell.value, filled = _text(child), True
    return cell if filled else None


def _read_value(cell: Cell, kind: str, text: str, strings: list[str]) -> None:
    if kind == "s":
        index = int(text)
        cell.value = strings[index] if 0 <= index < len(strings) else ""
    elif kind == "b":
        cell.value = text.strip() not in ("0", "false")
    elif kind == "e":
        cell.error = text
    elif kind in ("str", "inlineStr", "d"):
        cell.value = text
    else:
        cell.value, cell.digits = float(text), text.strip()


def _read_formula(
    cell: Cell, element: ElementTree.Element, shared: dict[str, Node], row: int, column: int
) -> None:
    text, kind, key = element.text or "", element.get("t", "normal"), element.get("si", "")
    cell.shared = kind == "shared"
    try:
        if kind in ("array", "dataTable"):
            raise FormulaError(
                "it is an array formula" if kind == "array" else "it is a what-if data table"
            )
        if text.strip():
            cell.tree = parse(text, row, column)
            cell.formula = f"={text}"
            if cell.shared:
                shared[key] = cell.tree
        elif key in shared:
            cell.tree = shared[key]
            cell.formula = formula_text(cell.tree, row, column)
        else:
            raise FormulaError("its shared formula is missing from the file")
    except FormulaError as error:
        cell.formula = cell.formula or f"={text}"
        cell.problem = str(error)
    if cell.tree is not None and sum(1 for _ in walk(cell.tree)) > 2000:
        cell.tree, cell.problem = None, "it has more than 2,000 parts"
