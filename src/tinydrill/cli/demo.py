"""`tinydrill demo`: draw digits into a network of one's own."""

from pathlib import Path
from typing import Annotated

import typer

from tinydrill.cli.data import DataFolder, images_of
from tinydrill.cli.printing import AsJson, print_json, tell


def demo(
    run: Annotated[Path, typer.Argument(help="A run's folder.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .html file to write.")] = Path(
        "digits.html"
    ),
    folder: DataFolder = None,
    as_json: AsJson = False,
) -> None:
    """Write one HTML file in which a trained network reads what is drawn, and shows why."""
    from tinydrill.drilldown import demo as page
    from tinydrill.drilldown import record
    from tinydrill.drilldown.weights import load_model

    kept = record.load(run)
    net = page.net_of(run, kept)
    model = load_model(run, kept)
    images = images_of(run, kept, folder)
    given = page.describe_run(kept, net, model, images.test_images, images.test_labels)
    size = page.write_page(given, output)
    if as_json:
        samples = given["samples"]
        print_json(
            {
                "file": str(output),
                "bytes": size,
                "parameters": kept.net.parameters,
                "test_errors": samples["wrong"],
                "test_images": samples["of"],
            }
        )
    else:
        tell(f"wrote {output}: {size / 1000:,.0f} kB, open it in a browser")
