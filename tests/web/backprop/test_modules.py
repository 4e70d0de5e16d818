"""The page's mathematics, run by node, against what Python's autodiff and derivation say."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.backprop.outside import MODULES, in_node
from tests.web.backprop.variety import VARIETY
from tinydrill.backprop.derivation import derive
from tinydrill.backprop.forward import evaluate
from tinydrill.backprop.optimiser import Optimiser
from tinydrill.backprop.page import as_data, fold, formulas
from tinydrill.backprop.problem import EXAMPLES, Problem
from tinydrill.backprop.trajectory import descend
from tinydrill.backprop.workbook.columns import columns_of

PROBLEMS = (*EXAMPLES.values(), *VARIETY)
RATES = (0.1, 0.5, 2.0)
ROWS = (0, 1, 2, 50, 200)

_DESCEND = """
const { namesOf } = await import("{modules}/names.js");
const { descent, named } = await import("{modules}/nn.js");
answer(given.map(({ problem, rates, rows }) => rates.map((rate) => {
  const run = [...descent(problem, rate, Math.max(...rows))];
  const names = namesOf(problem);
  const wanted = rows.filter((n) => n < run.length);
  return { length: run.length, rows: wanted.map((n) => named(run[n].problem, names, run[n].at)) };
})));
"""


@pytest.fixture(scope="module")
def descents() -> list[list[dict[str, Any]]]:
    given = [{"problem": as_data(p), "rates": RATES, "rows": ROWS} for p in PROBLEMS]
    found: list[list[dict[str, Any]]] = in_node(_DESCEND, given)
    return found


@pytest.mark.parametrize("index", range(len(PROBLEMS)), ids=lambda k: PROBLEMS[k].title)
def test_every_value_and_gradient_is_autodiffs(
    descents: list[list[dict[str, Any]]], index: int
) -> None:
    for rate, found in zip(RATES, descents[index], strict=True):
        golden = descend(PROBLEMS[index], rate, max(ROWS))
        wanted = [n for n in ROWS if n < len(golden.rows)]
        if index < len(EXAMPLES):
            assert found["length"] == len(golden.rows)
        else:  # a steep descent of one of these blows the last bit up, in any program
            wanted = [n for n in wanted if n <= 2]
        for n, row in zip(wanted, found["rows"][: len(wanted)], strict=True):
            for column, expected in zip(golden.columns, golden.rows[n], strict=True):
                if column.startswith("dE/dt"):
                    continue  # nothing on the page needs the derivative by a target
                slope = column.startswith("dE/d")
                number = row["gradients"][column[4:]] if slope else row["values"][column]
                assert math.isclose(number, expected, rel_tol=1e-12, abs_tol=1e-14), (n, column)


def test_the_seeds_first_error_is_the_published_one(descents: list[list[dict[str, Any]]]) -> None:
    first = descents[0][0]["rows"][0]
    assert first["values"]["E_total"] == pytest.approx(0.24251985734837728, rel=1e-15)


def test_the_columns_are_the_workbooks() -> None:
    script = """
    const { namesOf } = await import("{modules}/names.js");
    const { columnsOf } = await import("{modules}/columns.js");
    answer(given.map((problem) => columnsOf(problem, namesOf(problem))));
    """
    found = in_node(script, [as_data(p) for p in PROBLEMS])
    for problem, columns in zip(PROBLEMS, found, strict=True):
        expected = columns_of(problem, Optimiser())
        assert [c["name"] for c in columns] == [c.name for c in expected], problem.title
        assert [c["heading"] for c in columns] == [c.heading for c in expected]


def test_the_paths_are_the_derivations() -> None:
    script = """
    const { namesOf } = await import("{modules}/names.js");
    const { evaluate } = await import("{modules}/nn.js");
    const { pathsFrom } = await import("{modules}/paths.js");
    answer(given.map(({ problem, starts }) =>
      starts.map((w) => pathsFrom(w, problem, namesOf(problem), evaluate(problem)))));
    """
    problems = [*EXAMPLES.values(), VARIETY[-1]]
    starts = [list(p.parameters()) for p in problems]
    given = [{"problem": as_data(p), "starts": s} for p, s in zip(problems, starts, strict=True)]
    for problem, names, found in zip(problems, starts, in_node(script, given), strict=True):
        steps = {step.target: step for step in derive(problem).steps}
        for name, ways in zip(names, found, strict=True):
            step = steps[name]
            assert ways["count"] == step.path_count
            assert ways["sum"] == pytest.approx(step.gradient, rel=1e-12, abs=1e-15)
            # A path is the same whatever order they are listed in.
            listed = {tuple(path["nodes"]): path["value"] for path in ways["paths"]}
            assert len(listed) == min(step.path_count, 8)
            for path in step.paths if step.path_count <= 8 else ():
                expected = pytest.approx(path.value, rel=1e-12, abs=1e-15)
                assert listed[path.nodes] == expected, path.nodes


def explanations(problem: Problem) -> list[dict[str, Any]]:
    """Every step of the start, explained by the page's modules."""
    script = """
    const { namesOf } = await import("{modules}/names.js");
    const { evaluate, named } = await import("{modules}/nn.js");
    const { stepsOf, columnOf } = await import("{modules}/steps.js");
    const { explain } = await import("{modules}/formulas.js");
    const names = namesOf(given.problem);
    const moment = { ...given, names, rate: given.problem.rate,
      ...named(given.problem, names, evaluate(given.problem)) };
    answer(stepsOf(given.problem, names).map((step) =>
      ({ ...step, column: columnOf(step), ...explain(step, moment) })));
    """
    given = {"problem": as_data(problem), "formulas": formulas(problem)}
    found: list[dict[str, Any]] = in_node(script, given)
    return found


