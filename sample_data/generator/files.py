"""The file that each layer and table goes to."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from . import biodiversity, community, truth
from .defects import defect_rows
from .formats import (
    as_frame,
    write_csv,
    write_geojson,
    write_gpkg,
    write_rows,
    write_shapefiles,
    write_table,
)
from .layers import Country
from .rule_truth import rule_table
from .surfaces import write_rasters

FOLDERS = [
    "community",
    "concessions",
    "context",
    "governance",
    "heritage",
    "mines",
    "moratorium",
    "nature",
    "protected",
    "trade",
    "truth",
    "water",
]
GEOJSON = {
    "cadastre": "concessions/mining_cadastre.geojson",
    "countries": "context/countries.geojson",
    "facilities": "trade/facilities.geojson",
    "settlements": "context/settlements.geojson",
    "heritage": "heritage/cultural_sites.geojson",
    "moratorium": "moratorium/closed_areas.geojson",
    "ports": "trade/ports.geojson",
    "power_lines": "trade/power_lines.geojson",
    "railways": "trade/railways.geojson",
    "rivers": "water/rivers.geojson",
}
# File -> layer of the file -> rows.
GEOPACKAGES = {
    "community/community_lands.gpkg": {name: name for name in community.LAYERS},
    "context/roads.gpkg": {"roads": "roads"},
    "mines/mining_polygons_XKV.gpkg": {"mining_polygons": "mine_footprints"},
    "water/aqueduct40_XKV.gpkg": {"baseline_annual": "water_risk"},
}
SHAPEFILES = {
    "nature/ecoregions_2017_XKV.zip": {"Ecoregions2017": "ecoregions"},
    "nature/ifl_2020_XKV.zip": {"ifl_2020": "intact_forest"},
    "protected/key_biodiversity_areas.zip": {"key_biodiversity_areas": "key_biodiversity_areas"},
    "protected/wdpa_XKV.zip": {"wdpa_polygons": "wdpa_polygons", "wdpa_points": "wdpa_points"},
}
TABLES = {"consent": "community/consent.csv", "statements": "governance/statements.csv"}
CRS = {"key_biodiversity_areas": biodiversity.CRS}


def write_all(country: Country, out: Path) -> None:
    """Every file, each in the format such data usually comes in."""
    layers = country.layers
    for folder in FOLDERS:
        (out / folder).mkdir(parents=True, exist_ok=True)
    for name, file in GEOJSON.items():
        write_geojson(layers[name], out / file)
    for files, write in ((SHAPEFILES, write_shapefiles), (GEOPACKAGES, write_gpkg)):
        for file, parts in files.items():
            frames = {
                layer: as_frame(layers[name], CRS.get(name, "EPSG:4326"))
                for layer, name in parts.items()
            }
            write(frames, out / file)
    for name in ("basins", "basins_level_06"):
        frame = as_frame(layers[name])
        frame.to_parquet(out / f"water/{name}.parquet", geometry_encoding="WKB", index=False)
    for name, file in TABLES.items():
        write_rows(layers[name], out / file)
    defects = defect_rows(layers["cadastre"], layers["wdpa_polygons"])
    write_csv("file,id,defect", defects, out / "deliberate_defects.csv")
    write_rasters(country.cells, out)
    for name, rows in truth_tables(country).items():
        write_table(rows, out / f"truth/{name}.csv")


def truth_tables(country: Country) -> dict[str, Iterable[list[Any]]]:
    """What is in the files, summed as they were made, and what follows from it."""
    waters, cells = country.waters, country.cells
    return {
        "basins": truth.basin_truth(waters.drainage, waters.finer, cells),
        "basins_land": truth.land_truth(waters.finer, cells),
        "basins_level_06": truth.basin_truth(waters.drainage, waters.coarser, cells),
        "blocks": truth.block_truth(cells),
        "rules": rule_table(country.facts),
        "titles": truth.title_truth(cells, country.layers["cadastre"]),
    }
