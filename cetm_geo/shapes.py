"""Shapes of a source made usable: where on earth, valid, of the kind a role takes; and the books.

Every row that is repaired, left out or refused on the way is written down with its reason.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cetm_geo import measure, tables, vocabulary
from cetm_geo.model import OVERLAID_ROLES, IssueAction, LayerSpec, Role
from cetm_geo.readers import RawFrame

Reasons = NDArray[np.object_]

# Roles whose features may be points or lines as well as polygons.
_POINTS_WELCOME = frozenset(Role) - {
    Role.CONCESSION,
    Role.WATER_BASIN,
    Role.MORATORIUM,
    Role.COUNTRY,
}
_CIRCLE_VERTICES = 16
_CIRCLE_SPREAD = 0.01  # radii of a placeholder differ by less than this share of their mean


class Books:
    """Which rows are still in, which were repaired, and an issue for everything that happened."""

    def __init__(self, layer_id: str, ids: Reasons, rows: int) -> None:
        self.layer_id, self.ids = layer_id, ids
        self.kept = np.ones(rows, bool)
        self.repaired = np.zeros(rows, bool)
        self.counts = {IssueAction.EXCLUDED: 0, IssueAction.REJECTED: 0}
        self.rows: list[dict[str, Any]] = []

    def drop(self, reasons: Reasons, action: IssueAction) -> None:
        """Leave out the rows that have a reason and are still in."""
        dropped = np.flatnonzero(self.kept & (reasons != ""))
        for i in dropped.tolist():
            self.note(i, str(reasons[i]), action)
        self.kept[dropped] = False
        self.counts[action] += len(dropped)

    def note(
        self, row: int, problem: str, action: IssueAction, area_change: float | None = None
    ) -> None:
        """A row of the issues: what was wrong with a feature and what was done about it."""
        self.rows.append(
            {
                "layer_id": self.layer_id,
                "feature_id": self.ids[row],
                "problem": problem,
                "action": action.value,
                "area_change_share": area_change,
            }
        )

    def note_layer(self, problem: str) -> None:
        """A remark on the layer as a whole."""
        self.rows.append(
            {
                "layer_id": self.layer_id,
                "feature_id": None,
                "problem": problem,
                "action": IssueAction.NOTED.value,
                "area_change_share": None,
            }
        )

    def frame(self) -> pd.DataFrame:
        """The issues so far, by `tables.ISSUES`."""
        return pd.DataFrame(tables.build(tables.ISSUES, self.rows or None))


def in_lonlat(raw: RawFrame, books: Books) -> NDArray[np.object_]:
    """Shapes in lon/lat, 2D; those without a usable place on earth are rejected."""
    absent = shapely.is_missing(raw.geometry) | shapely.is_empty(raw.geometry)
    books.drop(np.where(absent, "no geometry", "").astype(object), IssueAction.REJECTED)
    flat = shapely.force_2d(raw.geometry)
    shapes = np.asarray(measure.to_lonlat(flat, raw.crs), dtype=object)
    bounds = shapely.bounds(shapes)
    reason = "a coordinate is not a number"
    books.drop(np.where(_not_finite(shapes), reason, "").astype(object), IssueAction.REJECTED)
    with np.errstate(invalid="ignore"):
        off = (np.abs(bounds[:, [0, 2]]) > 180.0001).any(1) | (
            np.abs(bounds[:, [1, 3]]) > 90.0001
        ).any(1)
    reason = "coordinates are not longitude and latitude; is the stated CRS right?"
    books.drop(np.where(off, reason, "").astype(object), IssueAction.REJECTED)
    reason = "crosses the antimeridian (180 degrees) without being cut there; split it in two"
    books.drop(np.where(_leaps(shapes), reason, "").astype(object), IssueAction.REJECTED)
    return shapes


def _leaps(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Shapes with an edge over half the earth and more: drawn across 180 degrees, not cut."""
    out = np.zeros(len(shapes), bool)
    kind = shapely.get_dimensions(shapes) > 0
    coords, owner = shapely.get_coordinates(shapes[kind], return_index=True)
    with np.errstate(invalid="ignore"):  # what is not finite was told of before
        wide = (np.abs(np.diff(coords[:, 0])) > 180) & (np.diff(owner) == 0)
    suspects = np.flatnonzero(kind)[np.unique(owner[1:][wide])]
    for i in suspects.tolist():  # parts of one shape may lie on either side; their edges may not
        parts = shapely.get_parts(shapes[i : i + 1])
        lines = shapely.get_rings(parts) if shapely.get_dimensions(parts).max() == 2 else parts
        ends, line = shapely.get_coordinates(lines, return_index=True)
        out[i] = ((np.abs(np.diff(ends[:, 0])) > 180) & (np.diff(line) == 0)).any()
    return out


