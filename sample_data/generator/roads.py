"""Roads: the cheapest ways over the terrain between settlements and abroad."""

import heapq
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from .grid import Grid
from .land import Land
from .noise import fractal_noise
from .seed import Cell, LonLat, Row
from .shapes import drawn_line

ABROAD: list[LonLat] = [(-16.1, -24.55), (-13.1, -25.75), (-14.2, -28.0), (-16.55, -27.45)]


def edge(a: int, b: int) -> Cell:
    """The key of the stretch between two cells, whichever way it is gone."""
    return min(a, b), max(a, b)


@dataclass
class RoadNet:
    """Roads as edges between cells of a coarse grid, each with the link it was laid for."""

    grid: Grid
    cost: list[float]
    edges: dict[Cell, int] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)

    def path(self, start: int, goals: set[int]) -> list[int]:
        """Cheapest way from a cell to any goal."""
        spent, back = {start: 0.0}, {start: -1}
        heap = [(0.0, start)]
        while heap:
            so_far, here = heapq.heappop(heap)
            if here in goals:
                way = [here]
                while back[way[-1]] >= 0:
                    way.append(back[way[-1]])
                return way[::-1]
            if so_far > spent[here]:
                continue
            for near, dist in self.grid.neighbours(here):
                share = 0.15 if edge(here, near) in self.edges else 0.5
                total = so_far + dist * (self.cost[here] + self.cost[near]) * share
                if total < spent.get(near, 1e18):
                    spent[near], back[near] = total, here
                    heapq.heappush(heap, (total, near))
        raise RuntimeError("no way to any goal")

    def lay(self, start: int, goals: set[int], kind: str, ref: str) -> None:
        """Lay a road along the cheapest way; stretches already there keep their class."""
        way = self.path(start, goals - {start})
        self.links.append((kind, ref))
        for a, b in pairwise(way):
            self.edges.setdefault(edge(a, b), len(self.links) - 1)

    def cells(self) -> set[int]:
        """Cells that a road touches."""
        return {c for pair in self.edges for c in pair}


def empty_net(land: Land) -> RoadNet:
    """A net without roads: dear on steep ground, and a little uneven everywhere."""
    west, south, east, north = land.home.buffer(0.45).bounds
    step = 0.018
    grid = Grid(west, south, step, int((east - west) / step) + 1, int((north - south) / step) + 1)
    lon, lat = grid.centres()
    height = land.look_up(land.flow.height, lon, lat)
    dy, dx = np.gradient(height)
    slope = np.sqrt(dx * dx + dy * dy)
    cost = 1 + slope / 45 + np.clip(height, 0, 2500) / 1500
    cost = cost + 2.4 * (1 + np.clip(fractal_noise("road", lon, lat, 5, 4), -1, 1))
    cost = np.where(height <= 0, 500, cost)
    return RoadNet(grid, np.round(cost.ravel(), 6).tolist())


def lay_roads(net: RoadNet, cells: dict[str, list[int]]) -> None:
    """Trunk roads between cities and abroad, roads to towns, tracks to villages."""
    capital, *cities = cells["city"]
    for k, city in enumerate(cities, 1):
        net.lay(city, {capital}, "primary", f"N{k}")
    net.lay(cities[0], set(cities[1:]), "primary", "N5")
    lon, lat = np.array(ABROAD).T
    for k, start in enumerate(net.grid.index(lon, lat).tolist(), 6):
        net.lay(start, net.cells(), "primary", f"N{k}")
    for k, town in enumerate(cells["town"], 11):
        net.lay(town, net.cells(), "secondary", f"R{k}")
    for k, town in enumerate(cells["town"][::3], 31):
        net.lay(town, set(cells["town"]), "secondary", f"R{k}")
    for village in cells["village"]:
        net.lay(village, net.cells(), "track", "")


def road_chains(edges: dict[Cell, int], stops: set[int]) -> list[tuple[list[int], int]]:
    """Edges joined into chains between junctions, settlements and changes of link."""
    near: dict[int, list[int]] = {}
    for a, b in sorted(edges):
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    ends = {
        c
        for c, n in near.items()
        if len(n) != 2 or c in stops or edges[edge(c, n[0])] != edges[edge(c, n[1])]
    }
    chains, used = [], set[Cell]()
    for end in sorted(ends):
        for first in near[end]:
            if (end, first) in used:
                continue
            chain = [end, first]
            while chain[-1] not in ends:
                a, b = near[chain[-1]]
                chain.append(b if a == chain[-2] else a)
            used.add((chain[-1], chain[-2]))
            chains.append((chain, edges[edge(end, first)]))
    return chains


def make_roads(land: Land, settlements: list[Row]) -> list[Row]:
    """Roads as smooth lines that meet at junctions and settlements."""
    net = empty_net(land)
    spots = [(r["geometry"].x, r["geometry"].y) for r in settlements]
    lon, lat = np.array(spots).T
    index = net.grid.index(lon, lat).tolist()
    cells: dict[str, list[int]] = {}
    for cell, row in zip(index, settlements, strict=True):
        cells.setdefault(row["PLACE"], []).append(cell)
    lay_roads(net, cells)
    at = dict(zip(index, spots, strict=True))
    rows = []
    for chain, link in road_chains(net.edges, set(at)):
        xy = np.array([at.get(c, net.grid.point(c)) for c in chain])
        kind, ref = net.links[link]
        rows.append({"CLASS": kind, "REF": ref, "geometry": drawn_line(xy, 4, 0.0009)})
    return rows
