"""Bringing images to a device."""

import warnings

import numpy as np
import torch

from tests.conftest import bars
from tinydrill.drilldown.device import to_tensors

CPU = torch.device("cpu")


def test_on_a_cpu_the_images_are_not_copied() -> None:
    images, labels = bars(20, 0)
    held, classes = to_tensors((images, labels), CPU)
    assert held.data_ptr() == images.ctypes.data
    assert (held.dtype, classes.dtype) == (torch.uint8, torch.int64)
    assert classes.tolist() == labels.tolist()


def test_images_that_are_shared_read_only_are_copied_without_a_warning() -> None:
    images, labels = bars(20, 0)
    images.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        held, _ = to_tensors((images, labels), CPU)
    held[0] = 7
    assert np.array_equal(images, bars(20, 0)[0])
