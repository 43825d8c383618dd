"""What all rooms agree on: the seed, the reference day, and the types that pass between them."""

import zlib
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

SEED = 20261122
TODAY = date(2026, 11, 22)
CENTRE = (-15.05, -26.2)
KM_LON, KM_LAT = 99.9, 110.8

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
# Attributes by field name, with the shape under "geometry". A name that begins with "_" is
# for the generator alone and never written.
Row = dict[str, Any]
LonLat = tuple[float, float]
Cell = tuple[int, int]


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


def rng_for(layer: str) -> np.random.Generator:
    """A generator of its own for each layer: a change in one leaves the others as they are."""
    return np.random.default_rng([SEED, zlib.crc32(layer.encode())])
