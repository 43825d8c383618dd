"""Two stores -> what differs, as plain values that JSON holds; docs/usage.md describes them.

What licences keep on this machine is left out, whoever asks: names of titles and their holders, and
ids and names of features, of layers that are local only on either side. No outline is in it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from cetm_geo.changes import comparing
from cetm_geo.changes.causes import GONE, NEW, SHAPE, Cause, Causes, Why
from cetm_geo.changes.sides import Side
from cetm_geo.differences import NOT_ASKED, Kind, Way, kind_of_flag, way_of_flag, way_of_tier
from cetm_geo.export import records
from cetm_geo.flags.judged import RANK
from cetm_geo.model import FlagStatus, Severity, Tier
from cetm_geo.store import Store

SCHEMA = "cetm-geo changes 1"
_OF_FLAG = ("status", "severity", "verify", "indicator_id", "value", "threshold", "iso3")
_NAMES = ("name", "holder")
_AS_FEATURE = ("status", "stage")  # facts by which a title matters to others on its ground
_TIERS = [tier.value for tier in Tier]  # the worst first
Row = dict[str, Any]


def changes_between(before: Store, after: Store) -> Row:
    """What differs between two states of a store; equal stores give the same, whatever their paths.

    Returns `schema`, `before` and `after` (what tells the states apart), `tolerances` (km2,
    shares), `summary` (counts), `titles` (those that differ in anything, the worst first),
    `layers` and `rules` (ids of those that differ, with what of them), `rule_labels` (by language,
    of the rules that flags name).
    """
    found = _Found(Side(before), Side(after))
    titles = sorted(found.titles(), key=_worst_first)
    return {
        "schema": SCHEMA,
        "before": found.before.head,
        "after": found.after.head,
        "tolerances": {
            "shape_km2": comparing.SAME_LAND_KM2,
            "overlap_km2": comparing.SAME_OVERLAP_KM2,
            "overlap_share": comparing.SAME_OVERLAP_SHARE,
        },
        "summary": _summary(titles),
        "titles": titles,
        "layers": found.layers(),
        "rules": found.rules(),
        "rule_labels": found.rule_labels(titles),
    }


def severities_from(tier: str) -> set[str]:
    """Severities of flags that are at or above a tier."""
    worst = _TIERS[: _TIERS.index(tier) + 1]
    return {severity.value for severity in Severity if severity.value in worst}


def news(found: Mapping[str, Any], tier: str) -> list[Row]:
    """Titles with something new at or above a tier: they stand there now and stood lower, or were
    not there, or a flag of such severity is raised that was not, or was less."""
    weighty, at_or_above = severities_from(tier), _TIERS[: _TIERS.index(tier) + 1]
    return [
        row
        for row in found["titles"]
        if _rose(row["tier"], at_or_above) or any(_is_new(flag, weighty) for flag in row["flags"])
    ]


def _rose(tier: Row, at_or_above: list[str]) -> bool:
    old, new = tier["before"], tier["after"]
    return (
        new is not None
        and new["tier"] in at_or_above
        and (old is None or old["tier"] not in at_or_above or tier["way"] == Way.WORSE)
    )


def _is_new(flag: Row, severities: set[str]) -> bool:
    raised = flag["after"]["status"] == FlagStatus.RAISED.value
    came = flag["kind"] in (Kind.CAME, Kind.KNOWN) or flag["way"] == Way.WORSE
    return raised and came and flag["after"]["severity"] in severities


@dataclass(frozen=True)
class _Found:
    """What differs between two sides, in frames, and how it is told."""

    before: Side
    after: Side

    # --- what differs ----------------------------------------------------------------------------

    @cached_property
    def both(self) -> pd.DataFrame:
        return comparing.titles_of_both(self.before, self.after)

    @cached_property
    def facts(self) -> dict[str, list[str]]:
        """site_id -> facts that differ."""
        differs = comparing.other_facts(self.both)
        out: dict[str, list[str]] = defaultdict(list)
        for fact in differs.columns:
            for site_id in differs.index[differs[fact].to_numpy(bool)]:
                out[site_id].append(fact)
        return dict(out)

    @cached_property
    def shapes(self) -> dict[str, Row]:
        found = comparing.other_shapes(self.both, self.before, self.after)
        return dict(zip(found.index, records(found), strict=True))

    @cached_property
    def became(self) -> dict[str, str]:
        """site_id of titles on one side alone -> new or gone."""
        new = self.both.index[~self.both["is_before"].to_numpy(bool)]
        gone = self.both.index[~self.both["is_after"].to_numpy(bool)]
        return dict.fromkeys(new, NEW) | dict.fromkeys(gone, GONE)

    @cached_property
    def differing_layers(self) -> dict[str, tuple[str, ...]]:
        return comparing.other_layers(self.before, self.after)

    @cached_property
    def causes(self) -> Causes:
        of_titles: dict[str, list[str]] = {site: list(what) for site, what in self.facts.items()}
        for site_id in self.shapes:
            of_titles.setdefault(site_id, []).insert(0, SHAPE)
        of_titles |= {site_id: [what] for site_id, what in self.became.items()}
        features = comparing.other_features(self.before, self.after)
        kinds = {NEW: Kind.CAME.value, GONE: Kind.WENT.value}
        for site_id, what in of_titles.items():
            if what[0] in kinds or {SHAPE, *_AS_FEATURE} & set(what):
                row = self.both.loc[site_id]
                side = "after" if row["is_after"] else "before"
                feature = (row[f"{side}_layer_id"], row[f"{side}_feature_id"])
                features[str(feature[0]), str(feature[1])] = kinds.get(what[0], Kind.CHANGED.value)
        layers = self.differing_layers
        return Causes(self.before, self.after, of_titles, layers, features)

    @cached_property
    def local(self) -> set[str]:
        return self.before.local | self.after.local

    @cached_property
    def labels(self) -> dict[str, str]:
        rows = {**self.before.sources, **self.after.sources}
        return {layer_id: row["label"] for layer_id, row in rows.items()}

    # --- told title by title ---------------------------------------------------------------------

    def titles(self) -> list[Row]:
        """A row a title that differs in anything."""
        pairs, flags = self._pairs(), self._flags()
        outlines = comparing.same_outlines(self.both)
        tiers = comparing.other_tiers(self.both)
        touched = sorted({*self.causes.titles, *pairs, *flags, *tiers})
        held = self.both.loc[touched]
        out = []
        for site_id, row in zip(touched, records(held), strict=True):
            side = "after" if row["is_after"] else "before"
            local = row[f"{side}_layer_id"] in self.local
            own = flags.get(site_id, [])
            out.append(
                {
                    "site_id": site_id,
                    "layer_id": row[f"{side}_layer_id"],
                    "name": None if local else row[f"{side}_name"],
                    "became": self._became(site_id),
                    "same_outline_as": outlines.get(site_id, []),
                    "tier": self._tier(site_id, row, own),
                    "facts": self._facts(site_id, row, local),
                    "shape": self._shape(site_id, row),
                    "overlaps": pairs.get(site_id, []),
                    "flags": own,
                }
            )
        return out

    def _became(self, site_id: str) -> str:
        if site_id in self.became:
            return self.became[site_id]
        return "changed" if site_id in self.causes.titles else "same"

    def _tier(self, site_id: str, row: Row, flags: list[Row]) -> Row:
        old, new = (
            {"tier": row[f"{side}_tier"], "fully_screened": row[f"{side}_fully_screened"]}
            if row[f"is_{side}"] and row[f"{side}_tier"]
            else None
            for side in ("before", "after")
        )
        if old is None or new is None:
            way = (Way.WORSE if old is None else Way.BETTER).value
        else:
            way = way_of_tier(old["tier"], new["tier"]).value
        why = [] if old == new else self.causes.of_tier(site_id, [f["why"] for f in flags])
        return {"before": old, "after": new, "way": way, "why": why}

    def _facts(self, site_id: str, row: Row, local: bool) -> list[Row]:
        out = []
        for fact in self.facts.get(site_id, ()):
            kept = local and fact in _NAMES
            sides = {s: None if kept else row[f"{s}_{fact}"] for s in ("before", "after")}
            out.append({"fact": fact, **sides, "withheld": kept})
        return out

    def _shape(self, site_id: str, row: Row) -> Row | None:
        if site_id not in self.shapes:
            return None
        areas = {"before": row["before_area_km2"], "after": row["after_area_km2"]}
        return {"area_km2": areas, **self.shapes[site_id]}

    def _pairs(self) -> dict[str, list[Row]]:
        rows = comparing.other_pairs(self.before, self.after)
        keys = [(row["layer_id"], row["feature_id"]) for row in rows]
        names = comparing.names_of(keys, (self.before, self.after))
        out: dict[str, list[Row]] = defaultdict(list)
        for feature, row in zip(keys, rows, strict=True):
            local = feature[0] in self.local
            why = self.causes.of_pair(row["site_id"], feature)
            out[row["site_id"]].append(
                {
                    "layer_id": feature[0],
                    "layer_label": self.labels[feature[0]],
                    "feature_id": None if local else feature[1],
                    "feature_name": None if local else names.get(feature),
                    "kind": _kind_of_pair(row).value,
                    "overlap_km2": _sides(row, "km2"),
                    "overlap_share": _sides(row, "share"),
                    "sliver": _sides(row, "sliver"),
                    "why": self._shown(why),
                }
            )
        return dict(out)

    def _flags(self) -> dict[str, list[Row]]:
        found = comparing.other_flags(self.before, self.after)
        evidence = comparing.evidence_of(found, (self.before, self.after))
        by_site: dict[str, list[Row]] = defaultdict(list)
        for row in found:
            by_site[row["site_id"]].append(row)
        out = {}
        for site_id, rows in by_site.items():
            whys = self.causes.of_flags(rows, evidence)
            told = [self._flag(row, why) for row, why in zip(rows, whys, strict=True)]
            out[site_id] = sorted(told, key=_severest_first)
        return out

    def _flag(self, row: Row, why: list[Cause]) -> Row:
        old, new = (
            {key: row[f"{side}_{key}"] for key in _OF_FLAG} if row[f"{side}_status"] else None
            for side in ("before", "after")
        )
        judged = ("status", "severity", "verify")
        asked = [None if side is None else {k: side[k] for k in judged} for side in (old, new)]
        kind = kind_of_flag(*asked)
        assert kind is not None  # the statement gives no others
        none = {**dict.fromkeys(_OF_FLAG), "status": NOT_ASKED}
        return {
            "rule_id": row["rule_id"],
            "kind": kind.value,
            "way": way_of_flag(kind, *asked).value,
            "before": old or none,
            "after": new or none,
            "why": self._shown(why),
        }

    def _shown(self, why: list[Cause]) -> list[Cause]:
        """Causes as they may be told: features of layers that are local only are counted."""
        return [self._without_ids(c) if c.get("layer_id") in self.local else c for c in why]

    def _without_ids(self, cause: Cause) -> Cause:
        return {**cause, "features": [{**f, "feature_id": None} for f in cause["features"]]}

    # --- layers and rules ------------------------------------------------------------------------

    def layers(self) -> list[Row]:
        """A row a layer that differs, in more than the day alone, or some feature of which does."""
        kinds: dict[str, Counter[str]] = defaultdict(Counter)
        for (layer_id, _), kind in self.causes.features.items():
            kinds[layer_id][kind] += 1
        shown = ("role", "sha256", "as_of", "stale", "rows_accepted", "problem")
        out = []
        for layer_id in sorted({*self.differing_layers, *kinds}):
            sides = [x.sources.get(layer_id) for x in (self.before, self.after)]
            facts = [None if x is None else {key: x[key] for key in shown} for x in sides]
            counts = kinds[layer_id]
            out.append(
                {
                    "layer_id": layer_id,
                    "label": self.labels[layer_id],
                    "what": list(self.differing_layers.get(layer_id, ())),
                    "features": {kind: counts[kind] for kind in ("came", "went", "changed")},
                    "before": facts[0],
                    "after": facts[1],
                }
            )
        return out

    def rules(self) -> list[Row]:
        """A row a rule that judges otherwise in the store's own country."""
        books = (self.before.rulebook.rules, self.after.rulebook.rules)
        iso3 = self.after.meta.get("country", "")
        found = (self.causes.of_rule(name, iso3) for name in sorted({*books[0], *books[1]}))
        return [
            {"rule_id": c["rule_id"], "what": c["what"], "thresholds": c["thresholds"]}
            for c in found
            if c is not None
        ]

    def rule_labels(self, titles: list[Row]) -> dict[str, dict[str, str]]:
        """What the rules are called of which flags differ, by language."""
        rules = {**self.before.rulebook.rules, **self.after.rulebook.rules}
        named = {flag["rule_id"] for row in titles for flag in row["flags"]}
        return {rule_id: dict(rules[rule_id].label) for rule_id in sorted(named)}


