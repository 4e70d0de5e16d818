"""One browser for all pages: Playwright bears no second one in a process."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.web.backprop.outside import chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found
