"""How a net is trained, as one frozen value whose every field has a unit, a range and a source.

The named recipes are in `cookbook.py`.
"""

import math
from dataclasses import fields
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Lt
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from tinydrill.errors import UnusableInputError


class Unit(str):
    """A field's unit."""


class Why(str):
    """What a field does and where its value comes from."""


Fraction = Annotated[float, Ge(0), Le(1)]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Recipe:
    """Everything that decides a training run besides the net, the data and the seed."""

    epochs: Annotated[
        float,
        *(Gt(0), Le(1000), Unit("epochs")),
        Why("training length; an epoch is as many images as the training set has"),
    ]
    batch: Annotated[
        int,
        *(Ge(1), Le(60_000), Unit("images")),
        Why("images per update; 256 keeps two cores busy and still gives 234 updates an epoch"),
    ] = 256
    optimizer: Annotated[
        Literal["sgd", "adamw", "muon"],
        Unit(""),
        Why(
            "SGD with momentum; AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101); or Muon for "
            "the kernels and AdamW for the rest (Jordan 2024, kellerjordan.github.io/posts/muon)"
        ),
    ] = "adamw"
    lr: Annotated[
        float,
        *(Gt(0), Le(100), Unit("per update")),
        Why("peak step size, after the warm-up; 0.01 and 0.03 were tried for drill: docs/LOG.md"),
    ] = 0.02
    kernel_lr: Annotated[
        float,
        *(Gt(0), Le(100), Unit("per update")),
        Why("muon: peak step size of the kernels, whose updates all have the same size"),
    ] = 0.12
    momentum: Annotated[
        float,
        *(Ge(0), Lt(1), Unit("")),
        Why("SGD's and Muon's momentum, and AdamW's β1"),
    ] = 0.9
    beta2: Annotated[
        float,
        *(Ge(0), Lt(1), Unit("")),
        Why("AdamW's β2; 0.99 since a short run has no 1,000 updates to average over"),
    ] = 0.99
    weight_decay: Annotated[
        float,
        *(Ge(0), Le(10), Unit("per update and lr")),
        Why("pull of weights to zero; decoupled in AdamW; never on biases or BatchNorm"),
    ] = 0.0
    warmup: Annotated[
        Fraction,
        Unit("of the training"),
        Why("share in which lr rises linearly from 0 (Goyal et al. 2017, arXiv:1706.02677)"),
    ] = 0.15
    schedule: Annotated[
        Literal["constant", "linear", "quadratic", "cosine", "step"],
        Unit(""),
        Why("after the warm-up lr goes to 0, falls in steps, or is constant; docs/LOG.md compares"),
    ] = "linear"
    step_epochs: Annotated[
        float,
        *(Gt(0), Le(1000), Unit("epochs")),
        Why("schedule step: how long lr stays; 6 leaves time for two falls within 15 epochs"),
    ] = 6.0
    step_factor: Annotated[
        float,
        *(Gt(0), Lt(1), Unit("of lr")),
        Why("schedule step: what remains of lr after each fall; a tenth is the custom"),
    ] = 0.1
    label_smoothing: Annotated[
        float,
        *(Ge(0), Lt(1), Unit("of the target")),
        Why("spread evenly over the classes (Szegedy et al. 2016, arXiv:1512.00567)"),
    ] = 0.0
    rotate: Annotated[
        float,
        *(Ge(0), Le(180), Unit("degrees")),
        Why("uniform in ± this, anew for every image (Simard et al. 2003 on affine motion)"),
    ] = 0.0
    shift: Annotated[
        float, *(Ge(0), Le(28), Unit("pixels")), Why("uniform in ± this, each axis by itself")
    ] = 0.0
    scale: Annotated[
        float, *(Ge(0), Lt(1), Unit("of the size")), Why("uniform in 1 ± this, each axis by itself")
    ] = 0.0
    shear: Annotated[
        float, *(Ge(0), Le(1), Unit("pixels per pixel")), Why("uniform in ± this, along x")
    ] = 0.0
    focus: Annotated[
        float,
        *(Gt(0), Le(1), Unit("of the images")),
        Why(
            "share of the training images in each pass after the first: those whose loss was "
            "highest when last seen (Jiang et al. 2019, arXiv:1910.00762, is near to it); 1 is all"
        ),
    ] = 1.0
    focus_random: Annotated[
        Fraction, Unit("of that share"), Why("drawn at random from the rest, so none is forgotten")
    ] = 0.1
    calm: Annotated[
        Fraction,
        Unit("of the training"),
        Why("share at the end that sees images as they are; found by search, docs/LOG.md"),
    ] = 0.0
    precision: Annotated[
        Literal["float32", "bfloat16"],
        Unit(""),
        Why("of the forward pass; weights and updates are float32 always"),
    ] = "float32"
    mean: Annotated[
        float, *(Ge(0), Le(1), Unit("of white")), Why("subtracted; MNIST's training mean")
    ] = 0.1307
    sd: Annotated[
        float, *(Gt(0), Le(1), Unit("of white")), Why("divided by; MNIST's training deviation")
    ] = 0.3081


