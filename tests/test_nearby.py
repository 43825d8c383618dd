"""What is near a site, what nature it lies in, what it shares with titles, the way to a port."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from cetm_geo import measure, screening
from cetm_geo.borders import countries_of_sites
from cetm_geo.ground import Ground
from cetm_geo.model import IndicatorStatus as Status
from cetm_geo.model import Role
from cetm_geo.reaching import features_met
from tests import toy

KM = 1.113194908  # a column along the equator
SITE = toy.block(0, 0, 4, 4)
FAR = toy.block(450, 0, 4, 4)  # 496 km east


def screened(sites: Any, *layers: Any) -> pd.DataFrame:
    result = screening.screen(sites, {x.spec.id: x for x in layers}, toy.ON)
    return result.indicators


def row(sites: Any, name: str, *layers: Any) -> pd.Series:
    shapes = sites if hasattr(sites, "columns") else toy.sites([sites])
    return screened(shapes, *layers).query("indicator_id == @name").iloc[0]


def said(*args: Any) -> tuple[float | None, str]:
    found = row(*args)
    return (None if np.isnan(found["value"]) else float(found["value"])), found["status"]


def with_column(layer: Any, **columns: Any) -> Any:
    return replace(layer, features=layer.features.assign(**columns))


def east(km: float) -> shapely.Point:
    """A point so many km east of the site, at its southern edge's height."""
    return shapely.Point(0.04 + km / KM / 100, 0.0)


# --- counted -------------------------------------------------------------------------------------


def test_territories_count_once_whatever_their_parts_up_to_ten_km_away() -> None:
    """Inside, touching, eight columns away in two parts; twelve columns away is too far."""
    corners = [(1, 1), (4, 0), (12, 0), (12, 2), (16, 0)]
    shapes = [toy.block(column, row) for column, row in corners]
    lands = toy.layer("lands", Role.COMMUNITY_LAND, shapes, groups=["a", "b", "c", "c", "d"])
    claims = toy.layer("claims", Role.COMMUNITY_LAND, [toy.block(-9, 0)])
    found = row(SITE, "community_land_within_10km_count", lands, claims)
    assert (found["value"], found["unit"], found["status"]) == (4, "territories", Status.OK)


NEAR = [(0.0, [1, 1, 1]), (0.9, [1, 1, 1]), (1.1, [0, 1, 1]), (5.1, [0, 0, 1]), (9.99, [0, 0, 1]),
        (10.1, [0, 0, 0])]  # fmt: skip


@pytest.mark.parametrize(("km", "counts"), NEAR)
def test_settlements_are_counted_within_one_five_and_ten_km(km: float, counts: list[int]) -> None:
    towns = toy.layer("towns", Role.SETTLEMENT, [east(km), east(60)])
    rows = screened(toy.sites([SITE]), towns).set_index("indicator_id")
    names = [f"settlement_within_{d}km_count" for d in (1, 5, 10)]
    assert rows.loc[names, "value"].tolist() == counts
    assert set(rows.loc[names, "unit"]) == {"settlements"}


@pytest.mark.parametrize(
    ("options", "value", "status"),
    [
        ({"complete_within": ""}, None, Status.NO_DATA),
        ({"rejected": 1}, None, Status.NO_DATA),
        ({"complete_within": "XTY"}, None, Status.OUTSIDE_LAYER_EXTENT),
        ({"problem": "unreadable"}, None, Status.LAYER_MISSING),
        ({"stale": True}, 0, Status.STALE),
    ],
)
def test_none_within_ten_km_is_not_claimed_where_the_data_end_before(
    options: dict[str, Any], value: int | None, status: Status
) -> None:
    """The country ends eight columns from the site on all sides."""
    country = toy.layer("country", Role.COUNTRY, [toy.block(-8, -8, 20, 20)])
    lands = toy.layer("lands", Role.COMMUNITY_LAND, [FAR], **options)
    assert said(SITE, "community_land_within_10km_count", lands, country) == (value, status)


