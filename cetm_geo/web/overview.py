"""A small map of a country as a picture: land, places and titles by tier, drawn once a generation.

The picture cannot see the page's style, so that there is one a theme, in the same colours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import shapely

from cetm_geo import measure, resources
from cetm_geo.drawn import LEVELS, level_of_pixel
from cetm_geo.model import Role, Tier
from cetm_geo.rulebook.countries import is_user_assigned
from cetm_geo.store import Store
from cetm_geo.web import vendor

WIDTH, TALLEST, FLATTEST = 440.0, 1.0, 0.62  # of the picture; its height as a share of the width
MARGIN = 0.05  # about the country, as a share of its larger side
SIGN, CELL = 10.0, 11.0  # a sign's size, and the side of the cell that holds one
THEMES = ("light", "dark")
_PLACES_AT_MOST, _TITLES_AT_MOST, _LANDS_AT_MOST = 3000, 1500, 60
_PIXELS = 1.5  # a shape with less land is not seen
_WORLD = "world.json"
# How places are drawn, in this order; colours are names of assets/tokens.css.
_DRAWN: Mapping[str, tuple[str, str, float]] = {
    Role.KEY_BIODIVERSITY_AREA: ("ref-kba", "url(#dots)", 0.6),
    Role.COMMUNITY_LAND: ("ref-community", "url(#hatch)", 0.5),
    Role.PROTECTED_AREA: ("ref-protected", "", 0.9),
}
_SHAPES: Mapping[str, str] = {
    Tier.CRITICAL: '<path d="M0-5 5 0 0 5-5 0z"/>',
    Tier.HIGH: '<path d="M0-4.6 5 4.2H-5z"/>',
    Tier.MODERATE: '<path d="M-4-4H4V4H-4z"/>',
    Tier.INFO: '<circle r="3.2"/>',
    Tier.NOT_FULLY_SCREENED: '<circle r="4" fill="none" stroke-dasharray="2 1.4"/>'
    '<path d="M-2.6 2.6 2.6-2.6"/>',
    Tier.CLEAR: '<circle r="4" fill="none"/><path d="m-1.9.2 1.3 1.3 2.5-2.8" fill="none"/>',
}


@dataclass(frozen=True)
class Frame:
    """What a picture shows. west, south, east, north: metres of EPSG:3857. height: of WIDTH."""

    west: float
    south: float
    east: float
    north: float

    @property
    def scale(self) -> float:
        """Units of the picture a metre."""
        return WIDTH / (self.east - self.west)

    @property
    def height(self) -> float:
        """In units of the picture."""
        return (self.north - self.south) * self.scale

    @staticmethod
    def about(west: float, south: float, east: float, north: float) -> Frame:
        """A frame round a box, no taller and no flatter than a picture may be."""
        pad = MARGIN * max(east - west, north - south)
        width, height = east - west + 2 * pad, north - south + 2 * pad
        width, height = max(width, height / TALLEST), max(height, width * FLATTEST)
        x, y = (west + east) / 2, (south + north) / 2
        return Frame(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


@dataclass(frozen=True)
class _Outline:
    """Which features of a layer are the country, and what a picture of it shows."""

    layer_id: str
    feature_ids: frozenset[str]
    frame: Frame


class Overviews:
    """Pictures of countries.

    withheld: asked with a store and a layer id, why its shapes may not be shown, or ''.
    """

    def __init__(self, withheld: Any) -> None:
        self._withheld = withheld
        self._made: dict[tuple[str, str, str], str] = {}
        self._found: dict[tuple[str, str], _Outline | None] = {}

    def height(self, store: Store, iso3: str) -> float | None:
        """Of the picture, as a share of its width; None where no layer that may be shown holds the
        country's outline."""
        frame = self.frame(store, iso3)
        return None if frame is None else frame.height / WIDTH

    def frame(self, store: Store, iso3: str) -> Frame | None:
        """What the picture shows; None as for `height`."""
        own = self._own(store, iso3)
        return None if own is None else own.frame

    def svg(self, store: Store, iso3: str, theme: str) -> str | None:
        """The picture in one of THEMES; None where the country's outline is not there."""
        key = (store.generation, iso3, theme)
        if key not in self._made:
            own = self._own(store, iso3)
            if own is None:
                return None
            self._made = {k: v for k, v in self._made.items() if k[0] == store.generation}
            self._made[key] = self._drawn(store, iso3, own, theme)
        return self._made[key]

    def _own(self, store: Store, iso3: str) -> _Outline | None:
        """Layer, features and box of the country's outline."""
        key = (store.generation, iso3)
        if key not in self._found:
            self._found = {k: v for k, v in self._found.items() if k[0] == store.generation}
            self._found[key] = self._outline(store, iso3)
        return self._found[key]

    def _outline(self, store: Store, iso3: str) -> _Outline | None:
        rows = store.rows("overview_country", iso3=iso3, level=LEVELS[-1])
        shown = [row for row in rows if not self._withheld(store, row["layer_id"])]
        if not shown:
            return None
        first = [row for row in shown if row["layer_id"] == shown[0]["layer_id"]]
        frame = Frame.about(
            min(row["west"] for row in first),
            min(row["south"] for row in first),
            max(row["east"] for row in first),
            max(row["north"] for row in first),
        )
        return _Outline(shown[0]["layer_id"], frozenset(row["feature_id"] for row in first), frame)

    def _drawn(self, store: Store, iso3: str, own: _Outline, theme: str) -> str:
        frame = own.frame
        layers = self._layers(store)
        lands = shapes_in(store, [own.layer_id], frame, _LANDS_AT_MOST)
        mine = [g for g, row in lands if row["feature_id"] in own.feature_ids]
        others = [g for g, row in lands if row["feature_id"] not in own.feature_ids]
        if not is_user_assigned(iso3):
            others = [*_world(frame), *others]
        titles = layers.get(Role.CONCESSION, [])
        parts = [
            *_lands(others, mine, frame),
            *(x for role in _DRAWN for x in _places(store, layers.get(role, []), role, frame)),
            *_borders(others, mine, frame),
            *_titles(store, titles, iso3, frame),
            *_signs(store, titles, iso3, frame),
        ]
        return _picture(frame, parts, resources.colours()[theme])

    def _layers(self, store: Store) -> dict[str, list[str]]:
        """Ids of the layers that may be drawn, by role."""
        out: dict[str, list[str]] = {}
        for row in store.rows("layers_of_screening"):
            if not row["problem"] and not self._withheld(store, row["layer_id"]):
                out.setdefault(row["role"], []).append(row["layer_id"])
        return out


