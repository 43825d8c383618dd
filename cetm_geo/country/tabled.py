"""What a profile is made from: the rows of a store that speak of one country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo.arrays import Flags, Texts
from cetm_geo.country.ground_once import GroundOnce
from cetm_geo.flags.facts import Facts
from cetm_geo.model import STATUS_GROUPS, Publish
from cetm_geo.pressure import status_groups

ALL = "all"
GROUPS = (ALL, *STATUS_GROUPS)


@dataclass(frozen=True, eq=False)
class CountryTables:
    """Frames by the contracts of `tables`, of the titles that lie in one country.

    sites: without geometry. tiers: of the same. raised: site_id, rule_id, severity and verify of
    raised flags. answers: rule_id, status, and of how many titles. indicators: site_id,
    indicator_id, value, value_text, status. totals: of these titles. pressed: basins and mined land
    under these titles, by `PRESSURE`, with group_id, name, iso3 and area_km2 of each feature.
    mined: layer_id, features and area_km2 of the country's mined land, by layer. statements: None
    where there is no such table, or it is another country's. ground: the titles' land within the
    country; None where it was not asked for.
    """

    sites: pd.DataFrame
    tiers: pd.DataFrame
    raised: pd.DataFrame
    answers: pd.DataFrame
    indicators: pd.DataFrame
    totals: pd.DataFrame
    pressed: pd.DataFrame
    mined: pd.DataFrame
    statements: pd.DataFrame | None
    sources: pd.DataFrame
    meta: Mapping[str, str]
    ground: GroundOnce | None = None

    @cached_property
    def site_ids(self) -> Texts:
        """Ids of the titles, in order."""
        return np.asarray(self.sites["site_id"].to_numpy(object))

    @cached_property
    def groups(self) -> Mapping[str, Flags]:
        """The titles of each group of statuses, all of them first."""
        return status_groups(self.sites)

    @cached_property
    def facts(self) -> Facts:
        """The indicators of the titles."""
        held = self.indicators
        return Facts.from_frame(self.site_ids, held, held["indicator_id"].unique())

    @cached_property
    def sources_of(self) -> Mapping[str, list[Mapping[str, Any]]]:
        """Per role the rows of its layers."""
        out: dict[str, list[Mapping[str, Any]]] = {}
        for row in self.sources.to_dict("records"):
            out.setdefault(row["role"], []).append({str(k): v for k, v in row.items()})
        return out

    @cached_property
    def nameless(self) -> frozenset[str]:
        """Layers of which no name may be printed."""
        local = self.sources["publish"] == Publish.LOCAL_ONLY.value
        return frozenset(self.sources["layer_id"][local])
