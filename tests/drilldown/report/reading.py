"""A Markdown report's tables, read back."""

Rows = list[dict[str, str]]


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in line.strip()[1:-1].split(" | ")]


def tables(text: str) -> dict[str, Rows]:
    """Each table's rows by column, by the table's caption."""
    lines, found = text.splitlines(), {}
    for place, line in enumerate(lines[:-1]):
        if line.startswith("| ") and lines[place + 1].startswith("| ---"):
            head, rows = _cells(line), []
            for row in lines[place + 2 :]:
                if not row.startswith("|"):
                    break
                rows.append(dict(zip(head, _cells(row), strict=True)))
            found[lines[place - 2].strip("*")] = rows
    return found


def beginning(found: dict[str, Rows], start: str) -> Rows:
    """The one table whose caption begins so."""
    (rows,) = (rows for caption, rows in found.items() if caption.startswith(start))
    return rows