def test_features_met_are_those_that_shapely_finds_one_by_one() -> None:
    rng = np.random.default_rng(3)
    shapes = [toy.block(*rng.integers(-40, 40, 2).tolist(), 3, 2) for _ in range(60)]
    layer = toy.layer("lands", Role.COMMUNITY_LAND, shapes, counted=[i % 4 > 0 for i in range(60)])
    asked = np.array([shapely.Point(*rng.uniform(-0.4, 0.4, 2)).buffer(0.1) for _ in range(20)])
    pairs = set(zip(*(x.tolist() for x in features_met(asked, layer)), strict=True))
    want = {(i, j) for i, a in enumerate(asked) for j, b in enumerate(shapes)
            if j % 4 and a.intersects(b)}  # fmt: skip
    assert pairs == want


# --- mined land ----------------------------------------------------------------------------------


def test_mined_land_under_no_title_counts_within_five_km() -> None:
    """Title one holds half of the first pit; the second, four columns east, none holds; the third,
    ten columns east, is too far. Two maps of one mine are not added up."""
    titles = toy.layer("titles", Role.CONCESSION, [SITE, toy.block(-30, 0, 2, 2)])
    pits = [toy.block(2, 0, 4, 4), toy.block(8, 0, 1, 2), toy.block(14, 0, 4, 4)]
    one = toy.layer("one", Role.MINE_FOOTPRINT, pits)
    two = toy.layer("two", Role.MINE_FOOTPRINT, pits[:1])
    sites = titles.features[list(toy.sites([SITE]).columns)]
    rows = screened(sites, titles, one, two)
    mine = rows.query("indicator_id == 'mine_footprint_outside_titles_5km_km2'")
    assert mine["value"].tolist() == pytest.approx([10, 0])
    assert mine["status"].tolist() == [Status.OK, Status.OK]
    drawn = row(SITE, "mine_footprint_outside_titles_5km_km2", titles, one)
    assert drawn["status"] == Status.OK  # its register is among the layers: a title


def test_what_no_title_covers_is_not_known_of_a_drawing() -> None:
    titles = toy.layer("titles", Role.CONCESSION, [toy.block(-30, 0, 2, 2)])
    pits = toy.layer("pits", Role.MINE_FOOTPRINT, [toy.block(2, 0, 4, 4)])
    drawn = screening.sites_from_shapes([SITE], ["drawn"])
    found = row(drawn, "mine_footprint_outside_titles_5km_km2", titles, pits)
    assert np.isnan(found["value"])
    assert found["status"] == Status.NO_DATA
    assert "of the titles of registers" in found["note"]


# --- titles of one stage -------------------------------------------------------------------------


def register(shapes: list[Any], stages: list[str], status: list[str]) -> Any:
    return with_column(toy.layer("titles", Role.CONCESSION, shapes), stage=stages, status=status)


MINING, EXPLORING = "mining", "exploration"


@pytest.mark.parametrize(
    ("others", "stages", "status", "count", "km2"),
    [
        ([toy.block(2, 0, 4, 4)], [MINING], ["active"], 1, 8),
        ([toy.block(2, 0, 4, 4)], [EXPLORING], ["active"], 0, 0),
        ([toy.block(2, 0, 4, 4)], [MINING], ["expired"], 0, 0),
        ([toy.block(2, 0, 4, 4)], ["unknown"], ["active"], None, None),
        ([toy.block(2, 0, 4, 4), toy.block(0, 0, 3, 4)], [MINING] * 2, ["active", "application"],
         2, 16),
        ([toy.block(2, 0, 4, 4), toy.block(0, 0, 3, 4)], [MINING, "unknown"], ["active"] * 2, 1, 8),
        ([shapely.box(0.0399, 0, 0.05, 0.0045)], [MINING], ["active"], 0, 0),  # half a hectare
    ],
)  # fmt: skip
def test_titles_of_one_stage_on_a_sites_ground_are_counted(
    others: list[Any], stages: list[str], status: list[str], count: float | None, km2: float | None
) -> None:
    titles = register([SITE, *others], [MINING, *stages], ["active", *status])
    sites = titles.features[list(toy.sites([SITE]).columns)].iloc[:1]
    unsure = Status.NO_DATA if "unknown" in stages else Status.OK
    names = ("concession_same_stage_overlap_count", "concession_same_stage_overlap_km2")
    for name, value in zip(names, (count, km2), strict=True):
        found, word = said(sites, name, titles)
        assert found == (None if value is None else pytest.approx(value))
        assert word == unsure


