"""Sweeps with real Ray: every record once, whoever dies."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Command, write_folder
from tests.drilldown.sweeps import WHAT, check_once_each, records
from tinydrill.drilldown import record
from tinydrill.drilldown.record import Record
from tinydrill.drilldown.spread import Resources, spread
from tinydrill.errors import UnusableInputError

ray_test = pytest.mark.alone  # Ray starts half a dozen processes


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("data") / "sweep", 1500, 100)


def start(out: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    """The sweep in a process group of its own, as a terminal would start it."""
    return subprocess.Popen(
        [sys.executable, "-m", "tinydrill", "sweep", *WHAT, "--out", str(out)]
        + [str(word) for word in arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(out: Path, ready: Callable[[list[Record]], bool]) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        if ready(list(records(out).values())):
            return
        time.sleep(0.02)
    raise AssertionError(f"nothing of that kind in {out} within 180 s")


def half_way(there: list[Record]) -> bool:
    return any(kept.status == "running" and kept.epochs for kept in there)


def working(above: int) -> list[int]:
    """The processes below this one in which trials run."""
    parents, names = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            names[int(folder.name)] = (folder / "cmdline").read_text()
            parents[int(folder.name)] = int(fields[1])
        except OSError:
            continue

    def below(pid: int) -> bool:
        while pid in parents and pid != above:
            pid = parents[pid]
        return pid == above

    return [pid for pid, name in names.items() if "ray::_carry_out" in name and below(pid)]


@ray_test
def test_a_killed_sweep_is_continued_by_asking_again(
    command: Command, images: Path, tmp_path: Path
) -> None:
    out = tmp_path / "runs"
    what = ("--data", images, "--seeds", "4")
    process = start(out, *what, "--workers", "2")
    wait_for(out, lambda there: half_way(there) and any(k.status == "finished" for k in there))
    process.kill()
    process.communicate()
    finished = {
        folder: (folder / record.RECORD).read_bytes()
        for folder, kept in records(out).items()
        if kept.status == "finished"
    }
    again = command("sweep", *WHAT, "--out", out, *what, "--workers", "1")
    assert again.status == 0
    assert " of 4 runs are there already" in again.err
    check_once_each(out, 4)
    assert all((folder / record.RECORD).read_bytes() == text for folder, text in finished.items())


@ray_test
@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_leaves_records_that_say_so(images: Path, tmp_path: Path, workers: str) -> None:
    # Long ones: to cancel a run in the moment of its end can make Ray abort (docs/sweep.md).
    long = ("--set", "epochs=20", "--seeds", "9")
    process = start(tmp_path / "runs", "--data", images, *long, "--workers", workers)
    wait_for(tmp_path / "runs", half_way)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "go on with `tinydrill sweep fold24" in said
    there = records(tmp_path / "runs").values()
    assert "interrupted" in {kept.status for kept in there}
    assert "running" not in {kept.status for kept in there}


def where_it_runs(_: object, number: int) -> tuple[int, str]:
    import ray

    time.sleep(0.5)
    return number, ray.get_runtime_context().get_node_id()


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a cluster of two nodes with a processor each."""
    from ray.cluster_utils import Cluster

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    try:
        nodes.add_node(num_cpus=1)
        yield nodes.address
    finally:
        nodes.shutdown()


@ray_test
def test_two_nodes_share_the_calls(cluster: str) -> None:
    jobs = [(number, (number,)) for number in range(4)]
    outcomes = dict(spread(where_it_runs, None, jobs, Resources(address=cluster), lambda _: None))
    assert {number for number, _ in outcomes.values()} == set(range(4))
    assert len({node for _, node in outcomes.values()}) == 2


@ray_test
@pytest.mark.parametrize(
    ("resources", "said"),
    [
        ({"threads": 2}, r"can hold one run: it wants 2 CPUs \(.*\), and the largest has 1 CPU$"),
        ({"gpus": 0.25}, r"wants 1 CPU and 0\.25 GPU \(.*\), and the largest has 1 CPU and 0 GPU$"),
    ],
)
def test_a_call_that_no_machine_can_hold_is_refused(
    cluster: str, resources: dict[str, float], said: str
) -> None:
    asked = Resources(address=cluster, **resources)  # type: ignore[arg-type]
    with pytest.raises(UnusableInputError, match=said):
        next(spread(where_it_runs, None, [(0, (0,))], asked, lambda _: None))


@ray_test
def test_a_killed_worker_s_trial_is_made_again_and_gives_the_bits_of_train(
    command: Command, cluster: str, images: Path, tmp_path: Path
) -> None:
    lines, runs = tmp_path / "all.jsonl", tmp_path / "runs"
    what = ("--data", images, "--seeds", "3", "--address", cluster, "--jsonl", lines)
    process = start(runs, *what)
    wait_for(runs, half_way)
    victims = working(os.getpid())  # the cluster's nodes are below this process
    assert victims
    os.kill(victims[0], signal.SIGKILL)
    told, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert "Ray started in" in said
    check_once_each(runs, 3)
    kept = [Record.model_validate_json(line) for line in lines.read_text().splitlines()]
    assert [run.seed for run in kept] == [0, 1, 2]
    train = ("train", *WHAT, "--threads", "1", "--data", images, "--seed", "1")
    command(*train, "--out", tmp_path / "alone")
    (alone,) = records(tmp_path / "alone").values()
    assert alone.weights_sha256 == kept[1].weights_sha256
    assert "3 of 3" in told


@ray_test
def test_a_lost_machine_s_trial_is_made_again_on_another(images: Path, tmp_path: Path) -> None:
    from ray.cluster_utils import Cluster

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    try:
        lost = nodes.add_node(num_cpus=1)
        long = ("--set", "epochs=20", "--seeds", "3")
        process = start(tmp_path / "runs", "--data", images, *long, "--address", nodes.address)
        wait_for(tmp_path / "runs", lambda there: sum(half_way([kept]) for kept in there) == 2)
        nodes.remove_node(lost, allow_graceful=False)
        _, said = process.communicate(timeout=300)
    finally:
        nodes.shutdown()
    assert process.returncode == 0, said
    assert "FAILED" not in said
    check_once_each(tmp_path / "runs", 3)


def test_a_server_that_is_no_ray_is_told_apart_within_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        begun = time.monotonic()
        with pytest.raises(UnusableInputError, match="no Ray cluster answers at 127"):
            next(spread(where_it_runs, None, [(0, (0,))], Resources(address=address), print))
        assert time.monotonic() - begun < 10
