"""The documents keep up with the code: every verb is described, every figure is on file."""

import json
import re
import statistics
from pathlib import Path

import pytest

from tests.conftest import Command
from tinydrill.cli import app
from tinydrill.drilldown.record import Record

ROOT = Path(__file__).resolve().parents[1]
RESULTS = sorted((ROOT / "results").glob("*.jsonl"))


def verbs() -> list[str]:
    return [
        command.name or (command.callback.__name__ if command.callback else "")
        for command in app.registered_commands
    ]


@pytest.mark.parametrize("verb", verbs())
def test_every_verb_is_described_in_the_readme(verb: str) -> None:
    assert f"`tinydrill {verb}" in (ROOT / "README.md").read_text()


def test_the_makefile_has_what_the_readme_promises() -> None:
    promised = set(re.findall(r"^make (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"drill", "test"} <= promised <= targets


def records(path: Path) -> list[Record]:
    return [Record.model_validate(json.loads(line)) for line in path.read_text().splitlines()]


def test_there_is_evidence_for_drill_and_best() -> None:
    assert {"drill", "best"} <= {path.stem for path in RESULTS}


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_the_evidence_is_ten_whole_runs_with_the_shipped_recipe(path: Path) -> None:
    from bench.evidence import command
    from tinydrill.drilldown.cookbook import HOME_NET, RECIPES
    from tinydrill.drilldown.recipe import from_mapping
    from tinydrill.drilldown.sources import PUBLIC
    from tinydrill.drilldown.zoo import ZOO

    runs = records(path)
    recipe, _, net = path.stem.partition("-")
    assert [run.seed for run in runs] == list(range(10))
    for run in runs:
        assert run.status == "finished"
        # A field that is younger than the run has the value that leaves everything as it was.
        assert from_mapping(run.recipe) == RECIPES[recipe]
        assert run.net.net == ZOO[net or HOME_NET[recipe]].as_mapping()
        assert run.data.sha256 == PUBLIC["mnist"].sha256
        assert run.data.rule == "full"
        assert run.judged is not None
        assert run.judged.images == 10_000
        words, asked = run.command.split(), command(net or None, recipe, run.seed, None)
        assert words[: len(asked) - 1] == asked[:-1]  # behind it, the threads and --json
        assert run.environment.revision is not None
        assert not run.environment.revision.endswith("-dirty")


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_the_mean_holds_what_the_runs_were_held_to(path: Path) -> None:
    runs = records(path)
    (asked,) = {run.budget.accuracy for run in runs}
    mean = statistics.mean(run.judged.accuracy for run in runs if run.judged)
    assert mean >= asked - 1e-9


@pytest.mark.parametrize(
    ("path", "make"), [("LEADERBOARD.md", "leaderboard"), ("results/README.md", "raw_figures")]
)
def test_what_is_written_from_the_evidence_is_current(path: str, make: str) -> None:
    from bench import leaderboard
    from bench.results import read

    assert (ROOT / path).read_text() == getattr(leaderboard, make)(read())


README_COMMANDS = re.findall(
    r"^\$ tinydrill ((?:explain|show|compare) [^\n]*)\n(.*?)^```",
    (ROOT / "README.md").read_text(),
    re.MULTILINE | re.DOTALL,
)


@pytest.mark.parametrize(("arguments", "shown"), README_COMMANDS, ids=lambda text: text[:20])
def test_the_readme_shows_what_the_command_prints(
    command: Command, monkeypatch: pytest.MonkeyPatch, arguments: str, shown: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(ROOT)
    printed = command(*arguments.split()).out
    lines = [line.rstrip() for line in printed.splitlines()]
    assert "\n".join(lines).strip() == shown.strip()


def test_the_readme_shows_commands_at_all() -> None:
    assert len(README_COMMANDS) >= 2


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_the_readme_quotes_the_evidence(path: Path) -> None:
    accuracies = [run.judged.accuracy for run in records(path) if run.judged]
    quoted = (
        f"| {statistics.mean(accuracies):.3f} | {statistics.stdev(accuracies):.3f} "
        f"| {min(accuracies):.2f} |"
    )
    assert quoted in (ROOT / "README.md").read_text()


LOG_SECTIONS = re.findall(
    r"^## ([^\n]*\b(\d+) configurations[^\n]*)\n(.*?)(?=^## |\Z)",
    (ROOT / "docs/LOG.md").read_text(),
    re.MULTILINE | re.DOTALL,
)


@pytest.mark.parametrize(("title", "claimed", "body"), LOG_SECTIONS, ids=lambda text: text[:20])
def test_the_log_counts_its_configurations(title: str, claimed: str, body: str) -> None:
    lines = [line for line in body.splitlines() if line.startswith("|")]
    rules = sum(not set(line) - set("|-: ") for line in lines)
    assert len(lines) - 2 * rules == int(claimed)


def test_the_log_has_such_sections() -> None:
    assert len(LOG_SECTIONS) >= 6
