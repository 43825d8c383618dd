"""From the file as it is published to the indicator: sources of nature, people and infrastructure.

Each file is made by code in the published fields, format and CRS (tests/profile_nature.py); the
catalogue names the profile and little else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cetm_geo import loading, pipeline, profiles, readers, screening
from cetm_geo.catalog import read_catalog, source_format
from cetm_geo.model import Catalog, Layer, Screening
from cetm_geo.recognition import recognise
from tests import made, toy
from tests import profile_nature as nature
from tests.profile_nature import CASES, SITE, TRAPS, Case

# Whether the fields were checked against their publication; a change is to be made knowingly.
VERIFIED = {
    "aqueduct_40": True,
    "fao_basins": True,
    "funai": False,
    "hydrobasins": True,
    "hydrorivers": True,
    "ifl": False,
    "kba": True,
    "landmark": False,
    "maus_v2": True,
    "natural_earth_countries": True,
    "natural_earth_places": True,
    "natural_earth_ports": True,
    "natural_earth_railroads": True,
    "natural_earth_roads": True,
    "osm_places": True,
    "osm_power": True,
    "osm_quarries": True,
    "osm_railways": True,
    "osm_roads": True,
    "raisg": True,
    "resolve_ecoregions": True,
    "tang_werner": False,
    "wdpa": True,
}
LICENCE = {"text": "made for a test", "publish": "public"}


@cache
def known_profiles() -> dict[str, Any]:
    return {profile.name: profile for profile in profiles.read_profiles()}


def toml(keys: Mapping[str, Any]) -> str:
    """TOML of texts, lists of texts and tables of them, in which JSON's form is TOML's."""
    plain = [f"{k} = {json.dumps(v)}" for k, v in keys.items() if not isinstance(v, Mapping)]
    tables = [f"[{k}]\n{toml(v)}" for k, v in keys.items() if isinstance(v, Mapping)]
    return "\n".join([*plain, *tables]) + "\n"


def catalogue(folder: Path, sites: list[Any], **layers: Mapping[str, Any]) -> Catalog:
    """A catalogue of titles on `sites`, s0, s1, ..., and of the given layers by id."""
    features = [made.feature(shape, code=f"s{i}") for i, shape in enumerate(sites)]
    made.geojson(folder / "titles.geojson", features)
    titles = {"role": "concession", "columns": {"feature_id": "code"}, "licence": LICENCE}
    titles["source"] = {"path": "titles.geojson"}
    out = folder / "layers"
    out.mkdir()
    for name, keys in {"titles": titles, **layers}.items():
        common = {"label": name, "as_of": "2026", "complete_within": "world"}
        (out / f"{name}.toml").write_text(toml({**common, **keys}), encoding="utf-8")
    return read_catalog(out)


def screened(catalog: Catalog, data: Path) -> tuple[dict[str, Layer], Screening]:
    layers = loading.read_layers(catalog, data, made.ON)
    sites = pipeline.titles_of(catalog, layers)
    return layers, screening.screen(sites, layers, made.ON)


def value_of(result: Screening, indicator_id: str, site: str = "s0") -> Any:
    rows = result.indicators.set_index(["site_id", "indicator_id"])
    return rows.loc[(f"titles:{site}", indicator_id)]


def class_km2(result: Screening, site: str = "s0") -> dict[str, float]:
    """km2 of the site in each class of the layer `tested`."""
    rows = result.coverage.query(f"scope_id == 'tested' and site_id == 'titles:{site}'")
    rows = rows[rows["class_id"] != ""]
    return dict(zip(rows["class_id"], rows["covered_km2"], strict=True))


def one_case(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


def one_layer(folder: Path, case: Case, **more: Any) -> tuple[Layer, Screening]:
    """The layer `tested` of a case, and the screening of the site against it."""
    keys = {"profile": case.profile, "source": case.make(folder), **more}
    layers, result = screened(catalogue(folder, [SITE], tested=keys), folder)
    return layers["tested"], result


def test_every_profile_says_where_its_fields_come_from_and_if_they_were_checked() -> None:
    for name, verified in VERIFIED.items():
        profile = known_profiles()[name]
        assert profile.facts.verified is verified, name
        assert profile.facts.source
        assert profile.facts.names, name
        assert "role" in profile.layer or name == "wdpa"
        assert profile.layer["licence"]["attribution"], name
    open_data = {n for n in VERIFIED if known_profiles()[n].layer["licence"]["publish"] == "public"}
    assert {n.split("_")[0] for n in open_data} == {"aqueduct", "maus", "natural", "osm", "tang"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_from_the_published_file_to_the_indicator(case: Case, tmp_path: Path) -> None:
    layer, result = one_layer(tmp_path, case)
    assert (layer.source["rows_accepted"], layer.source["rows_excluded"]) == case.rows
    assert made.balanced(layer)
    for indicator_id, expected in case.values.items():
        row = value_of(result, indicator_id)
        assert row["value"] == pytest.approx(expected, rel=1e-4), indicator_id
        assert row["status"] == "ok", indicator_id
    given = result.indicators["indicator_id"]
    assert bool(case.values) == bool(given.str.startswith("tested_").any())


PUBLISHED = (
    *((case.name, case.profile, case.make, case.recognised) for case in CASES),
    ("wdpa", "wdpa", nature.wdpa, True),
    ("wdpa old", "wdpa", lambda folder: nature.wdpa(folder, old=True), True),
)


@pytest.mark.parametrize(("name", "profile", "make", "recognised"), PUBLISHED)
def test_a_published_file_is_recognised_by_its_own_profile_and_by_no_other(
    name: str, profile: str, make: Any, recognised: bool, tmp_path: Path
) -> None:
    source = made.spec(**make(tmp_path)).source
    raw = readers.read_source(tmp_path, source, source_format(made.spec(source.path)))
    columns = list(raw.attributes.columns)
    upper = [column.upper() for column in columns]
    ours = [known_profiles()[n] for n in VERIFIED]
    for held in (columns, upper):
        found = recognise(held, f"{source.path}/{source.layer}", ours)
        assert (found.name if found else None) == (profile if recognised else None)
        if found:
            assert "the same fits" not in found.reason
            assert found.verified is VERIFIED[profile]
    others = [p for p in ours if p.name != profile and recognise(columns, "", [p])]
    # Geofabrik's roads have all columns of its railways; the longer signature wins.
    assert [p.name for p in others] == (["osm_railways"] if name == "geofabrik roads" else [])


# --- the WDPA ------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["new schema", "old schema"])
def world(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Layers and screening of the trap sites against a download of the WDPA."""
    folder = tmp_path_factory.mktemp("wdpa")
    source = nature.wdpa(folder, old=request.param == "old schema")
    keys = {"profile": "wdpa", "source": source}
    sites = [nature.trap_site(number) for number in range(len(TRAPS))]
    catalog = catalogue(
        folder, sites, tested={**keys, "role": "protected_area"}, others={**keys, "role": "oecm"}
    )
    return screened(catalog, folder)


