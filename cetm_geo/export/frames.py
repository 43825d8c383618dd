"""The tables of a store as they leave the program, whole or part by part.

Licence-aware: a layer marked derived_only or local_only never leaves as geometry, one marked
local_only not by name either; the row stays and says so.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo.cards import CardMaker
from cetm_geo.errors import ExportError
from cetm_geo.flagtable import flags_frame
from cetm_geo.model import Publish
from cetm_geo.sitetable import PEOPLE, Measured, said_of, sites_frame, tiers_of, whole
from cetm_geo.store import Store


class What(StrEnum):
    """What can be exported."""

    SITES = "sites"
    OVERLAPS = "overlaps"
    PRESSURE = "pressure"
    SERIES = "series"
    ISSUES = "issues"
    LEVELS = "levels"
    BASINS = "basins"
    CONSENT = "consent"
    STATEMENTS = "statements"
    FLAGS = "flags"
    TIERS = "tiers"


WHAT = tuple(one.value for one in What)
# Statements that read a table by stretches of its rows.
_READS: Mapping[str, str] = {
    "all_theme_scores": "theme_scores",
    "all_indicators": "indicators", "values_of_sites": "indicators",
    "said_of_values": "indicators", "all_flags": "flags", "severities_of_sites": "flags",
    "all_flag_features": "flag_features", "all_overlaps": "overlaps", "all_series": "series",
    "all_levels": "levels",
}  # fmt: skip
_LEAST_SITES = 500
_PART_ROWS = 200_000  # of indicators: some 100 MB while they are turned into columns


def stored(store: Store, what: str, site_ids: Sequence[str] | None = None) -> Any:
    """The frame of one of WHAT from a store.

    site_ids: of these sites alone, in this order; a table whose rows do not each belong to one
    site is given whole. Raises ExportError for what is nothing of WHAT.
    """
    if what not in _FRAMES:
        known = ", ".join(WHAT)
        raise ExportError(f"{what!r} is nothing this program exports.", f"One of {known}.")
    return _of(_Tables(_Whole(store)), what, None if site_ids is None else list(site_ids))


def _of(tables: _Tables, what: str, ids: list[str] | None) -> Any:
    if ids == []:  # no rows, and the columns that there would be
        return _FRAMES[what](replace(tables, site_ids=all_site_ids(tables.store)[:1])).iloc[:0]
    frame = _FRAMES[what](replace(tables, site_ids=ids))
    if ids is None or "site_id" not in frame:
        return frame
    place = pd.Index(ids).get_indexer(frame["site_id"])
    return frame.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)


def in_parts(store: Store, what: str, site_ids: Sequence[str] | None = None) -> Iterator[Any]:
    """The same part by part, a few thousand sites each: frames of the same columns.

    Of a million sites nothing is ever held as a whole; a table that is not of sites is one part.
    """
    if what not in OF_SITES or (site_ids is None and what == What.STATEMENTS):
        yield stored(store, what)  # of statements some are of the country
        return
    ids = all_site_ids(store) if site_ids is None else list(site_ids)
    size = _sites_of_a_part(store, len(ids))
    tables = _Tables(_Whole(store, _Rows(store, ids) if len(ids) > size else None))
    for first in range(0, max(len(ids), 1), size):
        yield _of(tables, what, ids[first : first + size])
        _give_back()


def _give_back() -> None:
    """Memory that a part has left goes back to the system, where the C library is GNU's: of 200,000
    sites it holds 0.3 GB more without."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def all_site_ids(store: Store) -> list[str]:
    """Ids of all sites in the order of a store: neighbours stand together."""
    return [str(name) for name in store.frame("site_ids")["site_id"]]


def _sites_of_a_part(store: Store, count: int) -> int:
    """As many as have about _PART_ROWS indicators."""
    rows = {row["table_name"]: row["rows"] for row in store.rows("rows_of_tables")}
    each = rows.get("indicators", 0) / max(rows.get("sites", 0), 1)
    return int(np.clip(_PART_ROWS / max(each, 1), _LEAST_SITES, max(count, _LEAST_SITES)))


class _Rows:
    """Between which rows of a table some sites lie, so that a part reads no others.

    Tables stand site by site (`store.writing`): a part in the order of a store is one stretch; in
    any other order the stretch is longer than it need be, and the sites are still picked by id.
    """

    def __init__(self, store: Store, site_ids: Sequence[str]) -> None:
        self._store = store
        self._ids = pd.Index(np.array(site_ids, object))
        self._found: dict[str, tuple[Any, Any]] = {}

    def of(self, statement: str, site_ids: Sequence[str]) -> dict[str, int]:
        """first_row and last_row of sites in the table that a statement reads; none: nothing."""
        table = _READS.get(statement)
        if table is None:
            return {}
        if table not in self._found:
            rows = self._store.frame("rows_of_sites", table_name=table)
            places = self._ids.get_indexer(pd.Index(rows["site_id"].to_numpy(object)))
            first = np.full(len(self._ids), np.iinfo(np.int64).max)
            last = np.full(len(self._ids), -1)
            known = places >= 0
            first[places[known]] = rows["first_row"].to_numpy()[known]
            last[places[known]] = rows["last_row"].to_numpy()[known]
            self._found[table] = first, last
        which = self._ids.get_indexer(pd.Index(np.array(site_ids, object)))
        first, last = (column[which] for column in self._found[table])
        return {"first_row": int(first.min(initial=0)), "last_row": int(last.max(initial=-1))}


