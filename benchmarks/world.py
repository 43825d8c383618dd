"""A seeded world at any size: protected areas, titles, basins and community lands as GeoParquet.

    python benchmarks/world.py --folder DIR [--scale 0.01] [--seed 11]

At scale 1: 300,000 protected areas of 60 M vertices (five of more than half a million each; 38 % of
the areas overlap another), 200,000 titles (62 % on a grid of arc minutes), 190,000 basins that tile
the land and 100,000 lands of communities. A smaller scale makes fewer provinces, each as dense as
before. A folder that holds the same world already is taken as it is.

Provinces are squares of 256 km, chosen where a smooth random field over the sphere is highest, so
that they lie together as countries do. In a province, outlines have square cells whose sides are
powers of two, laid along a Z-order curve from the largest down: they fill it without overlapping.
What overlaps does so on purpose: the same land designated again, drawn anew, or another inside it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from cetm_geo import measure, tables
from cetm_geo.model import Layer, LayerSpec, Licence, Publish, Role, SiteStatus, Source, Stage

Random = np.random.Generator
Shapes = NDArray[np.object_]

PROTECTED, VERTICES = 300_000, 57_000_000
LARGEST = np.linspace(557_000, 515_000, 5).astype(int)  # vertices; as many as the scale allows
REPEATED_SHARE = 0.38  # of the protected areas
TITLES, SNAPPED_SHARE, SAME_SHARE, MOVED_SHARE = 200_000, 0.62, 0.03, 0.008
BASINS, EDGE = 190_000, 10  # EDGE: straight pieces of a border between two basins
COMMUNITIES, COMMUNITIES_REPEATED_SHARE = 100_000, 0.2

PROVINCE_KM = 256.0
PROVINCE_LEVEL = 10  # a province is 2**10 smallest cells wide
FIELD_LEVEL = 5  # a field of titles is 2**5 arc minutes wide
SOUTH, NORTH, SPARSE_NORTH = -55.0, 79.5, 72.0
REACH = 1.35  # the farthest corner of an outline, in its radii
OCTAVES = 2 ** np.arange(15) + 1
CHUNK = 2_000_000  # vertices drawn at once

IUCN = ("ia", "ib", "ii", "iii", "iv", "v", "vi", "not_given")
IUCN_SHARES = (0.05, 0.02, 0.04, 0.08, 0.25, 0.16, 0.07, 0.33)
STATUSES = (SiteStatus.ACTIVE, SiteStatus.APPLICATION, SiteStatus.EXPIRED, SiteStatus.UNKNOWN)
STATUS_SHARES = (0.55, 0.25, 0.12, 0.08)


@dataclass(frozen=True)
class World:
    """Where the files of a world lie."""

    folder: Path

    @property
    def protected(self) -> Path:
        return self.folder / "protected.parquet"

    @property
    def concessions(self) -> Path:
        return self.folder / "concessions.parquet"

    @property
    def basins(self) -> Path:
        return self.folder / "basins.parquet"

    @property
    def communities(self) -> Path:
        return self.folder / "communities.parquet"


# --- where things lie ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Land:
    """Provinces by their column and row, counted from the south west, and their size in degrees."""

    column: NDArray[np.int64]
    row: NDArray[np.int64]
    width: NDArray[np.float64]
    height: float

    def place(self, province: Any, x: Any, y: Any) -> tuple[Any, Any]:
        """Longitude and latitude of places given as parts of a province, 0 to 1."""
        lon = -180 + (self.column[province] + x) * self.width[province]
        return lon, SOUTH + (self.row[province] + y) * self.height

    def middle(self, lon: float, lat: float) -> int:
        """The province whose middle is nearest to a place, in degrees."""
        lons, lats = self.place(np.arange(len(self.row)), 0.5, 0.5)
        return int(np.argmin(np.hypot(lons - lon, lats - lat)))


def land_of(random: Random, count: int) -> Land:
    """So many provinces in lumps, two of them at 180 degrees and one beyond 77 degrees north."""
    rows = np.arange(int((NORTH - SOUTH) / (PROVINCE_KM / 110.6)))
    height = (NORTH - SOUTH) / len(rows)
    middle = SOUTH + (rows + 0.5) * height
    columns = (360 * 111.3 * np.cos(np.radians(middle)) / PROVINCE_KM).astype(int)
    every = Land(
        np.concatenate([np.arange(n) for n in columns]),
        np.repeat(rows, columns),
        np.repeat(360 / columns, columns),
        height,
    )
    lon, lat = every.place(np.arange(len(every.row)), 0.5, 0.5)
    value = _smooth(random, lon, lat) - 2.0 * (lat > SPARSE_NORTH)
    value[[every.middle(180, 66), every.middle(-180, -17), every.middle(16, 79)]] = np.inf
    chosen = np.sort(np.argsort(-value, kind="stable")[:count])
    return Land(every.column[chosen], every.row[chosen], every.width[chosen], height)


def _smooth(random: Random, lon: Any, lat: Any) -> NDArray[np.float64]:
    """A random field over the sphere without a seam."""
    lon, lat = np.radians(lon), np.radians(lat)
    place = np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    waves = random.normal(0, 5, (24, 3))
    return np.asarray(np.sin(place @ waves.T + random.uniform(0, 7, 24)).sum(axis=1))


def pack(random: Random, level: Any, top: int) -> tuple[Any, Any, Any]:
    """Squares 2**level wide laid without overlap into larger ones 2**top wide.

    Returns for each the number of its large square and the corner in it, x and y. Sorted from the
    largest down, each begins at a multiple of its own size along the Z-order curve.
    """
    cells = 4**level
    order = random.permutation(len(level))
    order = order[np.argsort(level[order] < top, kind="stable")]  # those that fill one come first
    filled = level[order] == top
    room = 4**top - cells[level < top].max()  # the last one in has its place too
    inside = np.cumsum(np.where(filled, 0, cells[order])) - np.where(filled, 0, cells[order])
    number = np.empty(len(level), int)
    number[order] = np.where(filled, np.arange(len(level)), filled.sum() + inside // room)
    order = np.lexsort((-level, number))
    start = np.cumsum(cells[order]) - cells[order]
    _, first, within = np.unique(number[order], return_index=True, return_inverse=True)
    along = np.empty(len(level), int)
    along[order] = start - start[first][within]
    number[order] = within
    return number, _every_second_bit(along), _every_second_bit(along >> 1)


def _every_second_bit(code: Any) -> Any:
    return sum(((code >> 2 * bit) & 1) << bit for bit in range(16))


# --- outlines ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rings:
    """Rough rings as arrays of one length, those of one feature beside each other.

    form: which random form a ring has; rings of one form differ by place, size and corners alone.
    hole: it is cut out of the ring before it; otherwise it begins a polygon.
    """

    feature: Any
    hole: Any
    form: Any
    corners: Any
    lon: Any
    lat: Any
    east: Any  # radius in degrees of longitude
    north: Any  # radius in degrees of latitude

    def take(self, chosen: Any) -> Rings:
        return Rings(**{name: values[chosen] for name, values in vars(self).items()})


def drawn(random: Random, rings: Rings) -> Shapes:
    """A valid shape for each feature."""
    phases = random.uniform(0, 2 * np.pi, (2, len(OCTAVES), int(rings.form.max()) + 1))
    chunk = np.cumsum(rings.corners) // CHUNK
    chunk = chunk[np.searchsorted(rings.feature, rings.feature)]  # a feature is drawn at once
    bounds = np.flatnonzero(np.r_[True, np.diff(chunk) > 0, True])
    parts = [_shapes(rings.take(slice(*b)), phases) for b in pairwise(bounds)]
    return np.concatenate(parts)


def _shapes(rings: Rings, phases: Any) -> Shapes:
    owner = np.repeat(np.arange(len(rings.corners)), rings.corners)
    lines = shapely.linearrings(_corners(rings, owner, phases), indices=owner)
    polygons = shapely.polygons(lines, indices=np.cumsum(~rings.hole) - 1)
    _, feature = np.unique(rings.feature[~rings.hole], return_inverse=True)
    shapes = polygons[np.searchsorted(feature, np.arange(feature.max() + 1))]
    many = np.flatnonzero(np.bincount(feature) > 1)
    part = np.isin(feature, many)
    shapes[many] = shapely.multipolygons(
        polygons[part], indices=np.searchsorted(many, feature[part])
    )
    invalid = ~shapely.is_valid(shapes)
    shapes[invalid] = shapely.make_valid(shapes[invalid], method="structure", keep_collapsed=False)
    return shapes


def _corners(rings: Rings, owner: Any, phases: Any) -> Any:
    """Radius and angle are sums of waves that fall with their frequency, as a coast's do."""
    first = np.cumsum(rings.corners) - rings.corners
    turn = 2 * np.pi * (np.arange(len(owner)) - first[owner]) / rings.corners[owner]
    wave, bend = np.zeros(len(turn)), turn.copy()
    for number, k in enumerate(OCTAVES):
        seen = np.flatnonzero(rings.corners[owner] > 4 * k)
        angle, form = k * turn[seen], rings.form[owner[seen]]
        size = 0.35 / k**0.9
        wave[seen] += size * np.sin(angle + phases[0, number][form])
        bend[seen] += 0.4 * size * np.sin(angle + phases[1, number][form])
    reach = 1 + (REACH - 1) * np.tanh(wave / (REACH - 1))
    return np.column_stack(
        [
            rings.lon[owner] + rings.east[owner] * reach * np.cos(bend),
            rings.lat[owner] + rings.north[owner] * reach * np.sin(bend),
        ]
    )


