"""What sites reach within 1, 5, 10, 20 and 50 km: ours against a projection of each site's own.

    python benchmarks/ring_buffers.py [--sites 500] [--rounds 3] [--compared 10]

The same seeded sites for both, in alternation. The other way: per site an azimuthal equidistant
CRS round it by pyproj, transform, buffer, transform back. Prints the ratio of seconds (median of
the rounds). Then, by latitude, the land on the wrong side of the outlines of each ring, as a share
of the ring (the mean of the sites compared): of ours, and of the other way, both held against the
same projection with edges cut to 0.3 km and 256 chords to a quarter of a circle.
"""

from __future__ import annotations

import argparse
import time
from statistics import median
from typing import Any

import numpy as np
import pyproj
import shapely

from cetm_geo import measure, rings

RADII = (1, 5, 10, 20, 50)
LATITUDES = (0, 30, 45, 60, 70, 80)
KM = 1 / 111.2  # degrees of latitude


def rough_site(random: np.random.Generator, lon: float, lat: float) -> shapely.Polygon:
    """10 to 60 corners, 1 to 30 km across."""
    turn = np.linspace(0, 2 * np.pi, int(random.integers(10, 61)), endpoint=False)
    wave = sum(np.sin(k * turn + random.uniform(0, 7)) / k for k in range(2, 9)) / 6
    reach = 0.5 * 10 ** random.uniform(0, 1.4) * (1 + wave) * KM
    east = reach * np.cos(turn) / np.cos(np.radians(lat))
    return shapely.Polygon(np.column_stack([lon + east, lat + reach * np.sin(turn)]))


def plane_round(site: shapely.Polygon) -> tuple[pyproj.Transformer, pyproj.Transformer]:
    centre = site.centroid
    crs = pyproj.CRS.from_proj4(f"+proj=aeqd +lat_0={centre.y} +lon_0={centre.x} +datum=WGS84")
    there = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return there, pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)


def moved(shape: Any, by: pyproj.Transformer) -> Any:
    return shapely.transform(shape, lambda c: np.column_stack(by.transform(c[:, 0], c[:, 1])))


def theirs(sites: np.ndarray) -> np.ndarray:
    out = np.empty((len(RADII), len(sites)), object)
    for i, site in enumerate(sites):
        there, back = plane_round(site)
        flat = moved(site, there)
        out[:, i] = [moved(flat.buffer(radius * 1000), back) for radius in RADII]
    return out


def truth(site: shapely.Polygon) -> list[Any]:
    there, back = plane_round(site)
    flat = moved(shapely.segmentize(site, 0.3 * KM), there)
    fine = [flat.buffer(radius * 1000, quad_segs=256) for radius in RADII]
    return [moved(shapely.segmentize(shape, 300), back) for shape in fine]


def off_shares(site: shapely.Polygon, found: np.ndarray, true: list[Any]) -> list[float]:
    shares = []
    inner = true_inner = site
    for outer, true_outer in zip(found, true, strict=True):
        ring, true_ring = outer.difference(inner), true_outer.difference(true_inner)
        off, land = measure.area_km2([ring.symmetric_difference(true_ring), true_ring])
        shares.append(off / land)
        inner, true_inner = outer, true_outer
    return shares


def compare(random: np.random.Generator, count: int) -> None:
    names = ["0-1", "1-5", "5-10", "10-20", "20-50"]
    print(f"{'latitude':10}{'':8}" + "".join(f"{name:>9}" for name in names))
    for lat in LATITUDES:
        sites = np.array([rough_site(random, 20, lat) for _ in range(count)], object)
        true = [truth(site) for site in sites]
        for name, found in (("ours", rings.reaches(sites, RADII)), ("theirs", theirs(sites))):
            shares = [off_shares(s, found[:, i], true[i]) for i, s in enumerate(sites)]
            row = "".join(f"{share:9.1e}" for share in np.mean(shares, axis=0))
            print(f"{lat:<10}{name:8}{row}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--compared", type=int, default=10)
    given = parser.parse_args()
    random = np.random.default_rng(11)
    places = zip(
        random.uniform(-170, 170, given.sites), random.uniform(-60, 75, given.sites), strict=True
    )
    sites = np.array([rough_site(random, lon, lat) for lon, lat in places], object)
    seconds: list[tuple[float, float]] = []
    for _ in range(given.rounds):
        start = time.perf_counter()
        rings.reaches(sites, RADII)
        middle = time.perf_counter()
        theirs(sites)
        seconds.append((middle - start, time.perf_counter() - middle))
    mine, other = (median(column) / given.sites * 1000 for column in zip(*seconds, strict=True))
    ratio = median(b / a for a, b in seconds)
    print(f"{given.sites} sites, {len(RADII)} radii: ours {mine:.2f} ms a site, "
          f"a projection of each site's own {other:.2f} ms: x{ratio:.1f}")  # fmt: skip
    compare(random, given.compared)


if __name__ == "__main__":
    main()
