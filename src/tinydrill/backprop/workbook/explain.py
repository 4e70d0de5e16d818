"""The first two sheets: the network drawn with its numbers, and what each column computes."""

import re
from typing import TYPE_CHECKING, Any

from xlsxwriter.utility import xl_col_to_name

from tinydrill.backprop.drawing import draw
from tinydrill.backprop.workbook.cells import LiveSheet, row_formula
from tinydrill.backprop.workbook.columns import Column, heading
from tinydrill.backprop.workbook.layout import (
    FIRST_ROW,
    NETWORK,
    START_ROW,
    rate_name,
    setting_name,
    start_names,
    start_place,
)
from tinydrill.backprop.workbook.styles import COLOURS, KINDS

if TYPE_CHECKING:
    from tinydrill.backprop.workbook.write import Plan

_TEXTS = 20
"""Column, from 0, of the drawing's own numbers: far right, out of the reader's way."""


def write_network(plan: "Plan") -> None:
    """The first sheet: drawing, start values (the only numbers typed in), sheets, colours."""
    sheet, styles, problem = plan.sheet(NETWORK), plan.styles, plan.problem
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, problem.title, styles.title)
    shape = " – ".join(str(width) for width in problem.widths)
    kinds = ", ".join(layer.activation for layer in problem.layers)
    sheet.write_string(1, 0, f"{shape} units · {kinds} · loss: {problem.loss}", styles.line)
    sheet.insert_chart(2, 0, _drawing(plan, sheet))
    parts = ("Weights", "Inputs and targets")
    for group, members in enumerate(start_names(problem)):
        sheet.write_string(START_ROW - 1, 3 * group, parts[group], styles.part)
        for name in members:
            row, column = start_place(problem, name)
            value = problem.parameters().get(name)
            value = plan.trajectories[0].rows[0][_source(plan, name)] if value is None else value
            head = styles.heads["weight" if group == 0 else "given"]
            sheet.write_string(row, column - 1, name, head)
            sheet.write_number(row, column, value, styles.input)
    sheet.write_string(START_ROW - 1, 6, "Sheets", styles.part)
    sheet.write_url(START_ROW, 6, "internal:'derivation'!A1", styles.link, "derivation")
    sheet.write_url(START_ROW + 1, 6, "internal:'all rates'!A1", styles.link, "all rates")
    sheet.write_url(START_ROW + 2, 6, "internal:'check'!A1", styles.link, "check")
    for k, name in enumerate(plan.sheet_names):
        row = START_ROW + 3 + k
        sheet.write_url(row, 6, f"internal:'{name}'!A1", styles.link, name)
        shown = plan.value(plan.trajectories[k].rate)
        sheet.write_live(row, 7, rate_name(k), styles.rate, shown)
    sheet.write_string(START_ROW - 1, 9, "Columns and their colours", styles.part)
    present = [kind for kind in COLOURS if any(c.kind == kind for c in plan.columns)]
    for k, kind in enumerate(present):
        sheet.write_blank(START_ROW + k, 9, None, styles.heads[kind])
        headings = [c.heading for c in plan.columns if c.kind == kind]
        if len(headings) > 5:
            headings = [*headings[:3], "…", headings[-1]]
        words = f"{KINDS[kind]}: {' '.join(headings)}"
        sheet.write_string(START_ROW + k, 10, words, styles.line)
    hints = (
        "Yellow cells are the start: every sheet begins with them.",
        "Change one, and all rows, charts and checks follow.",
        "Each sheet's rate stands at its top.",
        "The sheet 'derivation' explains every column.",
    )
    for k, line in enumerate(hints):
        sheet.write_string(START_ROW + len(present) + 1 + k, 9, line, styles.line)
    sheet.set_column(0, 10, 10)
    for column in (1, 4, 7):  # a number with ten decimals, as drawn weights have: else "###"
        sheet.set_column(column, column, 15)
    sheet.set_landscape()
    sheet.set_paper(9)
    rows = max(len(members) for members in start_names(problem))
    sheet.print_area(0, 0, START_ROW + max(rows, 3 + len(plan.sheet_names), 12), 16)
    sheet.fit_to_pages(1, 1)
    sheet.activate()


def _source(plan: "Plan", name: str) -> int:
    return plan.trajectories[0].columns.index(name)


