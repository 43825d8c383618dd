"""Collections in collections without end, told before a parser goes down them.

GEOS takes a piece of its stack for each level and dies with the whole program where there is no
more; no honest geometry is nested a hundred levels deep.
"""

from __future__ import annotations

import re
import struct

MOST_LEVELS = 500
_LEVEL_BYTES = 9  # byte order, type, count
_HAS_Z, _HAS_M, _HAS_SRID = 0x80000000, 0x40000000, 0x20000000  # EWKB's flags on the type
_POINT, _LINES, _POLYGONS = 1, (2, 8), (3, 17)
_COLLECTION = re.compile("geometrycollection", re.IGNORECASE)

SUSPECT_BYTES = MOST_LEVELS * _LEVEL_BYTES  # what is shorter has no room for more levels
REASON = f"collections in collections, more than {MOST_LEVELS} levels deep"


def bottomless_wkt(text: str) -> bool:
    """True if a WKT may hold more than MOST_LEVELS levels of collections."""
    return len(text) > SUSPECT_BYTES and len(_COLLECTION.findall(text)) > MOST_LEVELS


def bottomless_wkb(wkb: bytes) -> bool:
    """True if a WKB or EWKB goes more than MOST_LEVELS levels down, as far as it can be followed.

    One step a part or ring; coordinates are passed over.
    """
    if len(wkb) <= SUSPECT_BYTES:
        return False
    left: list[int] = []  # per open collection, how many of its parts are still to come
    place = 0
    try:
        while True:
            place, parts = _entered(wkb, place)
            if parts:
                left.append(parts)
                if len(left) > MOST_LEVELS:
                    return True
                continue
            while left:
                left[-1] -= 1
                if left[-1]:
                    break
                left.pop()
            if not left:
                return False
    except (struct.error, IndexError):  # cut off: the parser says so
        return False


def _entered(wkb: bytes, place: int) -> tuple[int, int]:
    """Behind a simple geometry and 0, or behind the head of a collection and its parts' number."""
    order = "<" if wkb[place] else ">"
    (code,) = struct.unpack_from(f"{order}I", wkb, place + 1)
    place += 9 if code & _HAS_SRID else 5
    plain = code & 0x1FFFFFFF
    more = {0: 0, 1: 1, 2: 1, 3: 2}.get(plain // 1000, 0)
    size = 8 * (2 + max(more, bool(code & _HAS_Z) + bool(code & _HAS_M)))
    kind = plain % 1000
    if kind == _POINT:
        return place + size, 0
    (count,) = struct.unpack_from(f"{order}I", wkb, place)
    place += 4
    if kind in _LINES:
        return place + count * size, 0
    if kind not in _POLYGONS:
        return place, count
    for _ in range(count):
        (points,) = struct.unpack_from(f"{order}I", wkb, place)
        place += 4 + points * size
    return place, 0
