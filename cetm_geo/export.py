"""Tables -> GeoJSON, CSV, GeoParquet; the command line, the page and the API use the same code.

Licence-aware: a layer marked derived_only or local_only never leaves as geometry, one marked
local_only not by name either; the row stays and says so.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from cetm_geo.cards import CardMaker
from cetm_geo.errors import ExportError
from cetm_geo.flagtable import flags_frame
from cetm_geo.measure import LONLAT
from cetm_geo.model import Publish, Screening
from cetm_geo.sitetable import sites_frame, tiers_of
from cetm_geo.store import Store
from cetm_geo.words import DISCLAIMER


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


class Format(StrEnum):
    """Formats of export."""

    GEOJSON = "geojson"
    CSV = "csv"
    PARQUET = "parquet"


WHAT = tuple(one.value for one in What)
FORMATS = tuple(one.value for one in Format)
_DIGITS = 7  # RFC 7946 section 11.2 asks for no more than is meant: 1 cm


# --- frames to export ----------------------------------------------------------------------------


def overlaps_frame(store: Store) -> Any:
    """Pairs of site and feature with names; geometry only where both licences let it go."""
    return _withholding(store.shapes("all_overlaps"))


def pressure_frame(store: Store) -> Any:
    """Features with the share of them under titles, all together and by status."""
    return _withholding(store.shapes("all_pressure"))


def _withholding(frame: Any) -> Any:
    frame["geometry_withheld"] = ["licence" if w else None for w in frame["withheld"]]
    return frame.drop(columns="withheld")


def _stored_sites(store: Store) -> Any:
    sites = store.shapes("all_sites")
    withheld = ~sites["layer_id"].isin(_layers(store, Publish.PUBLIC)).to_numpy(bool)
    sites.loc[withheld, "geometry"] = None
    named = _nameless(store, sites, "name", "holder")
    why = ["licence" if w else None for w in withheld]
    sources = store.frame("layers_of_screening")
    judged = tiers_of(named, store.frame("all_tiers"), store.frame("all_flags"))
    return sites_frame(
        named, store.frame("all_indicators"), sources, **judged, geometry_withheld=why
    )


def _flags_frame(store: Store) -> pd.DataFrame:
    maker = CardMaker(store.rulebook, date.fromisoformat(store.meta["as_of"][:10]))
    return flags_frame(
        flags=store.frame("all_flags"),
        features=store.frame("all_flag_features"),
        indicators=store.frame("all_indicators"),
        sites=pd.DataFrame(store.shapes("all_sites").drop(columns="geometry")),
        sources=store.frame("layers_of_screening"),
        maker=maker,
    )


def _nameless(store: Store, frame: Any, *columns: str) -> Any:
    """`frame` without these columns' values in the rows of layers that are local only."""
    local = frame["layer_id"].isin(_layers(store, Publish.LOCAL_ONLY))
    return frame.assign(**{c: frame[c].where(~local, None) for c in columns})


def _layers(store: Store, publish: Publish) -> list[str]:
    rows = store.rows("layers_of_screening")
    return [row["layer_id"] for row in rows if row["publish"] == publish.value]


def stored(store: Store, what: str) -> Any:
    """The frame of one of WHAT from a store."""
    if what not in _FRAMES:
        known = ", ".join(WHAT)
        raise ExportError(f"{what!r} is nothing this program exports.", f"One of {known}.")
    return _FRAMES[what](store)


def _wide_themes(points: pd.DataFrame) -> pd.DataFrame:
    """Points of each theme as columns, `<theme>_points`."""
    wide = points.pivot(index="site_id", columns="theme", values="points")
    return wide.add_suffix("_points").rename_axis(columns=None).reset_index()


_FRAMES: Mapping[str, Callable[[Store], Any]] = {
    What.SITES: _stored_sites,
    What.OVERLAPS: overlaps_frame,
    What.PRESSURE: pressure_frame,
    What.SERIES: lambda store: store.frame("all_series"),
    What.LEVELS: lambda store: store.frame("all_levels"),
    What.BASINS: lambda store: _nameless(
        store, store.frame("all_basins"), "name", "basin_id", "downstream_id"
    ),
    What.CONSENT: lambda store: _nameless(
        store, store.frame("all_consent"), "feature_id", "document"
    ),
    What.FLAGS: _flags_frame,
    What.TIERS: lambda store: store.frame("all_tiers").merge(
        _wide_themes(store.frame("all_theme_scores")), on="site_id"
    ),
    What.STATEMENTS: lambda store: store.frame("all_statements"),
    What.ISSUES: lambda store: _nameless(store, store.frame("all_issues"), "feature_id"),
}


# --- what every export says of itself ------------------------------------------------------------


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


# --- GeoJSON -------------------------------------------------------------------------------------


