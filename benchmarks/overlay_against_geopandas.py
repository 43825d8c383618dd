"""Land of titles inside protected areas, each piece once: ours against geopandas, in alternation.

    python benchmarks/overlay_against_geopandas.py [--sites 400] [--features 2000] [--rounds 3]

The same seeded world for both. geopandas: overlay, to an equal-area CRS, dissolve by site, area.
Prints the ratio of seconds (median of the rounds) and the largest difference of a site's area.
"""

from __future__ import annotations

import argparse
import time
from datetime import date
from statistics import median

import geopandas as gpd
import numpy as np
import shapely

from cetm_geo import measure, overlay, tables
from cetm_geo.model import Layer, LayerSpec, Licence, Publish, Role, Source
from cetm_geo.screening import sites_from_shapes

WORLD = (95.0, 5.0, 110.0, 20.0)
ON = date(2026, 11, 22)


def rough_shape(random: np.random.Generator, radius: float, corners: int) -> shapely.Polygon:
    west, south, east, north = WORLD
    lon, lat = random.uniform(west, east), random.uniform(south, north)
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    wave = sum(np.sin(k * turn + random.uniform(0, 7)) / k for k in range(2, 9)) / 6
    reach = radius * (1 + wave)
    return shapely.Polygon(
        np.column_stack([lon + reach * np.cos(turn), lat + reach * np.sin(turn)])
    ).buffer(0)


def parks(random: np.random.Generator, count: int) -> Layer:
    sizes = 10 ** random.uniform(1.5, 4.0, count)
    shapes = np.array([rough_shape(random, 0.02 * s**0.35, int(s)) for s in sizes], object)
    spec = LayerSpec("parks", Role.PROTECTED_AREA, "parks", Source("-"),
                     Licence("CC0", Publish.PUBLIC), complete_within="world")  # fmt: skip
    ids = [str(i) for i in range(count)]
    features = tables.build(tables.FEATURES, {
        "layer_id": "parks", "feature_id": ids, "group_id": ids, "class_id": "", "counted": True,
        "repaired": False, "area_km2": measure.area_km2(shapes), "geometry": shapes,
    })  # fmt: skip
    return Layer(spec, features, tables.build(tables.ISSUES), {})


def ours(sites: gpd.GeoDataFrame, layer: Layer) -> np.ndarray:
    pairs = overlay.measure_overlaps(sites, layer)
    return overlay.cover(pairs, sites["area_km2"].to_numpy()).covered_km2


def theirs(sites: gpd.GeoDataFrame, layer: Layer) -> np.ndarray:
    cut = gpd.overlay(sites[["site_id", "geometry"]], layer.features[["geometry"]])
    once = cut.to_crs(6933).dissolve("site_id").area / 1e6
    return once.reindex(sites["site_id"]).fillna(0).to_numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=400)
    parser.add_argument("--features", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    random = np.random.default_rng(11)
    layer = parks(random, given.features)
    layer.warm()
    shapes = [rough_shape(random, random.uniform(0.02, 0.2), 40) for _ in range(given.sites)]
    sites = sites_from_shapes(shapes, [str(i) for i in range(given.sites)])
    seconds: list[tuple[float, float]] = []
    for _ in range(given.rounds):
        start = time.perf_counter()
        a = ours(sites, layer)
        middle = time.perf_counter()
        b = theirs(sites, layer)
        seconds.append((middle - start, time.perf_counter() - middle))
    found = a > 0
    print(f"{given.sites} sites x {given.features} features, "
          f"{int(layer.vertices.sum()):,} vertices; {int(found.sum())} sites overlap")  # fmt: skip
    mine, other = (median(column) for column in zip(*seconds, strict=True))
    ratio = median(b / a for a, b in seconds)
    print(f"ours {mine:.2f} s, geopandas {other:.2f} s: x{ratio:.1f}")
    print(f"largest difference of a site's land: {np.max(np.abs(b[found] / a[found] - 1)):.1e}")


if __name__ == "__main__":
    main()
