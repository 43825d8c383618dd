"""An indicator's id -> the layers its value comes from, as far as the id tells.

Rules with a scope name the features they met; the others compare numbers, and the data behind a
number is told by what it is a number of.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cetm_geo.model import Role

# Of ids that do not begin with a role: what they are measured from.
_MEASURED_FROM: Mapping[str, tuple[Role, ...]] = {
    "critical_habitat_": (Role.PROTECTED_AREA, Role.KEY_BIODIVERSITY_AREA, Role.ECOREGION),
    "tailings_": (Role.ELEVATION, Role.SEISMIC_HAZARD, Role.POPULATION),
    "transboundary": (Role.WATER_BASIN, Role.COUNTRY),
    "corridor_": (Role.COUNTRY, Role.PORT),
    "processing_": (Role.FACILITY,),
    "downstream_": (Role.WATER_BASIN,),
    **dict.fromkeys(
        ("licence_", "register_", "holder_", "stage_", "minerals_", "by_product_",
         "declared_area_"),
        (Role.CONCESSION,),
    ),
}  # fmt: skip
_OF_SCALE = ("_worst_class", "_main_class")
_SCALES: Mapping[str, str] = {"tailings_screen": "riverine_flood"}


def roles_behind(indicator_id: str) -> tuple[Role, ...]:
    """Roles of the layers that a value is measured from; none where the id does not tell."""
    found = [roles for begins, roles in _MEASURED_FROM.items() if indicator_id.startswith(begins)]
    out = [role for roles in found for role in roles]
    if indicator_id.startswith("downstream_"):
        out += [role for role in Role if f"km_{role}_" in indicator_id]
    longest = sorted(Role, key=len, reverse=True)
    own = next((role for role in longest if indicator_id.startswith(f"{role}_")), None)
    return (own,) if own and not out else tuple(out)


def sources_behind(
    indicator_ids: Iterable[str], sources: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Those of some sources, rows by `tables.SOURCES`, that indicators are measured from.

    A layer of scales is behind its own scales alone.
    """
    names = list(indicator_ids)
    roles = {role for name in names for role in roles_behind(name)}
    asked = {name.removesuffix(end) for name in names for end in _OF_SCALE if name.endswith(end)}
    asked |= {_SCALES[name] for name in names if name in _SCALES}
    scales = [(row, _scales_of(row)) for row in sources]
    return [row for row, own in scales if (own & asked if own else row["role"] in roles)]


def _scales_of(source: Mapping[str, Any]) -> set[str]:
    text = source.get("scales")
    return {scale["id"] for scale in json.loads(text)} if text else set()
