"""A million basins as a network: sums upstream and ways down and up, ours against networkx.

    python benchmarks/basin_network.py [--basins 1000000] [--queries 1000] [--rounds 3]

A seeded forest shaped like the world's smallest sub-basins (HydroBASINS level 12): four thousand
outlets, the largest with about 45,000 basins upstream and most with a few; each basin a source or
the meeting of two rivers, joined as random binary trees are, whose longest ways grow with the root
of their size as those of rivers about do. Ids are texts, rows in random order, and both sides start
from the same texts, in alternation: ours builds a `hydrology.Network`, the other a
`networkx.DiGraph`. Sums: areas handed down along `networkx.topological_sort`, once. Queries: ours
`Network.chain` and `Network.above`, theirs `networkx.descendants` and `networkx.ancestors`, of
basins drawn at random. All answers are compared. Prints seconds of the processor (median of the
rounds), the ratios, and what is kept in memory.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import networkx as nx
import numpy as np
import psutil

from cetm_geo.hydrology import Network

OUTLETS_SHARE = 0.004
OUTLET = "0"
FIRST_ID = 7_080_000_010


def forest(count: int, rng: np.random.Generator) -> np.ndarray:
    """What each basin drains to, -1 for an outlet: random binary trees, the r-th 1/r as large."""
    outlets = max(1, int(count * OUTLETS_SHARE))
    weight = 1 / np.arange(3, outlets + 3)
    sizes = np.maximum(np.floor(weight / weight.sum() * count).astype(int), 1)
    sizes -= 1 - sizes % 2  # n sources meet at n - 1 places
    trees = [_tree(int(size), rng) for size in sizes]
    trees += [np.full(1, -1)] * (count - int(sizes.sum()))  # coasts: a basin each
    first = np.cumsum([0, *(len(tree) for tree in trees[:-1])])
    return np.concatenate(
        [np.where(tree < 0, -1, tree + start) for tree, start in zip(trees, first, strict=True)]
    )


def _tree(size: int, rng: np.random.Generator) -> np.ndarray:
    """A random binary tree, each as likely as any: a source joins the river at any place (Remy)."""
    parent = [-1]
    for at in (rng.random(size // 2) * np.arange(1, size, 2)).astype(int).tolist():
        meeting = len(parent)
        parent += [parent[at], meeting]
        parent[at] = meeting
    return np.array(parent)


def texts_of(to: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Ids and what they drain to as texts, in random order of rows."""
    names = (FIRST_ID + 10 * rng.permutation(len(to))).astype(str).astype(object)
    down = np.where(to >= 0, names[to], OUTLET)
    order = rng.permutation(len(to))
    return names[order], down[order]


def graph_of(ids: np.ndarray, down: np.ndarray) -> Any:
    graph = nx.DiGraph()
    graph.add_nodes_from(ids.tolist())
    graph.add_edges_from((a, b) for a, b in zip(ids, down, strict=True) if b != OUTLET)
    return graph


def sums_of(graph: Any, area: dict[str, float]) -> dict[str, float]:
    total = dict(area)
    for name in nx.topological_sort(graph):
        for to in graph.successors(name):
            total[to] += total[name]
    return total


def timed(seconds: dict[str, list[float]], name: str, work: Callable[[], Any]) -> Any:
    gc.collect()
    start = time.process_time()
    out = work()
    seconds.setdefault(name, []).append(time.process_time() - start)
    return out


def compare(net: Network, graph: Any, sums: Any, theirs: Any, asked: np.ndarray) -> float:
    """The largest difference of the sums as a share; raises where a query's answers differ."""
    other = np.array([theirs[name] for name in net.ids.tolist()])
    for i in asked.tolist():
        name = net.ids[i]
        assert set(net.ids[net.chain(i)]) == nx.descendants(graph, name) | {name}
        assert set(net.ids[net.above(i)]) == nx.ancestors(graph, name) | {name}
    return float(np.abs(sums / other - 1).max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--basins", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    rng = np.random.default_rng(11)
    ids, down = texts_of(forest(given.basins, rng), rng)
    km2 = rng.gamma(2.0, 65.0, len(ids)).round(1)
    area = dict(zip(ids.tolist(), km2.tolist(), strict=True))
    asked = rng.integers(0, len(ids), given.queries)
    names = ids[asked].tolist()
    seconds: dict[str, list[float]] = {}
    for _ in range(given.rounds):
        before = psutil.Process().memory_info().rss
        net = timed(seconds, "ours, build", lambda: Network.of(ids, down, [OUTLET]))
        sums = timed(seconds, "ours, sums", lambda net=net: net.upstream_sums(km2))
        timed(seconds, "ours, order", lambda net=net: (net.above(0), net.chain(0)))
        timed(seconds, "ours, ways down", lambda net=net: [net.chain(i) for i in asked])
        timed(seconds, "ours, all above", lambda net=net: [net.above(i) for i in asked])
        between = psutil.Process().memory_info().rss
        graph = timed(seconds, "networkx, build", lambda: graph_of(ids, down))
        theirs = timed(seconds, "networkx, sums", lambda graph=graph: sums_of(graph, area))
        after = psutil.Process().memory_info().rss
        for what, ask in (("ways down", nx.descendants), ("all above", nx.ancestors)):
            work = lambda graph=graph, ask=ask: [ask(graph, name) for name in names]  # noqa: E731
            timed(seconds, f"networkx, {what}", work)
        if len(seconds["ours, build"]) == 1:
            kept = (between - before) >> 20, (after - between) >> 20
            off = compare(net, graph, sums, theirs, asked)
            steps, above = net.steps, net.upstream_sums(np.ones(len(net)))
        del graph, theirs
    print(
        f"{len(ids):,} basins, {(steps == 0).sum():,} outlets, longest way {steps.max():,}, "
        f"largest {above.max():,.0f}; kept MB: ours {kept[0]:,}, networkx {kept[1]:,}"
    )
    print(f"{len(asked):,} queries, mean way {steps[asked].mean():,.0f}, mean above "
          f"{above[asked].mean():,.0f}; sums off by {off:.1e}")  # fmt: skip
    for what in ("build", "sums", "build and sums", "ways down", "all above"):
        parts = what.split(" and ")
        mine, others = (
            [sum(x) for x in zip(*(seconds[f"{who}, {part}"] for part in parts), strict=True)]
            for who in ("ours", "networkx")
        )
        ratio = median(b / a for a, b in zip(mine, others, strict=True))
        print(f"{what:14} ours {median(mine):8.4f} s   networkx {median(others):8.4f} s   "
              f"x{ratio:,.1f}")  # fmt: skip
    print(f"the order that queries read, once: {median(seconds['ours, order']):.2f} s")


if __name__ == "__main__":
    main()
