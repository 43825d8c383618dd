"""What lies under the map of a report: rivers, roads, settlements, as licences and time allow."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from cetm_geo.model import Publish, Role
from cetm_geo.report import ground
from cetm_geo.report.content import Picture
from cetm_geo.report.locator import locator
from cetm_geo.resources import colours
from cetm_geo.store import Store
from tests import toy
from tests.states import state, titles

SITE = toy.block(0, 0, 4, 4)
RIVER, ROAD = toy.block(-3, 1, 10, 0.5).exterior, toy.block(1, -3, 0.5, 10).exterior
TOWN = shapely.centroid(toy.block(2, 2, 0.2, 0.2))


def made(folder: Path, **lines: Any) -> Store:
    """A store of a title, with rivers, roads and towns. publish: of all three."""
    publish = lines.pop("publish", Publish.PUBLIC)
    kinds = {"rivers": (Role.RIVER, [RIVER]), "roads": (Role.ROAD, [ROAD]),
             "towns": (Role.SETTLEMENT, [TOWN])}  # fmt: skip
    layers = [
        toy.layer(name, role, lines.get(name, shapes), publish=publish)
        for name, (role, shapes) in kinds.items()
    ]
    return state(folder / "store", titles({"a": SITE}), *layers)


def picture(store: Store) -> Picture:
    found = locator(store, "titles:a", SITE, [])
    assert found is not None
    return found


def towns_in(found: Picture) -> int:
    return found.svg.partition("</defs>")[2].count("<circle cx")


def test_rivers_roads_and_settlements_lie_under_the_site_with_their_keys(tmp_path: Path) -> None:
    found = picture(made(tmp_path))
    keys = {key.text: key.swatch for key in found.keys}
    assert {"River", "Road", "Settlement"} <= keys.keys()
    river = f'stroke="{colours()["light"]["map-river"]}"'
    assert river in keys["River"]
    assert found.svg.count(river) == 1
    assert found.svg.index(river) < found.svg.rindex("fill-rule")  # under the site
    assert towns_in(found) == 1
    assert "towns-name" not in found.svg  # no text of the data stands in the picture


@pytest.mark.parametrize("publish", [Publish.DERIVED_ONLY, Publish.LOCAL_ONLY])
def test_what_is_not_public_is_neither_drawn_nor_keyed(tmp_path: Path, publish: Publish) -> None:
    found = picture(made(tmp_path, publish=publish))
    assert not {"River", "Road", "Settlement"} & {key.text for key in found.keys}
    assert colours()["light"]["map-river"] not in found.svg


def test_land_full_of_lines_and_places_is_drawn_as_quickly_and_within_bounds(
    tmp_path: Path,
) -> None:
    places = np.random.default_rng(1)
    middle = shapely.get_coordinates(shapely.centroid(SITE))[0]

    def wander(corners: int) -> Any:
        steps = places.normal(0, 0.002, (corners, 2)).cumsum(axis=0) % 0.1 - 0.05
        return shapely.LineString(steps + middle)

    towns = shapely.points(places.uniform(-0.05, 0.05, (3000, 2)) + middle)
    store = made(tmp_path, rivers=[wander(60_000), *(wander(40) for _ in range(3000))],
                 towns=list(towns))  # fmt: skip
    picture(store)
    begun = time.monotonic()
    found = picture(store)
    assert time.monotonic() - begun < 1.5
    corners = found.svg.count("L")
    assert 100 < corners <= ground._VERTICES_AT_MOST + 500
    assert 0 < towns_in(found) <= ground._POINTS_AT_MOST
    assert len(found.svg) < 400_000
