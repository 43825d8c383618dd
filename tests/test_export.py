"""Exports: readable by others, honest about their sources, and no more than a licence lets go."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from cetm_geo import export, pipeline, store, words
from cetm_geo.errors import ExportError
from cetm_geo.model import RASTER_ROLES
from tests import made

HOSTILE = '=HYPERLINK("http://x";"y"), \'quoted\'\nand more'
ISSUE_KEYS = {"file", "sha256", "as_of", "licence"} | {
    f"rows_{name}" for name in ("in", "accepted", "repaired", "excluded", "rejected")
}


@pytest.fixture(scope="module")
def sample(sample_store: Path) -> store.Store:
    return store.open_store(sample_store)


@pytest.fixture(scope="module")
def document(sample: store.Store, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any]:
    """The sample's sites as a GeoJSON file: its text, and what it says."""
    file = tmp_path_factory.mktemp("export") / "sites.geojson"
    count = export.write(
        export.stored(sample, "sites"), "geojson", file, export.store_provenance(sample)
    )
    text = file.read_text(encoding="utf-8")
    said = json.loads(text)
    assert count == len(said["features"])
    return text, said


def toy_store(folder: Path, publish: Mapping[str, str]) -> store.Store:
    """A store of a register, parks and lands, each with the licence asked for (public if not)."""
    shapes = [made.square(0, 0), made.square(0.05, 0.05), made.square(0.02, 0.02)]
    roles = {"register": "concession", "parks": "protected_area", "lands": "community_land"}
    for (name, role), shape in zip(roles.items(), shapes, strict=True):
        rows = [made.feature(shape, code=f"{name}-code", name=f"{name}-name", who=f"{name}-holder"),
                made.feature(None, code=f"{name}-nowhere", name="x", who="x")]  # fmt: skip
        made.geojson(folder / "data" / f"{name}.geojson", rows)
        more = 'tenure = "customary"' if role == "community_land" else ""
        holder = 'holder = "who"' if role == "concession" else 'designation = "who"'
        licence = publish.get(name, "public")
        (folder / f"{name}.toml").write_text(f"""
            role = "{role}"
            label = "{name}"
            complete_within = "world"
            {more}
            source = {{path = "{name}.geojson"}}
            columns = {{feature_id = "code", name = "name", {holder}}}
            licence = {{text = "{licence}", publish = "{licence}"}}
        """)
    pipeline.build(folder, folder / "data", folder / "store", made.ON)
    return store.open_store(folder / "store")


# --- GeoJSON -------------------------------------------------------------------------------------


def exteriors_and_holes(geometry: Mapping[str, Any]) -> Iterator[tuple[Any, bool]]:
    polygons = geometry["coordinates"]
    for polygon in [polygons] if geometry["type"] == "Polygon" else polygons:
        for number, ring in enumerate(polygon):
            yield ring, number == 0


def test_the_geojson_of_the_sites_is_as_rfc_7946_asks(document: tuple[str, Any]) -> None:
    text, said = document
    assert said["type"] == "FeatureCollection"
    assert "crs" not in said
    assert not re.search(r"\d\.\d{8}", "".join(re.findall(r'"coordinates":[\[\],\d. eE+-]+', text)))
    rings = 0
    for item in said["features"]:
        assert set(item) == {"type", "geometry", "properties"}
        for ring, outer in exteriors_and_holes(item["geometry"]):
            rings += 1
            assert ring[0] == ring[-1]
            assert shapely.LinearRing(ring).is_ccw is outer
            assert all(len(place) == 2 and abs(place[1]) <= 90 for place in ring)
    assert rings > len(said["features"])  # holes too


def test_a_geojson_names_its_sources_totals_day_and_software(
    document: tuple[str, Any], sample: store.Store
) -> None:
    _, said = document
    assert said["as_of"] == "2026-11-22"
    assert said["disclaimer"] == words.DISCLAIMER
    assert set(said["software"]) >= {"cetm-geo", "geos", "proj", "gdal", "duckdb"}
    layers = sample.rows("layers_of_screening")
    assert [s["layer_id"] for s in said["sources"]] == [row["layer_id"] for row in layers]
    for source in said["sources"]:
        assert set(source) >= ISSUE_KEYS
        assert re.fullmatch(r"[0-9a-f]{64}", source["sha256"])
        assert source["as_of"] and source["licence"] and source["file"]
        left = [source[f"rows_{name}"] for name in ("accepted", "excluded", "rejected")]
        assert source["rows_in"] == sum(left)
        assert (sum(left) > 0) == (source["role"] not in RASTER_ROLES)
    total = said["totals"]["protected_area"]
    assert total["kind"] == "role"
    assert 0 < total["union_km2"] <= total["sum_km2"]
    groups = total["by_status"]
    assert sum(group["sites"] for group in groups.values()) == total["sites"]
    assert sum(group["sum_km2"] for group in groups.values()) == pytest.approx(total["sum_km2"])


