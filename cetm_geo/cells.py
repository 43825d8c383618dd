"""What the cells of a raster layer may hold: mistakes in a layer's table [raster]."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cetm_geo.formats import FORMATS, Kind
from cetm_geo.model import (
    RASTER_MEASURES,
    RASTER_ROLES,
    RASTER_UNITS,
    LayerSpec,
    Measure,
    RasterSpec,
    Role,
)

_TAKEN = ("seismic",)  # seismic_pga_max_g is what the role seismic_hazard says


def problems_of_raster(spec: LayerSpec, format_name: str) -> Iterator[tuple[str, str]]:
    """Mistakes as (key, text): a raster role has a raster and says what its cells hold, no other.

    Args:
        format_name: of the source; a name that is not known is told of elsewhere.
    """
    known_format = FORMATS.get(format_name)
    is_raster = known_format is not None and known_format.kind == Kind.RASTER
    if spec.role not in RASTER_MEASURES:
        if is_raster:
            yield "role", f"a raster's role is one of {', '.join(RASTER_ROLES)}; not {spec.role}"
        if spec.raster:
            yield "raster", "only a layer with the role of a raster has it"
        return
    if known_format is not None and not is_raster and format_name != "zip":
        yield "source.format", f"{spec.role} takes a raster (geotiff, vrt, zip); not {format_name}"
    for key in ("columns", "values", "exclude", "rename", "indicators", "point_area_km2"):
        if getattr(spec, key):
            yield key, "a raster has none"
    if spec.classes:
        yield "classes", "a raster's classes stand in [raster.classes]"
    if spec.id in _TAKEN:
        yield "id", f"{spec.id}_... are the names of a role's own indicators"
    if spec.source.band < 1:
        yield "source.band", "bands are counted from 1"
    yield from _problems_of_cells(spec)


def _problems_of_cells(spec: LayerSpec) -> Iterator[tuple[str, str]]:
    if spec.raster is None:
        known = " or ".join(RASTER_MEASURES[spec.role])
        yield "raster", f"required: what a cell holds, as measure = {known}"
        return
    role, cells = spec.role, spec.raster
    known_measures = RASTER_MEASURES[role]
    if cells.measure not in known_measures:
        why = "; no mean is taken of class codes" if cells.measure == Measure.CLASS else ""
        yield (
            "raster.measure",
            f"{role} takes {' or '.join(known_measures)}, not {cells.measure}{why}",
        )
    unit = RASTER_UNITS.get(role, "")
    if cells.unit != unit:
        wanted = f"state unit = {unit!r}, by scale and offset if need be" if unit else "has no unit"
        yield "raster.unit", f"{role}: {wanted}; not {cells.unit!r}"
    yield from _problems_of_numbers(cells)
    if role == Role.LAND_COVER and not cells.classes:
        yield "raster.classes", "required: code = label"
    if (cells.years is None) == (role == Role.TREE_LOSS):
        yield "raster.years", "the year that code 0 would be; for tree_loss, and only there"
    if role == Role.TREE_LOSS and not (cells.valid_max and cells.valid_max >= 1):
        yield "raster.valid_max", "required: the code of the last year, at least 1"


def _problems_of_numbers(cells: RasterSpec) -> Iterator[tuple[str, str]]:
    coded = cells.measure == Measure.CLASS
    for key, belongs, where in (
        ("threshold", cells.measure == Measure.SHARE, "share_percent"),
        ("classes", coded, "class"),
        ("scale", not coded, "anything but class"),
        ("offset", not coded, "anything but class"),
    ):
        if getattr(cells, key) not in (None, {}) and not belongs:
            yield f"raster.{key}", f"only with measure = {where}"
    if cells.threshold is not None and not 0 < cells.threshold <= 100:
        yield "raster.threshold", "a per cent above 0 and at most 100"
    if cells.scale is not None and (cells.scale == 0 or not math.isfinite(cells.scale)):
        yield "raster.scale", "must be a number, and must not be 0"
    if cells.offset is not None and not math.isfinite(cells.offset):
        yield "raster.offset", "must be a number"
    low, high = cells.valid_min, cells.valid_max
    if low is not None and high is not None and not low < high:
        yield "raster.valid_min", "must be less than valid_max"
