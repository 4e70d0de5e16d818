"""A derivation as Markdown or as a LaTeX document, and as JSON for other programs."""

import json
import re

from tinydrill.backprop.derivation.notation import LATEX, MATHML, TEXT, write
from tinydrill.backprop.derivation.story import Block, Equation, Heading, Prose, Way
from tinydrill.backprop.derivation.structure import Derivation, Expression, Factor, Step

_PREAMBLE = r"""\documentclass[a4paper,11pt]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage[margin=22mm]{geometry}
\usepackage{amsmath}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt}
\begin{document}
"""


def to_markdown(story: tuple[Block, ...]) -> str:
    """Markdown with LaTeX between dollar signs, as GitHub and Jupyter show it."""
    parts = []
    for block in story:
        if isinstance(block, Heading):
            text = f"`{block.text}`" if block.level == 3 else block.text
            parts.append(f"{'#' * block.level} {text}")
        elif isinstance(block, Prose):
            parts.append(block.text)
        elif isinstance(block, Way):
            parts.append(f"- ${_way(block)}$")
        else:
            parts.append(f"$$\n{_aligned(block, 'aligned')}\n$$")
    # Paths that follow each other are one list.
    return re.sub(r"(\n- .*)\n(?=\n- )", r"\1", "\n\n".join(parts)) + "\n"


def to_latex(story: tuple[Block, ...]) -> str:
    """A complete LaTeX document."""
    parts = [_PREAMBLE]
    for block in story:
        if isinstance(block, Heading):
            command = {1: "section*", 2: "subsection*", 3: "subsubsection*"}[block.level]
            text = _latex_words(block.text)
            if block.about:
                text = rf"$\partial E_{{\text{{total}}}} / \partial {LATEX.name(block.about)}$"
            parts.append(rf"\{command}{{{text}}}")
        elif isinstance(block, Prose):
            parts.append(_latex_words(block.text))
        elif isinstance(block, Way):
            parts.append(rf"\quad ${_way(block)}$")
        else:
            parts.append(_aligned(block, "align*"))
    return "\n\n".join([*parts, r"\end{document}"]) + "\n"


def to_json(derivation: Derivation) -> str:
    """One JSON document: values, definitions and steps; formulas as text, LaTeX and MathML."""
    problem = derivation.problem
    return json.dumps(
        {
            "title": problem.title,
            "rate": problem.rate,
            "loss": problem.loss,
            "widths": problem.widths,
            "values": derivation.values,
            "gradients": {f"dE/d{name}": g for name, g in derivation.gradients.items()},
            "definitions": {n: _forms(e) for n, e in derivation.definitions.items()},
            "steps": [_step(step) for step in derivation.steps],
        },
        indent=1,
        ensure_ascii=False,
    )


def _step(step: Step) -> dict[str, object]:
    return {
        "target": step.target,
        "derivative": f"dE/d{step.target}",
        "path_count": step.path_count,
        "paths": [
            {
                "nodes": path.nodes,
                "factors": [_factor(factor) for factor in path.factors],
                "value": path.value,
            }
            for path in step.paths
        ],
        "shortcuts": [
            {
                "known": f"dE/d{shortcut.known}",
                "known_value": shortcut.known_value,
                "factors": [_factor(factor) for factor in shortcut.factors],
                "value": shortcut.value,
            }
            for shortcut in step.shortcuts
        ],
        "used_by": step.used_by,
        "gradient": step.gradient,
        "before": step.before,
        "after": step.after,
    }


def _factor(factor: Factor) -> dict[str, object]:
    forms = _forms(factor.expression)
    return {"of": factor.of, "by": factor.by, "value": factor.value, **forms}


def _forms(expression: Expression) -> dict[str, str]:
    notations = {"text": TEXT, "latex": LATEX, "mathml": MATHML}
    return {name: write(expression, notation) for name, notation in notations.items()}


def _way(block: Way) -> str:
    return r" \to ".join(LATEX.name(node) for node in block.nodes)


def _aligned(block: Equation, environment: str) -> str:
    first, *rest = [side(LATEX) for side in block.sides]
    signs = [{"=": "=", "←": r"\leftarrow"}[block.sign], *"=" * (len(rest) - 1)]
    lines = [f"&{sign} {side}" for sign, side in zip(signs, rest, strict=True)]
    body = " \\\\\n".join([f"{first} {lines[0]}", *lines[1:]])
    return f"\\begin{{{environment}}}\n{body}\n\\end{{{environment}}}"


def _latex_words(text: str) -> str:
    """Words with their special characters escaped; names between backticks become mathematics."""

    def name(match: re.Match[str]) -> str:
        words = match[1]
        if "/" in words:
            of, by = (LATEX.name(part.removeprefix("∂")) for part in words.split("/"))
            return rf"$\partial {of} / \partial {by}$"
        return f"${LATEX.name(words)}$"

    parts = re.split(r"(`[^`]*`)", text)
    return "".join(
        re.sub("`(.*)`", name, part) if part.startswith("`") else _escaped(part) for part in parts
    )


_SPECIAL = {c: f"\\{c}" for c in "#$%&_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "δ": r"$\delta$",
    "…": r"\dots{}",
}


def _escaped(words: str) -> str:
    return "".join(_SPECIAL.get(c, c) for c in words)
