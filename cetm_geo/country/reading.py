"""store -> the rows that speak of one country."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pandas as pd

from cetm_geo.country.access import BORDERS, PROCESSING, TRADE
from cetm_geo.country.ground_once import read_ground
from cetm_geo.country.land import BELOW, LAND_ROLES, POPULATION, SETTLEMENTS
from cetm_geo.country.tabled import CountryTables
from cetm_geo.country.unions import Unions, stored_unions, unions_of
from cetm_geo.errors import ExportError
from cetm_geo.model import Progress, Rulebook
from cetm_geo.pressure import status_groups
from cetm_geo.rulebook.countries import is_country_code
from cetm_geo.rulebook.groups import OVERLAP_KM2
from cetm_geo.statements.reading import STATEMENTS
from cetm_geo.store import Store

_OF_TITLES = (
    PROCESSING, *TRADE, BORDERS, POPULATION, SETTLEMENTS, BELOW, "consent_status", "licence_state",
    "register_completeness_share", "declared_area_mismatch_share",
)  # fmt: skip


def read_country(store: Store, iso3: str, progress: Progress | None = None) -> CountryTables:
    """What a store holds of a country's titles; land is measured again where it holds others too.

    Raises ExportError for no code of a country, or one in which no title lies.
    """
    if not is_country_code(iso3):
        raise ExportError(
            f"{iso3!r} is no code of a country.", "Give three letters of ISO 3166, as KHM."
        )
    sites = store.frame("sites_of_country", iso3=iso3)
    if not len(sites):
        held = ", ".join(row["iso3"] for row in store.rows("countries_of_titles")) or "no country"
        raise ExportError(f"{iso3}: no title of this store lies there.", f"It knows {held}.")
    sources = store.frame("layers_of_screening")
    names = _indicators(store.rulebook, sources["layer_id"].tolist())
    measured = store.frame("indicators_named", names=names)
    land = _unions(store, sites, progress)
    meta = store.meta
    return CountryTables(
        sites=sites,
        tiers=store.frame("tiers_of_country", iso3=iso3),
        raised=store.frame("raised_in_country", iso3=iso3),
        answers=store.frame("answers_in_country", iso3=iso3),
        indicators=measured[measured["site_id"].isin(sites["site_id"])],
        totals=land.totals,
        pressed=land.pressed,
        mined=store.frame("mined_land_of_country", iso3=iso3),
        statements=store.frame("all_statements") if _is_stated(meta, iso3) else None,
        sources=sources,
        meta=meta,
        ground=read_ground(store, iso3, status_groups(sites), progress),
    )


def _unions(store: Store, sites: pd.DataFrame, progress: Progress | None) -> Unions:
    if len(sites) == store.value("titles_in_all"):
        return stored_unions(store)
    every = store.shapes("all_sites")
    mine = every[every["site_id"].isin(sites["site_id"])].reset_index(drop=True)
    return unions_of(mine, store, progress)


def _indicators(rulebook: Rulebook, layer_ids: list[str]) -> list[str]:
    """What is read of each title: of land what each scope shares with it, too."""
    groups = [group.id for group in rulebook.groups.values()]
    scopes = [*(role.value for role in LAND_ROLES), *groups, *layer_ids]
    return [*_OF_TITLES, *(f"{scope}_{OVERLAP_KM2}" for scope in scopes)]


def _is_stated(meta: Mapping[str, str], iso3: str) -> bool:
    """True where a table of statements was read, and it is this country's."""
    told = json.loads(meta.get("tables", "{}"))
    return STATEMENTS in told and meta.get("country", "") in ("", iso3)
