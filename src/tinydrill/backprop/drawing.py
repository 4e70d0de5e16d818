"""The network as a picture: where each unit stands, and the same drawn as SVG."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from html import escape

from tinydrill.backprop.problem import Names, Problem, name_parts


@dataclass(frozen=True)
class Drawing:
    """Places and lines, x to the right and y downwards, one unit of length between neighbours.

    Args:
        places: ``places[name] = (x, y)`` for inputs, units (by their sum: h1, o1), errors.
        lines: (from, to, weight); the weight is "" between a unit and its error, and after it.
        labels: where each weight's name stands, on its line.
    """

    places: dict[str, tuple[float, float]]
    lines: tuple[tuple[str, str, str], ...]
    labels: dict[str, tuple[float, float]]


# How far along its line a weight's name stands, by the unit that the line ends in: lines cross in
# their middles, and with these three shares no two names of a 3-3 layer come closer than 0.14.
_SHARES = (0.36, 0.30, 0.43)
# In wider layers 1/(units + 1) spaces all names of a layer evenly, 1/(units + 1) apart in height.


def draw(problem: Problem) -> Drawing:
    """Inputs on the left, E_total on the right, every column centred."""
    names = Names(problem)
    columns = [names.inputs, *(layer.sums for layer in names.layers), names.errors, ("E_total",)]
    places = {
        name: (float(x), y - (len(column) - 1) / 2)
        for x, column in enumerate(columns)
        for y, name in enumerate(column)
    }
    lines = [
        (before, unit, weight)
        for column, layer in zip(columns, names.layers, strict=False)
        for unit, row in zip(layer.sums, layer.weights, strict=True)
        for before, weight in zip(column, row, strict=True)
    ]
    labels = {}
    for start, end, weight in lines:
        column = [name for name in places if places[name][0] == places[end][0]]
        before = [name for name in places if places[name][0] == places[start][0]]
        wide = max(len(before), len(column)) > 3
        share = 1 / (len(column) + 1) if wide else _SHARES[column.index(end) % 3]
        x, y = (a + (b - a) * share for a, b in zip(places[start], places[end], strict=True))
        labels[weight] = (x, y)
    lines += [(o, e, "") for o, e in zip(names.layers[-1].sums, names.errors, strict=True)]
    lines += [(e, "E_total", "") for e in names.errors]
    return Drawing(places, tuple(lines), labels)


_ACROSS, _DOWN, _RADIUS, _EDGE = 170.0, 112.0, 25.0, 45.0


def to_svg(
    problem: Problem, lit: Collection[str] = (), values: Mapping[str, float] | None = None
) -> str:
    """The network as one SVG element, coloured by the page's style sheet.

    Args:
        problem: what to draw.
        lit: names to light up: quantities and weights on the paths being explained.
        values: numbers to write beside the weights; none are written if None.
    """
    drawing = draw(problem)
    numbers = values or {}
    lit = {name.partition("[")[0] for name in lit}
    top = min(y for _, y in drawing.places.values())
    wide = max(x for x, _ in drawing.places.values()) * _ACROSS + 2 * _EDGE
    high = -2 * top * _DOWN + 2 * _EDGE
    at = {name: _point(place, top) for name, place in drawing.places.items()}
    parts = [
        f'<svg class="net" viewBox="0 0 {wide:.0f} {high:.0f}" role="img" '
        f'style="max-width:{wide:.0f}px" aria-label="{escape(problem.title, quote=True)}">'
    ]
    labels = []
    for start, end, weight in drawing.lines:
        (x1, y1), (x2, y2) = at[start], at[end]
        bright = end in lit and (start in lit or weight in lit)
        css = " class='lit'" if bright else ""
        parts.append(f'<line{css} x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}"/>')
        if weight and len(drawing.lines) <= 40:  # more labels than that hide the lines
            x, y = _point(drawing.labels[weight], top)
            y -= 5
            number = f" {numbers[weight]:.3g}".replace("-", "−") if weight in numbers else ""
            bold = " class='lit'" if weight in lit else ""
            labels.append(f'<text{bold} x="{x:.0f}" y="{y:.0f}">{weight}{number}</text>')
    for name, (x, y) in at.items():
        css = " class='lit'" if name in lit else ""
        parts.append(f'<circle{css} cx="{x:.0f}" cy="{y:.0f}" r="{_RADIUS:.0f}"/>')
        base, subscript, _ = name_parts(name)
        parts.append(
            f'<text class="unit" x="{x:.0f}" y="{y + 5:.0f}">{base}'
            f'<tspan class="sub" dy="4">{subscript}</tspan></text>'
        )
    return "".join([*parts, *labels, "</svg>"])


def _point(place: tuple[float, float], top: float) -> tuple[float, float]:
    return place[0] * _ACROSS + _EDGE, (place[1] - top) * _DOWN + _EDGE
