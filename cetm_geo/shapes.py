"""Shapes made usable: valid, of the kind a role takes, circles told from surveyed outlines."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cetm_geo import measure, meridian, vocabulary
from cetm_geo.arrays import Flags, Floats, Geometries, Texts
from cetm_geo.books import Books
from cetm_geo.model import OVERLAID_ROLES, IssueAction, LayerSpec, Role

# Roles whose features may be points or lines as well as polygons.
_POINTS_WELCOME = frozenset(Role) - {
    Role.CONCESSION,
    Role.WATER_BASIN,
    Role.MORATORIUM,
    Role.COUNTRY,
}
_CIRCLE_VERTICES = 16
_CIRCLE_SPREAD = 0.01  # radii of a placeholder differ by less than this share of their mean
_CLOSED_LINE_POINTS = 4  # a triangle and its first corner again
_POINT_TYPES, _LINE_TYPES = (0, 4), (1, 2, 5)


def circles_from_points(
    shapes: Geometries, attributes: pd.DataFrame, spec: LayerSpec, books: Books
) -> tuple[Geometries, Texts]:
    """Points that state an area become discs of that area; those that state none are left out."""
    circle = np.full(len(shapes), None, object)
    if not spec.point_area_km2:
        return shapes, circle
    areas = vocabulary.numbers(vocabulary.texts(attributes[spec.point_area_km2]))
    points = np.isin(shapely.get_type_id(shapes), _POINT_TYPES) & books.kept
    bare = points & ~(areas > 0)
    books.drop(
        np.where(bare, f"a point without {spec.point_area_km2}", "").astype(object),
        IssueAction.EXCLUDED,
    )
    rows = np.flatnonzero(points & ~bare)
    for i in rows.tolist():
        places = shapely.get_coordinates(shapes[i])
        radius = float(np.sqrt(areas[i] / len(places) / np.pi))
        discs = [_disc(lon, lat, radius) for lon, lat in places]
        shapes[i] = shapely.union_all(discs) if len(discs) > 1 else discs[0]
    circle[rows] = "derived_from_point"
    told = [f"a point drawn as a circle of {area:g} km2" for area in areas[rows]]
    books.note_rows(rows, np.array(told, object), IssueAction.NOTED)
    return shapes, circle


def _disc(lon: float, lat: float, radius_km: float) -> Any:
    """A disc, cut at 180 degrees where it lies across."""
    disc = measure.circle(lon, lat, radius_km)
    return meridian.cut(disc) if meridian.leaps(np.array([disc], object))[0] else disc


# --- closed lines --------------------------------------------------------------------------------


def wants_polygons(role: Role) -> bool:
    """True for a role whose layers are overlaid, and for countries."""
    return role in OVERLAID_ROLES or role == Role.COUNTRY


def outlines_from_lines(shapes: Geometries, spec: LayerSpec, books: Books) -> None:
    """Lines that end where they began become the outlines they draw, where polygons are wanted.

    A track walked round a claim comes so. An open line stays a line.
    """
    if not wants_polygons(spec.role):
        return
    lines = np.isin(shapely.get_type_id(shapes), _LINE_TYPES) & books.kept
    closed = [i for i in np.flatnonzero(lines).tolist() if _is_closed(shapes[i])]
    for i in closed:
        rings = [shapely.Polygon(part) for part in shapely.get_parts(shapes[i])]
        shapes[i] = rings[0] if len(rings) == 1 else shapely.multipolygons(rings)
    rows = np.array(closed, np.intp)
    books.note_rows(rows, "a closed line, read as the outline it draws", IssueAction.NOTED)


def _is_closed(line: Any) -> bool:
    parts = shapely.get_parts(line)
    enough = shapely.get_num_coordinates(parts) >= _CLOSED_LINE_POINTS
    return bool(len(parts) and (shapely.is_closed(parts) & enough).all())


# --- validity ------------------------------------------------------------------------------------


def repaired(shapes: Geometries, spec: LayerSpec, books: Books) -> tuple[Geometries, Floats]:
    """Valid shapes of the kinds the role takes, and their areas in km2; changes are recorded.

    make_valid by structure: linear time on self-crossing rings where the default is not, and a
    bow-tie keeps both its lobes. The array is written over, slice by slice.
    """
    parts = list(measure.slices(shapes))
    for part, valid in zip(parts, _validity(shapes, parts), strict=True):
        rows = part.start + np.flatnonzero(books.kept[part] & ~valid)
        if len(rows):
            _repair(shapes, rows, books)
    books.reject(shapely.is_empty(shapes), "no area left")
    return _right_kind(shapes, spec, books)


def _validity(shapes: Geometries, parts: Sequence[slice]) -> list[NDArray[np.bool_]]:
    """Which shapes are valid, slice by slice: half of a large layer's time, so on all cores."""
    if len(parts) < 2:
        return [shapely.is_valid(shapes[part]) for part in parts]
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda part: shapely.is_valid(shapes[part]), parts))


