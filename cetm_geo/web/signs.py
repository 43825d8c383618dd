"""What the map knows of titles beside their shapes: where their signs stand, and a card of each.

Titles are named by n, where they stand in the order of all (`sitetable.positions_of_sites`): the
worst first. The browser holds the signs of all titles and chooses which it shows, so that a filter
never hides a title behind one that does not match.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cetm_geo.measure import MERCATOR_M
from cetm_geo.model import Rule, Tier
from cetm_geo.notes import reason
from cetm_geo.store import Store

GRID_BITS = 27  # the world's width in steps of 0.3 m: a pixel at the deepest zoom is 0.6
SCREENED = 8  # the bit beside the tier's place in `Tier`


@dataclass(frozen=True)
class Card:
    """What is said of a title: JSON of site_id, layer_id, name, tier, screened, reason.

    The reason is in the language in force.
    """

    layer_id: str
    body: bytes


def card_of_title(store: Store, n: int, rules: Mapping[str, Rule]) -> Card | None:
    """The card of the title at position `n`; None where there is none."""
    found = store.rows("card_of_title", position=n)
    if not found:
        return None
    said = found[0] | {"reason": reason(found[0]["reason"], rules)}
    return Card(said["layer_id"], json.dumps(said, ensure_ascii=False).encode())


def signs_of_layer(store: Store, layer_id: str) -> bytes:
    """The signs of a layer's titles as `encoded` gives them."""
    return encoded(store.frame("signs_of_layer", layer_id=layer_id))


def encoded(signs: pd.DataFrame) -> bytes:
    """Signs by columns, little-endian: n (uint32), x, y (uint32), kind (uint8).

    x, y: in steps of the world's width / 2**GRID_BITS, from the north-west corner of web mercator's
    square. kind: the tier's place in `Tier`, with the bit SCREENED if it was fully screened.

    Args:
        signs: position, x, y (m), tier, fully_screened, by position.
    """
    steps = 2**GRID_BITS / (2 * MERCATOR_M)
    x = (signs["x"].to_numpy(np.float64) + MERCATOR_M) * steps
    y = (MERCATOR_M - signs["y"].to_numpy(np.float64)) * steps
    places = {tier.value: place for place, tier in enumerate(Tier)}
    tier = signs["tier"].map(places).to_numpy(np.uint8)
    screened = signs["fully_screened"].to_numpy(bool)
    return b"".join(
        [
            signs["position"].to_numpy("<u4").tobytes(),
            *(np.clip(axis, 0, 2**GRID_BITS - 1).astype("<u4").tobytes() for axis in (x, y)),
            (tier + SCREENED * screened).astype(np.uint8).tobytes(),
        ]
    )
