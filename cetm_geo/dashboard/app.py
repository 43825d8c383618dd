"""Builds the Dash app: layout by request, callbacks of the panels, routes and headers."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from dash import Dash, Input, Output, State, set_props

from cetm_geo import resources
from cetm_geo.dashboard import figures, page
from cetm_geo.dashboard.client import in_browser
from cetm_geo.dashboard.groundconfig import ground_config, picture_config
from cetm_geo.dashboard.mapconfig import map_config
from cetm_geo.dashboard.panels import (
    country,
    data,
    download,
    draw,
    explore,
    layers,
    news,
    place,
    search,
    site,
    sureness,
    table,
    watch,
)
from cetm_geo.dashboard.panels import map as map_panel
from cetm_geo.errors import CetmError
from cetm_geo.language import _, chosen, locale
from cetm_geo.web import Service, register, security, watched
from cetm_geo.web.access import Access, guard
from cetm_geo.web.basemap import Basemap
from cetm_geo.web.overview import Overviews
from cetm_geo.web.speaking import speak_to_readers

_LOG = logging.getLogger(__name__)
_MODULES = {
    "maplibre-gl": "maplibre-gl.mjs",
    "maplibre-gl-worker": "maplibre-gl-worker.mjs",
    "terra-draw": "terra-draw.mjs",
    "terra-draw-maplibre-gl-adapter": "terra-draw-maplibre-gl-adapter.mjs",
    "pmtiles": "pmtiles.mjs",
    "fflate": "fflate.mjs",
}
_INDEX = """<!DOCTYPE html>
<html lang="en" dir="ltr">
<head>
{%metas%}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="alternate" type="application/atom+xml" title="CETM-Geo" href="__PREFIX__feed">
<title>{%title%}</title>
<script type="importmap">__IMPORTS__</script>
<link rel="stylesheet" href="__PREFIX__vendor/maplibre-gl.css">
{%favicon%}
{%css%}
</head>
<body>
{%app_entry%}
<footer>
{%config%}
{%scripts%}
{%renderer%}
</footer>
</body>
</html>"""


class _Page(Dash):
    """Dash, with the language of the request on the page itself."""

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]
        """The page's HTML, said to be in the language and direction that it is read in."""
        told = locale()
        said = f'<html lang="{chosen()}" dir="{told.text_direction}">'
        made = super().interpolate_index(**parts)  # type: ignore[no-untyped-call]  # so Dash ships it
        made = str(made).replace("Loading...", _("Loading…"), 1)
        return made.replace('<html lang="en" dir="ltr">', said, 1)


def create_app(
    store_path: Path,
    public: bool = False,
    basemap: Basemap | None = None,
    proposals: Path | None = None,
    access: Access | None = None,
    metrics_port: int | None = None,
) -> Dash:
    """The page over the store in `store_path`; `public` withholds what licences keep local.

    proposals: the folder in which readers keep their proposals; without it nothing is kept.
    access: who may ask. metrics_port: the port of this process on which only its numbers are.
    A missing store is no error here: the page says so until there is one.
    """
    service = Service(Path(store_path), public, proposals)
    app = _Page(
        "cetm_geo",
        title="CETM-Geo",
        update_title="",
        assets_folder=str(resources.folder("assets")),
        assets_path_ignore=["^map$"],
        serve_locally=True,
        on_error=_show_error,
    )
    prefix = app.config.requests_pathname_prefix
    imports = _import_map(prefix)
    app.index_string = _INDEX.replace("__IMPORTS__", imports).replace("__PREFIX__", prefix)
    # Ids live in a page that is made by request, when the store is asked.
    app.config.suppress_callback_exceptions = True
    pictures = Overviews(service.withheld)
    app.layout = lambda: _layout(service, prefix, basemap, pictures)
    _register_callbacks(app, service)
    # In this order: what is refused is seen, and nothing else is asked by who may not ask.
    watched.watch(app.server, service, metrics_port)
    guard(app.server, access or Access())
    speak_to_readers(app.server)
    register(app.server, service, basemap)
    # Reports say what the page says, and so import it.
    from cetm_geo.report import routes as reports  # noqa: PLC0415

    app.server.register_blueprint(reports.blueprint(service))
    security.protect(
        app.server,
        [security.script_hash(imports), *app.csp_hashes()],
        app.callback_map,
        [basemap.host] if basemap and basemap.host else [],
    )
    service.warm_up()
    _warm_up(app)
    return app


def _layout(service: Service, prefix: str, basemap: Basemap | None, pictures: Overviews) -> Any:
    try:
        store = service.store()
        resident = service.resident(store)
        config = map_config(
            list(resident.sources.values()),
            resident.meta,
            store.generation,
            lambda layer_id: service.withheld(store, layer_id),
            prefix,
            ground_config(service, store, basemap, prefix),
            picture_config(service, store, pictures, prefix),
        )
        return page.page(config, resident.meta, service.proposals.is_on)
    except CetmError as error:
        return page.no_store_page(error, prefix)


def _register_callbacks(app: Dash, service: Service) -> None:
    in_browser(
        app,
        "route",
        Output(page.ROUTE, "data"),
        Output(page.QUERY, "data"),
        Output(page.SHELL, "className"),
        Input(page.URL, "search"),
    )
    in_browser(
        app,
        "theme",
        Output(page.THEME, "data"),
        Output(page.MANTINE, "forceColorScheme"),
        Input(page.THEME_SWITCH, "n_clicks"),
        State(page.THEME, "data"),
    )
    panels = (map_panel, layers, search, explore, table, site, place, sureness, draw)
    for panel in (*panels, country, news, data, download, watch):
        panel.register(app, service)


def _import_map(prefix: str) -> str:
    return json.dumps({"imports": {name: f"{prefix}vendor/{f}" for name, f in _MODULES.items()}})


def _show_error(error: Exception) -> None:
    """Whatever a callback could not say in its own panel: the rest of the page stays."""
    if isinstance(error, CetmError):
        shown = figures.problem(error.what, error.hint)
    else:
        _LOG.error("a callback failed", exc_info=error)
        shown = figures.problem(_("Part of this page failed."), _("Reload it; the log says why."))
    set_props(page.NOTICE, {"children": shown})


def _warm_up(app: Dash) -> None:
    """Ask for the page once: Dash registers component bundles on first use, and threads that race
    for it answer 500."""
    app.server.test_client().get("/")
