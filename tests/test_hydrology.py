"""Networks of basins: against a walk link by link, against networkx, and in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cetm_geo.hydrology import Basins, Network
from cetm_geo.model import Layer, LinkEnd

SEA, ABSENT = "sea", "elsewhere"


def network(downstream: Sequence[str | None], ids: Sequence[str] = (), **more: Any) -> Network:
    """Basins b0, b1, ... by the ids they drain to."""
    own = list(ids) or [f"b{i}" for i in range(len(downstream))]
    return Network.of(np.array(own, object), np.array(downstream, object), [SEA], **more)


def line(count: int) -> Network:
    """b0 is the mouth, the last the source."""
    return network([SEA, *(f"b{i}" for i in range(count - 1))])


@st.composite
def stated(draw: Any) -> list[str | None]:
    """What some basins drain to: any of them, itself, the sea, something absent, nothing."""
    count = draw(st.integers(1, 25))
    ends = [SEA, ABSENT, None]
    choice = st.sampled_from([*(f"b{i}" for i in range(count)), *ends])
    return draw(st.lists(choice, min_size=count, max_size=count))


def walk(downstream: Sequence[str | None], start: int) -> list[int]:
    """The chain of a basin, link by link; a basin that water comes back to is the end of it."""

    def after(i: int) -> int | None:
        text = downstream[i]
        return int(text[1:]) if text and text.startswith("b") else None

    def comes_back(i: int) -> bool:
        here = after(i)
        for _ in downstream:
            if here is None or here == i:
                break
            here = after(here)
        return here == i

    out = [start]
    while not comes_back(out[-1]) and (following := after(out[-1])) is not None:
        out.append(following)
    return out


@settings(deadline=None)
@given(stated())
def test_chains_sums_and_all_above_are_those_of_a_walk_link_by_link(
    downstream: list[str | None],
) -> None:
    net, n = network(downstream), len(downstream)
    chains = [walk(downstream, i) for i in range(n)]
    own = np.arange(1.0, n + 1)
    above = [[j for j in range(n) if i in chains[j]] for i in range(n)]
    assert [net.chain(i).tolist() for i in range(n)] == chains
    assert net.last.tolist() == [chain[-1] for chain in chains]
    assert net.steps.tolist() == [len(chain) - 1 for chain in chains]
    assert [sorted(net.above(i).tolist()) for i in range(n)] == above
    assert [net.above(i)[0] for i in range(n)] == list(range(n))
    assert net.upstream_sums(own).tolist() == [sum(own[rows]) for rows in above]
    assert net.downstream_sums(own).tolist() == [sum(own[chain]) for chain in chains]
    two = net.upstream_sums(np.column_stack([own, np.ones(n)]))
    assert two.tolist() == [[sum(own[rows]), len(rows)] for rows in above]
    drained = {text for i, text in enumerate(downstream) if text != f"b{i}"}
    on_circle = net.end == LinkEnd.CYCLE.value
    assert net.is_headwater.tolist() == [
        f"b{i}" not in drained and not on_circle[i] for i in range(n)
    ]


@settings(deadline=None)
@given(stated(), st.lists(st.integers(0, 24), max_size=6))
def test_many_chains_at_once_are_each_chain_alone(
    downstream: list[str | None], starts: list[int]
) -> None:
    net = network(downstream)
    rows = [start for start in starts if start < len(net)]
    which, basin, step = net.chains(np.array(rows, np.intp))
    alone = [
        (i, int(b), s) for i, row in enumerate(rows) for s, b in enumerate(net.chain(row))
    ]  # fmt: skip
    assert list(zip(which.tolist(), basin.tolist(), step.tolist(), strict=True)) == alone


@settings(deadline=None)
@given(stated())
def test_networkx_finds_the_same_ancestors_descendants_and_circles(
    downstream: list[str | None],
) -> None:
    nx = pytest.importorskip("networkx")
    net, graph = network(downstream), nx.DiGraph()
    graph.add_nodes_from(net.ids.tolist())
    graph.add_edges_from(
        (a, b) for a, b in zip(net.ids, downstream, strict=True) if b and b.startswith("b")
    )
    circles = {x for circle in nx.simple_cycles(graph) for x in circle}
    assert set(net.ids[net.end == LinkEnd.CYCLE.value]) == circles
    graph.remove_edges_from([edge for edge in graph.edges if edge[0] in circles])
    for i, name in enumerate(net.ids):
        assert set(net.ids[net.chain(i)]) == nx.descendants(graph, name) | {name}
        assert set(net.ids[net.above(i)]) == nx.ancestors(graph, name) | {name}


@settings(deadline=None)
@given(stated(), st.integers(0, 24), st.lists(st.floats(0.1, 1e6), min_size=25, max_size=25))
def test_removing_one_link_changes_the_sums_below_it_and_the_chains_above_it_and_no_bit_else(
    downstream: list[str | None], cut: int, values: list[float]
) -> None:
    net = network(downstream)
    cut %= len(net)
    if net.downstream[cut] < 0:
        return
    own = np.array(values[: len(net)])
    without = network([None if i == cut else text for i, text in enumerate(downstream)])
    before, after = net.upstream_sums(own), without.upstream_sums(own)
    assert set(np.flatnonzero(before != after)) == set(net.chain(cut)[1:])
    changed = {i for i in range(len(net)) if net.chain(i).tolist() != without.chain(i).tolist()}
    assert changed == set(net.above(cut))


@settings(deadline=None)
@given(stated(), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(downstream: list[str | None], random: Any) -> None:
    net, order = network(downstream), list(range(len(downstream)))
    random.shuffle(order)
    other = network([downstream[i] for i in order], [f"b{i}" for i in order])
    own = np.arange(1.0, len(net) + 1)
    assert net.end[order].tolist() == other.end.tolist()
    assert net.upstream_sums(own)[order].tolist() == other.upstream_sums(own[order]).tolist()
    for row, i in enumerate(order):
        assert net.ids[net.chain(i)].tolist() == other.ids[other.chain(row)].tolist()
        assert set(net.ids[net.above(i)]) == set(other.ids[other.above(row)])


def test_a_million_basins_in_one_line() -> None:
    count = 1_000_000
    net = line(count)
    assert (net.upstream_sums(np.ones(count)) == np.arange(count, 0, -1)).all()
    assert (net.chain(count - 1) == np.arange(count - 1, -1, -1)).all()
    assert (net.above(0) == np.arange(count)).all()
    assert len(net.above(count - 10)) == 10
    assert (net.last == 0).all()


def test_a_line_of_a_thousand_with_a_thousand_sources_at_each_sums_in_closed_form() -> None:
    stem = [SEA, *(f"s{i}" for i in range(999))]
    sources = [f"s{i}" for i in range(1000) for _ in range(1000)]
    ids = [f"s{i}" for i in range(1000)] + [f"h{i}" for i in range(1_000_000)]
    net = network([*stem, *sources], ids)
    sums = net.upstream_sums(np.ones(len(net)))
    assert (sums[:1000] == 1001 * np.arange(1000, 0, -1)).all()
    assert (net.is_headwater == (np.arange(len(net)) >= 1000)).all()
    assert (np.sort(net.above(999)) == np.r_[999, np.arange(1_000_000, 1_001_000)]).all()


def test_each_end_says_why_no_basin_follows() -> None:
    stated = [SEA, None, "-", ABSENT, "b0", "b5", "b7", "b6", "b6", "b4"]
    sink = np.arange(10) == 9
    net = network(stated, not_stated=["-"], sink=sink)
    assert net.end.tolist() == [
        "outlet", "not_stated", "not_stated", "dangling_link", "", "cycle", "cycle", "cycle", "",
        "sink",
    ]  # fmt: skip
    assert net.chain(8).tolist() == [8, 6]  # into a circle: as far as the first basin of it
    assert net.chain(9).tolist() == [9]  # a virtual link carries no water
    assert net.above(0).tolist() == [0, 4]


def test_what_is_not_known_above_a_basin_is_not_known_of_it_and_of_none_beside() -> None:
    net = network([SEA, "b0", "b1", "b1", "b0"])
    sums = net.upstream_sums(np.array([1.0, 1.0, np.nan, 1.0, 1.0]))
    assert np.isnan(sums).tolist() == [True, True, True, False, False]


def test_no_basins_are_a_network_and_an_id_that_stands_twice_is_none() -> None:
    none = network([])
    assert none.upstream_sums(np.empty(0)).shape == (0,)
    assert [len(x) for x in none.chains(np.empty(0, np.intp))] == [0, 0, 0]
    with pytest.raises(ValueError, match="distinct"):
        network([SEA, SEA], ["a", "a"])


# --- the way down, cut ---------------------------------------------------------------------------


def basins(net: Network, outlet_km: Any) -> Basins:
    none = np.full(len(net), np.nan)
    of_feature = np.arange(len(net))
    layer = cast(Layer, None)
    return Basins(layer, net, of_feature, none, np.asarray(outlet_km, float), none, none, none)


def way(own: Basins, start: int, km: float) -> list[tuple[int, float]]:
    _, basin, entered = own.within(np.array([start]), km)
    return list(zip(basin.tolist(), entered.tolist(), strict=True))


def test_a_chain_is_cut_where_the_water_enters_beyond_the_distance() -> None:
    # The mouths of b3, b2, b1, b0 lie 100, 70, 30 and 0 km from the sea: b2 is entered at b3's.
    own = basins(line(4), [0, 30, 70, 100])
    assert way(own, 3, 0) == [(3, 0), (2, 0)]
    assert way(own, 3, 29.9) == [(3, 0), (2, 0)]
    assert way(own, 3, 30) == [(3, 0), (2, 0), (1, 30)]
    assert way(own, 3, 1000) == [(3, 0), (2, 0), (1, 30), (0, 70)]
    assert way(own, 0, 50) == [(0, 0)]


def test_a_chain_without_distances_is_kept_and_says_that_its_km_are_not_known() -> None:
    own = basins(line(4), [0, 30, 70, np.nan])
    assert str(way(own, 3, 1)) == "[(3, 0.0), (2, 0.0), (1, nan), (0, nan)]"
    gap = basins(line(4), [0, 30, np.nan, 100])
    assert str(way(gap, 3, 80)) == "[(3, 0.0), (2, 0.0), (1, nan), (0, 70.0)]"


@settings(deadline=None)
@given(stated(), st.data())
def test_cut_chains_are_the_whole_ones_as_far_as_the_distance(
    downstream: list[str | None], data: Any
) -> None:
    net = network(downstream)
    lengths = st.lists(st.integers(0, 40), min_size=len(net), max_size=len(net))
    drawn = data.draw(lengths)
    outlet_km = np.array([sum(drawn[j] for j in net.chain(i)[1:]) for i in range(len(net))], float)
    starts = np.array(data.draw(st.lists(st.integers(0, len(net) - 1), max_size=5)), np.intp)
    km = data.draw(st.integers(0, 200))
    which, basin, entered = basins(net, outlet_km).within(starts, km)
    expected = []
    for row, start in enumerate(starts.tolist()):
        chain = net.chain(start).tolist()
        mouths = [outlet_km[start], *(outlet_km[i] for i in chain[:-1])]
        expected += [
            (row, i, outlet_km[start] - mouth)
            for i, mouth in zip(chain, mouths, strict=True)
            if outlet_km[start] - mouth <= km
        ]
    assert list(zip(which.tolist(), basin.tolist(), entered.tolist(), strict=True)) == expected
