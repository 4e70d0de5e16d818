"""The report as a person meets it: a real browser, every width and scheme, paper, no network."""

import os
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.drilldown.report.drilled import make_drill
from tests.drilldown.small_runs import small_run
from tinydrill.drilldown.report.document import MOST_BYTES, render, write
from tinydrill.drilldown.report.material import gather

pytestmark = pytest.mark.browser

COMMITTED = Path(__file__).parents[3] / "docs" / "stages-harder.html"
Open = Callable[..., Page]
WIDER_THAN_THE_PAGE = """[...document.querySelectorAll('body *')].filter((e) =>
  !e.closest('.wide, pre, .heard, .store') && e.getBoundingClientRect().right > innerWidth + 1
).map((e) => e.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def runs(bars_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seeds of one net and a seed of another."""
    out = tmp_path_factory.mktemp("runs")
    for net, seed in (("fold24", 0), ("fold24", 4), ("net8", 0)):
        small_run(out, bars_folder, net, seed)
    return out


@pytest.fixture(scope="module")
def pages(runs: Path, bars_folder: Path) -> dict[str, Path]:
    """A report on one net, one on both, and one on stages; or on the runs that REPORT_RUNS names.

    The committed report on stages, too.
    """
    named = os.environ.get("REPORT_RUNS")
    chosen = {"one": sorted(runs.glob("fold24*")), "both": [runs]}
    if named:
        chosen = {"one": [Path(named)], "both": [Path(named), *chosen["both"]]}
    chosen["stages"] = [make_drill(runs.parent / "drill", bars_folder)]
    for name, places in chosen.items():
        write(render(gather(places, None, print), "html"), runs.parent / f"{name}.html")
    return {name: runs.parent / f"{name}.html" for name in chosen} | {"committed": COMMITTED}


