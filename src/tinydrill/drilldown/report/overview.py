"""What comes first and last: the verdict, how to have it again, where the time went, on what."""

from html import escape

from tinydrill.drilldown.recipe import unit_of
from tinydrill.drilldown.record import Record
from tinydrill.drilldown.report.blocks import (
    Block,
    Code,
    Picture,
    Section,
    Text,
    number,
    table,
    tag,
)
from tinydrill.drilldown.report.charts import stacked
from tinydrill.drilldown.report.material import Group, Material
from tinydrill.drilldown.stats import Summary, summarize


def accuracies(group: Group) -> Summary:
    """The runs' accuracies in per cent, recomputed from their weights."""
    target = group.first.record.budget.accuracy
    return summarize([run.score.accuracy for run in group.runs], target)


def _spread(found: Summary) -> str:
    """Mean, deviation and interval in words; of a single run, its accuracy."""
    if found.n == 1:
        return f"{found.mean:.2f} %"
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
    return Picture(html, table(caption, ("", "measured", "budget"), rows))


def _run_row(kept: Record, where: str, titled: str) -> tuple[str, ...]:
    verdict, judged = kept.verdict, kept.judged
    word = ("PASS" if verdict.passed else "FAIL") if verdict else kept.status
    measured = (
        (f"{judged.errors:,}", f"{judged.accuracy:.2f}", f"{judged.loss:.4f}")
        if judged
        else ("–", "–", "–")
    )
    best = f"{kept.best.watch.accuracy:.2f}" if kept.best and verdict else "–"
    return (
        *(where, titled, str(kept.seed), word, *measured, best),
        *(f"{kept.epochs_counted:g}", f"{kept.seconds.training:.1f}"),
    )


def verdict(material: Material) -> Section:
    """The verdict and the budget of each group, and every run there is."""
    groups = material.groups
    blocks: list[Block] = []
    for group in groups:
        blocks.append(_panel(group, len(groups) > 1))
        named = f"{group.name}: " if len(groups) > 1 else "Test accuracy: "
        blocks.append(Text(f"{named}{_spread(accuracies(group))}."))
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
    caption = "Every run. The last epoch is judged; the best one stands here for comparison only."
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


def again(material: Material) -> Section:
    """What was run, and what to type to run it again."""
    blocks: list[Block] = [
        Text("Each command makes its run again; the same machine and versions give the same bits."),
        Code(tuple(dict.fromkeys(run.record.command for run in material.runs))),
    ]
    groups = material.groups
    names = [group.name for group in groups]
    kept = [group.first.record for group in groups]
    facts = (
        ("images", *(one.data.name for one in kept)),
        (
            "SHA-256 of the test images",
            *(one.data.sha256["t10k-images-idx3-ubyte"][:16] + "…" for one in kept),
        ),
        ("rule", *(one.data.rule_in_words for one in kept)),
        ("trained on", *(f"{one.data.trained_on:,} images" for one in kept)),
    )
    columns = range(1 + len(groups))
    blocks.append(table("What was run", ("", *names), facts, columns))
    recipes: dict[str, dict[str, object]] = {}
    for group in groups:
        recipes.setdefault(group.first.record.recipe_name, group.first.record.recipe)
    fields = list(next(iter(recipes.values())))
    values = [
        (name, unit_of(name) or "–", *(_plain(recipe.get(name)) for recipe in recipes.values()))
        for name in fields
    ]
    head = ("field", "unit", *recipes)
    blocks.append(
        table(
            "The recipe, field by field; `tinydrill recipes` gives the reasons",
            head,
            values,
            (0, 1),
            folded=True,
        )
    )
    return Section("How to run it again", tuple(blocks))


def _plain(value: object) -> str:
    return number(value, 6) if isinstance(value, int | float) else str(value)


_PARTS = ("data", "augment", "train", "evaluate")


def seconds(material: Material) -> Section:
    """Where the time of each run went."""
    rows, bars = [], []
    for run in material.runs:
        kept, name = run.record, run.run.resolve().name
        split = [(part, getattr(kept.seconds, part)) for part in _PARTS]
        shown = kept.epochs[-1].images_seen / (kept.seconds.training or 1.0)
        rows.append(
            (
                name,
                *(f"{value:.1f}" for _, value in split),
                f"{kept.seconds.total:.1f}",
                f"{shown:,.0f}",
            )
        )
        label = f"{name}: " + ", ".join(f"{part} {value:.1f} s" for part, value in split)
        bars.append(tag("li", tag("span", escape(name)) + stacked(split, label)))
    key = "".join(
        tag("li", f'<i class="c{place}"></i> {part}') for place, part in enumerate(_PARTS)
    )
    html = tag("ul", key, class_="key") + tag("ul", "".join(bars), class_="times")
    head = ("run", *(f"{part}, s" for part in _PARTS), "in all, s", "training images a second")
    found = table("Seconds by what they went into", head, rows)
    return Section("Where the time went", (Picture(html), found))


def environment(material: Material) -> Section:
    """On what the runs were made: each environment once, with its runs."""
    by: dict[str, tuple[Record, list[str]]] = {}
    for run in material.runs:
        key = run.record.environment.model_dump_json()
        by.setdefault(key, (run.record, []))[1].append(run.run.resolve().name)
    rows = []
    for kept, names in by.values():
        where = kept.environment
        versions = ", ".join(f"{name} {is_}" for name, is_ in where.packages.items())
        rows.append(
            (
                ", ".join(names),
                f"{where.processor}, {where.threads} of {where.cores} cores, {where.device}",
                where.system,
                f"Python {where.python}, {versions}",
                f"{where.tinydrill} ({where.revision or 'not from a checkout'})",
            )
        )
    head = ("runs", "processor", "system", "versions", "tinydrill")
    return Section("Environment", (table("Made on", head, rows, range(5)),))
