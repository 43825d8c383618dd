"""The other side: a place and the titles on it, in squares of whole km2 and in the sample."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import numpy as np
import pytest
import shapely
from flask.testing import FlaskClient

from cetm_geo import language, measure, pipeline, words
from cetm_geo.dashboard import create_app
from cetm_geo.dashboard.panels import place as panel
from cetm_geo.dashboard.place import land, lists
from cetm_geo.dashboard.place.waters import water_view
from cetm_geo.pressure import ALL
from cetm_geo.web import Service
from cetm_geo.web.filters import filters_of
from cetm_geo.web.placefacts import NO_LAND, united_km2
from cetm_geo.web.places import BY_TIER
from cetm_geo.web.ringlines import RADII_KM
from cetm_geo.web.service import NAME_WITHHELD, WITHHELD
from tests import made
from tests.toy import COLUMN, block, row_edge

PARK = "a//b #1?%&+é"  # what a source may call a feature
IN_FORCE, APPLIED, ENDED = "in_force_or_unknown", "application", "expired_or_refused"
TITLES = {
    "A": ("active", block(0, 0, 4, 5)),
    "B": ("active", block(2, 0, 4, 5)),
    "C": ("application", block(0, 3, 4, 4)),
    "D": ("expired", block(9, 9, 2, 2)),
    "F": ("active", block(3, 8, 3, 2)),
    "far": ("unknown", block(20, 20, 1, 1)),
}
LAYER = """
role = "{role}"
label = "{label}"
as_of = "2026"
complete_within = "world"
source = {{path = "{name}.geojson"}}
licence = {{text = "CC0", publish = "{publish}"}}
{more}
[columns]
feature_id = "code"
name = "name"
{columns}
"""
STATUS = """
[values.status]
active = ["active"]
application = ["application"]
expired = ["expired"]
unknown = ["unknown"]
"""


def written(folder: Path, name: str, role: str, features: list[Any], **more: str) -> None:
    given = {"label": name, "publish": "public", "more": "", "columns": "", "values": "", **more}
    made.geojson(folder / "data" / f"{name}.geojson", features)
    text = LAYER.format(name=name, role=role, **given) + given["values"]
    (folder / "layers" / f"{name}.toml").write_text(text)


@pytest.fixture(scope="module")
def toy_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A park of 100 km2, a wetland of two parts that share 5 km2, a shrine, a town, six titles."""
    folder = tmp_path_factory.mktemp("places")
    (folder / "layers").mkdir()
    rows = [
        made.feature(shape, code=code, name=f"title {code}", state=status)
        for code, (status, shape) in TITLES.items()
    ]
    written(folder, "register", "concession", rows, columns='status = "state"', values=STATUS)
    park = made.feature(block(0, 0, 10, 10), code=PARK, name="The park", part="P")
    west = made.feature(block(0, 5, 5, 5), code="w.geojson", name="Wetland", part="W")
    east = made.feature(block(4, 5, 5, 5), code="e", name="Wetland", part="W")
    written(folder, "parks", "protected_area", [park, west, east], columns='group_id = "part"')
    shrine = made.feature(shapely.Point(3.5 * COLUMN, row_edge(1)), code="s", name="Shrine")
    written(folder, "shrines", "heritage", [shrine])
    town = made.feature(shapely.Point(20.5 * COLUMN, row_edge(18)), code="t", name="Town")
    written(folder, "towns", "settlement", [town])
    land = made.feature(block(0, 0, 2, 2), code="l", name="Land")
    written(folder, "lands", "community_land", [land], publish="derived_only",
            more='tenure = "customary"')  # fmt: skip
    kept = made.feature(block(0, 0, 1, 1), code="k", name="Kept here")
    written(folder, "kept", "key_biodiversity_area", [kept], publish="local_only")
    pipeline.build(folder / "layers", folder / "data", folder / "store", made.ON)
    return folder / "store"


@pytest.fixture(scope="module")
def service(toy_store: Path) -> Service:
    return Service(toy_store)


