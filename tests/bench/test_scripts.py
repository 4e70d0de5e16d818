"""The benchmarks that take minutes: that they start at all, and their arithmetic."""

import subprocess
import sys

import pytest

from bench.evidence import RESULTS
from bench.sweep_scaling import efficiency, overhead
from bench.time_to_accuracy import release, training_flops
from tinydrill.drilldown.layers import Fc, Net, c3
from tinydrill.drilldown.zoo import ZOO

SECONDS = {"here": 10.0, "Ray, 1": 11.0, "Ray, 2": 6.0, "plain, 2": 5.0}


@pytest.mark.parametrize("script", ["evidence", "memory", "sweep_scaling", "time_to_accuracy"])
def test_the_script_starts_and_says_what_it_does(script: str) -> None:
    path = RESULTS.parent / "bench" / f"{script}.py"
    done = subprocess.run([sys.executable, path, "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: {script}.py")


def test_a_step_is_three_forwards_without_the_gradient_of_the_images() -> None:
    # 3×3 on 28×28 gives 26×26: 9·4·676 MACs, twice over; then 4·676·10 of them three times.
    net = Net("small", (c3(4, ""), Fc(10, "")))
    assert training_flops(net) == 2 * (2 * 9 * 4 * 676 + 3 * 4 * 676 * 10)


def test_a_first_layer_that_computes_nothing_is_not_the_first() -> None:
    # fold32 folds its image first; its first convolution has 112,896 of its 883,712 MACs.
    assert training_flops(ZOO["fold32"]) == 2 * (3 * 883_712 - 112_896)


def test_workers_are_held_against_one_of_their_kind() -> None:
    assert efficiency("Ray, 2", SECONDS) == pytest.approx(11 / 12)
    assert efficiency("plain, 2", SECONDS) == pytest.approx(1)
    assert efficiency("Ray, 1", SECONDS) == efficiency("here", SECONDS) == 1
    assert overhead(SECONDS) == pytest.approx(0.1)


def test_a_release_is_a_version_without_its_build() -> None:
    assert (release("2.13.0+cpu"), release("2.14.1")) == ("2.13.0", "2.14.1")


def test_the_readme_and_the_makefile_name_the_releases_that_are_installed() -> None:
    root = RESULTS.parent
    ours = (root / "constraints.txt").read_text().partition("\ntorch==")[2].split()[0]
    makefile, readme = (root / "Makefile").read_text(), (root / "README.md").read_text()
    told = f"classic on torch 2.14.1 with torchvision 0.29.1, ours on torch {ours}"
    assert "torch==2.14.1 torchvision==0.29.1" in makefile
    assert told in readme
