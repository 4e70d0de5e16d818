"""Whether a network is as often right as it is sure: reliability bins and their mean distance.

Guo et al. 2017, arXiv:1706.04599. A bin of confidences (m − 1)/M < p ≤ m/M holds the images whose
most probable class has such a probability; ECE is the mean of |accuracy − confidence| over the
bins, each weighed by its images.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

BINS = 15  # as in the paper


@dataclass(frozen=True, slots=True)
class Bin:
    """The images whose confidence lies in (low, high].

    Attributes:
        images: how many.
        confidence: their mean probability of the class they were taken for; 0 if there are none.
        accuracy: the share of them that is right; 0 if there are none.
    """

    low: float
    high: float
    images: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Reliability bins, from unsure to sure, over all images; shares from 0 to 1."""

    bins: tuple[Bin, ...]

    @property
    def images(self) -> int:
        """All images."""
        return sum(part.images for part in self.bins)

    @property
    def confidence(self) -> float:
        """Mean confidence over all images."""
        return sum(part.images * part.confidence for part in self.bins) / self.images

    @property
    def accuracy(self) -> float:
        """Share of all images that is right."""
        return sum(part.images * part.accuracy for part in self.bins) / self.images

    @property
    def ece(self) -> float:
        """The expected calibration error."""
        gaps = (part.images * abs(part.accuracy - part.confidence) for part in self.bins)
        return sum(gaps) / self.images


def calibrate(logits: Tensor, labels: Tensor, bins: int = BINS) -> Calibration:
    """Sort images into bins of equal width by their confidence.

    Args:
        logits: float [N, classes], N > 0.
        labels: int64 [N].
        bins: how many.
    """
    confidence, predicted = torch.softmax(logits.double(), dim=1).max(dim=1)
    right = (predicted == labels).double()
    # ⌈p · M⌉ − 1 puts an edge into the bin below it; a confidence is never 0.
    place = (confidence * bins).ceil().long().sub(1).clamp(0, bins - 1)
    counts = torch.bincount(place, minlength=bins)
    confidences = torch.bincount(place, confidence, minlength=bins)
    rights = torch.bincount(place, right, minlength=bins)
    return Calibration(
        tuple(
            Bin(
                number / bins,
                (number + 1) / bins,
                images := int(counts[number]),
                float(confidences[number]) / images if images else 0.0,
                float(rights[number]) / images if images else 0.0,
            )
            for number in range(bins)
        )
    )
