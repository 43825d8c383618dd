"""The page of a proposal: what it says of files, changes, left-out land, and what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from dash import Dash
from flask.testing import FlaskClient

from cetm_geo.answers import PARTS
from cetm_geo.dashboard import create_app
from cetm_geo.dashboard.answer.flagcards import flags_view
from cetm_geo.dashboard.answer.tiers import under_rules
from cetm_geo.dashboard.corners import corner_count
from cetm_geo.dashboard.panels import keeping
from cetm_geo.dashboard.propose import describing, stages
from cetm_geo.dashboard.propose.changes import changes_view
from cetm_geo.dashboard.propose.comparison import cards_view, comparison_view
from cetm_geo.dashboard.propose.drafts import (
    added,
    against,
    draft_of,
    earlier,
    held,
    is_of,
    without,
)
from cetm_geo.dashboard.propose.givenview import file_field, findings_view, given_view
from cetm_geo.dashboard.propose.keeping import contest_view, list_view
from cetm_geo.dashboard.propose.leaving import asks_for_distance, critical_of, left_view
from cetm_geo.described import NOT_SAID, Described
from cetm_geo.differences import differences, told
from cetm_geo.model import Stage
from cetm_geo.model.rules import Method
from cetm_geo.rulebook.binding import country_name
from cetm_geo.web import Service
from cetm_geo.web.shapecheck import check_shape
from cetm_geo.web.uploads import limits_said
from tests.test_dashboard import HOSTILE, a_card, flagged, inside, text_of
from tests.test_differences import answer, flag, line

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]]}
PARKS = "strict_protected_area_overlap"
Call = Callable[..., dict[str, Any]]


# --- what changed --------------------------------------------------------------------------------


def test_what_a_page_holds_of_an_answer_differs_as_the_answers_do() -> None:
    one = answer([flag("a", "raised", "high", 3.0), flag("b", "clear")], [line("kba", 2.0)])
    other = answer([flag("a", "clear"), flag("b", "raised", "critical", 5.0)], [line("kba", None)])
    assert differences(told(one), told(other)) == differences(one, other)
    assert json.loads(json.dumps(told(one))) == told(one)


def test_a_flag_that_is_not_known_any_more_is_never_said_to_be_gone() -> None:
    before = answer([flag("a", "raised", "critical", 3.0)])
    found = differences(before, answer([flag("a", "not_assessed")], tier="not_fully_screened"))
    said = text_of(changes_view(found))
    assert "Assessed before, not assessed now" in said
    assert "no longer" not in said
    assert "it cannot be told" in said


def test_what_rasters_have_yet_to_say_is_counted_as_being_measured_and_not_as_unknown() -> None:
    of_people = {"indicator_id": "population_count"}
    before = answer([{**flag("a", "raised", "high", 3.0), **of_people}])
    found = differences(before, answer([{**flag("a", "not_assessed"), **of_people}]))
    assert "1 flag is still being measured." in text_of(changes_view(found, pending=True))
    assert "Assessed before" not in text_of(changes_view(found, pending=True))
    assert "Assessed before" in text_of(changes_view(found))


def test_a_change_says_both_numbers_and_severities() -> None:
    before = answer([flag("a", "raised", "high", 12.0)])
    found = differences(before, answer([flag("a", "raised", "critical", 3.0)], tier="critical"))
    said = text_of(changes_view(found)).replace("\u00a0", " ")
    assert "before: High, 12 km" in said
    assert "now: Critical, 3 km" in said
    assert "Tier: High, now Critical: worse than before." in said


def test_an_answer_that_is_the_same_says_so() -> None:
    same = answer([flag("a", "raised", "high", 12.0)])
    assert "are the same" in text_of(changes_view(differences(same, same)))


def test_the_next_shape_is_held_against_the_last_whole_answer() -> None:
    whole = draft_of(answer(), SQUARE, NOT_SAID.plain())
    waiting = draft_of(answer(), SQUARE, Described(("cobalt",)).plain(), pending=True)
    assert earlier(None, whole) is whole
    assert earlier(waiting, whole) is whole
    assert earlier(waiting, None) is waiting
    assert earlier(whole, waiting) is whole
    assert is_of(whole, SQUARE, NOT_SAID.plain())
    assert not is_of(waiting, SQUARE, NOT_SAID.plain())


# --- drafts side by side -------------------------------------------------------------------------


def a_draft(tier: str = "high", km2: float = 2.0, **more: Any) -> dict[str, Any]:
    row = flag("parks", "raised", "critical", km2)
    return {
        **draft_of(answer([row], [line("kba", km2)], tier=tier), SQUARE, NOT_SAID.plain()),
        **more,
    }


def test_drafts_have_letters_that_are_given_again_and_four_at_most() -> None:
    drafts = held(None, a_draft())
    for _more in range(3):
        drafts = added(drafts, a_draft()) or {}
    assert [one["letter"] for one in drafts["list"]] == list("ABCD")
    assert added(drafts, a_draft()) is None
    drafts = added(without(drafts, "B"), a_draft()) or {}
    assert drafts["current"] == "B"
    assert [one["letter"] for one in drafts["list"]] == list("ABCD")


def test_a_new_answer_takes_the_place_of_the_draft_in_hand_alone() -> None:
    two = added(held(None, a_draft()), {**a_draft(), "screening": True}, origin="A") or {}
    assert "being screened" in text_of(cards_view(two))
    two = held(two, a_draft("moderate", 1.0))
    assert [one["tier"]["tier"] for one in two["list"]] == ["high", "moderate"]
    assert "being screened" not in text_of(cards_view(two))
    assert "A without the no-go" in text_of(cards_view(two))
    assert against(two, None) == two["list"][0]
    cleared = held(two, None)
    assert [one["letter"] for one in cleared["list"]] == ["A"]
    assert cards_view(cleared) == comparison_view(cleared) == []


def test_two_drafts_stand_in_one_table_with_what_changes() -> None:
    two = held(added(held(None, a_draft()), a_draft()), a_draft("moderate", 0.5))
    said = text_of(comparison_view(two)).replace("\u00a0", " ")
    assert "now Moderate" in said
    assert "\u2212 1.50 km²" in said
    assert "stays" in said
    unknown = held(two, {**a_draft(), "flags": [flag("parks", "not_assessed")]})
    assert "cannot be told" in text_of(comparison_view(unknown))
    assert "gone" not in text_of(comparison_view(unknown))


def test_a_stage_is_done_only_where_every_layer_of_it_answered() -> None:
    sources = [{"layer_id": "parks", "label": "Parks"}, {"layer_id": "lands", "label": "Lands"}]
    heights = [{"layer_id": "dem", "label": "Heights"}]
    whole = {"sources": sources, "missing": [], "way": {"steps": [1, 2]}}

    def states(found: dict[str, Any], of_rasters: stages.Stage = stages.Stage.DONE) -> list[str]:
        return [
            item.className.split()[1]
            for item in stages.stages_view(found, heights, of_rasters).children
        ]

    assert states(whole) == ["done"] * 4
    assert states(whole, stages.Stage.RUNNING) == ["done", "done", "done", "running"]
    assert states(whole, stages.Stage.FAILED) == ["done", "done", "done", "failed"]
    failed = {**whole, "sources": [sources[0], {**sources[1], "problem": "It cannot be read."}]}
    assert states(failed) == ["partly", "done", "done", "done"]
    late = {**whole, "missing": [*PARTS.values(), "Parks", "Heights"]}
    assert states(late) == ["partly"] * 4
    assert states({**whole, "sources": [], "way": None}) == ["none", "done", "none", "done"]


# --- what it is to be ----------------------------------------------------------------------------


def test_every_method_and_stage_can_be_said_and_not_said_comes_first() -> None:
    methods, stages = describing.method_choices(), describing.stage_choices()
    assert [x["value"] for x in (methods[0], stages[0])] == ["unknown", "unknown"]
    assert {x["value"] for x in methods} == set(Method)
    assert {x["value"] for x in stages} == set(Stage)
    assert describing.said(NOT_SAID) == "Mineral, method and stage not said"
    said = describing.said(Described(("cobalt",), "open_pit", "mining"))
    assert said == "Cobalt · Open pit · Mining"


# --- a file that is given ------------------------------------------------------------------------


def a_given(**more: Any) -> dict[str, Any]:
    shape = {"label": "Block 4", "area_km2": 12.0, "vertices": 5, "said": [], "findings": []}
    return {"file": "blocks.kml", "features": [shape], "said": ["Read as KML."], **more}


def test_limits_are_said_where_a_file_is_given() -> None:
    said = text_of(file_field(limits_said(), "file"))
    assert all(limit in said for limit in limits_said())


def test_a_files_shapes_are_listed_and_count_only_when_one_is_used() -> None:
    said = text_of(given_view(a_given()))
    assert "blocks.kml: 1 shape. Nothing counts before you use one." in said
    assert "Block 4" in said
    assert "Read as KML." in said
    assert "Use this shape" in said


def test_a_shape_that_crosses_itself_cannot_be_used_and_says_why() -> None:
    bad = {"kind": "crosses", "text": "Its edges cross near here.", "blocks": True}
    given = a_given()
    given["features"][0]["findings"] = [bad]
    said = text_of(given_view(given))
    assert "Its edges cross near here." in said
    assert "Use this shape" not in said


def test_a_file_of_two_readings_asks_and_shows_no_shape() -> None:
    choices = [{"value": "xy", "label": "longitude first"}, {"value": "yx", "label": "latitude"}]
    given = a_given(features=[], question="Which order?", choices=choices)
    radios = [x for x in inside(given_view(given)) if getattr(x, "type", "") == "radio"]
    assert [radio.value for radio in radios] == ["xy", "yx"]
    assert "Which order?" in text_of(given_view(given))


def test_what_is_wrong_with_a_file_is_said_in_place() -> None:
    said = text_of(given_view({"problem": {"what": "The file is empty.", "hint": "Save it."}}))
    assert "The file is empty." in said
    assert "Save it." in said


def test_texts_of_a_file_become_text_alone() -> None:
    given = a_given(file=HOSTILE, said=[HOSTILE])
    given["features"][0]["label"] = HOSTILE
    parts = list(inside(given_view(given)))
    assert sum(isinstance(part, str) and HOSTILE in part for part in parts) >= 3
    assert not {getattr(part, "_type", "") for part in parts} & {"Markdown", "Iframe", "Script"}


def test_the_check_of_a_shape_says_first_what_keeps_it_from_being_screened() -> None:
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    found = findings_view(check_shape(bow, (0, 0, 2, 2)), bow)
    assert "blocks" in found[0].className
    assert "edges cross" in text_of(found)


def test_corners_of_all_parts_are_counted() -> None:
    assert corner_count(SQUARE) == 4
    parts = {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]] * 2}
    assert corner_count(parts) == 8


# --- what is left out ----------------------------------------------------------------------------


def a_remainder(**more: Any) -> dict[str, Any]:
    found = {
        "message": "This remains of the outline.", "distances": False, "whole_km2": 10.0,
        "remaining_km2": 7.0, "remaining_share": 0.7, "left_out_km2": 2.9, "crumbs_km2": 0.1,
        "crumbs_count": 2, "left_out_by_rule": {"parks": 2.9}, "problem": None,
        "differences": None,
        "left_out": [{"name": "Old Forest", "label": "Parks", "km2": 2.9, "distance_km": 0.0}],
        "uncured": [
            {"rule_id": "far", "label": {"en": "A far one"}, "why": "distance",
             "message": "It asks for a distance."},
        ],
    }  # fmt: skip
    return {**found, **more}


def test_what_is_left_out_is_told_by_rule_and_place_with_what_stays() -> None:
    said = text_of(left_view(a_remainder(), {"parks": {"en": "Strict park"}}))
    said = said.replace("\u00a0", " ")
    assert "7.00 km² of 10.00 km² remains (70.0 %)." in said
    assert "Strict park" in said
    assert "Old Forest" in said
    assert "2 cut-off parts" in said
    assert "A far one" in said
    assert asks_for_distance(a_remainder())
    assert not asks_for_distance(a_remainder(distances=True))


# --- what is kept --------------------------------------------------------------------------------


def a_head(**more: Any) -> dict[str, Any]:
    head = {
        "proposal_id": "a" * 32, "revision": 3, "name": "Ridge", "tier": "critical",
        "fully_screened": False, "area_km2": 12.0, "changed": "2026-11-22T10:00:00+00:00",
        "as_of": "2026-11-01", "contests_count": 1,
    }  # fmt: skip
    return {**head, **more}


def test_a_list_says_tier_date_and_contests_and_asks_before_it_deletes() -> None:
    view = list_view([a_head(), {"proposal_id": "b" * 32, "problem": "It cannot be read."}])
    said = text_of(view)
    assert "Critical, not fully screened" in said
    assert "saved 22 Nov 2026" in said
    assert "1 contest" in said
    assert "It cannot be read." in said
    folds = [x for x in inside(view) if getattr(x, "_type", "") == "Details"]
    assert "Delete for good" in text_of(folds[0])
    outside = [json.loads(getattr(x, "data-tell")) for x in inside(view) if hasattr(x, "data-tell")]
    assert [one["do"] for one in outside] == ["open", "rerun", "delete"]


def test_a_contest_stands_on_the_card_of_its_finding_where_proposals_are_kept() -> None:
    answer_of = flagged(a_card())
    assert "Contest this finding" in text_of(flags_view(answer_of, more=contest_view))
    assert "Contest this finding" not in text_of(flags_view(answer_of))


def test_a_page_says_whether_anything_is_kept() -> None:
    assert "Nothing is kept on this server." in text_of(keeping.layout(is_on=False))
    assert "Save as new" in text_of(keeping.layout(is_on=True))


# --- through the app -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def app(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Dash:
    return create_app(sample_store, proposals=tmp_path_factory.mktemp("kept") / "proposals")


@pytest.fixture(scope="module")
def client(app: Dash) -> Iterator[FlaskClient]:
    yield app.server.test_client()  # a with would keep its requests open


@pytest.fixture(scope="module")
def critical(sample_store: Path) -> tuple[str, dict[str, Any]]:
    """The id and outline of a title that is critical by overlap."""
    store = Service(sample_store).store()
    flags = store.frame("all_flags")
    own = flags[(flags["rule_id"] == PARKS) & (flags["severity"] == "critical")]
    site_id = str(own["site_id"].iloc[0])
    outline = store.shapes("site_with_outline", site_id=site_id).geometry.iloc[0]
    return site_id, json.loads(shapely.to_geojson(outline))


@pytest.fixture(scope="module")
def call(app: Dash, client: FlaskClient) -> Call:
    """call(outputs, changed, {id: value}): the callback whose first outputs are these."""

    def asked(output: str, changed: str, values: dict[str, Any]) -> dict[str, Any]:
        key = next(
            k for k, held in app.callback_map.items()
            if k.strip(".").startswith(output)
            and any(f"{x['id']}.{x['property']}" == changed for x in held["inputs"])
        )  # fmt: skip
        held = app.callback_map[key]
        named = [part.rpartition(".") for part in key.strip(".").split("...")]
        outputs = [{"id": name, "property": value} for name, _dot, value in named]
        body = {
            "output": key,
            "outputs": outputs if key.startswith("..") else outputs[0],
            **{
                kind: [{**one, "value": values.get(one["id"])} for one in held[part]]
                for kind, part in (("inputs", "inputs"), ("state", "state"))
            },
            "changedPropIds": [changed],
        }
        sent = client.post("/_dash-update-component", json=body)
        assert sent.status_code in (200, 204), sent.text
        response: dict[str, Any] = json.loads(sent.text)["response"] if sent.text else {}
        return response

    return asked


def screened(call: Call, geometry: Any, said: Any = None, **more: Any) -> dict[str, Any]:
    values = {"drawn": {"geometry": geometry}, "proposal-said": said or NOT_SAID.plain(), **more}
    return call("proposal-body.children", "drawn.data", values)


def test_a_licence_becomes_the_shape_by_choice_or_by_its_number(
    call: Call, critical: tuple[str, dict[str, Any]]
) -> None:
    site_id, outline = critical
    chosen = call("drawn.data", "licence-asked.data", {"licence-asked": {"go": f"site={site_id}"}})
    assert chosen["drawn"]["data"]["geometry"]["type"] == outline["type"]
    wrong = call("drawn.data", "licence-asked.data", {"licence-asked": {"text": "no such title"}})
    assert "No title is called so." in json.dumps(wrong)
    assert "drawn" not in wrong


def test_what_it_is_to_be_has_the_same_shape_screened_again_and_compared(
    call: Call, critical: tuple[str, dict[str, Any]]
) -> None:
    first = screened(call, critical[1])
    now = first["proposal-now"]["data"]
    assert now["described"] == NOT_SAID.plain()
    again = screened(call, critical[1], **{"proposal-now": now})
    assert "proposal-body" not in again  # it is this very answer already
    said = Described(("cobalt",), "open_pit", "mining").plain()
    second = screened(call, critical[1], said, **{"proposal-now": now})
    assert second["proposal-before"]["data"] == now
    values = {"proposal-now": second["proposal-now"]["data"], "proposal-before": now}
    shown = json.dumps(call("proposal-changes.children", "proposal-now.data", values))
    assert "What changed" in shown
    assert "Held against" in shown
    unknown = screened(call, critical[1], {"minerals": ["unobtainium"]})
    assert "There is no mineral" in json.dumps(unknown["proposal-body"])


def test_across_a_border_the_page_says_that_both_countries_rules_apply(
    call: Call, sample_store: Path
) -> None:
    service = Service(sample_store)
    store = service.store()
    tiers = store.frame("all_tiers").set_index("site_id")["countries"].astype(str)
    site_id = str(tiers.index[tiers.str.contains(";")][0])
    shown = json.dumps(screened(call, service.outline_of(site_id))["proposal-body"])
    names = [country_name(code, store.rulebook.packs) for code in tiers[site_id].split(";")]
    assert f"It lies in {' and '.join(names)}: the rules of each apply" in shown
    bare = under_rules({"tier": {"countries": "XTA"}}, store.rulebook.packs)
    assert bare == "XTA: no pack of its own rules; only those for all countries apply there."
    assert under_rules({"tier": {"countries": "XKV"}}, store.rulebook.packs) == ""


def test_leaving_out_shows_what_remains_and_changes_nothing_before_it_is_used(
    call: Call, critical: tuple[str, dict[str, Any]]
) -> None:
    now = screened(call, critical[1])["proposal-now"]["data"]
    assert critical_of(now)
    offered = call("leave-out.hidden", "proposal-now.data", {"proposal-now": now})
    assert offered["leave-out"]["hidden"] is False
    values = {"leave-out-ask": 1, "drawn": {"geometry": critical[1]}}
    found = call("leave-out-body.children", "leave-out-ask.n_clicks", values)
    assert "drawn" not in found
    assert "remain" in json.dumps(found["leave-out-body"])
    left = found["left-out"]["data"]
    values = {"leave-out-use": 1, "left-out": left, "proposal-now": now}
    values["proposal-drafts"] = held(None, now)
    used = call("drawn.data", "leave-out-use.n_clicks", values)
    assert used["drawn"]["data"]["geometry"] == left["geometry"]
    made = used["proposal-drafts"]["data"]
    assert [(one["letter"], one["origin"]) for one in made["list"]] == [("A", ""), ("B", "A")]
    assert made["current"] == "B"


def test_a_proposal_is_saved_opened_contested_run_again_and_deleted(
    call: Call, critical: tuple[str, dict[str, Any]]
) -> None:
    said = Described(("cobalt",)).plain()
    shape = {"drawn": {"geometry": critical[1]}, "proposal-said": said}
    act = "kept-message.children"
    texts = {"keep-name": "Ridge", "keep-note": "asked for water"}
    saved = call(act, "keep-new.n_clicks", {**shape, **texts, "keep-new": 1})
    kept = saved["proposal-kept"]["data"]
    assert kept["name"] == "Ridge"

    def do(what: str, **more: Any) -> dict[str, Any]:
        asked = {"do": what, "proposal_id": kept["proposal_id"], "revision": kept["revision"]}
        return call(act, "proposal-asked.data", {**shape, "proposal-asked": asked | more, **state})

    state: dict[str, Any] = {}
    found = do("open")
    assert found["proposal-said"]["data"] == said
    assert found["keep-note"]["value"] == "asked for water"
    assert found["drawn"]["data"]["geometry"] == critical[1]
    assert "are the same" in json.dumps(do("rerun"))
    reason = {"rule_id": PARKS, "reason": "the outline is old"}
    assert "Save the proposal first" in json.dumps(do("contest", **reason))
    state = {"proposal-kept": kept, "proposal-now": {"geometry": SQUARE, "described": said}}
    assert "Save the changes first." in json.dumps(do("contest", **reason))
    state["proposal-now"]["geometry"] = critical[1]
    kept = do("contest", **reason)["proposal-kept"]["data"]
    assert "the outline is old" in kept["contests"][0]["said"]
    rows = call(
        "kept-list.children", "proposal-kept.data",
        {"proposal-kept": kept, "route": {"view": "propose"}},
    )  # fmt: skip
    assert "1 contest" in json.dumps(rows)
    assert do("delete")["proposal-kept"]["data"] is None
    assert "There is no proposal" in json.dumps(do("open"))


def test_the_page_without_a_folder_has_no_buttons_that_keep(sample_store: Path) -> None:
    with create_app(sample_store).server.test_client() as asking:
        told_of = asking.get("/_dash-layout").text
    assert "Nothing is kept on this server." in told_of
    assert "Save as new" not in told_of
