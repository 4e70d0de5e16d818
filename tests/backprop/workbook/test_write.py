"""What is in the file, without a spreadsheet program."""

from pathlib import Path

import openpyxl
import pytest

from tests.backprop.workbook.recalculation import values_of
from tinydrill.backprop.optimiser import OPTIMISERS, Optimiser, OptimiserName
from tinydrill.backprop.problem import EXAMPLES, from_toml
from tinydrill.backprop.trajectory import descend
from tinydrill.backprop.workbook import columns_of, write_workbook
from tinydrill.errors import UnusableInputError

SEED = EXAMPLES["seed"]


def test_the_seeds_headings_in_the_seeds_order() -> None:
    headings = [column.heading for column in columns_of(SEED, Optimiser())]
    assert headings == [
        "t1",
        "t2",
        "i1",
        "i2",
        "w1",
        "w2",
        "w3",
        "w4",
        "h1",
        "a_h1",
        "h2",
        "a_h2",
        "w5",
        "w6",
        "w7",
        "w8",
        "o1",
        "a_o1",
        "o2",
        "a_o2",
        "E1",
        "E2",
        "E_TOTAL",
        "dw1",
        "dw2",
        "dw3",
        "dw4",
        "dw5",
        "dw6",
        "dw7",
        "dw8",
    ]


def test_a_sheet_for_each_rate_and_the_four_others(tmp_path: Path) -> None:
    write_workbook(SEED, tmp_path / "book.xlsx", (0.1, 2.0), 3)
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    assert book.sheetnames == ["network", "derivation", "all rates", "rate 0.1", "rate 2", "check"]
    charts = [len(getattr(book[name], "_charts")) for name in book.sheetnames]  # noqa: B009
    assert charts == [1, 0, 2, 1, 1, 0]


def test_every_computed_cell_is_a_formula(tmp_path: Path) -> None:
    write_workbook(SEED, tmp_path / "book.xlsx", (0.5,), 4)
    sheet = openpyxl.load_workbook(tmp_path / "book.xlsx")["rate 0.5"]
    for row in sheet.iter_rows(min_row=6, min_col=2, max_col=32):
        assert all(str(cell.value).startswith("=") for cell in row)


def test_the_rate_is_one_named_cell(tmp_path: Path) -> None:
    write_workbook(SEED, tmp_path / "book.xlsx", (0.5,), 4)
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    assert book.defined_names["rate_1"].attr_text == "'rate 0.5'!$C$2"
    assert book["rate 0.5"]["C2"].value == 0.5
    assert book["rate 0.5"]["F7"].value == "=F6-rate_1*Y6"


def test_cached_values_are_pythons(tmp_path: Path) -> None:
    write_workbook(SEED, tmp_path / "book.xlsx", (0.5,), 200)
    cells = values_of(tmp_path / "book.xlsx")
    losses = descend(SEED, 0.5).losses
    assert [cells["rate 0.5", f"X{6 + n}"] for n in range(201)] == list(losses)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_an_optimisers_memory_has_columns_of_formulas(tmp_path: Path, name: OptimiserName) -> None:
    rule = Optimiser(name)
    write_workbook(SEED, tmp_path / "book.xlsx", (0.05,), 3, rule)
    sheet = openpyxl.load_workbook(tmp_path / "book.xlsx")["rate 0.05"]
    headings = [cell.value for cell in sheet[5]][32:]
    assert headings == [f"{s}_w{k}" for k in range(1, 9) for s in rule.state_names]
    assert all(str(sheet.cell(7, 33 + k).value).startswith("=") for k in range(len(headings)))


def test_a_rate_that_diverges_is_shown_as_such(tmp_path: Path) -> None:
    text = "rate = 1\n[[layer]]\nactivation = 'linear'\nweights = [[1.0]]\n"
    text += "[[sample]]\ninputs = [3.0]\ntargets = [1.0]\n"
    problem = from_toml(text)
    write_workbook(problem, tmp_path / "book.xlsx", (10.0,), 200)
    cells = values_of(tmp_path / "book.xlsx")
    end = descend(problem, 10.0, 200).diverged_at
    assert end is not None
    # t1 i1 w1 o1 a_o1 E1 E_TOTAL dw1: E overflows first, as a square; inputs never do.
    assert [cells["rate 10", f"{c}{6 + end}"] for c in "BCGH"] == [1.0, 3.0, "#NUM!", "#NUM!"]
    assert isinstance(cells["rate 10", f"D{6 + end}"], float)
    assert [cells["rate 10", f"{c}206"] for c in "BCD"] == [1.0, 3.0, "#NUM!"]
    assert cells["all rates", "B204"] == "#NUM!"


def test_drawn_weights_fit_their_columns(tmp_path: Path) -> None:
    text = "seed = 3\n[[layer]]\nactivation = 'tanh'\nunits = 2\n"
    text += "[[sample]]\ninputs = [0.5]\ntargets = [0.1, 0.2]\n"
    write_workbook(from_toml(text), tmp_path / "book.xlsx", (0.5,), 2)
    sheet = openpyxl.load_workbook(tmp_path / "book.xlsx")["network"]
    assert sheet["A30"].value == "w1"
    assert sheet.column_dimensions["B"].width > len("-0.0123456789")


def test_too_many_weights_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    text = "seed = 1\n[[layer]]\nactivation = 'tanh'\nunits = 101\n"
    text += f"[[sample]]\ninputs = [1, 2]\ntargets = {[0] * 101}\n"
    with pytest.raises(UnusableInputError, match=r"202 weights and biases .* limit is 200"):
        write_workbook(from_toml(text), tmp_path / "book.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_too_many_cells_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match="limit is 1,000,000"):
        write_workbook(SEED, tmp_path / "book.xlsx", iterations=50_000)


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match=r"must end in \.xlsx"):
        write_workbook(SEED, tmp_path / "book.xls")


def test_an_old_file_survives_a_failure(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_text("old")
    with pytest.raises(UnusableInputError):
        write_workbook(SEED, path, (0.5, 0.5))
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["book.xlsx"]
