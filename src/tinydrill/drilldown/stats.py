"""What seeds can tell: summaries, intervals and tests, none of which knows what a run is.

Values are accuracies in per cent, one a seed. SciPy has the distributions; it is imported where it
is used, since it takes a second. Which methods, and why: docs/adr/0121-which-statistics.md.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tinydrill.errors import UnusableInputError

# The usual chance of finding a difference that is there.
POWER = 0.8
# Below, an interval misses more often than it holds; above, it rests on tails that nobody measured.
LOWEST_CONFIDENCE, HIGHEST_CONFIDENCE = 0.5, 0.9999
# Accuracies are fractions of whole images: this much is rounding, never an image.
_ROUNDING = 1e-9
_SEEDS_NOBODY_RUNS = 100_000


@dataclass(frozen=True, slots=True)
class Summary:
    """A group of seeds.

    Attributes:
        sd: of the sample (n − 1); 0 for a single value, which shows no spread.
        interval: of the mean, by Student's t; infinite for a single value.
        passing: values at the target or above it.
        pass_interval: of the share that passes (0 to 1), by Wilson's score.
    """

    n: int
    mean: float
    sd: float
    minimum: float
    maximum: float
    interval: tuple[float, float]
    passing: int
    pass_interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of b − mean of a, by Welch's test.

    Attributes:
        half_width: of its confidence interval; infinite where a side has a single value.
        p: chance of a difference as large as this if there were none.
        seeds: values on each side, a then b.
        distinguishable: whether the interval leaves 0 out.
    """

    difference: float
    half_width: float
    p: float
    seeds: tuple[int, int]
    distinguishable: bool


def _check_confidence(confidence: float) -> None:
    if not LOWEST_CONFIDENCE <= confidence <= HIGHEST_CONFIDENCE:
        raise UnusableInputError(
            f"a confidence of {confidence:g} is not usable; it lies between "
            f"{LOWEST_CONFIDENCE:g} and {HIGHEST_CONFIDENCE:g}, as 0.95 does"
        )


def summarize(values: Sequence[float], target: float, confidence: float = 0.95) -> Summary:
    """The group in numbers.

    Args:
        values: in per cent, at least one.
        target: in per cent; a value at it passes.
        confidence: of both intervals, 0.5 to 0.9999.

    Raises:
        UnusableInputError: a confidence outside of 0.5 to 0.9999.
        ValueError: no values.
    """
    from scipy.stats import t

    _check_confidence(confidence)
    n = len(values)
    mean = statistics.fmean(values)
    sd = statistics.stdev(values) if n > 1 else 0.0
    half = float(t.ppf((1 + confidence) / 2, n - 1)) * sd / math.sqrt(n) if n > 1 else math.inf
    passing = sum(value >= target - _ROUNDING for value in values)
    return Summary(
        n=n,
        mean=mean,
        sd=sd,
        minimum=min(values),
        maximum=max(values),
        interval=(mean - half, mean + half),
        passing=passing,
        pass_interval=wilson(passing, n, confidence),
    )


def wilson(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a share, within 0 and 1.

    It stays honest where all or none succeed, which is where small groups of seeds are.
    """
    from scipy.stats import binomtest

    _check_confidence(confidence)
    found = binomtest(successes, n).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)


def _welch_scale(sd_a: float, sd_b: float, n_a: int, n_b: int) -> tuple[float, float]:
    """Standard error of the difference, and Satterthwaite's degrees of freedom."""
    part_a, part_b = sd_a**2 / n_a, sd_b**2 / n_b
    freedom = (part_a + part_b) ** 2 / (part_a**2 / (n_a - 1) + part_b**2 / (n_b - 1))
    return math.sqrt(part_a + part_b), freedom


def welch(a: Sequence[float], b: Sequence[float], confidence: float = 0.95) -> Difference:
    """Welch's t-test of b against a: unequal spreads and unequal numbers of seeds are allowed.

    Where neither side shows any spread, whatever differs is told apart: equal error counts in
    every seed are too rare to be chance.

    Raises:
        UnusableInputError: a confidence outside of 0.5 to 0.9999.
        ValueError: a side without values.
    """
    from scipy.stats import t

    _check_confidence(confidence)
    seeds = len(a), len(b)
    difference = statistics.fmean(b) - statistics.fmean(a)
    if min(seeds) < 2:
        return Difference(difference, math.inf, 1.0, seeds, distinguishable=False)
    sds = statistics.stdev(a), statistics.stdev(b)
    if sds == (0.0, 0.0):
        differs = abs(difference) > _ROUNDING
        return Difference(difference, 0.0, 0.0 if differs else 1.0, seeds, differs)
    error, freedom = _welch_scale(*sds, *seeds)
    half = float(t.ppf((1 + confidence) / 2, freedom)) * error
    p = 2 * float(t.sf(abs(difference) / error, freedom))
    return Difference(difference, half, p, seeds, abs(difference) > half)


def seeds_needed(
    difference: float, sd_a: float, sd_b: float, confidence: float = 0.95
) -> int | None:
    """Seeds on each side with which Welch's test finds such a difference 8 times of 10.

    Args:
        difference: the true one, in the unit of the standard deviations; its sign is no matter.
        sd_a: of single seeds on one side.
        sd_b: of single seeds on the other.
        confidence: of the test, 0.5 to 0.9999.

    Returns:
        At least 2; None where there is no difference, or more than 100,000 would be needed.
    """
    from scipy.stats import nct, t

    _check_confidence(confidence)
    if abs(difference) <= _ROUNDING:
        return None
    if sd_a == sd_b == 0:
        return 2

    def finds(n: int) -> bool:
        error, freedom = _welch_scale(sd_a, sd_b, n, n)
        beyond = float(t.ppf((1 + confidence) / 2, freedom))
        return float(nct.sf(beyond, freedom, abs(difference) / error)) >= POWER

    enough = 2
    while not finds(enough):
        enough *= 2
        if enough > _SEEDS_NOBODY_RUNS:
            return None
    too_few = enough // 2 if enough > 2 else 1
    while enough - too_few > 1:
        middle = (enough + too_few) // 2
        too_few, enough = (too_few, middle) if finds(middle) else (middle, enough)
    return enough


def mcnemar(only_a: int, only_b: int) -> float:
    """McNemar's exact test of two networks on the same images; returns the two-sided p.

    Args:
        only_a: images that a alone gets right.
        only_b: images that b alone gets right.
    """
    from scipy.stats import binomtest

    if only_a + only_b == 0:
        return 1.0
    return float(binomtest(only_a, only_a + only_b).pvalue)
