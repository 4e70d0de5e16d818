"""Problems in TOML files. What is refused is refused with its line and field."""

import json
import math
import random
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from tinydrill.backprop.problem.model import (
    BIASES,
    MAX_WEIGHTS,
    Activation,
    Bias,
    Layer,
    Loss,
    Problem,
    Sample,
)
from tinydrill.errors import UnusableInputError

_TOP = {"title", "loss", "bias", "train_biases", "rate", "seed", "layer", "sample"}
_LAYER = {"activation", "weights", "biases", "units"}
_SAMPLE = {"inputs", "targets"}
_MAX_BYTES = 1_000_000


def read_problem(path: Path) -> Problem:
    """The problem in a TOML file.

    Raises:
        UnusableInputError: file, line and field of whatever can't be used.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UnusableInputError(f"{path}: too large for a problem (over {_MAX_BYTES:,} bytes)")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UnusableInputError(f"{path}: not a UTF-8 text file") from None
    except OSError as error:
        raise UnusableInputError(f"{path}: {error.strerror or error}") from None
    return from_toml(text, where=str(path))


def from_toml(text: str, where: str = "problem") -> Problem:
    """The problem described by a TOML document.

    A layer gives its `weights` (one row for each unit), or `units` alone: then its weights are
    drawn uniformly from ±1/√inputs with the document's `seed`, and its biases are 0 if not given.

    Args:
        text: the document.
        where: what to call it in an error.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"^(.*) \(at line (\d+), column (\d+)\)$", str(error))
        if place:
            raise UnusableInputError(
                f"{where}, line {place[2]}: not valid TOML: {place[1]} (column {place[3]})"
            ) from None
        raise UnusableInputError(f"{where}: not valid TOML: {error}") from None
    except RecursionError:
        raise UnusableInputError(f"{where}: brackets are nested too deeply") from None
    except ValueError:  # what Python itself refuses: whole numbers of thousands of digits
        raise UnusableInputError(f"{where}: a number too long to compute with") from None
    try:
        return _build(data)
    except UnusableInputError as error:
        line = _line_of(text, str(error))
        raise UnusableInputError(f"{where}{f', line {line}' if line else ''}: {error}") from None


def to_toml(problem: Problem) -> str:
    """The TOML document from which `from_toml` makes an equal problem."""
    lines = [
        f"title = {json.dumps(problem.title, ensure_ascii=False)}",
        f'loss = "{problem.loss}"  # half-squared, mean-squared or cross-entropy',
        f'bias = "{problem.bias}"  # none, shared (one a layer) or unit (one a unit)',
        f"train_biases = {str(problem.train_biases).lower()}",
        f"rate = {problem.rate!r}  # the step that explain takes",
    ]
    for layer in problem.layers:
        lines += ["", "[[layer]]", f'activation = "{layer.activation}"', "weights = ["]
        lines += [f"  {_numbers(row)},  # one row for each unit" for row in layer.weights[:1]]
        lines += [f"  {_numbers(row)}," for row in layer.weights[1:]]
        lines += ["]"]
        lines += [f"biases = {_numbers(layer.biases)}"] if layer.biases else []
    for sample in problem.samples:
        lines += ["", "[[sample]]", f"inputs = {_numbers(sample.inputs)}"]
        lines += [f"targets = {_numbers(sample.targets)}"]
    return "\n".join(lines) + "\n"


def _numbers(values: tuple[float, ...]) -> str:
    return f"[{', '.join(repr(float(value)) for value in values)}]"


def _build(data: Mapping[str, Any]) -> Problem:
    _only(data, _TOP, "")
    samples = tuple(
        Sample(*(_row(table, field, f"sample {number}: ") for field in ("inputs", "targets")))
        for number, table in enumerate(_tables(data, "sample", _SAMPLE), 1)
    )
    if not samples:
        raise UnusableInputError("sample is missing: give at least one [[sample]]")
    bias = cast(Bias, data.get("bias", "none"))
    if bias not in BIASES:
        raise UnusableInputError(f"bias is {bias!r}, it must be one of {', '.join(BIASES)}")
    draw = _drawer(data)
    layers: list[Layer] = []
    for number, table in enumerate(_tables(data, "layer", _LAYER), 1):
        inputs = layers[-1].width if layers else len(samples[0].inputs)
        layers.append(_layer(table, number, inputs, bias, draw))
    train_biases = data.get("train_biases", True)
    if not isinstance(train_biases, bool):
        raise UnusableInputError("train_biases must be true or false")
    return Problem(
        train_biases=train_biases,
        title=_typed(data, "title", "", str, "text") if "title" in data else "untitled",
        layers=tuple(layers),
        samples=samples,
        loss=cast(Loss, data.get("loss", "half-squared")),
        bias=bias,
        rate=_number(data.get("rate", 0.5), "rate"),
    )


