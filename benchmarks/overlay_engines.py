"""Which features share land with which sites: ours in alternation with other engines.

    python benchmarks/overlay_engines.py [--folder DIR] [--scale 0.05] [--sites 1000] [--rounds 3]
                                         [--engines geopandas,duckdb,sedonadb,postgis]
                                         [--on raw,pieces]

The same titles over the same protected areas of a seeded world (`world.py`), which is made in the
folder unless it holds it. Each engine runs in a process of its own, so that its peak of memory is
its own; it loads once and then joins in turn with ours. First every engine's answer is held against
ours: the same pairs, each with the same land. One that differs gets no time, and the run fails.

Of the others only the join with its intersections is timed; ours also measures the land, sums it by
feature and finds slivers. Their pieces are the features as ours cuts them. Ours has cut its pieces
and settled which land counts once before ("cut"); ours_with_cut starts from features that nobody
has cut, as a single job does, and cuts and settles those whose boxes meet a site's. Ours joins in
one thread, the others in as many as they choose. Memory of PostGIS: client and largest process.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import peers
import shapely
import world

from cetm_geo import cutting, measure, overlay
from cetm_geo.boxes import BoxIndex
from cetm_geo.model import Layer, Role

SAME_KM2, SAME_SHARE = 1e-9, 1e-9
OURS, WITH_CUT = "ours", "ours_with_cut"
KINDS = ("raw", "pieces")


# --- ours ----------------------------------------------------------------------------------------


@contextmanager
def ours(made: world.World, count: int, cut_before: bool) -> Iterator[peers.Ready]:
    start = time.perf_counter()
    layer = world.layer_of(made.protected, "protected", Role.PROTECTED_AREA)
    sites = world.sites_of(made.concessions, count)
    loaded = time.perf_counter()
    prepared = {"load": loaded - start}
    if cut_before:
        layer.warm()
        prepared["cut"] = time.perf_counter() - loaded
    yield peers.Ready(
        lambda: _pairs(sites, layer if cut_before else _cut_near(layer, sites)), prepared
    )


def _pairs(sites: Any, layer: Layer) -> pd.DataFrame:
    found = overlay.measure_overlaps(sites, layer)
    columns = {"site_row": found.site_row, "feature_row": found.feature_row}
    return pd.DataFrame(columns | {"km2": found.overlap_km2})


def _cut_near(layer: Layer, sites: Any) -> Layer:
    near = np.zeros(len(layer.shapes), bool)
    boxes = BoxIndex(shapely.bounds(layer.shapes))
    near[boxes.meeting(shapely.bounds(sites.geometry.to_numpy()))[1]] = True
    return replace(layer, held=layer.cut(near))


# --- a process for each engine -------------------------------------------------------------------


def write_work(given: argparse.Namespace) -> None:
    """The world, unless it is there, and the files of it that the other engines read."""
    made = world.make_world(given.folder, given.scale)
    folder = given.work / given.write
    sites = world.sites_of(made.concessions, given.sites).geometry
    shapes = np.asarray(gpd.read_parquet(made.protected, columns=["geometry"]).geometry, object)
    rows = np.arange(len(shapes))
    if given.write == "pieces":
        shapes, rows = cutting.cut(shapes, measure.area_km2(shapes))
    folder.mkdir()
    peers.write_tables(folder, sites, shapes, rows)


def serve(given: argparse.Namespace) -> None:
    """An engine that joins once for each line it is given: a file for the answer, or nothing."""
    if given.serve in (OURS, WITH_CUT):
        opened = ours(world.World(given.folder), given.sites, given.serve == OURS)
    else:
        files = (given.work / given.on / f"{table}.parquet" for table, _ in peers.TABLES)
        opened = peers.ENGINES[given.serve](*files)
    try:
        with opened as ready:
            _tell(prepared=ready.prepared)
            for line in sys.stdin:
                _join(ready.join, line.strip())
    except peers.Missing as reason:
        _tell(missing=str(reason))
        return
    who = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    _tell(gb=sum(resource.getrusage(each).ru_maxrss for each in who) / 1024**2)


def _join(join: Callable[[], pd.DataFrame], file: str) -> None:
    start = time.perf_counter()
    found = join()
    seconds = time.perf_counter() - start
    if file:
        answer = found if "km2" in found else peers.measured(found)
        answer.to_parquet(file)
    _tell(seconds=seconds)


def _tell(**told: Any) -> None:
    print(json.dumps(told), flush=True)


class Engine:
    """An engine in a process of its own."""

    def __init__(self, name: str, kind: str, given: argparse.Namespace, folder: Path) -> None:
        self.label = name if name in (OURS, WITH_CUT) else f"{name}, {kind}"
        self._answer = folder / "answer.parquet"
        command = [*_command(given), "--serve", name, "--on", kind, "--work", str(folder)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        first = self._heard()
        self.missing: str | None = first.get("missing")
        self.prepared: Mapping[str, float] = first.get("prepared", {})

    def seconds(self) -> float:
        """What one join takes."""
        return float(self._asked("")["seconds"])

    def answer(self) -> pd.DataFrame:
        self._asked(str(self._answer))
        return pd.read_parquet(self._answer)

    def peak_gb(self) -> float:
        """The end of the process, and how much memory it took at most."""
        out, _ = self._process.communicate()
        return float(json.loads(out)["gb"])

    def _asked(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._heard()

    def _heard(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.label} ended with {self._process.wait()}")
        told: dict[str, Any] = json.loads(line)
        return told


def _command(given: argparse.Namespace) -> list[str]:
    return [sys.executable, __file__, "--folder", str(given.folder), "--scale", str(given.scale),
            "--sites", str(given.sites)]  # fmt: skip


# --- the comparison ------------------------------------------------------------------------------


def differences(mine: pd.DataFrame, other: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """Pairs whose land is not the same, and the largest relative difference of the others.

    A pair that one of the two does not have counts as one without land.
    """
    keys = ["site_row", "feature_row"]
    both = mine.merge(other, on=keys, how="outer", suffixes=("", "_other")).fillna(0.0)
    most = both[["km2", "km2_other"]].max(axis=1)
    off = (both["km2"] - both["km2_other"]).abs()
    same = off <= np.maximum(SAME_KM2, SAME_SHARE * most)
    land = same & (most > SAME_KM2)
    return both[~same], float((off[land] / most[land]).max()) if land.any() else 0.0


@dataclass(frozen=True)
class Line:
    """What the table says of one engine; times are those of ours in the same rounds."""

    label: str
    ratio: float
    gb: float
    prepared: Mapping[str, float]
    off: float


def compare(engine: Engine, mine: Engine, truth: pd.DataFrame, rounds: int) -> Line | str:
    """An engine's line, or why it has none."""
    if engine.missing:
        return f"{engine.label}: {engine.missing}"
    wrong, off = differences(truth, engine.answer())
    if len(wrong):
        engine.peak_gb()
        return f"{engine.label} DISAGREES on {len(wrong)} pairs:\n{wrong.head(10).to_string()}"
    print(f"{engine.label}: agrees, the largest difference is {off:.1e}", flush=True)
    taken = [(mine.seconds(), engine.seconds()) for _ in range(rounds)]
    ratio = median(theirs / own for own, theirs in taken)
    return Line(engine.label, ratio, engine.peak_gb(), engine.prepared, off)


