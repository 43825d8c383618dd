"""What the map module needs to know of a store: where tiles are, and how each layer is drawn."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cetm_geo import words
from cetm_geo.dashboard.browserwords import browser_words
from cetm_geo.language import N_, Spoken, _
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
    Role.RAILWAY: "railway",
    Role.POWER: "power",
    Role.COUNTRY: "border",
}
DEFAULT_ORDER = 50
# Groups of the legend. The ground is drawn, but is no answer to anything: it stands last.
TITLES, NATURE, PEOPLE, WATER, GROUND = "titles", "nature", "people", "water", "ground"
GROUP_OF_ROLE: Mapping[str, str] = {
    Role.CONCESSION: TITLES,
    Role.PROTECTED_AREA: NATURE,
    Role.OECM: NATURE,
    Role.KEY_BIODIVERSITY_AREA: NATURE,
    Role.MORATORIUM: NATURE,
    Role.INTACT_FOREST: NATURE,
    Role.ECOREGION: NATURE,
    Role.COMMUNITY_LAND: PEOPLE,
    Role.HERITAGE: PEOPLE,
    Role.WATER_BASIN: WATER,
}
GROUPS = Spoken(
    {
        TITLES: N_("Mining titles"),
        NATURE: N_("Protected, conserved or closed"),
        PEOPLE: N_("Communities and heritage"),
        WATER: N_("Water basins"),
        GROUND: N_("Ground"),
    }
)


def map_config(
    sources: Sequence[Mapping[str, Any]],
    meta: Mapping[str, str],
    generation: str,
    withheld: Callable[[str], str],
    prefix: str = "/",
    ground: Mapping[str, Any] | None = None,
    picture: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The map's configuration; `withheld` gives the reason a layer may not be shown, or ''.

    ground: by `groundconfig.ground_config`. picture: by `groundconfig.picture_config`.
    """
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
        "ground": dict(ground or {"parts": []}),
        "picture": picture,
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
    role = source["role"]
    return {
        "id": source["layer_id"],
        "role": role,
        "group": GROUP_OF_ROLE.get(role, GROUND),
        "label": source["label"],
        "draw": _draw(role, style),
        "screened": role in SCREENED_ROLES,
        "order": style.get("order", DEFAULT_ORDER),
        "visible": bool(style.get("visible", True)) and not reason,
        "label_minzoom": style.get("label_minzoom"),
        "as_of": source.get("as_of"),
        "attribution": source.get("attribution") or "",
        "licence": source.get("licence") or "",
        "points": bool(source.get("has_points")),
        "classes": bool(source.get("has_classes")),
        "withheld": reason,
        "problem": source.get("problem"),
    }


def _draw(role: str, style: Mapping[str, Any]) -> str:
    by_role = DRAW_OF_ROLE.get(role, "point")
    draw = by_role if role == Role.CONCESSION else str(style.get("draw") or by_role)
    # Borders within a country are no outline of land.
    return "admin" if draw == "border" and role != Role.COUNTRY else draw


def _style(text: Any) -> Mapping[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def legend_groups(
    layers: Sequence[Mapping[str, Any]],
) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Layers as the legend lists them: by group, the ground last; groups without one left out."""
    found = {name: [x for x in layers if x["group"] == name] for name in GROUPS}
    return [(name, members) for name, members in found.items() if members]
