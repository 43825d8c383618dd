"""What a store holds, how its data were taken in, and what its rules answer.

Read once a generation. Plain rows, for the page of the data and rules; nothing is counted here
that the store did not.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cetm_geo.flags.flagging import required_in
from cetm_geo.flags.rating import indicators_of, roles_asked
from cetm_geo.model import FlagStatus, IndicatorStatus, Role, Rulebook, Severity
from cetm_geo.store import Store

Row = Mapping[str, Any]
_KNOWN = (
    IndicatorStatus.OK,
    IndicatorStatus.GEOMETRY_REPAIRED,
    IndicatorStatus.BEYOND_SEARCH,
    IndicatorStatus.NOT_APPLICABLE,
)
_NULL_IS_KNOWN = (IndicatorStatus.BEYOND_SEARCH, IndicatorStatus.NOT_APPLICABLE)
_ROLES = frozenset(Role)
_GRAVE = (Severity.CRITICAL, Severity.HIGH, Severity.MODERATE)


@dataclass(frozen=True)
class Missing:
    """A required answer that some titles lack.

    name: a role, a group of features, an indicator, or (is_rule) a rule of weight that asks of
    required roles alone. titles: how many lack it. why: a status of `IndicatorStatus`, or of a role
    the note that most of its gaps carry, None without one.
    """

    name: str
    titles: int
    why: str | None
    is_rule: bool = False


@dataclass(frozen=True)
class Answered:
    """How many titles a rule's answers are of. severities: of raised flags, by severity. lack: why
    it could not be assessed, of most of those titles."""

    raised: int = 0
    clear: int = 0
    not_assessed: int = 0
    severities: Mapping[str, int] | None = None
    lack: str | None = None


@dataclass(frozen=True)
class Stock:
    """A store's books.

    sources: by `tables.SOURCES`, in catalogue order. problems: by sql/problems_by_layer.sql.
    tables: what the user's own tables held, by name. answers: by rule. missing: of the store's own
    country, those of most titles first.
    """

    generation: str
    created: str
    schema: int
    meta: Mapping[str, str]
    software: Mapping[str, str]
    tables: Mapping[str, Row]
    sources: Sequence[Row]
    problems: Sequence[Row]
    titles: int
    fully_screened: int
    answers: Mapping[str, Answered]
    required: Sequence[str]
    missing: Sequence[Missing]
    rulebook: Rulebook


class Stocktaking:
    """The books of the store in force, read once a generation. store: may raise StoreError."""

    def __init__(self, store: Callable[[], Store]) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._held: Stock | None = None

    def stock(self) -> Stock:
        """The books; raises StoreError."""
        store = self._store()
        with self._lock:
            if self._held is None or self._held.generation != store.generation:
                self._held = stock_of(store)
            return self._held


def stock_of(store: Store) -> Stock:
    """What a store holds."""
    meta, rulebook = store.meta, store.rulebook
    required = required_in(rulebook, meta.get("country", ""))
    tiers = store.rows("titles_by_tier")
    titles = sum(int(row["titles"]) for row in tiers)
    answers = _answers(store.rows("answers_by_rule"))
    missing = _missing(store, required, rulebook, titles)
    missing += _silent(answers, {one.name: one.titles for one in missing}, required, rulebook)
    return Stock(
        generation=store.generation,
        created=str(store.manifest.get("created", "")),
        schema=int(store.manifest["schema_version"]),
        meta=meta,
        software=json.loads(meta.get("software", "{}")),
        tables=json.loads(meta.get("tables", "{}")),
        sources=store.rows("layers_of_screening"),
        problems=store.rows("problems_by_layer"),
        titles=titles,
        fully_screened=sum(int(row["fully_screened"]) for row in tiers),
        answers=answers,
        required=required,
        missing=sorted((x for x in missing if x.titles), key=lambda x: -x.titles),
        rulebook=rulebook,
    )


def _answers(rows: Sequence[Row]) -> dict[str, Answered]:
    out: dict[str, dict[str, Any]] = {}
    for row in rows:
        own = out.setdefault(row["rule_id"], {"severities": {}})
        own[row["status"]] = own.get(row["status"], 0) + row["titles"]
        if row["status"] == FlagStatus.RAISED:
            own["severities"][row["severity"]] = row["titles"]
        if row["status"] == FlagStatus.NOT_ASSESSED:
            own["lack"] = row["lack"]
    return {rule_id: Answered(**own) for rule_id, own in out.items()}


def _missing(
    store: Store, required: Sequence[str], rulebook: Rulebook, titles: int
) -> list[Missing]:
    gaps = {row["role"]: row for row in store.rows("gaps_by_role")}
    found = []
    for name in required:
        if name in _ROLES:
            row = gaps.get(name)
            lack = titles if row is None else int(row["gaps"])
            found.append(Missing(name, lack, row["note"] if row else None))
    return [*found, *_unknown(store, required, rulebook, titles)]


def _unknown(
    store: Store, required: Sequence[str], rulebook: Rulebook, titles: int
) -> list[Missing]:
    """Required groups and indicators whose value is not known of some titles."""
    own = [name for name in required if name not in _ROLES]
    ids = dict(zip(indicators_of(required, rulebook), own, strict=True))
    rows = store.rows("statuses_by_indicator", names=list(ids))
    out = []
    for indicator_id, name in ids.items():
        held = [row for row in rows if row["indicator_id"] == indicator_id]
        open_ = [row for row in held if not _is_known(row)]
        absent = titles - sum(row["titles"] for row in held)
        lack = absent + sum(row["titles"] for row in open_)
        most = max(open_, key=lambda row: int(row["titles"]), default=None)
        why = most["status"] if most else IndicatorStatus.LAYER_MISSING.value
        out.append(Missing(name, lack, why))
    return out


def _silent(
    answers: Mapping[str, Answered],
    gaps: Mapping[str, int],
    required: Sequence[str],
    rulebook: Rulebook,
) -> list[Missing]:
    """Rules of weight, of required roles alone, that more titles have no answer of than those
    roles' own gaps explain. gaps: titles, by role."""
    roles = {name for name in required if name in _ROLES}
    out = []
    for rule in rulebook.rules.values():
        asked = roles_asked(rule, rulebook)
        grave = any(level.severity in _GRAVE for level in rule.levels)
        if grave and asked and asked <= roles and rule.id in answers:
            own = answers[rule.id]
            if own.not_assessed > max(gaps.get(role, 0) for role in asked):
                out.append(Missing(rule.id, own.not_assessed, own.lack, is_rule=True))
    return out


def _is_known(row: Row) -> bool:
    far = row["status"] in _NULL_IS_KNOWN
    return row["status"] in _KNOWN and (far or not row["is_null"])
