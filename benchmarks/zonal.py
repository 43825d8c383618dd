"""Rasters under sites: ours against rasterstats and exactextract, in alternation, compared.

    python benchmarks/zonal.py [--folder DIR] [--sites 10000] [--rounds 2] [--side 20000]

A seeded grid of classes, cells of 30 m, uint8 in deflated tiles as a COG has them, and one of
counts in cells of 1 km (float32); sites as `world.py` makes titles, over and over the same 5
degrees. Each run is a process of its own. Asked of classes: how much of each site each class is; of
counts: their sum. rasterstats takes cells whose centre lies inside; exactextract (by the quickest
of four settings that were tried) and ours take exact parts. Where sums of ours and exactextract's
differ, each cell is cut by shapely to see who is right. Ours alone: drawings, rings, masks, slopes,
strips, the whole grid.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

import exactextract
import geopandas as gpd
import numpy as np
import rasterio
import rasterio.shutil
import shapely
import world
from rasterio.transform import Affine
from rasterio.windows import Window

from cetm_geo.model import Measure, RasterSpec, Source
from cetm_geo.readers.rasters import open_raster
from cetm_geo.slope import SLOPES, Slope
from cetm_geo.workers import cores
from cetm_geo.zonal import Mask, measure_zones

try:
    import rasterstats
except ImportError:
    rasterstats = None

CODES = np.array([10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100], np.uint8)  # of WorldCover
LEVELS = np.array([-1.6, -1.1, -0.7, -0.3, 0, 0.3, 0.7, 1.1, 1.6, 2.1])
WAVES = ((2000, 1.0), (250, 0.7), (31, 0.5), (6, 0.4))  # cells between nodes, height
CELL, COARSE = 0.00025, 1 / 120
WEST, NORTH = 100.0, 15.0
STRIP = 1024
CLASSES = RasterSpec(Measure.CLASS, classes={int(code): str(code) for code in CODES})
COUNTS = RasterSpec(Measure.COUNT)


# --- what is measured ----------------------------------------------------------------------------


def make(folder: Path, side: int, sites: int) -> None:
    """The grids and sites; a folder that holds the same already is taken as it is."""
    made = folder / "made.json"
    said = json.dumps([side, sites])
    if made.exists() and made.read_text() == said:
        return
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(11)
    _write_classes(random, folder / "classes.tif", side)
    coarse = max(int(side * CELL / COARSE), 1)
    people = random.gamma(0.2, 300, (coarse, coarse)).astype("float32")
    with rasterio.open(
        folder / "counts.tif", "w", **_profile(people.shape, COARSE, "float32")
    ) as d:
        d.write(people, 1)
    shapes = _sites(random, side * CELL, sites)
    frame = gpd.GeoDataFrame({"site": range(sites)}, geometry=shapes, crs=4326)
    frame.to_parquet(folder / "sites.parquet")
    made.write_text(said)


def _profile(shape: tuple[int, int], cell: float, dtype: str) -> dict[str, Any]:
    place = Affine(cell, 0, WEST, 0, -cell, NORTH)
    return {"driver": "GTiff", "dtype": dtype, "count": 1, "height": shape[0], "width": shape[1],
            "crs": 4326, "transform": place, "tiled": True, "blockxsize": 512, "blockysize": 512,
            "compress": "deflate"}  # fmt: skip


def _write_classes(random: Any, path: Path, side: int) -> None:
    nodes = {step: random.normal(0, high, (side // step + 3,) * 2) for step, high in WAVES}
    with rasterio.open(path, "w", nodata=0, **_profile((side, side), CELL, "uint8")) as dataset:
        for row in range(0, side, STRIP):
            high = min(STRIP, side - row)
            field = sum(_between(values, step, row, high, side) for step, values in nodes.items())
            field += random.normal(0, 0.08, field.shape)
            cells = CODES[np.digitize(field, LEVELS)]
            dataset.write(cells, 1, window=Window(0, row, side, high))


def _between(nodes: Any, step: int, row: int, high: int, wide: int) -> Any:
    """Values at cells, straight between nodes that stand `step` cells apart."""
    y, x = (row + np.arange(high)) / step, np.arange(wide) / step
    down, across = y.astype(int), x.astype(int)
    part_y, part_x = (y - down)[:, None].astype("f4"), (x - across).astype("f4")
    rows = nodes[down] * (1 - part_y) + nodes[down + 1] * part_y
    return (rows[:, across] * (1 - part_x) + rows[:, across + 1] * part_x).astype("f4")


def _sites(random: Any, degrees: float, count: int) -> Any:
    """Titles in those fields of 32 arc minutes that lie within the grid."""
    wide = 2**world.FIELD_LEVEL / 60
    x = np.arange(np.ceil((WEST + 180) / wide), np.floor((WEST + degrees + 180) / wide))
    y = np.arange(np.ceil((NORTH - degrees + 90) / wide), np.floor((NORTH + 90) / wide))
    fields = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(int)
    fields = random.permutation(fields)
    snapped = round(count * world.SNAPPED_SHARE)
    grid, _ = world._snapped(random, snapped, fields)
    free, _ = world._free(random, count - snapped, fields)
    return np.concatenate([grid, free])[random.permutation(count)]


# --- who measures it ------------------------------------------------------------------------------

Found = dict[str, Any]  # share of each code, or the sum, per site


def ours(threads: int) -> Callable[[Path, Any, str], Found]:
    def way(folder: Path, sites: Any, what: str) -> Found:
        raster = open_raster(folder, Source(f"{what}.tif"), "geotiff")
        cells = CLASSES if what == "classes" else COUNTS
        found = measure_zones(sites.geometry.to_numpy(), raster, cells, threads=threads)
        if what == "counts":
            return {"sum": found.amount}
        land = np.array([[codes.get(c, 0.0) for c in CODES.tolist()] for codes in found.codes])
        return {"shares": land / found.found_km2[:, None], "cells": found.held_cells}

    return way


def by_exactextract(folder: Path, sites: Any, what: str) -> Found:
    asked = ["count", "unique", "frac"] if what == "classes" else ["sum"]
    found = exactextract.exact_extract(
        str(folder / f"{what}.tif"), sites, asked, strategy="raster-sequential",
        max_cells_in_memory=1 << 24,
    )  # fmt: skip
    rows = [row["properties"] for row in found]
    if what == "counts":
        return {"sum": np.array([row["sum"] for row in rows])}
    return {
        "shares": np.array([_shares(row["unique"], row["frac"]) for row in rows]),
        "cells": np.array([row["count"] for row in rows]),
    }


def by_rasterstats(folder: Path, sites: Any, what: str) -> Found:
    coded = what == "classes"
    rows = rasterstats.zonal_stats(
        list(sites.geometry), str(folder / f"{what}.tif"), stats=["count"] if coded else ["sum"],
        categorical=coded,
    )  # fmt: skip
    if not coded:
        return {"sum": np.array([row["sum"] or 0.0 for row in rows])}
    counts = [{code: n for code, n in row.items() if code != "count"} for row in rows]
    return {
        "shares": np.array([_shares(list(c), np.array(list(c.values())) / max(sum(c.values()), 1))
                            for c in counts]),
        "cells": np.array([float(row["count"]) for row in rows]),
    }  # fmt: skip


def _shares(codes: Any, shares: Any) -> Any:
    out = np.zeros(len(CODES))
    out[np.searchsorted(CODES, np.asarray(codes, int))] = shares
    return out


WAYS: Mapping[str, Callable[[Path, Any, str], Found]] = {
    "ours, one thread": ours(1),
    "ours, all cores": ours(cores()),
    "exactextract": by_exactextract,
    "rasterstats": by_rasterstats,
}


def run(folder: Path, way: str, what: str) -> None:
    """One way, in this process: its time and memory, and what it found into a file."""
    sites = gpd.read_parquet(folder / "sites.parquet")
    if not way.startswith("ours"):  # neighbours one after the other, as ours takes them
        order = np.argsort(sites.hilbert_distance().to_numpy(), kind="stable")
        sites = sites.iloc[order]
    start, cpu = time.perf_counter(), time.process_time()
    found = WAYS[way](folder, sites, what)
    took = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu,
            "gb": _peak_gb()}  # fmt: skip
    if not way.startswith("ours"):
        back = np.argsort(order, kind="stable")
        found = {name: values[back] for name, values in found.items()}
    np.savez(folder / "found.npz", **found)
    print(json.dumps(took))


def _peak_gb() -> float:
    """Of this process alone: getrusage would count what its parent had."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1e6


