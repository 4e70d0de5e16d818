"""LibreOffice computes the whole workbook from formulas alone, and gets Python's numbers.

The copies carry no cached values, so there is nothing that could be copied through; and a planted
wrong formula shows that the comparison would notice one.
"""

import zipfile
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest

from tests.backprop.workbook.recalculation import (
    Cells,
    differing,
    recalculated,
    recalculated_all,
    values_of,
)
from tinydrill.backprop.optimiser import Optimiser, OptimiserName
from tinydrill.backprop.problem import EXAMPLES, Problem, Sample
from tinydrill.backprop.trajectory import DEFAULT_ITERATIONS, DEFAULT_RATES
from tinydrill.backprop.workbook import write_workbook

pytestmark = pytest.mark.office


def split(cells: Cells, parameters: int) -> tuple[Cells, Cells]:
    """All cells but the check sheet's central differences and remainders, and those two columns.

    A central difference divides the last bit of E by 2e-5: what it shows below 1e-10 is rounding,
    and differs from one library's exp to the next.
    """
    rows = {str(12 + k) for k in range(parameters)}
    rounding = {
        place: value
        for place, value in cells.items()
        if place[0] == "check" and place[1][0] in "CD" and place[1][1:] in rows
    }
    return {place: v for place, v in cells.items() if place not in rounding}, rounding


def compare(
    problem: Problem,
    changed: Problem,
    rates: tuple[float, ...],
    folder: Path,
    optimiser: OptimiserName,
    plant: str | None = None,
    iterations: int = 60,
) -> dict[object, object]:
    """Cells in which LibreOffice's numbers differ from those Python has for `changed`.

    The workbook of `problem` is written without values; then the start on its first sheet is
    changed to that of `changed`, in the file, as a person would do it.
    """
    rule = Optimiser(optimiser)
    write_workbook(problem, folder / "bare.xlsx", rates, iterations, rule, cached=False)
    write_workbook(changed, folder / "expected.xlsx", rates, iterations, rule)
    book = openpyxl.load_workbook(folder / "bare.xlsx")
    start = book["network"]
    given = {
        **changed.parameters(),
        **dict(zip(("i1", "i2", "t1", "t2"), changed.samples[0].inputs + changed.samples[0].targets,
                   strict=False)),
    }  # fmt: skip
    if changed is not problem:
        for row in start.iter_rows(min_row=30, max_col=5):
            for name, cell in pairwise(row):
                if name.value in given:
                    cell.value = given[str(name.value)]
    if plant:
        cell = book[f"rate {rates[0]:g}"][plant]
        cell.value = str(cell.value).replace("*", "+", 1)
    book.save(folder / "bare.xlsx")
    found = recalculated(folder / "bare.xlsx", folder)
    cells, rounding = split(values_of(folder / "expected.xlsx"), len(problem.parameters()))
    for place, value in rounding.items():
        assert found[place] == pytest.approx(value, abs=1e-9)
    return differing(cells, found)


@pytest.mark.parametrize("optimiser", ["gd", "adam"])
def test_the_seed_recalculated_from_formulas_alone(
    tmp_path: Path, optimiser: OptimiserName
) -> None:
    seed = EXAMPLES["seed"]
    rates, iterations = (DEFAULT_RATES, DEFAULT_ITERATIONS) if optimiser == "gd" else ((0.07,), 60)
    assert compare(seed, seed, rates, tmp_path, optimiser, iterations=iterations) == {}


def test_the_other_built_in_problems_recalculated(tmp_path: Path) -> None:
    rules: dict[str, OptimiserName] = {"xor": "momentum", "mazur": "rmsprop", "softmax-3": "gd"}
    for name, rule in rules.items():
        for kind in ("bare", "expected"):
            path = tmp_path / f"{kind}-{name}.xlsx"
            write_workbook(
                EXAMPLES[name], path, (0.07,), 60, Optimiser(rule), cached=kind != "bare"
            )
    found = recalculated_all([tmp_path / f"bare-{name}.xlsx" for name in rules], tmp_path)
    for name, cells in zip(rules, found, strict=True):
        count = len(EXAMPLES[name].parameters())
        expected, rounding = split(values_of(tmp_path / f"expected-{name}.xlsx"), count)
        # XOR's gradients pass through 0 on the way.
        assert differing(expected, cells, by_column=name == "xor") == {}, name
        for place, value in rounding.items():
            assert cells[place] == pytest.approx(value, abs=1e-9)


