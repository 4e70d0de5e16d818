"""What comes first: the verdict and the budget, and every run there is."""

from collections.abc import Sequence
from html import escape

from tinydrill.drilldown.data import Split
from tinydrill.drilldown.record import Record
from tinydrill.drilldown.report.blocks import Block, Picture, Section, Table, Text, table, tag
from tinydrill.drilldown.report.material import Group, Material
from tinydrill.drilldown.stats import Summary, summarize

_PANELS = 4  # so many verdicts can be taken in; more become a table


def accuracies(group: Group) -> Summary:
    """The runs' accuracies in per cent, recomputed from their weights."""
    target = group.first.record.budget.accuracy
    return summarize([run.score.accuracy for run in group.runs], target)


def _spread(found: Summary) -> str:
    """Mean, deviation and interval in words; of a single run, its accuracy."""
    if found.n == 1:
        return f"{found.mean:.2f} %"
    if not found.sd:
        return f"{found.mean:.2f} % with each of {found.n} seeds"
    low, high = found.interval
    return (
        f"{found.mean:.3f} % on average of {found.n} seeds (sd {found.sd:.3f}, lowest "
        f"{found.minimum:.2f} %; with 95 % confidence the mean lies between {low:.2f} and "
        f"{high:.2f} %)"
    )


def _sign(kept: bool, yes: str, no: str) -> str:
    return yes if kept else no


def _limits(group: Group) -> tuple[tuple[str, str, str, bool], ...]:
    """Measured value, what it is, the limit it is held to, and whether it keeps to it."""
    kept, found = group.first.record, accuracies(group)
    budget = kept.budget
    accurate = all(
        run.record.verdict is not None and run.record.verdict.accurate for run in group.runs
    )
    small = kept.net.parameters < budget.parameters
    short = all(run.record.epochs_counted <= budget.epochs for run in group.runs)
    accuracy = f"{found.minimum:.2f} %"
    return (
        (
            accuracy,
            "test accuracy" if found.n == 1 else f"lowest test accuracy of {found.n} seeds",
            f"{_sign(accurate, '≥', '<')} {budget.accuracy:.2f} %",
            accurate,
        ),
        (
            f"{kept.net.parameters:,}",
            "parameters",
            f"{_sign(small, '<', '≥')} {budget.parameters:,}",
            small,
        ),
        (
            f"{kept.epochs_counted:g}",
            "epochs",
            f"{_sign(short, '≤', '>')} {budget.epochs:g}",
            short,
        ),
    )


def _word(group: Group) -> str:
    return "PASS" if group.passed == group.tried else "FAIL"


def _counted(group: Group) -> str:
    if group.tried == 1:
        return _word(group)
    return f"{_word(group)}: {group.passed} of {group.tried} runs keep to the budget"


def _panel(group: Group, titled: bool) -> Picture:
    word = _word(group)
    cards = "".join(
        tag(
            "li",
            tag("b", escape(value)) + tag("span", escape(what)) + tag("small", escape(limit)),
            class_="kept" if fine else "broken",
        )
        for value, what, limit, fine in _limits(group)
    )
    head = tag("strong", word, class_=f"word {word.lower()}")
    line = tag("span", escape(_counted(group).partition(": ")[2]))
    name = tag("b", escape(group.name), class_="name") if titled else ""
    html = tag("div", f"{name}<p>{head} {line}</p>" + tag("ul", cards), class_="verdict")
    rows = [(what, value, limit) for value, what, limit, _ in _limits(group)]
    caption = f"{group.name}: {_counted(group)}"
    return Picture(html, table(caption, ("what", "measured", "budget"), rows))


def _summaries(groups: Sequence[Group]) -> Table:
    """A row for each of many groups."""
    rows = []
    for group in groups:
        found, kept = accuracies(group), group.first.record
        rows.append(
            (
                group.name,
                f"{_word(group)}, {group.passed} of {group.tried}",
                f"{found.mean:.3f}",
                f"{found.sd:.3f}" if found.n > 1 else "–",
                f"{found.minimum:.2f}",
                f"{kept.net.parameters:,}",
                f"{kept.epochs_counted:g}",
            )
        )
    head = (
        *("net and recipe", "verdict, runs", "mean %", "sd", "lowest %", "parameters", "epochs"),
    )
    return table("Test accuracy after the last epoch", head, rows, (0, 1))


