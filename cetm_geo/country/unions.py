"""Land under the titles of one country alone, where the store holds titles of others too.

What the store's totals unite is the land of all titles; that of some is measured again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo import tables
from cetm_geo.arrays import Floats
from cetm_geo.country.places import PLACE_ROLES
from cetm_geo.evidence import Evidence, Task, measure_sites
from cetm_geo.ground import Ground
from cetm_geo.language import N_
from cetm_geo.meeting import met
from cetm_geo.model import Progress, Role
from cetm_geo.pressure import land_under_titles, pressure_table
from cetm_geo.rounding import Rounding
from cetm_geo.store import Store, read_layers
from cetm_geo.totals import totals_of_scope, totals_of_sites

PRESSED_ROLES = (Role.WATER_BASIN, Role.MINE_FOOTPRINT, *PLACE_ROLES)
_OF_FEATURE = ["feature_id", "group_id", "name", "iso3", "area_km2"]


@dataclass(frozen=True)
class Unions:
    """totals: by `tables.TOTALS`. pressed: as `tabled.CountryTables` has it."""

    totals: pd.DataFrame
    pressed: pd.DataFrame


def stored_unions(store: Store) -> Unions:
    """Those of all titles, as the build measured them."""
    roles = [role.value for role in PRESSED_ROLES]
    return Unions(store.frame("all_totals"), store.frame("features_under_titles", roles=roles))


def unions_of(sites: Any, store: Store, progress: Progress | None = None) -> Unions:
    """Those of some titles of a store, measured again. sites: by `tables.SITES`."""
    ground = Ground.of(read_layers(store), groups=store.rulebook.groups)
    own = set(sites["layer_id"])
    errors = [x.spec.positional_error_m for x in ground.asked if x.spec.id in own]
    task = Task(ground, max(errors, default=100.0), land_only=True)

    def tell(done: int, of: int) -> None:
        if progress:
            progress(N_("measuring land under titles"), done, of)

    whole = measure_sites(sites, task, tell)
    groups = land_under_titles(whole, task)
    summed = [totals_of_sites(whole, groups)]
    for scope in ground.scopes:
        if "overlap_km2" in scope.suffixes and scope.role != Role.CONCESSION:
            answer = {"feature_count": _none_met(whole), "covered_km2": _none_met(whole)}
            if scope.readable:
                answer["feature_count"] = met(scope, whole).feature_count
                answer["covered_km2"] = whole.covered[scope.id]
            summed.append(totals_of_scope(scope, answer, whole, groups))
    rounding = Rounding.of(ground)
    pressed = [
        _with_features(rounding.pressure(pd.DataFrame(rows)), layer.features)
        for layer in ground.asked
        if layer.spec.role in PRESSED_ROLES and not layer.failed
        for rows in pressure_table(layer, whole, groups)
    ]
    return Unions(
        rounding.totals(tables.stack(summed, tables.TOTALS)),
        pd.concat(pressed, ignore_index=True) if pressed else _none(),
    )


def _with_features(rows: pd.DataFrame, features: Any) -> pd.DataFrame:
    counted = pd.DataFrame(features[features["counted"]])[_OF_FEATURE]
    return rows.merge(counted, on="feature_id")


def _none_met(whole: Evidence) -> Floats:
    return np.zeros(len(whole.site_ids))


def _none() -> pd.DataFrame:
    names = [*tables.columns(tables.PRESSURE), *_OF_FEATURE[1:]]
    return pd.DataFrame({name: [] for name in names})
