"""The sample country: made again from its seed, and the faults it promises."""

from __future__ import annotations

import csv
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import pytest
import rasterio
import shapely
from geopandas.testing import assert_geodataframe_equal

SAMPLE = Path(__file__).resolve().parents[1] / "sample_data"
CADASTRE = "concessions/mining_cadastre.geojson"
WDPA = "protected/wdpa_XKV.zip"
KBAS = "protected/key_biodiversity_areas.zip"
COMMUNITY = "community/community_lands.gpkg"
COMMUNITY_LAYERS = [
    "indigenous_territories",
    "customary_lands",
    "use_agreements",
    "claimed_lands",
]
WATER_RISK = "water/aqueduct40_XKV.gpkg"
TEXT = [
    CADASTRE,
    "community/consent.csv",
    "context/countries.geojson",
    "context/settlements.geojson",
    "deliberate_defects.csv",
    "governance/statements.csv",
    "heritage/cultural_sites.geojson",
    "moratorium/closed_areas.geojson",
    "trade/facilities.geojson",
    "trade/ports.geojson",
    "trade/power_lines.geojson",
    "trade/railways.geojson",
    "truth/basins.csv",
    "truth/basins_land.csv",
    "truth/basins_level_06.csv",
    "truth/blocks.csv",
    "truth/rules.csv",
    "truth/titles.csv",
    "water/rivers.geojson",
]
# file, layer
BINARY = [
    (WDPA, "wdpa_polygons"),
    (WDPA, "wdpa_points"),
    (KBAS, "key_biodiversity_areas"),
    *((COMMUNITY, layer) for layer in COMMUNITY_LAYERS),
    ("context/roads.gpkg", "roads"),
    ("mines/mining_polygons_XKV.gpkg", "mining_polygons"),
    ("nature/ecoregions_2017_XKV.zip", "Ecoregions2017"),
    ("nature/ifl_2020_XKV.zip", "ifl_2020"),
    (WATER_RISK, "baseline_annual"),
    ("water/basins.parquet", ""),
    ("water/basins_level_06.parquet", ""),
]
RASTERS = [
    "cover/land_cover_2021.tif",
    "forest/lossyear.tif",
    *(f"forest/treecover2000/treecover2000_{row}_{column}.tif" for row in "12" for column in "12"),
    "hazard/pga_475_XKV.tif",
    "people/xkv_ppp_2025.tif",
    "terrain/elevation.tif",
    "water/occurrence_XKV.tif",
]
WDPA_FIELDS = [
    "SITE_ID", "SITE_PID", "SITE_TYPE", "NAME_ENG", "NAME", "DESIG", "DESIG_ENG", "DESIG_TYPE",
    "IUCN_CAT", "INT_CRIT", "REALM", "REP_M_AREA", "GIS_M_AREA", "REP_AREA", "GIS_AREA", "NO_TAKE",
    "NO_TK_AREA", "STATUS", "STATUS_YR", "GOV_TYPE", "GOVSUBTYPE", "OWN_TYPE", "OWNSUBTYPE",
    "MANG_AUTH", "MANG_PLAN", "VERIF", "METADATAID", "PRNT_ISO3", "ISO3", "SUPP_INFO", "CONS_OBJ",
    "INLND_WTRS", "OECM_ASMT",
]  # fmt: skip


