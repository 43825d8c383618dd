"""Titles as rows of a table: sorted by any column, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cetm_geo.arrays import Floats, Indices
from cetm_geo.errors import SiteError
from cetm_geo.language import _
from cetm_geo.model import Tier
from cetm_geo.web.finding.columns import BOUNDS, LAND, UNDATED, Titles
from cetm_geo.web.finding.texts import ranks

Sort = Sequence[tuple[str, str]]  # column and asc or desc, the first weighs most
FLAG_COUNTS = ("critical_count", "high_count", "moderate_count", "info_count")
# Not by bounds: their order would tell where titles lie whose outlines are withheld.
SORTABLE = ("tier", "fully_screened", "site_id", "number", "name", "holder", "minerals",
            "commodity_text", "status", "stage", "area_km2", *LAND, *FLAG_COUNTS, "flags",
            "granted_on", "countries", "reason", "score")  # fmt: skip
COLUMNS = ("site_id", "layer_id", "number", "name", "holder", "commodity_text", "minerals",
            "stage", "status", "granted_on", "area_km2", "tier", "fully_screened", *FLAG_COUNTS,
            "countries", "reason", *LAND, *BOUNDS)  # fmt: skip


@dataclass(frozen=True)
class Page:
    """Rows of one page, and how many titles match in all.

    A row: n, site_id, layer_id, number (the register's code), name, holder, commodity_text,
    minerals (ids), stage, status, granted_on (ISO), area_km2, tier, fully_screened,
    critical_count, high_count, moderate_count, info_count and their sum flags, countries, reason,
    protected_km2, kba_km2, community_km2 (land counted once; None where not known), gaps (those of
    these three whose answer lacks something), west, south, east, north (None where withheld). What
    is not stated is None.
    """

    rows: list[dict[str, Any]]
    count: int


def rows_of(
    titles: Titles, n: Indices, name_withheld: str, nameless: set[str]
) -> list[dict[str, Any]]:
    """Rows of titles by n, in the order given."""
    columns = {name: titles.taken(name, n) for name in COLUMNS}
    gaps = {column: titles.taken(f"{column}_gap", n) for column in LAND}
    out = []
    for i, number in enumerate(n.tolist()):
        row: dict[str, Any] = {"n": number} | {name: values[i] for name, values in columns.items()}
        row["minerals"] = (row["minerals"] or "").split()
        row["flags"] = sum(row[name] for name in FLAG_COUNTS)
        row["gaps"] = [column for column in LAND if gaps[column][i]]
        if row["layer_id"] in nameless:
            row["name"] = name_withheld
        out.append(row)
    return out


class Orders:
    """Orders of all titles, kept as they are asked for."""

    def __init__(self, titles: Titles) -> None:
        self._titles = titles
        self._key = lru_cache(maxsize=len(SORTABLE))(partial(_key, titles))
        self._order = lru_cache(maxsize=16)(self._sorted)

    def warm(self) -> None:
        """Order the texts that readers sort by, which takes longest."""
        for column in ("name", "number", "holder"):
            self._key(column)

    def by(self, sort: Sort) -> Indices:
        """All titles by n in an order; of equals the one with the least n first. What is not stated
        stands last either way. Raises SiteError for a column that is not SORTABLE."""
        for column, way in sort:
            if column not in SORTABLE or way not in ("asc", "desc"):
                raise SiteError(
                    _("Titles cannot be sorted by {column}, {way}.").format(column=column, way=way),
                    _("Sort by one of {columns}, asc or desc.").format(columns=", ".join(SORTABLE)),
                )
        return self._order(tuple((column, way) for column, way in sort))

    def _sorted(self, sort: tuple[tuple[str, str], ...]) -> Indices:
        # nan stands last in an ascending order, and its negative does too.
        keys = [self._key(name) if way == "asc" else -self._key(name) for name, way in sort]
        if not keys:
            return np.arange(len(self._titles))
        return np.lexsort(keys[::-1])


def _key(titles: Titles, column: str) -> Floats:
    """Numbers in whose order a column stands; nan of what is not stated."""
    facts = titles.facts
    if column == "tier":
        rank = {tier.value: i for i, tier in enumerate(Tier)}
        return np.asarray(facts[column].astype(object).map(rank), np.float64)
    if column == "flags":
        return np.asarray(np.sum([titles.numbers(name) for name in FLAG_COUNTS], axis=0))
    if column == "granted_on":
        days = np.where(titles.granted == UNDATED, np.nan, titles.granted)
        return np.asarray(days, np.float64)
    if column == "holder":
        return _ranks(titles.holder, titles.holders)
    if pd.api.types.is_numeric_dtype(facts[column]) or facts[column].dtype == bool:
        return titles.numbers(column)
    codes, kinds = pd.factorize(facts[column])
    return _ranks(codes, np.asarray(kinds, object))


def _ranks(codes: NDArray[np.integer[Any]], texts: NDArray[np.object_]) -> Floats:
    """The place of each text among all, without case and accents; nan of none and of empty."""
    given = [str(text) for text in texts]
    rank = np.append(ranks(given).astype(np.float64), np.nan)  # the last, at -1, is of none
    rank[[i for i, text in enumerate(given) if not text]] = np.nan
    return np.asarray(rank[codes], np.float64)
