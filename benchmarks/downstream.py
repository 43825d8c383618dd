"""What lies below titles, against what a user would write: networkx and geopandas, site by site.

    python benchmarks/downstream.py --folder DIR [--sites 400] [--all 2000] [--rounds 2]

DIR holds a world of `benchmarks/world.py`, made there at --scale if it does not. Its basins get
links: each drains to the lowest of those next to it on a made slope. Both sides tell for each site
the protected land in its basins and in those that the water enters within 100 km, each bit of it
once. The peer walks the graph, picks the protected areas that meet those basins, cuts and unites
them. Both measure areas by the same exact formula, so that land is compared. --all: ours alone, of
so many sites.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
import world

from cetm_geo import tables
from cetm_geo.arrays import Floats, Geometries
from cetm_geo.catchments import Catchments
from cetm_geo.downstream import below_in_basins, found_in
from cetm_geo.evidence import Task, measure_sites
from cetm_geo.ground import Ground
from cetm_geo.hydrology import Network
from cetm_geo.measure import area_km2
from cetm_geo.model import Layer, Role

REACH_DEGREES = 0.25
KM = 100.0


def linked(basins: Layer) -> Layer:
    """The basins with made links: to the lowest neighbour, and straight km along them."""
    centres = shapely.get_coordinates(shapely.centroid(basins.shapes))
    height = 0.3 * centres[:, 0] + centres[:, 1] + np.sin(3 * centres[:, 0])
    points = shapely.points(centres)
    own, near = shapely.STRtree(points).query(points, "dwithin", REACH_DEGREES)
    lower = height[near] < height[own]
    pairs = pd.DataFrame({"own": own[lower], "near": near[lower], "height": height[near[lower]]})
    lowest = pairs.sort_values(["own", "height"]).drop_duplicates("own")
    down = np.full(len(centres), -1)
    down[lowest["own"]] = lowest["near"]
    ids = basins.feature_ids
    downstream = np.where(down >= 0, ids[down], "0").astype(object)
    step = np.where(down >= 0, 100 * np.hypot(*(centres[down] - centres).T), 0.0)
    outlet_km = Network.of(ids, downstream, outlet=["0"]).downstream_sums(step)
    rows = {"layer_id": "basins", "basin_id": ids, "downstream_id": downstream,
            "end": np.where(down < 0, "outlet", ""), "outlet_km": outlet_km}  # fmt: skip
    return replace(basins, links=tables.build(tables.LINKS, rows))


def ours(sites: gpd.GeoDataFrame, ground: Ground) -> Floats:
    """km2 of protected land below each site."""
    evidence = measure_sites(sites, Task(ground, 100.0, proposals=True))
    caught = Catchments.of(ground.networks["basins"], evidence)
    below = next(x for x in below_in_basins(sites, [caught]) if x.distance_km == KM)
    return below.summed(found_in(below.places, ground).evidence.covered["protected_area"])


def peer(sites: gpd.GeoDataFrame, basins: Layer, protected: Layer) -> Floats:
    """The same by a walk of the graph, an intersection and a union for each site."""
    links = basins.links
    assert links is not None
    graph = nx.DiGraph(list(zip(links["basin_id"], links["downstream_id"], strict=True)))
    outlet_km = dict(zip(links["basin_id"], links["outlet_km"], strict=True))
    shape = dict(zip(basins.feature_ids, basins.shapes, strict=True))
    counted = protected.shapes[protected.is_counted]
    trees = shapely.STRtree(basins.shapes), shapely.STRtree(counted)
    return np.array([_peer(site, graph, outlet_km, shape, basins, counted, trees)
                     for site in sites.geometry])  # fmt: skip


def _peer(
    site: Any,
    graph: Any,
    outlet_km: Mapping[str, float],
    shape: Mapping[str, Any],
    basins: Layer,
    protected: Geometries,
    trees: tuple[Any, Any],
) -> float:
    met = trees[0].query(site, "intersects")
    met = met[shapely.area(shapely.intersection(basins.shapes[met], site)) > 1e-8]
    passed = set()
    for start in basins.feature_ids[met]:
        here, passed_km = start, 0.0
        while here != "0" and passed_km <= KM:
            passed.add(here)
            passed_km = outlet_km[start] - outlet_km[here]
            here = next(iter(graph.successors(here)), "0")
    land = shapely.union_all([shape[b] for b in passed])
    near = trees[1].query(land, "intersects")
    cut = shapely.intersection(protected[near], land)
    return float(area_km2(np.array([shapely.union_all(cut)], object))[0])


def run(given: argparse.Namespace) -> Iterator[str]:
    """A line for each finding."""
    made = world.make_world(given.folder, given.scale)
    basins = linked(world.layer_of(made.basins, "basins", Role.WATER_BASIN))
    protected = world.layer_of(made.protected, "protected", Role.PROTECTED_AREA)
    layers = {x.spec.id: replace(x, source=world.source_of(x.spec)) for x in (basins, protected)}
    start = time.perf_counter()
    ground = Ground.of(layers)
    ground.warm()
    yield f"cut once, {time.perf_counter() - start:.1f} s; {len(basins.shapes):,} basins"
    sites = world.sites_of(made.concessions, given.sites)
    taken: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(given.rounds):
        start = time.process_time()
        found = ours(sites, ground)
        taken["ours"].append(time.process_time() - start)
        start = time.process_time()
        other = peer(sites, basins, protected)
        taken["peer"].append(time.process_time() - start)
    off = np.abs(found - other) / np.maximum(other, 1.0)
    mine, theirs = min(taken["ours"]), min(taken["peer"])
    yield (f"{len(sites)} sites: ours {mine:.2f} s of the processor, peer {theirs:.2f} s, "
           f"{theirs / mine:.1f} times; land differs by {off.max():.1e} at most")  # fmt: skip
    sites = world.sites_of(made.concessions, given.all)
    start, clock = time.process_time(), time.perf_counter()
    ours(sites, ground)
    seconds = time.process_time() - start
    yield (f"{len(sites)} sites: {seconds:.1f} s of the processor, {1e3 * seconds / len(sites):.1f}"
           f" ms a site, {time.perf_counter() - clock:.1f} s by the clock")  # fmt: skip


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--scale", type=float, default=0.05)
    parser.add_argument("--sites", type=int, default=400)
    parser.add_argument("--all", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=2)
    for line in run(parser.parse_args()):
        print(line, flush=True)


if __name__ == "__main__":
    main()
