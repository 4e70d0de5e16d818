"""Draws the network of a report as SVG, with what is wrong marked."""

from collections.abc import Iterable
from html import escape

from tinydrill.backprop.sheetcheck.network import Net, plain
from tinydrill.backprop.sheetcheck.verdicts import Finding

_STEP, _GAP, _RADIUS = 190, 92, 24


def draw(net: Net, findings: Iterable[Finding]) -> str:
    """Return an SVG element: inputs left, errors right, wrong edges and units in red."""
    wrong = {plain(finding.quantity).removeprefix("dE/d") for finding in findings}
    columns: list[list[tuple[str, str]]] = [[(name, name) for name in net.inputs]]
    columns += [[(unit.name, unit.activation) for unit in layer.units] for layer in net.layers]
    columns.append([(error, error) for error in net.errors])
    tallest = max(map(len, columns))
    width, height = _STEP * (len(columns) - 1) + 110, _GAP * tallest + 20
    at: dict[str, tuple[float, float]] = {}
    for k, column in enumerate(columns):
        for j, (name, output) in enumerate(column):
            y = 10 + _GAP * (j + 0.5 + (tallest - len(column)) / 2)
            at[name] = at[output] = (50 + _STEP * k, y)
    pieces = []
    for unit in net.units:
        for position, (weight, source) in enumerate(zip(unit.weights, unit.sources, strict=True)):
            # Labels of crossing edges sit at different places along them.
            pieces.append(_edge(at[source], at[unit.name], weight, weight in wrong, position))
    for error, unit in zip(net.errors, net.outputs, strict=True):
        pieces.append(_edge(at[unit.name], at[error], "", False, 0))
    for column in columns:
        for name, output in column:
            bad = {name, output} & wrong or (name in net.errors and "E_total" in wrong)
            pieces.append(_node(*at[name], name, bool(bad)))
    told = ", ".join(sorted(wrong)) or "nothing"
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-label="The network; marked wrong: {escape(told)}">{"".join(pieces)}</svg>'
    )


def _edge(
    start: tuple[float, float], end: tuple[float, float], label: str, bad: bool, position: int
) -> str:
    (x1, y1), (x2, y2) = start, end
    long = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    ux, uy = (x2 - x1) / long * _RADIUS, (y2 - y1) / long * _RADIUS
    part = 0.3 if position % 2 == 0 else 0.36
    lx, ly = x1 + (x2 - x1) * part, y1 + (y2 - y1) * part
    kind = "edge bad" if bad else "edge"
    text = f'<text x="{lx:.1f}" y="{ly - 7:.1f}" class="{kind}">{label}</text>' if label else ""
    return (
        f'<line x1="{x1 + ux:.1f}" y1="{y1 + uy:.1f}" x2="{x2 - ux:.1f}" y2="{y2 - uy:.1f}" '
        f'class="{kind}"/>{text}'
    )


def _node(x: float, y: float, name: str, bad: bool) -> str:
    kind = "unit bad" if bad else "unit"
    return (
        f'<circle cx="{x}" cy="{y:.1f}" r="{_RADIUS}" class="{kind}"/>'
        f'<text x="{x}" y="{y + 5:.1f}" class="{kind}">{escape(name)}</text>'
    )
