"""Numbers in the report are those that plain torch gives for the weights."""

import re
from html import unescape

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from tests.drilldown.report.reading import beginning, tables
from tinydrill.drilldown.build import build
from tinydrill.drilldown.inspect import Inspected
from tinydrill.drilldown.report.document import render
from tinydrill.drilldown.report.material import Material
from tinydrill.drilldown.zoo import ZOO


@pytest.fixture(scope="module")
def text(material: Material) -> str:
    return render(material, "markdown")


@pytest.fixture(scope="module")
def page(material: Material) -> str:
    return render(material, "html")


def recomputed(run: Inspected) -> tuple[Tensor, Tensor]:
    """Probabilities and labels, by nothing but torch, NumPy and the files."""
    model = build(ZOO["fold24"]).eval()
    model.load_state_dict(load_file(run.run / "weights.safetensors"))
    pixels = run.dataset.test_images.astype(np.float32)[:, None] / 255
    with torch.no_grad():
        logits = model((torch.tensor(pixels) - 0.1307) / 0.3081)
    return logits.double().softmax(1), torch.tensor(run.dataset.test_labels.astype(np.int64))


def test_the_errors_of_each_run(text: str, material: Material) -> None:
    rows = beginning(tables(text), "Every run.")
    assert [row["seed"] for row in rows] == ["1", "4"]
    for row, run in zip(rows, material.runs, strict=True):
        probabilities, labels = recomputed(run)
        wrong = int((probabilities.argmax(1) != labels).sum())
        assert 0 < wrong < 200
        assert row["errors"] == str(wrong)
        assert row["accuracy %"] == f"{100 * (200 - wrong) / 200:.2f}"
        loss = -probabilities[torch.arange(200), labels].log().mean()
        assert float(row["loss"]) == pytest.approx(float(loss), abs=6e-5)


def test_the_confusion_is_the_sum_of_both(text: str, material: Material) -> None:
    expected = np.zeros((10, 10), int)
    for run in material.runs:
        probabilities, labels = recomputed(run)
        np.add.at(expected, (labels.numpy(), probabilities.argmax(1).numpy()), 1)
    errors = expected.sum() - np.trace(expected)
    rows = beginning(tables(text), f"{errors} errors, 2 runs added up")
    assert [[int(row[str(label)]) for label in range(10)] for row in rows] == expected.tolist()
    assert sum(int(row["errors"]) for row in rows) == errors


def test_every_mistake_worst_first(text: str, material: Material) -> None:
    both = [recomputed(run) for run in material.runs]
    labels = both[0][1]
    losses = sum(-p[torch.arange(200), labels].log() for p, _ in both) / 2
    assert isinstance(losses, Tensor)
    wrong = [{int(i) for i in (p.argmax(1) != labels).nonzero().flatten()} for p, _ in both]
    expected = sorted(wrong[0] | wrong[1], key=lambda index: -float(losses[index]))
    rows = beginning(tables(text), "Test images that are read wrongly")
    assert [int(row["test image"]) for row in rows] == expected
    for row, index in zip(rows, expected, strict=True):
        assert row["class"] == str(int(labels[index]))
        assert float(row["loss"]) == pytest.approx(float(losses[index]), abs=6e-4)
        told = [
            f"{seed}: {int(p[index].argmax())}"
            for seed, (p, _), by in zip((1, 4), both, wrong, strict=True)
            if index in by
        ]
        assert row["seed: taken for"] == ", ".join(told)
        same = len(told) == 2 and told[0][3:] == told[1][3:]
        assert row["seeds that agree"] == ("2 of 2" if same else "1 of 2")


def test_the_gallery_shows_them_and_marks_those_on_which_seeds_agree(page: str, text: str) -> None:
    rows = beginning(tables(text), "Test images that are read wrongly")
    gallery = page.split('<ol class="gallery">')[1].split("</ol>")[0]
    cards = re.findall(
        r'<li( class="\w+")?><img [^>]*alt="test image (\d+): a (\d), taken for (\d)"', gallery
    )
    assert [card[1:] for card in cards] == [
        (row["test image"], row["class"], row["taken for"]) for row in rows
    ]
    marked = [row["seeds that agree"] == "2 of 2" for row in rows]
    assert [bool(card[0]) for card in cards] == marked
    assert True in marked
    assert False in marked


