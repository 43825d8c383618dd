"""Water in the toy country: four basins in a row, 10 km wide each, whose water flows east."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from cetm_geo import tables
from cetm_geo.evidence import OutOfTime
from cetm_geo.ground import Ground
from cetm_geo.model import Layer, Role, Screening
from cetm_geo.pressure import ALL
from cetm_geo.screening import screen, sites_from_shapes
from cetm_geo.watersheds import DOWNSTREAM
from tests import toy

# b1 -> b2 -> b3 -> b4 -> sea; b5 lies apart and drains to b9, which nobody has drawn.
LINKS = {
    "f1": ("f2", "", 60.0),
    "f2": ("f3", "", 48.0),
    "f3": ("f4", "", 10.0),
    "f4": ("0", "outlet", 0.0),
    "f5": ("f9", "dangling_link", 7.0),
}


def basins(links: dict[str, tuple[str | None, str, float]] = LINKS, **more: Any) -> Layer:
    """Four basins of 10 x 10 km in a row, and one of 10 x 5 km below the first."""
    shapes = [toy.block(10 * i, 0, 10, 10) for i in range(4)] + [toy.block(0, -5, 10, 5)]
    layer = toy.layer("basins", Role.WATER_BASIN, shapes, **more)
    rows = pd.DataFrame(
        {
            "layer_id": "basins",
            "basin_id": list(links),
            "downstream_id": [d for d, _, _ in links.values()],
            "end": [end for _, end, _ in links.values()],
            "outlet_km": [km for _, _, km in links.values()],
        }
    )
    return replace(layer, links=tables.build(tables.LINKS, rows))


def countries(*last_column: int) -> Layer:
    """Countries side by side that end at these columns."""
    first = [-20, *last_column[:-1]]
    shapes = [toy.block(a, -20, b - a, 50) for a, b in zip(first, last_column, strict=True)]
    layer = toy.layer("countries", Role.COUNTRY, shapes)
    features = layer.features.assign(iso3=[f"XA{chr(65 + i)}" for i in range(len(shapes))])
    return replace(layer, features=features)


def titles(*shapes: Any, status: tuple[str, ...] = ()) -> tuple[Any, Layer]:
    """Titles as sites, and as a register of the toy country."""
    layer = toy.layer("titles", Role.CONCESSION, list(shapes))
    statuses = list(status) or ["active"] * len(shapes)
    layer = replace(layer, features=layer.features.assign(status=statuses))
    return toy.sites(list(shapes)).assign(status=statuses), layer


def screened(sites: Any, *layers: Layer) -> Screening:
    return screen(sites, {x.spec.id: x for x in layers}, toy.ON)


def value(result: Screening, indicator_id: str, row: int = 0) -> Any:
    return line(result, indicator_id, row)["value"]


def line(result: Screening, indicator_id: str, row: int = 0) -> Any:
    found = result.indicators[result.indicators["indicator_id"] == indicator_id]
    return found.iloc[row]


PROPOSAL = toy.block(2, 2, 2, 2)  # 4 km2 in the first basin


def test_a_site_is_told_the_whole_way_of_its_water_and_why_it_is_known_no_further() -> None:
    sites = sites_from_shapes([PROPOSAL, toy.block(2, -3, 1, 1)], ["a", "b"])
    result = screened(sites, basins())
    assert value(result, "basins_downstream_count", 0) == 3
    assert value(result, "basins_downstream_count", 1) == 0
    way = line(result, "basins_downstream_count", 0)["value_text"]
    assert way.startswith("basins f1 (f1) > basins f2 (f2) > basins f3 (f3) > basins f4 (f4); ")
    assert "an outlet" in way
    assert (
        "drains to f9, which the layer does not hold"
        in line(result, "basins_downstream_count", 1)["value_text"]
    )
    assert value(result, "basins_downstream_km", 0) == 60


def test_a_headwater_is_a_basin_that_takes_no_water_from_another() -> None:
    sites = sites_from_shapes([PROPOSAL, toy.block(12, 2, 1, 1)], ["a", "b"])
    result = screened(sites, basins())
    assert value(result, "basins_headwater", 0) == 1
    assert value(result, "basins_headwater", 1) == 0
    assert value(result, "water_basin_headwater", 0) == 1


def test_a_layer_without_a_network_says_that_it_has_none() -> None:
    plain = replace(basins(), links=None)
    found = line(screened(sites_from_shapes([PROPOSAL], ["a"]), plain), "basins_downstream_count")
    assert np.isnan(found["value"])
    assert found["status"] == "not_applicable"
    assert "does not say which basin drains" in found["note"]


def test_countries_are_counted_over_the_basins_of_the_site_and_all_below() -> None:
    sites = sites_from_shapes([PROPOSAL, toy.block(32, 2, 1, 1)], ["a", "b"])
    result = screened(sites, basins(), countries(15, 60))
    assert value(result, "basins_country_count", 0) == 2
    assert line(result, "basins_country_count", 0)["value_text"] == "XAA, XAB"
    assert value(result, "transboundary", 0) == 1
    assert value(result, "basins_country_count", 1) == 1
    assert value(result, "transboundary", 1) == 0


def test_one_country_alone_does_not_make_a_river_national() -> None:
    result = screened(sites_from_shapes([PROPOSAL], ["a"]), basins(), countries(15))
    found = line(result, "basins_country_count")
    assert found["value"] == 1
    assert found["status"] == "outside_layer_extent"
    assert "in no country that is loaded" in found["note"]
    assert np.isnan(value(result, "transboundary"))


def test_no_country_loaded_is_a_missing_layer() -> None:
    found = line(screened(sites_from_shapes([PROPOSAL], ["a"]), basins()), "transboundary")
    assert np.isnan(found["value"])
    assert found["status"] == "layer_missing"


def test_downstream_land_is_that_of_the_basins_the_water_enters_within_the_distance() -> None:
    # The water enters f3 12 km below the mouth of f1, f4 after 50 km.
    park = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(1, 6, 2, 1), toy.block(38, 0, 4, 5)])
    towns = toy.layer(
        "towns",
        Role.SETTLEMENT,
        [shapely.Point(0.255, toy.row_edge(5)), shapely.Point(0.355, toy.row_edge(5))],
    )
    result = screened(sites_from_shapes([PROPOSAL], ["a"]), basins(), park, towns)
    assert value(result, "downstream_basins_50km_protected_area_km2") == pytest.approx(12, 1e-9)
    assert value(result, "downstream_basins_50km_protected_area_count") == 2
    assert value(result, "downstream_basins_50km_settlement_count") == 2
    shorter = dict(LINKS) | {"f3": ("f4", "", 9.0)}  # 51 km: past the cut at 50, within 100
    result = screened(sites_from_shapes([PROPOSAL], ["a"]), basins(shorter), park, towns)
    assert value(result, "downstream_basins_50km_protected_area_km2") == pytest.approx(2, 1e-9)
    assert value(result, "downstream_basins_100km_protected_area_km2") == pytest.approx(12, 1e-9)
    assert value(result, "downstream_basins_50km_settlement_count") == 1


def test_without_river_distances_the_land_of_its_basins_near_in_a_straight_line_counts() -> None:
    nowhere = {k: (d, end, np.nan) for k, (d, end, _) in LINKS.items()}
    # In the last basin, 29 km away; and beside it, in none that the water passes.
    park = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(32, 0, 2, 5), toy.block(32, 12)])
    result = screened(sites_from_shapes([PROPOSAL], ["a"]), basins(nowhere), park)
    found = line(result, "downstream_basins_50km_protected_area_km2")
    assert found["value"] == pytest.approx(10, 1e-9)
    assert "straight line" in found["note"]
    wide = toy.block(-90, 0, 100, 10)  # the first basin, drawn 100 columns wide
    shapes = [wide, *basins().shapes[1:]]
    coarse = toy.layer("basins", Role.WATER_BASIN, shapes)
    coarse = replace(coarse, links=basins(nowhere).links)
    far = toy.layer(
        "parks", Role.PROTECTED_AREA, [toy.block(-60, 0, 2, 5), toy.block(-20, 0, 1, 5)]
    )
    result = screened(sites_from_shapes([PROPOSAL], ["a"]), coarse, far)
    # 62 columns of 1.113 km upstream, and 22: half the first basin is farther than 50 km.
    assert value(result, "downstream_basins_50km_protected_area_km2") == pytest.approx(5, 1e-9)
    assert value(result, "downstream_basins_100km_protected_area_km2") == pytest.approx(15, 1e-9)


def test_what_lies_below_is_missing_or_unknown_never_nothing() -> None:
    sites = sites_from_shapes([PROPOSAL, toy.block(70, 2, 1, 1)], ["a", "far from any basin"])
    park = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(60, 0)], complete_within="")
    result = screened(sites, basins(), park)
    unearned = line(result, "downstream_basins_50km_protected_area_km2", 0)
    assert np.isnan(unearned["value"])
    assert unearned["status"] == "no_data"
    missing = line(result, "downstream_basins_50km_community_land_km2", 0)
    assert np.isnan(missing["value"])
    assert missing["status"] == "layer_missing"
    elsewhere = line(result, "downstream_basins_50km_protected_area_km2", 1)
    assert np.isnan(elsewhere["value"])
    assert "meets no basin" in elsewhere["note"]


def test_cover_of_basins_counts_land_once_and_adds_up_downstream() -> None:
    # 20 km2 in f1, of which 10 under both; 30 km2 in f2 under an application.
    shapes = (toy.block(0, 0, 3, 5), toy.block(1, 0, 3, 5), toy.block(10, 0, 3, 10))
    sites, register = titles(*shapes, status=("active", "expired", "application"))
    result = screened(sites, register, basins())
    rows = result.basins.set_index(["basin_id", "status_group"])
    assert rows.loc[("f1", ALL), "covered_km2"] == pytest.approx(20, 1e-9)
    assert rows.loc[("f1", ALL), "title_count"] == 2
    assert rows.loc[("f1", "in_force_or_unknown"), "covered_km2"] == pytest.approx(15, 1e-9)
    assert rows.loc[("f2", "application"), "covered_share"] == pytest.approx(0.3, 1e-9)
    assert rows.loc[("f4", ALL), "upstream_covered_km2"] == pytest.approx(50, 1e-9)
    assert rows.loc[("f4", ALL), "upstream_covered_share"] == pytest.approx(50 / 400, 1e-9)
    assert "f5" not in rows.index.get_level_values(0)
    assert value(result, "basins_under_titles_share", 0) == pytest.approx(0.2, 1e-9)
    assert value(result, "basins_upstream_under_titles_share", 2) == pytest.approx(0.25, 1e-9)


def test_removing_one_link_changes_what_lies_above_it_and_nothing_else() -> None:
    shapes = (toy.block(0, 0, 3, 5), toy.block(10, 0, 3, 10))
    sites, register = titles(*shapes)
    whole = screened(sites, register, basins()).basins.set_index(["basin_id", "status_group"])
    cut = dict(LINKS) | {"f2": (None, "not_stated", 48.0)}
    left = screened(sites, register, basins(cut)).basins.set_index(["basin_id", "status_group"])
    assert {i for i, _ in whole.index} - {i for i, _ in left.index} == {"f3", "f4"}
    same = ["covered_km2", "upstream_covered_km2", "upstream_km2", "basin_km2"]
    pd.testing.assert_frame_equal(
        whole.loc[["f1", "f2"], same], left.loc[["f1", "f2"], same], check_exact=True
    )


def test_a_drawn_site_is_told_the_same_as_the_title_with_its_outline() -> None:
    sites, register = titles(PROPOSAL, toy.block(12, 0, 2, 2))
    park = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(1, 6, 2, 1)])
    layers = (register, basins(), park, countries(15, 60))
    batch = screened(sites, *layers)
    drawn = screened(sites_from_shapes([PROPOSAL], ["a"]), *layers)
    for name in ("downstream_basins_50km_protected_area_km2", "basins_country_count",
                 "basins_downstream_count", "water_basin_headwater"):  # fmt: skip
        assert value(drawn, name) == value(batch, name)


def test_a_site_over_a_watershed_has_the_ways_of_both_basins_each_basin_once() -> None:
    result = screened(sites_from_shapes([toy.block(8, 2, 4, 2)], ["a"]), basins())
    assert value(result, "basins_downstream_count") == 2  # f3 and f4; f1 and f2 are its own
    park = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(0, 9, 40, 1)])
    result = screened(sites_from_shapes([toy.block(8, 2, 4, 2)], ["a"]), basins(), park)
    assert value(result, "downstream_basins_100km_protected_area_km2") == pytest.approx(40, 1e-9)


def rivers() -> Layer:
    """A river along the row 5 of the basins: reaches of 10 columns each."""
    lat = toy.row_edge(5)
    lines = [shapely.LineString([(0.1 * i, lat), (0.1 * (i + 1), lat)]) for i in range(4)]
    layer = toy.layer("rivers", Role.RIVER, lines)
    rows = pd.DataFrame(
        {
            "layer_id": "rivers",
            "basin_id": ["f1", "f2", "f3", "f4"],
            "downstream_id": ["f2", "f3", "f4", "0"],
            "end": ["", "", "", "outlet"],
            "stream_order": [1.0, 3.0, 3.0, 3.0],
        }
    )
    return replace(layer, links=tables.build(tables.LINKS, rows))


def test_the_corridor_holds_the_land_within_5_km_of_the_reaches_the_water_follows() -> None:
    # A strip of land from row 4 to 6 north of the river, 40 columns long.
    north = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(0, 9, 40, 2)])
    site = toy.block(12, 4, 1, 2)
    result = screened(sites_from_shapes([site], ["a"]), rivers(), north)
    # Of it lies within 5 km of reaches f2 to f4 what is below 5 km, 30 columns long, and a part of
    # a circle before their start: the integral of sqrt(25 - y^2).
    start_km = 4 * (toy.row_edge(6) - toy.row_edge(5)) * 110.574
    ys = np.linspace(start_km, 5, 20001)
    expected = 30 * 0.01 * 111.32 * (5 - start_km) + float(np.trapezoid(np.sqrt(25 - ys**2), ys))
    found = value(result, "downstream_river_50km_protected_area_km2")
    assert found == pytest.approx(expected, rel=0.01)
    assert value(result, "rivers_headwater") == 0
    upper = screened(sites_from_shapes([toy.block(2, 4, 1, 2)], ["a"]), rivers(), north)
    assert value(upper, "rivers_headwater") == 1


def test_rivers_on_a_site_are_measured_between_its_edges() -> None:
    sites = sites_from_shapes([toy.block(5, 4, 10, 2), toy.block(5, 7, 1, 1)], ["a", "b"])
    result = screened(sites, rivers())
    assert value(result, "rivers_length_km", 0) == pytest.approx(10 * 0.01 * 111.3195, rel=1e-5)
    assert value(result, "river_density_km_per_km2", 0) == pytest.approx(11.13195 / 20, rel=1e-5)
    assert value(result, "river_max_order", 0) == 3
    assert value(result, "river_length_km", 1) == 0
    assert line(result, "river_max_order", 1)["status"] == "not_applicable"


def test_a_site_far_from_rivers_has_no_corridor_and_says_so() -> None:
    result = screened(sites_from_shapes([toy.block(2, 40, 1, 1)], ["a"]), rivers(), basins())
    found = line(result, "downstream_river_50km_protected_area_km2")
    assert np.isnan(found["value"])
    assert "no mapped river within 5 km" in found["note"]


def test_the_time_being_over_leaves_the_downstream_out_and_says_so() -> None:
    def alive(what: str, done: int, of: int) -> None:
        if what.startswith("downstream"):
            raise OutOfTime

    ground = Ground.of({x.spec.id: x for x in (basins(),)})
    result = screen(sites_from_shapes([PROPOSAL], ["a"]), ground, toy.ON, alive=alive)
    assert DOWNSTREAM in result.missing
    assert value(result, "basins_downstream_count") == 3
