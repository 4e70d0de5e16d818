"""A derivation as one HTML file: MathML for the formulas, SVG for the paths, nothing to load."""

import re
from html import escape

from tinydrill.backprop.derivation.notation import MATHML
from tinydrill.backprop.derivation.story import Block, Equation, Heading, Prose, Way
from tinydrill.backprop.derivation.structure import Derivation
from tinydrill.backprop.drawing import to_svg

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5b6875; --line: #c3ccd6;
  --paper: #fcfcfa; --card: #fff; --lit: #c2410c; --glow: #ffedd5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaef; --soft: #9aa7b4; --line: #47535f;
  --paper: #14191f; --card: #1b222a; --lit: #fdba74; --glow: #4a2a12; } }
body { margin: 0 auto; max-width: 56rem; padding: 1.5rem 1rem 4rem; color: var(--ink);
  background: var(--paper); font: 17px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; } h2 { margin-top: 2.5rem; font-size: 1.25rem; }
h3 { margin: 0; font-size: 1.15rem; }
nav { display: flex; flex-wrap: wrap; gap: .3rem .6rem; }
nav a { padding: 0 .5rem; border: 1px solid var(--line); border-radius: 1rem; }
a { color: var(--lit); text-decoration: none; } a:hover { text-decoration: underline; }
section { margin: 1.5rem 0; padding: 1rem 1.2rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .6rem; break-inside: avoid; }
.way { margin: .2rem 0 .2rem 1rem; color: var(--lit); }
.scroll { overflow-x: auto; padding: .25rem 0; }
.scroll mtable { text-align: left; } mtd { padding: .25em .2em; text-align: left; }
mtd:first-child { text-align: right; }
math { font-size: 1.06em;
  font-family: "Cambria Math", "STIX Two Math", "Latin Modern Math", math, Georgia, serif; }
math[display=block] { text-align: left; margin: .2rem 0 .2rem 1rem; width: max-content; }
svg.net { display: block; width: 100%; margin: .6rem auto; }
svg.net line { stroke: var(--line); stroke-width: 1.5; }
svg.net circle { fill: var(--card); stroke: var(--soft); stroke-width: 1.5; }
svg.net line.lit { stroke: var(--lit); stroke-width: 3; }
svg.net circle.lit { fill: var(--glow); stroke: var(--lit); stroke-width: 2.5; }
svg.net text { font: 12.5px system-ui, sans-serif; fill: var(--soft); text-anchor: middle;
  paint-order: stroke; stroke: var(--card); stroke-width: 4px; }
svg.net text.lit { fill: var(--lit); font-weight: 700; }
svg.net text.unit { font: italic 17px Georgia, serif; fill: var(--ink); stroke: none; }
svg.net .sub { font: 11px Georgia, serif; }
@media print { body { font-size: 11pt; } nav { display: none; } }
"""


def to_html(derivation: Derivation, story: tuple[Block, ...]) -> str:
    """One self-contained page."""
    title = escape(derivation.problem.title)
    targets = [block.about for block in story if isinstance(block, Heading) and block.about]
    links = "".join(f'<a href="#{t}">{_math(MATHML.name(t))}</a>' for t in targets)
    lit = {step.target: {n for p in step.paths for n in p.nodes} for step in derivation.steps}
    parts = [
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
    ]
    inside = False
    for block in story:
        if isinstance(block, Heading):
            parts.append("</section>" if inside else "")
            inside = block.level == 3
            if inside:
                derivative = _fraction("E_total", block.about)
                parts.append(f'<section id="{block.about}"><h3>{_math(derivative)}</h3>')
                network = to_svg(derivation.problem, _on_paths(lit[block.about]))
                parts.append(network)
            else:
                parts.append(f"<h{block.level}>{escape(block.text)}</h{block.level}>")
            if block.level == 1:
                picture = to_svg(derivation.problem, values=derivation.values)
                parts.append(f"<nav>{links}</nav>{picture}")
        else:
            parts.append(_block(block))
    parts.append("</section>" if inside else "")
    return "\n".join(part for part in [*parts, "</body>\n</html>"] if part) + "\n"


def _block(block: Prose | Way | Equation) -> str:
    if isinstance(block, Prose):
        return f"<p>{_words(block.text)}</p>"
    if isinstance(block, Way):
        nodes = "<mo>→</mo>".join(MATHML.name(node) for node in block.nodes)
        return f'<p class="way">{_math(nodes)}</p>'
    first, *rest = [side(MATHML) for side in block.sides]
    signs = [block.sign, *"=" * (len(rest) - 1)]
    rows = [
        f"<mtr><mtd>{'' if k else first}</mtd><mtd><mo>{sign}</mo></mtd><mtd>{side}</mtd></mtr>"
        for k, (sign, side) in enumerate(zip(signs, rest, strict=True))
    ]
    table = f'<mtable displaystyle="true" columnalign="right center left">{"".join(rows)}</mtable>'
    return f'<div class="scroll"><math display="block" displaystyle="true">{table}</math></div>'


def _words(text: str) -> str:
    parts = re.split(r"`([^`]*)`", text)
    return "".join(_mention(p) if k % 2 else escape(p) for k, p in enumerate(parts))


def _mention(name: str) -> str:
    if "/" not in name:
        return _math(MATHML.name(name)) if name != "…" else name
    of, by = (part.removeprefix("∂") for part in name.split("/"))
    return _math(_fraction(of, by))


def _fraction(of: str, by: str) -> str:
    top, bottom = (f"<mo>∂</mo>{MATHML.name(name)}" for name in (of, by))
    return f"<mrow>{top}<mo>/</mo>{bottom}</mrow>"


def _math(inner: str) -> str:
    return f"<math>{inner}</math>"


def _on_paths(names: set[str]) -> set[str]:
    """Names to light up: a unit is drawn under the name of its sum, so a_h1 lights h1."""
    return names | {name.removeprefix("a_") for name in names}
