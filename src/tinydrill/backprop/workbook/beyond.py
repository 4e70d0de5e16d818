"""What a spreadsheet shows in the rows that lie beyond the end of Python's descent.

A trajectory ends with the last row in which every quantity is a finite number. A sheet goes on: the
cell that overflowed shows an error, and so does what depends on it; every other cell has a number.
"""

import ast
import math
import re
from collections.abc import Mapping, Sequence
from types import CodeType

from tinydrill.backprop.workbook.columns import Column

_NAME = re.compile(r"\{(<?)([^}]+)\}")
_FUNCTIONS = {
    "EXP": math.exp,
    "LN": math.log,
    "SQRT": math.sqrt,
    "TANH": math.tanh,
    "MAX": max,
    "MIN": min,
}


def rows_beyond(
    columns: Sequence[Column], last: Mapping[str, float], fixed: Mapping[str, float], count: int
) -> tuple[dict[str, float], ...]:
    """The rows after `last`, each by column name; a cell that shows an error is left out.

    Args:
        columns: of the sheet.
        last: the row above the first of them, with its iteration as ``n``.
        fixed: the rate and the optimiser's settings, by the names they have in templates.
        count: how many rows.
    """
    formulas = {column.name: _compiled(column.later) for column in columns}
    rows: list[dict[str, float]] = []
    above = dict(last)
    for _ in range(count):
        row = {"n": above["n"] + 1}
        # A name that is missing was an error: looking it up raises KeyError, so errors spread.
        names = {"above": above, "row": row, "fixed": fixed, **_FUNCTIONS}
        for column in _in_order(columns):
            try:  # the templates are our own: nothing from a file is evaluated
                number = float(eval(formulas[column.name], {"__builtins__": {}}, names))
            except (KeyError, ArithmeticError, ValueError):
                continue
            if math.isfinite(number):
                row[column.name] = number
        rows.append(row)
        above = row
    return tuple(rows)


def _in_order(columns: Sequence[Column]) -> list[Column]:
    """Weights stand beside the layer they feed, but every other formula leans leftwards only."""
    return sorted(columns, key=lambda column: column.kind not in ("given", "weight"))


def _compiled(template: str) -> CodeType:
    source = _NAME.sub(_reference, template.replace("=", "==").replace("^", "**"))
    tree = ast.fix_missing_locations(_Lazy().visit(ast.parse(source, mode="eval")))
    return compile(tree, "<formula>", "eval")


def _reference(match: re.Match[str]) -> str:
    where, name = match.groups()
    if where:
        return f"above[{name!r}]"
    return f"{'fixed' if name in _FIXED else 'row'}[{name!r}]"


_FIXED = ("rate", "beta", "beta1", "beta2", "epsilon")


class _Lazy(ast.NodeTransformer):
    """IF(condition, a, b) computes only the one of a and b that it gives."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "IF":
            condition, yes, no = node.args
            return ast.IfExp(condition, yes, no)
        return node