@pytest.fixture(scope="module")
def public(toy_store: Path) -> Service:
    return Service(toy_store, public=True)


@pytest.fixture(scope="module")
def client(toy_store: Path) -> Iterator[FlaskClient]:
    yield create_app(toy_store).server.test_client()  # a with would keep its requests open


@pytest.fixture(scope="module")
def sample(sample_store: Path) -> Service:
    return Service(sample_store)


def covered(answer: Any) -> dict[str, float]:
    return {group: round(row["covered_km2"], 6) for group, row in answer["land"].items()}


def counts(answer: Any) -> dict[str, int]:
    return {group: row["titles"] for group, row in answer["counts"].items()}


def texts(view: Any) -> str:
    """All that is read of a view."""
    if isinstance(view, list | tuple):
        return " ".join(map(texts, view))
    if view is None or isinstance(view, str):
        return view or ""
    return texts(getattr(view, "children", None))


# --- land ----------------------------------------------------------------------------------------


def test_land_under_several_titles_counts_once_in_each_group_of_statuses(service: Service) -> None:
    answer = service.places.place("parks", PARK)
    assert counts(answer) == {ALL: 5, IN_FORCE: 3, APPLIED: 1, ENDED: 1}
    assert covered(answer) == {ALL: 45, IN_FORCE: 36, APPLIED: 16, ENDED: 1}
    assert answer["land"][ALL]["covered_share"] == pytest.approx(0.45)


def test_parts_of_one_thing_are_one_place_and_land_in_two_of_them_counts_once(
    service: Service,
) -> None:
    for part in ("w.geojson", "e"):
        answer = service.places.place("parks", part)
        assert answer["place"]["area_km2"] == pytest.approx(45)
        assert {row["feature_id"] for row in answer["parts"]} == {"w.geojson", "e"}
        assert covered(answer) == {ALL: 14, IN_FORCE: 6, APPLIED: 8, ENDED: 0}
        assert counts(answer)[ALL] == 2


def test_a_point_has_no_land_and_the_titles_that_hold_it(service: Service) -> None:
    answer = service.places.place("shrines", "s")
    assert answer["land"] is None
    assert answer["land_note"] == NO_LAND
    titles, count = service.places.titles("shrines", "s")
    assert {row["site_id"] for row in titles} == {"register:A", "register:B"}
    assert count == 2
    assert {row["feature_share"] for row in titles} == {None}


def test_a_layers_only_feature_has_the_land_that_the_country_has_in_the_layer(
    service: Service,
) -> None:
    totals = service.store().frame("all_totals")
    own = totals[totals["scope_id"] == "lands"].set_index("status_group")["union_km2"]
    assert covered(service.places.place("lands", "l")) == own.round(6).to_dict()
    assert own[ALL] == pytest.approx(4)


def test_what_the_build_united_is_what_the_shapes_of_the_overlaps_come_to(sample: Service) -> None:
    store = sample.store()
    pressed = store.frame("features_under_titles", roles=["protected_area", "water_basin"])
    every = pressed[pressed["status_group"] == ALL].nlargest(25, "title_count")
    for row in every.to_dict("records"):
        asked = {"layer_id": row["layer_id"], "parts": [row["feature_id"]]}
        shared = store.shapes("place_shared_land", **asked, most=1000).geometry.to_numpy()
        assert united_km2(shared) == pytest.approx(row["covered_km2"], rel=1e-6), asked


# --- titles --------------------------------------------------------------------------------------


def test_titles_stand_by_land_or_by_tier_and_come_page_by_page(service: Service) -> None:
    titles, count = service.places.titles("parks", PARK)
    assert [row["name"] for row in titles[:3]] == ["title A", "title B", "title C"]
    assert [round(row["overlap_km2"], 6) for row in titles] == [20, 20, 16, 6, 1]
    assert titles[4]["overlap_share"] == pytest.approx(0.25)
    assert titles[4]["feature_share"] == pytest.approx(0.01)
    pages = [service.places.titles("parks", PARK, start=at, count=2)[0] for at in (0, 2, 4)]
    assert [row["site_id"] for page in pages for row in page] == [r["site_id"] for r in titles]
    applied, one = service.places.titles("parks", PARK, APPLIED)
    assert ([row["name"] for row in applied], one, count) == (["title C"], 1, 5)
    order = list(words.TIERS)
    ranks = [
        order.index(row["tier"]) for row in service.places.titles("parks", PARK, order=BY_TIER)[0]
    ]
    assert ranks == sorted(ranks)


