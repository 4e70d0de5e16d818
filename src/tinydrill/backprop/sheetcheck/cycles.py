"""Circular references: a formula that leads back to itself has no value, whatever it says."""

from collections.abc import Iterable

from tinydrill.backprop.sheetcheck.parsing import address
from tinydrill.backprop.sheetcheck.reading import Book
from tinydrill.backprop.sheetcheck.syntax import Area, Ref, walk

At = tuple[str, int, int]
_MAX_AREA = 512


def find_cycle(book: Book, start: Iterable[At]) -> str | None:
    """Return the address of a cell that depends on itself, or None. Iterative, each cell once."""
    done: set[At] = set()
    for first in start:
        if first in done:
            continue
        path: list[tuple[At, list[At]]] = [(first, _used(book, first))]
        on_path = {first}
        while path:
            at, rest = path[-1]
            if not rest:
                path.pop()
                on_path.discard(at)
                done.add(at)
                continue
            there = rest.pop()
            if there in on_path:
                return address(there[1], there[2])
            if there not in done:
                path.append((there, _used(book, there)))
                on_path.add(there)
    return None


def _used(book: Book, at: At) -> list[At]:
    sheet = book.sheets.get(at[0])
    cell = sheet.cells.get(at[1:]) if sheet else None
    if cell is None or cell.tree is None:
        return []
    found: list[At] = []
    for node in walk(cell.tree):
        if isinstance(node, Ref):
            found.append((node.sheet or at[0], *node.at(*at[1:])))
        elif isinstance(node, Area):
            (r1, c1), (r2, c2) = node.first.at(*at[1:]), node.last.at(*at[1:])
            if (abs(r2 - r1) + 1) * (abs(c2 - c1) + 1) <= _MAX_AREA:
                found.extend(
                    (node.first.sheet or at[0], r, c)
                    for r in range(min(r1, r2), max(r1, r2) + 1)
                    for c in range(min(c1, c2), max(c1, c2) + 1)
                )
    return found
