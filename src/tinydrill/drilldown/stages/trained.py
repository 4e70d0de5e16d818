"""A configuration and the runs that were made of it: what targets and analyses read.

Everything here is about the images *watched*: the test images, or the held-out ones.
"""

from dataclasses import dataclass
from functools import cached_property
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from tinydrill.drilldown.data import WATCHED
from tinydrill.drilldown.record import Measured, Record
from tinydrill.drilldown.stages.configuration import Configuration

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Trained:
    """One configuration with all its runs, one a seed, finished or diverged, in order of seeds.

    Equal only to itself: records hold what can't be hashed.

    Attributes:
        alone: whether its net's name is enough to tell it from the rest of its stage.
    """

    configuration: Configuration
    runs: tuple[Record, ...]
    alone: bool = True

    @cached_property
    def finished(self) -> tuple[Record, ...]:
        """The runs that came to their end."""
        return tuple(run for run in self.runs if run.status == "finished")

    @property
    def diverged(self) -> tuple[Record, ...]:
        """The runs that did not."""
        return tuple(run for run in self.runs if run.status != "finished")

    @property
    def net(self) -> str:
        """The net's name as records have it."""
        return self.runs[0].net.name

    @property
    def called(self) -> str:
        """What sentences call it."""
        return self.net if self.alone else f"{self.net} ({self.configuration.recipe_name})"

    @property
    def parameters(self) -> int:
        """Trained numbers in the net."""
        return self.runs[0].net.parameters

    @property
    def macs(self) -> int:
        """Multiply-accumulates for one image."""
        return self.runs[0].net.macs

    @property
    def watched(self) -> str:
        """What the images watched are called."""
        return WATCHED[self.runs[0].data.rule]

    @property
    def epochs(self) -> float:
        """The longest run: images seen ÷ training images there are."""
        return max(run.epochs_counted for run in self.runs)

    @property
    def seconds(self) -> float:
        """Of training, mean of a run."""
        return fmean(run.seconds.training for run in self.runs)

    @property
    def accuracies(self) -> tuple[float, ...]:
        """Per cent right after the last epoch, of each finished run."""
        return tuple(run.epochs[-1].watch.accuracy for run in self.finished)

    @property
    def mean(self) -> float:
        """Of `accuracies`; −1 where every run diverged, which is worse than any."""
        return fmean(self.accuracies) if self.finished else -1.0

    def last(self, epochs: int) -> tuple[tuple[Measured, ...], ...]:
        """The last readings of each finished run, oldest first."""
        return tuple(tuple(epoch.watch for epoch in run.epochs[-epochs:]) for run in self.finished)

    def errors(self, epochs: int) -> Floats:
        """Float64 [finished runs, epochs]: errors after each of the last epochs."""
        return np.array([[one.errors for one in run] for run in self.last(epochs)], np.float64)

    def losses(self) -> Floats:
        """Float64 [epochs]: mean over the finished runs, in nats an image."""
        curves = [[epoch.watch.loss for epoch in run.epochs] for run in self.finished]
        mean: Floats = np.mean(np.array(curves, np.float64), axis=0)
        return mean
