"""From templates to cell formulas, and the quick way to write many of them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import CellFormulaTuple, Worksheet

_NAME = re.compile(r"\{(<?)([^}]+)\}")

OVERFLOW = "#NUM!"
"""What a spreadsheet shows where a number has left what it can hold."""


def row_formula(
    template: str, places: Mapping[str, int], cells: Mapping[str, str]
) -> Callable[[int], str]:
    """A template as a function from a row's number (1 for the first row) to its formula.

    Args:
        template: see `columns`.
        places: column of each quantity, counted from 0.
        cells: names that stand for one fixed cell, such as the rate.
    """

    def reference(match: re.Match[str]) -> str:
        above, name = match.groups()
        if name in cells:
            return cells[name]
        return f"{xl_col_to_name(places[name])}{'<' if above else '{'}"

    pattern = _NAME.sub(reference, template)
    # Formulas may hold "<" only as a mark here: no template compares with it.
    return lambda row: pattern.replace("{", str(row)).replace("<", str(row - 1))


class LiveSheet(Worksheet):  # type: ignore[misc]  # XlsxWriter ships no types
    """A worksheet that takes finished formulas without examining them.

    `write_formula` searches every formula for functions newer than Excel 2010; for the 39,000
    formulas of the default workbook that is most of the time. Ours hold none.
    """

    def write_live(self, row: int, column: int, formula: str, style: Any, value: object) -> None:
        """A formula (without "=") and the value to show until it is computed again."""
        self._check_dimensions(row, column)
        self.table[row][column] = CellFormulaTuple(formula, style, value)
