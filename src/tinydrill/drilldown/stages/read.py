"""Reads a file of stages, and refuses what can be seen to be wrong before anything is trained."""

import hashlib
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TypeGuard

from pydantic import BaseModel, ValidationError

from tinydrill.drilldown import cookbook, zoo
from tinydrill.drilldown import recipe as recipes
from tinydrill.drilldown.stages.configuration import Configuration
from tinydrill.drilldown.stages.file import Choice, Stage, StageFile, Target
from tinydrill.drilldown.trace import trace
from tinydrill.errors import UnusableInputError

BUILT_IN = ("harder", "seed")
_MAX_BYTES = 1_000_000
_SEED_LIMIT = 1 << 32
_BRACKETS = "a stage begins with [[stage]], in two brackets"
# What pydantic says of Python, said of TOML.
_WORDS = {
    "tuple_type": "it should be a list",
    "dict_type": "it should be a table, { … }",
    "model_type": "it should be a table, { … }",
    "model_attributes_type": "it should be a table, { … }",
    "string_type": "it should be a text",
    "string_too_short": "it should not be empty",
    "too_short": "it should not be empty",
    "int_type": "it should be a whole number",
    "float_type": "it should be a number",
    "bool_type": "it should be true or false",
}
# Where in a file a wrong value stands: the tables whose fields have a model of their own.
_TABLES: dict[str, type[BaseModel]] = {"stage": Stage, "target": Target, "continues": Choice}


@dataclass(frozen=True, slots=True)
class Source:
    """A checked file and where it came from: `name` is short enough to call a folder after."""

    file: StageFile
    name: str
    sha256: str


def read(named: str, seeds: int | None = None) -> Source:
    """A built-in file by its name, or a file by its path, checked.

    Args:
        named: `harder`, `seed`, or a path.
        seeds: this many, counted from 0, in every stage instead of the file's.

    Raises:
        UnusableInputError: file and place of whatever can't be used.
    """
    if named.lower() in BUILT_IN:
        content = (
            resources.files("tinydrill.drilldown.stages")
            .joinpath("built_in", f"{named.lower()}.toml")
            .read_bytes()
        )
        name = named.lower()
    else:
        content, name = _bytes_of(Path(named), named), Path(named).stem
    try:
        file = _inherited(_parsed(content), seeds)
        check(file)
    except UnusableInputError as error:
        raise UnusableInputError(f"{named}: {error}") from None
    return Source(file, name, hashlib.sha256(content).hexdigest())


def _bytes_of(path: Path, named: str) -> bytes:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UnusableInputError(f"{path}: too large for stages (over {_MAX_BYTES:,} bytes)")
        return path.read_bytes()
    except OSError as error:
        hint = "" if path.suffix else f" (built-in are {' and '.join(BUILT_IN)})"
        raise UnusableInputError(f"{named}: {error.strerror or error}{hint}") from None


def _parsed(content: bytes) -> StageFile:
    try:
        values = tomllib.loads(content.decode())
    except UnicodeDecodeError:
        raise UnusableInputError("not a UTF-8 text file") from None
    except RecursionError:
        raise UnusableInputError("brackets are nested too deeply") from None
    except ValueError as error:
        hint = f"; {_BRACKETS}" if "'stage'" in str(error) else ""
        raise UnusableInputError(f"not valid TOML: {error}{hint}") from None
    try:
        return StageFile.model_validate(values)
    except ValidationError as error:
        raise UnusableInputError(_in_words(error)) from None


def _in_words(error: ValidationError) -> str:
    """The first thing that is wrong, with its place as a person counts: `stage 2, target.last`."""
    first = error.errors()[0]
    where = first["loc"]
    place = ".".join(map(str, where))
    if len(where) > 1 and where[0] == "stage":
        inside = ".".join(map(str, where[2:]))
        place = f"stage {int(where[1]) + 1}" + (f", {inside}" if inside else "")
    if first["type"] == "extra_forbidden":
        tables = [_TABLES[str(part)] for part in where[:-1] if part in _TABLES]
        fields = (tables or [StageFile])[-1].model_fields
        return f"{place}: there is no such field; there are {', '.join(fields)}"
    if first["type"] == "missing":
        return f"{place} is missing"
    if first["type"] == "value_error":
        return f"{place}: {first['msg'].removeprefix('Value error, ')}"
    shown = f" = {first['input']!r}" if isinstance(first["input"], int | float | str) else ""
    said = _WORDS.get(first["type"], first["msg"].replace("Input should", "it should"))
    if where == ("stage",) and first["type"] == "tuple_type":
        said += f"; {_BRACKETS}"
    return f"{place}{shown}: {said}"


def _refuse(file: StageFile, number: int, why: str) -> UnusableInputError:
    return UnusableInputError(f"stage {number} ({file.stage[number - 1].name}): {why}")


