"""Finding records: in runs, folders of runs and .jsonl files; a sentence for what is no record."""

from pathlib import Path

import pytest

from tests.drilldown.test_record import made
from tinydrill.drilldown import record
from tinydrill.drilldown.records import gather, look
from tinydrill.errors import UnusableInputError


def keep(folder: Path, **changes: object) -> Path:
    folder.mkdir(parents=True)
    record.save(made(**changes), folder)
    return folder


def lines(path: Path, *seeds: int) -> Path:
    path.write_text("".join(made(seed=seed).model_dump_json() + "\n" for seed in seeds))
    return path


def test_a_run_is_its_folder(tmp_path: Path) -> None:
    run = keep(tmp_path / "run", seed=4)
    ((where, kept),) = gather(run)
    assert where == str(run)
    assert kept == made(seed=4)


def test_a_folder_of_runs_gives_them_in_order(tmp_path: Path) -> None:
    for seed in (2, 0, 1):
        keep(tmp_path / f"s{seed}", seed=seed)
    keep(tmp_path / ".hidden", seed=9)
    (tmp_path / "something else").mkdir()
    assert [kept.seed for _, kept in gather(tmp_path)] == [0, 1, 2]


def test_a_file_gives_a_record_a_line(tmp_path: Path) -> None:
    path = lines(tmp_path / "runs.jsonl", 5, 6)
    path.write_text(path.read_text() + "\n")
    assert [(where, kept.seed) for where, kept in gather(path)] == [
        (f"{path}:1", 5),
        (f"{path}:2", 6),
    ]


def test_an_empty_folder_has_none(tmp_path: Path) -> None:
    assert gather(tmp_path) == []


@pytest.mark.parametrize("name", ["missing", "missing.jsonl", "text.txt"])
def test_what_holds_no_records_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.txt").write_text("{}")
    with pytest.raises(UnusableInputError, match=name):
        gather(tmp_path / name)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnusableInputError, match=r"runs\.jsonl can't be read: it is not UTF-8"):
        gather(tmp_path / "runs.jsonl")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "runs.jsonl:2 is not a record: not a JSON object"),
        ("[]", "runs.jsonl:2 is not a record: not a JSON object"),
        ('{"schema_version": 7}', "runs.jsonl:2 has schema 7; this version reads schema 1"),
        ('{"schema_version": 1}', "runs.jsonl:2 is not a record that this version reads: status"),
    ],
)
def test_a_broken_line_is_named_by_its_number(tmp_path: Path, line: str, said: str) -> None:
    path = lines(tmp_path / "runs.jsonl", 0)
    path.write_text(path.read_text() + line)
    with pytest.raises(UnusableInputError) as refused:
        gather(path)
    assert said in str(refused.value)


def test_a_repeated_run_counts_once(tmp_path: Path) -> None:
    path = lines(tmp_path / "runs.jsonl", 0, 1, 0)
    with pytest.raises(UnusableInputError, match=r":3 holds the same run as .*:1; each"):
        gather(path)
    found, problems = look(path)
    assert [kept.seed for _, kept in found] == [0, 1]
    assert len(problems) == 1


def test_one_broken_record_does_not_hide_the_others(tmp_path: Path) -> None:
    keep(tmp_path / "a", seed=1)
    keep(tmp_path / "b", seed=2)
    (tmp_path / "a" / record.RECORD).write_text("{")
    found, problems = look(tmp_path)
    assert [kept.seed for _, kept in found] == [2]
    assert len(problems) == 1
    assert "not a JSON object" in problems[0]
