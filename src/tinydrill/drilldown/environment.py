"""What a run ran on: versions, processor, code revision. Facts for the record, nothing else."""

import hashlib
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from annotated_types import Gt
from pydantic import BaseModel, ConfigDict

import tinydrill

PACKAGES = ("numpy", "safetensors", "torch")

# The sources that turn a net, a recipe, a seed and images into weights and errors. Not among them:
# `zoo` and `cookbook`, whose values stand in the record as data (a new net or recipe is no other
# code); `trace` and `measure`, which describe; `checkpoint`, `record` and `plan`, which keep.
DECIDING = (
    *("augment", "build", "candidate", "data", "device", "evaluate", "idx", "layers"),
    *("optim", "recipe", "run", "sampler", "train"),
)


class Environment(BaseModel):
    """Where and with what a run was made.

    Attributes:
        revision: git revision of the package's checkout, `-dirty` if it had changes; None where it
            was not installed from a checkout.
        processor: the CPU's model name.
        cores: processors this process may use.
        threads: threads torch computed with.
        device: `cpu`, `cuda` or `mps`, and what the accelerator calls itself.
        code_sha256: of the sources that decide a result, so that "the same code" can be told where
            there is no git; None in records from before it was kept.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tinydrill: str
    python: str
    packages: dict[str, str]
    revision: str | None
    system: str
    processor: str
    cores: Annotated[int, Gt(0)]
    threads: Annotated[int, Gt(0)]
    device: str
    code_sha256: str | None = None


def processor_name() -> str:
    """The CPU's model name as the system gives it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def usable_cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _git(*arguments: str) -> str | None:
    here = Path(tinydrill.__file__).resolve().parent
    try:
        done = subprocess.run(
            ["git", "-C", str(here), *arguments], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def revision() -> str | None:
    """The git revision this package runs from, or None outside a checkout of its own."""
    # An installed copy may lie inside somebody else's repository: only one that tracks us counts.
    if not _git("ls-files", "__init__.py"):
        return None
    changed = _git("status", "--porcelain", "--untracked-files=no", ":/src")
    return f"{_git('rev-parse', '--short=12', 'HEAD')}{'-dirty' if changed else ''}"


@cache
def code_sha256() -> str:
    """One SHA-256 over the sources that decide a training's result (`DECIDING`).

    Computed once a process: what was loaded does not change when a file is edited later.
    """
    here = Path(__file__).resolve().parent
    whole = hashlib.sha256()
    for name in DECIDING:
        source = (here / f"{name}.py").read_bytes().replace(b"\r\n", b"\n")
        whole.update(f"{name} {len(source)}\n".encode() + source)
    return whole.hexdigest()


def describe(threads: int, device: str) -> Environment:
    """The environment of this process."""
    return Environment(
        tinydrill=tinydrill.__version__,
        python=platform.python_version(),
        packages={name: version(name) for name in PACKAGES},
        revision=revision(),
        system=f"{platform.system()} {platform.machine()}",
        processor=processor_name(),
        cores=usable_cores(),
        threads=threads,
        device=device,
        code_sha256=code_sha256(),
    )
