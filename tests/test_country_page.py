"""A country's page: its sentences, its numbers, and where these come from."""

from __future__ import annotations

import copy
import csv
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import shapely
from flask.testing import FlaskClient

from cetm_geo import country, measure, words
from cetm_geo.country.ground_once import NAMED_ROLES
from cetm_geo.country.rows import COLUMNS, rows_of
from cetm_geo.dashboard import create_app
from cetm_geo.dashboard.country.story import account, story
from cetm_geo.dashboard.country.view import SIGNS_AT_MOST, Paths, country_view, signs_unit
from cetm_geo.dashboard.tree import lean
from cetm_geo.errors import ExportError
from cetm_geo.model import STATUS_GROUPS, Rulebook
from cetm_geo.registers import IN_FORCE
from cetm_geo.resources import colours
from cetm_geo.store import Store, open_store
from cetm_geo.web import Service
from cetm_geo.web.countries import Countries, Measuring, Named
from cetm_geo.web.overview import Overviews
from tests.browsing import DESK, PHONE, Visit, arrive
from tests.test_dashboard import HOSTILE, text_of

GROUPS = ("all", *STATUS_GROUPS)


@pytest.fixture(scope="module")
def built(sample_store: Path) -> Store:
    return open_store(sample_store)


@pytest.fixture(scope="module")
def profile(built: Store) -> dict[str, Any]:
    return country.profile_of(country.read_country(built, "XKV"), built.rulebook, "XKV")


@pytest.fixture(scope="module")
def client(sample_store: Path) -> Iterator[FlaskClient]:
    yield create_app(sample_store).server.test_client()  # a with would keep its requests open


def figure(value: float | None, status: str = "ok", unknown: int = 0, **groups: Any) -> Any:
    """`value` for all titles and those in force, nothing for the others."""
    rest = dict.fromkeys(STATUS_GROUPS, None if value is None else 0) | {IN_FORCE: value}
    return {"all": value, **rest, **groups, "status": status, "not_known_count": unknown}


def toy(**ground: Any) -> dict[str, Any]:
    """Ten titles in force on 50 km2 of a country of 1 000 km2, 10 of them in places."""
    held = {
        "country_km2": 1000.0, "outline": {"layer_id": "x", "label": "X", "as_of": None},
        "titles_inside_km2": figure(50.0), "titles_inside_share": figure(0.05),
        "named_roles": ["protected_area", "community_land"], "roles_missing": [],
        "named_km2": figure(10.0), "named_share": figure(0.2), **ground,
    }  # fmt: skip
    titles = {
        "titles_count": figure(10), "by_status": [
            {"licence_status": "active", "titles_count": figure(10)}],
        "in_other_countries_too_count": figure(0),
    }  # fmt: skip
    return {"country": "Toyland", "titles": titles, "ground": held}


def statuses(profile: dict[str, Any], active: int, unknown: int, application: int = 0) -> Any:
    """The same with other counts of titles by status."""
    out = copy.deepcopy(profile)
    count = figure(active + unknown + application)
    out["titles"]["titles_count"] = count | {
        IN_FORCE: active + unknown, "application": application,
    }  # fmt: skip
    held = {"active": active, "unknown": unknown, "application": application}
    out["titles"]["by_status"] = [
        {"licence_status": word, "titles_count": figure(n)} for word, n in held.items() if n
    ]
    return out


def told(profile: dict[str, Any]) -> str:
    return " ".join("".join(text_of(part) for part in one) for one in story(profile))


# --- the headline --------------------------------------------------------------------------------


def test_the_headline_gives_both_shares_and_says_which_places_they_are_of() -> None:
    assert told(toy()) == (
        f"Mining titles in force cover 5.0{words.GLUE}% of Toyland. "
        f"20.0{words.GLUE}% of that ground lies in protected areas or community land."
    )


def test_titles_of_unstated_status_are_never_said_to_be_in_force() -> None:
    assert told(statuses(toy(), 0, 10)).startswith("Mining titles cover ")
    assert "The register gives the status of none" in " ".join(account(statuses(toy(), 0, 10)))
    beside = statuses(toy(), 0, 10, application=3)
    assert told(beside).startswith("Mining titles of unstated status cover ")
    assert told(statuses(toy(), 6, 4)).startswith("Mining titles in force, or of unstated status,")
    few = statuses(toy(), 99, 1)
    assert told(few).startswith("Mining titles in force cover ")
    assert "1 title whose status the register does not state" in " ".join(account(few))


def test_a_share_that_is_not_known_of_every_title_is_a_least_one() -> None:
    partly = toy(named_share=figure(0.2, "partial", 4))
    assert "At least 20.0" in told(partly)
    assert "Of 4 titles the layers do not say" in " ".join(account(partly))


