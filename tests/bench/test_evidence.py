"""Making evidence: the command of a seed, and every seed once, whatever came before."""

import shlex
import threading
from pathlib import Path

import pytest

from bench import evidence
from tests.drilldown.test_record import made
from tinydrill.drilldown.record import Record
from tinydrill.drilldown.records import gather


def test_the_command_carries_the_budget_of_its_recipe() -> None:
    assert shlex.join(evidence.command(None, "drill", 3, None)) == (
        "tinydrill train --recipe drill --seed 3 --json"
    )
    assert shlex.join(evidence.command(None, "tiny", 0, 1)) == (
        "tinydrill train --recipe tiny --seed 0 --max-parameters 1501 --target 99 "
        "--threads 1 --json"
    )


def test_another_net_is_named_in_the_command_and_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "RESULTS", tmp_path)
    asked: set[str | None] = set()

    def run(net: str | None, recipe: str, seed: int, threads: int | None) -> Record:
        asked.add(net)
        return made(seed=seed)

    monkeypatch.setattr(evidence, "run", run)
    assert make(monkeypatch, "--net", "slim20") == 0
    assert asked == {"slim20"}
    assert len(gather(tmp_path / "drill-slim20.jsonl")) == 10
    assert shlex.join(evidence.command("slim20", "harder", 3, None)).startswith(
        "tinydrill train slim20 --recipe harder --seed 3 "
    )


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(evidence, "RESULTS", tmp_path)
    return tmp_path / "drill.jsonl"


def make(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    monkeypatch.setattr("sys.argv", ["evidence.py", "drill", *arguments])
    with pytest.raises(SystemExit) as leaving:
        evidence.main()
    return leaving.value.code


def test_what_is_there_is_kept_and_what_is_missing_is_made_in_order(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results.write_text(made(seed=4, command="before").model_dump_json() + "\n")
    asked: list[int] = []

    def run(net: str | None, recipe: str, seed: int, threads: int | None) -> Record:
        asked.append(seed)
        return made(seed=seed)

    monkeypatch.setattr(evidence, "run", run)
    assert make(monkeypatch) == 0
    assert asked == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    kept = [run for _, run in gather(results)]
    assert [run.seed for run in kept] == list(range(10))
    assert kept[4].command == "before"


def test_a_run_that_breaks_loses_no_other(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(net: str | None, recipe: str, seed: int, threads: int | None) -> Record:
        if seed == 1:
            raise RuntimeError("seed 1 ended with status 137")
        return made(seed=seed)

    monkeypatch.setattr(evidence, "run", run)
    assert make(monkeypatch) == 1
    assert "status 137" in capsys.readouterr().err
    assert [run.seed for _, run in gather(results)] == [0, 2, 3, 4, 5, 6, 7, 8, 9]


def test_seeds_run_as_many_at_a_time_as_asked(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(2, timeout=30)

    def run(net: str | None, recipe: str, seed: int, threads: int | None) -> Record:
        together.wait()  # breaks unless two run at once
        return made(seed=seed)

    monkeypatch.setattr(evidence, "run", run)
    assert make(monkeypatch, "--jobs", "2") == 0