def told(folder: Path, way: str, what: str) -> tuple[dict[str, float], Found]:
    command = [sys.executable, __file__, "--folder", str(folder), "--way", way, "--what", what]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    with np.load(folder / "found.npz") as kept:
        return json.loads(done.stdout), {name: kept[name] for name in kept.files}


# --- the report -----------------------------------------------------------------------------------


def compare(folder: Path, what: str, rounds: int) -> None:
    ways = [way for way in WAYS if way != "rasterstats" or rasterstats is not None]
    took: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    found: dict[str, Found] = {}
    for _ in range(rounds):
        for way in ways:
            seconds, found[way] = told(folder, way, what)
            took[way].append(seconds)
    best = min(ways[2:], key=lambda way: median(run["seconds"] for run in took[way]))
    print(
        f"\n{what}: seconds, of the processor; times {best} took as long; peak; difference to ours"
    )
    for way in ways:
        times = [run["seconds"] for run in took[way]]
        ratio = median(
            b["seconds"] / a["seconds"] for a, b in zip(took[way], took[best], strict=True)
        )
        cpu = median(run["cpu"] for run in took[way])
        memory = max(run["gb"] for run in took[way])
        off = _difference(found[way], found[ways[0]])
        print(f"  {way:18} {median(times):7.2f} {cpu:7.2f}  x{ratio:6.2f}  {memory:5.2f} GB  {off}")


