"""How much of the land round each site lies under titles: the share of a geodesic disc."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from cetm_geo import covering, measure, rings
from cetm_geo.arrays import Floats, Geometries, Indices, sums
from cetm_geo.clips import Units, clip
from cetm_geo.evidence import Evidence, parts_of
from cetm_geo.ground import WORLD, Ground, Inside
from cetm_geo.indicators import Columns, base_status, judge_found
from cetm_geo.meridian import FULL_TURN, HALF_TURN
from cetm_geo.overlay import SAME, Scope
from cetm_geo.pieces import ONCE
from cetm_geo.workers import in_threads

RADIUS_KM = 25.0  # method E40
NAMES = ("concession_density_25km_share", "concession_density_25km_in_force_share")


def centres_of(sites: Geometries) -> Floats:
    """The middle of each site's land in longitude and latitude, degrees, (n, 2).

    The centroid of its outline with longitude and latitude as plane coordinates; of a site cut at
    180 degrees as if it lay in one piece.
    """
    bounds = shapely.bounds(sites)
    split = np.flatnonzero(bounds[:, 2] - bounds[:, 0] > HALF_TURN)
    whole = sites.copy()
    whole[split] = shapely.transform(
        sites[split], lambda c: np.column_stack([c[:, 0] % FULL_TURN, c[:, 1]])
    )
    centres = shapely.get_coordinates(shapely.centroid(whole))
    centres[split, 0] -= np.where(centres[split, 0] > HALF_TURN, FULL_TURN, 0.0)
    return np.asarray(centres, dtype=np.float64)


def density(
    scope: Scope, whole: Evidence, ground: Ground, note: NDArray[np.object_]
) -> list[Columns]:
    """Share of the disc of RADIUS_KM round each site's centre under titles, of any status and in
    force, each bit of land once; as columns by `tables.INDICATORS`.

    Args:
        scope: all registers. note: what its answer lacks, per site.

    The whole disc counts, its sea and its land beyond borders too.
    """
    count = len(whole.site_ids)
    shares, held = np.full((2, count), np.nan), np.zeros(count)
    outlines, layers = whole.sites.geometry.to_numpy(), scope.readable

    def work(rows: Indices) -> None:
        discs = rings.discs(centres_of(outlines[rows]), RADIUS_KM)
        km2 = measure.area_km2(discs)
        units = Units.of(discs, km2)
        shares[:, rows] = np.minimum(_under_titles(units, ground, len(rows)) / km2, 1.0)
        held[rows] = _held(units, km2, scope, ground)

    if layers:
        in_threads(work, parts_of(whole.sites))
    inside = None
    if layers and not np.isnan(held).any():
        inside = Inside(held, held >= 1 - SAME, np.full(count, np.inf))
        note = _noted(note, inside)
    out: list[Columns] = []
    for name, value in zip(NAMES, shares, strict=True):
        status = base_status(scope, inside, whole)
        judge_found(value, status, inside, scope)
        out.append(
            {
                "site_id": whole.site_ids,
                "indicator_id": name,
                "value": value,
                "unit": "share",
                "status": status,
                "note": note,
            }
        )
    return out


def _under_titles(units: Units, ground: Ground, discs: int) -> Floats:
    """Land under titles, all and in force, km2, (2, discs)."""
    land = ground.registers.land
    found = clip(units, land.pieces)
    in_force = land.in_force[found.piece]
    return np.stack(
        [
            sums(found.km2, found.site_row, discs),
            sums(found.km2[in_force], found.site_row[in_force], discs),
        ]
    )


def _held(units: Units, km2: Floats, scope: Scope, ground: Ground) -> Floats:
    """Share of each disc within which all registers are complete; NaN where one does not say."""
    out = np.ones(len(km2))
    for layer in scope.readable:
        within = layer.spec.complete_within
        extent = ground.extents.get(within)
        if within == WORLD:
            continue
        if extent is None:
            return np.full(len(km2), np.nan)
        covered = covering.covered_of(units, extent.pieces, ONCE, len(km2))
        out = np.minimum(out, covered / km2)
    return out


def _noted(note: NDArray[np.object_], inside: Inside) -> NDArray[np.object_]:
    out = note.copy()
    for i in np.flatnonzero(~inside.wholly):
        part = f"the data cover {100 * inside.share[i]:.1f} % of the disc"
        out[i] = "; ".join(filter(None, [note[i], part]))
    return out
