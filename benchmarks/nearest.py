"""The nearest protected area of titles: ours against geopandas and against a projection per title.

    python benchmarks/nearest.py [--titles 400] [--scale 0.02] [--rounds 3] [--folder DIR]

The same seeded world for all (see world.py), in alternation. sjoin_nearest: geopandas' in degrees,
and the geodesic of the line it finds. A projection per title: the areas whose boxes come within
100 km, else 500 km, in an azimuthal equidistant projection about the title, and their distance.
Prints milliseconds a title (median of the rounds, without reading and cutting), the ratio to ours,
and the largest error against geodesics between dense points of the outlines, of a sample.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from world import layer_of, make_world, sites_of

from cetm_geo import measure
from cetm_geo.distances import nearest_piece
from cetm_geo.model import Role
from cetm_geo.pieces import OWN

GEOD = pyproj.Geod(ellps="WGS84")
SEARCH_KM = (100.0, 500.0)
DENSE = 100  # points to the distance: (1 / DENSE)^2 / 2 too far at most


def in_degrees(sites: Any, areas: Any) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of distances in degrees
        joined = gpd.sjoin_nearest(sites[["geometry"]], areas[["geometry"]])
    joined = joined[~joined.index.duplicated()]
    chosen = np.asarray(areas.geometry.array, object)[joined["index_right"]]
    lines = shapely.shortest_line(np.asarray(joined.geometry.array, object), chosen)
    ends = shapely.get_coordinates(lines).reshape(-1, 4)
    return measure.geodesic_km(*ends.T)


def projected(shapes: np.ndarray, areas: np.ndarray, tree: shapely.STRtree) -> np.ndarray:
    return np.array([_projected(shape, areas, tree) for shape in shapes])


def _projected(shape: Any, areas: np.ndarray, tree: shapely.STRtree) -> float:
    lon, lat = shapely.get_coordinates(shapely.centroid(shape))[0]
    flat = pyproj.Transformer.from_crs(
        measure.LONLAT, f"+proj=aeqd +lon_0={lon} +lat_0={lat} +ellps=WGS84", always_xy=True
    )

    def move(coords: np.ndarray) -> np.ndarray:
        return np.column_stack(flat.transform(coords[:, 0], coords[:, 1]))

    for reach_km in SEARCH_KM:
        box = measure.search_box(shapely.bounds(shape), reach_km)
        near = areas[tree.query(shapely.box(*box))]
        metres = shapely.distance(shapely.transform(shape, move), shapely.transform(near, move))
        if len(near) and metres.min() <= reach_km * 1000:
            return float(metres.min()) / 1000
    return np.nan


def dense_km(shape: Any, areas: np.ndarray, tree: shapely.STRtree, about_km: float) -> float:
    """The least geodesic between points of outlines so dense that no more is to be gained."""
    box = measure.search_box(shapely.bounds(shape), about_km * 1.02)
    step = about_km / DENSE / 111.2
    near = shapely.clip_by_rect(shapely.boundary(areas[tree.query(shapely.box(*box))]), *box)
    theirs, ours = (shapely.get_coordinates(shapely.segmentize(x, step)) for x in (near, shape))
    least = np.inf
    for lon, lat in ours:
        here = np.full(len(theirs), lon), np.full(len(theirs), lat)
        least = min(least, GEOD.inv(*here, *theirs.T)[2].min(initial=np.inf))
    return float(least) / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--titles", type=int, default=400)
    parser.add_argument("--scale", type=float, default=0.02)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sample", type=int, default=25)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        world = make_world(given.folder or Path(made), given.scale)
        layer = layer_of(world.protected, "protected", Role.PROTECTED_AREA)
        sites = sites_of(world.concessions, given.titles)
    pieces, areas = layer.pieces, layer.shapes
    own = pieces.is_a(OWN)
    shapes, tree = np.asarray(sites.geometry.array, object), shapely.STRtree(areas)
    tree.query(shapes[0])
    ways: dict[str, Callable[[], np.ndarray]] = {
        "cetm_geo.distances.nearest_piece": lambda: nearest_piece(shapes, pieces, own)[0],
        "geopandas sjoin_nearest, in degrees": lambda: in_degrees(sites, layer.features),
        "a projection per title": lambda: projected(shapes, areas, tree),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    km: dict[str, np.ndarray] = {}
    for _ in range(given.rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            km[name] = way()
            seconds[name].append(time.perf_counter() - start)
    ours = next(iter(ways))
    apart = np.flatnonzero(km[ours] > 0)
    sample = apart[:: max(1, len(apart) // given.sample)]
    truth = np.array([dense_km(shapes[i], areas, tree, km[ours][i]) for i in sample])
    print(f"{len(shapes)} titles, {len(apart)} of them apart; {len(areas):,} areas, "
          f"{len(pieces):,} pieces; errors of {len(sample)}")  # fmt: skip
    for name in ways:
        ratio = median(b / a for a, b in zip(seconds[ours], seconds[name], strict=True))
        off = np.nanmax(np.abs(km[name][sample] / truth - 1))
        each = median(seconds[name]) / len(shapes) * 1000
        print(f"{name:36} {each:8.3f} ms a title   x{ratio:7.1f}   off by {off:.1e} at most")


if __name__ == "__main__":
    main()
