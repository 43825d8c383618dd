"""Definitions: every mistake of every file at once, profiles, and the two schemas of the WDPA."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cetm_geo import resources
from cetm_geo.catalog import read_catalog, source_format
from cetm_geo.errors import ColumnsNotFound, DefinitionError
from cetm_geo.normalize import normalize_layer
from cetm_geo.readers import read_source
from tests import made

GOOD = """
role = "protected_area"
label = "Parks"

[source]
path = "parks.geojson"

[licence]
text = "CC0"
publish = "public"
"""
COUNTRY = GOOD.replace("protected_area", "country") + '\n[columns]\niso3 = "ISO3"\n'


def catalogue(folder: Path, **layers: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in layers.items():
        (folder / f"{name}.toml").write_text(text)
    return folder


def problems(folder: Path) -> list[tuple[str, str, str]]:
    """File name, key and text of each problem; each is also a line of the message."""
    with pytest.raises(DefinitionError) as caught:
        read_catalog(folder)
    found = caught.value.problems
    assert str(caught.value).splitlines()[1:] == [f"  {p}" for p in found]
    return [(Path(p.path).name, p.key, p.text) for p in found]


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    licence = '[licence]\ntext = "CC0"\npublish = "public"\n'
    folder = catalogue(
        tmp_path,
        good=GOOD,
        river=GOOD.replace("parks.geojson", "../parks.geojson").replace(
            "label =", 'as_of = "spring 2026"\ncomplete_within = "ATL"\nlabel ='
        ),
        lands=GOOD.replace("protected_area", "community_land").replace(
            "\n[source]", '\n[values.status]\nactive = ["Yes"]\nexpired = [" yes", "YES"]\n[source]'
        ),
        misspelt=GOOD.replace("label =", "lable =").replace("protected_area", "park"),
        unlicensed=GOOD.replace(licence, ""),
        broken="role = ",
    )
    expected = {
        ("river.toml", "id", "river"),
        ("river.toml", "source.path", ".."),
        ("river.toml", "as_of", "spring 2026"),
        ("river.toml", "complete_within", "ATL"),
        ("lands.toml", "tenure", "indigenous, customary, use_agreement, claimed"),
        ("lands.toml", "values.status", "'yes' stands for two values"),
        ("misspelt.toml", "lable", "did you mean label?"),
        ("misspelt.toml", "label", "required"),
        ("misspelt.toml", "role", "park"),
        ("unlicensed.toml", "licence", "required"),
        ("broken.toml", "", "not valid TOML"),
    }
    found = problems(folder)
    assert {(name, key) for name, key, _ in found} == {(name, key) for name, key, _ in expected}
    assert len(found) == len(expected)
    for name, key, text in expected:
        assert [text in t for n, k, t in found if (n, k) == (name, key)] == [True], (name, key)


# What is changed in GOOD, and the key that is wrong then.
ONE_MISTAKE = [
    (('publish = "public"', 'publish = "anyone"'), "licence.publish"),
    (('text = "CC0"', 'text = "CC0"\nattributon = "A"'), "licence.attributon"),
    (("parks.geojson", "/etc/parks.geojson"), "source.path"),
    (("parks.geojson", "parks.doc"), "source.format"),
    (("parks.geojson", "parks.csv"), "source.geometry"),
    (('.geojson"', '.csv"\ngeometry = {x = "lon"}'), "source.geometry"),
    (('.geojson"', '.csv"\ngeometry = {x = "x", y = "y", wkt = "w"}'), "source.geometry"),
    (('.geojson"', '.csv"\ngeometry = {x = "x", y = "y", order = "n"}'), "source.geometry"),
    (('.geojson"', '.geojson"\ngeometry = {wkt = "w"}'), "source.geometry"),
    (('.geojson"', '.geojson"\naxes = "y_x"'), "source.axes"),
    (('.geojson"', '.geojson"\ngiven_on = "last May"'), "source.given_on"),
    (('.geojson"', '.geojson"\ncrs_override = "EPSG:1"'), "source.crs_override"),
    (('.geojson"', '.geojson"\nmembers = ["a.shp"]'), "source.members"),
    (('.geojson"', '.geojson"\ncrs = "EPSG:1"'), "source.crs"),
    (("label =", 'profile = "wdap"\nlabel ='), "profile"),
    (("label =", 'profile = "../profiles/wdpa"\nlabel ='), "profile"),
    (("label =", 'id = "parks"\nlabel ='), "id"),
    (("label =", 'as_of = "2026-13"\nlabel ='), "as_of"),
    (("label =", 'as_of = "2026-02-30"\nlabel ='), "as_of"),
    (("label =", 'as_of = "2026-2"\nlabel ='), "as_of"),
    (("label =", "as_of = 2026\nlabel ="), "as_of"),
    (("label =", "positional_error_m = -1\nlabel ="), "positional_error_m"),
    (("label =", 'complete_within = "layer:lakes"\nlabel ='), "complete_within"),
    (("label =", 'complete_within = "Kenya"\nlabel ='), "complete_within"),
    (("label =", "columns = 3\nlabel ="), "columns"),
    (("label =", 'indicators = ["nearest"]\nlabel ='), "indicators"),
    (("label =", 'profile = "wdpa"\ncolumns = 3\nlabel ='), "columns"),
    (("[source]", '[columns]\nnaem = "N"\n[source]'), "columns.naem"),
    (("[source]", '[columns]\ndeclared_area = "A"\n[source]'), "declared_area_unit"),
    (("[source]", '[values.stage]\ndigging = ["D"]\n[source]'), "values.stage.digging"),
    (("[source]", '[values.method]\nshovel = ["S"]\n[source]'), "values.method.shovel"),
    (
        ("protected_area", 'concession"\ncolumns = {valid_to = "END"}\nnote = "'),
        "columns.valid_to",
    ),
    (("[source]", '[values.colour]\nred = ["R"]\n[source]'), "values.colour"),
    (("[source]", '[[exclude]]\ncolumn = "A"\nreason = "b"\n[source]'), "exclude.0"),
    (("label =", 'personal_columns = ["N"]\ncolumns = {name = "N"}\nlabel ='), "columns.name"),
]


@pytest.mark.parametrize(("change", "key"), ONE_MISTAKE)
def test_a_definition_with_one_mistake_is_refused_for_that_mistake(
    tmp_path: Path, change: tuple[str, str], key: str
) -> None:
    assert [k for _, k, _ in problems(catalogue(tmp_path, parks=GOOD.replace(*change)))] == [key]


def test_what_only_looks_like_a_mistake_is_taken(tmp_path: Path) -> None:
    profile = tmp_path / "profiles"
    catalogue(profile, register='[values.status]\nactive = ["Valid"]\n')
    parks = GOOD.replace("label =", 'as_of = "2024-02-29"\ncomplete_within = "XKV"\nlabel =')
    again = 'profile = "register"\n' + parks + '\n[values.status]\nactive = ["valid", "Live"]\n'
    read = read_catalog(catalogue(tmp_path / "made", parks=parks, again=again, land=COUNTRY))
    assert set(read.layers) == {"parks", "again", "land"}


def test_a_profile_that_was_not_checked_says_so_in_every_layer_that_follows_it(
    tmp_path: Path,
) -> None:
    facts = '[profile]\nlabel = "A register"\nsource = "a copy"\nverified = {}\n'
    for said, expected in (("false", ["A register"]), ("true", [])):
        folder = tmp_path / said
        catalogue(folder / "profiles", register=facts.format(said))
        titles = 'profile = "register"\n' + GOOD
        spec = read_catalog(catalogue(folder / "made", titles=titles)).layers["titles"]
        books = normalize_layer(
            made.raw_frame([{}], [made.square(0, 0)]), spec, made.FACTS, made.ON
        )
        notes = [p for p in books.issues["problem"] if "was not checked" in p]
        assert [e in n for e, n in zip(expected, notes, strict=True)] == [True] * len(expected)


def test_a_country_that_no_layer_can_state_is_a_mistake(tmp_path: Path) -> None:
    parks = GOOD.replace("label =", 'complete_within = "ZZZ"\nlabel =')
    fixed = GOOD.replace("protected_area", "country").replace("label =", 'iso3 = "XKV"\nlabel =')
    found = problems(catalogue(tmp_path / "fixed", parks=parks, land=fixed))
    assert [(name, key) for name, key, _ in found] == [("parks.toml", "complete_within")]
    assert read_catalog(catalogue(tmp_path / "column", parks=parks, land=COUNTRY)).layers


def test_a_folder_that_holds_no_definition_is_said_to_hold_none(tmp_path: Path) -> None:
    assert "no layer definition" in problems(tmp_path)[0][2]
    assert "no such folder" in problems(tmp_path / "absent")[0][2]


@pytest.mark.parametrize("name", ["sample", "cambodia"])
def test_a_shipped_catalogue_is_valid_and_licensed(name: str) -> None:
    read = read_catalog(resources.folder("layers") / name)
    assert read.label and len(read.layers) > 10
    assert all(spec.licence.text and spec.source.path for spec in read.layers.values())


def test_a_profile_is_merged_under_the_layers_own_keys(tmp_path: Path) -> None:
    profile = """
        label = "From the profile"
        note = "From the profile"
        missing_texts = ["N/A"]
        [columns]
        name = "NAME"
        designation = "DESIG"
        [[exclude]]
        column = "STATUS"
        values = ["Gone"]
        reason = "profile"
    """
    own = """
        profile = "shared"
        optional_columns = ["group_id"]
        missing_texts = ["-"]
        columns = {name = "OWN_NAME", group_id = "GROUP"}
        exclude = [{column = "KIND", values = ["Other"], reason = "own"}]
    """
    catalogue(tmp_path / "profiles", shared=profile)
    read = read_catalog(catalogue(tmp_path / "made", parks=own + GOOD))
    spec = read.layers["parks"]
    assert (spec.label, spec.note) == ("Parks", "From the profile")
    assert spec.columns == {"name": "OWN_NAME", "designation": "DESIG", "group_id": "GROUP"}
    assert set(spec.optional_columns) == {"group_id", "designation"}
    assert spec.missing_texts == ("-", "N/A")
    assert [rule.reason for rule in spec.exclude] == ["own", "profile"]


# --- the two schemas of the WDPA -----------------------------------------------------------------

OLD_NAMES = {
    "SITE_ID": "WDPAID", "SITE_PID": "WDPA_PID", "SITE_TYPE": "PA_DEF", "NAME_ENG": "NAME",
    "NAME": "ORIG_NAME", "REALM": "MARINE", "PRNT_ISO3": "PARENT_ISO3",
}  # fmt: skip
OLD_VALUES: dict[str, dict[str, Any]] = {
    "SITE_TYPE": {"PA": "1", "OECM": "0"},
    "REALM": {"Terrestrial": "0", "Coastal": "1", "Marine": "2"},
}


def new_row(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "SITE_ID": 100 + number // 2, "SITE_PID": f"10{number // 2}_{number}", "SITE_TYPE": "PA",
        "NAME_ENG": f"Park {number}", "NAME": f"Parc {number}", "DESIG_ENG": "National Park",
        "IUCN_CAT": "II", "REALM": "Terrestrial", "REP_AREA": 12.5, "STATUS": "Designated",
        "PRNT_ISO3": "XKV",
    } | changes  # fmt: skip


def old_row(row: dict[str, Any]) -> dict[str, Any]:
    return {OLD_NAMES.get(k, k): OLD_VALUES.get(k, {}).get(v, v) for k, v in row.items()}


def test_rows_of_the_old_and_the_new_wdpa_give_the_same_features(tmp_path: Path) -> None:
    rows = [
        new_row(1),
        new_row(2, SITE_TYPE="OECM"),
        new_row(3, REALM="Coastal", IUCN_CAT="Ia"),
        new_row(4, REALM="Marine"),
        new_row(5, STATUS="Proposed"),
        new_row(6, DESIG_ENG="UNESCO-MAB Biosphere Reserve"),
        new_row(7, STATUS="Adopted"),
    ]
    shapes = [made.square(number, 10) for number in range(len(rows))]
    layers = read_catalog(resources.folder("layers") / "sample").layers
    for folder, given in (("new", rows), ("old", [old_row(r) for r in rows])):
        features = [made.feature(s, **r) for s, r in zip(shapes, given, strict=True)]
        made.geojson(tmp_path / folder / "wdpa.geojson", features)
    for name, expected in (("wdpa_protected_areas", 4), ("wdpa_oecms", 1)):
        shipped = layers[name]
        spec = made.spec("wdpa.geojson", **{
            key: getattr(shipped, key) for key in
            ("role", "columns", "optional_columns",
             "rename", "exclude", "classes", "point_area_km2")
        })  # fmt: skip
        new, old = (made.read(tmp_path / folder, spec) for folder in ("new", "old"))
        pd.testing.assert_frame_equal(pd.DataFrame(new.features), pd.DataFrame(old.features))
        pd.testing.assert_frame_equal(new.issues, old.issues)
        assert len(new.features) == expected
        assert made.balanced(new)
        assert new.features["name"].str.startswith("Park").all()


def test_a_column_that_is_not_in_the_file_is_told_with_near_names(tmp_path: Path) -> None:
    made.geojson(tmp_path / "made.geojson", [made.feature(made.square(0, 0), NAMME="a", Code="b")])
    spec = made.spec(columns={"name": "NAME", "feature_id": "code", "designation": "Kind"})
    with pytest.raises(ColumnsNotFound) as caught:
        made.read(tmp_path, spec)
    assert "made.geojson" in str(caught.value)
    assert "'NAME' (near: 'NAMME')" in str(caught.value)
    assert "'Kind'" in str(caught.value)
    assert "'code'" not in str(caught.value)


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "shp", "parquet"])
def test_personal_columns_are_never_read(tmp_path: Path, ending: str) -> None:
    frame = made.frame([made.square(0, 0)], Name="Park", Phone="555", PASSPORT="X1")
    made.write(frame, tmp_path / f"made.{ending}")
    spec = made.spec(f"made.{ending}", layer="made" if ending == "gpkg" else "",
                     personal_columns=("phone", "Passport"))  # fmt: skip
    raw = read_source(tmp_path, spec.source, source_format(spec), spec.personal_columns)
    assert list(raw.attributes.columns) == ["Name"]
    assert len(raw) == 1
