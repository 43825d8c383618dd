"""Small GeoTIFFs made for one test, as their publishers write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.transform import Affine

from cetm_geo.model import LayerSpec, RasterSpec, Role, Source
from tests import made


def geotiff(
    path: Path,
    cells: Any,
    *,
    left: float = 104.0,
    top: float = 12.0,
    cell: float = 0.01,
    crs: Any = 4326,
    nodata: float | None = None,
    dtype: str = "float32",
    place: Affine | None = None,
    **more: Any,
) -> Path:
    """A GeoTIFF of `cells` (rows, columns) or (bands, rows, columns), north up."""
    array = np.asarray(cells, dtype=dtype)
    array = array[None] if array.ndim == 2 else array
    path.parent.mkdir(parents=True, exist_ok=True)
    grid = Affine(cell, 0, left, 0, -cell, top) if place is None else place
    options = {"nodata": nodata, "crs": crs, "transform": grid, **more}
    tags = options.pop("colormap", None)
    count, height, width = array.shape
    with rasterio.open(
        path, "w", driver="GTiff", dtype=dtype, count=count, height=height, width=width, **options
    ) as dataset:
        dataset.write(array)
        if tags:
            dataset.write_colormap(1, tags)
    return path


def spec(role: Role, cells: RasterSpec, path: str = "made.tif", **more: Any) -> LayerSpec:
    return LayerSpec(
        id=more.pop("id", "made"),
        role=role,
        label="Made",
        source=Source(path, **more),
        licence=made.CC0,
        raster=cells,
        as_of="2026",
    )
