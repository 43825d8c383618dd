"""Engines that share no code with the program: land two shapes share, and how far apart they are.

Shapes are drawn in longitude and latitude with edges straight there, longitudes beyond 180 where
they lie across it. Nothing here asks GEOS but for corners.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pyproj
import shapely

from cetm_geo.arrays import Floats

GEOD = pyproj.Geod(ellps="WGS84")
_A_KM, _F = 6378.137, 1 / 298.257223563
_E2 = _F * (2 - _F)
_E = float(np.sqrt(_E2))
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
KM = 1 / 111.2  # degrees of latitude


def edges_of(shape: Any) -> Floats:
    """x, y, x, y of each edge, the land to its left: outlines turned left, holes right."""
    out = []
    for part in shapely.get_parts(shape):
        for place, ring in enumerate([part.exterior, *part.interiors]):
            corners = shapely.get_coordinates(ring)
            x, y = (corners - corners[0]).T
            left = (x[:-1] * y[1:] - x[1:] * y[:-1]).sum() > 0
            corners = corners if left == (place == 0) else corners[::-1]
            out.append(np.hstack([corners[:-1], corners[1:]]))
    return np.vstack(out)


# --- strips: no intersection is ever drawn -------------------------------------------------------


def zone_km2(south: Any, north: Any) -> Any:
    """Land between two parallels, per radian of longitude; nothing cancels (Snyder 1987, 3-12)."""
    low, high = np.radians(south), np.radians(north)
    s, t = np.sin(low), np.sin(high)
    rise = 2 * np.cos((low + high) / 2) * np.sin(np.radians(np.subtract(north, south)) / 2)
    first = rise * (1 + _E2 * s * t) / ((1 - _E2 * s * s) * (1 - _E2 * t * t))
    return _A_KM**2 * (1 - _E2) / 2 * (first + np.arctanh(_E * rise / (1 - _E2 * s * t)) / _E)


def strips_km2(ours: Floats, theirs: Floats) -> float:
    """Land two shapes share, from their edges: holes, parts and touching are nothing special.

    A shape is the land below its upper edges less that below its lower ones, two shapes' common
    land so the sum over pairs of edges of what lies below both.
    """
    ours, theirs = (e[e[:, 0] != e[:, 2]] for e in (ours, theirs))
    i, j = np.nonzero(
        (_west(ours)[:, None] < _east(theirs)) & (_west(theirs) < _east(ours)[:, None])
    )
    a, b = ours[i], theirs[j]
    low, high = np.maximum(_west(a), _west(b)), np.minimum(_east(a), _east(b))
    sign = np.sign(a[:, 2] - a[:, 0]) * np.sign(b[:, 2] - b[:, 0])
    base = min(ours[:, 1].min(), theirs[:, 1].min())
    starts, ends = (_height(a, x) - _height(b, x) for x in (low, high))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(starts * ends < 0, starts / (starts - ends), 1.0)
    cross = low + (high - low) * share
    total = 0.0
    for west, east in ((low, cross), (cross, high)):
        half = (east - west) / 2
        x = west[:, None] + half[:, None] * (_NODES + 1)
        below = np.minimum(_height(a[:, :, None], x), _height(b[:, :, None], x))
        total += float((sign * np.radians(half) * (zone_km2(base, below) @ _WEIGHTS)).sum())
    return total


def _west(edges: Floats) -> Floats:
    return np.minimum(edges[:, 0], edges[:, 2])


def _east(edges: Floats) -> Floats:
    return np.maximum(edges[:, 0], edges[:, 2])


def _height(edges: Floats, x: Floats) -> Any:
    """Latitude at a longitude, from the edge's western end in either direction."""
    turned = edges[:, 0] > edges[:, 2]
    x0, y0, x1, y1 = np.moveaxis(edges, 1, 0)
    x0, x1, y0, y1 = (np.where(turned, p, q) for p, q in ((x1, x0), (x0, x1), (y1, y0), (y0, y1)))
    return y0 + (x - x0) * ((y1 - y0) / (x1 - x0))


# --- convex shapes in rational numbers, their land by GeographicLib ------------------------------

Corners = list[tuple[Fraction, Fraction]]


def is_convex(shape: Any) -> bool:
    """True of one part without holes that turns left, or not at all, at every corner."""
    if shape.geom_type != "Polygon" or len(shape.interiors):
        return False
    ring = _exact(shape)
    return all(_left(ring[i - 2], ring[i - 1], p) >= 0 for i, p in enumerate(ring))


def common_corners(a: Any, b: Any) -> Corners:
    """Corners of what two convex shapes share, exactly (Sutherland and Hodgman 1974)."""
    found, around = _exact(a), _exact(b)
    for i, end in enumerate(around):
        kept: Corners = []
        sides = [_left(around[i - 1], end, p) for p in found]
        for k, (p, side) in enumerate(zip(found, sides, strict=True)):
            before, other = found[k - 1], sides[k - 1]
            if side * other < 0:
                share = other / (other - side)
                kept.append(
                    (before[0] + share * (p[0] - before[0]), before[1] + share * (p[1] - before[1]))
                )
            if side >= 0:
                kept.append(p)
        found = kept
    return found


