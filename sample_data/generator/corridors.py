"""Railways to the ports abroad, and power lines between cities and plants: the cheapest ways."""

from itertools import pairwise

import numpy as np

from .grid import Grid
from .land import Land
from .noise import fractal_noise
from .roads import RoadNet, road_chains
from .seed import LonLat, Row
from .shapes import drawn_line

GRID = Grid(-18.6, -29.1, 0.03, 242, 198)
# Of ports and cities by their place in the layers: what each line joins.
RAILWAYS = [("port", 2, "city", 1), ("city", 1, "city", 4), ("city", 4, "city", 0)]
RAILWAYS += [("port", 4, "city", 0), ("city", 2, "city", 4)]
VOLTS = 220_000
FIRST_ID = 880_000_001


def make_railways(land: Land, ports: list[Row], settlements: list[Row]) -> list[Row]:
    """Lines that carry trains, in OpenStreetMap's keys."""
    places = {"port": spots(ports), "city": spots(settlements[:5])}
    net = empty_net(land)
    for number, (kind, k, other, m) in enumerate(RAILWAYS, 1):
        start, goal = (cell_at(places[a][b]) for a, b in ((kind, k), (other, m)))
        net.lay(start, {goal}, "rail", f"Line {number}")
    lines = net_lines(net, [*places["port"], *places["city"]])
    return [
        {"osm_id": FIRST_ID + i, "railway": kind, "name": ref, "gauge": "1067", "geometry": line}
        for i, (kind, ref, line) in enumerate(lines)
    ]


def make_power_lines(land: Land, settlements: list[Row], facilities: list[Row]) -> list[Row]:
    """Lines between the cities and from the plants to the nearest of them."""
    cities = spots(settlements[:5])
    plants = spots([row for row in facilities if row["COUNTRY"] == "XKV"])
    net = empty_net(land)
    for a, b in pairwise((0, 3, 1, 4, 2)):
        net.lay(cell_at(cities[a]), {cell_at(cities[b])}, "line", "")
    for plant in plants:
        if cell_at(plant) not in net.cells():
            net.lay(cell_at(plant), net.cells(), "line", "")
    lines = net_lines(net, [*cities, *plants])
    return [
        {"osm_id": FIRST_ID + 500 + i, "power": kind, "voltage": VOLTS, "geometry": line}
        for i, (kind, _, line) in enumerate(lines)
    ]


def spots(rows: list[Row]) -> list[LonLat]:
    """Longitude and latitude of points."""
    return [(row["geometry"].x, row["geometry"].y) for row in rows]


def cell_at(spot: LonLat) -> int:
    """The cell of the grid that holds a place."""
    return int(GRID.index(np.array([spot[0]]), np.array([spot[1]]))[0])


def empty_net(land: Land) -> RoadNet:
    """A net without lines: dear on steep ground, and where there is sea."""
    lon, lat = GRID.centres()
    height = land.look_up(land.flow.height, lon, lat)
    dy, dx = np.gradient(height)
    cost = 1 + np.sqrt(dx * dx + dy * dy) / 35 + np.clip(height, 0, 2500) / 900
    cost = cost + 1.2 * (1 + np.clip(fractal_noise("rail", lon, lat, 3, 3), -1, 1))
    cost = np.where(height <= 0, 300, cost)
    return RoadNet(GRID, np.round(cost.ravel(), 6).tolist())


def net_lines(net: RoadNet, places: list[LonLat]) -> list[tuple[str, str, object]]:
    """Kind, name and smooth line of each stretch; lines end at the very places they join."""
    at = {cell_at(spot): spot for spot in places}
    found: list[tuple[str, str, object]] = []
    for chain, link in road_chains(net.edges, set(at)):
        xy = np.array([at.get(c, GRID.point(c)) for c in chain])
        kind, ref = net.links[link]
        found.append((kind, ref, drawn_line(xy, 3, 0.0015)))
    return found
