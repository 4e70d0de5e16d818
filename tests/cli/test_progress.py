"""What is said while many runs are made: a line for each, and the mean of its own kind."""

from dataclasses import replace

import pytest

from tests.drilldown.test_record import made
from tinydrill.cli.progress import watching_many
from tinydrill.drilldown.asked import ask_for
from tinydrill.drilldown.sweep import Progress

TRIAL = ask_for("fold24", "drill", (), 3)
DONE = Progress(total=12, found=0, done=9, mean=99.412, trial=TRIAL, record=made())


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (Progress(12, 0, 0), ""),
        (Progress(12, 5, 5), "5 of 12 runs are there already\n"),
        (Progress(12, 0, 0, started=4.04), "Ray started in 4.0 s\n"),
        (DONE, " 9/12  fold24 drill seed 3: 99.41 % (59 errors)   0.0 s   mean 99.412 %\n"),
        (
            replace(DONE, record=None, failure="its process died"),
            " 9/12  fold24 drill seed 3: FAILED: its process died\n",
        ),
        (
            replace(DONE, record=made(status="diverged", message="the loss is nan")),
            " 9/12  fold24 drill seed 3: diverged: the loss is nan\n",
        ),
    ],
)
def test_each_thing_that_happens_is_a_line(
    now: Progress, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with watching_many() as tell:
        tell(now)
    captured = capsys.readouterr()
    assert captured.err == said
    assert captured.out == ""
