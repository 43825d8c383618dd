"""Screenings that take longer than a page may wait: each in a process of its own, told by files.

A job is a folder of this machine that only this user can read, named by a token nobody can guess.
Any worker of a server finds it there. The process can be killed at any moment; what it had begun is
removed with it. A folder is swept an hour after its job was asked for.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import secrets
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cetm_geo.described import NOT_SAID, Described
from cetm_geo.errors import CetmError, SiteError
from cetm_geo.web import shared
from cetm_geo.web.service import Service

# What a job screens against; WHOLE is both without limits, with the pieces of the first.
LAYERS, RASTERS, WHOLE = "layers", "rasters", "whole"
AT_ONCE = 2  # jobs of a machine; they run behind the page
KEPT_S = 3600.0
SECONDS_OF_PROCESSOR = 900
_TOKEN = re.compile(r"[0-9a-f]{32}")
_REQUEST, _PROGRESS, _ANSWER, _PROBLEM, _PID = (
    f"{name}.json" for name in ("request", "progress", "answer", "problem", "pid")
)
_CHILD = "import sys; from cetm_geo.web.background import main; main(sys.argv[1])"
_TOLD_EVERY_S = 0.25


class Jobs:
    """The jobs of one store, whichever worker asks."""

    def __init__(self, store: Path, public: bool, folder: Path | None = None) -> None:
        self.store, self.public = store.resolve(), public
        self.folder = folder / "screenings" if folder else shared.folder_of("screenings")

    def start(
        self,
        geometry: Mapping[str, Any],
        name: str,
        what: str = LAYERS,
        said: Described = NOT_SAID,
    ) -> str:
        """Begin to screen a polygon whole, against LAYERS, RASTERS or WHOLE. Returns its token.

        Raises SiteError where as many run as may, or no more can be begun.
        """
        self._sweep()
        running = sum(self.state(job.name)["state"] == "running" for job in self._jobs())
        if running >= AT_ONCE:
            raise SiteError(
                f"{running} large drawings are being measured already.",
                "Wait for them, draw a smaller shape, or use cetm-geo screen.",
            )
        token = secrets.token_hex(16)
        job = self.folder / token
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            job.mkdir(mode=0o700)
            _write(job / _REQUEST, {"geometry": geometry, "name": name, "what": what,
                                    "said": said.plain(), "store": str(self.store),
                                    "public": self.public})  # fmt: skip
            _write(job / _PID, _spawned([sys.executable, "-c", _CHILD, str(job)]))
        except OSError as error:
            shutil.rmtree(job, ignore_errors=True)
            raise SiteError(
                f"No more can be measured in the background ({error.strerror}).",
                "Draw a smaller shape, or use cetm-geo screen.",
            ) from error
        return token

    def follow(self, token: str, what: str) -> str:
        """Begin another job for the polygon of one that is there. Raises SiteError as `start`."""
        asked = _read(self.folder / token / _REQUEST) if self._job(token) else {}
        if not asked:
            raise SiteError("What was measured is no longer kept.", "Draw the shape again.")
        return self.start(asked["geometry"], str(asked["name"]), what, _said(asked))

    def state(self, token: str) -> dict[str, Any]:
        """How far a job is: state running, done, failed or unknown; what, done, of; problem."""
        job = self._job(token)
        if job is None:
            return {"state": "unknown"}
        if (job / _ANSWER).is_file():
            return {"state": "done"}
        if (job / _PROBLEM).is_file():
            return {"state": "failed", **_read(job / _PROBLEM)}
        if not _is_alive(job):
            return {"state": "failed", "problem": "The measuring ended without an answer."}
        return {"state": "running", **_read(job / _PROGRESS)}

    def answer(self, token: str) -> dict[str, Any] | None:
        """What a job that is done has found: an answer with its `pieces`, or that of rasters with
        the whole `answer` to the shape."""
        job = self._job(token)
        if job is None or not (job / _ANSWER).is_file():
            return None
        return _read(job / _ANSWER)

    def cancel(self, token: str) -> None:
        """End a job and remove what it has written; one that is not there is no mistake."""
        job = self._job(token)
        if job is not None:
            _kill(job)
            shutil.rmtree(job, ignore_errors=True)

    def _job(self, token: str) -> Path | None:
        if not _TOKEN.fullmatch(token):
            return None
        job = self.folder / token
        return job if (job / _REQUEST).is_file() else None

    def _jobs(self) -> list[Path]:
        with contextlib.suppress(OSError):
            return [path for path in self.folder.iterdir() if _TOKEN.fullmatch(path.name)]
        return []

    def _sweep(self) -> None:
        for job in self._jobs():
            with contextlib.suppress(OSError):
                if time.time() - job.stat().st_mtime > KEPT_S:
                    self.cancel(job.name)


def _spawned(command: list[str]) -> int:
    """The number of a process of its own that says nothing and outlives the request."""
    silence = [(os.POSIX_SPAWN_OPEN, end, os.devnull, os.O_RDWR, 0) for end in (0, 1, 2)]
    return os.posix_spawn(command[0], command, dict(os.environ), file_actions=silence, setsid=True)


def _write(file: Path, content: Any) -> None:
    part = file.with_suffix(".part")
    part.write_text(json.dumps(content), encoding="utf-8")
    part.chmod(0o600)
    part.replace(file)


def _read(file: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        held = json.loads(file.read_text(encoding="utf-8"))
        return held if isinstance(held, dict) else {}
    return {}


def _said(asked: Mapping[str, Any]) -> Described:
    """What a job's polygon is said to be; checked when it was asked for."""
    said = asked.get("said") or NOT_SAID.plain()
    return Described(tuple(said["minerals"]), said["method"], said["stage"])


