"""Pictures of pixels as PNG files inside the page: digits, kernels, maps, heat over a digit.

Dark ink, blue above zero, orange below, nothing where there is nothing: the page shines through,
and its style turns the colours over where it is dark. Palettes keep them small: one byte a pixel
before it is packed.
"""

import struct
import zlib
from base64 import b64encode
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from tinydrill.drilldown.idx import Bytes

Palette = NDArray[np.uint8]  # [≤ 256, 4]: red, green, blue, and how much of it covers the page
_GAP = 127  # what lies between tiles looks like zero: nothing
_ZERO = 127
_LEVELS = 16
_INK, _PLUS, _MINUS, _HEAT = (20, 26, 33), (11, 95, 165), (194, 65, 12), (224, 87, 15)


def _covering(colour: tuple[int, int, int], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """One colour, covering what lies below by shares from 0 to 1: [N, 4]."""
    return np.column_stack([np.tile(colour, (len(shares), 1)), 255 * shares])


def _signed() -> Palette:
    """Index 0 … 254 for −1 … 1, nothing in the middle."""
    below = _covering(_MINUS, np.arange(_ZERO, 0, -1) / _ZERO)
    above = _covering(_PLUS, np.arange(_ZERO + 2) / _ZERO)
    return np.concatenate([below, above]).clip(0, 255).round().astype(np.uint8)


def _warm() -> Palette:
    """Index 16 · heat + ink, each 0 … 15: ink, and heat laid over it."""
    steps = np.linspace(0, 1, _LEVELS)
    ink, heat = 0.65 * steps[None, :, None], 0.8 * steps[:, None, None]
    covers = heat + ink * (1 - heat)
    colours = np.array(_HEAT) * heat + np.array(_INK) * ink * (1 - heat)
    mixed = np.divide(colours, covers, out=np.zeros_like(colours), where=covers > 0)
    return np.concatenate([mixed, 255 * covers], axis=2).round().astype(np.uint8).reshape(256, 4)


# Sixteen shades: a palette of all would weigh more than a digit.
INK = _covering(_INK, np.arange(_LEVELS) / (_LEVELS - 1)).round().astype(np.uint8)
SIGNED, WARM = _signed(), _warm()


def _chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png(pixels: Bytes, palette: Palette) -> bytes:
    """A PNG file of uint8 [H, W], the numbers of a palette's colours."""
    height, width = pixels.shape
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = pixels
    parts = (
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        _chunk(b"PLTE", palette[:, :3].tobytes()),
        _chunk(b"tRNS", palette[:, 3].tobytes()),
        _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
        _chunk(b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def address(file: bytes) -> str:
    """A PNG file as an address that needs no network."""
    return "data:image/png;base64," + b64encode(file).decode("ascii")


def img(pixels: Bytes, alt: str, palette: Palette, kind: str = "") -> str:
    """An `img` element that holds its own pixels."""
    height, width = pixels.shape
    return (
        f'<img class="ink{" " + kind if kind else ""}" alt="{escape(alt)}" width="{width}" '
        f'height="{height}" src="{address(png(pixels, palette))}">'
    )


def shades(image: Bytes) -> Bytes:
    """An image uint8 [H, W] in the numbers of `INK`."""
    return image // (256 // _LEVELS)


def digit(image: Bytes, alt: str) -> str:
    """An `img` element of an image of the data set."""
    return img(shades(image), alt, INK)


def mosaic(tiles: NDArray[np.float32], columns: int, scale: float) -> Bytes:
    """Tiles side by side, in the numbers of `SIGNED`, a pixel of gap between them.

    Args:
        tiles: float [N, h, w].
        columns: tiles in a row.
        scale: the value that gets the full colour; 0 where there is none.
    """
    count, height, width = tiles.shape
    rows = -(-count // columns)
    whole = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), _GAP, np.uint8)
    shares = np.clip(tiles / (scale or 1.0), -1, 1)
    for place, tile in enumerate(np.rint(shares * _ZERO + _ZERO).astype(np.uint8)):
        top, left = place // columns * (height + 1), place % columns * (width + 1)
        whole[top : top + height, left : left + width] = tile
    return whole


def warm(image: Bytes, heat: NDArray[np.float64], finer: int) -> Bytes:
    """An image under a map of heat, in the numbers of `WARM`.

    Args:
        image: uint8 [H, W].
        heat: from 0 to 1, [H · finer, W · finer].
        finer: points for each pixel, along each edge.
    """
    fine = shades(image).repeat(finer, axis=0).repeat(finer, axis=1)
    return np.rint(heat * (_LEVELS - 1)).astype(np.uint8) * _LEVELS + fine


def tiled(values: Sequence[NDArray[np.float32]]) -> float:
    """The scale that several sets of tiles share: their largest distance from zero."""
    return max((float(np.abs(part).max(initial=0.0)) for part in values), default=0.0)
