"""A stage's result and analysis, put together from what was trained: no training, no files."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from tinydrill.drilldown.stages import analysis, contrasts, fitting
from tinydrill.drilldown.stages.file import Choice, Stage, Target
from tinydrill.drilldown.stages.outcome import Clause, Row, Sentence, StageOutcome
from tinydrill.drilldown.stages.targets import clauses, nearest, permits
from tinydrill.drilldown.stages.trained import Floats, Trained
from tinydrill.drilldown.stats import summarize

# Single configurations are gone through in words only so many, the best first: a person reads them.
DETAILED = 3
# What the table's "last" is read from where a target asks for less: fewer than three epochs can't
# show whether an accuracy is held.
_LAST = 3

Held = tuple[Trained, tuple[Clause, ...]]


def target_of(stage: Stage) -> Target:
    """The stage's target; a stage that was read from a file has one."""
    assert stage.target is not None
    return stage.target


def held_against(target: Target, many: Sequence[Trained]) -> list[Held]:
    """Every configuration with the target's clauses."""
    return [(trained, clauses(target, trained)) for trained in many]


def detailed(many: Sequence[Trained]) -> list[Trained]:
    """Those whose analysis is put in words: the best by mean, of those that finished at all."""
    return _ranked(many)[:DETAILED]


def _ranked(many: Sequence[Trained]) -> list[Trained]:
    """Those that finished, best first."""
    return sorted((one for one in many if one.finished), key=lambda one: -one.mean)


def row_of(trained: Trained, held: tuple[Clause, ...], last: int, runs: Sequence[str]) -> Row:
    """One line of the table.

    Args:
        trained: a configuration.
        held: its target's clauses.
        last: the epochs from the end in which the lowest reading is looked for.
        runs: the folder names of its runs.
    """
    last = min([max(last, _LAST), *(len(run.epochs) for run in trained.finished)])
    accuracies = trained.accuracies
    summary = summarize(accuracies, 0) if accuracies else None
    finals = [run.final.accuracy for run in trained.finished if run.final]
    return Row(
        net=trained.net,
        named=trained.configuration.net,
        recipe=trained.configuration.recipe_name,
        runs=tuple(runs),
        seeds=tuple(run.seed for run in trained.runs),
        diverged=tuple(run.seed for run in trained.diverged),
        accuracies=accuracies,
        mean=summary.mean if summary else None,
        sd=summary.sd if summary and summary.n > 1 else None,
        minimum=summary.minimum if summary else None,
        last=last,
        last_minimum=min(
            (one.accuracy for readings in trained.last(last) for one in readings), default=None
        ),
        test_mean=fmean(finals) if finals else None,
        parameters=trained.parameters,
        macs=trained.macs,
        epochs=trained.epochs,
        seconds=trained.seconds,
        clauses=held,
        met=all(clause.kept for clause in held),
    )


def _of_one(
    trained: Trained, wanted: float, matrices: Sequence[Floats]
) -> Iterator[Sentence | None]:
    """All that is to be said of one configuration by itself."""
    for topic, text in (
        ("fit", fitting.over_fits(trained)),
        ("fit", fitting.under_fits(trained, wanted)),
        ("fit", fitting.fits(trained, wanted)),
        ("fit", fitting.leads(trained, wanted)),
        ("fit", fitting.loss_rises(trained)),
        ("fit", fitting.loss_holds(trained)),
        ("trend", analysis.improves(trained)),
        ("trend", analysis.plateaus(trained)),
        ("trend", analysis.has_no_clear_trend(trained)),
        ("trend", analysis.worsens(trained)),
        ("step", analysis.step_too_large(trained)),
        ("step", analysis.step_calm(trained)),
        ("best epoch", analysis.best_flatters(trained)),
        ("confusion", analysis.confused(trained, matrices)),
    ):
        yield Sentence(topic=topic, text=f"{text}.") if text else None  # type: ignore[arg-type]


def _in_short(many: Sequence[Trained], wanted: float) -> str | None:
    """What is to be said of those that are not gone through one by one."""
    rest = [one for one in _ranked(many) if one not in detailed(many)]
    told = []
    for one in rest:
        facts = {
            "over-fits": fitting.over_fits(one) or fitting.loss_rises(one),
            "under-fits": fitting.under_fits(one, wanted),
            "is still improving": analysis.improves(one),
            "is on a plateau": analysis.plateaus(one),
            "gets worse at the end": analysis.worsens(one),
            "seems to end at too large a step": analysis.step_too_large(one),
        }
        words = [word for word, text in facts.items() if text] or ["shows nothing clear"]
        told.append(f"{one.called} ({one.mean:.2f} %) {', '.join(words)}")
    return f"Behind the best {DETAILED}, in short: {'; '.join(told)}" if told else None


def sentences(
    many: Sequence[Trained],
    before: Sequence[Trained],
    wanted: float,
    matrices: Mapping[Trained, Sequence[Floats]],
) -> tuple[Sentence, ...]:
    """The analysis of a stage: what the change brought, then the best, then all side by side.

    Args:
        many: what the stage trained.
        before: what the stage before trained; nothing for the first.
        wanted: the target's accuracy in %.
        matrices: confusion on the test images, of each run whose weights are there.
    """
    told: list[Sentence | None] = []

    def tell(topic: str, text: str | None) -> None:
        if text:
            told.append(Sentence(topic=topic, text=f"{text}."))  # type: ignore[arg-type]

    for trained in many:
        tell("divergence", analysis.diverges(trained))
    for old, new in contrasts.counterparts(before, many):
        tell("change", contrasts.gains(old, new))
        tell("change", contrasts.gains_nothing(old, new))
    for trained in detailed(many):
        told += _of_one(trained, wanted, matrices.get(trained, ()))
    tell("fit", _in_short(many, wanted))
    tell("cost", contrasts.per_parameter(many))
    tell("cost", contrasts.per_mac(many))
    return tuple(one for one in told if one)


def outcome_of(
    number: int,
    stage: Stage,
    held: Sequence[Held],
    before: Sequence[Trained],
    runs: Mapping[Trained, Sequence[str]],
    matrices: Mapping[Trained, Sequence[Floats]],
) -> StageOutcome:
    """A stage's outcome, before anybody has chosen from it."""
    target = target_of(stage)
    rows = tuple(row_of(one, clauses, target.last, runs[one]) for one, clauses in held)
    return StageOutcome(
        number=number,
        name=stage.name,
        why=stage.why,
        remark=stage.remark,
        continues=stage.continues.in_words() if stage.continues else "",
        rule=stage.continues,
        limits=target,
        target=target.in_words(len(stage.seeds)),
        met=any(row.met for row in rows),
        nearest=nearest(list(held)),
        rows=rows,
        sentences=sentences([one for one, _ in held], before, target.accuracy or 0.0, matrices),
    )


def with_choice(
    outcome: StageOutcome, many: Sequence[Trained], kept: list[Trained], choice: Choice
) -> StageOutcome:
    """The same once the next stage has chosen: who goes on, and what choosing costs in honesty."""
    rows = tuple(
        row.model_copy(update={"goes_on": one in kept})
        for row, one in zip(outcome.rows, many, strict=True)
    )
    by_accuracy = choice.met or choice.best is not None
    eligible = [one for one in many if permits(choice, one)]
    told = contrasts.choosing_flatters(eligible, len(kept)) if by_accuracy else None
    extra = (Sentence(topic="choice", text=f"{told}."),) if told else ()
    return outcome.model_copy(update={"rows": rows, "sentences": (*outcome.sentences, *extra)})