def test_the_calibration(text: str, material: Material) -> None:
    rows = beginning(tables(text), "ECE over 15 bins")
    for row, run in zip(rows, material.runs, strict=True):
        probabilities, labels = recomputed(run)
        sure, predicted = probabilities.max(1)
        right = (predicted == labels).double()
        ece = sum(
            float((right[held] - sure[held]).sum().abs()) / 200
            for m in range(15)
            if (held := (sure > m / 15) & (sure <= (m + 1) / 15)).any()
        )
        assert float(row["ECE"]) == pytest.approx(100 * ece, abs=6e-3)
        assert float(row["mean confidence %"]) == pytest.approx(100 * float(sure.mean()), abs=6e-3)


def test_the_network_s_sizes(text: str, material: Material) -> None:
    model = build(ZOO["fold24"])
    count = sum(parameter.numel() for parameter in model.parameters())
    rows = beginning(tables(text), f"fold24: {count:,} parameters")
    assert sum(int(row["parameters"].replace(",", "")) for row in rows) == count
    shapes, x = [], torch.zeros(1, 1, 28, 28)
    model.eval()
    for part in model:
        x = part(x)
        shapes.append("×".join(map(str, (*x.shape[1:], 1, 1)[:3])))
    assert [row["output"] for row in rows] == shapes


def test_the_curves_are_the_means_of_the_records(text: str, material: Material) -> None:
    rows = beginning(tables(text), "Means over the runs")
    for place, row in enumerate(rows):
        epochs = [run.record.epochs[place] for run in material.runs]
        assert row["runs"] == "2"
        assert row["test loss"] == f"{sum(e.watch.loss for e in epochs) / 2:.4f}"
        assert row["training errors %"] == f"{100 * sum(e.train.errors for e in epochs) / 2000:.2f}"
    assert len(rows) == 2


def test_the_page_and_the_markdown_have_the_same_tables(page: str, text: str) -> None:
    def cells(html: str) -> list[str]:
        found = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", html, re.DOTALL)
        return [unescape(re.sub(r"<[^>]+>", " ", cell)).strip() for cell in found]

    there = cells(page)
    for caption, rows in tables(text).items():
        if any(drawn in caption for drawn in ("2 runs added up. Rows", "MACs", "keep to the")):
            continue  # pictures in the page: compared above and below
        for row in rows:
            assert all(value.replace("&lt;", "<") in there for value in row.values()), caption
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        assert f">{heading}</h" in page


def test_the_verdict_is_the_budget_s(page: str, material: Material) -> None:
    panel = page.split('<div class="verdict">')[1].split("</div>")[0]
    lowest = min(run.score.accuracy for run in material.runs)
    count = sum(parameter.numel() for parameter in build(ZOO["fold24"]).parameters())
    words = re.sub(r"<[^>]+>", " ", panel)
    assert " ".join(words.split()) == (
        f"FAIL 0 of 2 runs keep to the budget {lowest:.2f} % lowest test accuracy of 2 seeds "
        f"&lt; 99.40 % {count:,} parameters &lt; 20,000 2 epochs ≤ 20"
    )
    assert panel.count('class="broken"') == 1


def test_the_same_runs_give_the_same_report(page: str, material: Material) -> None:
    assert render(material, "html") == page


def test_of_too_many_mistakes_it_says_what_is_left_out(
    material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    (group,) = material.groups
    count = len(group.missed)
    monkeypatch.setattr("tinydrill.drilldown.report.outcome.SHOWN", 3)
    text = render(material, "html")
    assert text.split('<ol class="gallery">')[1].split("</ol>")[0].count("<li") == 3
    assert f"Pictures of the worst 3 of {count}; the table lists them all." in text
    monkeypatch.setattr("tinydrill.drilldown.report.outcome.LISTED", 5)
    text = render(material, "markdown")
    assert len(beginning(tables(text), "Test images that are read wrongly")) == 5
    assert f"Pictures of the worst 3 of {count}, and the worst 5 in the table" in text
