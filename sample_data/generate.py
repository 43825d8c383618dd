"""Write the files of Karvela, an invented country, for demos and tests.

Nothing here is real: terrain, borders, titles, parks, peoples, places and companies are
made from one seed. The same pinned packages give the same files.

    python sample_data/generate.py --out DIR

Terrain and every layer have a function of their own, so that one can be replaced (for
instance the terrain by an elevation model) without touching the others.
"""

from __future__ import annotations

import argparse
import heapq
import json
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely
from pyproj import Geod, Transformer
from shapely.geometry import (
    LineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
    mapping,
)
from shapely.geometry.base import BaseGeometry

SEED = 20261122
TODAY = date(2026, 11, 22)
STAMP = (2026, 11, 22, 0, 0, 0)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Row = dict[str, Any]
LonLat = tuple[float, float]
Cell = tuple[int, int]

GEOD = Geod(ellps="WGS84")
CENTRE: LonLat = (-15.05, -26.2)
KM_LON, KM_LAT = 99.9, 110.8
CELL_KM2 = 0.0125**2 * KM_LON * KM_LAT

COUNTRIES = {"XKV": "Karvela", "XKN": "Norvath", "XKO": "Ostrelle", "XKS": "Suldamar"}
RANGE: list[LonLat] = [
    (-16.75, -27.2),
    (-16.45, -26.3),
    (-16.05, -25.6),
    (-15.35, -25.2),
    (-14.5, -25.05),
    (-13.6, -24.75),
]
HILLS: list[LonLat] = [(-14.35, -27.15), (-13.95, -26.75), (-13.85, -26.35)]


# --------------------------------------------------------------------------- small tools


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


def rng_for(layer: str) -> np.random.Generator:
    """A generator of its own for each layer: a change in one leaves the others as they are."""
    return np.random.default_rng([SEED, zlib.crc32(layer.encode())])


@dataclass(frozen=True)
class Grid:
    """A regular grid in degrees; cell (0, 0) is the south-west one."""

    west: float
    south: float
    step: float
    nx: int
    ny: int

    def centres(self) -> tuple[Floats, Floats]:
        """Longitudes and latitudes of the cell centres, as (ny, nx) arrays."""
        lon = self.west + (np.arange(self.nx) + 0.5) * self.step
        lat = self.south + (np.arange(self.ny) + 0.5) * self.step
        glon, glat = np.meshgrid(lon, lat)
        return glon, glat

    def point(self, index: int) -> LonLat:
        """Centre of the cell with this flat index."""
        j, i = divmod(index, self.nx)
        return self.west + (i + 0.5) * self.step, self.south + (j + 0.5) * self.step

    def index(self, lon: Floats, lat: Floats) -> Ints:
        """Flat index of the cells that hold these points (clipped to the grid)."""
        i = np.clip(np.floor((lon - self.west) / self.step), 0, self.nx - 1)
        j = np.clip(np.floor((lat - self.south) / self.step), 0, self.ny - 1)
        out: Ints = (j * self.nx + i).astype(np.int64)
        return out

    def neighbours(self, index: int) -> Iterable[tuple[int, float]]:
        """The up to eight neighbours of a cell, with their distance in cells."""
        j, i = divmod(index, self.nx)
        for dj, di, dist in STEPS:
            if 0 <= j + dj < self.ny and 0 <= i + di < self.nx:
                yield index + dj * self.nx + di, dist


STEPS: list[tuple[int, int, float]] = [
    (-1, -1, 1.4142),
    (-1, 0, 1.0),
    (-1, 1, 1.4142),
    (0, -1, 1.0),
    (0, 1, 1.0),
    (1, -1, 1.4142),
    (1, 0, 1.0),
    (1, 1, 1.4142),
]


def value_noise(layer: str, x: Floats, y: Floats) -> Floats:
    """Smooth noise in 0..1, one bump per unit; only sums and products, so it is repeatable."""
    table = rng_for(f"noise {layer}").random((256, 256))
    i, j = np.floor(x), np.floor(y)
    fx, fy = x - i, y - j
    u = fx * fx * fx * (fx * (fx * 6 - 15) + 10)
    v = fy * fy * fy * (fy * (fy * 6 - 15) + 10)
    a, b = i.astype(np.int64) & 255, j.astype(np.int64) & 255
    c, d = (a + 1) & 255, (b + 1) & 255
    low = table[a, b] * (1 - u) + table[c, b] * u
    high = table[a, d] * (1 - u) + table[c, d] * u
    out: Floats = low * (1 - v) + high * v
    return out


def fractal_noise(
    layer: str, lon: Floats, lat: Floats, per_degree: float, octaves: int = 4
) -> Floats:
    """Sum of smooth noises, each twice as fine and half as strong; about -1..1."""
    total = np.zeros_like(lon)
    weight, scale = 1.0, per_degree
    for k in range(octaves):
        x, y = (lon + 40) * scale, (lat + 40) * scale * 1.1
        total += weight * (2 * value_noise(f"{layer}{k}", x + 0.8 * y, y - 0.6 * x) - 1)
        weight, scale = weight / 2, scale * 2
    return total


def smoothstep(low: float, high: float, x: Floats) -> Floats:
    """0 below low, 1 above high, an S between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    out: Floats = t * t * (3 - 2 * t)
    return out


def distance_to_line(line: Sequence[LonLat], lon: Floats, lat: Floats) -> Floats:
    """Distance in degrees of latitude from points to a broken line."""
    squeeze = KM_LON / KM_LAT
    best = np.full(lon.shape, np.inf)
    for (ax, ay), (bx, by) in pairwise(line):
        dx, dy = (bx - ax) * squeeze, by - ay
        px, py = (lon - ax) * squeeze, lat - ay
        t = np.clip((px * dx + py * dy) / (dx * dx + dy * dy), 0, 1)
        best = np.minimum(best, (px - t * dx) ** 2 + (py - t * dy) ** 2)
    out: Floats = np.sqrt(best)
    return out


def area_km2(geometry: BaseGeometry) -> float:
    """Area on the WGS 84 ellipsoid, in km2."""
    return abs(float(GEOD.geometry_area_perimeter(geometry)[0])) / 1e6


def polygons(geometry: BaseGeometry) -> list[Polygon]:
    """The polygons of any geometry."""
    return [g for g in shapely.get_parts(geometry).tolist() if isinstance(g, Polygon)]


def rounded(geometry: BaseGeometry, digits: int = 6) -> BaseGeometry:
    """Round coordinates in place: shared vertices stay shared."""
    return shapely.transform(geometry, lambda xy: np.round(xy, digits) + 0.0)


def tidy(geometry: BaseGeometry, digits: int = 6) -> BaseGeometry:
    """Round coordinates and keep the shape valid; polygons only."""
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


# ------------------------------------------------------------------------ terrain, water


def terrain(lon: Floats, lat: Floats) -> Floats:
    """Height in metres of the invented land; below 0 is sea. Replace this by a real DEM."""
    wlon = lon + 0.22 * fractal_noise("warp x", lon, lat, 1.3, 4)
    wlat = lat + 0.22 * fractal_noise("warp y", lon, lat, 1.3, 4)
    u, v = (wlon - CENTRE[0]) / 3.35, (wlat - CENTRE[1]) / 2.85
    shore = 1 - np.sqrt(u * u + v * v) + 0.13 * fractal_noise("shore", lon, lat, 0.8, 5)
    inland = smoothstep(0, 0.45, shore)
    tilt = (lat - CENTRE[1]) * 0.8 - (lon - CENTRE[0]) * 0.6
    rough = fractal_noise("rough", lon, lat, 2.4, 5)
    crest = 1 - np.abs(fractal_noise("crest", wlon, wlat, 2.0, 4))
    ridge = 1 / (1 + (distance_to_line(RANGE, wlon, wlat) / 0.34) ** 2) ** 2
    knoll = 1 / (1 + (distance_to_line(HILLS, wlon, wlat) / 0.22) ** 2) ** 2
    height = 330 * shore + inland * (190 + 145 * tilt + (46 + 70 * ridge) * rough)
    height = height + inland * (ridge * 1750 * crest + knoll * 620 * crest)
    height = np.where(shore > 0.03, np.maximum(height, 60 * shore), height)
    out: Floats = np.round(height, 3)
    return out


@dataclass
class Flow:
    """Which cell each cell drains to, and how many cells drain through it."""

    grid: Grid
    height: Floats
    order: list[int]
    receiver: list[int]
    cells_above: Ints


def route_flow(grid: Grid) -> Flow:
    """Drain every cell to the sea: flood upwards from the coast, steepest way back."""
    lon, lat = grid.centres()
    height = terrain(lon, lat).ravel()
    levels: list[float] = height.tolist()
    grain = rng_for("grain").random(len(levels)) ** 2
    bumps: list[float] = np.round(0.02 + 1.8 * grain, 6).tolist()
    receiver = [-1] * len(levels)
    sea = [k for k, z in enumerate(levels) if z <= 0]
    heap = [(0.0, k) for k in sea]
    seen = bytearray(len(levels))
    for k in sea:
        seen[k] = 1
    heapq.heapify(heap)
    order: list[int] = []
    while heap:
        level, here = heapq.heappop(heap)
        order.append(here)
        for near, _ in grid.neighbours(here):
            if not seen[near]:
                seen[near] = 1
                receiver[near] = here
                heapq.heappush(heap, (max(level + bumps[near], levels[near]), near))
    above = np.ones(len(levels), dtype=np.int64)
    for here in reversed(order):
        if receiver[here] >= 0:
            above[receiver[here]] += above[here]
    return Flow(grid, height, order, receiver, above)


def cut_basins(flow: Flow, cells: int) -> Ints:
    """Cut the land into sub-basins of at least so many cells; 0 is sea."""
    size = [1] * len(flow.receiver)
    own = [0] * len(flow.receiver)
    count = 0
    for here in reversed(flow.order):
        down = flow.receiver[here]
        if down < 0:
            continue
        if size[here] >= cells or flow.receiver[down] < 0:
            count += 1
            own[here] = count
        else:
            size[down] += size[here]
    for here in flow.order:
        if not own[here] and flow.receiver[here] >= 0:
            own[here] = own[flow.receiver[here]]
    return np.array(own, dtype=np.int64)


def label_lines(grid: Grid, labels: Ints) -> list[Floats]:
    """The lines between cells of different label, from node to node."""
    field2d = np.pad(labels.reshape(grid.ny, grid.nx), 1, constant_values=-1)
    j, i = np.nonzero(field2d[:, 1:] != field2d[:, :-1])
    upright = np.stack([np.stack([i, j - 1], 1), np.stack([i, j], 1)], 1)
    j, i = np.nonzero(field2d[1:, :] != field2d[:-1, :])
    level = np.stack([np.stack([i - 1, j], 1), np.stack([i, j], 1)], 1)
    edges: Any = shapely.linestrings(np.vstack([upright, level]).astype(float))
    merged = shapely.line_merge(shapely.multilinestrings(edges))
    return [shapely.get_coordinates(g) for g in shapely.get_parts(merged)]


def label_polygons(
    grid: Grid, labels: Ints, tolerance: float, rough: Sequence[float]
) -> dict[int, Any]:
    """Labelled cells as smooth polygons that share their edges exactly."""
    corner = np.array([grid.west, grid.south])
    rng = rng_for("edges")
    lines = []
    for xy in label_lines(grid, labels):
        curve = corner + smooth_line(xy, 2) * grid.step
        curve = np.asarray(LineString(curve).simplify(tolerance).coords)
        for share in rough:
            curve = roughen(rng, curve, share)
        lines.append(LineString(np.round(curve, 6)))
    faces = shapely.polygonize([shapely.union_all(np.array(lines, dtype=object))])
    found: dict[int, list[Any]] = {}
    for face in shapely.get_parts(faces):
        inside = face.representative_point()
        k = grid.index(np.array([inside.x]), np.array([inside.y]))[0]
        found.setdefault(int(labels[k]), []).append(face)
    return {label: shapely.union_all(parts) for label, parts in sorted(found.items())}


def strahler(flow: Flow, least: int) -> dict[int, int]:
    """Strahler order of every cell that drains at least so many cells."""
    top: dict[int, tuple[int, int]] = {}
    result: dict[int, int] = {}
    for here in reversed(flow.order):
        if flow.cells_above[here] < least or flow.receiver[here] < 0:
            continue
        best, times = top.get(here, (1, 1))
        result[here] = best + 1 if times > 1 else best
        down, mine = flow.receiver[here], result[here]
        old, times = top.get(down, (0, 0))
        if mine > old:
            top[down] = (mine, 1)
        elif mine == old:
            top[down] = (old, times + 1)
    return result


def river_reaches(flow: Flow, orders: dict[int, int]) -> list[list[int]]:
    """Chains of cells from head or confluence down to the next confluence or the sea."""
    feeders: dict[int, int] = {}
    for cell in orders:
        feeders[flow.receiver[cell]] = feeders.get(flow.receiver[cell], 0) + 1
    reaches = []
    for cell in orders:
        if feeders.get(cell, 0) == 1:
            continue
        chain = [cell]
        while chain[-1] in orders and (len(chain) == 1 or feeders[chain[-1]] == 1):
            chain.append(flow.receiver[chain[-1]])
        reaches.append(chain)
    return reaches


def stem_names(flow: Flow, orders: dict[int, int], names: NameMaker) -> dict[int, str]:
    """A name for every long river, kept from its mouth up along the larger branch."""
    main: dict[int, int] = {}
    for cell in orders:
        down = flow.receiver[cell]
        if down not in main or flow.cells_above[cell] > flow.cells_above[main[down]]:
            main[down] = cell
    named: dict[int, str] = {}
    for here in flow.order:
        if here not in orders:
            continue
        down = flow.receiver[here]
        if main[down] == here and down in named:
            named[here] = named[down]
        elif flow.cells_above[here] * CELL_KM2 > 700:
            named[here] = names.make("river")
        else:
            named[here] = ""
    return named


# ------------------------------------------------------------------------------- names

HEADS = words("k v t l r m s d n z p sh br tr gr dr kl vr h")
VOWELS = words("a e i o u a e o")
MIDDLES = words("rv l nd m st rr v sk lm r zd nt shk br ld rn ml vr")
TAILS: dict[str, list[str]] = {
    "place": words("ela una ovar enka ira ost umé añe ür essa ond avi umar eth ovin elle ast"),
    "river": words("une ara ush éla ümo iñe oru esh ava olu"),
    "hill": words("ogar umat éron akh ovar añur andor eth üren osk"),
    "firm": words("andel eron ivex orium axa evane urion ondra ellis ovant"),
}


class NameMaker:
    """Invented names of one style, none given twice."""

    def __init__(self, layer: str) -> None:
        """Start from the seed and this layer's name."""
        self.rng = rng_for(f"names {layer}")
        self.given: set[str] = set(BARRED)

    def make(self, kind: str) -> str:
        """A new name of a kind: place, river, hill or firm."""
        while True:
            parts = [HEADS, VOWELS, MIDDLES, TAILS[kind]]
            name = "".join(p[int(self.rng.integers(len(p)))] for p in parts).capitalize()
            if name not in self.given:
                self.given.add(name)
                return name