def features(frame: Any) -> Iterator[dict[str, Any]]:
    """GeoJSON features by RFC 7946: right-hand rule, at most 7 digits, null where withheld."""
    shapes = frame.geometry.to_numpy()
    geometries = [_geometry(shape) for shape in shapes]
    properties = records(pd.DataFrame(frame.drop(columns=frame.geometry.name)))
    for geometry, row in zip(geometries, properties, strict=True):
        yield {"type": "Feature", "geometry": geometry, "properties": row}


def _geometry(shape: Any) -> dict[str, Any] | None:
    if shape is None or shape.is_empty:
        return None
    rounded = shapely.transform(
        shapely.orient_polygons(shape), lambda coords: np.round(coords, _DIGITS)
    )
    mapping: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return mapping


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON holds them, what is not known as None."""
    return [{str(k): _json_value(v) for k, v in row.items()} for row in frame.to_dict("records")]


def _json_value(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [_json_value(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is pd.NA:
        return None
    if isinstance(value, float):
        return None if not np.isfinite(value) else value
    return value


# --- files ---------------------------------------------------------------------------------------


def write(frame: Any, format_name: str, file: Path, members: Mapping[str, Any]) -> int:
    """Write a frame as one of FORMATS; the file appears whole or not at all.

    members: provenance, kept as foreign members (GeoJSON), as metadata (Parquet) or as a file
    <name>.sources.json beside a CSV. Returns the rows written. Raises ExportError.
    """
    writers: Mapping[str, Callable[[Any, Path, Mapping[str, Any]], None]] = {
        "geojson": _write_geojson,
        "csv": _write_csv,
        "parquet": _write_parquet,
    }
    if format_name not in writers:
        raise ExportError(
            f"{format_name!r} is no format of export.", f"One of {', '.join(FORMATS)}."
        )
    try:
        with whole(file) as part:
            writers[format_name](frame, part, members)
            if format_name == "csv":
                with whole(file.with_name(f"{file.name}.sources.json")) as beside:
                    beside.write_text(_dumps(members), encoding="utf-8")
    except OSError as error:
        raise ExportError(
            f"{file}: cannot be written ({error.strerror or error}).",
            "Check the folder and its free space.",
        ) from error
    return len(frame)


def content(frame: Any, format_name: str, members: Mapping[str, Any]) -> bytes:
    """What `write` puts into the file, without one beside it: a CSV comes without `members`.

    Raises ExportError.
    """
    with tempfile.TemporaryDirectory(prefix="cetm-geo-") as folder:
        file = Path(folder) / f"file.{format_name}"
        write(frame, format_name, file, members)
        return file.read_bytes()


@contextlib.contextmanager
def whole(target: Path) -> Iterator[Path]:
    """A temporary file beside the target that takes its place only if all went well."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    part = Path(name)
    try:
        part.chmod(0o644)
        yield part
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _write_geojson(frame: Any, file: Path, members: Mapping[str, Any]) -> None:
    """Feature by feature, so that memory does not grow with the file."""
    if "geometry" not in frame:
        frame = gpd.GeoDataFrame(frame, geometry=np.full(len(frame), None, object), crs=LONLAT)
    with file.open("w", encoding="utf-8") as out:
        out.write(_dumps({"type": "FeatureCollection", **members})[:-1])
        out.write(',"features":[')
        for number, feature in enumerate(features(frame)):
            out.write(",\n" if number else "\n")
            out.write(_dumps(feature))
        out.write("\n]}\n")


def _write_csv(frame: Any, file: Path, _: Mapping[str, Any]) -> None:
    """UTF-8 with a header; geometry left out, lists joined; no cell can be read as a formula."""
    plain = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(plain.columns)
    for row in records(plain):
        writer.writerow([csv_cell(value) for value in row.values()])
    file.write_text(buffer.getvalue(), encoding="utf-8", newline="")


def csv_cell(value: Any) -> Any:
    """A value as a cell: lists joined, nothing that a spreadsheet reads as a formula."""
    if value is None:
        return ""
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    elif isinstance(value, dict):
        value = "; ".join(f"{k}={v}" for k, v in value.items())
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


def _write_parquet(frame: Any, file: Path, members: Mapping[str, Any]) -> None:
    """GeoParquet 1.1 with a bbox column, or plain Parquet where there is no geometry."""
    plain = frame.copy()
    for name in ("indicator_status", "indicator_text", "flags"):
        if name in plain:
            plain[name] = [_dumps(v) for v in plain[name]]
    plain.attrs = {"provenance": _dumps(members)}
    if isinstance(plain, gpd.GeoDataFrame):
        plain.to_parquet(file, index=False, schema_version="1.1.0", write_covering_bbox=True)
    else:
        plain.to_parquet(file, index=False)
