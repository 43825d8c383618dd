"""Rows as in the World Database on Protected Areas: polygons and points of 33 fields."""

from itertools import count
from typing import Any

import numpy as np
from shapely.geometry import MultiPoint

from .growth import pick_spot
from .land import Land
from .parks import FR, MF, NOT_REPORTED, NP, NR, PARKS, WS, Park, loop_in_boundary
from .seed import Row, rng_for, words
from .shapes import area_km2

WHS = "World Heritage Site (natural or mixed)"
RAMSAR = "Ramsar Site, Wetland of International Importance"
MAB = "UNESCO-MAB Biosphere Reserve"
DESIGNATIONS = [
    Park("whs", WHS, "Not Applicable", "mountain", 0, "Inscribed", 1994),
    Park("ra1", RAMSAR, NOT_REPORTED, "", 0, "Designated", 2002),
    Park("ra2", RAMSAR, NOT_REPORTED, "", 0, "Designated", 2007),
    Park("mab", MAB, "Not Applicable", "", 0, "Designated", 2010),
]
POINTS = [
    Park("pt", FR, NOT_REPORTED, "plain", 38.0, "Designated", 1966),
    Park("pt", NR, NOT_REPORTED, "mountain", 6.5, "Designated", 1967),
    Park("pt", FR, NOT_REPORTED, "river", 0.0, "Designated", 1968),
    Park("pt", NR, NOT_REPORTED, "plain", -1.0, "Designated", 1969),
]
ZONED_SITE = 900012
FIELDS = words(
    "SITE_ID SITE_PID SITE_TYPE NAME_ENG NAME DESIG DESIG_ENG DESIG_TYPE IUCN_CAT INT_CRIT REALM "
    "REP_M_AREA GIS_M_AREA REP_AREA GIS_AREA NO_TAKE NO_TK_AREA STATUS STATUS_YR GOV_TYPE "
    "GOVSUBTYPE OWN_TYPE OWNSUBTYPE MANG_AUTH MANG_PLAN VERIF METADATAID PRNT_ISO3 ISO3 SUPP_INFO "
    "CONS_OBJ INLND_WTRS OECM_ASMT"
)
LOCAL = {
    NP: "Parka Nasyonel",
    NR: "Rezérva Natüra",
    WS: "Santüar Fauna",
    MF: "Foresta Rejida",
    FR: "Rezérva Foresta",
    "Natural Monument": "Monüma Natüra",
    "Protected Landscape": "Paisa Protéja",
}
CRITERIA = {WHS: "(vii)(x)", RAMSAR: "(1)(2)(5)"}
OECM_KEEPERS = [
    "Local communities",
    "Sub-national ministry or agency",
    "Individual landowners",
]


def wdpa_polygons(land: Land, shapes: dict[str, Any]) -> list[Row]:
    """The polygon rows; the zoned park gives two rows of one site."""
    rng, rows = rng_for("wdpa"), list[Row]()
    names: dict[str, str] = {}
    sites = (n for n in count(900001) if n != ZONED_SITE)
    for park in [*PARKS, *DESIGNATIONS]:
        names[park.key] = land.names.make("river" if park.style == "river" else "hill")
        if park.key == "whs":
            names["whs"] = f"{names['np1']} Highlands"
        elif park.key == "mab":
            names["mab"] = names["np2"]
        zoned = park.key == "zone"
        site = ZONED_SITE if zoned else next(sites)
        parts = {f"{site}_A": "za", f"{site}_B": "zb"} if zoned else {str(site): park.key}
        for pid, key in parts.items():
            row = wdpa_row(rng, park, pid, names[park.key])
            area = round(area_km2(shapes[key]), 3)
            row |= {"GIS_AREA": area, "REP_AREA": round(area * rng.uniform(0.97, 1.03), 1)}
            shape = loop_in_boundary(shapes[key]) if key == "fr1" else shapes[key]
            rows.append(row | {"geometry": shape, "_key": key})
    return rows


def wdpa_points(land: Land) -> list[Row]:
    """Four sites known as points only; two of them report an area."""
    rng, rows = rng_for("wdpa points"), list[Row]()
    for site, park in enumerate(POINTS, 900061):
        lon, lat = pick_spot(land, rng, park.style, 40) if rows else (-13.93, -26.52)
        row = wdpa_row(rng, park, str(site), land.names.make("hill"))
        row |= {"REP_AREA": park.km2, "GIS_AREA": None, "GIS_M_AREA": None}
        rows.append(row | {"geometry": MultiPoint([(round(lon, 6), round(lat, 6))])})
    return rows


def wdpa_row(rng: np.random.Generator, park: Park, pid: str, name: str) -> Row:
    """One row of the 33 fields, without its areas and shape."""
    oecm = park.key.startswith("oe")
    owner = ["State", "Communal", "Not Reported"][int(rng.choice(3, p=[0.6, 0.15, 0.25]))]
    keeper = (
        OECM_KEEPERS[int(rng.integers(3))] if oecm else "Federal or national ministry or agency"
    )
    world = park.designation in (WHS, RAMSAR, MAB)
    row: Row = dict.fromkeys(FIELDS, "Not Applicable")
    row |= dict.fromkeys(words("GOVSUBTYPE OWNSUBTYPE MANG_PLAN CONS_OBJ INLND_WTRS"), NOT_REPORTED)
    row |= dict.fromkeys(words("REP_M_AREA GIS_M_AREA NO_TK_AREA"), 0.0)
    row |= {"SITE_ID": int(pid[:6]), "SITE_PID": pid, "SITE_TYPE": "OECM" if oecm else "PA"}
    row |= {"NAME_ENG": name, "NAME": name}
    row |= {"DESIG": LOCAL.get(park.designation, park.designation)}
    row |= {"DESIG_ENG": park.designation, "IUCN_CAT": park.category}
    row |= {"DESIG_TYPE": "International" if world else "Not Applicable" if oecm else "National"}
    row |= {"INT_CRIT": CRITERIA.get(park.designation, "Not Applicable"), "REALM": "Terrestrial"}
    row |= {"STATUS": park.status, "STATUS_YR": park.year}
    row |= {"GOV_TYPE": keeper, "OWN_TYPE": owner, "MANG_AUTH": "Karvela Parks Service"}
    row |= {"VERIF": "State Verified", "METADATAID": 9001, "PRNT_ISO3": "XKV"}
    row |= {"ISO3": "XKV;XKN" if park.key == "wb" else "XKV"}
    return row | {"OECM_ASMT": NOT_REPORTED if oecm else "Not Applicable"}
