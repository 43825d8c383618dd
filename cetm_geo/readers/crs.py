"""Which coordinate reference system the coordinates of a source are in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyproj

from cetm_geo.errors import CRSMismatch, CRSMissing
from cetm_geo.model import Source

_END_BYTES = 1 << 16
_CRS_MEMBER = re.compile(rb'"crs"\s*:\s*\{[^{}]*\{[^{}]*"(?:name|href)"\s*:\s*"([^"]+)"')


def unknown_geojson_crs(path: Path) -> str | None:
    """The name in a GeoJSON's crs member where no CRS has it: GDAL would read WGS 84."""
    with path.open("rb") as stream:
        found = _CRS_MEMBER.search(stream.read(_END_BYTES))
        if not found:  # some write it behind all features
            stream.seek(max(path.stat().st_size - _END_BYTES, 0))
            found = _CRS_MEMBER.search(stream.read())
    name = found.group(1).decode("utf-8", "replace") if found else ""
    if not name:
        return None
    try:
        pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError:
        return name
    return None


def _on_earth(found: Any) -> pyproj.CRS | None:
    """The CRS a file states if it places coordinates on the earth; local ones do not."""
    if found is None:
        return None
    try:
        crs = pyproj.CRS.from_user_input(found).to_2d()
    except pyproj.exceptions.CRSError:
        return None
    placed = crs.is_geographic or crs.is_projected
    return crs if placed and not crs.name.casefold().startswith("undefined") else None


def crs_of(shown: str, found: Any, source: Source) -> pyproj.CRS:
    """The file's CRS, else the stated one; its horizontal part only.

    Args:
        shown: the file, as errors name it. found: what the file states, in any form, or None.

    Raises CRSMissing where neither states one, CRSMismatch where they state two.
    """
    if source.crs_override:
        return pyproj.CRS.from_user_input(source.crs_override).to_2d()
    stated = pyproj.CRS.from_user_input(source.crs).to_2d() if source.crs else None
    crs = _on_earth(found)
    if crs is None:
        if stated is None:
            raise CRSMissing(
                f"{shown}: states no coordinate reference system that is known.",
                "Find out which it is and write it as source.crs.",
            )
        return stated
    if stated is not None and not crs.equals(stated, ignore_axis_order=True):
        raise CRSMismatch(
            f"{shown}: states {crs.to_string()}, the catalogue {stated.to_string()}.",
            "Leave source.crs out; where the file is wrong, write it as source.crs_override.",
        )
    return crs
