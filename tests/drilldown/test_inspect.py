"""A finished run looked into: the same numbers as its record's, or one sentence why not."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.conftest import write_folder
from tests.drilldown.small_runs import small_run
from tinydrill.drilldown import record
from tinydrill.drilldown.inspect import Inspected, load
from tinydrill.errors import UnusableInputError

OWN = """from torch import nn
class Mine(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Conv2d(1, 4, 3, stride=2), nn.ReLU(inplace=True), nn.Flatten(),
                         nn.Linear(676, 10))
"""


@pytest.fixture(scope="module")
def folder(bars_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_run(tmp_path_factory.mktemp("runs"), bars_folder)


@pytest.fixture(scope="module")
def run(folder: Path) -> Inspected:
    return load(folder)


def test_its_numbers_are_the_record_s(run: Inspected) -> None:
    judged = run.record.judged
    assert judged is not None
    assert (run.score.errors, run.score.images) == (judged.errors, judged.images)
    assert run.score.loss == pytest.approx(judged.loss)
    assert 0 < judged.errors < judged.images  # or the tests below compare nothing
    assert len(run.mistakes) == judged.errors
    assert int(run.confusion.sum()) == judged.images
    assert int(run.confusion.sum() - run.confusion.diagonal().sum()) == judged.errors
    assert run.calibration.images == judged.images
    assert run.calibration.accuracy == pytest.approx(judged.accuracy / 100)


def test_the_rightly_read_images_are_the_first_that_are_right(run: Inspected) -> None:
    predicted = run.logits.argmax(1)
    for label, index in run.rightly_read.items():
        assert int(run.labels[index]) == label == int(predicted[index])
        before = run.labels[:index] == label
        assert not (predicted[:index][before] == label).any()


def test_maps_are_what_the_layers_give_one_after_the_other(run: Inspected) -> None:
    found = run.feature_maps(7)
    values = (run.dataset.test_images[7].astype(np.float32) / 255 - run.recipe.mean) / run.recipe.sd
    x = torch.tensor(values)[None, None]
    assert isinstance(run.model, torch.nn.Sequential)
    shapes = [row.shape for row in run.trace.rows]
    for part, (name, maps), shape in zip(run.model, found.items(), shapes, strict=False):
        with torch.no_grad():
            x = part(x).clone()
        torch.testing.assert_close(x[0], maps, msg=name)
        assert tuple(maps.shape) == shape
    assert len(found) == len(shapes) - 1  # all but the fully connected


def test_an_image_of_ones_own_is_the_test_image_it_equals(run: Inspected) -> None:
    own = run.dataset.test_images[7].copy()
    for mine, theirs in zip(
        run.feature_maps(own).values(), run.feature_maps(7).values(), strict=True
    ):
        assert torch.equal(mine, theirs)
    assert np.array_equal(run.grad_cam(own, 2).values, run.grad_cam(7, 2).values)


def test_kernels_are_all_the_convolutions_weights(run: Inspected) -> None:
    inputs = 4
    for name, values in run.kernels.items():
        outputs = int(name.partition("→ ")[2].split()[0])
        assert values.shape == (outputs, inputs, 3, 3)
        inputs = outputs
    assert len(run.kernels) == 4


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (200, "there is no test image 200: they are counted from 0 to 199"),
        (-1, "there is no test image -1"),
        (np.zeros((28, 28), np.float32), "uint8 [28, 28]; this is float32 [28, 28]"),
        (np.zeros((3, 28), np.uint8), "this is uint8 [3, 28]"),
    ],
)
def test_what_is_no_image_is_refused(run: Inspected, wrong: object, why: str) -> None:
    with pytest.raises(UnusableInputError) as told:
        run.feature_maps(wrong)  # type: ignore[arg-type]
    assert why in str(told.value)


def test_a_class_that_is_not_there_is_refused(run: Inspected) -> None:
    with pytest.raises(UnusableInputError, match="there is no class 10: they go from 0 to 9"):
        run.grad_cam(0, of=10)


def test_a_class_of_ones_own_can_be_looked_into(bars_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(OWN)
    found = load(small_run(tmp_path / "runs", bars_folder, f"{tmp_path / 'mine.py'}:Mine"))
    assert {name: tuple(maps.shape) for name, maps in found.feature_maps(0).items()} == {
        "0 Conv2d": (4, 13, 13),
        "1 ReLU": (4, 13, 13),
    }
    # ReLU works in place there: the convolution's own map keeps what is below zero.
    assert found.feature_maps(0)["0 Conv2d"].min() < 0
    assert found.kernels["0 Conv2d"].shape == (4, 1, 3, 3)
    cam = found.grad_cam(0)
    assert cam.values.shape == (13, 13)
    assert cam.over(28, 28).shape == (28, 28)
    assert found.net is None
    assert found.trace.parameters == found.record.net.parameters


def test_weights_that_do_not_match_are_refused(bars_folder: Path, tmp_path: Path) -> None:
    folder = small_run(tmp_path, bars_folder)
    weights = folder / record.WEIGHTS
    changed = bytearray(weights.read_bytes())
    changed[-1] ^= 1
    weights.write_bytes(changed)
    with pytest.raises(UnusableInputError, match="is not the file that the run's record names"):
        load(folder)
    weights.unlink()
    with pytest.raises(UnusableInputError, match="is missing"):
        load(folder)


def test_images_of_another_data_set_are_refused(folder: Path, tmp_path: Path) -> None:
    other = write_folder(tmp_path / "other", 300, 200)
    found = load(folder, other)
    with pytest.raises(UnusableInputError, match="are not those of"):
        _ = found.logits


def test_moved_images_can_be_named(folder: Path, run: Inspected, tmp_path: Path) -> None:
    moved = write_folder(tmp_path / "moved", 1000, 200)
    assert torch.equal(load(str(folder), str(moved)).logits, run.logits)
