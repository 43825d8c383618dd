"""How open the register is: what it states, who holds the titles, what is published of them."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo import vocabulary
from cetm_geo.country.figures import (
    Figure,
    Known,
    counted,
    figure,
    found,
    measured,
    nothing,
    plain,
    reduced,
)
from cetm_geo.country.tabled import CountryTables
from cetm_geo.model import SiteStatus, Stage
from cetm_geo.statements import DISCLOSURES

# In the order of the values of the indicator `licence_state`.
LICENCE_STATES = ("in_force", "application", "unknown", "expired", "refused_or_withdrawn")
# A stated area agrees with the outline's within this share: corners are rounded, hectares too.
AGREES_SHARE = 0.05
_SHARE_OF = re.compile(r"\(?\b\d+(?:[.,]\d+)?\s*%\)?")
_BEFORE = re.compile(r"\s+(?=[,;]|$)")
_NO_WORD = re.compile(r"[^\w&]+")


def register_of(tables: CountryTables) -> dict[str, Any]:
    """What the register states of the titles."""
    completeness = tables.facts["register_completeness_share"]
    return {
        "completeness_mean_share": measured(tables, completeness, np.mean),
        "with_holder_share": _share_with(tables, "holder"),
        "with_day_of_grant_share": _share_with(tables, "granted_on"),
        "with_day_of_expiry_share": _share_with(tables, "expires_on"),
        "with_declared_area_share": _share_with(tables, "declared_area_km2"),
        "stated": _stated(tables),
        "by_licence_state": _licence_states(tables),
        "disclosure": [_topic(tables, topic) for topic in DISCLOSURES],
    }


def _share_with(tables: CountryTables, column: str) -> Figure:
    stated = tables.sites[column].notna().to_numpy(bool)
    return reduced(tables, stated.astype(np.float64), np.mean)


def _stated(tables: CountryTables) -> list[dict[str, Any]]:
    """A row a fact: of how many titles the register states it, in a form that says something."""
    sites, mismatch = tables.sites, tables.facts["declared_area_mismatch_share"].value
    status, stage = (sites[name].to_numpy(object) for name in ("status", "stage"))
    kinds = {
        "mineral": np.array([len(held) > 0 for held in sites["minerals"]], bool),
        "holder": sites["holder"].notna().to_numpy(bool),
        "status": status != SiteStatus.UNKNOWN.value,
        "stage": stage != Stage.UNKNOWN.value,
        "day_of_grant": sites["granted_on"].notna().to_numpy(bool),
        "day_of_expiry": sites["expires_on"].notna().to_numpy(bool),
        "boundary": ~sites["placeholder"].to_numpy(bool),
        "declared_area": sites["declared_area_km2"].notna().to_numpy(bool),
        "declared_area_agrees": np.nan_to_num(mismatch, nan=np.inf) <= AGREES_SHARE,
    }
    return [
        {"field": name, "titles_count": counted(tables, which)} for name, which in kinds.items()
    ]


def _licence_states(tables: CountryTables) -> list[dict[str, Any]]:
    fact = tables.facts["licence_state"]
    return [
        {"licence_state": word, "titles_count": found(tables, fact, fact.value == i)}
        for i, word in enumerate(LICENCE_STATES)
    ]


def _topic(tables: CountryTables, topic: str) -> dict[str, Any]:
    """Titles of which something is said to be published, or not to be; of several statements the
    latest, of one year the less favourable."""
    said = tables.statements
    if said is None:
        none = nothing(tables, Known.NOT_STATED)
        return {"topic": topic, "published_count": none, "not_published_count": none,
                "not_stated_count": counted(tables, np.ones(len(tables.sites), bool))}  # fmt: skip
    own = said[(said["topic"] == topic) & said["site_id"].notna()]
    own = own.sort_values(["year", "value"], ascending=[True, False], na_position="first")
    last = own.drop_duplicates("site_id", keep="last").set_index("site_id")["value"]
    value = last.reindex(tables.site_ids).to_numpy(np.float64)
    return {
        "topic": topic,
        "published_count": counted(tables, value == 1),
        "not_published_count": counted(tables, value == 0),
        "not_stated_count": counted(tables, np.isnan(value)),
    }


# --- holders -------------------------------------------------------------------------------------


def holders_of(tables: CountryTables) -> dict[str, Any]:
    """How concentrated the land is: share of the top holder and the sum of squared shares (HHI).

    Over the land, added over titles, whose holder is stated; a title registered twice counts once.
    Holders are told apart by their text alone, without case, accents, signs and per cents.
    """
    frame = tables.sites[["layer_id", "holder", "area_km2"]].assign(
        key=vocabulary.per_distinct(_texts(tables.sites["holder"]), normalised)
    )
    once = tables.sites["duplicate_of"].isna().to_numpy(bool)
    of_group = {g: _of_group(frame[mine & once], tables) for g, mine in tables.groups.items()}
    columns = {name: {g: row[name] for g, row in of_group.items()} for name in _NAMES}
    named = any(columns["top_holder"].values())
    return {
        **{name: figure(columns[name]) for name in _NAMES if name != "top_holder"},
        "top_holder": figure(
            columns["top_holder"],
            Known.OK if named else _why_nameless(tables, columns["holders_count"]["all"]),
        ),
    }


_NAMES = (
    "holders_count",
    "top_holder_share",
    "herfindahl_index",
    "holder_not_stated_share",
    "top_holder",
)


def _texts(values: Any) -> Any:
    out = values.to_numpy(object).copy()
    out[pd.isna(out)] = None
    return out


def normalised(holder: str) -> str | None:
    """A holder's name as it is compared: `Société X (15 %)` -> `societe x`."""
    plain_text = unicodedata.normalize("NFKD", _SHARE_OF.sub(" ", holder).casefold())
    without = "".join(c for c in plain_text if not unicodedata.combining(c))
    return _NO_WORD.sub(" ", without).strip() or None


def _of_group(rows: pd.DataFrame, tables: CountryTables) -> dict[str, Any]:
    total = float(rows["area_km2"].sum())
    stated = rows[rows["key"].notna()]
    land = stated.groupby("key")["area_km2"].sum().sort_values(ascending=False, kind="stable")
    share = land / land.sum() if len(land) and land.sum() > 0 else land
    top = None
    if len(share):
        mine = stated[stated["key"] == share.index[0]]
        top = None if mine["layer_id"].isin(tables.nameless).any() else mine["holder"].iloc[0]
    return {
        "holders_count": len(land),
        "top_holder_share": plain(share.max()) if len(share) else None,
        "herfindahl_index": plain((share**2).sum()) if len(share) else None,
        "holder_not_stated_share": 1 - float(land.sum()) / total if total else None,
        "top_holder": _BEFORE.sub("", _SHARE_OF.sub("", top)).strip() if top else None,
    }


def _why_nameless(tables: CountryTables, holders: int) -> Known:
    return Known.WITHHELD if holders and tables.nameless else Known.NOT_STATED
