"""Adds comments to cells of a package: the comment part, its drawing, and what ties them in."""

import re
from collections.abc import Mapping
from xml.sax.saxutils import escape

from tinydrill.backprop.sheetcheck.parsing import address

Parts = dict[str, bytes]
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_AFTER = re.compile(
    rb"<(?:legacyDrawingHF|drawingHF|picture|oleObjects|controls|webPublishItems|tableParts|extLst)\b"
    rb"|</worksheet>"
)
AUTHOR = "tinydrill"


def add_comments(parts: Parts, sheet: str, comments: Mapping[tuple[int, int], str]) -> None:
    """Add comments to a sheet, beside those that it has.

    Args:
        parts: every part of the package by name; changed in place.
        sheet: the sheet's part.
        comments: (row, column) -> text.
    """
    folder, _, name = sheet.rpartition("/")
    rels = f"{folder}/_rels/{name}.rels"
    relations = parts.get(rels, _empty_relations())
    comment_part = _related(relations, folder, "comments")
    if comment_part in parts:
        parts[comment_part] = _appended(parts[comment_part], comments)
    else:
        comment_part = _free(parts, "xl/tinydrillComments{}.xml")
        parts[comment_part] = _comment_part(comments)
        relations = _relate(relations, "rIdTdC", f"{_OFFICE}/comments", f"/{comment_part}")
        _content_type(
            parts,
            comment_part,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml",
        )
    drawing = _related(relations, folder, "vmlDrawing")
    if drawing in parts:
        # One drawing holds all notes of a sheet; ours go at its end.
        parts[drawing] = re.sub(rb"</xml>\s*$", _shapes(comments, 7000) + b"</xml>", parts[drawing])
    else:
        drawing = _free(parts, "xl/drawings/tinydrillNotes{}.vml")
        parts[drawing] = _drawing_part(comments)
        relations = _relate(relations, "rIdTdV", f"{_OFFICE}/vmlDrawing", f"/{drawing}")
        _default_type(parts, "vml", "application/vnd.openxmlformats-officedocument.vmlDrawing")
        link = f'<legacyDrawing xmlns:r="{_OFFICE}" r:id="rIdTdV"/>'.encode()
        at = _AFTER.search(parts[sheet])
        if at is not None:
            parts[sheet] = parts[sheet][: at.start()] + link + parts[sheet][at.start() :]
    parts[rels] = relations


def _empty_relations() -> bytes:
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f'{head}<Relationships xmlns="{space}"></Relationships>'.encode()


def _related(relations: bytes, folder: str, kind: str) -> str:
    for relation in re.findall(rb"<Relationship\b[^>]*>", relations):
        if re.search(rb'Type="[^"]*/' + kind.encode() + rb'"', relation):
            target = re.search(rb'Target="([^"]*)"', relation)
            if target:
                return _resolved(folder, target[1].decode())
    return ""


def _resolved(folder: str, target: str) -> str:
    if target.startswith("/"):
        return target[1:]
    pieces = folder.split("/")
    for piece in target.split("/"):
        pieces = pieces[:-1] if piece == ".." else [*pieces, piece]
    return "/".join(pieces)


def _relate(relations: bytes, key: str, kind: str, target: str) -> bytes:
    new = f'<Relationship Id="{key}" Type="{kind}" Target="{target}"/></Relationships>'.encode()
    if b"</Relationships>" not in relations:  # an empty, self-closed list
        relations = re.sub(rb"/>\s*$", b"></Relationships>", relations)
    return relations.replace(b"</Relationships>", new)


def _free(parts: Parts, pattern: str) -> str:
    return next(name for k in range(1, 10_000) if (name := pattern.format(k)) not in parts)


def _content_type(parts: Parts, part: str, kind: str) -> None:
    line = f'<Override PartName="/{part}" ContentType="{kind}"/></Types>'.encode()
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", line)


def _default_type(parts: Parts, ending: str, kind: str) -> None:
    types = parts["[Content_Types].xml"]
    if f'Extension="{ending}"'.encode() in types:
        return
    line = f'<Default Extension="{ending}" ContentType="{kind}"/>'.encode()
    parts["[Content_Types].xml"] = re.sub(
        rb"(<Types\b[^>]*>)", lambda found: found[1] + line, types, count=1
    )


def _comment_items(comments: Mapping[tuple[int, int], str], author: int) -> bytes:
    return "".join(
        f'<comment ref="{address(row, column)}" authorId="{author}"><text><t '
        f'xml:space="preserve">{escape(text)}</t></text></comment>'
        for (row, column), text in sorted(comments.items())
    ).encode()


def _comment_part(comments: Mapping[tuple[int, int], str]) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        + f'<comments xmlns="{space}"><authors><author>{AUTHOR}</author></authors>'.encode()
        + b"<commentList>"
        + _comment_items(comments, 0)
        + b"</commentList></comments>"
    )


def _appended(part: bytes, comments: Mapping[tuple[int, int], str]) -> bytes:
    """Add to an existing comment part; a cell that has a comment gets the new one instead."""
    for row, column in comments:
        pattern = rf'<comment\b[^>]*ref="{address(row, column)}".*?</comment>'.encode()
        part = re.sub(pattern, b"", part, flags=re.DOTALL)
    authors = len(re.findall(rb"<author\b", part))
    part = part.replace(b"</authors>", f"<author>{AUTHOR}</author></authors>".encode(), 1)
    return part.replace(b"</commentList>", _comment_items(comments, authors) + b"</commentList>", 1)


def _shapes(comments: Mapping[tuple[int, int], str], first: int) -> bytes:
    return "".join(
        f'<v:shape id="_x0000_s{first + k}" type="#_x0000_t202" style="position:absolute;'
        'width:260pt;height:90pt;z-index:1;visibility:hidden" fillcolor="#fff6d6" '
        'o:insetmode="auto"><v:fill color2="#fff6d6"/><v:textbox/>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{column}, 15, {row}, 2, {column + 4}, 15, {row + 6}, 2</x:Anchor>"
        "<x:AutoFill>False</x:AutoFill>"
        f"<x:Row>{row - 1}</x:Row><x:Column>{column - 1}</x:Column></x:ClientData></v:shape>"
        for k, (row, column) in enumerate(sorted(comments))
    ).encode()


def _drawing_part(comments: Mapping[tuple[int, int], str]) -> bytes:
    return (
        b'<xml xmlns:v="urn:schemas-microsoft-com:vml" '
        b'xmlns:o="urn:schemas-microsoft-com:office:office" '
        b'xmlns:x="urn:schemas-microsoft-com:office:excel">'
        b'<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" '
        b'path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
        b'<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
        + _shapes(comments, 1025)
        + b"</xml>"
    )
