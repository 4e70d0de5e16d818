"""A derivation for the terminal: coloured where there is colour, and readable on 80 columns."""

import re
import textwrap

from rich.text import Text

from tinydrill.backprop.derivation.notation import TEXT
from tinydrill.backprop.derivation.story import Block, Equation, Heading, Prose, Way


def to_terminal(story: tuple[Block, ...], width: int = 80) -> Text:
    """The story as styled text, no line longer than `width` columns (at least 40)."""
    width = max(width, 40)
    text = Text()
    forwards = True
    for block in story:
        if isinstance(block, Heading):
            forwards = forwards and not block.text.startswith("Backwards")
            style = {1: "bold", 2: "bold cyan", 3: "bold yellow"}[block.level]
            line = textwrap.fill(block.text, width)
            text.append(("\n" if text else "") + line + "\n", style)
            if block.level < 3:
                text.append("─" * min(len(block.text), width) + "\n", style)
        elif isinstance(block, Prose):
            words = textwrap.fill(block.text.replace("`", ""), width)
            text.append(words + "\n", "dim")
        elif isinstance(block, Way):
            way = textwrap.fill(" → ".join(block.nodes), width - 2, subsequent_indent="  ")
            text.append(textwrap.indent(way, "  ") + "\n", "green")
        else:
            text.append(_equation(block, width, compact=forwards) + "\n")
            text.append("" if forwards else "\n")
    return text


def _equation(block: Equation, width: int, compact: bool) -> str:
    first, *rest = [side(TEXT) for side in block.sides]
    signs = [block.sign, *"=" * (len(rest) - 1)]
    line = "  " + first + "".join(f" {s} {side}" for s, side in zip(signs, rest, strict=True))
    if compact and len(line) <= width:
        return line
    lines = [_fold(f"  {first}", width, 4)]
    lines += [_fold(f"    {s} {side}", width, 8) for s, side in zip(signs, rest, strict=True)]
    return "\n".join(lines)


def _fold(line: str, width: int, indent: int) -> str:
    """Break a long line before its operators rather than inside a factor."""
    if len(line) <= width:
        return line
    start = len(line) - len(line.lstrip())
    pieces = re.split(r" (?=[·+−] (?![^()]*\)))", line.strip())
    lines = [" " * start + pieces[0]]
    for piece in pieces[1:]:
        if len(lines[-1]) + 1 + len(piece) <= width:
            lines[-1] += f" {piece}"
        else:
            lines += textwrap.wrap(
                piece, width, initial_indent=" " * indent, subsequent_indent=" " * indent
            )
    return "\n".join(lines)
