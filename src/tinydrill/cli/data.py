"""`tinydrill data`: have the images here, and be sure of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tinydrill.cli.printing import AsJson, print_json, print_table, say, table, tell
from tinydrill.errors import UnusableInputError

if TYPE_CHECKING:
    from tinydrill.drilldown.data import Dataset, Split
    from tinydrill.drilldown.record import Record

DatasetName = Annotated[
    str | None,
    typer.Option("--dataset", help="A public data set: mnist (the default) or fashion."),
]
DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data", help="A folder of four IDX files, raw or .gz, to use instead of a public one."
    ),
]
HeldOut = Annotated[
    bool,
    typer.Option(
        "--split", help="Hold 10,000 training images out; read the test images once, at the end."
    ),
]
TestOnce = Annotated[
    bool,
    typer.Option(
        "--test-once",
        help="Train on all training images; read the test images once, at the end, not after each "
        "epoch.",
    ),
]


def rule_of(held_out: bool, test_once: bool) -> "Split":
    """The rule by which images are divided, from what a person chose."""
    if held_out and test_once:
        raise UnusableInputError(
            "--split and --test-once are two rules; --split reads the test images once, too"
        )
    return "held-out" if held_out else "once" if test_once else "full"


def images_of(run: Path, kept: "Record", folder: Path | None) -> "Dataset":
    """The images a run was trained on, or those of a folder that fit it.

    Raises:
        UnusableInputError: images of another size, or of more classes than the run knows.
    """
    from tinydrill.drilldown.data import load

    place = folder or (Path(kept.data.folder) if kept.data.folder else None)
    images = load(None if place else kept.data.name, place, say)
    if images.shape != kept.data.shape or images.classes > kept.data.classes:
        raise UnusableInputError(
            f"{images.name} has {images.classes} classes of {images.shape[1]}×{images.shape[2]} "
            f"images; {run} was trained for {kept.data.classes} classes of "
            f"{kept.data.shape[1]}×{kept.data.shape[2]}"
        )
    return images


def data(dataset: DatasetName = None, folder: DataFolder = None, as_json: AsJson = False) -> None:
    """Fetch a data set, verify it, and say where it lies.

    It is kept in the user's cache folder, or below the folder named in TINYDRILL_DATA.
    """
    from tinydrill.drilldown import data as images
    from tinydrill.drilldown import sources

    found = images.load(dataset, folder, say)
    where = folder or sources.cache_folder(found.name)
    counts = {
        sources.TRAIN_IMAGES: found.train_images.shape,
        sources.TRAIN_LABELS: found.train_labels.shape,
        sources.TEST_IMAGES: found.test_images.shape,
        sources.TEST_LABELS: found.test_labels.shape,
    }
    known = found.public
    if as_json:
        print_json(
            {
                "name": found.name,
                "folder": str(where),
                "origin": found.origin,
                "classes": found.classes,
                "verified": known,
                "files": {
                    file: {"shape": list(shape), "sha256": found.sha256[file]}
                    for file, shape in counts.items()
                },
            }
        )
        return
    result = table(
        f"{found.name}: {found.classes} classes, in {where} (from: {found.origin})",
        *("file", "shape", "SHA-256"),
    )
    for file, shape in counts.items():
        result.add_row(file, " × ".join(f"{edge:,}" for edge in shape), found.sha256[file])
    print_table(result)
    tell(
        "All four files have their published checksums."
        if known
        else "A data set of your own: nothing published to compare these checksums with."
    )
