"""What the networks get wrong, and how sure they are: confusion, every mistake, calibration."""

from html import escape

from tinydrill.drilldown.report.blocks import Block, Picture, Section, Table, Text, table, tag
from tinydrill.drilldown.report.charts import reliability
from tinydrill.drilldown.report.material import Group, Missed
from tinydrill.drilldown.report.pictures import digit

SHOWN = 300  # images of mistakes; more of them can't be looked at
LISTED = 1000  # rows of their table; a net that learned nothing would fill the page
_CLASSES_THAT_FIT = 20
_HOW_TO_READ = tag(
    "p",
    "On the dotted line it would be right exactly as often as it is sure. Pale is what it is more "
    "often right than sure, orange what it is too sure. The bars below count the images (their "
    "square roots, so that a few are seen, too).",
)
_KNOWN = (
    "MNIST's test set is known to hold about 15 wrong labels (Northcutt, Athalye & Mueller 2021, "
    "arXiv:2103.14749)."
)


def _together(group: Group) -> str:
    count = len(group.runs)
    return f", {count} runs added up" if count > 1 else ""


def _grid(matrix: list[list[int]], caption: str) -> str:
    """The confusion matrix as a table whose wrong cells are shaded by their share."""
    most = max((n for i, row in enumerate(matrix) for j, n in enumerate(row) if i != j), default=0)
    head = "".join(tag("th", str(label), scope="col") for label in range(len(matrix)))
    lines = []
    for label, row in enumerate(matrix):
        cells = "".join(
            tag("td", f"{count:,}", class_="right")
            if column == label
            else tag("td", str(count), style=f"--share:{100 * count / most:.0f}%", class_="wrong")
            if count
            else tag("td", "·", class_="none")
            for column, count in enumerate(row)
        )
        errors = tag("td", str(sum(row) - row[label]), class_="sum")
        lines.append(tag("tr", tag("th", str(label), scope="row") + cells + errors))
    top = tag("tr", tag("th", "class", scope="col") + head + tag("th", "errors", scope="col"))
    grid = tag(
        "table",
        tag("caption", escape(caption)) + tag("thead", top) + tag("tbody", "".join(lines)),
        class_="confusion",
    )
    return tag("div", grid, class_="wide", tabindex="0", role="group", aria_label=caption)


def _as_table(matrix: list[list[int]], caption: str) -> Table:
    rows = [
        (str(label), *(f"{count:,}" for count in row), str(sum(row) - row[label]))
        for label, row in enumerate(matrix)
    ]
    return table(caption, ("class", *map(str, range(len(matrix))), "errors"), rows)


def _commonest(matrix: list[list[int]]) -> list[tuple[int, int, int]]:
    """Images, class, taken for: the commonest first."""
    pairs = (
        (count, label, column)
        for label, row in enumerate(matrix)
        for column, count in enumerate(row)
        if count and column != label
    )
    return sorted(pairs, key=lambda pair: (-pair[0], pair[1:]))


def confusion(group: Group) -> Section:
    """Which class is taken for which."""
    matrix: list[list[int]] = group.confusion.tolist()
    errors = sum(sum(row) for row in matrix) - sum(matrix[i][i] for i in range(len(matrix)))
    caption = (
        f"{errors:,} errors{_together(group)}. Rows: the true class; columns: what it was taken for"
    )
    pairs = _commonest(matrix)
    blocks: list[Block] = []
    if pairs:
        told = "; ".join(f"{label} taken for {taken} ({n})" for n, label, taken in pairs[:3])
        blocks.append(Text(f"Most often: {told}."))
    if len(matrix) <= _CLASSES_THAT_FIT:
        blocks.append(Picture(_grid(matrix, caption), _as_table(matrix, caption)))
    else:
        rows = [
            (str(label), str(taken), str(count))
            for count, label, taken in pairs[:_CLASSES_THAT_FIT]
        ]
        blocks.append(table("The commonest confusions", ("class", "taken for", "images"), rows))
    return Section("Confusion", tuple(blocks))


def _agreed(missed: Missed, group: Group) -> str:
    return f"{missed.agreeing} of {len(group.runs)}"


def _card(missed: Missed, group: Group) -> str:
    run = group.first
    alt = f"test image {missed.index}: a {missed.label}, taken for {missed.predicted}"
    many = len(group.runs) > 1
    all_agree = many and missed.agreeing == len(group.runs)
    lines = (
        f"<b>{missed.label} → {missed.predicted}</b>"
        f"<span>{100 * missed.confidence:.0f} % sure</span>"
        + (f"<span>{_agreed(missed, group)} seeds</span>" if many else "")
        + f"<small>#{missed.index}</small>"
    )
    picture = digit(run.dataset.test_images[missed.index], alt)
    kind = "all" if all_agree else "some" if many and missed.agreeing > 1 else None
    return tag("li", picture + lines, class_=kind)