# --- what is drawn -------------------------------------------------------------------------------


def shapes_in(
    store: Store, layers: Sequence[str], frame: Frame, most: int, iso3: str = ""
) -> list[Any]:
    """Geometry (metres of EPSG:3857) and row of what is seen of layers, the largest first."""
    if not layers:
        return []
    rows = store.rows(
        "overview_shapes",
        layers=list(layers),
        level=level_of_pixel(1 / frame.scale),
        west=frame.west, south=frame.south, east=frame.east, north=frame.north,
        tolerance=0.5 / frame.scale,
        least_m2=_PIXELS / frame.scale**2,
        most=most,
        iso3=iso3,
    )  # fmt: skip
    shapes = shapely.from_wkb([row["geometry"] for row in rows])
    return [(g, row) for g, row in zip(shapes, rows, strict=True) if not shapely.is_empty(g)]


@cache
def _land_of_world() -> Any:
    """All land of the vendored outline, in metres; None where the modules were not built."""
    file = vendor.FOLDER / _WORLD
    if not file.is_file():
        return None
    held = json.loads(file.read_text(encoding="utf-8"))["features"]
    land = next(x["geometry"] for x in held if x["properties"]["kind"] == "land")
    return measure.to_web_mercator([shapely.from_geojson(json.dumps(land))])[0]


def _world(frame: Frame) -> list[Any]:
    land = _land_of_world()
    if land is None:
        return []
    return [shapely.clip_by_rect(land, frame.west, frame.south, frame.east, frame.north)]


def _lands(others: Sequence[Any], mine: Sequence[Any], frame: Frame) -> Iterator[str]:
    yield f'<path class="outside" d="{paths(others, frame)}"/>'
    yield f'<path class="land" d="{paths(mine, frame)}"/>'


def _borders(others: Sequence[Any], mine: Sequence[Any], frame: Frame) -> Iterator[str]:
    yield f'<path class="border" d="{paths(others, frame)}"/>'
    yield f'<path class="own border" d="{paths(mine, frame)}"/>'


def _places(store: Store, layers: Sequence[str], role: str, frame: Frame) -> Iterator[str]:
    shapes = [shape for shape, _row in shapes_in(store, layers, frame, _PLACES_AT_MOST)]
    if shapes:
        yield f'<path class="{role}" d="{paths(shapes, frame)}"/>'


