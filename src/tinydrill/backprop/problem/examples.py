"""The built-in problems, and how a word on the command line becomes a Problem."""

import os
from pathlib import Path

from tinydrill.backprop.problem.model import Layer, Problem, Sample
from tinydrill.backprop.problem.toml import read_problem
from tinydrill.errors import UnusableInputError

_HIDDEN = ((0.15, 0.20), (0.25, 0.30))
_OUTPUT = ((0.40, 0.45), (0.50, 0.55))
_SAMPLE = Sample(inputs=(0.05, 0.10), targets=(0.01, 0.99))

EXAMPLES: dict[str, Problem] = {
    "seed": Problem(
        title="The 2-2-2 network, no biases",
        layers=(Layer("sigmoid", _HIDDEN), Layer("sigmoid", _OUTPUT)),
        samples=(_SAMPLE,),
    ),
    # Matt Mazur, "A Step by Step Backpropagation Example" (2015): biases that are never updated.
    "mazur": Problem(
        title="Mazur's 2-2-2 network, one shared bias a layer",
        layers=(Layer("sigmoid", _HIDDEN, (0.35,)), Layer("sigmoid", _OUTPUT, (0.60,))),
        samples=(_SAMPLE,),
        bias="shared",
        train_biases=False,
    ),
    # A start from which plain descent does solve it: with two hidden units many do not.
    "xor": Problem(
        title="XOR: two inputs, two hidden units, four samples",
        layers=(
            Layer("tanh", ((1.0, -0.8), (-0.7, 1.1)), (0.1, -0.1)),
            Layer("sigmoid", ((0.9, 0.8),), (-0.2,)),
        ),
        samples=tuple(
            Sample((float(a), float(b)), (float(a != b),)) for a in (0, 1) for b in (0, 1)
        ),
        loss="cross-entropy",
        bias="unit",
    ),
    "softmax-3": Problem(
        title="Three classes: softmax and cross-entropy",
        layers=(
            Layer("relu", ((0.3, -0.2), (-0.4, 0.5), (0.6, 0.1)), (0.05, 0.05, -0.05)),
            Layer(
                "softmax", ((0.2, -0.3, 0.4), (-0.5, 0.6, 0.1), (0.3, 0.2, -0.4)), (0.0, 0.1, -0.1)
            ),
        ),
        samples=(Sample((1.0, 0.5), (0.0, 1.0, 0.0)),),
        loss="cross-entropy",
        bias="unit",
    ),
}


def find_problem(name: str) -> Problem:
    """The built-in problem of that name, else the problem in the TOML file of that path.

    Raises:
        UnusableInputError: if there is neither, or the file is unusable.
    """
    if name in EXAMPLES:
        return EXAMPLES[name]
    path = Path(name)
    # os.path's question is answered for every word, also for one too long to be a file's name.
    if path.suffix.lower() != ".toml" and not os.path.isfile(path):  # noqa: PTH113
        raise UnusableInputError(
            f"no problem is called {name!r}: give one of {', '.join(EXAMPLES)}, or a .toml file"
        )
    return read_problem(path)
