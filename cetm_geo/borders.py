"""sites x countries -> which countries a site lies in, and the borders on its way to a port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cetm_geo import measure, meridian, overlay
from cetm_geo.arrays import Flags, Floats, Geometries, Indices, Texts, sums
from cetm_geo.clips import robust
from cetm_geo.evidence import Evidence, parts_of
from cetm_geo.ground import WORLD, Ground
from cetm_geo.indicators import Columns, base_status, inside_of_scope, judge_nearest
from cetm_geo.model import IndicatorStatus, Layer, Role
from cetm_geo.pieces import OWN
from cetm_geo.workers import in_threads

_POINTS = 65  # of a line: 8 km apart at 500 km, so that its edges lie within 2 m of the geodesic
_LINES_AT_ONCE = 500
_UNKNOWN_SHARE = 0.01  # of a line in no country that is loaded: more is told
_NO_COUNTRIES = "no layer of countries is loaded"
_KNOWN = (
    IndicatorStatus.OK.value,
    IndicatorStatus.STALE.value,
    IndicatorStatus.GEOMETRY_REPAIRED.value,
)


# --- the countries of sites ----------------------------------------------------------------------


def countries_of_sites(
    sites: Any, ground: Ground, default: str = "", site_error_m: float = 100.0
) -> Texts:
    """Per site a tuple of ISO3 codes: the countries that it shares land with beyond the mapping
    error, the one with most of it first. (n,)

    Args:
        sites: by `tables.SITES`. default: of sites that meet no country that is loaded; "" = none.
    """
    site, code, km2 = _land_in_countries(sites, ground, site_error_m)
    names, of = np.unique(code.astype(str), return_inverse=True)
    keys, which = np.unique(site * max(len(names), 1) + of, return_inverse=True)
    order = np.lexsort((keys, -sums(km2, which, len(keys)), keys // max(len(names), 1)))
    site, of = np.divmod(keys[order], max(len(names), 1))
    found, place = _sequences(site, of, len(sites), names)
    nothing = (default,) if default else ()
    out = np.full(len(found), None, object)
    out[:] = [codes or nothing for codes in found]
    return np.asarray(out[place])


def _land_in_countries(
    sites: Any, ground: Ground, site_error_m: float
) -> tuple[Indices, Texts, Floats]:
    """Site, code of a country and the km2 they share, of all pairs beyond the mapping error."""

    def met(rows: Indices) -> list[tuple[Indices, Texts, Floats]]:
        out = []
        for layer in ground.countries:
            pairs = overlay.measure_overlaps(sites.iloc[rows], layer, site_error_m)
            pairs = pairs.take(~pairs.sliver & (pairs.overlap_km2 > 0))
            code = _codes(layer)[pairs.feature_row]
            out.append((rows[pairs.site_row], code, pairs.overlap_km2))
        return out

    found = [pairs for part in in_threads(met, parts_of(sites)) for pairs in part]
    none = (np.empty(0, np.intp), np.empty(0, object), np.empty(0))
    site, code, km2 = (np.concatenate(column) for column in zip(none, *found, strict=True))
    return site, code, km2


def _codes(layer: Layer) -> Texts:
    """The ISO3 code of each country of a layer; its id where the layer states none."""
    iso3 = layer.texts("iso3")
    return np.where(pd.isna(iso3), layer.feature_ids, iso3)


def _sequences(
    row: Indices, item: Indices, count: int, names: Sequence[str] | Texts
) -> tuple[list[tuple[str, ...]], Indices]:
    """The different sequences of names that rows have, and which of them each row has, (count,).

    Args:
        row: sorted. item: of each, the place of a name, in its order.
    """
    many = np.bincount(row, minlength=count)
    place = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
    table = np.full((count, max(int(many.max(initial=0)), 1)), -1)
    table[row, place] = item
    found, which = np.unique(table, axis=0, return_inverse=True)
    return [tuple(str(names[i]) for i in one if i >= 0) for one in found], which.reshape(-1)


# --- the way to a port ---------------------------------------------------------------------------


def corridor_indicator(evidence: Evidence, ground: Ground) -> list[Columns]:
    """`corridor_border_count`: borders on the geodesic from the middle of a site to the nearest
    port, as columns by `tables.INDICATORS`; as text the countries in the order they are crossed.

    Nothing where no layer of ports is loaded. A country is crossed where more of the line lies in
    it than its outline may be off.
    """
    scope = next((s for s in ground.scopes if s.id == Role.PORT), None)
    if scope is None:
        return []
    km, ports = _nearest_port(scope.readable, evidence)
    inside = inside_of_scope(scope, evidence)
    status = base_status(scope, inside, evidence)
    judge_nearest(km, status, inside, scope)
    value, text = np.full(len(km), np.nan), np.full(len(km), None, object)
    note = np.full(len(km), "straight_line", object)
    asked = np.flatnonzero(~np.isnan(km) & np.isin(status, _KNOWN))
    if not ground.countries:
        status[:] = IndicatorStatus.LAYER_MISSING.value
        note[:] = f"straight_line; {_NO_COUNTRIES}"
    elif len(asked):
        shapes = evidence.sites.geometry.to_numpy()[asked]
        ways = _ways(shapely.get_coordinates(shapely.centroid(shapes)), ports[asked], ground)
        value[asked], text[asked] = ways.borders, ways.texts
        if not any(x.spec.complete_within == WORLD for x in ground.countries):
            _judge_ways(ways, asked, value, status, note)
        status[asked[np.isnan(value[asked])]] = IndicatorStatus.OUTSIDE_LAYER_EXTENT.value
    return [
        {
            "site_id": evidence.site_ids,
            "indicator_id": "corridor_border_count",
            "value": value,
            "value_text": text,
            "unit": "borders",
            "status": status,
            "note": note,
        }
    ]


def _nearest_port(layers: Sequence[Layer], evidence: Evidence) -> tuple[Floats, Floats]:
    """km of each site to the nearest port, and where that lies: longitude, latitude, (sites, 2)."""
    km = np.full(len(evidence.site_ids), np.nan)
    place = np.full((len(km), 2), np.nan)
    for layer in layers:
        found, row = evidence.nearest[layer.spec.id]
        closer = ~np.isnan(found) & ~(km <= found)
        km[closer], place[closer] = found[closer], _middles(layer)[row[closer]]
    return km, place


def _middles(layer: Layer) -> Floats:
    """The middle of the box of each feature; of a point the point."""
    own = layer.pieces.is_a(OWN)
    bounds, row = layer.pieces.bounds[own], layer.pieces.feature_row[own]
    low = np.full((len(layer.is_counted), 2), np.inf)
    high = -low
    np.minimum.at(low, row, bounds[:, :2])
    np.maximum.at(high, row, bounds[:, 2:])
    return np.asarray((low + high) / 2)


@dataclass(frozen=True)
class _Ways:
    """What lines cross, (n,): borders, nan where they lie in no country; the countries, in order;
    the share of each in no country that is loaded."""

    borders: Floats
    texts: Texts
    unknown_share: Floats


def _ways(starts: Floats, ends: Floats, ground: Ground) -> _Ways:
    parts = [slice(i, i + _LINES_AT_ONCE) for i in range(0, len(starts), _LINES_AT_ONCE)]
    crossed = partial(_crossed, layers=ground.countries)
    found = in_threads(lambda part: crossed(starts[part], ends[part]), parts)
    line = np.concatenate([f.line + part.start for f, part in zip(found, parts, strict=True)])
    whole = np.concatenate([f.length_km for f in found])
    code = np.concatenate([f.code for f in found])
    names, of = np.unique(code.astype(str), return_inverse=True)
    sequences, place = _sequences(line, of, len(starts), names)
    km = np.concatenate([f.km for f in found])
    with np.errstate(invalid="ignore", divide="ignore"):
        known = np.where(whole > 0, sums(km, line, len(starts)) / whole, 1.0)
    count = np.array([len(codes) for codes in sequences], np.float64)[place]
    texts = np.array([", ".join(codes) or None for codes in sequences], object)[place]
    return _Ways(np.where(count > 0, count - 1, np.nan), texts, np.maximum(1 - known, 0.0))


@dataclass(frozen=True)
class _Crossed:
    """Lines and the countries they cross, sorted by line, in the order of the way: the km of each
    in it. length_km: of all lines."""

    line: Indices
    code: Texts
    km: Floats
    length_km: Floats


def _crossed(starts: Floats, ends: Floats, layers: Sequence[Layer]) -> _Crossed:
    points = measure.along_geodesics(starts, ends, _POINTS)
    lines = np.asarray(shapely.linestrings(points), dtype=object)
    length_km = measure.length_km(lines)
    for i in np.flatnonzero(meridian.leaps(lines)).tolist():
        lines[i] = meridian.cut(lines[i])
    parts = [_met(lines, starts, layer) for layer in layers]
    line, code, km, first = (np.concatenate(column) for column in zip(*parts, strict=True))
    names, of = np.unique(code.astype(str), return_inverse=True)
    keys, which = np.unique(line * max(len(names), 1) + of, return_inverse=True)
    total, begins = sums(km, which, len(keys)), np.full(len(keys), np.inf)
    np.minimum.at(begins, which, first)
    line, of = np.divmod(keys, max(len(names), 1))
    order = np.lexsort((of, begins, line))
    return _Crossed(line[order], names[of[order]].astype(object), total[order], length_km)


def _met(lines: Geometries, starts: Floats, layer: Layer) -> tuple[Indices, Texts, Floats, Floats]:
    """Lines and countries of a layer: the km of each in it, and from where on; by pieces, of
    countries that are crossed."""
    line, piece = layer.pieces.meeting(shapely.bounds(lines))
    own = layer.pieces.is_a(OWN)[piece]
    line, piece = line[own], piece[own]
    rows, of = np.unique(piece, return_inverse=True)
    shapes = shapely.from_wkb(shapely.to_wkb(layer.pieces.shapes(rows)))  # copies to be prepared
    shapely.prepare(shapes)
    meet = shapely.intersects(shapes[of], lines[line])
    line, piece, of = line[meet], piece[meet], of[meet]
    parts = lines[line]
    cut = np.flatnonzero(~shapely.contains_properly(shapes[of], parts))
    parts[cut] = robust(shapely.intersection, parts[cut], shapes[of[cut]])
    km, first = measure.length_km(parts), _begins_km(parts, starts[line])
    feature = layer.pieces.feature_row[piece]
    kept = _is_crossed(line, feature, km, layer)
    return line[kept], _codes(layer)[feature[kept]], km[kept], first[kept]


def _begins_km(parts: Geometries, starts: Floats) -> Floats:
    """How far from the start of its line each part of it begins."""
    simple, part = shapely.get_parts(parts, return_index=True)
    lines = shapely.get_dimensions(simple) == 1
    simple, part = simple[lines], part[lines]
    out = np.full(len(parts), np.inf)
    for end in (0, -1):
        corners = shapely.get_coordinates(shapely.get_point(simple, end))
        np.minimum.at(out, part, measure.geodesic_km(*starts[part].T, *corners.T))
    return out


def _is_crossed(line: Indices, feature: Indices, km: Floats, layer: Layer) -> Flags:
    """Pairs of a line and a country of which more lies in it than the outline may be off."""
    _, which = np.unique(line * max(len(layer.features), 1) + feature, return_inverse=True)
    total = sums(km, which, int(which.max(initial=-1)) + 1)
    return np.asarray(total[which] > layer.spec.positional_error_m / measure.M_PER_KM)


def _judge_ways(ways: _Ways, asked: Indices, value: Floats, status: Texts, note: Texts) -> None:
    """Says, in place, of which lines a part lies in no country that is loaded: no border on the
    rest is then not claimed."""
    beyond = ways.unknown_share > _UNKNOWN_SHARE
    for i in np.flatnonzero(beyond).tolist():
        part = f"{100 * ways.unknown_share[i]:.0f} % of the line lies in no country that is loaded"
        note[asked[i]] = f"straight_line; {part}"
    rows = asked[beyond]
    status[rows] = IndicatorStatus.OUTSIDE_LAYER_EXTENT.value
    value[rows[value[rows] == 0]] = np.nan
