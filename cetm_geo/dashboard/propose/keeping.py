"""Proposals that are kept: the list of them, and what is said against a finding. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.figures import Component, sign
from cetm_geo.language import _
from cetm_geo.model import Tier
from cetm_geo.web.proposals import MOST_REASON

Row = Mapping[str, Any]
ASKED = "proposal-asked"  # the store that the buttons of the list tell


def list_view(heads: Sequence[Row], opened: str = "") -> Component:
    """A row a proposal with what can be done. opened: id of the one that is open."""
    if not heads:
        return html.P(_("Nothing is kept yet."), className="muted")
    rows = [_row(head, head["proposal_id"] == opened) for head in heads]
    return html.Ul(rows, className="kept")


def _row(head: Row, is_open: bool) -> Component:
    if head.get("problem"):
        return html.Li([html.B(str(head["proposal_id"])[:8]), html.P(str(head["problem"]))])
    name = str(head["name"]) or _("Proposal")
    tier = words.TIERS[Tier(head["tier"])]
    facts = [
        tier.label
        if head["fully_screened"]
        else _("{tier}, not fully screened").format(tier=tier.label),
        words.area(head["area_km2"]),
        _("saved {day}").format(day=words.day(str(head["changed"])[:10])),
        _("data of {day}").format(day=words.day(str(head["as_of"])[:10])),
    ]
    if head["contests_count"]:
        facts.append(words.counted("{n} contest", "{n} contests", head["contests_count"]))
    buttons = [
        _button(_("Open"), "open", head, _("Open {name}").format(name=name)),
        _button(_("Run again"), "rerun", head, _("Run again: {name}").format(name=name)),
        html.Details(
            [
                html.Summary(
                    _("Delete…"), **attrs({"aria-label": _("Delete… {name}").format(name=name)})
                ),
                _button(
                    _("Delete for good"),
                    "delete",
                    head,
                    _("Delete for good: {name}").format(name=name),
                ),
            ],
            className="delete",
        ),
    ]
    return html.Li(
        [
            html.B([sign(tier.sign), html.Span(name)]),
            html.P(" · ".join(facts), className="muted"),
            html.Div(buttons, className="actions"),
        ],
        className="open" if is_open else None,
        # A row keeps its buttons as others come and go.
        key=str(head["proposal_id"]),
    )


def _button(text: str, do: str, head: Row, said: str) -> Component:
    value = {"do": do, "proposal_id": head["proposal_id"], "revision": head["revision"]}
    return button(text, value, said)


def button(text: str, value: Mapping[str, Any], said: str = "", **more: str) -> Component:
    """A button that tells the list's store what to do; assets/propose.js hears it."""
    named = {"aria-label": said} if said else {}
    told = {"data-store": ASKED, "data-tell": json.dumps(dict(value)), **named, **more}
    return html.Button(text, className="button", type="button", **attrs(told))


def contest_view(card: Row) -> Component:
    """What is said against a finding, and a field to say it; the finding stays raised."""
    rule = str(card["rule_id"])
    ask = html.Div(
        [
            html.Label(
                [
                    _("Why is this finding wrong?"),
                    html.Textarea(rows=3, maxLength=MOST_REASON),
                ]
            ),
            button(_("Record it"), {"do": "contest", "rule_id": rule}, **{"data-with": "reason"}),
        ],
        className="with-field",
    )
    return html.Div(
        [
            html.Ul(className="contests", **attrs({"data-contests": rule})),
            html.Details([html.Summary(_("Contest this finding")), ask], className="contest"),
        ]
    )


def kept_of(kept: Row) -> dict[str, Any]:
    """What the page remembers of a proposal that is open."""
    contests = [
        {
            "rule_id": one["rule_id"],
            "said": _("Contested on {day}: {reason}").format(
                day=words.day(str(one["made"])[:10]), reason=one["reason"]
            ),
        }
        for one in kept["contests"]
    ]
    head = {key: kept[key] for key in ("proposal_id", "revision", "name")}
    return {**head, "contests": contests}