def test_a_site_of_unknown_stage_shares_none_only_where_it_meets_no_title() -> None:
    titles = register([toy.block(2, 0, 4, 4)], [MINING], ["active"])
    drawn = screening.sites_from_shapes([SITE, toy.block(20, 0, 2, 2)], ["on", "off"])
    rows = screened(drawn, titles)
    rows = rows[rows["indicator_id"] == "concession_same_stage_overlap_count"]
    assert np.isnan(rows["value"].iloc[0])
    assert rows["value"].iloc[1] == 0
    assert rows["status"].tolist() == [Status.NO_DATA, Status.OK]


# --- nature --------------------------------------------------------------------------------------


def test_conserved_land_beyond_protected_areas_is_what_no_protected_area_covers() -> None:
    """Conserved: columns 0-2, of which protected: column 2 and half of column 0."""
    oecm = toy.layer("oecm_sites", Role.OECM, [toy.block(0, 0, 2, 4), toy.block(1, 0, 2, 4)])
    parks = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(2, 0, 2, 4), toy.block(0, 0, 1, 2)])
    name = "oecm_beyond_protected_area_km2"
    assert said(SITE, name, oecm, parks) == (pytest.approx(6), Status.OK)
    away = toy.layer("parks", Role.PROTECTED_AREA, [FAR])
    assert said(SITE, name, oecm, away) == (pytest.approx(12), Status.OK)
    whole = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(-1, -1, 9, 9)])
    assert said(SITE, name, oecm, whole) == (0, Status.OK)
    assert said(SITE, name, oecm) == (None, Status.LAYER_MISSING)
    assert said(SITE, name, toy.layer("oecm_sites", Role.OECM, [FAR])) == (0, Status.OK)
    vague = toy.layer("parks", Role.PROTECTED_AREA, [FAR], complete_within="")
    assert said(SITE, name, oecm, vague) == (None, Status.NO_DATA)


PARK = {"tells": "class:ramsar class:iucn_ii class:iucn_iv class:world_heritage"}


def nature(kba: Any = FAR, park: Any = FAR, word: str = "iucn_ii", forest: Any = FAR) -> list[Any]:
    return [
        toy.layer("kbas", Role.KEY_BIODIVERSITY_AREA, [kba]),
        toy.layer("parks", Role.PROTECTED_AREA, [park], classes=[word], **PARK),
        toy.layer("woods", Role.INTACT_FOREST, [forest]),
    ]


@pytest.mark.parametrize(
    ("layers", "value", "text", "status"),
    [
        (nature(), None, "unknown", Status.NO_DATA),
        (nature(kba=SITE), 2, "likely: a key biodiversity area", Status.OK),
        (nature(kba=toy.block(4, 0)), 2, "likely: a key biodiversity area", Status.OK),  # a touch
        (nature(park=SITE, word="ramsar", forest=SITE), 2, "likely: a Ramsar wetland", Status.OK),
        (nature(park=SITE, word="iucn_v"), None, "unknown", Status.NO_DATA),
        (nature(park=SITE), 2, "likely: a strictly protected area", Status.OK),
        (
            nature(park=SITE, word="iucn_iv"),
            2,
            "likely: a habitat or species management area",
            Status.OK,
        ),
        (nature(forest=SITE), 1, "potential: intact forest", Status.OK),
        (nature(forest=SITE)[1:], 1, "potential: intact forest", Status.NO_DATA),  # or likely
    ],
)
def test_critical_habitat_is_likely_potential_or_unknown_and_never_none(
    layers: list[Any], value: int | None, text: str, status: Status
) -> None:
    found = row(SITE, "critical_habitat_screen", *layers)
    assert (None if np.isnan(found["value"]) else found["value"]) == value
    assert (found["value_text"], found["status"], found["unit"]) == (text, status, "class")


