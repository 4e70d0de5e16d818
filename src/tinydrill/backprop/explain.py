"""A Problem explained, in the format asked for."""

from collections.abc import Sequence

from tinydrill.backprop.problem import Problem, to_toml

FORMATS = ("terminal", "latex", "markdown", "html", "json", "toml")


def explanation(problem: Problem, weights: Sequence[str], format_: str, width: int = 80) -> str:
    """The derivation as text in one of `FORMATS`; toml gives the problem itself.

    Raises:
        UnusableInputError: if a weight does not exist, or all are too many.
    """
    if format_ == "toml":
        return to_toml(problem)
    from tinydrill.backprop.derivation import derive  # SymPy: only where it is needed
    from tinydrill.backprop.derivation.story import tell

    derivation = derive(problem, weights)
    if format_ == "terminal":
        from tinydrill.backprop.derivation.terminal import to_terminal

        return to_terminal(tell(derivation), width).plain
    if format_ == "html":
        from tinydrill.backprop.derivation.page import to_html

        return to_html(derivation, tell(derivation))
    from tinydrill.backprop.derivation.document import to_json, to_latex, to_markdown

    if format_ == "json":
        return to_json(derivation) + "\n"
    return {"latex": to_latex, "markdown": to_markdown}[format_](tell(derivation))


def show(problem: Problem, weights: Sequence[str]) -> None:
    """Print the derivation on this terminal, in its colours and to its width.

    Raises:
        UnusableInputError: as for `explanation`.
    """
    from rich.console import Console

    from tinydrill.backprop.derivation import derive
    from tinydrill.backprop.derivation.story import tell
    from tinydrill.backprop.derivation.terminal import to_terminal

    console = Console(highlight=False)
    text = to_terminal(tell(derive(problem, weights)), min(console.width, 100))
    console.print(text, soft_wrap=True, end="")
