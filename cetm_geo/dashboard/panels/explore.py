"""All titles: counts by tier, filters, and a list that opens each one by keyboard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, dcc, html

from cetm_geo import words
from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import attrs, in_browser
from cetm_geo.dashboard.mapconfig import map_config
from cetm_geo.model import SCREENED_ROLES, STATUS_GROUPS, Tier
from cetm_geo.store import Store
from cetm_geo.web import Service
from cetm_geo.web.titles import Filters

SEARCH, TIERS, GROUPS, LAYERS, MINERALS = (
    "search",
    "filter-tiers",
    "filter-status",
    "filter-layers",
    "filter-minerals",
)
LIST, MORE, FILTER = "titles", "more-titles", "map-filter"
PAGE = 100
# Beyond this many the map follows the tiers alone: ids would weigh more than the tiles.
MAP_IDS = 10_000
MINERALS_SHOWN = 12


def facets(store: Store) -> dict[str, Any]:
    """Counts that the filters show beside each choice."""
    return {
        "tiers": {row["tier"]: row for row in store.rows("titles_by_tier")},
        "groups": store.rows("land_under_title"),
        "layers": store.rows("titles_by_layer"),
        "minerals": store.rows("titles_by_mineral")[:MINERALS_SHOWN],
        "sources": store.rows("sources_of_map"),
    }


def layout(facet: Mapping[str, Any]) -> html.Div:
    """Summary, filters and the list."""
    titles = sum(row["titles"] for row in facet["tiers"].values())
    return html.Div(
        [
            dcc.Store(id=FILTER),
            dmc.TextInput(
                id=SEARCH,
                placeholder="Title, licence number, holder, mineral",
                debounce=300,
                leftSection=figures.sign("icon-search"),
                className="search",
                **attrs({"aria-label": "Search titles"}),
            ),
            figures.headline(titles, facet["groups"]),
            _filter(
                "Tier", "most severe flag decides", TIERS, _tier_options(facet), _screened(facet)
            ),
            _filter("Overlaps with", "titles", LAYERS, _layer_options(facet)),
            _filter("Status", "titles", GROUPS, _group_options(facet)),
            _filter("Mineral", "that the register names", MINERALS, _mineral_options(facet)),
            html.Section(
                [
                    html.H2(["Titles", html.Small(id="download-titles")]),
                    html.Div(id=LIST, className="titles-box"),
                    dmc.Button(
                        "Show 100 more",
                        id=MORE,
                        variant="default",
                        fullWidth=True,
                        className="more",
                        n_clicks=0,
                    ),
                ],
                className="block",
            ),
        ],
        className="panel panel-explore",
    )


def _filter(title: str, aside: str, group_id: str, options: Sequence[Any], note: Any = None) -> Any:
    group = dmc.CheckboxGroup(
        id=group_id, value=[], children=html.Div(options, className="options")
    )
    if not options:
        return html.Div(group, hidden=True)
    return figures.block(title, aside, group, note)


def _tier_options(facet: Mapping[str, Any]) -> list[Any]:
    """A row a tier; one that no title stands in stays listed."""
    most = max((row["titles"] for row in facet["tiers"].values()), default=0)
    return [
        dmc.Checkbox(
            label=figures.tier_option(tier, facet["tiers"].get(tier, {}), most),
            value=tier.value,
            size="xs",
        )
        for tier in words.TIERS
    ]


def _screened(facet: Mapping[str, Any]) -> Any:
    """How many titles were fully screened; the hatched part of each bar was not."""
    titles = sum(row["titles"] for row in facet["tiers"].values())
    fully = sum(row["fully_screened"] for row in facet["tiers"].values())
    sign = figures.sign(words.TIERS[Tier.NOT_FULLY_SCREENED].sign)
    said = f"{words.number(fully)} of {words.number(titles)} titles are fully screened. "
    rest = "Hatched, and with this sign: not fully screened, a worse tier may be missing."
    return html.P([sign, html.Span(said + (rest if fully < titles else ""))], className="screened")


def _group_options(facet: Mapping[str, Any]) -> list[Any]:
    return [
        _option(
            row["status_group"], None, words.STATUS_GROUP_LABELS[row["status_group"]], row["sites"]
        )
        for row in facet["groups"]
        if row["status_group"] in words.STATUS_GROUP_LABELS
    ]


def _mineral_options(facet: Mapping[str, Any]) -> list[Any]:
    return [
        _option(row["mineral"], None, figures.mineral(row["mineral"]), row["titles"])
        for row in facet["minerals"]
    ]


def _layer_options(facet: Mapping[str, Any]) -> list[Any]:
    drawn = {
        layer["id"]: layer
        for layer in map_config(facet["sources"], _NOWHERE, "", lambda _: "")["layers"]
    }
    rows = [row for row in facet["layers"] if row["role"] in SCREENED_ROLES]
    rows.sort(key=lambda row: SCREENED_ROLES.index(row["role"]))
    return [
        _option(
            row["layer_id"],
            figures.swatch(drawn[row["layer_id"]]["draw"]),
            drawn[row["layer_id"]]["label"],
            row["titles"],
        )
        for row in rows
    ]


_NOWHERE = {"west": "0", "south": "0", "east": "0", "north": "0"}


def _option(value: str, before: Any, label: str, count: int) -> dmc.Checkbox:
    return dmc.Checkbox(label=figures.option(before, label, count), value=value, size="xs")


def filters_of(
    text: str | None,
    tiers: Sequence[str] | None,
    layers: Sequence[str] | None,
    groups: Sequence[str] | None,
    minerals: Sequence[str] | None,
) -> Filters:
    """The reader's choices as one filter."""
    statuses = [str(one) for group in groups or () for one in STATUS_GROUPS.get(group, ())]
    return Filters(
        text or "", tuple(tiers or ()), tuple(statuses), tuple(layers or ()), tuple(minerals or ())
    )


CHOICES = (
    Input(SEARCH, "value"),
    Input(TIERS, "value"),
    Input(LAYERS, "value"),
    Input(GROUPS, "value"),
    Input(MINERALS, "value"),
)


def register(app: Dash, service: Service) -> None:
    """List what matches, and let the map follow."""

    @app.callback(
        Output(LIST, "children"), Output(MORE, "style"), *CHOICES, Input(MORE, "n_clicks")
    )
    def list_titles(*given: Any) -> tuple[Any, dict[str, str]]:
        *choices, clicks = given
        limit = PAGE * (1 + (clicks or 0))
        found = service.titles(filters_of(*choices), limit)
        total = service.store().value("titles_in_all")
        hidden = {"display": "none"} if found.count <= limit else {}
        return figures.titles_list(found.rows, found.count, total), hidden

    @app.callback(Output(FILTER, "data"), *CHOICES, prevent_initial_call=True)
    def filter_map(*choices: Any) -> dict[str, Any] | None:
        wanted = filters_of(*choices)
        if wanted.is_empty:
            return None
        found = service.titles(wanted, MAP_IDS)
        if found.count > MAP_IDS:
            return {"tiers": list(wanted.tiers), "ids": None}
        return {"tiers": None, "ids": [row["site_id"] for row in found.rows]}

    in_browser(app, "filter", Input(FILTER, "data"))
