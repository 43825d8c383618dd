"""`screen()`: sites x layers -> Screening. Pure: the batch and the one drawn polygon alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import shapely

from cetm_geo import distances, indicators, measure, overlay, tables, totals, words
from cetm_geo.errors import SiteError
from cetm_geo.model import (
    SCREENED_ROLES,
    Layer,
    LayerSpec,
    LayerState,
    Progress,
    Role,
    Screening,
    SiteStatus,
    Stage,
)
from cetm_geo.rasters import measure_rasters
from cetm_geo.zonal import RasterLayer

MAX_VERTICES = 20_000
MAX_SPAN_DEGREES = 5.0
# Cost grows with corners and with what lies below: 2 000 corners over 5 degrees take a second.
MAX_CORNERS_TIMES_DEGREES = 10_000


def screen(
    sites: Any,
    layers: Mapping[str, Layer],
    as_of: date,
    progress: Progress | None = None,
    rasters: Sequence[RasterLayer] = (),
) -> Screening:
    """Measure sites against layers.

    Args:
        sites: GeoDataFrame by `tables.SITES`, EPSG:4326, valid polygons.
        layers: by id; those that give an indicator answer, the others are passed over.
        as_of: the day the screening speaks of. progress: called with (layer label, done, of).
        rasters: raster layers; each adds its indicators.

    Returns:
        Screening with overlaps, coverage, indicators and totals for every site, nil included.
    """
    sites = sites.reset_index(drop=True)
    asked = [layer for layer in layers.values() if layer.spec.measured]
    evidence = _measure(sites, asked, _Extents(layers), progress)
    coverage, measured = [], [indicators.indicators_of_sites(evidence)]
    summed = [totals.totals_of_sites(evidence)]
    for scope in overlay.scopes_of(asked):
        answer = indicators.coverage_of_scope(scope, evidence)
        coverage.append(answer)
        if scope.kind == "layer":
            coverage += indicators.coverage_of_classes(scope, evidence)
        measured += indicators.indicators_of_scope(scope, answer, evidence)
        if "overlap_km2" in scope.suffixes and scope.role != Role.CONCESSION:
            summed.append(totals.totals_of_scope(scope, answer, evidence))
    pairs = [
        overlay.overlaps_table(evidence.pairs[x.spec.id], sites, x)
        for x in asked
        if not x.failed and set(x.spec.measured) != {"nearest_km"}
    ]
    measured += measure_rasters(sites, rasters, progress)
    sources = [x.source for x in layers.values()] + [x.source for x in rasters]
    return Screening(
        sites=tables.validate(sites, tables.SITES),
        overlaps=tables.stack(pairs, tables.OVERLAPS),
        coverage=tables.stack(coverage, tables.COVERAGE),
        indicators=tables.stack(measured, tables.INDICATORS),
        totals=tables.stack(summed, tables.TOTALS),
        sources=tables.build(tables.SOURCES, [dict(row) for row in sources] or None),
        as_of=as_of,
    )


def _measure(
    sites: Any, layers: list[Layer], extents: _Extents, progress: Progress | None
) -> indicators.Evidence:
    pairs, nearest, inside = {}, {}, {}
    registers = [x.spec for x in layers if x.spec.id in set(sites["layer_id"])]
    site_error_m = max((spec.positional_error_m for spec in registers), default=100.0)
    for done, layer in enumerate(layers):
        name = layer.spec.id
        if progress:
            progress(layer.spec.label, done, len(layers))
        if layer.failed:
            continue
        pairs[name] = overlay.measure_overlaps(sites, layer, site_error_m)
        if "nearest_km" in layer.spec.measured:
            nearest[name] = distances.nearest(sites, layer, pairs[name])
        inside[name] = extents.inside(sites, layer.spec)
    return indicators.Evidence(sites, pairs, nearest, inside)


class _Extents:
    """Polygons where layers claim to be complete, by the words of `complete_within`."""

    def __init__(self, layers: Mapping[str, Layer]) -> None:
        self._layers = layers
        self._known: dict[tuple[str, float], overlay.Inside | None] = {}

    def inside(self, sites: Any, spec: LayerSpec) -> overlay.Inside | None:
        """How far sites lie inside; None where nothing, or nothing known, is claimed."""
        within = spec.complete_within
        if within == "world":
            return overlay.Inside.everywhere(len(sites))
        key = within, spec.positional_error_m
        if key not in self._known:
            extent = self._polygon(within) if within else None
            self._known[key] = (
                None if extent is None else overlay.inside(sites, extent, spec.positional_error_m)
            )
        return self._known[key]

    def _polygon(self, within: str) -> Any:
        if within.startswith("layer:"):
            layer = self._layers.get(within.removeprefix("layer:"))
            shapes = layer.shapes if layer else np.empty(0, object)
        else:
            countries = [x for x in self._layers.values() if x.spec.role == Role.COUNTRY]
            found = [x.shapes[(x.features["iso3"] == within).to_numpy(bool)] for x in countries]
            shapes = np.concatenate(found) if found else np.empty(0, object)
        if not len(shapes):
            return None
        return shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)


# --- a drawn polygon -----------------------------------------------------------------------------


def proposal(geometry: Mapping[str, Any], name: str = "Proposal") -> Any:
    """A GeoJSON geometry as a one-row `sites` frame.

    Raises SiteError with what is wrong and what to do: not a polygon, self-crossing, without area,
    off the map, too many vertices, too large.
    """
    shape = _polygon_from_json(geometry)
    if not shapely.is_valid(shape):
        why = shapely.is_valid_reason(shape)
        raise SiteError(
            f"The outline is not a valid polygon: {why}.",
            "Move the corners so that no edges cross.",
        )
    return sites_from_shapes([shape], [name])


def _polygon_from_json(geometry: Mapping[str, Any]) -> Any:
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if kind == "Feature":
        return _polygon_from_json(geometry.get("geometry") or {})
    if kind not in ("Polygon", "MultiPolygon"):
        raise SiteError(
            f"A {kind or 'shape without a type'} cannot be screened.", "Draw a polygon."
        )
    try:
        polygons = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]
        parts = [
            shapely.Polygon(_ring(rings[0]), [_ring(hole) for hole in rings[1:]])
            for rings in polygons
        ]
    except (KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        raise SiteError(
            "The outline's coordinates cannot be read.",
            "Give rings of [longitude, latitude] pairs that end where they begin.",
        ) from error
    shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    _check_limits(shape)
    return shape


def _ring(points: Any) -> list[tuple[float, float]]:
    ring = [(float(point[0]), float(point[1])) for point in points]
    if len(ring) < 4 or ring[0] != ring[-1] or not np.isfinite(ring).all():
        raise ValueError("not a closed ring of finite coordinates")
    return ring


def _check_limits(shape: Any) -> None:
    count = int(shapely.get_num_coordinates(shape))
    west, south, east, north = shapely.bounds(shape)
    if count == 0 or not np.isfinite([west, south, east, north]).all():
        raise SiteError("The outline has no coordinates.", "Draw at least three corners.")
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        raise SiteError(
            f"The outline reaches {west:g}, {south:g} to {east:g}, {north:g}: not degrees.",
            "Give longitude, then latitude, in degrees.",
        )
    if count > MAX_VERTICES:
        raise SiteError(f"The outline has {count} corners.", f"Give at most {MAX_VERTICES}.")
    span = max(east - west, north - south)
    if span > MAX_SPAN_DEGREES:
        raise SiteError(
            f"The outline spans {span:.1f} degrees.",
            f"Draw at most {MAX_SPAN_DEGREES:g} degrees across; the command line takes more.",
        )
    if count * span > MAX_CORNERS_TIMES_DEGREES:
        raise SiteError(
            f"The outline has {count} corners over {span:.1f} degrees.",
            f"Give at most {int(MAX_CORNERS_TIMES_DEGREES / span)} corners at this size; "
            "the command line takes more.",
        )


def sites_from_shapes(shapes: Iterable[Any], names: Iterable[str]) -> Any:
    """Valid lon/lat polygons as a `sites` frame of proposals. Raises SiteError for no area."""
    geometry = np.array(list(shapes), object)
    areas = measure.area_km2(geometry)
    if (areas <= 0).any():
        raise SiteError("The outline encloses no land.", "Draw at least three corners.")
    labels = list(names)
    ids = [f"proposal-{i}" for i in range(1, len(labels) + 1)]
    return tables.build(
        tables.SITES,
        {
            "site_id": ids,
            "group_id": ids,
            "class_id": "",
            "counted": True,
            "feature_id": ids,
            "name": labels,
            "kind": "proposal",
            "minerals": [[] for _ in labels],
            "stage": Stage.UNKNOWN.value,
            "status": SiteStatus.APPLICATION.value,
            "placeholder": False,
            "repaired": False,
            "area_km2": areas,
            "geometry": geometry,
        },
    )


# --- the answer for one site ---------------------------------------------------------------------


def marks(coverage: pd.DataFrame) -> pd.Series[str]:
    """One word a site for the map, indexed by site_id.

    overlaps; within_mapping_error; else not_fully_screened where any screened role's answer has a
    gap (no, failed, partial, rejected, stale or undated data); else checked_none.
    """
    roles = coverage[(coverage["scope_kind"] == "role") & (coverage["class_id"] == "")]
    roles = roles[roles["scope_id"].isin([r.value for r in SCREENED_ROLES])]
    by_site = (
        pd.DataFrame(
            {
                "site_id": roles["site_id"],
                "overlaps": roles["state"] == LayerState.OVERLAPS.value,
                "error": roles["state"] == LayerState.WITHIN_MAPPING_ERROR.value,
                "gap": roles["gap"],
            }
        )
        .groupby("site_id", sort=False)
        .any()
    )
    words = np.select(
        [by_site["overlaps"], by_site["error"], by_site["gap"]],
        ["overlaps", "within_mapping_error", "not_fully_screened"],
        "checked_none",
    )
    return pd.Series(words, by_site.index, name="mark")


def answer_of(screening: Screening, layers: Mapping[str, Layer], site_id: str) -> dict[str, Any]:
    """Everything the page says of one screened site; the shape of `store.site_answer`.

    Keys: site (facts and bounds), lines (one a layer and role), overlaps, sources. Plain values,
    null as None.
    """
    site = screening.sites[screening.sites["site_id"] == site_id]
    west, south, east, north = (float(v) for v in site.total_bounds)
    facts = _plain_rows(pd.DataFrame(site.drop(columns="geometry")))[0]
    sources = {row["layer_id"]: row for row in _plain_rows(screening.sources)}
    lookup = _FeatureLookup(layers)
    coverage = screening.coverage
    own = coverage[(coverage["site_id"] == site_id) & (coverage["class_id"] == "")]
    pairs = screening.overlaps[screening.overlaps["site_id"] == site_id]
    return {
        "site": facts | {"west": west, "south": south, "east": east, "north": north},
        "lines": [_line(row, sources, lookup) for row in _plain_rows(own)],
        "overlaps": [
            _overlap(row, sources, lookup)
            for row in _plain_rows(pd.DataFrame(pairs.drop(columns="geometry")))
        ],
        "sources": list(sources.values()),
    }


class _FeatureLookup:
    """Name and designation of a feature by layer and id."""

    def __init__(self, layers: Mapping[str, Layer]) -> None:
        self._layers = layers
        self._tables: dict[str, Any] = {}

    def get(self, layer_id: str | None, feature_id: str | None, column: str) -> str | None:
        if layer_id is None or feature_id is None:
            return None
        if layer_id not in self._tables:
            features = pd.DataFrame(self._layers[layer_id].features)
            self._tables[layer_id] = features.set_index("feature_id")[["name", "designation"]]
        found = self._tables[layer_id].loc[feature_id, column]
        return found if isinstance(found, str) else None


def _plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(k): None if isinstance(v, float) and np.isnan(v) else v for k, v in row.items()}
        for row in frame.to_dict("records")
    ]


def _line(row: dict[str, Any], sources: Mapping[str, Any], names: _FeatureLookup) -> dict[str, Any]:
    source = sources.get(row["scope_id"], {}) if row["scope_kind"] == "layer" else {}
    role = source.get("role", row["scope_id"])
    kept = (
        "scope_id",
        "scope_kind",
        "state",
        "covered_km2",
        "covered_share",
        "feature_count",
        "nearest_km",
        "inside_share",
        "gap",
        "note",
    )
    nearest = names.get(row["nearest_layer_id"], row["nearest_feature_id"], "name")
    return {key: row[key] for key in kept} | {
        "role": role,
        "label": source.get("label") or words.role_label(role),
        "nearest_name": nearest,
        **{key: source.get(key) for key in ("as_of", "licence", "publish")},
    }


def _overlap(
    row: dict[str, Any], sources: Mapping[str, Any], names: _FeatureLookup
) -> dict[str, Any]:
    source = sources[row["layer_id"]]
    named = {k: names.get(row["layer_id"], row["feature_id"], k) for k in ("name", "designation")}
    return row | named | {"layer_label": source["label"], "role": source["role"]}
