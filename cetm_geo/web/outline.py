"""TopoJSON of the world's countries -> GeoJSON for the map: land, borders, and where names stand.

Used by the build hook before anything is installed: nothing but the standard library.

Shapes that cross 180 degrees run on beyond it, which map engines wrap round the world; cut there,
they would show seams, and read edge by edge as the file has them, bands across the whole map.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

Point = tuple[float, float]
Line = list[Point]

DECIMALS = 3  # of degrees: about 100 m, finer than the file
# Beyond this latitude a map in Web Mercator shows nothing.
POLEWARD = 85.06
# A land round a pole is unrolled; its ends lap over each other so that no seam shows.
LAP = 5.0
_LETTER_PX, _WORLD_PX = 8.0, 512.0
_NAMED_FROM, _NAMED_TO = 1.0, 6.0
# Names after the first: how far apart they stand (degrees), and from which zoom on.
_APART, _AGAIN = 5.0, 5.5


def world(topology: Mapping[str, Any]) -> dict[str, Any]:
    """Natural Earth's countries, as world-atlas has them, as one FeatureCollection.

    Every feature says what it is in `kind`: `land` (all of it, one MultiPolygon); `border` (a line
    that two countries share; `a`, `b`: their ISO 3166 numeric codes, '' for one without); `name`
    (a point; `id`: its code, `zoom`: from where on it is shown): one in the largest part of a
    country and, for who looks closer, more where there is room. Longitudes may be beyond 180.
    """
    lines = _arcs(topology)
    countries = topology["objects"]["countries"]["geometries"]
    land = [
        part
        for shape in topology["objects"]["land"]["geometries"]
        for polygon in _polygons(shape)
        if (part := _polygon(lines, polygon))
    ]
    features = [_feature("MultiPolygon", land, kind="land")]
    features += _borders(lines, countries)
    features += [name for country in countries for name in _names(lines, country)]
    return {"type": "FeatureCollection", "features": features}


def text_of(topology: str) -> str:
    """The same from text to text."""
    made = world(json.loads(topology))
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"))


def _arcs(topology: Mapping[str, Any]) -> list[Line]:
    """The file's lines in degrees; each step takes the shorter way round the world."""
    step_x, step_y = topology["transform"]["scale"]
    left, bottom = topology["transform"]["translate"]
    lines = []
    for steps in topology["arcs"]:
        x = y = 0
        line: Line = []
        for dx, dy in steps:
            x, y = x + dx, y + dy
            line.append((x * step_x + left, y * step_y + bottom))
        lines.append(_unrolled(line))
    return lines


def _unrolled(line: Iterable[Point]) -> Line:
    out: Line = []
    for x, y in line:
        turns = round((out[-1][0] - x) / 360) if out else 0
        out.append((x + 360 * turns, y))
    return out


def _polygons(shape: Mapping[str, Any]) -> list[Any]:
    """Of each polygon of a shape, the numbers of the lines of its rings."""
    return list(shape["arcs"]) if shape["type"] == "MultiPolygon" else [shape["arcs"]]


def _ring(lines: Sequence[Line], numbers: Sequence[int]) -> Line:
    """The ring that these lines make; ~n is line n backwards."""
    joined: Line = []
    for number in numbers:
        line = lines[number] if number >= 0 else lines[~number][::-1]
        joined += line[1:] if joined else line
    return _round_pole(_unrolled(joined))


def _round_pole(ring: Line) -> Line:
    """A ring that goes once round the world, closed below the map's edge."""
    turn = ring[-1][0] - ring[0][0]
    if abs(turn) < 180:
        return ring
    more = [(x + turn, y) for x, y in ring[1:] if abs(x - ring[0][0]) <= LAP]
    ends = [*ring, *more]
    first, last, pole = ends[0][0], ends[-1][0], math.copysign(90.0, ring[0][1])
    # No edge may be half a world long: it would be read as going the other way.
    along = [(last + (first - last) * part / 8, pole) for part in range(9)]
    return [*ends, *along, ends[0]]


