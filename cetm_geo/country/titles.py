"""The titles themselves: how many, of what standing, and of which minerals."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo.country.figures import Figure, counted, figure, reduced
from cetm_geo.country.tabled import CountryTables
from cetm_geo.model import Role, Rulebook, SiteStatus, Stage
from cetm_geo.model.rules import Tier
from cetm_geo.rulebook.minerals import label_of


def titles_of(tables: CountryTables) -> dict[str, Any]:
    """Numbers and land of the titles, by tier, status and stage."""
    fully = tables.tiers["fully_screened"].to_numpy(bool)
    every = np.ones(len(tables.sites), bool)
    return {
        "titles_count": counted(tables, every),
        "land_union_km2": _union(tables),
        "land_sum_km2": _land(tables),
        "fully_screened_count": counted(tables, fully),
        "not_fully_screened_count": counted(tables, ~fully),
        "by_tier": _by(tables, "tier", tables.tiers["tier"], Tier),
        "by_status": _by(tables, "licence_status", tables.sites["status"], SiteStatus),
        "by_stage": _by(tables, "stage", tables.sites["stage"], Stage),
        "placeholder_count": counted(tables, tables.sites["placeholder"].to_numpy(bool)),
        "registered_twice_count": counted(
            tables, tables.sites["duplicate_of"].notna().to_numpy(bool)
        ),
        "in_other_countries_too_count": counted(
            tables, tables.tiers["countries"].astype(object).str.contains(";").to_numpy(bool)
        ),
    }


def _by(tables: CountryTables, key: str, values: Any, words: type[StrEnum]) -> list[dict[str, Any]]:
    """A row a word, in the words' order; words that no title has are left out."""
    own = values.astype(object).to_numpy(object)
    return [
        {key: word.value, "titles_count": counted(tables, own == word.value)}
        for word in words
        if (own == word.value).any()
    ]


def _union(tables: CountryTables) -> Figure:
    rows = tables.totals[tables.totals["scope_id"] == Role.CONCESSION.value]
    held = rows.set_index("status_group")["union_km2"].reindex(list(tables.groups))
    return figure(held.to_dict())


def _land(tables: CountryTables) -> Figure:
    return reduced(tables, tables.sites["area_km2"].to_numpy(np.float64), np.sum)


# --- minerals ------------------------------------------------------------------------------------


def minerals_of(tables: CountryTables, rulebook: Rulebook) -> dict[str, Any]:
    """Titles by mineral, the most frequent first, and by list; a title may name several."""
    count = len(tables.sites)
    held = tables.sites["minerals"].reset_index(drop=True).explode().rename("mineral")
    held = held[held.isin(list(rulebook.minerals))].rename_axis("row")
    pairs = pd.DataFrame(held.reset_index())
    stated = np.zeros(count, bool)
    stated[pairs["row"].to_numpy(np.intp)] = True
    ids = pairs["mineral"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    by_mineral = [
        {
            "mineral": str(name),
            "label": label_of(str(name), "en", rulebook.minerals),
            "lists": list(rulebook.minerals[str(name)].lists),
            "titles_count": counted(tables, _has(pairs, [str(name)], count)),
        }
        for name in ids.index
    ]
    return {
        "not_stated_count": counted(tables, ~stated),
        "by_mineral": by_mineral,
        "by_list": [_list(tables, rulebook, pairs, name) for name in rulebook.lists],
    }


def _has(pairs: pd.DataFrame, names: Sequence[str], count: int) -> Any:
    out = np.zeros(count, bool)
    out[pairs["row"][pairs["mineral"].isin(names)].to_numpy(np.intp)] = True
    return out


def _list(
    tables: CountryTables, rulebook: Rulebook, pairs: pd.DataFrame, name: str
) -> dict[str, Any]:
    held, members = rulebook.lists[name], rulebook.minerals.values()
    on = [mineral.id for mineral in members if name in mineral.lists]
    return {
        "list": name,
        "label": held.label,
        "as_of": held.as_of,
        "source": held.source,
        "verified": held.verified,
        "titles_count": counted(tables, _has(pairs, on, len(tables.sites))),
    }
