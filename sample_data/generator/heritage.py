"""Cultural sites: five areas and three points."""

from datetime import date

from shapely.geometry import Point

from .growth import grow, pick_spot
from .land import Land
from .seed import Row, rng_for

# kind, style, level
SITES = [
    ("Rock Shelters", "mountain", "national"),
    ("Old Terraces", "mountain", "world"),
    ("Stone Circles", "plain", "national"),
    ("Royal Enclosure", "river", "world"),
    ("Sacred Grove", "plain", "national"),
    ("Painted Cave", "mountain", "national"),
    ("Old Ford", "river", "national"),
    ("Burial Mound", "plain", "national"),
]
AREAS = 5


def make_heritage(land: Land) -> list[Row]:
    """The sites. Each is grown, and the last three are then known by their point alone."""
    rng, rows = rng_for("heritage"), list[Row]()
    for k, (kind, style, level) in enumerate(SITES):
        lon, lat = pick_spot(land, rng, style, 20)
        shape = grow(land, rng, (lon, lat), float(rng.uniform(4, 60)), style)
        if k >= AREAS:
            shape = Point(round(lon, 6), round(lat, 6))
        row = {"ID": f"KH-{k + 1:02d}", "NAME": f"{land.names.make('place')} {kind}"}
        row |= {"LISTED_ON": date(1979 + 5 * k, 1 + k, 3 + 2 * k).isoformat(), "LEVEL": level}
        rows.append(row | {"geometry": shape})
    return rows
