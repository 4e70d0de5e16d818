"""Every workbook that `tinydrill workbook` writes is right."""

import subprocess
import sys
from pathlib import Path

import pytest

from tinydrill.backprop.optimiser import OPTIMISERS
from tinydrill.backprop.problem import EXAMPLES
from tinydrill.backprop.sheetcheck.check import check_file


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("problem", EXAMPLES)
def test_a_written_workbook_is_right(problem: str, optimiser: str, tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    subprocess.run(
        [sys.executable, "-m", "tinydrill", "workbook", problem, "-o", str(path)]  # noqa: RUF005
        + ["--optimiser", optimiser, "--iterations", "8", "--rate", "0.1", "--rate", "1"],
        check=True,
        capture_output=True,
    )
    report = check_file(path, {})
    assert str(report.verdict) == "right", [table.reason for table in report.tables]
    trained = [table for table in report.tables if table.checked["update"]]
    assert len(trained) == 2
    assert all(table.checked["gradient"] for table in trained)
    # Where a run diverges the writer stores #NUM! for whole rows, which a formula needn't give.
    stale = [one for table in report.tables for one in table.stale if one.stored != "#NUM!"]
    assert stale == []
