"""A catalogue proposed of files: what is guessed says so, what is not told is left to a person."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from cetm_geo import catalog, cli, drafting, mapping, pipeline, profiles, resources, store
from cetm_geo.errors import SourceError
from cetm_geo.tomltext import Line, listed_value
from tests import made

HA_SIDE = 0.01  # degrees: a square of about 1.2 km2, 123 ha, at the equator


def register(path: Path, **more: list[Any]) -> Path:
    """A register of four titles with the columns that are given."""
    columns = {"licence_no": ["L1", "L2", "L3", "L4"], "holder": ["A", "B", "C", "D"],
               "commodity": ["Copper"] * 4, **more}  # fmt: skip
    return made.geojson(path, [
        made.feature(made.square(30 + i, -2, HA_SIDE), **{k: v[i] for k, v in columns.items()})
        for i in range(4)
    ])  # fmt: skip


def draft(data: Path, *files: Path, iso3: str = "XKV") -> drafting.CatalogueDraft:
    paths = list(files) or drafting.files_below(data)
    return drafting.draft_catalogue(data, paths, iso3, profiles.read_profiles())


def keys(found: drafting.CatalogueDraft, layer_id: str) -> dict[str, Any]:
    """A drafted layer as TOML reads it."""
    return tomllib.loads(found.files()[f"{layer_id}.toml"])


def test_a_register_is_mapped_by_names_that_its_contents_bear_out(tmp_path: Path) -> None:
    register(tmp_path / "mining_titles.geojson",
             status=["Granted", "Lapsed", "Pending", "Form 7"],
             licence_type=["Exploration", "Exploration", "Mining Lease", "n/a"],
             granted=["14/03/2015", "02/01/2016", "05/05/2017", None],
             area=[123, 123.5, 122, 124], phone=["1", "2", "3", "4"], name=["N"] * 4)  # fmt: skip
    layer = keys(draft(tmp_path), "mining_titles")
    assert layer["role"] == "concession"
    assert layer["columns"] == {
        "feature_id": "licence_no", "holder": "holder", "minerals": "commodity",
        "stage": "licence_type", "status": "status", "granted_on": "granted",
        "declared_area": "area",
    }  # fmt: skip
    assert layer["values"]["status"] == {
        "active": ["Granted"], "expired": ["Lapsed"], "application": ["Pending"],
    }  # fmt: skip
    assert layer["values"]["stage"] == {"exploration": ["Exploration"], "mining": ["Mining Lease"]}
    assert (layer["date_order"], layer["declared_area_unit"]) == ("dmy", "ha")
    assert layer["personal_columns"] == ["phone"]
    assert layer["missing_texts"] == ["n/a"]
    assert (layer["complete_within"], layer["licence"]["publish"]) == ("", "derived_only")


def test_what_is_not_recognised_stands_in_a_remark_and_in_what_to_check(tmp_path: Path) -> None:
    register(tmp_path / "titles.geojson", status=["Granted", "Form 7", "Granted", "Form 7"],
             granted=["01/02/2015", "03/04/2016", "05/06/2017", "07/08/2018"])  # fmt: skip
    found = draft(tmp_path)
    text = found.files()["titles.toml"]
    assert '# not recognised, so unknown: ["Form 7"]' in text
    assert '# date_order = "dmy"' in text
    assert "date_order" not in tomllib.loads(text)
    check = "; ".join(found.layers[0].check)
    assert "status: what 1 text mean" in check
    assert "nothing tells day from month" in check


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (["14/03/2015", "02/01/2016"], "dmy"),
        (["03/14/2015", "02/01/2016"], "mdy"),
        (["14-03-2015"], "dmy"),
        (["02/01/2016"], ""),
        (["14/03/2015", "03/14/2015"], ""),
        (["2015-03-14", "2015/03/14"], None),
        ([None, ""], None),
    ],
)
def test_the_order_of_a_date_is_told_by_a_day_over_12_or_not_at_all(
    dates: list[str | None], order: str | None
) -> None:
    found = mapping.date_order([pd.Series(dates, dtype="object")])
    assert (found.value if found else None) == order


@pytest.mark.parametrize(
    ("declared", "unit"),
    [
        (["100", "100", "100"], "ha"),
        (["1", "1.01", "0.99"], "km2"),
        (["1,000,000", "1000000", "1 000 000"], "m2"),
        (["247.1", "247.1", "247.1"], "acre"),
        (["100", "100", "73000"], "ha"),
        (["7", "900", "0.3"], None),
    ],
)
def test_the_unit_of_a_stated_area_is_the_one_that_fits_the_measured_area(
    declared: list[str], unit: str | None
) -> None:
    side = 1 / 111.195  # degrees: 1 km2 at the equator, to within 1 %
    raw = made.raw_frame([{}] * 3, [shapely.box(i, 0, i + side, side) for i in range(3)])
    found = mapping.area_unit("area", declared, raw)
    assert (found.value if found else None) == unit


def test_a_file_that_gives_nothing_is_told_of_and_never_a_layer(tmp_path: Path) -> None:
    register(tmp_path / "titles.geojson")
    made.geojson(tmp_path / "closed_areas.geojson", [made.feature(None)] * 3)
    made.geojson(tmp_path / "permits.geojson", [made.feature(shapely.Point(1, 1))])
    made.geojson(tmp_path / "thing.geojson", [made.feature(made.square(0, 0))])
    (tmp_path / "parks.geojson").write_text("<html>")
    (tmp_path / "towns.csv").write_text("name,population\nA,5\n")
    register(tmp_path / "titles_copy.geojson")
    found = draft(tmp_path)
    assert [layer.id for layer in found.layers] == ["titles"]
    reasons = {one.file: one.reason for one in found.left_out}
    assert set(reasons) == {"closed_areas.geojson", "permits.geojson", "thing.geojson",
                            "parks.geojson", "towns.csv", "titles_copy.geojson"}  # fmt: skip
    assert "all 3 geometries are null" in reasons["closed_areas.geojson"]
    assert "holds no polygons" in reasons["permits.geojson"]
    assert "no word" in reasons["thing.geojson"]
    assert "web page" in reasons["parks.geojson"]
    assert "no geometry" in reasons["towns.csv"]
    assert reasons["titles_copy.geojson"] == "the same shapes as titles.geojson"
    assert all(f"# - {name}: " in found.files()["catalogue.toml"] for name in reasons)


def test_a_layer_without_a_crs_gets_lonlat_only_where_the_others_lie(tmp_path: Path) -> None:
    register(tmp_path / "titles.geojson")
    near, far, metres = (shapely.box(x, y, x + s, y + s)
                         for x, y, s in ((31, -2, 1), (100, 40, 1), (5e5, 9e6, 9e3)))  # fmt: skip
    for name, shape in (("parks", near), ("reserves", far), ("villages", metres)):
        file = made.write(made.frame([shape], 4326, id=["1"]), tmp_path / f"{name}.shp")
        file.with_suffix(".prj").unlink()
    found = draft(tmp_path)
    assert keys(found, "parks")["source"]["crs"] == "EPSG:4326"
    for name, looks in (("reserves", "degrees"), ("villages", "metres")):
        assert "crs" not in keys(found, name)["source"]
        assert (
            f'# crs = "EPSG:..." # it states none; it holds {looks}'
            in found.files()[f"{name}.toml"]
        )
        assert any("the CRS" in text for text in next(
            layer.check for layer in found.layers if layer.id == name))  # fmt: skip


def test_a_community_layer_states_its_tenure_or_leaves_it_to_be_confirmed(tmp_path: Path) -> None:
    for i, name in enumerate(("indigenous_territories", "community_forests", "community_lands")):
        parts = [made.feature(made.square(i, lat), code="C1") for lat in (0, 1)]
        made.geojson(tmp_path / f"{name}.geojson", parts)
    found = draft(tmp_path)
    tenures = {layer.id: keys(found, layer.id)["tenure"] for layer in found.layers}
    assert tenures == {"indigenous_territories": "indigenous",
                       "community_forests": "use_agreement",
                       "community_lands": "customary"}  # fmt: skip
    assert "nothing tells it" in found.files()["community_lands.toml"]
    assert all("the tenure" in layer.check for layer in found.layers)
    assert "No layer of role concession" in found.remarks[0]


def test_an_archive_of_one_source_is_one_layer_a_role_with_the_members_that_serve_it(
    tmp_path: Path,
) -> None:
    sample = resources.folder("sample_data") / "protected"
    found = draft(sample, sample / "wdpa_XKV.zip")
    members = {layer.role.value: keys(found, layer.id)["source"]["members"]
               for layer in found.layers}  # fmt: skip
    assert members == {"protected_area": ["wdpa_points.shp", "wdpa_polygons.shp"],
                       "oecm": ["wdpa_polygons.shp"]}  # fmt: skip
    assert {layer.profile for layer in found.layers} == {"wdpa"}
    assert all("licence" not in "; ".join(layer.check) for layer in found.layers)


def test_a_raster_is_a_layer_where_a_profile_tells_what_its_cells_hold(tmp_path: Path) -> None:
    grid = rasterio.Affine(0.1, 0, 30, 0, -0.1, 0)
    for name in ("xkv_ppp_2020.tif", "cells.tif"):
        with rasterio.open(tmp_path / name, "w", driver="GTiff", width=2, height=2, count=1,
                           dtype="float32", crs=4326, transform=grid,
                           nodata=-9) as out:  # fmt: skip
            out.write(np.ones((2, 2), np.float32), 1)
    found = draft(tmp_path)
    assert keys(found, "xkv_ppp_2020")["profile"] == "worldpop"
    assert [one.file for one in found.left_out] == ["cells.tif"]


def test_ids_are_lower_case_never_a_role_and_never_twice(tmp_path: Path) -> None:
    for folder, name in (("a", "road"), ("a", "Rivières 2"), ("b", "rivieres-2"), ("b", "3 ports")):
        x = 10 * len(name) + ord(folder)
        shape = made.square(x % 90, 0, 0.1 + x / 1000)
        made.geojson(tmp_path / folder / f"{name}.geojson", [made.feature(shape)])
    ids = [layer.id for layer in draft(tmp_path).layers]
    assert sorted(ids) == ["rivieres_2", "rivieres_2_2", "xkv_3_ports", "xkv_road"]


def test_a_line_of_toml_holds_whatever_text_a_file_has() -> None:
    odd = 'a"b\\c\nd\te\x7fé\u2028#'
    line = Line("key", odd, "a remark\nof two lines\x00")
    assert tomllib.loads(line.text) == {"key": odd}
    assert tomllib.loads(Line("key", listed_value([odd, ""])).text) == {"key": [odd, ""]}


def test_the_name_of_a_file_never_ends_a_remark(tmp_path: Path) -> None:
    register(tmp_path / "titles\nrole = 1\x01.geojson")
    made.geojson(tmp_path / "parks\n[x]\x02.geojson", [made.feature(None)])
    found = draft(tmp_path)
    assert [set(tomllib.loads(text)) for text in found.files().values()][-1] == {"label"}
    assert keys(found, "titles_role_1")["role"] == "concession"


def test_a_folder_that_holds_something_is_never_written_to(tmp_path: Path) -> None:
    register(tmp_path / "data" / "titles.geojson")
    there = tmp_path / "there"
    there.mkdir()
    (there / "mine.txt").write_text("mine")
    with pytest.raises(SourceError, match="is there and not empty"):
        drafting.write_catalogue(draft(tmp_path / "data"), there)
    assert [path.name for path in there.iterdir()] == ["mine.txt"]


def test_the_sample_country_is_proposed_whole_and_can_be_read(tmp_path: Path) -> None:
    data = resources.folder("sample_data")
    found = draft(data)
    drafting.write_catalogue(found, tmp_path / "new")
    proposed = catalog.read_catalog(tmp_path / "new")
    known = catalog.read_catalog(resources.folder("layers") / "sample")
    # What the cells of these two hold is in no file name that a profile knows.
    told = [s for s in known.layers.values() if s.role not in ("elevation", "land_cover")]
    assert {(s.role, s.source.path, s.source.layer) for s in told} == {
        (s.role, s.source.path, s.source.layer) for s in proposed.layers.values()
    }
    by_hand = {item.file for item in found.left_out if "write it by hand" in item.reason}
    assert by_hand == {"cover/land_cover_2021.tif", "terrain/elevation.tif"}
    tenures = {s.tenure for s in proposed.of_role("community_land")}
    assert tenures == {s.tenure for s in known.of_role("community_land")}


def run(monkeypatch: pytest.MonkeyPatch, *args: object) -> int:
    monkeypatch.setattr(sys, "argv", ["cetm-geo", *map(str, args)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return int(end.value.code or 0)


def test_the_command_says_what_was_guessed_left_out_and_what_to_do_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    register(tmp_path / "data" / "titles.geojson")
    made.geojson(tmp_path / "data" / "parks.geojson", [made.feature(None)])
    new = tmp_path / "new"
    assert run(monkeypatch, "init", new, "--country", "xkv", "--data", tmp_path / "data") == 0
    said = capsys.readouterr().out
    assert "parks.geojson: nothing can be used: all 1 geometries are null" in said
    assert "1 layers, no problem in the definitions" in said
    assert f"cetm-geo build --layers {new}" in said
    for args, text in (
        (("init", new, "--country", "XKV", "--data", tmp_path / "data"), "not empty"),
        (("init", tmp_path / "b", "--data", tmp_path / "data"), "No country"),
        (("init", tmp_path / "b", "--country", "Peru", "--data", tmp_path), "three letters"),
        (("init", tmp_path / "b", "--country", "XKV"), "Give --data or --file"),
        (("init", tmp_path / "b", "--country", "XKV", "--file", "absent.shp"), "no such file"),
    ):
        assert run(monkeypatch, *args) == 2
        assert text in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


def test_the_philippine_files_become_a_catalogue_that_builds_without_an_edit(
    tmp_path: Path, nasty: Path
) -> None:
    data = nasty / "philippines"
    found = draft(data, iso3="PHL")
    roles = {Path(layer.file).stem: (layer.role.value, layer.profile) for layer in found.layers}
    assert roles == {
        "ph_MPSA_2023": ("concession", ""),
        "ph_APSA_2023": ("concession", ""),
        "ph_CADT_ancestral_domains": ("community_land", ""),
        "ph_KBA": ("key_biodiversity_area", "kba"),
    }
    assert [(x.file, "all 152 geometries are null" in x.reason) for x in found.left_out] == [
        ("ph_AFTA_2023.geojson", True)
    ]
    assert keys(found, "ph_cadt_ancestral_domains")["tenure"] == "indigenous"
    assert keys(found, "ph_apsa_2023")["values"]["status"] == {"application": ["APSA"]}
    drafting.write_catalogue(found, tmp_path / "phl")
    pipeline.build(tmp_path / "phl", data, tmp_path / "store", made.ON)
    opened = store.open_store(tmp_path / "store")
    totals = {(t["scope_id"], t["status_group"]): t for t in opened.rows("all_totals")}
    assert totals["concession", "application"]["sites"] == 460
    assert totals["concession", "all"]["sites"] == 460 + 479
    for role in ("community_land", "key_biodiversity_area"):
        assert totals[role, "all"]["union_km2"] > 1000


def parts_of_wdpa(folder: Path, name: str, count: int = 3) -> None:
    """Polygons as WDPA downloads part them, without IUCN_CAT: `name` holds # for the number."""
    for k in range(count):
        made.geojson(folder / name.replace("#", str(k)), [
            made.feature(made.square(30 + k, -2 - i), SITE_ID=10 * k + i, SITE_PID=f"{k}_{i}",
                         SITE_TYPE="PA", DESIG_ENG="National Park", DESIG_TYPE="National",
                         STATUS="Designated", STATUS_YR=1990, REP_AREA=1.0, REALM="Terrestrial")
            for i in range(2)
        ])  # fmt: skip


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("WDPA_Nov2025_shp_#.geojson", "WDPA_Nov2025_shp_*.geojson"),
        ("WDPA_#/WDPA_polygons.geojson", "WDPA_*/WDPA_polygons.geojson"),
    ],
)
def test_parts_told_apart_by_numbers_are_one_layer_with_a_pattern(
    name: str, pattern: str, tmp_path: Path
) -> None:
    parts_of_wdpa(tmp_path, name)
    found = draft(tmp_path)
    (layer,) = found.layers
    assert keys(found, layer.id)["source"]["path"] == pattern
    assert (layer.profile, layer.rows) == ("wdpa", 6)


