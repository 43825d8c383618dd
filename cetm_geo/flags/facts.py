"""Tidy indicators -> arrays side by side, a value and a status for every site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo.arrays import Flags, Floats, Indices, Texts
from cetm_geo.model import IndicatorStatus

STATUSES = tuple(IndicatorStatus)
_CODE = {status.value: i for i, status in enumerate(STATUSES)}
_MISSING = _CODE[IndicatorStatus.LAYER_MISSING]
# A value with one of these is all there is to know; with any other it is what was found so far.
_KNOWN = np.array(
    [
        status
        in (
            IndicatorStatus.OK,
            IndicatorStatus.GEOMETRY_REPAIRED,
            IndicatorStatus.STALE,
            IndicatorStatus.BEYOND_SEARCH,
            IndicatorStatus.NOT_APPLICABLE,
        )
        for status in STATUSES
    ]
)


@dataclass(frozen=True, eq=False)
class Fact:
    """One indicator of n sites: value (n,), nan where there is none; status: codes of STATUSES.

    least: of a distance, how near the nearest can be at most where the data end before it; nan
    where nobody can say, None where it is not asked.
    """

    value: Floats
    status: Any
    least: Floats | None = None

    @property
    def known(self) -> Flags:
        """Sites of which the indicator is known for good, be it that it does not apply."""
        out = _KNOWN[self.status]
        silent = np.isnan(self.value) & _IS_SILENT[self.status]
        return np.asarray(out & ~silent)

    @property
    def comparable(self) -> Floats:
        """The values, what lies beyond the search being infinitely far."""
        far = np.isnan(self.value) & (self.status == _CODE[IndicatorStatus.BEYOND_SEARCH])
        return np.where(far, np.inf, self.value)

    @property
    def stale(self) -> Flags:
        """Sites of which it rests on data older than they may be."""
        return np.asarray(self.status == _CODE[IndicatorStatus.STALE])

    def take(self, rows: Indices) -> Fact:
        """Those of some sites."""
        least = None if self.least is None else self.least[rows]
        return Fact(self.value[rows], self.status[rows], least)


# A null under these statuses says nothing, whatever the status claims.
_SILENT = (IndicatorStatus.OK, IndicatorStatus.GEOMETRY_REPAIRED, IndicatorStatus.STALE)
_IS_SILENT = np.array([status in _SILENT for status in STATUSES])


@dataclass(frozen=True, eq=False)
class Facts:
    """Indicators of n sites by id; one that was not measured is missing for all of them."""

    site_ids: Texts
    of: Mapping[str, Fact]

    def __len__(self) -> int:
        return len(self.site_ids)

    def __getitem__(self, indicator_id: str) -> Fact:
        if indicator_id in self.of:
            return self.of[indicator_id]
        count = len(self)
        return Fact(np.full(count, np.nan), np.full(count, _MISSING, np.int8))

    def take(self, rows: Indices) -> Facts:
        """Those of some sites."""
        kept = {name: fact.take(rows) for name, fact in self.of.items()}
        return Facts(self.site_ids[rows], kept)

    @staticmethod
    def from_columns(
        site_ids: Texts, measured: Iterable[Mapping[str, Any]], wanted: Iterable[str]
    ) -> Facts:
        """Facts from columns by `tables.INDICATORS`, each of one indicator.

        Args:
            site_ids: (n,), of all sites in order. wanted: ids of the indicators that are kept.
        """
        names = set(wanted)
        rows = pd.Index(site_ids)
        of: dict[str, Fact] = {}
        for columns in measured:
            name = columns["indicator_id"]
            if name in names:
                of[name] = _placed(columns, rows, site_ids)
        return Facts(site_ids, of)

    @staticmethod
    def from_frame(site_ids: Texts, indicators: pd.DataFrame, wanted: Iterable[str]) -> Facts:
        """Facts from a frame by `tables.INDICATORS`."""
        names = list(dict.fromkeys(wanted))
        kept = indicators[indicators["indicator_id"].isin(names)]
        parts = [
            {
                "site_id": rows["site_id"].to_numpy(object),
                "indicator_id": name,
                "value": rows["value"].to_numpy(np.float64),
                "status": rows["status"].to_numpy(object),
            }
            for name, rows in kept.groupby("indicator_id", sort=False)
        ]
        return Facts.from_columns(site_ids, parts, names)


def _placed(columns: Mapping[str, Any], rows: pd.Index, site_ids: Texts) -> Fact:
    """One indicator's rows in the order of the sites; what has no row is missing."""
    given = columns["site_id"]
    count = len(given)
    value = np.broadcast_to(np.asarray(columns["value"], np.float64), count)
    status = codes_of(columns["status"], count)
    least = columns.get("least")
    if given is site_ids or (count == len(site_ids) and bool((given == site_ids).all())):
        return Fact(value, status, least)
    at = rows.get_indexer(pd.Index(given))
    values = np.full(len(site_ids), np.nan)
    statuses = np.full(len(site_ids), _MISSING, np.int8)
    values[at[at >= 0]], statuses[at[at >= 0]] = value[at >= 0], status[at >= 0]
    return Fact(values, statuses)


def codes_of(status: Any, count: int) -> Any:
    """Words of statuses as codes of STATUSES, (count,)."""
    if isinstance(status, str):
        return np.full(count, _CODE[status], np.int8)
    codes, words = pd.factorize(np.asarray(status, object))
    return np.array([_CODE[str(word)] for word in words] or [0], np.int8)[codes]
