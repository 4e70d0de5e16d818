"""Checks many files, on every processor, with a progress bar on stderr."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tinydrill.backprop.sheetcheck.check import check_file
from tinydrill.backprop.sheetcheck.network import Net
from tinydrill.backprop.sheetcheck.verdicts import FileReport
from tinydrill.errors import UnusableInputError

_ALONE = 3  # up to so many files, starting processes costs more than it saves


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files, with each folder replaced by the workbooks in it.

    Raises:
        UnusableInputError: a folder holds no workbook.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        # Names that begin with ~$ are the locks of an open spreadsheet.
        inside = sorted(
            one
            for one in path.iterdir()
            if one.suffix.lower() in (".xlsx", ".xlsm", ".xls") and not one.name.startswith("~$")
        )
        if not inside:
            raise UnusableInputError(f"{path}: there is no .xlsx file in this folder")
        found.extend(inside)
    return found


def check_files(
    paths: Sequence[Path], given: Mapping[str, str], net: Net | None = None
) -> list[FileReport]:
    """Check files in order; a terminal shows progress."""
    job = partial(check_file, given=dict(given), net=net)
    if len(paths) <= _ALONE:
        return [job(path) for path in paths]
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    reports = []
    with (
        ProcessPoolExecutor(min(len(paths), os.cpu_count() or 1)) as pool,
        Progress(console=console, transient=True, disable=not sys.stderr.isatty()) as progress,
    ):
        task = progress.add_task("checking", total=len(paths))
        for report in pool.map(job, paths, chunksize=1):
            reports.append(report)
            progress.advance(task)
    return reports
