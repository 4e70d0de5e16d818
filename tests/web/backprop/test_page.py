"""The page as a person meets it: in headless Chromium, opened as a file."""

import os
import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.web.backprop.outside import axe_source
from tests.web.backprop.variety import VARIETY
from tinydrill.backprop.derivation import derive
from tinydrill.backprop.forward import evaluate
from tinydrill.backprop.page import write_page
from tinydrill.backprop.problem import EXAMPLES, Layer, Problem, Sample
from tinydrill.backprop.trajectory import descend

pytestmark = pytest.mark.browser


def _rows(units: int, inputs: int) -> tuple[tuple[float, ...], ...]:
    return tuple(
        tuple(((5 * u + 3 * k) % 13 - 6) / 10 or 0.2 for k in range(inputs)) for u in range(units)
    )


FOUR_LAYERS = Problem(
    title="Four layers, five wide",
    layers=(
        Layer("tanh", _rows(5, 3)),
        Layer("sigmoid", _rows(5, 5)),
        Layer("leaky-relu", _rows(5, 5)),
        Layer("sigmoid", _rows(2, 5)),
    ),
    samples=(Sample((0.5, 0.1, 0.9), (0.1, 0.9)),),
)
LARGEST = Problem(
    title="As large as can be shown",
    layers=(Layer("tanh", _rows(40, 40)), Layer("linear", _rows(10, 40))),
    samples=tuple(Sample((k / 100,) * 40, (0.5,) * 10) for k in range(100)),
    loss="mean-squared",
    rate=0.01,
)
PROBLEMS = {**EXAMPLES, "four-layers": FOUR_LAYERS, "largest": LARGEST}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pages")
    for name, problem in PROBLEMS.items():
        write_page(problem, made / f"{name}.html")
    return made


@dataclass
class Visit:
    """Opens pages and keeps what they ask for and complain about."""

    context: BrowserContext
    folder: Path
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, problem: str = "seed", moment: str = "") -> Page:
        page = self.context.new_page()
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        address = (self.folder / f"{problem}.html").as_uri()
        page.goto(address + moment)
        self.requests.remove(address)
        return page


@pytest.fixture
def visit(browser: Browser, folder: Path) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    made = Visit(context, folder)
    yield made
    context.close()
    assert made.requests == []
    assert made.complaints == []


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def result(page: Page) -> float:
    """The last number of the formula: the step's result."""
    return number(page.locator("#formula mtr").last.locator("mn").text_content() or "")


def moment(page: Page) -> str:
    """What stands behind the # once the address has followed."""
    page.wait_for_timeout(250)
    return page.url.partition("#")[2]


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_step_shows_pythons_number(visit: Visit, name: str) -> None:
    problem = EXAMPLES[name]
    page = visit.open(name, "#iter=3")
    golden = descend(problem, problem.rate, 4)
    at, after = (dict(zip(golden.columns, row, strict=True)) for row in golden.rows[3:5])
    count = int(page.locator("#scrub").get_attribute("max") or 0) + 1
    labels = page.locator("#list button").all_inner_texts()
    assert len(labels) == count
    for label in labels:
        updated = label.endswith(" ←")
        expected = after[label.removesuffix(" ←")] if updated else at[label]
        assert result(page) == pytest.approx(expected, rel=5e-7, abs=1e-12), label
        page.keyboard.press("ArrowRight")
        page.evaluate("new Promise(requestAnimationFrame)")
    assert page.locator("#where").inner_text() == f"step 1 of {count}"  # of the next iteration
    assert page.locator("#iter").input_value() == "4"


def test_keys_step_and_the_address_follows(visit: Visit) -> None:
    page = visit.open()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "Shift+ArrowRight"):
        page.keyboard.press(key)
    assert moment(page) == "step=1&iter=1&lr=0.5"
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    assert moment(page) == "step=0&iter=2&lr=0.5"
    page.keyboard.press("ArrowLeft")
    assert moment(page) == "step=34&iter=1&lr=0.5"


