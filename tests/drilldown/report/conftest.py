"""Two seeds of one net, trained so briefly that they make mistakes."""

from pathlib import Path

import pytest

from tests.drilldown.small_runs import small_run
from tinydrill.drilldown.report.material import Material, gather


@pytest.fixture(scope="session")
def two_seeds(bars_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs")
    for seed in (4, 1):
        small_run(out, bars_folder, seed=seed)
    return out


@pytest.fixture(scope="session")
def material(two_seeds: Path) -> Material:
    return gather([two_seeds], None, print)
