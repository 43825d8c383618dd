"""Exports: readable by others, honest about their sources, and no more than a licence lets go."""

from __future__ import annotations

import csv
import json
import re
import shutil
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from python_calamine import CalamineWorkbook

from cetm_geo import export, store, takeaway, words
from cetm_geo.errors import ExportError
from cetm_geo.export import frames, workbooks
from cetm_geo.export.bounds import Bounds
from cetm_geo.model import RASTER_ROLES, Tier
from cetm_geo.store.connection import FILE, spatial_extension
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
    """Every export in every format, as far as it can be read as text."""
    out = {}
    for what in export.WHAT:
        for form in export.FORMATS:
            file = folder / f"{what}.{form}"
            taken = takeaway.of_store(opened, what)
            if form == "fgb" and what not in ("sites", "overlaps", "pressure"):
                continue
            export.write(taken.rows, form, file, taken.members)
            out[file.name] = _text(file)
    return out


def _text(file: Path) -> str:
    if file.suffix == ".xlsx":
        with zipfile.ZipFile(file) as packed:
            return "".join(packed.read(name).decode() for name in packed.namelist())
    if file.suffix == ".parquet":
        return str(pq.read_table(file).to_pylist())
    return file.read_bytes().decode(errors="replace")


def shown(opened: store.Store, what: str, layer: str | None = None) -> list[Any]:
    frame = export.stored(opened, what)
    return list((frame if layer is None else frame[frame["layer_id"] == layer]).geometry)


def test_what_is_public_leaves_whole(tmp_path: Path) -> None:
    opened = made.toy_store(tmp_path, {})
    texts = everything(opened, tmp_path)
    assert all(name in texts["overlaps.csv"] for name in ("parks-name", "lands-code"))
    assert "register-holder" in texts["sites.csv"]
    assert "lands-nowhere" in texts["issues.csv"]
    assert None not in [*shown(opened, "sites"), *shown(opened, "overlaps")]


def test_a_derived_only_layer_leaves_without_its_shapes(tmp_path: Path) -> None:
    opened = made.toy_store(tmp_path, {"parks": "derived_only", "register": "derived_only"})
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
    opened = made.toy_store(tmp_path, {"parks": "derived_only"})
    assert shown(opened, "overlaps", "parks") == [None]
    assert None not in [*shown(opened, "overlaps", "lands"), *shown(opened, "sites")]


def test_a_local_only_layer_leaves_without_shapes_or_names(tmp_path: Path) -> None:
    opened = made.toy_store(tmp_path, {"lands": "local_only", "register": "local_only"})
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
    frame = frame.astype({"geometry_withheld": "str"})  # as a column of texts, none of them there
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


# --- the same rows in every format ---------------------------------------------------------------


def read_back(file: Path) -> pd.DataFrame:
    """The rows of a file by a reader that is not ours."""
    if file.suffix == ".csv":
        return pd.read_csv(file, keep_default_na=False, na_values=[""])
    if file.suffix == ".xlsx":
        return pd.read_excel(file, sheet_name="rows", engine="calamine")
    if file.suffix == ".parquet":
        return gpd.read_parquet(file)
    if file.suffix == ".geojsonseq":
        lines = file.read_text(encoding="utf-8").split("\x1e")[1:]
        return gpd.GeoDataFrame.from_features([json.loads(line) for line in lines], crs=4326)
    more = {"layer": "rows"} if file.suffix == ".gpkg" else {}
    return gpd.read_file(file, **more)