@pytest.mark.parametrize("number", range(len(TRAPS)), ids=lambda number: TRAPS[number].name)
def test_the_wdpa_is_cleaned_as_its_publisher_says(world: Any, number: int) -> None:
    trap, (_, result) = TRAPS[number], world
    expected = {
        "protected_area_overlap_km2": trap.protected_km2,
        "protected_area_overlap_share": trap.protected_km2 / 2,
        "protected_area_count": trap.protected_count,
        "oecm_overlap_km2": trap.oecm_km2,
    }
    for indicator_id, value in expected.items():
        row = value_of(result, indicator_id, f"s{number}")
        assert row["value"] == pytest.approx(value, rel=1e-4), indicator_id
        assert row["status"] == "ok"
    assert class_km2(result, f"s{number}") == pytest.approx(dict(trap.classes), rel=1e-4)


def test_all_three_parts_of_the_wdpa_are_read_points_and_polygons(world: Any) -> None:
    layers, _ = world
    tested, others = layers["tested"], layers["others"]
    rows = sum(len(trap.rows) for trap in TRAPS)
    assert tested.source["rows_in"] == others.source["rows_in"] == rows
    # Left out: two by status, a point without area, a marine site, an OECM.
    assert (tested.source["rows_excluded"], tested.source["rows_rejected"]) == (5, 0)
    assert (len(others.features), others.source["rows_rejected"]) == (1, 0)
    assert made.balanced(tested)
    assert made.balanced(others)
    assert tested.features["name"].str.startswith("Park ").all()  # never the original name
    assert {"305092_1", "305092_2"} <= set(tested.features["feature_id"])
    assert (tested.features["circle"] == "derived_from_point").sum() == 1


