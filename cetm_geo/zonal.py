"""sites x raster -> zonal values: counts by the part of each cell, land by its true area.

The part of a cell that lies in a site is exact on the raster's own plane, never "the centre lies
inside"; within a cell its number is taken as evenly spread. What is approximate: a part on the
plane differs from the part of the cell's true area by less than tan(latitude) x cell height / 6371
km of an edge cell (1e-3 of it for 1 km cells at 80 degrees); in projected CRS the area of a cell is
the mean over its neighbours within 1 km.

Sites are taken in the order of a Hilbert curve, some hundreds at once; of these every block of the
raster is read once, and all that a site has of it is added up by arrays. Nothing of a site depends
on what it is measured beside, nor on the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cetm_geo import blocks, measure
from cetm_geo.arrays import Floats, Geometries, Indices
from cetm_geo.blocks import Mask
from cetm_geo.cellareas import CellAreas, Layout
from cetm_geo.cellparts import Edges, parts_of
from cetm_geo.cutting import hilbert_order
from cetm_geo.model import LayerSpec, RasterSpec, Source
from cetm_geo.readers.rasters import Raster
from cetm_geo.slope import Slope
from cetm_geo.summing import Totals, Work
from cetm_geo.workers import in_threads
from cetm_geo.zones import BIN, BINS, Zonal, joined_codes

__all__ = ["BIN", "BINS", "Mask", "RasterLayer", "Zonal", "measure_zones"]

_BITS_AT_ONCE = 1_000_000  # of the outlines of sites, cut by the grid


@dataclass(frozen=True, eq=False)
class RasterLayer:
    """A raster of the catalogue, or the reason in `source` why it could not be opened.

    issues: DataFrame by `tables.ISSUES`. source: one row of `tables.SOURCES`. folder, local: where
    its files were found, if they were. reason: why it has no answers, for every reader.
    """

    spec: LayerSpec
    raster: Raster | None
    source: Mapping[str, Any]
    issues: pd.DataFrame
    folder: Path | None = None
    local: Source | None = None
    reason: str = ""

    @property
    def failed(self) -> bool:
        """True if the raster could not be opened; such a layer has no answers."""
        return self.raster is None


def measure_zones(
    shapes: Any,
    raster: Raster,
    cells: RasterSpec,
    mask: Mask | None = None,
    threads: int | None = None,
) -> Zonal:
    """Zonal values of lon/lat polygons, shape (n,), in any place, in the raster or not.

    Args:
        threads: at most so many; without, as there are cores. The answer is the same.

    With a mask, amount, highest and codes are of the cells that it lets through, and found_km2 is
    land where both rasters have a value. Of a `Slope` bins are told. A site whose part of the file
    cannot be read carries the reason and no numbers.

    Raises LayerError where mask and raster do not lie on one grid.
    """
    if mask is not None:
        blocks.shift_to(mask, raster)
    placed = _on_grid(shapes, raster)
    areas = CellAreas(raster, Layout.of(raster))
    jobs = list(_jobs(placed, np.asarray(shapes, object), areas))

    def work(job: Indices) -> Totals:
        return _measured(placed[job], areas, cells, mask)

    total = Totals.none(len(placed), isinstance(raster, Slope))
    for job, found in zip(jobs, in_threads(work, jobs, threads), strict=True):
        total.put(job, found)
    return Zonal(
        amount=total.amount,
        highest=np.where(np.isneginf(total.highest), np.nan, total.highest),
        found_km2=total.found_km2,
        held_km2=total.held_km2,
        held_cells=total.held_cells,
        plane_cells=shapely.area(placed),
        odd=total.odd.astype(np.intp),
        codes=tuple(joined_codes(total.codes, len(placed))),
        bins=total.bins,
        problem=total.problem,
    )


def _on_grid(shapes: Any, raster: Raster) -> Geometries:
    """Shapes in cells: x to the right of the left edge, y downwards from the top edge.

    Shapes that the CRS has no place for become empty.
    """
    moved = measure.from_lonlat(np.asarray(shapes, dtype=object), raster.crs)
    corner, size = (raster.left, raster.top), (raster.cell_x, -raster.cell_y)
    placed = np.asarray(shapely.transform(moved, lambda xy: (xy - corner) / size), dtype=object)
    placed[~np.isfinite(shapely.bounds(placed)).all(axis=1)] = shapely.Polygon()
    return placed


def _jobs(placed: Geometries, shapes: Geometries, areas: CellAreas) -> Iterator[Indices]:
    """Sites that meet the grid, some hundreds at once, those near each other together."""
    raster, layout = areas.raster, areas.layout
    bounds = shapely.bounds(placed)
    with np.errstate(invalid="ignore"):
        meets = (bounds[:, 2] > 0) & (bounds[:, 3] > 0)
        meets &= (bounds[:, 0] < raster.width) & (bounds[:, 1] < raster.height)
    met = np.flatnonzero(meets)
    if raster.block[1] > layout.wide:  # strips: rows of the file are read as a whole
        order = met[np.argsort(bounds[met, 1], kind="stable")]
    else:
        order = met[hilbert_order(shapes[met])]
    through = np.cumsum(_costs(placed[order], raster, layout))
    start, before = 0, 0.0
    while start < len(order):
        end = max(int(np.searchsorted(through, before + _BITS_AT_ONCE, side="right")), start + 1)
        yield order[start:end]
        start, before = end, float(through[end - 1])


def _costs(placed: Geometries, raster: Raster, layout: Layout) -> Floats:
    """Into how many bits the grid cuts each outline, about, and its rows into runs of cells."""
    left, top, right, foot = shapely.bounds(placed).T
    rows = np.minimum(foot, raster.height) - np.maximum(top, 0)
    columns = np.minimum(right, raster.width) - np.maximum(left, 0)
    outline = 1.5 * shapely.length(placed) + 2 * shapely.get_num_coordinates(placed)
    return np.asarray(outline + (rows + 1) * (columns / layout.columns + 2))


def _measured(placed: Geometries, areas: CellAreas, cells: RasterSpec, mask: Mask | None) -> Totals:
    """Totals of the sites of one job."""
    raster = areas.raster
    totals = Totals.none(len(placed), isinstance(raster, Slope))
    edges = Edges.of(placed)
    with blocks.reading(raster, cells, mask) as read:
        work = Work(read, areas, cells.measure, totals)
        for rows in _bands(placed, raster, areas.layout):
            work.add(parts_of(edges, rows, raster.width))
    return totals


def _bands(placed: Geometries, raster: Raster, layout: Layout) -> Iterator[tuple[int, int]]:
    """Rows that are measured at once: all, or bands of a site that is too large for that."""
    bounds = shapely.total_bounds(placed)
    first, last = max(int(bounds[1]), 0), min(int(bounds[3]) + 1, raster.height)
    cost = float(_costs(placed, raster, layout).sum())
    wanted = (last - first) / max(cost / _BITS_AT_ONCE, 1)
    high = max(int(wanted) // layout.high, 1) * layout.high
    start = first
    while start < last:
        end = min((start // high + 1) * high, last) if wanted < last - first else last
        yield start, end
        start = end
