"""What a run was and what came of it: one JSON file, written whole or not at all."""

import json
import os
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt
from pydantic import BaseModel, ConfigDict, ValidationError

from tinydrill.drilldown.budget import Budget, Verdict
from tinydrill.drilldown.data import Split
from tinydrill.drilldown.environment import Environment
from tinydrill.errors import UnusableInputError

RECORD, WEIGHTS, CHECKPOINT = "record.json", "weights.safetensors", "checkpoint.safetensors"
SCHEMA = 1
# The images by which runs are compared: where a rule holds some out, a choice between runs reads
# those, and leaves the test images alone.
COMPARED: dict[Split, str] = {"full": "test", "held-out": "held-out", "once": "test"}

Status = Literal["running", "interrupted", "diverged", "finished"]


Count = Annotated[int, Ge(0)]
Positive = Annotated[int, Gt(0)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measured(_Frozen):
    """Mean loss in nats an image, and wrongly classified images, of how many."""

    loss: float
    errors: Count
    images: Positive

    @property
    def accuracy(self) -> float:
        """Per cent classified rightly."""
        return 100 * (self.images - self.errors) / self.images


class Seconds(_Frozen):
    """Wall time by what it went into.

    `data` is everything before the first update: reading, verifying, building the network.
    On a GPU, `augment` is the time to give the orders; `augment + train` is exact.
    """

    data: float = 0.0
    augment: float = 0.0
    train: float = 0.0
    evaluate: float = 0.0

    @property
    def training(self) -> float:
        """What it took to train: images prepared and updates made, without looking at results."""
        return self.augment + self.train

    @property
    def total(self) -> float:
        """All that is timed: writing checkpoints and records is not."""
        return self.data + self.augment + self.train + self.evaluate

    def plus(self, other: "Seconds") -> "Seconds":
        """The sum, part by part."""
        return Seconds(**{name: getattr(self, name) + getattr(other, name) for name in _PARTS})


_PARTS = tuple(Seconds.model_fields)


class Epoch(_Frozen):
    """One epoch of a run.

    Attributes:
        number: counted from 1.
        images_seen: training images processed since the start of the run.
        lr: step size at the epoch's last update.
        train: over the epoch's images as they were trained on (moved, some of them more than once).
        watch: over the images that the rule has read after each epoch.
    """

    number: Positive
    images_seen: Positive
    lr: float
    train: Measured
    watch: Measured
    seconds: Seconds


class Origin(_Frozen):
    """Which network: a net as data, or a class in a file of the user's.

    Attributes:
        net: `Net.as_mapping()`, for a net of the zoo.
        source: `path/to/file.py:Class`, for a class of the user's.
        source_sha256: of that file.
    """

    name: str
    parameters: Count
    macs: Count
    net: dict[str, Any] | None = None
    source: str | None = None
    source_sha256: str | None = None


class DataUsed(_Frozen):
    """Which images: their checksums, and the rule by which they were divided.

    Attributes:
        training_images: as many as the data set has; honest epochs are counted in them.
        trained_on: as many as the rule leaves to train on.
        folder: where they lay, if they are no public data set.
    """

    name: str
    sha256: dict[str, str]
    shape: tuple[int, int, int]
    classes: Positive
    rule: Split
    rule_in_words: str
    training_images: Positive
    trained_on: Positive
    folder: str | None = None


class Limits(_Frozen):
    """The budget the run is held to."""

    parameters: Positive
    epochs: float
    accuracy: float


class Record(_Frozen):
    """A run. `judged` is what the verdict is about: the last epoch, never the best one.

    Attributes:
        status: `running` while it runs, and for ever if it was killed.
        final: the test images read once at the end, where the rule keeps them until then.
        message: why a run ended early.
        weights_sha256: of the weights file beside the record.
    """

    schema_version: int = SCHEMA
    status: Status
    net: Origin
    recipe_name: str
    recipe: dict[str, Any]
    seed: Count
    data: DataUsed
    budget: Limits
    environment: Environment
    command: str
    started: str
    seconds: Seconds = Seconds()
    epochs: tuple[Epoch, ...] = ()
    final: Measured | None = None
    message: str = ""
    weights_sha256: str | None = None
    passed: bool | None = None

    @property
    def judged(self) -> Measured | None:
        """The test images after the last epoch; None before there is one."""
        if self.data.rule != "full":
            return self.final
        return self.epochs[-1].watch if self.epochs else None

    @property
    def compared(self) -> Measured | None:
        """What comparisons between runs read, after the last epoch; None before there is one.

        The held-out images where the rule has any (`COMPARED`), so that a choice between runs
        reads no test image; else what is judged.
        """
        if COMPARED[self.data.rule] == "held-out":
            return self.epochs[-1].watch if self.epochs else None
        return self.judged

    @property
    def best(self) -> Epoch | None:
        """The epoch with the fewest errors: for comparison with others' best-of-n claims only.

        None where the images read after each epoch are trained on: they tell nothing of the kind.
        """
        if self.data.rule == "once":
            return None
        return min(self.epochs, key=lambda epoch: epoch.watch.errors, default=None)

    @property
    def epochs_counted(self) -> float:
        """Training images seen ÷ training images there are."""
        return self.epochs[-1].images_seen / self.data.training_images if self.epochs else 0.0

    @property
    def verdict(self) -> Verdict | None:
        """The run against its budget; None unless it finished."""
        judged = self.judged
        if self.status != "finished" or judged is None:
            return None
        return Verdict(
            Budget(**self.budget.model_dump()),
            judged.errors,
            judged.images,
            self.net.parameters,
            self.epochs_counted,
        )


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that at every moment it is either the old one or the new one."""
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(aside).chmod(0o644)
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def save(record: Record, run: Path) -> None:
    """Write a run's record into its folder."""
    write_atomically(run / RECORD, (record.model_dump_json(indent=2) + "\n").encode())


def parse(text: str, where: Path | str) -> Record:
    """A record from its JSON; `where` it stands is for the sentence if it is none.

    Raises:
        UnusableInputError: it is not a record of this version.
    """
    try:
        version = json.loads(text).get("schema_version")
    except (ValueError, AttributeError):
        raise UnusableInputError(f"{where} is not a record: not a JSON object") from None
    except RecursionError:
        raise UnusableInputError(f"{where} is not a record: it is nested too deeply") from None
    if version != SCHEMA:
        raise UnusableInputError(
            f"{where} has schema {version}; this version reads schema {SCHEMA}"
        )
    try:
        return Record.model_validate_json(text)
    except ValidationError as error:
        why = error.errors()[0]
        field = ".".join(map(str, why["loc"])) or "the file"
        raise UnusableInputError(
            f"{where} is not a record that this version reads: {field}: {why['msg']}"
        ) from None


def load(run: Path) -> Record:
    """Read a run's record.

    Raises:
        UnusableInputError: there is none, or it is not a record of this version.
    """
    path = run / RECORD
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UnusableInputError(
            f"{run} is not a run: a run is a folder with a {RECORD} in it"
        ) from None
    return parse(text, path)