def _difference(one: Found, ours: Found) -> str:
    if "sum" in ours:
        off = np.abs(one["sum"] - ours["sum"]) / np.maximum(ours["sum"], 1)
        return f"sum: {_spread(off)}"
    met = ours["shares"] >= 0.01
    off = np.abs(one["shares"][met] / ours["shares"][met] - 1)
    cells = np.abs(one["cells"] / ours["cells"] - 1)
    return f"share of a class of 1 % and more: {_spread(off)}; cells: {_spread(cells)}"


def _spread(off: Any) -> str:
    p50, p90 = np.percentile(off, [50, 90])
    return f"median {p50:.1e}, p90 {p90:.1e}, most {off.max():.1e}"


def drawn(folder: Path, count: int = 60) -> None:
    """One polygon after the other, the file opened for each: what a drawing waits."""
    sites = gpd.read_parquet(folder / "sites.parquet").geometry.to_numpy()[:count]
    large = shapely.Point(WEST + 2.4, NORTH - 2.4).buffer(0.0625)
    for name, shapes in (("titles", sites), ("a circle of 147 km2", [large] * 15)):
        for what in ("classes", "slope"):
            times, cpu = [], time.process_time()
            for shape in shapes:
                start = time.perf_counter()
                raster = open_raster(folder, Source("classes.tif"), "geotiff")
                if what == "classes":
                    measure_zones([shape], raster, CLASSES)
                else:
                    measure_zones([shape], Slope(raster, RasterSpec(Measure.VALUE)), SLOPES)
                times.append(1000 * (time.perf_counter() - start))
            p50, p95 = np.percentile(times, [50, 95])
            each = 1000 * (time.process_time() - cpu) / len(times)
            print(
                f"drawn, {name}, {what}: p50 {p50:.0f}, p95 {p95:.0f} ms, processor {each:.0f} ms"
            )


