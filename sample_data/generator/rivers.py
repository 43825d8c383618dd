"""River reaches in the fields of HydroRIVERS."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import shapely

from .drainage import Drainage
from .noise import fractal_noise
from .seed import Floats, Ints, Row
from .shapes import GEOD, drawn_line

LEAST_KM2 = 85.0  # a river drains at least so much
NAMED_KM2 = 300.0
SECONDS_A_YEAR = 365.25 * 86400
FIRST_ID = 60000001
LARGEST_FLOW_M3S = 100_000.0  # of ORD_FLOW 1; each further class carries a tenth


@dataclass
class Reach:
    """A reach: its cells down to the first one of the next, and what follows from them.

    `last` is the last cell that is its own, `below` the place of the next reach in the list, -1
    where there is none.
    """

    cells: list[int]
    last: int
    line: shapely.LineString
    km: float
    below: int = -1
    down_km: float = 0.0
    up_km: float = 0.0
    above: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Network:
    """The reaches of some basins, every one after the one below it, and the orders of cells."""

    reaches: list[Reach]
    strahler: dict[int, int]
    branch: dict[int, int]
    stem: dict[int, int]


def river_network(water: Drainage, labels: Ints) -> Network:
    """The reaches of labelled basins. They break at confluences and where the label changes."""
    river = {c for c in water.order if water.above_km2[c] >= LEAST_KM2 and labels[c] > 0}
    starts = {c for c in river if starts_reach(water, labels, river, c)}
    reaches = [reach_from(water, river, starts, c) for c in reversed(water.order) if c in starts]
    link(reaches)
    branch, stem = branches(water, river)
    return Network(reaches, strahler(water, river), branch, stem)


def starts_reach(water: Drainage, labels: Ints, river: set[int], cell: int) -> bool:
    """Whether a reach begins at a cell: at a head, a confluence, or another basin's edge."""
    donors = [d for d in water.donors.get(cell, []) if d in river]
    new_basin = len(donors) == 1 and labels[donors[0]] != labels[cell]
    return water.receiver[cell] >= 0 and (len(donors) != 1 or new_basin)


def reach_from(water: Drainage, river: set[int], starts: set[int], cell: int) -> Reach:
    """The cells from the first one of a reach down to that of the next, the sea or the sink."""
    cells = [cell]
    while len(cells) == 1 or (cells[-1] in river and cells[-1] not in starts):
        if water.receiver[cells[-1]] < 0:
            break
        cells.append(water.receiver[cells[-1]])
    end, line = cells[-1], river_line(water, cells)
    alone = sum(donor in river for donor in water.donors.get(end, [])) == 1
    last = end if water.receiver[end] < 0 and not water.sea[end] and alone else cells[-2]
    return Reach(cells, last, line, GEOD.geometry_length(line) / 1000)


def river_line(water: Drainage, cells: list[int]) -> shapely.LineString:
    """A gently winding line; both ends stay where other reaches share them."""
    xy = np.array([water.grid.point(c) for c in cells])
    lon, lat = xy[:, 0].copy(), xy[:, 1].copy()
    swing = [fractal_noise(layer, lon, lat, 60, 2) for layer in ("bend x", "bend y")]
    return drawn_line(xy + 0.0012 * np.stack(swing, 1), 2, 0.0003)


def link(reaches: list[Reach]) -> None:
    """What lies below and above each reach, and how far it is to the mouth and to the source."""
    place = {reach.cells[0]: k for k, reach in enumerate(reaches)}
    for k, reach in enumerate(reaches):
        reach.below = place.get(reach.cells[-1], -1)
        if reach.below >= 0:
            below = reaches[reach.below]
            reach.down_km = below.down_km + below.km
            below.above.append(k)
    for reach in reversed(reaches):
        reach.up_km = reach.km + max((reaches[k].up_km for k in reach.above), default=0.0)


def strahler(water: Drainage, river: set[int]) -> dict[int, int]:
    """Strahler order of every cell of a river."""
    found: dict[int, int] = {}
    for here in water.order:
        if here in river:
            feeding = sorted(found[d] for d in water.donors.get(here, []) if d in river)
            top = feeding[-1] if feeding else 1
            found[here] = top + 1 if feeding[-2:] == [top, top] else top
    return found


def branches(water: Drainage, river: set[int]) -> tuple[dict[int, int], dict[int, int]]:
    """How many times one turns off the main stem, from 1, and the lowest cell of each stem."""
    branch: dict[int, int] = {}
    stem: dict[int, int] = {}
    for here in reversed(water.order):
        if here not in river:
            continue
        down = water.receiver[here]
        if down in branch and water.donors[down][0] == here:
            branch[here], stem[here] = branch[down], stem[down]
        else:
            branch[here], stem[here] = branch.get(down, 0) + 1, here
    return branch, stem


def stem_names(water: Drainage, net: Network, names: Iterable[str]) -> dict[int, str]:
    """A name for each long river by the lowest cell of its stem, the largest first."""
    stems = {s for s in net.stem.values() if water.above_km2[s] >= NAMED_KM2}
    ranked = sorted(stems, key=lambda s: (-water.above_km2[s], s))
    return dict(zip(ranked, names, strict=False))


def river_rows(
    water: Drainage, net: Network, names: dict[int, str], basin: dict[int, int], runoff: Floats
) -> list[Row]:
    """The reaches with their fields. `basin`: HYBAS_ID by reach cell; `runoff`: mm by cell."""
    flow = water.gathered(water.km2 * runoff * 1000 / SECONDS_A_YEAR)
    main: list[int] = []
    rows: list[Row] = []
    for k, reach in enumerate(net.reaches):
        main.append(k if reach.below < 0 else main[reach.below])
        upland, m3s = water.above_km2[reach.last], flow[reach.last]
        own = upland - sum(water.above_km2[net.reaches[a].last] for a in reach.above)
        inland = not water.sea[net.reaches[main[k]].cells[-1]]
        row: Row = {"HYRIV_ID": FIRST_ID + k}
        row["NEXT_DOWN"] = FIRST_ID + reach.below if reach.below >= 0 else 0
        row |= {"MAIN_RIV": FIRST_ID + main[k], "LENGTH_KM": round(reach.km, 2)}
        row |= {"DIST_DN_KM": round(reach.down_km, 1), "DIST_UP_KM": round(reach.up_km, 1)}
        row |= {"CATCH_SKM": round(own, 2), "UPLAND_SKM": round(upland, 1)}
        row |= {"ENDORHEIC": int(inland), "DIS_AV_CMS": round(m3s, 3)}
        row |= {"ORD_STRA": net.strahler[reach.last], "ORD_CLAS": net.branch[reach.last]}
        row |= {"ORD_FLOW": flow_class(m3s), "HYBAS_L12": basin[reach.cells[0]]}
        name = names.get(net.stem[reach.cells[0]])
        rows.append(row | {"NAME": name, "geometry": reach.line})
    return rows


def flow_class(m3s: float) -> int:
    """ORD_FLOW: 1 from 100,000 m3/s, one more for each tenth of it, at most 10."""
    found, least = 1, LARGEST_FLOW_M3S
    while m3s < least and found < 10:
        found, least = found + 1, least / 10
    return found
