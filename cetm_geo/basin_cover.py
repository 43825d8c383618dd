"""How much of each basin, and of all land that drains through it, lies under titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from cetm_geo.arrays import Floats, Indices
from cetm_geo.hydrology import Basins

_UNSEEN = 0.01  # of the land upstream; published areas are rounded, and outlines are drawn


@dataclass(frozen=True, eq=False)
class BasinCover:
    """Land under titles, each bit of it once, of n basins; arrays (n,).

    covered_km2, title_count: per group of statuses (`pressure.status_groups`).
    """

    basins: Basins
    covered_km2: Mapping[str, Floats]
    title_count: Mapping[str, Indices]

    @cached_property
    def upstream_km2(self) -> Floats:
        """Land that drains through each basin, itself included, as the layer's outlines have it."""
        return self.basins.network.upstream_sums(self.basins.land_km2)

    @cached_property
    def upstream_covered_km2(self) -> Mapping[str, Floats]:
        """Of that land, what lies under titles."""
        return {
            group: self.basins.network.upstream_sums(km2) for group, km2 in self.covered_km2.items()
        }

    @cached_property
    def unseen_share(self) -> Floats:
        """Share of the land upstream, as published, that the layer does not hold; 0 if all.

        NaN where no area is published. Less than 1 % is rounding.
        """
        stated = self.basins.upstream_km2
        with np.errstate(invalid="ignore", divide="ignore"):
            unseen = 1 - self.upstream_km2 / stated
        return np.where(unseen > _UNSEEN, unseen, np.where(np.isnan(stated), np.nan, 0.0))

    def share(self, group: str) -> Floats:
        """Share of each basin under titles of a group."""
        return _ratio(self.covered_km2[group], self.basins.land_km2)

    def upstream_share(self, group: str) -> Floats:
        """Share of all land that drains through each basin, itself included."""
        return _ratio(self.upstream_covered_km2[group], self.upstream_km2)

    @staticmethod
    def stored(basins: Basins, rows: pd.DataFrame, groups: Sequence[str]) -> BasinCover:
        """As a build has measured it; a basin without a row has no title in or above it.

        Args:
            rows: by `tables.BASINS`, of this layer. groups: of statuses.
        """
        place = pd.Index(basins.network.ids, dtype=object)
        covered = {group: np.zeros(len(place)) for group in groups}
        count = {group: np.zeros(len(place), np.intp) for group in groups}
        for group in groups:
            own = rows[rows["status_group"] == group]
            at = place.get_indexer(pd.Index(own["basin_id"], dtype=object))
            covered[group][at] = own["covered_km2"].to_numpy(np.float64)
            count[group][at] = own["title_count"].to_numpy(np.intp)
        return BasinCover(basins, covered, count)


def _ratio(part: Floats, whole: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.minimum(part / whole, 1.0), dtype=np.float64)
