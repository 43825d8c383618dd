"""What lies within so many km of sites: features that the land within reach of them meets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely

from cetm_geo.arrays import Flags, Floats, Geometries, Indices
from cetm_geo.model import Layer, Role
from cetm_geo.pieces import OWN

WITHIN_KM = (1.0, 5.0, 10.0)
WITHIN_ROLES = (Role.COMMUNITY_LAND, Role.SETTLEMENT)
_PAIRS_AT_ONCE = 1 << 15


def features_met(shapes: Geometries, layer: Layer) -> tuple[Indices, Indices]:
    """Pairs of a shape and a counted feature of a layer that meet, each once, sorted by both.

    Args:
        shapes: polygons in lon/lat, (n,).
    """
    shape, piece = layer.pieces.meeting(shapely.bounds(shapes))
    asked = layer.pieces.is_a(OWN) & layer.is_counted[layer.pieces.feature_row]
    shape, piece = shape[asked[piece]], piece[asked[piece]]
    own = shapely.from_wkb(shapely.to_wkb(shapes))  # threads share no prepared shape
    shapely.prepare(own)
    found = [_meet(own, shape[part], layer, piece[part]) for part in _parts(len(shape))]
    meet = np.concatenate([np.empty(0, bool), *found])
    count = max(len(layer.is_counted), 1)
    pairs = np.unique(shape[meet] * count + layer.pieces.feature_row[piece[meet]])
    return np.divmod(pairs, count)


def _parts(count: int) -> Iterator[slice]:
    return (slice(start, start + _PAIRS_AT_ONCE) for start in range(0, count, _PAIRS_AT_ONCE))


def _meet(shapes: Geometries, shape: Indices, layer: Layer, piece: Indices) -> Flags:
    rows, of = np.unique(piece, return_inverse=True)
    return np.asarray(shapely.intersects(shapes[shape], layer.pieces.shapes(rows)[of]))


def count_within(reaches: Geometries, layer: Layer, nearest_km: Floats) -> Floats:
    """Distinct counted features within each of WITHIN_KM of sites, (3, n); parts count as one.

    Args:
        reaches: the land within each of WITHIN_KM of each site, (3, n). nearest_km: geodesic
            distance of each site to the nearest, which counts whatever the outline of a reach.
    """
    out = np.zeros(reaches.shape)
    size = int(layer.groups.max(initial=-1)) + 1
    for ring, radius in enumerate(WITHIN_KM):
        rows = np.flatnonzero(nearest_km <= radius)
        site, feature = features_met(reaches[ring, rows], layer)
        things = np.unique(site * max(size, 1) + layer.groups[feature])
        count = np.bincount(things // max(size, 1), minlength=len(rows))
        out[ring, rows] = np.maximum(count, 1)
    return out
