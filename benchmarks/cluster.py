"""Titles measured by dask workers: two against one, in alternation, pieces already on disk.

    python benchmarks/cluster.py [--folder DIR] [--scale 0.05] [--sites 2000] [--part 125]
                                 [--rounds 3]

Protected areas, lands of communities and the register itself, from a seeded world (`world.py`) that
is made in the folder unless it holds it; their pieces are kept there, too. The same sites go to one
worker of one thread, to two of them, to one worker of two threads, and to the threads of this
process, in parts so small that each gets its share. All give the same bits as one thread of this
process, or the run fails.

Prints seconds of each (median of the rounds) against the one worker's, beside what the machine
gives two workers that only add numbers; the workers' peak of memory; and what a site takes of a
core and of the network, layers of the disk.
"""

from __future__ import annotations

import argparse
import pickle
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import distributed
import numpy as np
import pandas as pd
import shapely
import world

from cetm_geo.arrays import Indices
from cetm_geo.cluster import Cluster
from cetm_geo.cutting import hilbert_order
from cetm_geo.evidence import Evidence, Runner, Task, joined, measure_part, on_threads
from cetm_geo.ground import Ground
from cetm_geo.model import Role
from cetm_geo.screening import screen
from cetm_geo.sending import Part
from cetm_geo.store import PieceFolder

ON = date(2026, 11, 22)
ONE = "one worker, one thread"


def task_of(made: world.World, kept: PieceFolder) -> Task:
    layers = [
        world.layer_of(made.concessions, "concessions", Role.CONCESSION),
        world.layer_of(made.protected, "protected", Role.PROTECTED_AREA),
        world.layer_of(made.communities, "communities", Role.COMMUNITY_LAND),
    ]
    by_id = {x.spec.id: replace(x, source=world.source_of(x.spec)) for x in layers}
    if not Ground.of(by_id, kept).names:
        raise SystemExit("no pieces were kept")
    return Task(Ground.of(by_id, kept), 100.0)  # the second time they are opened from disk


def bits_of(value: Any) -> Any:
    """Evidence as plain bytes, for comparing."""
    if isinstance(value, Mapping):
        return {name: bits_of(v) for name, v in value.items()}
    if isinstance(value, np.ndarray) and value.dtype == object:
        shapes = len(value) and any(isinstance(v, shapely.Geometry) for v in value)
        return shapely.to_wkb(value).tolist() if shapes else value.tolist()
    if isinstance(value, np.ndarray):
        return value.tobytes()
    if isinstance(value, tuple):
        return tuple(map(bits_of, value))
    return bits_of(vars(value)) if hasattr(value, "__dict__") else value


def same(a: Evidence, b: Evidence) -> bool:
    return bool(bits_of(vars(a) | {"sites": None}) == bits_of(vars(b) | {"sites": None}))


@contextmanager
def of_threads(count: int) -> Iterator[str]:
    """A scheduler here with one worker of so many threads."""
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=count, host="127.0.0.1", dashboard_address=None,
        memory_limit=0,
    ) as started:  # fmt: skip
        yield started.scheduler_address


def spent() -> tuple[float, float]:
    """Seconds of the processor, and the peak of memory in GB, of a process."""
    return time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


@dataclass(frozen=True)
class Work:
    sites: Any
    parts: list[Indices]
    task: Task

    def by(self, way: Runner) -> Evidence:
        found = way(self.sites, self.parts, self.task, None, None)
        return joined(self.sites, self.parts, found)


def alone(sites: Any, parts: Sequence[Indices], task: Task, *_: None) -> list[Evidence]:
    """One thread of this process."""
    return [measure_part(sites.iloc[rows], task) for rows in parts]


