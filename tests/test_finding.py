"""Finding titles: filters and the address, and the finder against a slow, obvious reference."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cetm_geo.errors import SiteError
from cetm_geo.language import speaking
from cetm_geo.model import STATUS_GROUPS, SiteStatus, Stage, Tier
from cetm_geo.web import Service
from cetm_geo.web.filters import (
    FULLY,
    NOT_STATED,
    PARTLY,
    WORDS,
    Filters,
    filters_of,
    query_of,
)
from cetm_geo.web.finding import SORTABLE, Finder
from cetm_geo.web.finding.texts import Texts, folded
from cetm_geo.web.service import NAME_WITHHELD
from tests.finding_truth import Groups, Title, asked, groups_of, matches, plain, titles_of

PARKS = "wdpa_protected_areas"
_COMMUNITY_LAND = "SELECT * FROM coverage WHERE scope_id = 'community_land'"


@pytest.fixture(scope="module")
def service(sample_store: Path) -> Service:
    return Service(sample_store)


@pytest.fixture(scope="module")
def finder(service: Service) -> Finder:
    return service.finder()


@pytest.fixture(scope="module")
def titles(service: Service) -> list[Title]:
    return titles_of(service.store())


@pytest.fixture(scope="module")
def groups(service: Service) -> Groups:
    return groups_of(service.store())


# --- filters as they may be asked for ------------------------------------------------------------


def some(values: Any, most: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(sorted(values)), unique=True, max_size=most).map(tuple)


@pytest.fixture(scope="module")
def wanted(titles: list[Title], finder: Finder) -> st.SearchStrategy[Filters]:
    """Filters of values that the sample has, one to four words of them."""
    holders = {title["holder"] for title in titles if title["holder"]}
    places = {(p[0], part["feature_id"]) for t in titles for p, parts in t["places"].items()
              if p[0] != "mining_cadastre" for part in parts}  # fmt: skip
    texts = [*(t["name"][:4] for t in titles[:40]), "Kem", "ltd li", "HQ-EL", "%", "é", "gold",
             titles[7]["site_id"]]  # fmt: skip
    number = st.one_of(st.none(), st.floats(0, 400, allow_subnormal=False))
    day = st.sampled_from(["", "2015", "2018-03-02", "2021", "2030-01-01"])
    corner = st.tuples(st.floats(-17, -14), st.floats(-27, -24), st.floats(0, 2), st.floats(0, 2))
    words: dict[str, st.SearchStrategy[Any]] = {
        "text": st.sampled_from(texts),
        "tiers": some(map(str, Tier)),
        "screened": st.sampled_from(["", FULLY, PARTLY]),
        "statuses": some([*STATUS_GROUPS, *map(str, SiteStatus)]),
        "stages": some(map(str, Stage)),
        "holders": some([*holders, NOT_STATED, "Nobody"]),
        "minerals": some([*finder.titles.sets["mineral"].values, "uranium"]),
        **{f"{word}s": some(finder.titles.sets[word].values) for word in ("list", "layer", "rule")},
        "places": some(places, 2),
        "area_km2": st.tuples(number, number).filter(rises),
        "granted": st.tuples(day, day).filter(lambda b: "" in b or b[0] <= b[1]),
        "box": corner.map(lambda c: (c[0], c[1], c[0] + c[2], c[1] + c[3])),
        "ids": some([*(t["site_id"] for t in titles[:60]), "none:0"], 9),
    }  # fmt: skip
    return (
        st.lists(st.sampled_from(sorted(words)), max_size=4, unique=True)
        .flatmap(lambda chosen: st.fixed_dictionaries({name: words[name] for name in chosen}))
        .map(lambda kept: Filters(**kept))
    )


def rises(bounds: Any) -> bool:
    return None in bounds or bounds[0] <= bounds[1]


def each(examples: int) -> Callable[..., Any]:
    quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=examples, deadline=None, suppress_health_check=quiet)


# --- truth ---------------------------------------------------------------------------------------


@each(150)
@given(data=st.data())
def test_what_matches_is_what_a_look_at_each_title_finds(
    finder: Finder, titles: list[Title], groups: Groups, wanted: Any, data: st.DataObject
) -> None:
    filters = data.draw(wanted)
    found = finder.match(filters)
    assert found.tolist() == [matches(title, filters, groups) for title in titles]
    bits = np.frombuffer(base64.b64decode(finder.bits(found)), np.uint8)
    assert len(bits) == -(-len(titles) // 8)
    assert np.unpackbits(bits, bitorder="little")[: len(titles)].tolist() == found.tolist()


@each(40)
@given(data=st.data())
def test_each_facet_counts_what_matches_all_other_words(
    finder: Finder, titles: list[Title], groups: Groups, wanted: Any, data: st.DataObject
) -> None:
    filters = data.draw(wanted)
    counts = finder.counts(filters)
    own = [title for title in titles if matches(title, filters, groups)]
    assert (counts.count, counts.of) == (len(own), len(titles))
    assert counts.fully_screened == sum(title["fully_screened"] for title in own)
    assert counts.sum_km2 == pytest.approx(sum(title["area_km2"] for title in own))

    def under(word: str) -> list[Title]:
        other = filters.without(word)
        return [title for title in titles if matches(title, other, groups)]

    for word in ("tier", "status", "stage"):
        for value, count in counts.facets[word].items():
            assert count == sum(title[word] == value for title in under(word)), (word, value)
    of_sets = {"mineral": "minerals", "list": "lists", "rule": "raised", "layer": "overlaps"}
    silent = {"rule": "unassessed", "layer": "silent"}
    for word, column in of_sets.items():
        among = under(word)
        for value, count in counts.facets[word].items():
            named = sum(value in title[column] for title in among)
            if value == NOT_STATED:
                named = sum(not title[column] for title in among)
            lacking = sum(value in title[silent[word]] for title in among) if word in silent else 0
            unsaid = bool(among) and not named and lacking == len(among)
            assert count == (None if unsaid else named), (word, value)
            assert word not in silent or counts.unanswered[word][value] == lacking
    among = under("layer")
    for value, count in counts.verify_layers.items():
        assert count == sum(value in title["touches"] for title in among)
    for value, count in counts.facets["holder"].items():
        assert count == sum(title["holder"] == value for title in under("holder"))
    assert counts.not_stated["holder"] == sum(not title["holder"] for title in under("holder"))
    assert counts.not_stated["granted"] == sum(not t["granted_on"] for t in under("granted"))
    for year, count in counts.granted.items():
        dated = (title["granted_on"] or "" for title in under("granted"))
        assert count == sum(day.startswith(f"{year}-") for day in dated)
    assert sum(n for _low, _high, n in counts.area) == len(under("area"))
    for tier, count in counts.fully_by_tier.items():
        assert count == sum(t["tier"] == tier and t["fully_screened"] for t in under("tier"))


@each(60)
@given(data=st.data())
def test_rows_stand_in_the_order_asked_for_and_a_page_is_a_part_of_it(
    finder: Finder, titles: list[Title], groups: Groups, wanted: Any, data: st.DataObject
) -> None:
    filters = data.draw(wanted)
    column = data.draw(st.sampled_from(["area_km2", "name", "holder", "tier", "granted_on", "score",
                                        "number", "status", "critical_count"]))  # fmt: skip
    way = data.draw(st.sampled_from(["asc", "desc"]))
    start, count = data.draw(st.integers(0, 30)), data.draw(st.integers(0, 40))
    page = finder.rows(filters, [(column, way)], start, start + count)
    own = [title for title in titles if matches(title, filters, groups)]
    assert page.count == len(own)

    def key(title: Title) -> Any:
        value = title["feature_id" if column == "number" else column]
        if column == "tier":
            return list(Tier).index(Tier(value))
        return (plain(value), value) if isinstance(value, str) else value

    said = [title for title in own if title["feature_id" if column == "number" else column]
            not in (None, "")]  # fmt: skip
    rest = [title for title in own if title not in said]
    said.sort(key=lambda title: title["n"])
    said.sort(key=key, reverse=way == "desc")
    wanted_ids = [title["site_id"] for title in [*said, *rest]][start : start + count]
    assert [row["site_id"] for row in page.rows] == wanted_ids
    for place, site_id in enumerate(wanted_ids[:2], start):
        assert finder.place_of(site_id, filters, [(column, way)]) == place


def test_a_row_says_what_the_store_says_of_the_title(
    finder: Finder, service: Service, titles: list[Title]
) -> None:
    rows = finder.rows(Filters()).rows
    assert [row["n"] for row in rows] == [title["n"] for title in titles] == list(range(len(rows)))
    same = ("site_id", "name", "holder", "commodity_text", "stage", "status", "granted_on",
            "area_km2", "tier", "fully_screened", "critical_count", "info_count", "reason",
            "west", "north")  # fmt: skip
    for row, title in zip(rows, titles, strict=True):
        assert {c: row[c] for c in same} == {c: title[c] for c in same}
        assert row["minerals"] == list(title["minerals"])
        assert row["flags"] == sum(
            title[f"{severity}_count"] for severity in ("critical", "high", "moderate", "info")
        )
    for row in rows[::9]:
        lines = {line["scope_id"]: line for line in service.answer(row["site_id"])["lines"]}
        line = lines["protected_area"]
        assert row["protected_km2"] in (line["covered_km2"], None)
        assert ("protected_km2" in row["gaps"]) == line["gap"]


def test_land_of_which_no_layer_speaks_is_not_none(finder: Finder, service: Service) -> None:
    lines = asked(service.store(), _COMMUNITY_LAND)
    outside = {
        line["site_id"]
        for line in lines
        if (line["inside_share"] or 0) < 1 and not line["covered_km2"]
    }
    rows = finder.rows(Filters()).rows
    assert outside
    for row in rows:
        assert (row["community_km2"] is None) == (row["site_id"] in outside)


def test_the_land_of_titles_is_said_once_where_the_store_holds_it(finder: Finder) -> None:
    everything = finder.counts(Filters()).land
    assert everything
    assert set(everything) == {"all", *STATUS_GROUPS}
    one = finder.counts(filters_of({"status": "application"})).land
    assert one == {"application": everything["application"]}
    assert finder.counts(filters_of({"status": "active"})).land is None
    assert finder.counts(filters_of({"status": "application", "tier": "high"})).land is None


def test_a_touch_within_the_mapping_error_is_found_on_a_place_and_said(
    finder: Finder, titles: list[Title]
) -> None:
    slivers = [
        (title, part) for title in titles for parts in title["places"].values() for part in parts
        if part["sliver"] and part["layer_id"] == PARKS and len(parts) == 1
    ]  # fmt: skip
    title, part = slivers[0]
    place = Filters(places=((PARKS, part["feature_id"]),))
    assert finder.match(place)[title["n"]]
    assert finder.counts(place).verify >= 1
    assert finder.counts(replace(place, ids=(title["site_id"],))).verify == 1


def test_a_title_is_found_by_a_settlement_that_is_a_point_on_it(
    finder: Finder, titles: list[Title]
) -> None:
    points = [
        (title["n"], (part["layer_id"], part["feature_id"]))
        for title in titles
        for parts in title["places"].values()
        for part in parts
        if part["area_km2"] <= 0
    ]
    assert len(points) > 3
    for n, place in points:
        assert finder.match(Filters(places=(place,)))[n]


@pytest.mark.parametrize(
    ("view", "found"),
    [
        ((-180.0, -90.0, 180.0, 90.0), True),
        ((-400.0, -90.0, 400.0, 90.0), True),
        ((340.0, -30.0, 350.0, -20.0), True),  # as a map says that was turned round once
        ((170.0, -30.0, 360.0, -20.0), True),  # over 180 degrees
        ((170.0, -30.0, -170.0, -20.0), False),
        ((10.0, -30.0, 20.0, -20.0), False),
    ],
)
def test_a_view_meets_titles_however_far_the_map_was_turned(
    finder: Finder, view: Any, found: bool
) -> None:
    assert finder.match(Filters(box=view)).any() == found


# --- the address ---------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
TEXTS = st.lists(TEXT, unique=True, max_size=3).map(tuple)
ENDS = st.one_of(st.none(), st.floats(0, 1e12))


@each(300)
@given(
    st.builds(
        Filters,
        text=TEXT.map(str.strip),
        tiers=some(map(str, Tier)),
        screened=st.sampled_from(["", FULLY, PARTLY]),
        rules=TEXTS,
        statuses=some([*STATUS_GROUPS, *map(str, SiteStatus)]),
        stages=some(map(str, Stage)),
        holders=TEXTS,
        minerals=TEXTS,
        lists=TEXTS,
        layers=TEXTS,
        places=st.lists(
            st.tuples(TEXT.filter(lambda t: "/" not in t), TEXT), unique=True, max_size=3
        ).map(tuple),
        area_km2=st.tuples(ENDS, ENDS).filter(rises),
        granted=st.sampled_from(
            [("", ""), ("2001", ""), ("", "2020-02-29"), ("1999-12-31", "2000")]
        ),
        box=st.one_of(
            st.none(),
            st.tuples(*[st.floats(-1e3, 1e3)] * 4).filter(lambda b: b[1] <= b[3]),
        ),
        ids=TEXTS,
    )
)
def test_the_address_holds_all_that_is_asked_for(filters: Filters) -> None:
    query = query_of(filters)
    assert filters_of(query) == filters
    assert set(query) <= set(WORDS)
    assert filters.is_empty == (not query)


def test_the_address_is_read_as_people_and_scripts_write_it() -> None:
    assert filters_of(
        {"tier": "critical, high", "view": "explore", "area": "10-", "q": " gold "}
    ) == (Filters(text="gold", tiers=("critical", "high"), area_km2=(10.0, None)))
    assert filters_of({"in": "parks/a%2Fb,parks/7"}).places == (("parks", "a/b"), ("parks", "7"))
    assert filters_of({"holder": "A%2C B (100%25),C"}).holders == ("A, B (100%)", "C")
    assert query_of(Filters(holders=("A, B (100%)", "Ñ")))["holder"] == "A%2C%20B%20(100%25),%C3%91"
    assert query_of(Filters(area_km2=(1e-5, 1e16)))["area"] == "0.00001-10000000000000000"
    assert filters_of({"area": "-"}) == filters_of({"granted": ".."}) == Filters()


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("tier", "purple"), ("tier", "Critical"), ("screened", "yes"), ("status", "alive"),
        ("stage", "'; --"), ("in", "parks"), ("in", "/7"), ("in", "parks/"), ("area", "10"),
        ("area", "20-10"), ("area", "1e3-"), ("area", "-5--1"), ("area", "nan-"), ("area", "٣-"),
        ("area", "9" * 400 + "-"), ("granted", "2010"), ("granted", "2020..2010"),
        ("granted", "2021-02-30.."), ("granted", "20210230.."), ("granted", "0000..2000"),
        ("box", "1,2,3"), ("box", "1,2,3,nan"), ("box", "1,5,3,4"), ("box", "a,b,c,d"),
        ("box", "inf,0,1,1"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_with_how_it_is_written(word: str, value: str) -> None:
    with pytest.raises(SiteError) as told:
        filters_of({word: value})
    assert f"{word}={value[:40]}" in told.value.what
    assert told.value.hint


@pytest.mark.parametrize(
    "filters",
    [
        Filters(layers=("wdpa_protected_area",)), Filters(rules=("no_rule",)),
        Filters(lists=("mine",)), Filters(minerals=("unobtainium",)),
        Filters(places=(("no_layer", "1"),)), Filters(places=((PARKS, "no_park"),)),
        Filters(places=(("processing_plants", "KF-01"),)),  # only how far they are is measured
    ],
)  # fmt: skip
def test_what_the_store_does_not_know_is_no_empty_answer(finder: Finder, filters: Filters) -> None:
    with pytest.raises(SiteError) as told:
        finder.match(filters)
    assert told.value.hint


def test_titles_are_not_sorted_by_where_they_lie(finder: Finder) -> None:
    for column, way in (("west", "asc"), ("geometry", "asc"), ("name", "up"), ("name; --", "asc")):
        with pytest.raises(SiteError):
            finder.rows(Filters(), [(column, way)])
    for column in SORTABLE:
        assert finder.rows(Filters(), [(column, "desc")], 0, 3).rows


@each(200)
@given(text=st.text(max_size=20))
def test_any_text_may_be_looked_for(finder: Finder, text: str) -> None:
    filters = Filters(text=text)
    assert finder.counts(filters).count == finder.match(filters).sum()
    assert len(finder.suggest(text)) <= 8


@each(200)
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8)), part=TEXT)
def test_many_texts_are_searched_as_each_of_them(texts: list[str], part: str) -> None:
    held, each_of = Texts(texts), [folded(text) for text in texts]
    part = folded(part)
    assert held.holding(part).tolist() == [part in text for text in each_of]
    if part:
        beginning = [i for i, text in enumerate(each_of) if text.startswith(part)]
        assert held.first_beginning(part, 3) == beginning[:3]
        assert list(held.first_holding(part)) == [i for i, t in enumerate(each_of) if part in t]


@pytest.mark.parametrize(
    ("stored", "typed"),
    [("Señor ÑANDÚ", "senor nandu"), ("Łódź", "lodz"), ("ΟΔΟΣ", "οδός"), ("Straße", "STRASSE"),
     ("ភ្នំពេញ", "ភ្នំ"), ("a  b\tc", "a b c"), ("Ærø", "aero")],
)  # fmt: skip
def test_case_and_accents_do_not_matter_and_letters_do(stored: str, typed: str) -> None:
    assert folded(typed) in folded(stored)
    assert folded("ភ្ន") not in folded("ភន")


# --- suggestions ---------------------------------------------------------------------------------


def test_what_is_typed_finds_titles_holders_and_places_the_beginnings_first(
    finder: Finder, titles: list[Title]
) -> None:
    title = next(t for t in titles if not t["name"].isascii())
    found = finder.suggest(plain(title["name"][:5]))
    assert title["site_id"] in {dict(parse_qsl(one.go)).get("site") for one in found}
    begin = [plain(one.label).startswith(plain(title["name"][:5])) for one in found]
    number = [plain(title["name"][:5]) in one.detail.casefold() for one in found]
    assert sorted(begin, reverse=True) == begin or any(number)
    assert {one.kind for one in finder.suggest("ke", 40)} == {"title", "holder", "place"}
    assert [one.kind for one in finder.suggest("ke", 40, ["holder"])].count("holder") > 1
    licence = finder.suggest(titles[3]["feature_id"])
    assert dict(parse_qsl(licence[0].go)) == {"site": titles[3]["site_id"]}
    assert finder.suggest("  ") == []


def test_a_suggestion_counts_the_titles_that_it_opens(finder: Finder) -> None:
    for text in ("kem", "zob", "ka", "ne", "smelter"):
        for one in finder.suggest(text, 20, ["holder", "place"]):
            query = dict(parse_qsl(one.go, strict_parsing=True))
            if query.get("place", "").startswith("processing_plants"):
                assert one.detail == "Smelters, refineries and plants"
                continue
            if one.kind == "place":
                layer, _slash, feature = query["place"].partition("/")
                wanted = Filters(places=((layer, feature),))
            else:
                wanted = filters_of(query)
            assert f" {finder.counts(wanted).count} title" in one.detail
    with speaking("fr"):
        assert finder.suggest("kem")


# --- in public -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def public(sample_store: Path) -> Finder:
    """The sample, with a register and parks that may not be named, in public."""
    service = Service(sample_store, public=True)
    sources = service.resident(service.store()).sources
    for layer in ("mining_cadastre", PARKS):
        sources[layer]["publish"] = "local_only"  # type: ignore[index]
    return service.finder()


def test_in_public_withheld_names_are_neither_shown_nor_found_nor_counted(
    public: Finder, titles: list[Title]
) -> None:
    title = titles[0]
    rows = public.rows(Filters()).rows
    assert {(row["name"], row["holder"]) for row in rows} == {(NAME_WITHHELD, None)}
    for text in (title["name"], title["holder"], NAME_WITHHELD):
        assert not public.match(Filters(text=text)).any()
    assert public.match(Filters(text=title["feature_id"])).any()
    assert not public.match(Filters(holders=(title["holder"],))).any()
    counts = public.counts(Filters(holders=(title["holder"],)))
    assert counts.facets["holder"] == {title["holder"]: 0}  # what the reader asked, and no more
    assert counts.not_stated["holder"] == len(titles)


def test_in_public_no_order_tells_a_withheld_name(public: Finder, titles: list[Title]) -> None:
    for column in ("name", "holder"):
        for way in ("asc", "desc"):
            rows = public.rows(Filters(), [(column, way)]).rows
            assert [row["n"] for row in rows] == list(range(len(titles)))


def test_in_public_no_view_tells_where_a_withheld_outline_lies(
    public: Finder, titles: list[Title]
) -> None:
    rows = public.rows(Filters()).rows
    assert {row[edge] for row in rows for edge in ("west", "south", "east", "north")} == {None}
    view = Filters(box=(-180.0, -90.0, 180.0, 90.0))
    assert not public.match(view).any()
    assert public.counts(view).not_stated["box"] == len(titles)
    own = titles[0]
    assert not public.match(
        Filters(box=tuple(own[e] for e in ("west", "south", "east", "north")))
    ).any()


def test_in_public_a_layer_that_may_not_be_named_has_no_places(
    public: Finder, finder: Finder
) -> None:
    park = next(one for one in finder.suggest("kemleth") if PARKS in one.go)
    place = dict(parse_qsl(park.go))["place"]
    assert park.go not in {one.go for one in public.suggest("kemleth", 50)}
    with pytest.raises(SiteError) as told:
        public.match(filters_of({"in": place}))
    with pytest.raises(SiteError) as unknown:
        public.match(filters_of({"in": f"{PARKS}/none"}))
    assert told.value.hint == unknown.value.hint
    said = [one.label + one.detail for text in ("k", "z", "mi") for one in public.suggest(text, 50)]
    names = {row["name"] for row in finder.rows(Filters()).rows}
    assert not [text for text in said for name in names if name and name == text]


def test_a_new_generation_has_a_finder_of_its_own(service: Service) -> None:
    assert service.finder() is service.finder()
    before = service._finder
    assert before is not None
    before.generation = "elder"
    try:
        assert service.finder() is not before
    finally:
        before.generation = service.store().generation
