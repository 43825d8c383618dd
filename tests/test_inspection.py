"""What stands in a file, told before anything is believed of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely

from cetm_geo import cli, facts, inspection, profiles
from cetm_geo.errors import CetmError, SourceError, UnsafeUpload
from cetm_geo.facts import looks_like
from cetm_geo.formats import format_by_ending
from tests import made

BOW_TIE = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])


def test_geometries_are_counted_by_kind_and_by_what_is_wrong(tmp_path: Path) -> None:
    file = made.geojson(tmp_path / "mixed.geojson", [
        made.feature(made.square(0, 0)),
        made.feature(made.square(0, 0)),
        made.feature(BOW_TIE),
        made.feature(shapely.Point(1, 2, 3)),
        made.feature({"type": "Polygon", "coordinates": []}),
        made.feature(None),
    ])  # fmt: skip
    seen = inspection.inspect(file)
    assert seen.rows == 6
    assert seen.shapes is not None
    assert dict(seen.shapes.kinds) == {"Polygon": 4, "Point": 1}
    counts = {k: getattr(seen.shapes, k) for k in ("null", "empty", "invalid", "with_z")}
    assert counts == {"null": 1, "empty": 1, "invalid": 1, "with_z": 1}
    assert seen.shapes.invalid_reason == "Self-intersection"
    assert seen.shapes.duplicates == 1
    assert seen.shapes.usable == 4
    assert (seen.crs_stated, seen.box) == (True, (0.0, 0.0, 1.0, 2.0))


def test_a_column_shows_its_commonest_texts_and_a_personal_one_shows_none(tmp_path: Path) -> None:
    file = made.geojson(tmp_path / "titles.geojson", [
        made.feature(made.square(i, 0), status=s, phone=p, n=i)
        for i, (s, p) in enumerate([("Granted", "555"), ("Granted", "556"), ("N/A", None),
                                    ("Lapsed", "557")])
    ])  # fmt: skip
    by_name = {f.name: f for f in inspection.inspect(file).fields}
    status, phone = by_name["status"], by_name["phone"]
    assert status.examples == ("Granted", "Lapsed")
    assert (status.filled_share, status.distinct, status.missing) == (0.75, 2, ("N/A",))
    assert (phone.personal, phone.examples, dict(phone.kinds)) == (True, (), {})
    assert by_name["n"].type == "whole number"


@pytest.mark.parametrize(
    ("box", "text"),
    [
        ((100.0, 10.0, 107.0, 15.0), "degrees of longitude and latitude"),
        ((10.0, 100.0, 15.0, 107.0), "degrees, latitude first"),
        ((170.0, -20.0, 190.0, -10.0), "degrees, longitude beyond 180"),
        ((450_000.0, 8_500_000.0, 460_000.0, 8_600_000.0), "metres of a projected system"),
        (None, "no coordinates"),
    ],
)
def test_coordinates_look_like_degrees_or_metres(
    box: tuple[float, float, float, float] | None, text: str
) -> None:
    assert looks_like(box) == text


def test_a_file_without_a_crs_is_shown_as_it_is_and_read_in_the_one_that_is_said(
    tmp_path: Path,
) -> None:
    file = made.write(
        made.frame([shapely.box(5e5, 1e6, 5.01e5, 1.001e6)], 32648), tmp_path / "a.shp"
    )
    file.with_suffix(".prj").unlink()
    seen = inspection.inspect(file)
    assert (seen.crs, seen.crs_stated, seen.looks) == ("", False, "metres of a projected system")
    assert seen.lonlat_box is None
    said = inspection.inspect(file, crs="EPSG:32648")
    assert (said.crs, said.crs_stated) == ("EPSG:32648", False)
    assert said.lonlat_box is not None
    assert said.lonlat_box[0] == pytest.approx(105.0)


def test_metres_under_a_crs_of_degrees_are_remarked(tmp_path: Path) -> None:
    shape = shapely.box(5e5, 1e6, 5.01e5, 1.001e6)
    seen = inspection.inspect(made.geojson(tmp_path / "a.geojson", [made.feature(shape)]))
    assert (seen.crs, seen.lonlat_box) == ("EPSG:4326", None)
    assert inspection.WRONG_CRS in seen.remarks


def test_a_coordinate_that_is_no_number_is_counted_as_invalid(tmp_path: Path) -> None:
    ring = [[0, 0], [float("nan"), 1], [1, 1], [0, 0]]
    file = made.geojson(tmp_path / "a.geojson",
                        [made.feature({"type": "Polygon", "coordinates": [ring]})])  # fmt: skip
    seen = inspection.inspect(file)
    assert seen.shapes is not None
    assert (seen.shapes.invalid, seen.shapes.invalid_reason) == (1, "Invalid Coordinate")


def test_each_layer_of_a_file_and_each_member_of_a_zip_is_a_part(tmp_path: Path) -> None:
    file = tmp_path / "two.gpkg"
    for name, count in (("a", 1), ("b", 2)):
        frame = made.frame([made.square(i, 0) for i in range(count)], id=list(range(count)))
        frame.to_file(file, layer=name)
    parts = inspection.parts_of(file)
    assert [(part.layer, part.rows) for part in parts] == [("a", 1), ("b", 2)]
    assert inspection.inspect(file, inspection.chosen_part(parts, "b", "two")).rows == 2
    with pytest.raises(SourceError, match="has no layer 'c'; it has a, b"):
        inspection.chosen_part(parts, "c", "two")


def test_a_table_is_placed_by_its_columns_or_said_to_have_no_geometry(tmp_path: Path) -> None:
    file = tmp_path / "mines.csv"
    file.write_text("code,lon,lat\nA,28.5,-12.5\nB,29,-13\n")
    seen = inspection.inspect(file)
    assert seen.shapes is not None
    assert dict(seen.shapes.kinds) == {"Point": 2}
    assert seen.box == (28.5, -13.0, 29.0, -12.5)
    assert "lon and lat" in seen.placed_by
    file.write_text("code,area\nA,5\n")
    bare = inspection.inspect(file)
    assert (bare.rows, bare.shapes, bare.columns) == (1, None, ["code", "area"])
    assert "no column places its rows" in bare.remarks[0]


def test_a_raster_is_told_by_its_cells(tmp_path: Path) -> None:
    file = tmp_path / "cells.tif"
    grid = rasterio.Affine(0.5, 0, 100, 0, -0.5, 20)
    cells = np.array([[1, 2, 3], [4, -1, 6]], np.int16)
    with rasterio.open(file, "w", driver="GTiff", width=3, height=2, count=1, dtype="int16",
                       crs=4326, transform=grid, nodata=-1) as out:  # fmt: skip
        out.write(cells, 1)
    found = inspection.inspect(file)
    assert found.grid is not None
    assert (found.grid.width, found.grid.height, found.grid.cell) == (3, 2, (0.5, 0.5))
    assert (found.grid.dtype, found.grid.nodata) == ("int16", -1)
    assert (found.grid.low, found.grid.high) == (1, 6)
    assert found.box == (100, 19, 101.5, 20)


def test_every_file_of_the_real_data_is_shown_or_refused_by_name(
    cambodia: Path, nasty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = profiles.read_profiles()
    refused = {}
    for file in sorted([*cambodia.rglob("*"), *nasty.rglob("*")]):
        if not file.is_file() or not format_by_ending(file.name):
            continue
        try:
            seen = inspection.inspect(file, profiles=known)
            assert json.dumps(inspection.as_dict(seen))
            assert seen.crs_stated or seen.looks or seen.shapes is None
        except CetmError as error:
            refused[file.name] = type(error)
    assert refused == {
        "mrc_Road250.shp": SourceError,
        "not_json_basins.geojson": UnsafeUpload,
        "Alertas_Estados_Restantes.shp": SourceError,
        "list_field_values_file.parquet": SourceError,
    }


def test_the_command_prints_the_same_as_json_and_escapes_what_would_steer_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = made.geojson(tmp_path / "a.geojson", [
        made.feature(made.square(0, 0), note="[bold]x\x1b[31m", email="a@b.org")
    ])  # fmt: skip
    monkeypatch.setattr(sys, "argv", ["cetm-geo", "inspect", str(file)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    said = capsys.readouterr().out
    assert not end.value.code
    assert "[bold]x" in said
    assert "\x1b[31m" not in said
    assert "a@b.org" not in said
    assert "personal_columns): email" in said
    monkeypatch.setattr(sys, "argv", ["cetm-geo", "inspect", str(file), "--json"])
    with pytest.raises(SystemExit):
        cli.main()
    read = json.loads(capsys.readouterr().out)
    assert (read["rows"], read["personal_columns"]) == (1, ["email"])


def test_of_very_many_vertices_a_sample_is_looked_at_and_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(facts, "MOST_VERTICES", 10)  # two squares of five vertices
    raw = made.raw_frame([{}] * 4, [made.square(i, 0) for i in range(4)])
    shapes = facts.shapes_of(raw)
    assert (shapes.sampled, shapes.duplicates, shapes.kinds) == (2, 0, {"Polygon": 4})
