"""The network, layer by layer: drawn to scale, with what each layer sees, holds and costs."""

import math
from html import escape

from tinydrill.drilldown.idx import Bytes
from tinydrill.drilldown.report.blocks import Block, Picture, Section, Table, table, tag
from tinydrill.drilldown.report.material import Group
from tinydrill.drilldown.report.pictures import INK, address, png, shades
from tinydrill.drilldown.trace import Row, Shape, Trace

_MOST_SHEETS = 8


def _sheets(shape: Shape, image: Shape) -> str:
    """The maps as a pile of sheets: their edges to scale, a sheet more for each doubling."""
    channels, height, width = shape
    largest = max(image[1:])
    tall, wide = (max(2.0, 34 * min(1.0, edge / largest)) for edge in (height, width))
    count = min(_MOST_SHEETS, 1 + round(math.log2(channels)))
    first = (64 - wide - 3 * (count - 1)) / 2
    top = (58 - tall - 2 * (count - 1)) / 2
    sheets = "".join(
        f'<rect x="{first + 3 * back:.1f}" y="{top + 2 * (count - 1 - back):.1f}" '
        f'width="{wide:.1f}" height="{tall:.1f}"/>'
        for back in range(count - 1, -1, -1)
    )
    return tag("svg", sheets, class_="sheets", viewBox="0 0 64 58", aria_hidden="true")


def _field(row: Row, image: Shape, symbol: str) -> str:
    """What one value in the middle of the map sees, on a digit."""
    _, height, width = image
    if not row.receptive_field:
        return tag("span", "not seen", class_="note")
    tall, wide = min(row.receptive_field, height), min(row.receptive_field, width)
    body = (
        f'<use href="#{symbol}"/><rect x="{(width - wide) / 2:g}" y="{(height - tall) / 2:g}" '
        f'width="{wide}" height="{tall}"/>'
    )
    label = f"receptive field of {row.receptive_field} × {row.receptive_field} pixels on a digit"
    return tag(
        "svg",
        body,
        class_="field",
        viewBox=f"-1 -1 {width + 2} {height + 2}",
        role="img",
        aria_label=label,
    )


def _bar(value: int, most: int, whole: int) -> str:
    share = 100 * value / whole if whole else 0.0
    long = 100 * value / most if most else 0.0
    text = f"{value:,} <small>{share:.1f} %</small>" if value else "0"
    return f'<span class="amount">{text}</span><i class="amount" style="--long:{long:.1f}%"></i>'


def _words(shape: Shape) -> str:
    return "×".join(map(str, shape))


def _drawn(traced: Trace, image: Shape, digit: Bytes, symbol: str, caption: str) -> str:
    height, width = digit.shape
    store = (
        f'<svg class="store" width="0" height="0" aria-hidden="true"><symbol id="{symbol}" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"><image class="ink" '
        f'width="{width}" height="{height}" href="{address(png(shades(digit), INK))}"/>'
        "</symbol></svg>"
    )
    most_parameters = max(row.parameters for row in traced.rows)
    most_macs = max(row.macs for row in traced.rows)
    lines = []
    for number, row in enumerate(traced.rows, start=1):
        sees = f"{row.receptive_field} × {row.receptive_field}" if row.receptive_field else "–"
        lines.append(
            tag(
                "tr",
                tag(
                    "th",
                    f"<span>{number}. {escape(' '.join(row.label.split()))}</span>"
                    + (tag("small", escape(row.warning), class_="warn") if row.warning else ""),
                    scope="row",
                )
                + tag("td", _sheets(row.shape, image) + tag("span", _words(row.shape)))
                + tag("td", _field(row, image, symbol) + tag("span", sees))
                + tag("td", _bar(row.parameters, most_parameters, traced.parameters))
                + tag("td", _bar(row.macs, most_macs, traced.macs)),
            )
        )
    heads = ("layer", "output", "receptive field", "parameters", "MACs an image")
    head = tag("tr", "".join(tag("th", name, scope="col") for name in heads))
    return store + tag(
        "table",
        tag("caption", escape(caption)) + tag("thead", head) + tag("tbody", "".join(lines)),
        class_="network",
    )


def _numbers(traced: Trace, caption: str) -> Table:
    rows = [
        (
            f"{number}. {' '.join(row.label.split())}",
            _words(row.shape),
            str(row.receptive_field or "–"),
            str(row.jump or "–"),
            f"{row.parameters:,}",
            f"{row.macs:,}",
            row.warning,
        )
        for number, row in enumerate(traced.rows, start=1)
    ]
    head = ("layer", "output", "receptive field", "jump", "parameters", "MACs", "note")
    return table(caption, head, rows, (0, 6))


def network(group: Group, symbol: str) -> Section:
    """The network of a group; `symbol` names its digit in the page."""
    run = group.first
    traced, image = run.trace, run.record.data.shape
    digit = run.dataset.test_images[min(run.rightly_read.values(), default=0)]
    caption = (
        f"{run.record.net.name}: {traced.parameters:,} parameters, {traced.macs:,} "
        "multiply-accumulates (MACs) an image"
    )
    explained = tag(
        "p",
        "Sheets are drawn to scale, one more for each doubling of the channels. The frame on the "
        "digit is what one value in the middle of a map can see; a field larger than the image is "
        "drawn as the whole of it.",
    )
    drawn = _drawn(traced, image, digit, symbol, caption)
    blocks: tuple[Block, ...] = (Picture(explained + drawn, _numbers(traced, caption)),)
    return Section("The network", blocks)
