"""One self-contained HTML file in which a person steps through backpropagation.

This module puts together what lies in `web/backprop`: it writes the problem and the derivation's
formulas into the page and folds the ES modules into one script. The page computes by itself.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from tinydrill.backprop.derivation import Factor, derive
from tinydrill.backprop.derivation.notation import MATHML, Notation, write
from tinydrill.backprop.forward import refuse_endless
from tinydrill.backprop.problem import LEAKY_SLOPE, Activation, Layer, Problem, Sample
from tinydrill.backprop.writing import write_text
from tinydrill.errors import UnusableInputError

_ENTRY = "main.js"
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|function\*?) (\w+))", re.MULTILINE)


def write_page(problem: Problem, path: Path) -> int:
    """Write the page for a problem; return its size in bytes.

    Raises:
        UnusableInputError: if the file can't be written or the problem's numbers can't be computed.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise UnusableInputError(f"{path}: the page's name must end in .html")
    page = to_page(problem)
    write_text(path, page)
    return len(page.encode())


def to_page(problem: Problem) -> str:
    """The page as text.

    Raises:
        UnusableInputError: if the problem's numbers are too large to compute with.
    """
    refuse_endless(problem)
    folder = files("tinydrill").joinpath("web", "backprop")
    sources = {
        file.name: file.read_text(encoding="utf-8")
        for file in folder.iterdir()
        if file.name.endswith(".js")
    }
    data = {"problem": as_data(problem), "formulas": formulas(problem)}
    parts = {
        "TITLE": escape(problem.title),
        "STYLE": folder.joinpath("style.css").read_text(encoding="utf-8"),
        # "<" is escaped so that no title can end the script element.
        "DATA": json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),
        "SCRIPT": fold(sources, _ENTRY),
    }
    html = folder.joinpath("index.html").read_text(encoding="utf-8")
    return re.sub(r"<!--(TITLE|STYLE|DATA|SCRIPT)-->", lambda found: parts[found[1]], html)


def as_data(problem: Problem) -> dict[str, Any]:
    """The problem as the page's modules read it."""
    return {
        "title": problem.title,
        "layers": [
            {"activation": la.activation, "weights": la.weights, "biases": la.biases}
            for la in problem.layers
        ],
        "samples": [{"inputs": s.inputs, "targets": s.targets} for s in problem.samples],
        "loss": problem.loss,
        "bias": problem.bias,
        "train_biases": problem.train_biases,
        "rate": problem.rate,
        "leaky_slope": LEAKY_SLOPE,
    }


def formulas(problem: Problem) -> dict[str, Any]:
    """The derivation's formulas as MathML with the names marked: {h} {a} {t}, {b} the other output.

    Each comes from the derivation of a network with that activation or loss and as few weights as
    possible, so that a problem of 2,000 weights costs no more than a small one.
    """
    marked = _marking({"o1": "h", "a_o1": "a", "t1": "t"})
    activations = {}
    for activation in dict.fromkeys(layer.activation for layer in problem.layers):
        if activation != "softmax":
            found = derive(_smallest(activation), ["w1"])
            slope = _slope(found.steps[0].paths[0].factors, "a_o1", "o1")
            activations[activation] = {
                "value": write(found.definitions["a_o1"], marked),
                "slope": write(slope.expression, marked, inside_product=True),
            }
    last = problem.layers[-1].activation
    outputs = problem.widths[-1] if problem.loss == "mean-squared" else 1
    lossy = derive(_smallest(last, outputs, problem), ["w1"])
    loss = _slope(lossy.steps[0].paths[0].factors, "E1", "a_o1")
    # With two outputs, softmax's slopes between an output and its own or another's sum.
    ways = derive(_smallest("softmax", 2), ["w1"]).steps[0].paths
    own, other = (
        next(f for way in ways for f in way.factors if (f.of, f.by) == (of, "o1"))
        for of in ("a_o1", "a_o2")
    )
    return {
        "activations": activations,
        "loss": {
            "value": write(lossy.definitions["E1"], marked),
            "slope": write(loss.expression, marked, inside_product=True),
        },
        "softmax": {
            "own": write(own.expression, marked, inside_product=True),
            "other": write(
                other.expression, _marking({"a_o1": "b", "a_o2": "a"}), inside_product=True
            ),
        },
    }


def _smallest(activation: Activation, outputs: int = 1, like: Problem | None = None) -> Problem:
    """One input, one layer of `outputs` units, the loss of the problem `like`."""
    share = 1 / outputs
    return Problem(
        title="one layer",
        layers=(Layer(activation, ((0.5,),) * outputs),),
        samples=(Sample((1.0,), (share,) * outputs),),
        loss=like.loss if like else "half-squared",
    )


def _slope(factors: tuple[Factor, ...], of: str, by: str) -> Factor:
    return next(f for f in factors if (f.of, f.by) == (of, by))


def _marking(roles: Mapping[str, str]) -> Notation:
    return replace(MATHML, name=partial(_mark, roles))


def _mark(roles: Mapping[str, str], name: str) -> str:
    return f"{{{roles[name]}}}"


def fold(sources: Mapping[str, str], entry: str) -> str:
    """ES modules as one script: each in a function of its own that returns what it exports.

    A page opened from a file may not import other files, so the modules can't stay apart. Only
    the forms of import and export that our modules use are understood.

    Args:
        sources: text of each module by file name.
        entry: the module to start with; those that it doesn't reach are left out.
    """
    order: list[str] = []

    def visit(name: str) -> None:
        if name not in order:
            for _, needed in _IMPORT.findall(sources[name]):
                visit(needed)
            order.append(name)

    visit(entry)
    return "\n".join(_folded(name, sources[name]) for name in order)


def _folded(name: str, source: str) -> str:
    exports = _EXPORT.findall(source)
    body = _IMPORT.sub(lambda m: f"const {{{m[1]}}} = {_variable(m[2])};\n", source)
    body = _EXPORT.sub("", body)
    if re.search(r"^(import|export)\b", body, re.MULTILINE):
        raise ValueError(f"{name}: an import or export of a form that can't be folded")
    return f"const {_variable(name)} = (() => {{\n{body}return {{ {', '.join(exports)} }};\n}})();"


def _variable(file: str) -> str:
    return "module_" + file.removesuffix(".js").replace("-", "_")
