"""What differs, in words of the reader's language: lines about one title, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from cetm_geo import words
from cetm_geo.changes.causes import GONE, NEW, SHAPE, Why
from cetm_geo.differences import KINDS, Kind
from cetm_geo.language import N_, SOURCE, Spoken, _, chosen
from cetm_geo.model import Severity, Tier

Row = Mapping[str, Any]
CHANGED, SAME = "changed", "same"
BECAME = Spoken(
    {
        NEW: N_("New title"),
        GONE: N_("Title no longer in the register"),
        CHANGED: N_("Title changed"),
        SAME: N_("Title as before, with other answers"),
    }
)
FACTS = Spoken(
    {
        "name": N_("Name"),
        "holder": N_("Holder"),
        "minerals": N_("Minerals"),
        "commodity_text": N_("Minerals, as the register says"),
        "stage": N_("Stage"),
        "stage_text": N_("Stage, as the register says"),
        "method": N_("Method"),
        "status": N_("Status"),
        "status_text": N_("Status, as the register says"),
        "applied_on": N_("Applied for"),
        "granted_on": N_("Granted"),
        "expires_on": N_("Expires"),
        "declared_area_km2": N_("Declared area"),
    }
)
_OUTLINE = N_("outline")
WHY = Spoken(
    {
        Why.TITLE: N_("the title changed"),
        Why.LAYER: N_("the layer changed"),
        Why.RULE: N_("the rule changed"),
        Why.TABLES: N_("the user's tables changed"),
        Why.DAY: N_("the day of the screening changed"),
        Why.SOFTWARE: N_("the program changed"),
        Why.NOT_EXPLAINED: N_("not explained"),
    }
)


# A title that stands in one state alone explains all that is said of it.
_ALONE = Spoken({NEW: N_("the title is new"), GONE: N_("the title is gone")})


def heading(row: Row) -> str:
    """What a title is called, what became of it, and where it stands."""
    name = row["name"] or row["site_id"]
    tier = row["tier"]["after"] or row["tier"]["before"]
    where = words.TIERS[Tier(tier["tier"])].label if tier else "?"
    return _("{name}: {became} ({tier})").format(
        name=name, became=BECAME[row["became"]], tier=where
    )


class Teller:
    """Says what differs of titles. found: as `between.changes_between`."""

    def __init__(self, found: Row) -> None:
        self._labels: Mapping[str, Mapping[str, str]] = found["rule_labels"]
        self._layers = {row["layer_id"]: row["label"] for row in found["layers"]}

    def lines(self, row: Row, most: int) -> list[str]:
        """At most so many lines about a title, and how many more there are."""
        every = [self._explained(text, why) for text, why in self._lines(row)]
        left = len(every) - most
        if left <= 0:
            return every
        return [*every[:most], words.counted("and {n} more change", "and {n} more changes", left)]

    def _lines(self, row: Row) -> Iterator[tuple[str, Iterable[Row]]]:
        """What differs, with why where its heading does not say that already."""
        said = row["became"] in (NEW, GONE)
        if row["same_outline_as"]:
            ids = words.listed(row["same_outline_as"])
            yield _("Renumbered? The same outline as {titles}").format(titles=ids), ()
        tier = row["tier"]
        if tier["before"] != tier["after"] and tier["before"] and tier["after"]:
            sides = [tier_text(tier[side]) for side in ("before", "after")]
            yield moved(_("Tier"), *sides), tier["why"]
        for flag in row["flags"]:
            yield self._flag(flag), () if said else flag["why"]
        if row["shape"]:
            yield shape_line(row["shape"]), ()
        yield from ((fact_line(fact), ()) for fact in row["facts"])
        for pair in row["overlaps"]:
            yield self.pair(pair), () if said else pair["why"]

    def pair(self, pair: Row) -> str:
        """What a title shared and shares with a feature."""
        place = pair["feature_name"] or pair["feature_id"] or _("name withheld: licence")
        where = _("Shared land, {layer}, {place}").format(layer=pair["layer_label"], place=place)
        areas = [words.area(pair["overlap_km2"][side] or 0) for side in ("before", "after")]
        return moved(where, *areas)

    def rule(self, rule_id: str) -> str:
        """What a rule is called; one that no flag names has its id alone."""
        labels = self._labels.get(rule_id, {})
        return labels.get(chosen()) or labels.get(SOURCE) or rule_id

    def _flag(self, flag: Row) -> str:
        label = self.rule(flag["rule_id"])
        old, new = (severity_text(flag[side]) for side in ("before", "after"))
        if flag["kind"] == Kind.CHANGED and old != new:
            return moved(label, old, new)
        return _("{rule} ({severity}): {kind}").format(
            rule=label, severity=new or old or "–", kind=KINDS[flag["kind"]]
        )

    def _explained(self, text: str, why: Iterable[Row]) -> str:
        if not why:
            return text
        return _("{change}. Why: {causes}.").format(
            change=text, causes="; ".join(self.cause(one) for one in why)
        )

    def cause(self, cause: Row) -> str:
        """A cause with what of it is known."""
        if cause["cause"] == Why.TITLE and cause["what"][0] in _ALONE:
            return _ALONE[cause["what"][0]]
        said = WHY[cause["cause"]]
        detail = ", ".join(self._details(cause))
        return _("{cause} ({detail})").format(cause=said, detail=detail) if detail else said

    def _details(self, cause: Row) -> Iterator[str]:
        if cause["cause"] == Why.TITLE:
            yield from (_(_OUTLINE) if x == SHAPE else FACTS[x] for x in cause["what"])
        elif cause["cause"] == Why.LAYER:
            yield self._layers[cause["layer_id"]]
        elif cause["cause"] == Why.RULE:
            for number in cause.get("thresholds", ()):
                sides = [_number(number[side]) for side in ("before", "after")]
                yield moved(number["threshold"], *sides)
        elif cause["cause"] in (Why.DAY, Why.SOFTWARE):
            yield from cause["what"]


def moved(label: str, before: str, after: str) -> str:
    """What something was and is."""
    return _("{label}: {before} → {after}").format(label=label, before=before, after=after)


def tier_text(side: Row) -> str:
    """A tier, and that the title is not fully screened where the tier does not say so."""
    said = words.TIERS[Tier(side["tier"])].label
    if side["fully_screened"] or side["tier"] == Tier.NOT_FULLY_SCREENED:
        return said
    unsure = _(words.NOT_FULLY_SCREENED)
    return f"{said}, {unsure}"


def severity_text(side: Row) -> str:
    """The severity of one side of a flag, "" where it is not raised."""
    return words.SEVERITIES[Severity(side["severity"])] if side["severity"] else ""


def shape_line(shape: Row) -> str:
    """What an outline covered and covers."""
    areas = [words.area(shape["area_km2"][side]) for side in ("before", "after")]
    return _("Outline: {before} → {after}, {gained} gained and {lost} lost").format(
        before=areas[0],
        after=areas[1],
        gained=words.area(shape["gained_km2"]),
        lost=words.area(shape["lost_km2"]),
    )


def fact_line(row: Row) -> str:
    """What a fact of the register was and is."""
    label = FACTS[row["fact"]]
    if row["withheld"]:
        return _("{label}: changed; its licence withholds it").format(label=label)
    said = _FACTS_SAID.get(row["fact"], str)
    sides = [row[side] for side in ("before", "after")]
    return moved(label, *(said(x) if x not in (None, "") else "–" for x in sides))


# Facts that have words in the reader's language; others stand as the register has them.
_FACTS_SAID: Mapping[str, Callable[[Any], str]] = {
    "status": lambda status: words.STATUSES[status],
    "declared_area_km2": words.area,
    **dict.fromkeys(("applied_on", "granted_on", "expires_on"), words.day),
}


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