def test_a_layer_may_count_proposed_sites_by_a_class_of_its_own(tmp_path: Path) -> None:
    number = next(i for i, trap in enumerate(TRAPS) if trap.name == "proposed")
    own = {"id": "proposed_counted", "label": "Proposed", "column": "STATUS"}
    keys = {"role": "protected_area", "profile": "wdpa", "source": nature.wdpa(tmp_path)}
    catalogue(tmp_path, [nature.trap_site(number)], tested=keys)
    path = tmp_path / "layers" / "tested.toml"
    text = f"{path.read_text()}\n[[classes]]\n{toml({**own, 'values': ['Proposed']})}"
    path.write_text(text)
    _, result = screened(read_catalog(tmp_path / "layers"), tmp_path)
    assert value_of(result, "protected_area_overlap_km2")["value"] == pytest.approx(1, rel=1e-4)
    assert class_km2(result) == pytest.approx({"proposed_counted": 1}, rel=1e-4)


# --- what only one source has --------------------------------------------------------------------


def test_ids_beyond_32_bits_that_come_as_floats_stay_whole_numbers(tmp_path: Path) -> None:
    layer, result = one_layer(tmp_path, one_case("hydrobasins"))
    ids = ["4080022780", "4080022790", "4080022800"]
    assert layer.features["feature_id"].tolist() == layer.features["group_id"].tolist() == ids
    met = result.overlaps[result.overlaps["layer_id"] == "tested"]
    assert met["feature_id"].tolist() == ids[:2]


def network_of(layer: Layer) -> list[tuple[Any, ...]]:
    """Basin, what it drains to, why none follows, its area, that upstream, km to the outlet."""
    assert layer.links is not None
    names = ["basin_id", "downstream_id", "end", "declared_km2", "upstream_km2", "outlet_km"]
    rows = layer.links[names].astype(object)
    return list(rows.where(rows.notna(), None).itertuples(index=False, name=None))


def test_basins_drain_as_published_and_a_virtual_connection_is_not_followed(tmp_path: Path) -> None:
    layer, _ = one_layer(tmp_path, one_case("hydrobasins"))
    upper, lower, sink = "4080022780", "4080022790", "4080022800"
    assert network_of(layer) == [
        (upper, lower, "", 60, 60, 6.6),
        (lower, None, "outlet", 60, 120, 0),
        (sink, lower, "sink", 1, 1, 9.9),
    ]
    text = f"an inland sink: the link it states, to {lower}, is not followed"
    issues = layer.issues.set_index("feature_id")["problem"]
    assert issues.to_dict() == {sink: text}  # areas and sums upstream are right


def test_reaches_drain_as_published_with_their_order(tmp_path: Path) -> None:
    layer, _ = one_layer(tmp_path, one_case("hydrorivers"))
    assert network_of(layer) == [
        ("40000001", "40000002", "", 30, 30, 21.5),
        ("40000002", None, "outlet", 12.5, 42.5, 0),
    ]
    assert layer.links is not None
    assert layer.links["stream_order"].tolist() == [3, 3]
    assert layer.issues.empty


def test_parts_that_share_a_code_are_one_basin_and_a_code_of_zero_is_none(tmp_path: Path) -> None:
    layer, _ = one_layer(tmp_path, one_case("fao_basins"))
    groups = layer.features["group_id"].tolist()
    assert groups[:2] == ["18036", "18036"]
    assert groups[2].startswith("row-")
    assert network_of(layer) == [
        ("18036", "18037", "dangling_link", 36, None, None),
        (groups[2], None, "not_stated", None, None, None),
    ]


