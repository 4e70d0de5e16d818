"""The defects met in real sheets of the exercise, rebuilt: each is found and named."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from tests.backprop.sheetcheck.sheets import FORMULAS, START, Style, book, write
from tinydrill.backprop.sheetcheck import mistakes
from tinydrill.backprop.sheetcheck.check import check_file
from tinydrill.backprop.sheetcheck.verdicts import FileReport, Finding


def checked(path: Path) -> FileReport:
    return check_file(path, {})


def planted(folder: Path, changes: Mapping[str, str]) -> dict[str, Finding]:
    path = book(folder / "s.xlsx", Style(), {(name, None): f for name, f in changes.items()})
    report = checked(path)
    assert str(report.verdict) == "wrong"
    return {finding.quantity: finding for finding in report.tables[0].findings}


def test_a_transposed_second_matrix(tmp_path: Path) -> None:
    changes = {}
    for name in ("dE/dw1", "dE/dw2"):
        changes[name] = FORMULAS[name].replace("{w7}", "{w6}")
    for name in ("dE/dw3", "dE/dw4"):
        changes[name] = FORMULAS[name].replace("{w6}", "{w7}")
    found = planted(tmp_path, changes)
    assert set(found) == set(changes)
    assert {finding.mistake for finding in found.values()} == {mistakes.TRANSPOSED}


def test_a_derivative_that_the_start_values_hide(tmp_path: Path) -> None:
    name = "dE/dw3"
    wrong = FORMULAS[name].replace("{a_h2}*(1-{a_h2})", "{a_h1}*(1-{a_h1})")
    finding = planted(tmp_path, {name: wrong})[name]
    assert finding.mistake == mistakes.WRONG_SLOPE
    assert finding.value is not None
    assert finding.right_value is not None
    assert finding.value / finding.right_value == pytest.approx(1.00026, abs=1e-5)


def test_h_for_a_and_a_wrong_input_in_one_sheet(tmp_path: Path) -> None:
    found = planted(
        tmp_path,
        {
            "dE/dw1": FORMULAS["dE/dw1"].replace("{a_h1}*(1-{a_h1})", "{h1}*(1-{h1})"),
            "h2": "{w3}*{i2}+{w4}*{i2}",
        },
    )
    assert found["dE/dw1"].mistake == mistakes.H_FOR_A
    assert found["h2"].mistake == mistakes.WRONG_INPUT


def test_product_for_difference_and_copied_columns(tmp_path: Path) -> None:
    found = planted(
        tmp_path,
        {
            "dE/dw5": FORMULAS["dE/dw5"].replace("({a_o1}-{t1})", "({a_o1}*{t1})"),
            "E2": FORMULAS["E1"],
            "dE/dw7": FORMULAS["dE/dw5"],
        },
    )
    assert found["dE/dw5"].mistake == mistakes.PRODUCT
    assert found["E2"].copied_from == "E1"
    assert found["dE/dw7"].copied_from == "dE/dw5"


def test_an_update_formula_pasted_into_an_h_column(tmp_path: Path) -> None:
    path = book(tmp_path / "h.xlsx", Style(), {("h1", None): FORMULAS["w1"]})
    findings = checked(path).tables[0].findings
    assert {finding.quantity for finding in findings} == {"h1"}
    assert "w1" in {finding.copied_from for finding in findings}


def test_a_rate_that_walks_down_the_sheet(tmp_path: Path) -> None:
    wrong = {f"w{k}": FORMULAS[f"w{k}"].replace("{lr}", "{lr_walked}") for k in range(1, 9)}
    found = planted(tmp_path, wrong)
    assert set(found) == set(wrong)
    assert {finding.mistake for finding in found.values()} == {mistakes.UNANCHORED}
    assert "$F$1" in found["w1"].should_be


def test_weights_updated_with_other_weights_gradients(tmp_path: Path) -> None:
    found = planted(
        tmp_path,
        {
            "w3": FORMULAS["w3"].replace("dw3", "dw1"),
            "w4": FORMULAS["w4"].replace("dw4", "dw2"),
        },
    )
    assert {finding.mistake for finding in found.values()} == {mistakes.WRONG_GRADIENT}
    assert set(found) == {"w3", "w4"}


def test_typed_numbers_are_not_checkable(tmp_path: Path) -> None:
    wb = openpyxl.Workbook()
    ws = wb.active
    assert ws is not None
    letters = write(ws, Style())
    for row in range(3, 15):
        for letter in letters.values():
            ws[f"{letter}{row}"] = 0.25
    wb.save(tmp_path / "typed.xlsx")
    report = checked(tmp_path / "typed.xlsx")
    assert str(report.verdict) == "not checkable"
    assert "no formulas" in report.tables[0].reason


def test_one_typed_number_among_formulas_is_found(tmp_path: Path) -> None:
    path = book(tmp_path / "one.xlsx")
    wb = openpyxl.load_workbook(path)
    assert wb.active is not None
    wb.active["X7"] = 0.9
    wb.save(path)
    (finding,) = checked(path).tables[0].findings
    assert (finding.cells, finding.mistake) == ("X7", mistakes.TYPED)


def test_a_whole_typed_column_is_never_right(tmp_path: Path) -> None:
    path = book(tmp_path / "column.xlsx")
    wb = openpyxl.load_workbook(path)
    assert wb.active is not None
    for row in range(3, 15):
        wb.active[f"W{row}"] = 0.2425
    wb.save(path)
    report = checked(path)
    assert str(report.verdict) == "not checkable"
    assert "typed" in report.tables[0].reason


def test_a_formula_that_leads_back_to_itself_is_never_right(tmp_path: Path) -> None:
    path = book(tmp_path / "c.xlsx", Style(), {("dE/dw1", None): "{dE/dw1}"})
    report = checked(path)
    assert str(report.verdict) == "not checkable"
    assert "circular" in report.tables[0].reason


def test_a_broken_row_in_mid_sheet_gets_the_formula_of_its_neighbours(tmp_path: Path) -> None:
    wrong = FORMULAS["dE/dw8"].replace("{a_h2}", "{a_h1}")
    path = book(tmp_path / "b.xlsx", Style(), {("dE/dw8", 6): wrong})
    (finding,) = checked(path).tables[0].findings
    assert finding.cells == "AE9"
    assert finding.should_be == "=(T9-B9)*T9*(1-T9)*L9"


def test_updates_that_climb_are_wrong_although_every_column_agrees(tmp_path: Path) -> None:
    style = Style(
        formulas={**FORMULAS, **{n: f"-{f}" for n, f in FORMULAS.items() if n.startswith("dE")}}
    )
    report = checked(book(tmp_path / "up.xlsx", style))
    assert str(report.verdict) == "wrong"


def test_a_stale_number_is_reported_apart_from_the_formulas(tmp_path: Path) -> None:
    from tests.backprop.sheetcheck.stored import with_stored_values

    path = with_stored_values(book(tmp_path / "s.xlsx"), {"W5": "0.5"})
    report = checked(path)
    assert str(report.verdict) == "right"
    assert [one.cell for one in report.tables[0].stale] == ["W5"]


def test_rounded_stored_numbers_are_no_alarm(tmp_path: Path) -> None:
    from tests.backprop.sheetcheck.stored import with_stored_values

    path = with_stored_values(book(tmp_path / "r.xlsx"), {}, digits=4)
    report = checked(path)
    assert str(report.verdict) == "right"
    assert report.tables[0].stale == ()


def test_other_starts_of_the_exercise(tmp_path: Path) -> None:
    start = dict(
        zip(
            [f"w{k}" for k in range(1, 9)],
            [0.3, 0.5, -0.2, 0.7, 0.1, -0.6, 0.3, -0.9],
            strict=True,
        )
    )
    style = replace(Style(), start={**START, **start, "t1": 0.5, "t2": 0.5})
    assert str(checked(book(tmp_path / "o.xlsx", style)).verdict) == "right"


def test_wrong_updates_are_found_even_if_no_gradient_header_is_known(tmp_path: Path) -> None:
    style = Style(
        header=lambda name: "?" if name.startswith("dE") else name,
        formulas={
            **FORMULAS,
            **{f"w{k}": FORMULAS[f"w{k}"].replace("-", "+") for k in range(1, 9)},
        },
    )
    report = checked(book(tmp_path / "u.xlsx", style))
    assert {finding.quantity for finding in report.tables[0].findings} == {
        f"w{k}" for k in range(1, 9)
    }
