"""Column contracts of the tables that modules hand to each other and the store keeps.

Each contract lists its columns in order with dtype, unit and whether null is allowed.
`validate` is called where a table is finished, so that a wrong frame never travels on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from cetm_geo.measure import LONLAT


@dataclass(frozen=True)
class Column:
    """One column: dtype is text, word (a text of few kinds), number, count, flag, list or
    geometry."""

    name: str
    dtype: str
    unit: str = ""
    nullable: bool = False


Contract = tuple[Column, ...]

FEATURES: Contract = (
    Column("layer_id", "text"),
    Column("feature_id", "text"),
    Column("group_id", "text"),
    Column("name", "text", nullable=True),
    Column("designation", "text", nullable=True),
    Column("class_id", "text"),
    Column("counted", "flag"),
    Column("tenure", "text", nullable=True),
    Column("iso3", "text", nullable=True),
    Column("circle", "text", nullable=True),
    Column("mineral_ids", "text", nullable=True),
    Column("repaired", "flag"),
    Column("area_km2", "number", "km2"),
    Column("geometry", "geometry", "degree"),
)

SITES: Contract = (
    Column("site_id", "text"),
    Column("layer_id", "text", nullable=True),
    Column("feature_id", "text"),
    Column("group_id", "text"),
    Column("class_id", "text"),
    Column("counted", "flag"),
    Column("name", "text", nullable=True),
    Column("kind", "text"),
    Column("holder", "text", nullable=True),
    Column("minerals", "list"),
    Column("commodity_text", "text", nullable=True),
    Column("stage", "text"),
    Column("stage_text", "text", nullable=True),
    Column("method", "text"),
    Column("status", "text"),
    Column("status_text", "text", nullable=True),
    Column("applied_on", "text", nullable=True),
    Column("granted_on", "text", nullable=True),
    Column("expires_on", "text", nullable=True),
    Column("declared_area_km2", "number", "km2", nullable=True),
    Column("placeholder", "flag"),
    Column("duplicate_of", "text", nullable=True),
    Column("repaired", "flag"),
    Column("area_km2", "number", "km2"),
    Column("geometry", "geometry", "degree"),
)

OVERLAPS: Contract = (
    Column("site_id", "text"),
    Column("layer_id", "text"),
    Column("feature_id", "text"),
    Column("overlap_km2", "number", "km2"),
    Column("overlap_share", "number", "share of the site"),
    Column("feature_share", "number", "share of the feature", nullable=True),
    Column("already_km2", "number", "km2", nullable=True),
    Column("added_km2", "number", "km2", nullable=True),
    Column("distance_km", "number", "km"),
    Column("sliver", "flag"),
    Column("geometry", "geometry", "degree", nullable=True),
)

COVERAGE: Contract = (
    Column("site_id", "text"),
    Column("scope_id", "text"),
    Column("scope_kind", "text"),
    Column("class_id", "text"),
    Column("covered_km2", "number", "km2", nullable=True),
    Column("covered_share", "number", "share of the site", nullable=True),
    Column("first_km2", "number", "km2", nullable=True),
    Column("ring_0_1_km2", "number", "km2", nullable=True),
    Column("ring_1_5_km2", "number", "km2", nullable=True),
    Column("ring_5_10_km2", "number", "km2", nullable=True),
    Column("ring_10_20_km2", "number", "km2", nullable=True),
    Column("ring_20_50_km2", "number", "km2", nullable=True),
    Column("feature_count", "number", "features", nullable=True),
    Column("nearest_km", "number", "km", nullable=True),
    Column("nearest_layer_id", "text", nullable=True),
    Column("nearest_feature_id", "text", nullable=True),
    Column("inside_share", "number", "share of the site", nullable=True),
    Column("state", "text"),
    Column("gap", "flag"),
    Column("note", "text", nullable=True),
)

INDICATORS: Contract = (
    Column("site_id", "text"),
    Column("indicator_id", "text"),
    Column("value", "number", nullable=True),
    Column("value_text", "text", nullable=True),
    Column("unit", "text"),
    Column("status", "text"),
    Column("note", "text", nullable=True),
)

TOTALS: Contract = (
    Column("scope_id", "text"),
    Column("scope_kind", "text"),
    Column("status_group", "text"),
    Column("sites", "number", "sites", nullable=True),
    Column("sum_km2", "number", "km2", nullable=True),
    Column("union_km2", "number", "km2", nullable=True),
)

PRESSURE: Contract = (
    Column("layer_id", "text"),
    Column("feature_id", "text"),
    Column("status_group", "text"),
    Column("title_count", "count"),
    Column("covered_km2", "number", "km2"),
    Column("covered_share", "number", "share of the feature"),
)

LINKS: Contract = (
    Column("layer_id", "text"),
    Column("basin_id", "text"),
    Column("downstream_id", "text", nullable=True),
    Column("end", "text"),
    Column("declared_km2", "number", "km2", nullable=True),
    Column("upstream_km2", "number", "km2", nullable=True),
    Column("outlet_km", "number", "km", nullable=True),
    Column("stream_order", "number", nullable=True),
)

BASINS: Contract = (
    Column("layer_id", "text"),
    Column("basin_id", "text"),
    Column("name", "text", nullable=True),
    Column("downstream_id", "text", nullable=True),
    Column("end", "text"),
    Column("headwater", "flag"),
    Column("basin_km2", "number", "km2"),
    Column("upstream_km2", "number", "km2", nullable=True),
    Column("outlet_km", "number", "km", nullable=True),
    Column("countries", "text", nullable=True),
    Column("status_group", "text"),
    Column("title_count", "count"),
    Column("covered_km2", "number", "km2"),
    Column("covered_share", "number", "share of the basin"),
    Column("upstream_covered_km2", "number", "km2", nullable=True),
    Column("upstream_covered_share", "number", "share of all land upstream", nullable=True),
)

SERIES: Contract = (
    Column("site_id", "text"),
    Column("indicator_id", "text"),
    Column("year", "count", "year"),
    Column("value", "number", nullable=True),
    Column("unit", "text"),
)

RATINGS: Contract = (
    Column("layer_id", "text"),
    Column("feature_id", "text"),
    Column("scale_id", "text"),
    Column("level", "number", nullable=True),
    Column("feature_share", "number", "share of the feature"),
    Column("score", "number", nullable=True),
    Column("weight_share", "number", "share of the score's ingredients", nullable=True),
)

LEVELS: Contract = (
    Column("site_id", "text"),
    Column("layer_id", "text"),
    Column("scale_id", "text"),
    Column("level", "number", nullable=True),
    Column("label", "text"),
    Column("land_km2", "number", "km2"),
    Column("land_share", "number", "share of the site"),
)

FLAGS: Contract = (
    Column("site_id", "word"),
    Column("rule_id", "word"),
    Column("status", "word"),
    Column("severity", "word", nullable=True),
    Column("indicator_id", "word", nullable=True),
    Column("value", "number", nullable=True),
    Column("threshold", "number", nullable=True),
    Column("verify", "flag"),
    Column("at_least", "flag"),
    Column("stale", "flag"),
    Column("lack", "word", nullable=True),
    Column("iso3", "word", nullable=True),
)

FLAG_FEATURES: Contract = (
    Column("site_id", "word"),
    Column("rule_id", "word"),
    Column("layer_id", "word"),
    Column("feature_id", "text"),
    Column("overlap_km2", "number", "km2"),
    Column("distance_km", "number", "km"),
    Column("sliver", "flag"),
)

TIERS: Contract = (
    Column("site_id", "text"),
    Column("tier", "word"),
    Column("fully_screened", "flag"),
    Column("countries", "word", nullable=True),
    Column("critical_count", "count", "flags"),
    Column("high_count", "count", "flags"),
    Column("moderate_count", "count", "flags"),
    Column("info_count", "count", "flags"),
    Column("score", "number", "points", nullable=True),
    Column("score_low", "number", "points", nullable=True),
    Column("score_high", "number", "points", nullable=True),
    Column("score_coverage_share", "number", "share of the weights"),
    Column("leading_theme", "word", nullable=True),
)

THEME_SCORES: Contract = (
    Column("site_id", "word"),
    Column("theme", "word"),
    Column("points", "number", "points", nullable=True),
    Column("points_high", "number", "points"),
)

SENSITIVITY: Contract = (
    Column("site_id", "text"),
    Column("score", "number", "points", nullable=True),
    Column("rank", "number", nullable=True),
    Column("rank_low", "number", nullable=True),
    Column("rank_high", "number", nullable=True),
    Column("worst_quarter_share", "number", "share of the draws", nullable=True),
    Column("moving_theme", "word", nullable=True),
)

RASTERS: Contract = (
    Column("layer_id", "text"),
    Column("folder", "text"),
    Column("definition", "text"),
    Column("files", "text"),
)

CONSENT: Contract = (
    Column("site_id", "text"),
    Column("layer_id", "text"),
    Column("feature_id", "text"),
    Column("state", "text"),
    Column("date", "text", nullable=True),
    Column("document", "text", nullable=True),
)

STATEMENTS: Contract = (
    Column("site_id", "text", nullable=True),
    Column("topic", "text"),
    Column("value_text", "text"),
    Column("value", "number", nullable=True),
    Column("unit", "text", nullable=True),
    Column("year", "number", "year", nullable=True),
    Column("source", "text", nullable=True),
)

ISSUES: Contract = (
    Column("layer_id", "text"),
    Column("feature_id", "text", nullable=True),
    Column("problem", "text"),
    Column("action", "text"),
    Column("area_change_share", "number", "share of the area before", nullable=True),
    Column("declared_over_measured", "number", "times", nullable=True),
)

SOURCES: Contract = (
    Column("layer_id", "text"),
    Column("role", "text"),
    Column("label", "text"),
    Column("file", "text"),
    Column("sha256", "text", nullable=True),
    Column("size_bytes", "count"),
    Column("modified_at", "text", nullable=True),
    Column("file_count", "count"),
    Column("given_by", "text", nullable=True),
    Column("given_on", "text", nullable=True),
    Column("changed", "text", nullable=True),
    Column("read_with", "text", nullable=True),
    Column("crs", "text", nullable=True),
    Column("encoding", "text", nullable=True),
    Column("rows_in", "count"),
    Column("rows_accepted", "count"),
    Column("rows_repaired", "count"),
    Column("rows_excluded", "count"),
    Column("rows_rejected", "count"),
    Column("as_of", "text", nullable=True),
    Column("stale_after_years", "number", "year", nullable=True),
    Column("stale", "flag"),
    Column("licence", "text"),
    Column("licence_url", "text", nullable=True),
    Column("attribution", "text", nullable=True),
    Column("publish", "text"),
    Column("complete_within", "text", nullable=True),
    Column("positional_error_m", "number", "m"),
    Column("tenure", "text", nullable=True),
    Column("tells", "text", nullable=True),
    Column("indicators", "text", nullable=True),
    Column("scales", "text", nullable=True),
    Column("style", "text"),
    Column("note", "text", nullable=True),
    Column("problem", "text", nullable=True),
)

_PANDAS: Mapping[str, Any] = {"text": "str", "number": "float64", "count": "int64", "flag": "bool"}
_EMPTY: Mapping[str, Any] = {"text": "", "flag": False, "count": 0, "number": np.nan}


def columns(contract: Contract) -> list[str]:
    """Names of a contract's columns, in order."""
    return [column.name for column in contract]


