"""Measures a model on images: loss, and errors counted as whole images."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from tinydrill.drilldown.augment import normalize
from tinydrill.drilldown.recipe import Recipe

_CHUNK = 1000  # images at once: fast on two cores, and small enough for any memory


@dataclass(frozen=True, slots=True)
class Score:
    """Mean loss (nats an image) and wrongly classified images, of how many."""

    loss: float
    errors: int
    images: int

    @property
    def accuracy(self) -> float:
        """Per cent classified rightly."""
        return 100 * (self.images - self.errors) / self.images


@torch.inference_mode()
def logits_of(model: nn.Module, images: Tensor, recipe: Recipe) -> Tensor:
    """The model's answers in evaluation mode, float32.

    Args:
        model: float32 [B, 1, H, W] -> [B, classes].
        images: uint8 [N, H, W], on the model's device.
        recipe: its mean and sd.

    Returns:
        float32 [N, classes] on the same device. The model's mode is left as it was.
    """
    was_training = model.training
    model.eval()
    parts = [model(normalize(chunk, recipe)).float() for chunk in images.split(_CHUNK)]
    model.train(was_training)
    return torch.cat(parts)


def score(logits: Tensor, labels: Tensor) -> Score:
    """Loss and errors of logits [N, classes] against int64 labels [N]."""
    return Score(
        functional.cross_entropy(logits.double(), labels).item(),
        int((logits.argmax(dim=1) != labels).sum().item()),
        len(labels),
    )


def evaluate(model: nn.Module, images: Tensor, labels: Tensor, recipe: Recipe) -> Score:
    """`score` of `logits_of`: one pass over every image."""
    # Summed on the CPU: Apple's GPUs have no double precision.
    return score(logits_of(model, images, recipe).cpu(), labels.cpu())


def confusion(logits: Tensor, labels: Tensor, classes: int) -> Tensor:
    """int64 [classes, classes]: how often images of the row's class were taken for the column's."""
    pairs = labels * classes + logits.argmax(dim=1)
    return torch.bincount(pairs, minlength=classes * classes).view(classes, classes)
