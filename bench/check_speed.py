"""Times `tinydrill check`: one 200-row workbook, start-up included, and a folder of 100 of them.

    python bench/check_speed.py

Exits with status 1 if one takes 2 s or the folder 60 s.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.backprop.sheetcheck.sheets import FORMULAS, Style, book

ONE_SECONDS, FOLDER_SECONDS = 2.0, 60.0


def seconds(*paths: Path) -> float:
    """Return the wall time of the whole process."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "tinydrill", "check", *map(str, paths), "--json"],
        stdout=subprocess.DEVNULL,
        check=False,
    )
    return time.perf_counter() - start


def main() -> int:
    """Print the table; return the exit status."""
    wrong = FORMULAS["dE/dw3"].replace("{a_h2}*(1-{a_h2})", "{a_h1}*(1-{a_h1})")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for k in range(100):
            planted: dict[tuple[str, int | None], str] = {("dE/dw3", None): wrong} if k % 2 else {}
            book(folder / f"{k:03}.xlsx", Style(rows=200), planted)
        right = min(seconds(folder / "000.xlsx") for _ in range(3))
        found = min(seconds(folder / "001.xlsx") for _ in range(3))
        everything = seconds(folder)
    print(f"one right workbook, 200 rows   {right:6.2f} s  (limit {ONE_SECONDS:.0f} s)")
    print(f"one wrong workbook, 200 rows   {found:6.2f} s  (limit {ONE_SECONDS:.0f} s)")
    print(f"100 workbooks, half wrong      {everything:6.2f} s  (limit {FOLDER_SECONDS:.0f} s)")
    return int(max(right, found) >= ONE_SECONDS or everything >= FOLDER_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
