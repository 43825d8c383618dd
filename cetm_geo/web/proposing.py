"""What a proposal's author asks of the service: screen it to be kept, leave out what is no-go, and
what newer data say of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import shapely

from cetm_geo.described import NOT_SAID, Described, described
from cetm_geo.differences import differences
from cetm_geo.errors import ProposalError, SiteError
from cetm_geo.language import _
from cetm_geo.leaveout import OUTCOMES, REASONS, Remainder, leave_out
from cetm_geo.pipeline import software
from cetm_geo.store import Store
from cetm_geo.web.proposals import Kept
from cetm_geo.web.service import Service

# Unions of outlines are bound by the processor: more at once would only make each one later.
_LEAVING = threading.BoundedSemaphore(1)
Shape = Mapping[str, Any]


def content_of(
    service: Service, geometry: Shape, name: str, note: str = "", said: Described = NOT_SAID
) -> dict[str, Any]:
    """A proposal as `Proposals.add` keeps it, with what the store in force says of it.

    Raises SiteError as `Screener.propose`.
    """
    store = service.store()
    answer = service.screener.propose_with_rasters(geometry, name, said).answer
    return {
        "name": name,
        "note": note,
        "described": said.plain(),
        "geometry": dict(geometry),
        "answer": _plain({**answer, "site": {**answer["site"], "name": name}}),
        "screened": _screened(service, store),
    }


def _screened(service: Service, store: Store) -> dict[str, Any]:
    """What an answer was given by."""
    meta = service.resident(store).meta
    return {
        "generation": store.generation,
        "catalogue": meta["catalogue"],
        "as_of": meta["as_of"][:10],
        "rules_version": store.rulebook.version,
        "software": software(),
        "public": service.public,
    }


def _plain(answer: Mapping[str, Any]) -> Any:
    """As JSON holds it, so that an answer that is kept and one just given compare."""
    return json.loads(json.dumps(answer, default=str, allow_nan=False))


def opened(service: Service, kept: Kept) -> Kept:
    """A proposal as it may be shown here: what was screened where everything may be shown is not
    shown where licences withhold."""
    if service.public and not kept["screened"]["public"]:
        why = _("It was screened where licences withhold nothing: run it again to see its answer.")
        return {**kept, "answer": None, "withheld": why}
    return kept


def rerun(service: Service, kept: Kept) -> dict[str, Any]:
    """A kept proposal screened again by the store in force.

    Returns `content`, as `content_of` gives it, and `differences` to what is kept; None where the
    answer that is kept may not be shown here, or the rulebook has lost a word of it.
    """
    rulebook = service.store().rulebook
    said = described(kept["described"], rulebook)
    content = content_of(service, kept["geometry"], kept["name"], kept["note"], said)
    before = opened(service, kept)["answer"]
    found = None if before is None else differences(before, content["answer"])
    return {"content": content, "differences": found}


def without_no_go(
    service: Service,
    geometry: Shape,
    name: str = "Proposal",
    said: Described = NOT_SAID,
    distances: bool = False,
) -> dict[str, Any]:
    """A drawn polygon without what raises critical flags, and what is said of that.

    distances: leave out what lies nearer than rules ask, too; see `leaveout.leave_out`.

    Returns plain values:
        outcome, message: what came of it. geometry: what remains, GeoJSON, or null.
        whole_km2, remaining_km2, remaining_share, left_out_km2, crumbs_km2, crumbs_count.
        left_out: a row a feature: layer_id, label, feature_id, name, rule_ids, distance_km, km2.
        left_out_by_rule: km2. uncured: rule_id, label, why, message.
        pieces: FeatureCollection of what is left out and of crumbs (`part`).
        answer, differences: what is said of what remains, and what that changes; null where nothing
            remains or it cannot be screened, which `problem` says.

    Raises SiteError as `Screener.propose`.
    """
    store = service.store()
    basis = service.screener.basis_of(geometry, name, said)
    site_id = str(basis.evidence.site_ids[0])
    hidden = {x for x in service.resident(store).sources if service.withheld(store, x)}
    with _LEAVING:
        found = leave_out(basis, basis.assessment(), site_id, distances, hidden)
    remains = None if found.shape is None else json.loads(shapely.to_geojson(found.shape))
    return {
        "outcome": found.outcome.value,
        "message": OUTCOMES[found.outcome],
        "distances": distances,
        "geometry": remains,
        "whole_km2": found.whole_km2,
        "remaining_km2": found.remaining_km2,
        "remaining_share": found.remaining_share,
        "left_out_km2": found.left_out_km2,
        "crumbs_km2": found.crumbs_km2,
        "crumbs_count": len(found.crumbs),
        "left_out": list(_rows(service, store, found)),
        "left_out_by_rule": found.by_rule(),
        "uncured": [
            {
                "rule_id": row.rule_id,
                "label": dict(store.rulebook.rules[row.rule_id].label),
                "why": row.why.value,
                "message": REASONS[row.why],
            }
            for row in found.uncured
        ],
        "pieces": {"type": "FeatureCollection", "features": list(_pieces(found))},
        **_said_of(service, geometry, remains, name, said),
    }


def _said_of(
    service: Service, geometry: Shape, remains: Any, name: str, said: Described
) -> dict[str, Any]:
    """What is said of what remains, beside what is said of the whole."""
    none = {"answer": None, "differences": None, "problem": None}
    if remains is None:
        return none
    before = service.screener.propose_with_rasters(geometry, name, said).answer
    try:
        after = service.screener.propose_with_rasters(remains, name, said).answer
    except SiteError as error:  # as an outline that follows a park's in more corners than are taken
        return {**none, "problem": {"what": error.what, "hint": error.hint}}
    return {**none, "answer": after, "differences": differences(_plain(before), _plain(after))}


def _rows(service: Service, store: Store, found: Remainder) -> Iterator[dict[str, Any]]:
    ground = service.resident(store).ground
    for row in found.left_out:
        layer = ground.layers[row.layer_id]
        name = layer.texts("name")[layer.row_of_feature.get_loc(row.feature_id)]
        yield {
            "layer_id": row.layer_id,
            "label": layer.spec.label,
            "feature_id": row.feature_id,
            "name": name if isinstance(name, str) else None,
            "rule_ids": list(row.rule_ids),
            "distance_km": row.distance_km,
            "km2": row.km2,
        }


def _pieces(found: Remainder) -> Iterator[dict[str, Any]]:
    for row in found.left_out:
        facts = {"layer_id": row.layer_id, "feature_id": row.feature_id, "km2": row.km2}
        yield _feature(row.shape, {"part": "left_out", **facts, "distance_km": row.distance_km})
    for crumb in found.crumbs:
        yield _feature(crumb, {"part": "crumb"})


def _feature(shape: Any, properties: Mapping[str, Any]) -> dict[str, Any]:
    geometry = json.loads(shapely.to_geojson(shape))
    return {"type": "Feature", "properties": dict(properties), "geometry": geometry}


def side(service: Service, asked: Any, shape: Any) -> Any:
    """The answer of one side of a comparison: {"proposal_id"}, {"site_id"}, or a polygon.

    Args:
        shape: reads a polygon of `asked` -> geometry, name, Described.

    Raises ProposalError, SiteError.
    """
    if not isinstance(asked, dict):
        raise ProposalError(_("A side of the comparison is missing."), _("Send before and after."))
    if "proposal_id" in asked:
        kept = opened(service, service.proposals.open(str(asked["proposal_id"])))
        if kept["answer"] is None:
            raise ProposalError(kept["withheld"])
        return kept["answer"]
    if "site_id" in asked:
        return _plain(service.answer(str(asked["site_id"])))
    return _plain(service.screener.propose_with_rasters(*shape(asked)).answer)
