"""Counting errors: every image, whole numbers."""

import math

import torch
from torch import nn

from tinydrill.drilldown.evaluate import confusion, evaluate, logits_of, score
from tinydrill.drilldown.mistakes import find_mistakes
from tinydrill.drilldown.recipe import Recipe

RECIPE = Recipe(epochs=1)
LOGITS = torch.tensor([[9.0, 0, 0], [0, 9, 0], [0, 0, 9], [0, 2, 1]])
LABELS = torch.tensor([0, 1, 0, 2])


def test_errors_and_loss_are_counted_over_every_image() -> None:
    told = score(LOGITS, LABELS)
    by_hand = [
        math.log(sum(math.exp(value) for value in row)) - row[label]
        for row, label in zip(LOGITS.tolist(), LABELS.tolist(), strict=True)
    ]
    assert (told.errors, told.images, told.accuracy) == (2, 4, 50.0)
    assert math.isclose(told.loss, sum(by_hand) / 4, rel_tol=1e-12)


def test_the_last_part_of_a_chunk_counts_as_well() -> None:
    class ByBrightness(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            bright = images.mean(dim=(1, 2, 3)) > 0
            return torch.stack((~bright, bright), dim=1).float()

    images = torch.zeros(2345, 4, 4, dtype=torch.uint8)
    images[2340:] = 255
    labels = torch.zeros(2345, dtype=torch.int64)
    assert evaluate(ByBrightness(), images, labels, RECIPE).errors == 5


def test_evaluation_does_not_depend_on_the_batch_and_leaves_the_mode() -> None:
    model = nn.Sequential(nn.BatchNorm2d(1), nn.Dropout(0.5), nn.Flatten(), nn.Linear(16, 3))
    images = torch.randint(0, 256, (1500, 4, 4), dtype=torch.uint8)
    model.train()
    whole = logits_of(model, images, RECIPE)
    assert model.training
    assert torch.allclose(whole[700:900], logits_of(model, images[700:900], RECIPE), atol=1e-6)


def test_confusion_has_a_row_for_the_truth_and_a_column_for_the_answer() -> None:
    assert confusion(LOGITS, LABELS, 3).tolist() == [[1, 0, 1], [0, 1, 0], [0, 1, 0]]


def test_mistakes_are_listed_worst_first() -> None:
    found = find_mistakes(LOGITS, LABELS)
    assert [(m.index, m.label, m.predicted) for m in found] == [(2, 0, 2), (3, 2, 1)]
    assert found[0].loss > found[1].loss
    assert math.isclose(found[1].confidence, math.exp(2) / (1 + math.e + math.exp(2)), rel_tol=1e-6)
