"""`tinydrill stages` from file to outcome: trained, reused, continued, refused."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Command, Outcome
from tinydrill.drilldown import record
from tinydrill.drilldown.stages.outcome import MARKDOWN, STAGES, load_outcome

FILE = """
title = "Two small stages"
remark = "In *my* words."

[[stage]]
name = "Baseline"
why = "See what there is."
nets = ["fold9", "slim9"]
recipes = ["seed"]
set = { epochs = 4, batch = 50, lr = 0.003 }
seeds = 2
target = { parameters = 10_000, epochs = 4, accuracy = 20, last = 1 }

[[stage]]
name = "Rotation"
continues = ["fold9"]
set = { rotate = 7 }
remark = "So much for that."
"""
WORKERS = ("--workers", "1", "--threads", "1")


@pytest.fixture(scope="module")
def drilled(tmp_path_factory: pytest.TempPathFactory, bars_folder: Path) -> Path:
    """A folder with the file and, in `out`, all that came of it."""
    folder = tmp_path_factory.mktemp("stages")
    (folder / "drill.toml").write_text(FILE)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tinydrill", "stages", str(folder / "drill.toml"), *WORKERS),
            *("--out", str(folder / "out"), "--data", str(bars_folder)),
        ],
        capture_output=True,
        text=True,
    )
    (folder / "told.txt").write_text(done.stdout)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def place(drilled: Path, tmp_path: Path) -> Path:
    """A copy to do what one likes with."""
    return shutil.copytree(drilled, tmp_path / "copy")


def state(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def again(command: Command, place: Path, bars_folder: Path, *more: str | Path) -> Outcome:
    what = ("stages", place / "drill.toml", "--out", place / "out", *WORKERS)
    return command(*what, "--data", bars_folder, *more)


def test_every_stage_has_target_result_and_analysis(drilled: Path) -> None:
    told = (drilled / "told.txt").read_text()
    for words in ("Target  ", "Result", "Analysis"):
        assert told.count(words) == 2
    assert "The author: In *my* words." in told
    assert "The author: So much for that." in told
    assert "fewer than 10,000 parameters: 9,586" in told
    assert "rotate 0 → 7 on fold9" in told
    assert "Goes on with every configuration that is one of fold9." in told


def test_the_outcome_is_kept_as_json_and_markdown(drilled: Path) -> None:
    outcome = load_outcome(drilled / "out")
    assert outcome.met
    assert [stage.name for stage in outcome.stages] == ["Baseline", "Rotation"]
    assert [row.goes_on for row in outcome.stages[0].rows] == [True, False]
    text = (drilled / "out" / "stages.md").read_text()
    for sentence in (one for stage in outcome.stages for one in stage.sentences):
        assert f"- {sentence.text}" in text


def test_the_numbers_are_those_of_the_records(drilled: Path) -> None:
    for row in (row for stage in load_outcome(drilled / "out").stages for row in stage.rows):
        kept = [record.load(drilled / "out" / name) for name in row.runs]
        assert row.seeds == tuple(run.seed for run in kept) == (0, 1)
        accuracies = [run.epochs[-1].watch.accuracy for run in kept]
        assert row.mean == pytest.approx(sum(accuracies) / 2)
        assert row.minimum == min(accuracies)
        readings = [epoch.watch.accuracy for run in kept for epoch in run.epochs[-row.last :]]
        assert row.last_minimum == min(readings)
        assert (row.parameters, row.macs) == (kept[0].net.parameters, kept[0].net.macs)


def test_a_report_makes_the_same_outcome_of_the_records(drilled: Path) -> None:
    from tinydrill.drilldown.report.material import gather

    assert gather([drilled / "out"], None, print).outcomes == (load_outcome(drilled / "out"),)


def test_asked_again_nothing_is_trained(command: Command, place: Path, bars_folder: Path) -> None:
    before = state(place / "out")
    told = again(command, place, bars_folder, "--json")
    assert told.status == 0
    assert "4 of 4 runs are there already" in told.err
    after = state(place / "out")
    assert {name for name in before if before[name] != after[name]} <= {STAGES, "stages.md"}
    assert json.loads(told.out)["stages"] == json.loads(before[STAGES])["stages"]


def test_a_missing_run_alone_is_made_again(
    command: Command, place: Path, bars_folder: Path
) -> None:
    row = load_outcome(place / "out").stages[1].rows[0]
    shutil.rmtree(place / "out" / row.runs[1])
    told = again(command, place, bars_folder, "--json")
    assert "1 of 2 runs are there already" in told.err
    (same,) = json.loads(told.out)["stages"][1]["rows"]
    assert tuple(same["accuracies"]) == row.accuracies


def test_a_missed_target_is_exit_status_1(command: Command, place: Path, bars_folder: Path) -> None:
    file = place / "drill.toml"
    file.write_text(FILE.replace("parameters = 10_000", "parameters = 9_000"))
    told = again(command, place, bars_folder)
    assert told.status == 1
    assert "fewer than 9,000 parameters: 9,586, 587 too many" in told.out
    assert "missed; nearest came fold9" in told.out


def test_a_rule_that_leaves_nothing_overwrites_nothing(
    command: Command, place: Path, bars_folder: Path
) -> None:
    file = place / "drill.toml"
    file.write_text(FILE.replace("10_000", "9_000").replace('["fold9"]', '"survivors"'))
    before = state(place)
    told = again(command, place, bars_folder)
    assert told.status == 2
    assert told.err.splitlines()[-1].startswith(
        "tinydrill: stage 2 (Rotation) goes on with every configuration that met the target"
    )
    assert state(place) == before


def test_weights_that_are_not_the_record_s_are_refused(
    command: Command, place: Path, bars_folder: Path
) -> None:
    run = place / "out" / load_outcome(place / "out").stages[0].rows[0].runs[0]
    (run / record.WEIGHTS).write_bytes(b"others")
    before = state(place)
    told = again(command, place, bars_folder)
    assert told.status == 2
    assert f"{run / record.WEIGHTS} is not the file that the run's record names" in told.err
    assert state(place) == before


def test_runs_without_weights_still_count(command: Command, place: Path, bars_folder: Path) -> None:
    for path in (place / "out").rglob(record.WEIGHTS):
        path.unlink()
    told = again(command, place, bars_folder, "--json")
    assert told.status == 0
    topics = [s["topic"] for stage in json.loads(told.out)["stages"] for s in stage["sentences"]]
    assert "confusion" not in topics


def test_a_record_of_other_images_is_not_used_and_stays(
    command: Command, place: Path, tmp_path: Path
) -> None:
    from tests.conftest import write_folder

    other = write_folder(tmp_path / "others" / "bars", 500, 100)
    runs = {path: path.read_bytes() for path in (place / "out").rglob(record.RECORD)}
    (place / "out" / STAGES).unlink()
    told = again(command, place, other)
    assert "is not used: it was trained on other images (they too are called bars, but" in told.err
    assert {path: path.read_bytes() for path in runs} == runs


def test_the_outcome_on_other_images_is_not_overwritten(
    command: Command, place: Path, tmp_path: Path
) -> None:
    from tests.conftest import write_folder

    other = write_folder(tmp_path / "others", 50, 20)
    before = state(place)
    told = again(command, place, other)
    assert told.status == 2
    assert "holds these stages on other images (bars, not others)" in told.err
    assert state(place) == before


def test_nor_is_it_by_other_images_of_the_same_name(
    command: Command, place: Path, tmp_path: Path
) -> None:
    from tests.conftest import write_folder

    other = write_folder(tmp_path / "others" / "bars", 500, 100)
    before = state(place)
    told = again(command, place, other)
    assert told.status == 2
    assert "(they too are called bars, but are not the same); name another folder" in told.err
    assert state(place) == before


def with_rule_that_leaves_nothing(place: Path) -> None:
    text = FILE.replace('continues = ["fold9"]', 'continues = "survivors"')
    (place / "drill.toml").write_text(text.replace("epochs = 4, accuracy", "epochs = 1, accuracy"))


def test_a_rule_that_leaves_nothing_costs_no_whole_outcome(
    command: Command, place: Path, bars_folder: Path
) -> None:
    """Even though a stage before it had to be trained anew."""
    out = place / "out"
    shutil.rmtree(out / load_outcome(out).stages[0].rows[0].runs[0])
    before = {name: (out / name).read_bytes() for name in (STAGES, MARKDOWN)}
    with_rule_that_leaves_nothing(place)
    told = again(command, place, bars_folder)
    assert told.status == 2
    assert "has none that finished and met its target" in told.err
    assert "holds the outcome of another version of this file; it stays until" in told.err
    assert {name: (out / name).read_bytes() for name in before} == before


def test_other_seeds_are_told_of_before_they_replace_a_whole_outcome(
    command: Command, place: Path, bars_folder: Path
) -> None:
    told = again(command, place, bars_folder, "--seeds", "1")
    assert "holds the outcome of other seeds; it stays until this one is whole" in told.err
    assert [row.seeds for row in load_outcome(place / "out").stages[1].rows] == [(0,)]
    assert "it stays until" not in again(command, place, bars_folder, "--seeds", "1").err


def test_a_record_of_other_code_is_not_used(
    command: Command, place: Path, bars_folder: Path
) -> None:
    run = place / "out" / load_outcome(place / "out").stages[1].rows[0].runs[0]
    kept = record.load(run)
    environment = kept.environment.model_copy(update={"code_sha256": "0" * 64})
    record.save(kept.model_copy(update={"environment": environment}), run)
    told = again(command, place, bars_folder)
    assert f"{run} is not used: it was made by another version of the code" in told.err
    assert told.status == 0


def test_a_record_of_another_schema_is_told_of(
    command: Command, place: Path, bars_folder: Path
) -> None:
    run = place / "out" / load_outcome(place / "out").stages[1].rows[0].runs[0]
    values = json.loads((run / record.RECORD).read_text()) | {"schema_version": 99}
    (run / record.RECORD).write_text(json.dumps(values))
    told = again(command, place, bars_folder)
    assert f"{run / record.RECORD} has schema 99; this version reads schema" in told.err
    assert json.loads((run / record.RECORD).read_text())["schema_version"] == 99


@pytest.mark.parametrize("content", [None, b"{", b'{"schema_version": 99}'])
def test_what_stands_in_the_folder_already_is_not_overwritten(
    command: Command, place: Path, bars_folder: Path, content: bytes | None
) -> None:
    if content is None:
        (place / "drill.toml").write_text(FILE.replace("Two small stages", "Another title"))
    else:
        (place / "out" / STAGES).write_bytes(content)
    before = state(place)
    told = again(command, place, bars_folder)
    assert told.status == 2
    assert STAGES in told.err or "holds the stages of another file" in told.err
    assert state(place) == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nothing",), "nothing: No such file or directory (built-in are harder and seed)"),
        (("harder", "--seeds", "0"), "--seeds 0 is not a whole number from 1 to 1000"),
        (("harder", "--workers", "0"), "--workers 0 is not a whole number"),
        (("harder", "--threads", "0"), "--threads 0 is not a whole number"),
        (("harder", "--data", "nowhere"), "nowhere is not a folder"),
        (("harder", "--device", "abacus"), "abacus"),
    ],
)
def test_wrong_arguments_are_named(
    command: Command, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    refused = command("stages", *arguments, "--out", tmp_path / "out")
    assert refused.status == 2
    assert told in refused.err
    assert "Traceback" not in refused.err
    assert not (tmp_path / "out").exists()


def test_a_net_too_large_for_the_images_is_refused_before_training(
    command: Command, tmp_path: Path
) -> None:
    from tests.conftest import write_folder

    small = write_folder(tmp_path / "small", 50, 20, edge=8)
    (tmp_path / "drill.toml").write_text(FILE)
    out = tmp_path / "out"
    told = command("stages", tmp_path / "drill.toml", *WORKERS, "--data", small, "--out", out)
    assert told.status == 2
    assert "does not fit on a map of" in told.err
    assert not list(out.glob("*/record.json"))


@pytest.mark.parametrize(
    ("named", "content", "told"),
    [
        ("own.py:Typo", "class Own: ...", "has no torch.nn.Module called Typo"),
        ("own.py:Own", "import nothing_of_that_name", "nothing_of_that_name"),
        ("own.json", "{", "is not JSON"),
    ],
)
def test_a_net_of_a_later_stage_is_found_wanting_before_the_first(
    command: Command, tmp_path: Path, bars_folder: Path, named: str, content: str, told: str
) -> None:
    net = tmp_path / named
    Path(str(net).partition(":")[0]).write_text(content)
    last = f'nets = ["{net}"]\nrecipes = ["seed"]'
    (tmp_path / "drill.toml").write_text(FILE.replace('continues = ["fold9"]', last))
    refused = again(command, tmp_path, bars_folder)
    assert refused.status == 2
    assert "stage 2 (Rotation): " in refused.err
    assert told in refused.err
    assert not (tmp_path / "out").exists()


def test_a_folder_in_the_text_s_place_is_found_before_training(
    command: Command, tmp_path: Path, bars_folder: Path
) -> None:
    (tmp_path / "drill.toml").write_text(FILE)
    (tmp_path / "out" / MARKDOWN).mkdir(parents=True)
    told = again(command, tmp_path, bars_folder)
    assert told.status == 2
    assert f"{tmp_path / 'out' / MARKDOWN} can't be written: it is a folder" in told.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == [MARKDOWN]


def test_ctrl_c_keeps_the_stages_that_cost_training(
    command: Command, tmp_path: Path, bars_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tinydrill.drilldown.stages import run
    from tinydrill.drilldown.sweep import sweep

    asked = []

    def interrupted(*arguments, **more):  # type: ignore[no-untyped-def]
        asked.append(arguments)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return sweep(*arguments, **more)

    (tmp_path / "drill.toml").write_text(FILE.replace(', "slim9"', "").replace("= 4", "= 1"))
    with monkeypatch.context() as cut:
        cut.setattr(run, "sweep", interrupted)
        told = again(command, tmp_path, bars_folder)
    assert told.status == 130
    assert "go on with `tinydrill stages" in told.err
    assert [stage.name for stage in load_outcome(tmp_path / "out").stages] == ["Baseline"]
    assert again(command, tmp_path, bars_folder).status in (0, 1)
    assert len(load_outcome(tmp_path / "out").stages) == 2


def test_too_few_images_to_hold_some_out_are_refused(
    command: Command, place: Path, bars_folder: Path
) -> None:
    file = place / "drill.toml"
    file.write_text(FILE.replace("[[stage]]", "split = true\n[[stage]]", 1))
    before = state(place / "out")
    told = again(command, place, bars_folder)
    assert told.status == 2
    assert "holding 10,000 out (--split) needs more than that" in told.err
    assert state(place / "out") == before


def test_records_alone_make_a_stage(command: Command, place: Path, bars_folder: Path) -> None:
    """A diverged run counts as missed, and the analysis says so."""
    run = place / "out" / load_outcome(place / "out").stages[1].rows[0].runs[1]
    kept = record.load(run)
    record.save(kept.model_copy(update={"status": "diverged", "message": "it flew off"}), run)
    told = again(command, place, bars_folder)
    assert told.status == 1
    assert "fold9 diverged with 1 of 2 seeds (1): it flew off." in told.out
    assert "1 of 2 seeds (1 diverged)" in told.out


def test_a_net_under_two_recipes_is_told_apart_in_every_sentence(
    command: Command, place: Path, bars_folder: Path
) -> None:
    text = FILE.replace('["fold9", "slim9"]', '["fold9"]').replace('["seed"]', '["seed", "drill"]')
    (place / "drill.toml").write_text(text.partition('[[stage]]\nname = "Rotation"')[0])
    again(command, place, bars_folder)
    (stage,) = load_outcome(place / "out").stages
    told = [one.text for one in stage.sentences if one.topic == "fit"]
    assert sorted(text.partition(")")[0] for text in told) == [
        f"fold9 ({row.recipe}" for row in sorted(stage.rows, key=lambda row: row.recipe)
    ]


def test_held_out_images_decide_and_test_images_are_read_once(
    command: Command, tmp_path: Path
) -> None:
    from tests.conftest import write_folder

    images = write_folder(tmp_path / "many", 10_100, 100)
    text = FILE.replace("[[stage]]", "split = true\n[[stage]]", 1)
    text = text.replace("= 4, batch", "= 1, batch").replace("seeds = 2", "seeds = 1")
    (tmp_path / "drill.toml").write_text(text.partition('[[stage]]\nname = "Rotation"')[0])
    again(command, tmp_path, images)
    outcome = load_outcome(tmp_path / "out")
    assert outcome.watched == "held-out"
    (stage,) = outcome.stages
    confusions = [one.text for one in stage.sentences if one.topic == "confusion"]
    assert confusions
    assert all("errors on the held-out images" in text for text in confusions)
    for row in stage.rows:
        kept = record.load(tmp_path / "out" / row.runs[0])
        assert kept.final is not None
        assert kept.epochs[-1].watch.images == 10_000
        assert row.accuracies == (kept.epochs[-1].watch.accuracy,)
        assert row.test_mean == kept.final.accuracy
    from tinydrill.drilldown.report.material import gather

    assert gather([tmp_path / "out"], None, print).outcomes == (outcome,)


def test_a_wheel_carries_the_built_in_files(tmp_path: Path) -> None:
    import zipfile

    from hatchling.builders.wheel import WheelBuilder

    root = Path(__file__).parents[2]
    wheel = next(WheelBuilder(str(root)).build(directory=str(tmp_path), versions=["standard"]))
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {
        f"tinydrill/drilldown/stages/built_in/{name}.toml" for name in ("harder", "seed")
    } <= names
