"""Places by name, and the titles that share land with each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from cetm_geo.meeting import COUNTED_KM2
from cetm_geo.model import ROLE_SUFFIXES, SCREENED_ROLES, SUFFIXES, Role
from cetm_geo.store import Store

# Roles whose features are looked for by name.
NAMED_ROLES = (
    *SCREENED_ROLES,
    Role.WATER_BASIN,
    Role.SETTLEMENT,
    Role.MINE_FOOTPRINT,
    Role.FACILITY,
    Role.PORT,
    Role.INTACT_FOREST,
    Role.ECOREGION,
    Role.COUNTRY,
)


@dataclass(frozen=True, eq=False)
class Places:
    """Places that may be named, those with most titles first.

    named: layer_id, feature_id (of the first part), name, titles. labels: of all layers. laid:
    layers of which the store holds what titles share with each feature; of others it is not known.
    """

    named: pd.DataFrame
    labels: Mapping[str, str]
    laid: frozenset[str]


def read_places(store: Store, hidden: set[str]) -> Places:
    """Places of a store. hidden: layers whose features may not be named here."""
    roles = [role.value for role in NAMED_ROLES]
    frame = store.frame("places_to_find", roles=roles, counted_km2=COUNTED_KM2)
    frame = frame[~frame["layer_id"].isin(hidden)].reset_index(drop=True)
    sources = store.rows("layers_of_screening")
    laid = {row["layer_id"] for row in sources if _is_laid(row["role"], row["indicators"] or "")}
    return Places(
        named=frame.astype({"layer_id": "category"}),
        labels={row["layer_id"]: row["label"] for row in sources},
        laid=frozenset(laid),
    )


def _is_laid(role: str, indicators: str) -> bool:
    """Whether more is measured of a layer than how far its nearest feature is."""
    suffixes = {*ROLE_SUFFIXES.get(Role(role), ()), *indicators.split()} & set(SUFFIXES)
    return bool(suffixes - {"nearest_km"})
