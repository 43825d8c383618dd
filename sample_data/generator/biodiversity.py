"""Key biodiversity areas: nine round protected areas, nine elsewhere, in UTM zone 28S."""

from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

from .growth import grow, pick_spot
from .land import Land
from .parks import PARKS
from .seed import Row, rng_for
from .shapes import area_km2, tidy

CRS = "EPSG:32728"
AROUND = ["np1", "np2", "np3", "ws1", "wa", "ra1", "nr3", "mf1", "ws2"]
ELSEWHERE = [
    ("mountain", 310.0),
    ("plain", 240.0),
    ("river", 190.0),
    ("plain", 120.0),
    ("mountain", 85.0),
    ("river", 64.0),
    ("plain", 410.0),
    ("plain", 36.0),
    ("mountain", 150.0),
]


def make_kbas(land: Land, parks: dict[str, Any], wdpa: list[Row]) -> list[Row]:
    """The areas; `_lonlat` keeps their shape in degrees."""
    rng, rows = rng_for("kba"), list[Row]()
    styles = {p.key: p.style for p in PARKS} | {"ra1": "river"}
    names = {r["_key"]: r["NAME_ENG"] for r in wdpa}
    for key in AROUND:
        spot = parks[key].representative_point()
        km2 = area_km2(parks[key]) * float(rng.uniform(0.75, 1.35))
        shape = grow(land, rng, (spot.x, spot.y), km2, styles[key])
        rows.append(kba_row(len(rows), names[key], shape))
    for style, km2 in ELSEWHERE:
        shape = grow(land, rng, pick_spot(land, rng, style, km2), km2, style)
        rows.append(kba_row(len(rows), land.names.make("hill"), shape))
    return rows


def kba_row(k: int, name: str, shape: Any) -> Row:
    """One area with its attributes."""
    row: Row = {"SitRecID": 94001 + k, "Country": "Karvela", "ISO3": "XKV"}
    row |= {"Region": "South Atlantic", "NatName": name, "IntName": name}
    row["SitArea"] = round(area_km2(shape) * 100, 1)
    row["KbaStatus"] = "confirmed" if k % 6 != 5 else "candidate"
    row["AzeStatus"] = "confirmed" if k in (4, 13) else None
    row["IbaStatus"] = "confirmed" if k % 3 else None
    row["LastUpdate"] = f"{2017 + k % 8}"
    return row | {"geometry": in_utm(shape), "_lonlat": shape}


def in_utm(shape: Any) -> Any:
    """The shape in UTM, on hundredths of a metre."""
    move = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform
    return tidy(shapely.transform(shape, lambda xy: np.stack(move(xy[:, 0], xy[:, 1]), 1)), 2)
