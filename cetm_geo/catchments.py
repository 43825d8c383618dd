"""sites -> the basins they meet, where the water goes from there, and who else shares it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo import measure, overlay, tables
from cetm_geo.arrays import Flags, Floats, Geometries, Indices, Texts, sums
from cetm_geo.clips import dissolved
from cetm_geo.evidence import Evidence
from cetm_geo.hydrology import Basins
from cetm_geo.meeting import COUNTED_KM2
from cetm_geo.model import Layer, LinkEnd, SiteStatus, Stage
from cetm_geo.model.rules import Method
from cetm_geo.pieces import OWN

_NAMED = 12  # basins of a chain that are named
_FEW = 1000  # basins of which what was found is remembered
_COUNTRY_KM2 = 1.0  # of a basin in a country: less may be two outlines of one border
WHOLE = 0.99  # of a site
UNKNOWN_SHARE = 0.01  # of basins outside all countries that are loaded: more is told

ENDS: Mapping[str, str] = {
    LinkEnd.OUTLET.value: "an outlet, which drains to no other basin",
    LinkEnd.SINK.value: "an inland sink, without a way out",
    LinkEnd.DANGLING.value: "drains to {0}, which the layer does not hold",
    LinkEnd.NOT_STATED.value: "the layer does not say where it drains to",
    LinkEnd.CYCLE.value: "drains in a circle, a mistake of the data",
}


@dataclass(frozen=True, eq=False)
class Catchments:
    """Sites and the basins of one layer that they meet: arrays of one length, sorted by site.

    Of each site the basin with most of it comes first. km2: land they share; 0 of a reach, which
    is met where it touches the site. site_km2: of the sites that were asked, in order.
    """

    basins: Basins
    site_km2: Floats
    site_row: Indices
    basin: Indices
    km2: Floats

    @staticmethod
    def of(basins: Basins, evidence: Evidence) -> Catchments:
        """What was measured of sites, in terms of basins."""
        pairs, count = evidence.pairs[basins.layer.spec.id], max(len(basins.network.ids), 1)
        place = basins.layer.area_km2[pairs.feature_row] <= 0
        pairs = pairs.take(place | (pairs.overlap_km2 > 0))
        key = pairs.site_row * count + basins.basin_of_feature[pairs.feature_row]
        keys, which = np.unique(key, return_inverse=True)
        km2 = sums(pairs.overlap_km2, which, len(keys))
        site, basin = np.divmod(keys, count)
        kept = (km2 > COUNTED_KM2) | (basins.land_km2[basin] <= 0)
        order = np.flatnonzero(kept)
        order = order[np.lexsort((basin[order], -km2[order], site[order]))]
        return Catchments(basins, evidence.site_km2, site[order], basin[order], km2[order])

    @property
    def site_count(self) -> int:
        """How many sites were asked."""
        return len(self.site_km2)

    @cached_property
    def first(self) -> Indices:
        """Per site the position of its first row, -1 where it meets no basin."""
        out = np.full(self.site_count, -1)
        out[self.site_row[::-1]] = np.arange(len(self.site_row))[::-1]
        return out

    @cached_property
    def held_share(self) -> Floats:
        """Share of each site that lies in basins of the layer."""
        km2 = sums(self.km2, self.site_row, self.site_count)
        return np.minimum(km2 / self.site_km2, 1.0)

    @property
    def is_met(self) -> Flags:
        """Sites that meet a basin."""
        return self.first >= 0

    @cached_property
    def chains(self) -> tuple[Indices, Indices]:
        """All basins that the water of each site passes, its own among them: (site, basin), each
        pair once, sorted."""
        starts, which = np.unique(self.basin, return_inverse=True)
        start, passed, _ = self.basins.network.chains(starts)
        first = np.searchsorted(start, np.arange(len(starts) + 1))
        count = np.diff(first)[which]
        row = np.repeat(np.arange(len(which)), count)
        offset = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        size = max(len(self.basins.network.ids), 1)
        pairs = np.unique(self.site_row[row] * size + passed[first[which[row]] + offset])
        return np.divmod(pairs, size)

    def most(self, of_basin: Floats) -> tuple[Floats, Indices]:
        """Per site the largest value of the basins it meets, and that basin; nan and -1 of none."""
        value = of_basin[self.basin]
        order = np.lexsort((-np.nan_to_num(value, nan=-np.inf), self.site_row))
        sites, at = np.unique(self.site_row[order], return_index=True)
        best, basin = np.full(self.site_count, np.nan), np.full(self.site_count, -1)
        best[sites], basin[sites] = value[order[at]], self.basin[order[at]]
        return best, basin


def speaking(caught: Sequence[Catchments], count: int) -> Indices:
    """Per site, which layer speaks of where its water goes; -1 where none holds a basin of it.

    Args:
        caught: by layer, the finest first. The finest that holds all but 1 % of the site, else the
            one that holds most of it: what drains elsewhere must not go unsaid.
    """
    best, held = np.full(count, -1), np.zeros(count)
    for i, own in enumerate(caught):
        better = own.is_met & (held < WHOLE) & (own.held_share > held)
        best[better], held[better] = i, own.held_share[better]
    return best


def chain_texts(basins: Basins, starts: Indices) -> Texts:
    """The way of the water from each of some basins, in words, and why it is known no further."""
    called, stated = basins.called, basins.stated_downstream
    return np.array([_chain_text(basins, called, stated, int(i)) for i in starts], object)


def _chain_text(basins: Basins, called: Texts, stated: Texts, start: int) -> str:
    chain = basins.network.chain(start)
    shown = list(called[chain[:_NAMED]])
    if len(chain) > _NAMED:
        shown += [f"{len(chain) - _NAMED} more", called[chain[-1]]][: len(chain) - _NAMED]
    last = int(chain[-1])
    end = ENDS[basins.network.end[last]].format(stated[last])
    return f"{' > '.join(shown)}; ends there: {end}"


# --- countries -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Countries:
    """Countries that basins meet: rows of (basin, iso3); of each basin the share of its land that
    lies in any of the countries that are loaded. basins: those that were asked, sorted."""

    basins: Indices
    basin: Indices
    iso3: Texts
    known_share: Floats


def countries_of(basins: Basins, rows: Indices, layers: Sequence[Layer]) -> Countries:
    """The countries that some basins meet.

    Args:
        rows: which basins, sorted. layers: of role country.

    A basin meets a country where they share more than 1 km2, and more than the mapping error. What
    was found of a few basins is remembered with them: drawings ask for the same ones.
    """
    if len(rows) > _FEW:
        return _measured_countries(basins, rows, layers)
    known = basins.met_countries
    new = np.array([row for row in rows.tolist() if row not in known], np.intp)
    if len(new):
        found = _measured_countries(basins, new, layers)
        for row, share in zip(new.tolist(), found.known_share.tolist(), strict=True):
            known[row] = share, found.iso3[found.basin == row].tolist()
    own = [known[row] for row in rows.tolist()]
    return Countries(
        rows,
        np.repeat(rows, [len(iso3) for _, iso3 in own]),
        np.array([*(code for _, iso3 in own for code in iso3), None], object)[:-1],
        np.array([share for share, _ in own], np.float64),
    )


def _measured_countries(basins: Basins, rows: Indices, layers: Sequence[Layer]) -> Countries:
    places = place_frame(basin_shapes(basins, rows), basins.network.ids[rows])
    found_basin, found_iso, km2 = [], [], np.zeros(len(rows))
    for layer in layers:
        pairs = overlay.measure_overlaps(places, layer, basins.layer.spec.positional_error_m)
        km2 += sums(pairs.overlap_km2, pairs.site_row, len(rows))
        real = pairs.take((pairs.overlap_km2 > _COUNTRY_KM2) & ~pairs.sliver)
        iso3 = layer.texts("iso3")
        called = np.where(pd.isna(iso3), layer.feature_ids, iso3)
        found_basin.append(rows[real.site_row])
        found_iso.append(called[real.feature_row])
    of = np.concatenate([np.empty(0, np.intp), *found_basin])
    iso = np.concatenate([np.empty(0, object), *found_iso])
    pairs_seen = pd.DataFrame({"basin": of, "iso3": iso}).drop_duplicates()
    pairs_seen = pairs_seen.sort_values(["basin", "iso3"], kind="stable")
    return Countries(
        rows,
        pairs_seen["basin"].to_numpy(np.intp),
        pairs_seen["iso3"].to_numpy(object),
        np.minimum(km2 / places["area_km2"].to_numpy(np.float64), 1.0),
    )


def basin_shapes(basins: Basins, rows: Indices) -> Geometries:
    """The outlines of some basins (sorted), all their parts, put together from the pieces."""
    pieces = basins.layer.pieces
    own = np.flatnonzero(pieces.is_a(OWN))
    basin = basins.basin_of_feature[pieces.feature_row[own]]
    mine = np.flatnonzero(np.isin(basin, rows))
    mine = mine[np.argsort(basin[mine], kind="stable")]
    _, starts = np.unique(basin[mine], return_index=True)
    km2 = sums(pieces.area_km2[own[mine]], np.searchsorted(rows, basin[mine]), len(rows))
    return dissolved(pieces.shapes(own[mine]), starts, km2)


def place_frame(shapes: Geometries, ids: Sequence[Any] | Texts) -> Any:
    """Polygons as a frame by `tables.SITES`, so that they are measured as sites are."""
    names = np.array([str(i) for i in ids], object)
    rows = {
        **dict.fromkeys(("site_id", "group_id", "feature_id"), names),
        "class_id": "",
        "counted": True,
        "kind": "place",
        "minerals": np.full(len(names), None, object),
        "stage": Stage.UNKNOWN.value,
        "method": Method.UNKNOWN.value,
        "status": SiteStatus.UNKNOWN.value,
        "placeholder": False,
        "repaired": False,
        "area_km2": measure.area_km2(shapes),
        "geometry": shapes,
    }
    return tables.stack([rows], tables.SITES)
