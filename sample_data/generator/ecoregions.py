"""Ecoregions in the fields of RESOLVE Ecoregions 2017: all the land, by height and wetness."""

from typing import NamedTuple

import numpy as np
import shapely

from .climate import wetness
from .grid import Grid, window_counts
from .mosaic import label_polygons
from .noise import fractal_noise
from .seed import Floats, Ints, Row
from .shapes import area_km2, polygons, tidy
from .terrain import terrain

GRID = Grid(-18.75, -29.25, 0.04, 190, 156)
LEAST_KM2 = 60.0  # of a piece


class Region(NamedTuple):
    """An ecoregion: its name, biome, and how much of it is left or protected (1 best, 4 worst)."""

    name: str
    biome: int
    half: int


REGIONS = [
    Region("Ashvéni montane forests", 1, 1),
    Region("Vülani moist lowland forests", 1, 2),
    Region("Kesumari dry woodlands", 7, 4),
    Region("Toruvai steppe", 13, 2),
    Region("Ñandovi coastal thicket", 12, 3),
]
BIOMES = {
    1: "Tropical & Subtropical Moist Broadleaf Forests",
    7: "Tropical & Subtropical Grasslands, Savannas & Shrublands",
    12: "Mediterranean Forests, Woodlands & Scrub",
    13: "Deserts & Xeric Shrublands",
}
HALVES = {
    1: "Half Protected",
    2: "Nature Could Reach Half Protected",
    3: "Nature Could Recover",
    4: "Nature Imperiled",
}


def make_ecoregions() -> list[Row]:
    """The regions, one row each."""
    shapes = label_polygons(GRID, region_labels().ravel(), 0.012, (0.2, 0.15))
    rows: list[Row] = []
    for number, region in enumerate(REGIONS, 1):
        parts = [p for p in polygons(shapes[number]) if area_km2(p) >= 1.0]
        row: Row = {"ECO_NAME": region.name, "BIOME_NUM": region.biome}
        row |= {"BIOME_NAME": BIOMES[region.biome], "REALM": "Afrotropic"}
        row |= {"ECO_BIOME_": f"AT{region.biome:02d}", "NNH": region.half, "ECO_ID": 9800 + number}
        row |= {"NNH_NAME": HALVES[region.half], "LICENSE": "CC0 1.0"}
        rows.append(row | {"geometry": tidy(shapely.multipolygons(parts))})
    return rows


def region_labels() -> Ints:
    """The region of every cell, from 1; 0 far out at sea, so that none ends at the coast."""
    lon, lat = GRID.centres()
    broad = terrain(lon, lat)
    height = smooth(np.clip(broad, 0, 2500), 3)
    wet = wetness(lon, lat, height) + 0.06 * fractal_noise("ecoregions", lon, lat, 1.2, 2)
    inland = smooth((broad > 0).astype(float), 6)
    found = np.select(
        [inland < 0.03, height > 820, inland < 0.7, wet > 0.56, wet > 0.37],
        [0, 1, 5, 2, 3],
        4,
    )
    return majority(found)


def smooth(values: Floats, reach: int) -> Floats:
    """Means over squares of cells."""
    sums = window_counts(np.round(values * 1000).astype(np.int64), reach)
    out: Floats = sums / (1000 * (2 * reach + 1) ** 2)
    return out


def majority(labels: Ints) -> Ints:
    """The commonest label about each cell, several times over: takes small patches away."""
    for _ in range(4):
        near = [window_counts((labels == k).astype(np.int64), 3) for k in range(len(REGIONS) + 1)]
        labels = np.stack(near).argmax(axis=0)
    return labels
