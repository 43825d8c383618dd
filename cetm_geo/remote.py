"""Remote files for the command line: an address -> a local copy, fetched again when it changed.

Nothing a web worker runs comes here: `loading` fetches only where it is handed `fetch`.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from cetm_geo.errors import SourceError

# No file://, no chained addresses: a catalogue must not reach into the machine it runs on.
PROTOCOLS = ("https", "http", "s3", "gs", "gcs", "az", "abfs")
_FACTS = ".address.json"
_HEAD_SECONDS = 30
_BLOCK_BYTES = 1 << 20


def fetch(address: str, cache: Path) -> Path:
    """A local copy of a remote file below the folder `cache`, under its own name.

    The copy is kept and taken again as long as size, ETag and date at the source stay the same; of
    a source that states neither ETag nor date it is fetched anew: another file may be as large.

    Raises SourceError: fsspec or its back end is missing, the protocol is not allowed, the file
    cannot be had, or it came short.
    """
    parts = urlsplit(address)
    if parts.scheme.lower() not in PROTOCOLS or "::" in address:
        raise SourceError(
            f"{address}: not an address this program fetches.", f"One of {', '.join(PROTOCOLS)}."
        )
    folder = cache / hashlib.sha256(address.encode()).hexdigest()[:16]
    target = folder / (PurePosixPath(parts.path).name or "data")
    system, path = _filesystem(address)
    try:
        facts = _facts(system.info(path))
        if parts.scheme.lower() in ("http", "https") and facts.keys() <= {"size"}:
            facts |= _date_of(address)
        if target.is_file() and facts.keys() - {"size"} and _known(folder) == facts:
            return target
        _copy(system, path, target, facts)
    except (OSError, ValueError, TimeoutError) as error:
        raise _unreachable(address, error) from error
    return target


def _filesystem(address: str) -> tuple[Any, str]:
    try:
        import fsspec  # noqa: PLC0415 - an extra, wanted only here
    except ImportError as error:
        raise SourceError(
            f"{address}: remote files need fsspec.", "pip install 'cetm-geo[remote]'."
        ) from error
    try:
        system, path = fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise SourceError(
            f"{address}: {' '.join(str(error).split())}.", "Install what fsspec asks for."
        ) from error
    return system, path


def _facts(info: Mapping[str, Any]) -> dict[str, str]:
    """What tells one version of a remote file from another, as far as its server says."""
    kept = ("size", "ETag", "etag", "LastModified", "last_modified", "mtime", "updated")
    return {key: str(info[key]) for key in kept if info.get(key) is not None}


def _date_of(address: str) -> dict[str, str]:
    """When a file on a web server was changed, by the server's own word, which fsspec drops."""
    try:
        with urlopen(Request(address, method="HEAD"), timeout=_HEAD_SECONDS) as answer:
            stated = answer.headers.get("Last-Modified")
    except (OSError, ValueError, HTTPException):
        return {}
    return {"LastModified": stated} if stated else {}


def _known(folder: Path) -> dict[str, str] | None:
    try:
        found = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _copy(system: Any, path: str, target: Path, facts: Mapping[str, str]) -> None:
    """Under a temporary name until all of it is here, so that a broken transfer leaves nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".part-")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as out, system.open(path, "rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                out.write(block)
        received = part.stat().st_size
        if facts.get("size", str(received)) != str(received):
            raise OSError(f"{received} bytes came of {facts['size']}")
        _keep_date(part, facts)
        part.replace(target)
        (target.parent / _FACTS).write_text(json.dumps(facts, sort_keys=True), encoding="utf-8")
    finally:
        part.unlink(missing_ok=True)


def _keep_date(part: Path, facts: Mapping[str, str]) -> None:
    """The source's own date, where it states one, instead of the day of the transfer."""
    stated = next((facts[k] for k in ("LastModified", "last_modified", "mtime") if k in facts), "")
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(stated)
        except (TypeError, ValueError):
            continue
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        os.utime(part, (moment.timestamp(), moment.timestamp()))
        return


def _unreachable(address: str, error: BaseException) -> SourceError:
    why = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
    return SourceError(
        f"{address}: cannot be fetched ({why}).", "Check the address and the network."
    )