def _exact(shape: Any) -> Corners:
    return [(Fraction(x), Fraction(y)) for x, y in edges_of(shape)[:, :2].tolist()]


def _left(a: Any, b: Any, p: Any) -> Fraction:
    """Above 0 where p lies to the left of the way from a to b."""
    return Fraction((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]))


def encloses_land(corners: Corners) -> bool:
    """True if corners enclose any land at all, exactly."""
    return sum(_left(corners[0], p, q) for p, q in pairwise(corners)) > 0


def geographic_km2(corners: Corners) -> float:
    """Land within edges straight in lon/lat, from geodesic polygons of ever shorter edges.

    A geodesic departs from an edge by what falls with the square of its length, so that a third of
    what halving changes is what is left of it (Richardson).
    """
    ring = np.array([[float(x), float(y)] for x, y in corners])
    ends = np.roll(ring, -1, axis=0)
    east, north = (ends - ring).T
    away = np.hypot(east * np.cos(np.radians(ring[:, 1])), north)
    steep = 1 + np.abs(np.tan(np.radians(ring[:, 1])))
    pieces = np.clip(np.ceil(away * steep / KM / 8), 2, 400).astype(int)
    found = []
    for times in (1, 2):
        share = np.concatenate([np.arange(n * times) / (n * times) for n in pieces])
        owner = np.repeat(np.arange(len(ring)), pieces * times)
        dense = ring[owner] + (ends - ring)[owner] * share[:, None]
        found.append(GEOD.polygon_area_perimeter(*dense.T)[0] / 1e6)
    return float(found[1] + (found[1] - found[0]) / 3)


# --- places --------------------------------------------------------------------------------------


def holds(edges: Floats, places: Floats) -> Any:
    """The places inside a shape, by the edges east of each: an odd number or an even one."""
    x, y = places[:, :1], places[:, 1:]
    x0, y0, x1, y1 = edges.T
    with np.errstate(divide="ignore", invalid="ignore"):
        east = x < x0 + (y - y0) * ((x1 - x0) / (y1 - y0))
    return (((y0 > y) != (y1 > y)) & east).sum(axis=1) % 2 == 1


def even_places(random: np.random.Generator, edges: Floats, count: int) -> Floats:
    """Places in the box of a shape, as many on each km2, one at random in each of so many cells."""
    south, north = edges[:, 1].min(), edges[:, 1].max()
    side = int(np.sqrt(count))
    column, row = (c.ravel() for c in np.meshgrid(np.arange(side), np.arange(side)))
    grid = np.linspace(south, north, 2001)
    land = zone_km2(south, grid)
    lat = np.interp((row + random.random(len(row))) / side * land[-1], land, grid)
    west, east = _west(edges).min(), _east(edges).max()
    return np.column_stack([west + (column + random.random(len(row))) / side * (east - west), lat])


# --- distances -----------------------------------------------------------------------------------


_ALONG = np.linspace(0, 1, 9)
_STEPS = np.array(np.meshgrid(np.linspace(-1, 1, 5), np.linspace(-1, 1, 5))).reshape(2, -1)
_LIKELY, _CLOSER = 12, 60  # pairs of edges that are looked at together, and how often closer


