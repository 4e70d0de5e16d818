"""`tinydrill runs`, `test` and `plot`: look at what was trained."""

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tinydrill.cli.data import DataFolder, images_of
from tinydrill.cli.printing import AsJson, print_json, print_table, say, table, tell
from tinydrill.errors import UnusableInputError

if TYPE_CHECKING:
    from tinydrill.drilldown.record import Record

_CLASSES_THAT_FIT = 20
RunFolder = Annotated[Path, typer.Argument(help="A run's folder.", show_default=False)]


def _summary(folder: Path, kept: "Record") -> dict[str, object]:
    judged, best = kept.judged, kept.best
    return {
        "run": str(folder),
        "net": kept.net.name,
        "recipe": kept.recipe_name,
        "seed": kept.seed,
        "data": kept.data.name,
        "rule": kept.data.rule,
        "status": kept.status,
        "passed": kept.passed,
        "parameters": kept.net.parameters,
        "epochs": kept.epochs_counted,
        "errors": judged.errors if judged else None,
        "accuracy": judged.accuracy if judged else None,
        "best_epoch_accuracy": best.watch.accuracy if best else None,
        "seconds": kept.seconds.training,
        "started": kept.started,
    }


def runs(
    folder: Annotated[Path, typer.Argument(help="The folder that holds run folders.")] = Path(
        "runs"
    ),
    as_json: AsJson = False,
) -> None:
    """List the runs in a folder."""
    from rich.text import Text

    from tinydrill.drilldown.records import look

    if not folder.is_dir():
        raise UnusableInputError(f"{folder} is not a folder; `tinydrill train` makes runs")
    records, broken = look(folder)
    found = [_summary(Path(where), kept) for where, kept in records]
    if as_json:
        print_json({"runs": found, "unreadable": broken})
        return
    numbers = ("seed", "parameters", "epochs", "errors", "last epoch %", "best epoch %", "s")
    result = table("", *("run", "verdict", "data"), *numbers, right=numbers)
    for run in found:
        verdict = {True: "PASS", False: "FAIL", None: ""}
        shown = [
            "–" if run[key] is None else form.format(run[key])
            for key, form in (
                ("seed", "{}"),
                ("parameters", "{:,}"),
                ("epochs", "{:g}"),
                ("errors", "{:,}"),
                ("accuracy", "{:.2f}"),
                ("best_epoch_accuracy", "{:.2f}"),
                ("seconds", "{:.1f}"),
            )
        ]
        name = Path(str(run["run"])).name
        passed = run["passed"]
        assert passed is None or isinstance(passed, bool)
        word = verdict[passed] if run["status"] == "finished" else str(run["status"])
        data = f"{run['data']}{' (held-out)' if run['rule'] == 'held-out' else ''}"
        result.add_row(Text(name), word, Text(data), *shown)
    if found:
        print_table(result)
    else:
        tell(f"No runs in {folder}; `tinydrill train` makes one.")
    for message in broken:
        say(f"not listed: {message}")


