"""What covers the ground: people, trees, water, and the rasters that tell of them."""

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from . import people, surface_water
from .cover import land_cover
from .forest import dig_and_clear, grown_forest, land_use
from .geotiff import write_geotiff, write_quarters
from .grids import COARSE, FINE, LEAF, slope_degrees
from .hazard import ground_shaking
from .land import Land
from .seed import Row
from .truth import Cells
from .water import Waters

NO_HEIGHT = -9999
FOLDERS = ["cover", "forest/treecover2000", "hazard", "people", "terrain"]


def cover_ground(
    land: Land, waters: Waters, layers: dict[str, list[Row]], parks: dict[str, Any]
) -> Cells:
    """Water, people, forest and land cover, in this order; each knows those before it."""
    relief, wet, rivers = waters.relief, waters.wet, waters.rivers
    slope = slope_degrees(FINE, relief.metres)
    occurrence = surface_water.water_occurrence(relief, slope, rivers)
    wild = shapely.union_all([s for k, s in parks.items() if k.startswith(people.WILD_KINDS)])
    free = people.habitable(relief, slope, occurrence)
    density = people.rural_density(relief, slope, wet, rivers, layers["roads"], wild)
    count = people.people_per_cell(land, relief, free, density, layers["settlements"])
    use = land_use(count, slope, wet, layers["roads"])
    grown = grown_forest(relief, slope, wet, rivers, use, occurrence)
    forest = dig_and_clear(grown, use, layers["cadastre"], wild, relief.sea)
    codes = land_cover(relief, wet, count, use, forest, occurrence)
    return Cells(count, relief, slope, forest, codes, occurrence)


def write_rasters(cells: Cells, out: Path) -> None:
    """Every raster, with the data type and the no-data value that its kind usually has."""
    for folder in FOLDERS:
        (out / folder).mkdir(parents=True, exist_ok=True)
    heights = np.where(cells.relief.sea, NO_HEIGHT, cells.relief.metres)
    write_geotiff(
        out / "terrain/elevation.tif", FINE, heights, "float32", "metres above the sea", NO_HEIGHT
    )
    write_geotiff(
        out / "people/xkv_ppp_2025.tif",
        FINE,
        cells.people,
        "float32",
        "people per cell",
        people.NO_DATA,
    )
    trees = "per cent of tree cover, 2000"
    tiles = out / "forest/treecover2000"
    write_quarters(tiles, "treecover2000", LEAF, cells.forest.cover, "uint8", trees)
    lost = "year of tree loss, 1 is 2001"
    write_geotiff(out / "forest/lossyear.tif", LEAF, cells.forest.loss, "uint8", lost)
    write_geotiff(
        out / "cover/land_cover_2021.tif",
        LEAF,
        cells.cover,
        "uint8",
        "WorldCover codes",
        nodata=0,
        overviews=True,
    )
    write_geotiff(
        out / "water/occurrence_XKV.tif",
        LEAF,
        cells.occurrence,
        "uint8",
        "per cent of the time under water",
        surface_water.NO_DATA,
    )
    shaking = ground_shaking()
    write_geotiff(out / "hazard/pga_475_XKV.tif", COARSE, shaking, "float32", "g", nodata=-1)
