"""Plain gradient descent, momentum, RMSProp and Adam, each as one update of one weight.

An update is data twice over: a function on floats here, and the same formula in the workbook.
"""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from tinydrill.errors import UnusableInputError

OptimiserName = Literal["gd", "momentum", "rmsprop", "adam"]
OPTIMISERS: tuple[OptimiserName, ...] = get_args(OptimiserName)

_STATE: dict[OptimiserName, tuple[str, ...]] = {
    "gd": (),
    "momentum": ("v",),
    "rmsprop": ("s",),
    "adam": ("m", "v"),
}
_SETTINGS: dict[OptimiserName, dict[str, float]] = {
    "gd": {},
    "momentum": {"beta": 0.9},  # Polyak 1964; 0.9 is the seed's momentum for MNIST
    "rmsprop": {"beta": 0.99, "epsilon": 1e-8},  # Hinton's lecture 6e; torch's default values
    "adam": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},  # Kingma & Ba 2015
}


@dataclass(frozen=True)
class Optimiser:
    """A rule that turns a gradient into the next weight, with its usual settings.

    With gradient g in iteration n = 0, 1, …, every state starting at 0:

    - gd: w ← w − rate·g
    - momentum: v ← beta·v + g; w ← w − rate·v
    - rmsprop: s ← beta·s + (1 − beta)·g²; w ← w − rate·g/(√s + epsilon)
    - adam: m ← beta1·m + (1 − beta1)·g; v ← beta2·v + (1 − beta2)·g²;
      w ← w − rate·m̂/(√v̂ + epsilon), m̂ = m/(1 − beta1ⁿ⁺¹), v̂ = v/(1 − beta2ⁿ⁺¹)

    Raises:
        UnusableInputError: if there is no rule of that name.
    """

    name: OptimiserName = "gd"

    def __post_init__(self) -> None:
        if self.name not in OPTIMISERS:
            raise UnusableInputError(
                f"optimiser is {self.name!r}, it must be one of {', '.join(OPTIMISERS)}"
            )

    @property
    def state_names(self) -> tuple[str, ...]:
        """Letters of the numbers it remembers for each weight: ("m", "v") for Adam."""
        return _STATE[self.name]

    @property
    def settings(self) -> dict[str, float]:
        """Its constants by name."""
        return _SETTINGS[self.name]

    def remember(self, state: tuple[float, ...], g: float) -> tuple[float, ...]:
        """The state after seeing gradient g."""
        s = self.settings
        if self.name == "momentum":
            return (s["beta"] * state[0] + g,)
        if self.name == "rmsprop":
            return (s["beta"] * state[0] + (1 - s["beta"]) * g * g,)
        if self.name == "adam":
            return (
                s["beta1"] * state[0] + (1 - s["beta1"]) * g,
                s["beta2"] * state[1] + (1 - s["beta2"]) * g * g,
            )
        return ()

    def step(self, w: float, g: float, state: tuple[float, ...], n: int, rate: float) -> float:
        """The weight after iteration n (from 0), from the state that `remember` returned."""
        s = self.settings
        if self.name == "momentum":
            return w - rate * state[0]
        if self.name == "rmsprop":
            return w - rate * g / (math.sqrt(state[0]) + s["epsilon"])
        if self.name == "adam":
            m = state[0] / (1 - s["beta1"] ** (n + 1))
            v = state[1] / (1 - s["beta2"] ** (n + 1))
            return w - rate * m / (math.sqrt(v) + s["epsilon"])
        return w - rate * g