def _repair(shapes: Geometries, rows: NDArray[np.intp], books: Books) -> None:
    reasons = [text.split("[")[0].strip() for text in shapely.is_valid_reason(shapes[rows])]
    before = measure.area_km2(shapes[rows])
    shapes[rows] = shapely.make_valid(shapes[rows], method="structure", keep_collapsed=False)
    after = measure.area_km2(shapes[rows])
    # The lobes of a bow-tie cancel: where little net area was left, a share of it says nothing.
    told = before > 0.01 * after
    change = np.divide(after - before, before, out=np.full(len(rows), np.nan), where=told)
    left = ~shapely.is_empty(shapes[rows])
    texts = np.array([f"invalid geometry: {why}" for why in reasons], object)
    books.note_rows(rows[left], texts[left], IssueAction.REPAIRED, change[left])
    books.repaired[rows[left]] = True


def _right_kind(shapes: Geometries, spec: LayerSpec, books: Books) -> tuple[Geometries, Floats]:
    if not wants_polygons(spec.role):
        return shapes, _kept_area_km2(shapes, books)
    polygons = measure.polygon_part(shapes)
    points = _are(shapes, _POINT_TYPES)
    welcome = points if spec.role in _POINTS_WELCOME else np.zeros(len(shapes), bool)
    none_left = np.array([p is None for p in polygons], bool) & ~welcome
    books.reject(none_left & points, "a point, not a polygon")
    books.reject(none_left & _are(shapes, _LINE_TYPES), "a line, not a polygon")
    books.reject(none_left, "no area left")
    area = _kept_area_km2(polygons, books)
    books.reject(~welcome & (area <= 0), "a polygon without area")
    return np.where(welcome, shapes, polygons), area


def _kept_area_km2(shapes: Geometries, books: Books) -> Floats:
    out = np.zeros(len(shapes))
    out[books.kept] = measure.area_km2(shapes[books.kept])
    return out


def _are(shapes: Geometries, types: Sequence[int]) -> Flags:
    return np.asarray(np.isin(shapely.get_type_id(shapes), types))


# --- circles -------------------------------------------------------------------------------------


def circles(shapes: Geometries) -> Flags:
    """Polygons that were drawn as circles round a point, in metres or in degrees.

    One ring without holes of at least 16 vertices, evenly spread, all at one distance from the
    middle to within 1 %: a boundary surveyed on the ground is never that.
    """
    out = np.zeros(len(shapes), bool)
    suspects = np.flatnonzero(_round_at_first_sight(shapes))
    for part in measure.slices(shapes[suspects]):
        rows = suspects[part]
        rows = rows[_round_in_samples(shapes[rows])]
        if len(rows):
            out[rows] = _are_circles(shapes[rows])
    return out


