"""What every export says of itself: sources, licences, days, versions, the disclaimer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from cetm_geo.export.values import records
from cetm_geo.model import Screening
from cetm_geo.store import Store
from cetm_geo.words import DISCLAIMER


def provenance(
    sources: pd.DataFrame, totals: pd.DataFrame, as_of: str, software: Mapping[str, str]
) -> dict[str, Any]:
    """Foreign members of a FeatureCollection: sources, totals, as_of, software, disclaimer."""
    return {
        "as_of": as_of,
        "disclaimer": DISCLAIMER,
        "software": dict(software),
        "sources": [_source(row) for row in records(sources)],
        "totals": _totals(totals),
    }


def _source(row: Mapping[str, Any]) -> dict[str, Any]:
    counts = {
        f"rows_{k}": int(row[f"rows_{k}"])
        for k in ("in", "accepted", "repaired", "excluded", "rejected")
    }
    kept = (
        "layer_id",
        "role",
        "label",
        "file",
        "sha256",
        "size_bytes",
        "modified_at",
        "file_count",
        "given_by",
        "given_on",
        "changed",
        "read_with",
        "crs",
        "encoding",
        "as_of",
        "stale",
        "licence",
        "licence_url",
        "attribution",
        "publish",
        "rounded_to_km2",
        "complete_within",
        "tenure",
        "note",
        "problem",
    )
    return {key: row[key] for key in kept} | counts


def _totals(totals: pd.DataFrame) -> dict[str, Any]:
    """Per scope: sites, sum_km2 and union_km2 of all, and of each status group."""
    out: dict[str, Any] = {}
    for row in records(totals):
        sites = None if row["sites"] is None else int(row["sites"])
        numbers = {"sites": sites, "sum_km2": row["sum_km2"], "union_km2": row["union_km2"]}
        scope = out.setdefault(row["scope_id"], {"kind": row["scope_kind"], "by_status": {}})
        if row["status_group"] == "all":
            scope.update(numbers)
        else:
            scope["by_status"][row["status_group"]] = numbers
    return out


def store_provenance(store: Store) -> dict[str, Any]:
    """`provenance` of what a store holds."""
    meta = store.meta
    return provenance(
        store.frame("layers_of_screening"),
        store.frame("all_totals"),
        meta["as_of"],
        json.loads(meta["software"]),
    )


def screening_provenance(screening: Screening, software: Mapping[str, str]) -> dict[str, Any]:
    """`provenance` of a screening that is not stored."""
    return provenance(screening.sources, screening.totals, screening.as_of.isoformat(), software)
