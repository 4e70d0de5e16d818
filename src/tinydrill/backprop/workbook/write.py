"""The workbook as a whole: its sheets in order, its limits, its one write."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import xlsxwriter

from tinydrill.backprop.optimiser import Optimiser
from tinydrill.backprop.problem import Problem
from tinydrill.backprop.trajectory import (
    DEFAULT_ITERATIONS,
    DEFAULT_RATES,
    Trajectory,
    descend_all,
)
from tinydrill.backprop.workbook.beyond import rows_beyond
from tinydrill.backprop.workbook.cells import OVERFLOW, LiveSheet
from tinydrill.backprop.workbook.columns import Column, columns_of
from tinydrill.backprop.workbook.styles import Styles
from tinydrill.backprop.writing import appearing
from tinydrill.errors import UnusableInputError

MAX_PARAMETERS = 200
MAX_FORMULAS = 1_000_000
MAX_FORMULA_LENGTH = 8_192
"""Excel's limit for one formula."""


@dataclass(frozen=True)
class Plan:
    """What the sheets have in common.

    Args:
        book: the open workbook.
        problem: the network.
        trajectories: Python's numbers, one trajectory a rate.
        columns: of every rate's sheet, from its second column on (the first is the iteration).
        styles: cell formats.
        cached: whether cells carry Python's numbers, or none until they are computed.
    """

    book: Any
    problem: Problem
    trajectories: tuple[Trajectory, ...]
    columns: tuple[Column, ...]
    styles: Styles
    cached: bool

    @cached_property
    def places(self) -> dict[str, int]:
        """Column of each quantity, counted from 0; n is the iteration."""
        return {"n": 0, **{column.name: k for k, column in enumerate(self.columns, 1)}}

    @property
    def iterations(self) -> int:
        """Updates in each sheet; it has one row more."""
        return self.trajectories[0].iterations

    @cached_property
    def sheet_names(self) -> tuple[str, ...]:
        """``rate 0.1`` and so on, in the order of the rates."""
        return tuple(f"rate {t.rate!r}".removesuffix(".0") for t in self.trajectories)

    @cached_property
    def beyond(self) -> tuple[tuple[dict[str, float], ...], ...]:
        """For each rate, the rows after its trajectory's end: none if it did not diverge."""
        return tuple(
            rows_beyond(
                self.columns,
                {"n": len(t.rows) - 1, **dict(zip(t.columns, t.rows[-1], strict=True))},
                {"rate": t.rate, **t.optimiser.settings},
                self.iterations + 1 - len(t.rows),
            )
            for t in self.trajectories
        )

    def computed(self, number: int, name: str) -> list[float | str]:
        """A quantity in every row of a rate's sheet: Python's number, then a spreadsheet's."""
        rows = self.beyond[number]
        return [
            *self.trajectories[number].column(name),
            *(row.get(name, OVERFLOW) for row in rows),
        ]

    def sheet(self, name: str) -> LiveSheet:
        """A new sheet at the end."""
        sheet: LiveSheet = self.book.add_worksheet(name, worksheet_class=LiveSheet)
        return sheet

    def value(self, number: object) -> object:
        """What a cell shows before it is computed again."""
        return number if self.cached else ""


def write_workbook(
    problem: Problem,
    path: Path,
    rates: Sequence[float] = DEFAULT_RATES,
    iterations: int = DEFAULT_ITERATIONS,
    optimiser: Optimiser | None = None,
    cached: bool = True,
) -> dict[str, int]:
    """Write the workbook.

    Args:
        problem: the network; its weights, inputs and targets become the sheets' given cells.
        path: an .xlsx file, replaced if it exists.
        rates: one sheet each, at most 12.
        iterations: updates, so each sheet has rows 0 … iterations.
        optimiser: plain gradient descent if None.
        cached: False leaves every formula without a value, so that only a spreadsheet program
            can fill it in.

    Returns:
        How much was written: ``sheets``, ``formulas``, ``rows`` and ``columns`` of a rate's sheet.

    Raises:
        UnusableInputError: if the sheets would be too large, or the file can't be written.
    """
    from tinydrill.backprop.workbook.check import write_check
    from tinydrill.backprop.workbook.compare import write_compare
    from tinydrill.backprop.workbook.explain import write_derivation, write_network
    from tinydrill.backprop.workbook.rate import write_rate

    if path.suffix.lower() != ".xlsx":
        raise UnusableInputError(f"{path}: the file's name must end in .xlsx")
    rule = optimiser or Optimiser()
    columns = columns_of(problem, rule)
    _refuse_too_large(problem, columns, len(rates), iterations)
    trajectories = descend_all(problem, rates, iterations, rule)
    with appearing(path) as aside:
        # In memory: its fifty temporary files would take a fifth of the time.
        book = xlsxwriter.Workbook(str(aside), {"in_memory": True})
        book.set_properties({"title": problem.title, "comments": "Made by tinydrill."})
        book.set_calc_mode("auto")
        plan = Plan(book, problem, trajectories, columns, Styles(book), cached)
        # In the order of the tabs.
        write_network(plan)
        write_derivation(plan)
        write_compare(plan)
        for number in range(len(trajectories)):
            write_rate(plan, number)
        write_check(plan)
        formulas = sum(
            type(cell).__name__ == "Formula"
            for sheet in book.worksheets()
            for row in sheet.table.values()
            for cell in row.values()
        )
        sheets = len(book.worksheets())
        book.close()
    return {
        "sheets": sheets,
        "formulas": formulas,
        "rows": iterations + 1,
        "columns": len(columns) + 1,
    }


def _refuse_too_large(
    problem: Problem, columns: tuple[Column, ...], rates: int, iterations: int
) -> None:
    count = len(problem.parameters())
    if count > MAX_PARAMETERS:
        raise UnusableInputError(
            f"{count:,} weights and biases are too many for a sheet, the limit is {MAX_PARAMETERS}"
        )
    formulas = rates * (iterations + 1) * (len(columns) + 1)
    if formulas > MAX_FORMULAS:
        raise UnusableInputError(
            f"{rates} rates × {iterations + 1:,} rows × {len(columns) + 1} columns are "
            f"{formulas:,} cells, the limit is {MAX_FORMULAS:,}: ask for fewer iterations or rates"
        )
    # A reference is at most as long as "ABC1234567", whatever the name in the template.
    longest = max(columns, key=lambda column: column.later.count("{"))
    if longest.later.count("{") * 12 + len(longest.later) > MAX_FORMULA_LENGTH:
        raise UnusableInputError(
            f"the formula of {longest.heading} would be longer than the {MAX_FORMULA_LENGTH:,} "
            "characters that a spreadsheet takes: give fewer samples or units"
        )