@pytest.fixture
def open_page(browser: Browser, pages: dict[str, Path]) -> Iterator[Open]:
    """Open a report; at the end, nothing was requested but the page, and nothing complained."""
    contexts: list[BrowserContext] = []
    requests: list[str] = []
    complaints: list[str] = []

    def opened(which: str = "one", width: int = 1000, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        tab = context.new_page()
        tab.on("request", lambda request: requests.append(request.url.partition(",")[0]))
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.goto(pages[which].as_uri())
        return tab

    yield opened
    for context in contexts:
        context.close()
    allowed = {page.as_uri() for page in pages.values()} | {"data:image/png;base64", "data:"}
    assert set(requests) <= allowed
    assert complaints == []


@pytest.mark.parametrize("which", ["one", "both", "stages"])
@pytest.mark.parametrize("width", [360, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_width_and_scheme(
    open_page: Open, which: str, width: int, scheme: str, tmp_path: Path
) -> None:
    tab = open_page(which, width, color_scheme=scheme)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate(WIDER_THAN_THE_PAGE) == []
    undrawn = "[...document.images].filter((i) => !i.complete || !i.naturalWidth).length"
    assert tab.evaluate("document.images.length") > 30
    assert tab.evaluate(undrawn) == 0
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(252, 252, 250)", "dark": "rgb(20, 25, 31)"}[scheme]
    named = os.environ.get("PICTURES")
    if named and which == "one":
        height = 2300 if width < 400 else 1900
        path = Path(named).resolve() / f"report-{width}-{scheme}.png"
        tab.screenshot(
            path=path, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height}
        )


def test_it_can_be_read_by_ear(open_page: Open) -> None:
    tab = open_page("both")
    levels = tab.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map((h) => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert tab.evaluate("[...document.images].filter((i) => !i.alt).length") == 0
    assert tab.evaluate("document.querySelectorAll('th:not([scope])').length") == 0
    assert tab.evaluate("document.querySelectorAll('table:not(:has(caption))').length") == 0
    unnamed = "svg:not([aria-hidden]):not([aria-label])"
    assert tab.evaluate(f"document.querySelectorAll('{unnamed}').length") == 0
    assert tab.evaluate(
        "[...document.querySelectorAll('nav a')].every((a) => document.querySelector(a.hash))"
    )
    assert tab.evaluate("document.documentElement.lang") == "en"


def test_words_stand_out_from_the_ground(open_page: Open) -> None:
    """Contrast of the colours that words have, as WCAG 2.2 reckons it: 4.5 at least."""
    reckon = """(names) => {
      const style = getComputedStyle(document.documentElement);
      const light = (name) => {
        const n = parseInt(style.getPropertyValue(name).trim().slice(1), 16);
        const [r, g, b] = [n >> 16, n >> 8 & 255, n & 255].map((v) => v / 255)
          .map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
      };
      const grounds = ['--paper', '--card'].map(light);
      return names.map((name) => Math.min(...grounds.map((ground) => {
        const [a, b] = [light(name), ground].sort((x, y) => y - x);
        return (a + .05) / (b + .05);
      })));
    }"""
    words = ["--ink", "--soft", "--good", "--bad", "--lit", "--c0"]
    for scheme in ("light", "dark"):
        tab = open_page(color_scheme=scheme)
        found = dict(zip(words, tab.evaluate(reckon, words), strict=True))
        assert min(found.values()) >= 4.5, (scheme, found)


def test_the_committed_report_on_stages_asks_for_nothing(open_page: Open) -> None:
    tab = open_page("committed")
    assert tab.evaluate("document.querySelectorAll('h3').length") > 4


@pytest.mark.parametrize("which", ["both", "stages"])
def test_on_paper_it_is_light_and_nothing_is_cut(open_page: Open, which: str) -> None:
    tab = open_page(which, color_scheme="dark")
    tab.emulate_media(media="print", color_scheme="dark")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.evaluate("getComputedStyle(document.images[0]).filter") == "none"
    whole = "figure, .gallery li, .verdict, .chart, tr"
    cut = f"""[...document.querySelectorAll('{whole}')]
      .filter((e) => getComputedStyle(e).breakInside !== 'avoid').length"""
    assert tab.evaluate(cut) == 0
    # A4 less its margins, in CSS pixels; what is taller must be cut.
    tab.set_viewport_size({"width": 703, "height": 1016})
    tall = f"""[...document.querySelectorAll('{whole}')].filter((e) => !e.closest('details'))
      .map((e) => [e.getBoundingClientRect(), e.outerHTML.slice(0, 80)])
      .filter(([box]) => box.height > 1016 || box.right > 704).map(([, html]) => html)"""
    assert tab.evaluate(tall) == []
    wide = """[...document.querySelectorAll('table')].filter((e) => !e.closest('details'))
      .filter((e) => e.getBoundingClientRect().right > 704).map((e) => e.caption.textContent)"""
    assert tab.evaluate(wide) == []
    # What is kept whole though it takes much of a page leaves as much of the page before it empty.
    whole = """[...document.querySelectorAll('.wide')].filter((e) => !e.closest('details'))
      .filter((e) => getComputedStyle(e).breakInside === 'avoid')
      .filter((e) => e.getBoundingClientRect().height > 508).map((e) => e.ariaLabel)"""
    assert tab.evaluate(whole) == []
    paper = tab.pdf(format="A4")
    pages = len(re.findall(rb"/Type\s*/Page\b", paper))
    assert 5 <= pages <= {"both": 30, "stages": 60}[which]


def test_it_is_small(pages: dict[str, Path]) -> None:
    for page in pages.values():
        assert page.stat().st_size < 3_000_000


def test_what_would_grow_too_large_is_named(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    material = gather([runs], None, print)
    whole = render(material, "html")
    size = len(whole.encode())
    assert size < MOST_BYTES
    monkeypatch.setattr("tinydrill.drilldown.report.document.MOST_BYTES", size - 1)
    small = render(material, "html")
    assert len(small) < len(whole)
    assert small.count("Left out, as the page would grow beyond 3 MB") == 1
    assert f"tinydrill report {runs / 'net8-hasty-s0'}" in small
