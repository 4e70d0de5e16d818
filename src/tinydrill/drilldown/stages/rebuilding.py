"""An outcome made anew from the records of its runs, and held against what its file says.

Whoever shows an outcome shows this one: a file of JSON is edited, or copied beside other runs, more
easily than records and weights are. The author's words, the targets and the rules are the file's.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping

from tinydrill.drilldown.data import WATCHED
from tinydrill.drilldown.recipe import from_mapping
from tinydrill.drilldown.record import Record
from tinydrill.drilldown.stages.configuration import Configuration
from tinydrill.drilldown.stages.file import Stage
from tinydrill.drilldown.stages.outcome import Clause, Row, StageOutcome, StagesOutcome
from tinydrill.drilldown.stages.result import (
    Held,
    detailed,
    held_against,
    outcome_of,
    with_choice,
)
from tinydrill.drilldown.stages.targets import survivors
from tinydrill.drilldown.stages.trained import Floats, Trained
from tinydrill.errors import UnusableInputError

_AGAIN = "the command in that file makes it again"
# Sums of the same numbers may differ in their last digits from one version of Python to the next.
_EQUAL = 1e-9


def rebuilt(
    outcome: StagesOutcome,
    records: Mapping[str, Record],
    confusion: Callable[[str], Floats | None],
    where: str,
) -> StagesOutcome:
    """The outcome as its records tell it.

    Args:
        outcome: what the file says.
        records: of every run that it names, by the folder's name.
        confusion: of a finished run by its folder's name, on the images watched, [classes,
            classes]; None where it can't be had.
        where: the file stands, for the sentence if it is wrong.

    Raises:
        UnusableInputError: file and records disagree.
    """
    _check_images(outcome, records, where)
    made: list[StageOutcome] = []
    before: list[Held] = []
    for stage in outcome.stages:
        if not stage.rows or not all(row.runs for row in stage.rows):
            raise UnusableInputError(f"{where} names no runs of stage {stage.number}; {_AGAIN}")
        many = [one for one, _ in before]
        if stage.rule is not None and made:
            try:
                chosen = survivors(stage.rule, before, f"stage {made[-1].number}")
            except UnusableInputError as error:
                raise UnusableInputError(f"{where}: stage {stage.number} {error}") from None
            made[-1] = with_choice(made[-1], many, chosen, stage.rule)
        before = _held(stage, records)
        runs = {one: row.runs for (one, _), row in zip(before, stage.rows, strict=True)}
        matrices = {
            one: [
                matrix
                for name, run in zip(runs[one], one.runs, strict=True)
                if run.status == "finished" and (matrix := confusion(name)) is not None
            ]
            for one in detailed(list(runs))
        }
        asked = Stage(
            name=stage.name,
            why=stage.why,
            remark=stage.remark,
            seeds=stage.rows[0].seeds,
            continues=stage.rule,
            target=stage.limits,
        )
        made.append(outcome_of(stage.number, asked, before, many, runs, matrices))
    for said, found in zip(outcome.stages, made, strict=True):
        _check_stage(said, found, where)
    return outcome.model_copy(update={"stages": tuple(made)})


def _held(stage: StageOutcome, records: Mapping[str, Record]) -> list[Held]:
    """What a stage trained, row by row, each with its target's clauses."""
    nets = Counter(row.named for row in stage.rows)
    many = [
        Trained(
            _configuration(row, records[row.runs[0]]),
            tuple(records[name] for name in row.runs),
            alone=nets[row.named] == 1,
        )
        for row in stage.rows
    ]
    return held_against(stage.limits, many)


def _configuration(row: Row, kept: Record) -> Configuration:
    base, _, changed = kept.recipe_name.partition(" with ")
    pairs = [change.partition("=")[::2] for change in changed.split(", ") if change]
    return Configuration(row.named, base, tuple(pairs), from_mapping(kept.recipe))


def _check_images(outcome: StagesOutcome, records: Mapping[str, Record], where: str) -> None:
    for name, kept in records.items():
        if kept.data.sha256 != outcome.data_sha256:
            raise UnusableInputError(f"{where} is on other images than its run {name}; {_AGAIN}")
        if WATCHED[kept.data.rule] != outcome.watched:
            raise UnusableInputError(
                f"{where} says that {outcome.watched} images were watched, but in {name} it was "
                f"the {WATCHED[kept.data.rule]} ones; {_AGAIN}"
            )


def _check_stage(said: StageOutcome, found: StageOutcome, where: str) -> None:
    """Refuse a stage whose rows or verdict are not those of the records."""
    for one, other in zip(said.rows, found.rows, strict=True):
        for name in Row.model_fields:
            wrong, right = getattr(one, name), getattr(other, name)
            if not _same(wrong, right):
                raise UnusableInputError(
                    f"{where} says of {other.net}, {other.recipe} in stage {found.number}: {name} "
                    f"{_told(wrong)}; its records say {_told(right)}; {_AGAIN}"
                )
    if (said.met, said.nearest) != (found.met, found.nearest):
        raise UnusableInputError(
            f"{where} says that the target of stage {found.number} is "
            f"{'met' if said.met else 'missed'}; by the records it is "
            f"{'met' if found.met else 'missed'}; {_AGAIN}"
        )


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_EQUAL)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def _told(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_told, value)) or "none"
    if isinstance(value, Clause):
        return f"“{value.wanted}: {value.found}” {'kept' if value.kept else 'broken'}"
    return str(value)
