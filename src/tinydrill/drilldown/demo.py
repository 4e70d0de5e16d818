"""A trained network as one HTML file into which digits are drawn.

Owns what the page is given (the net as data, its weights, some test images) and how the page's
modules in `web/digit` become one file. What happens in the page is theirs.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from html import escape
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tinydrill.drilldown.evaluate import logits_of, score
from tinydrill.drilldown.idx import Bytes
from tinydrill.drilldown.layers import Net, net_from_mapping
from tinydrill.drilldown.mistakes import find_mistakes
from tinydrill.drilldown.recipe import Recipe, from_mapping
from tinydrill.drilldown.record import Record, write_atomically
from tinydrill.drilldown.trace import Shape, trace
from tinydrill.errors import UnusableInputError

WRONG_SHOWN = 48  # the worst mistakes that travel with the page; 784 bytes each
_IMPORT = re.compile(r'^import \{ ([^}]*) \} from "\./(\w+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:function|const) (\w+))", re.MULTILINE)


def _base64(values: bytes) -> str:
    return b64encode(values).decode("ascii")


def pack_weights(model: nn.Module) -> bytes:
    """Everything a built net has learned, as little-endian float32, in the order of its layers.

    That order is the state dict's: a convolution's or Fc's kernel and bias, and BatchNorm's
    weight, bias, running mean and running variance, each where the layer's `post` has it.
    """
    return b"".join(
        values.detach().contiguous().numpy().astype("<f4").tobytes()
        for name, values in model.state_dict().items()
        if not name.endswith("num_batches_tracked")
    )


def net_of(run: Path, kept: Record) -> Net:
    """The net of a finished run as data.

    Raises:
        UnusableInputError: the network is a class of the user's, or the run has not finished.
    """
    if kept.net.net is None:
        raise UnusableInputError(
            f"{run} can't be shown: {kept.net.name} is a class of your own ({kept.net.source}), "
            "and the page can run only nets written as data, like those that `tinydrill zoo` lists"
        )
    if kept.status != "finished":
        raise UnusableInputError(
            f"{run} can't be shown: the run is {kept.status}, and the page needs the weights of a "
            "finished one"
        )
    return net_from_mapping(kept.net.net)


def describe_net(net: Net, shape: Shape, recipe: Recipe, model: nn.Module) -> dict[str, Any]:
    """What the page's `build` needs: layers, shape, mean, sd and weights, and words for them."""
    rows = trace(net, shape).rows
    return {
        "name": net.name,
        "shape": shape,
        "mean": recipe.mean,
        "sd": recipe.sd,
        "layers": net.as_mapping()["layers"],
        "labels": [" ".join(row.label.split()) for row in rows],
        "fields": [row.receptive_field for row in rows],
        "weights": _base64(pack_weights(model)),
    }


def _samples(logits: Tensor, images: Bytes, labels: Tensor) -> dict[str, Any]:
    """Test images for the page: the first of each class that is right, then the worst mistakes."""
    predicted = logits.argmax(dim=1)
    right: dict[int, int] = {}
    for index in (predicted == labels).nonzero().flatten().tolist():
        right.setdefault(int(labels[index]), index)
    mistakes = find_mistakes(logits, labels)
    chosen = [*sorted(right.values()), *(m.index for m in mistakes[:WRONG_SHOWN])]
    return {
        "wrong": len(mistakes),
        "of": len(labels),
        "index": chosen,
        "label": [int(labels[index]) for index in chosen],
        "taken": [int(predicted[index]) for index in chosen],
        "images": _base64(np.ascontiguousarray(images[chosen]).tobytes()),
    }


def _facts(kept: Record, logits: Tensor, truth: Tensor) -> str:
    found = score(logits, truth)
    return (
        f"Your own network: {kept.net.parameters:,} parameters, trained for "
        f"{kept.epochs_counted:g} epochs on {kept.data.name} (recipe {kept.recipe_name}, seed "
        f"{kept.seed}), reads {found.accuracy:.2f} % of {found.images:,} test images rightly. It "
        "runs in this page: nothing is loaded, nothing is sent."
    )


def describe_run(
    kept: Record, net: Net, model: nn.Module, images: Bytes, labels: Bytes
) -> dict[str, Any]:
    """Everything the page is given, ready for JSON.

    Args:
        kept: the record of a finished run.
        net: its net, as `net_of` gives it.
        model: its network in evaluation mode, on the CPU.
        images: uint8 [N, H, W], test images.
        labels: uint8 [N].
    """
    recipe = from_mapping(kept.recipe)
    truth = torch.tensor(labels, dtype=torch.int64)
    logits = logits_of(model, torch.tensor(images), recipe)
    return {
        "net": describe_net(net, kept.data.shape, recipe, model),
        "samples": _samples(logits, images, truth),
        "facts": _facts(kept, logits, truth),
    }


def _modules(folder: Traversable, name: str, seen: list[str]) -> Iterator[str]:
    """A module after those it imports: a function that returns its exports, if it has any."""
    seen.append(name)
    text = (folder / f"{name}.js").read_text(encoding="utf-8")
    for _, imported in _IMPORT.findall(text):
        if imported not in seen:
            yield from _modules(folder, imported, seen)
    exports = ", ".join(_EXPORT.findall(text))
    body = _EXPORT.sub("", _IMPORT.sub(r"const { \1 } = \2_;\n", text))
    if re.search(r"^(import|export)\b", body, re.MULTILINE):
        raise ValueError(f"{name}.js imports or exports in a way that the page can't inline")
    wrapped = f"const {name}_ = (() => {{\n{body}return {{ {exports} }};\n}})();\n"
    yield wrapped if exports else body


def to_html(given: dict[str, Any]) -> str:
    """One self-contained page: style, data and modules in one file, nothing to load."""
    folder = resources.files("tinydrill").joinpath("web", "digit")
    data = json.dumps(given, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
    parts = {
        "title": escape(f"Draw a digit into {given['net']['name']}"),
        "facts": escape(given["facts"]),
        "style": (folder / "style.css").read_text(encoding="utf-8"),
        "data": data,
        "script": "".join(_modules(folder, "main", [])),
    }
    template = (folder / "index.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda slot: parts[slot[1]], template)


def write_page(given: dict[str, Any], path: Path) -> int:
    """Write the page whole or not at all; returns its size in bytes.

    Raises:
        UnusableInputError: the file can't be written.
    """
    content = to_html(given).encode()
    try:
        write_atomically(path, content)
    except OSError as error:
        raise UnusableInputError(f"{path} can't be written: {error.strerror}") from None
    return len(content)