def test_the_address_restores_the_moment(visit: Visit) -> None:
    there = "step=17&iter=3&lr=0.8&focus=w1&path=2&scale=linear&rates=0.1,3&w5=-0.7&i1=0.2"
    page = visit.open("seed", f"#{there}")
    changed = EXAMPLES["seed"].with_parameters({"w5": -0.7})
    changed = Problem(changed.title, changed.layers, (Sample((0.2, 0.1), (0.01, 0.99)),))
    golden = descend(changed, 0.8, 3)
    expect(page.locator("#where")).to_have_text("step 18 of 35")
    assert page.locator("#list button.current").inner_text() == "dE/dw7"
    assert result(page) == pytest.approx(golden.column("dE/dw7")[3], rel=5e-7)
    assert page.locator("input[data-name=w5]").input_value() == "-0.7"
    assert page.locator("#rates").input_value() == "0.1 3"
    assert not page.locator("#logscale").is_checked()
    assert page.locator("#ways li.lit").inner_text().startswith("w1 → h1 → a_h1 → o2")
    page.evaluate("location.hash = '#step=2&iter=0&lr=0.5'")
    expect(page.locator("#list button.current")).to_have_text("h2")
    assert page.locator("input[data-name=w5]").input_value() == "0.4"
    page.go_back()
    expect(page.locator("#list button.current")).to_have_text("dE/dw7")


def loss_now(page: Page) -> float:
    return number(page.locator("#lossnow").inner_text().rpartition(" ")[2])


def test_a_changed_weight_changes_the_loss_as_python_says(visit: Visit) -> None:
    page = visit.open("seed", "#step=10&iter=5")
    page.locator("input[data-name=w5]").fill("0.9")
    page.locator("#rate").fill("2")
    page.evaluate("new Promise(requestAnimationFrame)")
    golden = descend(EXAMPLES["seed"].with_parameters({"w5": 0.9}), 2.0, 200)
    assert result(page) == pytest.approx(golden.losses[5], rel=5e-7)
    assert loss_now(page) == pytest.approx(golden.losses[5], rel=5e-7)
    expect(page.locator("#ends li").last).to_have_text(
        f"rate 2: {golden.losses[200]:.4g} after 200"
    )
    assert "w5=0.9" in moment(page)
    page.locator("#reset").click()
    assert "w5=" not in moment(page)


