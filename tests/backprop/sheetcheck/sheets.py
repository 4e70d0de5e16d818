"""Builds sheets of the 2-2-2 exercise for the tests, in any style, with one place for a mistake."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

START = {
    "t1": 0.01, "t2": 0.99, "i1": 0.05, "i2": 0.1, "w1": 0.15, "w2": 0.2, "w3": 0.25, "w4": 0.3,
    "w5": 0.4, "w6": 0.45, "w7": 0.5, "w8": 0.55,
}  # fmt: skip
ORDER = [
    "t1",
    "t2",
    "i1",
    "i2",
    "w1",
    "w2",
    "w3",
    "w4",
    "h1",
    "a_h1",
    "h2",
    "a_h2",
    "w5",
    "w6",
    "w7",
    "w8",
    "o1",
    "a_o1",
    "o2",
    "a_o2",
    "E1",
    "E2",
    "E_total",
    "dE/dw1",
    "dE/dw2",
    "dE/dw3",
    "dE/dw4",
    "dE/dw5",
    "dE/dw6",
    "dE/dw7",
    "dE/dw8",
]

D1 = "({a_o1}-{t1})*{a_o1}*(1-{a_o1})"
D2 = "({a_o2}-{t2})*{a_o2}*(1-{a_o2})"
FORMULAS = {
    "h1": "{w1}*{i1}+{w2}*{i2}",
    "h2": "{w3}*{i1}+{w4}*{i2}",
    "a_h1": "1/(1+EXP(-{h1}))",
    "a_h2": "1/(1+EXP(-{h2}))",
    "o1": "{w5}*{a_h1}+{w6}*{a_h2}",
    "o2": "{w7}*{a_h1}+{w8}*{a_h2}",
    "a_o1": "1/(1+EXP(-{o1}))",
    "a_o2": "1/(1+EXP(-{o2}))",
    "E1": "0.5*({t1}-{a_o1})^2",
    "E2": "0.5*({t2}-{a_o2})^2",
    "E_total": "{E1}+{E2}",
    "dE/dw1": f"({D1}*{{w5}}+{D2}*{{w7}})*{{a_h1}}*(1-{{a_h1}})*{{i1}}",
    "dE/dw2": f"({D1}*{{w5}}+{D2}*{{w7}})*{{a_h1}}*(1-{{a_h1}})*{{i2}}",
    "dE/dw3": f"({D1}*{{w6}}+{D2}*{{w8}})*{{a_h2}}*(1-{{a_h2}})*{{i1}}",
    "dE/dw4": f"({D1}*{{w6}}+{D2}*{{w8}})*{{a_h2}}*(1-{{a_h2}})*{{i2}}",
    "dE/dw5": f"{D1}*{{a_h1}}",
    "dE/dw6": f"{D1}*{{a_h2}}",
    "dE/dw7": f"{D2}*{{a_h1}}",
    "dE/dw8": f"{D2}*{{a_h2}}",
    # {<x} is the row above.
    **{f"w{k}": f"{{<w{k}}}-{{lr}}*{{<dE/dw{k}}}" for k in range(1, 9)},
}


@dataclass(frozen=True)
class Style:
    """How a sheet looks: where it starts, what its headers say, and what it calculates."""

    top: int = 2
    left: int = 1
    order: tuple[str, ...] = tuple(ORDER)
    header: Callable[[str], str] = str
    formulas: Mapping[str, str] = field(default_factory=lambda: FORMULAS)
    start: Mapping[str, float] = field(default_factory=lambda: START)
    rate: float = 0.5
    rate_label: str = "LR="
    rows: int = 12


def write(
    ws: Worksheet,
    style: Style,
    planted: Mapping[tuple[str, int | None], str] | None = None,
) -> dict[str, str]:
    """Write one table. `planted` maps (quantity, data row or None for all) to another formula.

    Returns the letters of each quantity's column.
    """
    letters = {n: get_column_letter(style.left + k) for k, n in enumerate(style.order)}
    rate = f"${get_column_letter(style.left + 5)}${style.top - 1}"
    ws[f"{get_column_letter(style.left + 4)}{style.top - 1}"] = style.rate_label
    ws[rate.replace("$", "")] = style.rate
    for name, letter in letters.items():
        ws[f"{letter}{style.top}"] = style.header(name)
    for k in range(style.rows):
        row = style.top + 1 + k
        here = {name: f"{letter}{row}" for name, letter in letters.items()}
        above = {f"<{name}": f"{letter}{row - 1}" for name, letter in letters.items()}
        walked = rate.replace("$", "").replace(str(style.top - 1), str(style.top - 2 + k))
        cells = {**here, **above, "lr": rate, "lr_walked": walked if k else rate}
        for name, letter in letters.items():
            formula = style.formulas.get(name)
            given = name in style.start and (k == 0 or formula is None)
            if not given:
                change = (planted or {}).get((name, k)) or (planted or {}).get((name, None))
                formula = change or formula
            if given:
                ws[f"{letter}{row}"] = style.start[name]
            elif formula is not None:
                filled = formula
                for key, cell in cells.items():
                    filled = filled.replace("{" + key + "}", cell)
                ws[f"{letter}{row}"] = f"={filled}"
    return letters


def book(
    path: Path,
    style: Style | None = None,
    planted: Mapping[tuple[str, int | None], str] | None = None,
) -> Path:
    """Save a workbook with one table and return its path."""
    wb = openpyxl.Workbook()
    assert wb.active is not None
    write(wb.active, style or Style(), planted)
    wb.save(path)
    return path
