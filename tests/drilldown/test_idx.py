"""The IDX reader on what it writes, and on everything else."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tinydrill.drilldown import idx
from tinydrill.errors import UnusableInputError

IN_TMP = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@IN_TMP
@given(
    values=arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=3, max_side=9)),
    packed=st.booleans(),
)
def test_what_is_written_is_read_back(tmp_path: Path, values: idx.Bytes, packed: bool) -> None:
    path = tmp_path / "file"
    idx.write(path, values)
    if packed:
        packed_path = tmp_path / "file.gz"
        packed_path.write_bytes(gzip.compress(path.read_bytes()))
        path = packed_path
    assert np.array_equal(idx.read(path, values.ndim), values)


@IN_TMP
@given(content=st.binary(max_size=64), dimensions=st.sampled_from([1, 3]), packed=st.booleans())
def test_any_bytes_are_read_or_refused_in_one_sentence(
    tmp_path: Path, content: bytes, dimensions: int, packed: bool
) -> None:
    path = tmp_path / ("any.gz" if packed else "any")
    path.write_bytes(content)
    try:
        values = idx.read(path, dimensions)
    except UnusableInputError as refusal:
        assert str(path) in str(refusal)
        assert "\n" not in str(refusal)
    else:
        assert values.ndim == dimensions


@IN_TMP
@given(cut=st.integers(0, 15 + 4 * 3 * 2), junk=st.binary(min_size=1, max_size=3))
def test_a_length_that_does_not_match_is_refused(tmp_path: Path, cut: int, junk: bytes) -> None:
    path = tmp_path / "file"
    idx.write(path, np.zeros((4, 3, 2), np.uint8))
    whole = path.read_bytes()
    for wrong in (whole[:cut], whole + junk):
        path.write_bytes(wrong)
        with pytest.raises(UnusableInputError):
            idx.read(path, 3)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "starts with nothing"),
        (b"PK\3\4rest", "starts with 50 4b 03 04"),
        (b"\0\0\x0d\3", "type 0x0d is not unsigned bytes"),
        (struct.pack(">2xBBI", 8, 1, 0), "1 dimensions where 3 are needed (images)"),
        (b"\0\0\x08\3\0\0", "ends within its header"),
        (struct.pack(">2xBBIII", 8, 3, 2, 2, 2) + b"1234567", "= 8 values, but 7 follow"),
        (struct.pack(">2xBBIII", 8, 3, 1, 1, 1) + b"12", "= 1 values, but more than that follow"),
        (struct.pack(">2xBBIII", 8, 3, *[2**32 - 1] * 3), "more than 4,294,967,296"),
    ],
)
def test_each_defect_has_its_sentence(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "broken"
    path.write_bytes(content)
    with pytest.raises(UnusableInputError) as refusal:
        idx.read(path, 3)
    assert told in str(refusal.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableInputError, match="can't be read"):
        idx.read(tmp_path / "none", 3)
