"""A file that a reader of the page gives -> the polygons in it, to look at; nothing is kept.

The file is read by a process of its own (`cetm_geo.given.child`), apart from the page's workers:
with limits on memory, time and sizes, without network, in a folder that goes with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from cetm_geo import words
from cetm_geo.arrays import Box
from cetm_geo.confined import Allowance
from cetm_geo.errors import SiteError, SourceError, UnsafeUpload, printable
from cetm_geo.given.child import ANSWER, PROBLEM, REQUEST
from cetm_geo.given.files import format_taken
from cetm_geo.given.limits import DEFAULT
from cetm_geo.language import _, chosen

MAX_FILE_BYTES = 10 << 20
LIMITS = DEFAULT
MEMORY_BYTES = 1 << 30  # beyond what the reading program takes by itself
PROCESSOR_S = 20.0
WALL_S = 30.0
FILES_AT_ONCE = 2  # of one worker of the server
WAIT_S = 5.0  # for the files before it
_BEGIN_S = 15.0  # the most that a busy machine takes to begin a process
_SWEPT_AFTER_S = 3600.0
_MOST_NAME = 80
_MAX_ANSWER_BYTES = 64 << 20
_PREFIX = "cetm-geo-given-"
_CHILD = "import sys; from cetm_geo.given.child import main; main(sys.argv[1])"
# All that the process is told of this one's surroundings: no secrets, and one thread a library.
_KEPT_OF_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PROJ_LIB", "PROJ_DATA")
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # the others set aside more than they use
    "MALLOC_ARENA_MAX": "2",
    "PROJ_NETWORK": "OFF",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",  # nothing listens there
    "PYTHONDONTWRITEBYTECODE": "1",
}
_files = threading.BoundedSemaphore(FILES_AT_ONCE)


@dataclass(frozen=True)
class Upload:
    """What a file holds, before anything counts.

    features: each with label, geometry (GeoJSON in EPSG:4326), area_km2, vertices, and said, what
    was done to it. said: how the file was read, sentences. question, choices: what has to be
    chosen, (value, label); where readings are open there are no features yet.
    """

    features: tuple[dict[str, Any], ...]
    said: tuple[str, ...] = ()
    question: str = ""
    choices: tuple[tuple[str, str], ...] = ()


def limits_said() -> list[str]:
    """What may be given and how much, in words, for who is about to give it."""
    return [
        _(
            "GeoJSON, KML, KMZ, GeoPackage, a zipped shapefile, closed GPX tracks and routes, or "
            "CSV of corners or WKT."
        ),
        _("At most {size} MB, {unpacked} MB unpacked.").format(
            size=words.number(MAX_FILE_BYTES >> 20),
            unpacked=words.number(LIMITS.unpacked_bytes >> 20),
        ),
        _("At most {shapes} shapes and {corners} corners; no archive within an archive.").format(
            shapes=words.number(LIMITS.shapes), corners=words.number(LIMITS.vertices)
        ),
        _("It is read within {n} seconds, looked at, and not kept.").format(n=words.number(WALL_S)),
    ]


def read_upload(
    content: bytes,
    file_name: str,
    choices: Sequence[str] = (),
    near: Box | None = None,
    strict: bool = False,
) -> Upload:
    """The polygons in a file, for its author to look at. Nothing of it stays on this machine.

    Args:
        file_name: as its author calls it; its ending tells the format. It is said, never opened.
        choices: values of `Upload.choices` that were chosen, of readings and of shapes.
        near: west, south, east, north of the data, in degrees.
        strict: refuse where the process cannot be shut off from networks: served to others.

    Raises UnsafeUpload or SourceError with what is wrong with the file, SiteError where others are
    being read or the reading ran out of time or memory.
    """
    shown = name_shown(file_name)
    if not content:
        raise SourceError(
            _("{file}: the file is empty (0 bytes).").format(file=shown),
            _("See whether it was saved, and give it again."),
        )
    if len(content) > MAX_FILE_BYTES:
        raise too_large(shown)
    format_name = format_taken(shown)
    if not _files.acquire(timeout=WAIT_S):
        raise SiteError(
            _("Other files are being read just now."), _("Give it again in half a minute.")
        )
    try:
        with _private_folder() as folder:
            file = folder / f"given{PurePosixPath(shown).suffix.lower()}"
            file.write_bytes(content)
            asked = {
                "file": file.name,
                "shown": shown,
                "choices": list(choices),
                "near": list(near) if near else None,
                "language": chosen(),
                "strict": strict,
                "limits": asdict(LIMITS),
                "allowance": asdict(
                    Allowance(MEMORY_BYTES, PROCESSOR_S, WALL_S, LIMITS.unpacked_bytes)
                ),
            }
            (folder / REQUEST).write_text(json.dumps(asked), encoding="utf-8")
            return _upload_of(folder, _ended(folder), shown, format_name)
    finally:
        _files.release()


def name_shown(file_name: str) -> str:
    """A file's name as errors and labels say it: its last part, without what moves a cursor."""
    last = printable(file_name.replace("\\", "/").rpartition("/")[2]).strip()
    stem, dot, ending = last.rpartition(".")
    short = last if len(last) <= _MOST_NAME else f"{stem[: _MOST_NAME - 20]}…{dot}{ending[:10]}"
    return short.replace("\n", " ") or _("The file")