@pytest.mark.parametrize("name", ["aqueduct gpkg", "aqueduct gdb"])
def test_arid_land_and_no_data_are_classes_beside_low_stress(name: str, tmp_path: Path) -> None:
    layer, result = one_layer(tmp_path, one_case(name))
    assert layer.features["group_id"].tolist() == ["453000", "453000", "454000"]
    stress = {"water_stress_arid": 1, "water_stress_no_data": 1}
    assert class_km2(result) == pytest.approx(stress, rel=1e-4)
    extreme = layer.features["class_id"] == "water_stress_extremely_high"
    assert extreme.tolist() == [False, True, False]


def test_alliance_for_zero_extinction_sites_are_a_class_that_counts(tmp_path: Path) -> None:
    layer, result = one_layer(tmp_path, one_case("kba"))
    assert class_km2(result) == pytest.approx({"aze": 1}, rel=1e-4)
    assert layer.features["name"].tolist() == ["Upper marsh", "Lower marsh"]


def test_who_a_community_is_tells_the_tenure_and_recognition_is_shown(tmp_path: Path) -> None:
    layer, result = one_layer(tmp_path, one_case("landmark"))
    assert layer.features["tenure"].tolist() == ["indigenous", "customary", "indigenous"]
    split = {"acknowledged": 1, "not_acknowledged": 1}
    assert class_km2(result) == pytest.approx(split, rel=1e-4)
    assert layer.spec.licence.publish == "derived_only"


def test_a_layer_may_call_land_that_is_not_acknowledged_claimed(tmp_path: Path) -> None:
    by_recognition = {"columns": {"tenure": "form_rec"}}
    layer, _ = one_layer(tmp_path, one_case("landmark"), **by_recognition)
    assert layer.features["tenure"].tolist()[1] == "claimed"


def test_territories_of_the_amazon_keep_their_accents_and_are_indigenous(tmp_path: Path) -> None:
    layer, _ = one_layer(tmp_path, one_case("raisg"))
    assert layer.source["crs"] == "EPSG:4674"
    assert layer.features["name"].tolist() == ["Ríos", "Selva"]
    assert set(layer.features["tenure"]) == {"indigenous"}


def test_the_phase_of_a_brazilian_land_tells_what_is_only_claimed(tmp_path: Path) -> None:
    layer, _ = one_layer(tmp_path, one_case("funai"))
    assert layer.features["tenure"].tolist() == ["indigenous", "claimed"]
    assert layer.features["name"].tolist() == ["Açu", "Ipê"]


def test_half_protected_and_imperiled_ecoregions_are_told_apart(tmp_path: Path) -> None:
    layer, _ = one_layer(tmp_path, one_case("ecoregions"))
    assert layer.features["class_id"].tolist() == ["imperiled", "half_protected"]


@pytest.mark.parametrize(
    ("column", "status", "value"),
    [(0, "ok", 0.0), (9, "outside_layer_extent", None), (20, "outside_layer_extent", None)],
)
def test_a_country_bounds_where_a_layer_is_complete(
    column: int, status: str, value: float | None, tmp_path: Path
) -> None:
    # The country ends at column 10; its code stands in ISO_A3_EH, its ISO_A3 is -99.
    made.geojson(tmp_path / "parks.geojson", [made.feature(toy.block(-40, 0))])
    countries = {
        "profile": "natural_earth_countries",
        "source": nature.natural_earth_countries(tmp_path),
    }
    parks = {
        "role": "protected_area", "source": {"path": "parks.geojson"}, "licence": LICENCE,
        "complete_within": "XTY",
    }  # fmt: skip
    site = toy.block(column, 0, 2, 1)
    catalog = catalogue(tmp_path, [site], tested=countries, parks=parks)
    layers, result = screened(catalog, tmp_path)
    row = value_of(result, "parks_overlap_km2")
    assert row["status"] == status
    assert pd.isna(row["value"]) if value is None else row["value"] == value
    features = layers["tested"].features
    assert features["iso3"].fillna("none").tolist() == ["XTY", "none"]
    assert features["name"].tolist() == ["Côte", "Nord"]


def test_names_in_any_script_are_read(tmp_path: Path) -> None:
    layer, _ = one_layer(tmp_path, one_case("osm places"))
    assert layer.features["name"].fillna("none").tolist() == ["บ้าน", "none"]
