"""The truth has two witnesses: numeric backprop against central differences and the trees."""

import pytest

from tinydrill.backprop.sheetcheck.network import ACTIVATIONS, Loss, Net
from tinydrill.backprop.sheetcheck.optimisers import STATES
from tinydrill.backprop.sheetcheck.probes import Probe, draw_leaves, same
from tinydrill.backprop.sheetcheck.shapes import shapes
from tinydrill.backprop.sheetcheck.truth import evaluate
from tinydrill.backprop.sheetcheck.wanted import Convention, formula_for

NAMES = {*(f"i{k}" for k in (1, 2)), *(f"t{k}" for k in (1, 2)), *(f"h{k}" for k in (1, 2, 3))}
NAMES |= {f"w{k}" for k in range(1, 13)} | {f"b{k}" for k in range(1, 6)}


def nets() -> list[Net]:
    from dataclasses import replace

    base = next(shapes(NAMES))
    found = []
    for kind in ACTIVATIONS:
        if kind == "softmax":
            continue
        hidden = replace(base.layers[0], activation=kind)
        for output in ("sigmoid", "tanh", "linear", "softmax"):
            layers = (hidden, replace(base.layers[1], activation=output))
            losses = [Loss(), Loss("squared", 1.0, 0.5)]
            if output == "sigmoid":
                losses.append(Loss("binary-cross-entropy", 1.0))
            if output == "softmax":
                losses.append(Loss("cross-entropy", 1.0))
            found += [replace(base, layers=layers, loss=loss) for loss in losses]
    return found


@pytest.mark.parametrize("samples", [(None,), (1, 2, 3)])
def test_gradients_are_central_differences(samples: tuple[int | None, ...]) -> None:
    from dataclasses import replace

    for number, net in enumerate(nets()):
        net = replace(net, samples=samples)
        leaves = draw_leaves(net, number, 0)
        point = evaluate(net, leaves)
        for name in (*net.weights, *net.biases):
            up = evaluate(net, {**leaves, name: leaves[name] + 1e-6})["E_total"]
            down = evaluate(net, {**leaves, name: leaves[name] - 1e-6})["E_total"]
            assert point[f"dE/d{name}"] == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("everything", [True, False])
def test_formula_trees_have_the_true_numbers(sign: int, scaled: bool, everything: bool) -> None:
    convention = Convention(sign, scaled)
    for net in nets() if everything else nets()[:1]:  # written out in full, formulas grow large
        probe = Probe(net, 3, frozenset(), None, convention, lambda _: None)
        for name, value in probe.point(0).items():
            if name in ("lr", "n", "beta", "beta1", "beta2", "epsilon") or name[0] in "it":
                continue
            if net.layers[-1].activation == "softmax" and name.startswith("dE/da_o"):
                continue  # only the sum's slope is needed, and only it holds for t adding up to 1
            tree = formula_for(net, name, convention, lambda _: everything)
            assert same(probe.value(tree), value), (net, name)


@pytest.mark.parametrize("rule", STATES)
def test_update_trees_have_the_true_numbers(rule: str) -> None:
    from dataclasses import replace

    net = replace(next(shapes(NAMES)), optimiser=rule)
    probe = Probe(net, 5, frozenset(), None, Convention(), lambda _: None)
    states = [f"{letter}_w1" for letter in STATES[rule]]
    for name in ("w1", "w12", "b5", *states):
        tree = formula_for(net, name, Convention(), lambda _: True)
        assert same(probe.value(tree), probe.point(0)[name]), name
