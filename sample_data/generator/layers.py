"""Every layer, made in the order they need each other, and the file each goes to."""

from pathlib import Path

import shapely

from . import biodiversity, community
from .biodiversity import make_kbas
from .borders import country_rows
from .cadastre import make_cadastre
from .community import make_communities
from .defects import defect_rows
from .formats import as_frame, write_csv, write_geojson, write_gpkg, write_shapefiles
from .ground import survey
from .heritage import make_heritage
from .land import make_land
from .moratorium import make_moratorium
from .parks import protected_shapes
from .places import make_settlements
from .roads import make_roads
from .seed import Row
from .titles import make_titles
from .water import make_basins, make_rivers
from .wdpa import wdpa_points, wdpa_polygons

FOLDERS = ["community", "concessions", "context", "heritage", "moratorium", "protected", "water"]
GEOJSON = {
    "cadastre": "concessions/mining_cadastre.geojson",
    "countries": "context/countries.geojson",
    "settlements": "context/settlements.geojson",
    "heritage": "heritage/cultural_sites.geojson",
    "moratorium": "moratorium/closed_areas.geojson",
    "rivers": "water/rivers.geojson",
}


def build() -> dict[str, list[Row]]:
    """Every layer as rows, by its name."""
    land = make_land()
    basins = make_basins(land)
    rivers = make_rivers(land, shapely.union_all([r["geometry"] for r in basins]))
    settlements = make_settlements(land)
    roads = make_roads(land, settlements)
    shapes, tips = protected_shapes(land)
    polygons, points = wdpa_polygons(land, shapes), wdpa_points(land)
    heritage, moratorium = make_heritage(land), make_moratorium(land, shapes)
    kbas = make_kbas(land, shapes, polygons)
    communities = make_communities(land, shapes)
    sensitive = [*polygons, *points, *kbas, *heritage, *moratorium]
    sensitive += [row for rows in communities.values() for row in rows]
    ground = survey(land, sensitive, rivers, settlements, moratorium[1]["geometry"])
    pid = {row["_key"]: row["SITE_PID"] for row in polygons}
    titles = make_titles(ground, {pid[key]: tips[key] for key in sorted(tips)})
    return communities | {
        "basins": basins,
        "cadastre": make_cadastre(land, titles, settlements),
        "countries": country_rows(land.countries),
        "heritage": heritage,
        "key_biodiversity_areas": kbas,
        "moratorium": moratorium,
        "rivers": rivers,
        "roads": roads,
        "settlements": settlements,
        "wdpa_points": points,
        "wdpa_polygons": polygons,
    }


def write_all(layers: dict[str, list[Row]], out: Path) -> None:
    """Every file, each in the format such data usually comes in."""
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
    basins = as_frame(layers["basins"])
    basins.to_parquet(out / "water/basins.parquet", geometry_encoding="WKB", index=False)
    defects = defect_rows(layers["cadastre"], layers["wdpa_polygons"])
    write_csv("file,id,defect", defects, out / "deliberate_defects.csv")
