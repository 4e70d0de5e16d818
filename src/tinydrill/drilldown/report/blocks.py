"""What a report is made of, whatever it is written as: sections of text, tables and pictures.

A picture comes with the table that says the same in numbers, where there is one: Markdown and a
reader's ears get that.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph of plain words.

    Attributes:
        strong: must not be overlooked.
        quoted: a person's own words, in which line breaks count.
        good: strong news that are good.
    """

    words: str
    strong: bool = False
    quoted: bool = False
    good: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """Lines to be typed."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text; the first of a row names the row.

    Attributes:
        left: the columns, counted from 0, that hold words; all others hold numbers.
        folded: shown on demand, since a picture says the same.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: frozenset[int] = frozenset({0})
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """Ready HTML for the page, and the table that stands for it elsewhere, if there is one."""

    html: str
    instead: Table | None = None


Block = Text | Code | Table | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it; `parts` are sections one level below."""

    title: str
    blocks: tuple[Block, ...] = ()
    parts: tuple["Section", ...] = ()


def table(
    caption: str,
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    left: Iterable[int] = (0,),
    folded: bool = False,
) -> Table:
    """A `Table` from any sequences."""
    return Table(caption, tuple(head), tuple(map(tuple, rows)), frozenset(left), folded)


def tag(name: str, content: str = "", **attributes: object) -> str:
    """An HTML element around content that is HTML already; `class_` and `stroke_width` as usual."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>"


def number(value: float, digits: int = 3) -> str:
    """A number for people: so many digits that count, thousands kept apart, a true minus."""
    if value == int(value) and abs(value) < 1e15:
        text = f"{int(value):,}"
    else:
        text = f"{value:.{digits}g}"
        if "e" in text:
            text = f"{value:.{digits - 1}e}"
    return text.replace("-", "−")
