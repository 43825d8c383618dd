"""Grids of single files as one grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely

from cetm_geo.errors import LayerError
from cetm_geo.readers.grids import Raster, Tile, box_of
from cetm_geo.readers.tiffs import same_number

ALIGNED = 0.05  # cells: grids whose corners lie nearer to each other's lines than this are one


def mosaic(parts: Sequence[Raster]) -> Raster:
    """Tiles as one grid. Raises LayerError naming the first tile that does not fit, and why."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    left, top = min(p.left for p in parts), max(p.top for p in parts)
    tiles = []
    for part in parts:
        tile = part.tiles[0]
        why = misfit(part, first) or _other_cells(part, first)
        if why:
            raise LayerError(
                f"{tile.shown}: {why}; {first.tiles[0].shown} has others.",
                "Give each such group of tiles a layer of its own.",
            )
        row, column = (top - part.top) / first.cell_y, (part.left - left) / first.cell_x
        tiles.append(replace(tile, row=round(row), column=round(column)))
    return replace(
        first,
        tiles=tuple(tiles),
        left=left,
        top=top,
        width=max(t.column + t.width for t in tiles),
        height=max(t.row + t.height for t in tiles),
        remarks=(*remarks_of(parts), *overlaps(tiles)),
        files=tuple(path for part in parts for path in part.files),
    )


def misfit(part: Raster, first: Raster) -> str:
    """What keeps a grid from being part of another's, or ''."""
    if not part.crs.equals(first.crs, ignore_axis_order=True):
        return f"is in {part.crs.to_string()}"
    drift = max(
        abs(part.cell_x - first.cell_x) * part.width / first.cell_x,
        abs(part.cell_y - first.cell_y) * part.height / first.cell_y,
    )
    if drift > ALIGNED:
        return f"has cells of {part.cell_x:g} x {part.cell_y:g}"
    shifts = (part.left - first.left) / first.cell_x, (first.top - part.top) / first.cell_y
    if any(abs(shift - round(shift)) > ALIGNED for shift in shifts):
        return "its grid is shifted by a part of a cell"
    return ""


def _other_cells(part: Raster, first: Raster) -> str:
    """What of a tile's cells is not as in the first, or ''."""
    scales = (part.scale, part.offset) == (first.scale, first.offset)
    faults = (
        (part.dtype != first.dtype, f"holds {part.dtype}"),
        (not same_number(part.nodata, first.nodata), f"states {part.nodata} as no data"),
        (not scales, f"states scale {part.scale:g} and offset {part.offset:g}"),
    )
    return next((text for wrong, text in faults if wrong), "")


def remarks_of(parts: Sequence[Raster]) -> tuple[str, ...]:
    """The remarks on all tiles, each once."""
    return tuple(dict.fromkeys(text for part in parts for text in part.remarks))


def overlaps(tiles: Sequence[Tile]) -> tuple[str, ...]:
    """A remark where tiles overlap."""
    boxes = np.array([box_of(tile) for tile in tiles], object)
    a, b = shapely.STRtree(boxes).query(boxes, predicate="intersects")
    shared = shapely.area(shapely.intersection(boxes[a], boxes[b])) > 0
    count = int((shared & (a < b)).sum())
    if not count:
        return ()
    return (f"{count} pairs of its tiles overlap; there the first with data counts",)
