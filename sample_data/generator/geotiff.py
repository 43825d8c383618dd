"""Rasters as GeoTIFF: north up, WGS 84, tiled and compressed."""

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.transform import Affine

from .grid import Grid

BLOCK = 256


def write_geotiff(
    path: Path,
    grid: Grid,
    values: Any,
    dtype: str,
    what: str,
    nodata: float | None = None,
    overviews: bool = False,
) -> None:
    """One band; the rows of `values` run from the south."""
    lon, lat = grid.edges()
    path.unlink(missing_ok=True)
    predictor = 3 if dtype.startswith("float") else 2
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=grid.nx,
        height=grid.ny,
        count=1,
        dtype=dtype,
        crs="EPSG:4326",
        transform=Affine(grid.step, 0, float(lon[0]), 0, -grid.step, float(lat[-1])),
        nodata=nodata,
        tiled=True,
        blockxsize=BLOCK,
        blockysize=BLOCK,
        compress="DEFLATE",
        zlevel=9,
        predictor=predictor,
    ) as file:
        file.write(np.flipud(values).astype(dtype), 1)
        file.set_band_description(1, what)
        if overviews:
            file.build_overviews([2, 4, 8], Resampling.nearest)


def write_quarters(folder: Path, name: str, grid: Grid, values: Any, dtype: str, what: str) -> None:
    """The raster as four files, named by their row from the north and their column."""
    rows, columns = grid.ny // 2, grid.nx // 2
    for j, row in ((1, 1), (0, 2)):
        for i in (0, 1):
            west, south = grid.west + i * columns * grid.step, grid.south + j * rows * grid.step
            part = Grid(round(west, 6), round(south, 6), grid.step, columns, rows)
            cut = values[j * rows : (j + 1) * rows, i * columns : (i + 1) * columns]
            write_geotiff(folder / f"{name}_{row}_{i + 1}.tif", part, cut, dtype, what)
