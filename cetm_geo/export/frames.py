"""The tables of a store as they leave the program, whole or part by part.

Licence-aware: a layer marked derived_only or local_only never leaves as geometry, one marked
local_only not by name either; the row stays and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from cetm_geo.cards import CardMaker
from cetm_geo.errors import ExportError
from cetm_geo.flagtable import flags_frame
from cetm_geo.memory import give_back
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
    "all_sites": "sites", "all_tiers": "tiers", "all_theme_scores": "theme_scores",
    "all_indicators": "indicators", "values_of_sites": "indicators",
    "said_of_values": "indicators", "all_flags": "flags", "severities_of_sites": "flags",
    "all_flag_features": "flag_features", "all_overlaps": "overlaps", "all_series": "series",
    "all_levels": "levels",
}  # fmt: skip
_LEAST_SITES = 500
_PART_ROWS = 120_000  # of indicators some 50 MB while they are turned into columns


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

    Of a million sites nothing is ever held as a whole but their ids; a table that is not of sites
    is one part.
    """
    if what not in OF_SITES or (site_ids is None and what == What.STATEMENTS):
        yield stored(store, what)  # of statements some are of the country
        return
    ids: Any = (
        _ids(store) if site_ids is None else pa.chunked_array([pa.array(site_ids, pa.string())])
    )
    size = _sites_of_a_part(store, "flags" if what == What.FLAGS else "indicators", len(ids))
    tables = _Tables(_Whole(store, _Stretches(store, ids, size) if len(ids) > size else None))
    for part, first in enumerate(range(0, max(len(ids), 1), size)):
        own = replace(tables, part=part)
        yield _of(own, what, ids.slice(first, size).to_pylist())
        give_back()


def all_site_ids(store: Store) -> list[str]:
    """Ids of all sites in the order of a store: neighbours stand together."""
    found: list[str] = _ids(store).to_pylist()
    return found


def _ids(store: Store) -> Any:
    """The same as Arrow holds them, in a tenth of the memory."""
    return store.arrow("site_ids")["site_id"]


def _sites_of_a_part(store: Store, table: str, count: int) -> int:
    """As many as have about _PART_ROWS rows in a table."""
    rows = {row["table_name"]: row["rows"] for row in store.rows("rows_of_tables")}
    each = rows[table] / max(rows["sites"], 1)
    return int(np.clip(_PART_ROWS / max(each, 1), _LEAST_SITES, max(count, _LEAST_SITES)))


