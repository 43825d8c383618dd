"""Features clipped to the boxes of sites: for one question of a layer that is not cut into pieces.

Cutting a world's protected areas takes a minute of a core and serves every question after that.
Clipping those that sites meet takes microseconds a pair, and serves this one alone.
"""

from __future__ import annotations

import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Geometries, Indices
from cetm_geo.clips import Units
from cetm_geo.cutting import MOST_VERTICES
from cetm_geo.model import Layer
from cetm_geo.pieces import OWN, Held, Pieces

_AROUND_KM = 2.0  # what is looked at of outlines beside a sliver lies well within


def windows(units: Units, layer: Layer) -> tuple[Pieces, tuple[Indices, Indices]]:
    """What is seen of a layer's features about each unit, a piece for each pair whose boxes meet.

    Returns the pieces, and the pairs of unit and piece, sorted by both. Features of few vertices
    come whole; so does one whose clip is not valid.
    """
    unit, feature = shapely.STRtree(layer.shapes).query(units.shapes)
    order = np.lexsort((feature, unit))
    unit, feature = unit[order], feature[order]
    shapes, areas = layer.shapes[feature], layer.area_km2[feature]
    large = np.flatnonzero(shapely.get_num_coordinates(shapes) > MOST_VERTICES)
    land = large[areas[large] > 0]
    shapes[land] = _clipped(shapes[land], units.shapes[unit[land]])
    areas[land] = measure.area_km2(shapes[land])
    seen = ~shapely.is_empty(shapes)
    unit, feature, shapes, areas = unit[seen], feature[seen], shapes[seen], areas[seen]
    flags = np.full(len(unit), OWN)
    pieces = Pieces(feature, shapely.bounds(shapes), areas, flags, Held(shapes))
    return pieces, (unit, np.arange(len(unit)))


def _clipped(features: Geometries, sites: Geometries) -> Geometries:
    out = features.copy()
    for i, bounds in enumerate(shapely.bounds(sites)):
        try:
            out[i] = shapely.clip_by_rect(features[i], *measure.search_box(bounds, _AROUND_KM))
        except shapely.errors.GEOSException:
            continue
    odd = ~shapely.is_valid(out)
    out[odd] = features[odd]
    return out
