"""What lies below sites: in the basins their water passes, and along the rivers it follows.

Two variants, and each indicator names its own. `basins`: the site's own basins and those the water
enters within a distance of the mouth of its own. `river`: the land within CORRIDOR_KM of the
reaches it follows for that distance, from those the site touches, else the nearest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from cetm_geo import measure, rings
from cetm_geo.arrays import Flags, Floats, Geometries, Indices, Texts, ranges, sums
from cetm_geo.catchments import Catchments, basin_shapes, place_frame, speaking
from cetm_geo.clips import Units, clip, dissolved, lands
from cetm_geo.evidence import Evidence, Runner, Task, measure_sites
from cetm_geo.ground import Ground, Inside
from cetm_geo.hydrology import Basins
from cetm_geo.model import Role
from cetm_geo.overlay import SAME
from cetm_geo.pieces import OWN
from cetm_geo.workers import in_threads

RIVER, BASINS = "river", "basins"
VARIANTS = (RIVER, BASINS)
DISTANCES_KM = (50.0, 100.0)
CORRIDOR_KM = 5.0
BELOW_ROLES = (Role.PROTECTED_AREA, Role.COMMUNITY_LAND, Role.SETTLEMENT)
_BEND_DEGREES = 0.0005  # 55 m at most, a hundredth of CORRIDOR_KM: bends no corridor shows
_AT_ONCE = 64
_THIN_DEGREES = 1e-7  # a centimetre: lines become areas of which a reach can be taken


@dataclass(frozen=True, eq=False)
class Places:
    """Land that lies below sites, each piece of it once, by `tables.SITES`."""

    frame: Any

    @cached_property
    def shapes(self) -> Geometries:
        """Their outlines."""
        return np.asarray(self.frame.geometry.to_numpy(), dtype=object)

    @cached_property
    def km2(self) -> Floats:
        """Their areas."""
        return np.asarray(self.frame["area_km2"].to_numpy(np.float64))


@dataclass(frozen=True, eq=False)
class Below:
    """Which places lie below which sites, for one variant and distance.

    site_row, place: pairs, sorted by both, each once. why_none: per site, why nothing is known of
    what lies below it; None where something is. note: per site, what its places rest on.
    """

    variant: str
    distance_km: float
    places: Places
    site_row: Indices
    place: Indices
    why_none: Texts
    note: Texts

    @property
    def name(self) -> str:
        """The stem of its indicators' ids."""
        return f"downstream_{self.variant}_{self.distance_km:g}km"

    @property
    def is_known(self) -> Flags:
        """Sites with a place below them."""
        return np.array([why is None for why in self.why_none], bool)

    def summed(self, of_places: Floats) -> Floats:
        """Per site, the sum over its places."""
        return sums(of_places[self.place], self.site_row, len(self.why_none))


# --- in basins -----------------------------------------------------------------------------------


def below_in_basins(sites: Any, caught: Sequence[Catchments]) -> list[Below]:
    """The land in basins below sites, for each of DISTANCES_KM.

    Args:
        caught: by layer, the finest first; of each site one speaks (`catchments.speaking`).

    Whole basins where the layer states distances along rivers. Where it does not, the land of the
    basins passed that lies within the distance of the site in a straight line, which no river is
    shorter than: nothing that should count is lost.
    """
    count = len(sites)
    why = np.full(count, "no layer states which basin drains to which", object)
    note = np.full(count, None, object)
    if caught:
        why[:] = "the site meets no basin of a layer that states a network"
    chosen = speaking(caught, count)
    whole: list[_Land] = []
    near: dict[float, list[_Land]] = {km: [] for km in DISTANCES_KM}
    for i, own in enumerate(caught):
        mine = chosen == i
        untold = mine & _is_untold(own)
        why[mine] = None
        note[mine] = [
            _rests_on(own, row, bool(untold[row])) for row in np.flatnonzero(mine).tolist()
        ]
        whole.append(_whole_basins(own, mine & ~untold))
        for km in DISTANCES_KM if untold.any() else ():
            near[km].append(_land_near(own, untold, sites.geometry.to_numpy(), km))
    shared = None if any(near.values()) else _places(whole)
    out = []
    for km in DISTANCES_KM:
        lands = [*whole, *near[km]]
        places = shared or _places(lands)
        site, place = _pairs_within(lands, km)
        out.append(_below(BASINS, km, places, site, place, why, note))
    return out


@dataclass(frozen=True, eq=False)
class _Land:
    """Places of one layer, and pairs of a site and a place with the km at which it counts."""

    shapes: Geometries
    ids: Sequence[str]
    site_row: Indices
    place: Indices
    km: Floats


def _places(lands: Sequence[_Land]) -> Places:
    shapes = np.concatenate([np.empty(0, object), *(x.shapes for x in lands)])
    return Places(place_frame(shapes, [i for x in lands for i in x.ids]))


