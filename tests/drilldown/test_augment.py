"""Moving images: each motion against what its name promises."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tinydrill.drilldown.augment import augment, is_identity, normalize, random_affine
from tinydrill.drilldown.recipe import Recipe, from_mapping

STILL = Recipe(epochs=1)


def dot(row: int, column: int, edge: int = 28) -> Tensor:
    """One image, black but for one bright pixel."""
    image = torch.zeros(1, edge, edge, dtype=torch.uint8)
    image[0, row, column] = 255
    return image


def centre_of_mass(image: Tensor) -> tuple[float, float]:
    weight = image - image.min()
    rows, columns = torch.arange(image.shape[0]), torch.arange(image.shape[1])
    return (
        float((weight.sum(1) * rows).sum() / weight.sum()),
        float((weight.sum(0) * columns).sum() / weight.sum()),
    )


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_normalize_is_minus_mean_over_sd() -> None:
    image = torch.tensor([[[0, 255], [51, 102]]], dtype=torch.uint8)
    expected = (image.double() / 255 - 0.1307) / 0.3081
    assert torch.allclose(normalize(image, STILL)[0].double(), expected, atol=1e-6)


def test_a_still_recipe_only_normalizes() -> None:
    images = torch.randint(0, 256, (3, 28, 28), dtype=torch.uint8)
    assert is_identity(STILL)
    assert torch.equal(augment(images, STILL, generator()), normalize(images, STILL))


def test_the_identity_map_gives_the_image_back() -> None:
    images = torch.randint(0, 256, (3, 28, 28), dtype=torch.uint8)
    nearly = replace(STILL, shift=1e-9)
    assert not is_identity(nearly)
    moved = augment(images, nearly, generator())
    assert torch.allclose(moved, normalize(images, STILL), atol=1e-5)


def test_the_same_generator_moves_images_the_same_way() -> None:
    images = torch.randint(0, 256, (5, 28, 28), dtype=torch.uint8)
    recipe = replace(STILL, rotate=10, shift=2, scale=0.1, shear=0.1)
    once, again = (augment(images, recipe, generator(7)) for _ in range(2))
    assert torch.equal(once, again)
    assert not torch.equal(once, augment(images, recipe, generator(8)))


def test_shift_moves_by_at_most_its_pixels_and_reaches_them() -> None:
    recipe = replace(STILL, shift=3)
    images = dot(14, 14).expand(500, -1, -1)
    moved = augment(images, recipe, generator())
    offsets = torch.tensor([centre_of_mass(image) for image in moved[:, 0]]) - 14
    assert offsets.abs().max() <= 3.01
    assert offsets.abs().max() > 2.8
    assert offsets.mean().abs() < 0.3


@pytest.mark.parametrize("degrees", [10.0, 45.0])
def test_rotation_turns_by_at_most_its_degrees_about_the_middle(degrees: float) -> None:
    recipe = replace(STILL, rotate=degrees)
    images = dot(13, 22).expand(500, -1, -1)
    moved = augment(images, recipe, generator())
    places = torch.tensor([centre_of_mass(image) for image in moved[:, 0]]) - 13.5
    angles = torch.rad2deg(torch.atan2(places[:, 0], places[:, 1]))
    start = math.degrees(math.atan2(-0.5, 8.5))
    assert (angles - start).abs().max() <= degrees + 1
    assert (angles - start).abs().max() > 0.9 * degrees
    assert (places.norm(dim=1) - math.hypot(0.5, 8.5)).abs().max() < 0.3


def test_scale_stretches_each_axis_by_itself() -> None:
    maps = random_affine(1000, 28, 28, replace(STILL, scale=0.2), generator())
    assert maps[:, 0, 0].min() >= 0.8
    assert maps[:, 1, 1].max() <= 1.2
    assert (maps[:, 0, 0] - maps[:, 1, 1]).abs().max() > 0.3
    assert maps[:, 0, 1].abs().max() == 0


def test_shear_moves_rows_along_x_only() -> None:
    maps = random_affine(1000, 28, 28, replace(STILL, shear=0.3), generator())
    assert 0.29 < maps[:, 0, 1].abs().max() <= 0.3
    assert maps[:, 1, 0].abs().max() == 0
    assert torch.equal(maps[:, 1, 1], torch.ones(1000))


def test_what_comes_in_from_outside_is_black() -> None:
    white = torch.full((50, 28, 28), 255, dtype=torch.uint8)
    moved = augment(white, replace(STILL, shift=5), generator())
    assert moved.min().item() == pytest.approx(-0.1307 / 0.3081, abs=1e-5)


def test_images_need_not_be_square() -> None:
    images = torch.randint(0, 256, (4, 20, 30), dtype=torch.uint8)
    moved = augment(images, from_mapping({"epochs": 1, "shift": 2, "rotate": 5}), generator())
    assert moved.shape == (4, 1, 20, 30)
    assert moved.is_contiguous(memory_format=torch.channels_last)


def test_a_rotation_is_one_in_pixels_whatever_the_image_s_shape() -> None:
    maps = random_affine(50, 20, 40, replace(STILL, rotate=30), generator()).double()
    half = torch.tensor([[40 / 2, 0], [0, 20 / 2]], dtype=torch.float64)  # pixels a unit
    in_pixels = half @ maps[:, :, :2] @ half.inverse()
    identity = torch.eye(2, dtype=torch.float64).expand(50, 2, 2)
    assert torch.allclose(in_pixels.transpose(1, 2) @ in_pixels, identity, atol=1e-6)
