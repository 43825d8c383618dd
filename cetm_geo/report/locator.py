"""The map of a report: a site on its land, with what it shares with others, rings, scale and north.

Drawn on this machine in web mercator, which keeps angles, so that the small land about a site has
its true shape; lengths are those of its own latitude. No text of the data stands in the picture.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely

from cetm_geo import measure, words
from cetm_geo.language import _
from cetm_geo.model import Publish, Role
from cetm_geo.report.content import Key, Picture
from cetm_geo.report.ground import ground
from cetm_geo.resources import colours
from cetm_geo.store import Store
from cetm_geo.web.overview import WIDTH, Frame, paths, shapes_in
from cetm_geo.web.ringlines import collection

Row = Mapping[str, Any]
NUMBERED = 9  # places that share land with the site, the largest
_SHAPES_AT_MOST = 400  # of a role
_ROOM_KM, _ROOM_SHARE = 6.0, 0.5  # about the site: of its larger side, whichever is more
_FONT = 'font-family="Source Sans 3, Noto Sans, sans-serif"'
_HALO = 'stroke="#ffffff" stroke-width="2.6" stroke-linejoin="round"'
_LAND = 'fill="{map-land}" stroke="{line-2}" stroke-width=".7" stroke-dasharray="5 1.5 1 1.5"'
_SITE = 'fill="none" stroke="{ink}" stroke-width="1.9" stroke-linejoin="round"'
_TITLES = 'fill="none" stroke="{line-2}" stroke-width=".6"'
_SHARED = 'fill="{tier-high}" fill-opacity=".32" stroke="{tier-high-line}" stroke-width=".5"'
_DISC = 'fill="#ffffff" stroke="{ink}" stroke-width=".7"'
_RING = 'fill="none" stroke="{ink-3}" stroke-width=".6" stroke-dasharray="1.2 2.4"'
# How areas of a role are drawn, in this order; names in braces are of assets/tokens.css.
_AREAS: Mapping[str, str] = {
    Role.KEY_BIODIVERSITY_AREA: 'fill="url(#dots)" stroke="{ref-kba}" stroke-width=".7"',
    Role.PROTECTED_AREA: 'fill="{ref-protected}" fill-opacity=".16" stroke="{ref-protected}" '
    'stroke-width=".9"',
    Role.OECM: 'fill="{ref-protected}" fill-opacity=".1" stroke="{ref-protected}" '
    'stroke-width=".8" stroke-dasharray="3 1.6"',
    Role.COMMUNITY_LAND: 'fill="url(#hatch)" stroke="{ref-community}" stroke-width=".6"',
    Role.HERITAGE: 'fill="{ref-heritage}" fill-opacity=".2" stroke="{ref-heritage}" '
    'stroke-width=".8"',
    Role.MORATORIUM: 'fill="url(#cross)" stroke="{ref-closed}" stroke-width=".7"',
}
_PATTERNS = (
    '<pattern id="dots" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<circle cx="3" cy="3" r=".7" fill="{ref-kba}"/></pattern>'
    '<pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse">'
    '<path d="M2 0V4" stroke="{ref-community}" stroke-width=".7"/></pattern>'
    '<pattern id="cross" width="8" height="8" patternUnits="userSpaceOnUse">'
    '<path d="M0 8 8 0" stroke="{ref-closed}" stroke-width=".6"/></pattern>'
)


@dataclass(frozen=True)
class _Place:
    """Land that a site shares with a place. shape: metres of EPSG:3857."""

    shape: Any
    name: str
    layer: str
    km2: float


def locator(store: Store, site_id: str, outline: Any, pieces: Sequence[Row]) -> Picture | None:
    """The map of one site; None where its outline is withheld.

    Args:
        outline: of the site in degrees, or None.
        pieces: features as `Service.pieces` gives them, without what is withheld.
    """
    if outline is None or outline.is_empty:
        return None
    site = measure.to_web_mercator([outline])[0]
    metres_per_km = 1000 / math.cos(math.radians(float(shapely.centroid(outline).y)))
    frame = _frame(site, metres_per_km)
    public = _public_layers(store)
    countries = shapes_in(store, public.get(Role.COUNTRY, []), frame, _SHAPES_AT_MOST)
    parts, keys = [*_land([x for x, _row in countries], frame)], [_key(_SITE, _("This site"))]
    if len(countries) > 1:
        keys.append(_key(_LAND, words.role_label(Role.COUNTRY)))
    under = ground(store, public, frame)
    parts += under.parts
    for role, style in _AREAS.items():
        seen = shapes_in(store, public.get(role, []), frame, _SHAPES_AT_MOST)
        if seen:
            parts.append(_path([shape for shape, _row in seen], frame, style))
            keys.append(_key(style, words.role_label(role)))
    titles = shapes_in(store, public.get(Role.CONCESSION, []), frame, _SHAPES_AT_MOST)
    others = [shape for shape, row in titles if row["feature_id"] != site_id]
    if others:
        parts.append(_path(others, frame, _TITLES))
        keys.append(_key(_TITLES, words.role_label(Role.CONCESSION)))
    parts += _rings(outline, frame)
    places = _places(store, pieces)
    if places:
        # Two places may share the same land, which is to be drawn once.
        land = shapely.union_all([place.shape for place in places])
        parts.append(_path([land], frame, _SHARED))
        keys.append(_key(_SHARED, _("Land that the site shares with a place")))
    keys += under.keys
    parts.append(_path([site], frame, _SITE))
    parts += _numbers(places[:NUMBERED], frame)
    keys += [_numbered(number, place) for number, place in enumerate(places[:NUMBERED], 1)]
    parts += [*_scale_bar(frame, metres_per_km), _north()]
    said = words.counted(
        "Map of the site with {n} place that it shares land with.",
        "Map of the site with {n} places that it shares land with.",
        len(places),
    )
    return Picture(_svg(frame, parts), said, frame.height / WIDTH, keys)


def tinted(svg: str, colour: str) -> str:
    """A sign of assets/signs in one colour."""
    return svg.replace('stroke="#000"', f'stroke="{colour}"').replace(
        "<svg ", f'<svg fill="{colour}" ', 1
    )


def _public_layers(store: Store) -> dict[str, list[str]]:
    """Ids of the layers whose licence lets shapes go, by role."""
    found: dict[str, list[str]] = {}
    for row in store.rows("layers_of_screening"):
        if row["publish"] == Publish.PUBLIC and not row["problem"]:
            found.setdefault(row["role"], []).append(row["layer_id"])
    return found


def _frame(site: Any, metres_per_km: float) -> Frame:
    west, south, east, north = site.bounds
    room = max(_ROOM_KM * metres_per_km, _ROOM_SHARE * max(east - west, north - south))
    return Frame.about(west - room, south - room, east + room, north + room)


def _coloured(style: str) -> str:
    return style.format_map(colours()["light"])


def _path(shapes: Sequence[Any], frame: Frame, style: str) -> str:
    return f'<path d="{paths(shapes, frame)}" fill-rule="evenodd" {_coloured(style)}/>'


def _land(lands: Sequence[Any], frame: Frame) -> Iterator[str]:
    """Land and sea where a layer of countries tells them apart; without one all is land."""
    ground = "{map-sea}" if lands else "{map-land}"
    fill = _coloured(f'fill="{ground}"')
    yield f'<rect width="{WIDTH:g}" height="{frame.height:.0f}" {fill}/>'
    yield _path(lands, frame, _LAND)


def _rings(outline: Any, frame: Frame) -> Iterator[str]:
    """The rings round the site that lie within the picture, each with its distance."""
    for ring in collection(outline)["features"]:
        line = shapely.from_geojson(json.dumps(ring["geometry"]))
        line = measure.to_web_mercator([line])[0]
        west, south, east, north = line.bounds
        inside = west >= frame.west and east <= frame.east
        if not (inside and south >= frame.south and north <= frame.north):
            continue
        tracks = [
            "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in _placed(part, frame))
            for part in shapely.get_parts(line)
        ]
        yield f'<path d="{"".join(tracks)}" {_coloured(_RING)}/>'
        top = ((west + east) / 2 - frame.west) * frame.scale, (frame.north - north) * frame.scale
        yield from _text(top[0], top[1] + 3, str(ring["properties"]["label"]), 8.5, "ink-2")


def _placed(line: Any, frame: Frame) -> Iterator[tuple[float, float]]:
    for x, y in shapely.get_coordinates(line):
        yield (x - frame.west) * frame.scale, (frame.north - y) * frame.scale


def _places(store: Store, pieces: Sequence[Row]) -> list[_Place]:
    """Places of the roles that are drawn, those that share most land with the site first."""
    roles = {row["layer_id"]: row["role"] for row in store.rows("layers_of_screening")}
    found = []
    for piece in pieces:
        told = piece["properties"]
        if roles[told["layer_id"]] not in _AREAS:
            continue
        shape = shapely.from_geojson(json.dumps(piece["geometry"]))
        shape = measure.to_web_mercator([shape])[0]
        if shapely.get_dimensions(shape) == 2:
            name = str(told.get("name") or _("unnamed"))
            found.append(_Place(shape, name, str(told["layer_label"]), float(told["overlap_km2"])))
    return sorted(found, key=lambda place: -place.km2)


def _numbers(places: Sequence[_Place], frame: Frame) -> Iterator[str]:
    """A number on each place; those that would lie on one another step aside."""
    taken: list[tuple[float, float]] = []
    for number, place in enumerate(places, 1):
        x, y = next(_placed(shapely.point_on_surface(place.shape), frame))
        while any(math.hypot(x - a, y - b) < 13 for a, b in taken):
            x += 13.5
        taken.append((x, y))
        yield (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6.2" {_coloured(_DISC)}/>')
        yield from _text(x, y + 3.1, str(number), 9, "ink", halo=False)


def _numbered(number: int, place: _Place) -> Key:
    text = _("{place}: {area} ({layer})").format(
        place=place.name, area=words.area(place.km2), layer=place.layer
    )
    return Key("", text, str(number))


def _key(style: str, text: str) -> Key:
    return Key(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 22 14">'
        f"<defs>{_coloured(_PATTERNS)}</defs>"
        f'<rect x="1" y="1" width="20" height="12" {_coloured(style)}/></svg>',
        text,
    )


def _text(
    x: float, y: float, text: str, size: float, colour: str, halo: bool = True
) -> Iterator[str]:
    """A text round its middle, over a halo where the ground is not plain."""
    inner = text.replace("&", "&amp;").replace("<", "&lt;")
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="middle" {_FONT}'
    if halo:
        yield f"<text {place} fill='none' {_HALO}>{inner}</text>"
    yield f'<text {place} fill="{colours()["light"][colour]}">{inner}</text>'


def _scale_bar(frame: Frame, metres_per_km: float) -> Iterator[str]:
    """A bar of a round length, about a quarter of the width, in two halves."""
    longest = WIDTH / 4 / (metres_per_km * frame.scale)
    power = 10.0 ** math.floor(math.log10(longest))
    km = next(step * power for step in (5.0, 2.0, 1.0) if step * power <= longest)
    width = km * metres_per_km * frame.scale
    x, y, ink = 14.0, frame.height - 14.0, colours()["light"]["ink"]
    yield (
        f'<rect x="{x - 6:g}" y="{y - 16:g}" width="{width + 34:.1f}" height="24" '
        'fill="#ffffff" fill-opacity=".82"/>'
    )
    at = f'x="{x:g}" y="{y:g}" height="3.2"'
    yield f'<rect {at} width="{width:.1f}" fill="#ffffff" stroke="{ink}" stroke-width=".7"/>'
    yield f'<rect {at} width="{width / 2:.1f}" fill="{ink}"/>'
    for share, label in ((0.0, "0"), (1.0, words.distance(km))):
        yield from _text(x + share * width, y - 4, label, 8.5, "ink", halo=False)


def _north() -> str:
    ink, x = colours()["light"]["ink"], WIDTH - 16
    letter = "".join(_text(x, 34, _("N"), 10, "ink"))
    return f'<path d="M{x:g} 8l5 15-5-3.4-5 3.4z" fill="{ink}"/>{letter}'


def _svg(frame: Frame, parts: Sequence[str]) -> str:
    box = f'viewBox="0 0 {WIDTH:g} {frame.height:.0f}"'
    defs = f"<defs>{_coloured(_PATTERNS)}</defs>"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{defs}{"".join(parts)}</svg>'