class _Stretches:
    """Between which rows of a table the sites of each part lie, so that it reads no others.

    Tables stand site by site (`store.writing`): a part in the order of a store is one stretch; in
    any other order the stretch is longer than it need be, and the sites are still picked by id.
    """

    def __init__(self, store: Store, site_ids: Any, size: int) -> None:
        self._store = store
        parts = pa.array(np.arange(len(site_ids)) // size)
        self._parts = pa.table({"site_id": site_ids, "part": parts})
        self._found: dict[str, dict[int, dict[str, Any]]] = {}

    def of(self, statement: str, part: int) -> dict[str, Any]:
        """first_row and last_row of a part in the table that a statement reads; none: nothing.

        site_ids is None, all, where no other's row lies between them.
        """
        table = _READS.get(statement)
        if table is None:
            return {}
        if table not in self._found:
            rows = self._store.beside("rows_of_parts", {"parts": self._parts}, table_name=table)
            self._found[table] = {row["part"]: _stretch(**row) for row in rows.to_pylist()}
        return self._found[table].get(part, {"first_row": 0, "last_row": -1})


def _stretch(part: int, first_row: int, last_row: int, rows: int) -> dict[str, Any]:
    others = rows < last_row - first_row + 1
    return {"first_row": first_row, "last_row": last_row} | ({} if others else {"site_ids": None})


class _Whole:
    """What parts of an export share. stretches: None where all is read in one go."""

    def __init__(self, store: Store, stretches: _Stretches | None = None) -> None:
        self.store, self.stretches = store, stretches

    @cached_property
    def indicators(self) -> pd.DataFrame:
        """Those of the whole store, as `indicator_ids` gives them: parts have the same columns."""
        return self.store.frame("indicator_ids")

    @cached_property
    def sources(self) -> pd.DataFrame:
        """The layers of the store, by `tables.SOURCES`."""
        return self.store.frame("layers_of_screening")


@dataclass(frozen=True)
class _Tables:
    """Tables of a store, of some sites or of all. part: its number, where sites come in parts."""

    whole: _Whole
    site_ids: list[str] | None = None
    part: int = 0

    @property
    def store(self) -> Store:
        """That of the whole."""
        return self.whole.store

    def frame(self, name: str, **params: Any) -> pd.DataFrame:
        """One without shapes."""
        return self.store.frame(name, **{**self._which(name), **params})

    def shapes(self, name: str) -> Any:
        """One with shapes."""
        return self.store.shapes(name, **self._which(name))

    def _which(self, name: str) -> dict[str, Any]:
        stretches = self.whole.stretches
        return {"site_ids": self.site_ids} | (stretches.of(name, self.part) if stretches else {})


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
    sites = tables.shapes("all_sites")
    withheld = ~sites["layer_id"].isin(_layers(tables, Publish.PUBLIC)).to_numpy(bool)
    sites.loc[withheld, "geometry"] = None
    named = _nameless(tables, sites, "name", "holder")
    why = ["licence" if w else None for w in withheld]
    ids = sites["site_id"].tolist()
    some = replace(tables, site_ids=ids)
    judged = tiers_of(named, some.frame("all_tiers"), some.frame("severities_of_sites"))
    return sites_frame(named, _measured(some), **judged, geometry_withheld=why)


def _measured(tables: _Tables) -> Measured:
    """Indicators of the sites that `tables` names, with the columns of the whole store."""
    ids, columns = tables.site_ids or [], tables.whole.indicators
    names = columns["indicator_id"].tolist()
    found = tables.frame("values_of_sites", site_ids=ids, indicator_ids=names)
    values = np.full((len(ids), len(names)), np.nan)
    values[found["site"], found["indicator"]] = found["value"]
    people = set(columns["indicator_id"][columns["unit"] == PEOPLE])
    sources = tables.whole.sources
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
        sources=tables.whole.sources,
        maker=maker,
    )


def _tiers(tables: _Tables) -> pd.DataFrame:
    points = tables.frame("all_theme_scores")
    wide = points.pivot(index="site_id", columns="theme", values="points").add_suffix("_points")
    themes = wide.rename_axis(columns=None).reset_index()
    return tables.frame("all_tiers").merge(themes, on="site_id")


def _nameless(tables: _Tables, frame: Any, *columns: str) -> Any:
    """`frame` without these columns' values in the rows of layers that are local only."""
    local = frame["layer_id"].isin(_layers(tables, Publish.LOCAL_ONLY))
    return frame.assign(**{c: frame[c].where(~local, None) for c in columns})


def _layers(tables: _Tables, publish: Publish) -> list[str]:
    sources = tables.whole.sources
    found: list[str] = sources["layer_id"][sources["publish"] == publish.value].tolist()
    return found


def _named(name: str, *hidden: str) -> Callable[[_Tables], Any]:
    """A table whose columns `hidden` are not told of layers that are local only."""
    return lambda tables: _nameless(tables, tables.frame(name), *hidden)


_FRAMES: Mapping[str, Callable[[_Tables], Any]] = {
    What.SITES: _sites,
    What.OVERLAPS: _overlaps,
    What.PRESSURE: _pressure,
    What.SERIES: lambda tables: tables.frame("all_series"),
    What.LEVELS: lambda tables: tables.frame("all_levels"),
    What.BASINS: lambda tables: _nameless(
        tables, tables.store.frame("all_basins"), "name", "basin_id", "downstream_id"
    ),
    What.CONSENT: _named("all_consent", "feature_id", "document"),
    What.FLAGS: _flags,
    What.TIERS: _tiers,
    What.STATEMENTS: lambda tables: tables.frame("all_statements"),
    What.ISSUES: lambda tables: _nameless(tables, tables.store.frame("all_issues"), "feature_id"),
}
# Tables of which each row belongs to one site.
OF_SITES = frozenset(_FRAMES) - {What.PRESSURE, What.BASINS, What.ISSUES}
