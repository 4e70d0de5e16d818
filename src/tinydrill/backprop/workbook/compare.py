"""All rates side by side: one table, and charts with a linear and a logarithmic axis."""

from typing import TYPE_CHECKING

from xlsxwriter.utility import xl_col_to_name

from tinydrill.backprop.workbook.layout import FIRST_ROW, rate_name
from tinydrill.backprop.workbook.rate import label_axes, loss_series

if TYPE_CHECKING:
    from tinydrill.backprop.workbook.write import Plan

COMPARE = "all rates"


def write_compare(plan: "Plan") -> None:
    """The sheet that puts the losses of all rates next to each other."""
    sheet, styles = plan.sheet(COMPARE), plan.styles
    sheet.write_string(0, 0, "The loss at every learning rate", styles.title)
    head, first = 2, 3
    sheet.write_string(head, 0, "iteration", styles.head)
    loss = xl_col_to_name(plan.places["E_total"])
    for k, trajectory in enumerate(plan.trajectories):
        title = f"rate {trajectory.rate:g}"
        sheet.write_live(head, k + 1, f'"rate "&{rate_name(k)}', styles.head, plan.value(title))
        for n, value in enumerate(plan.computed(k, "E_total")):
            formula = f"'{plan.sheet_names[k]}'!{loss}{FIRST_ROW + n + 1}"
            sheet.write_live(first + n, k + 1, formula, styles.numbers["error"], plan.value(value))
    for n in range(plan.iterations + 1):
        formula = f"'{plan.sheet_names[0]}'!A{FIRST_ROW + n + 1}"
        sheet.write_live(first + n, 0, formula, styles.count, plan.value(n))
    for place, log in ((head, False), (head + 24, True)):
        chart = plan.book.add_chart({"type": "scatter", "subtype": "straight"})
        for k in range(len(plan.trajectories)):
            chart.add_series({**loss_series(plan, k), "name": [COMPARE, head, k + 1]})
        label_axes(chart, plan.iterations)
        title = "Loss (logarithmic axis)" if log else "Loss"
        chart.set_title({"name": title, "name_font": {"size": 13}})
        if log:
            grid = {"visible": True, "line": {"color": "#E3E7EB"}}
            chart.set_y_axis({"name": "E_TOTAL", "log_base": 10, "major_gridlines": grid})
            chart.set_x_axis(
                {
                    "name": "iteration",
                    "min": 0,
                    "max": plan.iterations,
                    "label_position": "low",
                    "major_gridlines": grid,
                }
            )
        chart.set_legend({"position": "right"})
        chart.set_size({"width": 760, "height": 440})
        sheet.insert_chart(place, len(plan.trajectories) + 2, chart)
    sheet.set_column(0, len(plan.trajectories), 12)
    sheet.freeze_panes(first, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(head)
    sheet.fit_to_pages(1, 0)
