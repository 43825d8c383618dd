"""A register of corners, one row a vertex, against what a user would write instead.

    python benchmarks/read_corners.py [--outlines 100000] [--rounds 3]

Prints the seconds of each, their ratio, and the largest difference of area between the two.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd
import shapely

from cetm_geo import readers
from cetm_geo.model import Source, TableGeometry

CORNERS = 10


def register(path: Path, outlines: int) -> Path:
    """A CSV of outlines of ten corners each, with a code, a number and a mineral a row."""
    turn = np.tile(np.linspace(0, 2 * np.pi, CORNERS, endpoint=False), outlines)
    code = np.repeat(np.arange(outlines), CORNERS)
    pd.DataFrame(
        {
            "code": [f"L{c}" for c in code],
            "n": np.tile(np.arange(CORNERS), outlines),
            "lon": (code % 300 + 0.4 * np.cos(turn) - 150).round(6),
            "lat": (code // 3000 + 0.4 * np.sin(turn)).round(6),
            "mineral": "gold",
        }
    ).to_csv(path, index=False)
    return path


def ours(path: Path) -> np.ndarray:
    corners = TableGeometry(x="lon", y="lat", group=("code",), order="n")
    frame = readers.read_source(path.parent, Source(path.name, geometry=corners), "csv")
    return frame.geometry


def theirs(path: Path) -> np.ndarray:
    table = pd.read_csv(path).sort_values(["code", "n"])
    groups = table.groupby("code", sort=False)[["lon", "lat"]]
    shapes = {code: shapely.Polygon(rows.to_numpy()) for code, rows in groups}
    return np.array([shapes[code] for code in table["code"].unique()], object)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outlines", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    seconds: dict[str, list[float]] = {"ours": [], "pandas groupby": []}
    with tempfile.TemporaryDirectory() as folder:
        path = register(Path(folder) / "corners.csv", given.outlines)
        for _ in range(given.rounds):
            found = []
            for name, way in (("ours", ours), ("pandas groupby", theirs)):
                start = time.perf_counter()
                found.append(np.sort(shapely.area(way(path))))
                seconds[name].append(time.perf_counter() - start)
    for name, taken in seconds.items():
        print(f"{name:15} {median(taken):7.2f} s   x{median(taken) / median(seconds['ours']):.2f}")
    print(f"largest difference of area: {np.abs(found[0] - found[1]).max():.2e} square degrees")


if __name__ == "__main__":
    main()