def test_the_filter_of_a_place_finds_the_titles_that_its_panel_lists(service: Service) -> None:
    for feature in (PARK, "e"):
        head = land.head_view(service.places.place("parks", feature), {})
        go = next(x for x in words_of(head, "data-go") if "in=" in x)
        query = {word: values[0] for word, values in parse_qs(go).items()}
        finder = service.finder()
        found = finder.rows(filters_of(query), [("area_km2", "desc")], 0, 50)
        listed = service.places.titles("parks", feature)[0]
        assert {row["site_id"] for row in found.rows} == {row["site_id"] for row in listed}


def words_of(view: Any, name: str) -> list[str]:
    """Values of an attribute anywhere in a view."""
    if isinstance(view, list | tuple):
        return [value for part in view for value in words_of(part, name)]
    if view is None or isinstance(view, str):
        return []
    own = [getattr(view, name)] if hasattr(view, name) else []
    return own + words_of(getattr(view, "children", None), name)


def test_positions_are_those_of_the_map(service: Service) -> None:
    found = service.places.positions("parks", PARK, 10)
    tiles = service.store()._cursor().execute(
        "FROM tiles WHERE position >= 0"
    ).df().set_index("position")["feature_id"]  # fmt: skip
    assert found is not None
    assert {tiles[n] for n in found} == {f"register:{code}" for code in "ABCDF"}
    assert service.places.positions("parks", PARK, 4) is None


# --- no titles -----------------------------------------------------------------------------------


def test_where_no_title_lies_it_is_said_how_far_that_can_be_relied_on_and_what_is_near(
    service: Service,
) -> None:
    answer = service.places.place("towns", "t")
    assert counts(answer)[ALL] == 0
    assert answer["near"]["within_km"] == {"1": 0, "5": 1, "10": 1, "20": 4}
    nearest = answer["near"]["titles"][0]
    assert nearest["site_id"] == "register:far"
    rows_of_two = (row_edge(20) - row_edge(18)) * measure.scale_km(0.2)[1]
    assert nearest["distance_km"] == pytest.approx(rows_of_two, rel=1e-4)
    said = texts(land.land_view(answer))
    assert "No title is recorded that holds this place." in said
    assert "register, as of 2026, says it is complete here." in said


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"inside_share": None}, "does not say where it is complete: a title may be missing"),
        ({"inside_share": 0.0}, "lies beyond where R, as of 2014, is complete"),
        ({"inside_share": 0.25}, "is complete for 25.0 % of the place"),
        ({"stale": True}, "older than its use-by date"),
        ({"problem": "gone"}, "could not be read: a title may be missing"),
    ],
)
def test_a_register_that_may_lack_titles_says_so(row: dict[str, Any], said: str) -> None:
    base = {"label": "R", "as_of": "2014", "problem": None, "inside_share": 1.0, "stale": False}
    found = land.registers_said([{**base, **row}])[0]
    assert said in found.replace(words.GLUE, " ")


# --- addresses -----------------------------------------------------------------------------------


def test_an_id_of_any_characters_comes_back_from_address_and_api(client: FlaskClient) -> None:
    for feature in (PARK, "w.geojson", "e"):
        assert panel.split(land.place_key("parks", feature)) == ("parks", feature)
        path = f"/api/v1/places/parks/{quote(feature, safe='')}"
        answer = client.get(path)
        assert answer.status_code == 200, feature
        assert answer.json["place"]["feature_id"] == feature
        outline = client.get(f"{path}.geojson").json
        assert outline["properties"]["feature_id"] == feature
        km2 = measure.area_km2(np.array([shapely.geometry.shape(outline["geometry"])], object))[0]
        assert km2 == pytest.approx(outline["properties"]["area_km2"])
        pieces = client.get(f"{path}/pieces.geojson").json
        assert len(pieces["features"]) == pieces["of"] > 0