# real places that the syllables would spell
BARRED = {"Korela", "Vilela", "Kerür", "Lestür", "Namür", "Kemakh", "Mureth"}

PEOPLES = [
    "Ashvéni", "Toruvai", "Melkanu", "Odrisha", "Kesumari", "Vülani", "Ñandovi", "Iskavar",
    "Ruvenko", "Thalmiri", "Ombrani", "Zerukai",
]  # fmt: skip


# ------------------------------------------------------------------------ the land itself


@dataclass
class Land:
    """What every layer needs to know of the country."""

    flow: Flow
    countries: dict[str, Any]
    orders: dict[int, int]
    river_steps: Floats
    names: NameMaker
    taken: list[tuple[float, float, float]] = field(default_factory=list)

    @property
    def home(self) -> Any:
        """The polygon of Karvela."""
        return self.countries["XKV"]

    def look_up(self, values: Floats, lon: Floats, lat: Floats) -> Floats:
        """Values of a raster at points."""
        out: Floats = values[self.flow.grid.index(lon, lat)]
        return out


def country_labels(flow: Flow) -> Ints:
    """Which country each cell is in: whole small valleys, so borders follow the divides."""
    lon, lat = flow.grid.centres()
    wlon = lon + 0.16 * fractal_noise("border x", lon, lat, 1.5, 4)
    wlat = lat + 0.16 * fractal_noise("border y", lon, lat, 1.5, 4)
    u, v = (wlon - CENTRE[0]) / 1.42, (wlat - CENTRE[1] - 0.06) / 1.26
    bulge = 0.16 * u * v + 0.1 * (u**3 - 3 * u * v * v) / (1 + u * u + v * v)
    home = np.sqrt(np.sqrt(u**4 + v**4)) + bulge < 1
    guess = np.where(home, 1, np.where(v > 0.35 + 0.35 * u, 2, np.where(u > -0.1, 3, 4)))
    valley = cut_basins(flow, 14)
    votes = np.zeros((valley.max() + 1, 5), dtype=np.int64)
    np.add.at(votes, (valley, guess.ravel()), 1)
    label: Ints = np.where(valley == 0, 0, votes.argmax(axis=1)[valley])
    for _ in range(2):
        label = majority(label.reshape(flow.grid.ny, flow.grid.nx), 2).ravel()
    return label


def majority(labels: Ints, reach: int) -> Ints:
    """The commonest land label round each cell; takes thin fingers off. Sea stays sea."""
    counts = []
    for label in range(1, int(labels.max()) + 1):
        padded = np.pad(labels == label, reach + 1).astype(np.int64)
        total = padded.cumsum(0).cumsum(1)
        span = 2 * reach + 1
        window = total[span:, span:] - total[:-span, span:] - total[span:, :-span]
        counts.append((window + total[:-span, :-span])[: labels.shape[0], : labels.shape[1]])
    best: Ints = np.where(labels == 0, 0, np.stack(counts).argmax(axis=0) + 1)
    return best


def make_countries(flow: Flow) -> dict[str, Any]:
    """The four countries as polygons with shared borders; small islands dropped."""
    found = label_polygons(flow.grid, country_labels(flow), 0.004, (0.24, 0.2, 0.14))
    result: dict[str, Any] = {}
    for code, label in zip(COUNTRIES, (1, 2, 3, 4), strict=True):
        parts = sorted(polygons(found[label]), key=lambda p: -p.area)
        keep = [p for p in parts if p.area > (9 if label == 1 else 0.004)][:12]
        keep = parts[:1] if label == 1 else (keep or parts[:1])
        shapes = keep if label > 1 else [Polygon(p.exterior) for p in keep]
        result[code] = MultiPolygon(shapes) if len(shapes) > 1 else shapes[0]
    for code in ("XKN", "XKO", "XKS"):
        result[code] = result[code].difference(result["XKV"])
    return result


def steps_to_river(flow: Flow, orders: dict[int, int], least: int) -> Floats:
    """Distance in cells to the nearest river of at least this order (up to 30)."""
    steps = np.full(len(flow.receiver), 30.0)
    queue = sorted(c for c, order in orders.items() if order >= least)
    steps[queue] = 0
    for here in queue:
        if steps[here] >= 29:
            continue
        for near, _ in flow.grid.neighbours(here):
            if steps[near] > steps[here] + 1:
                steps[near] = steps[here] + 1
                queue.append(near)
    return steps


def make_land() -> Land:
    """Terrain, flow, borders and rivers, in this order."""
    flow = route_flow(Grid(-19.2, -29.8, 0.0125, 664, 576))
    orders = strahler(flow, round(85 / CELL_KM2))
    return Land(
        flow, make_countries(flow), orders, steps_to_river(flow, orders, 4), NameMaker("land")
    )


def make_rivers(land: Land, kept: Any) -> list[Row]:
    """River reaches inside the kept basins, and their way on to the sea."""
    flow, rows = land.flow, list[Row]()
    shapely.prepare(kept)
    stems = stem_names(flow, land.orders, land.names)
    wet: set[int] = set()
    for chain in river_reaches(flow, land.orders)[::-1]:
        wet.update(chain if shapely.contains_xy(kept, *flow.grid.point(chain[0])) else [])
    for cell in flow.order[::-1]:
        if cell in wet and cell in land.orders:
            wet.add(flow.receiver[cell])
    for k, chain in enumerate(river_reaches(flow, land.orders)):
        if chain[0] in wet and chain[1] in wet:
            row = {"HYRIV_ID": 60000001 + k, "NAME": stems[chain[0]] or None}
            row["ORD_STRA"] = min(land.orders[chain[0]], 5)
            rows.append(row | {"geometry": river_line(land, chain)})
    return rows


def river_line(land: Land, chain: list[int]) -> LineString:
    """A reach as a gently winding line; both ends stay on the cells that reaches share."""
    xy = np.array([land.flow.grid.point(c) for c in chain])
    lon, lat = xy[:, 0].copy(), xy[:, 1].copy()
    swing = np.stack(
        [fractal_noise("wind x", lon, lat, 22, 2), fractal_noise("wind y", lon, lat, 22, 2)], 1
    )
    xy = smooth_line(xy + 0.006 * swing, 2)
    line = LineString(xy).simplify(0.0007)
    return LineString(np.round(np.asarray(line.coords), 6) + 0.0)


