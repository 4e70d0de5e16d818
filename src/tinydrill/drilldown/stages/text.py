"""A drill-down's outcome as plain Markdown, and the words that every rendering of it shares."""

from collections.abc import Iterator

from tinydrill.drilldown.stages.outcome import Row, StageOutcome, StagesOutcome

COLUMNS = (
    *("net", "recipe", "n", "mean %", "sd", "min %", "low %", "parameters", "MACs", "epochs"),
    *("s a run", "target"),
)
LEGEND = (
    "After the last epoch, over n seeds: mean, standard deviation, lowest. “low %” is the "
    "lowest reading in the last {last} of any seed. Seconds are of training."
)
AUTHOR = "The author"


def _spans(stage: StageOutcome) -> list[int]:
    """From how many last epochs the rows' lowest readings are, shortest first."""
    return sorted({row.last for row in stage.rows if row.last_minimum is not None})


def lowest(row: Row, stage: StageOutcome) -> str:
    """A row's lowest reading; with its span, where the stage has rows of another."""
    if row.last_minimum is None:
        return "–"
    return f"{row.last_minimum:.2f}" + (f" ({row.last})" if len(_spans(stage)) > 1 else "")


def cells(row: Row, stage: StageOutcome) -> tuple[str, ...]:
    """The texts of a stage's row, one a column of `COLUMNS`."""

    def shown(value: float | None, form: str) -> str:
        return "–" if value is None else form.format(value)

    count = str(len(row.accuracies))
    return (
        row.net,
        row.recipe,
        f"{count} ({len(row.diverged)} diverged)" if row.diverged else count,
        shown(row.mean, "{:.3f}"),
        shown(row.sd, "{:.3f}"),
        shown(row.minimum, "{:.2f}"),
        lowest(row, stage),
        f"{row.parameters:,}",
        f"{row.macs:,}",
        f"{row.epochs:g}",
        f"{row.seconds:.1f}",
        ("met" if row.met else "missed") + {True: ", goes on", False: "", None: ""}[row.goes_on],
    )


def legend(stage: StageOutcome, outcome: StagesOutcome) -> str:
    """What the columns mean."""
    spans = _spans(stage) or [row.last for row in stage.rows]
    epochs = f"{spans[-1]} epochs" if spans[-1] > 1 else "epoch"
    if len(spans) > 1:
        epochs = "epochs (so many as stand behind it)"
    told = LEGEND.format(last=epochs)
    finals = [f"{row.net} {row.test_mean:.3f} %" for row in stage.rows if row.test_mean is not None]
    if outcome.watched == "held-out":
        told += " All accuracies are of the held-out images; on the test images, read once at the "
        told += f"end: {', '.join(finals)}."
    return told


def verdict(stage: StageOutcome) -> str:
    """Whether the target was met, and by which configuration or how nearly."""
    row = stage.rows[stage.nearest]
    who = f"{row.net}, {row.recipe}"
    return f"met by {who}" if stage.met else f"missed; nearest came {who}"


def clause_lines(stage: StageOutcome) -> Iterator[tuple[bool, str]]:
    """For each limit of the target, whether it was kept, and what was wanted and found."""
    for clause in stage.clauses:
        yield clause.kept, f"{clause.wanted}: {clause.found}"


def _quoted(words: str) -> list[str]:
    """The author's words as they are, marked as theirs."""
    lines = [f"> {line}".rstrip() for line in words.strip().splitlines()]
    return [f"> **{AUTHOR}:**", *lines, ""] if lines else []


def _escaped(texts: tuple[str, ...]) -> Iterator[str]:
    yield from (text.replace("|", "\\|") for text in texts)


def markdown(outcome: StagesOutcome) -> str:
    """The whole drill-down as a document."""
    lines = [f"# {outcome.title}", "", *_quoted(outcome.remark)]
    lines += [f"Data: {outcome.data}. Made again by `{outcome.command}`.", ""]
    if len(outcome.stages) < outcome.planned:
        lines += [f"**{len(outcome.stages)} of {outcome.planned} stages so far.**", ""]
    for stage in outcome.stages:
        lines += [f"## {stage.number}. {stage.name}", "", *_quoted(stage.why)]
        lines += [f"Goes on with {stage.continues}.", ""] if stage.continues else []
        lines += ["### Target", "", f"{stage.target}: **{verdict(stage)}**.", ""]
        lines += [f"- {'✓' if kept else '✗'} {text}" for kept, text in clause_lines(stage)]
        lines += ["", "### Result", "", f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
        lines += [f"| {' | '.join(_escaped(cells(row, stage)))} |" for row in stage.rows]
        lines += ["", legend(stage, outcome), "", "### Analysis", ""]
        lines += [f"- {sentence.text}" for sentence in stage.sentences]
        lines += ["", *_quoted(stage.remark)]
    return "\n".join(lines).rstrip() + "\n"
