"""Proposals that are kept: written whole or not at all, no change lost, findings that stay."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from flask.testing import FlaskClient

from cetm_geo.dashboard import create_app
from cetm_geo.described import described
from cetm_geo.errors import (
    ProposalError,
    ProposalMissing,
    ProposalNotKept,
    ProposalsOff,
    ProposalStale,
    ProposalUnreadable,
    SiteError,
)
from cetm_geo.rulebook import read_rulebook
from cetm_geo.web import Service, proposals
from cetm_geo.web.proposals import MOST_NOTE, Proposals
from cetm_geo.web.proposing import content_of, opened, rerun

CONTENT: Any = {
    "name": "Ridge",
    "note": "first draft",
    "described": {"minerals": ["cobalt"], "method": "open_pit", "stage": "exploration"},
    "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
    "answer": {
        "tier": {"tier": "high", "fully_screened": False},
        "site": {"area_km2": 12.5},
        "flags": [{"rule_id": "river_on_site", "status": "raised", "severity": "high"}],
    },
    "screened": {"generation": "g1", "catalogue": "toy", "as_of": "2026-11-22", "public": False},
}


@pytest.fixture
def kept(tmp_path: Path) -> Proposals:
    return Proposals(tmp_path / "proposals")


def files(of: Proposals) -> list[str]:
    assert of.folder is not None
    return sorted(path.name for path in of.folder.iterdir() if path.name != ".lock")


def test_a_proposal_is_opened_as_it_was_kept_and_listed_by_what_its_first_line_says(
    kept: Proposals,
) -> None:
    first = kept.add(CONTENT)
    assert {key: first[key] for key in CONTENT} == CONTENT
    assert kept.open(first["proposal_id"]) == first
    (head,) = kept.heads()
    assert (head["name"], head["tier"], head["area_km2"]) == ("Ridge", "high", 12.5)
    assert "answer" not in head
    assert kept.folder is not None
    text = (kept.folder / f"{first['proposal_id']}.json").read_text()
    assert json.loads(text)["note"] == "first draft"  # one whole object for any other reader
    kept.delete(first["proposal_id"])
    assert kept.heads() == []


def test_a_change_of_what_another_has_changed_is_refused_and_nothing_is_lost(
    kept: Proposals,
) -> None:
    first = kept.add(CONTENT)
    name = first["proposal_id"]
    second = kept.change(name, 1, {"note": "by one"})
    with pytest.raises(ProposalStale, match="revision 2"):
        kept.change(name, 1, {"note": "by another"})
    with pytest.raises(ProposalStale):
        kept.delete(name, 1)
    assert kept.open(name) == second
    assert second["note"] == "by one"


def test_a_contested_finding_stays_in_the_answer_and_raised(kept: Proposals) -> None:
    first = kept.add(CONTENT)
    after = kept.contest(first["proposal_id"], 1, "river_on_site", " the river moved ", "A. Reader")
    assert after["answer"] == CONTENT["answer"]
    (said,) = after["contests"]
    assert (said["rule_id"], said["reason"]) == ("river_on_site", "the river moved")
    assert kept.heads()[0]["contests_count"] == 1
    for rule_id, reason in (("river_on_site", "  "), ("no_such_rule", "why")):
        with pytest.raises(ProposalError):
            kept.contest(first["proposal_id"], 2, rule_id, reason)


def test_a_new_answer_leaves_what_the_one_before_came_to(kept: Proposals) -> None:
    first = kept.add(CONTENT)
    worse = {**CONTENT["answer"], "tier": {"tier": "critical", "fully_screened": True}}
    later = {"answer": worse, "screened": {**CONTENT["screened"], "generation": "g2"}}
    after = kept.change(first["proposal_id"], 1, later)
    assert [(row["generation"], row["tier"]) for row in after["history"]] == [("g1", "high")]
    assert kept.heads()[0]["tier"] == "critical"


@pytest.mark.parametrize(
    "name", ["../secret", "..", "", "a" * 31, "A" * 32, "a" * 32 + "/..", "a" * 32 + "\n", "%2e%2e"]
)
def test_an_id_that_is_none_reaches_no_file(kept: Proposals, name: str) -> None:
    kept.add(CONTENT)
    assert kept.folder is not None
    (kept.folder.parent / "secret.json").write_text("{}")
    for ask in (kept.open, kept.delete):
        with pytest.raises(ProposalMissing):
            ask(name)
    assert (kept.folder.parent / "secret.json").is_file()


def test_a_link_out_of_the_folder_is_not_followed(kept: Proposals, tmp_path: Path) -> None:
    kept.check()
    assert kept.folder is not None
    (tmp_path / "else.json").write_text('{"schema_version": 1}')
    (kept.folder / f"{'b' * 32}.json").symlink_to(tmp_path / "else.json")
    with pytest.raises(ProposalMissing):
        kept.open("b" * 32)


def test_a_file_of_a_newer_program_or_a_damaged_one_is_said_to_be_so_and_the_others_are_listed(
    kept: Proposals,
) -> None:
    good = kept.add(CONTENT)
    newer, torn = "c" * 32, "d" * 32
    assert kept.folder is not None
    whole = (kept.folder / f"{good['proposal_id']}.json").read_text()
    later = whole.replace('"schema_version": 1', '"schema_version": 9')
    (kept.folder / f"{newer}.json").write_text(later.replace(good["proposal_id"], newer))
    (kept.folder / f"{torn}.json").write_text(whole[: len(whole) // 2])
    with pytest.raises(ProposalUnreadable, match="newer program"):
        kept.open(newer)
    with pytest.raises(ProposalUnreadable, match="cannot be read"):
        kept.open(torn)
    rows = {row["proposal_id"]: row for row in kept.heads()}
    assert rows.keys() == {good["proposal_id"], newer, torn}
    assert "newer" in rows[newer]["problem"]
    assert "problem" not in rows[good["proposal_id"]]


def test_where_the_disk_is_full_nothing_is_half_written(
    kept: Proposals, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = kept.add(CONTENT)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(ProposalNotKept, match="No space left"):
            kept.change(first["proposal_id"], 1, {"note": "lost?"})
        with pytest.raises(ProposalNotKept, match="unchanged"):
            kept.add(CONTENT)
    assert files(kept) == [f"{first['proposal_id']}.json"]
    assert kept.open(first["proposal_id"]) == first


def test_a_folder_that_cannot_be_written_is_a_named_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProposalNotKept):
        Proposals(tmp_path / "file" / "proposals").check()


def test_without_a_folder_nothing_is_kept_and_that_is_said() -> None:
    off = Proposals(None)
    assert not off.is_on
    assert off.heads() == []
    with pytest.raises(ProposalsOff, match="Nothing is kept"):
        off.add(CONTENT)


def test_limits_are_stated_and_held(kept: Proposals, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ProposalError, match=str(MOST_NOTE)):
        kept.add({**CONTENT, "note": "x" * (MOST_NOTE + 1)})
    monkeypatch.setattr(proposals, "MOST_PROPOSALS", 1)
    kept.add(CONTENT)
    with pytest.raises(ProposalNotKept, match="no room"):
        kept.add(CONTENT)
    monkeypatch.setattr(proposals, "MOST_BYTES", 500)
    monkeypatch.setattr(proposals, "MOST_PROPOSALS", 9)
    with pytest.raises(ProposalNotKept, match="fewer corners"):
        kept.add(CONTENT)
    assert len(files(kept)) == 1


def _saving(folder: Path, name: str, word: str, told: Any) -> None:
    """Add a word to the note, twenty times, reading again whenever another was first."""
    own, refused = Proposals(folder), 0
    for _ in range(20):
        while True:
            read = own.open(name)
            try:
                own.change(name, read["revision"], {"note": read["note"] + word})
                break
            except ProposalStale:
                refused += 1
    told.put(refused)


def test_two_processes_that_save_at_once_lose_nothing(kept: Proposals) -> None:
    assert kept.folder is not None
    name = kept.add({**CONTENT, "note": ""})["proposal_id"]
    spawning = multiprocessing.get_context("spawn")
    told = spawning.Queue()
    both = [spawning.Process(target=_saving, args=(kept.folder, name, word, told)) for word in "ab"]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    after = kept.open(name)
    assert (after["note"].count("a"), after["note"].count("b")) == (20, 20)
    assert after["revision"] == 41
    assert files(kept) == [f"{name}.json"]
    told.close()


def test_threads_that_change_the_same_revision_leave_one_change(kept: Proposals) -> None:
    name = kept.add(CONTENT)["proposal_id"]
    stale: list[str] = []

    def change(word: str) -> None:
        try:
            kept.change(name, 1, {"note": word})
        except ProposalStale:
            stale.append(word)

    threads = [threading.Thread(target=change, args=(word,)) for word in "abcdef"]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(stale) == 5
    assert kept.open(name)["revision"] == 2


# --- what it is said to be -----------------------------------------------------------------------


def test_what_a_proposal_is_said_to_be_is_held_against_the_rulebook() -> None:
    book = read_rulebook()
    said = described({"minerals": ["cobalt", "cobalt"], "method": "brine", "stage": None}, book)
    assert (said.minerals, said.method, said.stage) == (("cobalt",), "brine", "unknown")
    assert described({}, book).method == "unknown"
    for wrong in ({"minerals": ["kobold"]}, {"method": "magic"}, {"stage": 3}, {"minerals": 7}):
        with pytest.raises(SiteError):
            described(wrong, book)


# --- over HTTP -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "proposals"


@pytest.fixture(scope="module")
def client(sample_store: Path, folder: Path) -> Iterator[FlaskClient]:
    yield create_app(
        sample_store, proposals=folder
    ).server.test_client()  # a with would keep its requests open


@pytest.fixture(scope="module")
def shape(sample_store: Path) -> dict[str, Any]:
    """The outline of a title that is critical by overlap."""
    service = Service(sample_store)
    flags = service.store().frame("all_flags")
    own = flags.query("rule_id == 'strict_protected_area_overlap' and severity == 'critical'")
    sites = service.store().shapes("all_sites").set_index("site_id")
    titles = sites.loc[list(own["site_id"].astype(str))]
    outline = titles.geometry.iloc[0]
    return dict(json.loads(shapely.to_geojson(outline)))


def test_a_proposal_is_kept_changed_contested_screened_again_and_deleted_over_http(
    client: FlaskClient, shape: dict[str, Any]
) -> None:
    sent = {"geometry": shape, "name": "Ridge", "minerals": ["cobalt"], "stage": "mining"}
    answer = client.post("/api/v1/proposals", json=sent)
    assert answer.status_code == 201, answer.json
    first = answer.json
    assert first["answer"]["site"]["stage"] == "mining"
    assert first["answer"]["site"]["minerals"] == ["cobalt"]
    assert first["screened"]["software"]["cetm-geo"]
    at = f"/api/v1/proposals/{first['proposal_id']}"
    assert client.get(at).json == first
    assert [row["name"] for row in client.get("/api/v1/proposals").json["proposals"]] == ["Ridge"]
    second = client.put(at, json={"revision": 1, "note": "asked for water"}).json
    assert (second["revision"], second["answer"]) == (2, first["answer"])
    stale = client.put(at, json={"revision": 1, "note": "late"})
    assert stale.status_code == 409
    assert "changed meanwhile" in stale.json["error"]["what"]
    rule = first["answer"]["flags"][0]["rule_id"]
    said = {"revision": 2, "rule_id": rule, "reason": "the outline is old"}
    third = client.post(f"{at}/contest", json=said).json
    assert third["contests"][0]["rule_id"] == rule
    assert third["answer"]["flags"] == first["answer"]["flags"]
    again = client.post(f"{at}/rerun", json={}).json
    assert again["differences"]["flags"] == []
    assert again["differences"]["tier"]["way"] == "same"
    assert client.delete(f"{at}?revision=3").status_code == 204
    assert client.get(at).status_code == 404


def test_what_a_form_of_another_site_can_send_is_refused(
    client: FlaskClient, shape: dict[str, Any]
) -> None:
    body = json.dumps({"geometry": shape})
    for path in ("proposals", "leaveout", "differences"):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            answer = client.post(f"/api/v1/{path}", data=body, content_type=kind)
            assert answer.status_code == 415, (path, kind)
            assert answer.json["error"]["what"]


@pytest.mark.parametrize(
    "body", [{}, {"geometry": 3}, {"geometry": {"type": "Point"}}, {"corners": "1"}, [],
             {"geometry": {"type": "Polygon", "coordinates": []}, "name": 5}],
)  # fmt: skip
def test_what_is_no_proposal_is_the_callers_fault(client: FlaskClient, body: Any) -> None:
    for path in ("proposals", "leaveout"):
        answer = client.post(f"/api/v1/{path}", json=body)
        assert answer.status_code == 400, answer.json
        assert answer.json["error"]["what"]


def test_a_shape_without_its_no_go_land_is_screened_and_compared(
    client: FlaskClient, shape: dict[str, Any]
) -> None:
    found = client.post("/api/v1/leaveout", json={"geometry": shape}).json
    assert found["outcome"] in ("remains", "nothing_remains")
    total = found["remaining_km2"] + found["left_out_km2"] + found["crumbs_km2"]
    assert total == pytest.approx(found["whole_km2"], rel=1e-9)
    assert {row["part"] for row in (x["properties"] for x in found["pieces"]["features"])} <= {
        "left_out", "crumb",
    }  # fmt: skip
    if found["geometry"] is not None:
        rows = {row["rule_id"]: row for row in found["differences"]["flags"]}
        changed = rows["strict_protected_area_overlap"]
        assert changed["after"]["severity"] != "critical"
        body = {"before": {"geometry": shape}, "after": {"geometry": found["geometry"]}}
        told = client.post("/api/v1/differences", json=body).json
        assert told["flags"] == found["differences"]["flags"]


def test_the_stage_picks_the_rules_of_a_drawing(client: FlaskClient, shape: dict[str, Any]) -> None:
    def asked(stage: str) -> set[str]:
        feature = {"type": "Feature", "geometry": shape, "properties": {"stage": stage}}
        answer = client.post("/api/v1/screen", json=feature)
        return {card["rule_id"] for card in answer.json["flags"]}

    assert "tailings_siting" in asked("mining")
    assert "tailings_siting" not in asked("exploration")
    wrong = {"type": "Feature", "geometry": shape, "properties": {"stage": "dreaming"}}
    assert client.post("/api/v1/screen", json=wrong).status_code == 400


def test_a_server_without_a_folder_says_that_nothing_is_kept(
    sample_store: Path, shape: dict[str, Any]
) -> None:
    with create_app(sample_store).server.test_client() as asking:
        listed = asking.get("/api/v1/proposals").json
        assert (listed["kept"], listed["proposals"]) == (False, [])
        assert "Nothing is kept" in listed["message"]
        assert asking.post("/api/v1/proposals", json={"geometry": shape}).status_code == 403


def test_what_was_screened_where_all_may_be_shown_is_not_shown_in_public(
    sample_store: Path,
) -> None:
    service = Service(sample_store, public=True)
    told = opened(service, {**CONTENT, "proposal_id": "e" * 32})
    assert told["answer"] is None
    assert "run it again" in told["withheld"]


def test_a_screening_of_older_data_is_told_what_newer_data_change(
    sample_store: Path, shape: dict[str, Any], tmp_path: Path
) -> None:
    service = Service(sample_store, proposals=tmp_path)

    content = content_of(service, shape, "Ridge")
    old = json.loads(json.dumps(content))
    layer = old["answer"]["sources"][0]
    layer["as_of"] = "1999"
    raised = next(x for x in old["answer"]["flags"] if x["status"] == "raised")
    raised["status"], raised["severity"] = "clear", None
    kept = service.proposals.add(old)
    found = rerun(service, kept)["differences"]
    dates = {row["layer_id"]: row["before"]["as_of"] for row in found["layers"]}
    assert dates == {layer["layer_id"]: "1999"}
    assert [(row["rule_id"], row["kind"]) for row in found["flags"]] == [
        (raised["rule_id"], "came")
    ]
