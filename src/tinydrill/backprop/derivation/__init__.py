"""The chain rule for every weight: paths, factors, products, sums, and the numbers in them.

`derive` returns data; the modules named after a format turn that data into text.
"""

from tinydrill.backprop.derivation.derive import derive
from tinydrill.backprop.derivation.structure import Derivation, Factor, Path, Shortcut, Step
from tinydrill.backprop.derivation.symbols import evaluate_expression

__all__ = ["Derivation", "Factor", "Path", "Shortcut", "Step", "derive", "evaluate_expression"]
