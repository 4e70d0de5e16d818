"""Reading and calculating formulas, on examples and on whatever Hypothesis makes up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinydrill.backprop.sheetcheck.calculate import CalculationError, Value, calculate
from tinydrill.backprop.sheetcheck.names import name_of
from tinydrill.backprop.sheetcheck.parsing import FormulaError, parse
from tinydrill.backprop.sheetcheck.syntax import Block, Node, depth
from tinydrill.backprop.sheetcheck.writing import formula_text


def number(node: Node) -> Value | Block:
    del node
    return 3.0


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("=1+2*3", 7),
        ("=-2^2", 4),
        ("=2^3^2", 64),
        ("=2-3-4", -5),
        ("=50%", 0.5),
        ("=A1*$B$2", 9),
        ("=IF(A1>2,1,0)", 1),
        ("=SUM(1,2,A1)", 6),
        ("=MAX(0,-A1)", 0),
        ("=POWER(2,0.5)^2", 2),
        ("=SQRT(16)", 4),
        ("=LN(EXP(2))", 2),
        ("=1E-3*1000", 1),
        ("=TANH(0)", 0),
        ("=IFERROR(1/0,5)", 5),
        ("=_xlfn.ABS(-1)", 1),
    ],
)
def test_a_formula_has_its_spreadsheet_value(formula: str, value: float) -> None:
    assert calculate(parse(formula, 5, 5), number) == pytest.approx(value)


@pytest.mark.parametrize(
    "formula", ["=1+", "=(1", "=1)", "=A1 B1", "=[1]S!A1", "={1,2}", "=SUM(A1:", "="]
)
def test_a_broken_formula_is_refused(formula: str) -> None:
    with pytest.raises(FormulaError):
        parse(formula, 5, 5)


def test_a_formula_is_written_as_it_was_read() -> None:
    text = "=((R3-$A$3)*R3*(1-R3)*M3+SUM(T3:U4)/'a b'!C1)^2-EXP(-J3)"
    assert formula_text(parse(text, 3, 24), 3, 24) == text


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet="ABXZ129$:!+-*/^%(),.\"<>=&#eE IFSUMEXP'", max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        tree = parse(text, 9, 9)
    except FormulaError:
        return
    assert depth(tree) <= 150
    try:
        calculate(tree, number)
    except (CalculationError, FormulaError):
        return


LEAVES = st.sampled_from(["A1", "$B$2", "C$3", "0.5", "7", "'x y'!D4"])
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/^"), inner).map(lambda t: f"({t[0]}{t[1]}{t[2]})"),
        inner.map(lambda one: f"EXP(-{one})"),
        st.tuples(inner, inner).map(lambda t: f"SUM({t[0]},{t[1]})"),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(TREES)
def test_writing_and_reading_again_keeps_the_value(text: str) -> None:
    tree = parse(text, 4, 4)
    again = parse(formula_text(tree, 4, 4), 4, 4)
    try:
        value = calculate(tree, number)
    except CalculationError:
        return
    assert calculate(again, number) == pytest.approx(value, rel=1e-9, nan_ok=True)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(max_size=40))
def test_no_header_breaks_the_names(text: str) -> None:
    name = name_of(text)
    assert name is None or (name and name == name.strip())


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("∂E/∂w1", "dE/dw1"),
        ("𝜕E/𝜕w1", "dE/dw1"),
        ("𝟃E/𝟃w1", "dE/dw1"),
        ("∂E∂W1", "dE/dw1"),
        ("E∂w1", "dE/dw1"),
        ("dw1", "dE/dw1"),
        ("∂E_total/∂w1", "dE/dw1"),
        ("∂E_t/∂W1 =", "dE/dw1"),
        ("out_h1", "a_h1"),
        ("a_O1", "a_o1"),
        ("E Total", "E_total"),
        ("E_tot", "E_total"),
        ("h1[2]", "h1[2]"),
        ("w11", "w11"),
        ("h1 = w1*i1 + w2*i2", None),
        ("∂E1/∂w5", None),
        ("Σ", None),
    ],
)
def test_a_header_means(header: str, name: str | None) -> None:
    assert name_of(header) == name
