"""How much of a country lies under titles, and how much of that ground in nature's or communities'
places: shares of land counted once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cetm_geo.country.figures import Figure, Known, figure, known_of, nothing, plain
from cetm_geo.country.ground_once import NAMED_ROLES, GroundOnce
from cetm_geo.country.tabled import CountryTables
from cetm_geo.model import Role
from cetm_geo.rulebook.groups import OVERLAP_KM2


def ground_of(tables: CountryTables) -> dict[str, Any]:
    """Keys: country_km2, outline (layer_id, label, as_of; None without one), titles_inside_km2 and
    their share of the country, named_roles, roles_missing, named_km2 and their share of the titles'
    land inside.

    Without an outline of the country nothing is known to lie beyond it, and its share is not known.
    """
    ground = tables.ground
    union = _union(tables)
    if ground is None:
        none = nothing(tables, Known.NOT_MEASURED)
        return {"country_km2": None, "outline": None, "titles_inside_km2": union,
                "titles_inside_share": none, "named_roles": [], "roles_missing": [],
                "named_km2": none, "named_share": none}  # fmt: skip
    inside = _without(union, ground.outside_km2)
    known = [role for role in NAMED_ROLES if _is_answered(tables, role)]
    named = _named(tables, ground, known)
    return {
        "country_km2": plain(ground.country_km2),
        "outline": _outline(ground),
        "titles_inside_km2": inside,
        "titles_inside_share": _of_country(tables, inside, ground.country_km2),
        "named_roles": [role.value for role in known],
        "roles_missing": [role.value for role in NAMED_ROLES if role not in known],
        "named_km2": named,
        "named_share": _share(tables, named, inside, named),
    }


def _outline(ground: GroundOnce) -> dict[str, Any] | None:
    if ground.layer_id is None:
        return None
    return {"layer_id": ground.layer_id, "label": ground.label, "as_of": ground.as_of}


def _union(tables: CountryTables) -> Figure:
    own = tables.totals[tables.totals["scope_id"] == Role.CONCESSION.value]
    km2 = own.set_index("status_group")["union_km2"]
    return figure(km2.reindex(list(tables.groups)).to_dict())


def _without(union: Figure, outside: Mapping[str, float]) -> Figure:
    return union | {g: max(union[g] - km2, 0.0) for g, km2 in outside.items() if union[g]}


def _of_country(tables: CountryTables, inside: Figure, km2: float | None) -> Figure:
    if not km2:
        return nothing(tables, Known.LAYER_MISSING)
    return _share(tables, inside, dict.fromkeys(tables.groups, km2), inside)


def _share(tables: CountryTables, part: Figure, whole: Mapping[str, Any], known: Figure) -> Figure:
    """Of each group; none where there is no land, or it is not known."""
    held = [g for g in tables.groups if part[g] is not None and whole[g]]
    values = dict.fromkeys(tables.groups) | {g: part[g] / whole[g] for g in held}
    return figure(values, Known(known["status"]), known["not_known_count"])


# --- in named places -----------------------------------------------------------------------------


def _is_answered(tables: CountryTables, role: Role) -> bool:
    """True for a role that some layer could be asked for."""
    return known_of(tables.facts[f"{role}_{OVERLAP_KM2}"]) is not Known.LAYER_MISSING


def _named(tables: CountryTables, ground: GroundOnce, known: list[Role]) -> Figure:
    """not_known_count: of titles that lie whole in the country; where others' answers end, at the
    border or before it, is not told apart."""
    if not known:
        return nothing(tables, Known.LAYER_MISSING)
    facts = [tables.facts[f"{role}_{OVERLAP_KM2}"] for role in known]
    open_ = np.any([~fact.known for fact in facts], axis=0) & ground.inside
    partly = len(known) < len(NAMED_ROLES) or bool(open_.any())
    stale = any(fact.stale.any() for fact in facts)
    status = Known.PARTIAL if partly else Known.STALE if stale else Known.OK
    return figure(ground.named_km2, status, int(open_.sum()))
