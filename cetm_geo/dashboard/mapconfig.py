"""What the map module needs to know of a store: where tiles are, and how each layer is drawn."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cetm_geo import words
from cetm_geo.dashboard.browserwords import browser_words
from cetm_geo.language import _
from cetm_geo.model import RASTER_ROLES, SCREENED_ROLES, Role

# Beneath a layer of a role whose TOML says nothing of style.
DRAW_OF_ROLE: Mapping[str, str] = {
    Role.CONCESSION: "site",
    Role.PROTECTED_AREA: "protected",
    Role.OECM: "oecm",
    Role.KEY_BIODIVERSITY_AREA: "kba",
    Role.COMMUNITY_LAND: "community",
    Role.HERITAGE: "heritage",
    Role.MORATORIUM: "closed",
    Role.WATER_BASIN: "basin",
    Role.RIVER: "river",
    Role.SETTLEMENT: "settlement",
    Role.ROAD: "road",
    Role.RAILWAY: "road",
    Role.COUNTRY: "border",
}
DEFAULT_ORDER = 50
# The ground is drawn, but is no answer to anything: it stands last in the legend.
GROUND = ("river", "road", "settlement", "border")


def map_config(
    sources: Sequence[Mapping[str, Any]],
    meta: Mapping[str, str],
    generation: str,
    withheld: Callable[[str], str],
    prefix: str = "/",
) -> dict[str, Any]:
    """The map's configuration; `withheld` gives the reason a layer may not be shown, or ''."""
    drawn = [source for source in sources if source["role"] not in RASTER_ROLES]
    by_role = sorted(drawn, key=lambda source: _rank(source["role"]))
    layers = [_layer(source, withheld(source["layer_id"])) for source in by_role]
    return {
        "generation": generation,
        "tiles": f"{prefix}tiles/{generation}",
        "api": f"{prefix}api/v1",
        "bounds": [
            [float(meta["west"]), float(meta["south"])],
            [float(meta["east"]), float(meta["north"])],
        ],
        "layers": sorted(layers, key=lambda layer: layer["order"]),
        "tiers": {
            tier: {"label": said.label, "sign": said.sign} for tier, said in words.TIERS.items()
        },
        "partly": _(words.NOT_FULLY_SCREENED),
        "words": browser_words(),
    }


def _rank(role: str) -> int:
    """Screened roles in their order, then the others."""
    order = [str(known) for known in DRAW_OF_ROLE]
    return order.index(role) if role in order else len(order)


def _layer(source: Mapping[str, Any], reason: str) -> dict[str, Any]:
    style = _style(source.get("style"))
    draw = DRAW_OF_ROLE.get(source["role"], "point")
    if source["role"] != Role.CONCESSION:
        draw = str(style.get("draw") or draw)
    return {
        "id": source["layer_id"],
        "label": source["label"],
        "draw": draw,
        "screened": source["role"] in SCREENED_ROLES,
        "order": style.get("order", DEFAULT_ORDER),
        "visible": bool(style.get("visible", True)) and not reason,
        "label_minzoom": style.get("label_minzoom"),
        "as_of": source.get("as_of"),
        "points": bool(source.get("has_points")),
        "withheld": reason,
        "problem": source.get("problem"),
    }


def _style(text: Any) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def legend_order(layers: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Layers as the legend lists them: titles, then places, then the ground."""

    def rank(layer: Mapping[str, Any]) -> int:
        return 0 if layer["draw"] == "site" else 2 if layer["draw"] in GROUND else 1

    return sorted(layers, key=rank)
