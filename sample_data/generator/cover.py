"""Land cover of 2021 in the codes of ESA WorldCover, from what the other rasters hold."""

import numpy as np

from .forest import Forest, Use
from .grids import FINE, LEAF, on_leaf
from .lakes import PAN, depth
from .noise import fractal_noise
from .relief import Relief
from .seed import Floats, Ints, rng_for
from .surface_water import NO_DATA, PERMANENT

TREES, SHRUBS, GRASS, CROPS, BUILT, BARE, SNOW, WATER, SWAMP = 10, 20, 30, 40, 50, 60, 70, 80, 90
SEEN = 21  # the year of the map, as the loss years count
REGROWN = 9  # years after which a clearing is scrub
BUILT_KM2 = 700.0  # people
HIGH, SNOWY = 2700.0, 3350.0


def land_cover(
    relief: Relief, wet: Floats, people: Ints, use: Use, forest: Forest, occurrence: Ints
) -> Ints:
    """Codes on LEAF; the later lines lie on top of the earlier ones."""
    lon, lat = LEAF.centres()
    metres, damp = on_leaf(relief.metres), on_leaf(wet)
    rough = 0.1 * fractal_noise("scrub", lon, lat, 12, 3)
    found = np.where(np.round(damp + rough, 6) > 0.36, SHRUBS, GRASS)
    gone = (forest.loss > 0) & (forest.loss <= SEEN)
    found[(forest.cover >= 30) & ~gone] = TREES
    found[gone] = np.where(SEEN - forest.loss[gone] >= REGROWN, SHRUBS, GRASS)
    found[use.fields & ~gone & (forest.cover < 30)] = CROPS
    found[gone & (use.crowd > 12) & (forest.loss % 3 > 0)] = CROPS
    found[metres > HIGH] = BARE
    found[metres > SNOWY] = SNOW
    density = on_leaf(np.clip(people, 0, None) / FINE.row_km2[:, None])
    chance = rng_for("built").random(density.shape)
    found[np.round(density / BUILT_KM2, 6) > 0.4 + 1.2 * chance] = BUILT
    found[forest.mines & ((forest.loss <= SEEN) | (forest.cover < 10))] = BARE
    found[(occurrence >= 9) & (occurrence < PERMANENT)] = SWAMP
    found[(depth(PAN, lon, lat) > 0) & (occurrence < PERMANENT)] = BARE
    found[(occurrence >= PERMANENT) | (occurrence == NO_DATA)] = WATER
    return found
