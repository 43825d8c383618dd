"""Geometry that no library has ready: rounding, roughening, areas in km2."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from pyproj import Geod
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from .seed import Floats, LonLat

GEOD = Geod(ellps="WGS84")


def area_km2(geometry: BaseGeometry) -> float:
    """Area on the WGS 84 ellipsoid, in km2."""
    return abs(float(GEOD.geometry_area_perimeter(geometry)[0])) / 1e6


def polygons(geometry: BaseGeometry) -> list[Polygon]:
    """The polygons of any geometry."""
    return [g for g in shapely.get_parts(geometry).tolist() if isinstance(g, Polygon)]


def largest(geometry: BaseGeometry) -> Polygon:
    """The largest polygon of any geometry."""
    return max(polygons(geometry), key=lambda p: p.area)


def rounded(geometry: BaseGeometry, digits: int = 6) -> BaseGeometry:
    """Coordinates rounded in place: shared vertices stay shared."""
    return shapely.transform(geometry, lambda xy: np.round(xy, digits) + 0.0)


def tidy(geometry: BaseGeometry, digits: int = 6) -> Any:
    """Coordinates rounded and the shape kept valid; polygons only."""
    snapped = shapely.set_precision(geometry, 10.0**-digits)
    parts = [p for p in polygons(snapped) if p.area > 0]
    if not parts:
        raise ValueError("nothing left of the shape")
    out = parts[0] if len(parts) == 1 else MultiPolygon(parts)
    return shapely.orient_polygons(rounded(out, digits))


def smooth_line(xy: Floats, passes: int) -> Floats:
    """Round off a line; its ends stay, a closed ring is rounded all the way round."""
    closed = bool(np.all(xy[0] == xy[-1])) and len(xy) > 4
    for _ in range(passes):
        if closed:
            ring = xy[:-1]
            ring = (np.roll(ring, 1, 0) + 2 * ring + np.roll(ring, -1, 0)) / 4
            xy = np.vstack([ring, ring[:1]])
        elif len(xy) > 2:
            mid = (xy[:-2] + 2 * xy[1:-1] + xy[2:]) / 4
            xy = np.vstack([xy[:1], mid, xy[-1:]])
    return xy


def roughen(rng: np.random.Generator, xy: Floats, share: float) -> Floats:
    """Put a displaced point on every segment, to take the artificial smoothness away."""
    mid = (xy[:-1] + xy[1:]) / 2
    normal = np.stack([xy[:-1, 1] - xy[1:, 1], xy[1:, 0] - xy[:-1, 0]], axis=1)
    mid = mid + normal * rng.uniform(-share, share, (len(mid), 1))
    out = np.empty((2 * len(xy) - 1, 2))
    out[0::2], out[1::2] = xy, mid
    return out


def drawn_line(xy: Floats, passes: int, tolerance: float) -> Any:
    """A smooth, simplified line on rounded coordinates; its ends stay."""
    return rounded(LineString(smooth_line(xy, passes)).simplify(tolerance))


def lines_of(curves: Sequence[Floats]) -> Any:
    """An array of lines, one for each array of vertices."""
    which = np.repeat(np.arange(len(curves)), [len(xy) for xy in curves])
    return shapely.linestrings(np.vstack(curves), indices=which)


def point_on_outline(rng: np.random.Generator, polygon: Polygon) -> LonLat:
    """A random point on the outline of a polygon."""
    spot = polygon.exterior.interpolate(float(rng.random()), normalized=True)
    return round(spot.x, 6), round(spot.y, 6)
