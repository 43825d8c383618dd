"""Files in the fields, format and CRS in which well-known sources publish them, a few rows each.

The site is two cells of the toy country, 2 km2. HALF is its eastern cell; EAST begins one column
east of it, 0.01 degrees of the equator: 1.1132 km. Field lists are as published, mapped or not:
`name:kind` with i = 32-bit, l = 64-bit, f = float, s = text.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from tests import made, toy

SITE, HALF, EAST = toy.block(0, 0, 2, 1), toy.block(1, 0), toy.block(3, 0)
FAR = toy.block(40, 0)
COLUMN_KM = 1.11319  # 0.01 degrees of the equator: 6378.137 km x pi / 18000
EAST_POINT = shapely.Point(3 * toy.COLUMN, 0)
EAST_LINE = shapely.LineString([(3 * toy.COLUMN, -1), (3 * toy.COLUMN, 1)])
FAR_LINE = shapely.LineString([(1, -1), (1, 1)])
FAR_POINT = shapely.Point(1, 0)

_BLANK = {"i": np.int32(0), "l": np.int64(0), "f": 0.0, "s": ""}
_DTYPE = {"i": "int32", "l": "int64", "f": "float64", "s": "object"}

Row = tuple[Any, Mapping[str, Any]]  # shape, the fields that matter


def table(fields: str, rows: Sequence[Row], crs: int = 4326) -> gpd.GeoDataFrame:
    """A frame with all the fields, blank where a row does not give them; in `crs`."""
    kinds = dict(field.split(":") for field in fields.split())
    for _, given in rows:
        assert set(given) <= set(kinds), f"no such field: {set(given) - set(kinds)}"
    columns = {
        name: pd.Series([given.get(name, _BLANK[kind]) for _, given in rows], dtype=_DTYPE[kind])
        for name, kind in kinds.items()
    }
    return made.frame([shape for shape, _ in rows], **columns).to_crs(crs)


def shapefile(
    folder: Path, name: str, fields: str, rows: Sequence[Row], crs: int = 4326
) -> dict[str, Any]:
    made.write(table(fields, rows, crs), folder / f"{name}.shp")
    return {"path": f"{name}.shp"}


def geopackage(
    folder: Path, name: str, fields: str, rows: Sequence[Row], layer: str = ""
) -> dict[str, Any]:
    pyogrio.write_dataframe(table(fields, rows), folder / f"{name}.gpkg", layer=layer or name)
    return {"path": f"{name}.gpkg"}


def geojson(folder: Path, name: str, fields: str, rows: Sequence[Row]) -> dict[str, Any]:
    made.write(table(fields, rows), folder / f"{name}.geojson")
    return {"path": f"{name}.geojson"}


# --- protected areas -----------------------------------------------------------------------------

WDPA = (
    "SITE_ID:l SITE_PID:s SITE_TYPE:s NAME_ENG:s NAME:s DESIG:s DESIG_ENG:s DESIG_TYPE:s "
    "IUCN_CAT:s INT_CRIT:s REALM:s REP_M_AREA:f GIS_M_AREA:f REP_AREA:f GIS_AREA:f NO_TAKE:s "
    "NO_TK_AREA:f STATUS:s STATUS_YR:i GOV_TYPE:s GOVSUBTYPE:s OWN_TYPE:s OWNSUBTYPE:s "
    "MANG_AUTH:s MANG_PLAN:s VERIF:s METADATAID:i PRNT_ISO3:s ISO3:s SUPP_INFO:s CONS_OBJ:s "
    "INLND_WTRS:s OECM_ASMT:s"
)
WDPA_OLD = (
    "WDPAID:f WDPA_PID:s PA_DEF:s NAME:s ORIG_NAME:s DESIG:s DESIG_ENG:s DESIG_TYPE:s IUCN_CAT:s "
    "INT_CRIT:s MARINE:s REP_M_AREA:f GIS_M_AREA:f REP_AREA:f GIS_AREA:f NO_TAKE:s NO_TK_AREA:f "
    "STATUS:s STATUS_YR:i GOV_TYPE:s OWN_TYPE:s MANG_AUTH:s MANG_PLAN:s VERIF:s METADATAID:i "
    "SUB_LOC:s PARENT_ISO3:s ISO3:s SUPP_INFO:s CONS_OBJ:s"
).replace("PARENT_ISO3", "PARENT_ISO")  # a DBF cuts names after ten letters
_OLD_NAMES = {
    "SITE_ID": "WDPAID", "SITE_PID": "WDPA_PID", "SITE_TYPE": "PA_DEF", "NAME_ENG": "NAME",
    "NAME": "ORIG_NAME", "REALM": "MARINE", "PRNT_ISO3": "PARENT_ISO",
}  # fmt: skip
_OLD_WORDS = {"PA": "1", "OECM": "0", "Terrestrial": "0", "Coastal": "1", "Marine": "2"}
MAB = "UNESCO-MAB Biosphere Reserve"


def trap_site(number: int) -> Any:
    """The site of the trap of that number: two cells, ten columns from the next."""
    return toy.block(10 * number, 0, 2, 1)


@dataclass(frozen=True)
class Trap:
    """Rows of the WDPA on one site and what the screening is to say of it.

    rows: the fields that differ from a designated national park, with the cells as (column, row,
    columns, rows) from the site's corner, or "point". classes: class id -> km2.
    """

    name: str
    rows: tuple[tuple[Any, Mapping[str, Any]], ...]
    protected_km2: float
    protected_count: int
    oecm_km2: float = 0
    classes: tuple[tuple[str, float], ...] = ()


_EAST_CELL, _BOTH = (1, 0, 1, 1), (0, 0, 2, 1)
TRAPS = (
    Trap("designated", ((_EAST_CELL, {}),), 1, 1, classes=(("iucn_ii", 1),)),
    Trap("proposed", ((_EAST_CELL, {"STATUS": "Proposed"}),), 0, 0, classes=(("proposed", 1),)),
    Trap(
        "biosphere reserve",
        ((_EAST_CELL, {"DESIG_ENG": MAB}),),
        0,
        0,
        classes=(("biosphere_reserve", 1),),
    ),
    Trap("status not reported", ((_EAST_CELL, {"STATUS": "Not Reported"}),), 0, 0),
    Trap("adopted", ((_EAST_CELL, {"STATUS": "Adopted"}),), 0, 0),
    Trap("point of 0.5 km2", (("point", {"REP_AREA": 0.5}),), 0.5, 1, classes=(("iucn_ii", 0.5),)),
    Trap("point without area", (("point", {"REP_AREA": 0.0}),), 0, 0),
    Trap("marine", ((_EAST_CELL, {"REALM": "Marine"}),), 0, 0),
    Trap("coastal", ((_EAST_CELL, {"REALM": "Coastal"}),), 1, 1, classes=(("iucn_ii", 1),)),
    Trap("oecm", ((_EAST_CELL, {"SITE_TYPE": "OECM"}),), 0, 0, oecm_km2=1),
    Trap(
        "the same land twice",
        ((_EAST_CELL, {"SITE_ID": 71, "SITE_PID": "71"}), (_EAST_CELL, {"IUCN_CAT": "Ia"})),
        1,
        2,
        classes=(("iucn_ia", 1), ("iucn_ii", 1)),
    ),
    Trap(
        "two parts of one site",
        (
            ((0, 0, 1, 1), {"SITE_ID": 305092, "SITE_PID": "305092_1"}),
            (_EAST_CELL, {"SITE_ID": 305092, "SITE_PID": "305092_2"}),
        ),
        2,
        1,
        classes=(("iucn_ii", 2),),
    ),
    Trap("across a border", ((_BOTH, {"ISO3": "XTA;XTB"}),), 2, 1, classes=(("iucn_ii", 2),)),
    Trap("far away", (((5, 0, 1, 1), {}),), 0, 0),
)


def _trap_rows() -> list[Row]:
    out: list[Row] = []
    for number, trap in enumerate(TRAPS):
        for place, given in trap.rows:
            unique = {"SITE_ID": 1000 + len(out), "SITE_PID": f"{1000 + len(out)}"}
            park = {
                "SITE_TYPE": "PA", "NAME_ENG": f"Park {trap.name}", "NAME": f"Parc né {number}",
                "DESIG_ENG": "National Park", "DESIG_TYPE": "National", "IUCN_CAT": "II",
                "REALM": "Terrestrial", "STATUS": "Designated", "STATUS_YR": 1990, "ISO3": "XTA",
                "PRNT_ISO3": "XTA", "REP_AREA": 1.0,
            }  # fmt: skip
            shape: Any
            if place == "point":
                shape = shapely.MultiPoint([trap_site(number).centroid])
                park |= {"GIS_AREA": np.nan, "GIS_M_AREA": np.nan}
            else:
                shape = toy.block(10 * number + place[0], *place[1:])
            out.append((shape, {**park, **unique, **given}))
    return out


def _as_old(row: Row) -> Row:
    given = {_OLD_NAMES.get(k, k): v for k, v in row[1].items()}
    for name in ("PA_DEF", "MARINE"):
        given[name] = _OLD_WORDS[given[name]]
    return row[0], given


def wdpa(folder: Path, old: bool = False) -> dict[str, Any]:
    """The public download: a zip of three zips, each with a shapefile of points and of polygons."""
    rows = [_as_old(row) for row in _trap_rows()] if old else _trap_rows()
    fields = WDPA_OLD if old else WDPA
    stem = "WDPA_Sep2026_Public_shp"
    with zipfile.ZipFile(folder / f"{stem}.zip", "w") as outer:
        for part in range(3):
            inner = folder / f"{stem}_{part}.zip"
            with zipfile.ZipFile(inner, "w") as archive:
                for kind, dimension in (("polygons", 2), ("points", 0)):
                    chosen = [r for r in rows if shapely.get_dimensions(r[0]) == dimension]
                    _pack(
                        archive, folder / f"part_{part}", f"{stem}-{kind}", fields, chosen[part::3]
                    )
            outer.write(inner, inner.name)
            inner.unlink()
    return {"path": f"{stem}.zip", "members": ["*.zip/*polygons.shp", "*.zip/*points.shp"]}


def _pack(
    archive: zipfile.ZipFile, folder: Path, name: str, fields: str, rows: Sequence[Row]
) -> None:
    if not rows:
        return
    folder.mkdir(exist_ok=True)
    shapefile(folder, name, fields, rows)
    for file in sorted(folder.glob(f"{name}.*")):
        archive.write(file, file.name)


def kba(folder: Path) -> dict[str, Any]:
    fields = (
        "SitRecID:i Country:s ISO3:s Region:s NatName:s IntName:s SitLat:f SitLong:f SitArea:f "
        "IbaStatus:s KbaStatus:s AzeStatus:s AddedDate:s ChangeDate:s LastUpdate:s Source:s "
        "DelTxt:s DelGeom:s Shape_Leng:f Shape_Area:f"
    )
    rows = [
        (HALF, {"SitRecID": 16001, "IntName": "Upper marsh", "AzeStatus": "confirmed"}),
        (EAST, {"SitRecID": 16002, "IntName": "Lower marsh", "KbaStatus": "confirmed"}),
    ]
    return shapefile(folder, "KBAsGlobal_2025_March_POL", fields, rows)


# --- water ---------------------------------------------------------------------------------------

WEST_OF_MIDDLE, EAST_OF_MIDDLE = toy.block(-5, -5, 6, 10), toy.block(1, -5, 6, 10)


def hydrobasins(folder: Path) -> dict[str, Any]:
    fields = (
        "HYBAS_ID:f NEXT_DOWN:f NEXT_SINK:f MAIN_BAS:f DIST_SINK:f DIST_MAIN:f SUB_AREA:f "
        "UP_AREA:f PFAF_ID:i SIDE:s LAKE:i ENDO:i COAST:i ORDER_:i SORT:f"
    )
    upper = {"HYBAS_ID": 4080022780.0, "NEXT_DOWN": 4080022790.0, "DIST_MAIN": 6.6}
    lower = {"HYBAS_ID": 4080022790.0, "ENDO": 1}
    # An inland sink whose virtual connection leads to the basin beside it.
    sink = {"HYBAS_ID": 4080022800.0, "NEXT_DOWN": 4080022790.0, "ENDO": 2, "DIST_MAIN": 9.9}
    rows = [
        (WEST_OF_MIDDLE, {**upper, "SUB_AREA": 60.0, "UP_AREA": 60.0}),
        (EAST_OF_MIDDLE, {**lower, "SUB_AREA": 60.0, "UP_AREA": 120.0}),
        (FAR, {**sink, "SUB_AREA": 1.0, "UP_AREA": 1.0}),
    ]
    return shapefile(folder, "hybas_as_lev08_v1c", fields, rows)


def hydrorivers(folder: Path) -> dict[str, Any]:
    fields = (
        "HYRIV_ID:l NEXT_DOWN:l MAIN_RIV:l LENGTH_KM:f DIST_DN_KM:f DIST_UP_KM:f CATCH_SKM:f "
        "UPLAND_SKM:f ENDORHEIC:i DIS_AV_CMS:f ORD_STRA:i ORD_CLAS:i ORD_FLOW:i HYBAS_L12:f"
    )
    upper = {"HYRIV_ID": 40000001, "NEXT_DOWN": 40000002, "DIST_DN_KM": 21.5, "ORD_STRA": 3}
    lower = {"HYRIV_ID": 40000002, "CATCH_SKM": 12.5, "UPLAND_SKM": 42.5, "ORD_STRA": 3}
    land = {"CATCH_SKM": 30.0, "UPLAND_SKM": 30.0, "HYBAS_L12": 4120022780.0}
    rows: list[Row] = [(EAST_LINE, {**upper, **land}), (FAR_LINE, lower)]
    return shapefile(folder, "HydroRIVERS_v10_as", fields, rows)


def fao_basins(folder: Path) -> dict[str, Any]:
    fields = (
        "id:s MAJ_AREA:i TO_BAS:i SUB_BAS:i MAJ_BAS:i SUB_NAME:s MAJ_NAME:s SUB_AREA:i LEGEND:i"
    )
    srepok = {"SUB_BAS": 18036, "SUB_NAME": "Sre Pok", "TO_BAS": 18037, "SUB_AREA": 36}
    rows = [  # two parts of one basin, and a basin whose code is not stated
        (toy.block(-5, 0, 6, 1), {"id": "b.1", **srepok}),
        (toy.block(-5, -5, 6, 5), {"id": "b.2", **srepok}),
        (EAST_OF_MIDDLE, {"id": "b.3", "SUB_BAS": 0, "MAJ_NAME": "Mekong"}),
    ]
    return geojson(folder, "hydrobasins_asia", fields, rows)


_STRESS = ["bws", "bwd", "iav", "sev", "gtd", "rfr", "cfr", "drr", "ucw", "cep", "udw", "usa"]
_SECTORS = ["def", "agr", "che", "con", "elp", "fnb", "min", "ong", "smc", "tex"]
_MEASURED = ["raw:f", "score:f", "label:s", "cat:i"]
AQUEDUCT = " ".join(
    [
        "string_id:s aq30_id:i pfaf_id:i gid_1:s aqid:i gid_0:s name_0:s name_1:s area_km2:f",
        *(f"{i}_{m}" for i in (*_STRESS, "rri") for m in _MEASURED),
        *(
            f"w_awr_{s}_{group}_{m}"
            for s in _SECTORS
            for group in ("qan", "qal", "rrr", "tot")
            for m in (*_MEASURED, "weight_fraction:f")
        ),
    ]
)
AQUEDUCT_ROWS: list[Row] = [
    (  # one sub-basin in two provinces: two rows, one basin
        toy.block(-5, 0, 6, 1),
        {"string_id": "453000-XTY.1_1-2", "pfaf_id": 453000, "bws_cat": -1},
    ),
    (
        toy.block(-5, 2, 6, 1),
        {"string_id": "453000-XTY.2_1-2", "pfaf_id": 453000, "bws_cat": 4},
    ),
    (
        EAST_OF_MIDDLE,
        {"string_id": "454000-XTY.1_1-2", "pfaf_id": 454000, "bws_cat": -9999, "bws_raw": -9999.0},
    ),
]
_AQUEDUCT_STEM = "Aq40_Y2023D07M05"


def aqueduct_gpkg(folder: Path) -> dict[str, Any]:
    geopackage(folder, _AQUEDUCT_STEM, "pfaf_id:i bws_01_cat:i", [(FAR, {})], "baseline_monthly")
    path = folder / f"{_AQUEDUCT_STEM}.gpkg"
    pyogrio.write_dataframe(
        table(AQUEDUCT, AQUEDUCT_ROWS), path, layer="baseline_annual", append=True
    )
    return {"path": path.name, "layer": "baseline_annual"}


def aqueduct_gdb(folder: Path) -> dict[str, Any]:
    path = folder / f"{_AQUEDUCT_STEM}.gdb"
    annual = table(AQUEDUCT, AQUEDUCT_ROWS)
    pyogrio.write_dataframe(annual, path, layer="baseline_annual", driver="OpenFileGDB")
    return {"path": path.name, "layer": "baseline_annual"}


# --- communities ---------------------------------------------------------------------------------


def landmark(folder: Path) -> dict[str, Any]:
    fields = (
        "identity:s name:s form_rec:s doc_status:s stat_date:s stat_note:s country:s category:s "
        "ethncty_1:s populatn:f pop_source:s pop_year:f area_ofcl:f area_gis:f scale:s method:s "
        "data_ctrb:s data_src:s data_src_s:s data_src_l:s data_date:s add_note:s more_info:s "
        "layer:s download:s iso_code:s"
    )
    yes, no = "Acknowledged by government", "Not acknowledged by government"
    rows = [
        (HALF, {"name": "Upland", "identity": "Indigenous", "form_rec": yes}),
        (toy.block(0, 0), {"name": "Commons", "identity": "Community", "form_rec": no}),
        (FAR, {"name": "Island", "identity": "Indigenous", "form_rec": "Unknown"}),
    ]
    return geojson(folder, "landmark_v202509", fields, rows)


def raisg(folder: Path) -> dict[str, Any]:
    fields = "objectid:i pais:s categoria:s nombre:s"
    rows = [
        (HALF, {"objectid": 1, "pais": "Perú", "categoria": "TI reconocido", "nombre": "Ríos"}),
        (EAST, {"objectid": 2, "pais": "Perú", "nombre": "Selva"}),
    ]
    return shapefile(folder, "Tis_TerritoriosIndigenas", fields, rows, 4674)


def funai(folder: Path) -> dict[str, Any]:
    fields = (
        "gid:i terrai_cod:i terrai_nom:s etnia_nome:s municipio_:s uf_sigla:s superficie:f "
        "fase_ti:s modalidade:s reestudo_t:s cr:s faixa_fron:s undadm_cod:i undadm_nom:s"
    )
    rows = [
        (HALF, {"terrai_cod": 73701, "terrai_nom": "Açu", "fase_ti": "Regularizada"}),
        (toy.block(0, 0), {"terrai_cod": 73702, "terrai_nom": "Ipê", "fase_ti": "Em Estudo"}),
    ]
    return shapefile(folder, "tis_poligonais", fields, rows, 4674)


# --- mines ---------------------------------------------------------------------------------------


def maus_v2(folder: Path) -> dict[str, Any]:
    fields = "ISO3_CODE:s COUNTRY_NAME:s AREA:f"
    rows = [
        (HALF, {"ISO3_CODE": "XTY", "COUNTRY_NAME": "Toy", "AREA": 1.0}),
        (EAST, {"ISO3_CODE": "XTY", "COUNTRY_NAME": "Toy", "AREA": 1.0}),
    ]
    return geopackage(folder, "global_mining_polygons_v2", fields, rows, "mining_polygons")


def tang_werner(folder: Path) -> dict[str, Any]:
    """In World Mercator, as public code that reads it says; its companion fields are not known."""
    rows = [(HALF, {"Id": 0}), (EAST, {"Id": 0})]
    return shapefile(folder, "74548_projected polygons", "Id:i", rows, 3395)


# --- Natural Earth -------------------------------------------------------------------------------

# A country whose ISO_A3 is -99, west of column 10, and its neighbour.
COUNTRY, NEIGHBOUR = toy.block(-50, -50, 60, 100), toy.block(10, -50, 60, 100)


def natural_earth_countries(folder: Path) -> dict[str, Any]:
    fields = (
        "featurecla:s scalerank:i LABELRANK:i SOVEREIGNT:s SOV_A3:s ADM0_DIF:i LEVEL:i TYPE:s "
        "ADMIN:s ADM0_A3:s GEOU_DIF:i GEOUNIT:s GU_A3:s SU_DIF:i SUBUNIT:s SU_A3:s BRK_DIFF:i "
        "NAME:s NAME_LONG:s BRK_A3:s BRK_NAME:s BRK_GROUP:s ABBREV:s POSTAL:s FORMAL_EN:s "
        "FORMAL_FR:s NAME_CIAWF:s NOTE_ADM0:s NOTE_BRK:s NAME_SORT:s NAME_ALT:s MAPCOLOR7:i "
        "MAPCOLOR8:i MAPCOLOR9:i MAPCOLOR13:i POP_EST:f POP_RANK:i GDP_MD_EST:f POP_YEAR:i "
        "LASTCENSUS:i GDP_YEAR:i ECONOMY:s INCOME_GRP:s WIKIPEDIA:i FIPS_10_:s ISO_A2:s ISO_A3:s "
        "ISO_A3_EH:s ISO_N3:s UN_A3:s WB_A2:s WB_A3:s WOE_ID:i WOE_ID_EH:i WOE_NOTE:s "
        "ADM0_A3_IS:s ADM0_A3_US:s ADM0_A3_UN:i ADM0_A3_WB:i CONTINENT:s REGION_UN:s "
        "SUBREGION:s REGION_WB:s NAME_LEN:i LONG_LEN:i ABBREV_LEN:i TINY:i HOMEPART:i "
        "MIN_ZOOM:f MIN_LABEL:f MAX_LABEL:f"
    )
    rows = [
        (COUNTRY, {"NAME": "Côte", "ADM0_A3": "XTC", "ISO_A3": "-99", "ISO_A3_EH": "XTY"}),
        (NEIGHBOUR, {"NAME": "Nord", "ADM0_A3": "XTN", "ISO_A3": "-99", "ISO_A3_EH": "-99"}),
    ]
    return shapefile(folder, "ne_10m_admin_0_countries", fields, rows)


def natural_earth_ports(folder: Path) -> dict[str, Any]:
    fields = "scalerank:i featurecla:s name:s website:s natlscale:f"
    rows = [(EAST_POINT, {"name": "Puerto Ñ"}), (FAR_POINT, {"name": "Far"})]
    return shapefile(folder, "ne_10m_ports", fields, rows)


def natural_earth_railroads(folder: Path) -> dict[str, Any]:
    fields = (
        "rwdb_rr_id:i mult_track:i electric:i other_code:i category:i disp_scale:s add:i "
        "featurecla:s scalerank:i natlscale:f part:s continent:s"
    )
    rows = [(EAST_LINE, {"rwdb_rr_id": 1}), (FAR_LINE, {"rwdb_rr_id": 2})]
    return shapefile(folder, "ne_10m_railroads", fields, rows)


def natural_earth_roads(folder: Path) -> dict[str, Any]:
    fields = (
        "scalerank:i featurecla:s type:s sov_a3:s note:s edited:s name:s namealt:s namealtt:s "
        "routeraw:s question:i length_km:i toll:i ne_part:s label:s label2:s local:s localtype:s "
        "localalt:s labelrank:i ignore:i add:i rwdb_rd_id:i orig_fid:i prefix:s uident:i "
        "continent:s expressway:i level:s min_zoom:f min_label:f"
    )
    ferry = shapely.LineString([(2.5 * toy.COLUMN, -1), (2.5 * toy.COLUMN, 1)])
    rows = [
        (EAST_LINE, {"featurecla": "Road", "type": "Major Highway"}),
        (ferry, {"featurecla": "Ferry", "type": "Ferry Route"}),
    ]
    return shapefile(folder, "ne_10m_roads", fields, rows)


def natural_earth_places(folder: Path) -> dict[str, Any]:
    fields = (
        "scalerank:i natscale:i labelrank:i featurecla:s name:s namepar:s namealt:s diffascii:i "
        "nameascii:s adm0cap:f capalt:i capin:s worldcity:f megacity:f sov0name:s sov_a3:s "
        "adm0name:s adm0_a3:s adm1name:s iso_a2:s note:s latitude:f longitude:f changed:f "
        "namediff:i diffnote:s pop_max:i pop_min:i pop_other:i rank_max:i rank_min:i geonameid:f "
        "meganame:s ls_name:s ls_match:i checkme:i min_zoom:f"
    )
    inside = SITE.centroid
    rows = [(inside, {"name": "Ségou", "nameascii": "Segou"}), (EAST_POINT, {"name": "Kita"})]
    return shapefile(folder, "ne_50m_populated_places_simple", fields, rows)


# --- OpenStreetMap -------------------------------------------------------------------------------

_GEOFABRIK = "osm_id:s code:i fclass:s name:s"
_KEYS = "full_id:s osm_id:s osm_type:s name:s"


def osm_places(folder: Path) -> dict[str, Any]:
    rows = [
        (SITE.centroid, {"osm_id": "1", "place": "village", "name": "บ้าน"}),
        (EAST_POINT, {"osm_id": "2", "place": "hamlet"}),
        (SITE.centroid, {"osm_id": "3", "place": "locality"}),
    ]
    return geopackage(folder, "osm_extract_place", f"{_KEYS} place:s", rows)


def geofabrik_places(folder: Path) -> dict[str, Any]:
    rows = [
        (EAST_POINT, {"osm_id": "2", "fclass": "hamlet"}),
        (SITE.centroid, {"osm_id": "3", "fclass": "locality"}),
    ]
    fields = f"{_GEOFABRIK} population:l"
    return shapefile(folder, "gis_osm_places_free_1", fields, rows)


def _ways(good: str, bad: str, key: str) -> list[Row]:
    """A way that counts one column east of the site, and one across it that does not."""
    across = shapely.LineString([(toy.COLUMN, -1), (toy.COLUMN, 1)])
    return [(EAST_LINE, {"osm_id": "11", key: good}), (across, {"osm_id": "12", key: bad})]


def osm_railways(folder: Path) -> dict[str, Any]:
    rows = _ways("rail", "abandoned", "railway")
    return geopackage(folder, "osm_extract_railway", f"{_KEYS} railway:s gauge:s", rows)


def geofabrik_railways(folder: Path) -> dict[str, Any]:
    fields = f"{_GEOFABRIK} layer:l bridge:s tunnel:s"
    rows = _ways("narrow_gauge", "tram", "fclass")
    return shapefile(folder, "gis_osm_railways_free_1", fields, rows)


def osm_roads(folder: Path) -> dict[str, Any]:
    rows = _ways("track", "footway", "highway")
    return geopackage(folder, "osm_extract_highway", f"{_KEYS} highway:s surface:s", rows)


def geofabrik_roads(folder: Path) -> dict[str, Any]:
    fields = f"{_GEOFABRIK} ref:s oneway:s maxspeed:i layer:l bridge:s tunnel:s"
    rows = _ways("track_grade2", "path", "fclass")
    return shapefile(folder, "gis_osm_roads_free_1", fields, rows)


def osm_power(folder: Path) -> dict[str, Any]:
    rows = _ways("line", "pole", "power")
    return geojson(folder, "osm_extract_power", f"{_KEYS} power:s voltage:s", rows)


_PITS: list[tuple[Any, str]] = [(HALF, "quarry"), (SITE, "residential")]


def osm_quarries(folder: Path) -> dict[str, Any]:
    rows = [(s, {"osm_id": str(i), "landuse": kind}) for i, (s, kind) in enumerate(_PITS)]
    return geopackage(folder, "osm_extract_landuse", f"{_KEYS} landuse:s", rows)


def geofabrik_landuse(folder: Path) -> dict[str, Any]:
    rows = [(s, {"osm_id": str(i), "fclass": kind}) for i, (s, kind) in enumerate(_PITS)]
    return shapefile(folder, "gis_osm_landuse_a_free_1", _GEOFABRIK, rows)


# --- ground --------------------------------------------------------------------------------------


def resolve_ecoregions(folder: Path) -> dict[str, Any]:
    fields = (
        "OBJECTID:i ECO_NAME:s BIOME_NUM:f BIOME_NAME:s REALM:s ECO_BIOME_:s NNH:i ECO_ID:i "
        "SHAPE_LENG:f SHAPE_AREA:f NNH_NAME:s COLOR:s COLOR_BIO:s COLOR_NNH:s LICENSE:s"
    )
    rows = [
        (WEST_OF_MIDDLE, {"ECO_ID": 1, "ECO_NAME": "Toy moist forests", "NNH": 4}),
        (EAST_OF_MIDDLE, {"ECO_ID": 2, "ECO_NAME": "Toy dry forests", "NNH": 1}),
    ]
    return shapefile(folder, "Ecoregions2017", fields, rows)


def ifl(folder: Path) -> dict[str, Any]:
    rows = [(HALF, {"IFL_ID": "AFR_25_1"}), (EAST, {"IFL_ID": "AFR_26"})]
    return shapefile(folder, "ifl_2020", "IFL_ID:s AREA2020:f", rows)


# --- what each gives -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One published file: who makes it, how many of its rows count, what a screening says.

    rows: accepted, excluded by rule. values: indicator id -> value on the site of 2 km2; the
    layer's id is `tested`. recognised: told by its columns and its name.
    """

    name: str
    profile: str
    make: Callable[[Path], dict[str, Any]]
    rows: tuple[int, int]
    values: Mapping[str, float]
    recognised: bool = True


