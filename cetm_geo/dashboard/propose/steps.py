"""A step of proposing: a section under its number and name. Pure."""

from __future__ import annotations

from typing import Any

from dash import html

from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.figures import Component


def step(number: int, title: str, aside: Any, *children: Any, part: str = "") -> Component:
    """The step's section. aside: what stands at the end of its heading's line."""
    said = html.Small(aside) if isinstance(aside, str) and aside else aside
    head = html.H2([html.Span(str(number), className="step-number"), html.Span(title), said])
    named = {"data-part": part} if part else {}
    return html.Section([head, *children], className="block propose-step", **attrs(named))
