"""What every reader hands on: attributes as read, geometries, CRS, and what it noticed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
import shapely
from numpy.typing import NDArray

from cetm_geo import measure
from cetm_geo.arrays import Floats, Indices
from cetm_geo.errors import SourceError
from cetm_geo.readers import nesting

BATCH_ROWS = 8192  # that are held as WKB beside their shapes
_COLLECTION = 7  # GEOS's number of its type
_PLACE_IN_GDAL = re.compile(r"Error occurred in \S+ at line \d+")
_ADVICE = "It might help to specify the correct driver"  # GDAL's, to a programmer


@dataclass(frozen=True)
class Parts:
    """Rows of a table that speak of features, several of one, as arrays of one length.

    rows: DataFrame, sorted by feature, of one the largest first. feature: positions of features.
    share: of the feature's land that a row speaks of, as its table states it; of each feature they
    add up to 1.
    """

    rows: pd.DataFrame
    feature: Indices
    share: Floats


@dataclass(frozen=True)
class RawFrame:
    """What stands in a source: attributes as read, geometries, CRS.

    attributes: DataFrame (n rows). geometry: shapely objects (n,), None where unreadable.
    unreadable: (n,) text, the reason where a geometry could not be read, else "".
    remarks: what the reader noticed of the file as a whole, each once.
    encoding: of the texts, empty where the format leaves no choice.
    parts: the rows of a table that was joined to the features; None where none was.
    """

    attributes: pd.DataFrame
    geometry: NDArray[np.object_]
    unreadable: NDArray[np.object_]
    crs: pyproj.CRS
    remarks: tuple[str, ...] = ()
    encoding: str = ""
    parts: Parts | None = None

    def __len__(self) -> int:
        return len(self.geometry)


def turned(frame: RawFrame) -> RawFrame:
    """The frame with x and y of every shape exchanged, in place, slice by slice; Z is dropped."""
    shapes = frame.geometry
    for part in measure.slices(shapes):
        shapes[part] = shapely.transform(shapes[part], lambda c: np.ascontiguousarray(c[:, ::-1]))
    return frame


def joined(frames: Sequence[RawFrame]) -> RawFrame:
    """One frame of several; where their CRS differ, all are brought to longitude and latitude."""
    if len(frames) == 1:
        return frames[0]
    remarks = dict.fromkeys(text for f in frames for text in f.remarks)
    if any(not f.crs.equals(frames[0].crs) for f in frames):
        names = ", ".join(dict.fromkeys(f.crs.to_string() for f in frames))
        remarks[f"its parts are in different CRS ({names}), each was brought to lon/lat"] = None
        frames = [_in_lonlat(f) for f in frames]
    encodings = dict.fromkeys(f.encoding for f in frames if f.encoding)
    return replace(
        frames[0],
        attributes=_below(f.attributes for f in frames),
        geometry=np.concatenate([f.geometry for f in frames]),
        unreadable=np.concatenate([f.unreadable for f in frames]),
        remarks=tuple(remarks),
        encoding=", ".join(encodings),
    )


def _below(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Tables one below the other; a whole number stays one where another table lacks its column."""
    tables = list(tables)
    names = set[Any]().union(*(table.columns for table in tables))
    short = {name for name in names if any(name not in table for table in tables)}
    whole = [
        table.astype({c: object for c in table if c in short and table[c].dtype.kind in "iu"})
        for table in tables
    ]
    return pd.concat(whole, ignore_index=True)


def _in_lonlat(frame: RawFrame) -> RawFrame:
    shapes = np.asarray(measure.to_lonlat(frame.geometry, frame.crs), dtype=object)
    return replace(frame, geometry=shapes, crs=pyproj.CRS(measure.LONLAT))


def shapes_of_wkb(column: pa.Array[Any]) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Shapes of a column of WKB, (n,), and which of its values are no geometry shapely knows.

    Raises NotImplementedError where there are curves.
    """
    wkb = column.to_numpy(zero_copy_only=False)
    lengths: Any = pc.binary_length(column)  # type: ignore[call-overload]
    long: Any = pc.fill_null(lengths, 0)
    suspects = np.flatnonzero(long.to_numpy() > nesting.SUSPECT_BYTES).tolist()
    deep = [i for i in suspects if nesting.bottomless_wkb(wkb[i])]
    if deep:
        wkb = wkb.copy()
        wkb[deep] = b""  # which no parser takes for a geometry
    with np.errstate(invalid="ignore"):  # a coordinate that is no number is rejected later
        shapes = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    shapes[holds_curves(shapes)] = None
    held = np.asarray(column.is_valid().to_numpy(zero_copy_only=False), dtype=bool)
    return shapes, shapely.is_missing(shapes) & held


def decodable(table: pa.Table) -> pa.Table:
    """A table whose texts are UTF-8; bytes that are not become U+FFFD, which is told of texts."""
    for i, field in enumerate(table.schema):
        if not (pa.types.is_string(field.type) or pa.types.is_large_string(field.type)):
            continue
        column = table.column(i)
        try:
            column.validate(full=True)
        except pa.ArrowInvalid:
            held = column.cast(pa.large_binary()).to_pylist()
            texts = [None if text is None else text.decode("utf-8", "replace") for text in held]
            table = table.set_column(i, field.name, pa.array(texts, type=pa.large_string()))
    return table


def holds_curves(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """(n,), true for collections with curves among them, which GEOS reads but cannot measure."""
    out = np.zeros(len(shapes), bool)
    for i in np.flatnonzero(shapely.get_type_id(shapes) == _COLLECTION).tolist():
        try:
            shapely.get_coordinates(shapes[i])
        except shapely.errors.GEOSException:
            out[i] = True
    return out


def allowed(names: Iterable[Any], never_read: tuple[str, ...]) -> list[str]:
    """The names of columns that may be read, whatever their case and the blanks around them."""
    barred = {name.strip().casefold() for name in never_read}
    return [str(name) for name in names if str(name).strip().casefold() not in barred]


def unreadable(shown: str, format_name: str, error: BaseException) -> SourceError:
    """The error of a file that a reader gave up on, in one line."""
    why = " ".join(str(error).split()).partition(_ADVICE)[0][:300].rstrip("; .")
    why = _PLACE_IN_GDAL.sub("its structure is damaged", why)
    return SourceError(
        f"{shown}: cannot be read as {format_name}: {why}.", "Mend or fetch it again."
    )
