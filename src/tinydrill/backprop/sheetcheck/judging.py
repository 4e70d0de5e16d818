"""Judges every formula of a table against the truth at random points, and explains what differs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tinydrill.backprop.sheetcheck import mistakes
from tinydrill.backprop.sheetcheck.binding import Binder
from tinydrill.backprop.sheetcheck.calculate import CalculationError
from tinydrill.backprop.sheetcheck.columns import Column, Group
from tinydrill.backprop.sheetcheck.diagnosis import Diagnosis, diagnose
from tinydrill.backprop.sheetcheck.inference import Understanding
from tinydrill.backprop.sheetcheck.names import kind_of
from tinydrill.backprop.sheetcheck.network import plain
from tinydrill.backprop.sheetcheck.numbers import Numbers, half_unit
from tinydrill.backprop.sheetcheck.parsing import FormulaError, address, column_letters
from tinydrill.backprop.sheetcheck.probes import PROBES, Probe, agrees
from tinydrill.backprop.sheetcheck.reading import Cell
from tinydrill.backprop.sheetcheck.syntax import (
    Node,
    Number,
    Place,
    Symbol,
    replace_leaves,
    symbols,
    without_parts,
)
from tinydrill.backprop.sheetcheck.verdicts import Finding
from tinydrill.backprop.sheetcheck.wanted import formula_for
from tinydrill.backprop.sheetcheck.writing import formula_text, quoted

_MAX_EXPLAINED = 100  # different wrong formulas of a table, beyond which none is looked into


@dataclass(frozen=True)
class Judged:
    """The outcome for the columns of one table."""

    findings: tuple[Finding, ...]
    checked: Mapping[str, int]
    unchecked: Mapping[str, tuple[str, ...]]  # reason -> cells


@dataclass
class Judge:
    """Judges the columns of one table."""

    binder: Binder
    columns: Mapping[str, Column]
    known: Understanding
    explained: int = 0

    def __post_init__(self) -> None:
        known = self.known
        first, usual = (
            [
                Probe(
                    known.net,
                    seed,
                    known.constant,
                    known.rate,
                    known.convention,
                    self.binder.place_value,
                    in_first_row,
                    known.settings_in_cells,
                )
                for seed in range(PROBES)
            ]
            for in_first_row in (True, False)
        )
        self.probes, self._first_probes = usual, first
        self.numbers = Numbers(self.binder.book)

    def right(self, name: str, tree: Node, *, first: bool = False) -> bool:
        """Return whether a tree calculates a quantity, in the first row or in any later one."""
        probes = self._first_probes if first else self.probes
        return agrees(tree, lambda probe: probe.point(0)[name], probes)

    def _is_first(self, name: str, rows: tuple[int, ...]) -> bool:
        """Whether these are a memory's cells in the first row, which start from nothing."""
        return kind_of(name) == "state" and rows == self.binder.table.rows[:1]

    def judge(self) -> Judged:
        """Judge every column."""
        findings: list[Finding] = []
        checked = dict.fromkeys(("forward", "loss", "gradient", "update", "input"), 0)
        unchecked: dict[str, list[str]] = {}
        for name, column in self.columns.items():
            if name not in self.probes[0].point(0):
                continue
            if name == "n" and self.known.net.optimiser != "adam":
                continue  # nothing depends on how the iterations are numbered
            wrong: list[tuple[Group, Diagnosis]] = []
            right_rows: list[int] = []
            for group in column.groups:
                if self._given(name, group):
                    checked["input"] += len(group.rows)
                elif group.tree is None:
                    unchecked.setdefault(group.problem, []).extend(self._cells(name, group.rows))
                elif self.right(name, group.tree, first=self._is_first(name, group.rows)):
                    checked[self.kind(name)] += len(group.rows)
                    right_rows.extend(group.rows)
                else:
                    checked[self.kind(name)] += len(group.rows)
                    wrong.append((group, self._explain(name, group.tree)))
            findings.extend(self._findings(name, wrong, right_rows))
            typed = self._typed(name, column)
            disagree = [row for row in typed if right_rows and self._typed_wrong(name, row)]
            if disagree:
                words = "a typed number stands where every other row has a formula"
                group = Group(name, None, tuple(disagree))
                findings.extend(
                    self._findings(name, [(group, Diagnosis(mistakes.TYPED, words))], right_rows)
                )
                checked[self.kind(name)] += len(disagree)
            rest = [row for row in typed if row not in disagree]
            if rest:
                reason = "the numbers are typed in, there is no formula to check"
                unchecked.setdefault(reason, []).extend(self._cells(name, rest))
            holes = self._holes(name, column)
            if holes:
                reason = "the cell holds no formula and no number, though its row calculates"
                unchecked.setdefault(reason, []).extend(self._cells(name, holes))
        return Judged(
            tuple(findings), checked, {reason: tuple(cells) for reason, cells in unchecked.items()}
        )

    def kind(self, name: str) -> str:
        """Return the kind under which a column is counted."""
        kind = kind_of(name)
        return {
            "weight": "update",
            "target": "input",
            "rate": "input",
            "setting": "input",
            "state": "update",
        }.get(kind, kind)

    def _given(self, name: str, group: Group) -> bool:
        """Whether the cells fetch a start value or an input from outside the table."""
        kind = kind_of(name)
        start = group.rows == self.binder.table.rows[:1]
        if kind == "weight" and not self.known.trained:
            return True
        if group.tree is None or symbols(group.tree):
            # What can't be followed is still a start value if it stands where one belongs.
            return group.tree is None and start and kind in ("input", "target", "weight")
        return kind in ("input", "target", "rate", "setting") or (kind == "weight" and start)

    def _explain(self, name: str, tree: Node) -> Diagnosis:
        self.explained += 1
        if self.explained > _MAX_EXPLAINED:
            return Diagnosis(mistakes.UNEXPLAINED, "one of very many different formulas")
        wanted = self._wanted(name)
        if wanted is None:
            return Diagnosis(mistakes.UNEXPLAINED, f"{name} differs from row to row")
        if not symbols(tree) and not isinstance(tree, Place):
            return Diagnosis(mistakes.TYPED, "a fixed number stands where a formula belongs")
        places = dict(self.binder.scalars)
        return diagnose(
            name, tree, wanted, self.known.net, self.probes, places, self.binder.table.columns
        )

    def _wanted(self, name: str) -> Node | None:
        if kind_of(name) in ("input", "target", "rate"):
            return Symbol(name, -1)
        have = {*self.columns, *self.binder.scalars.values()}
        if name in self.known.constant:
            return Symbol(name, -1)
        if f"{name}_new" in have and kind_of(name) == "weight":
            return Symbol(f"{name}_new", -1)
        return formula_for(self.known.net, name, self.known.convention, have.__contains__)

    def _typed(self, name: str, column: Column) -> list[int]:
        """Return the rows whose typed number should be calculated."""
        kind = kind_of(name)
        if kind in ("input", "target", "rate", "setting") or name in self.known.constant:
            return []
        if kind == "weight" and not self.known.trained:
            return []
        first = self.binder.table.rows[0]
        return [row for row in column.typed if kind != "weight" or row != first or "_" in name]

    def _holes(self, name: str, column: Column) -> list[int]:
        """Return the rows that calculate elsewhere but hold nothing, or text, in this column."""
        kind, rows = kind_of(name), self.binder.table.rows
        if kind not in ("forward", "loss", "gradient", "weight") or name in self.known.constant:
            return []
        if not column.groups or (kind == "weight" and not self.known.trained):
            return []
        filled = _filled(column)
        first, last, often = min(filled), max(filled), 3 * len(filled) >= len(rows)
        return [
            row
            for row in rows
            if row not in filled
            and not (kind == "weight" and row == rows[0])
            and (often or first < row < last)
            and self._calculates(row)
        ]

    def _calculates(self, row: int) -> bool:
        """Whether at least half of the columns that hold formulas have a value in a row."""
        columns = [column for column in self.columns.values() if column.groups]
        return 2 * sum(row in _filled(column) for column in columns) >= len(columns)

    def _typed_wrong(self, name: str, row: int) -> bool:
        value, right = self._number(name, row), self._right_value(name, row)
        cell = self.binder.cell(self.binder.table.sheet, row, self.binder.table.columns[name])
        if value is None or right is None or cell is None:
            return False
        return abs(value - right) > half_unit(cell.digits) + 1e-6 * abs(right)

    def _cells(self, name: str, rows: Iterable[int]) -> list[str]:
        column = self.binder.table.columns[name]
        return [address(row, column) for row in rows]

    def _number(self, name: str, row: int) -> float | None:
        table = self.binder.table
        return self.numbers.number((table.sheet, row, table.columns[name]))

    def _right_value(self, name: str, row: int) -> float | None:
        wanted = self._wanted(name)
        if wanted is None:
            return None
        at = (self.binder.table.sheet, row, self.binder.table.columns[name])
        try:
            value = self.numbers.calculated(self._placed(wanted, row), at)
        except (CalculationError, FormulaError):
            return None
        return float(value) if isinstance(value, int | float) else None

    def _placed(self, tree: Node, row: int) -> Node:
        """Return the tree with quantities replaced by their cells for a formula in a row."""
        return replace_leaves(
            without_parts(tree), lambda s: self.locate(s, row) if isinstance(s, Symbol) else s
        )

    def locate(self, symbol: Symbol, row: int) -> Node:
        """Return the cell of a quantity for a formula in a row of the table."""
        table = self.binder.table
        if symbol.name in table.columns and symbol.name not in self.binder.skip:
            rows = table.rows
            at = rows.index(row) + symbol.offset
            there = rows[at] if 0 <= at < len(rows) else row + symbol.offset
            return Place(table.sheet, there, table.columns[symbol.name])
        for (sheet, r, c), name in self.binder.scalars.items():
            if name == symbol.name:
                return Place(sheet, r, c)
        if symbol.name == "lr" and self.known.rate is not None:
            return Number(self.known.rate)
        return symbol

    def _written(self, tree: Node, row: int, column: int) -> str:
        fixed = {(s, r, c) for s, r, c in self.binder.scalars}

        def name_place(node: Node) -> str:
            if isinstance(node, Symbol):
                return node.name
            assert isinstance(node, Place)
            prefix = "" if node.sheet == self.binder.table.sheet else quoted(node.sheet) + "!"
            if (node.sheet, node.row, node.column) in fixed:
                return f"{prefix}${column_letters(node.column)}${node.row}"
            return prefix + address(node.row, node.column)

        return formula_text(self._placed(tree, row), row, column, name_place)

    def _should_be(self, name: str, row: int, right_rows: list[int]) -> str:
        """Return the right formula: as the nearest right row of the column has it, or our own."""
        table = self.binder.table
        column = table.columns[name]
        for other in sorted(right_rows, key=lambda r: abs(r - row))[:1]:
            cell = self.binder.cell(table.sheet, other, column)
            if cell is not None and cell.tree is not None:
                try:
                    moved = self.binder.bind(Cell(tree=cell.tree), row, column)
                except FormulaError:
                    break
                if self.right(name, moved):
                    return formula_text(cell.tree, row, column)
        wanted = self._wanted(name)
        return self._written(wanted, row, column) if wanted is not None else ""

    def _findings(
        self, name: str, wrong: list[tuple[Group, Diagnosis]], right_rows: list[int]
    ) -> list[Finding]:
        table = self.binder.table
        found: dict[object, list[tuple[Group, Diagnosis]]] = {}
        column = table.columns[name]
        walked = {d.kind for _, d in wrong} & {mistakes.UNANCHORED}
        for group, diagnosis in wrong:
            # A reference that walks differs in every row: one finding, told by its first cell.
            key = diagnosis.kind if walked else (diagnosis.kind, diagnosis.words)
            found.setdefault(key, []).append((group, diagnosis))
        findings = []
        for parts in found.values():
            rows = sorted(row for group, _ in parts for row in group.rows)
            first = rows[0]
            _, diagnosis = next(part for part in parts if first in part[0].rows)
            cell = self.binder.cell(table.sheet, first, column)
            changes = {(row, column): self._should_be(name, row, right_rows) for row in rows}
            findings.append(
                Finding(
                    table.sheet,
                    name,
                    table.headers[name],
                    self.kind(name),
                    ranges(rows, column),
                    len(rows),
                    (cell.formula or cell.digits) if cell else "",
                    changes[first, column],
                    diagnosis.kind,
                    diagnosis.words,
                    self._number(name, first),
                    self._right_value(name, first),
                    changes if all(changes.values()) else {},
                    diagnosis.copied_from,
                )
            )
        return findings


