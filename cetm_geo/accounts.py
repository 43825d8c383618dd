"""The books of every overlay: what pieces cover and what they leave out must come to the site."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Flags, Floats, Geometries, Indices, Texts, sums
from cetm_geo.clips import AROUND, CLIPPED, INSIDE, Clips, Units, dissolved, outlines, robust
from cetm_geo.errors import Unbalanced
from cetm_geo.pieces import Pieces
from cetm_geo.settling import on_grid

BALANCED = 1e-9  # of a site's area; what covered and left out may differ by from the whole
_CRUMB_KM2 = 1e-8  # a square decimetre: what the last bits of degrees along an outline come to
_PIECES_AT_MOST = 100  # of a site; a larger one is balanced piece by piece


@dataclass(frozen=True)
class Accounts:
    """How pairs of sites and pieces were settled, and the books over them.

    by_area: settled by a stored area. clipped: by an intersection. dropped: intersections that left
    lines or points, which cover nothing. balanced: sites (or pieces of large sites) whose books
    were made; worst: the largest difference found beyond a square decimetre, as a share.
    """

    by_area: int = 0
    clipped: int = 0
    dropped: int = 0
    balanced: int = 0
    worst: float = 0.0

    @staticmethod
    def of(clips: Clips) -> Accounts:
        """The counts of some clips, their books not yet made."""
        by_area = int(np.isin(clips.how, (INSIDE, AROUND)).sum())
        return Accounts(by_area, int((clips.how == CLIPPED).sum()), clips.dropped)

    def __add__(self, other: Accounts) -> Accounts:
        return Accounts(
            self.by_area + other.by_area,
            self.clipped + other.clipped,
            self.dropped + other.dropped,
            self.balanced + other.balanced,
            max(self.worst, other.worst),
        )


def check_least(km2: Floats, least: Floats, site_ids: Texts, layer_id: str) -> None:
    """Raises Unbalanced where an overlap is larger than its site or its feature."""
    over = np.flatnonzero(km2 > least * (1 + BALANCED) + _CRUMB_KM2)
    if len(over):
        i = over[0]
        raise _unbalanced(site_ids[i], layer_id, f"they share {km2[i]:.9f} of {least[i]:.9f} km2")


def balance(
    land: Land, taken: Geometries, covered_km2: Floats, units: Units, ids: Texts, layer_id: str
) -> Accounts:
    """Holds what is covered of units against what is left of them without the pieces.

    Args:
        land: the whole pieces about each unit, not what was clipped of them: a clip that is wrong
            shows, too. taken: each run of them as one shape. covered_km2: what they cover of each
            unit, as summed. ids: of the sites.

    Where outlines all but coincide GEOS may err in the book and not in the overlay: what is off is
    looked at again with corners rounded to a tenth of a micrometre.

    Raises Unbalanced, with the site and the layer, where they do not come to the unit's area.
    """
    units_of, area = units.shapes[land.rows], units.area_km2[land.rows]
    left = measure.area_km2(robust(shapely.difference, units_of, taken))
    off = np.abs(covered_km2 + left - area)
    for i in np.flatnonzero(_is_off(off, area)).tolist():
        again = on_grid(shapely.difference, units_of[i], on_grid(shapely.union_all, land.run(i)))
        off[i] = abs(covered_km2[i] + measure.area_km2([again])[0] - area[i])
    _check(off, area, ids[units.site_row[land.rows]], layer_id)
    return Accounts(balanced=len(area), worst=_worst(off, area))


@dataclass(frozen=True)
class Land:
    """Shapes in runs: those of each of some units, one after the other.

    rows: positions of the units, rising. starts: where the run of each begins.
    """

    shapes: Geometries
    rows: Indices
    starts: Indices

    @staticmethod
    def of(shapes: Geometries, unit: Indices) -> Land:
        """Shapes sorted by their unit."""
        return Land(shapes, *np.unique(unit, return_index=True))

    def run(self, i: int) -> Geometries:
        """The shapes of one unit."""
        return self.shapes[slice(*np.r_[self.starts, len(self.shapes)][i : i + 2])]

    def united(self) -> Geometries:
        """The union of each run."""
        out = self.shapes[self.starts]
        for i in np.flatnonzero(np.diff(np.r_[self.starts, len(self.shapes)]) > 1).tolist():
            out[i] = on_grid(shapely.union_all, self.run(i))
        return out


def balance_once(clips: Clips, units: Units, pieces: Pieces, ids: Texts, layer_id: str) -> Accounts:
    """The books of land once: of each unit, or of each piece where a unit meets very many."""
    count = np.bincount(clips.unit, minlength=len(units.shapes))
    whole = np.zeros(len(units.shapes), bool)
    whole[clips.unit[clips.how == AROUND]] = True
    few = clips.take(((count <= _PIECES_AT_MOST) & ~whole)[clips.unit] & (clips.km2 > 0))
    few = few.take(np.argsort(few.unit, kind="stable"))
    land = Land.of(outlines(few, pieces), few.unit)
    covered = sums(few.km2, few.unit, len(units.shapes))[land.rows]
    whole_km2 = sums(pieces.area_km2[few.piece], few.unit, len(units.shapes))[land.rows]
    taken = dissolved(land.shapes, land.starts, whole_km2)
    cut = clips.take((clips.how == CLIPPED) & (count > _PIECES_AT_MOST)[clips.unit])
    return balance(land, taken, covered, units, ids, layer_id) + _balance_pieces(
        cut, units, pieces, ids, layer_id
    )


def _balance_pieces(
    clips: Clips, units: Units, pieces: Pieces, ids: Texts, layer_id: str
) -> Accounts:
    area, shapes = pieces.area_km2[clips.piece], outlines(clips, pieces)
    beyond = robust(shapely.difference, shapes, units.shapes[clips.unit])
    off = np.abs(clips.km2 + measure.area_km2(beyond) - area)
    for i in np.flatnonzero(_is_off(off, area)):
        again = on_grid(shapely.difference, shapes[i], units.shapes[clips.unit[i]])
        off[i] = abs(clips.km2[i] + measure.area_km2([again])[0] - area[i])
    _check(off, area, ids[clips.site_row], layer_id)
    return Accounts(balanced=len(clips), worst=_worst(off, area))


def check_between(
    total: Floats, least: Floats, most: Floats, site_ids: Texts, layer_id: str
) -> None:
    """Raises Unbalanced where land once is less than the largest overlap, or more than can be."""
    off = np.maximum(least - total, total - most)
    wrong = np.flatnonzero(_is_off(off, np.maximum(least, most)))
    if len(wrong):
        i = wrong[0]
        between = f"between {least[i]:.9f} and {most[i]:.9f} km2"
        raise _unbalanced(site_ids[i], layer_id, f"{total[i]:.9f} km2 once are not {between}")


def _worst(off: Floats, area: Floats) -> float:
    return float((np.maximum(off - _CRUMB_KM2, 0.0) / area).max(initial=0.0))


def _is_off(off: Floats, area: Floats) -> Flags:
    return np.asarray(off > BALANCED * area + _CRUMB_KM2)


def _check(off: Floats, area: Floats, site_ids: Texts, layer_id: str) -> None:
    wrong = np.flatnonzero(_is_off(off, area))
    if len(wrong):
        i = wrong[0]
        said = f"inside and outside differ from the whole by {off[i]:.3g} of {area[i]:.9f} km2"
        raise _unbalanced(site_ids[i], layer_id, said)


def _unbalanced(site_id: str, layer_id: str, said: str) -> Unbalanced:
    return Unbalanced(
        f"Site {site_id} against layer {layer_id}: {said}.",
        "Nothing was written. Look at both outlines; if they are right, report this.",
    )
