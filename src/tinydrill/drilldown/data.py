"""A data set in memory: what is trained on, what is judged on, and by which rule.

Reads four IDX files from a verified cache or from any folder. Nothing here knows torch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from tinydrill.drilldown import idx, sources
from tinydrill.drilldown.idx import Bytes
from tinydrill.errors import UnusableInputError

Split = Literal["full", "held-out", "once"]

SPLIT_RULES: dict[Split, str] = {
    "full": "trained on every training image; test images read after each epoch for the curve, "
    "nothing chosen by them; the last epoch counts",
    "held-out": "10,000 training images held out and read after each epoch; test images read "
    "once, at the end",
    "once": "trained on every training image, 10,000 of which are read after each epoch for the "
    "curve; test images read once, at the end",
}
# What the images read after each epoch are called.
WATCHED: dict[Split, str] = {"full": "test", "held-out": "held-out", "once": "trained-on"}
HELD_OUT = 10_000
# Which images are held out must never change, or choices made on them are worth nothing.
_HELD_OUT_SEED = 20_261_123


@dataclass(frozen=True, slots=True)
class Dataset:
    """Images and labels as they are on disk.

    Attributes:
        name: `mnist`, `fashion`, or the folder's name.
        train_images: uint8 [N, height, width].
        train_labels: uint8 [N].
        test_images: uint8 [M, height, width].
        test_labels: uint8 [M].
        sha256: of each of the four files, unpacked.
        origin: where they came from.
        public: whether the four sums are those of the public data set of that name.
    """

    name: str
    train_images: Bytes
    train_labels: Bytes
    test_images: Bytes
    test_labels: Bytes
    sha256: dict[str, str]
    origin: str
    public: bool

    @property
    def classes(self) -> int:
        """How many classes the labels tell apart."""
        return int(max(self.train_labels.max(), self.test_labels.max())) + 1

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of an image."""
        return 1, self.train_images.shape[1], self.train_images.shape[2]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a run trains on, what it reads after each epoch, and what it reads once at the end.

    Attributes:
        rule: the name of the split; `SPLIT_RULES` says it in words.
        train: (uint8 images [N, height, width], uint8 labels [N]).
        watch: read after each epoch: the test images (`full`), the held-out ones, or (`once`) those
            same ones though they are trained on.
        final: read once after training; None where `watch` is already the test set.
        available: training images there are, by which honest epochs are counted.
    """

    rule: Split
    train: tuple[Bytes, Bytes]
    watch: tuple[Bytes, Bytes]
    final: tuple[Bytes, Bytes] | None
    available: int


def split(dataset: Dataset, rule: Split) -> Parts:
    """Divide a data set by a rule; the held-out images are the same in every run.

    Raises:
        UnusableInputError: too few training images to hold 10,000 out.
    """
    count = len(dataset.train_labels)
    test = (dataset.test_images, dataset.test_labels)
    if rule == "full":
        return Parts(rule, (dataset.train_images, dataset.train_labels), test, None, count)
    order = np.random.default_rng(_HELD_OUT_SEED).permutation(count)
    held = np.sort(order[:HELD_OUT])
    watch = dataset.train_images[held], dataset.train_labels[held]
    if rule == "once":
        return Parts(rule, (dataset.train_images, dataset.train_labels), watch, test, count)
    if count <= HELD_OUT:
        raise UnusableInputError(
            f"{dataset.name} has {count:,} training images; holding {HELD_OUT:,} out (--split) "
            "needs more than that"
        )
    kept = np.sort(order[HELD_OUT:])
    train = dataset.train_images[kept], dataset.train_labels[kept]
    return Parts(rule, train, watch, test, count)


def _locate(folder: Path, file: str) -> Path:
    """The file in a folder, under the names in use for it, raw before gzipped."""
    stem, _, rest = file.partition("-idx")
    names = {f"{stem}{dot}idx{rest}" for dot in "-."}
    names |= {name.replace("t10k-", "test-") for name in names}
    for name in sorted(names):
        for candidate in (folder / name, folder / f"{name}.gz"):
            if candidate.is_file():
                return candidate
    raise UnusableInputError(
        f"{folder} lacks {file} (raw or .gz); a data folder holds {', '.join(sources.FILES)}"
    )


def _checked_pair(images_path: Path, labels_path: Path) -> tuple[Bytes, Bytes]:
    images, labels = idx.read(images_path, 3), idx.read(labels_path, 1)
    if len(images) != len(labels):
        raise UnusableInputError(
            f"{images_path} holds {len(images):,} images but {labels_path} {len(labels):,} labels"
        )
    if images.size == 0:
        raise UnusableInputError(f"{images_path} holds no images")
    return images, labels


def from_folder(folder: Path) -> Dataset:
    """Read any folder of four IDX files.

    Raises:
        UnusableInputError: a file is missing or broken, or two of them don't belong together.
    """
    if not folder.is_dir():
        raise UnusableInputError(f"{folder} is not a folder")
    paths = {file: _locate(folder, file) for file in sources.FILES}
    train = _checked_pair(paths[sources.TRAIN_IMAGES], paths[sources.TRAIN_LABELS])
    test = _checked_pair(paths[sources.TEST_IMAGES], paths[sources.TEST_LABELS])
    if train[0].shape[1:] != test[0].shape[1:]:
        raise UnusableInputError(
            f"{folder}: training images are {'×'.join(map(str, train[0].shape[1:]))} pixels but "
            f"test images {'×'.join(map(str, test[0].shape[1:]))}"
        )
    sums = {file: sources.raw_digest(path) for file, path in paths.items()}
    known = next((p.name for p in sources.PUBLIC.values() if p.sha256 == sums), None)
    name = known or folder.resolve().name
    if known is None and name in sources.PUBLIC:
        name += " (own)"
    # A folder that is merely called mnist is not MNIST.
    return Dataset(name, *train, *test, sums, str(folder.resolve()), known is not None)


def load(name: str | None, folder: Path | None, say: Callable[[str], None]) -> Dataset:
    """A data set by name (fetched and verified if need be), or from a folder.

    A folder given together with a name must hold exactly that public data set.

    Raises:
        UnusableInputError: an unknown name, no source, or a folder that can't be used.
    """
    if name is not None and name not in sources.PUBLIC:
        raise UnusableInputError(
            f"no data set is called {name!r}; there are {', '.join(sources.PUBLIC)}, and any "
            "folder of IDX files with --data DIR"
        )
    if folder is not None:
        dataset = from_folder(folder)
        if name is not None and not (dataset.public and dataset.name == name):
            raise UnusableInputError(
                f"the files in {folder} are not those of {name} (their SHA-256 sums differ); "
                "leave --dataset out to use them as a data set of their own"
            )
        return dataset
    public = sources.PUBLIC[name or "mnist"]
    found, origin = sources.obtain(public, say)
    train = _checked_pair(found / sources.TRAIN_IMAGES, found / sources.TRAIN_LABELS)
    test = _checked_pair(found / sources.TEST_IMAGES, found / sources.TEST_LABELS)
    return Dataset(public.name, *train, *test, dict(public.sha256), origin, True)
