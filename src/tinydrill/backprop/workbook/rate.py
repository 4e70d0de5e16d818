"""One learning rate's sheet: the rate on top, one row an iteration, its loss chart beside it."""

from typing import TYPE_CHECKING, Any

from xlsxwriter.utility import xl_col_to_name

from tinydrill.backprop.workbook.cells import LiveSheet, row_formula
from tinydrill.backprop.workbook.layout import (
    FIRST_ROW,
    HEAD_ROW,
    RATE_COLUMN,
    RATE_ROW,
    rate_name,
    setting_name,
    start_cell,
)
from tinydrill.backprop.workbook.styles import LINES

if TYPE_CHECKING:
    from tinydrill.backprop.workbook.write import Plan


def write_rate(plan: "Plan", number: int) -> None:
    """The sheet of rate `number`, counted from 0."""
    sheet = plan.sheet(plan.sheet_names[number])
    _write_top(plan, sheet, number)
    for column in plan.columns:
        place = plan.places[column.name]
        sheet.write_string(HEAD_ROW, place, column.heading, plan.styles.heads[column.kind])
    sheet.write_string(HEAD_ROW, 0, "iteration", plan.styles.head)
    _write_rows(plan, sheet, number)
    last = len(plan.columns)
    sheet.set_column(0, 0, 10)
    for column in plan.columns:
        place = plan.places[column.name]
        wide = column.kind in ("error", "delta", "gradient", "state")
        sheet.set_column(place, place, 13 if wide else 10)
    sheet.freeze_panes(HEAD_ROW + 1, 1)
    sheet.insert_chart(1, last + 2, _chart(plan, number))
    sheet.set_landscape()
    sheet.set_paper(8)  # A3: thirty columns can't be read on A4
    sheet.repeat_rows(HEAD_ROW)
    sheet.repeat_columns(0)
    sheet.print_area(0, 0, FIRST_ROW + plan.iterations, last)
    sheet.fit_to_pages(1 if last <= 40 else 0, 0)
    sheet.set_footer("&L&A&RPage &P of &N")


def _write_top(plan: "Plan", sheet: LiveSheet, number: int) -> None:
    trajectory = plan.trajectories[number]
    styles = plan.styles
    sheet.write_string(
        0, 0, f"{plan.problem.title}, by {_RULES[trajectory.optimiser.name]}", styles.title
    )
    sheet.write_string(RATE_ROW, 0, "learning rate", styles.bold)
    sheet.write_number(RATE_ROW, RATE_COLUMN, trajectory.rate, styles.input)
    name = rate_name(number)
    where = f"='{plan.sheet_names[number]}'!${xl_col_to_name(RATE_COLUMN)}${RATE_ROW + 1}"
    plan.book.define_name(name, where)
    hint = f"named {name}: change it, or a weight, an input or a target in row 0, and all follows"
    sheet.write_string(RATE_ROW, RATE_COLUMN + 1, hint, styles.line)
    for k, (setting, value) in enumerate(trajectory.optimiser.settings.items()):
        column = RATE_COLUMN + 2 * k
        sheet.write_string(RATE_ROW + 1, column, setting, styles.bold)
        sheet.write_number(RATE_ROW + 1, column + 1, value, styles.input)
        cell = f"${xl_col_to_name(column + 1)}${RATE_ROW + 2}"
        plan.book.define_name(
            setting_name(setting, number), f"='{plan.sheet_names[number]}'!{cell}"
        )


_RULES = {
    "gd": "plain gradient descent",
    "momentum": "gradient descent with momentum",
    "rmsprop": "RMSProp",
    "adam": "Adam",
}


def _write_rows(plan: "Plan", sheet: LiveSheet, number: int) -> None:
    trajectory = plan.trajectories[number]
    cells = {"rate": rate_name(number)}
    cells |= {name: setting_name(name, number) for name in trajectory.optimiser.settings}
    count = sheet.write_live
    sheet.write_number(FIRST_ROW, 0, 0, plan.styles.count)
    for n in range(1, plan.iterations + 1):
        count(FIRST_ROW + n, 0, f"A{FIRST_ROW + n}+1", plan.styles.count, plan.value(n))
    for column in plan.columns:
        place, style = plan.places[column.name], plan.styles.numbers[column.kind]
        values = plan.computed(number, column.name)
        later = row_formula(column.later, plan.places, cells)
        for n in range(plan.iterations + 1):
            row = FIRST_ROW + n
            if n:
                formula = later(row + 1)
            elif column.first is None:
                formula = start_cell(plan.problem, column.name)
            else:
                formula = row_formula(column.first, plan.places, cells)(row + 1)
            sheet.write_live(row, place, formula, style, plan.value(values[n]))


def _chart(plan: "Plan", number: int) -> Any:
    name = plan.sheet_names[number]
    chart = plan.book.add_chart({"type": "scatter", "subtype": "straight"})
    chart.add_series(loss_series(plan, number))
    chart.set_title({"name": f"Loss, {name}", "name_font": {"size": 13}})
    chart.set_legend({"none": True})
    label_axes(chart, plan.iterations)
    chart.set_size({"width": 640, "height": 380})
    return chart


def loss_series(plan: "Plan", number: int) -> dict[str, object]:
    """E_TOTAL over the iterations of one rate's sheet, as a chart's series."""
    name, place = plan.sheet_names[number], plan.places["E_total"]
    last = FIRST_ROW + plan.iterations
    return {
        "categories": [name, FIRST_ROW, 0, last, 0],
        "values": [name, FIRST_ROW, place, last, place],
        "line": {"color": LINES[number % len(LINES)], "width": 2},
    }


def label_axes(chart: Any, iterations: int) -> None:
    """Iteration to the right, loss upwards."""
    grid = {"visible": True, "line": {"color": "#E3E7EB"}}
    chart.set_x_axis({"name": "iteration", "min": 0, "max": iterations, "major_gridlines": grid})
    chart.set_y_axis({"name": "E_TOTAL", "major_gridlines": grid})