def build(
    contract: Contract, data: Mapping[str, Any] | Sequence[Any] | pd.DataFrame | None = None
) -> Any:
    """A frame in the shape of `contract` from columns or rows; absent nullable columns are null.

    Returns a GeoDataFrame in EPSG:4326 where the contract has a geometry, else a DataFrame.
    Raises TypeError / ValueError as `validate` does.
    """
    frame = pd.DataFrame(data if data is not None else {c.name: [] for c in contract})
    absent = [c.name for c in contract if c.nullable and c.name not in frame]
    return validate(frame.assign(**dict.fromkeys(absent)) if absent else frame, contract)


def validate(frame: pd.DataFrame, contract: Contract) -> Any:
    """`frame` with exactly the contract's columns and dtypes.

    Raises ValueError naming the column that is missing or holds a null it must not.
    """
    missing = [c.name for c in contract if c.name not in frame]
    if missing:
        raise ValueError(f"table lacks the columns {missing}; it has {list(frame.columns)}")
    cast = {c.name: _cast(frame[c.name], c) for c in contract}
    out = pd.DataFrame(cast, index=frame.index, copy=False)
    if any(c.dtype == "geometry" for c in contract):
        return gpd.GeoDataFrame(out, geometry="geometry", crs=LONLAT)
    return out


