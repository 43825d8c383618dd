"""Pairs -> how sites meet a role or a group: not, by mapping error, by a drawn circle, or truly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cetm_geo.arrays import Flags, Floats
from cetm_geo.evidence import Evidence
from cetm_geo.ground import Ground
from cetm_geo.indicators import Columns, base_status, inside_of_scope, judge_found
from cetm_geo.model.rules import Contact
from cetm_geo.model.terms import CONTACT_ROLES
from cetm_geo.overlay import Scope

UNIT = "contact"


def contacts(
    scope: Scope, evidence: Evidence, members: Mapping[str, Flags] | None = None
) -> Floats:
    """How each site meets a scope's counted features, as values of `Contact`.

    Args:
        members: per layer id, the features that are asked instead of those that count.
    """
    out = np.full(len(evidence.site_ids), float(Contact.NONE))
    for layer in scope.readable:
        asked = layer.is_counted if members is None else members[layer.spec.id]
        pairs = evidence.pairs[layer.spec.id]
        pairs = pairs.take(asked[pairs.feature_row])
        circle = layer.is_from_point[pairs.feature_row]
        kind = np.where(circle, float(Contact.CIRCLE), float(Contact.OVERLAP))
        kind[pairs.sliver] = float(Contact.SLIVER)
        np.maximum.at(out, pairs.site_row, kind)
    return out if scope.readable else np.full(len(out), np.nan)


def contact_indicators(
    evidence: Evidence, ground: Ground, coverage: Sequence[Columns]
) -> list[Columns]:
    """`<role>_contact` of the roles of CONTACT_ROLES, as columns by `tables.INDICATORS`.

    Args:
        coverage: what scopes answer, as `indicators.coverage_of_scope` gives it.
    """
    notes = {x["scope_id"]: x["note"] for x in coverage if not x["class_id"]}
    out = []
    for scope in ground.scopes:
        if scope.kind != "role" or scope.role not in CONTACT_ROLES:
            continue
        inside = inside_of_scope(scope, evidence)
        value, status = contacts(scope, evidence), base_status(scope, inside, evidence)
        judge_found(value, status, inside, scope)
        out.append(
            {
                "site_id": evidence.site_ids,
                "indicator_id": f"{scope.id}_{UNIT}",
                "value": value,
                "unit": UNIT,
                "status": status,
                "note": notes[scope.id],
            }
        )
    return out