_HINTS = get_type_hints(Recipe, include_extras=True)
FIELDS = tuple(field.name for field in fields(Recipe))


def _marks(name: str) -> tuple[Any, ...]:
    return tuple(getattr(_HINTS[name], "__metadata__", ()))


def unit_of(name: str) -> str:
    """The unit of a recipe's field; empty where it has none."""
    return next((str(mark) for mark in _marks(name) if isinstance(mark, Unit)), "")


def why_of(name: str) -> str:
    """What a recipe's field does and where it comes from."""
    return next(str(mark) for mark in _marks(name) if isinstance(mark, Why))


def allowed(name: str) -> str:
    """The values a field takes, in words: `a number > 0 and ≤ 100`."""
    kind = get_args(_HINTS[name])[0]
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(get_args(kind))
    bounds = []
    for mark in _marks(name):
        match mark:
            case Gt():
                bounds.append(f"> {mark.gt:g}")
            case Ge():
                bounds.append(f"≥ {mark.ge:g}")
            case Lt():
                bounds.append(f"< {mark.lt:g}")
            case Le():
                bounds.append(f"≤ {mark.le:g}")
    noun = "a whole number" if kind is int else "a number"
    return f"{noun} {' and '.join(bounds)}"


_ADAPTER = TypeAdapter(Recipe)


def from_mapping(values: dict[str, Any]) -> Recipe:
    """A validated recipe from plain values (text is read as the field's type).

    Raises:
        UnusableInputError: names the first field that is unknown, of a wrong type or out of range.
    """
    for name in values:
        if name not in FIELDS:
            raise UnusableInputError(
                f"a recipe has no field {name!r}; its fields are {', '.join(FIELDS)}"
            )
    try:
        return _ADAPTER.validate_python(values)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        if name not in values:
            raise UnusableInputError(f"the recipe lacks its field {name}") from None
        raise UnusableInputError(
            f"recipe field {name}={values[name]}: must be {allowed(name)}"
            f"{f' ({unit_of(name)})' if unit_of(name) else ''}"
        ) from None


def as_mapping(recipe: Recipe) -> dict[str, Any]:
    """The recipe as plain values, ready for JSON."""
    return {name: getattr(recipe, name) for name in FIELDS}


def override(recipe: Recipe, assignments: list[str]) -> Recipe:
    """The recipe with `field=value` texts applied, each checked.

    Raises:
        UnusableInputError: an assignment is not `field=value`, or `from_mapping` refuses it.
    """
    values = as_mapping(recipe)
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise UnusableInputError(f"{assignment!r} is not field=value, e.g. lr=0.01")
        values.pop(name.strip(), None)
        values[name.strip()] = value.strip()
    return from_mapping(values)


def length(recipe: Recipe, images: int) -> tuple[int, int]:
    """How long a training on so many images is: images processed in all, and epochs begun."""
    total = round(recipe.epochs * images)
    return total, math.ceil(total / images)
