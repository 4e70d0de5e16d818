"""Files of results: what is measured of them, and which are refused as evidence."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from bench.results import read
from tests.drilldown.test_record import epoch, made
from tinydrill.drilldown.record import Measured, Seconds
from tinydrill.drilldown.sources import PUBLIC
from tinydrill.errors import UnusableInputError


def write(
    folder: Path,
    name: str,
    seeds: int,
    errors: int,
    parameters: int,
    *,
    command: str | None = None,
    final: Measured | None = None,
    data: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """A file of results, all of MNIST trained on unless `data` says otherwise."""
    net = {"name": name, "parameters": parameters, "macs": 5, "net": {"layers": [name]}}
    environment = made().environment.model_dump() | {"packages": {"torch": "2"}}
    images = made().data.model_dump() | {"sha256": dict(PUBLIC["mnist"].sha256)} | {**data}
    lines = (
        made(
            net=net,
            recipe_name=name,
            seed=seed,
            data=images,
            command=command or f"tinydrill train --recipe {name} --seed {seed} --json",
            environment=environment,
            epochs=tuple(epoch(n, errors + seed % 2 + 6 - n) for n in range(1, 7)),
            final=final,
            seconds=Seconds(train=8.5 if seed == 3 else 1),
        ).model_dump_json()
        for seed in range(seeds)
    )
    (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n")


def test_the_last_epochs_are_measured_where_they_read_the_test_images(tmp_path: Path) -> None:
    write(tmp_path, "full", 10, 45, 3_000)
    write(
        tmp_path,
        *("once", 10, 45, 3_000),
        data={"rule": "once"},
        final=Measured(loss=0.1, errors=30, images=10_000),
    )
    full, once = (result.entry for result in read(tmp_path))
    assert full.late[-1] == pytest.approx(99.545)
    assert len(full.late) == 5
    assert full.late_worst == pytest.approx(99.50)
    assert once.mean == pytest.approx(99.7)
    assert once.late == ()
    assert once.late_worst is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"sha256": {"a": "b"}}, "no evidence: trained on mnist, whose SHA-256 sums are not"),
        ({"name": "fashion", "sha256": dict(PUBLIC["fashion"].sha256)}, "trained on fashion, "),
        ({"rule": "held-out", "trained_on": 50_000}, r"50,000 of MNIST's images \(rule held-out\)"),
        ({"trained_on": 30_000}, r"30,000 of MNIST's images \(rule full\), not all 60,000"),
    ],
)
def test_what_was_not_trained_on_all_of_mnist_is_refused(
    tmp_path: Path, data: dict[str, object], said: str
) -> None:
    write(tmp_path, "slim", 2, 45, 3_000, data=data)
    with pytest.raises(UnusableInputError, match=rf"^slim\.jsonl, seed 0, is .*{said}"):
        read(tmp_path)


def test_a_file_that_mixes_recipes_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "slim", 2, 45, 3_000)
    write(tmp_path, "wide", 10, 45, 9_000)
    both = (tmp_path / "slim.jsonl").read_text() + (tmp_path / "wide.jsonl").read_text()
    (tmp_path / "wide.jsonl").write_text(both)
    with pytest.raises(UnusableInputError, match=r"wide\.jsonl mixes the nets slim and wide"):
        read(tmp_path)
