"""Reads the IDX format of MNIST and its kin: raw or gzipped, with nothing taken on trust.

Format (LeCun, Cortes & Burges, the MNIST page): two zero bytes, a type byte (8: unsigned byte), the
number of dimensions, each dimension as a big-endian 32-bit count, then the values.
"""

import gzip
import struct
import zlib
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from tinydrill.errors import UnusableInputError

Bytes = npt.NDArray[np.uint8]

_UNSIGNED_BYTE = 8
# 4 GiB: far above any data set of this kind, far below what would take a machine down.
_LARGEST = 1 << 32
_PIECE = 1 << 24


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _header(stream: _Readable, path: Path, dimensions: int) -> tuple[int, ...]:
    head = stream.read(4)
    if len(head) < 4 or head[:2] != b"\0\0":
        raise UnusableInputError(
            f"{path} is not an IDX file: it starts with {head.hex(' ') or 'nothing'}, not with "
            f"00 00 08 {dimensions:02x}"
        )
    if head[2] != _UNSIGNED_BYTE:
        raise UnusableInputError(
            f"{path}: IDX type {head[2]:#04x} is not unsigned bytes (0x08), the only type read"
        )
    if head[3] != dimensions:
        raise UnusableInputError(
            f"{path}: IDX with {head[3]} dimensions where {dimensions} are needed "
            f"({'images' if dimensions == 3 else 'labels'})"
        )
    counts = stream.read(4 * dimensions)
    if len(counts) < 4 * dimensions:
        raise UnusableInputError(f"{path} ends within its header")
    return struct.unpack(f">{dimensions}I", counts)


def _read_up_to(stream: _Readable, length: int) -> bytearray:
    """Piece by piece: asking for all at once would set aside what a header merely claims."""
    values = bytearray()
    while len(values) < length:
        piece = stream.read(min(_PIECE, length - len(values)))
        if not piece:
            break
        values += piece
    return values


def read(path: Path, dimensions: int) -> Bytes:
    """The array in an IDX file of unsigned bytes.

    Args:
        path: a raw file, or a gzipped one whose name ends in `.gz`.
        dimensions: 3 for images (count, height, width), 1 for labels (count).

    Raises:
        UnusableInputError: it can't be read, its magic number is another, or its length does not
            match its header.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
            shape = _header(stream, path, dimensions)
            length = 1
            for edge in shape:  # Python's integers: a hostile header can't overflow
                length *= edge
            if length > _LARGEST:
                raise UnusableInputError(
                    f"{path}: its header promises {length:,} values, more than {_LARGEST:,}"
                )
            # One byte more than promised is enough to know that the file is too long.
            values = _read_up_to(stream, length + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnusableInputError(f"{path} can't be read: {error}") from None
    if len(values) != length:
        many = "more than that follow" if len(values) > length else f"{len(values):,} follow"
        raise UnusableInputError(
            f"{path}: its header promises {'×'.join(map(str, shape))} = {length:,} values, "
            f"but {many}"
        )
    return np.frombuffer(values, np.uint8).reshape(shape)


def write(path: Path, values: Bytes) -> None:
    """Write unsigned bytes of any shape as a raw IDX file."""
    head = struct.pack(f">2xBB{values.ndim}I", _UNSIGNED_BYTE, values.ndim, *values.shape)
    path.write_bytes(head + values.tobytes())