def files_in(folder: Path) -> list[str]:
    """Files by their path inside the folder, without what Python leaves behind."""
    paths = (p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    return sorted(p.as_posix() for p in paths if "__pycache__" not in p.parts)


def data_files() -> list[str]:
    """The files that the generator writes."""
    return [name for name in files_in(SAMPLE) if not name.endswith((".py", ".md"))]


def read_layer(folder: Path, file: str, layer: str) -> gpd.GeoDataFrame:
    """One layer of a file, whatever its format."""
    path = folder / file
    if path.suffix == ".parquet":
        return gpd.read_parquet(path)
    return pyogrio.read_dataframe(path, layer=layer or None)


def defect_ids(part: str, file: str = CADASTRE) -> list[str]:
    """The ids that the list gives for the defects whose text holds this part."""
    with (SAMPLE / "deliberate_defects.csv").open(encoding="utf-8", newline="") as lines:
        return [r["id"] for r in csv.DictReader(lines) if r["file"] == file and part in r["defect"]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files as the generator makes them now."""
    out = tmp_path_factory.mktemp("karvela")
    command = [sys.executable, "-B", "-W", "error", str(SAMPLE / "generate.py"), "--out", str(out)]
    subprocess.run(command, check=True, timeout=1200)
    return out


@pytest.fixture(scope="module")
def cadastre() -> gpd.GeoDataFrame:
    return read_layer(SAMPLE, CADASTRE, "")


@pytest.fixture(scope="module")
def parks() -> gpd.GeoDataFrame:
    return read_layer(SAMPLE, WDPA, "wdpa_polygons")


@pytest.fixture(scope="module")
def home() -> shapely.Geometry:
    countries = read_layer(SAMPLE, "context/countries.geojson", "")
    return countries.set_index("ISO3").geometry["XKV"]


def shapes_of(frame: gpd.GeoDataFrame, part: str) -> list[shapely.Geometry]:
    """The shapes of the titles listed with a defect."""
    ids = defect_ids(part)
    assert ids, f"no defect {part!r} in the list"
    return frame[frame["Code"].isin(ids)].geometry.tolist()


@pytest.mark.long
def test_the_generator_writes_exactly_the_committed_files(made: Path) -> None:
    assert files_in(made) == data_files()


def test_every_committed_file_is_compared_below() -> None:
    assert sorted({*TEXT, *RASTERS, *(file for file, _ in BINARY)}) == data_files()


@pytest.mark.long
@pytest.mark.parametrize("file", TEXT)
def test_text_files_come_out_the_same_byte_for_byte(made: Path, file: str) -> None:
    assert (made / file).read_bytes() == (SAMPLE / file).read_bytes()


@pytest.mark.long
@pytest.mark.parametrize(("file", "layer"), BINARY)
def test_layers_come_out_with_the_same_contents(made: Path, file: str, layer: str) -> None:
    new, old = read_layer(made, file, layer), read_layer(SAMPLE, file, layer)
    assert new.crs == old.crs
    assert_geodataframe_equal(new, old)
    assert shapely.equals_identical(new.geometry.array, old.geometry.array).all()


@pytest.mark.long
@pytest.mark.parametrize("file", RASTERS)
def test_rasters_come_out_with_the_same_grid_and_cells(made: Path, file: str) -> None:
    with rasterio.open(made / file) as new, rasterio.open(SAMPLE / file) as old:
        assert new.profile == old.profile
        assert new.descriptions == old.descriptions
        np.testing.assert_array_equal(new.read(), old.read())


@pytest.mark.parametrize("file", sorted({f for f, _ in BINARY if f.endswith(".gpkg")}))
def test_geopackages_hold_no_layer_beyond_those_compared(file: str) -> None:
    layers = pyogrio.list_layers(SAMPLE / file)[:, 0].tolist()
    assert layers == [layer for name, layer in BINARY if name == file]


@pytest.mark.parametrize("file", sorted({f for f, _ in BINARY if f.endswith(".zip")}))
def test_zipped_shapefiles_hold_no_file_beyond_those_compared(file: str) -> None:
    with zipfile.ZipFile(SAMPLE / file) as archive:
        stems = {Path(name).stem for name in archive.namelist()}
    assert stems == {layer for name, layer in BINARY if name == file}


def test_the_readme_lists_every_file() -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    assert [name for name in data_files() if f"`{name}`" not in readme] == []
    rooms = [p.stem for p in (SAMPLE / "generator").glob("[!_]*.py")]
    assert [n for n in rooms if f"`{n}`" not in readme and f"/{n}.py`" not in readme] == []


def test_all_files_together_take_at_most_ten_megabytes() -> None:
    assert sum((SAMPLE / name).stat().st_size for name in files_in(SAMPLE)) <= 10_000_000


def rows_of(file: str) -> list[dict[str, str]]:
    """The rows of a table of the sample."""
    with (SAMPLE / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_consent_is_recorded_of_titles_and_territories_that_share_land(
    cadastre: gpd.GeoDataFrame,
) -> None:
    lands = pd.concat([read_layer(SAMPLE, COMMUNITY, layer) for layer in COMMUNITY_LAYERS])
    territories, titles = lands.set_index("code").geometry, cadastre.set_index("Code").geometry
    rows = rows_of("community/consent.csv")
    assert all(territories[r["territory"]].intersects(titles[r["title"]]) for r in rows)
    states = {"obtained", "not_applicable", "in_progress", "unknown", "not_sought"}
    assert {r["state"] for r in rows} == states | {"sought_refused"}
    pairs = {(r["title"], r["territory"]) for r in rows}
    (isolated,) = lands[lands["category"] == "Territory of people in isolation"]["code"]
    assert not any(territory == isolated for _, territory in pairs)
    met = sum(titles.intersects(land).sum() for land in territories[territories.index < "US"])
    assert 0.6 * met < len(pairs) < 0.9 * met  # of some pairs nothing is recorded


def test_a_title_that_is_spoken_of_answers_all_six_questions(cadastre: gpd.GeoDataFrame) -> None:
    rows = [r for r in rows_of("governance/statements.csv") if r["title"]]
    assert {r["title"] for r in rows} < set(cadastre["Code"])
    asked = [(r["title"], r["topic"]) for r in rows if r["topic"] != "export_stage"]
    assert len(asked) == 6 * len({title for title, _ in asked}) == len(set(asked))


@pytest.mark.parametrize("layer", ["wdpa_polygons", "wdpa_points"])
def test_protected_areas_have_exactly_the_33_wdpa_fields(layer: str) -> None:
    assert len(WDPA_FIELDS) == 33
    frame = read_layer(SAMPLE, WDPA, layer)
    assert frame.columns.tolist() == [*WDPA_FIELDS, "geometry"]


def test_every_listed_defect_names_an_existing_feature(cadastre: gpd.GeoDataFrame) -> None:
    assert set(defect_ids("")) <= set(cadastre["Code"])
    layers = [read_layer(SAMPLE, WDPA, layer) for layer in ("wdpa_polygons", "wdpa_points")]
    assert set(defect_ids("", WDPA)) <= set(pd.concat([f["SITE_PID"] for f in layers]))


def test_the_bow_tie_is_the_only_invalid_title(cadastre: gpd.GeoDataFrame) -> None:
    assert cadastre[~cadastre.is_valid]["Code"].tolist() == defect_ids("bow-tie")


def test_one_geometry_stands_under_two_codes(cadastre: gpd.GeoDataFrame) -> None:
    first, second = shapes_of(cadastre, "two codes, one geometry")
    assert shapely.equals_identical(first, second)
    assert len(set(defect_ids("two codes, one geometry"))) == 2


def test_one_code_stands_for_two_different_titles(cadastre: gpd.GeoDataFrame) -> None:
    assert len(set(defect_ids("of two titles with this code"))) == 1
    first, second = shapes_of(cadastre, "of two titles with this code")
    assert not first.intersects(second)


def test_one_title_has_a_hole(cadastre: gpd.GeoDataFrame) -> None:
    (shape,) = shapes_of(cadastre, "hole")
    assert len(shape.interiors) == 1
    assert sum(len(shapely.get_parts(s)[0].interiors) for s in cadastre.geometry) == 1


def test_one_title_is_a_circle_of_two_kilometres(cadastre: gpd.GeoDataFrame) -> None:
    (shape,) = shapes_of(cadastre, "circle")
    lon, lat = shapely.get_coordinates(shape.exterior).T
    x, y = np.full(len(lon), shape.centroid.x), np.full(len(lat), shape.centroid.y)
    _, _, metres = pyproj.Geod(ellps="WGS84").inv(x, y, lon, lat)
    assert metres == pytest.approx(2000, abs=1)


def test_one_title_straddles_the_border_and_one_lies_beyond_it(
    cadastre: gpd.GeoDataFrame, home: shapely.Geometry
) -> None:
    (straddling,) = shapes_of(cadastre, "straddles the border")
    (beyond,) = shapes_of(cadastre, "beyond the border")
    assert 0.4 < straddling.intersection(home).area / straddling.area < 0.6
    assert not beyond.intersects(home)


def test_titles_laid_over_others_share_ground_with_one_of_another_type(
    cadastre: gpd.GeoDataFrame,
) -> None:
    valid = cadastre[cadastre.is_valid]
    over = valid[valid["Code"].isin(defect_ids("laid over"))]
    assert len(over) == 20
    for _, title in over.iterrows():
        others = valid[valid["Type"] != title["Type"]]
        shared = shapely.area(shapely.intersection(others.geometry.to_numpy(), title.geometry))
        assert shared.max() / title.geometry.area > 0.3


def test_slivers_share_less_than_a_hectare_with_the_park_they_name(
    cadastre: gpd.GeoDataFrame, parks: gpd.GeoDataFrame
) -> None:
    slivers = cadastre[cadastre["Code"].isin(defect_ids("sliver"))]
    assert len(slivers) == 3
    geod = pyproj.Geod(ellps="WGS84")
    for _, title in slivers.iterrows():
        (pid,) = [p for p in parks["SITE_PID"] if title["Code"] in defect_ids(f"SITE_PID {p},")]
        park = parks.set_index("SITE_PID").geometry[pid]
        shared = abs(geod.geometry_area_perimeter(park.intersection(title.geometry))[0])
        assert 0 < shared < 10_000


def test_the_twisted_park_is_the_only_invalid_one(parks: gpd.GeoDataFrame) -> None:
    assert parks[~parks.is_valid]["SITE_PID"].tolist() == defect_ids("crosses itself", WDPA)


def test_two_zones_of_one_site_meet_without_overlap(parks: gpd.GeoDataFrame) -> None:
    zones = parks[parks["SITE_PID"].isin(defect_ids("two zones", WDPA))]
    first, second = zones.geometry
    assert zones["SITE_ID"].nunique() == 1
    assert first.intersects(second)
    assert first.intersection(second).area < 1e-9


def test_one_park_lies_on_both_sides_of_the_border(
    parks: gpd.GeoDataFrame, home: shapely.Geometry
) -> None:
    (pid,) = defect_ids("two countries", WDPA)
    park = parks.set_index("SITE_PID").geometry[pid]
    assert 0.05 < park.intersection(home).area / park.area < 0.95
