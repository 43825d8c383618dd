"""The overlay engine at size: growth with sites, land once, drawn polygons, distances and rings.

    python benchmarks/engine.py [--folder DIR] [--scale 0.05] [--sites 1000,10000,50000,200000]
                                [--drawings 200,60,30] [--only growth,once,drawn,around]

Layers of a seeded world (`world.py`), cut once (`kept_world.py`). Everything is measured in a
process of its own, its outlines on disk as a server or a partition's worker has them, or where it
says so in memory. Printed as tables of markdown:

growth: sites over protected areas, land once and the books made, on all cores; seconds of the
processor and by the clock, and the peak of memory, sites included. Linear is 1.0 in the ratio.
once: what "each bit of land once" adds to the overlaps, in seconds of the processor, one thread.
Overlaps alone are laid over the features' pieces only; the others over all pieces, so that the
pieces that stand for land once are counted to it.
drawn: one polygon about a title, by radius: the land of all layers but the register ("vector"),
and the whole answer of `screening.screen` with the register, distances, rings, shapes and tables.
around: milliseconds of the processor a site for the nearest area, and for rings of 1 to 50 km.

Drawings are seeded; that of 0.025 degrees is as large as the median title, that of 0.08 as the
largest. Processor: seconds of the thread that answers, which others on the machine do not lengthen.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import kept_world
import numpy as np
import shapely
import world

from cetm_geo import covering, distances, measure, overlay, rings, screening
from cetm_geo.accounts import Accounts
from cetm_geo.arrays import Geometries, Indices
from cetm_geo.clips import Units
from cetm_geo.evidence import Task, measure_part, measure_sites, parts_of
from cetm_geo.ground import Ground
from cetm_geo.model import Layer
from cetm_geo.pieces import ONCE, OWN, Pieces, Shapes

AS_OF = date(2026, 11, 1)
RADII = (0.025, 0.08, 1.0, 3.0)  # degrees of latitude
TITLE_RADII = RADII[:2]
AT_ONCE = 8
ROUNDS = 3
DISK, MEMORY = "on disk", "in memory"
CENTRES = 2000

Told = dict[str, Any]


def protected_of(made: world.World) -> Layer:
    return kept_world.light_layers(made, [kept_world.PROTECTED])[kept_world.PROTECTED]


def task_of(layers: Mapping[str, Layer], **asked: bool) -> Task:
    task = Task(Ground.of(layers), 100.0, **asked)
    task.ground.warm()
    return task


# --- growth --------------------------------------------------------------------------------------


def growth(made: world.World, count: int) -> Told:
    """So many sites, once, after the first of them have opened what is opened once."""
    task = task_of({kept_world.PROTECTED: protected_of(made)}, land_only=True)
    sites = world.sites_of(made.concessions, count)
    measure_part(sites.iloc[:64], task)
    before = kept_world.peak_gb()
    clock, processor = time.perf_counter(), time.process_time()
    found = measure_sites(sites, task)
    return {
        "clock": time.perf_counter() - clock,
        "processor": time.process_time() - processor,
        "pairs": len(found.pairs[kept_world.PROTECTED]),
        "settled": found.accounts.by_area / (found.accounts.by_area + found.accounts.clipped),
        "worst": found.accounts.worst,
        "before": before,
        "gb": kept_world.peak_gb(),
    }


def print_growth(given: argparse.Namespace) -> None:
    print("| sites | pairs | processor ms a site | ratio | clock ms a site | ratio | clock s |"
          " peak GB, before it | settled without an intersection | worst of the books |\n"
          "|---|---|---|---|---|---|---|---|---|---|")  # fmt: skip
    first: Told = {}
    for count in given.sites:
        told = apart(given, "growth", count=count)
        each = {key: told[key] / count * 1000 for key in ("processor", "clock")}
        first = first or each
        ratio = {key: each[key] / first[key] for key in each}
        print(f"| {count:,} | {told['pairs']:,} | {each['processor']:.2f} |"
              f" {ratio['processor']:.2f} | {each['clock']:.2f} | {ratio['clock']:.2f} |"
              f" {told['clock']:.1f} |"
              f" {told['gb']:.2f}, {told['before']:.2f} | {told['settled']:.0%} |"
              f" {told['worst']:.1e} |", flush=True)  # fmt: skip


# --- land once -----------------------------------------------------------------------------------


class Chosen:
    """The outlines of some of the pieces that another holds."""

    def __init__(self, held: Shapes, rows: Indices) -> None:
        self.held, self.rows = held, rows

    def take(self, rows: Indices) -> Geometries:
        return self.held.take(self.rows[rows])


def features_alone(layer: Layer) -> Layer:
    """A layer without the pieces that only stand for land once."""
    all_, own = layer.pieces, np.flatnonzero(layer.pieces.is_a(OWN))
    columns = (all_.feature_row[own], all_.bounds[own], all_.area_km2[own], all_.flags[own])
    return replace(layer, held=Pieces(*columns, Chosen(all_.held, own)))


def once(made: world.World, count: int) -> Told:
    """Seconds of the processor of each step, median of rounds."""
    layer = protected_of(made)
    alone = features_alone(layer)
    layer.warm()
    sites = world.sites_of(made.concessions, count)
    parts = [sites.iloc[rows].reset_index(drop=True) for rows in parts_of(sites)]
    rounds = [_steps(parts, layer, alone) for _ in range(ROUNDS + 1)]
    return {name: median(one[name] for one in rounds[1:]) for name in rounds[0]} | {
        "pieces": len(layer.pieces),
        "more": len(layer.pieces) - len(alone.pieces),
    }


def _steps(parts: Iterable[Any], layer: Layer, alone: Layer) -> dict[str, float]:
    taken = dict.fromkeys(("overlaps", "all pieces", "land once", "books"), 0.0)
    for sites in parts:
        km2, ids = sites["area_km2"].to_numpy(), sites["site_id"].to_numpy(object)
        _, seconds = _processor(lambda of=sites: overlay.measure_overlaps(of, alone))
        taken["overlaps"] += seconds
        laid, seconds = _processor(lambda of=sites: overlay.lay(of, layer))
        taken["all pieces"] += seconds
        given = laid, layer, km2, ids
        with mock.patch.object(covering, "balance_once", lambda *_: Accounts()):
            _, summed = _processor(lambda of=given: covering.covered_by_layer(*of))
        _, seconds = _processor(lambda of=given: covering.covered_by_layer(*of))
        taken["land once"] += summed
        taken["books"] += seconds - summed
    return taken


def _processor(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.thread_time()
    found = work()
    return found, time.thread_time() - start


def print_once(given: argparse.Namespace) -> None:
    print("| sites | overlaps alone, ms a site | pieces for land once laid too | its sums |"
          " land once on top of the overlaps | books on top of that |\n"
          "|---|---|---|---|---|---|")  # fmt: skip
    for count in given.sites[:2]:
        told = apart(given, "once", count=count)
        ms = {name: told[name] / count * 1000 for name in told}
        more = (told["all pieces"] + told["land once"]) / told["overlaps"] - 1
        books = told["books"] / told["overlaps"]
        print(f"| {count:,} | {ms['overlaps']:.2f} | {ms['all pieces'] - ms['overlaps']:+.2f} |"
              f" {ms['land once']:.2f} | {more:.0%} | {books:.0%} |", flush=True)  # fmt: skip
    print(f"\n{told['more']:,} of {told['pieces']:,} pieces stand for land once alone")


# --- drawn polygons ------------------------------------------------------------------------------


def drawing(random: np.random.Generator, centre: Any, radius: float) -> Any:
    """A frame of one site: a rough polygon of 4 to 11 corners."""
    corners = int(random.integers(4, 12))
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    turn += random.uniform(-1.2, 1.2, corners) / corners
    reach = radius * random.uniform(0.7, 1.0, corners)
    east = reach * np.cos(turn) / np.cos(np.radians(centre[1]))
    outline = np.column_stack([centre[0] + east, centre[1] + reach * np.sin(turn)])
    shape = shapely.make_valid(shapely.Polygon(outline), method="structure")
    return screening.sites_from_shapes([shape], ["drawn"])


def drawings(made: world.World, radius: float, count: int) -> list[Any]:
    random = np.random.default_rng(5)
    titles = world.sites_of(made.concessions, CENTRES).geometry.to_numpy()
    centres = shapely.get_coordinates(shapely.centroid(titles))
    return [drawing(random, centres[random.integers(len(centres))], radius) for _ in range(count)]


def drawn(made: world.World, held: str, counts: list[int]) -> Told:
    """Times of both answers by radius, and what the process holds."""
    layers = kept_world.light_layers(made, resident=held == MEMORY)
    task = task_of(layers, land_only=True, proposals=True)
    ways: dict[str, Callable[[Any], Any]] = {
        "vector": lambda sites: measure_part(sites, task),
        "whole": lambda sites: screening.screen(sites, task.ground, AS_OF),
    }
    told: Told = {"gb": kept_world.peak_gb()}
    for radius, count in _radii_of(held, counts):
        asked = drawings(made, radius, count)
        km2 = [float(sites["area_km2"].iloc[0]) for sites in asked]
        told[str(radius)] = {"km2": median(km2), "count": count} | {
            name: _answers(way, asked, radius in TITLE_RADII) for name, way in ways.items()
        }
    return told | {"answering_gb": kept_world.peak_gb()}


def _radii_of(held: str, counts: list[int]) -> list[tuple[float, int]]:
    """Radii with how many are drawn; all outlines are held in memory for the small ones alone."""
    of_radius = [*zip(RADII, [counts[0], *counts], strict=True)]
    return of_radius if held == DISK else of_radius[: len(TITLE_RADII)]


def _answers(way: Callable[[Any], Any], asked: list[Any], at_once: bool) -> Told:
    def one(sites: Any) -> tuple[float, float]:
        clock = time.perf_counter()
        _, processor = _processor(lambda: way(sites))
        return time.perf_counter() - clock, processor

    for sites in asked[: len(asked) // 4]:
        one(sites)
    told = {"alone": _percentiles([one(sites) for sites in asked])}
    if at_once:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            told["at once"] = _percentiles(list(pool.map(one, asked)))
    return told


def _percentiles(taken: list[tuple[float, float]]) -> dict[str, list[float]]:
    clock, processor = (np.percentile(times, (50, 95)) * 1000 for times in np.transpose(taken))
    return {"clock": clock.tolist(), "processor": processor.tolist()}


def print_drawn(given: argparse.Namespace) -> None:
    print(
        "| radius, degrees | answer | outlines | alone, clock ms: p50, p95 | processor ms |"
        f" {AT_ONCE} at once, clock ms | processor ms |\n|---|---|---|---|---|---|---|"
    )
    said = []
    for held in (DISK, MEMORY):
        told = apart(given, "drawn", held=held)
        said.append(f"outlines {held}: {told['gb']:.2f} GB when ready, at most"
                    f" {told['answering_gb']:.2f} GB")  # fmt: skip
        for radius, count in _radii_of(held, given.drawings):
            by_way = told[str(radius)]
            for name in ("vector", "whole"):
                times = [
                    f"{p50:.1f}, {p95:.1f}"
                    for kind in by_way[name].values()
                    for p50, p95 in kind.values()
                ]
                times += ["", ""] * (len(times) == 2)
                print(f"| {radius} ({by_way['km2']:,.0f} km2, {count} of them) | {name} | {held} |"
                      f" {' | '.join(times)} |", flush=True)  # fmt: skip
    print("\nProtected areas, lands of communities, titles and basins; " + "; ".join(said))


# --- distances and rings -------------------------------------------------------------------------


def around(made: world.World, count: int) -> Told:
    """Seconds of the processor: the nearest area, outlines round sites, and the land in them."""
    layer = protected_of(made)
    distances.warm(layer)
    sites = world.sites_of(made.concessions, count)
    parts = [sites.iloc[rows].reset_index(drop=True) for rows in parts_of(sites)]
    told: Told = dict.fromkeys(("nearest", "outlines", "land", "rings", "apart"), 0.0)
    for part in parts:
        pairs = overlay.measure_overlaps(part, layer)
        (km, _), seconds = _processor(
            lambda of=(part, pairs): distances.nearest(of[0], layer, of[1])
        )
        told["nearest"] += seconds
        told["apart"] += int((km > 0).sum())
        shapes = part.geometry.to_numpy()
        reached, seconds = _processor(lambda of=shapes: rings.reaches(of, overlay.RINGS_KM))
        told["outlines"] += seconds
        met = np.nonzero(km <= np.array(overlay.RINGS_KM)[:, None])
        _, seconds = _processor(lambda of=reached[met]: _land_of(layer, of))
        told["land"] += seconds
        told["rings"] += len(met[0])
    return told


def _land_of(layer: Layer, shapes: Any) -> Any:
    """The land once that a layer covers of outlines."""
    units = Units.of(shapes, measure.area_km2(shapes))
    return covering.covered_of(units, layer.pieces, ONCE, len(shapes))


def print_around(given: argparse.Namespace) -> None:
    count = given.sites[0]
    told = apart(given, "around", count=count)
    ms = {name: told[name] * 1000 for name in ("nearest", "outlines", "land")}
    print("| processor ms | a site |\n|---|---|")
    print(f"| nearest protected area, a site that meets none ({told['apart']:.0f} of {count}) |"
          f" {ms['nearest'] / max(told['apart'], 1):.2f} |")  # fmt: skip
    print(f"| five outlines round a site, 1 to 50 km | {ms['outlines'] / count:.2f} |")
    print(f"| protected land inside those that reach any ({told['rings'] / count:.1f} a site) |"
          f" {ms['land'] / count:.2f} |", flush=True)  # fmt: skip


# --- a process for each measure ------------------------------------------------------------------

MEASURES: Mapping[str, Callable[..., Told]] = {
    "growth": growth,
    "once": once,
    "drawn": drawn,
    "around": around,
}
PRINTERS: Mapping[str, Callable[[argparse.Namespace], None]] = {
    "growth": print_growth,
    "once": print_once,
    "drawn": print_drawn,
    "around": print_around,
}


def apart(given: argparse.Namespace, measured: str, count: int = 0, held: str = "") -> Told:
    """What a measure finds in a process of its own."""
    command = [sys.executable, __file__, "--folder", str(given.folder), "--measure", measured]
    command += ["--count", str(count), "--held", held, "--drawings", _listed(given.drawings)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told: Told = json.loads(done.stdout)
    return told


def measure_here(given: argparse.Namespace) -> Told:
    asked = (given.held, given.drawings) if given.measure == "drawn" else (given.count,)
    return MEASURES[given.measure](world.World(given.folder), *asked)


def run(given: argparse.Namespace) -> None:
    made = world.make_world(given.folder, given.scale)
    kept_world.keep(made)
    most = round(world.TITLES * given.scale)
    given.sites = [count for count in given.sites if count <= most] or [most]
    for name in given.only:
        print(f"\n### {name}\n", flush=True)
        PRINTERS[name](given)


def _listed(values: Iterable[int]) -> str:
    return ",".join(map(str, values))


def _numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--scale", type=float, default=0.05)
    parser.add_argument("--sites", type=_numbers, default=[1000, 10_000, 50_000, 200_000])
    parser.add_argument("--drawings", type=_numbers, default=[200, 60, 30])
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(PRINTERS))
    parser.add_argument("--measure", choices=MEASURES, help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--held", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure_here(given)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        given.folder = given.folder or Path(temporary)
        run(given)


if __name__ == "__main__":
    main()
