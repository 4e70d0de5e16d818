"""How the runs went, epoch by epoch: all seeds and their mean, test never without training."""

from collections.abc import Callable, Iterator, Sequence
from html import escape

from tinydrill.drilldown.data import WATCHED
from tinydrill.drilldown.record import Epoch, Measured
from tinydrill.drilldown.report.blocks import Block, Picture, Section, Text, number, table, tag
from tinydrill.drilldown.report.charts import COLOURS, Line, curves
from tinydrill.drilldown.report.material import Group

_TOGETHER = 3  # groups whose training and test images share a panel
_Value = Callable[[Measured], float]


def _loss(found: Measured) -> float:
    return found.loss


def _errors(found: Measured) -> float:
    return 100 * found.errors / found.images


def _watched(group: Group) -> str:
    return WATCHED[group.first.record.data.rule]


def _all_watched(groups: Sequence[Group]) -> str:
    """What the groups read after each epoch: of several rules, each."""
    return " or ".join(dict.fromkeys(map(_watched, groups)))


def _points(
    group: Group, number_: int, side: str, value: _Value
) -> tuple[tuple[float, float], ...]:
    kept = group.runs[number_].record
    return tuple(
        (epoch.images_seen / kept.data.training_images, value(getattr(epoch, side)))
        for epoch in kept.epochs
    )


def _mean(lines: Sequence[tuple[tuple[float, float], ...]]) -> tuple[tuple[float, float], ...]:
    """The mean at each epoch that all runs have."""
    return tuple(
        (points[0][0], sum(y for _, y in points) / len(points))
        for points in zip(*lines, strict=False)
    )


def _lines(groups: Sequence[Group], value: _Value, sides: Sequence[str]) -> list[Line]:
    thin, thick = [], []
    for place, group in enumerate(groups):
        colour = f"c{place % COLOURS}"
        for side, kind, what in (
            ("train", "train", "training images, as trained on"),
            ("watch", "test", f"{_watched(group)} images"),
        ):
            if side not in sides:
                continue
            each = [_points(group, i, side, value) for i in range(len(group.runs))]
            if len(each) > 1:
                for run, points in zip(group.runs, each, strict=True):
                    said = f"{group.name}, seed {run.record.seed}, {what}"
                    thin.append(Line(points, f"{colour} {kind} seed", said))
            said = f"{group.name}, {'mean, ' if len(each) > 1 else ''}{what}"
            thick.append(Line(_mean(each), f"{colour} {kind} mean", said))
    return thin + thick


def _key(groups: Sequence[Group]) -> str:
    seeds = any(len(group.runs) > 1 for group in groups)

    def swatch(kind: str) -> str:
        line = f'<g class="line {kind}"><polyline points="0,6 34,6"/></g>'
        return tag("svg", line, class_="swatch", viewBox="0 0 34 12", aria_hidden="true")

    colour = "c0" if len(groups) == 1 else "plain"
    entries = [
        (swatch(f"{colour} train mean"), "training images, as trained on"),
        (swatch(f"{colour} test mean"), f"{_all_watched(groups)} images"),
    ]
    if seeds:
        entries.append((swatch(f"{colour} test seed"), "a single seed; thick: the mean of all"))
    if len(groups) > 1:
        entries += [
            (swatch(f"c{place % COLOURS} test mean"), group.name)
            for place, group in enumerate(groups)
        ]
    return tag(
        "ul", "".join(tag("li", mark + escape(text)) for mark, text in entries), class_="key"
    )


def _row(group: Group, place: int) -> tuple[str, ...]:
    epochs: list[Epoch] = [
        run.record.epochs[place] for run in group.runs if len(run.record.epochs) > place
    ]

    def mean(value: _Value, side: str) -> float:
        return sum(value(getattr(epoch, side)) for epoch in epochs) / len(epochs)

    return (
        group.name,
        str(place + 1),
        str(len(epochs)),
        f"{mean(_loss, 'train'):.4f}",
        f"{mean(_loss, 'watch'):.4f}",
        f"{mean(_errors, 'train'):.2f}",
        f"{mean(_errors, 'watch'):.2f}",
        number(epochs[0].lr),
    )


def _panels(groups: Sequence[Group]) -> Iterator[str]:
    """Loss and errors; of many groups, training and test images beside each other.

    Both sides in one panel, a few groups can be told apart; of more, the last epochs of all would
    share a narrow band below the first epochs of training.
    """
    limits = {100 - group.first.record.budget.accuracy for group in groups}
    limit = limits.pop() if len(limits) == 1 else None
    for title, value, target in (
        ("Loss, nats an image", _loss, None),
        ("Errors, %", _errors, limit),
    ):
        if len(groups) <= _TOGETHER:
            yield curves(title, _lines(groups, value, ("train", "watch")), target)
        else:
            yield curves(f"{title}: training images", _lines(groups, value, ("train",)))
            named = f"{title}: {_all_watched(groups)} images"
            yield curves(named, _lines(groups, value, ("watch",)), target)


def training(groups: Sequence[Group]) -> Section:
    """Curves of loss and errors, and the numbers behind them."""
    drawn = _key(groups) + tag("div", "".join(_panels(groups)), class_="pair")
    watched = _all_watched(groups)
    head = (
        *("net and recipe", "epoch", "runs", "training loss", f"{watched} loss"),
        *("training errors %", f"{watched} errors %", "lr at the end"),
    )
    rows = [
        _row(group, place)
        for group in groups
        for place in range(max(len(run.record.epochs) for run in group.runs))
    ]
    blocks: list[Block] = [
        Text(_explained(groups)),
        Picture(drawn),
        table("Means over the runs, epoch by epoch", head, rows, folded=True),
    ]
    return Section("Training", tuple(blocks))


def _explained(groups: Sequence[Group]) -> str:
    """What either line counts, and why training can look worse; only what these recipes do."""
    recipes = [group.first.recipe for group in groups]
    ways = [
        words
        for words, does in (
            ("moved", any(r.rotate or r.shift or r.scale or r.shear for r in recipes)),
            ("the hard ones more often", any(r.focus < 1 for r in recipes)),
            ("with smoothed labels in their loss", any(r.label_smoothing for r in recipes)),
        )
        if does
    ]
    watched = f"{_all_watched(groups)} images"
    told = (
        "Training images are counted while the network still changes, over the epoch; the "
        f"{watched} after it."
    )
    if ways:
        some = " (by the recipes that ask for it)" if len(groups) > 1 else ""
        told += (
            f" The former count as they were trained on{some}: {', '.join(ways)}. So "
            f"they can look worse than the {watched}, which are read as they are."
        )
    rules = {group.first.record.data.rule for group in groups}
    if "once" in rules:
        told += (
            " Trained-on images are training images read as they are: they say how well those are "
            "learned, not how well others are read."
        )
    if rules != {"full"}:
        told += (
            " The test images, which the target is about, were read once, at the end"
            f"{' (by some of the runs)' if 'full' in rules else ''}: see the verdict."
        )
    return told