def too_large(shown: str) -> UnsafeUpload:
    """The error of a file that is larger than is taken."""
    return UnsafeUpload(
        _("{file}: is larger than {n} MB.").format(
            file=shown, n=words.number(MAX_FILE_BYTES >> 20)
        ),
        _("Keep only the shape you want in it."),
    )


# --- the process ---------------------------------------------------------------------------------


@contextmanager
def _private_folder() -> Iterator[Path]:
    """A folder that only this user can read, and that is gone whatever happens in it.

    What a server that was killed left behind is swept by the next.
    """
    _sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(folder: Path) -> None:
    for left in folder.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            held = left.lstat()
            if held.st_uid == os.getuid() and time.time() - held.st_mtime > _SWEPT_AFTER_S:
                shutil.rmtree(left, ignore_errors=True)


def _ended(folder: Path) -> int | None:
    """How the process of a folder ended: its code, or None where it took too long."""
    kept = {name: os.environ[name] for name in _KEPT_OF_ENVIRONMENT if name in os.environ}
    own = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TMPDIR": str(folder)}
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={**kept, **_ENVIRONMENT, **own},
        start_new_session=True,
    )
    try:
        return child.wait(WALL_S + _BEGIN_S)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _upload_of(folder: Path, code: int | None, shown: str, format_name: str) -> Upload:
    problem = _read(folder / PROBLEM)
    if problem:
        raise SourceError(str(problem["what"]), str(problem["hint"]))
    answer = _read(folder / ANSWER) if code == 0 else {}
    if not answer:
        raise _overrun(code, shown)
    return Upload(
        tuple(answer["features"]),
        tuple(answer["said"]),
        str(answer["question"]),
        tuple((str(value), str(label)) for value, label in answer["choices"]),
    )


def _overrun(code: int | None, shown: str) -> SiteError:
    """Why a process ended without a word."""
    hint = _("Keep only the shape you want in it, or save it anew as GeoJSON.")
    if code is None or code in (-signal.SIGALRM, -signal.SIGXCPU):
        seconds = WALL_S if code != -signal.SIGXCPU else PROCESSOR_S
        what = _("{file}: takes longer than {n} seconds to read.")
        return SiteError(what.format(file=shown, n=words.number(seconds)), hint)
    what = _("{file}: the program that read it came to an end: it is damaged, or too large.")
    return SiteError(what.format(file=shown), hint)


def _read(file: Path) -> Mapping[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        if file.stat().st_size <= _MAX_ANSWER_BYTES:
            held = json.loads(file.read_text(encoding="utf-8"))
            return held if isinstance(held, dict) else {}
    return {}
