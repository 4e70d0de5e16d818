"""Drawings as SVG whose colours are the page's: light, dark and on paper.

Classes carry the colours (`c0` … `c6` for groups), so that the style sheet alone knows them.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from tinydrill.drilldown.calibration import Calibration
from tinydrill.drilldown.report.blocks import number, tag

COLOURS = 7
_WIDTH, _HEIGHT = 480, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 470, 14, 276
_FEWEST_TICKS, _MOST_TICKS = 2, 11
# Round values of one power of ten, finest first.
_STEPS = ((1, 1.5, 2, 3, 4, 5, 6, 8), (1, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))
_ROOM = 1.06  # times more on either side than the values take
_LABEL_WIDE, _LABEL_TALL = 76, 15


@dataclass(frozen=True, slots=True)
class Line:
    """A line through (x, y) points.

    Attributes:
        kind: classes of the style sheet: a colour, `train` or `test`, `mean` or `seed`.
        what: read out when it is pointed at.
    """

    points: tuple[tuple[float, float], ...]
    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class _Axis:
    """Values of one axis laid onto pixels."""

    place: Callable[[float], float]
    ticks: tuple[float, ...]


def _log_ticks(low: float, high: float) -> tuple[float, ...]:
    """As many round values between two as can be read, from the finest to whole powers of ten."""
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    for steps in _STEPS:
        ticks = [step * 10.0**power for power in powers for step in steps]
        inside = [tick for tick in ticks if low <= tick <= high]
        if len(inside) <= _MOST_TICKS:
            break
    return tuple(inside[:: math.ceil(len(inside) / _MOST_TICKS) or 1])


def _log_axis(values: Sequence[float]) -> _Axis:
    """No wider than the values, or what lies between those that are looked at would be squeezed."""
    low, high = min(values) / _ROOM, max(values) * _ROOM
    while len(ticks := _log_ticks(low, high)) < _FEWEST_TICKS:
        low, high = low / _ROOM, high * _ROOM
    start, span = math.log10(low), math.log10(high) - math.log10(low)
    return _Axis(lambda v: _BOTTOM - (math.log10(v) - start) / span * (_BOTTOM - _TOP), ticks)


def _epoch_axis(last: float) -> _Axis:
    step = next(s for k in range(9) for s in (10**k, 2 * 10**k, 5 * 10**k) if last / s <= 8)
    ticks = tuple(float(tick) for tick in range(0, math.floor(last) + 1, step))
    return _Axis(lambda v: _LEFT + v / (last or 1.0) * (_RIGHT - _LEFT), ticks)


def _text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(words)}</text>'


def _rule(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _polyline(line: Line, x: _Axis, y: _Axis) -> str:
    at = " ".join(f"{x.place(a):.1f},{y.place(b):.1f}" for a, b in line.points)
    size = 2.6 if "mean" in line.kind else 1.4
    dots = "".join(
        f'<circle cx="{x.place(a):.1f}" cy="{y.place(b):.1f}" r="{size}"/>' for a, b in line.points
    )
    drawn = f'<polyline points="{at}"/>' if len(line.points) > 1 else ""
    return tag("g", tag("title", escape(line.what)) + drawn + dots, class_=f"line {line.kind}")


def _target_label(target: float, lines: Sequence[Line], x: _Axis, y: _Axis) -> str:
    """The target's name beside its level, where the fewest lines run through it."""
    level = y.place(target)
    drawn = [(x.place(a), y.place(b)) for line in lines for a, b in _between(line.points)]

    def crossed(place: tuple[float, float, str]) -> int:
        left, foot = place[0] - (_LABEL_WIDE if place[2] == "end" else 0), place[1]
        return sum(
            left <= a <= left + _LABEL_WIDE and foot - _LABEL_TALL <= b <= foot + 3
            for a, b in drawn
        )

    places = [
        (across, foot, side)
        for foot in (level - 5, level + 15)
        if foot - _LABEL_TALL >= _TOP and foot <= _BOTTOM
        for across, side in ((_RIGHT, "end"), (_LEFT + 4, "start"))
    ] or [(_RIGHT, level - 5, "end")]
    across, foot, side = min(places, key=crossed)
    return _text(across, foot, f"target {number(target)}", f"tick {side}")


