"""The two programs these tests need from outside Python: node and Chromium."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tinydrill.backprop import page

MODULES = Path(page.__file__).parents[1] / "web" / "backprop"
_SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
AXE = "axe-core@4.14.1"


def program(*names: str) -> str:
    """Path of the first of these programs that there is.

    Where there is none the test is skipped, but never in CI: there it fails.
    """
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say(f"{names[0]} is not installed")
    return found


def in_node(script: str, given: Any = None) -> Any:
    """Run a module in node: `given` is the data it gets, `answer(x)` sends data back.

    `{modules}` in the script stands for the folder of the page's modules.
    """
    head = (
        "import { readFileSync } from 'node:fs';\n"
        "const given = JSON.parse(readFileSync(0, 'utf8'));\n"
        "const answer = (x) => process.stdout.write(JSON.stringify(x));\n"
    )
    body = script.replace("{modules}", MODULES.as_uri())
    done = subprocess.run(
        [program("node"), "--input-type=module", "--eval", head + body],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    path = program(*_CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_SWITCHES)
        yield browser
        browser.close()


def axe_source(cache: Path) -> str:
    """The text of axe-core, fetched by npm once and kept in the cache folder."""
    file = cache / "package" / "axe.min.js"
    if not file.is_file():
        npm = program("npm")
        subprocess.run(
            [npm, "pack", AXE, "--silent"], cwd=cache, check=True, capture_output=True, timeout=120
        )
        archive = next(cache.glob("axe-core-*.tgz"))
        shutil.unpack_archive(archive, cache, filter="data")
    return file.read_text(encoding="utf-8")