@pytest.mark.parametrize("form", export.FORMATS)
def test_every_format_gives_the_same_sites_numbers_and_shapes_to_others(
    tmp_path: Path, sample: store.Store, form: str
) -> None:
    file = tmp_path / f"sites.{form}"
    taken = takeaway.of_store(sample)
    count = export.write(taken.rows, form, file, taken.members)
    truth = export.stored(sample, "sites").set_index("site_id")
    found = read_back(file).set_index("site_id")
    assert count == len(found) == len(truth)
    assert set(found.index) == set(truth.index)
    own = truth.loc[found.index]
    for name in ("area_km2", "protected_area_overlap_km2", "score", "critical_habitat_overlap_km2"):
        if name in own:
            theirs = found[name].to_numpy(float)
            np.testing.assert_allclose(theirs, own[name].to_numpy(float), rtol=1e-12)
    assert found["tier"].tolist() == own["tier"].tolist()
    if "geometry" in found:
        far = shapely.hausdorff_distance(found.geometry.to_numpy(), own.geometry.to_numpy())
        assert np.nanmax(far) < 1e-7
        assert (found.geometry.isna().to_numpy() == own.geometry.isna().to_numpy()).all()


@pytest.mark.parametrize("form", export.FORMATS)
def test_a_store_written_twice_gives_the_same_bytes(
    tmp_path: Path, sample: store.Store, form: str
) -> None:
    files = [tmp_path / name / f"a.{form}" for name in ("a", "b")]
    for file in files:
        file.parent.mkdir()
        taken = takeaway.of_store(sample, "pressure")
        export.write(taken.rows, form, file, taken.members)
        time.sleep(1.1)  # what stands in seconds would differ
    assert files[0].read_bytes() == files[1].read_bytes()


def test_parts_together_are_the_whole(sample: store.Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "_PART_ROWS", 1)
    monkeypatch.setattr(frames, "_LEAST_SITES", 90)
    for what in export.WHAT:
        parts = list(export.in_parts(sample, what))
        whole = export.stored(sample, what)
        is_whole = what not in export.OF_SITES or what == "statements"
        assert len(parts) == (1 if is_whole else 5), what
        together = pd.concat([pd.DataFrame(part) for part in parts], ignore_index=True)
        if not is_whole:  # a table may stand in another order than its sites
            place = pd.Index(export.all_site_ids(sample)).get_indexer(whole["site_id"])
            whole = whole.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)
        assert list(together.columns) == list(whole.columns), what
        for name in whole.columns:
            sides = [frame[name].astype(str).fillna("") for frame in (together, whole)]
            assert sides[0].tolist() == sides[1].tolist(), (what, name)


@pytest.mark.parametrize("form", export.FORMATS)
def test_a_file_of_no_titles_has_the_columns_of_all(
    tmp_path: Path, sample: store.Store, form: str
) -> None:
    file = tmp_path / f"none.{form}"
    taken = takeaway.of_store(sample, site_ids=[])
    assert export.write(taken.rows, form, file, taken.members) == 0
    told = [one["column"] for one in taken.members["columns"]]
    assert told == list(export.stored(sample, "sites").columns)
    if form not in ("geojson", "geojsonseq"):  # whose features alone name them
        kept = set(told) - ({"geometry"} if form in ("csv", "xlsx") else set())
        assert set(read_back(file).columns) - {"bbox"} == kept
    assert taken.members["flags"] == []