def _not_finite(shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    coords, owner = shapely.get_coordinates(shapes, return_index=True)
    out = np.zeros(len(shapes), bool)
    out[owner[~np.isfinite(coords).all(axis=1)]] = True
    return out


def circles_from_points(
    shapes: NDArray[np.object_], attributes: pd.DataFrame, spec: LayerSpec, books: Books
) -> tuple[NDArray[np.object_], Reasons]:
    """Points that state an area become discs of that area; those that state none are left out."""
    circle = np.full(len(shapes), None, object)
    if not spec.point_area_km2:
        return shapes, circle
    areas = np.array(
        [vocabulary.number(t) or 0.0 for t in vocabulary.texts(attributes[spec.point_area_km2])]
    )
    points = np.isin(shapely.get_type_id(shapes), (0, 4)) & books.kept
    bare = points & ~(areas > 0)
    books.drop(
        np.where(bare, f"a point without {spec.point_area_km2}", "").astype(object),
        IssueAction.EXCLUDED,
    )
    shapes = shapes.copy()
    for i in np.flatnonzero(points & ~bare).tolist():
        places = shapely.get_coordinates(shapes[i])
        radius = float(np.sqrt(areas[i] / len(places) / np.pi))
        discs = [measure.circle(lon, lat, radius) for lon, lat in places]
        shapes[i] = shapely.union_all(discs) if len(discs) > 1 else discs[0]
        circle[i] = "derived_from_point"
        books.note(i, f"a point drawn as a circle of {areas[i]:g} km2", IssueAction.NOTED)
    return shapes, circle


def repaired(shapes: NDArray[np.object_], spec: LayerSpec, books: Books) -> NDArray[np.object_]:
    """Valid shapes of the kinds the role takes; area changes are recorded.

    make_valid by structure: linear time on self-crossing rings where the default is not, and a
    bow-tie keeps both its lobes.
    """
    shapes = shapes.copy()
    for i in np.flatnonzero(books.kept & ~shapely.is_valid(shapes)).tolist():
        why = shapely.is_valid_reason(shapes[i]).split("[")[0].strip()
        before = float(measure.area_km2([shapes[i]])[0])
        shapes[i] = shapely.make_valid(shapes[i], method="structure", keep_collapsed=False)
        after = float(measure.area_km2([shapes[i]])[0])
        # The lobes of a bow-tie cancel: where little net area was left, a share of it says nothing.
        change = (after - before) / before if before > 0.01 * after else None
        if not shapes[i].is_empty:
            books.note(i, f"invalid geometry: {why}", IssueAction.REPAIRED, change)
            books.repaired[i] = True
    return _right_kind(shapes, spec, books)


def _right_kind(shapes: NDArray[np.object_], spec: LayerSpec, books: Books) -> NDArray[np.object_]:
    if spec.role not in OVERLAID_ROLES and spec.role != Role.COUNTRY:
        return shapes
    polygons = measure.polygon_part(shapes)
    flat = ~np.isin(shapely.get_type_id(shapes), (3, 6, 7))
    points = np.isin(shapely.get_type_id(shapes), (0, 4))
    welcome = points if spec.role in _POINTS_WELCOME else np.zeros(len(shapes), bool)
    none_left = np.array([p is None for p in polygons], bool) & ~welcome
    reasons = np.where(none_left, np.where(flat, "not a polygon", "no area left"), "")
    books.drop(reasons.astype(object), IssueAction.REJECTED)
    zero = ~welcome & books.kept
    zero[zero] = measure.area_km2(polygons[zero]) <= 0
    books.drop(np.where(zero, "a polygon without area", "").astype(object), IssueAction.REJECTED)
    return np.where(welcome, shapes, polygons)


def is_circle(shape: Any) -> bool:
    """True for a polygon that was drawn as a circle round a point, in metres or in degrees.

    One ring without holes of at least 16 vertices, evenly spread, all at one distance from the
    middle to within 1 %: a boundary surveyed on the ground is never that.
    """
    parts = shapely.get_parts(shape)
    if len(parts) != 1 or parts[0].geom_type != "Polygon" or len(parts[0].interiors):
        return False
    ring = shapely.get_coordinates(parts[0].exterior)[:-1]
    if len(ring) < _CIRCLE_VERTICES:
        return False
    middle = (ring.min(axis=0) + ring.max(axis=0)) / 2
    offsets = ring - middle
    for scaled in (offsets, offsets * measure.scale_km(middle[1])):
        radius = np.hypot(scaled[:, 0], scaled[:, 1])
        turn = np.sort(np.arctan2(scaled[:, 1], scaled[:, 0]))
        gaps = np.diff(np.r_[turn, turn[0] + 2 * np.pi])
        if np.ptp(radius) <= _CIRCLE_SPREAD * radius.mean() and gaps.max() < np.pi / 4:
            return True
    return False
