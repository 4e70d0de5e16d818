"""Files in and out; each refusal names file, line and field."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.backprop.witness import problems
from tinydrill.backprop.problem import EXAMPLES, Problem, find_problem, from_toml, to_toml
from tinydrill.errors import UnusableInputError

GOOD = to_toml(EXAMPLES["seed"])


@settings(max_examples=50, deadline=None, derandomize=True)
@given(problems())
def test_what_is_written_is_read_back(problem: Problem) -> None:
    assert from_toml(to_toml(problem)) == problem


@pytest.mark.parametrize("name", EXAMPLES)
def test_built_in_problems_are_read_back(name: str) -> None:
    assert from_toml(to_toml(EXAMPLES[name])) == EXAMPLES[name]


def test_weights_from_a_seed_are_the_same_each_time() -> None:
    text = "seed = 7\n[[layer]]\nactivation = 'tanh'\nunits = 3\n"
    text += "[[sample]]\ninputs = [1, 2]\ntargets = [0, 0, 1]\n"
    assert from_toml(text) == from_toml(text)
    assert from_toml(text).widths == (2, 3)
    assert from_toml(text) != from_toml(text.replace("7", "8"))


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('loss = "half', 'loss = "quarter', 2, "loss is 'quarter-squared'"),
        ("rate = 0.5", "rate = -1", 5, "rate is -1"),
        ("rate = 0.5", "rate = true", 5, "rate: True is not a number"),
        ("rate = 0.5", "ratte = 0.5", 5, "ratte is not a known field"),
        ("[0.25, 0.3]", "[0.25]", 9, "layer 1: weights row 2 holds 1 numbers, it needs 2"),
        ("[0.5, 0.55]", "[0.5, nan]", 16, "layer 2: weights row 2: nan is not a finite number"),
        ("[0.5, 0.55]", "[0.5, 'x']", 16, "layer 2: weights: 'x' is not a number"),
        ("inputs = [0.05, 0.1]", "inputs = [0.05]", 22, "sample 1: inputs holds 1 numbers"),
        ("targets = [0.01, 0.99]", "", 21, "sample 1: targets is missing"),
        ("targets = [0.01", "targets = [0.01 0.02", 23, "not valid TOML"),
        ('bias = "none"', 'bias = "unit"', 7, "layer 1: biases holds 0 numbers"),
        ('activation = "sigmoid"', 'activation = "softmax"', 8, "for the last layer only"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD
    with pytest.raises(UnusableInputError) as caught:
        from_toml(GOOD.replace(old, new, 1), where="net.toml")
    message = str(caught.value)
    assert words in message
    assert message.startswith(f"net.toml, line {line}: ")


@pytest.mark.parametrize(
    ("value", "words"), [("1" * 5_000, "number too long"), ("[" * 5_000, "nested too deeply")]
)
def test_what_the_toml_reader_itself_gives_up_on_is_refused(value: str, words: str) -> None:
    with pytest.raises(UnusableInputError, match=words):
        from_toml(f"rate = {value}\n")


def test_more_weights_than_can_be_shown_are_refused_with_the_limit() -> None:
    text = "seed = 1\n[[layer]]\nactivation = 'tanh'\nunits = 600\n"
    text += "[[layer]]\nactivation = 'tanh'\nunits = 2\n"
    text += "[[sample]]\ninputs = [1, 2]\ntargets = [0, 0]\n"
    with pytest.raises(UnusableInputError, match="2,400 weights in all, at most 2,000"):
        from_toml(text)


def test_cross_entropy_needs_outputs_between_0_and_1() -> None:
    text = GOOD.replace("half-squared", "cross-entropy", 1)
    head, tail = text.split("[[layer]]\n", 2)[:2], text.split("[[layer]]\n", 2)[2]
    text = "[[layer]]\n".join([*head, tail.replace("sigmoid", "tanh", 1)])
    with pytest.raises(UnusableInputError, match="must be softmax or sigmoid"):
        from_toml(text)


def test_an_unknown_name_is_told_what_there_is() -> None:
    with pytest.raises(UnusableInputError, match="give one of seed, mazur, xor, softmax-3"):
        find_problem("sead")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match=r"gone\.toml: No such file"):
        find_problem(str(tmp_path / "gone.toml"))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnusableInputError, match="not a UTF-8 text file"):
        find_problem(str(path))
