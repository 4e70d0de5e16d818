"""The update rules that a sheet may follow: plain descent, momentum, RMSProp, Adam.

Each rule stands here twice, as numbers and as a formula tree; a test holds the two together.
"""

import math
from collections.abc import Iterable, Mapping

from tinydrill.backprop.sheetcheck.syntax import (
    Binary,
    Call,
    Node,
    Number,
    Part,
    Symbol,
    product,
    total,
)

STATES: dict[str, tuple[str, ...]] = {
    "gd": (),
    "momentum": ("v",),
    "rmsprop": ("s",),
    "adam": ("m", "v"),
}
# Usual values (Kingma & Ba 2015; Hinton's lecture 6e), for sheets that write them out.
SETTINGS: dict[str, dict[str, float]] = {
    "gd": {},
    "momentum": {"beta": 0.9},
    "rmsprop": {"beta": 0.99, "epsilon": 1e-8},
    "adam": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
}
SETTING_NAMES = ("beta", "beta1", "beta2", "epsilon")


def optimiser_of(names: Iterable[str]) -> str:
    """Return the rule whose memory columns (`m_w1`, `v_w1`, `s_w1`) a table has."""
    letters = {name[0] for name in names if name[1:2] == "_" and name[0] in "mvs"}
    for rule, states in STATES.items():
        if letters == set(states):
            return rule
    return "gd"


def remember(
    rule: str, settings: Mapping[str, float], state: Mapping[str, float], g: float
) -> dict[str, float]:
    """Return the memory after seeing gradient g; `state` is what the row before remembered."""
    if rule == "momentum":
        return {"v": settings["beta"] * state["v"] + g}
    if rule == "rmsprop":
        return {"s": settings["beta"] * state["s"] + (1 - settings["beta"]) * g * g}
    if rule == "adam":
        b1, b2 = settings["beta1"], settings["beta2"]
        return {"m": b1 * state["m"] + (1 - b1) * g, "v": b2 * state["v"] + (1 - b2) * g * g}
    return {}


def step(
    rule: str, settings: Mapping[str, float], state: Mapping[str, float], g: float, n: float
) -> float:
    """Return what the rate multiplies in iteration n, counted from 0."""
    if rule == "momentum":
        return state["v"]
    if rule == "rmsprop":
        return g / (math.sqrt(state["s"]) + settings["epsilon"])
    if rule == "adam":
        m = state["m"] / (1 - math.pow(settings["beta1"], n + 1))
        v = state["v"] / (1 - math.pow(settings["beta2"], n + 1))
        return m / (math.sqrt(v) + settings["epsilon"])
    return g


def state_formula(rule: str, letter: str, weight: str, first: bool) -> Node:
    """Return the formula of a memory column; the first row has nothing to remember."""
    g: Node = Part("gradient", Symbol(f"dE/d{weight}"))
    beta = Symbol({"m": "beta1", "v": "beta2"}[letter] if rule == "adam" else "beta")
    if rule != "momentum":
        if letter != "m":
            g = Binary("^", g, Number(2.0))
        g = product(Binary("-", Number(1.0), beta), g)
    if first:
        return g
    return total(product(beta, Part("memory", Symbol(f"{letter}_{weight}", -1))), g)


def step_formula(rule: str, weight: str, offset: int) -> Node:
    """Return what the rate multiplies, from the row at `offset`."""
    states = {letter: Symbol(f"{letter}_{weight}", offset) for letter in STATES[rule]}
    if rule == "momentum":
        return Part("memory", states["v"])
    if rule == "rmsprop":
        root = total(Call("SQRT", (Part("memory", states["s"]),)), Symbol("epsilon"))
        return Binary("/", Part("gradient", Symbol(f"dE/d{weight}", offset)), root)
    if rule == "adam":
        count = total(Symbol("n", offset), Number(1.0))
        m, v = (
            Binary(
                "/",
                Part("memory", states[letter]),
                Binary("-", Number(1.0), Binary("^", Symbol(beta), count)),
            )
            for letter, beta in (("m", "beta1"), ("v", "beta2"))
        )
        return Binary("/", m, total(Call("SQRT", (v,)), Symbol("epsilon")))
    return Part("gradient", Symbol(f"dE/d{weight}", offset))