@pytest.mark.parametrize("more", ["", ".geojson", "/pieces.geojson"])
@pytest.mark.parametrize("place", ["parks/none", "nowhere/1", "register/A"])
def test_an_unknown_place_is_not_found(client: FlaskClient, place: str, more: str) -> None:
    answer = client.get(f"/api/v1/places/{place}{more}")
    assert answer.status_code == 404
    assert set(answer.json["error"]) == {"what", "hint"}


@pytest.mark.parametrize("query", ["status=alive", "order=name", "start=x"])
def test_a_page_of_titles_that_cannot_be_read_is_refused(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/api/v1/places/parks/e?{query}")
    assert answer.status_code == 400
    assert client.get("/api/v1/places/parks/e?status=application&count=1").json["titles_count"] == 1


# --- licences ------------------------------------------------------------------------------------


def test_in_public_a_shape_that_its_licence_keeps_is_figures_alone(
    toy_store: Path, public: Service
) -> None:
    place = public.places.place("lands", "l")["place"]
    assert place["withheld"] == WITHHELD
    assert {place[side] for side in ("west", "south", "east", "north")} == {None}
    assert place["name"] == "Land"
    assert panel.focus_of(public, "lands", "l")["bounds"] is None
    assert "its licence keeps it here" in texts(
        land.head_view({**public.places.place("lands", "l")}, {})
    )
    with create_app(toy_store, public=True).server.test_client() as asking:
        assert asking.get("/api/v1/places/lands/l.geojson").status_code == 403
        assert asking.get("/api/v1/places/lands/l/pieces.geojson").json["features"] == []
        refused = asking.get("/api/v1/places/kept/k")
    assert refused.status_code == 403
    assert "Kept here" not in refused.get_data(as_text=True)
    assert "licence" in refused.json["error"]["what"]


def test_in_public_titles_of_a_local_register_are_listed_without_names(tmp_path: Path) -> None:
    (tmp_path / "layers").mkdir()
    rows = [made.feature(block(0, 0), code="A", name="Secret title")]
    written(tmp_path, "register", "concession", rows, publish="local_only")
    park = [made.feature(block(0, 0, 2, 2), code="P", name="Park")]
    written(tmp_path, "parks", "protected_area", park)
    pipeline.build(tmp_path / "layers", tmp_path / "data", tmp_path / "store", made.ON)
    service = Service(tmp_path / "store", public=True)
    titles, count = service.places.titles("parks", "P")
    assert (count, [row["name"] for row in titles]) == (1, [NAME_WITHHELD])
    assert covered(service.places.place("parks", "P"))[ALL] == 1
    assert service.places.pieces("parks", "P")["features"] == []
    with create_app(tmp_path / "store", public=True).server.test_client() as asking:
        assert asking.get("/api/v1/sites/register:A/rings.geojson").status_code == 403
        refused = asking.get("/api/v1/sites/register:A/outline.geojson")
        assert refused.status_code == 403
        assert "coordinates" not in refused.text


# --- what the map shows --------------------------------------------------------------------------


def test_rings_lie_as_far_from_a_title_as_they_say(client: FlaskClient) -> None:
    answer = client.get("/api/v1/sites/register:A/rings.geojson")
    assert answer.status_code == 200
    rings = answer.json["features"]
    assert [ring["properties"]["km"] for ring in rings] == list(RADII_KM)
    outline = TITLES["A"][1]
    for ring in rings:
        corners = shapely.get_coordinates(shapely.geometry.shape(ring["geometry"]))[::7]
        km = [measure.distance_km(shapely.Point(*corner), outline) for corner in corners]
        assert km == pytest.approx([ring["properties"]["km"]] * len(km), rel=0.01)
    french = client.get("/api/v1/sites/register:A/rings.geojson?lang=fr").json["features"]
    assert french[1]["properties"]["label"] == "5 km"
    assert client.get("/api/v1/sites/none/rings.geojson").status_code == 404


def test_a_titles_outline_is_given_to_every_corner(client: FlaskClient, service: Service) -> None:
    answer = client.get("/api/v1/sites/register:A/outline.geojson")
    assert (answer.status_code, answer.mimetype) == (200, "application/geo+json")
    assert answer.json["properties"] == {"site_id": "register:A"}
    exact = service.outline_of("register:A")
    assert answer.json["geometry"] == json.loads(json.dumps(exact))
    unknown = client.get("/api/v1/sites/none/outline.geojson")
    assert unknown.status_code == 404
    assert unknown.json["error"]["hint"]


def test_a_piece_says_its_area_its_place_and_a_point_inside_it(service: Service) -> None:
    site = block(3, 3, 4, 4)
    drawn = service.screener.propose(json.loads(shapely.to_geojson(site))).pieces
    for pieces in (service.pieces("register:A"), service.places.pieces("parks", PARK), drawn):
        own = next(x for x in pieces["features"] if x["properties"]["feature_id"] == PARK)
        said = own["properties"]
        assert said["label"] == words.area(said["overlap_km2"])
        assert said["said"] == f"{said['label']} in The park"
        assert shapely.contains(
            shapely.geometry.shape(own["geometry"]), shapely.Point(said["point"])
        )
    with language.speaking("fr"):
        assert (
            service.pieces("register:D")["features"][0]["properties"]["label"]
            == f"1,00{words.GLUE}km²"
        )


# --- basins --------------------------------------------------------------------------------------


def test_a_basin_tells_the_way_that_its_titles_water_takes(sample: Service) -> None:
    titles = sample.finder().rows(filters_of({"layer": "sub_basins"}), [("area_km2", "asc")], 0, 5)
    for row in titles.rows:
        way = sample.answer(row["site_id"])["way"]
        if way["left_out"] or sum(step["site_share"] is not None for step in way["steps"]) != 1:
            continue
        first, *rest = way["steps"]
        answer = sample.places.place(way["layer_id"], first["basin_id"])
        below = answer["basin"]["below"]
        assert [step["basin_id"] for step in below] == [step["basin_id"] for step in rest]
        assert [step["title_share"] for step in below] == [step["title_share"] for step in rest]
        said = texts(water_view(answer, lambda *given: given[2]))
        assert all(step["name"] in said for step in rest)
        return
    pytest.fail("no title lies in one basin alone")


def test_what_drains_to_a_basin_is_its_land_upstream(sample: Service) -> None:
    ids = sample.store().frame("links_of_layer", layer_id="sub_basins")["downstream_id"].dropna()
    answer = sample.places.place("sub_basins", str(ids.mode()[0]))
    basin = answer["basin"]
    assert len(basin["above"]) > 1
    drained = sum(step["upstream_km2"] for step in basin["above"]) + answer["place"]["area_km2"]
    assert basin["above_left_out"] == 0
    assert basin["upstream_km2"] == pytest.approx(drained)


# --- the panel -----------------------------------------------------------------------------------


def test_the_panel_says_each_group_with_its_land_and_leads_to_each_title(service: Service) -> None:
    answer = service.places.place("parks", PARK)
    said = texts(land.land_view(answer)).replace(words.GLUE, " ")
    assert "5 titles lie on this place".replace(" ", "") in said.replace(" ", "")
    assert "They cover 45.00 km² of its land, 45.0 %, each piece of land counted once." in said
    assert "only under applications or ended titles: 9.0 %" in said
    rows = service.places.titles("parks", PARK, IN_FORCE)[0]
    table = lists.titles_view(rows, answer["place"])
    assert words_of(table, "data-go") == [
        "site=register%3AA",
        "site=register%3AB",
        "site=register%3AF",
    ]
    assert set(words_of(table, "data-piece")) == {f"parks/{PARK}"}
    shown = panel.view(service, "parks", PARK)
    assert len(shown) == 3
