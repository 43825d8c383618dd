"""sites x layers -> overlaps (a row per pair) and coverage (a row per site and scope).

Truth is the exact area of the intersection in longitude/latitude (see `measure`). A pair's numbers
depend on that pair alone and reductions run in the order of the layers, so one drawn polygon gets
the same bits as the same polygon inside a batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cetm_geo import measure
from cetm_geo.arrays import Floats, Indices
from cetm_geo.model import OVERLAID_ROLES, ROLE_SUFFIXES, Layer, Role

COUNTED_KM2 = 1e-4  # a feature is counted when it shares more than this with a site
SEARCH_KM = 500.0  # beyond this the nearest feature is not looked for
RINGS_KM = (1.0, 5.0, 10.0, 20.0, 50.0)
SEARCH_STEPS_KM = (5.0, 50.0, 150.0, SEARCH_KM)
_SLIVER_KM2 = 0.01  # 1 ha
_SLIVER_SHARE = 0.01  # of the feature
_CLIP_ABOVE_VERTICES = 512  # a feature larger than this is clipped to the site's box first


# --- pairs ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pairs:
    """Sites and features that meet, as arrays of one length, sorted by site, layer and feature.

    site_row and feature_row are positions in the sites frame and in the layer's features; piece is
    the shared land (None for points, lines and mere touching), overlap_km2 its exact area.
    group names what counts as one feature of its layer; place marks features without area.
    """

    site_row: Indices
    feature_row: Indices
    layer_id: NDArray[np.object_]
    overlap_km2: Floats
    feature_km2: Floats
    piece: NDArray[np.object_]
    sliver: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    class_id: NDArray[np.object_]
    group: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.site_row)

    @property
    def place(self) -> NDArray[np.bool_]:
        """Features that are points or lines."""
        return self.feature_km2 <= 0

    def take(self, chosen: Any) -> Pairs:
        """The pairs that a mask or positions choose."""
        return Pairs(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})

    @staticmethod
    def join(parts: Sequence[Pairs]) -> Pairs:
        """Pairs of several layers, those of one site beside each other; `parts` not empty."""
        if len(parts) == 1:
            return parts[0]
        joined = Pairs(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Pairs)}
        )
        return joined.take(np.argsort(joined.site_row, kind="stable"))


def measure_overlaps(sites: Any, layer: Layer, site_error_m: float = 100.0) -> Pairs:
    """Every feature that shares land with a site, or, if a point or line, lies in it.

    Args:
        sites: frame by `tables.SITES`. layer: any; a register's own title is left out.
        site_error_m: how far the sites' boundaries may be off.
    """
    shapes = sites.geometry.to_numpy()
    site_row, feature_row = _intersecting(shapes, sites["site_id"].to_numpy(object), layer)
    pieces = _intersections(shapes, site_row, feature_row, layer)
    site_area = sites["area_km2"].to_numpy(np.float64)[site_row]
    feature_area = layer.area_km2[feature_row]
    most = np.where(feature_area > 0, np.minimum(site_area, feature_area), 0.0)
    areas = np.minimum(measure.area_km2(pieces), most) if len(pieces) else np.empty(0)
    touching = shapely.is_missing(pieces) & (feature_area > 0)
    sliver = _slivers(shapes, site_row, feature_row, pieces, areas, layer, site_error_m) | touching
    features = layer.features
    return Pairs(
        site_row=site_row,
        feature_row=feature_row,
        layer_id=np.full(len(site_row), layer.spec.id, object),
        overlap_km2=areas,
        feature_km2=feature_area,
        piece=pieces,
        sliver=sliver,
        counted=features["counted"].to_numpy(bool)[feature_row],
        class_id=features["class_id"].to_numpy(object)[feature_row],
        group=features["group_id"].to_numpy(object)[feature_row],
    )


def overlaps_table(pairs: Pairs, sites: Any, layer: Layer) -> dict[str, Any]:
    """The pairs of one layer that share land, or a place, as columns by `tables.OVERLAPS`.

    Mere touching, as of two titles with a common edge, shows in a scope's state and not here.
    """
    pairs = pairs.take((pairs.overlap_km2 > 0) | pairs.place)
    with np.errstate(divide="ignore", invalid="ignore"):
        feature_share = np.where(pairs.place, np.nan, pairs.overlap_km2 / pairs.feature_km2)
    return {
        "site_id": sites["site_id"].to_numpy(object)[pairs.site_row],
        "layer_id": pairs.layer_id,
        "feature_id": layer.features["feature_id"].to_numpy(object)[pairs.feature_row],
        "overlap_km2": pairs.overlap_km2,
        "overlap_share": pairs.overlap_km2 / sites["area_km2"].to_numpy(np.float64)[pairs.site_row],
        "feature_share": feature_share,
        "distance_km": np.zeros(len(pairs)),
        "sliver": pairs.sliver,
        "geometry": pairs.piece,
    }


def _intersecting(
    shapes: NDArray[np.object_], site_ids: NDArray[np.object_], layer: Layer
) -> tuple[Indices, Indices]:
    site_row, feature_row = layer.tree.query(shapes, predicate="intersects")
    order = np.lexsort((feature_row, site_row))
    site_row, feature_row = site_row[order], feature_row[order]
    if layer.spec.role == Role.CONCESSION:
        own = layer.features["site_id"].to_numpy()[feature_row] == site_ids[site_row]
        site_row, feature_row = site_row[~own], feature_row[~own]
    return site_row, feature_row


def _intersections(
    shapes: NDArray[np.object_], site_row: Indices, feature_row: Indices, layer: Layer
) -> NDArray[np.object_]:
    """Shared land of each pair as polygons; None where there is none (a touch, a point, a line)."""
    pieces = np.full(len(site_row), None, object)
    land = layer.area_km2[feature_row] > 0
    sites, features = shapes[site_row[land]], layer.shapes[feature_row[land]]
    pad = 1e-6  # keeps the box's own edge from meeting the site's
    for i in np.flatnonzero(shapely.get_num_coordinates(features) > _CLIP_ABOVE_VERTICES):
        west, south, east, north = shapely.bounds(sites[i])
        clip = _clipped(features[i], (west - pad, south - pad, east + pad, north + pad))
        features[i] = clip if shapely.is_valid(clip) else features[i]
    pieces[land] = measure.polygon_part(shapely.intersection(sites, features))
    return pieces


def _clipped(feature: Any, box: Any) -> Any:
    """A feature of many vertices inside a box; the feature itself where the fast clip fails."""
    if shapely.get_num_coordinates(feature) <= _CLIP_ABOVE_VERTICES:
        return feature
    try:
        return shapely.clip_by_rect(feature, *box)
    except shapely.errors.GEOSException:
        return feature


def _slivers(
    shapes: NDArray[np.object_],
    site_row: Indices,
    feature_row: Indices,
    pieces: NDArray[np.object_],
    areas: Floats,
    layer: Layer,
    site_error_m: float,
) -> NDArray[np.bool_]:
    """Overlaps that lie wholly within the mapping error of both boundaries."""
    feature_area = layer.area_km2[feature_row]
    small = (areas < _SLIVER_KM2) & (areas < _SLIVER_SHARE * feature_area)
    out = np.zeros(len(areas), bool)
    for i in np.flatnonzero(small & np.array([p is not None for p in pieces], bool)):
        site, feature = shapes[site_row[i]], layer.shapes[feature_row[i]]
        out[i] = _near_boundary(pieces[i], site, site_error_m) and _near_boundary(
            pieces[i], feature, layer.spec.positional_error_m
        )
    return out


def _near_boundary(piece: Any, shape: Any, error_m: float) -> bool:
    """True if the whole piece lies within the error of the shape's boundary."""
    error_km = error_m / measure.M_PER_KM
    lon, lat = shapely.get_coordinates(shapely.centroid(piece))[0]
    box = measure.search_box(shapely.bounds(piece), error_km * 2)
    edge = shapely.intersection(shapely.boundary(shape), shapely.box(*box))
    strip = shapely.buffer(measure.to_local_km(edge, lon, lat), error_km)
    return bool(shapely.covers(strip, measure.to_local_km(piece, lon, lat)))


