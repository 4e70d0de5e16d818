"""Plants every mistake of the list in every column it fits, and asks that it is found and named."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.backprop.sheetcheck.sheets import FORMULAS, ORDER, Style, book
from tinydrill.backprop.sheetcheck import mistakes
from tinydrill.backprop.sheetcheck.check import check_file

ROW = 5
DOCS = Path(__file__).parents[3] / "docs" / "check.md"


@dataclass(frozen=True)
class Mutant:
    """One mistake: the column, its wrong formula, and the class that should be named."""

    column: str
    formula: str
    kind: str


def swapped(formula: str, pairs: dict[str, str]) -> str:
    for old, new in pairs.items():
        formula = formula.replace("{" + old + "}", "{§" + new + "}")
    return formula.replace("§", "")


def hidden(column: str) -> str:
    return "1" if column in ("dE/dw1", "dE/dw2") else "2"


def mutants() -> Iterator[Mutant]:
    gradients = [name for name in ORDER if name.startswith("dE/d")]
    first, second = gradients[:4], gradients[4:]
    for name in first:
        f, h = FORMULAS[name], hidden(name)
        other = "2" if h == "1" else "1"
        yield Mutant(name, swapped(f, {"w6": "w7", "w7": "w6"}), mistakes.TRANSPOSED)
        slope, wrong = f"{{a_h{h}}}*(1-{{a_h{h}}})", f"{{a_h{other}}}*(1-{{a_h{other}}})"
        yield Mutant(name, f.replace(slope, wrong), mistakes.WRONG_SLOPE)
        yield Mutant(name, f.replace(slope, f"{{h{h}}}*(1-{{h{h}}})"), mistakes.H_FOR_A)
        yield Mutant(name, swapped(f, {"i1": "i2", "i2": "i1"}), mistakes.WRONG_INPUT)
        yield Mutant(name, f.replace(f"*{slope}", ""), mistakes.MISSING_FACTOR)
        for n, weight in enumerate(("w5", "w7") if h == "1" else ("w6", "w8"), 1):
            d = f"({{a_o{n}}}-{{t{n}}})*{{a_o{n}}}*(1-{{a_o{n}}})*{{{weight}}}"
            rest = f.replace(d, "").replace("(+", "(").replace("+)", ")")
            yield Mutant(name, rest, mistakes.MISSING_TERM)
    for name in gradients:
        f = FORMULAS[name]
        yield Mutant(name, f"-{f}", mistakes.WRONG_SIGN)
        outputs = "12" if name in first else ("1" if name in second[:2] else "2")
        for k in outputs:
            other = "2" if k == "1" else "1"
            yield Mutant(name, swapped(f, {f"t{k}": f"t{other}"}), mistakes.WRONG_TARGET)
            difference = f"({{a_o{k}}}-{{t{k}}})"
            product = f"({{a_o{k}}}*{{t{k}}})"
            yield Mutant(name, f.replace(difference, product), mistakes.PRODUCT)
            yield Mutant(name, f.replace(f"*(1-{{a_o{k}}})", ""), mistakes.MISSING_FACTOR)
            turned = f"({{t{k}}}-{{a_o{k}}})"
            yield Mutant(name, f.replace(difference, turned), mistakes.WRONG_SIGN)
    for name in second:
        f = FORMULAS[name]
        yield Mutant(name, swapped(f, {"a_h1": "h1", "a_h2": "h2"}), mistakes.H_FOR_A)
        yield Mutant(name, swapped(f, {"a_h1": "a_h2", "a_h2": "a_h1"}), mistakes.WRONG_INPUT)
    copies = {"dE/dw7": "dE/dw5", "dE/dw8": "dE/dw6", "E2": "E1", "a_h2": "a_h1", "o2": "o1"}
    for name, source in copies.items():
        yield Mutant(name, FORMULAS[source], mistakes.COPIED)
    yield Mutant("h2", FORMULAS["w1"], mistakes.COPIED)
    for k, other in (("1", "2"), ("2", "1")):
        yield Mutant(f"E{k}", FORMULAS[f"E{k}"].replace("0.5*", ""), mistakes.MISSING_FACTOR)
        yield Mutant(f"E{k}", FORMULAS[f"E{k}"].replace("-", "*"), mistakes.PRODUCT)
        yield Mutant(
            f"E{k}", swapped(FORMULAS[f"E{k}"], {f"t{k}": f"t{other}"}), mistakes.WRONG_TARGET
        )
        for unit in "ho":
            name, sign = f"a_{unit}{k}", f"EXP(-{{{unit}{k}}})"
            positive = FORMULAS[name].replace(sign, f"EXP({{{unit}{k}}})")
            yield Mutant(name, positive, mistakes.WRONG_SIGN)
    yield Mutant("E_total", "{E1}-{E2}", mistakes.WRONG_SIGN)
    yield Mutant("E_total", "{E1}", mistakes.MISSING_TERM)
    yield Mutant("h1", "{w1}*{i1}+{w3}*{i2}", mistakes.TRANSPOSED)
    yield Mutant("h2", "{w2}*{i1}+{w4}*{i2}", mistakes.TRANSPOSED)
    yield Mutant("h1", "{w1}*{i2}+{w2}*{i2}", mistakes.WRONG_INPUT)
    yield Mutant("h2", "{w3}*{i1}", mistakes.MISSING_TERM)
    yield Mutant("o1", "{w5}*{a_h1}+{w7}*{a_h2}", mistakes.TRANSPOSED)
    yield Mutant("o2", "{w6}*{a_h1}+{w8}*{a_h2}", mistakes.TRANSPOSED)
    yield Mutant("o1", "{w5}*{h1}+{w6}*{a_h2}", mistakes.H_FOR_A)
    yield Mutant("o2", "{w7}*{a_h1}-{w8}*{a_h2}", mistakes.WRONG_SIGN)
    for number in range(1, 9):
        k, wrong = str(number), f"<dE/dw{number % 8 + 1}"
        f = FORMULAS[f"w{k}"]
        yield Mutant(f"w{k}", swapped(f, {f"<dE/dw{k}": wrong}), mistakes.WRONG_GRADIENT)
        yield Mutant(f"w{k}", f.replace("-{lr}", "+{lr}"), mistakes.WRONG_SIGN)
        yield Mutant(f"w{k}", f.replace("{lr}*", ""), mistakes.MISSING_FACTOR)
        yield Mutant(f"w{k}", f.replace("{lr}", "{lr_walked}"), mistakes.UNANCHORED)


def outcome(mutant: Mutant, row: int | None, folder: Path) -> tuple[bool, bool]:
    """Return whether the mutant was found in its own column, and whether its kind was named."""
    path = book(folder / "m.xlsx", Style(rows=9), {(mutant.column, row): mutant.formula})
    report = check_file(path, {})
    findings = [finding for table in report.tables for finding in table.findings]
    if not findings or {finding.quantity for finding in findings} != {mutant.column}:
        return False, False
    kinds = {finding.mistake for finding in findings}
    # A wrong input may make a column its neighbour's copy: the same formula has two true names.
    copied = mutant.kind == mistakes.COPIED and any(finding.copied_from for finding in findings)
    return True, mutant.kind in kinds or copied


def test_every_planted_mistake_is_found_and_named(tmp_path: Path) -> None:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    missed, misnamed = [], []
    for mutant in mutants():
        assert mutant.formula != FORMULAS[mutant.column], mutant
        for row in (None, ROW):
            found, named = outcome(mutant, row, tmp_path)
            tally = counts[mutant.kind]
            tally[0] += 1
            tally[1] += found
            tally[2] += named
            if not found:
                missed.append((mutant, row))
            elif not named:
                misnamed.append((mutant, row))
    table = "| mistake | planted | found | named |\n|---|---|---|---|\n"
    for kind, (planted, found_count, named_count) in sorted(counts.items()):
        table += f"| {kind} | {planted} | {found_count} | {named_count} |\n"
    planted, found_count, named_count = (sum(c[k] for c in counts.values()) for k in range(3))
    table += f"| all | {planted} | {found_count} | {named_count} |\n"
    print(table)
    print(*misnamed, sep="\n")
    assert not missed
    assert named_count >= 0.95 * planted, misnamed
    assert table in DOCS.read_text(encoding="utf-8"), "docs/check.md shows another table"


@pytest.mark.parametrize("rows", [1, 2, 9])
def test_the_unmutated_sheet_has_no_finding(tmp_path: Path, rows: int) -> None:
    report = check_file(book(tmp_path / "right.xlsx", Style(rows=rows)), {})
    assert str(report.verdict) == "right"
    assert [finding for table in report.tables for finding in table.findings] == []