def make_basins(land: Land) -> list[Row]:
    """Sub-basins of the country and a margin round it; they share their edges."""
    labels = cut_basins(land.flow, round(1700 / CELL_KM2))
    shapes = label_polygons(land.flow.grid, labels, 0.0025, (0.13,))
    zone = land.home.buffer(0.12)
    rows: list[Row] = []
    for label, geometry in shapes.items():
        if label > 0 and geometry.intersects(zone):
            number = 7080000000 + 10 * (len(rows) + 1)
            row = {"HYBAS_ID": number, "NAME": f"{land.names.make('river')} basin"}
            rows.append(row | {"SUB_AREA": round(area_km2(geometry), 1), "geometry": geometry})
    return rows


# ------------------------------------------------------------------------ natural shapes

Prefer = Callable[[Land, Floats, Floats], Floats]


def prefer_mountain(land: Land, lon: Floats, lat: Floats) -> Floats:
    """Cheap on high ground, dear across large rivers."""
    height = land.look_up(land.flow.height, lon, lat)
    wide = land.look_up(land.flow.cells_above.astype(float), lon, lat) > 500
    return 1.6 / (0.35 + np.clip(height, 0, 1600) / 1000) + 5 * wide


def prefer_river(land: Land, lon: Floats, lat: Floats) -> Floats:
    """Cheap beside large rivers."""
    steps = land.look_up(land.river_steps, lon, lat)
    return 0.5 + 0.16 * steps


def prefer_plain(land: Land, lon: Floats, lat: Floats) -> Floats:
    """Cheap on low ground, dear across large rivers."""
    height = land.look_up(land.flow.height, lon, lat)
    wide = land.look_up(land.flow.cells_above.astype(float), lon, lat) > 500
    return 0.7 + np.clip(height, 0, 1600) / 600 + 5 * wide


STYLES: dict[str, Prefer] = {
    "mountain": prefer_mountain,
    "river": prefer_river,
    "plain": prefer_plain,
}


def blob_cells(open_: npt.NDArray[np.bool_], cost: Floats, start: Cell, count: int) -> list[Cell]:
    """The cheapest so many cells to reach from the start."""
    ny, nx = cost.shape
    table, allowed = cost.tolist(), open_.tolist()
    heap: list[tuple[float, int, int]] = [(0.0, start[0], start[1])]
    done: set[Cell] = set()
    while heap and len(done) < count:
        spent, j, i = heapq.heappop(heap)
        if (j, i) in done:
            continue
        done.add((j, i))
        for dj, di, dist in STEPS:
            y, x = j + dj, i + di
            if 0 <= y < ny and 0 <= x < nx and allowed[y][x] and (y, x) not in done:
                heapq.heappush(heap, (spent + dist * table[y][x], y, x))
    return sorted(done)


def blob_outline(rng: np.random.Generator, cells: list[Cell], corner: LonLat, size: LonLat) -> Any:
    """The outline of a set of cells, rounded off and roughened, without holes."""
    grid_boxes = shapely.box(*np.array([(i, j, i + 1, j + 1) for j, i in cells], float).T)
    largest = max(polygons(shapely.union_all(grid_boxes)), key=lambda p: p.area)
    ring = smooth_line(shapely.get_coordinates(largest.exterior), 2)
    ring = np.asarray(LineString(ring).simplify(0.35).coords)
    ring = roughen(rng, ring, 0.16)
    ring = np.array(corner) + ring * np.array(size)
    return max(polygons(shapely.make_valid(Polygon(ring))), key=lambda p: p.area)


def stretched_noise(rng: np.random.Generator, x: Floats, y: Floats, per_degree: float) -> Floats:
    """Fractal noise drawn out in one direction, elsewhere for every shape."""
    along, shift = rng.uniform(-1, 1, 2), rng.uniform(0, 90)
    along = along / np.sqrt((along**2).sum())
    u, v = along[0] * x + along[1] * y, along[0] * y - along[1] * x
    return fractal_noise("blob", u * 0.55 + shift, v * 1.35 - shift, per_degree, 4)


