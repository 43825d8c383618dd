"""Rivers and sub-basins."""

from typing import Any

import numpy as np
import shapely

from .flow import CELL_KM2, Flow, cut_basins
from .land import Land
from .mosaic import label_polygons
from .noise import fractal_noise
from .seed import Row
from .shapes import area_km2, drawn_line


def make_basins(land: Land) -> list[Row]:
    """Sub-basins of the country and a margin round it; they share their edges."""
    labels = cut_basins(land.flow, round(1700 / CELL_KM2))
    shapes = label_polygons(land.flow.grid, labels, 0.0025, (0.13,))
    zone = land.home.buffer(0.12)
    rows: list[Row] = []
    for label, geometry in shapes.items():
        if label > 0 and geometry.intersects(zone):
            number = 7080000000 + 10 * (len(rows) + 1)
            row = {"HYBAS_ID": number, "NAME": f"{land.names.make('river')} basin"}
            rows.append(row | {"SUB_AREA": round(area_km2(geometry), 1), "geometry": geometry})
    return rows


def make_rivers(land: Land, kept: Any) -> list[Row]:
    """River reaches inside the kept basins, and their way on to the sea."""
    stems = stem_names(land)
    reaches = river_reaches(land.flow, land.orders)
    wet = wet_cells(land, reaches, kept)
    rows: list[Row] = []
    for k, chain in enumerate(reaches):
        if chain[0] in wet and chain[1] in wet:
            row = {"HYRIV_ID": 60000001 + k, "NAME": stems[chain[0]] or None}
            row["ORD_STRA"] = min(land.orders[chain[0]], 5)
            rows.append(row | {"geometry": river_line(land, chain)})
    return rows


def river_reaches(flow: Flow, orders: dict[int, int]) -> list[list[int]]:
    """Chains of cells from head or confluence down to the next confluence or the sea."""
    feeders: dict[int, int] = {}
    for cell in orders:
        feeders[flow.receiver[cell]] = feeders.get(flow.receiver[cell], 0) + 1
    reaches = []
    for cell in orders:
        if feeders.get(cell, 0) == 1:
            continue
        chain = [cell]
        while chain[-1] in orders and (len(chain) == 1 or feeders[chain[-1]] == 1):
            chain.append(flow.receiver[chain[-1]])
        reaches.append(chain)
    return reaches


def stem_names(land: Land) -> dict[int, str]:
    """A name for every long river, kept from its mouth up along the larger branch."""
    flow, orders = land.flow, land.orders
    main: dict[int, int] = {}
    for cell in orders:
        down = flow.receiver[cell]
        if down not in main or flow.cells_above[cell] > flow.cells_above[main[down]]:
            main[down] = cell
    named: dict[int, str] = {}
    for here in flow.order:
        if here not in orders:
            continue
        down = flow.receiver[here]
        if main[down] == here and down in named:
            named[here] = named[down]
        elif flow.cells_above[here] * CELL_KM2 > 700:
            named[here] = land.names.make("river")
        else:
            named[here] = ""
    return named


def wet_cells(land: Land, reaches: list[list[int]], kept: Any) -> set[int]:
    """Cells of the reaches that rise inside a shape, and all cells on their way to the sea."""
    wet: set[int] = set()
    for chain in reaches:
        if shapely.contains_xy(kept, *land.flow.grid.point(chain[0])):
            wet.update(chain)
    for cell in reversed(land.flow.order):
        if cell in wet and cell in land.orders:
            wet.add(land.flow.receiver[cell])
    return wet


def river_line(land: Land, chain: list[int]) -> Any:
    """A reach as a gently winding line; both ends stay on the cells that reaches share."""
    xy = np.array([land.flow.grid.point(c) for c in chain])
    lon, lat = xy[:, 0].copy(), xy[:, 1].copy()
    swing = [fractal_noise(layer, lon, lat, 22, 2) for layer in ("wind x", "wind y")]
    return drawn_line(xy + 0.006 * np.stack(swing, 1), 2, 0.0007)