def _titles(store: Store, layers: Sequence[str], iso3: str, frame: Frame) -> Iterator[str]:
    """Land of titles by tier, the worst on top; the signs stand above it."""
    by_tier: dict[str, list[Any]] = {}
    for shape, row in shapes_in(store, layers, frame, _TITLES_AT_MOST, iso3):
        by_tier.setdefault(row["tier"], []).append(shape)
    for tier in reversed(Tier):
        if tier in by_tier:
            yield f'<path class="title {tier}" d="{paths(by_tier[tier], frame)}"/>'


def _signs(store: Store, layers: Sequence[str], iso3: str, frame: Frame) -> Iterator[str]:
    if not layers:
        return
    rows = store.rows(
        "overview_signs",
        layers=list(layers),
        west=frame.west, south=frame.south, east=frame.east, north=frame.north,
        cell=CELL / frame.scale,
        iso3=iso3,
    )  # fmt: skip
    for row in rows:
        x, y = (row["x"] - frame.west) * frame.scale, (frame.north - row["y"]) * frame.scale
        if row["tier"] in _SHAPES and 0 <= x <= WIDTH and 0 <= y <= frame.height:
            yield f'<use href="#{row["tier"]}" x="{x:.1f}" y="{y:.1f}"/>'


def paths(shapes: Sequence[Any], frame: Frame) -> str:
    """Rings of polygons as one path."""
    parts = shapely.get_parts(np.array(list(shapes), object))
    polygons = [part for part in parts if isinstance(part, shapely.Polygon)]
    return "".join(_ring(ring, frame) for p in polygons for ring in (p.exterior, *p.interiors))


def _ring(ring: Any, frame: Frame) -> str:
    points = shapely.get_coordinates(ring)[:-1]
    x = (points[:, 0] - frame.west) * frame.scale
    y = (frame.north - points[:, 1]) * frame.scale
    told = (f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))
    return f"M{'L'.join(told)}z"


# --- the picture ---------------------------------------------------------------------------------


def _picture(frame: Frame, parts: Sequence[str], colour: Mapping[str, str]) -> str:
    box = f"0 0 {WIDTH:g} {frame.height:.0f}"
    symbols = "".join(f'<g id="{t.value}" class="sign {t.value}">{_SHAPES[t]}</g>' for t in Tier)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">'
        f"<style>{_style(colour)}</style><defs>{_patterns(colour)}{symbols}</defs>"
        f'<rect class="sea" width="{WIDTH:g}" height="{frame.height:.0f}"/>{"".join(parts)}</svg>'
    )


def _patterns(colour: Mapping[str, str]) -> str:
    dots = f'<circle cx="2" cy="2" r=".7" fill="{colour["ref-kba"]}"/>'
    line = f'<path d="M1 0V4" stroke="{colour["ref-community"]}" stroke-width=".8"/>'
    kind = 'patternUnits="userSpaceOnUse"'
    return (
        f'<pattern id="dots" width="4" height="4" {kind}>{dots}</pattern>'
        f'<pattern id="hatch" width="2.6" height="4" {kind}>{line}</pattern>'
    )


def _style(colour: Mapping[str, str]) -> str:
    rules = [
        f".sea{{fill:{colour['map-sea']}}}",
        f".outside{{fill:{colour['map-outside']}}}",
        f".land{{fill:{colour['map-land']}}}",
        "path{fill-rule:evenodd}",
        f".border{{fill:none;stroke:{colour['line-2']};stroke-width:.5}}",
        f".own.border{{stroke:{colour['map-label']};stroke-width:.9}}",
        ".title{fill-opacity:.55;stroke-width:.5}",
        ".sign{stroke-width:1}",
    ]
    for role, (name, fill, width) in _DRAWN.items():
        own = fill or colour[name]
        opacity = "" if fill else ";fill-opacity:.16"
        rules.append(f".{role}{{fill:{own}{opacity};stroke:{colour[name]};stroke-width:{width}}}")
    for tier in Tier:
        fill, line = colour.get(f"tier-{tier}", "none"), colour.get(f"tier-{tier}-line", "none")
        filled = tier in (Tier.CRITICAL, Tier.HIGH, Tier.MODERATE, Tier.INFO)
        rules.append(f".{tier}{{fill:{fill if filled else 'none'};stroke:{line}}}")
    return "".join(rules)