def test_a_site_carries_its_register_entry_and_its_indicators(
    document: tuple[str, Any], sample: store.Store
) -> None:
    _, said = document
    facts = {"site_id", "name", "holder", "minerals", "stage", "status", "status_text",
             "placeholder"}  # fmt: skip
    indicators = sample.frame("all_indicators")
    names = set(indicators["indicator_id"])
    kept = {(i["properties"]["site_id"], k): v for i in said["features"]
            for k, v in i["properties"].items() if k in names}  # fmt: skip
    assert all(set(item["properties"]) >= facts | names for item in said["features"])
    assert len(kept) == len(indicators)
    for site_id, name, value in zip(
        indicators["site_id"], indicators["indicator_id"], indicators["value"], strict=True
    ):
        assert kept[site_id, name] == (None if np.isnan(value) else value)
    entry = said["features"][0]["properties"]
    assert isinstance(entry["minerals"], list)
    assert isinstance(entry["placeholder"], bool)
    assert any(item["properties"]["placeholder"] for item in said["features"])


def test_rounding_moves_no_vertex_by_more_than_a_centimetre_or_so() -> None:
    shape = shapely.Polygon([(104.123456789, 12), (105, 12.987654321), (104, 13)])
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shape], crs=4326)
    found = shapely.geometry.shape(next(export.features(frame))["geometry"])
    assert shapely.hausdorff_distance(found, shape) < 1e-7
    assert not shapely.equals_exact(found, shape)


# --- licences ------------------------------------------------------------------------------------


def everything(opened: store.Store, folder: Path) -> dict[str, str]:
    """The text of every export in every textual format."""
    out = {}
    for what in export.WHAT:
        for form in ("geojson", "csv"):
            file = folder / f"{what}.{form}"
            export.write(export.stored(opened, what), form, file, export.store_provenance(opened))
            out[f"{what}.{form}"] = file.read_text()
    return out


def shown(opened: store.Store, what: str, layer: str | None = None) -> list[Any]:
    frame = export.stored(opened, what)
    return list((frame if layer is None else frame[frame["layer_id"] == layer]).geometry)


def test_what_is_public_leaves_whole(tmp_path: Path) -> None:
    opened = toy_store(tmp_path, {})
    texts = everything(opened, tmp_path)
    assert all(name in texts["overlaps.csv"] for name in ("parks-name", "lands-code"))
    assert "register-holder" in texts["sites.csv"]
    assert "lands-nowhere" in texts["issues.csv"]
    assert None not in [*shown(opened, "sites"), *shown(opened, "overlaps")]


def test_a_derived_only_layer_leaves_without_its_shapes(tmp_path: Path) -> None:
    opened = toy_store(tmp_path, {"parks": "derived_only", "register": "derived_only"})
    texts = everything(opened, tmp_path)
    assert shown(opened, "sites") == [None]
    assert shown(opened, "overlaps", "parks") == [None]
    for text in ("parks-name", "parks-code"):
        assert text in texts["overlaps.geojson"]
    assert "register-name" in texts["sites.geojson"]
    for what in ("sites", "overlaps"):
        said = json.loads(texts[f"{what}.geojson"])["features"]
        for item in said:  # a public layer's piece, too: it is cut from the title's outline
            assert item["geometry"] is None
            assert item["properties"]["geometry_withheld"] == "licence"
    area = json.loads(texts["sites.geojson"])["features"][0]["properties"]
    assert area["protected_area_overlap_km2"] > 0  # what is derived does leave


def test_a_public_register_shares_its_outline_with_public_layers_alone(tmp_path: Path) -> None:
    opened = toy_store(tmp_path, {"parks": "derived_only"})
    assert shown(opened, "overlaps", "parks") == [None]
    assert None not in [*shown(opened, "overlaps", "lands"), *shown(opened, "sites")]


def test_a_local_only_layer_leaves_without_shapes_or_names(tmp_path: Path) -> None:
    opened = toy_store(tmp_path, {"lands": "local_only", "register": "local_only"})
    texts = everything(opened, tmp_path)
    assert shown(opened, "overlaps", "lands") == [None]
    assert shown(opened, "sites") == [None]
    for name, text in texts.items():
        assert not re.search(r"lands-(name|code|holder|nowhere)", text), name
        assert not re.search(r"register-(name|holder|nowhere)", text), name
    assert "parks-name" in texts["overlaps.csv"]
    assert len(export.stored(opened, "overlaps")) == 2  # the row stays


