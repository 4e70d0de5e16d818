"""From the text of a formula to its tree, with limits that keep a hostile formula harmless."""

import re
from functools import lru_cache

from tinydrill.backprop.sheetcheck.syntax import (
    Area,
    Binary,
    Call,
    ErrorCode,
    Flag,
    Name,
    Node,
    Number,
    Ref,
    Text,
    Unary,
    depth,
)

MAX_CHARACTERS = 8192  # the spreadsheet programs' own limit
MAX_DEPTH = 150  # far above any formula a person fills down, far below Python's recursion limit

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>"(?:[^"]|"")*")
  | (?P<error>\#(?:REF!|DIV/0!|VALUE!|NAME\?|NUM!|N/A|NULL!))
  | (?P<ref>(?P<sheet>(?:'(?:[^']|'')+'|[^\W\d][\w.]*)!)?
        (?P<cf>\$?)(?P<col>[A-Za-z]{1,3})(?P<rf>\$?)(?P<row>[1-9]\d{0,6})(?![\w(.!\[]))
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<name>[^\W\d][\w.]*)(?P<call>\s*\()?
  | (?P<op><=|>=|<>|[-+*/^&=<>%(),:;])
    )""",
    re.VERBOSE,
)
_LEVELS = (("=", "<>", "<", ">", "<=", ">="), ("&",), ("+", "-"), ("*", "/"), ("^",))


class FormulaError(ValueError):
    """A formula that can't be read; the message completes "… can't be checked: "."""


def column_number(letters: str) -> int:
    """Return 1 for A, 27 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


@lru_cache(maxsize=4096)
def column_letters(number: int) -> str:
    """Return A for 1, AA for 27."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    """Return `X3` for row 3, column 24."""
    return f"{column_letters(column)}{row}"


def parse(text: str, row: int, column: int) -> Node:
    """Return the tree of a formula (with or without its `=`) that stands at (row, column).

    Raises:
        FormulaError: the text isn't a formula that this program understands.
    """
    if len(text) > MAX_CHARACTERS:
        raise FormulaError(f"it has {len(text):,} characters, the limit is {MAX_CHARACTERS:,}")
    if "[" in text:
        raise FormulaError("it refers to another workbook or to a table by name (square brackets)")
    if "{" in text:
        raise FormulaError("it holds an array in braces")
    key, refs = _relative(text.removeprefix("="), row, column)
    return _parse_relative(key, refs)


def _relative(
    text: str, row: int, column: int
) -> tuple[tuple[tuple[str, str], ...], tuple[Ref, ...]]:
    """Return the tokens with references numbered, and those references relative to the cell."""
    tokens, refs, position = [], [], 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            if not text[position:].strip():
                break
            raise FormulaError(f"the sign {text[position:].strip()[0]!r} has no meaning there")
        position = found.end()
        kind = found.lastgroup or ""
        if found["ref"]:
            sheet = found["sheet"]
            if sheet:
                sheet = sheet[:-1].strip("'").replace("''", "'")
            row_fixed, column_fixed = bool(found["rf"]), bool(found["cf"])
            there = column_number(found["col"])
            refs.append(
                Ref(
                    sheet,
                    int(found["row"]) - (0 if row_fixed else row),
                    there - (0 if column_fixed else column),
                    row_fixed,
                    column_fixed,
                )
            )
            tokens.append(("ref", str(len(refs) - 1)))
        elif found["name"]:
            kind = "call" if found["call"] else "name"
            tokens.append((kind, found["name"]))
        else:
            tokens.append((kind, found[kind]))
    return tuple(tokens), tuple(refs)


@lru_cache(maxsize=4096)
def _parse_relative(tokens: tuple[tuple[str, str], ...], refs: tuple[Ref, ...]) -> Node:
    level = deepest = 0
    for kind, text in tokens:
        level += (text == "(" or kind == "call") - (text == ")")
        deepest = max(deepest, level)
    if deepest > MAX_DEPTH:
        raise FormulaError(f"it is nested {deepest:,} deep, the limit is {MAX_DEPTH}")
    reader = _Reader(tokens, refs)
    node = reader.expression(0)
    if reader.position < len(tokens):
        raise FormulaError(f"{tokens[reader.position][1]!r} has no meaning there")
    if depth(node) > MAX_DEPTH:
        raise FormulaError(f"it is longer than {MAX_DEPTH} operations in a chain")
    return node


class _Reader:
    """Precedence climbing over the tokens of one formula."""

    def __init__(self, tokens: tuple[tuple[str, str], ...], refs: tuple[Ref, ...]) -> None:
        self.tokens, self.refs, self.position = tokens, refs, 0

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.position] if self.position < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.position += 1
        return token

    def expect(self, text: str) -> None:
        if self.take() != ("op", text):
            raise FormulaError(f"a {text!r} is missing")

    def expression(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self.signed()
        left = self.expression(level + 1)
        while self.peek()[0] == "op" and self.peek()[1] in _LEVELS[level]:
            operator = self.take()[1]
            left = Binary(operator, left, self.expression(level + 1))
        return left

    def signed(self) -> Node:
        # A sign binds tighter than ^ in spreadsheets: -2^2 is 4.
        negative = marked = False
        while self.peek() in (("op", "-"), ("op", "+")):
            marked = True
            negative ^= self.take()[1] == "-"
        node = self.atom()
        while self.peek() == ("op", "%"):
            self.take()
            node = Unary("%", node)
        return Unary("-", node) if negative else Unary("+", node) if marked else node

    def atom(self) -> Node:
        kind, text = self.take()
        if kind == "number":
            return Number(float(text))
        if kind == "string":
            return Text(text[1:-1].replace('""', '"'))
        if kind == "error":
            return ErrorCode(text)
        if kind == "ref":
            return self.reference(self.refs[int(text)])
        if kind == "name":
            return Flag(text.upper() == "TRUE") if text.upper() in ("TRUE", "FALSE") else Name(text)
        if kind == "call":
            return self.call(text.upper().removeprefix("_XLFN.").removeprefix("_XLWS."))
        if text == "(":
            node = self.expression(0)
            self.expect(")")
            return node
        raise FormulaError(f"{text!r} has no meaning there" if text else "it ends too early")

    def reference(self, first: Ref) -> Node:
        if self.peek() != ("op", ":"):
            return first
        self.take()
        kind, text = self.take()
        if kind != "ref":
            raise FormulaError("a range ends in something that is no cell")
        return Area(first, self.refs[int(text)])

    def call(self, function: str) -> Call:
        arguments: list[Node] = []
        if self.peek() == ("op", ")"):
            self.take()
            return Call(function, ())
        while True:
            arguments.append(self.expression(0))
            kind, text = self.take()
            if (kind, text) == ("op", ")"):
                return Call(function, tuple(arguments))
            if text not in (",", ";"):
                raise FormulaError("a ')' is missing")
