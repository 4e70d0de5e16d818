"""The network that runs in the page against torch: scores, gradients, Grad-CAM, explanations."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.web.digit.conftest import Ask, described, noise, shaken
from tinydrill.drilldown import zoo
from tinydrill.drilldown.augment import normalize
from tinydrill.drilldown.build import build
from tinydrill.drilldown.cookbook import DRILL
from tinydrill.drilldown.data import Dataset
from tinydrill.drilldown.demo import describe_net, net_of
from tinydrill.drilldown.evaluate import logits_of
from tinydrill.drilldown.idx import Bytes
from tinydrill.drilldown.layers import (
    AvgPool,
    Conv,
    Fc,
    GlobalAvg,
    MaxPool,
    Net,
    Post,
    Unshuffle,
    c1,
    c3,
    net,
    same,
)
from tinydrill.drilldown.recipe import from_mapping
from tinydrill.drilldown.record import Record

# What the zoo lacks: a larger kernel, every order of what follows, rests at edges, global means.
ODD = net(
    "odd",
    Conv(5, 5, 2, "dbr", bias=True),
    MaxPool(3),
    Conv(6, 2, 1, "rb"),
    AvgPool(3),
    Post("r"),
    Conv(7, 1, 0, "", bias=True),
    GlobalAvg(),
    Fc(11),
    Fc(10, ""),
)
# All linear and without maxima, so that a gradient's support is the whole receptive field.
_SEEN = (same(3, ""), c3(3, ""), c3(3, ""), AvgPool(2), Unshuffle(2), c3(3, ""))
SMOOTH = net("smooth", *_SEEN, AvgPool(4), c1(2, ""))


def random_model(plan: Net) -> nn.Sequential:
    torch.manual_seed(0)
    made = shaken(build(plan))
    assert isinstance(made, nn.Sequential)
    return made


def test_scores_of_every_test_image_are_torch_s(
    ask: Ask, trained: Path, kept: Record, model: nn.Module, mnist: Dataset
) -> None:
    recipe = from_mapping(kept.recipe)
    expected = logits_of(model, torch.tensor(mnist.test_images), recipe).numpy()
    given = describe_net(net_of(trained, kept), kept.data.shape, recipe, model)
    found = np.array(ask("logits", net=given, images=mnist.test_images))
    assert found.shape == (10_000, 10)
    assert np.abs(found - expected).max() < 1e-4
    assert (found.argmax(axis=1) == expected.argmax(axis=1)).all()
    assert (found.argmax(axis=1) == mnist.test_labels).mean() > 0.95


@pytest.mark.parametrize("plan", [*zoo.ZOO.values(), ODD], ids=lambda plan: plan.name)
def test_every_kind_of_layer_gives_torch_s_scores(ask: Ask, plan: Net, mnist: Dataset) -> None:
    made = random_model(plan)
    images = mnist.test_images[: 2 if plan.name == "net0" else 100]
    expected = logits_of(made, torch.tensor(images), DRILL).numpy()
    found = np.array(ask("logits", net=described(plan, made), images=images))
    assert np.ptp(expected, axis=0).max() > 0.1, "the images are told apart"
    assert np.abs(found - expected).max() < 1e-4
    assert (found.argmax(axis=1) == expected.argmax(axis=1)).all()


def insides_of(made: nn.Sequential, images: Bytes, classes: list[int]) -> list[list[Tensor]]:
    """Of each image: input and every layer's output, in double precision, with gradients."""
    exact = made.double()
    for module in exact.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
    found = []
    for image, chosen in zip(torch.tensor(images), classes, strict=True):
        x = normalize(image[None], DRILL).double().requires_grad_()
        values = [x]
        for layer in exact:
            values.append(layer(values[-1]))
            values[-1].retain_grad()
        values[-1].flatten()[chosen].backward()
        found.append(values)
    return found


@pytest.mark.parametrize("plan", [zoo.find("net8"), zoo.find("fold32"), ODD], ids=lambda p: p.name)
def test_gradients_and_grad_cam_are_torch_s(ask: Ask, plan: Net) -> None:
    images, classes = noise(10), list(range(10))
    made = random_model(plan)
    given = described(plan, made)
    answers = ask("insides", net=given, images=images, classes=classes)
    for answer, values in zip(answers, insides_of(made, images, classes), strict=True):
        assert values[0].grad is not None
        assert values[0].grad.abs().max() > 0
        for k, expected in enumerate(values[: len(plan.layers) + 1]):
            assert expected.grad is not None
            pairs = ((answer["values"][k], expected), (answer["gradients"][k], expected.grad))
            for mine, torchs in pairs:
                np.testing.assert_allclose(mine, torchs.detach().flatten(), atol=1e-5)
            if expected.dim() == 4:
                weights = expected.grad.mean(dim=(2, 3), keepdim=True)
                cam = (weights * expected.detach()).sum(dim=1).relu()
                np.testing.assert_allclose(answer["cams"][k], cam.flatten(), atol=1e-5)


@pytest.mark.parametrize("plan", [zoo.find("net5"), zoo.find("fold32"), ODD], ids=lambda p: p.name)
def test_an_explanation_adds_up_to_its_value(ask: Ask, plan: Net) -> None:
    told = ask("chain", net=described(plan, random_model(plan)), images=noise(2))
    assert told["sums"] > 500
    assert told["worst"] < 1e-9


def test_places_are_the_centres_of_what_a_value_sees(ask: Ask) -> None:
    made = random_model(SMOOTH)
    given = described(SMOOTH, made)
    x = normalize(torch.tensor(noise(1)), DRILL).requires_grad_()
    value = x
    for k, place in enumerate(ask("places", net=given)[: len(_SEEN)]):
        value = made[k](value)
        middle = value.shape[-1] // 2
        (gradient,) = torch.autograd.grad(value[0, :, middle, middle].sum(), x, retain_graph=True)
        rows = gradient[0, 0].abs().sum(dim=1).nonzero().flatten()
        centre = place["start"] + middle * place["jump"]
        assert (int(rows[0]) + int(rows[-1])) / 2 == centre
        assert int(rows[-1] - rows[0]) + 1 == given["fields"][k]


def test_too_few_weights_are_refused(ask: Ask) -> None:
    plan = zoo.find("fold32")
    given = described(plan, random_model(plan))
    with pytest.raises(AssertionError, match="weights given"):
        ask("logits", net=given | {"layers": given["layers"][:-1]}, images=noise(1))
