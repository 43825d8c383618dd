"""Smelters, refineries and plants, and the minerals that each takes."""

from typing import NamedTuple

from shapely.geometry import Point

from .land import Land
from .seed import LonLat, Row


class Plant(NamedTuple):
    """A plant as planned: its kind, country, place, minerals, and how many kt it makes a year."""

    kind: str
    country: str
    place: LonLat
    minerals: str
    kilotonnes: int


PLANTS = [
    Plant("Smelter", "XKV", (-14.262, -25.814), "Copper, Cobalt", 90),
    Plant("Refinery", "XKV", (-15.671, -26.583), "Lithium", 14),
    Plant("Smelter", "XKV", (-14.523, -27.072), "Nickel, Cobalt, Platinum Group Metals", 35),
    Plant("Concentrator", "XKV", (-15.262, -25.842), "Tin, Tantalum", 6),
    Plant("Refinery", "XKV", (-14.895, -26.455), "Gold, Silver", 1),
    Plant("Alumina Refinery", "XKO", (-12.16, -26.24), "Bauxite", 620),
    Plant("Ferroalloy Works", "XKO", (-13.55, -28.45), "Manganese, Chromium, Iron Ore", 210),
    Plant("Fertiliser Works", "XKN", (-16.72, -23.86), "Phosphate", 340),
    Plant("Anode Works", "XKS", (-17.19, -28.33), "Graphite, Vanadium", 25),
    Plant("Separation Plant", "XKN", (-14.1, -23.48), "Rare Earths", 3),
]


def make_facilities(land: Land) -> list[Row]:
    """The plants, with a name and the year in which they began."""
    rows: list[Row] = []
    for number, plant in enumerate(PLANTS, 1):
        row: Row = {"FAC_ID": f"KF-{number:02d}"}
        row |= {"FAC_NAME": f"{land.names.make('place')} {plant.kind}", "FAC_TYPE": plant.kind}
        row |= {"COMMODITY": plant.minerals, "COUNTRY": plant.country, "STATUS": "Operating"}
        row |= {"CAPACITY_KT": plant.kilotonnes, "START_YEAR": 1971 + 5 * number}
        rows.append(row | {"geometry": Point(plant.place)})
    return rows