def who_is_right(folder: Path) -> None:
    """Sites whose sums of counts differ by more than 1e-6, of one person at least, cell by cell."""
    sites = gpd.read_parquet(folder / "sites.parquet")
    one = ours(1)(folder, sites, "counts")["sum"]
    other = by_exactextract(folder, sites, "counts")["sum"]
    apart = np.flatnonzero(np.abs(one - other) > 1e-6 * np.maximum(one, 1))
    raster = open_raster(folder, Source("counts.tif"), "geotiff")
    with raster.reading() as windows:
        people = windows.read(0, 0, raster.height, raster.width)[0]
    true = np.array([_cut(sites.geometry.iloc[i], people) for i in apart])
    print(
        f"sums differ at {len(apart)} of {len(sites)} sites; there, from what cutting cells gives:"
    )
    for name, found in (("ours", one[apart]), ("exactextract", other[apart])):
        off = np.abs(found - true) / np.maximum(true, 1)
        print(f"  {name:13} {_spread(off)}; by more than 1e-4 at {(off > 1e-4).sum()}")


def _cut(site: Any, people: Any) -> float:
    west, south, east, north = site.bounds
    x = np.arange(max(int((west - WEST) / COARSE) - 1, 0),
                  min(int((east - WEST) / COARSE) + 2, people.shape[1]))  # fmt: skip
    y = np.arange(max(int((NORTH - north) / COARSE) - 1, 0),
                  min(int((NORTH - south) / COARSE) + 2, people.shape[0]))  # fmt: skip
    left, top = WEST + x * COARSE, (NORTH - y * COARSE)[:, None]
    cells = shapely.box(left, top - COARSE, left + COARSE, top)
    parts = shapely.area(shapely.intersection(cells, site)) / COARSE**2
    return float((parts * people[y[:, None], x]).sum())


def alone(folder: Path, side: int, count: int = 1000) -> None:
    """Ours on other work, once each, one thread: processor ms a site, and the peak so far."""
    strips = folder / "strips.tif"
    if not strips.exists():
        rasterio.shutil.copy(folder / "classes.tif", strips, driver="GTiff", compress="lzw",
                             tiled=False, blockysize=1)  # fmt: skip
    raster = open_raster(folder, Source("classes.tif"), "geotiff")
    rows = open_raster(folder, Source("strips.tif"), "geotiff")
    every = gpd.read_parquet(folder / "sites.parquet").geometry.to_numpy()
    sites = every[:count]
    rings = shapely.buffer(sites, 0.09)
    whole = [shapely.box(WEST, NORTH - side * CELL, WEST + side * CELL, NORTH)]
    mask = Mask(raster, RasterSpec(Measure.SHARE, threshold=30))
    steep = Slope(raster, RasterSpec(Measure.VALUE))
    work: Mapping[str, tuple[Any, ...]] = {
        "all sites, tiles": (every, raster, CLASSES),
        "all sites, strips": (every, rows, CLASSES),
        "within 10 km": (rings, raster, CLASSES),
        "within 10 km, masked": (rings, raster, CLASSES, mask),
        "slopes": (sites, steep, SLOPES),
        "the whole grid": (whole, raster, CLASSES),
        "slopes of the whole grid": (whole, steep, SLOPES),
    }
    for name, given in work.items():
        cpu = time.process_time()
        measure_zones(*given, threads=1)
        took = 1000 * (time.process_time() - cpu) / len(given[0])
        print(f"ours alone, {name}: {took:.2f} ms, {_peak_gb():.2f} GB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--sites", type=int, default=10_000)
    parser.add_argument("--side", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--way", choices=WAYS)
    parser.add_argument("--what", default="classes", choices=("classes", "counts"))
    given = parser.parse_args()
    if given.way:
        run(given.folder, given.way, given.what)
        return
    if given.alone:
        alone(given.folder, given.side)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        make(folder, given.side, given.sites)
        versions = {
            "rasterio": rasterio.__version__,
            "gdal": rasterio.__gdal_version__,
            "exactextract": exactextract.__version__,
            "rasterstats": getattr(rasterstats, "__version__", "not installed"),
        }
        print(f"{given.sites} sites x {given.side} x {given.side} cells")
        print(f"load {os.getloadavg()[0]:.1f}; {versions}")
        for what in ("classes", "counts"):
            compare(folder, what, given.rounds)
        who_is_right(folder)
        drawn(folder)
        command = [sys.executable, __file__, "--folder", str(folder), "--side", str(given.side)]
        subprocess.run([*command, "--alone"], check=True)  # whose memory is its own


if __name__ == "__main__":
    main()
