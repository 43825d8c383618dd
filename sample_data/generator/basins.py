"""Basins in the fields of HydroBASINS, at two levels that nest."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from .drainage import Drainage
from .grid import Grid
from .mosaic import label_lines
from .pfafstetter import Unit, nested_units
from .rivers import Network
from .seed import Ints, Row
from .shapes import lines_of

COARSER, FINER = 6, 8  # levels


@dataclass(frozen=True)
class Basins:
    """The basins of one level: their units, the place of the next one down (-1 where none), and
    the basin of every cell (1 for the first; 0 where there is none)."""

    level: int
    units: list[Unit]
    below: list[int]
    labels: Ints

    def number(self, place: int) -> int:
        """HYBAS_ID: a region, the level, and a number."""
        return 7_000_000_000 + self.level * 10_000_000 + 10 * (place + 1)

    def chain(self, place: int) -> list[int]:
        """A basin and all that its water comes to."""
        way = [place]
        while self.below[way[-1]] >= 0:
            way.append(self.below[way[-1]])
        return way


def cut_nested(water: Drainage, home: Any, level: int) -> Basins:
    """The basins of one level: whole river basins, from source to sea, that the country touches."""
    lon, lat = water.grid.centres()
    near = shapely.contains_xy(home.buffer(water.grid.step), lon.ravel(), lat.ravel())
    mouth = water.spread({m: m for m in water.mouths})
    touched = set(np.unique(mouth[near]).tolist())
    units = [u for u in nested_units(water, level) if u.mouth in touched]
    labels = water.spread({u.outlet: k for k, u in enumerate(units, 1)})
    downs = [water.receiver[u.outlet] for u in units]
    below = [int(labels[d]) - 1 if d >= 0 else -1 for d in downs]
    if touched - {u.mouth for u in units}:
        raise RuntimeError("the country touches a basin that is part of the coast")
    return Basins(level, units, below, labels)


def basin_rows(water: Drainage, basins: Basins, net: Network, names: dict[int, str]) -> list[Row]:
    """The basins with their fields; areas to 0.1 km2 as published."""
    shapes = cell_polygons(water.grid, basins.labels)
    far = {reach.last: reach.down_km for reach in net.reaches}
    titles = basin_names(basins, net, names)
    rows: list[Row] = []
    for k, unit in enumerate(basins.units):
        mouth = basins.chain(k)[-1]
        inland = water.receiver[unit.mouth] < 0
        sinks = inland and k == mouth
        row: Row = {"HYBAS_ID": basins.number(k)}
        row["NEXT_DOWN"] = basins.number(basins.below[k]) if basins.below[k] >= 0 else 0
        row |= {"NEXT_SINK": basins.number(mouth), "MAIN_BAS": basins.number(mouth)}
        km = 0.0 if sinks else round(far[unit.outlet], 1)
        row |= {"DIST_SINK": km, "DIST_MAIN": km, "SUB_AREA": round(unit.km2, 1)}
        row |= {"UP_AREA": round(water.above_km2[unit.outlet], 1), "PFAF_ID": int(unit.code)}
        row |= {"ENDO": 2 if sinks else int(inland), "COAST": 0}
        row |= {"ORDER_": net.branch[unit.outlet], "SORT": k + 1, "NAME": titles[k]}
        rows.append(row | {"geometry": shapes[k + 1]})
    return rows


def basin_names(basins: Basins, net: Network, names: dict[int, str]) -> list[str]:
    """A basin is called by the river that leaves it, and numbered from its mouth up."""
    count: dict[str, int] = {}
    kind = " basin" if basins.level < FINER else ""
    found = []
    for unit in basins.units:
        name = names[net.stem[unit.outlet]]
        count[name] = count.get(name, 0) + 1
        found.append(f"{name}{kind} {count[name]}")
    return found


def cell_polygons(grid: Grid, labels: Ints) -> dict[int, Any]:
    """The polygon of each label above 0, along the edges of its cells; neighbours share theirs."""
    corner, step = np.array([grid.west, grid.south]), grid.step
    curves = [np.round(corner + xy * step, 6) for xy in label_lines(grid, labels)]
    straight = shapely.simplify(lines_of(curves), 0)
    faces = shapely.get_parts(shapely.polygonize(straight))
    inside = shapely.point_on_surface(faces)
    own = labels[grid.index(shapely.get_x(inside), shapely.get_y(inside))]
    found: dict[int, list[Any]] = {}
    for label, face in zip(own.tolist(), faces, strict=True):
        found.setdefault(label, []).append(face)
    return {k: as_one(parts) for k, parts in sorted(found.items()) if k > 0}


def as_one(parts: list[Any]) -> Any:
    """Parts that touch in corners at most, in a fixed order."""
    ordered = sorted((shapely.normalize(p) for p in parts), key=lambda p: p.bounds)
    whole = shapely.multipolygons(ordered) if len(ordered) > 1 else ordered[0]
    return shapely.orient_polygons(whole)
