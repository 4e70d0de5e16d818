"""Data sets: folders by hand, the public ones for real, and the held-out rule."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import bars, write_folder
from tinydrill.drilldown import data, idx, sources
from tinydrill.errors import UnusableInputError


def quietly(_: str) -> None:
    pass


def test_mnist_is_the_real_one() -> None:
    found = data.load("mnist", None, quietly)
    assert found.train_images.shape == (60_000, 28, 28)
    assert found.test_images.shape == (10_000, 28, 28)
    # Known of the real thing: class counts, and the mean that everybody normalises with.
    assert np.bincount(found.test_labels).tolist() == [
        *(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
    ]
    assert found.train_images.mean() / 255 == pytest.approx(0.1307, abs=5e-5)


def test_fashion_is_read_from_the_package_manager_s_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = sources.PUBLIC["fashion"].sources[0]
    assert isinstance(folder, sources.Folder)
    if not folder.path.is_dir():
        import os

        assert "CI" not in os.environ, "CI must install dataset-fashion-mnist"
        pytest.skip(f"{folder.name} is not installed")
    monkeypatch.setenv("TINYDRILL_DATA", str(tmp_path))
    found = data.load("fashion", None, quietly)
    assert found.train_images.shape == (60_000, 28, 28)
    assert np.bincount(found.test_labels).tolist() == [1000] * 10


def test_a_folder_by_hand_is_a_data_set_of_its_own(bars_folder: Path) -> None:
    found = data.load(None, bars_folder, quietly)
    assert (found.name, found.classes, found.shape) == ("bars", 10, (1, 28, 28))


def test_gzipped_files_and_other_spellings_are_found(tmp_path: Path, bars_folder: Path) -> None:
    for file in sources.FILES:
        spelt = file.replace("-idx", ".idx").replace("t10k", "test")
        (tmp_path / f"{spelt}.gz").write_bytes(gzip.compress((bars_folder / file).read_bytes()))
    found, plain = data.from_folder(tmp_path), data.from_folder(bars_folder)
    assert found.sha256 == plain.sha256
    assert np.array_equal(found.train_images, plain.train_images)


def test_256_classes_and_other_sizes_are_fine(tmp_path: Path) -> None:
    write_folder(tmp_path, 256, 256, edge=20)
    idx.write(tmp_path / sources.TRAIN_LABELS, np.arange(256, dtype=np.uint8))
    found = data.from_folder(tmp_path)
    assert (found.classes, found.shape) == (256, (1, 20, 20))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    write_folder(tmp_path, 20, 20)
    (tmp_path / sources.TEST_LABELS).unlink()
    with pytest.raises(UnusableInputError, match="lacks t10k-labels-idx1-ubyte"):
        data.from_folder(tmp_path)


def test_images_and_labels_of_different_counts_are_refused(tmp_path: Path) -> None:
    write_folder(tmp_path, 20, 20)
    idx.write(tmp_path / sources.TRAIN_LABELS, np.zeros(19, np.uint8))
    with pytest.raises(UnusableInputError, match=r"20 images but .* 19 labels"):
        data.from_folder(tmp_path)


def test_images_of_two_sizes_are_refused(tmp_path: Path) -> None:
    write_folder(tmp_path, 20, 20)
    idx.write(tmp_path / sources.TEST_IMAGES, bars(20, 0, edge=20)[0])
    with pytest.raises(UnusableInputError, match=r"28×28 pixels but .* 20×20"):
        data.from_folder(tmp_path)


def test_an_empty_data_set_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path, 20, 20)
    idx.write(tmp_path / sources.TEST_IMAGES, np.zeros((0, 28, 28), np.uint8))
    idx.write(tmp_path / sources.TEST_LABELS, np.zeros(0, np.uint8))
    with pytest.raises(UnusableInputError, match="holds no images"):
        data.from_folder(tmp_path)


def test_a_folder_that_is_not_the_named_data_set_is_refused(bars_folder: Path) -> None:
    with pytest.raises(UnusableInputError, match="not those of mnist"):
        data.load("mnist", bars_folder, quietly)


def test_mnist_in_a_folder_is_recognised_by_its_sums(tmp_path: Path) -> None:
    folder, _ = sources.obtain(sources.PUBLIC["mnist"], quietly)
    for file in sources.FILES:
        (tmp_path / file).symlink_to(folder / file)
    assert data.load(None, tmp_path, quietly).name == "mnist"


def test_unknown_names_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match="there are mnist, fashion"):
        data.load("cifar", None, quietly)
    with pytest.raises(UnusableInputError, match="is not a folder"):
        data.load(None, tmp_path / "none", quietly)


def test_held_out_images_are_always_the_same_ten_thousand() -> None:
    dataset = data.load("mnist", None, quietly)
    once, again = data.split(dataset, "held-out"), data.split(dataset, "held-out")
    assert len(once.train[1]) == 50_000
    assert len(once.watch[1]) == data.HELD_OUT
    assert np.array_equal(once.watch[0], again.watch[0])
    assert once.available == 60_000


def test_held_out_and_kept_images_make_up_the_training_set() -> None:
    dataset = data.load("mnist", None, quietly)
    parts = data.split(dataset, "held-out")
    together = np.concatenate((parts.train[0], parts.watch[0])).reshape(60_000, -1)
    whole = dataset.train_images.reshape(60_000, -1)
    assert np.array_equal(np.sort(together.sum(axis=1)), np.sort(whole.sum(axis=1)))
    assert np.array_equal(
        np.bincount(parts.train[1]) + np.bincount(parts.watch[1]), np.bincount(dataset.train_labels)
    )


def test_the_full_rule_trains_on_everything_and_watches_the_test_images(bars_folder: Path) -> None:
    dataset = data.from_folder(bars_folder)
    parts = data.split(dataset, "full")
    assert parts.train[0] is dataset.train_images
    assert parts.watch[0] is dataset.test_images
    assert parts.final is None


def test_the_once_rule_trains_on_everything_and_keeps_the_test_images_for_the_end(
    bars_folder: Path,
) -> None:
    dataset = data.load("mnist", None, quietly)
    parts = data.split(dataset, "once")
    assert parts.train[0] is dataset.train_images
    assert parts.final is not None
    assert parts.final[0] is dataset.test_images
    assert np.array_equal(parts.watch[0], data.split(dataset, "held-out").watch[0])
    few = data.from_folder(bars_folder)
    assert len(data.split(few, "once").watch[1]) == len(few.train_labels)


def test_too_few_images_to_hold_any_out(bars_folder: Path) -> None:
    with pytest.raises(UnusableInputError, match="has 1,000 training images"):
        data.split(data.from_folder(bars_folder), "held-out")


def test_a_folder_that_is_merely_called_mnist_is_not_mnist(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "mnist", 20, 20)
    found = data.from_folder(folder)
    assert (found.name, found.public) == ("mnist (own)", False)
    with pytest.raises(UnusableInputError, match="not those of mnist"):
        data.load("mnist", folder, quietly)
