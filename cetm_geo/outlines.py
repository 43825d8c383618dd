"""Outlines in short pieces, so that what lies nearest is found without measuring whole shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

MOST_VERTICES = 64  # of a piece: short enough to be measured quickly, long enough to be few


def outline_pieces(
    geometries: Any, most: int = MOST_VERTICES
) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Points, lines and the rings of polygons, lines and rings cut at their vertices.

    Args:
        geometries: array-like of shapely geometries, collections as well; None and empty give none.
        most: vertices a piece may have, at least 2; neighbours share the vertex they meet at.

    Returns the pieces, points or linestrings in the order of the geometries, and per piece the
    position of its geometry. Together the pieces are each geometry's points and boundary.
    """
    parts, owner = shapely.get_parts(np.asarray(geometries, dtype=object), return_index=True)
    while (shapely.get_type_id(parts) > 3).any():  # collections inside collections
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    kind = shapely.get_dimensions(parts)
    kind[shapely.is_empty(parts)] = -1
    rings, of_part = shapely.get_rings(parts[kind == 2], return_index=True)
    lines = np.concatenate([parts[kind == 1], rings])
    of_line = np.concatenate([owner[kind == 1], owner[kind == 2][of_part]])
    cut, of_cut = _cut(lines, most)
    pieces = np.concatenate([parts[kind == 0], cut])
    of_piece = np.concatenate([owner[kind == 0], of_line[of_cut]])
    order = np.argsort(of_piece, kind="stable")
    return pieces[order], of_piece[order]


def _cut(lines: NDArray[np.object_], most: int) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """Linestrings of at most `most` vertices, and which line each is of."""
    coords, line = shapely.get_coordinates(lines, return_index=True)
    if not len(coords):
        return np.empty(0, object), np.empty(0, np.intp)
    count = np.bincount(line, minlength=len(lines))
    place = np.arange(len(coords)) - np.repeat(np.cumsum(count) - count, count)
    joint = (place % (most - 1) == 0) & (place > 0) & (place < count[line] - 1)
    row = np.repeat(np.arange(len(coords)), 1 + joint)  # a joint ends one piece, begins the next
    begins = np.r_[True, (row[1:] == row[:-1]) | (line[row[1:]] != line[row[:-1]])]
    piece = np.cumsum(begins) - 1
    pieces = np.asarray(shapely.linestrings(coords[row], indices=piece), dtype=object)
    return pieces, line[row[begins]].astype(np.intp)