def test_none_is_said_only_where_all_of_it_was_asked() -> None:
    none = toy(named_km2=figure(0.0), named_share=figure(0.0))
    assert "None of that ground lies in" in told(none)
    unsure = toy(named_km2=figure(0.0), named_share=figure(0.0, "partial", 2))
    assert "None of that ground is known to lie in" in told(unsure)


def test_a_country_without_an_outline_has_land_and_no_share() -> None:
    bare = toy(country_km2=None, outline=None, titles_inside_share=figure(None, "layer_missing"))
    assert told(bare).startswith(f"Mining titles in force lie on 50.00{words.GLUE}km² of Toyland.")
    assert "its share is not known" in " ".join(account(bare))


def test_a_role_without_a_layer_is_named_as_missing_and_not_in_the_share() -> None:
    lacking = toy(named_roles=["protected_area"], roles_missing=["community_land"])
    assert told(lacking).endswith("lies in protected areas.")
    assert "No layer shows community land" in " ".join(account(lacking))


def test_a_country_without_titles_in_force_says_so_and_gives_its_applications() -> None:
    waiting = statuses(toy(titles_inside_share=figure(0.0, application=0.02)), 0, 0, 5)
    assert told(waiting) == (
        f"No mining title of Toyland is in force. Applications cover 2.0{words.GLUE}% of it."
    )


# --- the page ------------------------------------------------------------------------------------


def shown(profile: dict[str, Any], rulebook: Rulebook) -> str:
    page = country_view(profile, [Named("XKV", "Karvela", 402)], rulebook, Paths("api/v1", "g"))
    return " ".join(text_of(page).split())


def test_numbers_on_the_page_are_those_of_the_profile(
    profile: dict[str, Any], built: Store
) -> None:
    text = shown(profile, built.rulebook)
    ground, titles = profile["ground"], profile["titles"]
    for said in (
        words.share(ground["titles_inside_share"][IN_FORCE]),
        words.share(ground["named_share"][IN_FORCE]),
        words.area(ground["titles_inside_km2"][IN_FORCE]),
        *(words.area(ground["titles_inside_km2"][g]) for g in STATUS_GROUPS),
        *(words.number(row["titles_count"]["all"]) for row in titles["by_tier"]),
    ):
        assert " ".join(said.split()) in text
    for listed in profile["places"][:3]:
        first = listed["most"][0]
        assert first["name"] in text
        assert " ".join(words.share(first["covered_share"][IN_FORCE]).split()) in text
    for role in ("protected_area", "community_land"):
        land = next(x for x in profile["pillars"]["stewardship"]["land"] if x["scope_id"] == role)
        assert " ".join(words.area(land["union_km2"]["application"]).split()) in text


def test_a_crowd_never_holds_more_signs_than_an_eye_takes() -> None:
    assert [signs_unit(n) for n in (1, SIGNS_AT_MOST, SIGNS_AT_MOST + 1, 200_000)] == [
        1, 1, 10, 1000,
    ]  # fmt: skip


def test_a_role_without_a_layer_is_said_to_be_missing_and_never_none(
    profile: dict[str, Any], built: Store
) -> None:
    bare = copy.deepcopy(profile)
    listed = next(x for x in bare["places"] if x["role"] == "key_biodiversity_area")
    listed |= {"status": "layer_missing", "most": []}
    bare["sources"] = [x for x in bare["sources"] if x["role"] != "key_biodiversity_area"]
    text = shown(bare, built.rulebook)
    assert "No layer of them is loaded: nothing follows from their absence." in text
    assert "No layer is loaded of: Key biodiversity areas." in text


def test_texts_of_the_data_stay_texts(profile: dict[str, Any], built: Store) -> None:
    hostile = copy.deepcopy(profile)
    hostile["places"][0]["most"][0]["name"] = HOSTILE
    hostile["country"] = HOSTILE
    page = country_view(hostile, [], built.rulebook, Paths("api/v1", "g"))
    sent = json.dumps([part.to_plotly_json() for part in lean(page)], default=vars)
    assert "dangerously" not in sent
    assert HOSTILE in text_of(page)


# --- where the numbers come from -----------------------------------------------------------------


def union_by_hand(store: Store, roles: tuple[str, ...], group: str, iso3: str) -> float:
    """Land of a group's titles in places of roles, inside the country: all of it united at once."""
    sites = store.frame("sites_of_country", iso3=iso3)
    mine = sites if group == "all" else sites[sites["status"].isin(STATUS_GROUPS[group])]
    pieces = store.shapes(
        "named_pieces_of_titles", site_ids=mine["site_id"].tolist(), roles=list(roles)
    )
    border = store.shapes("outlines_of_country", iso3=iso3).geometry.iloc[0]
    land = shapely.union_all(shapely.intersection(pieces.geometry.to_numpy(), border))
    return float(measure.area_km2([land])[0])