@pytest.mark.parametrize("problem", [*EXAMPLES.values(), *VARIETY[::5]], ids=lambda p: p.title)
def test_each_step_finds_its_number_from_its_factors(problem: Problem) -> None:
    at = evaluate(problem)
    steps = explanations(problem)
    trained = [name for name in problem.parameters() if problem.trains(name)]
    assert {s["name"] for s in steps if s["phase"] == "update"} == set(trained)
    for step in steps:
        name = step["name"]
        if step["phase"] == "update":
            expected = at.values[name] - problem.rate * at.gradients[name]
        else:
            expected = (at.gradients if step["phase"] == "backward" else at.values)[name]
        assert step["result"] == pytest.approx(expected, rel=1e-12, abs=1e-15), name
        if step["terms"]:
            added = sum(math.prod(f["value"] for f in term) for term in step["terms"])
            assert added == pytest.approx(expected, rel=1e-12, abs=1e-14), name
        written = "".join([step["left"], *step["symbols"], step["numbers"]])
        assert "undefined" not in written
        assert "{" not in written


def test_a_step_needs_only_what_stands_before_it() -> None:
    for problem in EXAMPLES.values():
        known = {*problem.parameters(), *(n for n in evaluate(problem).values if n[0] in "it")}
        for step in explanations(problem):
            assert set(step["reads"]) <= known, step["name"]
            known.add(step["column"])


def judged(column: str, typed: str) -> dict[str, Any]:
    """The quiz's verdict on an answer to a step of the seed's problem."""
    step = next(s for s in explanations(EXAMPLES["seed"]) if s["column"] == column)
    script = """
    const { judge } = await import("{modules}/quiz.js");
    answer(judge(given.typed, given.step));
    """
    verdict: dict[str, Any] = in_node(script, {"typed": typed, "step": step})
    return verdict


@pytest.mark.parametrize("typed", ["0.0722", "0,07216", " 7.22e-2 "])
def test_the_quiz_takes_three_right_digits(typed: str) -> None:
    exact = evaluate(EXAMPLES["seed"]).gradients["w5"]
    assert float(typed.replace(",", ".")) == pytest.approx(exact, rel=0.005)
    assert judged("dE/dw5", typed) == {"right": True, "message": "Right."}
    assert not judged("dE/dw5", f"{exact * 1.01}")["right"]


Wrong = Callable[[dict[str, float], dict[str, float]], float]


