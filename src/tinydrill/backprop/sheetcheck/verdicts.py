"""What the check says, as data: findings, verdicts per table, and the file's exit status."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tinydrill.backprop.sheetcheck.network import Net


class Verdict(StrEnum):
    """The three answers. `wrong` outweighs `not checkable`, which outweighs `right`."""

    RIGHT = "right"
    WRONG = "wrong"
    NOT_CHECKABLE = "not checkable"

    @property
    def status(self) -> int:
        """Exit status: 0 right, 1 wrong, 2 not checkable."""
        return {"right": 0, "wrong": 1, "not checkable": 2}[self.value]


def worst(verdicts: "list[Verdict]") -> Verdict:
    """Return the verdict of several together; nothing at all is not checkable."""
    for verdict in (Verdict.WRONG, Verdict.NOT_CHECKABLE):
        if verdict in verdicts:
            return verdict
    return Verdict.RIGHT if verdicts else Verdict.NOT_CHECKABLE


@dataclass(frozen=True)
class Finding:
    """One mistake.

    Args:
        sheet: sheet title.
        quantity: `dE/dw1`, or `w1` for its update.
        header: the column's header as written.
        kind: forward, loss, gradient or update.
        cells: the cells, `X3:X200`.
        count: how many they are.
        formula: the formula in the first of them.
        should_be: the right formula for that cell, in the sheet's addresses; empty if unknown.
        mistake: the class of mistake.
        words: the mistake in a clause.
        value: the number in the first cell.
        right_value: what the right formula makes of the same row.
        changes: (row, column) -> right formula, for every cell of the finding.
        copied_from: the quantity whose formula stands here, if one does.
    """

    sheet: str
    quantity: str
    header: str
    kind: str
    cells: str
    count: int
    formula: str
    should_be: str
    mistake: str
    words: str
    value: float | None
    right_value: float | None
    changes: Mapping[tuple[int, int], str] = field(default_factory=dict, repr=False)
    copied_from: str = ""

    @property
    def how_far(self) -> str:
        """How far off the first cell's number is."""
        if self.value is None or self.right_value is None:
            return ""
        told = f"{self.value:.8g} instead of {self.right_value:.8g}"
        if self.right_value and self.value and abs(self.value - self.right_value) > 0:
            ratio = self.value / self.right_value
            told += f" ({ratio:.4g} times)" if abs(ratio - 1) > 5e-4 else f" ({ratio - 1:+.2%})"
        if self.value == self.right_value:
            told += " (the numbers in this row hide it)"
        return told

    @property
    def sentence(self) -> str:
        """The finding in one sentence."""
        return f"{self.cells}: {self.quantity} is wrong, {self.mistake}: {self.words}."


@dataclass(frozen=True)
class StaleValue:
    """A stored value that its formula doesn't give: the file was saved without recalculation."""

    cell: str
    stored: str
    calculated: float


@dataclass(frozen=True)
class TableReport:
    """The verdict on one table."""

    sheet: str
    label: str
    verdict: Verdict
    reason: str = ""
    columns: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)
    net: Net | None = None
    loss: str = ""
    convention: str = ""
    rate: str = ""
    checked: Mapping[str, int] = field(default_factory=dict)
    unchecked: int = 0
    findings: tuple[Finding, ...] = ()
    stale: tuple[StaleValue, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileReport:
    """The verdict on one file. A sheet without a table is passed over, unless no sheet has one."""

    path: str
    tables: tuple[TableReport, ...] = ()
    empty_sheets: tuple[str, ...] = ()
    reason: str = ""
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The file's verdict."""
        if self.reason:
            return Verdict.NOT_CHECKABLE
        return worst([table.verdict for table in self.tables])
