"""A drill-down in stages, as its outcome tells it: target, result, analysis of each."""

from tinydrill.drilldown.report.blocks import Block, Code, Section, Text, table
from tinydrill.drilldown.stages import StageOutcome, StagesOutcome
from tinydrill.drilldown.stages.text import AUTHOR, COLUMNS, cells, clause_lines, legend, verdict


def _author(words: str) -> list[Block]:
    """What the author wrote, marked as theirs."""
    return [Text(f"{AUTHOR}: {words.strip()}", quoted=True)] if words.strip() else []


def _target(stage: StageOutcome) -> Section:
    clauses = [
        ("kept" if kept else "broken", *text.partition(": ")[::2])
        for kept, text in clause_lines(stage)
    ]
    head = ("limit", "wanted", "found")
    blocks: list[Block] = [
        Text(f"{stage.target}: {verdict(stage)}.", strong=True, good=stage.met),
        table("The target, limit by limit", head, clauses, range(3)),
    ]
    return Section("Target", tuple(blocks))


def _stage(stage: StageOutcome, outcome: StagesOutcome) -> Section:
    before = _author(stage.why)
    if stage.continues:
        before.append(Text(f"Goes on with {stage.continues}."))
    result = table(
        legend(stage, outcome),
        COLUMNS,
        [cells(row, stage) for row in stage.rows],
        (0, 1, len(COLUMNS) - 1),
    )
    analysis: list[Block] = [Text(sentence.text) for sentence in stage.sentences]
    return Section(
        f"{stage.number}. {stage.name}",
        tuple(before),
        (
            _target(stage),
            Section("Result", (result,)),
            Section("Analysis", (*analysis, *_author(stage.remark))),
        ),
    )


def stages(outcome: StagesOutcome) -> Section:
    """The whole drill-down; what came of it stands first."""
    done, planned = len(outcome.stages), outcome.planned
    missed = [stage.name for stage in outcome.stages if not stage.met]
    told = (
        f"{done} of {planned} stages so far."
        if done < planned
        else f"{'PASS' if outcome.met else 'FAIL'}: the last stage's target is "
        f"{'met' if outcome.met else 'missed'}."
    )
    if missed:
        told += f" Missed: {', '.join(missed)}."
    blocks: list[Block] = [Text(told, strong=True, good=outcome.met), *_author(outcome.remark)]
    blocks += [Text(f"Data: {outcome.data}. Made again by:"), Code((outcome.command,))]
    parts = tuple(_stage(stage, outcome) for stage in outcome.stages)
    return Section(f"Stages: {outcome.title}", tuple(blocks), parts)
