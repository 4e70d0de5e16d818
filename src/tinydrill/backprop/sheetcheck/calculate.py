"""The value of a formula tree, as spreadsheets calculate it, over any source of cell values."""

import math
from collections.abc import Callable, Iterator

from tinydrill.backprop.sheetcheck.parsing import FormulaError
from tinydrill.backprop.sheetcheck.syntax import (
    Area,
    Binary,
    Block,
    Call,
    ErrorCode,
    Flag,
    Name,
    Node,
    Number,
    Part,
    Place,
    Ref,
    Symbol,
    Text,
    Unary,
)

Value = float | bool | str | None
Lookup = Callable[[Node], "Value | Block"]

_PLAIN: dict[str, Callable[[float], float]] = {
    "EXP": math.exp,
    "SQRT": math.sqrt,
    "LN": math.log,
    "LOG10": math.log10,
    "TANH": math.tanh,
    "SINH": math.sinh,
    "COSH": math.cosh,
    "ABS": abs,
    "SIGN": lambda x: math.copysign(1.0, x) if x else 0.0,
}
_OVER_ALL: dict[str, Callable[[list[float]], float]] = {
    "SUM": math.fsum,
    "PRODUCT": math.prod,
    "SUMSQ": lambda xs: math.fsum(x * x for x in xs),
    "AVERAGE": lambda xs: math.fsum(xs) / len(xs),
    "MAX": lambda xs: max(xs, default=0.0),
    "MIN": lambda xs: min(xs, default=0.0),
}
_PAIRED: dict[str, Callable[[float, float], float]] = {
    "SUMXMY2": lambda x, y: (x - y) ** 2,
    "SUMX2MY2": lambda x, y: x * x - y * y,
    "SUMX2PY2": lambda x, y: x * x + y * y,
}
_LOGICAL = ("IF", "IFERROR", "AND", "OR", "NOT")
SUPPORTED = frozenset(
    {*_PLAIN, *_OVER_ALL, *_PAIRED, *_LOGICAL, "POWER", "LOG", "SUMPRODUCT", "PI", "N"}
)


class CalculationError(ArithmeticError):
    """The error value that a spreadsheet would show, such as #DIV/0!."""


def unsupported(node: Node) -> str | None:
    """Return the name of a function in this node that can't be evaluated here, if any."""
    return node.function if isinstance(node, Call) and node.function not in SUPPORTED else None


def calculate(node: Node, lookup: Lookup) -> Value:
    """Return the value of a tree; `lookup` gives the value of every reference, symbol or place.

    Raises:
        CalculationError: the value is an error such as #DIV/0!.
        FormulaError: the tree uses a function that isn't supported.
    """
    match node:
        case Number() | Text() | Flag():
            return node.value
        case Symbol() | Place() | Ref() | Name():
            value = lookup(node)
            if isinstance(value, Block):
                raise CalculationError("#VALUE!")
            return value
        case Binary():
            return _binary(node, lookup)
        case Unary():
            value = _number(calculate(node.operand, lookup))
            return (
                -value if node.operator == "-" else value / 100 if node.operator == "%" else value
            )
        case Part():
            return calculate(node.body, lookup)
        case Call():
            return _finite(_call(node, lookup))
        case ErrorCode():
            raise CalculationError(node.code)
        case Area() | Block():
            raise CalculationError("#VALUE!")


def _binary(node: Binary, lookup: Lookup) -> Value:
    left, right = calculate(node.left, lookup), calculate(node.right, lookup)
    operator = node.operator
    if operator == "&":
        return _text(left) + _text(right)
    if operator in ("=", "<>", "<", ">", "<=", ">="):
        return _compare(operator, left, right)
    x, y = _number(left), _number(right)
    try:
        if operator == "*":
            return x * y
        if operator == "+":
            return x + y
        if operator == "-":
            return x - y
        if operator == "/":
            return x / y
        return _power(x, y)
    except ZeroDivisionError:
        raise CalculationError("#DIV/0!") from None
    except OverflowError:
        raise CalculationError("#NUM!") from None


