"""PNG files read back by Pillow: the same pixels, the colours meant."""

import io

import numpy as np
from PIL import Image

from tinydrill.drilldown.idx import Bytes
from tinydrill.drilldown.report.pictures import INK, SIGNED, WARM, mosaic, png, shades, warm


def read(file: bytes) -> Bytes:
    with Image.open(io.BytesIO(file)) as picture:
        return np.asarray(picture.convert("RGBA"))


def test_a_picture_is_read_back_as_it_was() -> None:
    numbers = np.random.default_rng(0).integers(0, 256, (13, 7), dtype=np.uint8)
    for palette in (SIGNED, WARM):
        pixels = read(png(numbers, palette))
        covering = pixels[..., 3] > 0
        assert np.array_equal(pixels[..., 3], palette[numbers][..., 3])
        assert np.array_equal(pixels[covering], palette[numbers][covering])


def test_ink_covers_where_the_image_is_bright() -> None:
    image = np.array([[0, 100, 255]], np.uint8)
    assert read(png(shades(image), INK))[0, :, 3].tolist() == [0, 6 * 17, 255]


def test_zero_is_nothing_and_signs_have_their_colours() -> None:
    tiles = np.array([[[0.0, 2.0, -2.0, 0.5]]], np.float32)
    zero, most, least, little = read(png(mosaic(tiles, 1, 2.0), SIGNED))[0].astype(int)
    assert zero[3] == 0
    assert most[3] == least[3] == 255
    assert most[2] > most[0]  # blue
    assert least[0] > least[2]  # orange
    assert 50 < little[3] < 80


def test_tiles_lie_side_by_side_with_gaps() -> None:
    tiles = np.stack([np.full((2, 3), value, np.float32) for value in (1, -1, 1)])
    numbers = mosaic(tiles, 2, 1.0)
    assert numbers.shape == (2 * 3 - 1, 2 * 4 - 1)
    assert (numbers[:2, :3] == 254).all()
    assert (numbers[:2, 4:] == 0).all()
    assert (numbers[3:, :3] == 254).all()
    assert (numbers[2] == 127).all()
    assert (numbers[:, 3] == 127).all()
    assert (numbers[3:, 4:] == 127).all()


def test_a_layer_that_is_zero_everywhere_is_nothing() -> None:
    assert (mosaic(np.zeros((2, 2, 2), np.float32), 2, 0.0) == 127).all()


def test_heat_lies_over_the_ink() -> None:
    image = np.array([[0, 255]], np.uint8)
    heat = np.array([[0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0]])
    pixels = read(png(warm(image, heat, 2), WARM))[0].astype(int)
    assert pixels[0, 3] == 0
    assert pixels[1, 0] > pixels[1, 2] + 100  # orange on nothing
    assert pixels[2, :3].max() < 60  # ink alone
    assert pixels[3, 0] > pixels[3, 2] + 100  # orange on ink