# --- protected areas and lands of communities ----------------------------------------------------


def _group_sizes(random: Random, count: int, repeated: float) -> Any:
    """How many features share each land: mostly one, else two and more."""
    many = 2 + random.exponential(12.0, count).astype(int)
    many = many[: np.searchsorted(np.cumsum(many), count * repeated)]
    out = np.r_[many, np.ones(count - many.sum(), int)]
    random.shuffle(out)
    return out


@dataclass(frozen=True)
class Lands:
    """Lands by their radius in km and corners, and the features that lie on each."""

    radius_km: Any
    corners: Any
    sharing: Any


def _rings_of_lands(random: Random, lands: Lands, land: Land | None) -> tuple[Rings, Land]:
    """Rings of the features on lands, laid into given provinces or into as many as it takes."""
    level = np.ceil(np.log2(2 * REACH * lands.radius_km / PROVINCE_KM)).astype(int)
    level = np.clip(level + PROVINCE_LEVEL + (land is None), 0, PROVINCE_LEVEL)  # room between
    province, x, y = pack(random, level, PROVINCE_LEVEL)
    land = land or land_of(random, int(province.max()) + 1)
    province = random.permutation(len(land.row))[province]
    group = np.repeat(np.arange(len(level)), lands.sharing)
    group = group[np.argsort(province[group], kind="stable")]
    inner, ratio, corners = _repeats(random, lands, group)
    away = inner * random.uniform(0, 1.2, len(group)) * (1 - ratio) * lands.radius_km[group]
    turn = random.uniform(0, 2 * np.pi, len(group))
    middle = (np.stack([x, y]) + 2**level / 2)[:, group] / 2**PROVINCE_LEVEL
    middle += away / PROVINCE_KM * np.stack([np.cos(turn), np.sin(turn)])
    lon, lat = land.place(province[group], *middle)
    part = ratio * lands.radius_km[group] / PROVINCE_KM
    rings = Rings(
        feature=np.arange(len(group)),
        hole=np.zeros(len(group), bool),
        form=np.where(inner, len(level) + np.arange(len(group)), group),
        corners=np.maximum(corners, 8).astype(int),
        lon=lon,
        lat=lat,
        east=part * land.width[province[group]],
        north=part * land.height,
    )
    return rings, land


