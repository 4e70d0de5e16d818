"""The tiers of the leaderboard: which budget, what is asked, and what others have claimed.

Everything that a tier's verdict depends on stands here as data; `bench/leaderboard.py` measures.
"""

from dataclasses import dataclass
from typing import Literal

# Accuracies are fractions of whole images: this much is rounding, never an image.
_ROUNDING = 1e-9
LATE = 5  # epochs at the end in which the harder form wants its accuracy held


@dataclass(frozen=True, slots=True)
class Entry:
    """What a file of results says, in the quantities that tiers ask about.

    Attributes:
        mean: of the last epochs, in %.
        worst: the lowest of the last epochs, in %.
        whole: whether each of the seeds fixed beforehand has finished; only then it is ranked.
        seconds: of training, median.
        epochs: training images seen ÷ training images there are.
        threads: the most that any run computed with, on a CPU; None on anything else.
        late: of each of the last five epochs, the mean over the seeds in %; none where the test
            images were read at the end alone.
        late_worst: the lowest reading of any seed in those epochs, in %.
    """

    name: str
    mean: float
    worst: float
    whole: bool
    seconds: float
    parameters: int
    epochs: float
    threads: int | None
    late: tuple[float, ...]
    late_worst: float | None


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing asked, with the measured figure beside it."""

    asked: str
    measured: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Goal:
    """What is asked of an entry; None asks nothing.

    Attributes:
        mean: of the seeds' last epochs, at least, in %.
        every_seed: the last epoch of each, at least, in %.
        late: the mean over the seeds in each of the last five epochs, at least, in %.
        seconds: of training, at most.
        parameters: at most.
    """

    mean: float | None = None
    every_seed: float | None = None
    late: float | None = None
    seconds: float | None = None
    parameters: int | None = None

    def conditions(self, entry: Entry) -> tuple[Condition, ...]:
        """Each thing asked, measured at the entry."""

        def at_least(what: str, asked: float | None, measured: float) -> list[Condition]:
            if asked is None:
                return []
            kept = measured >= asked - _ROUNDING
            return [Condition(f"{what} ≥ {asked:.2f} %", f"{measured:.3f}", kept)]

        conditions = at_least("mean", self.mean, entry.mean)
        conditions += at_least("every seed", self.every_seed, entry.worst)
        if self.late is not None:
            enough = len(entry.late) == LATE
            lacking = f"only {len(entry.late)} epochs" if entry.late else "not read"
            conditions.append(
                Condition(
                    f"mean of each of the last {LATE} epochs ≥ {self.late:.2f} %",
                    f"{min(entry.late):.3f}" if enough else lacking,
                    enough and min(entry.late) >= self.late - _ROUNDING,
                )
            )
        if self.seconds is not None:
            kept = entry.seconds <= self.seconds
            measured = f"{entry.seconds:.1f} s"
            conditions.append(Condition(f"training ≤ {self.seconds:g} s", measured, kept))
        if self.parameters is not None:
            conditions.append(
                Condition(
                    f"≤ {self.parameters:,} parameters",
                    f"{entry.parameters:,}",
                    entry.parameters <= self.parameters,
                )
            )
        return tuple(conditions)


Measure = Literal["seconds", "mean", "parameters"]


@dataclass(frozen=True, slots=True)
class Tier:
    """A budget, the measure by which its entries are ranked, and two goals.

    Attributes:
        below: parameters, BatchNorm's included, must be fewer; None is no limit of the tier's.
        floor: the least mean in % that an entry needs.
        threads: CPU threads at most; None is any hardware.
        references: public figures beside ours, each with how it was selected.
    """

    title: str
    below: int | None
    epochs: float
    floor: float
    measure: Measure
    must: Goal
    moonshot: Goal
    references: tuple[tuple[str, str], ...]
    threads: int | None = None

    def admits(self, entry: Entry) -> bool:
        """Whether the entry keeps to the budget, in all of its seeds."""
        return (
            entry.whole
            and (self.below is None or entry.parameters < self.below)
            and entry.epochs <= self.epochs
            and entry.mean >= self.floor - _ROUNDING
            and (self.threads is None or (entry.threads or self.threads + 1) <= self.threads)
        )

    def ranked(self, entries: list[Entry]) -> list[Entry]:
        """The entries that keep to the budget, the best by the tier's measure first."""
        sign = -1 if self.measure == "mean" else 1

        def key(entry: Entry) -> tuple[float, float]:
            return sign * float(getattr(entry, self.measure)), -entry.mean

        return sorted((entry for entry in entries if self.admits(entry)), key=key)

    @property
    def budget(self) -> str:
        """The budget in words."""
        parts = [] if self.below is None else [f"fewer than {self.below:,} parameters"]
        parts += [f"at most {self.epochs:g} epochs", f"mean ≥ {self.floor:.2f} %"]
        if self.threads is not None:
            parts.append(f"at most {self.threads} CPU cores")
        return ", ".join(parts)


TIERS = (
    Tier(
        title="Time to 99.4 %",
        below=20_000,
        epochs=20,
        floor=99.40,
        threads=2,
        measure="seconds",
        must=Goal(seconds=10),
        moonshot=Goal(seconds=4),
        references=(
            ("about 1,300 s", "the exercise's own code on two CPU cores like these, 20 epochs"),
            ("none found", "published times to 99.4 % on CPU cores"),
        ),
    ),
    Tier(
        title="Accuracy",
        below=20_000,
        epochs=20,
        floor=99.40,
        measure="mean",
        must=Goal(mean=99.58, every_seed=99.48),
        moonshot=Goal(mean=99.68, every_seed=99.58),
        references=(
            ("99.46 %, 19,678 parameters", "last epoch, one seed"),
            ("99.57 %, 19,678 parameters", "best epoch on the test images, the same seed"),
            ("99.30 %, 19,310 parameters", "the exercise's own log: last epoch, one seed"),
            ("99.47 %, 19,310 parameters", "the same log: best of 20 readings of the test images"),
        ),
    ),
    Tier(
        title="The harder form",
        below=10_000,
        epochs=15,
        floor=99.40,
        measure="mean",
        must=Goal(mean=99.50, late=99.40),
        moonshot=Goal(mean=99.60, late=99.40),
        references=(
            ("99.53 %, 7,496 parameters", "last epoch, one seed"),
            ("99.44 %, 9,972 parameters", "the exercise's own: its best"),
        ),
    ),
    Tier(
        title="Smallest at 99.4 %",
        below=None,
        epochs=20,
        floor=99.40,
        measure="parameters",
        must=Goal(parameters=4_000),
        moonshot=Goal(parameters=2_000),
        references=(("99.43 %, 5,196 parameters", "best epoch on the test images, one seed"),),
    ),
    Tier(
        title="Smallest at 99.0 %",
        below=None,
        epochs=20,
        floor=99.00,
        measure="parameters",
        must=Goal(parameters=1_500),
        moonshot=Goal(parameters=650),
        references=(
            (
                "697 parameters",
                "best epoch of about 700 models, each trained for up to 2,000 epochs",
            ),
        ),
    ),
)
