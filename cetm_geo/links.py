"""Which basin drains to which, as a layer's columns or a table beside it say, and what is wrong.

One link a basin: rows that share a basin's id are its parts. Whatever is wrong with links is told
by the basin's id, at most MOST_LISTED times for each kind of defect, and the others are counted;
the rest of the network still works.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo import tables, vocabulary
from cetm_geo.arrays import Flags, Floats, Indices, Texts
from cetm_geo.books import Books
from cetm_geo.columns import text_column
from cetm_geo.hydrology import Network
from cetm_geo.model import LayerSpec, LinkEnd, NetworkSpec

MOST_LISTED = 1000
# HydroBASINS publishes areas and distances to 0.1, so that each may be off by half of that.
AREA_TOLERANCE_KM2, AREA_TOLERANCE_PER_BASIN_KM2 = 0.1, 0.06
DISTANCE_TOLERANCE_KM = 0.1
# Column of tables.LINKS: that of the catalogue, and what parts of a basin may differ in.
_NUMBERS = {
    "upstream_km2": ("upstream_area", "area upstream"),
    "outlet_km": ("outlet_km", "distance to the outlet"),
    "stream_order": ("stream_order", "order"),
}
# A whole number as a float is written: 7080000010.0, 7.08e+09; but 12E4 is a code.
_FLOAT = re.compile(r"[-+]?\d+(\.0*|(\.\d+e\+?|e\+)\d{1,2})", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class StatedLinks:
    """The links that a table beside a layer states.

    file: its name. from_ids, to_ids: (m,) texts as written, "" where blank. remarks: its reader's.
    """

    file: str
    from_ids: Texts
    to_ids: Texts
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Basins:
    """ids: (n,) of the basins, sorted. basin: (features,) which of them each is a part of."""

    ids: Texts
    basin: Indices
    books: Books

    def tell(self, rows: Indices, problem: Callable[[int], str], others: str) -> None:
        """An issue of each basin of `rows`; those beyond MOST_LISTED are counted in one remark."""
        listed = rows[:MOST_LISTED]
        problems = np.array([problem(i) for i in listed.tolist()], object)
        self.books.note_ids(self.ids[listed], problems)
        if len(rows) > len(listed):
            self.books.note_layer(f"{len(rows) - len(listed):,} more {others}")


def basin_ids(
    attributes: pd.DataFrame, spec: LayerSpec, found: Mapping[str, str], feature_ids: Texts
) -> Texts:
    """Of each row the id of the basin it is a part of: its group's, or its own code, or its own.

    Ids that came as floats are written as whole numbers, so that both ends of a link agree.
    """
    name = "group_id" if "group_id" in found else "feature_id"
    out = _plain(text_column(attributes, spec, found, name))
    return np.where(pd.isna(out), feature_ids, out)


def links_of(
    attributes: pd.DataFrame,
    features: Any,
    declared_km2: Floats,
    spec: LayerSpec,
    found: Mapping[str, str],
    stated: StatedLinks | None,
    books: Books,
) -> pd.DataFrame | None:
    """The links of a layer by `tables.LINKS`, in the order of ids; None where nothing states any.

    Args:
        attributes: the rows accepted. features: what they became, by `tables.FEATURES`, their
            groups by `basin_ids`. declared_km2: (n,) the area each states of its basin, or nan.
        stated: the links of a table, for a layer without a column of them.
    """
    if spec.network is None or not len(features):
        return None
    ids, basin = _distinct(features["group_id"].to_numpy(object))
    basins = _Basins(ids, basin, books)
    if stated is not None:
        rows, texts = _of_table(stated, basins)
    elif "downstream_id" in found:
        rows, texts = basin, np.array(vocabulary.texts(attributes[found["downstream_id"]]), object)
    else:
        column = spec.columns.get("downstream_id", spec.network.table)
        books.note_layer(f"no {column}: what drains to what is not known")
        return None
    downstream = _agreed(rows, _read(texts, spec, spec.network), basins, "where they drain to")
    sink = np.bincount(basin[_is_sink(attributes, spec, found, spec.network)], minlength=len(ids))
    outlet = [_plain_text(text) for text in spec.network.outlet[:1]]
    network = Network.of(ids, downstream, outlet, sink=sink > 0)
    downstream[np.isin(downstream, outlet)] = None
    numbers = {"declared_km2": _agreed(basin, _positive(declared_km2), basins, "area")}
    for name, (column, what) in _NUMBERS.items():
        numbers[name] = _agreed(basin, _numbers(attributes, spec, found, column), basins, what)
    _tell_ends(network, downstream, basins, spec.network)
    _tell_areas(network, numbers["declared_km2"], numbers["upstream_km2"], basins)
    _tell_distances(network, numbers["outlet_km"], basins)
    columns = {"basin_id": ids, "downstream_id": downstream, "end": network.end, **numbers}
    return pd.DataFrame(tables.build(tables.LINKS, {"layer_id": spec.id, **columns}))


# --- ids and texts -------------------------------------------------------------------------------


def _plain(texts: Iterable[str | None]) -> Texts:
    """Ids as texts that are the same however their numbers came; None stays None."""
    return np.array([_plain_text(text) if text else None for text in texts], object)


def _plain_text(text: str) -> str:
    if text.isdigit() or not _FLOAT.fullmatch(text):
        return text
    value = Decimal(text)
    return f"{value:.0f}" if value == value.to_integral_value() else text


def _distinct(groups: Texts) -> tuple[Texts, Indices]:
    """The different ids, sorted, and which of them each is: no bit hangs on the order of rows."""
    codes, distinct = pd.factorize(groups)
    order = np.asarray(pd.Series(distinct, dtype="str").argsort(kind="stable"), dtype=np.intp)
    place = np.empty(len(order), np.intp)
    place[order] = np.arange(len(order))
    return np.asarray(distinct, dtype=object)[order], place[codes]


def _read(texts: Texts, spec: LayerSpec, network: NetworkSpec) -> Texts:
    """Ids of basins downstream; all texts that mean an outlet as the first of them, None = nothing.

    A text that the catalogue calls an outlet is one even where it means missing elsewhere.
    """
    outlet = {_plain_text(text).casefold() for text in network.outlet}
    missing = {_plain_text(t).casefold() for t in (*network.not_stated, *spec.missing_texts)}
    out = _plain(texts)
    folded = [text.casefold() if text else "" for text in out.tolist()]
    unstated = [text in missing and text not in outlet for text in folded]
    out[np.array(unstated, bool)] = None
    if network.outlet:
        is_outlet = [text in outlet for text in folded]
        out[np.array(is_outlet, bool)] = _plain_text(network.outlet[0])
    return out


def _of_table(stated: StatedLinks, basins: _Basins) -> tuple[Indices, Texts]:
    """The links of a table: positions of the basins they start from, and texts of where they go."""
    for remark in stated.remarks:
        basins.books.note_layer(f"{stated.file}: {remark}")
    ids = _plain(stated.from_ids)
    rows = np.asarray(pd.Index(basins.ids, dtype=object).get_indexer(pd.Index(ids)), np.intp)
    unknown = pd.unique(ids[(rows < 0) & ~pd.isna(ids)])
    strange = _Basins(np.asarray(unknown, object), basins.basin, basins.books)
    strange.tell(
        np.arange(len(unknown)),
        lambda i: f"{stated.file} states where it drains to, and the layer does not hold it",
        f"ids of {stated.file} are not in the layer",
    )
    return rows[rows >= 0], stated.to_ids[rows >= 0]


def _is_sink(
    attributes: pd.DataFrame, spec: LayerSpec, found: Mapping[str, str], network: NetworkSpec
) -> Flags:
    """The rows that are marked as inland sinks."""
    marks = {_plain_text(text).casefold() for text in network.sink}
    texts = _plain(text_column(attributes, spec, found, "sink"))
    return np.array([bool(t) and t.casefold() in marks for t in texts.tolist()], bool)


def _numbers(
    attributes: pd.DataFrame, spec: LayerSpec, found: Mapping[str, str], name: str
) -> Floats:
    """A column's numbers, nan where none is stated; of distances 0 is one, of the others none."""
    values = vocabulary.numbers(text_column(attributes, spec, found, name))
    if name != "outlet_km":
        return _positive(values)
    return np.where(values >= 0, values, np.nan)