def _repeats(random: Random, lands: Lands, group: Any) -> tuple[Any, Any, Any]:
    """Which features lie inside their land, their size as a part of the land's, and their corners.

    The first feature on a land is the land; the others are the same, or drawn anew, or inside it.
    """
    first = np.r_[True, group[1:] != group[:-1]]
    kind = np.where(first, 0, random.choice(3, len(group), p=(0.3, 0.3, 0.4)))
    kind[(lands.corners[group] >= LARGEST[-1]) & ~first] = 2
    redrawn, inner = kind == 1, kind == 2
    ratio = np.where(inner, random.uniform(0.25, 0.8, len(group)), 1.0)
    ratio[redrawn] = random.uniform(0.96, 1.0, redrawn.sum())
    corners = lands.corners[group]
    fewer = np.minimum(corners * random.uniform(0.3, 0.9, len(group)) * ratio, 20_000)
    return inner, ratio, np.where(redrawn | inner, fewer, corners)


def _with_parts(random: Random, rings: Rings, holed: float, parted: float) -> Rings:
    """Some forms get a hole, some fall into two parts."""
    luck = random.random(int(rings.form.max()) + 1)[rings.form]
    hole, two = luck < holed, luck > 1 - parted
    size = np.where(two, 0.5, 1.0)
    one = vars(rings) | {
        "corners": np.where(two, np.maximum(rings.corners // 2, 8), rings.corners),
        "lon": rings.lon - two * rings.east * REACH / 2,
        "east": rings.east * size,
        "north": rings.north * size,
    }
    other = vars(rings) | {
        "hole": hole,
        "corners": np.maximum(rings.corners // np.where(two, 2, 6), 5),
        "lon": rings.lon + two * rings.east * REACH / 2,
        "east": rings.east * np.where(two, 0.5, 0.2),
        "north": rings.north * np.where(two, 0.5, 0.2),
    }
    kept = np.r_[np.ones(len(hole), bool), hole | two]
    both = Rings(**{name: np.concatenate([one[name], other[name]])[kept] for name in one})
    return both.take(np.argsort(both.feature, kind="stable"))


def protected_rings(random: Random, scale: float) -> tuple[Rings, Land]:
    count, vertices = round(PROTECTED * scale), VERTICES * scale
    sharing = _group_sizes(random, count, REPEATED_SHARE)
    corners = np.exp(random.normal(0, 1.5, len(sharing)))
    # What is large is designated again and again: as a park, a wetland, a heritage site.
    size = corners * np.exp(random.normal(0, 0.7, len(sharing)))
    sharing = np.sort(sharing)[np.argsort(np.argsort(size))]
    large = LARGEST[: count // 20_000]
    # What repeats a land has fewer corners than the land itself: on average 0.6 times as many.
    per_land = 1 + 0.6 * (sharing - 1)
    corners *= (vertices - large.sum()) / (corners * per_land).sum()
    corners[random.choice(np.flatnonzero(sharing > 1), len(large), replace=False)] = large
    # Half of all areas are smaller than 1 km2 and the mean is near 80: the spread that gives that.
    area = 1.5 * (corners / 60) ** 1.9 * np.exp(random.normal(0, 1.0, len(sharing)))
    radius = np.sqrt(np.clip(area, 0.02, 19_000) / np.pi)
    rings, land = _rings_of_lands(random, Lands(radius, corners, sharing), None)
    return _with_parts(random, rings, 0.04, 0.01), land


def community_rings(random: Random, scale: float, land: Land) -> Rings:
    sharing = _group_sizes(random, round(COMMUNITIES * scale), COMMUNITIES_REPEATED_SHARE)
    corners = np.clip(60 * np.exp(random.normal(0, 0.9, len(sharing))), 10, 400)
    area = np.clip(12 * np.exp(random.normal(0, 1.1, len(sharing))), 0.1, 400)
    rings, _ = _rings_of_lands(random, Lands(np.sqrt(area / np.pi), corners, sharing), land)
    return rings


# --- titles --------------------------------------------------------------------------------------


def titles(random: Random, scale: float, parks: Rings) -> Shapes:
    """Titles in fields of 32 arc minutes, mostly where they meet the most protected areas."""
    count = round(TITLES * scale)
    snapped = round(count * SNAPPED_SHARE)
    degrees = np.column_stack([parks.lon + 180, parks.lat + 90])
    fields, field = np.unique(
        (degrees * 60 / 2**FIELD_LEVEL).astype(int), axis=0, return_inverse=True
    )
    # What a title may meet grows with the square of both radii; a title's is about 2 arc minutes.
    met = np.bincount(field, weights=(parks.north + 2 / 60) ** 2)
    chosen = np.argsort(-met * random.uniform(0.5, 1, len(met)))
    grid, used = _snapped(random, snapped, fields[chosen])
    free, _ = _free(random, count - snapped, fields[chosen[used:]])
    shapes = np.concatenate([grid, free])
    return shapes[random.permutation(count)]


def _copies(random: Random, count: int) -> tuple[Any, Any]:
    """Which title each one copies, mostly itself, and which of the copies are moved a little."""
    same, moved = round(count * SAME_SHARE), round(count * MOVED_SHARE)
    own = count - same - moved
    like = np.r_[np.arange(own), random.choice(own, same + moved)]
    return like, np.arange(count) >= own + same


def _sides(random: Random, count: int) -> Any:
    """Side of a square as large as a title of 1 to 300 km2, in arc minutes at 30 degrees."""
    area = np.clip(24 * np.exp(random.normal(0, 1.1, count)), 1, 300)
    return np.sqrt(area / 2.97)


def _placed(random: Random, level: Any, fields: Any, like: Any, moved: Any) -> tuple[Any, Any, int]:
    """Corners of titles in whole arc minutes from -180, -90, and how many fields they take."""
    number, x, y = pack(random, level, FIELD_LEVEL)
    used = int(number.max()) + 1
    corner = fields[number % len(fields)] * 2**FIELD_LEVEL
    step_x, step_y = (np.where(v < 2 ** (FIELD_LEVEL - 1), 1, -1)[like] * moved for v in (x, y))
    return (corner[:, 0] + x)[like] + step_x, (corner[:, 1] + y)[like] + step_y, used


def _snapped(random: Random, count: int, fields: Any) -> tuple[Shapes, int]:
    """Rectangles of whole arc minutes, and unions of them whose tops go up and down."""
    side = _sides(random, count)
    most = 2 ** (FIELD_LEVEL - 1)
    level = np.clip(np.round(np.log2(1.1 * side)), 0, FIELD_LEVEL - 1).astype(int)
    wide, high = np.ceil(2**level * random.uniform(0.7, 1, (2, count))).astype(int)
    like, moved = _copies(random, count)
    x, y, used = _placed(random, level, fields, like, moved)
    lower = random.integers(0, np.maximum(high // 2, 1)[:, None] + 1, (count, most))
    stepped = (random.random(count) < 0.6)[:, None] & (random.random((count, most)) < 0.5)
    top = np.maximum(high[:, None] - lower * stepped, 1)
    return _stairs(x, y, wide[like], top[like]), used


def _stairs(x: Any, y: Any, wide: Any, top: Any) -> Shapes:
    """Columns one arc minute wide side by side, each with its own top, as one polygon."""
    count, most = top.shape
    at = np.arange(most + 1)
    right = np.c_[top, np.zeros(count, int)]
    right[at >= wide[:, None]] = 0
    left = np.c_[np.zeros(count, int), right[:, :-1]]
    # At each line between two columns, from the east: the top on its right, then on its left.
    xs = np.repeat(at[::-1][None], count, axis=0)
    points = np.stack([right[:, ::-1], left[:, ::-1]], axis=2)
    kept = np.repeat((right != left)[:, ::-1, None], 2, axis=2)
    minutes = np.stack([np.repeat(xs[:, :, None], 2, axis=2) + x[:, None, None],
                        points + y[:, None, None]], axis=3)  # fmt: skip
    degrees = (minutes[kept] - (180 * 60, 90 * 60)) / 60
    owner = np.repeat(np.arange(count), kept.sum(axis=(1, 2)))
    return shapely.polygons(shapely.linearrings(degrees, indices=owner))


def _free(random: Random, count: int, fields: Any) -> tuple[Shapes, int]:
    """Outlines of 5 to 60 corners."""
    across = 2 * REACH * _sides(random, count) / np.sqrt(np.pi)
    level = np.clip(np.round(np.log2(1.1 * across)), 0, FIELD_LEVEL - 1).astype(int)
    radius = 2**level / 2 / REACH * random.uniform(0.6, 1, count)
    corners = np.clip(5 + random.exponential(28, count), 5, 60).astype(int)
    like, moved = _copies(random, count)
    x, y, used = _placed(random, level, fields, like, moved)
    rings = Rings(
        feature=np.arange(count),
        hole=np.zeros(count, bool),
        form=like,
        corners=corners[like],
        lon=(x + (2**level / 2)[like]) / 60 - 180,
        lat=(y + (2**level / 2)[like]) / 60 - 90,
        east=radius[like] / 60,
        north=radius[like] / 60,
    )
    return drawn(random, rings), used


# --- basins --------------------------------------------------------------------------------------


def basins(random: Random, scale: float, land: Land) -> Shapes:
    """Basins that tile each province; neighbours in it share every vertex of their border."""
    each = BASINS * scale / len(land.row)
    columns = max(2, round(np.sqrt(each)))
    rows = max(2, round(each / columns))
    tiles = [_tiles(random, land, number, columns, rows) for number in range(len(land.row))]
    return np.concatenate(tiles)


def _tiles(random: Random, land: Land, province: int, columns: int, rows: int) -> Shapes:
    places = np.arange(columns + 1) / columns, np.arange(rows + 1) / rows
    nodes = np.stack(np.meshgrid(*places, indexing="ij"), axis=2)
    inner = random.uniform(-0.18, 0.18, (columns - 1, rows - 1, 2))
    nodes[1:-1, 1:-1] += inner / (columns, rows)
    across = _borders(random, nodes[:-1], nodes[1:])
    up = _borders(random, nodes[:, :-1], nodes[:, 1:])
    across[:, [0, -1]] = _straight(nodes[:-1, [0, -1]], nodes[1:, [0, -1]])
    up[[0, -1]] = _straight(nodes[[0, -1], :-1], nodes[[0, -1], 1:])
    ring = np.concatenate(
        [across[:, :-1, :-1], up[1:, :, :-1], across[:, 1:, :0:-1], up[:-1, :, :0:-1]], axis=2
    )
    corners = ring.reshape(columns * rows, 4 * EDGE, 2)
    lon, lat = land.place(province, corners[..., 0], corners[..., 1])
    return shapely.polygons(np.stack([lon, lat], axis=2))


def _straight(a: Any, b: Any) -> Any:
    t = np.linspace(0, 1, EDGE + 1)[:, None]
    return a[..., None, :] + t * (b - a)[..., None, :]


def _borders(random: Random, a: Any, b: Any) -> Any:
    """Lines from a to b that meander, so little that no two cross."""
    t = np.linspace(0, 1, EDGE + 1)
    waves = sum(
        np.sin(k * np.pi * t) * random.uniform(-0.07, 0.07, (*a.shape[:2], 1)) / k
        for k in (1, 2, 3, 5, 8)
    )
    along = b - a
    aside = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    return _straight(a, b) + waves[..., None] * aside[..., None, :]


# --- files ---------------------------------------------------------------------------------------


def make_world(folder: Path, scale: float = 1.0, seed: int = 11) -> World:
    """The files of a world; made anew unless the folder holds the same one."""
    world, note = World(folder), folder / "world.json"
    asked = {"scale": scale, "seed": seed}
    if note.is_file() and json.loads(note.read_text(encoding="utf-8")) == asked:
        return world
    folder.mkdir(parents=True, exist_ok=True)
    note.unlink(missing_ok=True)
    random = np.random.default_rng(seed)
    rings, land = protected_rings(random, scale)
    parks = drawn(random, rings)
    classes = random.choice([f"iucn_{name}" for name in IUCN], len(parks), p=IUCN_SHARES)
    _write(world.protected, parks, class_id=classes, counted=random.random(len(parks)) < 0.97)
    del parks
    shapes = titles(random, scale, rings)
    _write(world.concessions, shapes, status=random.choice(STATUSES, len(shapes), p=STATUS_SHARES))
    _write(world.communities, drawn(random, community_rings(random, scale, land)))
    _write(world.basins, basins(random, scale, land))
    note.write_text(json.dumps(asked), encoding="utf-8")
    return world


def _write(path: Path, shapes: Shapes, **columns: Any) -> None:
    ids = [f"{path.stem}-{number}" for number in range(len(shapes))]
    data = {"feature_id": ids, "group_id": ids, "class_id": "", "counted": True} | columns
    frame = gpd.GeoDataFrame(data, geometry=shapes, crs=measure.LONLAT)
    frame.to_parquet(path, index=False, write_covering_bbox=True)


def layer_of(path: Path, layer_id: str, role: Role) -> Layer:
    """A file of the world as a layer; that of titles carries what a register's layer does."""
    features = features_of(_measured(gpd.read_parquet(path)), layer_id, role)
    return Layer(spec_of(path, layer_id, role), features, tables.build(tables.ISSUES), {})


def spec_of(path: Path, layer_id: str, role: Role) -> LayerSpec:
    """What a catalogue would say of a file of the world."""
    return LayerSpec(layer_id, role, layer_id, Source(path.name), Licence("CC0", Publish.PUBLIC),
                     complete_within="world")  # fmt: skip


def source_of(spec: LayerSpec) -> dict[str, Any]:
    """A layer's row of `tables.SOURCES`, as far as answers need it."""
    row: dict[str, Any] = {c.name: None if c.nullable else 0 for c in tables.SOURCES}
    return row | {
        "layer_id": spec.id,
        "role": spec.role.value,
        "label": spec.label,
        "file": spec.source.path,
        "stale": False,
        "licence": spec.licence.text,
        "publish": spec.licence.publish.value,
        "positional_error_m": spec.positional_error_m,
        "style": "{}",
    }


def features_of(frame: Any, layer_id: str, role: Role) -> Any:
    """Rows of a file, with their areas, as the features of a layer; without outlines too."""
    columns = _columns(frame) | {"layer_id": layer_id, "repaired": False}
    contract = tables.FEATURES
    if role == Role.CONCESSION:
        columns |= _columns_of_sites(frame, layer_id)
        names = set(tables.columns(contract))
        contract = (*contract, *(c for c in tables.SITES if c.name not in names))
    return tables.build(
        [c for c in contract if c.name != "geometry" or "geometry" in frame], columns
    )


def sites_of(path: Path, count: int | None = None) -> Any:
    """The titles of a file as a frame of sites, or so many of them at even steps."""
    frame = gpd.read_parquet(path)
    if count is not None:
        rows = np.linspace(0, len(frame), min(count, len(frame)), endpoint=False).astype(int)
        frame = frame.iloc[rows].reset_index(drop=True)
    frame = _measured(frame)
    return tables.build(tables.SITES, _columns(frame) | _columns_of_sites(frame, path.stem))


def _measured(frame: Any) -> Any:
    return frame.assign(area_km2=measure.area_km2(np.asarray(frame.geometry.array, dtype=object)))


def _columns(frame: Any) -> dict[str, Any]:
    kept = ("feature_id", "group_id", "class_id", "counted", "area_km2", "geometry")
    return {
        name: np.asarray(frame[name].array, dtype=object) if name == "geometry" else frame[name]
        for name in kept
        if name in frame
    }


def _columns_of_sites(frame: Any, layer_id: str) -> dict[str, Any]:
    return {
        "site_id": layer_id + ":" + frame["feature_id"],
        "layer_id": layer_id,
        "kind": "concession",
        "minerals": [[] for _ in range(len(frame))],
        "stage": Stage.UNKNOWN.value,
        "method": "unknown",
        "status": frame["status"],
        "placeholder": False,
        "repaired": False,
    }


# --- what a world looks like ---------------------------------------------------------------------


def overlapping_share(shapes: Shapes) -> float:
    """Share of shapes whose inside meets that of another."""
    tree = shapely.STRtree(shapes)
    out = np.zeros(len(shapes), bool)
    for start in range(0, len(shapes), 20_000):
        a, b = tree.query(shapes[start : start + 20_000])
        a, b = a[a + start < b] + start, b[a + start < b]
        met = ~shapely.touches(shapes[a], shapes[b]) & shapely.intersects(shapes[a], shapes[b])
        out[a[met]] = out[b[met]] = True
    return float(out.mean())


def told(world: World) -> Iterator[str]:
    """A line for each file."""
    for path in (world.protected, world.concessions, world.communities, world.basins):
        shapes = np.asarray(gpd.read_parquet(path, columns=["geometry"]).geometry.array, object)
        vertices = shapely.get_num_coordinates(shapes)
        area = measure.area_km2(shapes)
        box = ", ".join(f"{v:.2f}" for v in shapely.total_bounds(shapes))
        yield (
            f"{path.name}: {len(shapes):,} features, {vertices.sum():,} vertices (median"
            f" {np.median(vertices):.0f}, largest {vertices.max():,}); km2 median"
            f" {np.median(area):.1f}, mean {area.mean():.1f}, largest {area.max():.0f};"
            f" {overlapping_share(shapes):.1%} overlap another; {path.stat().st_size / 1e6:.0f} MB;"
            f" {int((~shapely.is_valid(shapes)).sum())} invalid; within {box}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--scale", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=11)
    given = parser.parse_args()
    for line in told(make_world(given.folder, given.scale, given.seed)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