def judge(
    run: RunFolder,
    folder: DataFolder = None,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", help="Where the PNG of the mistakes goes. Default: in RUN."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Judge a run anew from its weights: errors, confusion, and every mistake."""
    import torch

    from tinydrill.drilldown import record
    from tinydrill.drilldown.device import to_tensors
    from tinydrill.drilldown.evaluate import confusion, logits_of, score
    from tinydrill.drilldown.mistakes import draw_mistakes, find_mistakes
    from tinydrill.drilldown.recipe import from_mapping
    from tinydrill.drilldown.weights import load_model

    target = picture or run / "mistakes.png"
    if target.suffix != ".png":
        raise UnusableInputError(f"--picture {target}: only .png can be written")
    kept = record.load(run)
    model = load_model(run, kept)
    images = images_of(run, kept, folder)
    pictures, labels = to_tensors((images.test_images, images.test_labels), torch.device("cpu"))
    with contextlib.redirect_stdout(sys.stderr):  # a network of the user's may print
        logits = logits_of(model, pictures, from_mapping(kept.recipe))
    result = score(logits, labels)
    matrix = confusion(logits, labels, kept.data.classes).tolist()
    mistakes = find_mistakes(logits, labels)
    try:
        draw_mistakes(mistakes, images.test_images, target)
    except OSError as error:  # the judgement is worth more than its picture
        say(f"no picture: {target} can't be written ({error.strerror})")
    judged = kept.judged
    same = images.sha256 == kept.data.sha256
    agrees = judged is not None and judged.errors == result.errors if same else None
    if as_json:
        print_json(
            {
                "run": str(run),
                "data": images.name,
                "loss": result.loss,
                "errors": result.errors,
                "images": result.images,
                "accuracy": result.accuracy,
                "agrees_with_record": agrees,
                "confusion": matrix,
                "mistakes": [
                    {
                        "index": mistake.index,
                        "label": mistake.label,
                        "predicted": mistake.predicted,
                        "confidence": mistake.confidence,
                        "loss": mistake.loss,
                    }
                    for mistake in mistakes
                ],
                "picture": str(target),
            }
        )
        return
    tell(
        f"{result.accuracy:.2f} %: {result.errors} errors of {result.images:,} test images, "
        f"loss {result.loss:.4f} nats an image"
    )
    if agrees is not None:
        tell(
            "This is what the record says."
            if agrees
            else f"The record says {judged.errors if judged else 'nothing'}: another machine or "
            "another version of torch can round a close call the other way."
        )
    _print_confusion(matrix)
    indices = ", ".join(str(mistake.index) for mistake in mistakes)
    tell(f"Mistakes, worst first, counted from 0: {indices or 'none'}")
    tell(f"Picture: {target}")


def _print_confusion(matrix: list[list[int]]) -> None:
    """The confusion matrix, or for many classes the commonest confusions."""
    if len(matrix) <= _CLASSES_THAT_FIT:
        names = tuple(map(str, range(len(matrix))))
        grid = table("", "class", *names, "errors", right=(*names, "errors"))
        for label, row in enumerate(matrix):
            cells = (
                f"[dim]{count:,}[/dim]" if column == label else (str(count) if count else "·")
                for column, count in enumerate(row)
            )
            grid.add_row(str(label), *cells, str(sum(row) - row[label]))
        tell("Rows: the true class; columns: what it was taken for.")
    else:
        grid = table("The commonest confusions", "class", "taken for", "images", right=("images",))
        pairs = (
            (count, label, column)
            for label, row in enumerate(matrix)
            for column, count in enumerate(row)
            if count and column != label
        )
        for count, label, column in sorted(pairs, reverse=True)[:_CLASSES_THAT_FIT]:
            grid.add_row(str(label), str(column), str(count))
    print_table(grid)


def plot(
    runs: Annotated[list[Path], typer.Argument(help="Run folders.", show_default=False)],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="A .png or .svg file, or a name to write both.")
    ] = Path("curves"),
    as_json: AsJson = False,
) -> None:
    """Draw the curves of loss and accuracy (as errors in %) of runs."""
    from tinydrill.drilldown import record
    from tinydrill.drilldown.curves import draw_curves

    if out.suffix not in ("", ".png", ".svg"):
        raise UnusableInputError(f"{out}: only .png and .svg can be written (no ending: both)")
    records = {}
    for folder in runs:
        kept = record.load(folder)
        if not kept.epochs:
            raise UnusableInputError(f"{folder} has no finished epoch to draw")
        records[
            folder.resolve().name if len(runs) == len({r.name for r in runs}) else str(folder)
        ] = kept
    paths = [out] if out.suffix else [out.with_name(out.name + end) for end in (".png", ".svg")]
    for path in paths:
        try:
            draw_curves(records, [path])
        except OSError as error:
            raise UnusableInputError(f"{path} can't be written: {error.strerror}") from None
    if as_json:
        print_json({"files": [str(path) for path in paths]})
    else:
        tell("Drawn: " + ", ".join(map(str, paths)))
