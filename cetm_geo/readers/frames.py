"""What every reader hands on: attributes as read, geometries, CRS, and what it noticed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyproj
from numpy.typing import NDArray

from cetm_geo import measure


@dataclass(frozen=True)
class RawFrame:
    """What stands in a source: attributes as read, geometries, CRS.

    attributes: DataFrame (n rows). geometry: shapely objects (n,), None where unreadable.
    unreadable: (n,) text, the reason where a geometry could not be read, else "".
    remarks: what the reader noticed of the file as a whole, each once.
    encoding: of the texts, empty where the format leaves no choice.
    """

    attributes: pd.DataFrame
    geometry: NDArray[np.object_]
    unreadable: NDArray[np.object_]
    crs: pyproj.CRS
    remarks: tuple[str, ...] = ()
    encoding: str = ""

    def __len__(self) -> int:
        return len(self.geometry)


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
        attributes=pd.concat([f.attributes for f in frames], ignore_index=True),
        geometry=np.concatenate([f.geometry for f in frames]),
        unreadable=np.concatenate([f.unreadable for f in frames]),
        remarks=tuple(remarks),
        encoding=", ".join(encodings),
    )


def _in_lonlat(frame: RawFrame) -> RawFrame:
    shapes = np.asarray(measure.to_lonlat(frame.geometry, frame.crs), dtype=object)
    return replace(frame, geometry=shapes, crs=pyproj.CRS(measure.LONLAT))
