"""The network behind a table: its units, how they are wired, and what they calculate.

Plain data with the project's names. Several samples carry their number: `h1[2]`.
"""

from dataclasses import dataclass

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky-relu", "linear", "softmax")
LEAKY_SLOPE = 0.01


@dataclass(frozen=True)
class Unit:
    """One unit: `name` is its weighted sum (`h1`), `sources[k]` reaches it through `weights[k]`."""

    name: str
    weights: tuple[str, ...]
    sources: tuple[str, ...]
    bias: str | None = None

    @property
    def activation(self) -> str:
        """Name of what the unit passes on, `a_h1`."""
        return f"a_{self.name}"


@dataclass(frozen=True)
class Layer:
    """Units that share an activation function (one of ACTIVATIONS)."""

    units: tuple[Unit, ...]
    activation: str = "sigmoid"


@dataclass(frozen=True)
class Loss:
    """What E1… and E_total are.

    Args:
        kind: squared, binary-cross-entropy or cross-entropy.
        each: factor before each unit's error, ½ for the half squared error.
        over_all: factor before the sum of the errors, such as 1/n for a mean.
    """

    kind: str = "squared"
    each: float = 0.5
    over_all: float = 1.0


@dataclass(frozen=True)
class Net:
    """A fully connected network, with its samples (`(None,)` for a single one)."""

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    layers: tuple[Layer, ...]
    loss: Loss = Loss()
    samples: tuple[int | None, ...] = (None,)
    optimiser: str = "gd"

    @property
    def units(self) -> tuple[Unit, ...]:
        """All units, first hidden layer first."""
        return tuple(unit for layer in self.layers for unit in layer.units)

    @property
    def outputs(self) -> tuple[Unit, ...]:
        """The units of the last layer."""
        return self.layers[-1].units

    @property
    def weights(self) -> tuple[str, ...]:
        """Names of all weights."""
        return tuple(weight for unit in self.units for weight in unit.weights)

    @property
    def biases(self) -> tuple[str, ...]:
        """Names of all biases, each once."""
        return tuple(dict.fromkeys(unit.bias for unit in self.units if unit.bias))

    @property
    def errors(self) -> tuple[str, ...]:
        """Names of the outputs' errors."""
        return tuple(f"E{k}" for k in range(1, len(self.targets) + 1))

    @property
    def widths(self) -> tuple[int, ...]:
        """Inputs, then units of each layer."""
        return (len(self.inputs), *(len(layer.units) for layer in self.layers))


def of_sample(name: str, sample: int | None) -> str:
    """Return `h1[2]` for sample 2, `h1` for the only one."""
    return name if sample is None else f"{name}[{sample}]"


def sample_of(name: str) -> int | None:
    """Return 2 for `h1[2]`, None for `h1`."""
    return int(name[:-1].partition("[")[2]) if name.endswith("]") else None


def plain(name: str) -> str:
    """Return `h1` for `h1[2]`."""
    return name.partition("[")[0]