def _drawer(data: Mapping[str, Any]) -> Callable[[int, int], tuple[tuple[float, ...], ...]] | None:
    if "seed" not in data:
        return None
    generator = random.Random(_typed(data, "seed", "", int, "a whole number"))

    def draw(units: int, inputs: int) -> tuple[tuple[float, ...], ...]:
        bound = 1 / math.sqrt(inputs)
        return tuple(
            tuple(generator.uniform(-bound, bound) for _ in range(inputs)) for _ in range(units)
        )

    return draw


def _layer(
    table: Mapping[str, Any],
    number: int,
    inputs: int,
    bias: Bias,
    draw: Callable[[int, int], tuple[tuple[float, ...], ...]] | None,
) -> Layer:
    at = f"layer {number}: "
    activation = cast(Activation, _typed(table, "activation", at, str, "text"))
    if "weights" in table:
        rows = table["weights"]
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise UnusableInputError(f"{at}weights must be rows of numbers, one row for each unit")
        if "units" in table and table["units"] != len(rows):
            raise UnusableInputError(
                f"{at}units is {table['units']}, but weights holds {len(rows)} rows"
            )
        weights = tuple(tuple(_number(v, f"{at}weights") for v in row) for row in rows)
    else:
        if "units" not in table or draw is None:
            raise UnusableInputError(
                f"{at}weights is missing: give it, or units here and seed at the top"
            )
        units = _typed(table, "units", at, int, "a whole number")
        if not 1 <= units * max(inputs, 1) <= MAX_WEIGHTS:
            raise UnusableInputError(
                f"{at}units is {units}, a layer must have 1 or more and at most "
                f"{MAX_WEIGHTS:,} weights"
            )
        weights = draw(units, max(inputs, 1))
    drawn = {"none": 0, "shared": 1, "unit": len(weights)}[bias] * ("weights" not in table)
    biases = _row(table, "biases", at) if "biases" in table else (0.0,) * drawn
    return Layer(activation, weights, biases)


def _tables(data: Mapping[str, Any], name: str, fields: set[str]) -> list[Mapping[str, Any]]:
    tables = data.get(name, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UnusableInputError(f"{name} must be tables: write [[{name}]]")
    for number, table in enumerate(tables, 1):
        _only(table, fields, f"{name} {number}: ")
    return tables


def _only(table: Mapping[str, Any], known: set[str], at: str) -> None:
    for key in table:
        if key not in known:
            raise UnusableInputError(
                f"{at}{key} is not a known field, known are {', '.join(sorted(known))}"
            )


def _row(table: Mapping[str, Any], field: str, at: str) -> tuple[float, ...]:
    values = _typed(table, field, at, list, "a list of numbers")
    return tuple(_number(value, f"{at}{field}") for value in values)


def _typed(table: Mapping[str, Any], field: str, at: str, kind: type, wanted: str) -> Any:
    if field not in table:
        raise UnusableInputError(f"{at}{field} is missing")
    value = table[field]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise UnusableInputError(f"{at}{field} must be {wanted}")
    return value


def _number(value: object, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnusableInputError(f"{field}: {value!r} is not a number")
    try:
        return float(value)
    except OverflowError:
        raise UnusableInputError(f"{field}: a number too large to compute with") from None


def _line_of(text: str, sentence: str) -> int | None:
    """The line that an error is about, found from the table and field its sentence opens with.

    tomllib keeps no positions, and one regular expression is cheaper than a second parser.
    """
    opening = re.match(r"(?:(layer|sample) (\d+): )?(\w+)", sentence)
    if opening is None:
        return None
    table, wanted, field = opening[1] or "", int(opening[2] or 0), opening[3]
    current, seen, header = "", 0, None
    for number, line in enumerate(text.splitlines(), 1):
        if heading := re.match(r"\s*\[{1,2}\s*([\w-]+)", line):
            current = heading[1]
            seen += current == table
            if current == table and seen == wanted:
                header = number
        elif (
            re.match(rf"""\s*["']?{re.escape(field)}["']?\s*=""", line)
            and current == table
            and (not table or seen == wanted)
        ):
            return number
    return header
