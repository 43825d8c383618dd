"""What a screening says, and that it says the same of one drawn polygon as of a batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from cetm_geo import screening, store
from cetm_geo.errors import SiteError
from cetm_geo.ground import Ground
from cetm_geo.kept_rasters import rasters_of
from cetm_geo.model import DISTANCE_ROLES, SCREENED_ROLES, SUFFIXES, Role
from cetm_geo.model import IndicatorStatus as Status
from cetm_geo.model import LayerState as State
from cetm_geo.rulebook.groups import NEAREST_KM, shipped_groups
from cetm_geo.waterways import with_covers
from tests import toy
from tests.conftest import SCREENED_ON

FAR, NEAR, OVER = toy.block(5000, 0), toy.block(30, 0, 4, 4), toy.block(2, 2, 4, 4)
SITE = toy.block(0, 0, 4, 4)


def screened(sites: Any, *layers: Any) -> Any:
    return screening.screen(sites, {x.spec.id: x for x in layers}, toy.ON)


def value_of(result: Any, indicator_id: str) -> tuple[float | None, str]:
    row = result.indicators.query("indicator_id == @indicator_id").iloc[0]
    return (None if np.isnan(row["value"]) else float(row["value"])), row["status"]


def state_of(result: Any, scope_id: str) -> str:
    found = result.coverage.query("scope_id == @scope_id and class_id == ''")
    return str(found["state"].iloc[0])


@pytest.mark.parametrize(
    ("shapes", "options", "state", "km2", "status"),
    [
        ([OVER], {}, State.OVERLAPS, 4.0, Status.OK),
        ([NEAR], {}, State.WITHIN_RING, 0.0, Status.OK),
        ([FAR], {}, State.CHECKED_NONE, 0.0, Status.OK),
        ([], {}, State.CHECKED_NONE, 0.0, Status.OK),
        ([toy.block(4, 0, 9, 9)], {}, State.WITHIN_MAPPING_ERROR, 0.0, Status.OK),
        ([FAR], {"complete_within": ""}, State.COVERAGE_UNKNOWN, None, Status.NO_DATA),
        ([FAR], {"complete_within": "XTY"}, State.NOT_COVERED, None, Status.OUTSIDE_LAYER_EXTENT),
        ([OVER], {"complete_within": "XTY"}, State.OVERLAPS, 4.0, Status.OUTSIDE_LAYER_EXTENT),
        ([OVER], {"complete_within": ""}, State.OVERLAPS, 4.0, Status.OK),
        ([FAR], {"rejected": 2}, State.CHECKED_NONE, None, Status.NO_DATA),
        ([OVER], {"problem": "unreadable"}, State.FAILED, None, Status.LAYER_MISSING),
        ([FAR], {"stale": True}, State.CHECKED_NONE, 0.0, Status.STALE),
    ],
)
def test_a_layer_answers_in_its_honest_state_and_missing_is_never_zero(
    shapes: list[Any], options: dict[str, Any], state: State, km2: float | None, status: Status
) -> None:
    half = toy.layer("country", Role.COUNTRY, [toy.block(-2, -9, 4, 20)])
    parks = toy.layer("parks", Role.PROTECTED_AREA, shapes, **options)
    result = screened(toy.sites([SITE]), parks, half)
    assert state_of(result, "parks") == state_of(result, "protected_area") == state
    for name in ("parks_overlap_km2", "protected_area_overlap_km2"):
        value, said = value_of(result, name)
        assert value == (None if km2 is None else pytest.approx(km2, abs=1e-9))
        assert said == status


def test_the_nearest_is_not_known_past_the_edge_of_where_the_data_are_complete() -> None:
    country = toy.layer("country", Role.COUNTRY, [toy.block(-2, -20, 60, 60)])
    near, far = ([toy.block(c, 0, 2, 2)] for c in (4, 20))  # the edge is 2.2 km west of the site
    for shapes, status in ((near, Status.OK), (far, Status.OUTSIDE_LAYER_EXTENT)):
        parks = toy.layer("parks", Role.PROTECTED_AREA, shapes, complete_within="XTY")
        site = toy.sites([toy.block(0, 0, 3, 3)])
        result = screened(site, parks, country)
        value, said = value_of(result, "parks_nearest_km")
        assert value == pytest.approx((shapes[0].bounds[0] - 0.03) * 111.319, rel=1e-3)
        assert said == status
        note = str(result.coverage.query("scope_id == 'parks'")["note"].iloc[0])
        assert ("the data end 2.2 km away" in note) == (shapes is far)


def test_a_role_without_a_layer_is_missing_and_not_clear() -> None:
    result = screened(toy.sites([SITE]), toy.layer("parks", Role.PROTECTED_AREA, [FAR]))
    assert state_of(result, "heritage") == State.NOT_COVERED
    for suffix in ("overlap_km2", "overlap_share", "count", "nearest_km"):
        assert value_of(result, f"heritage_{suffix}") == (None, Status.LAYER_MISSING)
    assert "heritage" in gaps(result)
    assert result.tiers["fully_screened"].tolist() == [False]


def test_a_finding_stands_although_another_layer_of_its_role_failed() -> None:
    parks = toy.layer("parks", Role.PROTECTED_AREA, [OVER])
    broken = toy.layer("reserves", Role.PROTECTED_AREA, [OVER], problem="unreadable")
    result = screened(toy.sites([SITE]), parks, broken)
    value, status = value_of(result, "protected_area_overlap_km2")
    assert (value, status) == (pytest.approx(4.0), Status.LAYER_MISSING)
    assert state_of(result, "protected_area") == State.OVERLAPS


KM_A_COLUMN = 6378.137 * np.pi / 180 * toy.COLUMN  # along the equator: 1.113194908 km
ROAD_EAST = shapely.LineString([(0.05, -0.02), (0.05, 0)])  # ends one column east of the site
ROAD_ACROSS = shapely.LineString([(-0.01, 0.01), (0.06, 0.01)])


@pytest.mark.parametrize("role", DISTANCE_ROLES)
def test_the_nearest_of_a_distance_role_is_the_straight_line_along_the_equator(role: Role) -> None:
    far = toy.layer("far", role, [shapely.LineString([(0.07, -0.02), (0.07, 0)])])
    result = screened(toy.sites([SITE]), far, toy.layer("near", role, [ROAD_EAST]))
    assert value_of(result, "far_nearest_km") == (pytest.approx(3 * KM_A_COLUMN), Status.OK)
    for name in ("near_nearest_km", f"{role}_nearest_km"):
        assert value_of(result, name) == (pytest.approx(1.113194908, rel=1e-9), Status.OK)
    notes = result.indicators.query("indicator_id == 'near_nearest_km'")["note"]
    assert notes.tolist() == ["straight_line"]


@pytest.mark.parametrize(
    ("shapes", "options", "km", "status"),
    [
        ([ROAD_ACROSS], {}, 0.0, Status.OK),
        ([ROAD_EAST], {}, KM_A_COLUMN, Status.OK),
        ([shapely.Point(5.04, 0)], {}, None, Status.BEYOND_SEARCH),  # 500 columns: 557 km
        ([], {}, None, Status.BEYOND_SEARCH),
        ([], {"complete_within": ""}, None, Status.NO_DATA),  # no far one is known of either
        ([], {"rejected": 2}, None, Status.NO_DATA),
        ([], {"complete_within": "XTY"}, None, Status.OUTSIDE_LAYER_EXTENT),
        ([ROAD_EAST], {"stale": True}, KM_A_COLUMN, Status.STALE),
        ([ROAD_EAST], {"complete_within": ""}, KM_A_COLUMN, Status.OK),
        ([ROAD_EAST], {"rejected": 2}, KM_A_COLUMN, Status.OK),
        ([ROAD_EAST], {"complete_within": "XTY"}, KM_A_COLUMN, Status.OUTSIDE_LAYER_EXTENT),
        ([ROAD_EAST], {"problem": "unreadable"}, None, Status.LAYER_MISSING),
    ],
)
def test_a_distance_is_given_with_what_it_rests_on(
    shapes: list[Any], options: dict[str, Any], km: float | None, status: Status
) -> None:
    half = toy.layer("country", Role.COUNTRY, [toy.block(-2, -9, 4, 20)])
    roads = toy.layer("roads", Role.ROAD, shapes, **options)
    result = screened(toy.sites([SITE]), roads, half)
    for name in ("roads_nearest_km", "road_nearest_km"):
        value, said = value_of(result, name)
        assert value == (None if km is None else pytest.approx(km, rel=1e-9))
        assert said == status


def test_the_nearest_is_found_across_180_degrees() -> None:
    """0.2 degrees of the equator: 6378.137 km x pi / 180 x 0.2."""
    east, west = shapely.box(179.8, -0.1, 179.9, 0.1), shapely.box(-179.9, -0.1, -179.8, 0.1)
    for site, area in ((east, west), (west, east)):
        result = screened(toy.sites([site]), toy.layer("park", Role.PROTECTED_AREA, [area]))
        km = 6378.137 * np.pi / 180 * 0.2
        assert value_of(result, "park_nearest_km") == (pytest.approx(km, rel=1e-4), Status.OK)
        assert state_of(result, "protected_area") == State.WITHIN_RING


def test_a_distance_role_is_asked_only_where_a_layer_of_it_is_loaded() -> None:
    result = screened(toy.sites([SITE]), toy.layer("roads", Role.ROAD, [ROAD_EAST]))
    asked = {n for n in result.indicators["indicator_id"] if n.endswith("_nearest_km")}
    overlaid = (*SCREENED_ROLES, Role.CONCESSION, Role.WATER_BASIN)
    groups = [
        g for g in shipped_groups().values() if g.role in overlaid and NEAREST_KM in g.suffixes
    ]
    overlaid_ones = {f"{name}_nearest_km" for name in (*overlaid, *(g.id for g in groups))}
    assert asked == overlaid_ones | {"roads_nearest_km", "road_nearest_km"}


INSIDE, EDGE, OUTSIDE = (shapely.Point(x, 0.01) for x in (0.02, 0.04, 0.05))
HAMLET = shapely.box(0.0399, 0.01, 0.06, 0.02)  # 11 m of it inside: 1.2 ha
TOWN_AWAY = toy.block(4, 0, 2, 2)  # shares an edge


@pytest.mark.parametrize(
    ("places", "options", "count", "status"),
    [
        ([INSIDE, OUTSIDE], {}, 1, Status.OK),
        ([INSIDE, EDGE, OUTSIDE], {}, 2, Status.OK),  # a point on the edge is not left out
        ([HAMLET, TOWN_AWAY], {}, 1, Status.OK),
        ([OUTSIDE], {}, 0, Status.OK),
        ([OUTSIDE], {"complete_within": ""}, None, Status.NO_DATA),
        ([OUTSIDE], {"rejected": 1}, None, Status.NO_DATA),
        ([OUTSIDE], {"complete_within": "XTY"}, None, Status.OUTSIDE_LAYER_EXTENT),
        ([INSIDE], {"complete_within": "XTY"}, 1, Status.OUTSIDE_LAYER_EXTENT),
        ([OUTSIDE], {"stale": True}, 0, Status.STALE),
        ([INSIDE], {"problem": "unreadable"}, None, Status.LAYER_MISSING),
    ],
)
def test_settlements_inside_a_site_are_counted_and_none_is_claimed_unasked(
    places: list[Any], options: dict[str, Any], count: int | None, status: Status
) -> None:
    half = toy.layer("country", Role.COUNTRY, [toy.block(-2, -9, 4, 20)])
    towns = toy.layer("towns", Role.SETTLEMENT, places, **options)
    result = screened(toy.sites([SITE]), towns, half)
    for name in ("towns_count", "settlement_count"):
        assert value_of(result, name) == (count, status)


def test_a_mine_footprint_on_half_of_a_site_is_half_of_it() -> None:
    pits = toy.layer("pits", Role.MINE_FOOTPRINT, [toy.block(0, 0, 2, 4), toy.block(1, 0, 1, 9)])
    result = screened(toy.sites([SITE]), pits)
    for scope in ("pits", "mine_footprint"):
        found = [value_of(result, f"{scope}_{s}")[0] for s in SUFFIXES]
        assert found == pytest.approx([8, 0.5, 0, 2])
    total = result.totals.query("scope_id == 'mine_footprint' and status_group == 'all'").iloc[0]
    assert (total["sites"], total["union_km2"]) == pytest.approx((1, 8))


def test_a_context_layer_gives_what_it_names_and_its_classes() -> None:
    blocks = toy.layer("oil_blocks", Role.CONTEXT, [toy.block(0, 0, 1, 4), toy.block(3, 0, 2, 4)],
                       classes=["on", "off"], indicators=("overlap_km2", "count"))  # fmt: skip
    silent = toy.layer("districts", Role.CONTEXT, [toy.block(0, 0, 9, 9)])
    result = screened(toy.sites([SITE]), blocks, silent)
    assert value_of(result, "oil_blocks_overlap_km2") == (pytest.approx(8), Status.OK)
    assert value_of(result, "oil_blocks_count") == (2, Status.OK)
    names = set(result.indicators["indicator_id"])
    assert not {n for n in names if n.startswith(("context", "districts", "oil_blocks_near"))}
    classes = result.coverage.query("scope_id == 'oil_blocks' and class_id != ''")
    assert dict(zip(classes["class_id"], classes["covered_km2"], strict=True)) == pytest.approx(
        {"on": 4, "off": 4}
    )


def test_no_land_is_not_claimed_of_a_layer_of_lines() -> None:
    roads = toy.layer("roads", Role.ROAD, [ROAD_ACROSS], indicators=("overlap_km2", "count"))
    result = screened(toy.sites([SITE]), roads)
    assert value_of(result, "roads_overlap_km2") == (None, Status.NOT_APPLICABLE)
    assert value_of(result, "roads_count") == (1, Status.OK)


def gaps(result: Any) -> set[str]:
    """The screened roles whose answer for the only site has a gap."""
    rows = result.coverage.query("scope_kind == 'role' and class_id == '' and gap")
    return set(rows["scope_id"]) & {role.value for role in SCREENED_ROLES}


def test_what_is_not_screened_is_no_gap_of_others_nor_lists_roads_as_overlaps() -> None:
    full = [toy.layer(f"l_{r.value}", r, [FAR]) for r in SCREENED_ROLES]
    others = [toy.layer(f"x_{r.value}", r, [OVER], stale=True) for r in DISTANCE_ROLES]
    others.append(toy.layer("pits", Role.MINE_FOOTPRINT, [], problem="unreadable"))
    result = screened(toy.sites([SITE]), *full, *others)
    assert gaps(result) == set()
    assert set(result.overlaps["layer_id"]) == {"x_settlement"}
    assert not {f"x_{r.value}" for r in DISTANCE_ROLES} & set(result.totals["scope_id"])


def test_a_role_has_no_gap_only_if_all_its_layers_answered_for_all_of_a_site() -> None:
    roles = (Role.PROTECTED_AREA, Role.OECM, Role.KEY_BIODIVERSITY_AREA, Role.COMMUNITY_LAND,
             Role.HERITAGE, Role.MORATORIUM)  # fmt: skip
    full = [toy.layer(f"l_{r.value}", r, [FAR]) for r in roles]
    sites = toy.sites([SITE])

    def lacking(layers: list[Any]) -> set[str]:
        return gaps(screened(sites, *layers))

    assert lacking(full) == set()
    for i, role in enumerate(roles):
        rest = full[:i] + full[i + 1 :]
        assert lacking(rest) == {role}
        assert lacking([*rest, toy.layer("x", role, [FAR], stale=True)]) == {role}
        assert lacking([*rest, toy.layer("x", role, [FAR], complete_within="")]) == {role}
        assert lacking([*rest, toy.layer("x", role, [FAR], rejected=1)]) == {role}
        assert lacking([*rest, toy.layer("x", role, [FAR], as_of="")]) == {role}
        for shape in (FAR, NEAR):  # another layer of the role failed: near or far, a gap
            broken = toy.layer("y", role, [], problem="unreadable")
            assert lacking([*rest, toy.layer("x", role, [shape]), broken]) == {role}
        assert lacking([*rest, toy.layer("x", role, [OVER])]) == set()


def test_a_role_counts_land_shared_by_its_layers_once_and_totals_say_sum_and_union() -> None:
    forests = toy.layer("forests", Role.COMMUNITY_LAND, [toy.block(0, 0, 3, 4)])
    claims = toy.layer("claims", Role.COMMUNITY_LAND, [toy.block(2, 0, 2, 4)])
    titles = toy.sites([SITE, toy.block(1, 0, 3, 4)])
    result = screened(titles, forests, claims)
    km2 = result.indicators.query("indicator_id == 'community_land_overlap_km2'")["value"]
    assert km2.tolist() == pytest.approx([16, 12])
    total = result.totals.query("scope_id == 'community_land' and status_group == 'all'").iloc[0]
    assert (total["sites"], total["sum_km2"], total["union_km2"]) == pytest.approx((2, 28, 16))
    own = result.totals.query("scope_id == 'concession' and status_group == 'application'").iloc[0]
    assert (own["sites"], own["union_km2"]) == (0, 0)


def test_a_drawn_polygon_gets_the_numbers_the_same_polygon_gets_in_a_batch(
    sample_store: Any,
) -> None:
    opened = store.open_store(sample_store)
    layers = store.read_layers(opened)
    titles = opened.shapes("all_sites").iloc[::40]
    batch = screening.sites_from_shapes(titles.geometry, titles["name"])
    together = screening.screen(batch, layers, SCREENED_ON)
    for position in range(len(batch)):
        drawn = screening.proposal(shapely.geometry.mapping(batch.geometry.iloc[position]))
        alone = screening.screen(drawn, layers, SCREENED_ON)
        site_id = batch["site_id"].iloc[position]
        for table in ("indicators", "coverage"):
            one = getattr(alone, table).drop(columns="site_id").reset_index(drop=True)
            many = getattr(together, table)
            many = many[many["site_id"] == site_id].drop(columns="site_id")
            if table == "coverage":  # classes follow each layer's rows, site by site
                one, many = (f.sort_values(["scope_id", "class_id"]) for f in (one, many))
            pd.testing.assert_frame_equal(one, many.reset_index(drop=True)[one.columns]
                                          .set_index(one.index), check_exact=True)  # fmt: skip


def test_a_drawn_title_gets_the_numbers_its_register_entry_got(sample_store: Any) -> None:
    opened = store.open_store(sample_store)
    ground = with_covers(Ground.of(store.read_layers(opened)), opened.frame("all_basins"))
    rasters = rasters_of(opened).layers()
    stored = opened.frame("all_indicators")
    # A drawing over a title finds the title there already: other titles, and nothing to add. Nor
    # is anything stated of it, or known of what mined land about it lies under no title.
    apart = ("concession", "mining", "added_share", "outside_titles", "processing", "minerals",
             "by_product", "licence", "holder", "stage_class", "declared", "disclosure", "consent",
             "completeness")  # fmt: skip
    names = [n for n in stored["indicator_id"].unique() if not any(word in n for word in apart)]
    titles = opened.shapes("all_sites")
    for _, title in titles[~titles["repaired"]].iloc[::80].iterrows():
        drawn = screening.proposal(shapely.geometry.mapping(title.geometry))
        found = screening.screen(drawn, ground, SCREENED_ON, rasters=rasters).indicators
        own = stored[stored["site_id"] == title["site_id"]].set_index("indicator_id")["value"]
        pd.testing.assert_series_equal(
            found.set_index("indicator_id")["value"].loc[names], own.loc[names], check_exact=True
        )


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        ({"type": "Point", "coordinates": [0, 0]}, "Point"),
        ({}, "without a type"),
        (
            {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
            "Self-inter",
        ),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}, "has 3 positions"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}, "does not end"),
        ({"type": "Polygon", "coordinates": "x"}, "cannot be read"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [49, 0], [49, 49], [0, 0]]]}, "49.0 degrees"),
        (
            {"type": "Polygon", "coordinates": [[[5e5, 1], [5e5, 2], [5e5 + 1, 2], [5e5, 1]]]},
            "degrees",
        ),
        (
            {"type": "Polygon", "coordinates": [[[0, 0], [1, float("nan")], [1, 1], [0, 0]]]},
            "nan in the outline",
        ),
        (
            {"type": "Polygon", "coordinates": [[[0, 0], [0.1, 0], [0.2, 0], [0, 0]]]},
            "not a valid polygon|no land",
        ),
        ({"type": "MultiPolygon", "coordinates": []}, "no coordinates"),
    ],
)
def test_an_outline_that_cannot_be_screened_is_refused_in_words(
    geometry: dict[str, Any], words: str
) -> None:
    with pytest.raises(SiteError, match=words) as caught:
        screening.proposal(geometry)
    assert caught.value.hint


def test_a_drawing_of_twenty_thousand_corners_is_the_limit() -> None:
    turn = np.linspace(0, 2 * np.pi, 20_001)
    ring = np.column_stack([np.cos(turn), np.sin(turn)]).round(9).tolist()
    ring[-1] = ring[0]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    with pytest.raises(SiteError, match="20001 corners"):
        screening.proposal(geometry)
