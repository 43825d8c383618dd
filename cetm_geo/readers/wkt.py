"""Geometries written as text: WKT, EWKT, and WKB or EWKB in hexadecimal, told apart row by row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
import shapely
from numpy.typing import NDArray

from cetm_geo import measure
from cetm_geo.arrays import Texts
from cetm_geo.errors import CRSMissing
from cetm_geo.model import Source
from cetm_geo.readers import nesting
from cetm_geo.readers.crs import crs_of
from cetm_geo.readers.frames import holds_curves

Codes = NDArray[np.int64]

_HEX = r"^(?:\\x|0x)?0[01][0-9a-fA-F]{8,}$"
_HEX_BYTES = r"^(?:\\x|0x)?0[01](?:[0-9a-fA-F]{2}){4,}$"
_EWKT = r"(?i)^SRID\s*=\s*(\d+)\s*;"
_MOST_DIGITS = 9  # of an SRID, which has six; a longer one is as unknown
_AUTHORITIES = ("EPSG", "ESRI")  # PostGIS numbers both in one list


@dataclass(frozen=True)
class Written:
    """Geometries as read from texts.

    geometry: (n,), None where blank or unreadable. reasons: (n,) why, else "".
    """

    geometry: Texts
    reasons: Texts
    crs: pyproj.CRS
    remarks: tuple[str, ...] = ()


def read(texts: Texts, shown: str, source: Source) -> Written:
    """Geometries of a column of WKT, EWKT, hexadecimal WKB or EWKB; blank texts are None.

    Their CRS is that of the SRIDs, else source.crs; where SRIDs differ all are brought to lon/lat.
    One bad text costs its own row alone. Raises CRSMissing, CRSMismatch.
    """
    column = pd.Series(texts, dtype="str").str.strip()
    deep = _bottomless(column)
    geometry, srid = _parsed(column.mask(deep, "") if deep.any() else column)
    written = (column != "").to_numpy(bool)
    lost = shapely.is_missing(geometry) & written
    reasons = np.full(len(geometry), "", object)
    for i in np.flatnonzero(lost).tolist():
        reasons[i] = nesting.REASON if deep[i] else _why(str(column.iloc[i]))
    if source.axes == "lat_lon":
        geometry = shapely.transform(geometry, lambda c: c[:, ::-1])
    return _in_one_crs(geometry, srid, reasons, shown, source)


def _bottomless(column: pd.Series[str]) -> NDArray[np.bool_]:
    out = np.zeros(len(column), bool)
    long = (column.str.len() > nesting.SUSPECT_BYTES).to_numpy(bool)
    for i in np.flatnonzero(long).tolist():
        text = str(column.iloc[i])
        if re.match(_HEX_BYTES, text):
            out[i] = nesting.bottomless_wkb(
                bytes.fromhex(text.removeprefix("\\x").removeprefix("0x"))
            )
        else:
            out[i] = nesting.bottomless_wkt(text)
    return out


def _parsed(column: pd.Series[str]) -> tuple[Texts, Codes]:
    """Shapes and SRIDs, 0 where none is stated."""
    geometry = np.full(len(column), None, object)
    srid = np.zeros(len(column), np.int64)
    binary = _fits(column, _HEX_BYTES)
    if binary.any():
        digits = column[binary].str.replace("\\x", "").str.replace("0x", "")
        # By bytes: GEOS is slow over the digits themselves.
        content = np.array([bytes.fromhex(text) for text in digits], dtype=object)
        found = _from(shapely.from_wkb, content)
        srid[binary] = np.maximum(shapely.get_srid(found), 0)
        geometry[binary] = shapely.set_srid(found, 0)
    plain = column[~binary]
    stated = _fits(plain, _EWKT)
    if stated.any():
        codes = plain[stated].str.extract(_EWKT, expand=False).str.slice(0, _MOST_DIGITS)
        srid[np.flatnonzero(~binary)[stated]] = pd.to_numeric(codes).to_numpy(np.int64)
        plain = plain.str.replace(_EWKT, "", regex=True)
    geometry[~binary] = _from(shapely.from_wkt, plain.to_numpy(object))
    return geometry, srid


def _fits(column: pd.Series[str], pattern: str) -> NDArray[np.bool_]:
    texts = pa.array(column, type=pa.large_string(), from_pandas=True)
    fits = pc.match_substring_regex(texts, pattern)
    return np.asarray(fits.to_numpy(zero_copy_only=False), dtype=bool)


def _from(parse: Any, texts: Texts) -> Texts:
    """Shapes of texts; None where one cannot be parsed or is a curve."""
    with np.errstate(invalid="ignore", over="ignore"):  # numbers that are none, or too large
        try:
            shapes = np.asarray(parse(texts, on_invalid="ignore"), dtype=object)
        except NotImplementedError:  # one curve, and shapely gives up on all: each by itself
            out = np.full(len(texts), None, object)
            for i, text in enumerate(texts):
                try:
                    out[i] = parse(text, on_invalid="ignore")
                except NotImplementedError:
                    continue
            shapes = out
    shapes[holds_curves(shapes)] = None
    return shapes


def _why(text: str) -> str:
    """Why a text is not a geometry, in the parser's words."""
    is_binary = re.match(_HEX, text)
    try:
        if is_binary:
            shapely.from_wkb(text.removeprefix("\\x").removeprefix("0x"))
        else:
            shapely.from_wkt(re.sub(_EWKT, "", text))
    except NotImplementedError:
        return "a curved geometry in a text is not read; write it with straight edges"
    except (shapely.errors.ShapelyError, ValueError) as error:
        said = " ".join(str(error).partition(": ")[2].split())[:120] or "cut off"
        return f"cannot be read as {'WKB' if is_binary else 'WKT'}: {said}"
    return "curves in a collection are not read; write them with straight edges"


