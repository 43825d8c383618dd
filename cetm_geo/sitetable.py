"""Sites with their indicators beside them: a row a site, a column an indicator."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from cetm_geo.arrays import Floats
from cetm_geo.measure import LONLAT
from cetm_geo.model import RASTER_ROLES, FlagStatus, Publish, Tier

PEOPLE = "people"  # the unit
_SITE_COLUMNS = (
    "site_id",
    "name",
    "holder",
    "minerals",
    "stage",
    "status",
    "status_text",
    "placeholder",
    "duplicate_of",
    "kind",
    "commodity_text",
    "stage_text",
    "method",
    "applied_on",
    "granted_on",
    "expires_on",
    "declared_area_km2",
)


def positions_of_sites(tiers: pd.DataFrame, sites: pd.DataFrame) -> pd.Series[int]:
    """Where each site stands, from 0, by site_id: the worst tier first, within one by score.

    Sites of one score stand by area, the largest first, then by id. What is shown of many sites is
    shown in this order, so that a sign for several is that of the first.

    Args:
        tiers: by `tables.TIERS`. sites: by `tables.SITES`; the same sites.
    """
    order = tiers[["site_id", "tier", "score"]].merge(sites[["site_id", "area_km2"]], on="site_id")
    rank = {tier.value: place for place, tier in enumerate(Tier)}
    order["tier"] = order["tier"].astype(str).map(rank)
    order["score"] = -order["score"].astype(float)
    order["area_km2"] = -order["area_km2"]
    by = ["tier", "score", "area_km2", "site_id"]
    ids = order.sort_values(by, na_position="last")["site_id"].to_numpy(object)
    return pd.Series(range(len(ids)), index=ids, dtype="int32")


@dataclass(frozen=True)
class Measured:
    """Indicators of n sites, in the order of the sites.

    values: (n, m), not a number where there is none. indicator_ids: m. whole: which of them count
    things. status: per site, of each indicator that is not simply ok. texts: per site, what is said
    of those that have words.
    """

    values: Floats
    indicator_ids: Sequence[str]
    whole: Collection[str]
    status: Sequence[Mapping[str, str]]
    texts: Sequence[Mapping[str, str]]


def measured_of(
    indicators: pd.DataFrame, site_ids: Sequence[str], sources: pd.DataFrame
) -> Measured:
    """Indicators of sites from the table of them.

    Args:
        indicators: by `tables.INDICATORS`. sources: by `tables.SOURCES`.
    """
    order = list(dict.fromkeys(indicators["indicator_id"]))
    values = indicators.pivot(index="site_id", columns="indicator_id", values="value")
    wide = values.reindex(index=pd.Index(site_ids), columns=order).to_numpy(np.float64)
    people = set(indicators["indicator_id"][indicators["unit"] == PEOPLE])
    return Measured(wide, order, whole(order, people), *said_of(indicators, site_ids, sources))


def whole(indicator_ids: Iterable[str], people: Collection[str]) -> list[str]:
    """Those that count things. people: those that count people, which are parts of cells."""
    return [name for name in indicator_ids if name.endswith("_count") and name not in people]


def said_of(
    indicators: pd.DataFrame, site_ids: Sequence[str], sources: pd.DataFrame
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """`status` and `texts` of `Measured`; no text that may name a feature of a layer that is local.

    Args:
        indicators: site_id, indicator_id, status, value_text. sources: by `tables.SOURCES`.
    """
    odd = indicators[indicators["status"] != "ok"]
    status = _by_site(odd["site_id"], odd["indicator_id"], odd["status"], site_ids)
    told = _told(indicators, sources)
    return status, _by_site(told["site_id"], told["indicator_id"], told["value_text"], site_ids)


def sites_frame(sites: Any, measured: Measured, **more: Any) -> Any:
    """Sites with their indicators beside them, a column each, and `more` columns.

    Args:
        sites: by `tables.SITES`, in the order of `measured`.
    """
    whole = set(measured.whole)
    # In one go: columns are many, and each that is changed or added later costs more than it holds.
    columns = {
        **{name: sites[name].array for name in _SITE_COLUMNS},
        **{
            name: _counted(values) if name in whole else values
            for name, values in zip(measured.indicator_ids, measured.values.T, strict=True)
        },
        "indicator_status": list(measured.status),
        "indicator_text": list(measured.texts),
        "geometry": gpd.array.GeometryArray(sites.geometry.to_numpy(), crs=LONLAT),
        **more,
    }
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry="geometry", crs=LONLAT)


def _counted(values: Floats) -> Any:
    """Numbers of things as whole ones."""
    unknown = np.isnan(values)
    return pd.arrays.IntegerArray(np.where(unknown, 0, values).astype(np.int64), unknown)


def tiers_of(sites: Any, tiers: pd.DataFrame, flags: pd.DataFrame) -> dict[str, Any]:
    """Columns of sites: tier, screening, score, and as a dict the severity of each raised flag.

    Args:
        tiers: by `tables.TIERS`. flags: site_id, rule_id, status, severity, verify.
    """
    raised = flags[flags["status"] == FlagStatus.RAISED.value]
    unsure = raised["verify"].astype(bool)
    severity = raised["severity"].astype("str")
    words = severity.where(~unsure, severity + ", verify")
    held = _by_site(raised["site_id"], raised["rule_id"], words, sites["site_id"])
    own = tiers.set_index("site_id").reindex(sites["site_id"])
    kept = ("tier", "fully_screened", "countries", "score", "score_low", "score_high",
            "score_coverage_share")  # fmt: skip
    texts = ("tier", "countries")
    found = {k: (own[k].astype(object) if k in texts else own[k]).to_numpy() for k in kept}
    return {**found, "flags": held}


def _told(indicators: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """The rows of indicators whose text may leave the program."""
    local = set(sources["layer_id"][sources["publish"] == Publish.LOCAL_ONLY.value])
    layers = set(sources["layer_id"])
    # The labels of classes are the same for every site; the catalogue holds them.
    label = indicators["indicator_id"].str.contains(r"_class_\d+_share$")
    told = indicators[indicators["value_text"].notna() & ~label]
    kept = {x: not may_name(x, local, layers) for x in told["indicator_id"].unique()}
    return told[told["indicator_id"].map(kept).astype(bool)]


def _by_site(
    owners: pd.Series[str], names: pd.Series[str], words: pd.Series[str], site_ids: Sequence[str]
) -> list[dict[str, str]]:
    """Per site, the words of its rows by their names, in the order of the rows."""
    place = pd.Index(site_ids).get_indexer(pd.Index(owners))
    order = np.argsort(place, kind="stable")
    ends = np.searchsorted(place[order], np.arange(len(site_ids) + 1)).tolist()
    name, word = (_shared(column)[order].tolist() for column in (names, words))
    return [dict(zip(name[a:b], word[a:b], strict=True)) for a, b in pairwise(ends)]


def _shared(texts: pd.Series[str]) -> Any:
    """Texts as objects, equal ones the same: many rows have few names and words."""
    codes, kinds = pd.factorize(texts, use_na_sentinel=True)
    return np.array([*kinds, None], object)[codes]


def may_name(indicator_id: str, local: set[str], layers: set[str]) -> bool:
    """True if an indicator's text may name a feature of a layer in `local`.

    layers: all layers. The texts of one that is not local, and of rasters, name no other's; those
    of a role may come from any.
    """
    if not local:
        return False
    open_ = tuple(f"{x}_" for x in {*RASTER_ROLES, *layers} - local)
    return not indicator_id.startswith(open_) or indicator_id.startswith(
        tuple(f"{x}_" for x in local)
    )