def _cast(values: pd.Series[Any], column: Column) -> Any:
    """An array in the column's dtype: a series would be aligned, which costs more than the rest."""
    if column.dtype == "list":
        return values.array
    if not column.nullable and pd.isna(values.array).any():
        raise ValueError(f"column {column.name} holds a null")
    if column.dtype == "geometry":
        return values.array
    if column.dtype == "word":
        return values.astype("category").array
    return _texts(values) if column.dtype == "text" else values.array.astype(_PANDAS[column.dtype])


def _texts(values: pd.Series[Any]) -> Any:
    if values.dtype == "str":
        return values.array
    texts = values.to_numpy(object)
    if pd.api.types.infer_dtype(texts, skipna=True) in ("string", "empty"):
        return pd.array(texts, dtype="str")
    return values.where(values.notna(), None).astype("str").array


def stack(parts: Iterable[Mapping[str, Any]], contract: Contract) -> Any:
    """One frame from parts given as columns (arrays of one length, or a value for every row).

    A part may leave nullable columns out. Far cheaper than concatenating frames, which matters
    where one drawn polygon is answered in a few milliseconds.

    Raises ValueError naming the column that holds a null it must not.
    """
    kept = [(part, _length(part)) for part in parts]
    if not kept:
        return build(contract)
    frame = pd.DataFrame({c.name: _stacked(kept, c) for c in contract}, copy=False)
    if any(c.dtype == "geometry" for c in contract):
        return gpd.GeoDataFrame(frame, geometry="geometry", crs=LONLAT)
    return frame


def _stacked(parts: Sequence[tuple[Mapping[str, Any], int]], column: Column) -> Any:
    """One column of all parts in its dtype."""
    dtype = {"number": np.float64, "flag": bool, "count": np.int64}.get(column.dtype, object)
    missing = np.nan if column.dtype == "number" else None
    out = np.empty(sum(n for _, n in parts), dtype)
    start = 0
    for part, n in parts:
        value = part.get(column.name, missing) if column.nullable else part[column.name]
        if n == 1:  # of a drawing nearly all are, and numpy takes its time over a slice
            one = value[0] if isinstance(value, np.ndarray) else value
            out[start] = missing if one is None else one
        else:
            out[start : start + n] = missing if value is None else value
        start += n
    if not column.nullable and column.dtype in ("text", "number") and pd.isna(out).any():
        raise ValueError(f"column {column.name} holds a null")
    return pd.array(out, dtype="str") if column.dtype == "text" else out


def _length(part: Mapping[str, Any]) -> int:
    return max(len(v) for v in part.values() if isinstance(v, np.ndarray))