def _land(role: str, share: float, count: int) -> dict[str, float]:
    return {
        f"{name}_{suffix}": value
        for name in (role, "tested")
        for suffix, value in (
            ("overlap_km2", 2 * share),
            ("overlap_share", share),
            ("count", count),
        )
    }


def _basins(count: int) -> dict[str, float]:
    return {"water_basin_count": count, "tested_overlap_share": 1.0, "tested_count": count}


def _nearest(role: str, km: float = COLUMN_KM) -> dict[str, float]:
    return {f"{role}_nearest_km": km, "tested_nearest_km": km}


_MINES = _land("mine_footprint", 0.5, 1)
CASES = (
    Case("kba", "kba", kba, (2, 0), _land("key_biodiversity_area", 0.5, 1)),
    Case("hydrobasins", "hydrobasins", hydrobasins, (3, 0), _basins(2)),
    Case("hydrorivers", "hydrorivers", hydrorivers, (2, 0), _nearest("river")),
    Case("fao_basins", "fao_basins", fao_basins, (3, 0), _basins(2)),
    Case("aqueduct gpkg", "aqueduct_40", aqueduct_gpkg, (3, 0), _basins(2)),
    Case("aqueduct gdb", "aqueduct_40", aqueduct_gdb, (3, 0), _basins(2)),
    Case("landmark", "landmark", landmark, (3, 0), _land("community_land", 1.0, 2)),
    Case("raisg", "raisg", raisg, (2, 0), _land("community_land", 0.5, 1)),
    Case("funai", "funai", funai, (2, 0), _land("community_land", 1.0, 2)),
    Case("maus", "maus_v2", maus_v2, (2, 0), _MINES),
    Case("tang_werner", "tang_werner", tang_werner, (2, 0), _MINES, recognised=False),
    Case("ne countries", "natural_earth_countries", natural_earth_countries, (2, 0), {}),
    Case("ne ports", "natural_earth_ports", natural_earth_ports, (2, 0), _nearest("port")),
    Case(
        "ne railroads",
        "natural_earth_railroads",
        natural_earth_railroads,
        (2, 0),
        _nearest("railway"),
    ),
    Case("ne roads", "natural_earth_roads", natural_earth_roads, (1, 1), _nearest("road")),
    Case(
        "ne places",
        "natural_earth_places",
        natural_earth_places,
        (2, 0),
        {"tested_nearest_km": 0, "tested_count": 1},
    ),
    Case(
        "osm places",
        "osm_places",
        osm_places,
        (2, 1),
        _nearest("settlement", 0) | {"settlement_count": 1},
    ),
    Case(
        "geofabrik places",
        "osm_places",
        geofabrik_places,
        (1, 1),
        _nearest("settlement") | {"settlement_count": 0},
    ),
    Case("osm railways", "osm_railways", osm_railways, (1, 1), _nearest("railway")),
    Case("geofabrik railways", "osm_railways", geofabrik_railways, (1, 1), _nearest("railway")),
    Case("osm roads", "osm_roads", osm_roads, (1, 1), _nearest("road")),
    Case("geofabrik roads", "osm_roads", geofabrik_roads, (1, 1), _nearest("road")),
    Case("osm power", "osm_power", osm_power, (1, 1), _nearest("power")),
    Case("osm quarries", "osm_quarries", osm_quarries, (1, 1), _MINES),
    Case("geofabrik land use", "osm_quarries", geofabrik_landuse, (1, 1), _MINES),
    Case(
        "ecoregions",
        "resolve_ecoregions",
        resolve_ecoregions,
        (2, 0),
        {"tested_overlap_share": 1.0, "tested_count": 2},
    ),
    Case("ifl", "ifl", ifl, (2, 0), {"tested_overlap_km2": 1.0, "tested_overlap_share": 0.5}),
)
