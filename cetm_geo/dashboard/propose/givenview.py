"""A file that was given, looked at before it counts; and what a shape's check found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.corners import corner_count
from cetm_geo.dashboard.explore.fields import Field
from cetm_geo.dashboard.figures import Component, problem, shape_view, sign
from cetm_geo.language import _

_SHOWN = 40  # shapes of a file; who has more gives fewer


def file_field(limits: Sequence[str], field_id: str) -> Component:
    """Where a file is given, with what may be given said beforehand; assets/propose.js reads it."""
    limits_id = f"{field_id}-limits"
    return html.Div(
        [
            html.Ul([html.Li(text) for text in limits], id=limits_id, className="limits"),
            html.Label(_("File with the outline"), htmlFor=field_id),
            Field(
                id=field_id,
                type="file",
                className="file",
                **attrs({"aria-describedby": limits_id, "data-shape-file": "1"}),
            ),
        ]
    )


def given_view(given: Mapping[str, Any] | None) -> list[Component]:
    """What was read of a file: its shapes, how it was read, what has to be chosen, or why not."""
    if not given:
        return []
    wrong = given.get("problem")
    if wrong:
        return [problem(str(wrong.get("what", "")), str(wrong.get("hint", "")))]
    shapes = list(given.get("features") or [])
    said = [str(text) for text in given.get("said") or []]
    parts: list[Component | None] = [
        html.P(_headline(str(given.get("file", "")), len(shapes)), className="read"),
        html.Ul([html.Li(text) for text in said], className="how-read") if said else None,
        None if shapes else _question(given),
        html.Ul([_shape(one, i) for i, one in enumerate(shapes[:_SHOWN])], className="shapes")
        if shapes
        else None,
        _more(len(shapes)),
    ]
    return [part for part in parts if part is not None]


def _headline(file: str, count: int) -> str:
    if not count:
        return _("{file} can be read in more than one way.").format(file=file)
    found = words.counted("{n} shape", "{n} shapes", count)
    return _("{file}: {shapes}. Nothing counts before you use one.").format(file=file, shapes=found)


def _question(given: Mapping[str, Any]) -> Component:
    choices = [
        html.Label(
            [
                Field(
                    type="radio",
                    name="shape-reading",
                    value=str(choice.get("value", "")),
                    **attrs({"data-shape-choice": "1"}),
                ),
                html.Span(str(choice.get("label", ""))),
            ],
            className="reading",
        )
        for choice in given.get("choices") or []
    ]
    legend = str(given.get("question") or _("Which reading is right?"))
    return html.Div(
        [html.P(legend, className="question"), *choices],
        role="radiogroup",
        **attrs({"aria-label": legend}),
    )


def _shape(one: Mapping[str, Any], place: int) -> Component:
    findings = list(one.get("findings") or [])
    blocked = any(x.get("blocks") for x in findings)
    label = str(one.get("label") or _("Shape {n}").format(n=place + 1))
    facts = [
        words.area(one.get("area_km2")),
        words.counted("{n} corner", "{n} corners", int(one.get("vertices") or 0)),
    ]
    notes = [str(text) for text in one.get("said") or []]
    # Its size is said already.
    notes += [str(x.get("text", "")) for x in findings if x.get("kind") != "area"]
    use = html.Button(
        _("Use this shape"),
        className="button",
        type="button",
        **attrs(
            {
                "data-use-shape": str(place),
                "aria-label": _("Use this shape: {shape}").format(shape=label),
            }
        ),
    )
    return html.Li(
        [
            html.B(label),
            html.Span(" · ".join(facts), className="n"),
            *(html.P(text) for text in notes),
            html.P(_("It cannot be screened as it is.")) if blocked else use,
        ]
    )


def _more(count: int) -> Component | None:
    if count <= _SHOWN:
        return None
    text = _("{n} more are not listed: give a file of fewer.")
    return html.P(text.format(n=words.number(count - _SHOWN)), className="muted")


def findings_view(findings: Sequence[Any], geometry: Mapping[str, Any]) -> list[Component]:
    """What `check_shape` says of the shape in hand; what keeps it from being screened first."""
    return [
        shape_view({"area_km2": one.km2}, corner_count(geometry))
        if one.kind == "area"
        else html.P(
            [sign("failed", _("Problem")) if one.blocks else None, html.Span(one.text)],
            className="finding blocks" if one.blocks else "finding",
        )
        for one in findings
    ]
