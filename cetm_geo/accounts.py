"""The books of every overlay: what pieces cover and what they leave out must come to the site."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Floats, Geometries, Indices, Texts, sums
from cetm_geo.clips import AROUND, CLIPPED, INSIDE, Clips, Units, dissolved, lands, robust
from cetm_geo.errors import Unbalanced
from cetm_geo.pieces import Pieces

BALANCED = 1e-9  # of a site's area; what covered and left out may differ by from the whole
_CRUMB_KM2 = 1e-10  # a square decimetre: what the last bits of degrees along an outline come to
_PIECES_AT_MOST = 100  # of a site; a larger one is balanced piece by piece


@dataclass(frozen=True)
class Accounts:
    """How pairs of sites and pieces were settled, and the books over them.

    by_area: settled by a stored area. clipped: by an intersection. dropped: intersections that left
    lines or points, which cover nothing. balanced: sites (or pieces of large sites) whose books
    were made; worst: the largest difference found, as a share.
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
    rows: Indices, taken: Geometries, covered_km2: Floats, units: Units, ids: Texts, layer_id: str
) -> Accounts:
    """Holds what is covered of units against what is left of them.

    Args:
        rows: positions of units. taken: the land covered of each. covered_km2: its area, as summed.
        ids: of the sites.

    Raises Unbalanced, with the site and the layer, where they do not come to the unit's area.
    """
    area = units.area_km2[rows]
    left = measure.area_km2(robust(shapely.difference, units.shapes[rows], taken))
    off = np.abs(covered_km2 + left - area)
    _check(off, area, ids[units.site_row[rows]], layer_id)
    return Accounts(balanced=len(rows), worst=_largest(off / area))


def balance_once(clips: Clips, units: Units, pieces: Pieces, ids: Texts, layer_id: str) -> Accounts:
    """The books of land once: of each unit, or of each piece where a unit meets very many."""
    count = np.bincount(clips.unit, minlength=len(units.shapes))
    whole = np.zeros(len(units.shapes), bool)
    whole[clips.unit[clips.how == AROUND]] = True
    few = clips.take(((count <= _PIECES_AT_MOST) & ~whole)[clips.unit] & (clips.km2 > 0))
    few = few.take(np.argsort(few.unit, kind="stable"))
    rows, starts = np.unique(few.unit, return_index=True)
    covered = sums(few.km2, few.unit, len(units.shapes))[rows]
    taken = dissolved(lands(few, units, pieces), starts, covered)
    cut = clips.take((clips.how == CLIPPED) & (count > _PIECES_AT_MOST)[clips.unit])
    return balance(rows, taken, covered, units, ids, layer_id) + _balance_pieces(
        cut, units, pieces, ids, layer_id
    )


def _balance_pieces(
    clips: Clips, units: Units, pieces: Pieces, ids: Texts, layer_id: str
) -> Accounts:
    area = pieces.area_km2[clips.piece]
    beyond = robust(shapely.difference, pieces.shapes(clips.piece), units.shapes[clips.unit])
    off = np.abs(clips.km2 + measure.area_km2(beyond) - area)
    _check(off, area, ids[clips.site_row], layer_id)
    return Accounts(balanced=len(clips), worst=_largest(off / area))


def _largest(values: Floats) -> float:
    return float(values.max(initial=0.0))


def united(land: Geometries, starts: Indices) -> Geometries:
    """The union of every run of shapes, given where the runs start."""
    ends = np.r_[starts[1:], len(land)]
    out = land[starts]
    for i in np.flatnonzero(ends - starts > 1):
        out[i] = shapely.union_all(land[starts[i] : ends[i]])
    return out


def _check(off: Floats, area: Floats, site_ids: Texts, layer_id: str) -> None:
    wrong = np.flatnonzero(off > BALANCED * area + _CRUMB_KM2)
    if len(wrong):
        i = wrong[0]
        said = f"inside and outside differ from the whole by {off[i]:.3g} of {area[i]:.9f} km2"
        raise _unbalanced(site_ids[i], layer_id, said)


def _unbalanced(site_id: str, layer_id: str, said: str) -> Unbalanced:
    return Unbalanced(
        f"Site {site_id} against layer {layer_id}: {said}.",
        "Nothing was written. Look at both outlines; if they are right, report this.",
    )