# --- SRIDs ---------------------------------------------------------------------------------------


def _in_one_crs(
    geometry: Texts, srid: Codes, reasons: Texts, shown: str, source: Source
) -> Written:
    present = ~shapely.is_missing(geometry)
    codes = np.unique(srid[present])
    if len(codes) <= 1 or source.crs_override:
        code = int(codes[0]) if len(codes) else 0
        found = _crs_of_srid(code) if code else None
        if code and found is None and not source.crs:
            raise CRSMissing(
                f"{shown}: its geometries state the SRID {code}, which no list of CRS has.",
                "Find out which CRS it is and write it as source.crs.",
            )
        return Written(geometry, reasons, crs_of(shown, found, source))
    return _brought_together(geometry, srid, reasons, codes, source)


def _brought_together(
    geometry: Texts, srid: Codes, reasons: Texts, codes: Codes, source: Source
) -> Written:
    """Geometries of several SRIDs, each brought to lon/lat; those of no known one are refused."""
    geometry, reasons = geometry.copy(), reasons.copy()
    told = []
    for code in codes.tolist():
        rows = (srid == code) & ~shapely.is_missing(geometry)
        crs = _crs_of_srid(code) if code else None
        if crs is None and source.crs:
            crs = pyproj.CRS.from_user_input(source.crs).to_2d()
        if crs is None:
            reasons[rows] = f"its SRID {code} is not known" if code else "states no SRID"
            geometry[rows] = None
            continue
        geometry[rows] = measure.to_lonlat(shapely.force_2d(geometry[rows]), crs)
        told.append(f"{code or crs.to_string()} ({int(rows.sum())})")
    remark = f"its geometries state several SRIDs, each was brought to lon/lat: {', '.join(told)}"
    return Written(geometry, reasons, pyproj.CRS(measure.LONLAT), (remark,))


def _crs_of_srid(code: int) -> pyproj.CRS | None:
    for authority in _AUTHORITIES:
        try:
            return pyproj.CRS.from_authority(authority, code).to_2d()
        except pyproj.exceptions.CRSError:
            continue
    return None