def test_parts_of_which_some_lack_an_indicator_keep_numbers_under_their_names(
    tmp_path: Path, sample: store.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "generation"
    shutil.copytree(sample.folder, folder)
    (folder / FILE).chmod(0o644)
    ids = export.all_site_ids(sample)
    with duckdb.connect(str(folder / FILE)) as base:
        base.load_extension(str(spatial_extension()))
        base.execute("CREATE TABLE held AS SELECT * FROM indicators ORDER BY hash(rowid)")
        base.execute(
            "DELETE FROM held WHERE indicator_id = 'protected_area_overlap_km2' "
            "AND list_contains($ids, site_id)",
            {"ids": ids[:100]},
        )
        base.execute("DROP TABLE indicators; ALTER TABLE held RENAME TO indicators")
    mixed = store.Store(folder, sample.manifest)
    monkeypatch.setattr(frames, "_PART_ROWS", 1)
    monkeypatch.setattr(frames, "_LEAST_SITES", 50)
    file = tmp_path / "sites.csv"
    taken = takeaway.of_store(mixed)
    export.write(taken.rows, "csv", file, taken.members)
    found = read_back(file).set_index("site_id")
    truth = export.stored(sample, "sites").set_index("site_id").loc[ids]
    assert found.index.tolist() == ids
    for name in ("area_km2", "community_land_nearest_km", "protected_area_nearest_km"):
        np.testing.assert_array_equal(found[name].to_numpy(float), truth[name].to_numpy(float))
    overlaps = found["protected_area_overlap_km2"].to_numpy(float)
    assert np.isnan(overlaps[:100]).all()
    np.testing.assert_array_equal(overlaps[100:], truth["protected_area_overlap_km2"].iloc[100:])


@pytest.mark.parametrize("form", export.FORMATS)
def test_parts_of_other_columns_are_never_written_as_one(tmp_path: Path, form: str) -> None:
    whole = hostile_frame()
    parts = [whole, whole[[*whole.columns[::-1]]]]
    with pytest.raises(ValueError, match="other columns"):
        export.write(iter(parts), form, tmp_path / f"a.{form}", {})
    assert list(tmp_path.iterdir()) == []


def test_a_parquet_of_the_sites_lets_a_box_be_read_alone(
    tmp_path: Path, sample: store.Store
) -> None:
    file = tmp_path / "sites.parquet"
    taken = takeaway.of_store(sample)
    export.write(taken.rows, "parquet", file, taken.members)
    truth = export.stored(sample, "sites")
    box = tuple(truth.geometry.iloc[7].bounds)
    found = set(gpd.read_parquet(file, bbox=box)["site_id"])
    assert found == set(truth.cx[box[0] : box[2], box[1] : box[3]]["site_id"]) or found >= set(
        truth[truth.intersects(shapely.box(*box))]["site_id"]
    )
    assert len(found) < len(truth)
    written = gpd.read_parquet(file)
    assert _median_step(written) < _median_step(truth.sample(frac=1, random_state=1)) / 2


def _median_step(sites: Any) -> float:
    """Degrees from a site to the next row's."""
    corners = sites.geometry.bounds.to_numpy(float)[:, :2]
    return float(np.median(np.hypot(*np.diff(corners, axis=0).T)))


def test_qgis_finds_a_style_for_the_sites_with_every_tier(
    tmp_path: Path, sample: store.Store
) -> None:
    file = tmp_path / "sites.gpkg"
    taken = takeaway.of_store(sample)
    export.write(taken.rows, "gpkg", file, taken.members)
    names = [name for name, _ in pyogrio.list_layers(file)]
    assert names == ["rows", "columns", "sources", "about", "layer_styles"]
    style = pyogrio.read_dataframe(file, layer="layer_styles").iloc[0]
    assert (style["f_table_name"], bool(style["useAsDefault"])) == ("rows", True)
    shown = {one.get("value") for one in ElementTree.fromstring(style["styleQML"]).iter("category")}
    assert shown == {tier.value for tier in Tier}
    sources = pyogrio.read_dataframe(file, layer="sources")
    assert sources["layer_id"].tolist() == [s["layer_id"] for s in taken.members["sources"]]


@pytest.mark.parametrize("what", export.WHAT)
def test_the_dictionary_says_what_every_column_holds(sample: store.Store, what: str) -> None:
    told = takeaway.of_store(sample, what).members["columns"]
    assert [one["column"] for one in told] == list(export.stored(sample, what).columns)
    assert [one["column"] for one in told if not (one["type"] and one["meaning"])] == []
    of_units = re.compile(r"(?<!_rate)(?<!_per)_(km2|km|share)$")
    measured = [one for one in told if of_units.search(one["column"])]
    assert [one for one in measured if not one["column"].endswith(f"_{one['unit']}")] == []


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([], None),
        ([(1, 2, 3, 4), (-5, 0, -4, 1)], [-5, 0, 3, 4]),
        ([(179, 0, 180, 1), (-180, 0, -179, 1)], [179, 0, -179, 1]),
        ([(179, 0, 180, 1), (-180, 0, -179, 1), (-10, 5, 10, 6)], [-10, 0, -179, 6]),
        ([(170, 0, 175, 1), (-175, 0, -170, 1)], [-175, 0, 175, 1]),
    ],
)
def test_a_box_over_180_degrees_is_the_small_one(boxes: Any, expected: Any) -> None:
    bounds = Bounds()
    for box in boxes:
        bounds.add(np.array([shapely.box(*box), None], object))
    assert bounds.box == expected


