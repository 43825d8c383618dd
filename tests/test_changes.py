"""What differs between two states of a store, why, and what may be told of it."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import shapely

from cetm_geo import changes
from cetm_geo.changes.causes import Causes
from cetm_geo.changes.sides import Side
from cetm_geo.dashboard import create_app
from cetm_geo.language import speaking
from cetm_geo.model import Publish, Role
from cetm_geo.rulebook import RULES, copy_rules
from cetm_geo.store import Store
from cetm_geo.web.news import Comparing, Newsroom
from tests import toy
from tests.states import parks, state, titles
from tests.test_cli import run

ATOM = "{http://www.w3.org/2005/Atom}"
WEST, EAST = toy.block(0, 0, 4, 4), toy.block(40, 0, 4, 4)
BOTH = {"a": WEST, "b": EAST}
APART = [toy.block(10, 0, 4, 4)]  # 6 km from a, 26 km from b
Make = Callable[..., Store]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Makes a state in a folder of its own."""
    made: list[Store] = []

    def one(*layers: Any, **more: Any) -> Store:
        made.append(state(tmp_path / f"state{len(made)}", *layers, **more))
        return made[-1]

    return one


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Two titles, and a park near the first."""
    return state(tmp_path_factory.mktemp("plain") / "store", titles(BOTH), parks(APART))


def of_title(found: dict[str, Any], site_id: str) -> dict[str, Any]:
    return next(row for row in found["titles"] if row["site_id"] == site_id)


def of_rule(row: dict[str, Any], rule_id: str) -> dict[str, Any]:
    return next(flag for flag in row["flags"] if flag["rule_id"] == rule_id)


def causes(row: dict[str, Any]) -> list[str]:
    return [one["cause"] for one in row["why"]]


def rules_with(folder: Path, old: str, new: str) -> Path:
    """The rules, with a text of those on protected areas changed."""
    copy_rules(RULES, folder)
    file = folder / "protected_nature.toml"
    text = file.read_text(encoding="utf-8")
    head, mark, near = text.partition('id = "protected_area_near"')
    assert old in near
    file.write_text(head + mark + near.replace(old, new, 1), encoding="utf-8")
    return folder


# --- titles --------------------------------------------------------------------------------------


def test_a_state_does_not_differ_from_itself(plain: Store) -> None:
    found = changes.changes_between(plain, plain)
    assert (found["titles"], found["layers"], found["rules"]) == ([], [], [])
    assert not changes.news(found, "clear")


def test_a_title_that_the_register_renumbers_is_gone_and_new_with_the_same_outline(
    plain: Store, make: Make
) -> None:
    later = make(titles({"a": WEST, "c": EAST, "d": toy.block(80, 0, 2, 2)}), parks(APART))
    found = changes.changes_between(plain, later)
    told = {r["site_id"]: (r["became"], r["same_outline_as"]) for r in found["titles"]}
    assert told == {
        "titles:b": ("gone", ["titles:c"]),
        "titles:c": ("new", ["titles:b"]),
        "titles:d": ("new", []),
    }
    assert causes(of_title(found, "titles:d")["tier"]) == ["title"]
    assert "Renumbered? The same outline as titles:b" in changes.as_markdown(found, "high").replace(
        "\\", ""
    )


def test_shape_holder_and_status_are_told_with_what_they_were(plain: Store, make: Make) -> None:
    moved = {"a": toy.block(1, 0, 5, 4), "b": shapely.Polygon([*EAST.exterior.coords[1:]])}
    later = make(titles(moved, holder={"a": "Another"}, status={"b": "expired"}), parks(APART))
    found = changes.changes_between(plain, later)
    a, b = (of_title(found, f"titles:{x}") for x in "ab")
    assert a["facts"] == [
        {"fact": "holder", "before": "holder of a", "after": "Another", "withheld": False}
    ]
    assert a["shape"]["area_km2"] == pytest.approx({"before": 16, "after": 20})
    assert (a["shape"]["gained_km2"], a["shape"]["lost_km2"]) == pytest.approx((8, 4))
    assert b["shape"] is None  # its ring begins elsewhere, which is no land
    assert [(f["fact"], f["before"], f["after"]) for f in b["facts"]] == [
        ("status", "active", "expired")
    ]


# --- why -----------------------------------------------------------------------------------------


def test_what_came_by_the_layer_by_the_title_and_by_both_is_told_apart(
    plain: Store, make: Make
) -> None:
    longer, moved = [toy.block(2, 0, 12, 4)], {"a": toy.block(8, 0, 4, 4), "b": EAST}
    why = {}
    for name, layers in {
        "layer": (titles(BOTH), parks(longer, "b")),
        "title": (titles(moved), parks(APART)),
        "both": (titles(moved), parks(longer, "b")),
    }.items():
        row = of_title(changes.changes_between(plain, make(*layers)), "titles:a")
        [pair], flag = row["overlaps"], of_rule(row, "other_protected_area_overlap")
        assert (pair["kind"], flag["kind"], flag["way"]) == ("came", "came", "worse")
        assert row["tier"]["way"] == "worse"
        assert causes(pair) == causes(flag) == causes(row["tier"])
        why[name] = causes(pair)
    assert why == {"layer": ["layer"], "title": ["title"], "both": ["title", "layer"]}


def test_a_holder_explains_no_overlap_and_another_file_no_feature_that_stayed(
    plain: Store, make: Make
) -> None:
    moved = {"a": toy.block(8, 0, 4, 4), "b": EAST}
    later = make(titles(moved, holder={"a": "Another"}), parks([*APART, EAST], "b"))
    row = of_title(changes.changes_between(plain, later), "titles:a")
    flag = of_rule(row, "other_protected_area_overlap")
    assert flag["why"] == [{"cause": "title", "what": ["shape"]}]


def test_a_threshold_that_moved_is_why_a_flag_went(
    plain: Store, make: Make, tmp_path: Path
) -> None:
    rules = rules_with(tmp_path / "rules", "value = 10", "value = 5")
    found = changes.changes_between(plain, make(titles(BOTH), parks(APART), rules=rules))
    flag = of_rule(of_title(found, "titles:a"), "protected_area_near")
    assert (flag["kind"], flag["way"]) == ("went", "better")
    [why] = flag["why"]
    assert (why["cause"], why["rule_id"], why["what"]) == (
        "rule", "protected_area_near", ["thresholds"],
    )  # fmt: skip
    assert why["thresholds"] == [{"threshold": "near_km", "before": 10.0, "after": 5.0}]
    assert [rule["rule_id"] for rule in found["rules"]] == ["protected_area_near"]


def test_a_flag_that_weighs_more_is_worse_and_eases_the_other_way_round(
    plain: Store, make: Make, tmp_path: Path
) -> None:
    rules = rules_with(tmp_path / "rules", 'severity = "moderate"', 'severity = "critical"')
    later = make(titles(BOTH), parks(APART), rules=rules)
    found = changes.changes_between(plain, later)
    row = of_title(found, "titles:a")
    flag = of_rule(row, "protected_area_near")
    assert (flag["kind"], flag["way"], causes(flag)) == ("changed", "worse", ["rule"])
    assert causes(row["tier"]) == ["rule"]
    assert [r["site_id"] for r in changes.news(found, "critical")] == ["titles:a"]
    back = changes.changes_between(later, plain)
    assert of_rule(of_title(back, "titles:a"), "protected_area_near")["way"] == "better"
    assert changes.news(back, "clear") == []


def test_what_is_no_longer_assessed_is_not_called_gone(plain: Store, make: Make) -> None:
    later = make(titles(BOTH), parks([], problem="the file is not there"))
    flag = of_rule(
        of_title(changes.changes_between(plain, later), "titles:a"), "protected_area_near"
    )
    assert (flag["kind"], flag["way"], causes(flag)) == ("unknown", "unsure", ["layer"])
    assert (flag["before"]["status"], flag["after"]["status"]) == ("raised", "not_assessed")


def test_a_licence_that_ran_out_between_two_days_is_explained_by_the_day(make: Make) -> None:
    register = titles(BOTH, expires_on={"a": "2026-12-01"})
    mine = toy.layer("mines", Role.MINE_FOOTPRINT, [toy.block(1, 1)])
    days = (date(2026, 11, 22), date(2026, 12, 22))
    found = changes.changes_between(*(make(register, mine, on=on) for on in days))
    flag = of_rule(of_title(found, "titles:a"), "activity_under_expired_title")
    assert flag["kind"] == "came"
    assert flag["why"] == [{"cause": "day", "what": ["2026-11-22", "2026-12-22"]}]


def test_what_nothing_explains_is_said_to_be_so(plain: Store) -> None:
    nothing = Causes(Side(plain), Side(plain), {}, {}, {})
    assert causes({"why": nothing.of_pair("titles:a", ("parks", "f1"))}) == ["not_explained"]


def test_came_and_went_change_places_when_the_states_do(plain: Store, make: Make) -> None:
    later = make(titles({"a": toy.block(1, 0, 5, 4), "c": EAST}), parks([toy.block(2, 0, 12, 4)]))
    there, back = (
        changes.changes_between(*sides)["summary"] for sides in ((plain, later), (later, plain))
    )
    assert there["flags"]["came"] > there["flags"]["went"] > 0
    assert there["titles"]["new"] == back["titles"]["gone"]
    for subject in ("overlaps", "flags"):
        assert [there[subject][x] for x in ("came", "went")] == [
            back[subject][x] for x in ("went", "came")
        ]
    assert there["tiers"]["worse"] == back["tiers"]["better"] == 1


# --- as it is told -------------------------------------------------------------------------------


def every_form(found: dict[str, Any]) -> dict[str, str]:
    forms = {
        "json": changes.as_json(found),
        "csv": changes.as_csv(found),
        "markdown": changes.as_markdown(found, "high"),
    }
    for language in ("en", "fr", "es", "pt"):
        with speaking(language):
            forms[f"atom {language}"] = changes.as_atom(found).decode()
    return forms


def test_names_that_may_not_leave_this_machine_are_in_no_form(make: Make) -> None:
    local = Publish.LOCAL_ONLY
    before = make(titles(BOTH, local), parks(APART, publish=local))
    after = make(
        titles({"a": WEST, "c": EAST}, name={"a": "Secret"}, holder={"a": "Hidden"}),
        parks([toy.block(2, 0, 12, 4)]),
    )  # what only one side keeps here is kept here
    for sides in ((before, after), (after, before)):
        found = changes.changes_between(*sides)
        assert of_title(found, "titles:a")["facts"][0] == {
            "fact": "name", "before": None, "after": None, "withheld": True,
        }  # fmt: skip
        for form, text in every_form(found).items():
            for barred in ("Secret", "Hidden", "title a", "holder of", "parks f1", '"f1"', ",f1,"):
                assert barred not in text, (form, barred)


def test_a_name_is_no_markup_in_a_feed_and_no_formula_in_a_table(plain: Store, make: Make) -> None:
    nasty = '=HYPERLINK("x") <b>&\x0b'
    later = make(titles(BOTH, name={"a": nasty}), parks([toy.block(2, 0, 12, 4)]))
    found = changes.changes_between(plain, later)
    feed = ElementTree.fromstring(changes.as_atom(found))
    heads = [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
    assert heads[1] == '=HYPERLINK("x") <b>&\ufffd: Title changed (High)'
    rows = list(csv.DictReader(io.StringIO(changes.as_csv(found))))
    assert {row["name"] for row in rows} == {f"'{nasty}"}
    assert "<b>" not in changes.as_markdown(found, "high")


def test_a_feed_has_ids_that_stay_and_the_time_of_the_build(plain: Store, make: Make) -> None:
    later = make(titles({"a": WEST}), parks(APART))
    feeds = [
        ElementTree.fromstring(changes.as_atom(changes.changes_between(plain, later)))
        for _ in range(2)
    ]
    ids = [[found.text for found in feed.iter(f"{ATOM}id")] for feed in feeds]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == len(ids[0]) == 3  # the feed, what it comes to, the title
    updated = {found.text for found in feeds[0].iter(f"{ATOM}updated")}
    assert updated == {later.manifest["created"]}
    other = ElementTree.fromstring(changes.nothing_earlier(Side(plain).head))
    assert other.findtext(f"{ATOM}id") == ids[0][0]


# --- the command, and the server -----------------------------------------------------------------


def folder_of(store: Store) -> Path:
    return store.folder.parents[1]


def test_the_command_ends_with_three_where_something_new_weighs(
    plain: Store,
    make: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[Any],
) -> None:
    old, new = folder_of(plain), folder_of(make(titles(BOTH), parks([toy.block(2, 0, 12, 4)])))
    file, again = tmp_path / "new.json", tmp_path / "again.json"
    for sides, options, code in (
        ((old, old), (), 0),
        ((old, new), (), 3),
        ((old, new), ("--tier", "critical"), 0),
        ((new, old), (), 0),
        ((old, new), ("-o", file), 3),
        ((old, new), ("-o", again), 3),
        ((old, new), ("-o", tmp_path / "absent" / "x.csv"), 2),
        ((old, tmp_path / "absent"), (), 2),
        ((plain.folder, new), (), 3),  # one generation of a store
    ):
        assert run(monkeypatch, capsysbinary, "diff", *sides, *options)[0] == code, options
    assert file.read_bytes() == again.read_bytes()
    assert json.loads(file.read_bytes())["schema"] == "cetm-geo changes 1"
    for form, begins in (("csv", b"site_id,"), ("atom", b"<?xml"), ("markdown", b"# What is new")):
        _, said, _ = run(monkeypatch, capsysbinary, "diff", old, new, "--format", form)
        assert said.startswith(begins)


def test_the_server_tells_what_is_new_since_the_generation_before(
    plain: Store, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(folder_of(plain), tmp_path / "store"))
    with create_app(folder).server.test_client() as asking:
        first = asking.get("/feed?lang=fr")
        assert first.mimetype == "application/atom+xml"
        assert len(list(ElementTree.fromstring(first.data).iter(f"{ATOM}entry"))) == 1
        state(folder, titles({**BOTH, "c": toy.block(8, 0, 4, 4)}), parks(APART))
        second = asking.get("/feed")
        entries = list(ElementTree.fromstring(second.data).iter(f"{ATOM}entry"))
        assert [e.findtext(f"{ATOM}title") for e in entries][1] == "title c: New title (High)"
        links = [e.find(f"{ATOM}link") for e in entries]
        assert links[1] is not None
        assert links[1].get("href") == "./?site=titles%3Ac"
        again = asking.get("/feed", headers={"If-None-Match": second.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


def test_who_asks_for_the_feed_is_not_held_while_states_are_compared(
    plain: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cetm_geo.web.news._compare", lambda *_: None)
    assert isinstance(Newsroom(lambda: plain, tmp_path).ask(0.01), Comparing)
