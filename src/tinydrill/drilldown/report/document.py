"""Puts a report together, within its size, and writes it whole or not at all."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from tinydrill import __version__
from tinydrill.drilldown.record import write_atomically
from tinydrill.drilldown.report import circumstances, drill, inside, network, outcome, overview
from tinydrill.drilldown.report.blocks import Section, Text
from tinydrill.drilldown.report.charts import COLOURS
from tinydrill.drilldown.report.markdown import to_markdown
from tinydrill.drilldown.report.material import Group, Material
from tinydrill.drilldown.report.page import to_html
from tinydrill.drilldown.report.training import training
from tinydrill.errors import UnusableInputError

Format = Literal["html", "markdown"]
MOST_BYTES = 2_900_000  # of a page: so much can be sent by mail, and opens at once on a phone


def title_of(material: Material) -> str:
    """What the report is called."""
    groups = material.groups
    if material.outcomes:
        return ", ".join(outcome.title for outcome in material.outcomes)
    if len(groups) == 1:
        return groups[0].name
    return f"{len(groups)} nets and recipes compared"


def _facts(material: Material) -> str:
    runs = material.runs
    data = ", ".join(dict.fromkeys(run.record.data.name for run in runs))
    many = f"{len(runs)} finished runs" if len(runs) > 1 else "One finished run"
    return f"{many} on {data}. Every number comes from the records or anew from the weights."


def _details(group: Group, number: int) -> tuple[Section, ...]:
    """What is told of one group alone; its curves stand with those of the others."""
    return (
        network.network(group, f"digit{number}"),
        outcome.confusion(group),
        outcome.mistakes(group),
        inside.inside(group),
        inside.grad_cams(group),
        outcome.calibration(group),
    )


def _left_out(group: Group) -> Section:
    folders = " ".join(str(run.run) for run in group.runs)
    return Section(
        group.name,
        (
            Text(
                "Left out, as the page would grow beyond 3 MB with it. A report of its own: "
                f"`tinydrill report {folders}`.",
                strong=True,
            ),
        ),
    )


def sections_of(material: Material, whole: bool = True) -> list[Section]:
    """All sections in their order: the verdict first, the circumstances last.

    Args:
        material: what the report is about.
        whole: whatever the size; otherwise groups that don't fit into a page are named only.
    """
    groups = material.groups
    top = [drill.stages(outcome) for outcome in material.outcomes]
    top += [overview.verdict(material), circumstances.again(material)]
    bottom = [circumstances.seconds(material), circumstances.environment(material)]
    if len(groups) == 1:
        first, *others = _details(groups[0], 1)
        return [*top, first, training(groups), *others, *bottom]
    together = len(groups) <= COLOURS  # more lines can't be told apart
    if together:
        top.append(training(groups))
    size = len(to_html("", "", [*top, *bottom]).encode())
    for number, group in enumerate(groups, start=1):
        own = () if together else (training([group]),)
        part = Section(group.name, (), (*own, *_details(group, number)))
        grown = size + len(to_html("", "", [part]).encode())
        if whole or grown <= MOST_BYTES:
            size = grown
            top.append(part)
        else:
            top.append(_left_out(group))
    return [*top, *bottom]


def render(material: Material, form: Format) -> str:
    """The report as text."""
    title, facts = title_of(material), _facts(material)
    sections: Sequence[Section] = sections_of(material, whole=form == "markdown")
    if form == "markdown":
        facts += " Pictures stand in the HTML report; here are their tables."
        return to_markdown(title, facts, sections)
    return to_html(title, f"{facts} Made by tinydrill {__version__}.", sections)


def write(text: str, path: Path) -> int:
    """Write a report whole or not at all; returns its size in bytes.

    Raises:
        UnusableInputError: the file can't be written.
    """
    content = text.encode()
    try:
        write_atomically(path, content)
    except OSError as error:
        raise UnusableInputError(f"{path} can't be written: {error.strerror}") from None
    return len(content)
