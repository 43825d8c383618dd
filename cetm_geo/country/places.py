"""Places that lie under titles most: protected areas, key biodiversity areas, community lands and,
layer by layer, basins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from cetm_geo import words
from cetm_geo.country.figures import Figure, Known, figure, known_of, plain
from cetm_geo.country.tabled import ALL, CountryTables
from cetm_geo.model import Role
from cetm_geo.registers import IN_FORCE
from cetm_geo.rulebook.groups import OVERLAP_KM2

PLACE_ROLES = (Role.PROTECTED_AREA, Role.KEY_BIODIVERSITY_AREA, Role.COMMUNITY_LAND)
MOST = 8
# A place of some hectares is wholly under a title soon: the list is of places where it weighs.
LEAST_KM2 = 1.0


def places_of(tables: CountryTables) -> list[dict[str, Any]]:
    """A list a role, and one a layer of basins. Keys: role, layer_id (None of a role), label,
    status, places_count (those that share land with titles), most."""
    out = [
        _listed(tables, role, None, words.role_label(role), tables.sources_of.get(role.value, []))
        for role in PLACE_ROLES
    ]
    basins = tables.sources_of.get(Role.WATER_BASIN.value, [])
    return out + [
        _listed(tables, Role.WATER_BASIN, row["layer_id"], row["label"], [row]) for row in basins
    ]


def _listed(
    tables: CountryTables, role: Role, layer_id: str | None, label: str, layers: list[Any]
) -> dict[str, Any]:
    readable = [row["layer_id"] for row in layers if not isinstance(row["problem"], str)]
    own = tables.pressed[tables.pressed["layer_id"].isin(readable)]
    own = own.assign(place=own["layer_id"].str.cat(own["feature_id"], "/"))
    count = own.groupby("status_group", observed=True).size()
    status = known_of(tables.facts[f"{layer_id or role.value}_{OVERLAP_KM2}"])
    if not readable:
        status = Known.LAYER_MISSING
    return {
        "role": role.value,
        "layer_id": layer_id,
        "label": label,
        "status": status.value,
        "places_count": _of_groups(tables, count, status),
        "most": list(_most(tables, own)) if len(own) else [],
    }


def _of_groups(tables: CountryTables, values: Any, status: Known) -> Figure:
    """A number of each group: 0 where no title of it meets a place, null where none was asked."""
    none = None if status is Known.LAYER_MISSING else 0
    return figure({g: values.get(g, none) for g in tables.groups}, status)


def _most(tables: CountryTables, own: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """By the share under titles in force, then under all; those with LEAST_KM2 under titles."""
    shares = own["covered_share"].groupby([own["place"], own["status_group"]]).first().unstack()
    shares = shares.reindex(columns=list(tables.groups)).fillna(0.0)
    large = own["place"][(own["status_group"] == ALL) & (own["covered_km2"] >= LEAST_KM2)]
    ranked = shares.loc[large].sort_values([IN_FORCE, ALL], ascending=False, kind="stable")
    for place in ranked.index[:MOST]:
        yield _place(tables, own[own["place"] == place].set_index("status_group"))


def _place(tables: CountryTables, rows: pd.DataFrame) -> dict[str, Any]:
    """One place. rows: by group of statuses."""
    nothing = dict.fromkeys(tables.groups, 0)
    first = rows.iloc[0]
    withheld = first["layer_id"] in tables.nameless
    name = first["name"] if isinstance(first["name"], str) else None
    return {
        "layer_id": str(first["layer_id"]),
        "feature_id": None if withheld else str(first["feature_id"]),
        "name": None if withheld else name,
        "area_km2": plain(first["area_km2"]),
        "titles_count": figure(nothing | rows["title_count"].to_dict()),
        "covered_km2": figure(nothing | rows["covered_km2"].to_dict()),
        "covered_share": figure(nothing | rows["covered_share"].to_dict()),
        "status": (Known.WITHHELD if withheld else Known.OK).value,
    }
