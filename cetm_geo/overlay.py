"""sites x layers -> overlaps: a row per site and feature that share land, or a place.

Truth is the exact area of the intersection in longitude/latitude (see `measure`), summed over the
pieces of the feature. A pair's numbers depend on that pair alone, so one drawn polygon gets the
same bits as the same polygon inside a batch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.accounts import Accounts, check_least
from cetm_geo.arrays import Flags, Floats, Geometries, Indices, sums
from cetm_geo.clips import Clips, Met, Units, clip, dissolved, lands
from cetm_geo.model import OVERLAID_ROLES, ROLE_SUFFIXES, Layer, Role
from cetm_geo.pieces import OWN, Pieces
from cetm_geo.windows import windows

SEARCH_KM = 500.0  # beyond this the nearest feature is not looked for
RINGS_KM = (1.0, 5.0, 10.0, 20.0, 50.0)
_SLIVER_KM2 = 0.01  # 1 ha
_SLIVER_SHARE = 0.01  # of the feature
SAME = 1e-10  # sums over pieces that differ from a whole by less are the whole
_SEAM_KM = 1e-6  # a millimetre: closes the seams between pieces


# --- pairs ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pairs:
    """Sites and features of one layer that meet, as arrays of one length, sorted by both.

    site_row and feature_row are positions in the sites frame and in the layer's features;
    overlap_km2 is the land they share, exactly (0 for points, lines and mere touching). sliver: the
    overlap is within the mapping error, or none but a touch.
    """

    site_row: Indices
    feature_row: Indices
    overlap_km2: Floats
    sliver: Flags

    def __len__(self) -> int:
        return len(self.site_row)

    def take(self, chosen: Any) -> Pairs:
        """The pairs that a mask or positions choose."""
        return Pairs(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})

    @staticmethod
    def join(parts: Sequence[Pairs]) -> Pairs:
        """One after the other; the parts are of different sites."""
        return Pairs(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Pairs)}
        )


@dataclass(frozen=True)
class Laid:
    """Sites laid over a layer: the pairs, and the clips of pieces they are summed from.

    clips are those of all pieces, of features and of land once; pair: of each clip the position of
    its pair, -1 for pieces that are no part of a feature.
    """

    pairs: Pairs
    units: Units
    clips: Clips
    pair: Indices
    accounts: Accounts


def measure_overlaps(sites: Any, layer: Layer, site_error_m: float = 100.0) -> Pairs:
    """Every feature that shares land with a site, or, if a point or line, lies in it.

    Args:
        sites: frame by `tables.SITES`. layer: any; a register's own title is left out.
        site_error_m: how far the sites' boundaries may be off.

    A layer that is not cut yet is not cut for this: its features are clipped to the sites' boxes.
    """
    units = Units.of(sites.geometry.to_numpy(), sites["area_km2"].to_numpy(np.float64))
    if layer.is_cut:
        return lay(sites, layer, site_error_m, units).pairs
    return lay(sites, layer, site_error_m, units, windows(units, layer)).pairs


def lay(
    sites: Any,
    layer: Layer,
    site_error_m: float = 100.0,
    units: Units | None = None,
    seen: tuple[Pieces, Met] | None = None,
) -> Laid:
    """Sites laid over a layer; see `measure_overlaps`.

    Args:
        units: of these sites, where they were made already. seen: pieces of the layer to be laid
            under, and the pairs that are asked, instead of the layer's own.

    Raises Unbalanced where an overlap is larger than its site or its feature.
    """
    site_km2 = sites["area_km2"].to_numpy(np.float64)
    units = units or Units.of(sites.geometry.to_numpy(), site_km2)
    pieces, met = (layer.pieces, None) if seen is None else seen
    clips = clip(units, pieces, met=met)
    feature = pieces.feature_row[clips.piece]
    if layer.spec.role == Role.CONCESSION:
        own_ids = sites["site_id"].to_numpy(object)
        others = own_ids[clips.site_row] != layer.site_ids[feature]
        clips, feature = clips.take(others), feature[others]
    if not len(clips):
        none = np.empty(0, np.intp)
        pairs = Pairs(none, none, np.empty(0), np.empty(0, bool))
        return Laid(pairs, units, clips, none, Accounts.of(clips))
    own = np.flatnonzero(pieces.is_a(OWN)[clips.piece])
    order = own[np.lexsort((clips.piece[own], feature[own], clips.site_row[own]))]
    new = np.r_[True, _changes(clips.site_row[order]) | _changes(feature[order])][: len(order)]
    pair = np.full(len(clips), -1)
    pair[order] = np.cumsum(new) - 1
    site_row, feature_row = clips.site_row[order[new]], feature[order[new]]
    km2 = sums(clips.km2[order], pair[order], len(site_row))
    least = np.minimum(site_km2[site_row], layer.area_km2[feature_row])
    check_least(km2, least, sites["site_id"].to_numpy(object)[site_row], layer.spec.id)
    km2 = np.where(km2 >= least * (1 - SAME), least, km2)
    pairs = Pairs(site_row, feature_row, km2, np.zeros(len(km2), bool))
    laid = Laid(pairs, units, clips, pair, Accounts.of(clips))
    pairs.sliver[:] = _slivers(sites.geometry.to_numpy(), laid, layer, pieces, site_error_m)
    return laid


def _changes(values: Indices) -> Flags:
    return np.asarray(values[1:] != values[:-1])


def overlaps_table(
    pairs: Pairs,
    sites: Any,
    layer: Layer,
    shapes: Geometries | None = None,
    more: Mapping[str, Floats] | None = None,
) -> dict[str, Any]:
    """The pairs of one layer that share land, or a place, as columns by `tables.OVERLAPS`.

    Args:
        more: columns that were measured elsewhere, one value a pair.

    Mere touching, as of two titles with a common edge, shows in a scope's state and not here.
    """
    place = layer.area_km2[pairs.feature_row] <= 0
    kept = (pairs.overlap_km2 > 0) | place
    pairs, place = pairs.take(kept), place[kept]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = pairs.overlap_km2 / layer.area_km2[pairs.feature_row]
    return {
        "site_id": sites["site_id"].to_numpy(object)[pairs.site_row],
        "layer_id": np.full(len(pairs), layer.spec.id, object),
        "feature_id": layer.feature_ids[pairs.feature_row],
        "overlap_km2": pairs.overlap_km2,
        "overlap_share": pairs.overlap_km2 / sites["area_km2"].to_numpy(np.float64)[pairs.site_row],
        "feature_share": np.where(place, np.nan, share),
        "distance_km": np.zeros(len(pairs)),
        "sliver": pairs.sliver,
        "geometry": np.full(len(pairs), None, object) if shapes is None else shapes[kept],
        **{name: values[kept] for name, values in (more or {}).items()},
    }


def shared_land(
    sites: Any, layer: Layer, laid: Laid, most: int | None = None
) -> tuple[Geometries, bool]:
    """The land of each pair as one polygon without the seams of its pieces; None for a touch.

    Args:
        most: pieces of a pair; one with more has no shape either. Returns also whether any had.
    """
    parts = np.flatnonzero((laid.pair >= 0) & (laid.clips.km2 > 0))
    parts = parts[np.argsort(laid.pair[parts], kind="stable")]
    count = np.bincount(laid.pair[parts], minlength=len(laid.pairs))
    if most is not None:
        parts = parts[count[laid.pair[parts]] <= most]
    rows, starts = np.unique(laid.pair[parts], return_index=True)
    out = np.full(len(laid.pairs), None, object)
    land = lands(laid.clips.take(parts), laid.units, layer.pieces)
    out[rows] = dissolved(land, starts, laid.pairs.overlap_km2[rows])
    whole = laid.pairs.overlap_km2 >= sites["area_km2"].to_numpy(np.float64)[laid.pairs.site_row]
    out[whole] = sites.geometry.to_numpy()[laid.pairs.site_row[whole]]
    return out, most is not None and bool((count > most).any())


# --- slivers -------------------------------------------------------------------------------------


def _slivers(
    shapes: Geometries, laid: Laid, layer: Layer, pieces: Pieces, site_error_m: float
) -> Flags:
    """Overlaps that lie wholly within the mapping error of both boundaries, and mere touches."""
    pairs = laid.pairs
    feature_km2 = layer.area_km2[pairs.feature_row]
    out = np.asarray((pairs.overlap_km2 <= 0) & (feature_km2 > 0))
    small = (pairs.overlap_km2 < _SLIVER_KM2) & (pairs.overlap_km2 < _SLIVER_SHARE * feature_km2)
    for i in np.flatnonzero(small & ~out & (feature_km2 > 0)):
        clips = laid.clips.take(np.flatnonzero((laid.pair == i) & (laid.clips.km2 > 0)))
        land = shapely.multipolygons(shapely.get_parts(lands(clips, laid.units, pieces)))
        site = shapely.boundary(shapes[pairs.site_row[i]])
        feature = _outline_near(pieces, pairs.feature_row[i], land, layer.spec.positional_error_m)
        out[i] = near_line(land, site, site_error_m) and near_line(
            land, feature, layer.spec.positional_error_m
        )
    return out


def _outline_near(pieces: Pieces, feature_row: int, land: Any, error_m: float) -> Any:
    """A feature's outline about some land, put together from its pieces."""
    error_km = error_m / measure.M_PER_KM
    bounds = shapely.bounds(land)
    box, around = (measure.search_box(bounds, error_km * far) for far in (3, 6))
    _, rows = pieces.meeting(np.array([around]))
    rows = rows[(pieces.feature_row[rows] == feature_row) & pieces.is_a(OWN)[rows]]
    parts = shapely.clip_by_rect(pieces.shapes(rows), *around)
    lon, lat = (bounds[:2] + bounds[2:]) / 2
    whole = shapely.union_all(shapely.buffer(measure.to_local_km(parts, lon, lat), _SEAM_KM))
    outline = measure.from_local_km(shapely.boundary(whole), lon, lat)
    return shapely.intersection(outline, shapely.box(*box))


def near_line(land: Any, line: Any, error_m: float) -> bool:
    """True if the whole land lies within the error of a line."""
    error_km = error_m / measure.M_PER_KM
    lon, lat = shapely.get_coordinates(shapely.centroid(land))[0]
    box = measure.search_box(shapely.bounds(land), error_km * 2)
    edge = shapely.clip_by_rect(line, *box)
    strip = shapely.buffer(measure.to_local_km(edge, lon, lat), error_km + 2 * _SEAM_KM)
    return bool(shapely.covers(strip, measure.to_local_km(land, lon, lat)))


# --- scopes --------------------------------------------------------------------------------------


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

    @property
    def readable(self) -> tuple[Layer, ...]:
        """Its layers that could be read."""
        return tuple(layer for layer in self.layers if not layer.failed)


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
