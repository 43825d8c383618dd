"""Rasters as layers: what is refused and why, and from a publisher's file to an indicator."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from rasterio.transform import Affine

from cetm_geo import measure, pipeline, rasters, store
from cetm_geo.catalog import read_catalog
from cetm_geo.dashboard.mapconfig import map_config
from cetm_geo.errors import CetmError, DefinitionError, SourceError
from cetm_geo.loading import LastRead
from cetm_geo.model import RASTER_ROLES, Measure, RasterSpec, Role, Source
from cetm_geo.raster_kinds import KINDS
from cetm_geo.rasters import read_rasters
from cetm_geo.readers.rasters import open_raster
from cetm_geo.surveying import measure_rasters
from tests import grids, made, toy
from tests.grids import geotiff

# --- what is refused, and what is remarked on ----------------------------------------------------


def _cut(path: Path) -> None:
    geotiff(path, np.random.default_rng(1).random((400, 400)))
    path.write_bytes(path.read_bytes()[:-100_000])


def _cut_in_the_head(path: Path) -> None:
    geotiff(path, [[1]])
    path.write_bytes(path.read_bytes()[:60])


def _shifted_tile(path: Path) -> None:
    geotiff(path, [[1]])
    geotiff(path.with_name("b.tif"), [[1]], left=104.015)


def _tile_like(**other: Any) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        geotiff(path, [[1]], nodata=0)
        geotiff(path.with_name("b.tif"), [[1]], **{"left": 104.01, "nodata": 0, **other})

    return make


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a web page": (lambda p: p.write_text("<!DOCTYPE html><p>404"), "a web page"),
    "an LFS pointer": (lambda p: p.write_text("version https://git-lfs"), "Git LFS pointer"),
    "an empty file": (lambda p: p.write_bytes(b""), "0 bytes"),
    "a PNG": (lambda p: p.write_bytes(b"\x89PNG\r\n"), "is not a geotiff"),
    "a folder without one": (lambda p: p.mkdir(), "no GeoTIFF in this folder"),
    "a file that ends early": (_cut, "is cut off"),
    "a file that ends in its head": (_cut_in_the_head, "cannot be read as geotiff"),
    "no CRS": (lambda p: geotiff(p, [[1]], crs=None), "no coordinate reference system"),
    "no position": (lambda p: geotiff(p, [[1]], crs=None, transform=None), "no place on earth"),
    "a turned grid": (
        lambda p: geotiff(p, [[1]], place=Affine(0.01, 0.001, 104, 0.001, -0.01, 12)),
        "turned or upside down",
    ),
    "south on top": (
        lambda p: geotiff(p, [[1]], place=Affine(0.01, 0, 104, 0, 0.01, 12)),
        "turned or upside down",
    ),
    "longitudes to 360": (lambda p: geotiff(p, [[1] * 36], left=0, cell=10), "beyond 180"),
    "a picture": (
        lambda p: geotiff(p, np.ones((3, 2, 2)), dtype="uint8", photometric="RGB"),
        "a colour of a picture",
    ),
    "complex numbers": (lambda p: geotiff(p, [[1]], dtype="complex64"), "complex numbers"),
    "a tile of another CRS": (_tile_like(crs=32648, left=500_000), "is in EPSG:32648"),
    "a tile of another cell size": (_tile_like(cell=0.02), "has cells of 0.02"),
    "a tile of another type": (_tile_like(dtype="int16"), "holds int16"),
    "a tile of other no data": (_tile_like(nodata=-1), "states -1.0 as no data"),
    "a tile between the cells": (_shifted_tile, "shifted by a part of a cell"),
}


@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")
@pytest.mark.parametrize("what", REFUSED)
def test_a_raster_that_cannot_be_measured_is_refused_in_words(tmp_path: Path, what: str) -> None:
    write, words = REFUSED[what]
    write(tmp_path / "a.tif")
    source = Source("*.tif" if "tile" in what else "a.tif")
    with pytest.raises(CetmError, match=words) as caught:
        open_raster(tmp_path, source, "geotiff")
    assert str(tmp_path) in caught.value.what
    assert caught.value.hint


def test_a_band_that_is_not_there_is_refused(tmp_path: Path) -> None:
    geotiff(tmp_path / "a.tif", [[1]])
    with pytest.raises(SourceError, match="has 1 bands, no band 2"):
        open_raster(tmp_path, Source("a.tif", band=2), "geotiff")


@pytest.mark.parametrize(
    ("file", "declared", "said"),
    [
        ({}, None, "states no no-data value"),
        ({"nodata": 0, "dtype": "uint8"}, 255.0, "states 0 as no data, the catalogue 255"),
        ({"dtype": "uint8"}, -9999.0, "-9999 cannot occur in uint8"),
        ({"dtype": "uint8", "colormap": {1: (9, 9, 9)}}, 0.0, "holds a colour table"),
    ],
)
def test_what_is_odd_but_readable_is_remarked_on(
    tmp_path: Path, file: dict[str, Any], declared: float | None, said: str
) -> None:
    geotiff(tmp_path / "a.tif", [[1]], **file)
    raster = open_raster(tmp_path, Source("a.tif"), "geotiff", declared)
    assert any(said in remark for remark in raster.remarks)


def test_a_stated_crs_serves_where_the_file_has_none(tmp_path: Path) -> None:
    geotiff(tmp_path / "a.tif", [[1]], crs=None)
    raster = open_raster(tmp_path, Source("a.tif", crs="EPSG:4326"), "geotiff")
    assert raster.crs == pyproj.CRS(4326)


def test_overlapping_tiles_are_remarked_on(tmp_path: Path) -> None:
    geotiff(tmp_path / "a.tif", [[1, 2]])
    geotiff(tmp_path / "b.tif", [[3, 4]], left=104.01)
    raster = open_raster(tmp_path, Source("*.tif"), "geotiff")
    assert (raster.width, raster.height) == (3, 1)
    assert any("1 pairs of its tiles overlap" in remark for remark in raster.remarks)


# --- what a catalogue may say of one -------------------------------------------------------------

POPULATION = """
role = "population"
label = "People"
[source]
path = "people.tif"
[raster]
measure = "count"
unit = "people"
[licence]
text = "CC0"
publish = "public"
"""


# What is changed in POPULATION, the key that is wrong then, and what is said of it.
WRONG_CELLS = [
    (("people.tif", "people.gpkg"), "source.format", "takes a raster"),
    (('role = "population"', 'role = "river"'), "role", "one of population, tree_cover"),
    (('role = "population"', 'role = "river"'), "raster", "only a layer with the role"),
    (("[raster]", "[style]"), "raster", "required"),
    (('"count"', '"class"'), "raster.measure", "no mean is taken of class codes"),
    (('"count"', '"value"'), "raster.measure", "count or density_per_km2, not value"),
    (('"count"', '"counts"'), "raster.measure", "count"),
    (('unit = "people"', ""), "raster.unit", "state unit = 'people'"),
    (('"count"', '"count"\nthreshold = 3'), "raster.threshold", "only with"),
    (('"count"', '"count"\nvalid_min = 3\nvalid_max = 1'), "raster.valid_min", "less than"),
    (('"count"', '"count"\nyears = 2000'), "raster.years", "only there"),
    (('"population"', '"tree_loss"'), "raster.valid_max", "the code of the last year"),
    (('"count"', '"count"\nclasess = {}'), "raster.clasess", "did you mean classes"),
    (('"people.tif"', '"people.tif"\nband = 0'), "source.band", "counted from 1"),
    (("[source]", 'columns = { name = "x" }\n[source]'), "columns", "a raster has none"),
]


@pytest.mark.parametrize(("change", "key", "said"), WRONG_CELLS)
def test_a_raster_that_is_defined_wrongly_is_told_with_its_key(
    tmp_path: Path, change: tuple[str, str], key: str, said: str
) -> None:
    assert change[0] in POPULATION
    (tmp_path / "people.toml").write_text(POPULATION.replace(*change))
    with pytest.raises(DefinitionError) as caught:
        read_catalog(tmp_path)
    told = {p.key: p.text for p in caught.value.problems}
    assert said in next(text for where, text in told.items() if where == key)


def test_every_raster_profile_makes_a_layer_of_a_path_and_a_label(tmp_path: Path) -> None:
    for name in PUBLISHED:
        text = f'label = "L"\nprofile = "{name}"\n[source]\npath = "*.tif"\n'
        (tmp_path / f"{name}_here.toml").write_text(text)
    assert len(read_catalog(tmp_path).layers) == len(PUBLISHED)


# --- from a publisher's file to an indicator -----------------------------------------------------

# Profile -> the first cells from the west, no data as stated in the file, type, cell size in
# degrees (metres for Mollweide), and what a site of the first two cells and a half gives.
MOLLWEIDE = "ESRI:54009"
PUBLISHED: dict[str, tuple[list[float], float | None, str, float, dict[str, Any]]] = {
    "hansen_treecover2000": ([40, 20, 35, 0], None, "uint8", 0.00025, {"share": 1.5 / 2.5}),
    # Where the tree cover above is: the second cell had less than 30 % to lose.
    "hansen_lossyear": ([0, 1, 24, 0], None, "uint8", 0.00025, {"ha": 0.5}),
    "jrc_surface_water": ([50, 49, 255, 0], None, "uint8", 0.00025, {"share": 1 / 2}),
    "worldcover": (
        [10, 40, 40, 10],
        0,
        "uint8",
        1 / 12000,
        {"main_class": "Cropland", "main_share": 1.5 / 2.5},
    ),
    "worldpop": ([3.5, -99999, 2, 9], -99999, "float32", 1 / 1200, {"count": 3.5 + 1}),
    "ghs_pop": ([1, 2, 4, 9], -200, "float64", 100, {"count": 1 + 2 + 2}),
    "copernicus_dem": ([10, 20, 30, 99], None, "float32", 1 / 3600, {"mean_m": 45 / 2.5}),
    "srtm": ([100, -32768, 200, 0], -32768, "int16", 1 / 1200, {"mean_m": 200 / 1.5}),
    "seismic_pga": ([0.1, 0.25, 0.2, 0.9], None, "float32", 0.05, {"pga_max_g": 0.25}),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.DataFrame, Any]:
    """A store of nine rasters, each beneath a title of its own: indicators, sources, store."""
    folder = tmp_path_factory.mktemp("rasters")
    layers, data = folder / "layers", folder / "data"
    layers.mkdir()
    titles = []
    for i, (name, (cells, nodata, dtype, cell, _)) in enumerate(PUBLISHED.items()):
        left, top, crs = 100.0 + (i if i > 1 else 0), 12.0, pyproj.CRS(4326)
        if name == "ghs_pop":
            left, top, crs = 10_000_000.0, 1_450_000.0, pyproj.CRS(MOLLWEIDE)
        path = data / f"{name}.tif"
        geotiff(
            path, [cells] * 2, left=left, top=top, cell=cell, crs=crs, nodata=nodata, dtype=dtype
        )
        site = shapely.box(left, top - cell, left + 2.5 * cell, top)
        titles.append(made.feature(measure.to_lonlat(np.array([site]), crs)[0], code=name))
        text = f'label = "L"\nprofile = "{name}"\n[source]\npath = "{name}.tif"\n'
        (layers / f"{name}_here.toml").write_text(text)
    made.geojson(data / "titles.geojson", titles)
    (layers / "titles.toml").write_text(
        'role = "concession"\nlabel = "T"\n[source]\npath = "titles.geojson"\n'
        '[columns]\nfeature_id = "code"\n[licence]\ntext = "CC0"\npublish = "public"\n'
    )
    pipeline.build(layers, data, folder / "store", made.ON)
    opened = store.open_store(folder / "store")
    frame = opened.frame("all_indicators")
    return frame, opened.frame("layers_of_screening"), opened


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_raster_gives_its_indicator(built: Any, name: str) -> None:
    frame, sources, _ = built
    own = frame[frame["site_id"] == f"titles:{name}"].set_index("indicator_id")
    area_ha = own.loc["area_km2", "value"] * 100
    for suffix, wanted in PUBLISHED[name][-1].items():
        row = own.loc[f"{name}_here_{suffix}"]
        factor = area_ha / 2.5 if suffix == "ha" else 1  # of two cells and a half
        if isinstance(wanted, str):
            assert row["value_text"] == wanted
        else:
            assert row["value"] == pytest.approx(wanted * factor, rel=1e-4)
        assert row["status"] == "ok"
    source = sources.set_index("layer_id").loc[f"{name}_here"]
    assert "Raster of 4 x 2 cells" in source["note"]
    assert len(source["sha256"]) == 64


def test_a_raster_says_what_read_it_and_that_its_profile_was_not_checked(built: Any) -> None:
    _, sources, opened = built
    read_with = json.loads(sources.set_index("layer_id").loc["worldpop_here", "read_with"])
    assert {"rasterio", "gdal"} <= set(read_with)
    notes = {
        n["layer_id"] for n in opened.rows("notes_on_layers") if "was not checked" in n["problem"]
    }
    assert notes == {f"{name}_here" for name in PUBLISHED}


def test_a_raster_that_changed_under_its_name_is_noticed_at_the_next_build(tmp_path: Path) -> None:
    text = 'label = "L"\nprofile = "worldpop"\n[source]\npath = "people.tif"\n'
    (tmp_path / "people.toml").write_text(text)
    grid = {"left": 100.0, "top": 12.0, "cell": 0.1, "nodata": -99999, "dtype": "float32"}
    geotiff(tmp_path / "people.tif", [[1, 2]], crs=pyproj.CRS(4326), **grid)
    catalog = read_catalog(tmp_path)
    (first,) = read_rasters(catalog, tmp_path, made.ON)
    last = {"people": LastRead("people.tif", first.source["sha256"], "2026-01-01")}
    assert read_rasters(catalog, tmp_path, made.ON, last=last)[0].source["changed"] is None
    geotiff(tmp_path / "people.tif", [[1, 3]], crs=pyproj.CRS(4326), **grid)
    (changed,) = read_rasters(catalog, tmp_path, made.ON, last=last)
    assert "changed since the build of 2026-01-01" in changed.source["changed"]
    assert changed.issues["problem"].str.contains("changed since").sum() == 1


def test_a_site_beyond_a_raster_has_null_and_the_reason(built: Any) -> None:
    frame, _, _ = built
    names = [kind.name for kind in KINDS if "seismic" not in kind.name]
    beyond = frame[frame["indicator_id"].isin(names) & (frame["site_id"] == "titles:seismic_pga")]
    assert set(beyond["indicator_id"]) == set(names)
    assert set(beyond["status"]) == {"outside_layer_extent"}
    assert beyond["value"].isna().all()
    assert beyond["value_text"].isna().all()
    assert beyond["note"].str.contains("does not reach the (?:site|ring)").all()


def test_a_role_speaks_by_its_first_layer_and_never_adds_two_up(built: Any) -> None:
    frame, _, _ = built
    people = frame[frame["indicator_id"].str.endswith("_count") & (frame["unit"] == "people")]
    role = people[people["indicator_id"] == "population_count"].set_index("site_id")["value"]
    first = people[people["indicator_id"] == "ghs_pop_here_count"].set_index("site_id")["value"]
    pd.testing.assert_series_equal(role.sort_index(), first.sort_index())


def test_every_raster_role_gives_something() -> None:
    assert {kind.role for kind in KINDS} == set(RASTER_ROLES)


def test_the_map_lists_no_layer_that_has_no_shapes(built: Any) -> None:
    _, _, opened = built
    rows = opened.rows("sources_of_map")
    drawn = map_config(rows, opened.meta, "1", lambda _: "")["layers"]
    assert [row["id"] for row in drawn] == ["titles"]


# --- one raster layer, state by state ------------------------------------------------------------


def layer(folder: Path, role: Role, cells: RasterSpec) -> Any:
    spec = grids.spec(role, cells, id="made_here")
    return rasters._read(spec, folder, made.ON, None)


def answer(folder: Path, role: Role, cells: RasterSpec, *shapes: Any) -> pd.DataFrame:
    sites = toy.sites(list(shapes))
    parts = measure_rasters(sites, [layer(folder, role, cells)]).indicators
    return pd.concat([pd.DataFrame(p) for p in parts]).query("indicator_id.str.startswith('made')")


PEOPLE = RasterSpec(Measure.COUNT, unit="people")
CELL = shapely.box(104.0, 11.99, 104.01, 12.0)


@pytest.mark.parametrize(
    ("row", "site", "value", "status"),
    [
        ([5], CELL, 5, "ok"),
        ([0], CELL, 0, "ok"),
        ([-9], CELL, None, "no_data"),
        ([5], shapely.box(103.99, 11.99, 104.01, 12), 5, "outside_layer_extent"),
        ([0], shapely.box(103.99, 11.99, 104.01, 12), None, "outside_layer_extent"),
        ([5], shapely.box(9, 9, 9.1, 9.1), None, "outside_layer_extent"),
        ([5, -9], shapely.box(104, 11.99, 104.02, 12), 5, "ok"),
        ([0, -9], shapely.box(104, 11.99, 104.02, 12), None, "no_data"),
    ],
)
def test_a_number_is_found_and_a_zero_is_earned(
    tmp_path: Path, row: list[float], site: Any, value: float | None, status: str
) -> None:
    geotiff(tmp_path / "made.tif", [row], nodata=-9)
    found = answer(tmp_path, Role.POPULATION, PEOPLE, site).iloc[0]
    assert found["status"] == status
    assert found["value"] == pytest.approx(value) if value is not None else np.isnan(found["value"])
    assert (found["note"] is None) == (status == "ok" and -9 not in row)


def test_a_raster_that_cannot_be_opened_is_missing_and_fails_alone(tmp_path: Path) -> None:
    (tmp_path / "made.tif").write_text("<!DOCTYPE html>")
    found = answer(tmp_path, Role.POPULATION, PEOPLE, CELL).iloc[0]
    assert (found["status"], np.isnan(found["value"])) == ("layer_missing", True)
    failed = layer(tmp_path, Role.POPULATION, PEOPLE)
    assert failed.failed
    assert "a web page" in rasters.problems_of([failed])[0]


def test_a_build_tells_the_raster_with_the_other_problems(tmp_path: Path) -> None:
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "people.toml").write_text(POPULATION)
    (tmp_path / "layers" / "titles.toml").write_text(
        'role = "concession"\nlabel = "T"\n[source]\npath = "titles.geojson"\n'
        '[licence]\ntext = "CC0"\npublish = "public"\n'
    )
    with pytest.raises(SourceError, match="2 of 2 layers cannot be read") as caught:
        pipeline.build(tmp_path / "layers", tmp_path, tmp_path / "store", made.ON)
    assert "people.tif: no such file" in str(caught.value)
    assert "titles.geojson: no such file" in str(caught.value)


def test_a_stale_raster_says_so(tmp_path: Path) -> None:
    geotiff(tmp_path / "made.tif", [[5]], nodata=-9)
    old = replace(grids.spec(Role.POPULATION, PEOPLE), as_of="2010", stale_after_years=5)
    read = rasters._read(old, tmp_path, made.ON, None)
    row = measure_rasters(toy.sites([CELL]), [read]).indicators[0]
    assert (row["status"][0], row["value"][0]) == ("stale", pytest.approx(5))
