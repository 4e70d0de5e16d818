"""Names, derivatives, numbers and SymPy expressions, written as text, as LaTeX or as MathML.

Only what a derivation contains can be written: sums, products, powers, logarithms, the
activations and their slopes. SymPy's own printers sort and bracket for algebra; on paper the
order is that of the chain rule, and w5 is w with a small 5.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from tinydrill.backprop.derivation.structure import Expression
from tinydrill.backprop.problem import name_parts

_SPOKEN = {
    "log": "ln",
    "Sigmoid": "σ",
    "Tanh": "tanh",
    "Relu": "ReLU",
    "LeakyRelu": "leakyReLU",
}


@dataclass(frozen=True)
class Notation:
    """One way of writing; each entry turns written parts into a written whole."""

    name: Callable[[str], str]
    number: Callable[[str], str]
    sum: Callable[[Sequence[str]], str]  # terms after the first may start with the minus sign
    negative: Callable[[str], str]
    product: Callable[[Sequence[str]], str]
    bracket: Callable[[str], str]
    fraction: Callable[[str, str], str]
    power: Callable[[str, str], str]
    call: Callable[[str, Sequence[str]], str]
    condition: Callable[[str], str]


def figure(number: float) -> str:
    """A number as it is shown: seven significant digits."""
    return f"{number + 0.0:.7g}".replace("-", "−")  # + 0.0: no "−0"


def partial(of: str, by: str, notation: Notation) -> str:
    """∂of/∂by."""
    return notation.fraction(_curly(of, notation), _curly(by, notation))


def signed(number: float, notation: Notation, brackets: bool) -> str:
    """A number, in brackets if it is negative and `brackets` asks for it."""
    written = notation.number(figure(number))
    return notation.bracket(written) if brackets and number < 0 else written


def write(expression: Expression, notation: Notation, inside_product: bool = False) -> str:
    """An expression written out.

    Args:
        expression: what to write.
        notation: how.
        inside_product: put brackets around a sum or a negative, as a factor needs.
    """
    written = _write(expression, notation)
    if inside_product and (expression.is_Add or expression.could_extract_minus_sign()):
        return notation.bracket(written)
    return written


def _write(expression: Expression, n: Notation) -> str:
    if expression.is_Symbol:
        return n.name(str(expression))
    if expression.is_Add:
        terms = sorted(expression.args, key=_rank)
        return n.sum([_write(term, n) for term in terms])
    if expression.is_Rational and not expression.is_Integer:
        return n.fraction(n.number(figure(expression.p)), n.number(str(expression.q)))
    if expression.is_number:
        return n.number(figure(float(expression)))
    # A sum can be turned round instead: −(t − a) is a − t, which `is_Add` has already written.
    if expression.is_Mul and expression.could_extract_minus_sign():
        return n.negative(write(-expression, n, inside_product=(-expression).is_Add))
    if expression.is_Mul:
        top, bottom = expression.as_numer_denom()
        if not bottom.is_number or bottom != 1:
            return n.fraction(_write(top, n), _write(bottom, n))
        return n.product([write(part, n, inside_product=True) for part in _factors(expression)])
    if expression.is_Pow:
        if expression.exp.is_negative:
            return n.fraction(n.number("1"), _write(expression.base**-expression.exp, n))
        return n.power(write(expression.base, n, True), _write(expression.exp, n))
    function = type(expression).__name__
    if function in ("Positive", "Slope"):
        slope = n.condition(_write(expression.args[0], n))
        return slope if function == "Positive" else n.call("slope", [slope])
    if function == "Softmax":
        k, *sums = expression.args
        powers = [n.power(n.name("e"), _write(o, n)) for o in sums]
        return n.fraction(powers[int(k) - 1], n.sum(powers))
    return n.call(_SPOKEN.get(function, function), [_write(a, n) for a in expression.args])


def _rank(term: Expression) -> tuple[bool, list[tuple[str, int, str, int]]]:
    """Positive terms first, then by name: a_o1 − t1, and w1·i1 before w2·i2."""
    return (bool(term.could_extract_minus_sign()), _weights_first(term))


def _weights_first(term: Expression) -> list[tuple[str, int, str, int]]:
    found = []
    for symbol in term.free_symbols:
        base, subscript, sample = name_parts(str(symbol))
        order = {"w": "0", "b": "2"}.get(base, "1")
        number = int(subscript) if subscript.isdigit() else 0
        found.append((order, number, subscript, int(sample or 0)))
    return sorted(found)


def _factors(product: Expression) -> list[Expression]:
    """Numbers, then names, then sums, then ln: w1·i1, a_o1·(1 − a_o1), (1 − t1)·ln(1 − a_o1)."""
    return sorted(product.args, key=_place)


def _place(part: Expression) -> tuple[object, ...]:
    return (part.is_Function, part.is_Add, not part.is_number, _rank(part))


def _curly(name: str, notation: Notation) -> str:
    if notation is TEXT:
        return f"∂{notation.name(name)}"
    if notation is LATEX:
        return rf"\partial {notation.name(name)}"
    return f"<mrow><mo>∂</mo>{notation.name(name)}</mrow>"


def _mathml_bracket(part: str) -> str:
    # Around a fraction brackets grow with it; around a line they must not, or powers fly off.
    grow = "" if "<mfrac" in part else ' stretchy="false"'
    return f"<mrow><mo{grow}>(</mo>{part}<mo{grow}>)</mo></mrow>"


def _text_sum(terms: Sequence[str]) -> str:
    return terms[0] + "".join(
        f" − {term[1:].lstrip()}" if term.startswith("−") else f" + {term}" for term in terms[1:]
    )


def _latex_name(name: str) -> str:
    base, subscript, sample = name_parts(name)
    base = base if len(base) == 1 else rf"\text{{{base}}}"  # rate is a word, not r·a·t·e
    subscript = r"\text{total}" if subscript == "total" else subscript
    return base + (f"_{{{subscript}}}" if subscript else "") + (f"^{{({sample})}}" * bool(sample))


def _latex_number(digits: str) -> str:
    mantissa, _, exponent = digits.replace("−", "-").partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa


def _mathml_number(digits: str) -> str:
    mantissa, _, exponent = digits.partition("e")
    if not exponent:
        return f"<mn>{digits}</mn>"
    power = f"{int(exponent.replace('−', '-'))}".replace("-", "−")
    return f"<mrow><mn>{mantissa}</mn><mo>×</mo><msup><mn>10</mn><mn>{power}</mn></msup></mrow>"


def _latex_function(function: str) -> str:
    return r"\sigma" if function == "σ" else rf"\operatorname{{{function}}}"


def _latex_sum(terms: Sequence[str]) -> str:
    return terms[0] + "".join(
        f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in terms[1:]
    )


def _mathml_name(name: str) -> str:
    base, subscript, sample = (escape(part) for part in name_parts(name))
    below, above = f"<mi>{subscript}</mi>", f"<mrow><mo>(</mo><mn>{sample}</mn><mo>)</mo></mrow>"
    if subscript.isdigit():
        below = f"<mn>{subscript}</mn>"
    if subscript and sample:
        return f"<msubsup><mi>{base}</mi>{below}{above}</msubsup>"
    return f"<msub><mi>{base}</mi>{below}</msub>" if subscript else f"<mi>{base}</mi>"


_MINUS = "<mo>−</mo>"


def _mathml_sum(terms: Sequence[str]) -> str:
    rest = (
        t.removeprefix("<mrow>").removesuffix("</mrow>")
        if t.startswith(f"<mrow>{_MINUS}")
        else f"<mo>+</mo>{t}"
        for t in terms[1:]
    )
    return f"<mrow>{terms[0]}{''.join(rest)}</mrow>"


TEXT = Notation(
    name=str,
    number=str,
    sum=_text_sum,
    negative=lambda part: f"−{part}",
    product=" · ".join,
    bracket=lambda part: f"({part})",
    fraction=lambda top, bottom: f"{_closed(top)}/{_closed(bottom)}",
    power=lambda base, exponent: base + {"2": "²", "3": "³"}.get(exponent, f"^{exponent}"),
    call=lambda function, parts: f"{function}({', '.join(parts)})",
    condition=lambda part: f"[{part} > 0]",
)

LATEX = Notation(
    name=_latex_name,
    number=_latex_number,
    sum=_latex_sum,
    negative=lambda part: f"-{part}",
    product=r" \cdot ".join,
    bracket=lambda part: rf"\left({part}\right)",
    fraction=lambda top, bottom: rf"\frac{{{top}}}{{{bottom}}}",
    power=lambda base, exponent: f"{base}^{{{exponent}}}",
    call=lambda function, parts: rf"{_latex_function(function)}\left({', '.join(parts)}\right)",
    condition=lambda part: rf"\left[{part} > 0\right]",
)

MATHML = Notation(
    name=_mathml_name,
    number=_mathml_number,
    sum=_mathml_sum,
    negative=lambda part: f"<mrow>{_MINUS}{part}</mrow>",
    product=lambda parts: f"<mrow>{'<mo>·</mo>'.join(parts)}</mrow>",
    bracket=_mathml_bracket,
    fraction=lambda top, bottom: f"<mfrac>{top}{bottom}</mfrac>",
    power=lambda base, exponent: f"<msup>{base}{exponent}</msup>",
    call=lambda function, parts: (
        f"<mrow><mi>{function}</mi><mo>(</mo>{'<mo>,</mo>'.join(parts)}<mo>)</mo></mrow>"
    ),
    condition=lambda part: f"<mrow><mo>[</mo>{part}<mo>&gt;</mo><mn>0</mn><mo>]</mo></mrow>",
)


def _closed(part: str) -> str:
    return f"({part})" if " " in part and not re.fullmatch(r"\([^()]*\)[²³]?", part) else part
