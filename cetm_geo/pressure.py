"""The other side: how much of each feature, and of all together, lies under titles.

Titles overlap each other. Each bit of their land is given to one of them, so that what a feature
shares with titles is a sum. Only titles that lose land to others are laid over the layers again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Flags, Floats, Indices, sums
from cetm_geo.basin_cover import BasinCover
from cetm_geo.cutting import hilbert_order
from cetm_geo.evidence import Evidence, Runner, Task, measure_sites
from cetm_geo.hydrology import Basins
from cetm_geo.meeting import COUNTED_KM2
from cetm_geo.model import STATUS_GROUPS, Layer, Role
from cetm_geo.settling import left_over, on_grid, shared_land

ALL = "all"


@dataclass(frozen=True)
class UnderTitle:
    """Land of a group of sites, each bit of it once.

    chosen: the sites of the group. sole: those of them that lose no land to others of the group.
    rest: what was measured of the land that is left of the others.
    """

    chosen: Flags
    sole: Flags
    rest: Evidence | None

    def total_km2(self, whole: Evidence) -> float:
        """The land of the group itself. whole: what was measured of all sites."""
        rest = 0.0 if self.rest is None else float(self.rest.site_km2.sum())
        return float(whole.site_km2[self.sole].sum()) + rest

    def covered_km2(self, scope_id: str, whole: Evidence) -> float:
        """Land of the group that a scope covers."""
        rest = 0.0 if self.rest is None else float(self.rest.covered[scope_id].sum())
        return float(whole.covered[scope_id][self.sole].sum()) + rest

    def of_features(self, layer: Layer, whole: Evidence, rows: Indices) -> Floats:
        """Of features of a layer, in rising order, their land under titles of the group, km2."""
        out = _by_feature(layer, whole, self.sole, rows)
        if self.rest is not None:
            out += _by_feature(layer, self.rest, np.ones(len(self.rest.site_ids), bool), rows)
        return np.minimum(out, layer.area_km2[rows])


def _by_feature(layer: Layer, evidence: Evidence, chosen: Flags, rows: Indices) -> Floats:
    pairs = evidence.pairs[layer.spec.id]
    pairs = pairs.take(chosen[pairs.site_row] & (pairs.overlap_km2 > 0))
    pairs = pairs.take(np.isin(pairs.feature_row, rows))
    return sums(pairs.overlap_km2, np.searchsorted(rows, pairs.feature_row), len(rows))


def status_groups(sites: Any) -> dict[str, Flags]:
    """All sites, and the groups of statuses that totals are given in."""
    status = sites["status"].to_numpy(object)
    groups = {ALL: np.ones(len(sites), bool)}
    for group, members in STATUS_GROUPS.items():
        groups[group] = np.isin(status, [m.value for m in members])
    return groups


def land_under_titles(
    whole: Evidence, task: Task, run: Runner | None = None
) -> dict[str, UnderTitle]:
    """Per group of statuses, the land of its sites once.

    Args:
        whole: what was measured of all sites. task: how their land is to be measured: land_only.
    """
    out: dict[str, UnderTitle] = {}
    known: list[UnderTitle] = []
    for group, chosen in status_groups(whole.sites).items():
        same = next((x for x in known if (x.chosen == chosen).all()), None)
        out[group] = same or _under(whole, chosen, task, run)
        known.append(out[group])
    return out


def _under(whole: Evidence, chosen: Flags, task: Task, run: Runner | None) -> UnderTitle:
    rows = np.flatnonzero(chosen)
    outlines = whole.sites.geometry.to_numpy()
    rows = rows[hilbert_order(outlines[rows])]
    shapes = outlines[rows]
    shared = shared_land(shapes, rows, np.zeros(len(rows), np.intp))  # the first title keeps it
    # Registers hold the same title twice, drawn a few millimetres apart.
    contested, rest = left_over(shapes, shared, partial(on_grid, shapely.difference))
    sole = chosen.copy()
    sole[rows[contested]] = False
    left = np.flatnonzero([shape is not None for shape in rest])
    left = left[np.argsort(rows[contested[left]])]
    if not len(left):
        return UnderTitle(chosen, sole, None)
    frame = whole.sites.iloc[rows[contested[left]]].reset_index(drop=True)
    frame = frame.set_geometry(rest[left], crs=frame.crs)
    frame["area_km2"] = measure.area_km2(rest[left])
    return UnderTitle(chosen, sole, measure_sites(frame, task, run=run))


def pressure_table(
    layer: Layer, whole: Evidence, groups: Mapping[str, UnderTitle]
) -> list[dict[str, Any]]:
    """Features of a layer that share land with titles, as columns by `tables.PRESSURE`."""
    pairs = whole.pairs[layer.spec.id]
    pairs = pairs.take(pairs.overlap_km2 > COUNTED_KM2)
    out = []
    for group, under in groups.items():
        mine = under.chosen[pairs.site_row]
        rows, titles = np.unique(pairs.feature_row[mine], return_counts=True)
        covered = under.of_features(layer, whole, rows)
        out.append(
            {
                "layer_id": np.full(len(rows), layer.spec.id, object),
                "feature_id": layer.feature_ids[rows],
                "status_group": group,
                "title_count": titles,
                "covered_km2": covered,
                "covered_share": covered / layer.area_km2[rows],
            }
        )
    return out


def cover_of_basins(
    basins: Basins, whole: Evidence, groups: Mapping[str, UnderTitle]
) -> BasinCover:
    """How much of each basin of a layer lies under titles, per group of statuses."""
    layer, count = basins.layer, len(basins.network.ids)
    every = np.arange(len(layer.area_km2))
    pairs = whole.pairs[layer.spec.id]
    pairs = pairs.take(pairs.overlap_km2 > COUNTED_KM2)
    met = np.unique(pairs.site_row * count + basins.basin_of_feature[pairs.feature_row])
    site, basin = np.divmod(met, count)
    covered, titles = {}, {}
    for group, under in groups.items():
        of_features = under.of_features(layer, whole, every)
        summed = sums(of_features, basins.basin_of_feature, count)
        covered[group] = np.minimum(summed, basins.land_km2)
        titles[group] = np.bincount(basin[under.chosen[site]], minlength=count)
    return BasinCover(basins, covered, titles)


def is_under_pressure(layer: Layer) -> bool:
    """True of layers with land that titles can take."""
    return layer.spec.role != Role.CONCESSION and "overlap_km2" in layer.spec.measured
