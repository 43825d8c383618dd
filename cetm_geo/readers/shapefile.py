"""Whether the parts of a shapefile belong together: GDAL reads what the smallest of them lists."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cetm_geo.errors import SourceError
from cetm_geo.readers.dbf import beside

_HEADER_BYTES = 100  # of the .shp and of the .shx
_RECORD_HEAD_BYTES = 8
_ALL_PARTS = "Ask for the shapefile with all its parts: .shp, .shx, .dbf, .prj."
_WRONG_INDEX = "Rebuild the .shx, or ask for the shapefile again."

Places = NDArray[np.int64]


def check_parts(path: Path, shown: str) -> tuple[str, ...]:
    """What is to be said of the parts beside a .shp.

    Raises SourceError where there is no index, where the index lists other records than the file
    holds, and where the table has other rows: nobody could tell which row is whose.
    """
    index = beside(path, ".shx")
    if index is None:
        raise SourceError(f"{shown}: has no index (.shx) beside it.", _ALL_PARTS)
    starts, ends = _listed(index)
    remarks = _on_the_index(path, starts, ends, shown) if len(starts) else ()
    rows = _rows_of_table(path)
    if rows is None:
        return (*remarks, "has no table (.dbf) that can be read: its features have no attributes")
    if rows != len(starts) and len(starts):
        raise SourceError(
            f"{shown}: its table (.dbf) has {rows} rows for {len(starts)} shapes; which row is "
            "whose cannot be told.",
            "Ask for the shapefile again; without its .dbf the shapes alone are read.",
        )
    return remarks


def _listed(index: Path) -> tuple[Places, Places]:
    """Where the records listed in a .shx start and end in the .shp, in bytes."""
    content = index.read_bytes()[_HEADER_BYTES:]
    pairs = np.frombuffer(content[: len(content) // 8 * 8], ">i4").reshape(-1, 2).astype(np.int64)
    starts = 2 * pairs[:, 0]  # both are counted in words of two bytes
    return starts, starts + _RECORD_HEAD_BYTES + 2 * pairs[:, 1]


def _on_the_index(path: Path, starts: Places, ends: Places, shown: str) -> tuple[str, ...]:
    size = path.stat().st_size
    order = np.argsort(starts)
    follow = np.r_[_HEADER_BYTES, ends[order][:-1]] == starts[order]
    if follow.all() and ends.max() == size:
        return ()
    held, end = _walked(path)
    lost = len({number for number, _ in held.values() if number > len(starts)})
    if lost:
        raise SourceError(
            f"{shown}: its index (.shx) lists {len(starts)} records, the file holds {lost} more.",
            _WRONG_INDEX,
        )
    pairs = zip(starts.tolist(), ends.tolist(), strict=True)
    if any(a not in held or held[a][1] != b for a, b in pairs if a < end):
        raise SourceError(
            f"{shown}: its index (.shx) does not fit it; is it that of another file?", _WRONG_INDEX
        )
    cut = int((ends > size).sum())
    return (
        (f"the .shp is cut off: {cut} of its {len(starts)} records are not whole",) if cut else ()
    )


def _walked(path: Path) -> tuple[dict[int, tuple[int, int]], int]:
    """Where each record of a .shp starts -> its number and end, and how far they were followed.

    Records that were written anew at the end have their number twice.
    """
    out = {}
    place = _HEADER_BYTES
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as held:
        while place + _RECORD_HEAD_BYTES <= len(held):
            number, words = struct.unpack_from(">ii", held, place)
            if number < 0 or words < 2:
                break
            end = place + _RECORD_HEAD_BYTES + 2 * words
            out[place] = number, end
            place = end
    return out, place


def _rows_of_table(path: Path) -> int | None:
    """Rows of the .dbf, by its own word as far as it is long enough; None where it is none."""
    table = beside(path, ".dbf")
    if table is None:
        return None
    with table.open("rb") as stream:
        head = stream.read(32)
    if len(head) < 32:
        return None
    stated, header, row = struct.unpack_from("<IHH", head, 4)
    size = table.stat().st_size
    if not row or header < 32 or header > size:
        return None
    whole, rest = divmod(size - header, row)
    return int(min(stated, whole + (rest > 1)))  # one byte more marks the end