class _Whole:
    """What parts of an export share. rows: where sites lie; None where all is read in one go."""

    def __init__(self, store: Store, rows: _Rows | None = None) -> None:
        self.store, self.rows = store, rows

    @cached_property
    def indicators(self) -> pd.DataFrame:
        """Those of the whole store, as `indicator_ids` gives them: parts have the same columns."""
        return self.store.frame("indicator_ids")


@dataclass(frozen=True)
class _Tables:
    """Tables of a store, of some sites or of all."""

    whole: _Whole
    site_ids: list[str] | None = None

    @property
    def store(self) -> Store:
        """That of the whole."""
        return self.whole.store

    def frame(self, name: str, **params: Any) -> pd.DataFrame:
        """One without shapes."""
        return self.store.frame(name, site_ids=self.site_ids, **self._stretch(name), **params)

    def shapes(self, name: str) -> Any:
        """One with shapes."""
        return self.store.shapes(name, site_ids=self.site_ids, **self._stretch(name))

    def _stretch(self, name: str) -> dict[str, int]:
        rows = self.whole.rows
        return rows.of(name, self.site_ids) if rows and self.site_ids else {}


def _overlaps(tables: _Tables) -> Any:
    """Pairs of site and feature with names; geometry only where both licences let it go."""
    return _withholding(tables.shapes("all_overlaps"))


def _pressure(tables: _Tables) -> Any:
    """Features with the share of them under titles, all together and by status."""
    return _withholding(tables.store.shapes("all_pressure"))


def _withholding(frame: Any) -> Any:
    frame["geometry_withheld"] = ["licence" if w else None for w in frame["withheld"]]
    return frame.drop(columns="withheld")


def _sites(tables: _Tables) -> Any:
    store, sites = tables.store, tables.shapes("all_sites")
    withheld = ~sites["layer_id"].isin(_layers(store, Publish.PUBLIC)).to_numpy(bool)
    sites.loc[withheld, "geometry"] = None
    named = _nameless(store, sites, "name", "holder")
    why = ["licence" if w else None for w in withheld]
    ids = sites["site_id"].tolist()
    some = replace(tables, site_ids=ids)
    judged = tiers_of(named, some.frame("all_tiers"), some.frame("severities_of_sites"))
    return sites_frame(named, _measured(some), **judged, geometry_withheld=why)


def _measured(tables: _Tables) -> Measured:
    """Indicators of the sites that `tables` names, with the columns of the whole store."""
    ids, columns = tables.site_ids or [], tables.whole.indicators
    names = columns["indicator_id"].tolist()
    found = tables.frame("values_of_sites", indicator_ids=names)
    values = np.full((len(ids), len(names)), np.nan)
    values[found["site"], found["indicator"]] = found["value"]
    people = set(columns["indicator_id"][columns["unit"] == PEOPLE])
    sources = tables.store.frame("layers_of_screening")
    said = said_of(tables.frame("said_of_values"), ids, sources)
    return Measured(values, names, whole(names, people), *said)


def _flags(tables: _Tables) -> pd.DataFrame:
    store = tables.store
    maker = CardMaker(store.rulebook, date.fromisoformat(store.meta["as_of"][:10]))
    return flags_frame(
        flags=tables.frame("all_flags"),
        features=tables.frame("all_flag_features"),
        indicators=tables.frame("all_indicators"),
        sites=pd.DataFrame(tables.shapes("all_sites").drop(columns="geometry")),
        sources=store.frame("layers_of_screening"),
        maker=maker,
    )


def _tiers(tables: _Tables) -> pd.DataFrame:
    points = tables.frame("all_theme_scores")
    wide = points.pivot(index="site_id", columns="theme", values="points").add_suffix("_points")
    themes = wide.rename_axis(columns=None).reset_index()
    return tables.frame("all_tiers").merge(themes, on="site_id")


def _nameless(store: Store, frame: Any, *columns: str) -> Any:
    """`frame` without these columns' values in the rows of layers that are local only."""
    local = frame["layer_id"].isin(_layers(store, Publish.LOCAL_ONLY))
    return frame.assign(**{c: frame[c].where(~local, None) for c in columns})


def _layers(store: Store, publish: Publish) -> list[str]:
    rows = store.rows("layers_of_screening")
    return [row["layer_id"] for row in rows if row["publish"] == publish.value]


def _named(name: str, *hidden: str) -> Callable[[_Tables], Any]:
    """A table whose columns `hidden` are not told of layers that are local only."""
    return lambda tables: _nameless(tables.store, tables.frame(name), *hidden)


_FRAMES: Mapping[str, Callable[[_Tables], Any]] = {
    What.SITES: _sites,
    What.OVERLAPS: _overlaps,
    What.PRESSURE: _pressure,
    What.SERIES: lambda tables: tables.frame("all_series"),
    What.LEVELS: lambda tables: tables.frame("all_levels"),
    What.BASINS: lambda tables: _nameless(
        tables.store, tables.store.frame("all_basins"), "name", "basin_id", "downstream_id"
    ),
    What.CONSENT: _named("all_consent", "feature_id", "document"),
    What.FLAGS: _flags,
    What.TIERS: _tiers,
    What.STATEMENTS: lambda tables: tables.frame("all_statements"),
    What.ISSUES: lambda tables: _nameless(
        tables.store, tables.store.frame("all_issues"), "feature_id"
    ),
}
# Tables of which each row belongs to one site.
OF_SITES = frozenset(_FRAMES) - {What.PRESSURE, What.BASINS, What.ISSUES}
