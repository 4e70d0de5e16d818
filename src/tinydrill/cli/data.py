"""`tinydrill data`: have the images here, and be sure of them."""

from pathlib import Path
from typing import Annotated

import typer

from tinydrill.cli.printing import AsJson, print_json, print_table, say, table, tell

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
