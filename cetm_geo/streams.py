"""sites x lines of rivers -> how much river there is on a site, and the largest of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely

from cetm_geo import measure
from cetm_geo.arrays import Floats, sums
from cetm_geo.clips import robust
from cetm_geo.evidence import Evidence
from cetm_geo.ground import Ground
from cetm_geo.indicators import Columns, base_status, inside_of_scope, judge_found
from cetm_geo.model import IndicatorStatus, Layer, Role
from cetm_geo.overlay import Scope
from cetm_geo.pieces import OWN

_DENSITY_UNIT = "km/km2"
LENGTH, DENSITY, ORDER = "length_km", "density_km_per_km2", "max_order"
KINDS = (
    (LENGTH, "km"),
    (DENSITY, _DENSITY_UNIT),
    (ORDER, "order"),
)


def streams_on_sites(evidence: Evidence, ground: Ground) -> Iterator[Columns]:
    """Rivers on each site: `<layer>_length_km`, and `river_length_km` of the first layer that could
    be read; two maps of one river are never added up. Columns by `tables.INDICATORS`."""
    scopes = [s for s in ground.scopes if s.role == Role.RIVER and s.kind == "layer"]
    speaking = next((s.id for s in scopes if s.readable), scopes[0].id if scopes else "")
    for scope in scopes:
        for suffix, columns in _of_layer(scope, evidence):
            yield {"indicator_id": f"{scope.id}_{suffix}", **columns}
            if scope.id == speaking:
                yield {"indicator_id": f"{Role.RIVER.value}_{suffix}", **columns}


def _of_layer(scope: Scope, evidence: Evidence) -> Iterator[tuple[str, Columns]]:
    layer, count = scope.layers[0], len(evidence.site_ids)
    inside = None if layer.failed else inside_of_scope(scope, evidence)
    base = base_status(scope, inside, evidence)
    length = np.full(count, np.nan) if layer.failed else _length_km(layer, evidence)
    value = {LENGTH: length, DENSITY: length / evidence.site_km2, ORDER: _order(layer, evidence)}
    for suffix, unit in KINDS:
        own, status = value[suffix].copy(), base.copy()
        if suffix == ORDER:
            complete = (length > 0) & ~np.isin(status, _UNKNOWN) & np.isnan(own)
            status[complete] = IndicatorStatus.NO_DATA.value
            status[(length == 0) & np.isnan(own)] = IndicatorStatus.NOT_APPLICABLE.value
        else:
            judge_found(own, status, inside, scope)
        yield suffix, {"site_id": evidence.site_ids, "value": own, "unit": unit, "status": status}


_UNKNOWN = (IndicatorStatus.LAYER_MISSING.value, IndicatorStatus.OUTSIDE_LAYER_EXTENT.value)


def _length_km(layer: Layer, evidence: Evidence) -> Floats:
    shapes = np.asarray(evidence.sites.geometry.to_numpy(), dtype=object)
    site, piece = layer.pieces.meeting(shapely.bounds(shapes))
    counted = layer.is_counted[layer.pieces.feature_row[piece]] & layer.pieces.is_a(OWN)[piece]
    site, piece = site[counted], piece[counted]
    met = robust(shapely.intersection, shapes[site], layer.pieces.shapes(piece))
    return sums(measure.length_km(met), site, len(shapes))


def _order(layer: Layer, evidence: Evidence) -> Floats:
    out = np.full(len(evidence.site_ids), np.nan)
    if layer.failed or layer.links is None:
        return out
    links = layer.links.set_index("basin_id")["stream_order"]
    pairs = evidence.pairs[layer.spec.id]
    groups = pd.Index(layer.texts("group_id")[pairs.feature_row], dtype=object)
    met = links.reindex(groups).to_numpy(np.float64)
    known = ~np.isnan(met)
    least = np.full(len(out), -np.inf)
    np.maximum.at(least, pairs.site_row[known], met[known])
    out[np.isfinite(least)] = least[np.isfinite(least)]
    return out
