"""Plotly figures as plain dicts: rows -> figure. Pure; no figure holds a text from data.

Colours come from the light theme of assets/tokens.css, so that a figure can stand outside the page;
within it assets/site.css sets them by the theme in force, which then costs no redrawing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from babel.numbers import get_decimal_symbol
from dash import html

from cetm_geo import resources, words
from cetm_geo.dashboard.answer.reading import Row
from cetm_geo.dashboard.client import attrs
from cetm_geo.language import _, locale
from cetm_geo.measure import HA_PER_KM2

Figure = dict[str, Any]
HEIGHT_PX = 132
# What the reader can do with a figure: read it, and ask a bar for its number.
CONFIG: Mapping[str, Any] = {
    "displayModeBar": False,
    "doubleClick": False,
    "scrollZoom": False,
    "showTips": False,
    "responsive": True,
}
_EMPTY_HA = 1.0  # height of a chart in which nothing was lost


@cache
def palette() -> Mapping[str, str]:
    """The colours of the light theme by token, such as ink-2: #47525a."""
    css = (resources.folder("assets") / "tokens.css").read_text(encoding="utf-8")
    light = css.split(":root")[1]
    return dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", light))


def yearly(rows: Sequence[Row]) -> Figure:
    """Bars by year, in ha or km2; a year that is not known is hatched to the top.

    Args:
        rows: year, and value in hectares or None, in the order of years.
    """
    ink = palette()
    known = [row for row in rows if row["value"] is not None]
    unknown = [row for row in rows if row["value"] is None]
    top_ha = max((float(row["value"]) for row in known), default=0.0) or _EMPTY_HA
    in_km2 = top_ha >= HA_PER_KM2
    per_unit, unit = (HA_PER_KM2, "km²") if in_km2 else (1.0, "ha")
    top = top_ha / per_unit
    bars = {
        "type": "bar",
        "x": [row["year"] for row in known],
        "y": [row["value"] / per_unit for row in known],
        "customdata": [words.area(row["value"] / HA_PER_KM2) for row in known],
        "hovertemplate": "%{x}: %{customdata}<extra></extra>",
        "marker": {"color": ink["ink-2"], "line": {"width": 0}},
    }
    hatched = {
        "type": "bar",
        "x": [row["year"] for row in unknown],
        "y": [top for _row in unknown],
        "customdata": [_("not known") for _row in unknown],
        "hovertemplate": "%{x}: %{customdata}<extra></extra>",
        "marker": {
            "color": "rgba(0,0,0,0)",
            "line": {"width": 0},
            "pattern": {"shape": "/", "fgcolor": ink["line-2"], "size": 5, "solidity": 0.25},
        },
    }
    return {
        "data": [bars, hatched] if unknown else [bars],
        "layout": _layout(rows, top, unit, ink),
    }


def _layout(rows: Sequence[Row], top: float, unit: str, ink: Mapping[str, str]) -> Figure:
    font = {"family": "Source Sans 3, sans-serif", "size": 12, "color": ink["ink-3"]}
    return {
        "height": HEIGHT_PX,
        "margin": {"l": 44, "r": 2, "t": 8, "b": 20},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": font,
        "showlegend": False,
        "bargap": 0.18,
        "barmode": "overlay",
        "dragmode": False,
        "hovermode": "closest",
        "separators": get_decimal_symbol(locale()) + words.THIN,
        "xaxis": {
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "dtick": 5 if len(rows) > 8 else 1,
            "tick0": 2000,
            "tickformat": "d",
            "linecolor": ink["line-2"],
            "showline": True,
        },
        "yaxis": {
            "fixedrange": True,
            "range": [0, 1.08 * top],
            "nticks": 3,
            "gridcolor": ink["line"],
            "zeroline": False,
            "ticksuffix": f"{words.GLUE}{unit}",
            "rangemode": "tozero",
        },
        "hoverlabel": {
            "bgcolor": ink["panel"],
            "bordercolor": ink["line-2"],
            "font": {**font, "size": 13, "color": ink["ink"]},
        },
    }


def graph(name: str, figure: Figure, said: str, *below: Any) -> html.Div:
    """A figure that says in words what it shows, for those who do not see it.

    It is drawn once it comes into sight (assets/panel.js): Plotly takes long to load and to start,
    and a reader who has just opened a title does not see it yet.

    Args:
        name: no two figures on the page have the same.
    """
    given = {"aria-label": said, "data-figure": json.dumps({"figure": figure, "config": CONFIG})}
    place = html.Div(
        id={"type": "chart", "name": name}, className="chart", role="img", **attrs(given)
    )
    return html.Div([place, *below], className="charted")


def table(rows: Sequence[Row], head: Sequence[str]) -> html.Details:
    """The numbers of a yearly figure, folded: year and hectares."""
    body = [
        html.Tr(
            [
                html.Th(str(row["year"]), scope="row"),
                html.Td(_area(row["value"]), className="n"),
            ]
        )
        for row in rows
    ]
    heads = [html.Th(x, scope="col", className="n" if i else "") for i, x in enumerate(head)]
    inner = html.Table([html.Thead(html.Tr(heads)), html.Tbody(body)], className="table")
    return html.Details([html.Summary(_("As a table")), inner], className="as-table")


def _area(hectares: float | None) -> str:
    return _("not known") if hectares is None else words.area(hectares / HA_PER_KM2)