def _power(x: float, y: float) -> float:
    result = x**y
    if isinstance(result, complex):
        raise CalculationError("#NUM!")
    return float(result)


def _compare(operator: str, left: Value, right: Value) -> bool:
    if isinstance(left, str) or isinstance(right, str):
        a, b = _text(left).casefold(), _text(right).casefold()
        order = (a > b) - (a < b)
    else:
        x, y = _number(left), _number(right)
        order = (x > y) - (x < y)
    return {
        "=": order == 0,
        "<>": order != 0,
        "<": order < 0,
        ">": order > 0,
        "<=": order <= 0,
        ">=": order >= 0,
    }[operator]


def _call(node: Call, lookup: Lookup) -> Value:
    name, arguments = node.function, node.arguments
    if name in ("IF", "IFERROR"):
        return _branch(node, lookup)
    try:
        if name in _PLAIN:
            return _PLAIN[name](_only(arguments, lookup))
        if name in _OVER_ALL:
            return _OVER_ALL[name](list(_numbers(arguments, lookup)))
        if name in ("POWER", "LOG"):
            values = [_number(calculate(one, lookup)) for one in arguments]
            if name == "POWER":
                return _power(*values)
            return math.log10(values[0]) if len(values) == 1 else math.log(values[0], values[1])
        if name == "SUMPRODUCT" or name in _PAIRED:
            lists = [list(_numbers((one,), lookup, blanks=True)) for one in arguments]
            if len({len(one) for one in lists}) != 1:
                raise CalculationError("#VALUE!")
            pair = _PAIRED.get(name)
            return math.fsum(
                pair(*together) if pair else math.prod(together)
                for together in zip(*lists, strict=True)
            )
        if name in ("AND", "OR"):
            flags = [bool(_number(calculate(one, lookup))) for one in arguments]
            return all(flags) if name == "AND" else any(flags)
        if name == "NOT":
            return not _only(arguments, lookup)
        if name == "N":
            return _only(arguments, lookup)
        if name == "PI":
            return math.pi
    except (ValueError, OverflowError, TypeError):
        raise CalculationError("#NUM!") from None
    except ZeroDivisionError:
        raise CalculationError("#DIV/0!") from None
    raise FormulaError(f"the function {name} isn't one that this program can evaluate")


def _branch(node: Call, lookup: Lookup) -> Value:
    arguments = node.arguments
    if not 1 <= len(arguments) <= 3:
        raise CalculationError("#VALUE!")
    if node.function == "IFERROR":
        try:
            return calculate(arguments[0], lookup)
        except CalculationError:
            return calculate(arguments[1], lookup) if len(arguments) > 1 else None
    if _number(calculate(arguments[0], lookup)):
        return calculate(arguments[1], lookup) if len(arguments) > 1 else True
    return calculate(arguments[2], lookup) if len(arguments) > 2 else False


def _only(arguments: tuple[Node, ...], lookup: Lookup) -> float:
    if len(arguments) != 1:
        raise CalculationError("#VALUE!")
    return _number(calculate(arguments[0], lookup))


def _numbers(
    arguments: tuple[Node, ...], lookup: Lookup, *, blanks: bool = False
) -> Iterator[float]:
    """Yield the numbers of the arguments; in an area, text and empty cells don't count."""
    for node in arguments:
        block = lookup(node) if isinstance(node, Area | Name) else node
        if not isinstance(block, Block):
            yield _number(calculate(node, lookup))
            continue
        for row in block.rows:
            for cell in row:
                value = calculate(cell, lookup)
                if isinstance(value, int | float) and not isinstance(value, bool):
                    yield value
                elif blanks:
                    yield 0.0


def _number(value: Value) -> float:
    if isinstance(value, float):
        return value
    if value is None:
        return 0.0
    if isinstance(value, str):
        raise CalculationError("#VALUE!")
    return float(value)


def _text(value: Value) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _finite(value: Value) -> Value:
    if isinstance(value, float) and not math.isfinite(value):
        raise CalculationError("#NUM!")
    return value
