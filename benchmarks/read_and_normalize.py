"""A large file read, checked, repaired and normalised: ours against reading and one validity pass.

    python benchmarks/read_and_normalize.py [--features 300000] [--vertices 57000000] [--rounds 1]
                                            [--format gpkg] [--folder /some/disk]

The same seeded file for both, with a heavy tail of vertices and 1 % bow-ties. Each run is a process
of its own, so that its peak of memory is its own, in alternation. theirs: pyogrio's read by Arrow
and shapely's is_valid. ours: read_source and normalize_layer, which also tell what was repaired.
Prints seconds of the processor and of the clock, peak memory, their ratios (median of the rounds),
and whether rows and areas agree. --file takes a file made before (--keep) instead of making one.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from cetm_geo import measure, readers
from cetm_geo.catalog import source_format
from cetm_geo.model import LayerSpec, Licence, Publish, Role, Source
from cetm_geo.normalize import normalize_layer

LARGEST = 500_000  # vertices of the largest outlines
LARGE_ONES = 5
INVALID_SHARE = 0.01
CHUNK = 2_000_000  # vertices made and written at once


def sizes(random: np.random.Generator, features: int, vertices: int) -> np.ndarray:
    """Vertices per outline: lognormal, a few of half a million, about `vertices` in all."""
    out = np.exp(random.normal(0, 1.5, features))
    large = min(LARGE_ONES, features // 1000)
    budget = vertices - large * LARGEST
    out = np.maximum(8, out / out.sum() * budget).astype(int)
    out[random.choice(features, large, replace=False)] = LARGEST
    return out


def outlines(random: np.random.Generator, count: np.ndarray) -> np.ndarray:
    """Star-shaped rings with rough edges; 1 % have their first corners exchanged: bow-ties."""
    owner = np.repeat(np.arange(len(count)), count)
    first = np.r_[0, np.cumsum(count)[:-1]]
    step = np.arange(len(owner)) - first[owner]
    turn = 2 * np.pi * step / count[owner]
    wave = [np.sin(k * turn + random.uniform(0, 7, len(count))[owner]) / k for k in (2, 3, 5, 9)]
    noise = random.uniform(-0.2, 0.2, len(owner)) / np.sqrt(count[owner])
    radius = (0.02 * count**0.35)[owner] * 0.1 * (1 + sum(wave) / 5 + noise)
    lon, lat = random.uniform(95, 110, len(count)), random.uniform(5, 20, len(count))
    coords = np.column_stack(
        [lon[owner] + radius * np.cos(turn), lat[owner] + radius * np.sin(turn)]
    )
    crossed = first[random.random(len(count)) < INVALID_SHARE]
    coords[crossed], coords[crossed + 3] = coords[crossed + 3], coords[crossed].copy()
    return shapely.polygons(shapely.linearrings(coords, indices=owner))


def make(path: Path, features: int, vertices: int) -> None:
    random = np.random.default_rng(11)
    count = sizes(random, features, vertices)
    chunk = np.cumsum(count) // CHUNK
    frames = []
    for number in np.unique(chunk):
        rows = np.flatnonzero(chunk == number)
        frame = gpd.GeoDataFrame(
            {
                "code": [f"P{i}" for i in rows],
                "name": [f"Area {i % 5000}" for i in rows],
                "kind": np.array(["reserve", "park", "forest"], object)[rows % 3],
                "size": random.uniform(0, 100, len(rows)),
            },
            geometry=outlines(random, count[rows]),
            crs=measure.LONLAT,
        )
        if path.suffix == ".parquet":
            frames.append(frame)
        else:
            pyogrio.write_dataframe(frame, path, append=path.exists(), spatial_index=False)
    if frames:
        pd.concat(frames, ignore_index=True).to_parquet(path)


def theirs(path: Path) -> tuple[int, np.ndarray]:
    if path.suffix == ".parquet":
        frame = gpd.read_parquet(path)
    else:
        frame = pyogrio.read_dataframe(path, use_arrow=True)
    shapes = np.asarray(frame.geometry.array, dtype=object)
    valid = shapely.is_valid(shapes)
    return len(frame), shapes[valid]


def ours(path: Path) -> tuple[int, np.ndarray]:
    spec = LayerSpec(
        "parks", Role.PROTECTED_AREA, "parks", Source(path.name), Licence("CC0", Publish.PUBLIC),
        columns={"feature_id": "code", "name": "name", "designation": "kind"},
    )  # fmt: skip
    layer = normalize_layer(
        readers.read_source(path.parent, spec.source, source_format(spec)),
        spec,
        readers.FileFacts("", 0, ""),
        date(2026, 11, 22),
    )
    return int(layer.source["rows_in"]), layer.shapes[~layer.features["repaired"].to_numpy(bool)]


def run(way: str, path: Path) -> None:
    """One measured run, told as a line of JSON. The area is added up when the clock has stopped."""
    start = time.perf_counter()
    rows, valid = (ours if way == "ours" else theirs)(path)
    clock, processor = time.perf_counter() - start, time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    area = float(measure.area_km2(valid).sum())
    told = {
        "clock": clock,
        "processor": processor,
        "gb": peak,
        "rows": rows,
        "valid": len(valid),
        "km2": area,
    }
    print(json.dumps(told))


def in_a_process(way: str, path: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--run", way, "--file", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    seconds = f"{told['processor']:.1f} s ({told['clock']:.1f} s by the clock)"
    print(f"{way}: {seconds}, {told['gb']:.2f} GB", flush=True)
    return told


def compare(path: Path, rounds: int) -> None:
    pairs = [(in_a_process("ours", path), in_a_process("theirs", path)) for _ in range(rounds)]
    a, b = pairs[-1]
    ratio, clock = (
        median(mine[of] / other[of] for mine, other in pairs) for of in ("processor", "clock")
    )
    peaks = [max(run["gb"] for run in runs) for runs in zip(*pairs, strict=True)]
    print(f"ours takes {ratio:.2f} times as long ({clock:.2f} by the clock)")
    print(f"peak of memory: ours {peaks[0]:.2f} GB, theirs {peaks[1]:.2f} GB")
    same = a["rows"] == b["rows"] and a["valid"] == b["valid"]
    print(
        f"{int(a['rows']):,} rows, {int(a['valid']):,} of them valid: {'the same' if same else b}"
    )
    print(f"area of those: {a['km2']:,.1f} km2, difference {abs(a['km2'] / b['km2'] - 1):.1e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--features", type=int, default=300_000)
    parser.add_argument("--vertices", type=int, default=57_000_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--format", choices=("gpkg", "parquet"), default="gpkg")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--run", choices=("ours", "theirs"))
    parser.add_argument("--file", type=Path)
    parser.add_argument("--keep", type=Path, help="make the file here and leave it")
    given = parser.parse_args()
    if given.run:
        run(given.run, given.file)
        return
    if given.file:
        compare(given.file, given.rounds)
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        path = given.keep or Path(folder) / f"parks.{given.format}"
        make(path, given.features, given.vertices)
        print(f"{path.name}: {path.stat().st_size / 1024**3:.2f} GB", flush=True)
        compare(path, given.rounds)


if __name__ == "__main__":
    main()
