"""What is asked for: one net, one spelling."""

from pathlib import Path

import pytest

from tinydrill.drilldown.asked import ask_for


def spelled(*nets: str) -> set[str]:
    return {ask_for(net, "drill", (), 0).net for net in nets}


def test_a_net_of_the_zoo_is_called_as_the_zoo_calls_it() -> None:
    assert spelled("fold24", "FOLD24") == {"fold24"}


def test_a_file_below_the_current_folder_is_named_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "nets").mkdir()
    (tmp_path / "link").symlink_to("nets")
    monkeypatch.chdir(tmp_path)
    names = ("nets/mine.py", "./nets/mine.py", "nets/../nets/mine.py", "link/mine.py")
    absolute = f"{tmp_path}/nets/mine.py:Net"
    assert spelled(*(f"{name}:Net" for name in names), absolute) == {"nets/mine.py:Net"}
    assert spelled("nets/mine.py:Net", "nets/mine.py:Other", "mine.py:Net") == {
        *("nets/mine.py:Net", "nets/mine.py:Other", "mine.py:Net")
    }


def test_a_file_elsewhere_is_named_from_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert spelled("../mine.py:Net", f"{tmp_path}/mine.py:Net") == {f"{tmp_path}/mine.py:Net"}