def _positive(values: Floats) -> Floats:
    return np.where(values > 0, values, np.nan)


# --- parts of one basin --------------------------------------------------------------------------


def _agreed(basin: Indices, values: Any, basins: _Basins, what: str) -> Any:
    """One value a basin of those its parts state: what most state, of several the least; (n,).

    Args:
        basin: (m,) of which basin each value is. values: (m,) texts or None, or numbers or nan.
    """
    out = np.full(len(basins.ids), None if values.dtype == object else np.nan, values.dtype)
    told = np.flatnonzero(~pd.isna(values))
    out[basin[told]] = values[told]
    several = told[np.bincount(basin[told], minlength=len(out))[basin[told]] > 1]
    if not len(several):
        return out
    parts = pd.DataFrame({"basin": basin[several], "value": values[several]})
    often: Any = parts.value_counts().rename("often").reset_index()
    often = often.sort_values(["basin", "often", "value"], ascending=[True, False, True])
    chosen = often.drop_duplicates("basin")
    out[chosen["basin"].to_numpy(np.intp)] = chosen["value"].to_numpy(values.dtype)
    split = often[often["basin"].duplicated(keep=False)].groupby("basin")["value"].agg(list)
    basins.tell(
        split.index.to_numpy(np.intp),
        lambda i: f"its parts differ in {what}: {_listed(split[i])}; the first counts",
        f"basins have parts that differ in {what}",
    )
    return out


