"""Sea ports, all of them in the neighbours' countries: Karvela has no coast."""

import shapely
from shapely.geometry import Point

from .land import Land
from .seed import LonLat, Row

# Country, about where, how large (0 the largest).
PORTS: list[tuple[str, LonLat, int]] = [
    ("XKN", (-16.9, -23.7), 4),
    ("XKN", (-13.9, -23.2), 6),
    ("XKO", (-12.0, -26.3), 3),
    ("XKO", (-13.3, -28.9), 5),
    ("XKS", (-17.4, -28.4), 4),
]


def make_ports(land: Land) -> list[Row]:
    """The ports, each on the nearest stretch of its country's coast, in Natural Earth's fields."""
    coast = shapely.union_all([*land.countries.values()]).boundary
    rows: list[Row] = []
    for number, (iso, near, rank) in enumerate(PORTS, 1):
        shore = coast.intersection(land.countries[iso].boundary)
        spot = shapely.shortest_line(shore, Point(near)).coords[0]
        row: Row = {"ne_id": 1700000000 + number, "scalerank": rank, "featurecla": "Port"}
        row |= {"name": land.names.make("place"), "website": "", "natlscale": 75.0 - 5 * rank}
        row |= {"ADM0_A3": iso}
        rows.append(row | {"geometry": Point(round(spot[0], 6), round(spot[1], 6))})
    return rows
