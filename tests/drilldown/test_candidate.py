"""Networks by name or from a user's file, and what is said of files that can't be used."""

from pathlib import Path

import pytest
import torch

from tests.conftest import Command
from tinydrill.drilldown.candidate import from_origin, resolve
from tinydrill.drilldown.trace import MNIST_SHAPE
from tinydrill.errors import UnusableInputError

GOOD = """
import torch
from torch import nn

class Branches(nn.Module):
    "Two paths of different depth, added: no plain sequence."
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 4, 3, padding=1)
        self.deep = nn.Sequential(
            nn.Conv2d(4, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 3, padding=1)
        )
        self.pool = nn.MaxPool2d(2)
        self.scale = nn.Parameter(torch.ones(4, 1, 1))
        self.head = nn.Linear(4 * 14 * 14, 10)
    def forward(self, x):
        x = self.stem(x)
        return self.head(self.pool(self.scale * (x + self.deep(x))).flatten(1))
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(GOOD)
    return path


def test_a_user_s_class_is_measured(file: Path) -> None:
    trace = resolve(f"{file}:Branches").trace
    rows = {row.label.split()[0]: row for row in trace.rows}
    assert (rows["stem"].receptive_field, rows["stem"].jump) == (3, 1)
    assert rows["deep.2"].receptive_field == 7
    assert (rows["pool"].receptive_field, rows["pool"].jump) == (8, 2)
    assert rows["head"].receptive_field == 28
    assert rows["stem"].macs == 4 * 9 * 28 * 28
    assert trace.parameters == 40 + 148 * 2 + 4 + 7850
    assert "outside of leaf modules" in trace.rows[-1].label


def test_looking_at_a_class_leaves_random_numbers_alone(file: Path) -> None:
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    resolve(f"{file}:Branches")
    assert torch.equal(torch.rand(1), expected)


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (GOOD, "Nothing", "has no torch.nn.Module called Nothing; it has Branches"),
        ("import nowhere_to_be_found", "X", "can't be imported: ModuleNotFoundError"),
        ("def broken(:", "X", "can't be imported: SyntaxError"),
        ("X = 3", "X", "has no torch.nn.Module called X; it has none"),
        (
            "from torch import nn\nclass X(nn.Module):\n    def __init__(self, width): pass",
            "X",
            "can't be built without arguments",
        ),
        ("import sys; sys.exit(0)", "X", "can't be imported: SystemExit"),
        (
            "from torch import nn\nclass X(nn.Sequential):\n"
            "    def forward(self, x): raise SystemExit(0)",
            "X",
            "SystemExit",
        ),
        (
            "from torch import nn\nclass X(nn.Module):\n    def __init__(self):\n"
            "        super().__init__(); self.l = nn.Linear(784, 10)\n"
            "    def forward(self, x):\n        assert not self.training, 'not made for that'\n"
            "        return self.l(x.flatten(1))",
            "X",
            "can't be trained: AssertionError: not made for that",
        ),
        (
            "from torch import nn\nclass X(nn.Sequential):\n"
            "    def __init__(self): super().__init__(nn.Conv2d(3, 10, 28), nn.Flatten())",
            "X",
            "can't work on images of 1×28×28",
        ),
        (
            "from torch import nn\nclass X(nn.Sequential):\n"
            "    def __init__(self): super().__init__(nn.Flatten(), nn.Linear(784, 7))",
            "X",
            "must give [2, 10] for 2 images, one value a class; it gives [2, 7]",
        ),
    ],
)
def test_each_unusable_file_has_its_sentence(
    tmp_path: Path, content: str, name: str, told: str
) -> None:
    path = tmp_path / "theirs.py"
    path.write_text(content)
    with pytest.raises(UnusableInputError) as refusal:
        resolve(f"{path}:{name}")
    assert told in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_missing_file_and_a_missing_class_name_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match="can't be read"):
        resolve(f"{tmp_path}/none.py:X")
    with pytest.raises(UnusableInputError, match=r"write mine\.py:Class"):
        resolve("mine.py")


def test_an_unknown_net_lists_the_known() -> None:
    with pytest.raises(UnusableInputError, match="there are net0, net1"):
        resolve("resnet")


def test_names_do_not_care_for_case() -> None:
    assert resolve("Net8").origin.name == "net8"


def test_a_file_that_changed_since_the_run_is_refused(file: Path) -> None:
    origin = resolve(f"{file}:Branches").origin
    assert from_origin(origin, MNIST_SHAPE, 10).origin == origin
    file.write_text(GOOD + "\n# changed\n")
    with pytest.raises(UnusableInputError, match="has changed since the run"):
        from_origin(origin, MNIST_SHAPE, 10)


def test_a_net_is_fitted_to_the_data() -> None:
    candidate = resolve("fold24", (1, 32, 32), 47)
    assert candidate.build()(torch.zeros(2, 1, 32, 32)).shape == (2, 47)


def test_frozen_parameters_count_and_shared_ones_count_once(tmp_path: Path) -> None:
    path = tmp_path / "shared.py"
    path.write_text(
        "from torch import nn\nclass X(nn.Module):\n    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.a, self.b = nn.Linear(784, 784), nn.Linear(784, 784)\n"
        "        self.b.weight = self.a.weight\n        self.a.weight.requires_grad_(False)\n"
        "        self.head = nn.Linear(784, 10)\n"
        "    def forward(self, x): return self.head(self.b(self.a(x.flatten(1))))\n"
    )
    trace = resolve(f"{path}:X").trace
    assert trace.parameters == 784 * 784 + 2 * 784 + 7850
    assert all(row.parameters >= 0 for row in trace.rows)
    assert trace.macs == 2 * 784 * 784 + 7840


def test_a_class_that_prints_leaves_stdout_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "chatty.py"
    path.write_text(
        "from torch import nn\nprint('importing')\nclass X(nn.Sequential):\n"
        "    def __init__(self):\n        print('building')\n"
        "        super().__init__(nn.Flatten(), nn.Linear(784, 10))\n"
    )
    resolve(f"{path}:X").build()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "building" in captured.err


def test_a_class_that_is_another_each_time_is_refused(
    command: Command, tmp_path: Path, bars_folder: Path
) -> None:
    path = tmp_path / "fickle.py"
    path.write_text(
        "from torch import nn\nmade = []\nclass X(nn.Sequential):\n    def __init__(self):\n"
        "        made.append(1)\n"
        "        wide = 10 * len(made)\n"
        "        super().__init__(nn.Flatten(), nn.Linear(784, wide), nn.Linear(wide, 10))\n"
    )
    told = command("train", f"{path}:X", "--data", bars_folder, "--out", tmp_path / "runs")
    assert told.status == 2
    assert "must be the same each time it is built" in told.err


def test_pooling_of_a_class_that_drops_pixels_warns(tmp_path: Path) -> None:
    path = tmp_path / "drops.py"
    path.write_text(
        "from torch import nn\nclass X(nn.Sequential):\n    def __init__(self):\n"
        "        super().__init__(nn.AvgPool2d(5), nn.Flatten(), nn.Linear(25, 10))\n"
    )
    assert resolve(f"{path}:X").trace.rows[0].warning.startswith("drops 3 of 28 rows")
