"""The claim itself: the default command trains the default net on real MNIST and passes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.alone
def test_the_default_passes_on_real_mnist(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "OMP_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-m", "tinydrill", "train", "--out", str(tmp_path), "--json"],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    last = told["epochs"][-1]
    assert told["passed"] is True
    assert told["net"]["parameters"] < 20_000
    assert last["images_seen"] / 60_000 <= 20
    assert last["watch"]["images"] == 10_000
    assert last["watch"]["errors"] <= 60
