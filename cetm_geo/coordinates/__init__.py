"""Corners as people, registers and decrees write them -> longitude, latitude on WGS 84.

One parser for the page, the API, the command line and the columns of tables. It reads decimal
degrees, degrees-minutes-seconds, UTM and any CRS by its EPSG code, in English, French, Spanish and
Portuguese. O is West (Ouest, Oeste) and L is East (Leste); O is never the German East (Ost).

Which number is the latitude is decided by letters, labels or ranges; where none decides, the guess
is latitude first (ISO 6709), it is marked as not certain, and the other reading comes with it.
"""

from __future__ import annotations

from cetm_geo.coordinates.columns import read_column, read_columns
from cetm_geo.coordinates.corners import MAX_CORNERS, read_corners
from cetm_geo.coordinates.reading import (
    AXES,
    Corners,
    Reading,
    chosen,
    confirmed,
    facts,
    polygon_of,
    said,
)

__all__ = [
    "AXES",
    "MAX_CORNERS",
    "Corners",
    "Reading",
    "chosen",
    "confirmed",
    "facts",
    "polygon_of",
    "read_column",
    "read_columns",
    "read_corners",
    "said",
]
