"""Basins and river reaches as a network: what drains to what, sums upstream, the way down.

Each basin drains to one other at most, so that a network is a forest. Two ways through it are kept
apart. Sums take leaps of 1, 2, 4, ... basins along all links at once, which is a few passes over
arrays however long the rivers are, and only ever adds: what comes of it for a basin hangs on the
basins above it alone. Queries read the basins in an order in which all that drains to a basin
follows it, its largest tributary first, so that all above it is one slice, and the way down from it
a slice for each of the few larger rivers it joins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo import measure
from cetm_geo.arrays import Flags, Floats, Indices, Texts, ranges, sums
from cetm_geo.model import Layer, LinkEnd
from cetm_geo.pieces import OWN


@dataclass(frozen=True, eq=False)
class Network:
    """Which basin drains to which.

    ids: (n,) distinct. downstream: (n,) position of the next basin, -1 where none follows; no
    chain of them runs in a circle. end: (n,) why none follows, a value of `LinkEnd`, "" where one
    does. Of a circle each basin is an end of its own.
    """

    ids: Texts
    downstream: Indices
    end: Texts

    @classmethod
    def of(
        cls,
        ids: Texts,
        downstream_ids: Texts,
        outlet: Sequence[str] = (),
        not_stated: Sequence[str] = (),
        sink: Flags | None = None,
    ) -> Network:
        """The network of basins by the ids they state.

        Args:
            ids: (n,) distinct texts. downstream_ids: (n,) texts or None.
            outlet, not_stated: texts of downstream_ids that are no ids.
            sink: (n,) basins without a way out on the surface: a link that is stated for one
                (HydroBASINS' virtual connections) carries no water, and is not followed.

        Raises ValueError where an id stands twice.
        """
        index = pd.Index(ids, dtype=object)
        if not index.is_unique:
            raise ValueError("the ids of a network must be distinct")
        stated = np.asarray(downstream_ids, dtype=object)
        found = np.asarray(index.get_indexer(pd.Index(stated, dtype=object)), dtype=np.intp)
        end = np.full(len(ids), "", object)
        end[found < 0] = LinkEnd.DANGLING.value
        end[pd.isna(stated) | np.isin(stated, list(not_stated))] = LinkEnd.NOT_STATED.value
        end[np.isin(stated, list(outlet))] = LinkEnd.OUTLET.value
        if sink is not None:
            end[sink] = LinkEnd.SINK.value
        downstream = np.where(end == "", found, -1).astype(np.intp)
        circle = _on_a_circle(downstream)
        end[circle], downstream[circle] = LinkEnd.CYCLE.value, -1
        return cls(np.asarray(ids, dtype=object), downstream, end)

    def __len__(self) -> int:
        return len(self.ids)

    # --- sums ------------------------------------------------------------------------------------

    def upstream_sums(self, values: Any) -> Floats:
        """Each basin's own value and those of all that drains to it, added up.

        Args:
            values: (n,) or (n, k). nan goes down with the water: what is not known above a basin
                is not known of it.

        Returns the same shape. The same values give the same bits; values of basins that do not
        drain to a basin never touch its sum.
        """
        out = np.array(values, dtype=np.float64)
        columns = np.atleast_2d(out.T)  # a view, so that `out` is what is added to
        for rows, to in _leaps(self.downstream):
            for i in range(len(columns)):
                columns[i] += sums(columns[i, rows], to, len(self))
        return out

    # --- the way down ----------------------------------------------------------------------------

    def downstream_sums(self, values: Floats) -> Floats:
        """Each basin's own value and those of all that follow it, added up; (n,)."""
        return np.asarray(_down_sums(values, self.downstream), dtype=np.float64)

    @cached_property
    def steps(self) -> Indices:
        """How many basins follow each, (n,)."""
        ones = np.ones(len(self), np.intp)
        return np.asarray(_down_sums(ones, self.downstream) - 1, dtype=np.intp)

    @cached_property
    def last(self) -> Indices:
        """The last basin of each chain, (n,): itself where none follows."""
        out = np.arange(len(self))
        for rows, to in _leaps(self.downstream):
            out[rows] = out[to]
        return out

    def chain(self, start: int) -> Indices:
        """The basin, the one it drains to, ... the last one."""
        rivers, here = [], start
        while here >= 0:
            mouth = self._stem_mouth[here]
            rivers.append(self._order[mouth : self._place[here] + 1][::-1])
            here = self.downstream[self._order[mouth]]
        return np.concatenate(rivers)

    def chains(self, starts: Indices) -> tuple[Indices, Indices, Indices]:
        """The whole chain of each start: position in starts, basin, step; itself is step 0."""
        starts = np.asarray(starts, dtype=np.intp)
        count = self.steps[starts] + 1
        which, step = ranges(np.zeros(len(starts), np.intp), count)
        basin, begin = np.empty(len(which), np.intp), np.cumsum(count) - count
        rows, here = np.arange(len(starts)), starts
        while len(rows):
            place, mouth = self._place[here], self._stem_mouth[here]
            length = place - mouth + 1
            row, back = ranges(np.zeros(len(rows), np.intp), length)
            basin[begin[rows][row] + back] = self._order[place[row] - back]
            begin[rows] += length
            here = self.downstream[self._order[mouth]]
            rows, here = rows[here >= 0], here[here >= 0]
        return which, basin, step

    # --- what lies above -------------------------------------------------------------------------

    @cached_property
    def is_headwater(self) -> Flags:
        """Basins that no other drains to, (n,). None on a circle: another states that it does."""
        feeders = np.bincount(self.downstream[self.downstream >= 0], minlength=len(self))
        return np.asarray((feeders == 0) & (self.end != LinkEnd.CYCLE.value), dtype=bool)

    def above(self, start: int) -> Indices:
        """Everything that drains to a basin, itself first."""
        place = int(self._place[start])
        return self._order[place : place + int(self._size[start])]

    @cached_property
    def _size(self) -> Indices:
        """How many basins drain to each, itself included; whole numbers, so exact."""
        return np.rint(self.upstream_sums(np.ones(len(self)))).astype(np.intp)

    @cached_property
    def _place(self) -> Indices:
        """Where each basin stands in the order: what drains to it follows, largest river first."""
        siblings = np.lexsort((-self._size, self.downstream))
        size, parent = self._size[siblings], self.downstream[siblings]
        before = np.cumsum(size) - size
        first = np.flatnonzero(np.r_[True, parent[1:] != parent[:-1]][: len(parent)])
        runs = np.diff(np.r_[first, len(parent)])
        offset = np.empty(len(self), np.intp)
        offset[siblings] = before - np.repeat(before[first], runs) + (parent >= 0)
        return np.asarray(_down_sums(offset, self.downstream), dtype=np.intp)

    @cached_property
    def _order(self) -> Indices:
        """The basins in their order: the inverse of `_place`."""
        out = np.empty(len(self), np.intp)
        out[self._place] = np.arange(len(self))
        return out

    @cached_property
    def _stem_mouth(self) -> Indices:
        """Of each basin the place of the lowest one that it reaches going down its own river."""
        to = self.downstream[self._order]
        places = np.arange(len(self))
        goes_on = (to >= 0) & (self._place[to] == places - 1)
        mouth = np.maximum.accumulate(np.where(goes_on, 0, places))
        return np.asarray(mouth[self._place], dtype=np.intp)


def _leaps(downstream: Indices) -> Iterator[tuple[Indices, Indices]]:
    """The basins that 1, 2, 4, ... others follow, and the one so many links down."""
    rows, reach = np.flatnonzero(downstream >= 0), downstream.copy()
    while len(rows):
        to = reach[rows]
        yield rows, to
        far = reach[to]
        reach[rows] = far
        rows = rows[far >= 0]


def _down_sums(values: Any, downstream: Indices) -> Any:
    """Each basin's own value and those of all that follow it; whole numbers stay whole."""
    out = values.copy()
    for rows, to in _leaps(downstream):
        out[rows] += out[to]
    return out


def _on_a_circle(downstream: Indices) -> Flags:
    """Basins from which the water comes back to them: where all still are after n links or more."""
    rows, reach, links = np.flatnonzero(downstream >= 0), downstream.copy(), 1
    while len(rows) and links < len(downstream):
        far = reach[reach[rows]]
        reach[rows] = far
        rows, links = rows[far >= 0], 2 * links
    out = np.zeros(len(downstream), bool)
    out[reach[rows]] = True
    return out


@dataclass(frozen=True, eq=False)
class Basins:
    """The basins or river reaches of a layer as a network.

    basin_of_feature: (features,) position in the network. land_km2: (n,) measured land of each
    basin's features. outlet_km: (n,) river km from its mouth to the last basin's, nan where not
    stated. declared_km2, upstream_km2: (n,) published area of it, and of it and all above, or nan.
    stream_order: (n,) Strahler's, or nan.
    """

    layer: Layer
    network: Network
    basin_of_feature: Indices
    land_km2: Floats
    outlet_km: Floats
    declared_km2: Floats
    upstream_km2: Floats
    stream_order: Floats

    @cached_property
    def called(self) -> Texts:
        """What each basin is called: its name and id, or its id."""
        ids = self.network.ids
        names = np.full(len(ids), None, object)
        names[self.basin_of_feature[::-1]] = self.layer.texts("name")[::-1]
        pairs = zip(names, ids, strict=True)
        both = [f"{n} ({i})" if isinstance(n, str) else str(i) for n, i in pairs]
        return np.array([*both, None], object)[:-1]

    @cached_property
    def stated_downstream(self) -> Texts:
        """Id of the basin that each is stated to drain to, in the layer or not; None: of none."""
        links: Any = self.layer.links
        return np.asarray(links["downstream_id"].to_numpy(object))

    @cached_property
    def as_drawn(self) -> Basins:
        """The same, of river reaches, outlet_km along their lines from the end of each."""
        pieces = self.layer.pieces
        own = np.flatnonzero(pieces.is_a(OWN))
        reach = self.basin_of_feature[pieces.feature_row[own]]
        km = sums(measure.length_km(pieces.shapes(own)), reach, len(self.network.ids))
        return replace(self, outlet_km=self.network.downstream_sums(km) - km)

    @cached_property
    def met_countries(self) -> dict[int, tuple[float, list[str]]]:
        """Of basins that were asked a few at a time, what `catchments.countries_of` found."""
        return {}

    @classmethod
    def of(cls, layer: Layer) -> Basins | None:
        """The basins of a layer by its links; None where it has none."""
        links = layer.links
        if links is None or not len(links):
            return None
        index = pd.Index(links["basin_id"].to_numpy(object), dtype=object)
        groups = pd.Index(layer.features["group_id"].to_numpy(object), dtype=object)
        basin = np.asarray(index.get_indexer(groups), dtype=np.intp)
        numbers = {
            name: links[name].to_numpy(np.float64)
            for name in ("outlet_km", "declared_km2", "upstream_km2", "stream_order")
        }
        land_km2 = sums(layer.area_km2, basin, len(links))
        return cls(layer, _network(links, index), basin, land_km2, **numbers)

    def within(self, starts: Indices, distance_km: float) -> tuple[Indices, Indices, Floats]:
        """Of each start the basins that the water reaches within so many river km of its mouth.

        Args:
            starts: (m,) positions in the network. distance_km: from the mouth of the start.

        Returns position in starts, basin, and the river km at which the water enters it: 0 for the
        start itself, which comes first, and for the next, then the others on the way down. Where
        the distance to the outlet is not stated, the km are nan and the basin is kept.
        """
        starts = np.asarray(starts, dtype=np.intp)
        begin = self.outlet_km[starts]
        untold = np.flatnonzero(np.isnan(begin))
        way = self._entered(starts, np.flatnonzero(~np.isnan(begin)), distance_km)
        which, basin, step = self.network.chains(starts[untold])
        way.append((untold[which], basin, np.where(step < 2, 0.0, np.nan)))
        row, chain, entered_km = (np.concatenate(parts) for parts in zip(*way, strict=True))
        order = np.argsort(row, kind="stable")
        return row[order], chain[order], entered_km[order]

    def _entered(
        self, starts: Indices, rows: Indices, distance_km: float
    ) -> list[tuple[Indices, Indices, Floats]]:
        """Step by step the rows of starts still under way, the basins they come to, the km."""
        here, entered_km = starts[rows], np.zeros(len(rows))
        out = [(rows, here, entered_km)]
        while len(rows):
            mouth_km, here = self.outlet_km[here], self.network.downstream[here]
            if len(out) > 1:
                entered_km = self.outlet_km[starts[rows]] - mouth_km
            goes_on = (here >= 0) & ~(entered_km > distance_km)
            rows, here, entered_km = rows[goes_on], here[goes_on], entered_km[goes_on]
            out.append((rows, here, entered_km))
        return out


def _network(links: pd.DataFrame, index: pd.Index[Any]) -> Network:
    """The network that links state, ends and all: nothing is decided a second time."""
    end = links["end"].to_numpy(object)
    stated = pd.Index(links["downstream_id"].to_numpy(object), dtype=object)
    downstream = np.where(end == "", index.get_indexer(stated), -1).astype(np.intp)
    return Network(index.to_numpy(object), downstream, end)
