"""Inside the network of the lowest seed: kernels, feature maps, and where Grad-CAM looks."""

from html import escape

import numpy as np
from numpy.typing import NDArray

from tinydrill.drilldown.gradcam import Cam
from tinydrill.drilldown.inspect import Inspected
from tinydrill.drilldown.report.blocks import Block, Picture, Section, Text, number, table, tag
from tinydrill.drilldown.report.material import Group
from tinydrill.drilldown.report.pictures import SIGNED, WARM, digit, img, mosaic, tiled, warm
from tinydrill.errors import UnusableInputError

_MOST = 64  # maps, or kernels along either edge, that are drawn of a layer
_COLUMNS = 8
_FINER = 4
Tiles = NDArray[np.float32]


def _kernels(run: Inspected) -> list[Block]:
    rows, figures = [], []
    for name, values in run.kernels.items():
        kernels: Tiles = values.numpy()
        outputs, inputs, height, width = kernels.shape
        scale = tiled([kernels])
        rows.append(
            (
                name,
                f"{inputs} × {outputs}",
                f"{height}×{width}",
                number(float(kernels.min())),
                number(float(kernels.max())),
                number(float(kernels.std())),
            )
        )
        drawn = kernels[:_MOST, :_MOST].transpose(1, 0, 2, 3)
        flat = drawn.reshape(-1, height, width)
        alt = f"kernels of layer {name}: a row for each input map, a column for each output map"
        picture = img(mosaic(flat, drawn.shape[1], scale), alt, SIGNED, "kernels")
        cut = f", the first {_MOST} of each" if max(outputs, inputs) > _MOST else ""
        caption = (
            f"<b>{escape(name)}</b> {inputs} inputs (rows) × {outputs} outputs (columns){cut}; "
            f"full colour: ±{number(scale)}"
        )
        style = f"--wide:{drawn.shape[1] * (width + 1)}"
        figures.append(tag("figure", picture + tag("figcaption", caption), style=style))
    head = ("layer", "inputs × outputs", "size", "least", "largest", "sd")
    return [
        Picture(tag("div", "".join(figures), class_="kernel-row")),
        table("The kernels in numbers", head, rows, folded=True),
    ]


def chosen(run: Inspected) -> list[tuple[int, str]]:
    """Test images to look at: the worst mistake between two that are read rightly."""
    right = run.rightly_read
    if not run.mistakes:
        return [(index, f"a {label}") for label, index in list(right.items())[:3]]
    worst = run.mistakes[0]
    picked = [(worst.index, f"a {worst.label}, taken for {worst.predicted}")]
    if worst.label in right:
        picked.insert(0, (right[worst.label], f"a {worst.label}, read rightly"))
    if worst.predicted in right:
        picked.append((right[worst.predicted], f"a {worst.predicted}, read rightly"))
    return picked


def _maps(run: Inspected) -> list[Block]:
    images = chosen(run)
    found = [run.feature_maps(index) for index, _ in images]
    columns = "".join(
        tag(
            "th",
            digit(run.dataset.test_images[index], f"test image {index}: {what}")
            + tag("span", f"#{index}: {escape(what)}"),
            scope="col",
        )
        for index, what in images
    )
    lines = []
    for name in found[0]:
        tiles = [part[name].numpy()[:_MOST] for part in found]
        scale = tiled(tiles)
        count, height, width = found[0][name].shape
        cells = "".join(
            tag(
                "td",
                img(
                    mosaic(part, min(_COLUMNS, len(part)), scale),
                    f"maps of layer {name} for test image {index}",
                    SIGNED,
                    "maps",
                ),
            )
            for part, (index, _) in zip(tiles, images, strict=True)
        )
        cut = f", the first {_MOST}" if count > _MOST else ""
        words = (
            f"<span>{escape(name)}</span><small>{count} maps of {height}×{width}{cut}; full "
            f"colour: ±{number(scale)}</small>"
        )
        lines.append(tag("tr", tag("th", words, scope="row") + cells))
    head = tag("tr", tag("th", "layer", scope="col") + columns)
    caption = tag(
        "caption", "What each layer gives: blue above zero, orange below, nothing at zero"
    )
    html = tag(
        "table", caption + tag("thead", head) + tag("tbody", "".join(lines)), class_="inside"
    )
    told = ", ".join(f"#{index} ({what})" for index, what in images)
    return [Text(f"Test images looked at: {told}."), Picture(html)]


