"""Opens an .xlsx package safely: every limit is checked before a part is believed.

Owns what a file may be (kind, sizes, no entity tricks); knows nothing of cells.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from xml.etree import ElementTree

from tinydrill.errors import UnusableInputError

MAX_FILE_BYTES = 64 * 2**20
MAX_PART_BYTES = 160 * 2**20  # a million empty styled rows unpack to about 100 MB
MAX_UNPACKED_BYTES = 512 * 2**20
MAX_PARTS = 5_000
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # the container of .xls and of encrypted files
_CHUNK = 2**18


@dataclass(frozen=True)
class SheetPart:
    """One worksheet of the package: its title and the part that holds it."""

    title: str
    part: str


class Package:
    """An opened .xlsx file. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._zip = _open(path)
        self.parts = frozenset(self._zip.namelist())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._zip.close()

    def open(self, part: str) -> "Limited":
        """Return a stream of the part that refuses to run past the limit."""
        try:
            return Limited(self._zip.open(part), f"{self.path}: {part}")
        except (KeyError, NotImplementedError, RuntimeError, zipfile.BadZipFile) as error:
            raise UnusableInputError(
                f"{self.path}: the part {part} can't be read ({error})"
            ) from None

    def read(self, part: str) -> bytes:
        """Return a whole part."""
        with self.open(part) as stream:
            return b"".join(iter(lambda: stream.read(_CHUNK), b""))

    def xml(self, part: str) -> ElementTree.Element:
        """Return a small part as an element tree."""
        try:
            return ElementTree.fromstring(self.read(part))
        except ElementTree.ParseError as error:
            raise UnusableInputError(f"{self.path}: {part} is damaged ({error})") from None

    def targets(self, part: str) -> dict[str, str]:
        """Return relation id -> part name for the relations of a part."""
        folder, _, name = part.rpartition("/")
        rels = f"{folder}/_rels/{name}.rels".lstrip("/")
        if rels not in self.parts:
            return {}
        found = {}
        for relation in self.xml(rels):
            target = relation.get("Target", "")
            if relation.get("TargetMode") == "External":
                continue
            joined = target.lstrip("/") if target.startswith("/") else _joined(folder, target)
            found[relation.get("Id", "")] = joined
        return found

    def workbook_part(self) -> str:
        """Return the name of the part that lists the sheets."""
        for target in self.targets("").values():
            if re.search(r"workbook\w*\.xml$", target, re.IGNORECASE):
                return target
        raise UnusableInputError(
            f"{self.path}: this zip file holds no workbook; save it as .xlsx from the spreadsheet"
        )

    def sheets(self) -> Iterator[SheetPart]:
        """Yield the worksheets in their order; chart sheets are passed over."""
        book = self.workbook_part()
        targets = self.targets(book)
        for element in self.xml(book).iter():
            if local(element.tag) != "sheet":
                continue
            key = next((v for k, v in element.attrib.items() if local(k) == "id"), "")
            part = targets.get(key, "")
            if part in self.parts and "chartsheet" not in part:
                yield SheetPart(element.get("name", ""), part)


@lru_cache(maxsize=1024)
def local(tag: str) -> str:
    """Return a tag without its namespace, so that strict and transitional files read alike."""
    return tag.rpartition("}")[2]


def _joined(folder: str, target: str) -> str:
    pieces = folder.split("/") if folder else []
    for piece in target.split("/"):
        if piece == "..":
            pieces = pieces[:-1]
        elif piece not in ("", "."):
            pieces.append(piece)
    return "/".join(pieces)


def _open(path: Path) -> zipfile.ZipFile:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise UnusableInputError(f"{path}: this is a folder; name the .xlsx files in it")
        with path.open("rb") as stream:
            head = stream.read(8)
    except OSError as error:
        raise UnusableInputError(f"{path}: {error.strerror or error}") from None
    if head == _OLE:
        raise UnusableInputError(
            f"{path}: this is an old .xls file or one with a password; "
            "save it as .xlsx without a password"
        )
    if size > MAX_FILE_BYTES:
        raise UnusableInputError(
            f"{path}: {size / 2**20:,.0f} MB; the limit is {MAX_FILE_BYTES // 2**20} MB"
        )
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise UnusableInputError(
            f"{path}: not an .xlsx file (those are zip files); save it as .xlsx in the spreadsheet"
        ) from None
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES:
        archive.close()
        raise UnusableInputError(
            f"{path}: unpacks to {len(parts):,} parts and {unpacked / 2**20:,.0f} MB; "
            f"the limits are {MAX_PARTS:,} parts and {MAX_UNPACKED_BYTES // 2**20} MB"
        )
    return archive


class Limited:
    """A reader that stops at the limit, whatever size the zip file claims, and at a DOCTYPE."""

    def __init__(self, stream: IO[bytes], label: str) -> None:
        self._stream, self._label, self._seen = stream, label, 0

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, at most `size`."""
        try:
            data = self._stream.read(_CHUNK if size < 0 else size)
        except (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError) as error:
            raise UnusableInputError(f"{self._label} is damaged ({error})") from None
        except Exception as error:  # zlib.error and lzma's own: damaged data by any name
            raise UnusableInputError(f"{self._label} is damaged ({error})") from None
        if self._seen == 0 and b"<!DOCTYPE" in data[:4096]:
            raise UnusableInputError(f"{self._label} declares entities, which no spreadsheet needs")
        self._seen += len(data)
        if self._seen > MAX_PART_BYTES:
            raise UnusableInputError(
                f"{self._label} unpacks to more than {MAX_PART_BYTES // 2**20} MB"
            )
        return data

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
