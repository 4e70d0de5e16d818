"""`tinydrill compare`: is B better than A, or was it the seed?"""

import contextlib
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tinydrill.cli.data import DataFolder, images_of
from tinydrill.cli.printing import AsJson, print_json, print_table, say, table, tell
from tinydrill.errors import UnusableInputError

if TYPE_CHECKING:
    from tinydrill.drilldown.compare import Comparison
    from tinydrill.drilldown.group import Group
    from tinydrill.drilldown.paired import Paired
    from tinydrill.drilldown.stats import Summary

Place = Annotated[
    Path,
    typer.Argument(
        help="A run's folder, a folder of runs, or a .jsonl file of records.", show_default=False
    ),
]


def compare(
    a: Place,
    b: Place,
    target: Annotated[
        float, typer.Option("--target", help="Accuracy in % whose pass rate is counted.")
    ] = 99.4,
    confidence: Annotated[
        float, typer.Option("--confidence", help="Of every interval, 0.5 to 0.9999.")
    ] = 0.95,
    folder: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Compare two groups of seeds: is B better than A, or was it the seed?

    The last epoch counts, on the test images, or on the held-out ones of runs made with --split.
    Two single runs with weights are also compared image by image, on the same images.
    """
    from tinydrill.drilldown.compare import compare as measure
    from tinydrill.drilldown.group import group
    from tinydrill.drilldown.records import gather

    if a.resolve() == b.resolve():
        raise UnusableInputError(f"A and B are both {a}; name two different groups")
    one, other = (group(str(place), gather(place)) for place in (a, b))
    comparison = measure(one, other, target, confidence)
    paired = _paired(comparison, folder)
    if as_json:
        print_json(_document(comparison, paired))
    else:
        _print(comparison, paired)


def _paired(comparison: "Comparison", folder: Path | None) -> "Paired | None":
    """The two networks image by image, where each side is one run with its weights."""
    from tinydrill.drilldown.record import WEIGHTS

    groups = comparison.a, comparison.b
    single = all(len(group.runs) == 1 for group in groups)
    places = [Path(group.runs[0][0]) for group in groups]
    if not single or not all(place.is_dir() for place in places):
        if folder is not None:
            raise UnusableInputError(
                "--data is for two single runs with weights; groups are compared by their records"
            )
        return None
    for place in places:
        if not (place / WEIGHTS).is_file():
            say(f"Not compared image by image: {place} has no weights.")
            return None
    from tinydrill.drilldown.paired import pair, rightness

    right = []
    for group, place in zip(groups, places, strict=True):
        images = images_of(place, group.first, folder)
        with contextlib.redirect_stdout(sys.stderr):  # a network of the user's may print
            right.append(rightness(place, group.first, images))
    return pair(right[0], right[1], comparison.a.which)


def _ends(interval: tuple[float, float]) -> list[float] | None:
    """An interval for JSON, which has no infinity."""
    return list(interval) if math.isfinite(interval[0]) else None


def _numbers(summary: "Summary") -> dict[str, Any]:
    values = asdict(summary)
    return values | {
        "sd": values["sd"] if summary.n > 1 else None,
        "interval": _ends(summary.interval),
        "pass_interval": _ends(summary.pass_interval),
    }


def _document(comparison: "Comparison", paired: "Paired | None") -> dict[str, Any]:
    sides = zip(
        ("a", "b"), (comparison.a, comparison.b), comparison.last, comparison.best, strict=True
    )
    found = comparison.difference
    return {
        "target": comparison.target,
        "confidence": comparison.confidence,
        **{
            side: {
                "place": group.name,
                "net": group.first.net.name,
                "recipe": group.first.recipe_name,
                "images": group.images_in_words,
                "seeds": [run.seed for _, run in group.runs],
                "diverged": group.diverged,
                "unfinished": group.unfinished,
                "last_epoch": _numbers(last),
                "best_epoch_for_comparison_only": best and _numbers(best),
            }
            for side, group, last, best in sides
        },
        "b_minus_a": {
            "difference": found.difference,
            "half_width": found.half_width if math.isfinite(found.half_width) else None,
            "p": found.p if math.isfinite(found.half_width) else None,
            "distinguishable": found.distinguishable,
            "seeds_that_would_tell": comparison.enough,
        },
        "better": comparison.better and comparison.better.lower(),
        "same_images": asdict(paired) if paired else None,
        "sentence": comparison.sentence,
    }


def _range(ends: tuple[float, float], digits: int) -> str:
    if not math.isfinite(ends[0]):
        return "–"
    return f"{ends[0]:.{digits}f} … {ends[1]:.{digits}f}"


def _column(group: "Group", last: "Summary", best: "Summary | None") -> list[str]:
    of = last.n + group.diverged
    return [
        group.first.net.name,
        group.first.recipe_name,
        f"{group.first.epochs_counted:g}",
        f"{group.images:,} {group.which}",
        str(last.n),
        f"{last.mean:.3f}",
        f"{last.sd:.3f}" if last.n > 1 else "–",
        f"{last.minimum:.2f} … {last.maximum:.2f}",
        _range(last.interval, 3),
        f"{last.passing} of {of}",
        _range((100 * last.pass_interval[0], 100 * last.pass_interval[1]), 0),
        f"{best.mean:.3f}" if best else "–",
    ]


def _print(comparison: "Comparison", paired: "Paired | None") -> None:
    groups, level = (comparison.a, comparison.b), f"{100 * comparison.confidence:g} %"
    result = table("", "", "A", "B", right=("A", "B"))
    labels = (
        *("net", "recipe", "epochs", "images", "seeds", "mean %", "sd", "min … max %"),
        f"mean, {level} interval (t)",
        f"at {comparison.target:g} % or better",
        f"that share in %, {level} interval (Wilson)",
        "best epochs' mean %, no result",
    )
    columns = [
        _column(group, last, best)
        for group, last, best in zip(groups, comparison.last, comparison.best, strict=True)
    ]
    for cells in zip(labels, *columns, strict=True):
        result.add_row(*cells)
    for side, group in zip("AB", groups, strict=True):
        tell(f"{side}: {group.name}")
        if group.diverged:
            tell(f"   {group.diverged} diverged: in the pass rate as failed, in no mean")
        if group.unfinished:
            tell(f"   {group.unfinished} not finished: left out")
    print_table(result)
    tell(comparison.sentence)
    found = comparison.difference
    if math.isfinite(found.half_width):
        tell(
            f"(B − A {found.difference:+.3f}, {level} interval by Welch's test, p = {found.p:.2g})"
        )
    if paired:
        tell(paired.sentence(comparison.confidence))
