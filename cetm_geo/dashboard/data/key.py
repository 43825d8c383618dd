"""The key of signs: tiers, what a layer answers, and how places are drawn. Pure."""

from __future__ import annotations

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.bars import section
from cetm_geo.dashboard.figures import Component, sign, swatch
from cetm_geo.language import N_, _

# Kinds of places by how they are drawn; see mapconfig.DRAW_OF_ROLE and the layers' own styles.
_PLACES = (
    ("protected", N_("Protected area"), N_("edge with an inner band; strict ones wider")),
    ("oecm", N_("Other conserved area"), N_("dashed edge")),
    ("kba", N_("Key biodiversity area"), N_("dots")),
    ("community", N_("Community land"), N_("upright hatch")),
    ("claimed", N_("Land claimed"), N_("upright hatch, dashed edge")),
    ("fishery", N_("Community fishery"), N_("short dashes")),
    ("heritage", N_("Heritage"), N_("dotted edge")),
    ("closed", N_("Area closed to mining"), N_("crossed hatch")),
    ("basin", N_("Basin"), N_("dash and dot, no fill")),
    ("river", N_("River"), N_("thin line")),
    ("border", N_("Border"), N_("long dashes")),
    ("piece", N_("The overlap itself"), N_("black diagonals")),
)


def key_view() -> Component:
    """Every sign with its words: never colour alone."""
    tiers = [_row(sign(w.sign), w.label, w.meaning) for w in words.TIERS.values()]
    tiers.append(
        _row(
            sign("tier-partly"),
            words.sentence_case(_(words.NOT_FULLY_SCREENED)),
            _("beside any tier: a required answer is missing, so that it may be worse"),
        )
    )
    states = [_row(sign(w.sign), _state(w), w.meaning) for w in words.STATES.values()]
    places = [_row(swatch(draw), _(name), _(how)) for draw, name, how in _PLACES]
    return section(
        _("Key of signs"),
        _("shape and lightness, pattern and line: never colour alone"),
        html.Div(
            [
                _column(_("Tiers of titles"), tiers),
                _column(_("What a layer answers"), states),
                _column(_("Places, by edge and pattern"), places),
            ],
            className="key-columns",
        ),
        name="key",
    )


def _state(state: words.StateWords) -> str:
    return words.sentence_case(state.label)


def _row(mark: Component, name: str, meaning: str) -> Component:
    return html.Li([mark, html.B(name), html.Span(meaning)])


def _column(title: str, rows: list[Component]) -> Component:
    return html.Div([html.H3(title), html.Ul(rows, className="key-rows")])