def _round_at_first_sight(shapes: Geometries) -> Flags:
    """What every circle is, by cheap measures: as wide as high, filling its box by about pi / 4.

    Vertices at most an eighth of a turn apart keep the shares between 0.70 and 0.86.
    """
    one = (shapely.get_num_geometries(shapes) == 1) & np.isin(shapely.get_type_id(shapes), (3, 6))
    one &= shapely.get_num_coordinates(shapes) > _CIRCLE_VERTICES
    bounds = shapely.bounds(shapes)
    width, height = bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        east, north = measure.scale_km((bounds[:, 1] + bounds[:, 3]) / 2)
        like_square = np.zeros(len(shapes), bool)
        for aspect in (width / height, width * east / (height * north)):
            like_square |= (aspect > 0.88) & (aspect < 1 / 0.88)
        one &= like_square
        share = np.full(len(shapes), np.nan)
        share[one] = shapely.area(shapes[one]) / (width[one] * height[one])
        return np.asarray(one & (share > 0.68) & (share < 0.88))


def _round_in_samples(shapes: Geometries) -> Flags:
    """Whether sixteen of the corners lie at one distance from the middle, as all of them must."""
    rings = shapely.get_exterior_ring(shapely.get_geometry(shapes, 0))
    share = np.arange(_CIRCLE_VERTICES) / _CIRCLE_VERTICES
    corners = (share * (shapely.get_num_points(rings)[:, None] - 1)).astype(np.intp)
    points = shapely.get_point(rings[:, None], corners)
    bounds = shapely.bounds(rings)
    x = shapely.get_x(points) - (bounds[:, [0]] + bounds[:, [2]]) / 2
    y = shapely.get_y(points) - (bounds[:, [1]] + bounds[:, [3]]) / 2
    east, north = measure.scale_km((bounds[:, [1]] + bounds[:, [3]]) / 2)
    out = np.zeros(len(shapes), bool)
    for radius in (np.hypot(x, y), np.hypot(x * east, y * north)):
        # The mean of all is at most 1 % more than that of the samples.
        out |= np.ptp(radius, axis=1) <= _CIRCLE_SPREAD * 1.02 * radius.mean(axis=1)
    return out


def _are_circles(shapes: Geometries) -> Flags:
    polygons = shapely.get_geometry(shapes, 0)
    plain = shapely.get_num_interior_rings(polygons) == 0
    rings = shapely.get_exterior_ring(polygons)
    coords, owner = shapely.get_coordinates(rings, return_index=True)
    last = np.r_[owner[1:] != owner[:-1], True]
    coords, owner = coords[~last], owner[~last]  # the first corner once
    bounds = shapely.bounds(rings)
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    offsets = coords - middle[owner]
    scale = np.column_stack(measure.scale_km(middle[:, 1]))
    in_degrees = _evenly_round(offsets, owner, len(shapes))
    return np.asarray(
        plain & (in_degrees | _evenly_round(offsets * scale[owner], owner, len(shapes)))
    )


def _evenly_round(offsets: Floats, owner: NDArray[np.intp], count: int) -> Flags:
    """All corners at one distance from the middle and less than an eighth of a turn apart."""
    starts = np.searchsorted(owner, np.arange(count))
    radius = np.hypot(offsets[:, 0], offsets[:, 1])
    most, least = np.maximum.reduceat(radius, starts), np.minimum.reduceat(radius, starts)
    mean = np.bincount(owner, radius, count) / np.bincount(owner, minlength=count)
    round_ = most - least <= _CIRCLE_SPREAD * mean
    kept = round_[owner]
    turn, whose = np.arctan2(offsets[kept, 1], offsets[kept, 0]), owner[kept]
    if not len(turn):
        return np.asarray(round_)
    order = np.lexsort((turn, whose))
    turn, whose = turn[order], whose[order]
    ends = np.r_[whose[1:] != whose[:-1], True]
    following = np.r_[turn[1:], 0.0]
    following[ends] = turn[np.r_[True, ends[:-1]]] + 2 * np.pi
    round_[whose[following - turn >= np.pi / 4]] = False
    return np.asarray(round_)