def _pairs_within(lands: Sequence[_Land], km: float) -> tuple[Indices, Indices]:
    """Pairs of a site and a place, of those that count within a distance."""
    before = np.cumsum([0, *(len(x.ids) for x in lands)])
    site = [x.site_row[x.km <= km] for x in lands]
    place = [x.place[x.km <= km] + before[i] for i, x in enumerate(lands)]
    none = np.empty(0, np.intp)
    return np.concatenate([none, *site]), np.concatenate([none, *place])


def _below(
    variant: str, km: float, places: Places, site: Indices, place: Indices, why: Texts, note: Texts
) -> Below:
    pairs = np.unique(site * max(len(places.frame), 1) + place)
    site_row, of_place = np.divmod(pairs, max(len(places.frame), 1))
    return Below(variant, km, places, site_row, of_place, why, note)


def _is_untold(own: Catchments) -> Flags:
    """Sites with a basin whose distance to the outlet the layer does not state."""
    untold = np.isnan(own.basins.outlet_km[own.basin])
    return np.bincount(own.site_row, weights=untold, minlength=own.site_count) > 0


def _rests_on(own: Catchments, row: int, untold: bool) -> str:
    said = [f"by {own.basins.layer.spec.label}"]
    if untold:
        said.append("no distances along rivers are stated: what of its basins lies within the "
                    "distance in a straight line")  # fmt: skip
    if own.held_share[row] < 1 - SAME:
        said.append(f"{100 * (1 - own.held_share[row]):.1f} % of the site lies in no basin of it")
    return "; ".join(said)


def _whole_basins(own: Catchments, chosen: Flags) -> _Land:
    """The basins that the water of some sites enters within the largest distance."""
    rows = np.flatnonzero(chosen[own.site_row])
    starts, which = np.unique(own.basin[rows], return_inverse=True)
    start, basin, km = own.basins.within(starts, DISTANCES_KM[-1])
    first = np.searchsorted(start, np.arange(len(starts) + 1))
    row, at = ranges(first[which], np.diff(first)[which])
    passed, place = np.unique(basin[at], return_inverse=True)
    name, ids = own.basins.layer.spec.id, own.basins.network.ids
    shapes = basin_shapes(own.basins, passed)
    return _Land(
        shapes, [f"{name}:{i}" for i in ids[passed]], own.site_row[rows[row]], place, km[at]
    )


def _land_near(own: Catchments, chosen: Flags, outlines: Geometries, km: float) -> _Land:
    """Of the basins that the water of some sites passes, the land within a distance of each."""
    pieces = own.basins.layer.pieces
    sites = np.flatnonzero(chosen)
    reach = rings.reaches(outlines[sites], [km])[0]
    units = Units.of(reach, measure.area_km2(reach))
    unit, piece = pieces.meeting(shapely.bounds(units.shapes))
    size = max(len(own.basins.network.ids), 1)
    site, basin = own.chains
    passed = site * size + basin
    basin_of_piece = own.basins.basin_of_feature[pieces.feature_row[piece]]
    wanted = np.isin(sites[units.site_row[unit]] * size + basin_of_piece, passed)
    wanted &= pieces.is_a(OWN)[piece]
    clips = clip(units, pieces, met=(unit[wanted], piece[wanted]))
    clips = clips.take(np.flatnonzero(clips.km2 > 0))
    of_site, starts = np.unique(clips.site_row, return_index=True)
    area = sums(clips.km2, np.searchsorted(of_site, clips.site_row), len(of_site))
    shapes = dissolved(lands(clips, units, pieces), starts, area)
    name = own.basins.layer.spec.id
    ids = [f"{name}:{km:g}:{row}" for row in sites[of_site]]
    return _Land(shapes, ids, sites[of_site], np.arange(len(of_site)), np.zeros(len(of_site)))


# --- along rivers --------------------------------------------------------------------------------


def below_along_rivers(sites: Any, rivers: Sequence[Basins], evidence: Evidence) -> list[Below]:
    """The land along the rivers below sites, for each of DISTANCES_KM.

    Args:
        rivers: layers of reaches that state a network; of each site the first speaks that has a
            reach on it or within CORRIDOR_KM.
    """
    count = len(sites)
    why = np.full(count, "no layer states which reach of a river flows into which", object)
    note = np.full(count, None, object)
    if rivers:
        why[:] = f"no mapped river within {CORRIDOR_KM:g} km of the site"
    ways = []
    for own in rivers:
        site, reach = _first_reaches(own, evidence)
        open_ = np.array([w is not None for w in why], bool)
        mine = open_[site]
        ways.append(_ways(own, site[mine], reach[mine]))
        why[site[mine]] = None
        note[site[mine]] = f"by {own.layer.spec.label}"
    return [_corridors(ways, km, why, note) for km in DISTANCES_KM]


@dataclass(frozen=True, eq=False)
class _Ways:
    """Reaches that the water of sites follows, and the km at which it enters them."""

    rivers: Basins
    site_row: Indices
    reach: Indices
    entered_km: Floats


