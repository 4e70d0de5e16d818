"""The check sheet: gradients of a chosen row beside central differences the sheet itself forms.

It runs the network forwards twice for each weight, once a little above and once a little below,
with formulas of its own; the gradients of the rate's sheet play no part in them.
"""

from typing import TYPE_CHECKING

from xlsxwriter.utility import xl_col_to_name

from tinydrill.backprop.forward import evaluate
from tinydrill.backprop.workbook.cells import LiveSheet, row_formula
from tinydrill.backprop.workbook.layout import FIRST_ROW, rate_name

if TYPE_CHECKING:
    from tinydrill.backprop.workbook.write import Plan

CHECK = "check"
STEP = 1e-5
"""Half-width of the central difference: its error is then about 1e-10 for these networks."""
TOLERANCE = 1e-6
"""Largest difference that counts as agreement, relative to the largest gradient of the row."""

_LIST_COLUMN = 8
_TABLE = 10


def write_check(plan: "Plan") -> None:
    """The check sheet, last in the book."""
    sheet, styles = plan.sheet(CHECK), plan.styles
    sheet.write_string(0, 0, "Are the gradients right?", styles.title)
    sheet.write_string(
        1, 0, "Choose a rate and an iteration. E₊ and E₋ are the error with one weight "
        "a little larger and a little smaller; the lower table computes them.", styles.line
    )  # fmt: skip
    last = len(plan.trajectories) - 1
    rates = f"${xl_col_to_name(_LIST_COLUMN)}$4:${xl_col_to_name(_LIST_COLUMN)}${4 + last}"
    for row, (label, value) in enumerate(
        (("rate", plan.trajectories[0].rate), ("iteration", 0), ("step", STEP),
         ("tolerance", TOLERANCE)), 3
    ):  # fmt: skip
        sheet.write_string(row, 0, label, styles.bold)
        sheet.write_number(row, 1, value, styles.pick)
    sheet.data_validation("B4", {"validate": "list", "source": f"={rates}"})
    sheet.data_validation(
        "B5",
        {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": plan.iterations,
         "error_message": f"An iteration from 0 to {plan.iterations}."},
    )  # fmt: skip
    sheet.write_string(2, _LIST_COLUMN, "rates", styles.head)
    for k, trajectory in enumerate(plan.trajectories):
        shown = plan.value(trajectory.rate)
        sheet.write_live(3 + k, _LIST_COLUMN, rate_name(k), styles.rate, shown)
    sheet.write_string(7, 0, "sheet", styles.bold)
    sheet.write_live(7, 1, f"MATCH(B4,{rates},0)", styles.count, plan.value(1))
    for name, cell in (("check_sheet", "$B$8"), ("check_row", "$B$5"), ("check_step", "$B$6"),
                       ("check_tolerance", "$B$7")):  # fmt: skip
        plan.book.define_name(name, f"={CHECK}!{cell}")
    _write_table(plan, sheet)
    _write_forward(plan, sheet)
    sheet.set_column(0, 0, 13)
    sheet.set_column(1, len(plan.columns) + 1, 13)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _forward_row(plan: "Plan") -> int:
    """Row, from 0, of the lower table's headings; row 0 of the rate's sheet comes right below."""
    return _TABLE + len(plan.problem.parameters()) + 4


