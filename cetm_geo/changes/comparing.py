"""Two sides -> what differs, as frames: titles, land shared with features, flags, features.

Sets are compared whole, by joins; only what differs is looked at row by row afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from cetm_geo.changes.sides import Side
from cetm_geo.measure import area_km2

FACTS = (
    "name", "holder", "minerals", "commodity_text", "stage", "stage_text", "method", "status",
    "status_text", "applied_on", "granted_on", "expires_on", "declared_area_km2",
)  # fmt: skip
SAME_LAND_KM2 = 1e-6  # outlines that differ by no more than a square metre are one shape
SAME_OVERLAP_KM2, SAME_OVERLAP_SHARE = 1e-4, 1e-3  # 0.01 ha, or 0.1 % of the larger
_OF_LAYER = (
    "role", "label", "file", "sha256", "as_of", "stale", "rows_in", "rows_accepted",
    "rows_excluded", "rows_rejected", "complete_within", "positional_error_m", "rounded_to_km2",
    "tells", "licence", "publish", "problem",
)  # fmt: skip


# --- titles --------------------------------------------------------------------------------------


def titles_of_both(before: Side, after: Side) -> pd.DataFrame:
    """Every title of either side by its site_id: `is_before`, `is_after`, and each column of
    sql/titles_as_told.sql as before_ and after_."""
    sides = [
        side.titles.set_index("site_id").add_prefix(prefix)
        for side, prefix in ((before, "before_"), (after, "after_"))
    ]
    out = sides[0].join(sides[1], how="outer").sort_index()
    for side in ("before", "after"):
        out[f"is_{side}"] = out[f"{side}_area_km2"].notna()
    return out


def other_facts(titles: pd.DataFrame) -> pd.DataFrame:
    """Which facts differ, of the titles that both sides hold: a column of flags a fact."""
    held = titles[titles["is_before"] & titles["is_after"]]
    return pd.DataFrame({fact: _differs(held, fact) for fact in FACTS}, index=held.index)


def other_shapes(titles: pd.DataFrame, before: Side, after: Side) -> pd.DataFrame:
    """gained_km2 and lost_km2 of the titles whose outline differs by land.

    Where rings begin, and vertices along an edge, are no land.
    """
    held = titles[titles["is_before"] & titles["is_after"]]
    ids = held.index[(held["before_outline"] != held["after_outline"]).to_numpy(bool)]
    old, new = (_outlines(side, ids) for side in (before, after))
    out = pd.DataFrame(
        {
            "gained_km2": area_km2(shapely.difference(new, old)) if len(ids) else [],
            "lost_km2": area_km2(shapely.difference(old, new)) if len(ids) else [],
        },
        index=ids,
        dtype=np.float64,
    )
    return out[out["gained_km2"] + out["lost_km2"] > SAME_LAND_KM2]


def same_outlines(titles: pd.DataFrame) -> dict[str, list[str]]:
    """A title that came or went -> those of the other side alone that have its very outline."""
    gone = titles[titles["is_before"] & ~titles["is_after"]].reset_index()
    new = titles[~titles["is_before"] & titles["is_after"]].reset_index()
    pairs = gone[["site_id", "before_outline"]].merge(
        new[["site_id", "after_outline"]],
        left_on="before_outline",
        right_on="after_outline",
        suffixes=("_gone", "_new"),
    )
    out: dict[str, list[str]] = {}
    for one, other in zip(pairs["site_id_gone"], pairs["site_id_new"], strict=True):
        out.setdefault(one, []).append(other)
        out.setdefault(other, []).append(one)
    return {site_id: sorted(others) for site_id, others in out.items()}


def other_tiers(titles: pd.DataFrame) -> pd.Index[Any]:
    """Titles of both sides that stand in another tier, or are fully screened on one side alone."""
    held = titles[titles["is_before"] & titles["is_after"]]
    return held.index[(_differs(held, "tier") | _differs(held, "fully_screened")).to_numpy(bool)]


def _differs(titles: pd.DataFrame, column: str) -> pd.Series[Any]:
    old, new = titles[f"before_{column}"], titles[f"after_{column}"]
    return (old != new) & ~(old.isna() & new.isna())


def _outlines(side: Side, ids: Iterable[str]) -> Any:
    """Outlines of titles, in the order of their ids."""
    found = side.store.beside("outlines_asked", {"asked": _asked(site_id=ids)}).to_pandas()
    return shapely.from_wkb(found.set_index("site_id")["geometry"].loc[list(ids)].to_numpy(object))


# --- land shared with features, and flags --------------------------------------------------------


def other_pairs(before: Side, after: Side) -> list[dict[str, Any]]:
    """Pairs of site and feature that differ, as sql/changed_pairs.sql."""
    earlier = {"earlier": before.store.arrow("pairs_as_told")}
    least = {"least_km2": SAME_OVERLAP_KM2, "least_share": SAME_OVERLAP_SHARE}
    return _rows(after.store.beside("changed_pairs", earlier, **least))


def other_flags(before: Side, after: Side) -> list[dict[str, Any]]:
    """Answers of rules that differ, as sql/changed_flags.sql."""
    marks = [
        side.store.frame("marks_of_flags").set_index("site_id")["mark"] for side in (before, after)
    ]
    either = marks[0].index.union(marks[1].index)
    old, new = (mark.reindex(either) for mark in marks)
    asked = _asked(site_id=either[((old != new) | old.isna() | new.isna()).to_numpy(bool)])
    earlier = before.store.beside("flags_asked", {"asked": asked})
    given = {"asked": asked, "earlier": earlier}
    return _rows(after.store.beside("changed_flags", given))


def evidence_of(
    flags: Sequence[Mapping[str, Any]], sides: Iterable[Side]
) -> dict[tuple[str, str], set[Any]]:
    """(site_id, rule_id) of some flags -> (layer_id, feature_id) of the evidence on either side."""
    asked = _asked(**{key: [row[key] for row in flags] for key in ("site_id", "rule_id")})
    out: dict[tuple[str, str], set[Any]] = {}
    for side in sides:
        rows = side.store.beside("evidence_asked", {"asked": asked}).to_pydict()
        for site, rule, layer, feature in zip(*rows.values(), strict=True):
            out.setdefault((site, rule), set()).add((layer, feature))
    return out


# --- layers and their features -------------------------------------------------------------------


def other_layers(before: Side, after: Side) -> dict[str, tuple[str, ...]]:
    """Layers that differ -> which of their facts; ("came",) or ("went",) of one side alone."""
    out: dict[str, tuple[str, ...]] = {}
    for layer_id in sorted({*before.sources, *after.sources}):
        old, new = before.sources.get(layer_id), after.sources.get(layer_id)
        if old is None or new is None:
            out[layer_id] = ("came",) if old is None else ("went",)
        elif what := tuple(key for key in _OF_LAYER if old[key] != new[key]):
            out[layer_id] = what
    return out


def other_features(before: Side, after: Side) -> dict[tuple[str, str], str]:
    """(layer_id, feature_id) of reference layers -> came, went or changed."""
    marks = {
        name: side.store.arrow("marks_of_features")
        for name, side in (("earlier", before), ("later", after))
    }
    rows = after.store.beside("changed_features", marks).to_pydict()
    return {
        (layer, feature): "changed" if old and new else "came" if new else "went"
        for layer, feature, old, new in zip(*rows.values(), strict=True)
    }


def names_of(pairs: Iterable[tuple[str, str]], sides: Iterable[Side]) -> dict[Any, str]:
    """(layer_id, feature_id) -> name, by the last side that knows one."""
    wanted = sorted(set(pairs))
    asked = _asked(layer_id=[x for x, _ in wanted], feature_id=[x for _, x in wanted])
    out: dict[Any, str] = {}
    for side in sides:
        rows = side.store.beside("features_asked", {"asked": asked}).to_pydict()
        found: Mapping[Any, str] = {
            (layer, feature): name
            for layer, feature, name in zip(*rows.values(), strict=True)
            if name
        }
        out |= found
    return out


def _rows(found: pa.Table) -> list[dict[str, Any]]:
    """Rows as dicts, null as None."""
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


def _asked(**columns: Iterable[str]) -> pa.Table:
    """Ids as they are handed to a statement."""
    return pa.table({name: pa.array(list(ids), pa.string()) for name, ids in columns.items()})
