"""What a country's titles lie on: land of each role, basins, people, mined land under no title.

Per role and never added across roles: a feature may serve in two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo import words
from cetm_geo.country.figures import (
    Figure,
    Known,
    figure,
    found,
    known_of,
    measured,
    not_known,
    nothing,
    plain,
)
from cetm_geo.country.tabled import ALL, CountryTables
from cetm_geo.model import SCREENED_ROLES, Role, Rulebook
from cetm_geo.rulebook.groups import OVERLAP_KM2

LAND_ROLES = (*SCREENED_ROLES, Role.INTACT_FOREST)
# Of a basin under titles, as the flag `sub_basin_under_titles` asks.
BASIN_SHARES = {"a_fifth": 0.2, "a_half": 0.5}
POPULATION, SETTLEMENTS = "population_count", "settlement_count"
BELOW = "downstream_basins_50km_population_count"
BELOW_PEOPLE = 1000  # as the flag `people_downstream` asks


def land_of(tables: CountryTables, rulebook: Rulebook) -> list[dict[str, Any]]:
    """Land of titles in each role, in its layers, and in the groups that norms tell apart."""
    out = []
    for role in LAND_ROLES:
        out.append(_scope(tables, role.value, "role", words.role_label(role), role.value))
        out += [
            _scope(tables, row["layer_id"], "layer", row["label"], role.value)
            for row in tables.sources_of.get(role.value, [])
        ]
        out += [
            _scope(tables, group.id, "group", group.label["en"], role.value)
            for group in rulebook.groups.values()
            if group.role == role.value and OVERLAP_KM2 in group.suffixes
        ]
    return out


def _scope(
    tables: CountryTables, scope_id: str, kind: str, label: str, role: str
) -> dict[str, Any]:
    """Titles, union and sum; the land of a group is never united over titles."""
    fact = tables.facts[f"{scope_id}_{OVERLAP_KM2}"]
    union = nothing(tables, Known.NOT_MEASURED)
    rows = tables.totals[tables.totals["scope_id"] == scope_id].set_index("status_group")
    if len(rows):
        united = rows["union_km2"].reindex(list(tables.groups)).to_dict()
        union = figure(united, known_of(fact), not_known(fact))
    return {
        "scope_id": scope_id,
        "scope_kind": kind,
        "role": role,
        "label": label,
        "titles_count": found(tables, fact, np.nan_to_num(fact.value) > 0),
        "union_km2": union,
        "sum_km2": measured(tables, fact, np.sum),
    }


# --- basins --------------------------------------------------------------------------------------


def basins_of(tables: CountryTables) -> list[dict[str, Any]]:
    """Per layer of basins how many lie under titles, and by how much."""
    layers = tables.sources_of.get(Role.WATER_BASIN.value, [])
    return [_basins(tables, row) for row in layers]


def _basins(tables: CountryTables, source: Any) -> dict[str, Any]:
    own = tables.pressed[tables.pressed["layer_id"] == source["layer_id"]]
    share = _basin_shares(own).reindex(columns=list(tables.groups), fill_value=0.0)
    status = Known.PARTIAL if isinstance(source["problem"], str) else Known.OK
    over = {
        f"basins_from_{name}_count": figure((share >= least).sum().astype(int).to_dict(), status)
        for name, least in BASIN_SHARES.items()
    }
    return {
        "layer_id": source["layer_id"],
        "label": source["label"],
        "basins_count": figure((share > 0).sum().astype(int).to_dict(), status),
        **over,
        "largest_covered_share": figure(share.max().to_dict(), status),
        "largest": list(_largest(tables, own, share[ALL], source["layer_id"])),
    }


def _basin_shares(own: pd.DataFrame) -> pd.DataFrame:
    """Of each basin, its parts together, the share under titles of each group."""
    land = own.groupby(["group_id", "status_group"])[["covered_km2", "area_km2"]].sum()
    share = (land["covered_km2"] / land["area_km2"]).unstack("status_group")
    return share.fillna(0.0)


def _largest(
    tables: CountryTables, own: pd.DataFrame, share: pd.Series[float], layer_id: str
) -> Iterator[dict[str, Any]]:
    """The basins with the largest share under titles."""
    withheld = layer_id in tables.nameless
    every = own[own["status_group"] == ALL]
    for group_id, value in share[share > 0].nlargest(3).items():
        parts = every[every["group_id"] == group_id]
        name = next((n for n in parts["name"] if isinstance(n, str)), str(group_id))
        yield {
            "name": None if withheld else name,
            "covered_share": plain(value),
            "covered_km2": plain(parts["covered_km2"].sum()),
            "status": (Known.WITHHELD if withheld else Known.OK).value,
        }


# --- people --------------------------------------------------------------------------------------


def people_of(tables: CountryTables) -> dict[str, Any]:
    """People inside titles and below them. A sum counts who lives under two titles twice; people
    below are never summed, for the same town lies below many."""
    inside, below = tables.facts[POPULATION], tables.facts[BELOW]
    homes = tables.facts[SETTLEMENTS]
    return {
        "titles_with_people_count": _at_least(tables, inside, 1),
        "people_inside_sum": measured(tables, inside, np.sum),
        "people_inside_max": measured(tables, inside, np.max),
        "titles_with_settlements_count": _at_least(tables, homes, 1),
        "titles_with_1000_people_downstream_50km_count": _at_least(tables, below, BELOW_PEOPLE),
        "people_downstream_50km_median": measured(tables, below, np.median),
        "people_downstream_50km_max": measured(tables, below, np.max),
    }


def _at_least(tables: CountryTables, fact: Any, least: float) -> Figure:
    return found(tables, fact, np.nan_to_num(fact.value) >= least)


# --- mined land ----------------------------------------------------------------------------------


def mined_of(tables: CountryTables, iso3: str) -> list[dict[str, Any]]:
    """Per layer of mined land of the country: how much of it lies under titles of the country, and
    under none, added over its features."""
    under = tables.pressed[tables.pressed["status_group"] == ALL]
    under = under[under["iso3"].isna() | (under["iso3"] == iso3)]
    covered = under.groupby("layer_id")["covered_km2"].sum()
    return [
        {
            "layer_id": row["layer_id"],
            "features_count": int(row["features"]),
            "mined_km2": plain(row["area_km2"]),
            "under_titles_km2": plain(covered.get(row["layer_id"], 0.0)),
            "outside_titles_km2": plain(
                max(row["area_km2"] - covered.get(row["layer_id"], 0.0), 0.0)
            ),
            "status": Known.OK.value,
        }
        for row in tables.mined.to_dict("records")
    ]