@pytest.mark.parametrize("group", GROUPS)
def test_land_in_named_places_is_that_of_one_union_of_every_piece(
    profile: dict[str, Any], built: Store, group: str
) -> None:
    roles = tuple(role.value for role in NAMED_ROLES)
    stated = profile["ground"]["named_km2"][group]
    assert stated == pytest.approx(union_by_hand(built, roles, group, "XKV"), rel=1e-9)
    apart = [union_by_hand(built, (role,), group, "XKV") for role in roles]
    assert max(apart) <= stated < sum(apart)


def test_land_beyond_the_border_is_left_out(profile: dict[str, Any], built: Store) -> None:
    ground, titles = profile["ground"], profile["titles"]
    outside = titles["land_union_km2"]["all"] - ground["titles_inside_km2"]["all"]
    sites = built.shapes("outlines_of_titles", iso3="XKV").geometry.to_numpy()
    border = built.shapes("outlines_of_country", iso3="XKV").geometry.iloc[0]
    by_hand = measure.area_km2([shapely.difference(shapely.union_all(sites), border)])[0]
    assert outside == pytest.approx(by_hand, rel=1e-6)
    assert outside > 1


def test_places_are_ordered_by_the_share_under_titles_in_force_and_weigh_something(
    profile: dict[str, Any],
) -> None:
    for listed in profile["places"]:
        shares = [place["covered_share"][IN_FORCE] for place in listed["most"]]
        assert shares == sorted(shares, reverse=True)
        for place in listed["most"]:
            assert place["covered_km2"]["all"] >= 1
            whole = place["covered_km2"]["all"] / place["area_km2"]
            assert place["covered_share"]["all"] == pytest.approx(whole)


def test_cambodia_is_covered_as_an_independent_overlay_found(cambodian_store: Path) -> None:
    store = open_store(cambodian_store)
    said = country.profile_of(country.read_country(store, "KHM"), store.rulebook, "KHM")
    ground = said["ground"]
    # 14 706.6 km2 under titles and 181 350.8 km2 of country: the data's manifest.
    assert ground["titles_inside_share"]["all"] == pytest.approx(14706.6 / 181350.8, rel=2e-3)
    assert ground["named_share"]["all"] == pytest.approx(0.46, abs=2e-3)
    assert (
        ground["named_share"]["status"] == "partial"
    )  # community layers do not say where they end
    best = said["places"][0]["most"][0]
    assert (best["name"], round(best["covered_share"]["all"], 3)) == ("O Yadav", 0.493)
    assert "At least 46.0" in told(said)
    assert told(said).startswith("Mining titles cover 8.1")


# --- measured once -------------------------------------------------------------------------------


