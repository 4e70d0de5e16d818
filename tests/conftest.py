"""What many tests share: a small data set that is quick to learn, and the command in-process."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tinydrill.drilldown import idx, sources

# Tiny nets gain nothing from a second thread, and on a busy machine two wait for each other.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OMP_WAIT_POLICY"] = "passive"
# A shell starts what is in the background with Ctrl-C ignored; processes of tests must hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


Command = Callable[..., Outcome]


def bars(count: int, seed: int, edge: int = 28) -> tuple[idx.Bytes, idx.Bytes]:
    """Ten classes that a small net tells apart: a bright bar whose place is its class, in noise."""
    random = np.random.default_rng(seed)
    labels = np.arange(count, dtype=np.uint8) % 10
    images = random.integers(0, 120, (count, edge, edge), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        row = 2 + int(label) * (edge - 6) // 9
        image[row : row + 2, 6 : edge - 6] = 255
    return images, labels


def write_folder(folder: Path, train: int, test: int, edge: int = 28) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    names = (
        (sources.TRAIN_IMAGES, sources.TRAIN_LABELS),
        (sources.TEST_IMAGES, sources.TEST_LABELS),
    )
    for seed, (count, (images, labels)) in enumerate(zip((train, test), names, strict=True)):
        made = bars(count, seed, edge)
        idx.write(folder / images, made[0])
        idx.write(folder / labels, made[1])
    return folder


@pytest.fixture(scope="session")
def bars_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,000 training and 200 test images in IDX files."""
    return write_folder(tmp_path_factory.mktemp("data") / "bars", 1000, 200)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Run `tinydrill` in this process: its exit status, stdout and stderr."""

    def run(*arguments: str | Path) -> Outcome:
        from tinydrill.cli import main

        monkeypatch.setattr("sys.argv", ["tinydrill", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main()
        captured = capfd.readouterr()
        code = leaving.value.code
        return Outcome(code if isinstance(code, int) else 0, captured.out, captured.err)

    return run
