"""The box round shapes that come part by part, over 180 degrees too."""

from __future__ import annotations

import numpy as np
import shapely

from cetm_geo.arrays import Geometries

_HALF = 180.0


class Bounds:
    """Grows with the shapes it is given."""

    def __init__(self) -> None:
        # Of shapes west and east of Greenwich apart: where both reach 180 degrees, the box that
        # spans it is the smaller one.
        self._sides = np.full((2, 4), np.nan)

    def add(self, shapes: Geometries) -> None:
        """Take in the parts of some shapes, in degrees; null and empty ones do not count."""
        boxes = shapely.bounds(shapely.get_parts(shapes[~shapely.is_missing(shapes)]))
        boxes = boxes[np.isfinite(boxes).all(axis=1)]
        is_east = boxes[:, 0] + boxes[:, 2] >= 0
        for side, own in enumerate((boxes[~is_east], boxes[is_east])):
            if len(own):
                self._sides[side] = _joined(np.vstack([own, self._sides[side]]))

    @property
    def box(self) -> list[float] | None:
        """West, south, east, north; west is the larger number where the shapes lie on both sides
        of 180 degrees and not of 0 (RFC 7946, 5.2). None of no shape."""
        known = self._sides[~np.isnan(self._sides).any(axis=1)]
        if not len(known):
            return None
        west, south, east, north = _joined(known).tolist()
        left, right = self._sides
        if left[0] == -_HALF and right[2] == _HALF and left[2] < right[0]:
            west, east = float(right[0]), float(left[2])
        return [west, south, east, north]


def _joined(boxes: np.ndarray) -> np.ndarray:
    """One box round boxes; not a number does not count."""
    return np.concatenate([np.nanmin(boxes[:, :2], axis=0), np.nanmax(boxes[:, 2:], axis=0)])
