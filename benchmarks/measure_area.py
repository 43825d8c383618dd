"""Exact area against what a user would pick instead, in alternation, results compared.

    python benchmarks/measure_area.py [--vertices 1000000] [--rounds 5]

Prints seconds per million vertices, each way's ratio to ours, and the largest difference of area.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from cetm_geo import measure

GEOD = pyproj.Geod(ellps="WGS84")


def rough_discs(vertices: int, seed: int = 7) -> np.ndarray:
    """Discs of 500 corners with a rough edge, all over the inhabited latitudes."""
    random = np.random.default_rng(seed)
    turn = np.linspace(0, 2 * np.pi, 500, endpoint=False)
    shapes = []
    for lon, lat in zip(
        random.uniform(-170, 170, vertices // 500), random.uniform(-60, 70, vertices // 500),
        strict=True,
    ):  # fmt: skip
        radius = 0.2 * (1 + 0.1 * random.standard_normal(len(turn)))
        shapes.append(
            shapely.Polygon(
                np.column_stack([lon + radius * np.cos(turn), lat + radius * np.sin(turn)])
            )
        )
    return np.array(shapes, object)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vertices", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    shapes = rough_discs(given.vertices)
    series = gpd.GeoSeries(shapes, crs="EPSG:4326")
    ways: dict[str, Callable[[], np.ndarray]] = {
        "cetm_geo.measure.area_km2": lambda: measure.area_km2(shapes),
        "geopandas to_crs(6933).area": lambda: series.to_crs(6933).area.to_numpy() / 1e6,
        "pyproj.Geod, shape by shape": lambda: np.array(
            [abs(GEOD.geometry_area_perimeter(s)[0]) / 1e6 for s in shapes]
        ),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    areas: dict[str, np.ndarray] = {}
    for _ in range(given.rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            areas[name] = way()
            seconds[name].append(time.perf_counter() - start)
    ours = next(iter(ways))
    for name in ways:
        ratio = median(b / a for a, b in zip(seconds[ours], seconds[name], strict=True))
        off = np.max(np.abs(areas[name] / areas[ours] - 1))
        per_million = median(seconds[name]) / given.vertices * 1e6
        print(f"{name:32} {per_million:7.3f} s/M vertices   x{ratio:6.2f}   differs {off:.1e}")


if __name__ == "__main__":
    main()
