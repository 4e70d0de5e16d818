"""Spreads independent calls over processes and machines with Ray; the one module that knows Ray.

A call whose process or machine dies is made again elsewhere. One worker needs no Ray: then the
calls are made here, one after the other, and Ray is never imported.
"""

import logging
import os
import socket
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from tinydrill.drilldown.environment import usable_cores
from tinydrill.errors import UnusableInputError

KeyT = TypeVar("KeyT")

# How often a call is made again after its process died; a call that kills its process each time
# must end some day.
_RETRIES = 3
_SECONDS_TO_CONNECT = 3.0
# What a cancelled call may take to write down where it is.
_SECONDS_TO_STOP = 10.0
# Room for the shared value many times over; Ray's own default is 30 % of the memory.
_OBJECT_STORE_BYTES = 512 << 20


class WorkerLostError(Exception):
    """The processes that made a call died, each time it was tried."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What the calls may use.

    Attributes:
        workers: calls at once; None: as many as the processors allow.
        threads: CPU threads of each call, for which as many processors are set aside.
        gpus: of a GPU, for each call.
        address: `HOST:PORT` of a Ray cluster, `auto` for the one that runs on this machine; None
            starts Ray here and stops it at the end.
    """

    workers: int | None = None
    threads: int = 1
    gpus: float = 0.0
    address: str | None = None

    @property
    def needs_ray(self) -> bool:
        """Whether calls are made in other processes."""
        return self.address is not None or self.workers_here > 1

    @property
    def workers_here(self) -> int:
        """How many calls this machine makes at once."""
        return self.workers or max(1, usable_cores() // self.threads)


def spread(
    work: Callable[..., Any],
    shared: Any,
    jobs: Iterable[tuple[KeyT, tuple[Any, ...]]],
    resources: Resources,
    started: Callable[[float], None],
) -> Generator[tuple[KeyT, Any], None, None]:
    """Make calls, as many at once as there is room for, and yield their outcomes as they come.

    Args:
        work: a function of a module; called as work(shared, *arguments).
        shared: placed once where every process of a machine reads it without a copy of its own.
        jobs: (key, arguments); the next is drawn only when there is room for it.
        resources: what may be used.
        started: told the seconds it took to start Ray, or to reach the cluster.

    Yields:
        (key, what the call returned, or the exception that it ended with).

    Raises:
        UnusableInputError: Ray is not installed, no cluster answers at the address, or none of its
            machines is large enough for a single call.
    """
    if not resources.needs_ray:
        for key, arguments in jobs:
            try:
                outcome = work(shared, *arguments)
            except Exception as error:
                outcome = error
            yield key, outcome
        return
    ray, own = _start(resources, started)
    running: dict[Any, KeyT] = {}
    try:
        _check_fits(ray.nodes(), resources)
        place = ray.put(shared)
        remote = ray.remote(work).options(
            num_cpus=resources.threads,
            num_gpus=resources.gpus,
            max_retries=_RETRIES,
            retry_exceptions=False,
            scheduling_strategy="SPREAD",
        )
        waiting = iter(jobs)
        exhausted = False
        while running or not exhausted:
            while not exhausted and len(running) < _room(ray, resources):
                job = next(waiting, None)
                if job is None:
                    exhausted = True
                else:
                    running[remote.remote(place, *job[1])] = job[0]
            if running:
                ray.wait(list(running))
                # All that are over by now: where thousands run, each look at them costs.
                over, _ = ray.wait(list(running), num_returns=len(running), timeout=0)
                for done in over:
                    yield running.pop(done), _outcome(ray, done)
    finally:
        _stop(ray, list(running), own)


@contextmanager
def kept(resources: Resources, started: Callable[[float], None]) -> Iterator[None]:
    """Start Ray once for several calls of `spread` in the body, if they need it."""
    if not resources.needs_ray:
        yield
        return
    ray, own = _start(resources, started)
    try:
        yield
    finally:
        _stop(ray, [], own)


def _room(ray: Any, resources: Resources) -> int:
    """How many calls may be under way: what was asked for, or what the cluster has by now."""
    if resources.workers is not None or resources.address is None:
        return resources.workers_here
    return max(1, int(ray.cluster_resources().get("CPU", 0) // resources.threads))


def _check_fits(nodes: Sequence[Mapping[str, Any]], resources: Resources) -> None:
    """Refuse calls for which no machine is large enough: Ray would wait for one for ever."""
    wanted = {"CPU": resources.threads, "GPU": resources.gpus}
    alive = [node["Resources"] for node in nodes if node["Alive"]]
    sizes = [{name: float(size.get(name, 0)) for name in wanted} for size in alive]
    if any(all(size[name] >= wanted[name] for name in wanted) for size in sizes):
        return

    def told(size: Mapping[str, float]) -> str:
        named = wanted if resources.gpus else ("CPU",)
        return " and ".join(f"{size[name]:g} {name}{'s' * (size[name] > 1)}" for name in named)

    def nearest(size: Mapping[str, float]) -> tuple[float, float]:
        return min(size["GPU"], resources.gpus), size["CPU"]

    where = "this machine" if resources.address is None else f"the cluster at {resources.address}"
    options = "--threads, --gpus-per-trial" if resources.gpus else "--threads"
    largest = max(sizes, key=nearest, default=dict.fromkeys(wanted, 0.0))
    raise UnusableInputError(
        f"no machine of {where} can hold one run: it wants {told(wanted)} ({options}), "
        f"and the largest has {told(largest)}"
    )


def _outcome(ray: Any, done: Any) -> Any:
    try:
        return ray.get(done)
    except ray.exceptions.RayTaskError as error:
        # Bad input is told in its own words; a defect keeps the traceback of where it happened.
        return error.cause if isinstance(error.cause, UnusableInputError) else error
    except ray.exceptions.RayError as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return WorkerLostError(f"its process died {_RETRIES + 1} times: {first}")


def _start(resources: Resources, started: Callable[[float], None]) -> tuple[Any, bool]:
    """Ray, connected; and whether it was connected here and is to be left here."""
    begun = time.perf_counter()
    # Read when Ray is imported: no word to its makers, no page on a port.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    if resources.address is not None:
        _check_reachable(resources.address)
    try:
        import ray
        import ray.exceptions
    except ImportError:
        raise UnusableInputError(
            "more than one worker needs Ray: pip install 'tinydrill[sweep]' (--workers 1 does not)"
        ) from None
    if ray.is_initialized():
        return ray, False
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if resources.address is None:
            ray.init(
                "local",
                num_cpus=resources.workers_here * resources.threads,
                include_dashboard=False,
                object_store_memory=_OBJECT_STORE_BYTES,
                **quiet,
            )
        else:
            ray.init(resources.address, **quiet)
    except (ConnectionError, RuntimeError, TimeoutError, ValueError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        where = f"at {resources.address}" if resources.address else "here"
        raise UnusableInputError(f"Ray can't be used {where}: {first}") from None
    started(time.perf_counter() - begun)
    return ray, True


def _check_reachable(address: str) -> None:
    """Fail within seconds where nobody listens; Ray itself would go on trying for a minute."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or "/" in host:
        raise UnusableInputError(f"--address {address} is neither HOST:PORT nor auto")
    try:
        with socket.create_connection((host, int(port)), timeout=_SECONDS_TO_CONNECT) as line:
            answers = os.environ.get("RAY_USE_TLS") == "1" or _speaks_http2(line)
        why = "" if answers else "what listens there is no Ray"
    except (OSError, OverflowError) as error:
        why = str(error)
    if why:
        raise UnusableInputError(
            f"no Ray cluster answers at {address} ({why}); `ray start --head` starts one and "
            "prints its address"
        )


def _speaks_http2(line: socket.socket) -> bool:
    """Whether the other side opens a connection as gRPC does (RFC 9113, 3.4): with SETTINGS."""
    settings = 4
    line.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, settings, 0, 0, 0, 0, 0)))
    answer = line.recv(9)
    return len(answer) == 9 and answer[3] == settings


def _stop(ray: Any, running: list[Any], own: bool) -> None:
    """Take back what is under way, giving it time to write down where it is."""
    try:
        for call in running:
            ray.cancel(call)
        if running:
            ray.wait(running, num_returns=len(running), timeout=_SECONDS_TO_STOP)
    finally:
        if own:
            ray.shutdown()