def test_numbered_files_stay_apart_where_they_are_vintages_or_a_pattern_takes_others(
    tmp_path: Path,
) -> None:
    for year in (2019, 2023):
        register(tmp_path / f"titles_{year}.geojson", extra=[year] * 4)
    for number in (1, 2):  # the same shapes twice, with other columns than a third file
        register(tmp_path / "v" / f"permits_v{number}.geojson")
    parts_of_wdpa(tmp_path / "w", "WDPA_#.geojson", 2)
    made.geojson(tmp_path / "w" / "WDPA_other.geojson", [made.feature(made.square(1, 1), a=1)])
    paths = [keys(draft(tmp_path), x.id)["source"]["path"] for x in draft(tmp_path).layers]
    assert not any("*" in path for path in paths)


def test_tiles_of_one_raster_are_one_layer(tmp_path: Path) -> None:
    for east in (24, 27):
        place = rasterio.Affine(0.1, 0, east, 0, -0.1, -12)
        path = tmp_path / f"ESA_WorldCover_10m_2021_v200_S12E0{east}_Map.tif"
        with rasterio.open(path, "w", driver="GTiff", width=30, height=30, count=1, dtype="uint8",
                           crs="EPSG:4326", nodata=0, transform=place) as out:  # fmt: skip
            out.write(np.full((1, 30, 30), 10, "uint8"))
    found = draft(tmp_path)
    (layer,) = found.layers
    path = keys(found, layer.id)["source"]["path"]
    assert path == "ESA_WorldCover_10m_2021_v200_S12E02*_Map.tif"