# --- land counted once ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Scope:
    """What is totalled together: one layer, or all layers of a role."""

    kind: str
    id: str
    layers: tuple[Layer, ...]
    role: Role

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Suffixes of the indicators it gives."""
        if self.kind == "layer":
            return self.layers[0].spec.measured
        return ROLE_SUFFIXES.get(self.role, ())


def scopes_of(layers: Sequence[Layer]) -> list[Scope]:
    """A scope for each layer that gives an indicator, and after a role's layers one for the role.

    The roles of OVERLAID_ROLES answer without a layer too; those that give nothing of themselves
    (country, context) answer only by the layers that name an indicator.
    """
    out = []
    for role in dict.fromkeys([*ROLE_SUFFIXES, *Role]):
        members = tuple(r for r in layers if r.spec.role == role and r.spec.measured)
        out += [Scope("layer", r.spec.id, (r,), role) for r in members]
        if role in OVERLAID_ROLES or (members and role in ROLE_SUFFIXES):
            out.append(Scope("role", role.value, members, role))
    return out


def pairs_of_scope(pairs: Mapping[str, Pairs], scope: Scope) -> Pairs | None:
    """The pairs of a scope's layers that could be read; None where there is no such layer."""
    parts = [pairs[layer.spec.id] for layer in scope.layers if not layer.failed]
    return Pairs.join(parts) if parts else None


