"""What differs -> the little of it that a page shows: all counts, a few titles of each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from cetm_geo.changes.causes import GONE, NEW
from cetm_geo.differences import Kind, Way

TITLES, LINES = 10, 4  # of a kind of change; about one title there
Row = Mapping[str, Any]
Shown = dict[str, Any]
_STATUS = ("status", "status_text")
_NAMED_FACTS = ("holder", *_STATUS)


def excerpt(found: Row) -> Shown:
    """`between.changes_between` with the first titles of each kind alone, the worst news first.

    Has `parts` for `titles`: by the kinds of PARTS, `titles_count` and `changes_count` of all of
    them, `severities` of flags, and `titles`, each with its changes of that kind alone (`left`:
    how many more these are). Features behind causes are left out.
    """
    parts: dict[str, Shown] = {name: _empty() for name in PARTS}
    for row in found["titles"]:
        for name, pick in PARTS.items():
            picked = pick(row)
            if picked is not None:
                _count(parts[name], row, picked)
    kept = {name: value for name, value in found.items() if name not in ("titles", "rule_labels")}
    shown = [t for part in parts.values() for t in part["titles"]]
    rules = {flag["rule_id"] for t in shown for flag in t["flags"]}
    rules |= {row["rule_id"] for row in found["rules"]}
    labels = {x: label for x, label in found["rule_labels"].items() if x in rules}
    return {**kept, "rule_labels": labels, "parts": parts}


def _empty() -> Shown:
    return {"titles_count": 0, "changes_count": 0, "severities": Counter(), "titles": []}


def _count(part: Shown, row: Row, picked: Shown) -> None:
    changes = [*picked.get("flags", ()), *picked.get("overlaps", ()), *picked.get("facts", ())]
    part["titles_count"] += 1
    part["changes_count"] += len(changes)
    part["severities"].update(filter(None, map(severity_of, picked.get("flags", ()))))
    if len(part["titles"]) < TITLES:
        part["titles"].append(_shown(row, picked, len(changes)))


def severity_of(flag: Row) -> str | None:
    """As which a flag is raised, or was; None where it is known not to be."""
    severity: str | None = flag["after"]["severity"] or flag["before"]["severity"]
    return severity


def _shown(row: Row, picked: Shown, changes: int) -> Shown:
    tier = {**row["tier"], "why": _brief(row["tier"]["why"])}
    lists = {
        name: [_without_features(one) for one in picked.get(name, ())[:LINES]]
        for name in ("flags", "overlaps", "facts")
    }
    return {
        **{name: row[name] for name in ("site_id", "name", "became")},
        "same_outline_as": row["same_outline_as"][:LINES],
        "tier": tier,
        "shape": picked.get("shape"),
        **lists,
        "left": changes - sum(map(len, lists.values())),
    }


def _without_features(change: Row) -> Shown:
    return {**change, "why": _brief(change["why"])} if "why" in change else dict(change)


def _brief(why: Iterable[Row]) -> list[Shown]:
    return [{k: v for k, v in cause.items() if k != "features"} for cause in why]


# --- kinds of change -----------------------------------------------------------------------------


def _became(kind: str, row: Row) -> Shown | None:
    """A title that is new with the flags raised on it; one that is gone."""
    if row["became"] != kind:
        return None
    return {"flags": [f for f in row["flags"] if f["kind"] == Kind.CAME] if kind == NEW else []}


def _outline(row: Row) -> Shown | None:
    return {"shape": row["shape"]} if row["shape"] else None


def _fact(names: tuple[str, ...], row: Row) -> Shown | None:
    own = [fact for fact in row["facts"] if fact["fact"] in names]
    return {"facts": own} if own else None


def _other_facts(row: Row) -> Shown | None:
    own = [fact for fact in row["facts"] if fact["fact"] not in _NAMED_FACTS]
    return {"facts": own} if own else None


def _tier(way: Way, row: Row) -> Shown | None:
    tier = row["tier"]
    moved = tier["before"] and tier["after"] and tier["before"] != tier["after"]
    return {} if moved and tier["way"] == way else None


def _flags(kind: Kind, row: Row, way: Way | None = None) -> Shown | None:
    own = [f for f in row["flags"] if f["kind"] == kind and way in (None, f["way"])]
    return {"flags": own} if own else None


def _overlaps(kind: Kind, row: Row) -> Shown | None:
    own = [pair for pair in row["overlaps"] if pair["kind"] == kind]
    return {"overlaps": own} if own else None


# Kinds of change, as the page has them; the counts of `summary` are the same.
PARTS: Mapping[str, Callable[[Row], Shown | None]] = {
    "new": partial(_became, NEW),
    "gone": partial(_became, GONE),
    "shape": _outline,
    "holder": partial(_fact, ("holder",)),
    "status": partial(_fact, _STATUS),
    "other_facts": _other_facts,
    "tier_worse": partial(_tier, Way.WORSE),
    "tier_better": partial(_tier, Way.BETTER),
    "tier_same": partial(_tier, Way.SAME),
    "tier_unsure": partial(_tier, Way.UNSURE),
    "flags_came": partial(_flags, Kind.CAME),
    "flags_worsened": partial(_flags, Kind.CHANGED, way=Way.WORSE),
    "flags_went": partial(_flags, Kind.WENT),
    "flags_eased": partial(_flags, Kind.CHANGED, way=Way.BETTER),
    "flags_otherwise": partial(_flags, Kind.CHANGED, way=Way.SAME),
    "flags_known": partial(_flags, Kind.KNOWN),
    "flags_unknown": partial(_flags, Kind.UNKNOWN),
    "overlaps_came": partial(_overlaps, Kind.CAME),
    "overlaps_went": partial(_overlaps, Kind.WENT),
    "overlaps_changed": partial(_overlaps, Kind.CHANGED),
}
