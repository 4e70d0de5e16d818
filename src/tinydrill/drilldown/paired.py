"""Two trained networks on the same images, image by image."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from tinydrill.drilldown.data import Dataset
from tinydrill.drilldown.device import to_tensors
from tinydrill.drilldown.evaluate import logits_of
from tinydrill.drilldown.recipe import from_mapping
from tinydrill.drilldown.record import Record
from tinydrill.drilldown.stats import mcnemar
from tinydrill.drilldown.weights import load_model
from tinydrill.errors import UnusableInputError


@dataclass(frozen=True, slots=True)
class Paired:
    """How often two networks are right together, alone, or not at all; p is McNemar's, exact."""

    both: int
    only_a: int
    only_b: int
    neither: int
    p: float

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
            f"On the same {total:,} test images, A alone is right on {self.only_a:,}, B alone on "
            f"{self.only_b:,}: {p}, {outcome}."
        )


def rightness(run: Path, kept: Record, dataset: Dataset) -> Tensor:
    """Which test images a run's network gets right, from its weights: bool [M].

    Raises:
        UnusableInputError: no usable weights, or images that are not those of the run.
    """
    if dataset.sha256 != kept.data.sha256:
        raise UnusableInputError(
            f"{dataset.name} ({dataset.origin}) is not the data of {run}: their SHA-256 sums differ"
        )
    images, labels = to_tensors((dataset.test_images, dataset.test_labels), torch.device("cpu"))
    logits = logits_of(load_model(run, kept), images, from_mapping(kept.recipe))
    return logits.argmax(dim=1) == labels


def pair(a: Tensor, b: Tensor) -> Paired:
    """Count two networks' rights and wrongs: bool [M] each, of the same images in one order."""
    both, neither = int((a & b).sum()), int((~a & ~b).sum())
    only_a, only_b = int((a & ~b).sum()), int((~a & b).sum())
    return Paired(both, only_a, only_b, neither, mcnemar(only_a, only_b))
