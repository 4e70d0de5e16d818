"""LibreOffice computes the whole workbook from formulas alone, and gets Python's numbers.

The copies carry no cached values, so there is nothing that could be copied through; and a planted
wrong formula shows that the comparison would notice one.
"""

import zipfile
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest

from tests.backprop.workbook.recalculation import Cells, differing, recalculated, values_of
from tinydrill.backprop.optimiser import Optimiser, OptimiserName
from tinydrill.backprop.problem import EXAMPLES, Layer, Problem, Sample
from tinydrill.backprop.trajectory import DEFAULT_RATES
from tinydrill.backprop.workbook import write_workbook

pytestmark = pytest.mark.office

DEEP = Problem(
    "deep",
    (
        Layer("leaky-relu", ((0.3, -0.7), (0.55, 0.2)), (0.11, -0.07)),
        Layer("linear", ((0.4, 0.9), (-0.35, 0.65)), (0.05, 0.02)),
        Layer("softmax", ((0.8, -0.45), (0.25, 0.6)), (0.03, -0.08)),
    ),
    (Sample((0.6, -0.9), (0.2, 0.8)), Sample((-0.3, 0.75), (0.9, 0.1))),
    "mean-squared",
    "unit",
)


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
    by_column: bool = False,
) -> dict[object, object]:
    """Cells in which LibreOffice's numbers differ from those Python has for `changed`.

    The workbook of `problem` is written without values; then the start on its first sheet is
    changed to that of `changed`, in the file, as a person would do it.
    """
    rule = Optimiser(optimiser)
    write_workbook(problem, folder / "bare.xlsx", rates, 60, rule, cached=False)
    write_workbook(changed, folder / "expected.xlsx", rates, 60, rule)
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
    return differing(cells, found, by_column=by_column)


@pytest.mark.parametrize("optimiser", ["gd", "adam"])
def test_the_seed_recalculated_from_formulas_alone(
    tmp_path: Path, optimiser: OptimiserName
) -> None:
    seed = EXAMPLES["seed"]
    rates = DEFAULT_RATES if optimiser == "gd" else (0.07,)
    assert compare(seed, seed, rates, tmp_path, optimiser) == {}


@pytest.mark.parametrize(
    ("problem", "optimiser"),
    [
        (EXAMPLES["xor"], "momentum"),
        (EXAMPLES["mazur"], "rmsprop"),
        (EXAMPLES["softmax-3"], "gd"),
        (DEEP, "adam"),
    ],
    ids=["xor", "mazur", "softmax-3", "deep"],
)
def test_other_problems_recalculated(
    tmp_path: Path, problem: Problem, optimiser: OptimiserName
) -> None:
    # Gradients of these pass through 0 on the way.
    by_column = problem in (EXAMPLES["xor"], DEEP)
    assert compare(problem, problem, (0.07,), tmp_path, optimiser, by_column=by_column) == {}


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