def test_a_profile_is_measured_behind_the_page_and_found_by_the_next_worker(
    built: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Countries(lambda: built, tmp_path)
    assert isinstance(first.ask("XKV", 0.0), Measuring)
    said = first.ask("XKV", 60.0)
    assert not isinstance(said, Measuring)
    assert first.ask("XKV", 0.0) is said

    def never(*_: Any) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr(country, "read_country", never)
    again = Countries(lambda: built, tmp_path).ask("XKV", 5.0)
    assert not isinstance(again, Measuring)
    assert again == said
    assert not list(tmp_path.rglob("*.claim"))


def test_an_error_is_told_once_and_then_tried_again(
    built: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fails(*_: Any) -> None:
        asked.append(1)
        raise MemoryError

    monkeypatch.setattr(country, "read_country", fails)
    held = Countries(lambda: built, tmp_path)
    for times in (1, 2):
        with pytest.raises(ExportError, match="could not be measured"):
            held.ask("XKV", 10.0)
        assert len(asked) == times
    with pytest.raises(ExportError, match="no title of this store"):
        held.ask("QQQ")


# --- through the app -----------------------------------------------------------------------------


def opened(client: FlaskClient, **route: str) -> Any:
    body = {
        "output": "..country-body.children...country-poll.disabled..",
        "outputs": [
            {"id": "country-body", "property": "children"},
            {"id": "country-poll", "property": "disabled"},
        ],
        "inputs": [
            {"id": "route", "property": "data", "value": route},
            {"id": "country-poll", "property": "n_intervals", "value": 0},
        ],
        "changedPropIds": ["route.data"],
        "state": [],
    }
    for _ in range(60):
        answer = client.post("/_dash-update-component", json=body)
        if answer.status_code == 204:
            return None
        said: Any = json.loads(answer.text)["response"]
        if said["country-poll"]["disabled"]:
            return json.dumps(said.get("country-body"), ensure_ascii=False)
    raise AssertionError("it is still measured")


def test_the_app_opens_the_stores_own_country_and_the_one_that_the_address_names(
    client: FlaskClient, profile: dict[str, Any]
) -> None:
    own = opened(client, view="country")
    assert words.share(profile["ground"]["titles_inside_share"][IN_FORCE]) in own
    assert "Ostrelle" in opened(client, view="country", country="XKO")
    assert "no title of this store lies there" in opened(client, view="country", country="FRA")


def test_the_api_gives_the_profile_as_json_markdown_and_csv(
    client: FlaskClient, profile: dict[str, Any]
) -> None:
    named: Any = client.get("/api/v1/countries.json").json
    assert [row["iso3"] for row in named if row["is_own"]] == ["XKV"]
    said: Any = client.get("/api/v1/countries/xkv.json").json
    assert said["ground"]["named_km2"] == pytest.approx(profile["ground"]["named_km2"])
    assert "# Karvela" in client.get("/api/v1/countries/XKV.md").text
    rows = list(csv.reader(io.StringIO(client.get("/api/v1/countries/XKV.csv").text)))
    assert tuple(rows[0]) == COLUMNS
    held = {(row[0], row[1]): row for row in rows[1:]}
    assert len(held) == len(rows) - 1 == len(rows_of(profile))
    assert float(held[("titles.titles_count", "application")][2]) == 89
    land = held[("ground.named_km2", IN_FORCE)]
    assert float(land[2]) == pytest.approx(profile["ground"]["named_km2"][IN_FORCE])
    assert land[3:5] == ["km2", "ok"]
    wrong = client.get("/api/v1/countries/FRA.json")
    assert (wrong.status_code, "error" in wrong.text) == (400, True)


# --- the picture ---------------------------------------------------------------------------------


def test_the_picture_is_drawn_in_the_pages_colours_and_holds_no_text(
    client: FlaskClient, built: Store
) -> None:
    for theme in ("light", "dark"):
        answer = client.get(f"/api/v1/countries/XKV.svg?theme={theme}")
        assert answer.mimetype == "image/svg+xml"
        root = ET.fromstring(answer.text)
        kinds = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert kinds == {
            "svg", "style", "defs", "pattern", "circle", "path", "g", "rect", "use",
        }  # fmt: skip
        assert colours()[theme]["tier-critical"] in answer.text
        signs = [e for e in root.iter() if e.tag.endswith("use")]
        assert 100 < len(signs) <= 403
    assert colours()["light"]["map-land"] != colours()["dark"]["map-land"]
    assert client.get("/api/v1/countries/FRA.svg").status_code == 404


def test_an_outline_that_may_not_be_shown_is_not_drawn(built: Store) -> None:
    shown_all, shown_none = Overviews(lambda *_: ""), Overviews(lambda *_: "licence")
    assert 0.5 < (shown_all.height(built, "XKV") or 0) <= 1
    assert shown_none.height(built, "XKV") is None
    assert shown_none.svg(built, "XKV", "light") is None
    no_parks = Overviews(lambda _store, layer: "licence" if "wdpa" in layer else "")
    drawn = no_parks.svg(built, "XKV", "light") or ""
    assert 'class="protected_area"' not in drawn
    assert 'class="community_land"' in drawn


def test_a_public_page_says_nothing_that_a_local_one_may_not(cambodian_store: Path) -> None:
    service = Service(cambodian_store, public=True)
    pictures = Overviews(service.withheld)
    assert pictures.height(service.store(), "KHM") is None  # its outline may not be passed on


# --- in a browser --------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("view", ["country", "data"])
def test_a_page_fits_its_screen_asks_no_other_host_and_complains_of_nothing(
    visit: Callable[..., Visit], title: dict[str, Any], view: str, size: dict[str, int]
) -> None:
    trip = visit(size)
    page = arrive(trip, view, title)
    page.evaluate("() => document.querySelectorAll('.page details').forEach((d) => d.open = true)")
    sizes = "(name) => ['scrollWidth', 'clientWidth'].map((x) => document.querySelector(name)[x])"
    wide, shown = page.evaluate(sizes, f".page-{view}")
    assert wide == shown
    if view == "country":
        page.wait_for_function("() => document.querySelector('.picture .in-light').naturalWidth")
    assert trip.hosts == {urlsplit(trip.home).netloc}
    assert trip.complaints == []


@pytest.mark.browser
def test_a_place_on_the_page_of_a_country_opens_over_the_map(
    visit: Callable[..., Visit], title: dict[str, Any]
) -> None:
    page = arrive(visit(), "country", title)
    name = page.locator(".bar-list.protected a").first.inner_text()
    page.locator(".bar-list.protected a").first.press("Enter")
    page.wait_for_selector(".panel-place h1")
    assert name in page.locator(".panel-place").inner_text()
    assert "country=" not in page.url