def table(lines: list[Line]) -> str:
    out = ["| engine | its seconds / ours | peak GB | before the join, s | largest difference |",
           "|---|---|---|---|---|"]  # fmt: skip
    for line in lines:
        before = ", ".join(f"{step} {seconds:.1f}" for step, seconds in line.prepared.items())
        ratio = f"{line.ratio:.3g}"
        out.append(f"| {line.label} | {ratio} | {line.gb:.2f} | {before} | {line.off:.1e} |")
    return "\n".join(out)


def run(given: argparse.Namespace, folder: Path) -> int:
    for kind in given.on.split(","):
        subprocess.run([*_command(given), "--write", kind, "--work", str(folder)], check=True)
    mine = Engine(OURS, KINDS[0], given, folder)
    truth = mine.answer()
    met = int((truth["km2"] > SAME_KM2).sum())
    print(f"{given.sites} sites: {met} pairs, {truth['km2'].sum():,.1f} km2", flush=True)
    entrants = [(WITH_CUT, KINDS[0])]
    entrants += [(name, kind) for name in given.engines.split(",") for kind in given.on.split(",")]
    found = [
        compare(Engine(name, kind, given, folder), mine, truth, given.rounds)
        for name, kind in entrants
    ]
    seconds = median(mine.seconds() for _ in range(given.rounds))
    lines = [Line(f"{OURS} ({seconds:.3f} s)", 1.0, mine.peak_gb(), mine.prepared, 0.0)]
    print(table(lines + [line for line in found if isinstance(line, Line)]))
    said = [line for line in found if isinstance(line, str)]
    print("\n".join(said))
    return int(any("DISAGREES" in line for line in said))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--scale", type=float, default=0.05)
    parser.add_argument("--sites", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engines", default=",".join(peers.ENGINES))
    parser.add_argument("--on", default=",".join(KINDS))
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--write", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given)
    elif given.write:
        write_work(given)
    else:
        with tempfile.TemporaryDirectory() as temporary:
            given.folder = given.folder or Path(temporary)
            sys.exit(run(given, Path(temporary)))


if __name__ == "__main__":
    main()
