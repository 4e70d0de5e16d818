"""The network to explain, as frozen data: what it is, what its parts are called, how it is stored.

Names, everywhere in part 1:

- ``i1 i2``: inputs; ``t1 t2``: targets.
- ``w1 w2 …``: weights, numbered layer by layer, inside a layer unit by unit, inside a unit in the
  order of its inputs. So in the 2-2-2 network w1 w2 feed h1, w3 w4 feed h2, w5 w6 feed o1.
- ``b1 b2 …``: biases, numbered through all layers: one a layer if shared, else one a unit.
- ``h1 h2 …``: weighted sums of hidden units, numbered through *all* hidden layers: a second hidden
  layer goes on where the first stopped. ``a_h1``: what the unit passes on. ``o1``, ``a_o1``: the
  same for outputs.
- ``E1 E2 …``: the error of each output; ``E_total``: their sum. With several samples every
  quantity that depends on the sample carries its number, ``h1[2]``, and ``E_total`` is the mean
  over the samples.
- ``dE/dw5``: the derivative of E_total.
"""

from tinydrill.backprop.problem.examples import EXAMPLES, find_problem
from tinydrill.backprop.problem.model import (
    ACTIVATIONS,
    LEAKY_SLOPE,
    LOSSES,
    MAX_SAMPLES,
    MAX_WEIGHTS,
    Activation,
    Bias,
    Layer,
    Loss,
    Problem,
    Sample,
)
from tinydrill.backprop.problem.names import LayerNames, Names, name_parts, of_sample
from tinydrill.backprop.problem.toml import from_toml, read_problem, to_toml

__all__ = [
    "ACTIVATIONS",
    "EXAMPLES",
    "LEAKY_SLOPE",
    "LOSSES",
    "MAX_SAMPLES",
    "MAX_WEIGHTS",
    "Activation",
    "Bias",
    "Layer",
    "LayerNames",
    "Loss",
    "Names",
    "Problem",
    "Sample",
    "find_problem",
    "from_toml",
    "name_parts",
    "of_sample",
    "read_problem",
    "to_toml",
]