# --- files ---------------------------------------------------------------------------------------


def hostile_frame() -> gpd.GeoDataFrame:
    names = [HOSTILE, "+1", "-1", "@SUM(A1)", "\tx", "\rx", "plain", "", None, "Phnom Prech, 'B'"]
    shapes = [made.square(i, i) for i in range(len(names))]
    minerals = [["copper", "=gold"]] * len(names)
    status = [{"a_km2": "stale"}] * len(names)
    return gpd.GeoDataFrame(
        {"name": names, "minerals": minerals, "indicator_status": status, "km2": -1.5,
         "count": pd.array([1, None] * 5, dtype="Int64")}, geometry=shapes, crs=4326,
    )  # fmt: skip


def test_no_cell_of_a_csv_is_a_formula_and_all_of_it_comes_back(tmp_path: Path) -> None:
    frame, file = hostile_frame(), tmp_path / "a.csv"
    assert export.write(frame, "csv", file, {"as_of": "2026"}) == len(frame)
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert not [
        c for row in rows for c in (row["name"], row["minerals"]) if c[:1] in "=+-@\t\r" and c
    ]
    back = [re.sub(r"^'(?=[=+\-@\t\r])", "", row["name"]) for row in rows]
    assert back == frame["name"].fillna("").tolist()
    assert [float(row["km2"]) for row in rows] == frame["km2"].tolist()
    assert {row["minerals"] for row in rows} == {"copper; =gold"}
    assert [row["count"] for row in rows[:2]] == ["1", ""]
    assert "geometry" not in rows[0]
    assert json.loads((tmp_path / "a.csv.sources.json").read_text()) == {"as_of": "2026"}


def test_a_geoparquet_reads_back_equal(tmp_path: Path, sample: store.Store) -> None:
    frame, members = export.stored(sample, "sites"), export.store_provenance(sample)
    export.write(frame, "parquet", tmp_path / "sites.parquet", members)
    back = gpd.read_parquet(tmp_path / "sites.parquet")
    assert json.loads(back.attrs["provenance"]) == members
    for name in ("indicator_status", "indicator_text", "flags"):
        back[name] = back[name].map(json.loads)
    back["minerals"] = back["minerals"].map(list)
    frame["minerals"] = frame["minerals"].map(list)
    assert_geodataframe_equal(back, frame, check_dtype=False)
    export.write(export.stored(sample, "issues"), "parquet", tmp_path / "issues.parquet", members)
    issues = pd.read_parquet(tmp_path / "issues.parquet")
    pd.testing.assert_frame_equal(issues, export.stored(sample, "issues"), check_dtype=False)


def test_hostile_attributes_survive_a_geojson(tmp_path: Path) -> None:
    frame = hostile_frame()
    export.write(frame, "geojson", tmp_path / "a.geojson", {})
    said = json.loads((tmp_path / "a.geojson").read_text())
    names = [item["properties"]["name"] for item in said["features"]]
    assert names == [None if pd.isna(name) else name for name in frame["name"]]


@pytest.mark.parametrize("form", export.FORMATS)
def test_a_write_that_fails_leaves_no_file_and_the_old_one_unharmed(
    tmp_path: Path, form: str
) -> None:
    frame, file = hostile_frame(), tmp_path / f"a.{form}"
    members = {"sources": ["x" * 5000]}
    for size in (0, 300, 4000):  # the last holds a CSV, but not the file beside it
        with (
            made.files_no_larger_than(size),
            pytest.raises(ExportError, match=re.escape(file.name)),
        ):
            export.write(frame, form, file, members)
        assert list(tmp_path.iterdir()) == []
    export.write(frame, form, file, members)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for size in (0, 300, 4000):
        with made.files_no_larger_than(size), pytest.raises(ExportError):
            export.write(frame.iloc[:5], form, file, members)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_cannot_be_exported_is_said(tmp_path: Path, sample: store.Store) -> None:
    with pytest.raises(ExportError, match="geojson, csv, parquet"):
        export.write(hostile_frame(), "kml", tmp_path / "a.kml", {})
    with pytest.raises(ExportError, match="cannot be written"):
        export.write(hostile_frame(), "csv", tmp_path / "absent" / "a.csv", {})
    with pytest.raises(ExportError, match=", ".join(export.WHAT)):
        export.stored(sample, "layers")