def _filled(column: Column) -> set[int]:
    return {*column.typed, *(row for group in column.groups for row in group.rows)}


def ranges(rows: list[int], column: int) -> str:
    """Return `X3:X20, X25` for sorted row numbers of a column."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][-1] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    words = [
        address(run[0], column) + (f":{address(run[-1], column)}" if len(run) > 1 else "")
        for run in runs
    ]
    return ", ".join(words[:4]) + (f" and {len(words) - 4} more ranges" if len(words) > 4 else "")


def demoted(findings: Iterable[Finding], judge: Judge) -> frozenset[str]:
    """Return columns headed like an error (E1, …) that hold something else.

    Such a column calculates no error that any known mistake explains, and nothing that is right
    depends on its being one: then the header means something else.
    """
    unexplained = {f.quantity for f in findings if f.mistake == mistakes.UNEXPLAINED}
    return frozenset(
        name
        for name in unexplained
        if name in judge.known.net.errors
        and not any(
            name in {s.name for s in symbols(group.tree)}
            for other, column in judge.columns.items()
            for group in column.groups
            if group.tree is not None and other != name and judge.right(other, group.tree)
        )
    )


def users(judge: Judge, name: str) -> set[str]:
    """Return the other columns whose formulas use a quantity."""
    return {
        other
        for other, column in judge.columns.items()
        for group in column.groups
        if other != name
        and group.tree is not None
        and name in {symbol.name for symbol in symbols(group.tree)}
    }


def misread(findings: Iterable[Finding], judge: Judge) -> frozenset[str]:
    """Return columns whose header may mean something else: wrong, and so is all that uses them.

    `da_h1` can head a_h1·(1 − a_h1), `δo1` a difference of the other sign, `Error1` t − a. Whether
    they do shows when what uses them is right once their formulas are followed.
    """
    wrong = {finding.quantity for finding in findings}
    net = judge.known.net
    return frozenset(
        name
        for name in wrong
        if (
            name in net.errors
            or (name.startswith("dE/d") and plain(name)[4:] not in (*net.weights, *net.biases))
        )
        and users(judge, name) <= wrong
        and (users(judge, name) or _is_slope(name, judge))
    )


def _is_slope(name: str, judge: Judge) -> bool:
    """Whether a column that nothing uses holds the slope a·(1 − a) of the unit in its header."""
    units = {one: u.activation for u in judge.known.net.units for one in (u.name, u.activation)}
    a = units.get(name[4:])
    groups = judge.columns[name].groups
    return (
        a is not None
        and groups[0].tree is not None
        and agrees(groups[0].tree, lambda p: p.point(0)[a] * (1 - p.point(0)[a]), judge.probes)
    )


def with_columns(judge: Judge, binder: Binder, columns: Mapping[str, Column]) -> Judge:
    """Return the judge for other columns of the same table."""
    return replace(judge, binder=binder, columns=columns)