def test_of_two_copies_the_one_that_says_more_stays(tmp_path: Path) -> None:
    fewer = [made.feature(made.square(30 + i, -2, HA_SIDE), holder="A") for i in range(4)]
    made.geojson(tmp_path / "a_mining_titles.geojson", fewer)
    register(tmp_path / "b_titles.geojson")
    rows = [f'L{i + 1},A,Copper,"{made.square(30 + i, -2, HA_SIDE).wkt}"' for i in range(4)]
    (tmp_path / "c_titles.csv").write_text("\n".join(["licence_no,holder,commodity,wkt", *rows]))
    register(tmp_path / "country.geojson", iso3=["XKV"] * 4)  # the same shapes, another role
    found = draft(tmp_path)
    assert {layer.id for layer in found.layers} >= {"b_titles"}
    left = {one.file: one.reason for one in found.left_out}
    assert left["c_titles.csv"] == "the same shapes as b_titles.geojson"
    assert left["a_mining_titles.geojson"] == "the same shapes as b_titles.geojson"


def test_registers_that_share_codes_but_not_shapes_say_so(tmp_path: Path) -> None:
    register(tmp_path / "titles.geojson")
    made.geojson(tmp_path / "mining_permits.geojson", [
        made.feature(made.square(30 + i, -2, 2 * HA_SIDE), licence_no=f"L{i + 1}", holder="A")
        for i in range(4)
    ])  # fmt: skip
    found = draft(tmp_path)
    assert len(found.layers) == 2
    assert all("its codes are those of" in "; ".join(layer.check) for layer in found.layers)


def test_metres_without_a_crs_are_placed_where_one_utm_zone_alone_fits_the_country(
    tmp_path: Path,
) -> None:
    made.geojson(tmp_path / "ne_admin_0_country.geojson",
                 [made.feature(made.square(103, 15, 4), iso3="XKV", name="Kav")])  # fmt: skip
    # One holder has all titles: outlines are told apart by their code.
    corners = [(600_000 + x, 1_800_000 + y) for x, y in ((0, 0), (900, 0), (900, 900), (0, 900))]
    lines = [f"T{t},Copper,A,{n},{x + 5000 * t},{y}" for t in range(4)
             for n, (x, y) in enumerate(corners, 1)]  # fmt: skip
    (tmp_path / "mining_titles.csv").write_text(
        "\n".join(["licence_no,commodity,holder,point_no,easting,northing", *lines])
    )
    layer = keys(draft(tmp_path), "mining_titles")
    assert layer["source"]["geometry"]["group"] == ["licence_no"]
    assert layer["source"]["crs"] == "EPSG:32648"  # 105 E: 600 km east of it is 106 E