def _polygon(lines: Sequence[Line], rings: Sequence[Sequence[int]]) -> list[Line]:
    outer, *holes = [_rounded(_ring(lines, numbers)) for numbers in rings]
    if not _is_seen(outer):
        return []
    middle = (min(x for x, _ in outer) + max(x for x, _ in outer)) / 2
    turns = round(middle / 360)
    seen = (outer, *filter(_is_seen, holes))
    return [[(x - 360 * turns, y) for x, y in ring] for ring in seen]


def _is_seen(ring: Line) -> bool:
    return len(ring) > 3 and any(abs(y) < POLEWARD for _, y in ring)


def _rounded(line: Iterable[Point]) -> Line:
    out: Line = []
    for x, y in line:
        point = (round(x, DECIMALS), round(y, DECIMALS))
        if not out or point != out[-1]:
            out.append(point)
    return out


def _borders(lines: Sequence[Line], countries: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Lines that two countries share: a coast has one beside it."""
    beside: dict[int, list[int]] = {}
    for i, country in enumerate(countries):
        for polygon in _polygons(country):
            for number in (n if n >= 0 else ~n for ring in polygon for n in ring):
                beside.setdefault(number, []).append(i)
    for number, sides in sorted(beside.items()):
        if len(set(sides)) == 2:
            a, b = (str(countries[i].get("id") or "") for i in sides)
            yield _feature("LineString", _rounded(lines[number]), kind="border", a=a, b=b)


def _names(lines: Sequence[Line], country: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Where a country's name stands; one without a code in ISO 3166 is not named."""
    name, code = country["properties"]["name"], country.get("id")
    parts = [_polygon(lines, polygon) for polygon in _polygons(country)]
    rings = sorted((part[0] for part in parts if part), key=_size, reverse=True)
    if not code or not rings:
        return
    first, *others = [room for ring in rings for room in _rooms(ring)]
    letters = _LETTER_PX * len(name) * 360 / _WORLD_PX
    taken = [first[1]]
    yield _named(str(code), name, first[1], math.log2(letters / first[0]), _NAMED_FROM)
    for width, point in others:
        zoom = math.log2(letters / width)
        if zoom <= _NAMED_TO and all(math.dist(point, other) > _APART for other in taken):
            taken.append(point)
            yield _named(str(code), name, point, zoom, _AGAIN)


def _named(code: str, name: str, point: Point, fits: float, least: float) -> dict[str, Any]:
    zoom = round(min(max(fits, least), _NAMED_TO), 1)
    return _feature("Point", point, kind="name", id=code, name=name, zoom=zoom)


def _size(ring: Line) -> float:
    """The area of a ring in square degrees of the equator."""
    doubled = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
    return abs(doubled) / 2 * math.cos(math.radians(ring[0][1]))


def _rooms(ring: Line) -> list[tuple[float, Point]]:
    """Of lines across a ring: how wide (degrees) it is there, and the middle; the best first."""
    bottom, top = min(y for _, y in ring), max(y for _, y in ring)
    found = []
    for part in range(1, 24):
        y = bottom + (top - bottom) * part / 24
        crossed = sorted(_crossings(ring, y))
        for left, right in zip(crossed[::2], crossed[1::2], strict=False):
            # Rather in the middle than in a corner that is a little wider.
            weight = (right - left) * (1 - abs(part / 12 - 1) ** 2 / 2)
            middle = (round((left + right) / 2, DECIMALS), round(y, DECIMALS))
            found.append((weight, max(right - left, 0.001), middle))
    found.sort(reverse=True)
    return [(width, middle) for _, width, middle in found] or [(0.001, ring[0])]


def _crossings(ring: Line, y: float) -> Iterator[float]:
    for (ax, ay), (bx, by) in pairwise(ring):
        if (ay > y) != (by > y):
            yield ax + (y - ay) / (by - ay) * (bx - ax)


def _feature(shape: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    geometry = {"type": shape, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}
