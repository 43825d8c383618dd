"""What lies quietly under a report's map: rivers, roads, settlements, of layers that are public."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely

from cetm_geo import words
from cetm_geo.drawn import level_of_pixel
from cetm_geo.model import Role
from cetm_geo.report.content import Key
from cetm_geo.resources import colours
from cetm_geo.store import Store
from cetm_geo.web.overview import Frame

# Bounds of what is drawn, so that a report of dense land is set as quickly as any.
_LINES_AT_MOST, _VERTICES_AT_MOST, _POINTS_AT_MOST = 600, 8000, 150
_SHORTEST, _CELL = 3.0, 9.0  # units of the picture: of a line; of a grid that holds a point a cell
_STEP = 0.5  # of a line's corners
_ROUND = 'fill="none" stroke-linejoin="round"'
# How lines of a role are drawn, in this order, one over the other; names in braces are of
# assets/tokens.css. Roads are two lines: a single one would be the outline of a title.
_LINES: Mapping[Role, Sequence[str]] = {
    Role.RIVER: [f'{_ROUND} stroke="{{map-river}}" stroke-width=".9"'],
    Role.ROAD: [
        f'{_ROUND} stroke="{{line-2}}" stroke-width="1.9"',
        f'{_ROUND} stroke="{{panel}}" stroke-width="1.1"',
    ],
    Role.RAILWAY: [f'{_ROUND} stroke="{{map-label}}" stroke-width=".8" stroke-dasharray="3 1.2"'],
}
_POINT = 'fill="{panel}" stroke="{map-label}" stroke-width=".8"'
_RADIUS = 1.7


@dataclass(frozen=True)
class Ground:
    """parts: of the picture, in SVG. keys: what they stand for."""

    parts: Sequence[str]
    keys: Sequence[Key]


def ground(store: Store, layers: Mapping[str, Sequence[str]], frame: Frame) -> Ground:
    """What lies under the places of a map. layers: ids of those that may be drawn, by role."""
    parts, keys = list[str](), list[Key]()
    for role, styles in _LINES.items():
        path = _path(_lines(store, layers.get(role, []), frame), frame)
        if path:
            parts += _drawn(path, styles)
            keys.append(_key("".join(_drawn("M1 9.5 8 5l6 3.5L21 4", styles)), role))
    points = _points(store, layers.get(Role.SETTLEMENT, []), frame)
    if points:
        drawn = _coloured(_POINT)
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_RADIUS}" {drawn}/>' for x, y in points]
        keys.append(_key(f'<circle cx="11" cy="7" r="2.4" {drawn}/>', Role.SETTLEMENT))
    return Ground(parts, keys)


def _lines(store: Store, layers: Sequence[str], frame: Frame) -> Iterator[Any]:
    """The longest lines in the picture, so many that their corners can all be drawn."""
    if not layers:
        return
    unit = 1 / frame.scale
    rows = store.rows(
        "overview_lines",
        layers=list(layers),
        level=level_of_pixel(unit),
        west=frame.west, south=frame.south, east=frame.east, north=frame.north,
        tolerance=_STEP * unit,
        least_m=_SHORTEST * unit,
        most=_LINES_AT_MOST,
    )  # fmt: skip
    left = _VERTICES_AT_MOST
    whole = shapely.from_wkb([row["geometry"] for row in rows])
    for shape in shapely.clip_by_rect(whole, frame.west, frame.south, frame.east, frame.north):
        left -= int(shapely.get_num_coordinates(shape))
        if left < 0:
            return
        yield shape


def _path(shapes: Iterator[Any], frame: Frame) -> str:
    tracks = []
    for line in shapely.get_parts(list(shapes)):
        points = shapely.get_coordinates(line)
        x = (points[:, 0] - frame.west) * frame.scale
        y = (frame.north - points[:, 1]) * frame.scale
        told = [f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True)]
        if len(told) > 1:
            tracks.append(f"M{'L'.join(told)}")
    return "".join(tracks)


def _points(store: Store, layers: Sequence[str], frame: Frame) -> list[tuple[float, float]]:
    if not layers:
        return []
    rows = store.rows(
        "overview_points",
        layers=list(layers),
        west=frame.west, south=frame.south, east=frame.east, north=frame.north,
        cell=_CELL / frame.scale,
        most=_POINTS_AT_MOST,
    )  # fmt: skip
    return [
        ((row["x"] - frame.west) * frame.scale, (frame.north - row["y"]) * frame.scale)
        for row in rows
    ]


def _drawn(path: str, styles: Sequence[str]) -> list[str]:
    return [f'<path d="{path}" {_coloured(style)}/>' for style in styles]


def _coloured(style: str) -> str:
    return style.format_map(colours()["light"])


def _key(drawn: str, role: Role) -> Key:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 22 14">{drawn}</svg>'
    return Key(svg, words.role_label(role))
