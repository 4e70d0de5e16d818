"""Whatever can be trained: a net of the zoo or of a file, or a class in a file of the user's."""

import contextlib
import hashlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from tinydrill.drilldown import blueprint, zoo
from tinydrill.drilldown.build import build, channels_last
from tinydrill.drilldown.layers import Net, net_from_mapping
from tinydrill.drilldown.measure import measure
from tinydrill.drilldown.record import Origin
from tinydrill.drilldown.trace import MNIST_SHAPE, Shape, Trace, trace
from tinydrill.errors import UnusableInputError


@dataclass(frozen=True, slots=True)
class Candidate:
    """A network that can be built again and again.

    Attributes:
        origin: what the record keeps of it.
        trace: its layers, sizes and counts.
        build: makes it anew: float32 [B, 1, H, W] -> logits [B, classes], weights drawn from
            torch's global generator.
    """

    origin: Origin
    trace: Trace
    build: Callable[[], nn.Module]


def from_net(net: Net, shape: Shape, classes: int) -> Candidate:
    """A net as data, its last layer made to give `classes` logits."""
    fitted = net if net.classes == classes else net.with_classes(classes)
    derived = trace(fitted, shape)
    origin = Origin(
        name=net.name,
        parameters=derived.parameters,
        macs=derived.macs,
        net=fitted.as_mapping(),
    )
    return Candidate(origin, derived, lambda: build(fitted, shape))


@contextmanager
def _strangers_code(path: Path, failing: str) -> Iterator[None]:
    """Run code of a user's file: its neighbours importable, its prints off stdout, its faults told.

    Raises:
        UnusableInputError: it raised anything, or asked to exit.
    """
    folder = str(path.parent.resolve())
    sys.path.insert(0, folder)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except UnusableInputError:
        raise
    except (Exception, SystemExit) as error:
        first = (str(error).strip().splitlines() or ["no message"])[0]
        raise UnusableInputError(f"{failing}: {type(error).__name__}: {first}") from None
    finally:
        if folder in sys.path:
            sys.path.remove(folder)


def _load_class(path: Path, name: str, source: bytes) -> type[nn.Module]:
    # Named by its content, so that two files of one name don't share a place in sys.modules.
    module_name = f"tinydrill_user_{hashlib.sha256(source).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise UnusableInputError(f"{path} is not a Python file (its name must end in .py)")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    with _strangers_code(path, f"{path} can't be imported"):
        # Compiled from the bytes whose checksum is kept, never from an older cached copy.
        exec(compile(source, path, "exec"), module.__dict__)
    found = getattr(module, name, None)
    if not (isinstance(found, type) and issubclass(found, nn.Module)):
        there = [
            key
            for key, value in vars(module).items()
            if isinstance(value, type)
            and issubclass(value, nn.Module)
            and value.__module__ == module_name
        ]
        raise UnusableInputError(
            f"{path} has no torch.nn.Module called {name}; "
            f"it has {', '.join(there) if there else 'none'}"
        )
    return found


def from_file(reference: str, shape: Shape, classes: int) -> Candidate:
    """The class named by `path/to/file.py:Class`, built without arguments.

    Raises:
        UnusableInputError: no such file or class, or it does not give one logit a class.
    """
    text, _, name = reference.rpartition(":")
    path = Path(text)
    try:
        source = path.read_bytes()
    except OSError as error:
        raise UnusableInputError(f"{path} can't be read: {error.strerror}") from None
    kind = _load_class(path, name, source)

    def make() -> nn.Module:
        with _strangers_code(path, f"{name} in {path} can't be built without arguments"):
            return channels_last(kind())

    # Looking at it must not move the caller's random numbers.
    with torch.random.fork_rng(devices=[]):
        model = make()
        with _strangers_code(path, f"{name} in {path} can't be measured"):
            derived = measure(model, shape)
        with _strangers_code(path, f"{name} in {path} can't be trained"):
            model.train()
            answer = model(torch.zeros(2, *shape))
            if isinstance(answer, torch.Tensor) and answer.shape == (2, classes):
                functional.cross_entropy(answer, torch.zeros(2, dtype=torch.int64)).backward()
    if not isinstance(answer, torch.Tensor) or answer.shape != (2, classes):
        given = list(answer.shape) if isinstance(answer, torch.Tensor) else type(answer).__name__
        raise UnusableInputError(
            f"{name} in {path} must give [2, {classes}] for 2 images, one value a class; it gives "
            f"{given}"
        )
    origin = Origin(
        name=name,
        parameters=derived.parameters,
        macs=derived.macs,
        source=f"{path.resolve()}:{name}",
        source_sha256=hashlib.sha256(source).hexdigest(),
    )
    return Candidate(origin, derived, make)


def names_a_file(text: str) -> bool:
    """Whether a person's text means a file's net or class rather than a name of the zoo."""
    return blueprint.is_one(text) or text.endswith(".py") or ".py:" in text


def resolve(text: str, shape: Shape = MNIST_SHAPE, classes: int = 10) -> Candidate:
    """The network a person named: of the zoo, `path/to/file.py:Class`, or a search's .json."""
    if blueprint.is_one(text):
        return from_net(blueprint.read(Path(text)).net, shape, classes)
    if ".py:" in text:
        return from_file(text, shape, classes)
    if text.endswith(".py"):
        raise UnusableInputError(f"{text} names a file but no class: write {text}:Class")
    return from_net(zoo.find(text), shape, classes)


def from_origin(origin: Origin, shape: Shape, classes: int) -> Candidate:
    """The network that a record names, refused if the user's file has changed since.

    Raises:
        UnusableInputError: the file is gone, changed, or the record names no network.
    """
    if origin.net is not None:
        return from_net(net_from_mapping(origin.net), shape, classes)
    if origin.source is None:
        raise UnusableInputError("the record names neither a net of the zoo nor a file")
    candidate = from_file(origin.source, shape, classes)
    if candidate.origin.source_sha256 != origin.source_sha256:
        raise UnusableInputError(
            f"{origin.source.rpartition(':')[0] or origin.source} has changed since the run; "
            "its weights belong to the file as it was"
        )
    return candidate
