"""A screening -> everything the page and the API say of one site, as `store.site_answer` does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from cetm_geo import words
from cetm_geo.cumulative import ADDED
from cetm_geo.evidence import RINGS, SHAPES
from cetm_geo.indicators import RING_COLUMNS
from cetm_geo.model import Layer, Screening
from cetm_geo.watersheds import DOWNSTREAM

_SHAPE = ("geometry",)
PARTS = {
    RINGS: "rings round the shape",
    SHAPES: "shapes of the largest overlaps",
    ADDED: "what the shape adds to titles in force",
    DOWNSTREAM: "what lies downstream",
}


def answer_of(screening: Screening, layers: Mapping[str, Layer], site_id: str) -> dict[str, Any]:
    """Everything the page says of one screened site; the shape of `store.site_answer`.

    Keys: site (facts and bounds), lines (one a layer and role), overlaps, indicators, series,
    flags, flag_features, tier, themes, sources, missing (what was not measured in time). Plain
    values, null as None.
    """
    site = screening.sites[screening.sites["site_id"] == site_id]
    west, south, east, north = (float(v) for v in site.total_bounds)
    facts = _plain_rows(site, _SHAPE)[0]
    sources = {row["layer_id"]: row for row in _plain_rows(screening.sources)}
    lookup = FeatureLookup(layers)
    coverage = screening.coverage
    own = coverage[(coverage["site_id"] == site_id) & (coverage["class_id"] == "")]
    pairs = screening.overlaps[screening.overlaps["site_id"] == site_id]
    return {
        "site": facts | {"west": west, "south": south, "east": east, "north": north},
        "lines": [_line(row, sources, lookup) for row in _plain_rows(own)],
        "overlaps": [_overlap(row, sources, lookup) for row in _plain_rows(pairs, _SHAPE)],
        "indicators": rows_of_site(screening.indicators, site_id),
        "series": rows_of_site(screening.series, site_id),
        **flags_of_site(screening, layers, site_id),
        "sources": list(sources.values()),
        "missing": list(screening.missing),
    }


def pieces_of(screening: Screening, site_id: str) -> list[dict[str, Any]]:
    """Overlaps of one screened site of which the shape is known, geometry as GeoJSON."""
    pairs = screening.overlaps
    own = pairs[(pairs["site_id"] == site_id) & pairs.geometry.notna()]
    rows = _plain_rows(own, _SHAPE)
    return [
        {**row, "geometry": shapely.geometry.mapping(shape)}
        for row, shape in zip(rows, own.geometry, strict=True)
    ]


def flags_of_site(judged: Any, layers: Mapping[str, Layer], site_id: str) -> dict[str, Any]:
    """Flags, their features with names, tier and points of one site.

    Args:
        judged: a `Screening`, or an `assessment.Assessment`.
    """
    names = FeatureLookup(layers)
    features = rows_of_site(judged.flag_features, site_id)
    return {
        "flags": rows_of_site(judged.flags, site_id),
        "flag_features": [
            row | {"name": names.get(row["layer_id"], row["feature_id"], "name")}
            for row in features
        ],
        "tier": rows_of_site(judged.tiers, site_id)[0],
        "themes": rows_of_site(judged.theme_scores, site_id),
    }


def names_of_missing(missing: Iterable[str], labels: Mapping[str, str]) -> list[str]:
    """What was not measured in time, in words. labels: of layers by id."""
    return [labels.get(name) or PARTS[name] for name in missing]


def rows_of_site(frame: pd.DataFrame, site_id: str) -> list[dict[str, Any]]:
    """The rows of one site without its id; plain values, null as None."""
    own = (frame["site_id"] == site_id).to_numpy(bool)
    return _plain_rows(frame if own.all() else frame[own], ("site_id",))


class FeatureLookup:
    """Name and designation of a feature by layer and id."""

    def __init__(self, layers: Mapping[str, Layer]) -> None:
        self._layers = layers

    def get(self, layer_id: str | None, feature_id: str | None, column: str) -> str | None:
        """The text of a column; None where there is no feature, or no text."""
        if layer_id is None or feature_id is None:
            return None
        layer = self._layers[layer_id]
        found = layer.texts(column)[layer.row_of_feature.get_loc(feature_id)]
        return found if isinstance(found, str) else None


def _plain_rows(frame: pd.DataFrame, without: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Column by column: a drawing waits for some thousands of values, which this makes fast."""
    names = [str(name) for name in frame.columns if name not in without]
    values = [_plain(column) for name, column in frame.items() if name not in without]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def _plain(column: pd.Series[Any]) -> list[Any]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        kinds = [*column.cat.categories.tolist(), None]
        return [kinds[code] for code in column.cat.codes.tolist()]
    if column.dtype == "str":
        texts: list[Any] = pa.array(column).to_pylist()
        return texts
    values = column.tolist()
    if column.dtype.kind in "iub":
        return values
    if column.dtype == object:
        values = [v.item() if isinstance(v, np.generic) else v for v in values]
    nulls = column.isna().to_numpy()
    if not nulls.any():
        return values
    return [None if null else v for v, null in zip(values, nulls.tolist(), strict=True)]


def _line(row: dict[str, Any], sources: Mapping[str, Any], names: FeatureLookup) -> dict[str, Any]:
    source = sources.get(row["scope_id"], {}) if row["scope_kind"] == "layer" else {}
    role = source.get("role", row["scope_id"])
    kept = (
        "scope_id",
        "scope_kind",
        "state",
        "covered_km2",
        "covered_share",
        "feature_count",
        *RING_COLUMNS,
        "nearest_km",
        "inside_share",
        "gap",
        "note",
    )
    nearest = names.get(row["nearest_layer_id"], row["nearest_feature_id"], "name")
    return {key: row[key] for key in kept} | {
        "role": role,
        "label": source.get("label") or words.role_label(role),
        "nearest_name": nearest,
        **{key: source.get(key) for key in ("as_of", "licence", "publish")},
    }


def _overlap(
    row: dict[str, Any], sources: Mapping[str, Any], names: FeatureLookup
) -> dict[str, Any]:
    source = sources[row["layer_id"]]
    named = {k: names.get(row["layer_id"], row["feature_id"], k) for k in ("name", "designation")}
    return row | named | {"layer_label": source["label"], "role": source["role"]}
