"""What came of a drill-down, stage by stage: target, result, analysis. Kept as one JSON file.

Owns the nouns and their file, nothing that computes them; needs no torch.
"""

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from tinydrill.drilldown.record import write_atomically
from tinydrill.drilldown.stages.file import Choice, Target
from tinydrill.errors import UnusableInputError

STAGES = "stages.json"
MARKDOWN = "stages.md"  # the same in words, beside it
SCHEMA = 2

Topic = Literal[
    "divergence", "fit", "trend", "step", "best epoch", "change", "cost", "confusion", "choice"
]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Clause(_Frozen):
    """One limit of a target, held against one configuration: `wanted`, and what was `found`."""

    wanted: str
    found: str
    kept: bool


class Row(_Frozen):
    """One configuration with all its seeds. Accuracies in %, of the images watched.

    Attributes:
        named: the net as the stage file has it: a name, or a file and its class.
        runs: run folders, one a seed, beside the file of the outcome.
        accuracies: after the last epoch, of each finished run; diverged ones are missing.
        sd: over seeds (n − 1); None for fewer than two.
        minimum: of the last epoch.
        last_minimum: of the last `last` epochs of all seeds that finished.
        test_mean: of the test images read once at the end, where others were watched.
        seconds: of training, mean of a run.
        goes_on: whether the next stage continues with it; None where it chooses nothing.
    """

    net: str
    named: str
    recipe: str
    runs: tuple[str, ...]
    seeds: tuple[int, ...]
    diverged: tuple[int, ...]
    accuracies: tuple[float, ...]
    mean: float | None
    sd: float | None
    minimum: float | None
    last: int
    last_minimum: float | None
    test_mean: float | None
    parameters: int
    macs: int
    epochs: float
    seconds: float
    clauses: tuple[Clause, ...]
    met: bool
    goes_on: bool | None = None


class Sentence(_Frozen):
    """One fact of the analysis, computed from records, and what it is about."""

    topic: Topic
    text: str


class StageOutcome(_Frozen):
    """One stage. `why` and `remark` are the author's words; all else is computed.

    Attributes:
        continues: by which rule it went on from the stage before, in words; empty if it did not.
        rule: the same as the stage file has it.
        target: in words.
        limits: the same as the stage file has it.
        met: whether a row met it.
        nearest: index of the row that the clauses are about: the best that met the target, or the
            one that came nearest.
    """

    number: int
    name: str
    why: str
    remark: str
    continues: str
    rule: Choice | None
    target: str
    limits: Target
    met: bool
    nearest: int
    rows: tuple[Row, ...]
    sentences: tuple[Sentence, ...]

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The target, limit by limit, held against the row `nearest`."""
        return self.rows[self.nearest].clauses


class StagesOutcome(_Frozen):
    """A drill-down as far as it has come.

    Attributes:
        file_sha256: of the stage file.
        planned: how many stages the file has.
        watched: the images that targets and choices read: `test` or `held-out`.
        command: what a person would type to have it again.
        data: the images' name.
        data_sha256: of each of their four files, unpacked.
    """

    schema_version: int = SCHEMA
    title: str
    remark: str
    file_sha256: str
    command: str
    data: str
    data_sha256: dict[str, str]
    watched: str
    planned: int
    stages: tuple[StageOutcome, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every stage is there."""
        return len(self.stages) == self.planned

    @property
    def met(self) -> bool:
        """Whether every stage is there and the last one's target was met."""
        return self.whole and self.stages[-1].met


def save_outcome(outcome: StagesOutcome, folder: Path) -> None:
    """Write the outcome into its folder, whole or not at all.

    Raises:
        UnusableInputError: the folder can't be written to.
    """
    try:
        write_atomically(folder / STAGES, (outcome.model_dump_json(indent=2) + "\n").encode())
    except OSError as error:
        raise UnusableInputError(f"{folder} can't be written to: {error.strerror}") from None


def load_outcome(folder: Path) -> StagesOutcome:
    """Read the outcome that stands in a folder; a row's `runs` are folders beside it.

    Raises:
        UnusableInputError: there is none, or it is none of this version.
    """
    path = folder / STAGES
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UnusableInputError(
            f"{folder} holds no stages: `tinydrill stages FILE` leaves a {STAGES} in its folder"
        ) from None
    try:
        version = json.loads(text).get("schema_version")
    except (ValueError, AttributeError):
        raise UnusableInputError(f"{path} is not an outcome of stages: no JSON object") from None
    except RecursionError:
        raise UnusableInputError(f"{path} is not an outcome of stages: nested too deeply") from None
    if version != SCHEMA:
        raise UnusableInputError(
            f"{path} has schema {version}; this version reads schema {SCHEMA}, and makes the "
            "outcome anew from the runs beside it if the file is moved away"
        )
    try:
        return StagesOutcome.model_validate_json(text)
    except ValidationError as error:
        why = error.errors()[0]
        where = ".".join(map(str, why["loc"])) or "the file"
        raise UnusableInputError(
            f"{path} is not an outcome that this version reads: {where}: {why['msg']}"
        ) from None