def _between(points: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """The points, and some of those on the lines that join them."""
    yield from points[:1]
    for (a, b), (c, d) in pairwise(points):
        for part in range(1, 9):
            yield a + (c - a) * part / 8, b * (d / b) ** (part / 8)


def svg(
    body: str, label: str, width: float = _WIDTH, height: float = _HEIGHT, kind: str = ""
) -> str:
    """An SVG drawing with its text alternative."""
    return tag(
        "svg",
        body,
        class_=f"chart {kind}".strip(),
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=label,
    )


def curves(title: str, lines: Sequence[Line], target: float | None = None) -> str:
    """Values over epochs, on a logarithmic axis; what can't stand on it is left out, and said.

    Args:
        title: names the values and their unit.
        lines: the last one is drawn on top.
        target: a level to mark.
    """
    given = sum(len(line.points) for line in lines)
    lines = [
        Line(tuple(p for p in line.points if 0 < p[1] < math.inf), line.kind, line.what)
        for line in lines
    ]
    cut = given > sum(len(line.points) for line in lines)
    shown = [value for line in lines for _, value in line.points] + ([target] if target else [])
    if not shown:
        return tag("p", f"{escape(title)}: all zero, nothing to draw.")
    x = _epoch_axis(max(a for line in lines for a, _ in line.points) if lines else 1.0)
    y = _log_axis(shown)
    parts = [_rule(_LEFT, y.place(t), _RIGHT, y.place(t), "grid") for t in y.ticks]
    parts += [_text(_LEFT - 7, y.place(t) + 4.5, number(t), "tick end") for t in y.ticks]
    parts += [_text(x.place(t), _BOTTOM + 18, number(t), "tick middle") for t in x.ticks]
    parts.append(_text((_LEFT + _RIGHT) / 2, _BOTTOM + 37, "epochs", "axis middle"))
    if target:
        parts.append(_rule(_LEFT, y.place(target), _RIGHT, y.place(target), "target"))
        parts.append(_target_label(target, lines, x, y))
    parts += [_polyline(line, x, y) for line in lines]
    drawn = svg("".join(parts), f"{title} over epochs; the table below holds the numbers")
    note = " (zeros have no place on this axis; the table has them)" if cut else ""
    return tag("figure", tag("figcaption", tag("b", escape(title)) + note) + drawn)


def reliability(found: Calibration) -> str:
    """A reliability diagram: accuracy by confidence, and how many images there are of each."""
    side, left, top = 250, 58, 10
    right, bottom, foot = left + side, top + side, top + side + 92

    def x(v: float) -> float:
        return left + v * side

    def y(v: float) -> float:
        return bottom - v * side

    parts = []
    most = max(part.images for part in found.bins)
    for tick in (0, 0.2, 0.4, 0.6, 0.8, 1):
        parts.append(_rule(left, y(tick), right, y(tick), "grid"))
        parts.append(_text(left - 7, y(tick) + 4.5, f"{100 * tick:.0f}", "tick end"))
        parts.append(_text(x(tick), foot + 18, f"{100 * tick:.0f}", "tick middle"))
    for part in found.bins:
        if not part.images:
            continue
        said = (
            f"confidence {100 * part.low:.0f} to {100 * part.high:.0f} %: {part.images:,} images, "
            f"{100 * part.accuracy:.1f} % right"
        )
        wide = side / len(found.bins) - 1.5
        low, high = sorted((part.accuracy, part.confidence))
        # The square root lets bins of a few images be seen beside one of thousands.
        tall = max(1.0, 56 * math.sqrt(part.images / most))
        at = f'x="{x(part.low) + 0.75:.1f}" width="{wide:.1f}"'
        gap = "shy" if part.accuracy > part.confidence else "bold"
        bars = (
            f'<rect class="bar" {at} y="{y(low):.1f}" height="{low * side:.1f}"/>'
            f'<rect class="{gap}" {at} y="{y(high):.1f}" height="{(high - low) * side:.1f}"/>'
            f'<rect class="count" {at} y="{foot - tall:.1f}" height="{tall:.1f}"/>'
        )
        parts.append(tag("g", tag("title", escape(said)) + bars))
    parts.append(_rule(x(0), y(0), x(1), y(1), "target"))
    parts.append(_rule(left, foot, right, foot, "grid"))
    parts.append(_text(left - 7, foot - 22, "images", "tick end"))
    parts.append(_text((left + right) / 2, foot + 37, "confidence, %", "axis middle"))
    parts.append(
        f'<text class="axis middle" transform="translate(14 {(top + bottom) / 2:.0f}) rotate(-90)">'
        "accuracy, %</text>"
    )
    label = "Reliability diagram: accuracy by confidence; the table below holds the numbers"
    return svg("".join(parts), label, right + 12, foot + 46, "square")


def stacked(parts: Sequence[tuple[str, float]], label: str) -> str:
    """A bar that is divided as the values are."""
    whole = sum(value for _, value in parts) or 1.0
    drawn, x = [], 0.0
    for place, (name, value) in enumerate(parts):
        width = 100 * value / whole
        drawn.append(
            f'<rect class="c{place}" x="{x:.2f}" y="0" width="{width:.2f}" height="4">'
            f"<title>{escape(name)}: {number(value)} s</title></rect>"
        )
        x += width
    body = "".join(drawn)
    return tag(
        "svg",
        body,
        class_="stacked",
        viewBox="0 0 100 4",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
    )
