"""sites x layers -> how far the nearest feature is, in a straight line over the ellipsoid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from cetm_geo import measure, meridian
from cetm_geo.arrays import Floats, Indices
from cetm_geo.model import Layer
from cetm_geo.overlay import SEARCH_STEPS_KM, Pairs

_MARGIN = 1.02  # for what the scale north and the bend of geodesics add to the scale east


def nearest(sites: Any, layer: Layer, pairs: Pairs) -> tuple[Floats, Indices]:
    """Geodesic distance from each site to the nearest counted feature, and which it is.

    Args:
        pairs: what `measure_overlaps` gave for the same sites and layer; they are at 0.

    Returns per site in order: km (0 where they intersect, NaN beyond SEARCH_KM or in an empty
    layer) and the feature's row (-1 where NaN).
    """
    shapes = sites.geometry.to_numpy()
    km, row = np.full(len(shapes), np.nan), np.full(len(shapes), -1)
    meeting = pairs.take(pairs.counted)
    by_size = np.argsort(meeting.overlap_km2, kind="stable")  # the largest is written last
    km[meeting.site_row] = 0.0
    row[meeting.site_row[by_size]] = meeting.feature_row[by_size]
    for i in np.flatnonzero(np.isnan(km)) if len(layer.counted) else []:
        found = _nearest_of(shapes[i], layer)
        if found is not None:
            row[i], km[i] = found
    return km, row


def _nearest_of(shape: Any, layer: Layer) -> tuple[int, float] | None:
    """Search ever wider boxes: a feature found no farther than the box reaches is the nearest.

    The site meets none of them, so that the nearest lies on the feature's outline.
    """
    for reach_km in SEARCH_STEPS_KM:
        found = [_nearest_within(site, reach_km, layer) for site in _turns(shape, reach_km)]
        best = min((f for f in found if f is not None), key=lambda f: f[1], default=None)
        if best is not None:
            return best
    return None


def _turns(shape: Any, reach_km: float) -> Iterator[Any]:
    """The site where it is, and where it is seen from beyond 180 degrees if that is in reach."""
    yield shape
    west, _, east, _ = measure.search_box(shapely.bounds(shape), reach_km)
    for turn, near in ((meridian.FULL_TURN, west), (-meridian.FULL_TURN, -east)):
        if near < -meridian.HALF_TURN:
            yield meridian.shifted(np.array([shape], object), turn)[0]


def _nearest_within(shape: Any, reach_km: float, layer: Layer) -> tuple[int, float] | None:
    tree, feature_row = layer.outlines
    box = measure.search_box(shapely.bounds(shape), reach_km)
    candidates = np.sort(tree.query(shapely.box(*box)))
    best: tuple[int, float] | None = None
    for piece in candidates[_worth_measuring(shape, tree.geometries[candidates], box)]:
        distance = measure.distance_km(shape, tree.geometries[piece])
        if distance <= reach_km and (best is None or distance < best[1]):
            best = int(feature_row[piece]), distance
    return best


def _worth_measuring(shape: Any, pieces: Any, box: tuple[float, ...]) -> Indices:
    """Positions of the pieces in a box that can be the nearest, by their rough distance.

    The rough distance is taken in the local scale at the site: off by what the scale changes
    within the box, little in a small one, beyond all bounds in one that reaches a pole.
    """
    if not len(pieces):
        return np.arange(0)
    lon, lat = shapely.get_coordinates(shapely.centroid(shape))[0]
    spread = _spread(box)
    near = _near_by_bounds(shape, pieces, float(lat), spread)
    rough = shapely.distance(
        measure.to_local_km(shape, lon, lat), measure.to_local_km(pieces[near], lon, lat)
    )
    return np.asarray(near[rough <= rough.min() * spread], dtype=np.intp)


def _spread(box: tuple[float, ...]) -> float:
    """The largest scale east in a box over the least, and a margin."""
    _, south, _, north = box
    east_km, _ = measure.scale_km(np.array([south, north, np.clip(0.0, south, north)]))
    return float(east_km.max() / max(east_km.min(), 1e-6)) * _MARGIN


def _near_by_bounds(shape: Any, pieces: Any, lat: float, spread: float) -> Indices:
    """Positions of the pieces that can be the nearest, judged by their boxes alone.

    None is farther than the far corners of its box, none nearer than the box.
    """
    scale = np.array(measure.scale_km(lat))
    bounds, own = shapely.bounds(pieces), shapely.bounds(shape)
    gap = np.maximum(np.maximum(bounds[:, :2] - own[2:], own[:2] - bounds[:, 2:]), 0) * scale
    reach = np.maximum(bounds[:, 2:] - own[:2], own[2:] - bounds[:, :2]) * scale
    least = np.hypot(*gap.T)
    return np.flatnonzero(least <= np.hypot(*reach.T).min() * spread)
