"""What GDAL passes over in GeoJSON without a word: elements and lines that are no features."""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_KEYS = (re.compile(rb'"geometry"\s*:'), re.compile(rb'"coordinates"\s*:'))
_MOST_BYTES = 1 << 30  # what is larger is not read a second time
_TYPES = (
    *("Feature", "FeatureCollection", "GeometryCollection", "Point", "MultiPoint"),
    *("LineString", "MultiLineString", "Polygon", "MultiPolygon"),
)
_RECORD_MARK = b"\x1e"
_MOST_NAMED = 3


def passed_over(path: Path, rows: int) -> tuple[str, ...]:
    """A remark where a FeatureCollection holds other things than features beside its `rows`.

    The file is parsed once more only where it speaks of more geometries than were read.
    """
    size = path.stat().st_size
    if not size or size > _MOST_BYTES:
        return ()
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as text:
        if max(sum(1 for _ in key.finditer(text)) for key in _KEYS) <= rows:
            return ()
    try:
        held = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return ()
    elements = held.get("features") if isinstance(held, dict) else None
    if not isinstance(elements, list):
        return ()
    odd = sum(not _is_feature(element) for element in elements)
    if not odd:
        return ()
    return (f"{odd} of its {len(elements)} features are no GeoJSON features and were passed over",)


def odd_type(path: Path) -> str:
    """The first type in a file that is none of GeoJSON's, for which GDAL gives up all of it."""
    if path.stat().st_size > _MOST_BYTES:
        return ""
    try:
        held = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return ""
    elements = held.get("features") if isinstance(held, dict) else None
    geometries = [
        element.get("geometry")
        for element in (elements if isinstance(elements, list) else ())
        if isinstance(element, dict)
    ]
    types = [one.get("type") for one in [held, *geometries] if isinstance(one, dict)]
    return next((str(word or "") for word in types if word not in _TYPES), "")


def lines_passed_over(path: Path, rows: int) -> tuple[str, ...]:
    """A remark where a file of one feature a line has more lines than its `rows`."""
    texts = list(_records(path))
    if len(texts) <= rows:
        return ()
    bad = [i for i, text in enumerate(texts, start=1) if not _is_feature(_parsed(text))]
    named = ", ".join(map(str, bad[:_MOST_NAMED])) + (", ..." if len(bad) > _MOST_NAMED else "")
    count = len(texts) - rows
    where = f": number {named}" if bad else ""
    return (f"{count} of its {len(texts)} records are no GeoJSON features, passed over{where}",)


def _records(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        marked = stream.read(1) == _RECORD_MARK
        stream.seek(0)
        texts = stream.read().split(_RECORD_MARK) if marked else stream
        yield from (text for text in texts if text.strip())


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_feature(element: Any) -> bool:
    return isinstance(element, dict) and element.get("type") == "Feature"