def _mistakes_table(group: Group) -> Table:
    many = len(group.runs) > 1
    rows = [
        (
            str(missed.index),
            str(missed.label),
            str(missed.predicted),
            f"{100 * missed.confidence:.1f}",
            f"{missed.loss:.3f}",
            *((_agreed(missed, group), _each(missed)) if many else ()),
        )
        for missed in group.missed[:LISTED]
    ]
    head: tuple[str, ...] = ("test image", "class", "taken for", "confidence %", "loss")
    if many:
        head = (*head, "seeds that agree", "seed: taken for")
    caption = "Test images that are read wrongly, counted from 0, worst loss first"
    return table(caption, head, rows, (0, 6), folded=True)


def _each(missed: Missed) -> str:
    return ", ".join(f"{seed}: {mistake.predicted}" for seed, mistake in missed.by)


def _counts(group: Group) -> str:
    missed, runs = group.missed, len(group.runs)
    images = len(group.first.labels)
    if not missed:
        return f"None of the {images:,} test images is read wrongly."
    if runs == 1:
        verb = "is" if len(missed) == 1 else "are"
        return f"{len(missed):,} of {images:,} test images {verb} read wrongly."
    several = sum(image.agreeing > 1 for image in missed)
    everyone = sum(image.agreeing == runs for image in missed)
    told = (
        f"{len(missed):,} of {images:,} test images are read wrongly by at least one of {runs} "
        "runs. Of these, "
    )
    if runs == 2:
        return f"{told}{several:,} are taken for the same wrong class by both."
    return (
        f"{told}{several:,} are taken for the same wrong class by at least two runs, and "
        f"{everyone:,} by all."
    )


def _explained(group: Group) -> str:
    """How the gallery is to be read."""
    if len(group.runs) == 1:
        words = "True class → taken for, how sure the network was, the image's number."
    else:
        words = (
            "True class → what most of those runs take it for, their mean confidence, how many "
            "agree, the image's number. Framed where several agree, framed twice where all do."
        )
    return tag("p", f"{words} The largest {'' if len(group.runs) == 1 else 'mean '}loss first.")


def _cut(missed: int) -> str:
    """What is left out of so many mistakes."""
    if missed <= LISTED:
        return f"Pictures of the worst {SHOWN} of {missed:,}; the table lists them all."
    return (
        f"Pictures of the worst {SHOWN} of {missed:,}, and the worst {LISTED:,} in the table; "
        "`tinydrill test RUN --json` lists all."
    )


def mistakes(group: Group) -> Section:
    """Test images that are read wrongly, those marked that several seeds agree on."""
    blocks: list[Block] = [Text(_counts(group))]
    dataset = group.first.dataset
    if dataset.public and dataset.name == "mnist":
        last = (
            "An image on which all seeds agree is where to look for one."
            if len(group.runs) > 1
            else "A report on several seeds shows on which images they agree."
        )
        blocks.append(Text(f"{_KNOWN} {last}"))
    if group.missed:
        shown = group.missed[:SHOWN]
        cards = "".join(_card(image, group) for image in shown)
        blocks.append(Picture(_explained(group) + tag("ol", cards, class_="gallery")))
        if len(shown) < len(group.missed):
            blocks.append(Text(_cut(len(group.missed))))
        blocks.append(_mistakes_table(group))
    return Section("Mistakes", tuple(blocks))


def calibration(group: Group) -> Section:
    """Whether the networks are as often right as they are sure."""
    found = group.calibration
    runs = [
        (
            run.run.resolve().name,
            f"{100 * run.calibration.confidence:.2f}",
            f"{100 * run.calibration.accuracy:.2f}",
            f"{100 * run.calibration.ece:.2f}",
        )
        for run in group.runs
    ]
    gap = 100 * (found.accuracy - found.confidence)
    kind = "less sure than it is right" if gap > 0 else "surer than it is right"
    smoothing = group.first.recipe.label_smoothing
    why = (
        f" The recipe's label smoothing of {smoothing:g} asks for that: it never rewards a "
        "confidence of 1."
        if smoothing and gap > 0
        else ""
    )
    bins = [
        (
            f"{100 * part.low:.0f} to {100 * part.high:.0f}",
            f"{part.images:,}",
            f"{100 * part.confidence:.1f}",
            f"{100 * part.accuracy:.1f}",
        )
        for part in found.bins
        if part.images
    ]
    head = ("confidence %", "images", "mean confidence %", "right %")
    blocks: list[Block] = [
        Text(f"On average the network is {abs(gap):.2f} percentage points {kind}.{why}"),
        Picture(_HOW_TO_READ + reliability(found)),
        table(
            f"ECE over {len(found.bins)} bins of equal width (Guo et al. 2017, arXiv:1706.04599), "
            "in percentage points",
            ("run", "mean confidence %", "right %", "ECE"),
            runs,
        ),
        table(f"The bins that hold images{_together(group)}", head, bins, folded=True),
    ]
    return Section("Calibration", tuple(blocks))
