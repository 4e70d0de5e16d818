"""A report as one HTML file: nothing to load, no script at all."""

import re
from collections.abc import Iterator, Sequence
from html import escape
from importlib import resources

from tinydrill.drilldown.report.blocks import Block, Code, Picture, Section, Table, Text, tag

_WHOLE = 8  # rows that are kept together on paper; more would leave much of a page empty


def _anchor(*titles: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", " ".join(titles).lower()).strip("-")


def _words(text: str) -> str:
    """Text as HTML; a number and its sign of per cent stay on one line."""
    return escape(text).replace(" %", "\u00a0%")


def _told(text: str) -> str:
    """Our own words as HTML: what stands between backticks is to be typed."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _words(text))


def _table(found: Table) -> str:
    head = "".join(
        tag("th", escape(name), scope="col", class_="words" if place in found.left else None)
        for place, name in enumerate(found.head)
    )
    body = "".join(
        tag(
            "tr",
            "".join(
                tag("th", escape(cell), scope="row")
                if place == 0
                else tag("td", escape(cell), class_="words" if place in found.left else None)
                for place, cell in enumerate(row)
            ),
        )
        for row in found.rows
    )
    whole = tag("thead", tag("tr", head)) + tag("tbody", body)
    if found.folded:
        inner = tag("table", tag("caption", _words(found.caption), class_="heard") + whole)
        return tag(
            "details", tag("summary", _told(found.caption)) + tag("div", inner, class_="wide")
        )
    inner = tag("table", tag("caption", _told(found.caption)) + whole)
    kind = "wide long" if len(found.rows) > _WHOLE else "wide"
    return tag("div", inner, class_=kind, tabindex="0", role="group", aria_label=found.caption)


def _block(block: Block) -> str:
    match block:
        case Text(words, _, True):
            return tag("blockquote", _words(words))
        case Text(words, strong):
            kind = "note good" if block.good else "note"
            return tag("p", _told(words), class_=kind if strong else None)
        case Code(lines):
            return tag("pre", tag("code", escape("\n".join(lines))), tabindex="0")
        case Table():
            return _table(block)
        case Picture(html):
            return html


def _section(section: Section, level: int, above: str) -> str:
    name = _anchor(above, section.title)
    heading = tag(f"h{level}", _words(section.title), id=f"{name}-title")
    inner = "".join(map(_block, section.blocks))
    inner += "".join(_section(part, level + 1, name) for part in section.parts)
    named = f"{name}-title" if level == 2 else None  # a landmark for each would be too many
    return tag("section", heading + inner, id=name, aria_labelledby=named)


def _contents(sections: Sequence[Section]) -> Iterator[str]:
    for section in sections:
        yield tag("li", tag("a", _words(section.title), href=f"#{_anchor(section.title)}"))


def to_html(title: str, facts: str, sections: Sequence[Section]) -> str:
    """The whole page."""
    folder = resources.files("tinydrill").joinpath("web", "report")
    parts = {
        "title": escape(title),
        "heading": _words(title),
        "facts": escape(facts),
        "style": (folder / "style.css").read_text(encoding="utf-8"),
        "contents": "".join(_contents(sections)),
        "body": "\n".join(_section(section, 2, "") for section in sections),
    }
    template = (folder / "template.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda slot: parts[slot[1]], template)
