"""Rasters in many files, lists of tiles and zips: what is read as one grid, and what is refused."""

from __future__ import annotations

import gc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely

from cetm_geo.catalog import read_catalog
from cetm_geo.errors import CetmError, CRSMismatch, LayerError, SourceError, UnsafeUpload
from cetm_geo.inspection import inspect
from cetm_geo.model import Measure, RasterSpec, Source
from cetm_geo.readers import read_facts, tiffs
from cetm_geo.readers.rasters import Raster, open_raster
from cetm_geo.zonal import measure_zones
from tests.grids import geotiff

COUNT = RasterSpec(Measure.COUNT)


def cells_of(raster: Raster) -> Any:
    with raster.reading() as windows:
        return windows.read(0, 0, raster.height, raster.width)[0]


# --- lists of tiles (VRT) -------------------------------------------------------------------------

LIST = """<VRTDataset rasterXSize="{width}" rasterYSize="2">
  <SRS dataAxisToSRSAxisMapping="2,1">EPSG:4326</SRS>
  <GeoTransform> 1.0400000e+02, 1.0e-02, 0.0, 1.2e+01, 0.0, -1.0e-02</GeoTransform>
  <Metadata><MDI key="AREA_OR_POINT">Area</MDI></Metadata>
  <VRTRasterBand dataType="Int16" band="1">
    <NoDataValue>-9</NoDataValue>
    <ColorInterp>Gray</ColorInterp>
    {sources}
  </VRTRasterBand>
</VRTDataset>"""
TILE = """<ComplexSource>
      <SourceFilename relativeToVRT="1">{name}</SourceFilename>
      <SourceBand>1</SourceBand>
      <SourceProperties RasterXSize="3" RasterYSize="2" DataType="Int16" BlockXSize="3" />
      <SrcRect xOff="{take}" yOff="0" xSize="{wide}" ySize="2" />
      <DstRect xOff="{at}" yOff="0" xSize="{wide}" ySize="2" />
      <NODATA>-9</NODATA>
    </ComplexSource>"""


def tile(name: str, at: int, take: int = 0, wide: int = 3) -> str:
    return TILE.format(name=name, at=at, take=take, wide=wide)


def listed(
    folder: Path, *sources: str, width: int = 6, replaced: tuple[str, str] = ("", "")
) -> Path:
    """A list beside two tiles of 3 x 2 cells: 1 2 3 | 4 5 -9 and 7 8 9 | 10 11 12."""
    geotiff(folder / "a.tif", [[1, 2, 3], [4, 5, -9]], nodata=-9, dtype="int16")
    geotiff(folder / "b.tif", [[7, 8, 9], [10, 11, 12]], nodata=-9, dtype="int16", left=104.03)
    given = sources or (tile("a.tif", 0), tile("b.tif", 3))
    text = LIST.format(width=width, sources="\n".join(given))
    if replaced[0]:
        assert replaced[0] in text
    path = folder / "all.vrt"
    path.write_text(text.replace(*replaced) if replaced[0] else text)
    return path


def test_a_list_of_tiles_is_the_grid_that_gdal_makes_of_it(tmp_path: Path) -> None:
    """GDAL's own driver is asked by the test alone: it may read any file such a list names."""
    path = listed(tmp_path, tile("a.tif", 0), tile("b.tif", 4, take=1, wide=2))
    raster = open_raster(tmp_path, Source(path.name), "vrt")
    assert len(raster.files) == 3
    with rasterio.open(path) as dataset:
        wanted = np.where(dataset.read(1) == -9, np.nan, dataset.read(1))
        assert (raster.left, raster.top) == (dataset.transform.c, dataset.transform.f)
    np.testing.assert_array_equal(cells_of(raster), wanted)
    gap = shapely.box(104.03, 11.98, 104.05, 12)
    found = measure_zones([gap], raster, COUNT)
    assert found.amount[0] == pytest.approx(8 + 11)
    assert found.covered_share[0] == pytest.approx(0.5)


