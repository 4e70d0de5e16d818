"""Draws how loss and errors of runs went, epoch by epoch."""

from pathlib import Path

from tinydrill.drilldown.data import WATCHED
from tinydrill.drilldown.record import Record

# Okabe & Ito's colours (2008), told apart by readers of any colour vision.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")


def draw_curves(runs: dict[str, Record], paths: list[Path]) -> None:
    """Draw loss and error rate of each run, training never without test, to PNG or SVG files.

    Args:
        runs: records by the name that the legend gives them; each has an epoch at least.
        paths: files to write; the ending decides the format.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

    figure = Figure(figsize=(10, 4.2 + 0.2 * len(runs)), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    loss_axes, error_axes = figure.subplots(1, 2)
    for number, (given, run) in enumerate(runs.items()):
        # matplotlib would read $ as mathematics, and hide a label that starts with an underscore.
        name = "\u200b" + given.replace("$", r"\$")
        colour = _COLOURS[number % len(_COLOURS)]
        watched = WATCHED[run.data.rule]
        at = [epoch.images_seen / run.data.training_images for epoch in run.epochs]
        mark = {"marker": "o", "markersize": 3.5, "linewidth": 1.4, "color": colour}
        for axes, train, watch in (
            (
                loss_axes,
                [epoch.train.loss for epoch in run.epochs],
                [epoch.watch.loss for epoch in run.epochs],
            ),
            (
                error_axes,
                [100 - epoch.train.accuracy for epoch in run.epochs],
                [100 - epoch.watch.accuracy for epoch in run.epochs],
            ),
        ):
            axes.plot(
                at, train, linestyle="--", label=f"{name}, training images, as trained on", **mark
            )
            axes.plot(at, watch, linestyle="-", label=f"{name}, {watched}", **mark)
    limits = {100 - run.budget.accuracy for run in runs.values()}
    for limit in sorted(limits):
        error_axes.axhline(limit, color="#777777", linewidth=1, linestyle=":")
        error_axes.annotate(
            f"target: {limit:.2g} % errors ",
            xy=(1, limit),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="bottom",
            fontsize=8,
            color="#555555",
        )
    for axes, title in ((loss_axes, "loss (nats an image)"), (error_axes, "errors (%)")):
        axes.set(yscale="log", xlabel="epochs (images seen ÷ training images)", title=title)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=20))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.grid(True, which="both", linewidth=0.4, alpha=0.5)
    lines, labels = loss_axes.get_legend_handles_labels()
    figure.legend(lines, labels, loc="outside lower center", ncols=2, fontsize=8)
    with mpl.rc_context({"svg.hashsalt": "tinydrill"}):  # the same runs give the same file
        for path in paths:
            metadata = {"Date": None} if path.suffix == ".svg" else None
            figure.savefig(path, metadata=metadata)
