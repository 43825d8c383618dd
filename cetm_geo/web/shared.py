"""What one worker of a server makes for all, and for the next one: files, and who is at which.

They lie in a folder that only this user can read. Whoever makes a file claims it first, with the
id of its process; a claim whose process is gone counts for nothing.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import stat
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_LOG = logging.getLogger(__name__)


def folder_of(name: str) -> Path:
    """The folder of this user's files of a kind.

    Anybody may have put something at its place before: what others could have written into is
    left, and this process has a folder that no other finds, as where none can be made at all.
    """
    own = Path(tempfile.gettempdir()) / f"cetm-geo-{os.getuid()}"
    with contextlib.suppress(OSError):
        own.mkdir(mode=0o700, exist_ok=True)
        held = own.lstat()
        if stat.S_ISDIR(held.st_mode) and held.st_uid == os.getuid() and not held.st_mode & 0o022:
            own.chmod(0o700)
            return own / name
    _LOG.error("%s is not this user's alone: workers share nothing until it is", own)
    return own.with_name(f"{own.name}-{secrets.token_hex(8)}") / name


def part_of(file: Path) -> Path:
    """Where this thread writes what is to become `file`."""
    return file.with_name(f"{file.name}.{os.getpid()}.{threading.get_ident()}.part")


def write(file: Path, content: Any) -> None:
    """Whole or not at all; a folder that cannot be written only means that it is made again."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = part_of(file)
        part.write_text(json.dumps(content, allow_nan=False), encoding="utf-8")
        part.chmod(0o600)
        part.replace(file)


def read(file: Path) -> dict[str, Any] | None:
    """What a file of JSON holds; None where there is none."""
    with contextlib.suppress(OSError, ValueError):
        held = json.loads(file.read_text(encoding="utf-8"))
        return held if isinstance(held, dict) else None
    return None


# --- claims --------------------------------------------------------------------------------------


def claim(file: Path, begun: float, **told: Any) -> None:
    """Say that this process is at a file since a time of `time.time`, and how far it is."""
    write(_claim(file), {"pid": os.getpid(), "begun": begun, **told})


def claimed(file: Path) -> Mapping[str, Any] | None:
    """What another process that is at a file says; None where none is at it any more."""
    said = read(_claim(file))
    if said is None or said["pid"] == os.getpid() or not _is_alive(int(said["pid"])):
        return None
    return said


def release(file: Path) -> None:
    """Take a claim back."""
    with contextlib.suppress(OSError):
        _claim(file).unlink(missing_ok=True)


def _claim(file: Path) -> Path:
    return file.with_name(f"{file.name}.claim")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
