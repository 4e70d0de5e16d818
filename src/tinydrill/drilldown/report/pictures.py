"""Pictures of pixels as PNG files inside the page: digits, kernels, maps, heat over a digit.

Dark ink on white, blue above zero, orange below; the page's style turns them over where it is dark.
Palettes keep them small: a picture is one byte a pixel before it is packed.
"""

import struct
import zlib
from base64 import b64encode
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from tinydrill.drilldown.idx import Bytes

Palette = NDArray[np.uint8]  # [256, 3]
_GAP = 255  # the palettes' last colour: what lies between tiles
_ZERO = 127
_LEVELS = 16
_PLUS, _MINUS, _HEAT = (11, 95, 165), (194, 65, 12), (224, 87, 15)


def _towards(colour: tuple[int, int, int], steps: int) -> NDArray[np.float64]:
    """From white to a colour, in so many steps without the white: [steps, 3]."""
    share = np.arange(1, steps + 1)[:, None] / steps
    return 255 * (1 - share) + np.array(colour) * share


def _signed() -> Palette:
    """Index 0 … 254 for −1 … 1, white in the middle; 255 for gaps."""
    below, above = _towards(_MINUS, _ZERO)[::-1], _towards(_PLUS, _ZERO)
    white = np.full((1, 3), 255.0)
    return np.concatenate([below, white, above, white]).round().astype(np.uint8)


def _warm() -> Palette:
    """Index 16 · heat + ink, each 0 … 15: grey ink with heat laid over it."""
    ink = 255 - np.linspace(0, 160, _LEVELS)[None, :, None]
    heat = 0.8 * np.linspace(0, 1, _LEVELS)[:, None, None]
    return (ink * (1 - heat) + np.array(_HEAT) * heat).round().astype(np.uint8).reshape(256, 3)


SIGNED, WARM = _signed(), _warm()


def _chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png(pixels: Bytes, palette: Palette | None = None) -> bytes:
    """A PNG file of uint8 [H, W]: shades of grey, or numbers of a palette's colours.

    With `SIGNED`, colour 255 is transparent.
    """
    height, width = pixels.shape
    kind = 0 if palette is None else 3
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = pixels
    parts = [_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0))]
    if palette is not None:
        parts.append(_chunk(b"PLTE", palette.tobytes()))
        if palette is SIGNED:
            parts.append(_chunk(b"tRNS", bytes([255] * 255 + [0])))
    parts += [_chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def address(file: bytes) -> str:
    """A PNG file as an address that needs no network."""
    return "data:image/png;base64," + b64encode(file).decode("ascii")


def img(pixels: Bytes, alt: str, palette: Palette | None = None, kind: str = "") -> str:
    """An `img` element that holds its own pixels."""
    height, width = pixels.shape
    return (
        f'<img class="ink{" " + kind if kind else ""}" alt="{escape(alt)}" width="{width}" '
        f'height="{height}" src="{address(png(pixels, palette))}">'
    )


def ink(image: Bytes) -> Bytes:
    """An image of MNIST as dark ink on white."""
    return 255 - image


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
    shades = image.repeat(finer, axis=0).repeat(finer, axis=1) // (256 // _LEVELS)
    return (np.rint(heat * (_LEVELS - 1)).astype(np.uint8) * _LEVELS + shades).astype(np.uint8)


def tiled(values: Sequence[NDArray[np.float32]]) -> float:
    """The scale that several sets of tiles share: their largest distance from zero."""
    return max((float(np.abs(part).max(initial=0.0)) for part in values), default=0.0)
