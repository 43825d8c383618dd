"""Two answers of one site -> what differs: flags, tier, land per role, layers. Pure.

For an outline before and after it is drawn anew, and for a screening that was kept and the same
shape on newer data. What was not assessed on one side is never called gone or clear: it is said to
have become known, or unknown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from cetm_geo.flags.judged import RANK
from cetm_geo.language import N_, Spoken
from cetm_geo.model import FlagStatus, Severity, Tier

Row = Mapping[str, Any]
NOT_ASKED = "not_asked"  # as the status of a rule that one side does not hold
_NEAR = 1e-9  # numbers that differ by less of themselves are the same


class Kind(StrEnum):
    """What became of a flag."""

    CAME = "came"
    WENT = "went"
    CHANGED = "changed"
    KNOWN = "known"
    UNKNOWN = "unknown"


class Way(StrEnum):
    """Which way something went; UNSURE where one side is not fully known."""

    WORSE = "worse"
    BETTER = "better"
    SAME = "same"
    UNSURE = "unsure"


KINDS: Mapping[str, str] = Spoken(
    {
        Kind.CAME: N_("Raised now, and not before"),
        Kind.WENT: N_("Raised before, and no longer"),
        Kind.CHANGED: N_("Raised before and now, with other numbers or another severity"),
        Kind.KNOWN: N_("Not assessed before, assessed now"),
        Kind.UNKNOWN: N_("Assessed before, not assessed now"),
    }
)
_OF_FLAG = (
    "status", "severity", "verify", "at_least", "stale", "indicator_id", "value", "unit",
    "threshold", "lack", "iso3",
)  # fmt: skip
_TELLING = ("severity", "verify", "at_least", "indicator_id", "value", "unit", "threshold")
_OF_LINE = ("state", "covered_km2", "covered_share", "feature_count", "nearest_km", "gap")
_OF_LAYER = ("as_of", "stale", "sha256", "rows_accepted", "problem")
_TIERS = [tier.value for tier in Tier]  # the worst first
_OPEN = Tier.NOT_FULLY_SCREENED.value


def differences(before: Row, after: Row) -> dict[str, Any]:
    """What differs between two answers, as `Service.answer` and `Screener.propose` give them.

    Returns plain values:
        tier: tier and fully_screened before and after, and the `Way` it went.
        area_km2: of the site, before and after.
        flags: one row a rule that differs, the most severe first: rule_id, label, `Kind`, `Way`,
            and before and after its status, severity, value, threshold and unit. A rule that is not
            asked on a side has the status "not_asked" there.
        roles: one row a role whose land, state, count or nearest differs: numbers before and after
            (km2, shares, km) and added_km2, null where a side does not know.
        layers: one row a layer that differs in date, file, rows or whether it could be read; null
            on the side that does not hold it.
        missing: what each side had not measured in time.
    """
    return {
        "tier": _tier(before["tier"], after["tier"]),
        "area_km2": _sides(before["site"].get("area_km2"), after["site"].get("area_km2")),
        "flags": _flags(before["flags"], after["flags"]),
        "roles": _roles(before["lines"], after["lines"]),
        "layers": _layers(before["sources"], after["sources"]),
        "missing": _sides(list(before.get("missing", ())), list(after.get("missing", ()))),
    }


def told(answer: Row) -> dict[str, Any]:
    """What `differences` reads of an answer, as plain values: a page can hold it for the next."""
    roles = [row for row in answer["lines"] if row["scope_kind"] == "role"]
    return {
        "tier": {key: answer["tier"][key] for key in ("tier", "fully_screened")},
        "site": {"area_km2": answer["site"].get("area_km2")},
        "flags": _picked(answer["flags"], ("rule_id", "label", *_OF_FLAG)),
        "lines": _picked(roles, ("scope_kind", "scope_id", *_OF_LINE)),
        "sources": _picked(answer["sources"], ("layer_id", "label", *_OF_LAYER)),
        "missing": list(answer.get("missing", ())),
    }


def _picked(rows: Sequence[Row], keys: Sequence[str]) -> list[dict[str, Any]]:
    return [{key: row.get(key) for key in keys} for row in rows]


def of_kind(found: Row, kind: Kind) -> list[dict[str, Any]]:
    """The rows of flags of one kind."""
    return [row for row in found["flags"] if row["kind"] == kind]


def is_same(found: Row) -> bool:
    """True if flags, tier, land per role and layers are the same."""
    alike = found["tier"]["before"] == found["tier"]["after"]
    return alike and not (found["flags"] or found["roles"] or found["layers"])


def _sides(before: Any, after: Any) -> dict[str, Any]:
    return {"before": before, "after": after}


def alike(one: Any, other: Any, least: float = 0.0) -> bool:
    """Whether two values are the same, numbers but for their last digits or for `least`."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    are_numbers = isinstance(one, int | float) and isinstance(other, int | float)
    if are_numbers and (isinstance(one, float) or isinstance(other, float)):
        return math.isclose(one, other, rel_tol=_NEAR, abs_tol=least)
    return bool(one == other)