def _drawing(plan: "Plan", sheet: LiveSheet) -> Any:
    """The network as a chart: a line for each weight, a marker for each unit, live labels."""
    drawing, styles = draw(plan.problem), plan.styles
    first = plan.sheet_names[0]
    chart = plan.book.add_chart({"type": "scatter", "subtype": "straight"})
    top = max(abs(y) for _, y in drawing.places.values()) + 0.6
    right = max(x for x, _ in drawing.places.values())
    sheet.write_string(0, _TEXTS, "what the drawing is made of", styles.line)
    row = 1
    many = len(drawing.lines) > 40  # more labels than that hide the lines
    for start, end, _ in drawing.lines:
        for k, name in enumerate((start, end)):
            _place(sheet, row + k, drawing.places[name])
        chart.add_series({**_points(row, 2), "line": {"color": "#9AA7B4", "width": 1.25}})
        row += 2
    for weight, place in drawing.labels.items():
        if many:
            break
        _place(sheet, row, place)
        label = _live_label(plan, sheet, row, weight, _start(plan, weight))
        font = {"size": 10, "color": "#1F5FA8"}
        chart.add_series({**_points(row, 1), **label, **_label_style("above", font)})
        row += 1
    for name, place in drawing.places.items():
        _place(sheet, row, place)
        signal = f"a_{name}" if name[0] in "ho" else name
        if len(plan.problem.samples) > 1 and name != "E_total":
            label = {"name": name}
        else:
            column = xl_col_to_name(plan.places[signal])
            label = _live_label(plan, sheet, row, signal, f"'{first}'!{column}{FIRST_ROW + 1}")
        colour = {"i": "#C9CED4", "E": "#F3B899"}.get(name[0], "#A5D19F")
        marker = {
            "type": "circle",
            "size": 12 if many else 22,
            "fill": {"color": colour},
            "border": {"color": "#47535F"},
        }
        font = {"bold": True, "size": 10, "color": "#1D2733"}
        # Where no line runs: outside of the drawing, or on the unit's side away from the middle.
        side = "above" if place[1] < 0 else "below"
        side = {0.0: "left", right: "right"}.get(place[0], side)
        chart.add_series(
            {
                **_points(row, 1),
                **label,
                **_label_style(side, font),
                "marker": marker,
                "line": {"color": colour},  # LibreOffice paints markers in the line's colour
            }
        )
        row += 1
    hidden = {"visible": False, "major_gridlines": {"visible": False}}
    chart.set_x_axis({**hidden, "min": -0.7, "max": right + 0.9})
    chart.set_y_axis({**hidden, "min": -top, "max": top})
    chart.set_legend({"none": True})
    chart.set_title({"none": True})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_size({"width": 1000, "height": 500})
    return chart


def _place(sheet: LiveSheet, row: int, place: tuple[float, float]) -> None:
    sheet.write_number(row, _TEXTS, place[0])
    sheet.write_number(row, _TEXTS + 1, -place[1])


def _points(row: int, count: int) -> dict[str, Any]:
    last = row + count - 1
    return {
        "categories": [NETWORK, row, _TEXTS, last, _TEXTS],
        "values": [NETWORK, row, _TEXTS + 1, last, _TEXTS + 1],
        "marker": {"type": "none"},
    }


def _label_style(position: str, font: dict[str, object]) -> dict[str, Any]:
    """A series' own name as its label: the one kind of live label that every program shows."""
    return {
        "data_labels": {"series_name": True, "value": False, "position": position, "font": font}
    }


def _start(plan: "Plan", weight: str) -> str:
    row, column = start_place(plan.problem, weight)
    return f"{xl_col_to_name(column)}{row + 1}"


def _live_label(
    plan: "Plan", sheet: LiveSheet, row: int, name: str, reference: str
) -> dict[str, Any]:
    """A name for a series that shows a quantity and its number, and follows the number's cell."""
    number = plan.trajectories[0].rows[0][_source(plan, name)]
    text = f"{heading(name)} {round(number, 4) + 0.0:.12g}"  # + 0.0: no "-0"
    formula = f'"{heading(name)} "&ROUND({reference},4)'
    sheet.write_live(row, _TEXTS + 2, formula, plan.styles.line, plan.value(text))
    return {"name": [NETWORK, row, _TEXTS + 2]}


def write_derivation(plan: "Plan") -> None:
    """What each column means and computes, by names, and as it stands in the sheet."""
    sheet, styles = plan.sheet("derivation"), plan.styles
    sheet.write_string(0, 0, "What each column computes, and why", styles.title)
    sheet.write_string(1, 0, "Along a path slopes are multiplied; paths are added up.", styles.line)
    titles = ("column", "meaning", "in names", f"in {plan.sheet_names[0]}, row 1")
    for k, title in enumerate(titles):
        sheet.write_string(3, k, title, styles.head)
    cells = {"rate": rate_name(0)}
    settings = plan.trajectories[0].optimiser.settings
    cells |= {name: setting_name(name, 0) for name in settings}
    for row, column in enumerate(plan.columns, 4):
        sheet.write_string(row, 0, column.heading, styles.heads[column.kind])
        sheet.write_string(row, 1, column.meaning, styles.text)
        sheet.write_string(row, 2, _by_names(column), styles.code)
        formula = row_formula(column.later, plan.places, cells)(FIRST_ROW + 2)
        sheet.write_string(row, 3, f"={formula}", styles.code)
        # A row's height is fixed in the file: it must hold the longest of the wrapped texts.
        lines = max(-(-len(_by_names(column)) // 58), -(-(len(formula) + 1) // 58), 1)
        lines = max(lines, -(-len(column.meaning) // 38))
        sheet.set_row(row, min(15 * lines, 400))
    sheet.set_column(0, 0, 12)
    sheet.set_column(1, 1, 36)
    sheet.set_column(2, 3, 66)
    sheet.freeze_panes(4, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.repeat_rows(3)
    sheet.fit_to_pages(1, 0)


def _by_names(column: Column) -> str:
    """The template as a reader writes it; names from the row above are marked."""
    text = column.later
    if column.kind == "weight":
        text = text.replace("{<", "{")
        sign = "stays" if text == f"{{{column.name}}}" else "←"
    else:
        text = re.sub(r"\{<([^}]+)\}", r"previous \1", text)
        sign = "="
    if column.kind == "given":
        return "given; the same in every row"
    text = re.sub(r"\{([^}]+)\}", lambda match: match[1], text)
    text = text.replace("*", "·").replace("^2", "²").replace("-", " − ").replace("+", " + ")
    text = text.replace("( − ", "(−")
    return f"{column.name} {sign} {text}" if sign != "stays" else f"{column.name} stays as it is"
