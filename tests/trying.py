"""Bad inputs tried one by one in a process of its own, which tells of each how it ended, what it
took, what it opened and called elsewhere, and what it left (`tests.test_trust_inputs`).

    python -m tests.trying FOLDER < {"of": "tests.bad_inputs:ALL", "cases": [...], "seconds": 30,
                                     "memory_bytes": 1500000000}
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import resource
import shutil
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyogrio

from cetm_geo.errors import CetmError, DefinitionError
from tests import made
from tests.test_hostile_files import CANARY, SQUARES, Place

REFUSED = "refused"
_OPENED_OR_READ = 0x01 | 0x20  # IN_ACCESS | IN_OPEN of <sys/inotify.h>
_EVENT = struct.Struct("iIII")
_CALLS = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "os.exec", "os.system")
_KIB = 1024
_RESERVED = 4


@dataclass(frozen=True)
class Answer:
    """How an attempt ended: REFUSED, a status of HTTP, or how many rows were accepted and rejected.

    why: what was said of it. out: all that came out.
    """

    ended: str
    why: str
    out: str = ""


@dataclass(frozen=True)
class Case:
    """A bad input: what makes it, and how it has to end.

    prepare: makes it at a place, and gives what tries it. why: a regular expression for what is
    said of it, which names what is wrong with this input and no other.
    """

    family: str
    name: str
    prepare: Callable[[Place], Callable[[], Answer]]
    ended: str
    why: str

    @property
    def key(self) -> str:
        return f"{self.family}: {self.name}"


@dataclass(frozen=True)
class Found:
    """What was seen of one case.

    error: the traceback of what is no error of the program's own. read: files elsewhere that were
    opened. called: hosts that were asked. left: files that were not there before.
    """

    key: str
    ended: str
    why: str
    error: str = ""
    tells_canary: bool = False
    read: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    seconds: float = 0.0
    peak_bytes: int = 0


# --- what is watched -----------------------------------------------------------------------------


class Watched:
    """A folder whose files nobody may open, whatever library, and however it is spelled."""

    def __init__(self, folder: Path) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._handle = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._handle < 0 or (
            self._libc.inotify_add_watch(self._handle, os.fsencode(folder), _OPENED_OR_READ) < 0
        ):
            raise OSError(ctypes.get_errno(), "the system does not tell who opens files")

    def opened(self) -> list[str]:
        """Names of what was opened since this was asked last; "" for the folder itself."""
        try:
            held = os.read(self._handle, 1 << 16)
        except BlockingIOError:
            return []
        names, start = [], 0
        while start < len(held):
            size = _EVENT.unpack_from(held, start)[3]
            name = held[start + _EVENT.size : start + _EVENT.size + size]
            names.append(name.rstrip(b"\0").decode())
            start += _EVENT.size + size
        return sorted(set(names))


class Listening:
    """A port of this machine, and the connections to it; and what Python itself calls."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._seen: list[str] = []
        threading.Thread(target=self._accept, daemon=True).start()
        sys.addaudithook(self._heard)

    def _accept(self) -> None:
        while True:
            connection, _ = self._server.accept()
            self._seen.append("a connection to the listener")
            connection.close()

    def _heard(self, event: str, given: tuple[Any, ...]) -> None:
        if event in _CALLS:
            self._seen.append(f"{event} {given[1:]!r}"[:200])

    def called(self) -> list[str]:
        """What was called since this was asked last."""
        seen, self._seen = self._seen, []
        return seen


def _peak_bytes() -> int:
    """The most memory that this process, or one that it started, ever held."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            own = int(line.split()[1]) * _KIB
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _KIB)


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _give_back() -> None:
    """To the system, what was only needed to make a case."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)


def _limit_memory(most_bytes: int) -> None:
    """End what would take the machine with it. What is held is measured: threads and databases
    reserve several times as much address space as they ever use."""
    reserved = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (reserved + _RESERVED * most_bytes,) * 2)


def _files(*folders: Path) -> set[str]:
    """Paths below folders, but those that the server's workers share on purpose."""
    shared = f"cetm-geo-{os.getuid()}"
    found = (path.relative_to(folder) for folder in folders for path in folder.rglob("*"))
    return {str(path) for path in found if path.parts[0] != shared}


# --- cases ---------------------------------------------------------------------------------------


def place_below(folder: Path, address: str) -> Place:
    """Where inputs are made, beside a folder that none of them may lead to."""
    at = Place(folder / "data", folder / "elsewhere", address)
    at.canary.mkdir()
    (at.canary / "canary.txt").write_text(CANARY)
    (at.canary / "canary.csv").write_text(f"code,lon,lat\n{CANARY},104,12\n")
    (at.canary / "canary.toml").write_text(f'label = "{CANARY}"\n')
    (at.canary / "canary.json").write_text(json.dumps({"name": CANARY}))
    (at.canary / "canary.html").write_text(f"<p>{CANARY}</p>")
    table = made.frame(SQUARES, code=[CANARY] * 3)
    for name, driver in (("canary.geojson", "GeoJSON"), ("canary.tab", "MapInfo File"),
                         ("canary.kml", "KML"), ("canary.gpkg", "GPKG")):  # fmt: skip
        pyogrio.write_dataframe(table, at.canary / name, driver=driver)
    return at


def tried(case: Case, at: Place, seconds: float, watched: Watched, listening: Listening) -> Found:
    """One case, tried in this process; it ends the process where it takes longer."""
    shutil.rmtree(at.folder, ignore_errors=True)
    at.folder.mkdir()
    kept = at.folder.parent / "proposals"
    folders = (at.folder, Path(tempfile.gettempdir()), kept)
    attempt = case.prepare(at)
    _give_back()
    before = _files(*folders)
    watched.opened(), listening.called()
    error = ""
    _forget_peak()
    began = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, seconds)  # whose signal nobody catches
    try:
        answer = attempt()
    except CetmError as refused:
        said = bool(refused.hint or isinstance(refused, DefinitionError) or "\n  " in refused.what)
        answer = Answer(REFUSED if said else "refused without what to do", str(refused))
    except BaseException:  # noqa: BLE001  # that there is any is what is looked for
        error = traceback.format_exc()
        answer = Answer("a traceback", error.splitlines()[-1])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    took = time.monotonic() - began
    peak = _peak_bytes()
    gc.collect()  # a raster's unpacked files go with it
    time.sleep(0)
    return Found(
        case.key,
        answer.ended,
        answer.why[:3000],
        error,
        CANARY in answer.why + answer.out,
        watched.opened(),
        listening.called(),
        sorted(_files(*folders) - before),
        round(took, 2),
        peak,
    )


def main(folder: Path, asked: Mapping[str, Any]) -> None:
    """Try the cases that are named; of each a line of JSON in FOLDER/found.jsonl."""
    cases = _cases(asked["of"])
    listening = Listening()
    at = place_below(folder, listening.address)
    watched = Watched(at.canary)
    _limit_memory(asked["memory_bytes"])
    with (folder / "found.jsonl").open("a") as out:
        for key in asked["cases"]:
            found = tried(cases[key], at, asked["seconds"], watched, listening)
            out.write(json.dumps(asdict(found)) + "\n")
            out.flush()


def _cases(where: str) -> Mapping[str, Case]:
    """The cases of a module, named as `module:name`."""
    module, _, name = where.partition(":")
    return {case.key: case for case in getattr(importlib.import_module(module), name)}


if __name__ == "__main__":
    from tests import trying  # noqa: PLW0406  # the one that the cases import, not __main__

    trying.main(Path(sys.argv[1]), json.load(sys.stdin))
