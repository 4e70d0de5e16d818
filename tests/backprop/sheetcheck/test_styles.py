"""Right sheets in ten styles: no false alarm in any."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from tests.backprop.sheetcheck.sheets import FORMULAS, ORDER, START, Style, book, write
from tinydrill.backprop.sheetcheck.check import check_file


def headers(gradient: str, **others: str) -> Callable[[str], str]:
    def header(name: str) -> str:
        if name.startswith("dE/d"):
            return gradient.replace("#", name[4:])
        return others.get(name, name)

    return header


def negated() -> dict[str, str]:
    changed = dict(FORMULAS)
    for name, formula in FORMULAS.items():
        if name.startswith("dE/d"):
            changed[name] = formula.replace("({a_o1}-{t1})", "({t1}-{a_o1})").replace(
                "({a_o2}-{t2})", "({t2}-{a_o2})"
            )
        elif name[0] == "w":
            changed[name] = formula.replace("-{lr}", "+{lr}")
    return changed


def scaled() -> dict[str, str]:
    changed = dict(FORMULAS)
    for name, formula in FORMULAS.items():
        if name.startswith("dE/d"):
            changed[name] = f"{{lr}}*({formula})"
        elif name[0] == "w":
            changed[name] = formula.replace("{lr}*", "")
    return changed


def with_biases() -> Style:
    formulas = dict(FORMULAS)
    for unit, bias in (("h1", "b1"), ("h2", "b1"), ("o1", "b2"), ("o2", "b2")):
        formulas[unit] += f"+{{{bias}}}"
    return Style(
        order=(*ORDER, "b1", "b2"), formulas=formulas, start={**START, "b1": 0.35, "b2": 0.6}
    )


def with_unit_biases() -> Style:
    formulas = dict(FORMULAS)
    deltas = {"b3": "dE/db3", "b4": "dE/db4"}
    for unit, bias in (("h1", "b1"), ("h2", "b2"), ("o1", "b3"), ("o2", "b4")):
        formulas[unit] += f"+{{{bias}}}"
    formulas["dE/db3"] = "({a_o1}-{t1})*{a_o1}*(1-{a_o1})"
    formulas["dE/db4"] = "({a_o2}-{t2})*{a_o2}*(1-{a_o2})"
    for bias, gradient in deltas.items():
        formulas[bias] = f"{{<{bias}}}-{{lr}}*{{<{gradient}}}"
    order = (*ORDER, "b1", "b2", "b3", "b4", "dE/db3", "dE/db4")
    return Style(
        order=order, formulas=formulas, start={**START, **{f"b{k}": 0.1 * k for k in range(1, 5)}}
    )


def input_major() -> dict[str, str]:
    swap = {"w2": "w3", "w3": "w2", "w6": "w7", "w7": "w6"}
    changed = dict(FORMULAS)
    for name in ("h1", "h2", "o1", "o2", "dE/dw1", "dE/dw2", "dE/dw3", "dE/dw4", *FORMULAS):
        source = name.replace(name[-2:], swap.get(name[-2:], name[-2:]))
        if name[0] == "w":
            continue
        formula = FORMULAS[source if name.startswith("dE/d") else name]
        for old, new in swap.items():
            formula = formula.replace("{" + old + "}", "{§" + new + "}")
        changed[name] = formula.replace("§", "")
    return changed


def unusual_forms() -> dict[str, str]:
    return {
        **FORMULAS,
        "h1": "SUMPRODUCT({i1}:{i2},{w1}:{w2})",
        "a_h1": "EXP({h1})/(EXP({h1})+1)",
        "a_h2": "POWER(1+EXP(-1*{h2}),-1)",
        "E1": "({t1}-{a_o1})*({t1}-{a_o1})/2",
        "E2": "POWER({a_o2}-{t2},2)*50%",
        "E_total": "SUM({E1}:{E2})",
        "dE/dw2": "{dE/dw1}/{i1}*{i2}",
        "dE/dw5": "-({t1}-{a_o1})*({a_o1}-{a_o1}^2)*{a_h1}",
    }


STYLES = {
    "the plainest": Style(),
    "low on the sheet, math italic": Style(top=106, left=4, header=headers("𝜕E/𝜕#")),
    "long names": Style(
        header=headers(
            "∂E_total/∂# =", E_total="E Total", a_h1="out_h1", a_h2="out_h2", h1="net_h1"
        )
    ),
    "capitals and line breaks": Style(
        header=headers("∂E_t\n/∂# ", E_total="E_TOTAL", a_o1="a_O1", i1="I1"), rate_label="η ="
    ),
    "no slash": Style(header=headers("E∂#", E_total="E_tot"), rate_label="Learning Rate, η = "),
    "descent sign": Style(formulas=negated(), header=headers("dE/d#")),
    "steps, not slopes": Style(formulas=scaled(), header=headers("Δ#")),
    "shared biases": with_biases(),
    "unit biases": with_unit_biases(),
    "weights numbered by input": Style(formulas=input_major()),
    "rate without a label": Style(rate_label=""),
    "rate written in the formulas": Style(
        formulas={n: f.replace("{lr}", "0.5") for n, f in FORMULAS.items()}
    ),
    "unusual formulas": Style(formulas=unusual_forms()),
    "no sums, no errors": Style(
        order=tuple(n for n in ORDER if n not in ("h1", "h2", "E1", "E2")),
        formulas={
            **FORMULAS,
            "a_h1": "1/(1+EXP(-({w1}*{i1}+{w2}*{i2})))",
            "a_h2": "1/(1+EXP(-({w3}*{i1}+{w4}*{i2})))",
            "E_total": "0.5*({t1}-{a_o1})^2+0.5*({t2}-{a_o2})^2",
        },
    ),
}


@pytest.mark.parametrize("name", STYLES)
def test_a_right_sheet_is_right(name: str, tmp_path: Path) -> None:
    report = check_file(book(tmp_path / "s.xlsx", STYLES[name]), {})
    (table,) = report.tables
    assert [finding.sentence for finding in table.findings] == []
    assert str(table.verdict) == "right", table.reason
    assert table.checked["gradient"] >= 8 * 12
    assert table.checked["update"] >= 8 * 11
    assert table.unchecked == 0


def test_several_sheets_and_two_tables_on_one(tmp_path: Path) -> None:
    wb = openpyxl.Workbook()
    assert wb.active is not None
    write(wb.active, Style())
    write(wb.active, Style(top=40, rate=2.0))
    write(wb.active, Style(top=40, left=40))
    write(wb.create_sheet("rate 0.1"), Style(rate=0.1))
    wb.create_sheet("notes")["A1"] = "h1 = w1*i1 + w2*i2"
    wb.save(tmp_path / "many.xlsx")
    report = check_file(tmp_path / "many.xlsx", {})
    assert [str(table.verdict) for table in report.tables] == ["right"] * 4
    assert report.empty_sheets == ("notes",)


def test_helper_columns_and_headers_merged_over_two_rows(tmp_path: Path) -> None:
    formulas = {
        **FORMULAS,
        "δ1": "({a_o1}-{t1})*{a_o1}*(1-{a_o1})",
        "dE/dw5": "{δ1}*{a_h1}",
        "dE/dw6": "{δ1}*{a_h2}",
    }
    path = book(tmp_path / "h.xlsx", Style(order=(*ORDER, "δ1"), formulas=formulas))
    wb = openpyxl.load_workbook(path)
    ws = wb.active
    assert ws is not None
    ws["A1"] = ws["A2"].value
    ws.merge_cells("A1:A2")
    wb.save(path)
    assert str(check_file(path, {}).verdict) == "right"


def test_errors_headed_columns_that_are_something_else(tmp_path: Path) -> None:
    formulas = {
        **FORMULAS,
        "E1": "{a_h1}*{a_h2}+{w5}",
        "E2": "{a_h1}/{a_h2}-{w8}",
        "E_total": "0.5*({t1}-{a_o1})^2+0.5*({t2}-{a_o2})^2",
    }
    report = check_file(book(tmp_path / "e.xlsx", Style(formulas=formulas)), {})
    assert str(report.verdict) == "right"
    assert sum("left unchecked" in note for note in report.tables[0].notes) == 2


def test_two_columns_with_one_name_are_asked_about(tmp_path: Path) -> None:
    style = Style(header=lambda name: "E1" if name == "E2" else name)
    path = book(tmp_path / "d.xlsx", style)
    report = check_file(path, {})
    assert str(report.verdict) == "not checkable"
    assert "--map E1=U" in report.tables[0].reason
    assert str(check_file(path, {"E1": "U", "E2": "V"}).verdict) == "right"


def test_a_header_that_nobody_knows_is_settled_by_map(tmp_path: Path) -> None:
    style = Style(header=lambda name: "what?" if name == "w3" else name)
    path = book(tmp_path / "m.xlsx", style)
    assert str(check_file(path, {}).verdict) == "not checkable"
    assert str(check_file(path, {"w3": "G"}).verdict) == "right"


def test_the_sheets_name_is_quoted_in_references_to_other_sheets(tmp_path: Path) -> None:
    path = book(tmp_path / "o.xlsx", replace(Style(), rows=4))
    wb = openpyxl.load_workbook(path)
    ws = wb.active
    assert ws is not None
    wb.create_sheet("the rate")["A1"] = 0.5
    for row in ws.iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                cell.value = cell.value.replace("$F$1", "'the rate'!$A$1")
    wb.save(path)
    assert str(check_file(path, {}).verdict) == "right"
