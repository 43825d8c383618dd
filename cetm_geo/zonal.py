"""sites x raster -> zonal values: counts by pixel fraction, land by true cell area.

The part of each cell that lies in a site is exact in the raster's own CRS (exactextract), never
"the centre lies inside". Within a cell its number is taken as evenly spread. What is approximate:
a cell's part is a part of it on the raster's plane, which differs from the part of its true area by
less than tan(latitude) x cell height / 6371 km of an edge cell (1e-3 of it for 1 km cells at 80
degrees); parts are float32 (1e-7); in projected CRS the area of a cell is the mean over its
neighbours within 1 km.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from numpy.typing import NDArray

from cetm_geo import measure
from cetm_geo.arrays import Floats, Geometries
from cetm_geo.errors import SourceError
from cetm_geo.model import LayerSpec, Measure, RasterSpec
from cetm_geo.readers.rasters import Raster, Windows

_CELLS_AT_ONCE = 2_000_000
_NEIGHBOURS_KM = 1.0
_TOUCHED = 1e-6  # parts of a cell below this are rounding: its value is not met
_WHOLLY = 1 - 1e-6
_NEAR_CELLS = 1024  # sites are read in the order of squares of this many cells: blocks stay cached


@dataclass(frozen=True, eq=False)
class RasterLayer:
    """A raster of the catalogue, or the reason in `source` why it could not be opened.

    issues: DataFrame by `tables.ISSUES`. source: one row of `tables.SOURCES`.
    """

    spec: LayerSpec
    raster: Raster | None
    source: Mapping[str, Any]
    issues: pd.DataFrame

    @property
    def failed(self) -> bool:
        """True if the raster could not be opened; such a layer has no answers."""
        return self.raster is None


@dataclass
class _Sums:
    """What is added up over the cells of one site."""

    held_cells: float = 0.0
    held_km2: float = 0.0
    found_km2: float = 0.0
    amount: float = 0.0
    highest: float = np.nan
    odd: int = 0
    codes: dict[int, float] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class Zonal:
    """What a raster holds of each of n sites; arrays (n,).

    amount: by measure: people; km2 of the share (of the cells from the threshold on in full);
        km2 of the codes other than 0; of values, value x km2.
    highest: largest value met. codes: code -> km2, per site. found_km2: land with a value.
    nodata_share: of the land the raster reaches, what has none. covered_share: of the site, what
        the raster reaches; exactly 1 where it reaches all of it.
    odd: cells whose value is beyond the valid range or the classes; they count as no data.
    problem: why a site could not be read, or "".
    """

    amount: Floats
    highest: Floats
    found_km2: Floats
    nodata_share: Floats
    covered_share: Floats
    odd: NDArray[np.intp]
    codes: tuple[Mapping[int, float], ...]
    problem: NDArray[np.object_]


def measure_zones(shapes: Any, raster: Raster, cells: RasterSpec) -> Zonal:
    """Zonal values of lon/lat polygons, shape (n,), in any place, in the raster or not.

    A site whose part of the file cannot be read carries the reason and no numbers.
    """
    placed = _on_grid(shapes, raster)
    bounds = shapely.bounds(placed)
    near = np.nan_to_num(bounds // _NEAR_CELLS, posinf=0, neginf=0)
    sums = [_Sums() for _ in placed]
    with raster.reading() as windows:
        for i in np.lexsort((near[:, 0], near[:, 3])).tolist():
            try:
                for block in _blocks(placed[i], bounds[i], raster, windows):
                    _add(block, cells, raster, sums[i])
            except SourceError as error:
                sums[i] = _Sums(problem=str(error))
    return _zonal(sums, shapely.area(placed))


def _on_grid(shapes: Any, raster: Raster) -> Geometries:
    """Shapes in cells: x to the right of the left edge, y upwards from the top edge (so negative).

    Shapes that the CRS has no place for become empty.
    """
    moved = measure.from_lonlat(np.asarray(shapes, dtype=object), raster.crs)
    corner, size = (raster.left, raster.top), (raster.cell_x, raster.cell_y)
    placed = shapely.transform(moved, lambda xy: (xy - corner) / size)
    off = ~np.isfinite(shapely.bounds(placed)).all(axis=1)
    placed[off] = shapely.Polygon()
    return np.asarray(placed, dtype=object)


@dataclass(frozen=True)
class _Block:
    """Cells that a site has a part of, flat: value, part (0 to 1), true area, held by some file."""

    value: Floats
    part: Floats
    km2: Floats
    held: NDArray[np.bool_]


def _blocks(shape: Any, bounds: Floats, raster: Raster, windows: Windows) -> Iterator[_Block]:
    """The site's cells in strips of rows, so that no site needs the whole grid at once."""
    if not np.isfinite(bounds).all():
        return
    left, right = max(int(np.floor(bounds[0])), 0), min(int(np.ceil(bounds[2])), raster.width)
    first, last = max(int(np.floor(-bounds[3])), 0), min(int(np.ceil(-bounds[1])), raster.height)
    if left >= right:
        return
    rows = max(_CELLS_AT_ONCE // (right - left), 1)
    for row in range(first, last, rows):
        yield _block(shape, raster, windows, row, left, min(rows, last - row), right - left)


def _block(
    shape: Any, raster: Raster, windows: Windows, row: int, column: int, height: int, width: int
) -> _Block:
    number, part = _parts(shape, row, column, height, width)
    value, held = windows.read(row, column, height, width)
    km2 = np.broadcast_to(_cell_areas_km2(raster, row, column, height, width), value.shape)
    return _Block(value.ravel()[number], part, km2.ravel()[number], held.ravel()[number])


def _parts(
    shape: Any, row: int, column: int, height: int, width: int
) -> tuple[NDArray[np.int64], Floats]:
    """Numbers of the cells in a window that a shape has a part of, and the parts."""
    grid = NumPyRasterSource(
        np.broadcast_to(np.uint8(0), (height, width)),
        xmin=column,
        xmax=column + width,
        ymin=-(row + height),
        ymax=-row,
    )
    zone = {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": {}}
    found = exact_extract(grid, [zone], ["cell_id", "coverage"])[0]["properties"]
    return np.asarray(found["cell_id"], np.int64), np.asarray(found["coverage"], np.float64)


def _cell_areas_km2(raster: Raster, row: int, column: int, height: int, width: int) -> Floats:
    """True areas of a window's cells, (height, width) or, where columns are alike, (height, 1)."""
    lonlat = measure.is_lonlat(raster.crs)
    unit_km = 0.0 if lonlat else raster.crs.axis_info[0].unit_conversion_factor / measure.M_PER_KM
    plane_km2 = raster.cell_x * raster.cell_y * unit_km**2
    step = 1 if lonlat else max(int(_NEIGHBOURS_KM / np.sqrt(plane_km2)), 1)
    lines_y, down = _lines(height, step)
    lines_x, across = _lines(width, step)
    areas = measure.grid_areas_km2(
        np.asarray(raster.left + (column + lines_x) * raster.cell_x, np.float64),
        np.asarray(raster.top - (row + lines_y) * raster.cell_y, np.float64),
        raster.crs,
    )
    if lonlat:
        return areas
    areas = np.repeat(np.repeat(areas / np.outer(down, across), down, axis=0), across, axis=1)
    return np.where(np.isfinite(areas), areas, plane_km2)  # at the edge of a projection


def _lines(count: int, step: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Every step-th of the lines between `count` cells, and how many cells lie between each two."""
    lines = np.unique(np.r_[np.arange(0, count, step), count])
    return lines, np.diff(lines)


# --- what a cell says ----------------------------------------------------------------------------


def _add(block: _Block, cells: RasterSpec, raster: Raster, sums: _Sums) -> None:
    """A block's cells added to the sums of a site."""
    land = block.part * block.km2
    sums.held_cells += float(block.part[block.held].sum())
    sums.held_km2 += float(land[block.held].sum())
    scale = raster.scale if cells.scale is None else cells.scale
    offset = raster.offset if cells.offset is None else cells.offset
    value = block.value * scale + offset
    good = np.isfinite(value)
    sensible = good & _is_sensible(value, cells)
    sums.odd += int((good & ~sensible & (block.part > _TOUCHED)).sum())
    sums.found_km2 += float(land[sensible].sum())
    _METHODS[cells.measure](value[sensible], block.part[sensible], land[sensible], cells, sums)


def _is_sensible(value: Floats, cells: RasterSpec) -> NDArray[np.bool_]:
    low = -np.inf if cells.valid_min is None else cells.valid_min
    high = np.inf if cells.valid_max is None else cells.valid_max
    with np.errstate(invalid="ignore"):
        out = (value >= low) & (value <= high)
    if cells.classes:
        out &= np.isin(value, list(cells.classes))
    return np.asarray(out)


def _add_counts(value: Floats, part: Floats, land: Floats, cells: RasterSpec, sums: _Sums) -> None:
    sums.amount += float((value * part).sum())


def _add_densities(
    value: Floats, part: Floats, land: Floats, cells: RasterSpec, sums: _Sums
) -> None:
    sums.amount += float((value * land).sum())


def _add_shares(value: Floats, part: Floats, land: Floats, cells: RasterSpec, sums: _Sums) -> None:
    share = value / 100 if cells.threshold is None else value >= cells.threshold
    sums.amount += float((share * land).sum())


def _add_classes(value: Floats, part: Floats, land: Floats, cells: RasterSpec, sums: _Sums) -> None:
    codes, place = np.unique(value.astype(np.int64), return_inverse=True)
    for code, km2 in zip(codes.tolist(), np.bincount(place, weights=land).tolist(), strict=True):
        sums.codes[code] = sums.codes.get(code, 0.0) + km2
        sums.amount += km2 if code else 0.0


def _add_values(value: Floats, part: Floats, land: Floats, cells: RasterSpec, sums: _Sums) -> None:
    sums.amount += float((value * land).sum())
    met = value[part > _TOUCHED]
    if len(met):
        sums.highest = float(np.fmax(sums.highest, met.max()))


_METHODS: Mapping[Measure, Callable[[Floats, Floats, Floats, RasterSpec, _Sums], None]] = {
    Measure.COUNT: _add_counts,
    Measure.DENSITY: _add_densities,
    Measure.SHARE: _add_shares,
    Measure.CLASS: _add_classes,
    Measure.VALUE: _add_values,
}


def _zonal(sums: list[_Sums], plane_cells: Floats) -> Zonal:
    def column(name: str) -> Floats:
        return np.array([getattr(s, name) for s in sums], np.float64)

    held_km2, found_km2 = column("held_km2"), column("found_km2")
    with np.errstate(invalid="ignore", divide="ignore"):
        covered = np.nan_to_num(column("held_cells") / plane_cells)
        nodata = np.clip(1 - found_km2 / held_km2, 0, 1)
    nodata[nodata < 1 - _WHOLLY] = 0.0
    return Zonal(
        amount=column("amount"),
        highest=column("highest"),
        found_km2=found_km2,
        nodata_share=nodata,
        covered_share=np.where(covered >= _WHOLLY, 1.0, covered),
        odd=np.array([s.odd for s in sums], np.intp),
        codes=tuple(s.codes for s in sums),
        problem=np.array([s.problem for s in sums], object),
    )