def test_sums_far_below_zero_are_no_error(tmp_path: Path) -> None:
    seed = EXAMPLES["seed"]
    problem = seed.with_parameters({"w1": -20_000.0, "w5": -3_000.0})
    for kind in ("bare", "expected"):
        write_workbook(problem, tmp_path / f"{kind}.xlsx", (0.5,), 5, cached=kind != "bare")
    found = recalculated(tmp_path / "bare.xlsx", tmp_path)
    expected, _ = split(values_of(tmp_path / "expected.xlsx"), 8)
    assert expected["rate 0.5", "J6"] < -709  # type: ignore[operator]  # h1
    assert differing(expected, found, floor=1e-300) == {}


def test_rows_beyond_divergence_recalculated(tmp_path: Path) -> None:
    # The first step saturates the output, so E is infinite; the next one brings it back.
    for kind in ("bare", "expected"):
        write_workbook(
            EXAMPLES["xor"],
            tmp_path / f"{kind}.xlsx",
            (2.0,),
            2,
            Optimiser("rmsprop"),
            cached=kind != "bare",
        )
    expected = values_of(tmp_path / "expected.xlsx")
    found = recalculated(tmp_path / "bare.xlsx", tmp_path)
    pick = {p: v for p, v in expected.items() if p[0] in ("rate 2", "all rates")}
    errors = {p for p, v in pick.items() if v == "#NUM!"}
    assert {place[1][-1] for place in errors if place[0] == "rate 2"} == {"7"}  # its second row
    assert errors == {p for p in pick if str(found.get(p)).startswith("#")}
    numbers = {p: v for p, v in pick.items() if p not in errors}
    assert differing(numbers, found, by_column=True) == {}


def test_a_changed_weight_and_target_reach_every_row(tmp_path: Path) -> None:
    seed = EXAMPLES["seed"]
    other = seed.with_parameters({"w3": -0.4, "w8": 0.9})
    changed = Problem(
        other.title, other.layers, (Sample(seed.samples[0].inputs, (0.2, 0.7)),), rate=seed.rate
    )
    assert compare(seed, changed, (0.5, 2.0), tmp_path, "gd") == {}


def test_a_changed_rate_reaches_every_row(tmp_path: Path) -> None:
    seed = EXAMPLES["seed"]
    write_workbook(seed, tmp_path / "bare.xlsx", (0.5,), 60, cached=False)
    write_workbook(seed, tmp_path / "expected.xlsx", (0.75,), 60)
    book = openpyxl.load_workbook(tmp_path / "bare.xlsx")
    book["rate 0.5"]["C2"] = 0.75
    book.save(tmp_path / "bare.xlsx")
    found = recalculated(tmp_path / "bare.xlsx", tmp_path)
    expected = values_of(tmp_path / "expected.xlsx")
    rows = {("", p[1]): v for p, v in expected.items() if p[0] == "rate 0.75"}
    now = {("", p[1]): v for p, v in found.items() if p[0] == "rate 0.5"}
    assert differing(rows, now) == {}


def test_a_planted_wrong_formula_is_noticed(tmp_path: Path) -> None:
    seed = EXAMPLES["seed"]
    # Y20 is dw1 in one row, of about thirty columns and sixty rows.
    wrong = compare(seed, seed, (0.5,), tmp_path, "gd", plant="Y20")
    assert ("rate 0.5", "Y20") in wrong
    assert ("rate 0.5", "F21") in wrong  # and the weights after it


def test_the_check_sheet_turns_red_for_a_wrong_gradient(tmp_path: Path) -> None:
    write_workbook(EXAMPLES["seed"], tmp_path / "book.xlsx", (0.5,), 20, cached=False)
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    assert str(book["rate 0.5"]["Y6"].value).startswith("=((")
    book["rate 0.5"]["Y6"] = str(book["rate 0.5"]["Y6"].value).replace("P6", "O6")  # w7 -> w6
    book.save(tmp_path / "book.xlsx")
    found = recalculated(tmp_path / "book.xlsx", tmp_path)
    verdicts = [found["check", f"E{row}"] for row in range(12, 20)]
    assert verdicts == ["wrong", *["right"] * 7]


def test_the_check_sheet_follows_the_chosen_iteration(tmp_path: Path) -> None:
    write_workbook(EXAMPLES["seed"], tmp_path / "book.xlsx", (0.5, 2.0), 20, cached=False)
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    book["check"]["B4"], book["check"]["B5"] = 2.0, 13
    book.save(tmp_path / "book.xlsx")
    found = recalculated(tmp_path / "book.xlsx", tmp_path)
    assert found["check", "B12"] == found["rate 2", "Y19"]
    assert [found["check", f"E{row}"] for row in range(12, 20)] == ["right"] * 8


def test_the_bare_copy_holds_no_values(tmp_path: Path) -> None:
    write_workbook(EXAMPLES["seed"], tmp_path / "bare.xlsx", (0.5,), 5, cached=False)
    with zipfile.ZipFile(tmp_path / "bare.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet4.xml").decode()
    assert "</f><v></v>" in sheet
    assert "</f><v>0" not in sheet