def _first_reaches(rivers: Basins, evidence: Evidence) -> tuple[Indices, Indices]:
    """Sites and the reaches that touch them; of a site that none touches the nearest, if near."""
    name = rivers.layer.spec.id
    pairs = evidence.pairs[name]
    site, feature = pairs.site_row, pairs.feature_row
    if name in evidence.nearest:
        km, nearest = evidence.nearest[name]
        near = np.setdiff1d(np.flatnonzero(km <= CORRIDOR_KM), site)
        site = np.concatenate([site, near])
        feature = np.concatenate([feature, nearest[near]])
    return site.astype(np.intp), rivers.basin_of_feature[feature]


def _ways(rivers: Basins, site: Indices, reach: Indices) -> _Ways:
    starts, which = np.unique(reach, return_inverse=True)
    start, passed, km = rivers.as_drawn.within(starts, DISTANCES_KM[-1])
    first = np.searchsorted(start, np.arange(len(starts) + 1))
    row, at = ranges(first[which], np.diff(first)[which])
    return _Ways(rivers, site[row], passed[at], km[at])


def _corridors(ways: Sequence[_Ways], km: float, why: Texts, note: Texts) -> Below:
    """Sites that follow the same reaches share one corridor."""
    numbers: dict[tuple[int, bytes], int] = {}
    site_row: list[int] = []
    place: list[int] = []
    wanted: list[tuple[_Ways, Indices]] = []
    for layer, way in enumerate(ways):
        near = way.entered_km <= km
        size = max(len(way.rivers.network.ids), 1)
        pairs = np.unique(way.site_row[near] * size + way.reach[near])
        site, reach = np.divmod(pairs, size)
        sites, first = np.unique(site, return_index=True)
        for row, reaches in zip(sites.tolist(), np.split(reach, first)[1:], strict=True):
            key = (layer, reaches.tobytes())
            if key not in numbers:
                numbers[key] = len(wanted)
                wanted.append((way, reaches))
            site_row.append(row)
            place.append(numbers[key])
    ids = [f"corridor-{km:g}-{i}" for i in range(len(wanted))]
    places = Places(place_frame(_along(wanted), ids))
    rows, of_place = np.array(site_row, np.intp), np.array(place, np.intp)
    return _below(RIVER, km, places, rows, of_place, why, note)


def _along(wanted: Sequence[tuple[_Ways, Indices]]) -> Geometries:
    """The land within CORRIDOR_KM of each set of reaches."""
    thin = np.full(len(wanted), None, object)
    for way in dict.fromkeys(way for way, _ in wanted):
        mine = [i for i, (other, _) in enumerate(wanted) if other is way]
        lines = _lines(way.rivers, [wanted[i][1] for i in mine])
        thin[mine] = shapely.buffer(lines, _THIN_DEGREES, quad_segs=1)
    parts = [slice(i, i + _AT_ONCE) for i in range(0, len(thin), _AT_ONCE)]
    reached = in_threads(lambda part: rings.reaches(thin[part], [CORRIDOR_KM])[0], parts)
    return np.concatenate([np.empty(0, object), *reached])


def _lines(rivers: Basins, sets: Sequence[Indices]) -> Geometries:
    """Each set of reaches as one line, from the layer's pieces, small bends of each left out."""
    pieces = rivers.layer.pieces
    own = np.flatnonzero(pieces.is_a(OWN))
    reach = rivers.basin_of_feature[pieces.feature_row[own]]
    own = own[np.argsort(reach, kind="stable")]
    asked, starts = np.unique(np.sort(reach), return_index=True)
    wanted = np.isin(asked, np.concatenate(sets)) if sets else np.zeros(len(asked), bool)
    lines = np.full(len(rivers.network.ids), None, object)
    ends = np.r_[starts[1:], len(own)]
    for i in np.flatnonzero(wanted):
        parts = shapely.get_parts(pieces.shapes(own[starts[i] : ends[i]]))
        whole = shapely.line_merge(shapely.multilinestrings(list(parts)))
        lines[asked[i]] = shapely.simplify(whole, _BEND_DEGREES)
    out = [shapely.get_parts(lines[reaches]) for reaches in sets]
    return np.array([shapely.line_merge(shapely.multilinestrings(list(x))) for x in out], object)


# --- what lies there -----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Found:
    """What was measured of places: their evidence, and how far each lies in a layer's extent."""

    evidence: Evidence
    inside: Mapping[str, Inside | None]


def found_in(places: Places, ground: Ground, run: Runner | None = None) -> Found:
    """What layers of BELOW_ROLES hold of places."""
    asked = tuple(x for x in ground.asked if x.spec.role in BELOW_ROLES)
    own = replace(ground, asked=asked)
    task = Task(own, 0.0, land_only=True, proposals=True)
    evidence = measure_sites(places.frame, task, run=run)
    known: dict[tuple[str, float], Inside | None] = {}
    for spec in (x.spec for x in asked if not x.failed):
        key = spec.complete_within, spec.positional_error_m
        if key not in known:
            known[key] = own.inside(places.shapes, places.km2, spec, edges=False)
    inside = {
        x.spec.id: known[x.spec.complete_within, x.spec.positional_error_m]
        for x in asked
        if not x.failed
    }
    return Found(evidence, inside)
