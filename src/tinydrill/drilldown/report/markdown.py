"""A report as Markdown: the same words and tables, a table wherever the page has a picture."""

from collections.abc import Iterator, Sequence

from tinydrill.drilldown.report.blocks import Block, Code, Picture, Section, Table, Text


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _table(found: Table) -> Iterator[str]:
    yield f"**{_cell(found.caption)}**"
    yield ""
    yield _line(found.head)
    yield (
        "|"
        + "|".join(" --- " if i in found.left else " ---: " for i in range(len(found.head)))
        + "|"
    )
    yield from (_line(row) for row in found.rows)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Text(words, _, True):
            yield from (f"> {line}".rstrip() for line in words.splitlines())
        case Text(words, strong):
            yield f"**{_cell(words)}**" if strong else _cell(words)
        case Code(lines):
            yield from ("```sh", *lines, "```")
        case Table():
            yield from _table(block)
        case Picture(_, instead):
            if instead is None:
                return
            yield from _table(instead)
    yield ""


def _section(section: Section, level: int) -> Iterator[str]:
    yield f"{'#' * level} {_cell(section.title)}"
    yield ""
    for block in section.blocks:
        yield from _block(block)
    for part in section.parts:
        yield from _section(part, level + 1)


def to_markdown(title: str, facts: str, sections: Sequence[Section]) -> str:
    """The whole document."""
    lines = [f"# {_cell(title)}", "", _cell(facts), ""]
    for section in sections:
        lines += _section(section, 2)
    return "\n".join(lines).rstrip() + "\n"
