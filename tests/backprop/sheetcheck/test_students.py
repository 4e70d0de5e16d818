"""Sheets as students make them, with extra rows, helper columns and holes."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.backprop.sheetcheck.sheets import FORMULAS, ORDER, START, Style, write
from tinydrill.backprop.sheetcheck.check import check_file
from tinydrill.backprop.sheetcheck.verdicts import FileReport

NEW = tuple(f"new{k}" for k in range(1, 9))


def report_of(folder: Path, fill: Callable[[Worksheet], None]) -> FileReport:
    wb = openpyxl.Workbook()
    assert wb.active is not None
    fill(wb.active)
    wb.save(folder / "s.xlsx")
    return check_file(folder / "s.xlsx", {})


def tally_below(ws: Worksheet) -> None:
    column = write(ws, Style())["E_total"]
    ws[f"{column}15"] = f"=MIN({column}3:{column}14)"


def averages_below(ws: Worksheet) -> None:
    for column in write(ws, Style()).values():
        ws[f"{column}16"] = f"=AVERAGE({column}3:{column}14)"


def next_rate_below(ws: Worksheet) -> None:
    write(ws, Style())
    write(ws, Style(top=16, rate=2.0))


def start_values_above(ws: Worksheet) -> None:
    letters = write(ws, Style(top=8))
    for k, (name, value) in enumerate(START.items(), start=1):
        ws.cell(2, k, name)
        ws.cell(3, k, value)
        ws[f"{letters[name]}9"] = f"={ws.cell(3, k).coordinate}"


def gradients_headed_otherwise(ws: Worksheet) -> None:
    write(ws, Style(header=lambda n: f"∂E/∂{n[4:]} (see notes)" if n.startswith("dE") else n))


def loss_repeated(ws: Worksheet) -> None:
    column = write(ws, Style())["E_total"]
    ws["AG2"] = "E_total"
    for row in range(3, 15):
        ws[f"AG{row}"] = f"={column}{row}"


def rows_numbered(ws: Worksheet) -> None:
    write(ws, Style(left=2))
    ws["A2"] = "Iteration"
    for row in range(3, 15):
        ws[f"A{row}"] = "=ROW()-2"


def new_weights_under_the_old_names(ws: Worksheet) -> None:
    formulas = dict(FORMULAS)
    for k in range(1, 9):
        formulas[f"new{k}"] = f"{{w{k}}}-{{lr}}*{{dE/dw{k}}}"
        formulas[f"w{k}"] = f"{{<new{k}}}"
    names = dict(zip(NEW, (f"w{k}" for k in range(1, 9)), strict=True))
    write(ws, Style(order=(*ORDER, *NEW), formulas=formulas, header=lambda n: names.get(n, n)))


def slope(ws: Worksheet) -> None:
    formulas = {**FORMULAS, "slope": "{a_h1}*(1-{a_h1})"}
    for name in ("dE/dw1", "dE/dw2"):
        formulas[name] = FORMULAS[name].replace("{a_h1}*(1-{a_h1})", "{slope}")
    write(
        ws,
        Style(
            order=(*ORDER, "slope"),
            formulas=formulas,
            header=lambda n: "da_h1" if n == "slope" else n,
        ),
    )


def delta(ws: Worksheet) -> None:
    formulas = {**FORMULAS, "delta": "({t1}-{a_o1})*{a_o1}*(1-{a_o1})"}
    formulas |= {"dE/dw5": "-{delta}*{a_h1}", "dE/dw6": "-{delta}*{a_h2}"}
    write(
        ws,
        Style(
            order=(*ORDER, "delta"),
            formulas=formulas,
            header=lambda n: "δo1" if n == "delta" else n,
        ),
    )


def biases_without_labels(ws: Worksheet) -> None:
    formulas = dict(FORMULAS)
    for unit, cell in (("h1", "$I$1"), ("h2", "$I$1"), ("o1", "$K$1"), ("o2", "$K$1")):
        formulas[unit] += f"+{cell}"
    write(ws, Style(formulas=formulas))
    ws["I1"], ws["K1"] = 0.35, 0.6


def sums_headed_net(ws: Worksheet) -> None:
    names = {"h1": "net1", "h2": "net2", "o1": "net3", "o2": "net4"}
    write(ws, Style(header=lambda n: names.get(n, n.removeprefix("a_"))))


def rate_as_text(ws: Worksheet) -> None:
    write(ws, Style())
    ws["F1"] = "0.5"


def inputs_above(ws: Worksheet) -> None:
    cells = {"t1": "$P$3", "t2": "$Q$3", "i1": "$R$3", "i2": "$S$3"}
    formulas = {}
    for name, formula in FORMULAS.items():
        for given, cell in cells.items():
            formula = formula.replace("{" + given + "}", cell)
        formulas[name] = formula
    write(ws, Style(top=8, order=tuple(n for n in ORDER if n not in cells), formulas=formulas))
    for k, name in enumerate(cells):
        ws.cell(2, 16 + k, name)
        ws.cell(3, 16 + k, START[name])


RIGHT = (
    tally_below,
    averages_below,
    next_rate_below,
    start_values_above,
    gradients_headed_otherwise,
    loss_repeated,
    rows_numbered,
    new_weights_under_the_old_names,
    slope,
    delta,
    biases_without_labels,
    sums_headed_net,
    rate_as_text,
    inputs_above,
)


@pytest.mark.parametrize("fill", RIGHT)
def test_a_right_sheet_is_right(fill: Callable[[Worksheet], None], tmp_path: Path) -> None:
    report = report_of(tmp_path, fill)
    assert [f.sentence for table in report.tables for f in table.findings] == []
    assert str(report.verdict) == "right", [table.reason for table in report.tables]


@pytest.mark.parametrize("content", [None, "n/a"])
@pytest.mark.parametrize("name", ["dE/dw4", "w4", "a_o1"])
def test_a_hole_is_not_called_right(name: str, content: str | None, tmp_path: Path) -> None:
    def fill(ws: Worksheet) -> None:
        ws[f"{write(ws, Style())[name]}8"] = content

    assert str(report_of(tmp_path, fill).verdict) != "right"


def test_gradients_that_were_not_read_are_not_called_right(tmp_path: Path) -> None:
    def fill(ws: Worksheet) -> None:
        named = lambda n: f"slope of {n[4:]}" if n.startswith("dE") else n  # noqa: E731
        write(ws, Style(rows=1, header=named))

    assert str(report_of(tmp_path, fill).verdict) == "not checkable"


def test_a_second_sheet_that_was_not_read_is_not_called_right(tmp_path: Path) -> None:
    def fill(ws: Worksheet) -> None:
        write(ws, Style())
        assert ws.parent is not None
        write(ws.parent.create_sheet("two"), Style(header=lambda n: f"column {n}"))

    assert str(report_of(tmp_path, fill).verdict) == "not checkable"
