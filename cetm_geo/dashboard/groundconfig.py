"""What the map stands on: the world's outline, the relief, and the base map of the operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from babel.core import get_global

from cetm_geo.language import SOURCE, _, chosen, locale
from cetm_geo.model import Role
from cetm_geo.store import Store
from cetm_geo.web import Service, relief
from cetm_geo.web.basemap import Basemap
from cetm_geo.web.overview import Overviews

# Parts of the ground that the legend switches; no layer's id holds a colon.
WORLD, RELIEF, TILES = "ground:world", "ground:relief", "ground:tiles"


def ground_config(
    service: Service, store: Store, basemap: Basemap | None, prefix: str = "/"
) -> dict[str, Any]:
    """What map.mjs and the legend are told of the ground.

    countries: ISO 3166 numeric codes of those whose outline the catalogue brings, which the world's
    outline then leaves to it. home: the names in it of the country that is screened. names: of
    countries by such codes, where not in English.
    """
    shading = relief.shading_of(service, store)
    outlined = _outlined(service, store)
    country = service.resident(store).meta["country"]
    tiles = f"{prefix}tiles/{store.generation}"
    return {
        "world": f"{prefix}vendor/world.json",
        "fonts": f"{prefix}vendor/fonts/",
        "countries": numeric_codes([row["iso3"] for row in outlined]),
        "home": [row["name"] for row in outlined if row["iso3"] == country],
        "names": _names(),
        "relief": relief.config_of(shading, tiles),
        "tiles": basemap.config(prefix) if basemap else None,
        "parts": [
            *([_of_basemap(basemap)] if basemap else []),
            *([_of_relief(service, store, shading)] if shading else []),
            _of_world(),
        ],
    }


def picture_config(
    service: Service, store: Store, pictures: Overviews, prefix: str = "/"
) -> dict[str, Any] | None:
    """The country's picture, which stands for the map until that is drawn: its address, to which
    the theme is added, and the box that it shows, west, south, east, north in metres of EPSG:3857.
    None where no outline of the country may be shown."""
    iso3 = service.countries.own()
    frame = pictures.frame(store, iso3) if iso3 else None
    if frame is None:
        return None
    return {
        "href": f"{prefix}api/v1/countries/{iso3}.svg?of={store.generation}&theme=",
        "frame": [frame.west, frame.south, frame.east, frame.north],
    }


def _of_world() -> dict[str, Any]:
    return _part(WORLD, _("Land and borders of the world"), "world", "Natural Earth") | {
        "licence": _("public domain")
    }


def _of_basemap(basemap: Basemap) -> dict[str, Any]:
    label = _("Base map of {host}").format(host=basemap.host) if basemap.host else _("Base map")
    return _part(TILES, label, "world", basemap.attribution or basemap.host)


def _of_relief(service: Service, store: Store, shading: relief.Shading) -> dict[str, Any]:
    row = service.resident(store).sources.get(shading.layer_id) or {}
    label = _("Relief, from {layer}").format(layer=shading.label)
    part = _part(RELIEF, label, "relief", row.get("attribution") or "")
    return part | {"as_of": row.get("as_of"), "licence": row.get("licence") or ""}


def _part(part: str, label: str, draw: str, attribution: str) -> dict[str, Any]:
    return {
        "id": part,
        "label": label,
        "draw": draw,
        "visible": True,
        "as_of": None,
        "attribution": attribution,
        "licence": "",
    }


def _outlined(service: Service, store: Store) -> list[dict[str, Any]]:
    """Countries (iso3, name) whose outlines the catalogue brings and may show here."""
    sources = service.resident(store).sources.items()
    shown = [x for x, row in sources if row["role"] == Role.COUNTRY and not row["problem"]]
    shown = [layer for layer in shown if not service.withheld(store, layer)]
    return list(store.rows("countries_of_layers", layer_ids=shown))


def numeric_codes(iso3: Sequence[str]) -> list[str]:
    """ISO 3166 numeric codes of countries; one that has none (an invented one) is left out."""
    known = get_global("territory_aliases")
    wanted = {tuple(known[code]) for code in iso3 if code in known}
    return sorted(
        code for code, named in known.items() if code.isdigit() and tuple(named) in wanted
    )


def _names() -> dict[str, str]:
    """Names of countries in the language in force; none in English, which the file speaks."""
    if chosen() == SOURCE:
        return {}
    said = locale().territories
    named = {code: said.get(two[0]) for code, two in get_global("territory_aliases").items()}
    return {
        code: name for code, name in named.items() if name and code.isdigit() and len(code) == 3
    }
