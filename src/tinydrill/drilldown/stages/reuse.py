"""Runs that are there already: which must not be used, and why others are not."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from tinydrill.drilldown import record, records
from tinydrill.drilldown.asked import Setting, Trial
from tinydrill.drilldown.environment import code_sha256
from tinydrill.drilldown.recipe import from_mapping
from tinydrill.drilldown.record import Record
from tinydrill.drilldown.sources import digest
from tinydrill.errors import UnusableInputError


def check_weights(folders: Iterable[Path]) -> None:
    """Refuse, before anything is trained, weights that are not those their record names."""
    for folder in folders:
        path, kept = folder / record.WEIGHTS, record.load(folder)
        if kept.status == "finished" and path.is_file() and digest(path) != kept.weights_sha256:
            raise UnusableInputError(
                f"{path} is not the file that the run's record names (SHA-256); move the folder "
                "away to have the run made again"
            )


def misfits(trials: Sequence[Trial], reused: Mapping[Trial, Path], setting: Setting) -> list[str]:
    """A sentence for each run in the folder that looks like one wanted but can't be used."""
    if not setting.out.is_dir():
        return []
    there, told = records.look(setting.out)
    wanted = {
        (trial.net.lower(), trial.recipe, trial.seed) for trial in trials if trial not in reused
    }
    for where, kept in there:
        if kept.status in ("finished", "diverged"):
            with contextlib.suppress(UnusableInputError):  # a recipe with fields of another time
                if (kept.net.name.lower(), from_mapping(kept.recipe), kept.seed) in wanted:
                    told.append(f"{where} is not used: {_difference(kept, setting)}")
    return told


def _difference(kept: Record, setting: Setting) -> str:
    if kept.data.sha256 != setting.dataset.sha256:
        names = f"{kept.data.name}, not {setting.dataset.name}"
        if kept.data.name == setting.dataset.name:
            names = f"they too are called {kept.data.name}, but are not the same"
        return f"it was trained on other images ({names})"
    if kept.data.rule != setting.rule:
        return f"its images were divided by the rule {kept.data.rule}, not {setting.rule}"
    if kept.environment.code_sha256 != code_sha256():
        return (
            f"it was made by another version of the code (tinydrill {kept.environment.tinydrill})"
        )
    if (torch := kept.environment.packages.get("torch")) != version("torch"):
        return f"it was made with torch {torch}, not {version('torch')}"
    if kept.environment.threads != setting.threads:
        return f"it was made with {kept.environment.threads} threads, not {setting.threads}"
    return f"it was made on {kept.environment.device}, or with another net of that name"
