"""Where on earth the shapes of a source are: in longitude and latitude, or refused with the reason.

What looks wrong but can be read is told, never mended behind the reader's back: swapped axes and
features outside the country are remarks; `source.axes` swaps, where a file is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from cetm_geo import measure, meridian
from cetm_geo.arrays import Box, Flags, Floats, Geometries
from cetm_geo.books import Books
from cetm_geo.model import IssueAction, Layer, LayerSpec, Role
from cetm_geo.readers import RawFrame

_LON, _LAT = [0, 2], [1, 3]
_POLE = 90.0
_LAT_LIMIT = 90.0001
_LON_LIMIT = 360.0001  # longitudes of 0 to 360 are in use, and -190 for 170 east
_ROUNDING = 1e-9  # degrees; 180.0000000001 is 180 as a program wrote it
_METRES_FROM = 1000.0  # no angle in degrees is that large; eastings and northings mostly are
_METRES_TO = 1e8  # beyond, it is no place on earth in any unit
_MOST = 0.9  # of a layer that claims no country, lying in it once swapped, to say so
_SHOWN_IDS = 5

METRES_AS_DEGREES = (
    "coordinates look like metres (easting, northing) but the CRS says degrees: "
    "the file's .prj is wrong; write the projected CRS they are in as source.crs_override"
)
DEGREES_AS_METRES = (
    "coordinates look like degrees but the CRS says metres, so they fall beside its origin; "
    "write the geographic CRS they are in as source.crs_override"
)
SPANS_THE_WORLD = (
    "an edge goes more than half round the earth: read as drawn, not as crossing the antimeridian; "
    "where it should cross, cut the outline at 180 degrees"
)


def in_lonlat(
    raw: RawFrame, spec: LayerSpec, books: Books, expected: Box | None = None
) -> Geometries:
    """Shapes in lon/lat, 2D, longitudes from -180 to 180; those without a place are rejected.

    Args:
        raw: its array of shapes is written over slice by slice, so that a large layer is not held
            twice. expected: the country's box, against which a layer's place is judged.
    """
    shapes = raw.geometry if raw.geometry.flags.writeable else raw.geometry.copy()
    books.reject(shapely.is_missing(shapes) | shapely.is_empty(shapes), "no geometry")
    _drop_heights(shapes, books)
    _reject_not_finite(shapes, books)
    _reject_wrong_units(shapes, raw.crs, spec, books)
    if not raw.crs.equals(pyproj.CRS(measure.LONLAT), ignore_axis_order=True):
        _in_slices(shapes, books.kept, lambda part: measure.to_lonlat(part, raw.crs))
        _reject_not_finite(shapes, books)
    _bring_within_180(shapes, books)
    _note_null_island(shapes, books, expected)
    if expected is not None:
        _note_outside(shapes, spec, books, expected)
    return shapes


def _in_slices(shapes: Geometries, rows: Flags, change: Any) -> None:
    """Write `change` of the marked shapes in their place, a slice at a time."""
    if not rows.any():
        return
    for part in measure.slices(shapes):
        chosen = part.start + np.flatnonzero(rows[part])
        if len(chosen):
            shapes[chosen] = change(shapes[chosen])


def _drop_heights(shapes: Geometries, books: Books) -> None:
    heights, measures = shapely.has_z(shapes), shapely.has_m(shapes)
    for name, found in (("Z", heights), ("M", measures)):
        count = int((found & books.kept).sum())
        if count:
            books.note_layer(f"{name} values of {count} features were dropped")
    _in_slices(shapes, heights | measures, shapely.force_2d)


def _reject_not_finite(shapes: Geometries, books: Books) -> None:
    bad = np.zeros(len(shapes), bool)
    for part in measure.slices(shapes):
        finite = np.isfinite(shapely.get_coordinates(shapes[part]))
        if not finite.all():
            owner = shapely.get_coordinates(shapes[part], return_index=True)[1]
            bad[part.start + owner[~finite.all(axis=1)]] = True
    books.reject(bad, "a coordinate is not a number")


def _swap_hint(spec: LayerSpec) -> str:
    return "leave source.axes out" if spec.source.axes else 'write source.axes = "lat_lon"'


def _reject_wrong_units(shapes: Geometries, crs: pyproj.CRS, spec: LayerSpec, books: Books) -> None:
    """Metres where the CRS says degrees, degrees where it says metres, latitudes beyond 90."""
    size = np.abs(shapely.bounds(shapes))
    with np.errstate(invalid="ignore"):
        x, y = size[:, _LON].max(axis=1), size[:, _LAT].max(axis=1)
        if crs.is_projected:
            near = (x <= meridian.HALF_TURN) & (y <= _LAT_LIMIT) & books.kept
            if near.any() and (near | ~books.kept).all():
                books.reject(near, DEGREES_AS_METRES)
            return
        largest = np.maximum(x, y)
        books.reject((largest >= _METRES_FROM) & (largest <= _METRES_TO), METRES_AS_DEGREES)
        fits = (y > _LAT_LIMIT) & (y <= meridian.HALF_TURN) & (x <= _LAT_LIMIT)
        reason = "a latitude beyond 90; with latitude and longitude swapped it would fit: "
        reason += _swap_hint(spec)
        books.reject(fits & (crs.axis_info[0].unit_name == "degree"), reason)


# --- 180 degrees ---------------------------------------------------------------------------------


def _bring_within_180(shapes: Geometries, books: Books) -> None:
    bounds = shapely.bounds(shapes)
    with np.errstate(invalid="ignore"):
        lon = np.abs(bounds[:, _LON]).max(axis=1)
        off = (lon > _LON_LIMIT) | (np.abs(bounds[:, _LAT]).max(axis=1) > _LAT_LIMIT)
        books.reject(off, "coordinates are not longitude and latitude; is the stated CRS right?")
        beyond = (lon > meridian.HALF_TURN) & books.kept
    rounded = beyond & (lon <= meridian.HALF_TURN + _ROUNDING)
    _in_slices(shapes, rounded, _clipped)
    beyond &= ~rounded
    if beyond.any():
        books.note_layer(
            f"{int(beyond.sum())} of {int(books.kept.sum())} features have longitudes beyond 180 "
            f"degrees (as far as {float(lon[beyond].max()):g}); brought back by whole turns"
        )
    rows = np.flatnonzero(books.kept)
    leaping = np.zeros(len(shapes), bool)
    leaping[rows] = meridian.leaps(shapes[rows])
    world = rows[meridian.spans_the_world(shapes[rows])]
    books.note_rows(world, SPANS_THE_WORLD, IssueAction.NOTED)
    for turn, whole in ((-1, bounds[:, 0] >= 180), (1, bounds[:, 2] <= -180)):
        easy = beyond & whole & ~leaping
        by = turn * meridian.FULL_TURN
        _in_slices(shapes, easy, lambda part, by=by: meridian.shifted(part, by))
        beyond &= ~easy
    _cut(shapes, np.flatnonzero(beyond | leaping), books)


def _clipped(shapes: Geometries) -> Any:
    half = meridian.HALF_TURN
    return shapely.transform(
        shapes, lambda c: np.column_stack([np.clip(c[:, 0], -half, half), c[:, 1]])
    )


def _cut(shapes: Geometries, rows: NDArray[np.intp], books: Books) -> None:
    unclear = np.zeros(len(shapes), bool)
    drawn = shapely.bounds(shapes[rows])
    for i in rows.tolist():
        done = meridian.cut(shapes[i])
        unclear[i] = done is None
        if done is not None:
            shapes[i] = done
    reason = "goes round the earth on both sides of the equator: which pole it holds is not clear"
    books.reject(unclear, reason)
    bounds = np.abs(shapely.bounds(shapes[rows]))
    on_both_sides = (bounds[:, _LON] == meridian.HALF_TURN).all(axis=1)
    polar = (bounds[:, _LAT] == _POLE).any(axis=1) & (np.abs(drawn[:, _LAT]) < _POLE).all(axis=1)
    cut = on_both_sides & ~unclear[rows] & (shapely.get_dimensions(shapes[rows]) > 0)
    for chosen, problem in (
        (rows[cut & ~polar], "crosses the antimeridian; cut at 180 degrees"),
        (rows[cut & polar], "goes round the earth; read as holding the pole on its side"),
    ):
        books.note_rows(chosen, problem, IssueAction.REPAIRED)
        books.repaired[chosen] = True


# --- what looks wrong ----------------------------------------------------------------------------


def _note_null_island(shapes: Geometries, books: Books, expected: Box | None) -> None:
    """Points at exactly 0, 0; corners too, where the country is known to lie elsewhere."""
    bounds = shapely.bounds(shapes)
    near = (bounds[:, :2] <= 0).all(axis=1) & (bounds[:, 2:] >= 0).all(axis=1) & books.kept
    found = near & (bounds == 0).all(axis=1)
    if expected is not None and not _touches(np.zeros((1, 4)), expected)[0]:
        rows = np.flatnonzero(near)
        coords, owner = shapely.get_coordinates(shapes[rows], return_index=True)
        found[rows[owner[(coords == 0).all(axis=1)]]] = True
    rows = np.flatnonzero(found)
    books.note_rows(rows, "a coordinate at exactly 0, 0: a place left empty?", IssueAction.NOTED)


def _touches(bounds: Floats, box: Box) -> Flags:
    """Which boxes (n, 4) share a point with the box."""
    west, south, east, north = box
    lon = (bounds[:, 0] <= east) & (bounds[:, 2] >= west)
    return np.asarray(lon & (bounds[:, 1] <= north) & (bounds[:, 3] >= south))


def _inside(bounds: Floats, box: Box) -> Flags:
    low, high = bounds[:, :2] >= box[:2], bounds[:, 2:] <= box[2:]
    return np.asarray(low.all(axis=1) & high.all(axis=1))


def _note_outside(shapes: Geometries, spec: LayerSpec, books: Books, expected: Box) -> None:
    rows = np.flatnonzero(books.kept)
    bounds = shapely.bounds(shapes[rows])
    outside = ~_touches(bounds, expected)
    fits = outside & _inside(bounds[:, [1, 0, 3, 2]], expected)
    country = claimed_country(spec)
    where = country or "the country"
    if fits.any() and (country or fits.sum() >= _MOST * len(rows)):
        books.note_layer(
            f"{int(fits.sum())} of {len(rows)} features lie outside {where}; with latitude and "
            f"longitude swapped they would lie inside: {_swap_hint(spec)}"
        )
    outside &= ~fits
    if (country or spec.role == Role.CONCESSION) and outside.any():
        books.note_layer(
            f"{int(outside.sum())} of {len(rows)} features lie outside {where}: "
            f"{_farthest(bounds[outside], books.ids[rows[outside]], expected)}"
        )


def claimed_country(spec: LayerSpec) -> str:
    """The ISO3 code of the country whose land a layer says it is about, else empty."""
    return next((t for t in (spec.iso3, spec.complete_within) if re.fullmatch("[A-Z]{3}", t)), "")


def country_box(spec: LayerSpec, layers: Iterable[Layer]) -> Box | None:
    """The box of the country a layer is about: the claimed one, else the only one there is.

    Args:
        layers: those read so far; the ones of role country say where each ISO3 code lies.
    """
    frames = [layer.features for layer in layers if layer.spec.role == Role.COUNTRY]
    if spec.role == Role.COUNTRY or not frames:
        return None
    codes = np.concatenate([frame["iso3"].to_numpy(object) for frame in frames])
    bounds = np.concatenate([shapely.bounds(frame.geometry.to_numpy()) for frame in frames])
    known = set(codes[~pd.isna(codes)].tolist())
    code = claimed_country(spec) or (known.pop() if len(known) == 1 else "")
    fits = bounds[codes == code]
    if not len(fits):
        return None
    west, south = fits[:, :2].min(axis=0).tolist()
    east, north = fits[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def _farthest(bounds: Floats, ids: NDArray[np.object_], box: Box) -> str:
    """The ids of up to five features with their distance from a box, the farthest first."""
    gaps = np.maximum(np.array(box[:2]) - bounds[:, 2:], bounds[:, :2] - np.array(box[2:]))
    order = np.argsort(-gaps.max(axis=1), kind="stable")[:_SHOWN_IDS]
    frame = shapely.box(*box)
    told = [
        f"{ids[i]} ({measure.distance_km(frame, shapely.box(*bounds[i])):,.0f} km away)"
        for i in order.tolist()
    ]
    return ", ".join(told) + (", ..." if len(ids) > _SHOWN_IDS else "")
