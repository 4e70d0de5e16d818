"""The nouns of a drill-down as a person writes it: stages, targets, and rules of who goes on.

Owns the format. `read.py` reads such a file and checks it; `outcome.py` is what came of it.
"""

from typing import Annotated, Any

from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from pydantic import BaseModel, ConfigDict, Strict, model_validator

from tinydrill.drilldown.stages.configuration import Configuration

_MAX_SEEDS = 1000

Whole = Annotated[int, Strict(), Gt(0)]
Text = Annotated[str, Strict()]
Name = Annotated[str, Strict(), MinLen(1), MaxLen(200)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Target(_Frozen):
    """What a stage is to reach; a limit that is left out is not asked for.

    Attributes:
        parameters: fewer than this.
        epochs: at most this.
        accuracy: at least this, in per cent of the images watched …
        last: … after each of the last so many epochs …
        seeds: … in at least so many seeds; None is all of them.
    """

    parameters: Whole | None = None
    epochs: Annotated[float, Strict(), Gt(0), Le(1000)] | None = None
    accuracy: Annotated[float, Strict(), Ge(0), Le(100)] | None = None
    last: Whole = 1
    seeds: Whole | None = None

    def in_words(self, seeds: int) -> str:
        """The target as a phrase, for a stage of so many seeds."""
        parts = []
        if self.parameters is not None:
            parts.append(f"fewer than {self.parameters:,} parameters")
        if self.epochs is not None:
            parts.append(f"at most {self.epochs:g} epochs")
        if self.accuracy is not None:
            each = "the last epoch" if self.last == 1 else f"each of the last {self.last} epochs"
            parts.append(
                f"{self.accuracy:.4g} % or better after {each}, in at least "
                f"{self.seeds or seeds} of {seeds} seed{'s' * (seeds != 1)}"
            )
        return ", ".join(parts)


class Choice(_Frozen):
    """Which configurations of the stage before go on: those for which all that is given holds.

    Attributes:
        met: whether they must have met their target.
        parameters: they have fewer than this.
        nets: they are among these.
        best: of the rest, so many with the highest mean accuracy; None is all.
    """

    met: Annotated[bool, Strict()] = False
    parameters: Whole | None = None
    nets: Annotated[tuple[Name, ...], MinLen(1)] | None = None
    best: Whole | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_short_form(cls, given: object) -> object:
        short = {"all": {}, "survivors": {"met": True}, "best": {"best": 1}}
        if isinstance(given, str):
            if given not in short:
                raise ValueError(
                    f'{given!r} is none of "survivors" (those that met the target), "best" and '
                    '"all"; a list of nets or a table of met, best, parameters and nets will do too'
                )
            return short[given]
        if not isinstance(given, dict | list | cls):
            raise ValueError(
                f'{given!r} is no rule: "survivors", "best", "all", a list of nets, or a table'
            )
        return {"nets": given} if isinstance(given, list) else given

    def in_words(self) -> str:
        """The rule as a phrase after "goes on with"."""
        chosen = "every configuration" if self.best is None else f"the best {self.best} by mean"
        chosen = "the best by mean" if self.best == 1 else chosen
        parts = ["met the target"] if self.met else []
        parts += [f"has fewer than {self.parameters:,} parameters"] if self.parameters else []
        parts += [f"is one of {', '.join(self.nets)}"] if self.nets is not None else []
        if not parts:
            return chosen
        among = chosen if self.best is None else f"{chosen}, of every configuration"
        return f"{among} that {' and '.join(parts)}"


class Stage(_Frozen):
    """One stage as written; `why` and `remark` are the author's own words, shown as they are."""

    name: Name
    why: Text = ""
    remark: Text = ""
    nets: tuple[Name, ...] = ()
    recipes: tuple[Name, ...] = ()
    set: dict[Text, Any] = {}
    seeds: tuple[Annotated[int, Strict(), Ge(0)], ...] = ()
    target: Target | None = None
    continues: Choice | None = None

    @model_validator(mode="before")
    @classmethod
    def _count_of_seeds(cls, given: object) -> object:
        if isinstance(given, dict) and type(count := given.get("seeds")) is int:
            if not 1 <= count <= _MAX_SEEDS:
                raise ValueError(f"seeds = {count} is not a whole number from 1 to {_MAX_SEEDS}")
            return {**given, "seeds": list(range(count))}
        return given

    def configurations(self, survivors: tuple[Configuration, ...]) -> tuple[Configuration, ...]:
        """What the stage trains, each with every seed.

        Args:
            survivors: what goes on from the stage before; not read by a stage that names its nets.
        """
        nets = self.nets or tuple(dict.fromkeys(there.net for there in survivors))
        if self.recipes:
            bases = [Configuration(net, name.lower()) for net in nets for name in self.recipes]
        else:
            bases = list(survivors)
        return tuple(dict.fromkeys(base.changed(self.set) for base in bases))


class StageFile(_Frozen):
    """A whole file. `split` holds 10,000 training images out, for targets and choices to read."""

    title: Name
    remark: Text = ""
    split: Annotated[bool, Strict()] = False
    stage: Annotated[tuple[Stage, ...], MinLen(1), MaxLen(50)]
