"""Each format in turn: what a reader of it must find, and what must not be there."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from tinydrill.backprop.derivation import derive
from tinydrill.backprop.derivation.notation import LATEX, MATHML, TEXT, write
from tinydrill.backprop.explain import explanation
from tinydrill.backprop.problem import EXAMPLES


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_terminal_text_fits_80_columns(name: str) -> None:
    assert max(map(len, explanation(EXAMPLES[name], (), "terminal").splitlines())) <= 80


def test_the_terminal_tells_symbols_then_numbers_then_the_new_weight() -> None:
    text = explanation(EXAMPLES["seed"], ["w5"], "terminal")
    places = [
        text.index(part)
        for part in (
            "w5 → o1 → a_o1 → E1 → E_total",
            "(a_o1 − t1) · a_o1 · (1 − a_o1) · a_h1",
            "= 0.07215707",
            "= 0.3639215",
        )
    ]
    assert places == sorted(places)


def test_names_typeset() -> None:
    factor = derive(EXAMPLES["seed"], ["w5"]).steps[0].paths[0].factors[1].expression
    assert write(factor, TEXT) == "a_o1 − t1"
    assert write(factor, LATEX) == "a_{o1} - t_{1}"
    assert write(factor, MATHML) == (
        "<mrow><msub><mi>a</mi><mi>o1</mi></msub><mo>−</mo><msub><mi>t</mi><mn>1</mn></msub></mrow>"
    )


def test_powers_of_ten_are_typeset() -> None:
    assert TEXT.number("1.5e−07") == "1.5e−07"
    assert LATEX.number("−1.5e−07") == r"-1.5 \times 10^{-7}"
    assert "<mn>1.5</mn><mo>×</mo><msup><mn>10</mn><mn>−7</mn>" in MATHML.number("1.5e−07")


def test_cross_entropy_is_written_as_in_books() -> None:
    error = derive(EXAMPLES["xor"], ["w1"]).definitions["E1[1]"]
    assert write(error, TEXT) == "−t1[1] · ln(a_o1[1]) − (1 − t1[1]) · ln(1 − a_o1[1])"


def test_the_tenth_sample_comes_after_the_ninth() -> None:
    xor = EXAMPLES["xor"]
    twelve = replace(xor, samples=xor.samples * 3)
    written = write(derive(twelve, ["w1"]).definitions["E_total"], TEXT)
    assert written == " + ".join(f"E1[{k}]/12" for k in range(1, 13))


def test_a_hidden_weight_of_softmax_has_its_paths_multiplied_and_added_up() -> None:
    text = explanation(EXAMPLES["softmax-3"], ["w1"], "terminal")
    assert "Path 9:" in text
    assert "Added up:" in text


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_page_is_well_formed_and_loads_nothing(name: str) -> None:
    page = explanation(EXAMPLES[name], (), "html")
    # Void elements apart, the page is XML: a parser proves that every tag is closed.
    text = page.replace("<!doctype html>", "")
    for void in ('<meta charset="utf-8">', 'initial-scale=1">'):
        text = text.replace(void, void[:-1] + "/>")
    ET.fromstring(text)
    assert "<math" in page
    assert not any(word in page for word in ("http:", "https:", "src=", "@import", "url("))


def test_the_page_lights_up_the_path() -> None:
    page = explanation(EXAMPLES["seed"], ["w5"], "html")
    section = page[page.index('<section id="w5"') :]
    assert section.count("<line class='lit'") == 3  # w5 into o1, o1 to E1, E1 to E_total


def test_json_holds_every_factor_in_symbols_and_numbers() -> None:
    document = json.loads(explanation(EXAMPLES["seed"], ["w5"], "json"))
    factors = document["steps"][0]["paths"][0]["factors"]
    assert [f"{f['of']}/{f['by']}" for f in factors] == [
        "E_total/E1",
        "E1/a_o1",
        "a_o1/o1",
        "o1/w5",
    ]
    assert factors[3]["text"] == "a_h1"
    assert factors[3]["value"] == document["values"]["a_h1"]
    assert document["gradients"]["dE/dw5"] == pytest.approx(0.07215707291213624)


def test_latex_is_a_document_with_balanced_braces() -> None:
    text = explanation(EXAMPLES["softmax-3"], (), "latex")
    assert text.count("{") == text.count("}")
    assert text.startswith(r"\documentclass")
    assert text.rstrip().endswith(r"\end{document}")
    assert "_total" not in text.replace(r"_{\text{total}}", "")


def test_markdown_opens_and_closes_every_formula() -> None:
    text = explanation(EXAMPLES["xor"], ["w1"], "markdown")
    assert text.count("$$") % 2 == 0
    assert r"h_{1}^{(2)}" in text