def test_of_tiles_that_overlap_a_lists_last_one_lies_on_top(tmp_path: Path) -> None:
    """As GDAL lays them; but where it has no data the one below shows."""
    geotiff(tmp_path / "c.tif", [[20, -9], [30, 40]], nodata=-9, dtype="int16", left=104.02)
    path = listed(tmp_path, tile("a.tif", 0), tile("b.tif", 3), tile("c.tif", 2, wide=2))
    raster = open_raster(tmp_path, Source(path.name), "vrt")
    with rasterio.open(path) as dataset:
        wanted = np.where(dataset.read(1) == -9, np.nan, dataset.read(1))
    np.testing.assert_array_equal(cells_of(raster), wanted)
    assert wanted[0, 2:4].tolist() == [20, 7]
    assert any("overlap" in remark for remark in raster.remarks)


def test_a_list_of_tiles_is_another_file_when_one_of_its_tiles_is(tmp_path: Path) -> None:
    path = listed(tmp_path)
    first = read_facts(open_raster(tmp_path, Source(path.name), "vrt").files)
    geotiff(tmp_path / "b.tif", [[7, 8, 9], [10, 11, 13]], nodata=-9, dtype="int16", left=104.03)
    assert read_facts(open_raster(tmp_path, Source(path.name), "vrt").files) != first
    assert first.file_count == 3