def inside(group: Group) -> Section:
    """Kernels and feature maps of the run of the lowest seed."""
    run = group.first
    parts = []
    if run.kernels:
        parts.append(Section("Kernels", tuple(_kernels(run))))
    if run.feature_maps(0):
        parts.append(Section("Feature maps", tuple(_maps(run))))
    words = f"Shown is seed {run.record.seed}, the lowest, so that nothing is picked."
    if not parts:
        words = f"{run.record.net.name} has no convolutions and no maps to show."
    return Section("Inside", (Text(words),), tuple(parts))


def _cam_card(run: Inspected, label: int, index: int, cam: Cam) -> str:
    image = run.dataset.test_images[index]
    heat = cam.over(image.shape[0], image.shape[1], _FINER)
    alt = f"test image {index}, a {label}: {cam.note}"
    mark = "" if cam.method == "Grad-CAM" else f"<span>{escape(cam.method)}</span>"
    return tag(
        "li",
        img(warm(image, heat, _FINER), alt, WARM, "smooth")
        + f"<b>{label}</b>{mark}<small>#{index}</small>",
        class_="some" if mark else None,
    )


def grad_cams(group: Group) -> Section:
    """Grad-CAM of each class, on the first test image of it that is read rightly."""
    run = group.first
    try:
        cams = [
            (label, index, run.grad_cam(index, label)) for label, index in run.rightly_read.items()
        ]
    except UnusableInputError as error:
        return Section("Grad-CAM", (Text(f"Not shown: {error}."),))
    if not cams:
        return Section("Grad-CAM", (Text("Not shown: no test image is read rightly."),))
    layer = cams[0][2].layer
    words = (
        f"Which places of the last convolution ({layer}) raise the score of the true class, on the "
        f"first test image of each class that seed {run.record.seed} reads rightly (Selvaraju et "
        "al. 2017, arXiv:1610.02391)."
    )
    other = [label for label, _, cam in cams if cam.method == "HiResCAM"]
    silent = [label for label, _, cam in cams if cam.method == "nothing"]
    blocks: list[Block] = [Text(words)]
    if other:
        blocks.append(
            Text(
                "Grad-CAM asks of each map how much the score would grow if the map grew, on "
                f"average over its places, and adds up the maps by that. For {_listed(other)} "
                "nothing above zero is left: places that raise the score and places that lower it "
                "cancel in the average, as happens in small nets whose last layer weighs each "
                "place by itself. Shown there, and marked, is HiResCAM (Draelos & Carin 2020, "
                "arXiv:2011.08891), which asks each place by itself.",
                strong=True,
            )
        )
    unread = [label for label in range(run.record.data.classes) if label not in run.rightly_read]
    if unread:
        blocks.append(
            Text(
                f"Not shown, as no test image of it is read rightly: {_listed(unread)}.",
                strong=True,
            )
        )
    if silent:
        blocks.append(Text(f"For {_listed(silent)} no place raises the score.", strong=True))
    cards = "".join(_cam_card(run, label, index, cam) for label, index, cam in cams)
    rows = [(str(label), f"#{index}", cam.method, *_peak(cam)) for label, index, cam in cams]
    head = ("class", "test image", "method", "strongest place (row, column)", "its value")
    blocks.append(Picture(tag("ol", cards, class_="gallery cams")))
    blocks.append(table("Where it is strongest", head, rows, (0, 1, 2), folded=True))
    return Section("Grad-CAM", tuple(blocks))


def _listed(labels: list[int]) -> str:
    texts = [str(label) for label in labels]
    return " and ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else texts[0]


def _peak(cam: Cam) -> tuple[str, str]:
    """Where on the image the map is largest, in pixels counted from 0, and how large."""
    if cam.method == "nothing":
        return "–", "0"
    row, column = np.unravel_index(int(cam.values.argmax()), cam.values.shape)
    (top, down), (left, across) = cam.places
    return (
        f"{top + down * int(row):.1f}, {left + across * int(column):.1f}",
        number(float(cam.values.max())),
    )
