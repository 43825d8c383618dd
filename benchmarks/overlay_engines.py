"""Which features share land with which sites: ours in alternation with other engines.

    python benchmarks/overlay_engines.py [--folder DIR] [--scale 0.05] [--sites 1000] [--rounds 3]
                                         [--engines geopandas,duckdb,sedonadb,postgis]
                                         [--on raw,pieces] [--ways threads,once,boxes,near]

The same titles over the same protected areas of a seeded world (`world.py`), which is made in the
folder unless it holds it. Each engine runs in a process of its own, so that its peak of memory is
its own; it loads once and then joins in turn with ours. First every engine's answer is held against
ours: the same pairs, each with the same land. One that differs gets no time, and the run fails.

Of the others only the join with its intersections is timed; ours also measures the land, sums it by
feature and finds slivers. Their pieces are the features as ours cuts them. The others join in as
many threads as they choose; ours, by `--ways`:

kept: one thread; pieces were cut once and lie on disk (`kept_world.py`). The measure of all others.
threads: the same on all cores. once: the same on all cores, and of each site the land once, with
the books that are made of it. boxes: one thread; from features that nobody has cut, clipped to the
boxes of the sites. near: as `screen` of a file of sites does it, from
features that nobody has cut, of which those are cut and settled that rings of 50 km can reach.

Ratios are given by the clock and, but for PostGIS, of the processor: the machine may be shared.
Memory of PostGIS: client and largest process.
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
import kept_world
import numpy as np
import pandas as pd
import peers
import pyarrow.compute as pc
import pyarrow.parquet as pq
import world

from cetm_geo import overlay
from cetm_geo.arrays import Indices
from cetm_geo.evidence import Task, measure_sites, parts_of
from cetm_geo.ground import Ground
from cetm_geo.model import Layer, Role
from cetm_geo.overlay import Pairs
from cetm_geo.pieces import OWN
from cetm_geo.workers import in_threads

SAME_KM2, SAME_SHARE = 1e-9, 1e-9
KEPT = "kept"
KINDS = ("raw", "pieces")
ELSEWHERE = "postgis"  # joins in processes of its own


# --- ours ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """A way in which ours can be asked. kept: its pieces were cut before and lie on disk."""

    label: str
    kept: bool
    pairs: Callable[[Any, Layer], Pairs]


@contextmanager
def ours(way: Way, made: world.World, count: int) -> Iterator[peers.Ready]:
    start = time.perf_counter()
    if way.kept:
        layer = kept_world.light_layers(made, [kept_world.PROTECTED])[kept_world.PROTECTED]
        layer.warm()
    else:
        layer = world.layer_of(made.protected, kept_world.PROTECTED, Role.PROTECTED_AREA)
    sites = world.sites_of(made.concessions, count)
    prepared = {"load": time.perf_counter() - start}
    yield peers.Ready(lambda: _table(way.pairs(sites, layer)), prepared)


def _table(found: Pairs) -> pd.DataFrame:
    columns = {"site_row": found.site_row, "feature_row": found.feature_row}
    return pd.DataFrame(columns | {"km2": found.overlap_km2})


def on_all_cores(sites: Any, layer: Layer) -> Pairs:
    def work(rows: Indices) -> Pairs:
        found = overlay.measure_overlaps(sites.iloc[rows].reset_index(drop=True), layer)
        return replace(found, site_row=rows[found.site_row])

    return Pairs.join(in_threads(work, parts_of(sites)))


def with_land_once(sites: Any, layer: Layer) -> Pairs:
    task = Task(Ground.of({layer.spec.id: layer}), 100.0, land_only=True)
    return measure_sites(sites, task).pairs[layer.spec.id]


def cut_near(sites: Any, layer: Layer) -> Pairs:
    ground = Ground.of({layer.spec.id: layer}, near=sites)
    return overlay.measure_overlaps(sites, ground.layers[layer.spec.id])


WAYS: Mapping[str, Way] = {
    KEPT: Way("ours, kept pieces, 1 thread", True, overlay.measure_overlaps),
    "threads": Way("ours, kept pieces, all cores", True, on_all_cores),
    "once": Way("ours, kept pieces, all cores, land once and books too", True, with_land_once),
    "boxes": Way(
        "ours, nothing cut: features clipped to the sites' boxes", False, overlay.measure_overlaps
    ),
    "near": Way("ours, with the cut, near the sites", False, cut_near),
}


# --- a process for each engine -------------------------------------------------------------------


def write_work(given: argparse.Namespace) -> None:
    """The world, unless it is there, and the files of it that the other engines read."""
    made = world.make_world(given.folder, given.scale)
    folder = given.work / given.write
    sites = world.sites_of(made.concessions, given.sites).geometry
    if given.write == "pieces":
        layer = kept_world.light_layers(made, [kept_world.PROTECTED])[kept_world.PROTECTED]
        own = np.flatnonzero(layer.pieces.is_a(OWN))
        shapes, rows = layer.pieces.shapes(own), layer.pieces.feature_row[own]
    else:
        frame = gpd.read_parquet(made.protected, columns=["geometry"])
        shapes, rows = np.asarray(frame.geometry, object), np.arange(len(frame))
    folder.mkdir()
    peers.write_tables(folder, sites, shapes, rows)


def serve(given: argparse.Namespace) -> None:
    """An engine that joins once for each line it is given: a file for the answer, or nothing."""
    if given.serve in WAYS:
        opened = ours(WAYS[given.serve], world.World(given.folder), given.sites)
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
    largest_child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    _tell(gb=kept_world.peak_gb() + largest_child)


def _join(join: Callable[[], pd.DataFrame], file: str) -> None:
    start, processor = time.perf_counter(), time.process_time()
    found = join()
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    if file:
        answer = found if "km2" in found else peers.measured(found)
        answer.to_parquet(file)
    _tell(seconds=seconds, processor=processor)


def _tell(**told: Any) -> None:
    print(json.dumps(told), flush=True)


@dataclass(frozen=True)
class Seconds:
    """Of a join, by the clock and of the processor: all threads of the process that was asked."""

    clock: float
    processor: float


class Engine:
    """An engine in a process of its own."""

    def __init__(self, name: str, kind: str, given: argparse.Namespace, folder: Path) -> None:
        self.label = WAYS[name].label if name in WAYS else f"{name}, {kind}"
        self._answer = folder / "answer.parquet"
        command = [*_command(given), "--serve", name, "--on", kind, "--work", str(folder)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        first = self._heard()
        self.missing: str | None = first.get("missing")
        self.prepared: Mapping[str, float] = first.get("prepared", {})

    def seconds(self) -> Seconds:
        """What one join takes."""
        told = self._asked("")
        return Seconds(told["seconds"], told["processor"])

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
    processor_ratio: float
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
    ratio = median(theirs.clock / own.clock for own, theirs in taken)
    processor_ratio = median(theirs.processor / own.processor for own, theirs in taken)
    return Line(engine.label, ratio, processor_ratio, engine.peak_gb(), engine.prepared, off)


def table(lines: list[Line]) -> str:
    out = ["| engine | its seconds / ours | of the processor | peak GB | before the join, s |"
           " largest difference |",
           "|---|---|---|---|---|---|"]  # fmt: skip
    for line in lines:
        before = ", ".join(f"{step} {seconds:.1f}" for step, seconds in line.prepared.items())
        of_processor = "" if line.label.startswith(ELSEWHERE) else f"{line.processor_ratio:.3g}"
        ratios = f"{line.ratio:.3g} | {of_processor}"
        out.append(f"| {line.label} | {ratios} | {line.gb:.2f} | {before} | {line.off:.1e} |")
    return "\n".join(out)


def corners_met(made: world.World, truth: pd.DataFrame) -> str:
    """How large features are that sites meet: vertices, a pair, by the bytes of their outlines."""
    batches = pq.ParquetFile(made.protected).iter_batches(1000, columns=["geometry"])
    corners = np.concatenate([pc.binary_length(b["geometry"]).to_numpy() // 16 for b in batches])
    met = corners[truth["feature_row"]]
    return f"a pair's feature has {np.mean(met):,.0f} vertices, in the median {np.median(met):,.0f}"


def run(given: argparse.Namespace, folder: Path) -> int:
    made = world.make_world(given.folder, given.scale)
    kept_world.keep(made, [kept_world.PROTECTED])
    for kind in given.on.split(","):
        subprocess.run([*_command(given), "--write", kind, "--work", str(folder)], check=True)
    mine = Engine(KEPT, KINDS[0], given, folder)
    truth = mine.answer()
    met = int((truth["km2"] > SAME_KM2).sum())
    print(f"{given.sites} sites: {met:,} pairs, {truth['km2'].sum():,.1f} km2;"
          f" {corners_met(made, truth)}", flush=True)  # fmt: skip
    entrants = [(name, KINDS[0]) for name in _listed(given.ways)]
    entrants += [(name, kind) for name in _listed(given.engines) for kind in given.on.split(",")]
    found = [
        compare(Engine(name, kind, given, folder), mine, truth, given.rounds)
        for name, kind in entrants
    ]
    taken = [mine.seconds() for _ in range(max(given.rounds, 3))]
    clock, processor = median(s.clock for s in taken), median(s.processor for s in taken)
    label = f"{mine.label} ({clock:.3f} s, of the processor {processor:.3f})"
    lines = [Line(label, 1.0, 1.0, mine.peak_gb(), mine.prepared, 0.0)]
    print(table(lines + [line for line in found if isinstance(line, Line)]))
    said = [line for line in found if isinstance(line, str)]
    print("\n".join(said))
    return int(any("DISAGREES" in line for line in said))


def _listed(names: str) -> list[str]:
    return [name for name in names.split(",") if name]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--scale", type=float, default=0.05)
    parser.add_argument("--sites", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engines", default=",".join(peers.ENGINES))
    parser.add_argument("--on", default=",".join(KINDS))
    parser.add_argument("--ways", default=",".join(name for name in WAYS if name != KEPT))
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
