"""Column contracts of the tables that modules hand to each other and the store keeps.

Each contract lists its columns in order with dtype, unit and whether null is allowed.
`validate` is called where a table is finished, so that a wrong frame never travels on.
"""

from __future__ import annotations

from dataclasses import dataclass


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
    Column("rounded_to_km2", "number", "km2", nullable=True),
    Column("tenure", "text", nullable=True),
    Column("tells", "text", nullable=True),
    Column("indicators", "text", nullable=True),
    Column("scales", "text", nullable=True),
    Column("style", "text"),
    Column("note", "text", nullable=True),
    Column("problem", "text", nullable=True),
)
