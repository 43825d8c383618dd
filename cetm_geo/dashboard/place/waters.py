"""The water of a basin as a place: what drains to it, and where its water goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import attrs
from cetm_geo.language import N_, Spoken, _
from cetm_geo.model import LinkEnd
from cetm_geo.pressure import ALL

Component = Any
Row = Mapping[str, Any]
Link = Callable[[str, str, Any], Component]

_ENDS = Spoken(
    {
        LinkEnd.OUTLET: N_("An outlet, which drains to no other basin"),
        LinkEnd.SINK: N_("An inland sink, without a way out"),
        LinkEnd.DANGLING: N_("It drains to {basin}, which the layer does not hold"),
        LinkEnd.NOT_STATED: N_("The layer does not say where it drains to"),
        LinkEnd.CYCLE: N_("It drains in a circle, a mistake of the data"),
    }
)


def water_view(answer: Row, link: Link) -> Component | None:
    """What lies upstream and downstream of a basin; None of what is no basin of a network.

    link: layer, feature, text -> what opens that place.
    """
    basin, place = answer["basin"], answer["place"]
    if basin is None:
        return None

    def opens(step: Row, text: str) -> Component:
        return link(place["layer_id"], step["feature_id"], text) if step["feature_id"] else text

    return figures.block(
        _("Its water"),
        _("by {layer}").format(layer=place["layer_label"]),
        html.H3(_("Upstream")),
        html.P(_upstream(basin)),
        _feeders(basin, opens),
        html.H3(_("Downstream")),
        _way(basin, place, opens),
    )


def _upstream(basin: Row) -> str:
    if basin["headwater"]:
        return _("A headwater: no other basin of the layer drains to it.")
    area = words.area(basin["upstream_km2"])
    if basin["upstream"] is None:
        return _("{area} of land drain through it, itself included.").format(area=area)
    every = basin["upstream"][ALL]
    said = _(
        "{area} of land drain through it, itself included. Titles cover {covered} of it, {share}."
    ).format(
        area=area,
        covered=words.area(every["covered_km2"]),
        share=words.share(every["covered_share"]),
    )
    if basin["unseen_share"]:
        unseen = words.share(basin["unseen_share"])
        said += " " + _("The layer does not hold {share} of the land upstream.").format(
            share=unseen
        )
    return said


def _feeders(basin: Row, opens: Callable[[Row, str], Component]) -> Component | None:
    steps: Sequence[Row] = basin["above"]
    if not steps:
        return None
    rows = [
        html.Li(
            [
                html.Span(opens(step, _name(step)), className="step-name"),
                html.Span(words.area(step["upstream_km2"] or step["km2"]), className="step-km2"),
                html.P(_covered(step["upstream_title_share"])),
            ]
        )
        for step in steps
    ]
    if basin["above_left_out"]:
        more = words.counted(
            "{n} more basin drains to it", "{n} more basins drain to it", basin["above_left_out"]
        )
        rows.append(html.Li(html.P(more)))
    return html.Ul(rows, className="feeders", **attrs({"aria-label": _("Basins that drain to it")}))


def _way(basin: Row, place: Row, opens: Callable[[Row, str], Component]) -> Component:
    own = place["name"] or _("Basin {id}").format(id=basin["basin_id"])
    first = html.Li(
        [
            html.Span(own, className="step-name"),
            html.Span(words.area(place["area_km2"]), className="step-km2"),
            html.P(_("This basin")),
        ],
        className="step own",
    )
    steps = [_step(step, opens) for step in basin["below"]]
    if basin["below_left_out"]:
        more = words.counted(
            "{n} more basin on the way", "{n} more basins on the way", basin["below_left_out"]
        )
        steps.insert(-1, html.Li(html.P(more), className="step gap"))
    text = _ENDS.get(basin["end"], _ENDS[LinkEnd.NOT_STATED]).format(basin=basin["end_id"])
    end = html.Li([html.Span(_("The way ends there")), html.P(text)], className="step end")
    said = {"aria-label": _("The way of its water, basin by basin")}
    return html.Ol([first, *steps, end], className="way", **attrs(said))


def _step(step: Row, opens: Callable[[Row, str], Component]) -> Component:
    share, upstream = step["title_share"], step["upstream_title_share"]
    said = _covered(share)
    if upstream is not None and upstream != share:
        said = _("{covered}; {share} of all land that drains through it").format(
            covered=said, share=words.share(upstream)
        )
    return html.Li(
        [
            html.Span(opens(step, _name(step)), className="step-name"),
            html.Span(words.area(step["km2"]), className="step-km2"),
            html.P(said),
        ],
        className="step",
    )


def _covered(share: float | None) -> str:
    if share is None:
        return _("What lies under titles is not known")
    if share <= 0:
        return _("No title is recorded there")
    return _("Titles cover {share} of it").format(share=words.share(share))


def _name(step: Row) -> str:
    return step["name"] or _("Basin {id}").format(id=step["basin_id"])