def _listed(values: Sequence[Any]) -> str:
    shown = [v if isinstance(v, str) else f"{v:,.10g}" for v in values[:MOST_LISTED]]
    more = len(values) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


# --- what is wrong -------------------------------------------------------------------------------


def _tell_ends(network: Network, downstream: Texts, basins: _Basins, declared: NetworkSpec) -> None:
    """Issues of chains that end where none should, or cannot be followed."""

    def ends(end: LinkEnd) -> Indices:
        return np.flatnonzero(network.end == end.value)

    basins.tell(
        ends(LinkEnd.DANGLING),
        lambda i: f"drains to {downstream[i]}, which the layer does not hold: the chain ends here",
        "links lead to what the layer does not hold",
    )
    basins.tell(
        ends(LinkEnd.NOT_STATED),
        lambda i: "where it drains to is not stated: the chain ends here",
        "chains end because nothing is stated",
    )
    sinks = ends(LinkEnd.SINK)
    basins.tell(
        sinks[~pd.isna(downstream[sinks])],
        lambda i: f"an inland sink: the link it states, to {downstream[i]}, is not followed",
        "inland sinks state a link, which is not followed",
    )
    _tell_circles(ends(LinkEnd.CYCLE), downstream, basins)
    last = np.sort(np.concatenate([ends(LinkEnd.OUTLET), sinks]))
    if declared.outlets and len(last) > declared.outlets:
        told = f"one of {len(last):,} outlets, where the catalogue declares {declared.outlets:,}"
        basins.tell(last, lambda i: told, "are outlets as well")
    elif len(last) < declared.outlets:
        text = f"{len(last):,} outlets, where the catalogue declares {declared.outlets:,}"
        basins.books.note_layer(text)


def _tell_circles(circle: Indices, downstream: Texts, basins: _Basins) -> None:
    """An issue a circle, by its first basin, which names all of its basins in their order."""
    place = {basins.ids[i]: i for i in circle.tolist()}
    told: set[int] = set()
    names: dict[int, list[str]] = {}
    for first in circle.tolist():
        here = first
        while here not in told:
            told.add(here)
            names.setdefault(first, []).append(str(basins.ids[here]))
            here = place[downstream[here]]
    basins.tell(np.array(list(names), np.intp), lambda i: _circle(names[i]), "circles")


def _circle(names: Sequence[str]) -> str:
    if len(names) == 1:
        return "drains to itself: the chain ends here"
    return f"drains in a circle of {len(names):,}, where chains end: {_listed(names)}"


def _tell_areas(
    network: Network, declared_km2: Floats, upstream_km2: Floats, basins: _Basins
) -> None:
    """Issues where the published land upstream is not the sum of the published areas upstream."""
    if np.isnan(declared_km2).all():
        return
    parts = np.column_stack([declared_km2, np.ones(len(network))])
    summed_km2, count = network.upstream_sums(parts).T
    off_km2 = upstream_km2 - summed_km2
    tolerance_km2 = AREA_TOLERANCE_PER_BASIN_KM2 * count + AREA_TOLERANCE_KM2
    off = np.flatnonzero(np.abs(off_km2) > tolerance_km2)

    def problem(i: int) -> str:
        why = (
            "something upstream is missing from the layer"
            if off_km2[i] > 0
            else "something counts twice, or does not drain there"
        )
        return (
            f"states {upstream_km2[i]:,.1f} km2 of land upstream; the areas that the "
            f"{count[i]:,.0f} basins upstream state, it included, come to "
            f"{summed_km2[i]:,.1f} km2: {why}"
        )

    largest_first = off[np.argsort(-np.abs(off_km2[off]), kind="stable")]
    basins.tell(largest_first, problem, "state another area upstream than the sum")
    unknown = int((np.isnan(summed_km2) & ~np.isnan(upstream_km2)).sum())
    if unknown:
        basins.books.note_layer(
            f"the land upstream that {unknown:,} basins state was not checked: the area of a basin "
            "above them is not stated"
        )


def _tell_distances(network: Network, outlet_km: Floats, basins: _Basins) -> None:
    """Issues where the way to the outlet grows on the way down."""
    flows = np.flatnonzero(network.downstream >= 0)
    to = network.downstream[flows]
    longer = outlet_km[to] > outlet_km[flows] + DISTANCE_TOLERANCE_KM
    basins.tell(
        flows[longer],
        lambda i: (
            f"states {outlet_km[i]:,.1f} km to the outlet, and what it drains to, "
            f"{basins.ids[network.downstream[i]]}, {outlet_km[network.downstream[i]]:,.1f} km"
        ),
        "drain to what states a longer way to the outlet",
    )