@pytest.mark.parametrize(
    ("column", "wrong", "message"),
    [
        ("dE/dw5", lambda v, g: -g["w5"], "The sign is the wrong way round."),
        ("dE/dw5", lambda v, g: g["o1"], "The factor ∂o1/∂w5 is missing."),
        ("dE/dw5", lambda v, g: v["a_h1"], "The factor ∂E_total/∂o1 is missing."),
        ("dE/do1", lambda v, g: g["a_o1"], "The factor ∂a_o1/∂o1 is missing."),
        ("dE/do1", lambda v, g: g["a_o1"] * v["o1"] * (1 - v["o1"]), "The slope is a·(1 − a)"),
        ("dE/da_h1", lambda v, g: g["o1"] * v["w5"], "That is ∂E_total/∂o1 · ∂o1/∂a_h1 alone"),
        # the classic mistake: W2 the wrong way round
        ("dE/da_h1", lambda v, g: g["o1"] * v["w5"] + g["o2"] * v["w6"], "These weights lead to"),
        ("h1", lambda v, g: v["w1"] * v["i1"], "That is w1 · i1 alone"),
        ("a_h1", lambda v, g: v["h1"], "That is h1 itself, before the activation."),
        ("E1", lambda v, g: 2 * v["E1"], "The factor ½ is missing."),
        ("E1", lambda v, g: v["t1"] - v["a_o1"], "The square is missing."),
        ("E_total", lambda v, g: v["E1"], "That is E1 alone"),
        ("w5", lambda v, g: v["w5"] + 0.5 * g["w5"], "That is uphill"),
        ("w5", lambda v, g: v["w5"] - g["w5"], "The factor rate is missing."),
        ("w5", lambda v, g: 77.0, "Not yet."),
    ],
)
def test_the_quiz_says_what_is_missing(column: str, wrong: Wrong, message: str) -> None:
    at = evaluate(EXAMPLES["seed"])
    verdict = judged(column, str(wrong(at.values, at.gradients)))
    assert not verdict["right"]
    assert verdict["message"].startswith(message)


@pytest.mark.parametrize("typed", ["", "much"])
def test_the_quiz_asks_for_a_number(typed: str) -> None:
    assert judged("h1", typed)["message"].startswith("Type a number")


def test_an_address_comes_back_as_it_was_and_nonsense_is_left_out() -> None:
    script = """
    const { parse, format, startOf } = await import("{modules}/state.js");
    const start = startOf({ rate: 0.5 });
    const editable = new Map([["w5", 0], ["i1[2]", 0]]);
    const there = "#step=17&iter=3&lr=0.8&focus=w5&path=2&quiz=1&scale=linear&rates=0.1,3"
      + "&w5=-0.7&i1[2]=2";
    const bad = parse("#step=-1&iter=9e9&lr=0&w5=many&w99=1&rates=no&path=", start, editable);
    answer([format(parse(there, start, editable), start), there, format(bad, start)]);
    """
    back, there, bad = in_node(script)
    assert back == there
    assert bad == "#step=0&iter=0&lr=0.5"


def test_modules_that_know_no_document_mention_none() -> None:
    pure = ("names", "nn", "steps", "paths", "columns", "state", "mathml", "formulas", "quiz")
    for name in (*pure, "model", "layout", "curves"):
        text = (MODULES / f"{name}.js").read_text(encoding="utf-8")
        assert "document" not in text.replace("No DOM", ""), name


def test_folding_refuses_what_it_would_fold_wrongly() -> None:
    with pytest.raises(ValueError, match=r"a\.js"):
        fold({"a.js": 'import x from "./b.js";\n'}, "a.js")


def test_the_view_stays_small() -> None:
    views = ["dom", "drawing", "stepper", "formulaview", "pathview", "editor", "tableview", "plot"]
    lines = {v: len((MODULES / f"{v}.js").read_text().splitlines()) for v in views}
    assert sum(lines.values()) <= 720, lines
    assert all(len(f.read_text().splitlines()) <= 270 for f in MODULES.glob("*.js"))