def _write_table(plan: "Plan", sheet: LiveSheet) -> None:
    styles = plan.styles
    titles = ("weight", "dE/dw in sheet", "(E₊−E₋)/(2·step)", "difference", "verdict")
    for k, title in enumerate(titles):
        sheet.write_string(_TABLE, k, title, styles.head)
    at = evaluate(plan.problem)
    first, count = _TABLE + 1, len(plan.problem.parameters())
    largest = f"MAX(MAX($B${first + 1}:$B${first + count}),-MIN($B${first + 1}:$B${first + count}))"
    column = xl_col_to_name(plan.places["E_total"] + 1)
    for k, (name, weight) in enumerate(plan.problem.parameters().items()):
        row, above = first + k, _forward_row(plan) + 3 + 2 * k
        gradient = at.gradients[name]
        up, down = (
            evaluate(plan.problem, {**plan.problem.parameters(), name: weight + sign * STEP}).loss
            for sign in (1, -1)
        )
        central = (up - down) / (2 * STEP)
        difference = gradient - central
        sheet.write_string(row, 0, name, styles.heads["weight"])
        sheet.write_live(row, 1, _chosen(plan, f"dE/d{name}"), styles.numbers["gradient"],
                         plan.value(gradient))  # fmt: skip
        sheet.write_live(row, 2, f"({column}{above}-{column}{above + 1})/(2*check_step)",
                         styles.numbers["gradient"], plan.value(central))  # fmt: skip
        sheet.write_live(row, 3, f"B{row + 1}-C{row + 1}", styles.tiny, plan.value(difference))
        # An absolute floor, so that gradients that are all 0 agree with differences that are.
        agree = f"ABS(D{row + 1})<=check_tolerance*({largest}+check_tolerance)"
        formula = f'IF(ISNUMBER(D{row + 1}),IF({agree},"right","wrong"),"no number")'
        top = max(abs(at.gradients[w]) for w in plan.problem.parameters())
        right = abs(difference) <= TOLERANCE * (top + TOLERANCE)
        sheet.write_live(row, 4, formula, styles.verdict, plan.value("right" if right else "wrong"))
    span = (first, 4, first + count - 1, 4)
    for word, style in (("right", styles.good), ("wrong", styles.bad), ("no number", styles.bad)):
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": style}
        sheet.conditional_format(*span, rule)


def _write_forward(plan: "Plan", sheet: LiveSheet) -> None:
    """A row for the network as it is, then two for each weight: a step above, a step below."""
    styles = plan.styles
    forward = [c for c in plan.columns if c.kind in ("given", "weight", "forward", "error")]
    # One column further right than in a rate's sheet: the first two say what is changed.
    places = {column.name: plan.places[column.name] + 1 for column in forward}
    head = _forward_row(plan)
    sheet.write_string(head - 1, 0, "The network run forwards with one weight changed", styles.part)
    sheet.write_string(head, 0, "changed", styles.head)
    sheet.write_string(head, 1, "by", styles.head)
    for column in forward:
        sheet.write_string(head, places[column.name], column.heading, styles.heads[column.kind])
    changes: list[tuple[str, int]] = [("nothing", 0)]
    changes += [(name, sign) for name in plan.problem.parameters() for sign in (1, -1)]
    base = head + 1
    for k, (changed, sign) in enumerate(changes):
        row = base + k
        known = plan.problem.parameters()
        at = evaluate(
            plan.problem, {**known, changed: known[changed] + sign * STEP} if sign else known
        )
        sheet.write_string(row, 0, changed, styles.line)
        if sign:
            sheet.write_live(row, 1, f"{'' if sign > 0 else '-'}check_step", styles.tiny,
                             plan.value(sign * STEP))  # fmt: skip
        for column in forward:
            place = places[column.name]
            if column.first is not None:
                formula = row_formula(column.first, places, {})(row + 1)
            elif not sign:
                formula = _chosen(plan, column.name)
            else:
                formula = f"{xl_col_to_name(place)}${base + 1}"
                formula += f"+$B{row + 1}" if column.name == changed else ""
            style = styles.numbers[column.kind]
            sheet.write_live(row, place, formula, style, plan.value(at.values[column.name]))


def _chosen(plan: "Plan", name: str) -> str:
    """A quantity's value in the chosen row of the chosen rate's sheet."""
    column = xl_col_to_name(plan.places[name])
    first, last = FIRST_ROW + 1, FIRST_ROW + 1 + plan.iterations
    picks = (
        f"INDEX('{s}'!${column}${first}:${column}${last},check_row+1)" for s in plan.sheet_names
    )
    return f"CHOOSE(check_sheet,{','.join(picks)})"
