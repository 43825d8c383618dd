"""The column of Explore, from counts to components: summary, chips in force, every filter. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.explore import filterwords, finding
from cetm_geo.dashboard.explore.fields import Field
from cetm_geo.dashboard.explore.filterwords import Chip, Names
from cetm_geo.dashboard.explore.finding import Choice
from cetm_geo.dashboard.figures import Component, sign, swatch
from cetm_geo.language import _, ngettext
from cetm_geo.model import STATUS_GROUPS, Severity, Stage, Tier
from cetm_geo.web.filters import FULLY, NOT_STATED, PARTLY, Filters, plain_number
from cetm_geo.web.finding import Counts

HOLDERS_SHOWN = 5
# Of a rule, the sign of the worst it can say.
_SIGNS = {
    Severity.CRITICAL: words.TIERS[Tier.CRITICAL].sign,
    Severity.HIGH: words.TIERS[Tier.HIGH].sign,
    Severity.MODERATE: words.TIERS[Tier.MODERATE].sign,
}


@dataclass(frozen=True)
class Offered:
    """What may be chosen in a store, whatever is filtered.

    all: of all titles; the order of its counts is that of the choices. layers: id -> how it is
    drawn, of those that titles are screened against. severities: by rule, the worst that it says.
    holders: how many there are.
    """

    all: Counts
    holders: int
    layers: Mapping[str, str]
    severities: Mapping[str, str]
    names: Names


@dataclass(frozen=True)
class Found:
    """What filters find. drop: where that is nothing, what to drop, with the count that gives."""

    filters: Filters
    counts: Counts
    drop: tuple[Chip, int] | None = None


def column(offered: Offered, found: Found) -> list[Component]:
    """Everything below the search box."""
    counts = found.counts
    head = [finding.headline(counts.count, counts.of, counts.land, _notes(found))]
    chips = filterwords.chips(found.filters, offered.names)
    if not counts.count and chips:
        said = filterwords.sentence(found.filters, offered.names)
        head = [finding.nothing_found(said, counts.of, found.drop)]
    maker = _Maker(offered, found)
    return [
        html.Div(head, key="head"),
        finding.chip_row(chips, clearing=counts.count > 0),
        finding.section("tier", _("Tier"), _("most severe flag decides"), *_tiers(maker)),
        _optional("layer", _("Overlaps with"), _("titles"), _layers(maker), finding.rows),
        _optional(
            "mineral",
            _("Mineral"),
            _("as the register states it"),
            maker.by_count("mineral", _mineral),
            finding.pills,
        ),
        html.Section(_more(maker), key="more", className="block folds"),
    ]


def _notes(found: Found) -> list[str]:
    """What is to be said of the count."""
    counts, said = found.counts, []
    if counts.verify:
        said.append(
            ngettext(
                "{n} of them touches the place within the mapping error alone: verify.",
                "{n} of them touch the place within the mapping error alone: verify.",
                counts.verify,
            ).format(n=words.number(counts.verify))
        )
    return said


def quick(offered: Offered, found: Found) -> list[Component]:
    """The pills that float over the map of a small screen."""
    maker = _Maker(offered, found)
    tiers = [choice for choice in _tier_choices(maker) if choice.count or choice.chosen]
    minerals = [c for c in maker.by_count("mineral", _mineral) if c.value != NOT_STATED][:2]
    active = len(filterwords.chips(found.filters, offered.names))
    count = html.Span(words.number(active), className="n")
    filters = html.Button(
        [sign("icon-filter"), html.Span(_("Filters")), *([count] if active else [])],
        key="filters",
        className="chip" + (" on" if active else ""),
        **attrs({"data-raise-filters": "true"}),
    )
    layers = html.Button(
        [sign("icon-layers"), html.Span(_("Layers"))],
        key="layers",
        className="chip",
        **attrs({"data-open-legend": "true"}),
    )
    table = html.Button(
        [sign("icon-table"), html.Span(_("Table"))],
        key="table",
        className="chip",
        **attrs({"data-go": "table=1"}),
    )
    chosen = [finding.chip(choice) for choice in (*tiers[:1], *minerals)]
    return [filters, table, layers, *chosen]


@dataclass(frozen=True)
class _Maker:
    """Makes choices with their counts and whether they are in force."""

    offered: Offered
    found: Found

    def choice(self, word: str, value: str, label: str, mark: Component | None = None) -> Choice:
        count = self.found.counts.facets.get(word, {}).get(value, 0)
        return Choice(word, value, label, count, value in self.chosen(word), mark)

    def chosen(self, word: str) -> tuple[str, ...]:
        filters = self.found.filters
        several: Mapping[str, tuple[str, ...]] = {
            "tier": filters.tiers,
            "rule": filters.rules,
            "status": filters.statuses,
            "stage": filters.stages,
            "holder": filters.holders,
            "mineral": filters.minerals,
            "list": filters.lists,
            "layer": filters.layers,
            "screened": (filters.screened,),
        }
        return several[word]

    def by_count(self, word: str, label: Callable[[str], str]) -> list[Choice]:
        """Choices of all titles, the most common first: an order that filters do not change."""
        offered = self.offered.all.facets.get(word, {})
        values = sorted(offered, key=lambda value: (-(offered[value] or 0), label(value)))
        values = [value for value in values if offered[value] or value in self.chosen(word)]
        unknown = [value for value in self.chosen(word) if value not in offered]
        return [self.choice(word, value, label(value)) for value in (*values, *unknown)]


def _optional(
    key: str, title: str, aside: str, choices: Sequence[Choice], draw: Callable[..., Component]
) -> Component:
    """A section, hidden where there is nothing to choose: those below it keep their place."""
    if not choices:
        return html.Section(key=key, hidden=True)
    return finding.section(key, title, aside, draw(choices, f"choices-{key}"))


def _tier_choices(maker: _Maker) -> list[Choice]:
    return [
        maker.choice("tier", tier.value, said.label, sign(said.sign))
        for tier, said in words.TIERS.items()
    ]


def _tiers(maker: _Maker) -> list[Component]:
    rows = finding.tier_rows(_tier_choices(maker), maker.found.counts.fully_by_tier)
    screened = [
        maker.choice("screened", value, filterwords.SCREENED[value]) for value in (FULLY, PARTLY)
    ]
    counts = maker.found.counts
    return [rows, finding.screened_note(counts.fully_screened, counts.count, screened)]


def _layers(maker: _Maker) -> list[Choice]:
    labels = maker.offered.names.layers
    found = [
        maker.choice("layer", layer, labels.get(layer, layer), swatch(draw))
        for layer, draw in maker.offered.layers.items()
    ]
    return [replace(choice, more=_left_out(choice.value, maker)) for choice in found]


def _mineral(mineral_id: str) -> str:
    """A mineral under the heading that says what it is."""
    return _("Not stated") if mineral_id == NOT_STATED else filterwords.mineral(mineral_id)


def _left_out(layer: str, maker: _Maker) -> str:
    """What the count of a layer leaves out: touches within the mapping error, titles unanswered."""
    counts, said = maker.found.counts, []
    verify = counts.verify_layers.get(layer, 0)
    unanswered = counts.unanswered.get("layer", {}).get(layer, 0)
    if verify:
        said.append(
            words.counted(
                "{n} more touches within the mapping error alone",
                "{n} more touch within the mapping error alone",
                verify,
            )
        )
    if unanswered:
        said.append(
            words.counted("{n} title has no answer", "{n} titles have no answer", unanswered)
        )
    return "; ".join(said)


def _more(maker: _Maker) -> list[Component]:
    filters, names = maker.found.filters, maker.offered.names
    folds = [
        ("rule", _("Flag raised"), _rules(maker), finding.rows),
        (
            "list",
            _("Mineral list"),
            maker.by_count("list", lambda value: names.lists.get(value, value)),
            finding.rows,
        ),
        ("status", _("Status"), _statuses(maker), finding.rows),
        ("stage", _("Stage"), _stages(maker), finding.rows),
    ]
    area = tuple("" if end is None else plain_number(end) for end in filters.area_km2)
    return [
        html.H2(_("More filters"), key="more-filters"),
        finding.box_switch(filters.box is not None),
        *(_fold(key, title, choices, draw) for key, title, choices, draw in folds),
        _holders(maker),
        finding.fold(
            "area",
            _("Area"),
            _stated("area", maker),
            any(area),
            finding.between("area", "number", (area[0], area[1]), (_("from km²"), _("to km²"))),
        ),
        finding.fold(
            "granted",
            _("Granted"),
            _stated("granted", maker),
            any(filters.granted),
            finding.between("granted", "year", filters.granted, (_("from year"), _("to year"))),
            finding.note(_undated(maker)),
        ),
    ]


def _undated(maker: _Maker) -> str:
    undated = maker.found.counts.not_stated.get("granted", 0)
    if not undated:
        return ""
    return words.counted(
        "{n} title states no day of grant and matches no year.",
        "{n} titles state no day of grant and match no year.",
        undated,
    )


def _stated(word: str, maker: _Maker) -> str:
    """What a folded filter asks for, or that it asks for nothing."""
    if not filterwords.asks(word, maker.found.filters):
        return _("any")
    return filterwords.clause(word, maker.found.filters, maker.offered.names)


def _fold(
    key: str, title: str, choices: Sequence[Choice], draw: Callable[..., Component]
) -> Component:
    chosen = [choice for choice in choices if choice.chosen]
    aside = (
        words.listed([choice.label for choice in chosen], 1)
        if chosen
        else _("any of {n}").format(n=words.number(len(choices)))
    )
    if not choices:
        return html.Details(key=key, hidden=True)
    return finding.fold(key, title, aside, bool(chosen), draw(choices, f"choices-{key}"))


def _rules(maker: _Maker) -> list[Choice]:
    """Rules that some title raises, with the sign of the worst that they can say."""
    names, severities = maker.offered.names.rules, maker.offered.severities
    found = maker.by_count("rule", lambda value: names.get(value, value))
    none = words.TIERS[Tier.INFO].sign

    def marked(choice: Choice) -> Choice:
        severity = severities.get(choice.value, "")
        mark = sign(_SIGNS.get(Severity(severity), none) if severity else none)
        return replace(choice, mark=mark)

    rank = {severity.value: place for place, severity in enumerate(Severity)}
    found.sort(key=lambda choice: rank.get(severities.get(choice.value, ""), len(rank)))
    return [marked(choice) for choice in found]


def _statuses(maker: _Maker) -> list[Choice]:
    """The groups that totals are given in."""
    counts = maker.found.counts.facets["status_group"]
    groups = [maker.choice("status", group, filterwords.status(group)) for group in STATUS_GROUPS]
    return [replace(choice, count=counts[choice.value]) for choice in groups]


def _stages(maker: _Maker) -> list[Choice]:
    known = {stage: filterwords.STAGES[stage] for stage in Stage}
    offered = maker.offered.all.facets["stage"]
    return [
        maker.choice("stage", stage.value, label)
        for stage, label in known.items()
        if offered.get(stage.value) or stage.value in maker.chosen("stage")
    ]


def _holders(maker: _Maker) -> Component:
    """Those of the most titles found and those chosen; the others are searched for.

    Not those of the most titles in all: of very many holders the finder counts the first alone.
    """
    if not maker.offered.holders:
        return html.Details(key="holder", hidden=True)
    counted = maker.found.counts.facets["holder"]
    values = dict.fromkeys((*list(counted)[:HOLDERS_SHOWN], *maker.chosen("holder")))
    values.pop(NOT_STATED, None)
    shown = [maker.choice("holder", value, value) for value in values]
    if maker.offered.all.not_stated.get("holder"):
        nobody = maker.choice("holder", NOT_STATED, filterwords.holder(NOT_STATED))
        unnamed = maker.found.counts.not_stated.get("holder", 0)
        shown.append(replace(nobody, count=unnamed))
    chosen = [choice.label for choice in shown if choice.chosen]
    any_of = _("any of {n}").format(n=words.number(maker.offered.holders))
    aside = words.listed(chosen, 1) if chosen else any_of
    field = suggesting("holder", "holder-field", _("Search holders"))
    list_ = html.Div([finding.row(choice) for choice in shown], className="options")
    return finding.fold("holder", _("Holder"), aside, bool(chosen), field, list_)


def suggesting(kind: str, field_id: str, label: str) -> Component:
    """A field that suggests while one types, and its list; assets/search.js fills it."""
    list_id = f"{field_id}-list"
    field = Field(
        id=field_id,
        type="text",
        className="field",
        placeholder=label,
        autoComplete="off",
        role="combobox",
        **attrs(
            {
                "aria-label": label,
                "aria-autocomplete": "list",
                "aria-expanded": "false",
                "aria-controls": list_id,
                "data-suggest": kind,
            }
        ),
    )
    found = html.Ul(
        id=list_id, className="suggestions", hidden=True, role="listbox", **_labelled(label)
    )
    return html.Div([field, found], key="field", className="suggesting")


def _labelled(label: str) -> dict[str, Any]:
    return attrs({"aria-label": label})


def said(found: Found) -> str:
    """How many titles match, as is read out when filters change."""
    counts = found.counts
    return ngettext(
        "{n} of {total} title matches", "{n} of {total} titles match", counts.count
    ).format(n=words.number(counts.count), total=words.number(counts.of))
