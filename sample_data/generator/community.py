"""Four layers of community land; some over parks, some over each other."""

from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import shapely

from .growth import grow, pick_spot
from .land import Land
from .seed import LonLat, Row, rng_for
from .shapes import area_km2, point_on_outline

PEOPLES = [
    "Ashvéni", "Toruvai", "Melkanu", "Odrisha", "Kesumari", "Vülani", "Ñandovi", "Iskavar",
    "Ruvenko", "Thalmiri", "Ombrani", "Zerukai",
]  # fmt: skip


class Kind(NamedTuple):
    """A layer of community land: how many, how large in km2, and the name of its category."""

    number: int
    low: float
    high: float
    category: str


LAYERS = {
    "indigenous_territories": Kind(14, 60, 520, "Indigenous territory"),
    "customary_lands": Kind(30, 12, 150, "Customary land"),
    "use_agreements": Kind(40, 2.5, 26, "Community forest agreement"),
    "claimed_lands": Kind(8, 25, 210, "Claim under review"),
}
# One territory is that of people who keep away from all others, and whose name nobody knows.
ISOLATED = "Territory of people in isolation"
ISOLATED_PLACE = ("indigenous_territories", 9)
OVER_PARKS = ["np1", "ws1", "wa", "mf1", "gm", "np2", "ws2", "mf2", "pl1", "np4"]


def make_communities(land: Land, parks: dict[str, Any]) -> dict[str, list[Row]]:
    """The rows of each layer; lands of one layer keep clear of each other."""
    rng, layers = rng_for("communities"), dict[str, list[Row]]()
    before: list[LonLat] = []
    for layer, kind in LAYERS.items():
        rows: list[Row] = []
        done = None
        for k in range(kind.number):
            km2 = kind.low * (kind.high / kind.low) ** float(rng.random())
            style = ["mountain", "river", "plain"][int(rng.integers(3))]
            seed = None
            if k % 5 == 2:
                park = parks[OVER_PARKS[(k * 3 + len(layer)) % 10]]
                seed = point_on_outline(rng, park)
            elif before and k % 6 == 3:
                seed = before[int(rng.integers(len(before)))]
            if seed is None or (done and shapely.contains_xy(done.buffer(0.02), *seed)):
                seed = pick_spot(land, rng, style, km2 * 0.2, done)
            shape = grow(land, rng, seed, km2, style, avoid=done)
            done = shape if done is None else done.union(shape)
            before.append(seed)
            rows.append(community_row(rng, land, layer, k, shape))
        layers[layer] = rows
    return layers


def community_row(rng: np.random.Generator, land: Land, layer: str, k: int, shape: Any) -> Row:
    """Attributes of one community land."""
    people = PEOPLES[int(rng.integers(len(PEOPLES)))]
    if layer == "use_agreements" and rng.random() < 0.6:
        people = ""
    category = LAYERS[layer].category
    if (layer, k) == ISOLATED_PLACE:
        people, category = "", ISOLATED
    day = date(1994, 1, 1) + timedelta(days=int(rng.integers(0, 11000)))
    return {
        "code": f"{layer[:2].upper()}-{k + 1:03d}",
        "name": land.names.make("place"),
        "people": people,
        "recognised_on": "" if layer == "claimed_lands" else day.isoformat(),
        "category": category,
        "area_ha": round(area_km2(shape) * 100, 1),
        "geometry": shape,
    }
