"""page as a person meets it on the command line; the page itself is tested in tests/web."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Command
from tinydrill.backprop.page import to_page
from tinydrill.backprop.problem import EXAMPLES, Layer, Problem, Sample

SMALL = "[[layer]]\nactivation = 'linear'\nweights = [[{weight}]]\n" + (
    "[[sample]]\ninputs = [3.0]\ntargets = [1.0]\n"
)


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_page_writes_one_file_and_says_so(command: Command, tmp_path: Path) -> None:
    done = command("page")
    assert done.status == 0
    assert done.out.startswith("wrote backprop.html: ")
    assert [file.name for file in tmp_path.iterdir()] == ["backprop.html"]


def test_page_prints_one_json_document(command: Command, tmp_path: Path) -> None:
    done = command("page", "xor", "-o", "x.html", "--json")
    size = (tmp_path / "x.html").stat().st_size
    assert json.loads(done.out) == {"file": "x.html", "bytes": size}


@pytest.mark.parametrize("problem", EXAMPLES.values(), ids=EXAMPLES)
def test_the_page_is_complete_and_asks_for_nothing(problem: Problem) -> None:
    page = to_page(problem)
    assert len(page.encode()) <= 150_000
    assert "<!--" not in page
    assert problem.title in page
    # Names of XML dialects are addresses that nobody visits.
    assert {w for w in page.split('"') if "://" in w} <= {"http://www.w3.org/2000/svg"}
    assert "src=" not in page
    assert "url(" not in page


def test_a_title_is_text_wherever_it_stands() -> None:
    title = "</script><b>&\\1 <!--DATA-->"
    page = to_page(Problem(title, (Layer("linear", ((1.0,),)),), (Sample((1.0,), (0.5,)),)))
    assert "<b>" not in page
    assert page.count("</script>") == 2
    assert "&lt;/script&gt;&lt;b&gt;&amp;\\1 &lt;!--DATA--&gt;" in page
    data = page.partition('type="application/json">')[2].partition("</script>")[0]
    assert json.loads(data)["problem"]["title"] == title


def test_the_formulas_are_the_derivations() -> None:
    from tinydrill.backprop.page import formulas

    found = formulas(EXAMPLES["seed"])
    assert found["activations"]["sigmoid"]["slope"].count("{a}") == 2
    assert "{a}<mo>−</mo>{t}" in found["loss"]["slope"]
    assert "{h}<mo>&gt;</mo>" in formulas(EXAMPLES["softmax-3"])["activations"]["relu"]["slope"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sead",), "no problem is called 'sead'"),
        (("gone.toml",), "gone.toml: No such file"),
        (("-o", "page.pdf"), "page.pdf: the page's name must end in .html"),
        (("-o", "no/such.html"), "the folder no does not exist"),
        (("huge.toml", "-o", "x.html"), "too large for a computer"),
    ],
)
def test_wrong_input_is_one_sentence_and_status_2(
    command: Command, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "huge.toml").write_text(SMALL.format(weight="1e200"))
    done = command("page", *arguments)
    assert done.status == 2
    assert words in done.err
    assert done.err.count("\n") == 1
    assert done.out == ""
    assert [file.name for file in tmp_path.iterdir()] == ["huge.toml"]


def test_page_imports_neither_torch_nor_ray() -> None:
    code = (
        "import sys\nfrom tinydrill.cli import app\n"
        "try:\n    app(['page'])\nexcept SystemExit as end:\n    assert not end.code\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not loaded & {'torch', 'ray', 'matplotlib'}, loaded\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_a_wheel_carries_the_pages_files(tmp_path: Path) -> None:
    import zipfile

    from hatchling.builders.wheel import WheelBuilder

    root = Path(__file__).resolve().parents[2]
    wheel = next(WheelBuilder(str(root)).build(directory=str(tmp_path), versions=["standard"]))
    folder = root / "src" / "tinydrill" / "web" / "backprop"
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    assert {f"tinydrill/web/backprop/{file.name}" for file in folder.iterdir()} <= packed