def _inherited(file: StageFile, seeds: int | None) -> StageFile:
    """Seeds and target of the stage before where a stage has none of its own."""
    stages: list[Stage] = []
    for stage in file.stage:
        update: dict[str, object] = {}
        if seeds is not None:
            update["seeds"] = tuple(range(seeds))
        elif not stage.seeds and stages:
            update["seeds"] = stages[-1].seeds
        if stage.target is None and stages:
            update["target"] = stages[-1].target
        stages.append(stage.model_copy(update=update))
    return file.model_copy(update={"stage": tuple(stages)})


def _check_stage(file: StageFile, number: int) -> None:
    """Refuse a stage that contradicts itself or names what there is not."""
    stage = file.stage[number - 1]
    if stage.name in [other.name for other in file.stage[: number - 1]]:
        raise _refuse(file, number, "another stage has that name already")
    if number == 1 and stage.continues is not None:
        raise _refuse(file, number, "the first stage has none before it to continue")
    if stage.continues is not None and stage.nets:
        raise _refuse(file, number, "it continues with nets of the stage before; leave nets out")
    if stage.continues is None and not (stage.nets and stage.recipes):
        lacking = "recipes" if stage.nets else "nets"
        raise _refuse(file, number, f"it lacks {lacking}, and does not continue another stage")
    for what, given in (("nets", stage.nets), ("recipes", stage.recipes), ("seeds", stage.seeds)):
        if len({one.lower() if _in_the_zoo(one) else one for one in given}) < len(given):
            raise _refuse(file, number, f"{what} names one of them twice")
    if not stage.seeds:
        raise _refuse(file, number, "it lacks seeds: a list, or how many counted from 0")
    if max(stage.seeds) >= _SEED_LIMIT:
        raise _refuse(file, number, f"seed {max(stage.seeds)} is above {_SEED_LIMIT - 1}")
    for net in stage.nets:
        _size(net)  # refuses an unknown name
    for name in stage.recipes:
        cookbook.find(name)


def _in_the_zoo(named: object) -> TypeGuard[str]:
    """Whether this is a name, whose case does not matter, and no file."""
    return isinstance(named, str) and not named.endswith((".py", ".json")) and ".py:" not in named


def _size(net: str) -> int | None:
    """Parameters of a net of the zoo; None for one in a file, which takes more to measure."""
    if _in_the_zoo(net):
        return trace(zoo.find(net)).parameters
    in_python = not net.endswith(".json")
    path, _, name = net.rpartition(":") if ".py:" in net else (net, "", "")
    if in_python and not name:
        raise UnusableInputError(f"{net} names a file but no class: write {net}:Class")
    if not Path(path).is_file():
        raise UnusableInputError(f"{path} is not a file")
    return None


def _check_target(file: StageFile, number: int, possible: tuple[Configuration, ...]) -> None:
    """Refuse a target that can't be checked."""
    stage = file.stage[number - 1]
    target = stage.target
    if target is None:
        raise _refuse(file, number, "it lacks a target")
    if (target.parameters, target.epochs, target.accuracy) == (None, None, None):
        raise _refuse(file, number, "its target asks for neither parameters, epochs nor accuracy")
    if target.accuracy is None and (target.last > 1 or target.seeds is not None):
        raise _refuse(file, number, "last and seeds of a target say nothing without its accuracy")
    if (target.seeds or 0) > len(stage.seeds):
        raise _refuse(
            file, number, f"its target asks for {target.seeds} seeds, but it has {len(stage.seeds)}"
        )
    for there in possible:
        epochs = recipes.length(there.recipe, 60_000)[1]
        if target.last > epochs:
            raise _refuse(
                file,
                number,
                f"its target reads the last {target.last} epochs, but {there.recipe_name} has "
                f"{epochs}",
            )


def _possible_survivors(
    file: StageFile, number: int, before: tuple[Configuration, ...]
) -> tuple[Configuration, ...]:
    """Those of the stage before that may go on, as far as can be told before it is run."""
    choice = file.stage[number - 1].continues
    if choice is None:
        return ()
    names = {there.net.lower() for there in before}
    for net in choice.nets or ():
        if net.lower() not in names:
            raise _refuse(file, number, f"it continues with {net}, which stage {number - 1} lacks")
    sizes = {there.net: _size(there.net) for there in before}
    left = tuple(
        there
        for there in before
        if choice.nets is None or there.net.lower() in {net.lower() for net in choice.nets}
        if choice.parameters is None or (sizes[there.net] or 0) < choice.parameters
    )
    if not left:
        raise _refuse(file, number, f"its rule leaves nothing: {choice.in_words()}")
    return left


def check(file: StageFile) -> None:
    """Refuse what can be seen to be wrong before anything is trained.

    Raises:
        UnusableInputError: the stage, and what is wrong with it.
    """
    possible: tuple[Configuration, ...] = ()
    for number, stage in enumerate(file.stage, start=1):
        try:
            _check_stage(file, number)
            possible = stage.configurations(_possible_survivors(file, number, possible))
            _check_target(file, number, possible)
        except UnusableInputError as error:
            told = str(error)
            raise (error if told.startswith("stage ") else _refuse(file, number, told)) from None
