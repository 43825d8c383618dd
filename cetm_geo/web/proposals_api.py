"""Proposals under /api/v1: keep, open, change, contest, screen again; leave out what is no-go; and
what differs between two answers.

Bodies are application/json and nothing else: a form of another site cannot send that, so that no
page elsewhere makes a reader's browser write here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import UnsupportedMediaType

from cetm_geo.coordinates import polygon_of
from cetm_geo.described import Described, described
from cetm_geo.differences import differences
from cetm_geo.errors import ProposalError, ProposalsOff
from cetm_geo.language import _
from cetm_geo.web import proposals as limits
from cetm_geo.web.api import corners_of, geometry_of, json_body
from cetm_geo.web.problems import answers_in_json
from cetm_geo.web.proposing import content_of, opened, rerun, side, without_no_go
from cetm_geo.web.service import Service

JSON = "application/json"
_LIMITS = {
    "proposals": limits.MOST_PROPOSALS,
    "bytes": limits.MOST_BYTES,
    "name": limits.MOST_NAME,
    "note": limits.MOST_NOTE,
    "reason": limits.MOST_REASON,
    "author": limits.MOST_AUTHOR,
    "contests": limits.MOST_CONTESTS,
}


def blueprint(service: Service) -> Blueprint:
    """Routes of proposals."""
    routes = Blueprint("proposals", __name__, url_prefix="/api/v1")
    proposals = service.proposals

    @routes.get("/proposals")
    @answers_in_json
    def listed() -> Response:
        message = "" if proposals.is_on else _("Nothing is kept on this server.")
        heads = proposals.heads()
        return jsonify(kept=proposals.is_on, message=message, limits=_LIMITS, proposals=heads)

    @routes.post("/proposals")
    @answers_in_json
    def add() -> Response:
        body = _body()
        _refuse_if_off(service)
        limits.check_texts({key: _text(body, key) for key in ("name", "note")})
        geometry, name, said = _polygon(body, service)
        content = content_of(service, geometry, name, body.get("note") or "", said)
        answer = _revision(opened(service, proposals.add(content)))
        answer.status_code = 201
        return answer

    @routes.get("/proposals/<proposal_id>")
    @answers_in_json
    def one(proposal_id: str) -> Response:
        return _revision(opened(service, proposals.open(proposal_id)))

    @routes.put("/proposals/<proposal_id>")
    @answers_in_json
    def change(proposal_id: str) -> Response:
        body = _body()
        revision = _revision_in(body)
        changes = _changes(body, proposals.open(proposal_id), service)
        return _revision(opened(service, proposals.change(proposal_id, revision, changes)))

    @routes.delete("/proposals/<proposal_id>")
    @answers_in_json
    def delete(proposal_id: str) -> Response:
        given = request.args.get("revision")
        proposals.delete(proposal_id, None if given is None else _number(given))
        return Response(status=204)

    @routes.post("/proposals/<proposal_id>/contest")
    @answers_in_json
    def contest(proposal_id: str) -> Response:
        body = _body()
        rule_id, reason, author = (_text(body, key) for key in ("rule_id", "reason", "author"))
        revision = _revision_in(body)
        kept = proposals.contest(proposal_id, revision, rule_id, reason, author)
        return _revision(opened(service, kept))

    @routes.post("/proposals/<proposal_id>/rerun")
    @answers_in_json
    def again(proposal_id: str) -> Response:
        body = _body()
        kept = proposals.open(proposal_id)
        found = rerun(service, kept)
        content = found["content"]
        before = kept["screened"]
        if body.get("keep") is True:
            changes = {key: content[key] for key in ("answer", "screened")}
            kept = proposals.change(proposal_id, _revision_in(body), changes)
        return jsonify(
            proposal_id=proposal_id,
            revision=kept["revision"],
            screened={"before": before, "after": content["screened"]},
            differences=found["differences"],
            answer=content["answer"],
        )

    @routes.post("/leaveout")
    @answers_in_json
    def leaveout() -> Response:
        body = _body()
        distances = body.get("distances") is True
        return jsonify(without_no_go(service, *_polygon(body, service), distances))

    @routes.post("/differences")
    @answers_in_json
    def compared() -> Response:
        body = _body()

        def shape(asked: Mapping[str, Any]) -> tuple[Mapping[str, Any], str, Described]:
            return _polygon(asked, service)

        before, after = (side(service, body.get(key), shape) for key in ("before", "after"))
        return jsonify(differences(before, after))

    return routes


def _body() -> dict[str, Any]:
    if request.mimetype != JSON:
        raise UnsupportedMediaType(_("Send the body as {kind}.").format(kind=JSON))
    body = json_body()
    if not isinstance(body, dict):
        raise ProposalError(_("The body is no object of JSON."), _("Send an object."))
    return body


def _refuse_if_off(service: Service) -> None:
    """Before anything is measured for it."""
    if not service.proposals.is_on:
        raise ProposalsOff(
            _("Nothing is kept on this server."),
            _("Save the proposal as a file; who runs the server may give --proposals."),
        )


def _polygon(body: Mapping[str, Any], service: Service) -> tuple[Mapping[str, Any], str, Described]:
    """The polygon of {"geometry": GeoJSON} or {"corners": text}, its name, what it is to be."""
    said = described(body, service.store().rulebook)
    name = _text(body, "name") or _("Proposal")
    if "corners" in body:
        return polygon_of(corners_of(body, service.area())), name, said
    return geometry_of(body.get("geometry"))[0], name, said


def _changes(body: Mapping[str, Any], kept: Mapping[str, Any], service: Service) -> Any:
    """What a body puts in the place of what is kept; a new shape, or what it is to be, has it
    screened again."""
    texts = {key: _text(body, key) for key in ("name", "note") if key in body}
    limits.check_texts(texts)
    if not {"geometry", "corners", "minerals", "method", "stage"} & body.keys():
        return texts
    whole = {"geometry": kept["geometry"], "name": kept["name"], **kept["described"], **body}
    geometry, name, said = _polygon(whole, service)
    return content_of(service, geometry, name, texts.get("note", kept["note"]), said)


def _text(body: Mapping[str, Any], key: str) -> str:
    text = body.get(key) or ""
    if not isinstance(text, str):
        raise ProposalError(_("{key} is no text.").format(key=key), _("Send a text."))
    return text


def _revision_in(body: Mapping[str, Any]) -> int:
    revision = body.get("revision")
    if not isinstance(revision, int) or isinstance(revision, bool):
        raise ProposalError(
            _("The revision that was read is not given."), _("Send revision, a whole number.")
        )
    return revision


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        what = _("{word}={value} is no whole number.").format(word="revision", value=text[:80])
        raise ProposalError(what, _("Send revision, a whole number."))
    return int(text)


def _revision(kept: Mapping[str, Any]) -> Response:
    answer = jsonify(kept)
    answer.headers["Cache-Control"] = "no-store"
    return answer