def _run_row(kept: Record, where: str, titled: str) -> tuple[str, ...]:
    verdict, judged = kept.verdict, kept.judged
    word = ("PASS" if verdict.passed else "FAIL") if verdict else kept.status
    measured = (
        (f"{judged.errors:,}", f"{judged.accuracy:.2f}", f"{judged.loss:.4f}")
        if judged
        else ("–", "–", "–")
    )
    best = f"{kept.best.watch.accuracy:.2f}" if kept.best and verdict else "–"
    if best != "–" and kept.data.rule == "held-out":
        best += " (held-out)"
    return (
        *(where, titled, str(kept.seed), word, *measured, best),
        *(f"{kept.epochs_counted:g}", f"{kept.seconds.training:.1f}"),
    )


def _runs_caption(rules: set[Split]) -> str:
    """What the table of runs shows; which images the best epoch is of depends on the rule."""
    told = "Every run. The last epoch is judged"
    if rules != {"once"}:
        told += "; the best one stands here for comparison only"
    if "held-out" in rules:
        told += ", by the held-out images, not the test images"
    if "once" in rules:
        told += (
            ". Where test images are read at the end only, there is no best epoch: the images read "
            "after each are trained on"
        )
    return f"{told}."


def _without(group: Group) -> str:
    """What the mean leaves out, as a clause."""
    diverged = group.tried - len(group.runs)
    if not diverged:
        return ""
    some = "1 run that diverged is" if diverged == 1 else f"{diverged} runs that diverged are"
    return f"; {some} left out of it"


def verdict(material: Material) -> Section:
    """The verdict and the budget of each group, and every run there is."""
    groups = material.groups
    blocks: list[Block] = []
    if len(groups) > _PANELS:
        blocks.append(_summaries(groups))
    for group in groups[: _PANELS if len(groups) <= _PANELS else 0]:
        blocks.append(_panel(group, len(groups) > 1))
        named = f"{group.name}: test accuracy " if len(groups) > 1 else "Test accuracy: "
        blocks.append(Text(f"{named}{_spread(accuracies(group))}{_without(group)}."))
    rows = []
    for group in groups:
        rows += [_run_row(run.record, run.run.resolve().name, group.name) for run in group.runs]
        rows += [_run_row(kept, "–", group.name) for kept in group.others]
    rows += [
        _run_row(kept, "–", f"{kept.net.name}, recipe {kept.recipe_name}")
        for kept in material.strays
    ]
    head: tuple[str, ...] = (
        *("run", "net and recipe", "seed", "verdict", "errors", "accuracy %", "loss"),
        *("best epoch %", "epochs", "training s"),
    )
    caption = _runs_caption({group.first.record.data.rule for group in groups})
    if len({row[1] for row in rows}) == 1:
        head, rows = (head[0], *head[2:]), [(row[0], *row[2:]) for row in rows]
        blocks.append(table(caption, head, rows, (0, 2)))
    else:
        blocks.append(table(caption, head, rows, (0, 1, 3)))
    blocks.append(Text(_agreement(material)))
    return Section("Verdict", tuple(blocks))


def _agreement(material: Material) -> str:
    """Whether the weights still give what the records say."""
    different = [
        f"{run.run.resolve().name} gives {run.score.errors} errors, its record says "
        f"{run.record.judged.errors}"
        for run in material.runs
        if run.record.judged and run.score.errors != run.record.judged.errors
    ]
    if not different:
        return (
            "All test images were read anew from the weights for this report: every run makes as "
            "many errors as its record says."
        )
    return (
        f"Read anew from the weights, {'; '.join(different)}: another machine or another version "
        "of torch can round a close call the other way."
    )
