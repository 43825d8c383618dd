"""What rasters answer: which measurements each raster role gives, and how each is a number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cetm_geo.arrays import Flags, Floats
from cetm_geo.measure import HA_PER_KM2
from cetm_geo.model import LayerSpec, RasterSpec, Role
from cetm_geo.overlay import RINGS_KM
from cetm_geo.zonal import Zonal

INSIDE, GROUND = "inside", "slope"  # of the site: its cells; how steep its cells are
LOSS_RING_KM = 10.0
POPULATION_RINGS = tuple(pairwise((0.0, *RINGS_KM)))
STEEP_DEG = 25.0


def ring_name(inner_km: float, outer_km: float) -> str:
    """What the ring from one distance to the other round a site is called, as ring_0_1."""
    return f"ring_{inner_km:g}_{outer_km:g}"


_LOSS_RING = ring_name(0, LOSS_RING_KM)


@dataclass(frozen=True)
class RasterKind:
    """One measurement of a raster role: `<layer id>_<suffix>`, and `name` for the role itself.

    value: of the zones, in their order, per site; of codes, a code. sum: a value of 0 says that
    there is none, which has to be earned; a mean of 0 does not. coded: the value is given as a
    label, and the code as the value. label: given with each value. masked: needs a raster of tree
    cover on the same grid. void: why and where the question has no answer although all was seen.
    zones: names of the land it is about: INSIDE, GROUND or a ring's.
    """

    role: Role
    suffix: str
    unit: str
    value: Callable[..., Floats]
    name: str
    zones: tuple[str, ...] = (INSIDE,)
    sum: bool = True
    coded: bool = False
    label: str = ""
    masked: bool = False
    void: Callable[..., Iterator[tuple[str, Flags]]] | None = None


# --- values --------------------------------------------------------------------------------------


def _amount(_: RasterSpec, zonal: Zonal) -> Floats:
    return zonal.amount


def _amount_ha(_: RasterSpec, zonal: Zonal) -> Floats:
    return zonal.amount * HA_PER_KM2


def _mean(_: RasterSpec, zonal: Zonal) -> Floats:
    """Per km2 that holds a value: a share, or a mean."""
    return _ratio(zonal.amount, zonal.found_km2)


def _highest(_: RasterSpec, zonal: Zonal) -> Floats:
    return zonal.highest


def _main_code(_: RasterSpec, zonal: Zonal) -> Floats:
    """The code with the most land; of equals the smaller."""
    return np.array([max(sorted(c), key=c.__getitem__) if c else np.nan for c in zonal.codes])


def _main_share(_: RasterSpec, zonal: Zonal) -> Floats:
    most = np.array([max(c.values(), default=np.nan) for c in zonal.codes])
    return _ratio(most, zonal.found_km2)


def _share_of(code: int) -> Callable[[RasterSpec, Zonal], Floats]:
    def share(_: RasterSpec, zonal: Zonal) -> Floats:
        return _ratio(km2_of(zonal, code), zonal.found_km2)

    return share


def km2_of(zonal: Zonal, code: int) -> Floats:
    """Land of one code, (n,)."""
    return np.array([codes.get(code, 0.0) for codes in zonal.codes], np.float64)


def _cover_km2(zonal: Zonal) -> Floats:
    """Of a loss raster under a mask of tree cover, the land that the mask lets through."""
    return np.array([sum(codes.values()) for codes in zonal.codes], np.float64)


def _rate(cells: RasterSpec, zonal: Zonal) -> Floats:
    return _ratio(zonal.amount, _cover_km2(zonal)) / len(years_of(cells))


def _rate_ratio(cells: RasterSpec, zonal: Zonal, ring: Zonal) -> Floats:
    return _ratio(_rate(cells, zonal), _rate(cells, ring))


def _treeless(zonal: Zonal, *rings: Zonal) -> Iterator[tuple[str, Flags]]:
    yield "there was no tree cover", wholly_seen(zonal) & (_cover_km2(zonal) == 0)
    for ring in rings:
        yield "there was no tree cover in the ring", wholly_seen(ring) & (_cover_km2(ring) == 0)
        yield "the ring lost no tree cover", wholly_seen(ring) & (ring.amount == 0)


def _steepness(_: RasterSpec, zonal: Zonal) -> Floats:
    return zonal.quantile(0.9)


def _steep_share(_: RasterSpec, zonal: Zonal) -> Floats:
    return zonal.share_above(STEEP_DEG)


def _ratio(part: Floats, whole: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(part / whole)


def wholly_seen(zonal: Zonal) -> Flags:
    """Per site, whether the raster reaches all of it and every cell holds a value."""
    whole = (zonal.covered_share == 1) & (zonal.nodata_share == 0) & (zonal.found_km2 > 0)
    return np.asarray(whole)


def years_of(cells: RasterSpec) -> range:
    """The years that the codes from 1 on of a tree loss raster stand for."""
    first = (cells.years or 0) + 1
    return range(first, first + int(cells.valid_max or 0))


# --- kinds ---------------------------------------------------------------------------------------

KINDS = (
    RasterKind(
        Role.POPULATION,
        "count",
        "people",
        _amount,
        "population_count",
    ),
    *(
        RasterKind(
            Role.POPULATION,
            f"{ring_name(a, b)}_count",
            "people",
            _amount,
            f"population_{ring_name(a, b)}_count",
            zones=(ring_name(a, b),),
        )
        for a, b in POPULATION_RINGS
    ),
    RasterKind(
        Role.TREE_COVER,
        "ha",
        "ha",
        _amount_ha,
        "tree_cover_ha",
    ),
    RasterKind(
        Role.TREE_COVER,
        "share",
        "share",
        _mean,
        "tree_cover_share",
    ),
    RasterKind(
        Role.TREE_LOSS,
        "ha",
        "ha",
        _amount_ha,
        "tree_loss_ha",
    ),
    RasterKind(
        Role.TREE_LOSS,
        f"{_LOSS_RING}_ha",
        "ha",
        _amount_ha,
        f"tree_loss_{_LOSS_RING}_ha",
        zones=(_LOSS_RING,),
    ),
    RasterKind(
        Role.TREE_LOSS,
        "rate_share",
        "share_per_year",
        _rate,
        "tree_loss_rate_share",
        masked=True,
        void=_treeless,
    ),
    RasterKind(
        Role.TREE_LOSS,
        f"{_LOSS_RING}_rate_share",
        "share_per_year",
        _rate,
        f"tree_loss_{_LOSS_RING}_rate_share",
        zones=(_LOSS_RING,),
        masked=True,
        void=_treeless,
    ),
    RasterKind(
        Role.TREE_LOSS,
        "ratio_inside_ring",
        "times",
        _rate_ratio,
        "tree_loss_ratio_inside_ring",
        zones=(INSIDE, _LOSS_RING),
        masked=True,
        void=_treeless,
    ),
    RasterKind(
        Role.LAND_COVER,
        "main_class",
        "class",
        _main_code,
        "land_cover_main_class",
        sum=False,
        coded=True,
    ),
    RasterKind(
        Role.LAND_COVER,
        "main_share",
        "share",
        _main_share,
        "land_cover_main_share",
        sum=False,
    ),
    RasterKind(
        Role.SURFACE_WATER,
        "share",
        "share",
        _mean,
        "surface_water_share",
    ),
    RasterKind(
        Role.ELEVATION,
        "mean_m",
        "m",
        _mean,
        "elevation_mean_m",
        sum=False,
    ),
    RasterKind(
        Role.ELEVATION,
        "slope_mean_deg",
        "deg",
        _mean,
        "slope_mean_deg",
        zones=(GROUND,),
        sum=False,
    ),
    RasterKind(
        Role.ELEVATION,
        "slope_p90_deg",
        "deg",
        _steepness,
        "slope_p90_deg",
        zones=(GROUND,),
        sum=False,
    ),
    RasterKind(
        Role.ELEVATION,
        "slope_above_25_share",
        "share",
        _steep_share,
        "slope_above_25_share",
        zones=(GROUND,),
    ),
    RasterKind(
        Role.SEISMIC_HAZARD,
        "pga_max_g",
        "g",
        _highest,
        "seismic_pga_max_g",
        sum=False,
    ),
)


def kinds_of(spec: LayerSpec) -> list[RasterKind]:
    """What a raster layer gives: its role's kinds, and of land cover the share of each class."""
    out = [kind for kind in KINDS if kind.role == spec.role]
    if spec.role != Role.LAND_COVER or spec.raster is None:
        return out
    return out + [
        RasterKind(
            spec.role,
            f"class_{code}_share",
            "share",
            _share_of(code),
            f"land_cover_class_{code}_share",
            label=label,
        )
        for code, label in sorted(spec.raster.classes.items())
    ]
