"""Two trained networks on the same images, image by image."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from tinydrill.drilldown.data import Dataset, split
from tinydrill.drilldown.device import to_tensors
from tinydrill.drilldown.evaluate import logits_of
from tinydrill.drilldown.recipe import from_mapping
from tinydrill.drilldown.record import COMPARED, Record
from tinydrill.drilldown.stats import mcnemar
from tinydrill.drilldown.weights import load_model
from tinydrill.errors import UnusableInputError


@dataclass(frozen=True, slots=True)
class Paired:
    """How often two networks are right together, alone, or not at all.

    Attributes:
        p: McNemar's, exact.
        which: the images: `test`, or `held-out`.
    """

    both: int
    only_a: int
    only_b: int
    neither: int
    p: float
    which: str = "test"

    def distinguishable(self, confidence: float) -> bool:
        """Whether the images tell the two networks apart."""
        return self.p < 1 - confidence

    def sentence(self, confidence: float) -> str:
        """What the numbers mean."""
        total = self.both + self.only_a + self.only_b + self.neither
        p = f"p = {self.p:.2f}" if self.p >= 0.005 else f"p = {self.p:.1g}"
        if self.distinguishable(confidence):
            outcome = (
                f"{'A' if self.only_a > self.only_b else 'B'} is the better network of the two"
            )
        else:
            outcome = "not distinguishable"
        return (
            f"On the same {total:,} {self.which} images, A alone is right on {self.only_a:,}, B "
            f"alone on {self.only_b:,}: {p}, {outcome}."
        )


def rightness(run: Path, kept: Record, dataset: Dataset) -> Tensor:
    """Which of the images that a run is compared by its network gets right: bool [M].

    From its weights, on the test images or, where the rule has any, on the held-out ones.

    Raises:
        UnusableInputError: no usable weights, or images that are not those of the run.
    """
    if dataset.sha256 != kept.data.sha256:
        raise UnusableInputError(
            f"{dataset.name} ({dataset.origin}) is not the data of {run}: their SHA-256 sums differ"
        )
    read = (dataset.test_images, dataset.test_labels)
    if COMPARED[kept.data.rule] == "held-out":
        read = split(dataset, kept.data.rule).watch
    images, labels = to_tensors(read, torch.device("cpu"))
    logits = logits_of(load_model(run, kept), images, from_mapping(kept.recipe))
    return logits.argmax(dim=1) == labels


def pair(a: Tensor, b: Tensor, which: str = "test") -> Paired:
    """Count two networks' rights and wrongs: bool [M] each, of the same images in one order.

    `which` images they are is for the sentence.
    """
    both, neither = int((a & b).sum()), int((~a & ~b).sum())
    only_a, only_b = int((a & ~b).sum()), int((~a & b).sum())
    return Paired(both, only_a, only_b, neither, mcnemar(only_a, only_b), which)