def test_a_number_in_the_drawing_can_be_dragged(visit: Visit) -> None:
    page = visit.open("seed", "#step=10")
    box = page.locator("#drawing .label[data-name=w5]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] - 22)
    page.mouse.up()
    page.evaluate("new Promise(requestAnimationFrame)")
    assert page.locator("input[data-name=w5]").input_value() == "0.7"
    loss = evaluate(EXAMPLES["seed"].with_parameters({"w5": 0.7})).loss
    assert loss_now(page) == pytest.approx(loss, rel=5e-7)


def test_pointing_at_a_weight_lights_each_way_in_turn_and_then_their_sum(visit: Visit) -> None:
    page = visit.open("seed", "#step=30")
    page.locator("#drawing .label[data-name=w1]").hover()
    step = next(s for s in derive(EXAMPLES["seed"], ["w1"]).steps if s.target == "w1")
    lit = page.locator("#ways li.lit")
    for path in step.paths:
        expect(lit.locator("button")).to_have_text(" → ".join(path.nodes), timeout=4000)
        assert number(lit.locator("mn").last.text_content() or "") == pytest.approx(
            path.value, rel=5e-7
        )
        units = {n.removeprefix("a_") for n in path.nodes if n != "w1"}
        nodes = page.locator("#drawing .node.lit")
        assert {n.get_attribute("data-name") for n in nodes.all()} == units
    expect(page.locator("#all")).to_have_attribute("aria-pressed", "true", timeout=4000)
    total = page.locator("#total mn").last.text_content() or ""
    assert number(total) == pytest.approx(step.gradient, rel=5e-7)


def test_who_wants_less_motion_gets_no_turns(browser: Browser, folder: Path) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = Visit(context, folder).open()
    page.locator("#weight").select_option("w1")
    page.wait_for_timeout(2000)
    expect(page.locator("#ways li.lit")).to_contain_text("w1 → h1 → a_h1 → o1")
    context.close()


def test_the_table_lights_the_cell_and_is_copied_whole(visit: Visit) -> None:
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit.open("seed", "#step=17&iter=3&lr=0.5")
    golden = descend(EXAMPLES["seed"], 0.5, 200)
    lit = page.locator("#table td.lit")
    assert lit.get_attribute("data-column") == "dE/dw7"
    assert number(lit.inner_text()) == pytest.approx(golden.column("dE/dw7")[3], rel=5e-6)
    page.locator("#copy").click()
    expect(page.locator("#copied")).to_contain_text("Copied")
    lines = page.evaluate("navigator.clipboard.readText()").splitlines()
    rows = [line.split("\t") for line in lines]
    assert len(rows) == 202
    assert rows[0][:5] == ["iteration", "t1", "t2", "i1", "i2"]
    assert rows[0][-9:] == ["E_TOTAL", *(f"dw{k}" for k in range(1, 9))]
    place = rows[0].index("E_TOTAL")
    for row, loss in zip(rows[1:], golden.losses, strict=True):
        assert float(row[place]) == pytest.approx(loss, rel=1e-12)
    page.locator("#table td[data-column=a_h1][data-iter='5']").click()
    assert moment(page) == "step=1&iter=5&lr=0.5"


def test_the_quiz_hides_asks_and_judges(visit: Visit) -> None:
    page = visit.open("seed", "#step=15&iter=0&quiz=1")
    exact = evaluate(EXAMPLES["seed"]).gradients["w5"]
    assert page.locator("#list button.current").inner_text() == "dE/dw5"
    shown = page.locator("main").inner_text() + (page.locator("#status").text_content() or "")
    assert f"{exact:.3g}" not in shown
    page.locator("#answer").fill(f"{evaluate(EXAMPLES['seed']).gradients['o1']}")
    page.locator("#answer").press("Enter")
    expect(page.locator("#verdict")).to_have_text("The factor ∂o1/∂w5 is missing.")
    page.locator("#answer").fill(f"{exact:.3g}")
    page.locator("#answer").press("Enter")
    expect(page.locator("#verdict")).to_have_text("Right.")
    page.wait_for_timeout(250)  # the formula is filled in after the verdict
    assert result(page) == pytest.approx(exact, rel=5e-7)
    page.locator("#next").click()
    expect(page.locator("#ask")).to_be_visible()


def test_divergence_is_said(visit: Visit) -> None:
    page = visit.open("four-layers", "#iter=200&lr=1e300")
    expect(page.locator("#notice")).to_contain_text("diverges")
    expect(page.locator("#ends li").last).to_contain_text("diverges after iteration")


def test_numbers_too_large_are_said_and_taken_back(visit: Visit) -> None:
    page = visit.open("four-layers", "#i1=0")
    page.evaluate("location.hash = '#t1=1e200'")
    expect(page.locator("#endless")).to_be_visible()
    page.evaluate("location.hash = ''")
    expect(page.locator("#endless")).to_be_hidden()


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("width", [360, 1600])
def test_every_problem_fits_the_screen(
    browser: Browser, folder: Path, name: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    visit = Visit(context, folder)
    page = visit.open(name, "#step=9&focus=w1")
    page.evaluate("new Promise(requestAnimationFrame)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    drawing = page.locator("#drawing").bounding_box()
    assert drawing is not None
    assert drawing["height"] > 200
    assert page.locator("#drawing .node").count() > 5
    context.close()
    assert visit.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["seed", "xor"])
def test_axe_finds_no_serious_violation(
    browser: Browser,
    folder: Path,
    pytestconfig: pytest.Config,
    scheme: Literal["light", "dark"],
    name: str,
) -> None:
    assert pytestconfig.cache is not None
    source = axe_source(pytestconfig.cache.mkdir("axe-core"))
    # The page's own policy forbids foreign scripts, so the checker needs a way round it.
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = Visit(context, folder).open(name, "#step=20&iter=2&focus=w2&quiz=1")
    page.evaluate(source)
    found: dict[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    serious = {
        rule["id"]: [node["html"][:120] for node in rule["nodes"][:3]]
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
    }
    assert serious == {}
    assert len(found["passes"]) > 15
    context.close()


def test_everything_is_reached_by_the_tab_key(visit: Visit) -> None:
    page = visit.open("seed", "#focus=w1")
    reached = set()
    for _ in range(70):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "(document.activeElement.id || document.activeElement.dataset.name || '') + '|' +"
                "(getComputedStyle(document.activeElement).outlineStyle !== 'none' ||"
                " document.activeElement.matches('.label'))"
            )
        )
    names = {entry.partition("|")[0] for entry in reached}
    controls = {"back", "play", "next", "scrub", "iter", "rate", "quiz", "link", "weight", "copy"}
    assert {*controls, "rates", "logscale", "w1", "w8", "i1", "t2"} <= names
    assert {e for e in reached if e.endswith("|false") and e != "|false"} == set()


def test_it_can_be_printed(visit: Visit, tmp_path: Path) -> None:
    page = visit.open("seed", "#step=17&iter=3")
    page.emulate_media(media="print")
    expect(page.locator(".controls button").first).to_be_hidden()
    expect(page.locator("#formula")).to_be_visible()
    page.pdf(path=tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").stat().st_size > 10_000


@pytest.mark.alone
def test_first_paint_takes_less_than_a_fifth_of_a_second(visit: Visit) -> None:
    page = visit.open()
    times = []
    for _ in range(6):
        page.reload()
        page.wait_for_timeout(300)
        times.append(page.evaluate("performance.getEntriesByType('paint')[0].startTime"))
        visit.requests.clear()
    # The smallest, because a busy machine adds time and never takes it away.
    assert min(times) < 200, f"median {statistics.median(times):.0f} ms"


STEPPING = """async (count) => {
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  const start = performance.now();
  for (let k = 0; k < count; k += 1) {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
    await frame();
  }
  return (1000 * count) / (performance.now() - start);
}"""
WORK = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")


@pytest.mark.alone
def test_a_step_fits_into_a_frame(visit: Visit) -> None:
    """At 60 frames a second a step's script, style and layout have 16.7 ms, with painting."""
    page = visit.open("four-layers")
    page.wait_for_timeout(500)
    session = visit.context.new_cdp_session(page)
    session.send("Performance.enable")

    def worked() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(sum(m["value"] for m in metrics if m["name"] in WORK))

    costs, rates = [], []
    for _ in range(3):
        before = worked()
        rates.append(page.evaluate(STEPPING, 60))
        costs.append((worked() - before) / 60)
    assert page.locator("#where").inner_text() == "step 181 of 221"
    # The smallest, because a busy machine adds time and never takes it away.
    assert min(costs) < 0.011, [f"{cost * 1000:.1f} ms" for cost in costs]
    print(f"{max(rates):.1f} frames a second, {min(costs) * 1000:.1f} ms a step")


@pytest.mark.parametrize(
    ("file", "width", "scheme", "name", "moment_"),
    [
        ("page-seed", 1600, "light", "seed", "#step=17&iter=3&lr=0.5&focus=w1&path=1"),
        ("page-seed-dark", 1000, "dark", "seed", "#step=13&iter=0&lr=0.5"),
        ("page-seed-phone", 360, "light", "seed", "#step=15&iter=0&lr=0.5&quiz=1"),
        ("page-xor", 1600, "light", "xor", "#step=55&iter=20&lr=2&focus=w3"),
    ],
)
def test_pictures(
    browser: Browser,
    folder: Path,
    tmp_path: Path,
    file: str,
    width: int,
    scheme: Literal["light", "dark"],
    name: str,
    moment_: str,
) -> None:
    """With TINYDRILL_PICTURES=docs/pictures the documents' pictures are written anew."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = Visit(context, folder).open(name, moment_)
    page.wait_for_timeout(300)
    target = Path(os.environ.get("TINYDRILL_PICTURES", tmp_path)) / f"{file}.png"
    page.screenshot(path=target, full_page=width > 400)
    assert target.stat().st_size > 20_000
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(map(int, re.findall(r"\d+", background)))
    assert (brightness > 400) == (scheme == "light")
    context.close()


def test_a_page_can_be_mailed(folder: Path) -> None:
    assert all(file.stat().st_size <= 150_000 for file in folder.glob("*.html"))


def test_the_variety_can_be_opened(visit: Visit, tmp_path: Path) -> None:
    for index, problem in enumerate(VARIETY[::12]):
        write_page(problem, visit.folder / f"variety-{index}.html")
        page = visit.open(f"variety-{index}", "#step=30&iter=1")
        expect(page.locator("#where")).to_contain_text("step 31 of")
        page.close()
