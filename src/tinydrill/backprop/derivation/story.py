"""A derivation told in order: headings, sentences, paths and equations, in no format yet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tinydrill.backprop.derivation.notation import Notation, figure, partial, signed, write
from tinydrill.backprop.derivation.structure import Derivation, Factor, Path, Shortcut, Step

Side = Callable[[Notation], str]


@dataclass(frozen=True)
class Heading:
    """A title; level 1 is the whole, 2 a part, 3 one derivative (then `about` is its name)."""

    level: int
    text: str
    about: str = ""


@dataclass(frozen=True)
class Prose:
    """A sentence or two; names stand between backticks."""

    text: str


@dataclass(frozen=True)
class Way:
    """One path, as the names along it."""

    nodes: tuple[str, ...]


@dataclass(frozen=True)
class Equation:
    """Sides that are all equal, each written on request in a notation; `sign` before the second."""

    sides: tuple[Side, ...]
    sign: str = "="


Block = Heading | Prose | Way | Equation


def tell(derivation: Derivation) -> tuple[Block, ...]:
    """The whole story, or that of the steps the derivation holds."""
    blocks: list[Block] = [
        Heading(1, f"{derivation.problem.title}: every gradient, step by step"),
        Heading(2, "Forwards: from the inputs to the error"),
    ]
    blocks += [
        Equation((_name(name), _expression(expression), _figure(derivation.values[name])))
        for name, expression in derivation.definitions.items()
    ]
    blocks += [
        Heading(2, "Backwards: how much the error changes with each weight"),
        Prose(
            "Find every path from a weight to `E_total`. Multiply the slopes along a path, "
            "add up the paths. That is the chain rule."
        ),
    ]
    seen: dict[str, str] = {}
    for step in derivation.steps:
        blocks += _step(derivation, step, seen)
    return tuple(blocks)


def _step(derivation: Derivation, step: Step, seen: dict[str, str]) -> list[Block]:
    target = step.target
    blocks: list[Block] = [Heading(3, f"∂E_total/∂{target}", target)]
    count, shown = step.path_count, len(step.paths)
    lead = "One path leads" if count == 1 else f"{count:,} paths lead"
    rest = f"; the first {shown}" if shown < count else ""
    blocks.append(Prose(f"{lead} from `{target}` to `E_total`{rest}:"))
    blocks += [Way(path.nodes) for path in step.paths]
    whole: Side = lambda n: partial("E_total", target, n)  # noqa: E731 - a side like the others
    result = _figure(step.gradient)
    if count == 1:
        blocks.append(Equation((whole, *_path_sides(step.paths[0]), result)))
    elif shown == count:
        for number, path in enumerate(step.paths, 1):
            blocks.append(Prose(f"Path {number}:" if number > 1 else "Path 1, slope by slope:"))
            blocks.append(Equation((*_path_sides(path), _figure(path.value))))
        values = [path.value for path in step.paths]
        blocks += [Prose("Added up:"), Equation((whole, _sum_of_numbers(values), result))]
    blocks += _reuse(step, seen, whole)
    if step.before is not None:
        blocks += _update(derivation, step)
    return blocks


def _reuse(step: Step, seen: dict[str, str], whole: Side) -> list[Block]:
    """What of this step is known from an earlier one, or is kept for a later one."""
    known = [f"`∂E_total/∂{s.known}`" for s in step.shortcuts]
    gathered = Equation(
        (
            whole,
            lambda n: n.sum([_shortcut(s, n) for s in step.shortcuts]),
            lambda n: n.sum([_shortcut_numbers(s, n) for s in step.shortcuts]),
            _figure(step.gradient),
        )
    )
    few = known if len(known) <= 3 else [*known[:2], "…", known[-1]]
    named = " and ".join(few) if len(few) < 3 else ", ".join(few)
    first = step.shortcuts[0].known
    if step.before is None:  # a hidden unit's signal
        users = ", ".join(f"`{name}`" for name in step.used_by)
        sentence = (
            f"The slopes beyond {', '.join(f'`{s.known}`' for s in step.shortcuts)} have been "
            f"multiplied already, as {named}. This derivative is computed once, too, "
            f"and serves {users}:"
        )
    elif first in seen:
        sentence = f"{named} is known from `{seen[first]}`, so one new slope is enough:"
        if first.startswith("a_"):
            sentence = f"As for `{seen[first]}`, everything up to {named} is known:"
    elif first.startswith("a_"):
        sentence = (
            f"Every path passes through {' or '.join(f'`{s.known}`' for s in step.shortcuts[:3])}"
            f"{' …' if len(step.shortcuts) > 3 else ''}. What lies beyond is {named}, which is "
            "computed once for all weights of the unit:"
        )
    else:
        sentence = (
            f"All slopes but the last make up {named}, often called δ. Keep it: the other weights "
            "of this unit need it, and so does the layer below."
        )
    for shortcut in step.shortcuts:
        seen.setdefault(shortcut.known, step.target)
    return [Prose(sentence), gathered]


def _update(derivation: Derivation, step: Step) -> list[Block]:
    problem, target, before, after = derivation.problem, step.target, step.before, step.after
    if before is None or after is None or not problem.trains(target):
        return [Prose(f"`{target}` keeps its value: this problem does not train its biases.")]

    def formula(n: Notation) -> str:
        step_size = n.product([n.name("rate"), partial("E_total", target, n)])
        return n.sum([n.name(target), n.negative(step_size)])

    def numbers(n: Notation) -> str:
        product = n.product([n.number(figure(problem.rate)), signed(step.gradient, n, True)])
        return n.sum([n.number(figure(before)), n.negative(product)])

    return [
        Prose("Downhill is against the gradient:"),
        Equation((_name(target), formula, numbers, _figure(after)), sign="←"),
    ]


def _path_sides(path: Path) -> tuple[Side, Side, Side]:
    return (
        lambda n: n.product([partial(f.of, f.by, n) for f in path.factors]),
        lambda n: n.product([_factor(f, n) for f in path.factors]),
        lambda n: n.product([signed(f.value, n, True) for f in path.factors]),
    )


def _factor(factor: Factor, n: Notation) -> str:
    return write(factor.expression, n, inside_product=True)


def _shortcut(shortcut: Shortcut, n: Notation) -> str:
    slopes = [partial(f.of, f.by, n) for f in shortcut.factors]
    return n.product([partial("E_total", shortcut.known, n), *slopes])


def _shortcut_numbers(shortcut: Shortcut, n: Notation) -> str:
    slopes = [signed(f.value, n, True) for f in shortcut.factors]
    return n.product([signed(shortcut.known_value, n, True), *slopes])


def _sum_of_numbers(values: Sequence[float]) -> Side:
    return lambda n: n.sum(
        [
            n.negative(n.number(figure(-v))) if v < 0 else n.number(figure(v))
            for v in values
        ]
    )  # fmt: skip


def _name(name: str) -> Side:
    return lambda n: n.name(name)


def _figure(number: float) -> Side:
    return lambda n: n.number(figure(number))


def _expression(expression: object) -> Side:
    return lambda n: write(expression, n)
