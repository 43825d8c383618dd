"""Labelled cells turned into polygons that share their edges exactly."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from .grid import Grid
from .seed import Floats, Ints, rng_for
from .shapes import lines_of, roughen, smooth_line


def label_lines(grid: Grid, labels: Ints) -> list[Floats]:
    """The lines between cells of different label, from node to node."""
    table = np.pad(labels.reshape(grid.ny, grid.nx), 1, constant_values=-1)
    j, i = np.nonzero(table[:, 1:] != table[:, :-1])
    upright = np.stack([np.stack([i, j - 1], 1), np.stack([i, j], 1)], 1)
    j, i = np.nonzero(table[1:, :] != table[:-1, :])
    level = np.stack([np.stack([i - 1, j], 1), np.stack([i, j], 1)], 1)
    edges: Any = shapely.linestrings(np.vstack([upright, level]).astype(float))
    merged = shapely.line_merge(shapely.multilinestrings(edges))
    return [shapely.get_coordinates(g) for g in shapely.get_parts(merged)]


def label_polygons(
    grid: Grid, labels: Ints, tolerance: float, rough: Sequence[float]
) -> dict[int, Any]:
    """A polygon for each label: smoothed, simplified, then roughened with these shares."""
    corner = np.array([grid.west, grid.south])
    rng = rng_for("edges")
    smooth = [corner + smooth_line(xy, 2) * grid.step for xy in label_lines(grid, labels)]
    curves = []
    for line in shapely.simplify(lines_of(smooth), tolerance):
        curve = shapely.get_coordinates(line)
        for share in rough:
            curve = roughen(rng, curve, share)
        curves.append(np.round(curve, 6))
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(lines_of(curves))]))
    inside = shapely.point_on_surface(faces)
    own = labels[grid.index(shapely.get_x(inside), shapely.get_y(inside))]
    found: dict[int, list[Any]] = {}
    for label, face in zip(own.tolist(), faces, strict=True):
        found.setdefault(label, []).append(face)
    return {label: shapely.union_all(parts) for label, parts in sorted(found.items())}