REFUSED: dict[str, tuple[tuple[str, str], type[CetmError], str]] = {
    "an absolute path": ((">a.tif<", ">{outside}/secret.tif<"), UnsafeUpload, "no GeoTIFF below"),
    "a way out": ((">a.tif<", ">../outside/secret.tif<"), UnsafeUpload, "no GeoTIFF below"),
    "a way out and back": ((">a.tif<", ">x/../../outside/secret.tif<"), UnsafeUpload, "below"),
    "an address": ((">a.tif<", ">/vsicurl/http://127.0.0.1:9/a.tif<"), UnsafeUpload, "below"),
    "a web address": ((">a.tif<", ">http://127.0.0.1:9/a.tif<"), UnsafeUpload, "below"),
    "a subdataset": ((">a.tif<", ">GTIFF_DIR:1:a.tif<"), UnsafeUpload, "below"),
    "another list": ((">a.tif<", ">all.vrt<"), UnsafeUpload, "no GeoTIFF below"),
    "no name": ((">a.tif<", "><"), UnsafeUpload, "no GeoTIFF below"),
    "a tile that is missing": ((">a.tif<", ">gone.tif<"), SourceError, "gone.tif is missing"),
    "an entity": (
        ("<VRTDataset", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><VRTDataset'),
        SourceError,
        "no plain list",
    ),
    "code": (
        ('band="1">', 'band="1" subClass="VRTDerivedRasterBand"><PixelFunctionCode/>'),
        SourceError,
        "has a VRTDerivedRasterBand",
    ),
    "a pixel function": (
        ("<ColorInterp>", "<PixelFunctionType>sum</PixelFunctionType><ColorInterp>"),
        SourceError,
        "has a PixelFunctionType",
    ),
    "a warp": (
        ("<VRTDataset ", '<VRTDataset subClass="VRTWarpedDataset" '),
        SourceError,
        "is a VRTW",
    ),
    "ground points": (("<Metadata>", "<GCPList/><Metadata>"), SourceError, "has a GCPList"),
    "a raw file": (
        ("<ColorInterp>", "<SourceFilename>a.tif</SourceFilename><ColorInterp>"),
        SourceError,
        "has a SourceFilename",
    ),
    "another scale": (
        ("<NODATA>-9</NODATA>", "<ScaleRatio>2</ScaleRatio>"),
        SourceError,
        "ScaleRatio",
    ),
    "open options": (
        ("<SourceBand>", '<OpenOptions><OOI key="x">y</OOI></OpenOptions><SourceBand>'),
        SourceError,
        "OpenOptions",
    ),
    "an average": (("ComplexSource", "AveragedSource"), SourceError, "has a AveragedSource"),
    "cells drawn larger": (
        ('<DstRect xOff="0" yOff="0" xSize="3"', '<DstRect xOff="0" yOff="0" xSize="6"'),
        SourceError,
        "larger or smaller",
    ),
    "a tile between the cells": (
        ('<DstRect xOff="0"', '<DstRect xOff="0.5"'),
        SourceError,
        "between",
    ),
    "a tile laid elsewhere": (
        ('<DstRect xOff="3"', '<DstRect xOff="2"'),
        LayerError,
        r"\+1.0 columns",
    ),
    "cells it does not have": (('<SrcRect xOff="0"', '<SrcRect xOff="1"'), SourceError, "not have"),
    "words for numbers": (('<SrcRect xOff="0"', '<SrcRect xOff="nought"'), SourceError, "numbers"),
    "a tile beyond the edge": (
        ('rasterXSize="6"', 'rasterXSize="5"'),
        SourceError,
        "beyond its own",
    ),
    "another type": (
        ('dataType="Int16" band', 'dataType="Float32" band'),
        LayerError,
        "holds int16",
    ),
    "another no data": (("<NODATA>-9", "<NODATA>5"), SourceError, "into another no-data value"),
    "another no data stated": (("<NoDataValue>-9", "<NoDataValue>5"), SourceError, "into another"),
    "another CRS": (("EPSG:4326", "EPSG:32648"), LayerError, "is in EPSG:4326"),
    "a turned grid": (("1.0e-02, 0.0, 1.2e+01", "1.0e-02, 0.1, 1.2e+01"), SourceError, "turned"),
    "a place that is no number": (("1.0400000e+02", "nan"), SourceError, "no place on earth"),
    "no place": (("<GeoTransform>", "<GeoTransform>x"), SourceError, "no place on earth"),
    "no such band": (
        ('band="1">', 'band="1"></VRTRasterBand><VRTRasterBand>'),
        SourceError,
        "bands",
    ),
    "no tiles": (("ComplexSource>", "Histograms>"), SourceError, "or has none"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_list_that_is_more_than_tiles_is_refused_in_words(tmp_path: Path, what: str) -> None:
    (old, new), kind, words = REFUSED[what]
    outside = tmp_path / "outside"
    geotiff(outside / "secret.tif", [[99, 99, 99]] * 2, nodata=-9, dtype="int16")
    folder = tmp_path / "data"
    listed(folder, replaced=(old, new.replace("{outside}", str(outside))))
    with pytest.raises(kind, match=words) as caught:
        open_raster(folder, Source("all.vrt"), "vrt")
    assert "all.vrt" in caught.value.what
    assert caught.value.hint


def test_no_list_leads_out_of_the_folder_that_a_command_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    geotiff(tmp_path / "outside" / "secret.tif", [[99, 99, 99]] * 2, nodata=-9, dtype="int16")
    listed(tmp_path / "data", replaced=(">a.tif<", ">../outside/secret.tif<"))
    monkeypatch.chdir(tmp_path / "data")
    with pytest.raises(UnsafeUpload, match="no GeoTIFF below"):
        open_raster(Path(), Source("all.vrt"), "vrt")


def test_a_list_under_another_name_is_never_handed_to_gdal(tmp_path: Path) -> None:
    path = listed(tmp_path)
    path.rename(tmp_path / "all.tif")
    with pytest.raises(UnsafeUpload, match="is not a geotiff"):
        open_raster(tmp_path, Source("all.tif"), "geotiff")
    (tmp_path / "page.vrt").write_text("<html><VRTDataset/></html>")
    with pytest.raises(SourceError, match="a web page"):
        open_raster(tmp_path, Source("page.vrt"), "vrt")


def test_a_list_may_name_tiles_of_the_data_folder_beside_its_own(tmp_path: Path) -> None:
    path = listed(tmp_path)
    (tmp_path / "lists").mkdir()
    moved = path.read_text().replace(">a.tif", ">../a.tif")
    moved = moved.replace('relativeToVRT="1">b.tif', 'relativeToVRT="0">b.tif')
    (tmp_path / "lists" / "all.vrt").write_text(moved)
    raster = open_raster(tmp_path, Source("lists/all.vrt"), "vrt")
    assert np.nansum(cells_of(raster)) == 1 + 2 + 3 + 4 + 5 + 7 + 8 + 9 + 10 + 11 + 12


def test_a_list_of_tiles_is_described_by_its_cells(tmp_path: Path) -> None:
    seen = inspect(listed(tmp_path))
    assert seen.grid is not None
    assert (seen.grid.width, seen.grid.height, seen.grid.low, seen.grid.high) == (6, 2, 1, 12)


# --- folders, zips, overviews ---------------------------------------------------------------------


def test_a_folder_of_tiles_is_one_layer(tmp_path: Path) -> None:
    listed(tmp_path / "tiles")
    raster = open_raster(tmp_path, Source("tiles", format="geotiff"), "geotiff")
    assert (raster.width, raster.height, len(raster.tiles)) == (6, 2, 2)


def test_overviews_that_lie_are_never_read(tmp_path: Path) -> None:
    for name, left in (("a.tif", 104.0), ("b.tif", 104.64)):
        path = geotiff(tmp_path / name, np.ones((64, 64)), left=left, tiled=True, blockxsize=16,
                       blockysize=16)  # fmt: skip
        with rasterio.open(path, "r+") as dataset:
            dataset.build_overviews([2, 4, 8])
        for level in range(3):
            with rasterio.open(path, "r+", OVERVIEW_LEVEL=level) as overview:
                overview.write(np.full((1, *overview.shape), 9, "float32"))
    everything = shapely.box(104, 11.36, 105.28, 12)
    found = measure_zones([everything], open_raster(tmp_path, Source("*.tif"), "geotiff"), COUNT)
    assert found.amount[0] == pytest.approx(2 * 64 * 64)


def zipped(path: Path, *files: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.name)
    return path


def test_a_zip_of_tiles_is_read_as_they_are_and_leaves_nothing_behind(tmp_path: Path) -> None:
    tiles = tmp_path / "tiles"
    listed(tiles)
    (tiles / "read me.txt").write_text("tiles")
    path = zipped(tmp_path / "a.zip", *sorted(tiles.iterdir()))
    source = Source("a.zip", members=("*.tif",))
    raster = open_raster(tmp_path, source, "zip")
    unpacked = raster.tiles[0].path
    assert raster.files == (path,)
    assert (raster.tiles[1].shown, len(raster.tiles)) == (f"{path}/b.tif", 2)
    found = measure_zones([shapely.box(104, 11.98, 104.06, 12)], raster, COUNT)
    assert found.amount[0] == pytest.approx(72)
    assert unpacked.is_file()
    del raster
    gc.collect()
    assert not unpacked.exists()


@pytest.mark.filterwarnings("ignore:Dataset has no geotransform")
def test_a_place_beside_a_tiff_in_a_zip_is_found(tmp_path: Path) -> None:
    geotiff(tmp_path / "a.tif", [[5]], transform=None, crs=4326)
    (tmp_path / "a.tfw").write_text("0.01\n0\n0\n-0.01\n104.005\n11.995\n")
    zipped(tmp_path / "a.zip", tmp_path / "a.tif", tmp_path / "a.tfw")
    raster = open_raster(tmp_path, Source("a.zip"), "zip")
    assert (raster.left, raster.top) == pytest.approx((104, 12))


def test_what_is_wrong_in_a_zip_is_told_with_its_name(tmp_path: Path) -> None:
    geotiff(tmp_path / "a.tif", [[1]])
    geotiff(tmp_path / "b.tif", [[1]])
    path = zipped(tmp_path / "a.zip", tmp_path / "a.tif", tmp_path / "b.tif")
    with pytest.raises(SourceError, match=r"holds a\.tif, b\.tif"):
        open_raster(tmp_path, Source("a.zip"), "zip")
    with pytest.raises(SourceError, match=r"not c\.tif"):
        open_raster(tmp_path, Source("a.zip", members=("c.tif",)), "zip")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(SourceError, match="a damaged zip"):
        open_raster(tmp_path, Source("a.zip", members=("b.tif",)), "zip")
    escaping = zipfile.ZipInfo("../a.tif")
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
        archive.writestr(escaping, (tmp_path / "b.tif").read_bytes())
    with pytest.raises(UnsafeUpload, match="points outside the archive"):
        open_raster(tmp_path, Source("out.zip"), "zip")


def test_a_catalogue_takes_rasters_in_a_zip_and_lists_of_tiles(tmp_path: Path) -> None:
    for name in ("people.zip", "people.vrt"):
        (tmp_path / "people.toml").write_text(
            f'role = "population"\nlabel = "P"\n[source]\npath = "{name}"\n[raster]\n'
            'measure = "count"\nunit = "people"\n[licence]\ntext = "CC0"\npublish = "public"\n'
        )
        assert read_catalog(tmp_path).layers["people"].source.path == name


# --- files that are not what they say -------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "crs", "said"),
    [
        ({"left": 500_000, "top": 1_300_000, "cell": 30}, 4326, "is in degrees by its CRS"),
        ({"left": 104, "top": 12, "cell": 0.00025}, 32648, "its cells are 0.00025 wide"),
        ({"left": -5e7, "top": 9e7, "cell": 1000}, "ESRI:54009", "has no place for"),
        ({"left": -190, "top": 12, "cell": 1}, 4326, "beyond -180"),
    ],
)
def test_a_crs_that_cannot_be_the_grids_own_is_refused(
    tmp_path: Path, place: dict[str, float], crs: Any, said: str
) -> None:
    geotiff(tmp_path / "a.tif", [[1, 2]], crs=crs, **place)
    with pytest.raises((CRSMismatch, SourceError), match=said):
        open_raster(tmp_path, Source("a.tif"), "geotiff")


TABLE = """<PAMDataset><PAMRasterBand band="1"><GDALRasterAttributeTable tableType="thematic">
<FieldDefn index="0"><Name>Value</Name><Type>0</Type><Usage>5</Usage></FieldDefn>
<FieldDefn index="1"><Name>Count</Name><Type>0</Type><Usage>1</Usage></FieldDefn>
<FieldDefn index="2"><Name>Class</Name><Type>2</Type><Usage>2</Usage></FieldDefn>
<Row index="0"><F>10</F><F>3</F><F>Forest</F></Row>
<Row index="1"><F>20</F><F>9</F><F>Water</F></Row>
</GDALRasterAttributeTable></PAMRasterBand></PAMDataset>"""


def test_classes_with_names_are_told_with_their_codes(tmp_path: Path) -> None:
    geotiff(tmp_path / "a.tif", [[10, 20]], dtype="uint8")

    def remarks() -> str:
        return "; ".join(open_raster(tmp_path, Source("a.tif"), "geotiff").remarks)

    assert "codes" not in remarks()
    aux = tmp_path / "a.tif.aux.xml"
    aux.write_text(TABLE)
    assert "its cells are codes of classes: 10 = Forest, 20 = Water" in remarks()
    names = "".join(f"<Category>class {i}</Category>" for i in range(9))
    aux.write_text(f'<PAMDataset><PAMRasterBand band="1"><CategoryNames>{names}</CategoryNames>'
                   "</PAMRasterBand></PAMDataset>")  # fmt: skip
    assert "0 = class 0, 1 = class 1, 2 = class 2" in remarks()
    assert "and 3 more" in remarks()
    rows = pd.DataFrame({"VALUE": [10, 20], "COUNT": [3.0, 9.0], "LULC": ["Forest", "Lake"]})
    pyogrio.write_dataframe(rows, tmp_path / "a.dbf", driver="ESRI Shapefile")
    (tmp_path / "a.dbf").rename(tmp_path / "a.tif.vat.dbf")
    aux.unlink()
    assert "10 = Forest, 20 = Lake" in remarks()
    (tmp_path / "a.tif.vat.dbf").write_bytes(b"\x03 no table")
    assert "codes" not in remarks()
    for odd in (TABLE[:200], "<!DOCTYPE a>" + TABLE, "\0" + TABLE):
        aux.write_text(odd)
        assert "codes" not in remarks()


def test_a_file_whose_blocks_need_all_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    geotiff(tmp_path / "a.tif", np.zeros((300, 300)), blockysize=300, compress="deflate")
    monkeypatch.setattr(tiffs, "_LARGEST_BLOCK_BYTES", 1 << 16)
    with pytest.raises(SourceError, match=r"in blocks of 0\.3 MB"):
        open_raster(tmp_path, Source("a.tif"), "geotiff")


# --- the Cambodian relief ------------------------------------------------------------------------


def test_cells_of_the_cambodian_relief_at_10640_m_below_the_sea_are_cut_and_counted(
    cambodia: Path,
) -> None:
    source = Source("rasters/kh_geographical_relief_tif.zip", members=("CamGeorel.tif",))
    raster = open_raster(cambodia, source, "zip", -32768)
    heights = cells_of(raster)
    spurious = np.argwhere(heights < -500)
    assert (len(spurious), np.nanmin(heights)) == (4, -10_640)
    west, south, east, north = raster.left, raster.top, raster.left, raster.top
    east += raster.width * raster.cell_x
    south -= raster.height * raster.cell_y
    metres = RasterSpec(Measure.VALUE, unit="m", valid_min=-500, valid_max=9000)
    found = measure_zones([shapely.box(west, south, east, north)], raster, metres)
    assert found.odd[0] == 4
    assert found.nodata_share[0] > 0
    assert found.highest[0] == np.nanmax(heights)