def parts_of(sites: Any, size: int) -> list[Indices]:
    order = hilbert_order(sites.geometry.to_numpy())
    return [np.sort(order[i : i + size]) for i in range(0, len(order), size)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--scale", type=float, default=0.05)
    parser.add_argument("--sites", type=int, default=2000)
    parser.add_argument("--part", type=int, default=125)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = world.make_world(given.folder or Path(folder), given.scale)
        kept = PieceFolder(made.folder / "pieces")
        run(given, made, kept)


def run(given: argparse.Namespace, made: world.World, kept: PieceFolder) -> None:
    start = time.perf_counter()
    task = task_of(made, kept)
    sites = world.sites_of(made.concessions, given.sites)
    work = Work(sites, parts_of(sites, given.part), task)
    print(f"{len(sites)} sites in {len(work.parts)} parts; layers ready after"
          f" {time.perf_counter() - start:.0f} s", flush=True)  # fmt: skip
    start = time.process_time()
    truth = work.by(alone)
    print(f"one thread of this process: {1000 * (time.process_time() - start) / len(sites):.2f} ms"
          " of a core a site", flush=True)  # fmt: skip
    with ExitStack() as stack:
        two_threads = stack.enter_context(of_threads(2))
        clusters = {
            ONE: stack.enter_context(Cluster("local", kept, workers=1)),
            "two workers, one thread": stack.enter_context(Cluster("local", kept, workers=2)),
            "one worker, two threads": stack.enter_context(Cluster(two_threads, kept)),
        }
        ways: dict[str, Runner] = {name: c.run for name, c in clusters.items()}
        one, two, _ = clusters.values()
        compare(
            work, ways | {"threads of this process": on_threads}, truth, given.rounds,
            lambda: added(one) / added(two),
        )  # fmt: skip
        for name, workers in clusters.items():
            peak = max(gb for _, gb in workers._client.run(spent).values())
            print(f"{name:26} peak of a worker {peak:.2f} GB")
        costs(work, clusters[ONE], kept)


def add(_: int) -> int:
    return sum(range(30_000_000))


def added(workers: Cluster) -> float:
    """Seconds that workers take to add numbers eight times."""
    client: Any = workers._client
    start = time.perf_counter()
    client.gather(client.map(add, range(8), pure=False))
    return time.perf_counter() - start


def compare(
    work: Work,
    ways: Mapping[str, Runner],
    truth: Evidence,
    rounds: int,
    yardstick: Callable[[], float],
) -> None:
    given = []
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(rounds + 1):  # the first opens the layers, and is held against the truth
        given.append(yardstick())
        for name, way in ways.items():
            start = time.perf_counter()
            found = work.by(way)
            if turn:
                seconds[name].append(time.perf_counter() - start)
            elif not same(found, truth):
                raise SystemExit(f"{name}: differs from one thread of this process")
    print("all give the same bits")
    for name, taken in seconds.items():
        ratios = [one / mine for one, mine in zip(seconds[ONE], taken, strict=True)]
        print(f"{name:26} {median(taken):7.2f} s   x{median(ratios):5.2f}"
              f"   ({', '.join(f'{r:.2f}' for r in ratios)})", flush=True)  # fmt: skip
    print(f"two workers that only add numbers, in the same rounds: x{median(given[1:]):.2f}"
          f"   ({', '.join(f'{r:.2f}' for r in given[1:])})", flush=True)  # fmt: skip


def costs(work: Work, workers: Cluster, kept: PieceFolder) -> None:
    """Of a whole screening: what measuring takes of a worker, and what the rest takes here."""
    client: Any = workers._client
    before = sum(cpu for cpu, _ in client.run(spent).values()), time.process_time()
    answer = screen(work.sites, work.task.ground, ON, run=workers.run)
    theirs = sum(cpu for cpu, _ in client.run(spent).values()) - before[0]
    mine, count = time.process_time() - before[1], len(work.sites)
    found = work.by(workers.run)
    back = len(pickle.dumps(bits_of(vars(found) | {"sites": None})))
    sent = len(pickle.dumps(Part.of(work.sites)))
    tables = [v for v in vars(answer).values() if isinstance(v, pd.DataFrame)]
    held = sum(int(pd.DataFrame(t).memory_usage(deep=True).sum()) for t in tables)
    print(f"a screening takes {1000 * theirs / count:.2f} ms of a worker's core a site, and"
          f" {1000 * mine / count:.2f} ms of the core that asks; of a site {sent / count:.0f} bytes"
          f" go, {back / count:.0f} bytes come back; its tables take"
          f" {held / count / 1000:.1f} kB")  # fmt: skip
    for layer, name in work.task.ground.names.items():
        size = sum(file.stat().st_size for file in (Path(kept.folder) / name).iterdir())
        features = len(work.task.ground.layers[layer].features)
        print(f"{layer}: {features:,} features, pieces of {size / 1e6:.0f} MB on disk")


if __name__ == "__main__":
    main()