@pytest.mark.parametrize(
    ("word", "rank", "habitat"),
    [
        ("half_protected", 1, "unknown"),
        ("imperiled", 4, "potential: an ecoregion that is imperilled"),
        ("", None, "unknown"),
    ],
)
def test_the_ecoregion_with_most_of_a_site_speaks(
    word: str, rank: int | None, habitat: str
) -> None:
    shapes = [toy.block(0, 0, 1, 4), toy.block(1, 0, 2, 4), toy.block(3, 0, 1, 4)]
    classes = ["could_recover", word, word]
    regions = toy.layer("regions", Role.ECOREGION, shapes, groups=["a", "b", "b"], classes=classes)
    rows = screened(toy.sites([SITE]), regions, *nature()).set_index("indicator_id")
    share, kind = rows.loc["ecoregion_main_share"], rows.loc["ecoregion_protection_class"]
    assert (share["value"], share["value_text"]) == (pytest.approx(0.75), "regions f2")
    assert kind["value"] == pytest.approx(np.nan if rank is None else rank, nan_ok=True)
    assert kind["status"] == (Status.NO_DATA if rank is None else Status.OK)
    assert rows.loc["critical_habitat_screen", "value_text"] == habitat
    away = screened(toy.sites([FAR]), regions).set_index("indicator_id")
    assert np.isnan(away.loc["ecoregion_main_share", "value"])


# --- facilities ----------------------------------------------------------------------------------


def test_processing_is_as_far_as_the_nearest_facility_of_one_of_the_minerals() -> None:
    """Copper five columns east, tin one, cobalt and copper three; one that states nothing."""
    places = [east(5 * KM), east(KM), east(3 * KM), east(0)]
    works = toy.layer("works", Role.FACILITY, places)
    works = with_column(works, mineral_ids=["copper", "tin", "cobalt;copper", None])
    sites = toy.sites([SITE] * 4)
    sites["minerals"] = [["copper"], ["cobalt", "tin"], ["nickel"], []]
    rows = screened(sites, works).query("indicator_id == 'processing_nearest_km'")
    assert rows["value"].tolist() == pytest.approx([3 * KM, KM, np.nan, np.nan], nan_ok=True)
    words = [Status.OK, Status.OK, Status.BEYOND_SEARCH, Status.NO_DATA]
    assert rows["status"].tolist() == words
    assert "the minerals are not stated" in rows["note"].iloc[3]
    inside = toy.layer("works", Role.FACILITY, [shapely.Point(0.01, 0.01)])
    inside = with_column(inside, mineral_ids=["copper"])
    assert row(sites, "processing_nearest_km", inside)["value"] == 0


def test_facilities_that_state_nothing_cannot_say_how_far_processing_is() -> None:
    sites = toy.sites([SITE])
    sites["minerals"] = [["copper"]]
    works = toy.layer("works", Role.FACILITY, [east(1)])
    found = row(sites, "processing_nearest_km", works)
    assert np.isnan(found["value"])
    assert found["status"] == Status.LAYER_MISSING
    assert "no layer of facilities states" in found["note"]


# --- the way to a port ---------------------------------------------------------------------------


def countries(*spans: tuple[str, int, int], within: str = "") -> Any:
    """Countries side by side: a code, and the columns from which to which it reaches."""
    shapes = [toy.block(a, -50, b - a, 120) for _, a, b in spans]
    layer = toy.layer("countries", Role.COUNTRY, shapes, complete_within=within)
    return with_column(layer, iso3=[code for code, _, _ in spans])


HOME, NEXT, COAST = ("XAA", -50, 50), ("XBB", 50, 100), ("XCC", 100, 200)
PORT = toy.layer("ports", Role.PORT, [shapely.Point(1.5, 0.02), shapely.Point(-9, 0)])


@pytest.mark.parametrize(
    ("layers", "value", "text", "status"),
    [
        ([countries(HOME, NEXT, COAST)], 2, "XAA, XBB, XCC", Status.OK),
        ([countries(("XAA", -50, 200))], 0, "XAA", Status.OK),
        ([countries(HOME, COAST, within="world")], 1, "XAA, XCC", Status.OK),  # the sea between
        ([countries(HOME, COAST)], 1, "XAA, XCC", Status.OUTSIDE_LAYER_EXTENT),  # or a country
        ([countries(HOME)], None, "XAA", Status.OUTSIDE_LAYER_EXTENT),
        ([], None, None, Status.LAYER_MISSING),
    ],
)
def test_borders_on_the_straight_line_to_the_nearest_port_are_counted(
    layers: list[Any], value: int | None, text: str | None, status: Status
) -> None:
    found = row(SITE, "corridor_border_count", PORT, *layers)
    assert (None if np.isnan(found["value"]) else found["value"]) == value
    told = found["value_text"] if isinstance(found["value_text"], str) else None
    assert (told, found["status"], found["unit"]) == (text, status, "borders")


