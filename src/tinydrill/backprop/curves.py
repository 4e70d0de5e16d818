"""The loss over the iterations: a table, a plot, a JSON document."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tinydrill.backprop.problem import Problem
from tinydrill.backprop.trajectory import Trajectory
from tinydrill.backprop.writing import appearing
from tinydrill.errors import UnusableInputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCALES = ("linear", "log", "both")
_FORMATS = (".png", ".svg")
_USUAL = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
_ENDLESS = 1e30
"""A loss above this is not drawn: its line has left every axis that shows the others."""

_COLOURS = ("#1F5FA8", "#C8551B", "#3C8C3F", "#7B4FA3", "#B8860B", "#B0305C")


def chosen_iterations(iterations: int, wanted: Sequence[int] | None) -> tuple[int, ...]:
    """Iterations for the table: those wanted, else 0, 1, 2, 5, 10, … and the last.

    Raises:
        UnusableInputError: if one of them is not part of the descent.
    """
    for n in wanted or ():
        if not 0 <= n <= iterations:
            raise UnusableInputError(f"--at is {n}, it must be from 0 to {iterations:,}")
    usual = {n for n in _USUAL if n <= iterations} | {iterations}
    return tuple(sorted(set(wanted) if wanted else usual))


def as_json(problem: Problem, trajectories: Sequence[Trajectory], rows: Sequence[int]) -> str:
    """One JSON document; a loss that is no longer a number is null."""
    return json.dumps(
        {
            "title": problem.title,
            "optimiser": trajectories[0].optimiser.name,
            "iterations": trajectories[0].iterations,
            "curves": [
                {
                    "rate": t.rate,
                    "outcome": t.outcome,
                    "diverged_at": t.diverged_at,
                    "loss": {
                        str(n): t.losses[n] if n < len(t.rows) else None for n in rows
                    },
                }
                for t in trajectories
            ],
        }
    )  # fmt: skip


def print_table(problem: Problem, trajectories: Sequence[Trajectory], rows: Sequence[int]) -> None:
    """The loss at some iterations, a column for each rate, on this terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    title = f"{problem.title}: E_total ({trajectories[0].optimiser.name})"
    console.print(Text(title, "italic"))
    for block in _blocks(trajectories, rows, console.width):
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
        table.add_column("iteration", justify="right", no_wrap=True)
        for trajectory in block:
            table.add_column(f"rate {trajectory.rate:g}", justify="right", no_wrap=True)
        for n in rows:
            table.add_row(str(n), *(_loss(trajectory, n) for trajectory in block))
        table.add_section()
        table.add_row("outcome", *(_outcome(trajectory) for trajectory in block))
        console.print(table)


def _blocks(
    trajectories: Sequence[Trajectory], rows: Sequence[int], width: int
) -> list[list[Trajectory]]:
    """The trajectories in groups whose columns fit next to each other: no number is cut off."""
    from rich.text import Text

    blocks: list[list[Trajectory]] = [[]]
    left = 0
    for trajectory in trajectories:
        cells = (
            f"rate {trajectory.rate:g}",
            Text.from_markup(_outcome(trajectory)).plain,
            *(_loss(trajectory, n) for n in rows),
        )
        needed = max(map(len, cells)) + 3  # with the space around it
        if needed > left and blocks[-1]:
            blocks.append([])
        if not blocks[-1]:
            left = width - len("iteration") - 5
        blocks[-1].append(trajectory)
        left -= needed
    return blocks


def _loss(trajectory: Trajectory, n: int) -> str:
    if n >= len(trajectory.rows):
        return "—"
    loss = trajectory.losses[n]
    return f"{loss:.6f}" if 1e-4 <= loss < 1e4 or loss == 0 else f"{loss:.2e}"


def _outcome(trajectory: Trajectory) -> str:
    if trajectory.diverged_at is not None:
        return f"[red]diverged: {trajectory.diverged_at}[/red]"
    return (
        trajectory.outcome if trajectory.outcome == "fell" else f"[red]{trajectory.outcome}[/red]"
    )


def refuse_plot(path: Path, scale: str) -> None:
    """Refuse what `save_plot` can't do, before anything is computed.

    Raises:
        UnusableInputError: if the scale or the file's kind is not known.
    """
    if scale not in SCALES:
        raise UnusableInputError(f"--scale is {scale!r}, it must be one of {', '.join(SCALES)}")
    if path.suffix.lower() not in _FORMATS:
        raise UnusableInputError(f"{path}: the file's name must end in .png or .svg")


def save_plot(
    problem: Problem, trajectories: Sequence[Trajectory], path: Path, scale: str = "both"
) -> None:
    """Loss over iterations into a .png or .svg file.

    Args:
        problem: for the title.
        trajectories: one line each; a cross marks where one diverged.
        path: the file, replaced if it exists.
        scale: linear, log or both (side by side).

    Raises:
        UnusableInputError: if the scale or the file's kind is not known.
    """
    refuse_plot(path, scale)
    # Figure without pyplot: no window, no global state, and half the time to import.
    from matplotlib.figure import Figure

    panels = ("linear", "log") if scale == "both" else (scale,)
    figure = Figure(figsize=(5.4 * len(panels) + 0.6, 4.2), layout="constrained")
    axes = [figure.add_subplot(1, len(panels), k + 1) for k in range(len(panels))]
    start = trajectories[0].losses[0]  # the same for every rate
    for panel, kind in zip(axes, panels, strict=True):
        for k, trajectory in enumerate(trajectories):
            _line(panel, trajectory, _COLOURS[k % len(_COLOURS)], "--" if k >= 6 else "-")
        if kind == "log":
            panel.set_yscale("log")
            # Beyond this, not even the axis can be computed; and 0 has no logarithm.
            low, high = panel.get_ylim()
            panel.set_ylim(max(low, 1e-30), min(high, 1e30))
        else:  # one rate that explodes must not flatten the others
            panel.set_ylim(0, min(panel.get_ylim()[1], 3 * start) or 1.0)
        panel.set_xlim(0, trajectories[0].iterations)
        panel.set_xlabel("iteration")
        panel.set_ylabel(f"E_total{' (logarithmic)' if kind == 'log' else ''}")
        panel.grid(color="#E3E7EB", linewidth=0.8)
        panel.set_axisbelow(True)
        for side in ("top", "right"):
            panel.spines[side].set_visible(False)
    axes[0].legend(title="learning rate", framealpha=0.85, edgecolor="none")
    rule = trajectories[0].optimiser.name
    figure.suptitle(f"{problem.title} ({rule})", fontsize=12, fontweight="bold", parse_math=False)
    with appearing(path) as aside:
        # No date inside: the same descent gives the same file.
        metadata = {"Date": None} if path.suffix.lower() == ".svg" else None
        figure.savefig(aside, dpi=160, metadata=metadata)


def _line(panel: "Axes", trajectory: Trajectory, colour: str, style: str) -> None:
    label = f"{trajectory.rate:g}"
    if trajectory.diverged_at is not None:
        label += f"  diverged at {trajectory.diverged_at}"
    elif trajectory.outcome == "rose":
        label += "  rose"
    losses = trajectory.losses
    shown = [loss for loss in losses if loss < _ENDLESS]
    panel.plot(range(len(shown)), shown, style, color=colour, linewidth=1.8, label=label)
    if shown and (len(shown) < len(losses) or trajectory.diverged_at is not None):
        panel.plot([len(shown) - 1], shown[-1:], "x", color=colour, markersize=9)