def geodesic_between(ours: Floats, theirs: Floats, best: float = np.inf) -> float:
    """The least geodesic in km between edges, by trying places on them ever closer together.

    Places are compared by the chord through the earth, which orders as geodesics do. Pairs of edges
    that may hold the nearest are looked at closely, the likeliest first.

    Args:
        best: what is known already; nothing above it is looked for.
    """
    (x, step), (y, other) = (_chorded(edges) for edges in (ours, theirs))
    chords = np.sqrt(sum((x[:, :, None, None, k] - y[:, :, k]) ** 2 for k in range(3)))
    flat = chords.swapaxes(1, 2).reshape(len(ours) * len(theirs), len(_ALONG), len(_ALONG))
    nearest = flat.min(axis=(1, 2))
    # Between two places an edge is up to half a step away from one; curves are a little longer.
    least = nearest - 0.55 * (step[:, None] + other).ravel()
    order = np.argsort(nearest)
    for start in range(0, len(order), _LIKELY):
        some = order[start : start + _LIKELY]
        some = some[least[some] < best]
        if len(some):
            best = min(
                best, _closest(ours[some // len(theirs)], theirs[some % len(theirs)], flat[some])
            )
    return best


def _chorded(edges: Floats) -> tuple[Floats, Floats]:
    """Places along each edge, (n, 9, 3) km from the middle of the earth, and the longest step."""
    places = _geocentric(_on(edges[:, None], _ALONG))
    return places, np.sqrt((np.diff(places, axis=1) ** 2).sum(axis=2)).max(axis=1)


def _geocentric(lonlat: Floats) -> Floats:
    """Places in km from the middle of the earth, along three axes."""
    lon, lat = np.moveaxis(np.radians(lonlat), -1, 0)
    normal = _A_KM / np.sqrt(1 - _E2 * np.sin(lat) ** 2)
    flat = normal * np.cos(lat)
    up = normal * (1 - _E2) * np.sin(lat)
    return np.stack([flat * np.cos(lon), flat * np.sin(lon), up], axis=-1)


def _closest(a: Floats, b: Floats, known: Floats) -> float:
    """The least geodesic of pairs of edges; known: chords between places on them, (n, 9, 9).

    Each pair is tried from its nearest places, and with either end of either edge held.
    """
    count, last = len(a), len(_ALONG) - 1
    free = np.array(np.unravel_index(known.reshape(count, -1).argmin(axis=1), known.shape[1:]))
    ends = np.zeros(count, int)
    starts = [free]
    for end in (ends, ends + last):
        starts += [np.array([end, known[np.arange(count), end].argmin(axis=1)]),
                   np.array([known[np.arange(count), :, end].argmin(axis=1), end])]  # fmt: skip
    at = _ALONG[np.concatenate(starts, axis=1)]
    a, b = np.tile(a, (5, 1)), np.tile(b, (5, 1))
    reach = np.full(at.shape, _ALONG[1])
    for place in range(2):
        reach[place, count * (1 + place) : count * (2 + place)] = 0
        reach[place, count * (3 + place) : count * (4 + place)] = 0
    rows = np.arange(len(a))
    for _ in range(_CLOSER):
        s, t = np.clip(at[:, :, None] + reach[:, :, None] * _STEPS[:, None], 0, 1)
        p, q = _geocentric(_on(a[:, None], s)), _geocentric(_on(b[:, None], t))
        found = ((p - q) ** 2).sum(axis=2).argmin(axis=1)
        at = np.array([s[rows, found], t[rows, found]])
        reach *= 0.7
    p, q = _on(a[:, None], at[0][:, None])[:, 0], _on(b[:, None], at[1][:, None])[:, 0]
    return float(GEOD.inv(*p.T, *q.T)[2].min()) / 1000


def _on(edges: Floats, share: Floats) -> Floats:
    """Places on edges (n, 1, 4), shares of the way (n, k) or (k,): (n, k, 2)."""
    return edges[..., :2] + share[..., None] * (edges[..., 2:] - edges[..., :2])


def nearest_km(site: Floats, features: Sequence[Floats], least: Floats) -> float:
    """The least geodesic from a site to any of the features; edges of all.

    Args:
        least: km that each feature is apart at least.
    """
    best = np.inf
    for j in np.argsort(least):
        if least[j] >= best:
            break
        best = geodesic_between(site, features[j], best)
    return best


def balls(shapes: Any) -> tuple[Floats, Floats]:
    """A place near the middle of each shape, and how many km its corners are away at most."""
    bounds = shapely.bounds(shapes)
    middles = (bounds[:, :2] + bounds[:, 2:]) / 2
    corners, owner = shapely.get_coordinates(shapely.segmentize(shapes, 1.0), return_index=True)
    away = GEOD.inv(*middles[owner].T, *corners.T)[2] / 1000
    reach = np.zeros(len(shapes))
    np.maximum.at(reach, owner, away)
    return middles, reach * 1.05 + 1e-6  # between corners a degree apart an edge bulges a little


def gaps_km(sites: Any, features: Any) -> Floats:
    """How far sites and features are apart at least, (sites, features)."""
    (a, reach), (b, other) = balls(sites), balls(features)
    ours, theirs = np.repeat(a, len(b), 0), np.tile(b, (len(a), 1))
    away = GEOD.inv(*ours.T, *theirs.T)[2].reshape(len(a), len(b)) / 1000
    return np.maximum(away - reach[:, None] - other, 0.0)


# --- whole turns ---------------------------------------------------------------------------------


def beside(edges: Floats, other: Floats) -> Floats:
    """Edges moved by whole turns, so that they lie where the other's do."""
    middle, theirs = ((_west(e).min() + _east(e).max()) / 2 for e in (edges, other))
    turn = 360 * np.round((theirs - middle) / 360)
    return edges + np.array([turn, 0, turn, 0])


def boxes_meet(a: Any, b: Any) -> tuple[Any, Any]:
    """Positions (a, b) of shapes whose boxes meet, by whole turns or not."""
    ours, theirs = shapely.bounds(a)[:, None], shapely.bounds(b)[None]
    apart = (ours[..., 0] + ours[..., 2] - theirs[..., 0] - theirs[..., 2]) / 2
    turn = 360 * np.round(apart / 360)
    wide = np.maximum(ours[..., 0], theirs[..., 0] + turn) <= np.minimum(
        ours[..., 2], theirs[..., 2] + turn
    )
    tall = np.maximum(ours[..., 1], theirs[..., 1]) <= np.minimum(ours[..., 3], theirs[..., 3])
    return np.nonzero(wide & tall)
