"""The circumstances of runs: how to have them again, where their time went, on what they ran."""

from collections.abc import Sequence
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
    blocks.append(table("What was run", ("what", *names), facts, columns))
    recipes = _recipes(groups)
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


def _recipes(groups: Sequence[Group]) -> dict[str, dict[str, object]]:
    """Each recipe once, by its name; those of one name that differ by their group's."""
    named: dict[str, list[Group]] = {}
    for group in groups:
        alike = named.setdefault(group.first.record.recipe_name, [])
        if all(group.first.record.recipe != known.first.record.recipe for known in alike):
            alike.append(group)
    return {
        name if len(alike) == 1 else group.name: group.first.record.recipe
        for name, alike in named.items()
        for group in alike
    }


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
