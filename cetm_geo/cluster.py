"""The same parts of sites, measured by the workers of a dask.distributed scheduler.

A part is a task that depends on nothing: any worker measures it, and another one again if that
worker is lost. Needs the extra `cluster`; importing this without it raises ClusterError.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import islice
from multiprocessing import resource_tracker
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

from cetm_geo.arrays import Indices
from cetm_geo.errors import CetmError, ClusterError
from cetm_geo.evidence import Alive, Evidence, Task, Tell
from cetm_geo.ground import Ground
from cetm_geo.sending import (
    SAME_SOFTWARE,
    THERE,
    Part,
    Sent,
    Shared,
    check_same,
    measure_sent,
    said_of,
    software,
    unpacked,
)
from cetm_geo.store import PieceFolder
from cetm_geo.workers import cores

try:
    import dask
    import distributed
    from distributed.scheduler import KilledWorker
except ImportError as error:
    raise ClusterError(
        "--cluster needs dask.distributed, which is not installed.",
        "pip install 'cetm-geo[cluster]'.",
    ) from error

LOCAL = "local"
CONNECT_SECONDS = 10
LONELY_SECONDS = 60  # a run that has had no worker for so long ends
_ASK_SECONDS = 1  # how often it is looked whether there are workers
_AHEAD = 3  # parts for each thread of a worker that are out at once
_TRIES = 2  # more, of a part that ends in anything but a CetmError: a disk or a network failed
# One heap, which keeps what it has: by dask's own settings a tenth of the time goes to page faults.
_OF_WORKERS = {"MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1"}


class Cluster:
    """Workers that measure parts of sites, for as long as the `with` lasts.

    Args:
        address: of a scheduler, as tcp://host:8786; LOCAL starts one here with a process a core.
        kept: the folder that the layers' pieces are kept in.
        seen: where workers find them, if not under the same path: another path, or an address that
            fsspec knows, to which pieces that are not there yet are copied.
        workers: processes to start, where they are started here.

    Raises ClusterError on entering: nobody answers, or another version of what numbers rest on.
    """

    def __init__(
        self, address: str, kept: PieceFolder, seen: str = "", workers: int | None = None
    ) -> None:
        self.address, self._workers = address, workers or cores()
        self._shared = Shared(kept, seen.rstrip("/") or str(Path(kept.folder).resolve()))
        self._last: tuple[Ground, Sent] | None = None

    def __enter__(self) -> Cluster:
        with ExitStack() as stack:
            stack.enter_context(_quiet())
            address = self.address
            if address == LOCAL:
                address = stack.enter_context(_started(self._workers))
            self._client = stack.enter_context(_joined(address))
            _check_versions(self._client, self.address)
            stack.callback(self._shared.clear)
            self._open = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def run(
        self,
        sites: Any,
        parts: Sequence[Indices],
        task: Task,
        tell: Tell | None = None,
        alive: Alive | None = None,
    ) -> list[Evidence]:
        """The evidence of each part, as `evidence.Runner`. What `alive` raises ends the run.

        Raises what measuring a part raises; ClusterError where the scheduler or all workers are
        lost, or workers cannot read the pieces.
        """
        if self._last is None or self._last[0] is not task.ground:
            self._last = task.ground, self._shared.put(task.ground)
        sent, done = self._last[1], 0
        found: dict[int, Evidence] = {}
        asked = replace(task, ground=THERE)
        with _Out(self._client, self.address, (sent, asked)) as out:
            waiting = iter(enumerate(parts))
            while len(found) < len(parts):
                if alive:
                    alive("sites", done, len(sites))
                for number, rows in islice(waiting, max(0, out.room())):
                    out.submit(number, Part.of(sites.iloc[rows]))
                for number, answer in out.arrived():
                    own = sites.iloc[parts[number]].reset_index(drop=True)
                    found[number] = unpacked(answer, own)
                    done += len(own)
                    if tell:
                        tell(done, len(sites))
        return [found[number] for number in range(len(parts))]


class _Out:
    """Parts that are out to be measured, and came back."""

    def __init__(self, client: Any, address: str, asked: tuple[Sent, Task]) -> None:
        self._client, self._address, self._asked = client, address, asked
        self._running: dict[Any, int] = {}
        self._finished: SimpleQueue[Any] = SimpleQueue()
        self._last_seen = time.monotonic()

    def __enter__(self) -> _Out:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError, CancelledError):
            self._client.cancel(list(self._running), force=True)

    def room(self) -> int:
        """How many more parts the workers can be given.

        Raises ClusterError where there has been no worker for long.
        """
        with self._linked():
            threads = int(sum(self._client.nthreads().values()))
        if threads:
            self._last_seen = time.monotonic()
        elif time.monotonic() - self._last_seen > LONELY_SECONDS:
            raise ClusterError(
                f"{self._address}: no worker for {LONELY_SECONDS} seconds.",
                "Start workers for this scheduler (docs/scaling.md), then build again.",
            )
        return _AHEAD * threads - len(self._running)

    def submit(self, number: int, part: Part) -> None:
        """Have a part measured."""
        with self._linked():
            future = self._client.submit(
                measure_sent, part, *self._asked, pure=False, retries=_TRIES
            )
            self._running[future] = number
            future.add_done_callback(self._finished.put)

    def arrived(self) -> Iterator[tuple[int, Evidence]]:
        """Parts that are done by now; waits a little for the first."""
        with suppress(Empty):
            future = self._finished.get(timeout=_ASK_SECONDS)
            while True:
                answer = self._answer(future)
                if answer is not None:
                    yield self._running.pop(future), answer
                future = self._finished.get_nowait()

    def _answer(self, future: Any) -> Evidence | None:
        """None where it was lost with its worker and is measured again."""
        if future.status == "error":
            raise _cause(future.exception())
        answer: Evidence | CetmError | None = None
        if future.status in ("finished", "cancelled"):
            with self._linked(), suppress(TimeoutError):
                answer = future.result(timeout=LONELY_SECONDS / 2)
        if isinstance(answer, CetmError):
            raise answer
        if answer is None:
            future.add_done_callback(self._finished.put)
        return answer

    @contextmanager
    def _linked(self) -> Iterator[None]:
        try:
            yield
        except (OSError, CancelledError) as error:
            raise ClusterError(
                f"{self._address}: the scheduler was lost.",
                "Nothing was written. Start it again, then build again.",
            ) from error


def _cause(error: BaseException) -> BaseException:
    if isinstance(error, KilledWorker):
        return ClusterError(
            f"{error.allowed_failures + 1} workers ended while they measured the same part.",
            "Give workers more memory (docs/scaling.md), then build again.",
        )
    if isinstance(error, ImportError):
        return ClusterError(f"A worker cannot run cetm-geo ({said_of(error)}).", SAME_SOFTWARE)
    return error


# --- scheduler and workers -----------------------------------------------------------------------


@contextmanager
def _quiet() -> Iterator[None]:
    """What dask has to say of its inner life stays out of the terminal."""
    loggers = [logging.getLogger(name) for name in ("distributed", "tornado", "asyncio")]
    before = [logger.level for logger in loggers]
    settings = {
        "distributed.comm.timeouts.connect": CONNECT_SECONDS,
        "distributed.nanny.pre-spawn-environ": _OF_WORKERS,
    }
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        with warnings.catch_warnings(), dask.config.set(settings):
            warnings.filterwarnings("ignore", module=r"(distributed|dask|tornado)\b")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


@contextmanager
def _started(workers: int) -> Iterator[str]:
    """The address of a scheduler of this machine alone, with so many workers."""
    with TemporaryDirectory(prefix="cetm-geo-") as folder, ExitStack() as start:
        start.enter_context(_deaf_to_interrupts())
        with distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            memory_limit=0,
            local_directory=folder,
            silence_logs=logging.CRITICAL,
        ) as cluster:
            start.close()
            yield cluster.scheduler_address


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Ctrl-C is for the build, which ends its workers: threads and processes do not inherit it."""
    resource_tracker.ensure_running()  # else started with the first process, and lets them hear it
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextmanager
def _joined(address: str) -> Iterator[Any]:
    """A client of the scheduler at an address."""
    try:
        kind = asyncio.run(_kind(address))
        if kind != "Scheduler":
            raise ClusterError(f"{address}: a {kind}.", "Give the scheduler's address.")
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"{address}: no dask scheduler answers there ({said_of(error)}).",
            "Give the address that `dask scheduler` prints, as tcp://host:8786, or local.",
        ) from error
    with client:
        yield client


async def _kind(address: str) -> str:
    """What answers at an address, before a client waits for it without end."""
    link = distributed.core.rpc(address)
    try:
        return str((await asyncio.wait_for(link.identity(), CONNECT_SECONDS))["type"])
    finally:
        await link.close_rpc()


def _check_versions(client: Any, address: str) -> None:
    """Raises ClusterError where scheduler or workers are not what is here."""
    try:
        found = {f"The scheduler {address}": client.run_on_scheduler(software)}
    except ImportError as error:
        found = {f"The scheduler {address}": error}
    workers = client.run(software, on_error="return")
    found |= {f"The worker {worker}": said for worker, said in workers.items()}
    for who, said in found.items():
        check_same(who, said, software())