def _pid(job: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        return int((job / _PID).read_text(encoding="utf-8"))
    return None


def _is_alive(job: Path) -> bool:
    """True while the job's process runs; one that has just been begun has no number yet."""
    pid = _pid(job)
    if pid is None:
        with contextlib.suppress(OSError):
            return time.time() - job.stat().st_mtime < 10
        return False
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # a child of this worker that has ended is let go
    if not Path("/proc/self").exists():  # as on macOS
        with contextlib.suppress(OSError):
            os.kill(pid, 0)
            return True
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        command = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return False
    # A process that has just begun has no command line yet; a number may be another's by now.
    return state != "Z" and (not command or str(job) in command)


def _kill(job: Path) -> None:
    pid = _pid(job)
    if pid is not None and _is_alive(job):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def main(folder: str) -> None:
    """Do the job of a folder: what the process of a job runs."""
    job = Path(folder)
    os.nice(10)  # behind the pages
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_OF_PROCESSOR, SECONDS_OF_PROCESSOR))
    asked = _read(job / _REQUEST)
    told = 0.0

    def tell(what: str, done: int, of: int) -> None:
        nonlocal told
        if time.monotonic() - told > _TOLD_EVERY_S:
            told = time.monotonic()
            _write(job / _PROGRESS, {"what": what, "done": done, "of": of})

    try:
        service = Service(Path(asked["store"]), bool(asked["public"]))
        shape, name = asked["geometry"], str(asked["name"])
        if asked["what"] == RASTERS:
            surveyed = service.screener.survey_whole(shape, name, tell, _said(asked))
            _write(job / _ANSWER, {**surveyed.rasters, "answer": surveyed.answer})
        else:
            propose = service.screener.propose_whole
            if asked["what"] == WHOLE:
                propose = service.screener.propose_at_length
            found = propose(shape, name, tell, _said(asked))
            _write(job / _ANSWER, {**found.answer, "pieces": found.pieces})
    except CetmError as error:
        _write(job / _PROBLEM, {"problem": error.what, "hint": error.hint})
    except MemoryError:
        _write(job / _PROBLEM, {"problem": "There was not enough memory for this shape."})
