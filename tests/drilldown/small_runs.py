"""Whole runs on the small data set, made in a second each, for tests that look into runs."""

from pathlib import Path

import torch

from tinydrill.drilldown.budget import Budget
from tinydrill.drilldown.candidate import resolve
from tinydrill.drilldown.data import from_folder
from tinydrill.drilldown.plan import Request, open_folder, plan
from tinydrill.drilldown.recipe import Recipe
from tinydrill.drilldown.run import Watcher, carry_out

CPU = torch.device("cpu")
# So short that mistakes are left to look at.
HASTY = Recipe(epochs=2, batch=100, lr=0.002, shift=2)


def small_run(out: Path, data: Path, net: str = "fold24", seed: int = 0) -> Path:
    """The folder of a finished run of two epochs on a folder of images."""
    images = from_folder(data)
    candidate = resolve(net, images.shape, images.classes)
    planned = plan(
        Request(
            *(candidate, "hasty", HASTY, seed, images, "full", Budget(), CPU),
            *(f"tinydrill train {net} --seed {seed}", 0.0),
        )
    )
    folder = open_folder(out, planned)
    carry_out(folder, planned, candidate, images, CPU, Watcher())
    return folder
