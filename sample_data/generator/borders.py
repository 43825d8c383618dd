"""The four countries. Borders follow small valleys, and neighbours share theirs exactly."""

from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from .flow import Flow, cut_basins
from .grid import window_counts
from .mosaic import label_polygons
from .noise import fractal_noise
from .seed import CENTRE, Bools, Ints, Row
from .shapes import polygons

COUNTRIES = {"XKV": "Karvela", "XKN": "Norvath", "XKO": "Ostrelle", "XKS": "Suldamar"}


def country_labels(flow: Flow) -> Ints:
    """Which country each cell is in: whole small valleys, so borders follow the divides."""
    guess = country_guess(flow)
    valley = cut_basins(flow, 14)
    votes = np.zeros((valley.max() + 1, 5), dtype=np.int64)
    np.add.at(votes, (valley, guess.ravel()), 1)
    label: Ints = np.where(valley == 0, 0, votes.argmax(axis=1)[valley])
    for _ in range(2):
        label = majority(label.reshape(flow.grid.ny, flow.grid.nx)).ravel()
    return label


def country_guess(flow: Flow) -> Ints:
    """The countries by their position alone; the sea is not left out yet."""
    lon, lat = flow.grid.centres()
    wlon = lon + 0.16 * fractal_noise("border x", lon, lat, 1.5, 4)
    wlat = lat + 0.16 * fractal_noise("border y", lon, lat, 1.5, 4)
    u, v = (wlon - CENTRE[0]) / 1.42, (wlat - CENTRE[1] - 0.06) / 1.26
    bulge = 0.16 * u * v + 0.1 * (u**3 - 3 * u * v * v) / (1 + u * u + v * v)
    home: Bools = np.sqrt(np.sqrt(u**4 + v**4)) + bulge < 1
    abroad = np.where(v > 0.35 + 0.35 * u, 2, np.where(u > -0.1, 3, 4))
    out: Ints = np.where(home, 1, abroad)
    return out


def majority(labels: Ints) -> Ints:
    """The commonest land label round each cell; takes thin fingers off. Sea stays sea."""
    count = int(labels.max())
    near = [window_counts((labels == k).astype(np.int64), 2) for k in range(1, count + 1)]
    out: Ints = np.where(labels == 0, 0, np.stack(near).argmax(axis=0) + 1)
    return out


def make_countries(flow: Flow) -> dict[str, Any]:
    """The four countries as polygons by code; small islands dropped."""
    found = label_polygons(flow.grid, country_labels(flow), 0.004, (0.24, 0.2, 0.14))
    home, *others = COUNTRIES
    result: dict[str, Any] = {}
    mainland = max(polygons(found[1]), key=lambda p: p.area)
    result[home] = Polygon(mainland.exterior)
    for label, code in enumerate(others, 2):
        parts = sorted(polygons(found[label]), key=lambda p: -p.area)
        keep = [p for p in parts if p.area > 0.004][:12]
        shape = MultiPolygon(keep) if len(keep) > 1 else keep[0]
        result[code] = shape.difference(result[home])
    return result


def country_rows(countries: dict[str, Any]) -> list[Row]:
    """The countries with their names."""
    return [
        {"ISO3": code, "NAME": name, "geometry": shapely.orient_polygons(countries[code])}
        for code, name in COUNTRIES.items()
    ]