# --- order and counts ----------------------------------------------------------------------------


def _sides(row: Row, name: str) -> Row:
    return {"before": row[f"before_{name}"], "after": row[f"after_{name}"]}


def _kind_of_pair(row: Row) -> Kind:
    if row["before_km2"] is None:
        return Kind.CAME
    return Kind.WENT if row["after_km2"] is None else Kind.CHANGED


def _rank(side: Mapping[str, Any]) -> int:
    return RANK[Severity(side["severity"])] if side["severity"] else -1


def _severest_first(flag: Row) -> tuple[int, str]:
    return -max(_rank(flag["before"]), _rank(flag["after"])), flag["rule_id"]


def _worst_first(row: Row) -> tuple[int, int, int, str]:
    """What became worse before the rest; by tier, then by the severity of what came."""
    raised = [_rank(f["after"]) for f in row["flags"] if _is_new(f, set(_ALL))]
    side = row["tier"]["after"] or row["tier"]["before"]
    tier = _TIERS.index(side["tier"]) if side else len(_TIERS)
    is_news = bool(raised) or (row["tier"]["way"] == Way.WORSE)
    return -is_news, tier, -max(raised, default=-1), row["site_id"]


_ALL = [severity.value for severity in Severity]


def _summary(titles: list[Row]) -> Row:
    """Counts of what differs: titles, overlaps, flags, tiers, and of causes."""
    became = Counter(row["became"] for row in titles)
    pairs = Counter(pair["kind"] for row in titles for pair in row["overlaps"])
    flags = [flag for row in titles for flag in row["flags"]]
    changed = Counter(flag["way"] for flag in flags if flag["kind"] == Kind.CHANGED)
    kinds = Counter(flag["kind"] for flag in flags)
    moved = [row["tier"] for row in titles if row["tier"]["before"] and row["tier"]["after"]]
    ways = Counter(tier["way"] for tier in moved if tier["before"] != tier["after"])
    facts = Counter(fact["fact"] for row in titles for fact in row["facts"])
    whys = Counter(
        name for row in titles for one in _told(row) for name in {c["cause"] for c in one["why"]}
    )
    return {
        "titles": {
            "new": became[NEW],
            "gone": became[GONE],
            "changed": became["changed"],
            "of_same_outline": sum(bool(row["same_outline_as"]) for row in titles),
            "shape": sum(row["shape"] is not None for row in titles),
            "facts": dict(sorted(facts.items())),
        },
        "overlaps": {kind: pairs[kind] for kind in (Kind.CAME, Kind.WENT, Kind.CHANGED)},
        "flags": {
            **{kind: kinds[kind] for kind in (Kind.CAME, Kind.WENT)},
            "worsened": changed[Way.WORSE],
            "eased": changed[Way.BETTER],
            "otherwise_changed": changed[Way.SAME],
            **{kind: kinds[kind] for kind in (Kind.KNOWN, Kind.UNKNOWN)},
        },
        "tiers": {way: ways[way] for way in Way},
        "why": {why: whys[why] for why in Why if whys[why]},
    }


def _told(row: Row) -> Iterable[Row]:
    return (*row["overlaps"], *row["flags"])
