"""Areas and sizes of grid cells on the WGS 84 ellipsoid, in closed form."""

import numpy as np

from .seed import Floats

EQUATOR_M = 6378137.0
FLATTENING = 1 / 298.257223563
ECCENTRICITY_2 = FLATTENING * (2 - FLATTENING)
ECCENTRICITY = ECCENTRICITY_2**0.5
POLE_M = EQUATOR_M * (1 - FLATTENING)


def strip_km2(south: Floats, north: Floats) -> Floats:
    """Areas between two parallels (degrees), one degree of longitude wide, in km2.

    The integral of the authalic latitude: Snyder (1987), Map Projections, formula 3-12.
    """
    low, high = np.sin(np.radians(south)), np.sin(np.radians(north))
    out: Floats = (zone(high) - zone(low)) * POLE_M**2 / 2 * np.radians(1.0) / 1e6
    return out


def zone(sine: Floats) -> Floats:
    """From the equator to a latitude of this sine, for a polar radius and a width of 1."""
    stretched = ECCENTRICITY * sine
    out: Floats = sine / (1 - stretched**2) + np.arctanh(stretched) / ECCENTRICITY
    return out


def degree_m(lat: Floats) -> tuple[Floats, Floats]:
    """Metres in a degree of longitude and of latitude, in whole millimetres."""
    squeeze = 1 - ECCENTRICITY_2 * np.sin(np.radians(lat)) ** 2
    east = np.radians(1.0) * EQUATOR_M * np.cos(np.radians(lat)) / np.sqrt(squeeze)
    north = np.radians(1.0) * EQUATOR_M * (1 - ECCENTRICITY_2) / squeeze**1.5
    return np.round(east, 3), np.round(north, 3)


NODES, WEIGHTS = np.polynomial.legendre.leggauss(8)


def ring_km2(xy: Floats) -> float:
    """Area within a closed ring of (n, 2) degrees whose edges are straight in longitude and
    latitude, in km2: the strips below its edges, by Gauss and Legendre.
    """
    lon, lat = xy.T
    along = (NODES + 1) / 2
    sines = np.sin(np.radians(lat[:-1, None] + np.diff(lat)[:, None] * along))
    below = zone(sines) @ WEIGHTS / 2 * POLE_M**2 / 2 / 1e6
    return abs(float((np.radians(np.diff(lon)) * below).sum()))
