"""Every layer, made in the order they need each other, and the file each goes to."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import biodiversity, community, truth
from .biodiversity import make_kbas
from .borders import country_rows
from .cadastre import make_cadastre
from .community import make_communities
from .courses import course_rows
from .defects import defect_rows
from .formats import as_frame, write_csv, write_geojson, write_gpkg, write_shapefiles, write_table
from .ground import survey
from .heritage import make_heritage
from .land import make_land
from .moratorium import make_moratorium
from .parks import protected_shapes
from .places import make_settlements
from .roads import make_roads
from .seed import Row
from .surfaces import cover_ground, write_rasters
from .titles import make_titles
from .truth import Cells
from .water import Waters, make_waters
from .wdpa import wdpa_points, wdpa_polygons

FOLDERS = [
    "community",
    "concessions",
    "context",
    "heritage",
    "moratorium",
    "protected",
    "truth",
    "water",
]
GEOJSON = {
    "cadastre": "concessions/mining_cadastre.geojson",
    "countries": "context/countries.geojson",
    "settlements": "context/settlements.geojson",
    "heritage": "heritage/cultural_sites.geojson",
    "moratorium": "moratorium/closed_areas.geojson",
    "rivers": "water/rivers.geojson",
}
RIVER_NAMES = 198


@dataclass(frozen=True)
class Country:
    """All that is written: the rows of every layer by its name, the waters, and the rasters."""

    layers: dict[str, list[Row]]
    waters: Waters
    cells: Cells


def build() -> Country:
    """The whole country."""
    land = make_land()
    names = [land.names.make("river") for _ in range(RIVER_NAMES)]
    settlements = make_settlements(land)
    roads = make_roads(land, settlements)
    shapes, tips = protected_shapes(land)
    polygons, points = wdpa_polygons(land, shapes), wdpa_points(land)
    heritage, moratorium = make_heritage(land), make_moratorium(land, shapes)
    kbas = make_kbas(land, shapes, polygons)
    communities = make_communities(land, shapes)
    sensitive = [*polygons, *points, *kbas, *heritage, *moratorium]
    sensitive += [row for rows in communities.values() for row in rows]
    courses = course_rows(land.flow, land.orders)
    ground = survey(land, sensitive, courses, settlements, moratorium[1]["geometry"])
    pid = {row["_key"]: row["SITE_PID"] for row in polygons}
    titles = make_titles(ground, {pid[key]: tips[key] for key in sorted(tips)})
    waters = make_waters(land, names)
    layers = communities | {
        "basins": waters.finer_rows,
        "basins_level_06": waters.coarser_rows,
        "cadastre": make_cadastre(land, titles, settlements),
        "countries": country_rows(land.countries),
        "heritage": heritage,
        "key_biodiversity_areas": kbas,
        "moratorium": moratorium,
        "rivers": waters.rivers,
        "roads": roads,
        "settlements": settlements,
        "wdpa_points": points,
        "wdpa_polygons": polygons,
    }
    return Country(layers, waters, cover_ground(land, waters, layers, shapes))


def write_all(country: Country, out: Path) -> None:
    """Every file, each in the format such data usually comes in."""
    layers = country.layers
    for folder in FOLDERS:
        (out / folder).mkdir(parents=True, exist_ok=True)
    for name, file in GEOJSON.items():
        write_geojson(layers[name], out / file)
    wdpa = {name: as_frame(layers[name]) for name in ("wdpa_polygons", "wdpa_points")}
    write_shapefiles(wdpa, out / "protected/wdpa_XKV.zip")
    kbas = as_frame(layers["key_biodiversity_areas"], biodiversity.CRS)
    kba_file = out / "protected/key_biodiversity_areas.zip"
    write_shapefiles({"key_biodiversity_areas": kbas}, kba_file)
    lands = {name: as_frame(layers[name]) for name in community.LAYERS}
    write_gpkg(lands, out / "community/community_lands.gpkg")
    write_gpkg({"roads": as_frame(layers["roads"])}, out / "context/roads.gpkg")
    for name in ("basins", "basins_level_06"):
        frame = as_frame(layers[name])
        frame.to_parquet(out / f"water/{name}.parquet", geometry_encoding="WKB", index=False)
    defects = defect_rows(layers["cadastre"], layers["wdpa_polygons"])
    write_csv("file,id,defect", defects, out / "deliberate_defects.csv")
    write_rasters(country.cells, out)
    for name, rows in truth_tables(country).items():
        write_table(rows, out / f"truth/{name}.csv")


def truth_tables(country: Country) -> dict[str, Iterable[list[Any]]]:
    """What is in the files, summed as they were made."""
    waters, cells = country.waters, country.cells
    return {
        "basins": truth.basin_truth(waters.drainage, waters.finer, cells),
        "basins_land": truth.land_truth(waters.finer, cells),
        "basins_level_06": truth.basin_truth(waters.drainage, waters.coarser, cells),
        "blocks": truth.block_truth(cells),
        "titles": truth.title_truth(cells, country.layers["cadastre"]),
    }
