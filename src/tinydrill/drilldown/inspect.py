"""A finished run to look into: whatever the report shows, as attributes of one value.

    from tinydrill.drilldown.inspect import load
    run = load("runs/fold32-drill-s0")
    run.confusion, run.mistakes, run.calibration.ece, run.grad_cam(run.mistakes[0].index)

The weights are checked against the record when a run is loaded; images are read, and everything
else computed, when it is first asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from tinydrill.drilldown import activations, record
from tinydrill.drilldown.augment import normalize
from tinydrill.drilldown.calibration import Calibration, calibrate
from tinydrill.drilldown.candidate import from_origin
from tinydrill.drilldown.data import Dataset, split
from tinydrill.drilldown.data import load as load_images
from tinydrill.drilldown.evaluate import Score, confusion, logits_of, score
from tinydrill.drilldown.gradcam import Cam, grad_cam
from tinydrill.drilldown.idx import Bytes
from tinydrill.drilldown.layers import Net, net_from_mapping
from tinydrill.drilldown.mistakes import Mistake, find_mistakes
from tinydrill.drilldown.recipe import Recipe, from_mapping
from tinydrill.drilldown.record import Record
from tinydrill.drilldown.trace import Trace
from tinydrill.drilldown.train import say_nothing
from tinydrill.drilldown.weights import load_model
from tinydrill.errors import UnusableInputError


@dataclass(frozen=True)
class Inspected:
    """A finished run with its network, in evaluation mode on the CPU.

    Attributes:
        run: its folder.
        record: what is written there.
        model: float32 [B, 1, H, W] -> logits [B, classes].
        data: the images, or a folder of IDX files to read them from instead of where they lay.
        say: told what is fetched, if images must be.
    """

    run: Path
    record: Record
    model: nn.Module
    data: Path | Dataset | None = None
    say: Callable[[str], None] = field(default=say_nothing, repr=False)

    @cached_property
    def dataset(self) -> Dataset:
        """The images of the run.

        Raises:
            UnusableInputError: they are not there, or are not the ones that the record names.
        """
        used = self.record.data
        if isinstance(self.data, Dataset):
            place, images = None, self.data
        else:
            place = self.data or (Path(used.folder) if used.folder else None)
            images = load_images(None if place else used.name, place, self.say)
        if images.sha256 != used.sha256:
            raise UnusableInputError(
                f"the images in {place or images.origin} are not those of {self.run} (their "
                "SHA-256 sums differ); `tinydrill test --data` judges a run on others"
            )
        return images

    @cached_property
    def recipe(self) -> Recipe:
        """How the network was trained."""
        return from_mapping(self.record.recipe)

    @cached_property
    def net(self) -> Net | None:
        """The net as data; None for a class of the user's."""
        return net_from_mapping(self.record.net.net) if self.record.net.net is not None else None

    @cached_property
    def trace(self) -> Trace:
        """The network layer by layer: derived for a net as data, measured for any other."""
        used = self.record.data
        return from_origin(self.record.net, used.shape, used.classes).trace

    @cached_property
    def labels(self) -> Tensor:
        """int64 [N], the classes of the test images."""
        return torch.tensor(self.dataset.test_labels, dtype=torch.int64)

    @cached_property
    def logits(self) -> Tensor:
        """float32 [N, classes] for all test images."""
        return logits_of(self.model, torch.tensor(self.dataset.test_images), self.recipe)

    @cached_property
    def score(self) -> Score:
        """Loss and errors on the test images."""
        return score(self.logits, self.labels)

    @cached_property
    def confusion(self) -> Tensor:
        """int64 [classes, classes]: images of the row's class taken for the column's."""
        return confusion(self.logits, self.labels, self.record.data.classes)

    @cached_property
    def watched_confusion(self) -> Tensor:
        """The same of the images that were read after each epoch: test, or held-out ones."""
        rule = self.record.data.rule
        if rule == "full":
            return self.confusion
        images, labels = split(self.dataset, rule).watch
        logits = logits_of(self.model, torch.tensor(images), self.recipe)
        return confusion(logits, torch.tensor(labels, dtype=torch.int64), self.record.data.classes)

    @cached_property
    def mistakes(self) -> tuple[Mistake, ...]:
        """The test images that are read wrongly, worst loss first."""
        return find_mistakes(self.logits, self.labels)

    @cached_property
    def calibration(self) -> Calibration:
        """Reliability bins over the test images, and their ECE."""
        return calibrate(self.logits, self.labels)

    @cached_property
    def kernels(self) -> dict[str, Tensor]:
        """The convolutions' kernels by layer: float32 [out, in, height, width].

        A kernel that layers share stands under the first of them.
        """
        found = activations.convolutions_of(self.model, self.net, self.record.data.shape)
        first: dict[nn.Conv2d, str] = {}
        for name, part in found.items():
            first.setdefault(part, name)
        return {name: part.weight.detach() for part, name in first.items()}

    @cached_property
    def rightly_read(self) -> dict[int, int]:
        """The first test image of each class that is read rightly, by class."""
        right = (self.logits.argmax(dim=1) == self.labels).nonzero().flatten().tolist()
        found: dict[int, int] = {}
        for index in right:
            found.setdefault(int(self.labels[index]), index)
        return dict(sorted(found.items()))

    def image(self, which: int | Bytes) -> Bytes:
        """An image uint8 [H, W]: that of the test set, counted from 0, or the one given.

        Raises:
            UnusableInputError: there is no such image, or it is not one that the network takes.
        """
        if isinstance(which, int | np.integer):
            if not 0 <= which < len(self.dataset.test_images):
                raise UnusableInputError(
                    f"there is no test image {which}: they are counted from 0 to "
                    f"{len(self.dataset.test_images) - 1}"
                )
            chosen: Bytes = self.dataset.test_images[which]
            return chosen
        given, wanted = np.asarray(which), self.record.data.shape[1:]
        if given.shape != wanted or given.dtype != np.uint8:
            raise UnusableInputError(
                f"an image must be a number, or uint8 {list(wanted)}; this is {given.dtype} "
                f"{list(given.shape)}"
            )
        return given

    def _inputs(self, which: int | Bytes) -> Tensor:
        return normalize(torch.tensor(self.image(which)).unsqueeze(0), self.recipe)

    def feature_maps(self, image: int | Bytes) -> dict[str, Tensor]:
        """What each layer gives for an image: float32 [C, H, W] by the layer's name.

        Args:
            image: which test image, counted from 0; or one of your own, uint8 [H, W].
        """
        parts = activations.layers_of(self.model, self.net, self.record.data.shape)
        found = activations.maps_of(self.model, parts, self._inputs(image))
        return {name: values[0] for name, values in found.items()}

    def grad_cam(self, image: int | Bytes, of: int | None = None) -> Cam:
        """Which places of the last convolution speak for a class.

        Args:
            image: as in `feature_maps`.
            of: the class; by default the one that the network takes the image for.
        """
        classes = self.record.data.classes
        if of is not None and not 0 <= of < classes:
            raise UnusableInputError(f"there is no class {of}: they go from 0 to {classes - 1}")
        return grad_cam(self.model, self.net, self._inputs(image), of)


def load(
    run: Path | str,
    data: Path | str | Dataset | None = None,
    say: Callable[[str], None] = say_nothing,
) -> Inspected:
    """A finished run, its weights checked against its record.

    Args:
        run: its folder.
        data: a folder of IDX files that holds the run's images, if they are not where they were;
            or the images themselves, which several runs can share: `load(other).dataset`.
        say: told what is fetched, if images must be.

    Raises:
        UnusableInputError: no finished run, or weights that are not those its record names.
    """
    folder = Path(run)
    kept = record.load(folder)
    if kept.status == "diverged":
        raise UnusableInputError(
            f"{folder} diverged ({kept.message or 'its record does not say how'}), so it has no "
            "weights to look into; a smaller lr is the first thing to try"
        )
    place = Path(data) if isinstance(data, str) else data
    return Inspected(folder, kept, load_model(folder, kept), place, say)
