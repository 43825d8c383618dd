"""Smooth random fields that are the same on every run."""

from functools import cache

import numpy as np

from .seed import Floats, rng_for


@cache
def noise_table(layer: str) -> Floats:
    """The random heights at the corners of the unit squares."""
    return rng_for(f"noise {layer}").random((256, 256))


def value_noise(layer: str, x: Floats, y: Floats) -> Floats:
    """Smooth noise in 0..1, one bump per unit; only sums and products, so it is repeatable."""
    table = noise_table(layer)
    i, j = np.floor(x), np.floor(y)
    fx, fy = x - i, y - j
    u = fx * fx * fx * (fx * (fx * 6 - 15) + 10)
    v = fy * fy * fy * (fy * (fy * 6 - 15) + 10)
    a, b = i.astype(np.int64) & 255, j.astype(np.int64) & 255
    c, d = (a + 1) & 255, (b + 1) & 255
    low = table[a, b] * (1 - u) + table[c, b] * u
    high = table[a, d] * (1 - u) + table[c, d] * u
    out: Floats = low * (1 - v) + high * v
    return out


def fractal_noise(layer: str, lon: Floats, lat: Floats, per_degree: float, octaves: int) -> Floats:
    """Sum of smooth noises, each twice as fine and half as strong; about -1..1."""
    total = np.zeros_like(lon)
    weight, scale = 1.0, per_degree
    for k in range(octaves):
        x, y = (lon + 40) * scale, (lat + 40) * scale * 1.1
        total += weight * (2 * value_noise(f"{layer}{k}", x + 0.8 * y, y - 0.6 * x) - 1)
        weight, scale = weight / 2, scale * 2
    return total


def stretched_noise(rng: np.random.Generator, x: Floats, y: Floats, per_degree: float) -> Floats:
    """Fractal noise drawn out in one direction, elsewhere for every shape."""
    along, shift = rng.uniform(-1, 1, 2), rng.uniform(0, 90)
    along = along / np.sqrt((along**2).sum())
    u, v = along[0] * x + along[1] * y, along[0] * y - along[1] * x
    return fractal_noise("blob", u * 0.55 + shift, v * 1.35 - shift, per_degree, 4)