@dataclass(frozen=True)
class Cover:
    """Per site, in order: land covered once, features counted, touched at all, only by slivers."""

    covered_km2: Floats
    feature_count: Floats
    touched: NDArray[np.bool_]
    only_slivers: NDArray[np.bool_]


def cover(pairs: Pairs | None, site_area: Floats) -> Cover:
    """Land of each site that the pairs cover, each piece of it once, and the features counted.

    covered_km2 <= min(sum of the pairs, area of the site), and >= the largest pair.
    """
    count = len(site_area)
    covered, features = np.zeros(count), np.zeros(count)
    touched, solid = np.zeros(count, bool), np.zeros(count, bool)
    if pairs is not None and len(pairs):
        rows, starts = np.unique(pairs.site_row, return_index=True)
        for row, first, last in zip(rows, starts, [*starts[1:], len(pairs)], strict=True):
            part = slice(first, last)
            covered[row] = _covered_once(
                pairs.overlap_km2[part], pairs.piece[part], float(site_area[row])
            )
            features[row] = _counted(pairs.take(part))
            touched[row], solid[row] = True, not pairs.sliver[part].all()
    return Cover(covered, features, touched, touched & ~solid)


def _counted(pairs: Pairs) -> int:
    """Distinct features that share more than COUNTED_KM2 with a site; points and lines: any."""
    shared: dict[tuple[str, str], float] = {}
    for layer_id, group, km2, place in zip(
        pairs.layer_id, pairs.group, pairs.overlap_km2, pairs.place, strict=True
    ):
        more = float("inf") if place else km2
        shared[layer_id, group] = shared.get((layer_id, group), 0.0) + more
    return sum(km2 > COUNTED_KM2 for km2 in shared.values())


def _covered_once(areas: Floats, pieces: NDArray[np.object_], site_area: float) -> float:
    land = areas > 0
    if land.sum() <= 1:
        return float(areas.sum())
    if areas.max() >= site_area:
        return site_area
    union = float(measure.area_km2([union_of(pieces[land])])[0])
    return min(max(union, float(areas.max())), float(areas.sum()), site_area)


def union_of(shapes: NDArray[np.object_]) -> Any:
    """The union of valid polygons, each piece of land once."""
    return shapely.union_all(shapes)


# --- where a layer is complete -------------------------------------------------------------------


@dataclass(frozen=True)
class Inside:
    """Per site: its share inside an extent; wholly: inside it but for mapping error; how far its
    edge lies (inf beyond SEARCH_KM), past which "nearest" is not known.
    """

    share: Floats
    wholly: NDArray[np.bool_]
    edge_km: Floats

    @staticmethod
    def everywhere(count: int) -> Inside:
        """Inside an extent that has no edge."""
        return Inside(np.ones(count), np.ones(count, bool), np.full(count, np.inf))


def inside(sites: Any, extent: Any, error_m: float) -> Inside:
    """How far sites lie inside the polygon where a layer claims to be complete.

    A part beyond it that lies within `error_m` of the extent's boundary is mapping error; the share
    is given as measured all the same.
    """
    shapes = sites.geometry.to_numpy()
    area = sites["area_km2"].to_numpy(np.float64)
    # Prepared geometries crash GEOS when threads share them, so this call prepares its own copy.
    own = shapely.from_wkb(shapely.to_wkb(extent))
    shapely.prepare(own)
    wholly = np.asarray(shapely.covers(own, shapes))
    share = wholly.astype(np.float64)
    for i in np.flatnonzero(~wholly):
        within = float(measure.area_km2([shapely.intersection(shapes[i], extent)])[0])
        share[i] = min(within / area[i], 1.0)
        beyond = measure.polygon_part(shapely.difference(shapes[i], extent))[0]
        wholly[i] = beyond is None or (within > 0 and _near_boundary(beyond, extent, error_m))
    boundary = shapely.boundary(extent)
    edge = np.array([_edge_km(shape, boundary) for shape in shapes])
    return Inside(share, wholly, edge)


def _edge_km(shape: Any, boundary: Any) -> float:
    for reach_km in SEARCH_STEPS_KM[1:]:
        box = measure.search_box(shapely.bounds(shape), reach_km)
        near = measure.distance_km(shape, shapely.clip_by_rect(boundary, *box))
        if near <= reach_km:
            return near
    return float("inf")