def grow(
    land: Land,
    rng: np.random.Generator,
    seed: LonLat,
    km2: float,
    style: str,
    within: Any,
    avoid: Any = None,
) -> Any:
    """An organic polygon of about this size round a point, following the ground."""
    n = 96 if km2 > 150 else 64
    half = 1.45 * km2**0.5
    size = (2 * half / n / KM_LON, 2 * half / n / KM_LAT)
    corner = (seed[0] - half / KM_LON, seed[1] - half / KM_LAT)
    i, j = np.meshgrid(np.arange(n) + 0.5, np.arange(n) + 0.5)
    lon, lat = corner[0] + i * size[0], corner[1] + j * size[1]
    relief = stretched_noise(rng, lon - seed[0], lat - seed[1], 115 / half)
    cost = STYLES[style](land, lon, lat) * (0.1 + np.clip(1 + 1.15 * relief, 0, 2.5) ** 3)
    open_ = shapely.contains_xy(within.buffer(max(size) * 2), lon, lat)
    open_ &= (i - n / 2) ** 2 + (j - n / 2) ** 2 < (n / 2 - 1) ** 2
    if avoid is not None:
        open_ &= ~shapely.contains_xy(avoid, lon, lat)
    count = int(km2 / (size[0] * size[1] * KM_LON * KM_LAT))
    cells = blob_cells(open_, np.maximum(cost, 0.05), (n // 2, n // 2), count)
    outline = blob_outline(rng, cells, corner, size).intersection(within)
    if avoid is not None:
        outline = outline.difference(avoid)
    return tidy(max(polygons(outline), key=lambda p: p.area))


def pick_spot(
    land: Land, rng: np.random.Generator, style: str, km2: float, avoid: Any = None
) -> LonLat:
    """A place of this style inside the country, away from those already taken."""
    west, south, east, north = land.home.bounds
    radius = (km2 / 3.1) ** 0.5
    for attempt in range(6000):
        lon, lat = float(rng.uniform(west, east)), float(rng.uniform(south, north))
        if not shapely.contains_xy(land.home, lon, lat):
            continue
        if avoid is not None and avoid.distance(Point(lon, lat)) * KM_LON < radius * 0.4:
            continue
        ease = 1 - attempt / 9000
        gap = [
            np.sqrt(((lon - x) * KM_LON) ** 2 + ((lat - y) * KM_LAT) ** 2) - r - radius
            for x, y, r in land.taken
        ]
        if min(gap, default=99.0) < 8 * ease - 16 * (1 - ease):
            continue
        point = (np.array([lon]), np.array([lat]))
        height = float(land.look_up(land.flow.height, *point)[0])
        steps = float(land.look_up(land.river_steps, *point)[0])
        fits = {
            "mountain": height > 760 * ease,
            "river": steps < 2 + attempt / 600,
            "plain": height < 520 / ease,
        }
        if fits[style]:
            land.taken.append((lon, lat, radius))
            return lon, lat
    raise RuntimeError(f"no place left for a {style} of {km2} km2")


# ------------------------------------------------------------------- settlements and roads


def settlement_spots(land: Land, rng: np.random.Generator) -> list[tuple[LonLat, str]]:
    """Cities, towns and villages beside rivers, spaced out; the capital comes first."""
    cells = [c for c in land.orders if shapely.contains_xy(land.home, *land.flow.grid.point(c))]
    drawn = rng.random(len(cells))
    rank = {
        c: np.sqrt(land.flow.cells_above[c]) / 30 - land.flow.height[c] / 900 + 2.2 * d
        for c, d in zip(cells, drawn, strict=True)
    }
    found: list[tuple[LonLat, str]] = []
    for place, count, apart in (("city", 5, 72.0), ("town", 18, 26.0), ("village", 47, 10.0)):
        weight = {"city": 1.0, "town": 0.6, "village": 0.12}[place]
        jitter = dict(zip(cells, rng.random(len(cells)) * 2, strict=True))
        pool = sorted(cells, key=lambda c: -(weight * rank[c] + (1 - weight) * jitter[c]))
        have = 0
        for cell in pool:
            lon, lat = land.flow.grid.point(cell)
            edge = land.home.exterior.distance(Point(lon, lat)) * KM_LON
            if edge < {"city": 45, "town": 14, "village": 5}[place] or have == count:
                continue
            gaps = [((lon - x) * KM_LON) ** 2 + ((lat - y) * KM_LAT) ** 2 for (x, y), _ in found]
            if min(gaps, default=9e9) > apart**2:
                off = rng.uniform(-0.006, 0.006, 2)
                found.append(((round(lon + off[0], 6), round(lat + off[1], 6)), place))
                have += 1
    return found


def make_settlements(land: Land) -> list[Row]:
    """Cities, towns and villages with their population."""
    rng, names, rows = rng_for("settlements"), land.names, []
    for k, (spot, place) in enumerate(settlement_spots(land, rng)):
        people = {"city": 148000, "town": 23000, "village": 2600}[place]
        count = int(people * rng.uniform(0.35, 1.9)) // 10 * 10
        row = {"NAME": names.make("place"), "PLACE": place, "POPULATION": count, "CAPITAL": 0}
        if k == 0:
            row |= {"NAME": "Kelmavéa", "POPULATION": 812400, "CAPITAL": 1}
        rows.append(row | {"geometry": Point(spot)})
        land.taken.append((*spot, {"city": 11.0, "town": 4.0, "village": 0.0}[place]))
    return rows


@dataclass
class RoadNet:
    """Roads as edges between cells of a coarse grid, each with the link it was laid for."""

    grid: Grid
    cost: list[float]
    edges: dict[Cell, int]
    links: list[tuple[str, str]]

    def path(self, start: int, goals: set[int]) -> list[int]:
        """Cheapest way from a cell to any goal."""
        spent, back = {start: 0.0}, {start: -1}
        heap = [(0.0, start)]
        while heap:
            so_far, here = heapq.heappop(heap)
            if here in goals:
                way = [here]
                while back[way[-1]] >= 0:
                    way.append(back[way[-1]])
                return way[::-1]
            if so_far > spent[here]:
                continue
            for near, dist in self.grid.neighbours(here):
                laid = (min(here, near), max(here, near)) in self.edges
                step = dist * (self.cost[here] + self.cost[near]) * (0.15 if laid else 0.5)
                if so_far + step < spent.get(near, 1e18):
                    spent[near], back[near] = so_far + step, here
                    heapq.heappush(heap, (so_far + step, near))
        return [start]

    def lay(self, start: int, goals: set[int], kind: str, ref: str) -> None:
        """Lay a road along the cheapest way; stretches already there keep their class."""
        way = self.path(start, goals)
        self.links.append((kind, ref))
        for a, b in pairwise(way):
            self.edges.setdefault((min(a, b), max(a, b)), len(self.links) - 1)

    def cells(self) -> set[int]:
        """Cells that a road touches."""
        return {c for edge in self.edges for c in edge}


def road_grid(land: Land) -> RoadNet:
    """An empty road net: dear on steep ground, and a little uneven everywhere."""
    west, south, east, north = land.home.buffer(0.45).bounds
    step = 0.018
    grid = Grid(west, south, step, int((east - west) / step) + 1, int((north - south) / step) + 1)
    lon, lat = grid.centres()
    height = land.look_up(land.flow.height, lon, lat)
    dy, dx = np.gradient(height)
    slope = np.sqrt(dx * dx + dy * dy)
    cost = 1 + slope / 45 + np.clip(height, 0, 2500) / 1500
    cost = cost + 2.4 * (1 + np.clip(fractal_noise("road", lon, lat, 5, 4), -1, 1))
    cost = np.where(height <= 0, 500, cost)
    return RoadNet(grid, np.round(cost.ravel(), 6).tolist(), {}, [])


def lay_roads(land: Land, settlements: list[Row]) -> tuple[RoadNet, dict[int, LonLat]]:
    """Trunk roads between cities and abroad, roads to towns, tracks to villages."""
    net = road_grid(land)
    spots = [(r["geometry"].x, r["geometry"].y) for r in settlements]
    index = [int(k) for k in net.grid.index(*np.array(spots).T)]
    at = dict(zip(index, spots, strict=True))
    of = {p: [i for i, r in zip(index, settlements, strict=True) if r["PLACE"] == p]
          for p in ("city", "town", "village")}  # fmt: skip
    for k, city in enumerate(of["city"][1:]):
        net.lay(city, {of["city"][0]}, "primary", f"N{k + 1}")
    net.lay(of["city"][1], set(of["city"][2:]), "primary", "N5")
    abroad = [(-16.1, -24.55), (-13.1, -25.75), (-14.2, -28.0), (-16.55, -27.45)]
    for k, spot in enumerate(abroad):
        start = int(net.grid.index(np.array([spot[0]]), np.array([spot[1]]))[0])
        net.lay(start, net.cells(), "primary", f"N{k + 6}")
    for k, town in enumerate(of["town"]):
        net.lay(town, net.cells() - {town}, "secondary", f"R{k + 11}")
    for k, town in enumerate(of["town"][::3]):
        net.lay(town, set(of["town"]) - {town}, "secondary", f"R{k + 31}")
    for village in of["village"]:
        net.lay(village, net.cells() - {village}, "track", "")
    return net, at


def road_chains(edges: dict[Cell, int], stops: set[int]) -> list[tuple[list[int], int]]:
    """Edges joined into chains between junctions, settlements and changes of class."""
    near: dict[int, list[int]] = {}
    for a, b in sorted(edges):
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)

    def kind(a: int, b: int) -> int:
        return edges[(min(a, b), max(a, b))]

    ends = {
        c for c, n in near.items()
        if len(n) != 2 or c in stops or kind(c, n[0]) != kind(c, n[1])
    }  # fmt: skip
    chains, used = [], set()
    for end in sorted(ends):
        for first in near[end]:
            if (end, first) in used:
                continue
            chain = [end, first]
            while chain[-1] not in ends:
                a, b = near[chain[-1]]
                chain.append(b if a == chain[-2] else a)
            used |= {(chain[0], chain[1]), (chain[-1], chain[-2])}
            chains.append((chain, kind(end, first)))
    return chains


def make_roads(land: Land, settlements: list[Row]) -> list[Row]:
    """Roads as smooth lines that meet at junctions and settlements."""
    net, at = lay_roads(land, settlements)
    rows = []
    for chain, link in road_chains(net.edges, set(at)):
        xy = np.array([at.get(c, net.grid.point(c)) for c in chain])
        line = LineString(smooth_line(xy, 4)).simplify(0.0009)
        kind, ref = net.links[link]
        xy = np.round(np.asarray(line.coords), 6) + 0.0
        rows.append({"CLASS": kind, "REF": ref, "geometry": LineString(xy)})
    return rows


# ---------------------------------------------------------------------------- protected

NP, NR, WS = "National Park", "Nature Reserve", "Wildlife Sanctuary"
MF, FR = "Managed Forest", "Forest Reserve"
WHS = "World Heritage Site (natural or mixed)"
RAMSAR = "Ramsar Site, Wetland of International Importance"
MAB = "UNESCO-MAB Biosphere Reserve"
NR_CAT, NA_CAT = "Not Reported", "Not Assigned"

# key, designation, IUCN category, style, km2, status, year
PARKS: list[tuple[str, str, str, str, float, str, int]] = [
    ("np1", NP, "II", "mountain", 1480, "Designated", 1968),
    ("np2", NP, "II", "mountain", 860, "Designated", 1974),
    ("np3", NP, "II", "river", 560, "Designated", 1991),
    ("np4", NP, "II", "plain", 420, "Designated", 2003),
    ("ws1", WS, "IV", "plain", 740, "Designated", 1979),
    ("ws2", WS, "IV", "river", 430, "Designated", 1983),
    ("ws3", WS, "IV", "plain", 300, "Established", 2009),
    ("wb", WS, "IV", "mountain", 520, "Designated", 1996),
    ("wa", "Wilderness Area", "Ib", "mountain", 610, "Designated", 1998),
    ("gm", "Game Management Area", NA_CAT, "plain", 620, "Designated", 1972),
    ("mf1", MF, "VI", "plain", 540, "Established", 2001),
    ("mf2", MF, "VI", "mountain", 380, "Designated", 1987),
    ("mf3", MF, "VI", "river", 240, "Designated", 2012),
    ("zone", "Protected Landscape", "V", "plain", 470, "Designated", 2006),
    ("pl1", "Protected Landscape", "V", "river", 320, "Designated", 1999),
    ("nr1", NR, "IV", "river", 170, "Designated", 1977),
    ("nr2", NR, "IV", "plain", 82, "Designated", 1990),
    ("nr3", NR, "Ia", "mountain", 96, "Designated", 1965),
    ("nr4", NR, "Ia", "plain", 44, "Designated", 1971),
    ("fr1", FR, NR_CAT, "mountain", 150, "Designated", 1958),
    ("fr2", FR, NR_CAT, "plain", 95, "Designated", 1961),
    ("nm1", "Natural Monument", "III", "river", 14, "Designated", 2014),
    ("nm2", "Natural Monument", "III", "mountain", 9, "Designated", 2016),
    ("oe1", "Community Conservancy", NA_CAT, "plain", 210, "Established", 2019),
    ("oe2", "Watershed Reserve", NA_CAT, "mountain", 130, "Established", 2020),
    ("oe3", "Private Conservancy", NA_CAT, "plain", 75, "Established", 2021),
    ("oe4", "Sacred Forest Area", NA_CAT, "river", 26, "Established", 2022),
    ("pr1", NP, NR_CAT, "plain", 340, "Proposed", 2024),
    ("pr2", NR, NR_CAT, "river", 115, "Proposed", 2025),
    ("un1", FR, NR_CAT, "plain", 60, "Not Reported", 0),
]  # fmt: skip

WDPA_FIELDS = words(
    "SITE_ID SITE_PID SITE_TYPE NAME_ENG NAME DESIG DESIG_ENG DESIG_TYPE IUCN_CAT INT_CRIT REALM "
    "REP_M_AREA GIS_M_AREA REP_AREA GIS_AREA NO_TAKE NO_TK_AREA STATUS STATUS_YR GOV_TYPE "
    "GOVSUBTYPE OWN_TYPE OWNSUBTYPE MANG_AUTH MANG_PLAN VERIF METADATAID PRNT_ISO3 ISO3 SUPP_INFO "
    "CONS_OBJ INLND_WTRS OECM_ASMT"
)


def park_shapes(land: Land) -> dict[str, Any]:
    """One organic polygon for each park; they keep clear of each other."""
    rng = rng_for("parks")
    shapes: dict[str, Any] = {}
    for key, _, _, style, km2, _, _ in sorted(PARKS, key=lambda p: p[0] != "wb"):
        avoid = shapely.union_all(list(shapes.values())) if shapes else None
        within = land.home
        if key == "wb":
            seed = border_spot(land)
            within = land.home.union(land.countries["XKN"])
        else:
            seed = pick_spot(land, rng, style, km2, avoid)
        shapes[key] = grow(land, rng, seed, km2, style, within, avoid)
    return shapes


def border_spot(land: Land) -> LonLat:
    """A point on the border with the northern neighbour."""
    line = land.home.intersection(land.countries["XKN"].buffer(0.01)).centroid
    spot = land.home.exterior.interpolate(land.home.exterior.project(line))
    land.taken.append((round(spot.x, 6), round(spot.y, 6), 14.0))
    return round(spot.x, 6), round(spot.y, 6)


def split_zones(park: Any) -> tuple[Any, Any]:
    """Cut a park into two zones along a winding line; they share it exactly."""
    west, south, east, north = park.bounds
    lat = np.linspace(south - 0.05, north + 0.05, 60)
    lon = (0.45 * west + 0.55 * east) + 0.03 * fractal_noise("zones", lat * 0 + west, lat, 9, 3)
    edge = list(zip(lon.tolist(), lat.tolist(), strict=True))
    left = Polygon([*edge, (west - 0.1, north + 0.05), (west - 0.1, south - 0.05)])
    one = tidy(park.intersection(left))
    return one, tidy(park.difference(one))


def loop_in_boundary(park: Any) -> Any:
    """Swap two neighbouring vertices so that the boundary crosses itself slightly."""
    ring = np.asarray(park.exterior.coords)
    found = []
    for k in range(2, len(ring) - 3):
        twisted = ring.copy()
        twisted[[k, k + 1]] = twisted[[k + 1, k]]
        if not Polygon(twisted).is_valid:
            found.append((abs(Polygon(twisted).area - park.area), k, Polygon(twisted)))
    return min(found)[2]


def poke_tip(park: Any, metres: float) -> tuple[Any, Cell]:
    """Pull the northernmost vertex just over the next title grid line.

    Gives the new park and the title cell (column, row) that the tip enters.
    """
    ring = np.asarray(park.exterior.coords)[:-1].copy()
    top = int(ring[:, 1].argmax())
    row = int(np.ceil(ring[top, 1] * 120 + 0.05))
    column = int(np.floor(ring[top, 0] * 120))
    ring[top] = (ring[top, 0], row / 120 + metres / 1000 / KM_LAT)
    out = tidy(Polygon(ring))
    return out, (column, row)


SLIVER_METRES = (26.0, 38.0, 52.0)
SLIVER_PARKS = ("mf2", "ws3", "nr2", "mf1", "gm", "fr2", "np4", "ws1", "nr3", "nm2")


def pull_tips(land: Land, shapes: dict[str, Any]) -> dict[str, Cell]:
    """Pull the tips of three parks that have free land of the country to their north."""
    tips: dict[str, Cell] = {}
    for key in SLIVER_PARKS:
        if len(tips) == len(SLIVER_METRES):
            break
        park, (column, row) = poke_tip(shapes[key], SLIVER_METRES[len(tips)])
        room = box((column - 3) / 120, row / 120, (column + 4) / 120, (row + 5) / 120)
        others = [s for k, s in shapes.items() if k != key]
        if land.home.contains(room) and not any(room.intersects(s) for s in others):
            shapes[key], tips[key] = park, (column, row)
    return tips


def protected_shapes(land: Land) -> tuple[dict[str, Any], dict[str, Cell]]:
    """All protected shapes by key, and the title cells that the three pulled tips enter."""
    rng = rng_for("designations")
    shapes = park_shapes(land)
    tips = pull_tips(land, shapes)
    shapes["za"], shapes["zb"] = split_zones(shapes.pop("zone"))
    spot = shapes["np1"].representative_point()
    within = shapes["np1"].buffer(0.02).intersection(land.home)
    shapes["whs"] = grow(land, rng, (spot.x, spot.y), 1150, "mountain", within)
    for key, base, km2, style in (
        ("ra1", "nr1", 330.0, "river"),
        ("ra2", "np3", 460.0, "river"),
        ("mab", "np2", 1650.0, "mountain"),
    ):
        spot = shapes[base].representative_point()
        shape_ = grow(land, rng, (spot.x, spot.y), km2, style, land.home)
        if key == "mab":
            shape_ = tidy(max(polygons(shape_.union(shapes[base])), key=lambda p: p.area))
        shapes[key] = shape_
    return shapes, tips


def wdpa_rows(land: Land, shapes: dict[str, Any]) -> list[Row]:
    """The polygon rows, in the order of the table; zones and designations at their place."""
    rng, rows = rng_for("wdpa"), []
    table = list(PARKS)
    table += [
        ("whs", WHS, "Not Applicable", "np1", 0, "Inscribed", 1994),
        ("ra1", RAMSAR, NR_CAT, "", 0, "Designated", 2002),
        ("ra2", RAMSAR, NR_CAT, "", 0, "Designated", 2007),
        ("mab", MAB, "Not Applicable", "", 0, "Designated", 2010),
    ]
    given: dict[str, str] = {}
    number = 900000
    for key, desig, cat, style, _, status, year in table:
        number += 1 if number + 1 != 900012 else 2
        name = given.setdefault(key, land.names.make("hill" if style != "river" else "river"))
        name = f"{given['np1']} Highlands" if key == "whs" else name
        name = given["np2"] if key == "mab" else name
        parts = ["za", "zb"] if key == "zone" else [key]
        site = 900012 if key == "zone" else number
        number -= 1 if key == "zone" else 0
        for letter, part in zip("AB", parts, strict=False):
            pid = f"{site}_{letter}" if key == "zone" else str(site)
            row = wdpa_row(rng, key, site, pid, name, desig, cat, status, year)
            area = round(area_km2(shapes[part]), 3)
            row |= {"GIS_AREA": area, "REP_AREA": round(area * rng.uniform(0.97, 1.03), 1)}
            rows.append(row | {"geometry": shapes[part], "key": part})
    twisted = next(r for r in rows if r["key"] == "fr1")
    twisted["geometry"] = loop_in_boundary(twisted["geometry"])
    return rows


def wdpa_row(
    rng: np.random.Generator,
    key: str,
    site: int,
    pid: str,
    name: str,
    desig: str,
    cat: str,
    status: str,
    year: int,
) -> Row:
    """One row of the 33 fields, without its areas and shape."""
    world = desig in (WHS, RAMSAR, MAB)
    oecm = key.startswith("oe")
    owner = ["State", "Communal", "Not Reported"][int(rng.choice(3, p=[0.6, 0.15, 0.25]))]
    gov = "Federal or national ministry or agency"
    if oecm:
        gov = ["Local communities", "Sub-national ministry or agency", "Individual landowners"][
            int(rng.integers(3))
        ]
    row: Row = dict.fromkeys(WDPA_FIELDS, "Not Applicable")
    row |= {
        "SITE_ID": site, "SITE_PID": pid, "SITE_TYPE": "OECM" if oecm else "PA",
        "NAME_ENG": name, "NAME": f"{name}", "DESIG": LOCAL.get(desig, desig), "DESIG_ENG": desig,
        "DESIG_TYPE": "International" if world else "Not Applicable" if oecm else "National",
        "IUCN_CAT": cat, "REALM": "Terrestrial", "REP_M_AREA": 0.0, "GIS_M_AREA": 0.0,
        "NO_TK_AREA": 0.0, "STATUS": status, "STATUS_YR": year, "GOV_TYPE": gov,
        "GOVSUBTYPE": "Not Reported", "OWN_TYPE": owner, "OWNSUBTYPE": "Not Reported",
        "MANG_AUTH": "Karvela Parks Service", "MANG_PLAN": "Not Reported",
        "VERIF": "State Verified", "METADATAID": 9001, "PRNT_ISO3": "XKV",
        "ISO3": "XKV;XKN" if key == "wb" else "XKV", "CONS_OBJ": "Not Reported",
        "INLND_WTRS": "Not Reported", "OECM_ASMT": "Not Reported" if oecm else "Not Applicable",
    }  # fmt: skip
    if desig == WHS:
        row["INT_CRIT"] = "(vii)(x)"
    elif desig == RAMSAR:
        row["INT_CRIT"] = "(1)(2)(5)"
    return row


LOCAL = {
    NP: "Parka Nasyonel",
    NR: "Rezérva Natüra",
    WS: "Santüar Fauna",
    MF: "Foresta Rejida",
    FR: "Rezérva Foresta",
    "Natural Monument": "Monüma Natüra",
    "Protected Landscape": "Paisa Protéja",
}


def wdpa_points(land: Land) -> list[Row]:
    """Four sites known as points only; two of them report an area."""
    rng, rows = rng_for("wdpa points"), []
    cases = [(FR, 38.0, "plain"), (NR, 6.5, "mountain"), (FR, 0.0, "river"), (NR, -1.0, "plain")]
    for k, (desig, area, style) in enumerate(cases):
        lon, lat = (-13.93, -26.52) if k == 0 else pick_spot(land, rng, style, 40)
        site = 900061 + k
        name = land.names.make("hill")
        row = wdpa_row(rng, "pt", site, str(site), name, desig, NR_CAT, "Designated", 1966 + k)
        row |= {"REP_AREA": area, "GIS_AREA": None, "GIS_M_AREA": None}
        rows.append(row | {"geometry": MultiPoint([(round(lon, 6), round(lat, 6))])})
    return rows


KBA_FROM = ["np1", "np2", "np3", "ws1", "wa", "ra1", "nr3", "mf1", "ws2"]


def make_kbas(land: Land, parks: dict[str, Any], wdpa: list[Row]) -> list[Row]:
    """Key biodiversity areas: nine round protected areas, nine elsewhere; UTM 28S."""
    rng, rows = rng_for("kba"), []
    to_utm = Transformer.from_crs("EPSG:4326", "EPSG:32728", always_xy=True)
    free = [("mountain", 310.0), ("plain", 240.0), ("river", 190.0), ("plain", 120.0),
            ("mountain", 85.0), ("river", 64.0), ("plain", 410.0), ("plain", 36.0),
            ("mountain", 150.0)]  # fmt: skip
    styles = {p[0]: p[3] for p in PARKS} | {"ra1": "river"}
    called = {r["key"]: r["NAME_ENG"] for r in wdpa}
    for k in range(18):
        if k < 9:
            park = parks[KBA_FROM[k]]
            spot = park.representative_point()
            seed, style = (spot.x, spot.y), styles[KBA_FROM[k]]
            km2 = area_km2(park) * float(rng.uniform(0.75, 1.35))
        else:
            style, km2 = free[k - 9]
            seed = pick_spot(land, rng, style, km2)
        geometry = grow(land, rng, seed, km2, style, land.home)
        moved = shapely.transform(
            geometry, lambda xy: np.stack(to_utm.transform(xy[:, 0], xy[:, 1]), axis=1)
        )
        name = called[KBA_FROM[k]] if k < 9 else land.names.make("hill")
        row = {
            "SitRecID": 94001 + k, "Country": "Karvela", "ISO3": "XKV", "Region": "South Atlantic",
            "NatName": name, "IntName": name, "SitArea": round(area_km2(geometry) * 100, 1),
            "KbaStatus": "confirmed" if k % 6 != 5 else "candidate",
            "AzeStatus": "confirmed" if k in (4, 13) else None,
            "IbaStatus": "confirmed" if k % 3 else None, "LastUpdate": f"{2017 + k % 8}",
        }  # fmt: skip
        rows.append(row | {"geometry": tidy(moved, 2), "lonlat": geometry})
    return rows


# --------------------------------------------------------------------------- communities

LANDS: dict[str, tuple[int, float, float, str]] = {
    "indigenous_territories": (14, 60, 520, "Indigenous territory"),
    "customary_lands": (30, 12, 150, "Customary land"),
    "use_agreements": (40, 2.5, 26, "Community forest agreement"),
    "claimed_lands": (8, 25, 210, "Claim under review"),
}


def community_row(rng: np.random.Generator, land: Land, layer: str, k: int, geometry: Any) -> Row:
    """Attributes of one community land."""
    people = PEOPLES[int(rng.integers(len(PEOPLES)))]
    if layer == "use_agreements" and rng.random() < 0.6:
        people = ""
    day = date(1994, 1, 1) + timedelta(days=int(rng.integers(0, 11000)))
    return {
        "code": f"{layer[:2].upper()}-{k + 1:03d}",
        "name": land.names.make("place"),
        "people": people,
        "recognised_on": "" if layer == "claimed_lands" else day.isoformat(),
        "category": LANDS[layer][3],
        "area_ha": round(area_km2(geometry) * 100, 1),
        "geometry": geometry,
    }


def make_communities(land: Land, parks: dict[str, Any]) -> dict[str, list[Row]]:
    """Four layers of community land; some over parks, some over each other."""
    rng, layers = rng_for("communities"), dict[str, list[Row]]()
    park_keys = ["np1", "ws1", "wa", "mf1", "gm", "np2", "ws2", "mf2", "pl1", "np4"]
    other: list[LonLat] = []
    for layer, (count, low, high, _) in LANDS.items():
        rows: list[Row] = []
        done = None
        for k in range(count):
            km2 = low * (high / low) ** float(rng.random())
            style = ["mountain", "river", "plain"][int(rng.integers(3))]
            if k % 5 == 2:
                seed = spot_on_edge(rng, parks[park_keys[(k * 3 + len(layer)) % 10]])
            elif other and k % 6 == 3:
                seed = other[int(rng.integers(len(other)))]
            else:
                seed = pick_spot(land, rng, style, km2 * 0.2, done)
            if done is not None and shapely.contains_xy(done.buffer(0.02), *seed):
                seed = pick_spot(land, rng, style, km2 * 0.2, done)
            geometry = grow(land, rng, seed, km2, style, land.home, done)
            done = geometry if done is None else done.union(geometry)
            other.append(seed)
            rows.append(community_row(rng, land, layer, k, geometry))
        layers[layer] = rows
    return layers


def spot_on_edge(rng: np.random.Generator, park: Any) -> LonLat:
    """A point on the outline of a park."""
    edge = park.exterior if isinstance(park, Polygon) else polygons(park)[0].exterior
    spot = edge.interpolate(float(rng.random()), normalized=True)
    return round(spot.x, 6), round(spot.y, 6)


# ------------------------------------------------------------------ heritage, moratorium


def make_heritage(land: Land, parks: dict[str, Any]) -> list[Row]:
    """Cultural sites: five areas and three points."""
    rng, rows = rng_for("heritage"), []
    kinds = ["Rock Shelters", "Old Terraces", "Stone Circles", "Royal Enclosure", "Sacred Grove",
             "Painted Cave", "Old Ford", "Burial Mound"]  # fmt: skip
    for k, kind in enumerate(kinds):
        style = ["mountain", "mountain", "plain", "river", "plain", "mountain", "river", "plain"][k]
        lon, lat = pick_spot(land, rng, style, 20)
        km2 = float(rng.uniform(4, 60))
        geometry = grow(land, rng, (lon, lat), km2, style, land.home)
        if k >= 5:
            geometry = Point(round(lon, 6), round(lat, 6))
        listed = date(1979 + 5 * k, 1 + k, 3 + 2 * k).isoformat()
        row = {"ID": f"KH-{k + 1:02d}", "NAME": f"{land.names.make('place')} {kind}"}
        level = "world" if k in (1, 3) else "national"
        rows.append(row | {"LISTED_ON": listed, "LEVEL": level, "geometry": geometry})
    return rows


def make_moratorium(land: Land, parks: dict[str, Any]) -> list[Row]:
    """Two areas closed to new titles for a time."""
    rng, rows = rng_for("moratorium"), []
    cases = [
        ("Headwaters closure", "mountain", 1250.0, "2024-03-01", "2029-02-28"),
        ("Floodplain closure", "river", 680.0, "2025-07-15", "2028-07-14"),
    ]
    for k, (kind, style, km2, start, end) in enumerate(cases):
        seed = pick_spot(land, rng, style, km2 * 0.3) if k else spot_on_edge(rng, parks["np1"])
        geometry = grow(land, rng, seed, km2, style, land.home)
        row = {"ID": f"MC-{k + 1}", "NAME": f"{land.names.make('river')} {kind}"}
        act = f"Mining (Closed Areas) Order {start[:4]}"
        row |= {"ACT": act, "VALID_FROM": start, "VALID_TO": end}
        rows.append(row | {"geometry": geometry})
    return rows


# --------------------------------------------------------------------------- concessions

PER_DEGREE = 120  # half a minute of arc
Cells = frozenset[Cell]

# line, half width in degrees, weight, commodities
BELTS: list[tuple[list[LonLat], float, float, list[str]]] = [
    ([(-16.2, -26.75), (-15.85, -26.2), (-15.45, -25.75), (-14.95, -25.5)], 0.075, 3.4,
     ["Lithium", "Tin", "Tantalum", "Li", "Sn", "Rare Earths"]),
    ([(-14.75, -25.45), (-14.2, -25.4), (-13.95, -25.55)], 0.07, 2.4,
     ["Copper", "Cobalt", "Cu", "Co", "Nickel"]),
    ([(-14.55, -27.3), (-14.2, -26.95), (-13.9, -26.5), (-14.05, -26.1)], 0.075, 2.8,
     ["Nickel", "Cobalt", "Ni", "Platinum Group Metals", "Chromium"]),
    ([(-15.75, -27.05), (-15.2, -26.9), (-14.9, -26.6)], 0.075, 1.8,
     ["Graphite", "Vanadium", "Manganese", "Mn"]),
    ([(-15.1, -26.05), (-14.6, -26.2)], 0.09, 1.3, ["Bauxite", "Limestone", "Phosphate"]),
    ([(-16.2, -25.3), (-15.6, -25.15)], 0.06, 1.4, ["Gold", "Au", "Copper", "Silver"]),
    ([(-14.2, -27.5), (-13.7, -27.4)], 0.07, 0.9, ["Manganese", "Iron Ore", "Limestone"]),
]  # fmt: skip

# prefix, group, size in cells (low, middle, high), weight
TYPES: dict[str, tuple[str, str, int, float, int, float]] = {
    "Reconnaissance Licence": ("RL", "Exploration", 120, 330.0, 1170, 0.055),
    "Exploration Licence": ("EL", "Exploration", 12, 62.0, 420, 0.445),
    "Mining Licence": ("ML", "Mining", 4, 19.0, 90, 0.15),
    "Small-Scale Mining Licence": ("SL", "Mining", 1, 3.0, 9, 0.2),
    "Quarry Licence": ("QL", "Quarry", 1, 1.8, 5, 0.12),
    "Mineral Processing Licence": ("PL", "Processing", 1, 1.2, 2, 0.03),
}

STATUSES: list[tuple[str, str, int]] = [
    ("Active", "Active", 196),
    ("Application", "Application", 86),
    ("Pending Renewal", "Active", 23),
    ("Expired", "Inactive", 41),
    ("Refused", "Inactive", 15),
    ("Withdrawn", "Inactive", 16),
    ("Relinquished", "Inactive", 21),
    ("Sub Judice s.14", "", 2),
]

REGIONS = ["Alkéra", "Dorvane", "Hestovar", "Ivrañe", "Montéva", "Ostruna", "Sübrela", "Vandéth"]


@dataclass
class Title:
    """A title before its attributes are written: shape, type, belt and purpose."""

    geometry: Any
    kind: str
    goods: list[str]
    note: str = ""


def cells_polygon(cells: Iterable[Cell]) -> Any:
    """Cells of the title grid as one polygon with its corners on the grid."""
    squares = shapely.box(*np.array([(i, j, i + 1, j + 1) for i, j in sorted(cells)], float).T)
    merged = shapely.union_all(squares).simplify(0)
    merged = shapely.orient_polygons(shapely.normalize(merged))
    return shapely.transform(merged, lambda xy: np.round(xy / PER_DEGREE, 6) + 0.0)


def block_cells(rng: np.random.Generator, corner: Cell, count: int) -> set[Cell]:
    """A rectangle, an L or a staircase of about so many cells."""
    ratio = float(rng.uniform(0.5, 2.0))
    wide = max(1, round((count * ratio) ** 0.5))
    high = max(1, round(count / wide))
    form = rng.choice(["plain", "ell", "stairs"], p=[0.42, 0.3, 0.28])
    cells = {(i, j) for i in range(wide) for j in range(high)}
    if form == "ell" and count >= 4:
        cut_i, cut_j = int(rng.integers(1, wide + 1)), int(rng.integers(1, high + 1))
        east, north = bool(rng.integers(2)), bool(rng.integers(2))
        cells -= {
            (i, j)
            for i, j in cells
            if (i >= wide - cut_i // 2 if east else i < cut_i // 2)
            and (j >= high - cut_j // 2 if north else j < cut_j // 2)
        }
    elif form == "stairs" and count >= 6:
        lean = int(rng.choice([-1, 1])) * float(rng.uniform(0.3, 0.9)) * wide / high
        rise = int(rng.integers(1, 4))
        cells = {(i + round(lean * (j // rise * rise)), j) for i, j in cells}
    return {(i + corner[0], j + corner[1]) for i, j in cells}


def largest_piece(cells: set[Cell]) -> set[Cell]:
    """The largest set of cells that hang together by their edges."""
    left, best = set(cells), set[Cell]()
    while left:
        stack, piece = [min(left)], set[Cell]()
        while stack:
            i, j = stack.pop()
            if (i, j) in left:
                left.discard((i, j))
                piece.add((i, j))
                stack += [(i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)]
        best = max(best, piece, key=len)
    return best


@dataclass
class Ground:
    """Where titles may lie: country, sensitive land, and cells already given."""

    home: Any
    touchy: Any
    wet: Any
    tree: shapely.STRtree
    given: set[Cell] = field(default_factory=set)
    titles: list[Title] = field(default_factory=list)

    def fits(self, geometry: Any, clear: bool, most: float) -> bool:
        """Whether a title is as clear of sensitive land, or as much on it, as asked for."""
        if clear:
            return not (self.touchy.intersects(geometry) or self.wet.intersects(geometry))
        shared = self.touchy.intersection(geometry).area / geometry.area
        return bool(0.04 < shared < most) and not self.grazes(geometry)

    def grazes(self, geometry: Any) -> bool:
        """Whether a title shares less than three hectares with some feature."""
        for k in self.tree.query(geometry, predicate="intersects").tolist():
            feature = self.tree.geometries[k]
            if feature.area > 0 and feature.intersection(geometry).area < 2.7e-6:
                return True
        return False

    def add(self, cells: set[Cell], kind: str, goods: list[str], note: str = "") -> None:
        """Record a title made of whole cells."""
        self.given |= cells
        self.titles.append(Title(cells_polygon(cells), kind, goods, note))


def belt_point(rng: np.random.Generator) -> tuple[LonLat, list[str]]:
    """A point near the axis of a mineral belt, and what is mined there."""
    weights = np.array([b[2] for b in BELTS])
    line, width, _, goods = BELTS[int(rng.choice(len(BELTS), p=weights / weights.sum()))]
    k, t = int(rng.integers(len(line) - 1)), float(rng.random())
    (ax, ay), (bx, by) = line[k], line[k + 1]
    off = rng.normal(0, width, 2)
    return (ax + t * (bx - ax) + float(off[0]), ay + t * (by - ay) + float(off[1])), goods


def draw_size(rng: np.random.Generator, kind: str) -> int:
    """How many cells a title of this type has: mostly small, now and then large."""
    _, _, low, middle, high, _ = TYPES[kind]
    return int(np.clip(round(middle * 2.0 ** float(rng.normal(0, 0.95))), low, high))


def place_title(ground: Ground, rng: np.random.Generator, kind: str, clear: bool) -> None:
    """Find free cells for one title; a clear one touches no sensitive land and no large river."""
    count = draw_size(rng, kind)
    for attempt in range(900):
        size = max(1, int(count * (1 - attempt / 1200)))
        (lon, lat), goods = belt_point(rng)
        if not clear and attempt % 3 == 2:
            parts = ground.touchy.geoms
            spot = spot_on_edge(rng, parts[int(rng.integers(len(parts)))])
            lon, lat = spot[0], spot[1] - 0.01
        corner = (round(lon * PER_DEGREE - size**0.5 / 2), round(lat * PER_DEGREE - size**0.5 / 2))
        wanted = block_cells(rng, corner, size)
        cells = largest_piece(wanted - ground.given)
        if len(cells) < 0.7 * len(wanted):
            continue
        geometry = cells_polygon(cells)
        if polygons(geometry)[0].interiors or not ground.home.contains(geometry):
            continue
        if ground.fits(geometry, clear, most=0.85 if rng.random() < 0.75 else 1.1):
            ground.add(cells, kind, goods)
            return
    raise RuntimeError(f"no room for a {kind}")


def place_sliver_titles(ground: Ground, tips: dict[str, Cell]) -> None:
    """Three titles that a park's pulled tip enters by a few tens of metres."""
    for k, (key, (column, row)) in enumerate(sorted(tips.items())):
        wide, high = (5, 4, 3)[k], (4, 3, 2)[k]
        cells = {(column - wide // 2 + i, row + j) for i in range(wide) for j in range(high)}
        kind = "Exploration Licence" if k == 0 else "Mining Licence"
        ground.add(cells - ground.given, kind, ["Lithium", "Cobalt"], f"sliver {key}")


def place_overlaps(ground: Ground, rng: np.random.Generator, count: int) -> None:
    """Titles of another type laid over part of one already there."""
    hosts = [t for t in ground.titles if t.kind.startswith(("Expl", "Reco")) and not t.note]
    for n, k in enumerate(rng.permutation(len(hosts))[:count].tolist()):
        host = hosts[k]
        kind = ["Small-Scale Mining Licence", "Mining Licence", "Quarry Licence"][n % 3]
        west, south, east, north = (round(b * PER_DEGREE) for b in host.geometry.bounds)
        for _ in range(200):
            corner = (int(rng.integers(west - 1, east)), int(rng.integers(south - 1, north)))
            geometry = cells_polygon(block_cells(rng, corner, min(draw_size(rng, kind), 24)))
            shared = geometry.intersection(host.geometry).area / geometry.area
            if shared > 0.3 and ground.home.contains(geometry) and not ground.grazes(geometry):
                ground.titles.append(Title(geometry, kind, host.goods, "overlap"))
                break


def border_block(ground: Ground, wide: int, high: int) -> set[Cell]:
    """Cells about half inside the country, on its eastern border."""
    for row in range(-3225, -3000):
        line = LineString([(-15, row / PER_DEGREE), (-13, row / PER_DEGREE)])
        column = int(ground.home.intersection(line).bounds[2] * PER_DEGREE) - wide // 2
        cells = {(column + i, row + j) for i in range(wide) for j in range(high)}
        shape_ = cells_polygon(cells)
        share = shape_.intersection(ground.home).area / shape_.area
        if not cells & ground.given and 0.4 < share < 0.6:
            return cells
    raise RuntimeError("no place on the border")


def free_block(ground: Ground, rng: np.random.Generator, wide: int, high: int) -> set[Cell]:
    """A free rectangle of cells in a belt."""
    for _ in range(3000):
        (lon, lat), _ = belt_point(rng)
        column, row = round(lon * PER_DEGREE), round(lat * PER_DEGREE)
        cells = {(column + i, row + j) for i in range(wide) for j in range(high)}
        if not cells & ground.given and ground.home.contains(cells_polygon(cells)):
            return cells
    raise RuntimeError("no free rectangle")


def place_defects(ground: Ground, rng: np.random.Generator) -> None:
    """The declared oddities: border, hole, bow-tie, circle, and the two repeats."""
    goods = ["Lithium", "Tin"]
    ground.add(border_block(ground, 9, 7), "Exploration Licence", ["Nickel"], "straddles")
    east = border_block(ground, 9, 7)
    across = {(i + 16, j) for i, j in east}
    ground.add(across, "Exploration Licence", ["Cobalt"], "across")
    frame = free_block(ground, rng, 9, 8)
    left, low = min(frame)
    ground.add(
        frame - {(left + 3 + i, low + 3 + j) for i in range(3) for j in range(2)},
        "Exploration Licence", goods, "hole",
    )  # fmt: skip
    bow = free_block(ground, rng, 5, 4)
    ground.given |= bow
    (a, b), (c, d) = min(bow), max(bow)
    corners = np.array([(a, b), (c + 1, d + 1), (c + 1, b), (a, d + 1), (a, b)]) / PER_DEGREE
    ground.titles.append(Title(Polygon(np.round(corners, 6)), "Mining Licence", goods, "bow-tie"))
    disc = free_block(ground, rng, 6, 6)
    ground.given |= disc
    ground.titles.append(Title(circle_at(disc), "Quarry Licence", ["Limestone"], "circle"))
    block = free_block(ground, rng, 6, 5)
    ground.add(block, "Exploration Licence", goods, "twin")
    ground.titles.append(
        Title(cells_polygon(block), "Exploration Licence", goods, "twin of another code")
    )
    for note in ("code", "code repeated"):
        ground.add(free_block(ground, rng, 4, 3), "Mining Licence", ["Graphite"], note)


def circle_at(cells: set[Cell]) -> Any:
    """A circle of 2 km round the middle of some cells, with 72 corners."""
    middle = cells_polygon(cells).centroid
    lon, lat = np.full(72, round(middle.x, 6)), np.full(72, round(middle.y, 6))
    x, y, _ = GEOD.fwd(lon, lat, np.arange(72) * -5.0, np.full(72, 2000.0))
    return Polygon(np.round(np.stack([x, y], 1), 6))


def make_titles(
    land: Land, features: list[Any], wet: Any, shut: Any, tips: dict[str, Cell]
) -> list[Title]:
    """All title shapes; about two in five touch nothing, none lies on the land that is shut."""
    rng = rng_for("titles")
    near = [shapely.buffer(g, 0.0008) for g in features]
    touchy = MultiPolygon(polygons(shapely.union_all(near)))
    ground = Ground(land.home.difference(shut), touchy, wet, shapely.STRtree(features))
    shapely.prepare([ground.home, touchy, wet])
    place_sliver_titles(ground, tips)
    place_defects(ground, rng)
    kinds = list(TYPES)
    share = np.array([TYPES[k][5] for k in kinds])
    drawn = [kinds[int(k)] for k in rng.choice(len(kinds), 368, p=share)]
    drawn.sort(key=lambda k: -TYPES[k][3])
    ground.add(free_block(ground, rng, 34, 33), drawn.pop(0), ["Lithium", "Tin"])
    for n, kind in enumerate(drawn):
        place_title(ground, rng, kind, clear=n % 20 in (0, 2, 5, 7, 9, 12, 14, 16, 19))
    place_overlaps(ground, rng, 20)
    return ground.titles


def epoch_ms(day: date | None, none: int = 0) -> int:
    """Midnight UTC in epoch milliseconds; a missing date is zero or a negative number."""
    if day is None:
        return none
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def title_dates(rng: np.random.Generator, status: str) -> Row:
    """Dates that fit the status on the reference day."""

    def back(low: int, high: int) -> date:
        return TODAY - timedelta(days=int(rng.integers(low, high)))

    granted: date | None = back(60, 3300)
    expires: date | None = TODAY + timedelta(days=int(rng.integers(40, 3600)))
    if status in ("Application", "Refused", "Withdrawn"):
        granted, expires = None, None
        applied = back(20, 900) if status == "Application" else back(300, 3000)
    else:
        if status in ("Expired", "Relinquished"):
            granted, expires = back(2600, 5200), back(30, 2200)
        elif status == "Pending Renewal":
            granted, expires = back(1500, 2900), back(5, 300)
        applied = (granted or TODAY) - timedelta(days=int(rng.integers(60, 500)))
    none = int(rng.choice([0, 0, -1, -2208988800000]))
    return {
        "DteApplied": epoch_ms(applied),
        "DteGranted": epoch_ms(granted, none),
        "DteExpires": epoch_ms(expires, none),
    }


def company_list(names: NameMaker) -> list[str]:
    """Invented companies."""
    ends = ["Minerals Ltd", "Resources", "Mining Company", "Exploration Ltd", "Metals", "Quarries",
            "Cooperative", "Holdings"]  # fmt: skip
    return [f"{names.make('firm')} {ends[k % len(ends)]}" for k in range(96)]


def parties(rng: np.random.Generator, firms: list[str]) -> str:
    """Holders with their shares, as such registers write them."""
    pick = [firms[int(k)] for k in rng.choice(len(firms), 3, replace=False)]
    share = int(rng.choice([51, 55, 60, 65, 70, 75, 80, 90]))
    form = float(rng.random())
    if form < 0.68:
        return f"{pick[0]} (100%)"
    if form < 0.93:
        return f"{pick[0]} ({share}%), {pick[1]} ({100 - share}%)"
    return (
        f"{pick[0]} ({share}%), {pick[1]} ({90 - share}%), {pick[2]} (10%)"
        if share < 90
        else (f"{pick[0]} (90%), {pick[1]} (10%)")
    )


def commodities(rng: np.random.Generator, title: Title) -> str:
    """A list of names and symbols; some blank, a few N/A."""
    luck = float(rng.random())
    if luck < 0.1:
        return ""
    if luck < 0.115:
        return "N/A"
    if title.kind == "Quarry Licence":
        stone = ["Limestone", "Granite", "Sand", "Limestone, Clay", "Laterite", "Gravel, Sand"]
        return stone[int(rng.integers(len(stone)))]
    count = min(int(rng.choice([1, 2, 3], p=[0.45, 0.38, 0.17])), len(title.goods))
    chosen = rng.choice(len(title.goods), count, replace=False)
    extra = ["Gold"] if rng.random() < 0.1 and "Gold" not in title.goods else []
    return ", ".join([title.goods[int(k)] for k in chosen] + extra)


def region_of(geometry: Any, seats: list[LonLat]) -> str:
    """The mining region whose seat is nearest."""
    x, y = geometry.centroid.x, geometry.centroid.y
    gaps = [((x - a) * KM_LON) ** 2 + ((y - b) * KM_LAT) ** 2 for a, b in seats]
    return REGIONS[gaps.index(min(gaps))]


def status_deck(rng: np.random.Generator, titles: list[Title]) -> list[tuple[str, str]]:
    """Exactly the counts of the table; defects and slivers are in force."""
    deck = [(text, group) for text, group, count in STATUSES for _ in range(count)]
    special = [k for k, t in enumerate(titles) if t.note not in ("", "overlap")]
    deck = deck[len(special) :]
    mixed = [deck[int(k)] for k in rng.permutation(len(deck))]
    for k in special:
        mixed.insert(k, ("Active", "Active"))
    return mixed


def make_cadastre(land: Land, titles: list[Title], settlements: list[Row]) -> list[Row]:
    """The register: every title with its attributes."""
    rng, rows = rng_for("register"), []
    firms = company_list(land.names)
    seats = [(r["geometry"].x, r["geometry"].y) for r in settlements[:23:3]]
    statuses = status_deck(rng, titles)
    number = (1000 + np.sort(rng.choice(7000, len(titles), replace=False))).tolist()
    project = [land.names.make("place" if k % 2 else "hill") for k in range(len(titles))]
    for k in rng.permutation(len(titles)).tolist():
        title, (status, group) = titles[k], statuses[k]
        prefix, type_group = TYPES[title.kind][:2]
        suffix = ["", "", "", " North", " South", " East", " Block B"][int(rng.integers(7))]
        true_ha = area_km2(title.geometry) * 100
        row: Row = {"Code": f"{number[k]}-HQ-{prefix}", "Name": project[k] + suffix}
        row |= {"Parties": parties(rng, firms), "Status": status, "StatusGrp": group}
        row |= {"TypeGroup": type_group, "Type": title.kind, "Jurisdic": "Karvela"}
        row |= {"Region": region_of(title.geometry, seats)} | title_dates(rng, status)
        row["AreaValue"] = round(true_ha * float(rng.uniform(0.985, 1.015)), 2)
        row |= {"AreaUnit": "HA", "Commodities": commodities(rng, title)}
        rows.append(row | {"geometry": title.geometry, "note": title.note})
    return spoil(rows)


def spoil(rows: list[Row]) -> list[Row]:
    """The faults of attributes: one code twice, two areas wrong by a hundred."""
    by_note = {r["note"]: r for r in rows}
    by_note["code repeated"]["Code"] = by_note["code"]["Code"]
    bow = by_note["bow-tie"]
    bow["AreaValue"] = round(area_km2(box(*bow["geometry"].bounds)) * 50, 2)
    plain = [r for r in rows if not r["note"] and r["Type"] == "Exploration Licence"]
    plain[4]["AreaValue"] = round(plain[4]["AreaValue"] / 100, 2)
    plain[4]["note"] = "area too small by 100"
    plain[9]["AreaValue"] = round(plain[9]["AreaValue"] * 100, 2)
    plain[9]["note"] = "area too large by 100"
    return rows


# ------------------------------------------------------------------------------- writing


def write_geojson(rows: Iterable[Row], path: Path, leave: Sequence[str] = ()) -> None:
    """A GeoJSON file, one feature on a line."""
    lines = []
    for row in rows:
        attributes = {k: v for k, v in row.items() if k != "geometry" and k not in leave}
        feature = {"type": "Feature", "properties": attributes}
        feature["geometry"] = mapping(rounded(row["geometry"]))
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    head = f'{{"type":"FeatureCollection","name":"{path.stem}","features":[\n'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head + ",\n".join(lines) + "\n]}\n", encoding="utf-8", newline="\n")


def as_frame(rows: list[Row], crs: str, leave: Sequence[str] = ()) -> gpd.GeoDataFrame:
    """Rows as a GeoDataFrame."""
    kept = [{k: v for k, v in row.items() if k not in leave} for row in rows]
    return gpd.GeoDataFrame(pd.DataFrame(kept), geometry="geometry", crs=crs)


def write_zip(layers: dict[str, gpd.GeoDataFrame], path: Path) -> None:
    """Shapefiles in one zip whose entries carry a fixed time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, frame in layers.items():
            pyogrio.write_dataframe(
                frame,
                Path(folder) / f"{name}.shp",
                driver="ESRI Shapefile",
                encoding="UTF-8",
                layer_options={"DBF_DATE_LAST_UPDATE": TODAY.isoformat()},
            )
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for file in sorted(Path(folder).iterdir()):
                entry = zipfile.ZipInfo(file.name, date_time=STAMP)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, file.read_bytes())


def write_gpkg(layers: dict[str, gpd.GeoDataFrame], path: Path) -> None:
    """GeoPackage layers, written afresh."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{TODAY.isoformat()}T00:00:00.000Z"})
    for name, frame in layers.items():
        pyogrio.write_dataframe(
            frame, path, layer=name, driver="GPKG", append=path.exists(),
            dataset_options={"VERSION": "1.3"} if not path.exists() else None,
        )  # fmt: skip


def multi(rows: list[Row]) -> list[Row]:
    """Rows with every polygon as a multi-polygon."""
    return [
        r | {"geometry": MultiPolygon([g]) if isinstance(g := r["geometry"], Polygon) else g}
        for r in rows
    ]


def sensitive_land(layers: Iterable[list[Row]]) -> list[Any]:
    """The valid shapes, in degrees, that a clear title keeps off."""
    shapes: list[Any] = []
    for row in (row for rows in layers for row in rows):
        geometry = shapely.make_valid(row.get("lonlat", row["geometry"]))
        if isinstance(geometry, MultiPoint) and row["REP_AREA"] > 0:
            geometry = geometry.buffer((row["REP_AREA"] / 3.1) ** 0.5 / KM_LON)
        shapes.append(geometry)
    return shapes


def defect_rows(layers: dict[str, list[Row]]) -> list[tuple[str, str, str]]:
    """The deliberate defects: file, id and what is wrong."""
    says = {
        "straddles": "straddles the border", "across": "wholly beyond the border",
        "hole": "polygon with a hole", "bow-tie": "self-crossing polygon (bow-tie), invalid",
        "circle": "placeholder circle of 2 km radius", "twin": "two codes, one geometry",
        "twin of another code": "two codes, one geometry",
        "code": "first of two titles with this code", "overlap": "laid over another title",
        "code repeated": "second of two titles with this code, geometry differs",
        "area too small by 100": "AreaValue is in km2", "area too large by 100": "AreaValue x 100",
    }  # fmt: skip
    sites = {r["key"]: r["SITE_PID"] for r in layers["wdpa_polygons"]}
    rows = []
    for row in layers["cadastre"]:
        note = row["note"]
        if note.startswith("sliver"):
            rows.append((row["Code"], f"sliver with SITE_PID {sites[note[7:]]}, below 1 ha"))
        elif note:
            rows.append((row["Code"], says[note]))
        if row["Status"] == "Sub Judice s.14":
            rows.append((row["Code"], "status text that no vocabulary knows"))
    out = [("concessions/mining_cadastre.geojson", *r) for r in sorted(rows, key=lambda r: r[::-1])]
    wdpa = "protected/wdpa_XKV.zip"
    out.append((wdpa, sites["fr1"], "boundary crosses itself slightly, invalid"))
    out += [(wdpa, sites[k], "two zones of one SITE_ID") for k in ("za", "zb")]
    out.append((wdpa, sites["wb"], "lies in two countries, ISO3 XKV;XKN"))
    return [*out, (wdpa, "900063", "point, REP_AREA 0"), (wdpa, "900064", "point, REP_AREA -1")]


def write_defects(layers: dict[str, list[Row]], path: Path) -> None:
    """The list of deliberate defects as CSV."""
    lines = ["file,id,defect"] + [f'{a},{b},"{c}"' for a, b, c in defect_rows(layers)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def build() -> dict[str, list[Row]]:
    """Every layer as rows, by its name."""
    land = make_land()
    basins = make_basins(land)
    kept = shapely.union_all([r["geometry"] for r in basins])
    rivers = make_rivers(land, kept)
    settlements = make_settlements(land)
    roads = make_roads(land, settlements)
    shapes, tips = protected_shapes(land)
    out = {
        "wdpa_polygons": wdpa_rows(land, shapes),
        "wdpa_points": wdpa_points(land),
        "kba": [],
        "heritage": make_heritage(land, shapes),
        "moratorium": make_moratorium(land, shapes),
    }
    out["kba"] = make_kbas(land, shapes, out["wdpa_polygons"])
    communities = make_communities(land, shapes)
    features = sensitive_land([*out.values(), *communities.values()])
    big = [shapely.buffer(r["geometry"], 0.0008) for r in rivers if r["ORD_STRA"] >= 3]
    spots = [shapely.buffer(r["geometry"], 0.012) for r in settlements]
    wet = shapely.union_all([*big, *spots])
    titles = make_titles(land, features, wet, out["moratorium"][1]["geometry"], tips)
    countries = [
        {"ISO3": code, "NAME": COUNTRIES[code], "geometry": shapely.orient_polygons(g)}
        for code, g in land.countries.items()
    ]
    return out | communities | {
        "countries": countries, "basins": basins, "rivers": rivers, "roads": roads,
        "settlements": settlements, "cadastre": make_cadastre(land, titles, settlements),
    }  # fmt: skip


def write_all(layers: dict[str, list[Row]], out: Path) -> None:
    """Every file, each in the format such data usually comes in."""
    wgs84 = "EPSG:4326"
    write_geojson(layers["countries"], out / "context/countries.geojson")
    write_geojson(layers["cadastre"], out / "concessions/mining_cadastre.geojson", ["note"])
    write_geojson(layers["rivers"], out / "water/rivers.geojson")
    write_geojson(layers["settlements"], out / "context/settlements.geojson")
    write_geojson(layers["heritage"], out / "heritage/cultural_sites.geojson")
    write_geojson(layers["moratorium"], out / "moratorium/closed_areas.geojson")
    wdpa = {n: as_frame(layers[n], wgs84) for n in ("wdpa_polygons", "wdpa_points")}
    write_zip({n: f[[*WDPA_FIELDS, "geometry"]] for n, f in wdpa.items()},
              out / "protected/wdpa_XKV.zip")  # fmt: skip
    kba = as_frame(layers["kba"], "EPSG:32728", ["lonlat"])
    write_zip({"key_biodiversity_areas": kba}, out / "protected/key_biodiversity_areas.zip")
    write_gpkg(
        {name: as_frame(multi(layers[name]), wgs84) for name in LANDS},
        out / "community/community_lands.gpkg",
    )
    write_gpkg({"roads": as_frame(layers["roads"], wgs84)}, out / "context/roads.gpkg")
    basins = as_frame(multi(layers["basins"]), wgs84)
    (out / "water").mkdir(parents=True, exist_ok=True)
    write_defects(layers, out / "deliberate_defects.csv")
    basins.to_parquet(out / "water/basins.parquet", geometry_encoding="WKB", index=False)


def main() -> None:
    """Write the files to the folder asked for."""
    parser = argparse.ArgumentParser(description="Write the files of the invented country.")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    write_all(build(), parser.parse_args().out)


if __name__ == "__main__":
    main()