def test_more_rows_than_a_sheet_holds_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "_MOST_ROWS", 3)
    with pytest.raises(ExportError, match="A sheet of XLSX holds"):
        export.write(hostile_frame(), "xlsx", tmp_path / "a.xlsx", {})
    assert list(tmp_path.iterdir()) == []


LONGEST = 32_767  # of a cell, in UTF-16


def test_every_cell_of_a_workbook_comes_back_as_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "_ROWS_AT_ONCE", 3)  # some of the rows are poured in later
    words = ["=1+1", " on both sides ", "<b> & \"c\"", "line\nline\ttab", "ភ្នំព្រេច 采矿权 🜚",
             "bell \x07", "_x0041_ is no A", "\ufffe", "", None, "y" * LONGEST, "z" * 40_000,
             "🜚" * 20_000]  # fmt: skip
    n = len(words)
    frame = pd.DataFrame(
        {
            "words": pd.array(words, dtype="str"),
            "numbers": [0.1 + 0.2, -1.5e300, 5e-324, np.inf, np.nan] + [2.0] * (n - 5),
            "whole": pd.array([2**53 - 1, None, *range(n - 2)], dtype="Int64"),
            "is_one": [True, False] * (n // 2) + [True],
            "lists": [["a", "=b"]] * n,
            "by_name": [{"k": 'a "b" & c'}, {}] + [None] * (n - 2),
            "nothing": [None] * n,
        }
    )
    file = tmp_path / "a.xlsx"
    assert export.write([frame, frame], "xlsx", file, {}) == 2 * n
    sheet = CalamineWorkbook.from_path(file).get_sheet_by_name("rows")
    head, *rows = sheet.to_python(skip_empty_area=False)
    assert head == list(frame.columns)
    assert rows[:n] == rows[n:]
    back = dict(zip(head, zip(*rows[:n], strict=True), strict=True))
    assert list(back["words"][:8]) == [*words[:7], "\ufffd"]
    assert back["words"][8:11] == ("", "", words[10])
    cut = back["words"][11:]
    assert [text[:5] for text in cut] == ["zzzzz", "🜚🜚🜚🜚🜚"]
    assert all(text.endswith("the other formats hold all of it)") for text in cut)
    assert all(LONGEST - 1 <= len(text.encode("utf-16-le")) / 2 <= LONGEST for text in cut)
    assert back["numbers"] == (0.1 + 0.2, -1.5e300, 5e-324, "", "", *[2.0] * (n - 5))
    assert back["whole"] == (2**53 - 1, "", *map(float, range(n - 2)))
    assert list(back["is_one"]) == frame["is_one"].tolist()
    assert set(back["lists"]) == {"a; =b"}
    assert list(back["by_name"][:3]) == ['{"k":"a \\"b\\" & c"}', "{}", ""]


@pytest.mark.parametrize("form", export.FORMATS)
def test_a_write_that_fails_leaves_no_file_and_the_old_one_unharmed(
    tmp_path: Path, form: str
) -> None:
    frame, file = hostile_frame(), tmp_path / f"a.{form}"
    members = {"note": "x" * 5000}
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
