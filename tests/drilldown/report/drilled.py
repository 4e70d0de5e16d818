"""A drill-down as large as the built-in ones, made of a few small runs under other names."""

import shutil
from pathlib import Path

from tests.drilldown.small_runs import small_run
from tinydrill.drilldown import record
from tinydrill.drilldown.recipe import from_mapping
from tinydrill.drilldown.stages import StageOutcome, StagesOutcome, save_outcome
from tinydrill.drilldown.stages.configuration import Configuration
from tinydrill.drilldown.stages.file import Stage, Target
from tinydrill.drilldown.stages.result import Held, held_against, outcome_of
from tinydrill.drilldown.stages.trained import Trained

_STAGES: tuple[tuple[str, tuple[str, ...], dict[str, object]], ...] = (
    ("Baseline", ("stem16", "fold9"), {"epochs": 2}),
    ("Rotation", ("fold9",), {"epochs": 2, "rotate": 7}),
    (
        "Stepped learning rate",
        ("fold9",),
        {
            **{"epochs": 2, "rotate": 7, "schedule": "step", "lr": 0.1, "step_epochs": 3.0},
            "step_factor": 0.3,
        },
    ),
    ("Our own recipe", ("stem16",), {"epochs": 2, "rotate": 13}),
)
_SEEDS = (0, 1, 2)


def _named(source: Path, out: Path, changes: dict[str, object], name: str, seed: int) -> Path:
    """A copy of a run as if it were one of that recipe and seed."""
    net = record.load(source).net.name
    folder = out / f"{net}-{name.replace(', ', '-').replace(' ', '-')}-s{seed}"
    shutil.copytree(source, folder)
    kept = record.load(folder)
    values = {"recipe": kept.recipe | changes, "recipe_name": name, "seed": seed}
    record.save(kept.model_copy(update=values), folder)
    return folder


def make_drill(out: Path, data: Path) -> Path:
    """The folder of a whole outcome: five configurations in four stages, three seeds each."""
    sources = {net: small_run(out / "sources", data, net) for net in ("stem16", "fold9")}
    target = Target(parameters=10_000, epochs=15, accuracy=99.4, last=3)
    folder, made, before = out / "stages", list[StageOutcome](), list[Held]()
    for number, (title, nets, changes) in enumerate(_STAGES, start=1):
        name = "seed with " + ", ".join(f"{key}={value}" for key, value in changes.items())
        runs = {}
        for net in nets:
            folders = [_named(sources[net], folder, changes, name, seed) for seed in _SEEDS]
            kept = tuple(map(record.load, folders))
            told = tuple((key, str(value)) for key, value in changes.items())
            there = Configuration(net, "seed", told, from_mapping(kept[0].recipe))
            runs[Trained(there, kept)] = [path.name for path in folders]
        held = held_against(target, list(runs))
        asked = Stage(name=title, why="See what there is.", seeds=_SEEDS, target=target)
        made.append(outcome_of(number, asked, held, [one for one, _ in before], runs, {}))
        before = held
    kept_data = kept[0].data
    save_outcome(
        StagesOutcome(
            title="A drill-down in four stages",
            remark="In the author's words.",
            file_sha256="0" * 64,
            command="tinydrill stages drill.toml",
            data=kept_data.name,
            data_sha256=kept_data.sha256,
            watched="test",
            planned=len(made),
            stages=tuple(made),
        ),
        folder,
    )
    return folder