def test_a_port_beyond_five_hundred_km_is_not_looked_for_and_no_ports_no_row() -> None:
    home = countries(HOME, NEXT, COAST)
    far = toy.layer("ports", Role.PORT, [shapely.Point(6, 0)])
    assert said(SITE, "corridor_border_count", far, home) == (None, Status.BEYOND_SEARCH)
    names = set(screened(toy.sites([SITE]), home)["indicator_id"])
    assert "corridor_border_count" not in names


def test_a_strip_of_a_country_narrower_than_its_outline_may_be_off_is_not_crossed() -> None:
    """A ninth of a km of a third country beside the border, outlines good to 200 m."""
    shapes = [toy.block(-50, -50, 100, 120), shapely.box(0.5, -0.5, 0.501, 0.7),
              shapely.box(0.501, -0.5, 2, 0.7)]  # fmt: skip
    layer = toy.layer("countries", Role.COUNTRY, shapes, error_m=200)
    layer = with_column(layer, iso3=["XAA", "XBB", "XCC"])
    assert row(SITE, "corridor_border_count", PORT, layer)["value_text"] == "XAA, XCC"


def test_a_line_across_180_degrees_is_followed_the_short_way() -> None:
    shapes = [shapely.box(178, -1, 180, 1), shapely.box(-180, -1, -178, 1)]
    layer = with_column(toy.layer("countries", Role.COUNTRY, shapes), iso3=["XAA", "XBB"])
    ports = toy.layer("ports", Role.PORT, [shapely.Point(-179, 0.02)])
    site = shapely.transform(SITE, lambda c: c + np.array([179, 0]))
    found = row(site, "corridor_border_count", ports, layer)
    assert (found["value"], found["value_text"], found["status"]) == (1, "XAA, XBB", Status.OK)


def test_points_along_a_geodesic_are_evenly_spread_between_its_ends() -> None:
    starts, ends = np.array([[10.0, 50.0], [179.0, -5.0]]), np.array([[16.0, 48.0], [-179.0, 4.0]])
    points = measure.along_geodesics(starts, ends, 11)
    assert points[:, 0] == pytest.approx(starts)
    assert points[:, -1] == pytest.approx(ends)
    for line, whole in zip(points, measure.geodesic_km(*starts.T, *ends.T), strict=True):
        steps = measure.geodesic_km(*line[:-1].T, *line[1:].T)
        assert steps == pytest.approx(np.full(10, whole / 10), rel=1e-9)


# --- countries of sites --------------------------------------------------------------------------


def test_a_site_lies_in_the_countries_it_shares_land_with_beyond_the_mapping_error() -> None:
    blocks = [(0, 4), (48, 4), (47, 4), (46, 4), (400, 4)]
    strip = shapely.box(0.46, 0, 0.50001, 0.02)  # a metre across the border
    shapes = [toy.block(c, 0, n, 4) for c, n in blocks] + [strip]
    ground = Ground.of({"countries": countries(HOME, NEXT, COAST)})
    found = countries_of_sites(toy.sites(shapes), ground, "XHH").tolist()
    both = [("XAA", "XBB"), ("XAA", "XBB")]  # halves: by code; three quarters: the most first
    assert found == [("XAA",), *both, ("XAA",), ("XHH",), ("XAA",)]
    most = countries_of_sites(toy.sites([toy.block(49, 0, 4, 4)]), ground)
    assert most.tolist() == [("XBB", "XAA")]
    assert countries_of_sites(toy.sites(shapes[:1]), Ground.of({}), "XHH").tolist() == [("XHH",)]
    assert countries_of_sites(toy.sites(shapes[:1]), Ground.of({})).tolist() == [()]
