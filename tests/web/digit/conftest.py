"""What the tests of the digit page share: node, a browser, and a network trained for them."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
import torch
from torch import nn

from tinydrill.drilldown import demo, record, weights
from tinydrill.drilldown.cookbook import DRILL
from tinydrill.drilldown.data import Dataset, load
from tinydrill.drilldown.idx import Bytes
from tinydrill.drilldown.layers import Net
from tinydrill.drilldown.record import Record
from tinydrill.drilldown.trace import MNIST_SHAPE, Shape

HERE = Path(__file__).parent
Ask = Callable[..., Any]


def lacking(what: str) -> NoReturn:
    """Skip the test for want of something; on the build machine that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def program(*names: str) -> str:
    """Where a program lies, under the first of its names that is there."""
    for name in names:
        if found := shutil.which(name):
            return found
    lacking(f"{' or '.join(names)} is not installed")


@pytest.fixture(scope="session")
def ask() -> Ask:
    """Ask the page's modules something, in node."""
    node = program("node")

    def answer(question: str, **job: Any) -> Any:
        if isinstance(job.get("images"), np.ndarray):
            job["images"] = base64.b64encode(job["images"].tobytes()).decode()
        done = subprocess.run(
            [node, str(HERE / "ask.mjs")],
            input=json.dumps({"ask": question, **job}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return answer


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    return load("mnist", None, print)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of half an epoch: short, and good enough to read clear digits."""
    out = tmp_path_factory.mktemp("runs")
    half = ["--set", "epochs=0.5", "--out", str(out), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "tinydrill", "train", "fold32", *half],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    (folder,) = out.iterdir()
    return folder


@pytest.fixture(scope="session")
def kept(trained: Path) -> Record:
    return record.load(trained)


@pytest.fixture(scope="session")
def model(trained: Path, kept: Record) -> nn.Module:
    return weights.load_model(trained, kept)


@pytest.fixture(scope="session")
def page(
    trained: Path,
    kept: Record,
    model: nn.Module,
    mnist: Dataset,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The page of that run."""
    path = tmp_path_factory.mktemp("page") / "digits.html"
    net = demo.net_of(trained, kept)
    demo.write_page(demo.describe_run(kept, net, model, mnist.test_images, mnist.test_labels), path)
    return path


def described(net: Net, model: nn.Module, shape: Shape = MNIST_SHAPE) -> dict[str, Any]:
    """A net as the page gets it, with the default recipe's mean and sd."""
    return demo.describe_net(net, shape, DRILL, model)


def noise(count: int, shape: Shape = MNIST_SHAPE) -> Bytes:
    """Images in which no two pixels of a window are likely to be equal."""
    return np.random.default_rng(count).integers(0, 256, (count, *shape[1:]), dtype=np.uint8)


def shaken(model: nn.Module) -> nn.Module:
    """The model with weights large enough that images are told apart, and random BatchNorms."""
    generator = torch.Generator().manual_seed(1)
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.weight.data *= 6**0.5  # from torch's initial variance to He's
        if isinstance(module, nn.BatchNorm2d):
            for values in (module.weight, module.bias, module.running_mean, module.running_var):
                assert values is not None
                values.data = 0.5 + torch.rand(values.shape, generator=generator)
    return model.eval()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: the folder named by PICTURES, to renew those of the documents."""
    named = os.environ.get("PICTURES")
    return Path(named).resolve() if named else tmp_path_factory.mktemp("pictures")