def _by(rows: Sequence[Row], key: str) -> dict[str, Row]:
    return {row[key]: row for row in rows}


def _paired(
    before: Sequence[Row], after: Sequence[Row], key: str
) -> list[tuple[str, Row | None, Row | None]]:
    """Rows of both sides by a key, sorted by it, so that neither side decides the order."""
    old, new = _by(before, key), _by(after, key)
    return [(name, old.get(name), new.get(name)) for name in sorted({*old, *new})]


# --- flags ---------------------------------------------------------------------------------------


def _flags(before: Sequence[Row], after: Sequence[Row]) -> list[dict[str, Any]]:
    out = []
    for rule_id, old, new in _paired(before, after, "rule_id"):
        kind = kind_of_flag(old, new)
        if kind is not None:
            label = (new or old or {}).get("label")
            sides = _sides(_of_side(old), _of_side(new))
            row = {"rule_id": rule_id, "label": label, "kind": kind.value}
            out.append({**row, "way": way_of_flag(kind, old, new).value, **sides})
    return sorted(out, key=_worst_first)


def _status(row: Row | None) -> str:
    return NOT_ASKED if row is None else str(row["status"])


def kind_of_flag(old: Row | None, new: Row | None) -> Kind | None:
    """What became of a flag, rows as an answer holds them, None where the rule is not asked; None
    where nothing did that is told."""
    was, is_ = _status(old), _status(new)
    raised, open_ = FlagStatus.RAISED.value, FlagStatus.NOT_ASSESSED.value
    if open_ in (was, is_):
        if was == is_ or NOT_ASKED in (was, is_):
            return None
        return Kind.KNOWN if was == open_ else Kind.UNKNOWN
    if (was == raised) != (is_ == raised):
        return Kind.CAME if is_ == raised else Kind.WENT
    if old is None or new is None or was != raised:
        return None
    told = any(not alike(old.get(key), new.get(key)) for key in _TELLING)
    return Kind.CHANGED if told else None


def way_of_flag(kind: Kind, old: Row | None, new: Row | None) -> Way:
    """Which way a flag went of which `kind_of_flag` says what became of it."""
    if kind is Kind.CAME:
        return Way.WORSE
    if kind is Kind.WENT:
        return Way.BETTER
    if kind is not Kind.CHANGED:
        return Way.UNSURE
    was, is_ = _rank(old), _rank(new)
    return Way.SAME if was == is_ else Way.WORSE if is_ > was else Way.BETTER


def _rank(row: Row | None) -> int:
    severity = None if row is None else row.get("severity")
    return RANK[Severity(severity)] if severity else -1


def _of_side(row: Row | None) -> dict[str, Any]:
    if row is None:
        return {**dict.fromkeys(_OF_FLAG), "status": NOT_ASKED}
    return {key: row.get(key) for key in _OF_FLAG}


def _worst_first(row: Row) -> tuple[int, str]:
    return -max(_rank(row["before"]), _rank(row["after"])), row["rule_id"]


# --- the rest ------------------------------------------------------------------------------------


def _tier(old: Row, new: Row) -> dict[str, Any]:
    sides = [{key: row[key] for key in ("tier", "fully_screened")} for row in (old, new)]
    return {**_sides(*sides), "way": way_of_tier(old["tier"], new["tier"]).value}


def way_of_tier(before: str, after: str) -> Way:
    """Which way a tier went."""
    if before == after:
        return Way.SAME
    if _OPEN in (before, after):
        return Way.UNSURE  # what was not screened may be worse, or not
    return Way.WORSE if _TIERS.index(after) < _TIERS.index(before) else Way.BETTER


def _roles(before: Sequence[Row], after: Sequence[Row]) -> list[dict[str, Any]]:
    """Roles whose answers differ."""
    old, new = ([row for row in rows if row["scope_kind"] == "role"] for rows in (before, after))
    out = []
    for role, was, is_ in _paired(old, new, "scope_id"):
        row = _different(was, is_, _OF_LINE)
        if row is not None:
            km2 = [None if side is None else side.get("covered_km2") for side in (was, is_)]
            added = None if None in km2 else km2[1] - km2[0]  # type: ignore[operator]  # no None
            out.append({"role": role, **row, "added_km2": added})
    return out


def _layers(before: Sequence[Row], after: Sequence[Row]) -> list[dict[str, Any]]:
    """Layers that differ."""
    out = []
    for layer_id, was, is_ in _paired(before, after, "layer_id"):
        row = _different(was, is_, _OF_LAYER)
        if row is not None:
            out.append({"layer_id": layer_id, "label": (is_ or was or {}).get("label"), **row})
    return out


def _different(old: Row | None, new: Row | None, keys: Sequence[str]) -> dict[str, Any] | None:
    """Both sides by some keys; None where they are alike."""
    if old is not None and new is not None and _all_alike(old, new, keys):
        return None
    picked = [None if row is None else {key: row.get(key) for key in keys} for row in (old, new)]
    return _sides(*picked)


def _all_alike(old: Row, new: Row, keys: Sequence[str]) -> bool:
    return all(alike(old.get(key), new.get(key)) for key in keys)
