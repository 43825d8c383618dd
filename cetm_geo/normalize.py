"""raw frame + LayerSpec -> Layer in EPSG:4326, with every feature accounted for.

The books: rows in = accepted (of which repaired) + excluded by rule + rejected, each with a reason
in the issues. Nothing here judges; it only brings every register to the same words and shapes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cetm_geo import measure, tables, vocabulary
from cetm_geo.errors import ColumnsNotFound
from cetm_geo.model import OVERLAID_ROLES, IssueAction, Layer, LayerSpec, Role
from cetm_geo.readers import FileFacts, RawFrame

Reasons = NDArray[np.object_]

# Roles whose features may be points or lines as well as polygons.
_POINTS_WELCOME = frozenset(Role) - {
    Role.CONCESSION, Role.WATER_BASIN, Role.MORATORIUM, Role.COUNTRY
}  # fmt: skip
_CIRCLE_VERTICES = 16
_CIRCLE_SPREAD = 0.01  # radii of a placeholder differ by less than this share of their mean


def normalize_layer(raw: RawFrame, spec: LayerSpec, facts: FileFacts, on: date) -> Layer:
    """A layer in EPSG:4326 by the contracts of `tables`, and its books.

    Args:
        raw: what stands in the file. spec: what the catalogue says of it. facts: the file's digest.
        on: the day against which the layer's age is told.

    Raises ColumnsNotFound, with near names, where a declared column is not in the file.
    """
    attributes = _renamed(raw.attributes, spec)
    found = _find_columns(attributes, spec)
    log = _Log(spec.id, _ids(attributes, spec, found, raw.geometry), len(raw))
    log.drop(raw.unreadable, IssueAction.REJECTED)
    _exclude(attributes, spec, log)
    shapes = _lonlat(raw, log)
    shapes, circle = _circles_from_points(shapes, attributes, spec, log)
    shapes = _repair(shapes, spec, log)
    kept = log.kept
    features = _features(attributes[kept], shapes[kept], circle[kept], spec, found, log)
    if spec.role == Role.CONCESSION:
        features = _sites(features, attributes[kept], spec, found, log)
    source = _source_row(spec, facts, raw, log, on)
    return Layer(spec, features, log.frame(), source)


def failed_layer(spec: LayerSpec, problem: str, on: date) -> Layer:
    """A layer whose file could not be read: no features, and the reason in its source row."""
    log = _Log(spec.id, np.empty(0, object), 0)
    source = _source_row(spec, FileFacts("", 0, ""), None, log, on) | {"problem": problem}
    contract = tables.FEATURES
    if spec.role == Role.CONCESSION:
        contract = _merged_contract()
    return Layer(spec, tables.build(contract), tables.build(tables.ISSUES), source)


class _Log:
    """Which rows are still in, which were repaired, and an issue for everything that happened."""

    def __init__(self, layer_id: str, ids: Reasons, rows: int) -> None:
        self.layer_id, self.ids = layer_id, ids
        self.kept = np.ones(rows, bool)
        self.repaired = np.zeros(rows, bool)
        self.counts = {IssueAction.EXCLUDED: 0, IssueAction.REJECTED: 0}
        self.rows: list[dict[str, Any]] = []

    def drop(self, reasons: Reasons, action: IssueAction) -> None:
        """Leave out the rows that have a reason and are still in."""
        dropped = np.flatnonzero(self.kept & (reasons != ""))
        for i in dropped:
            self.note(i, str(reasons[i]), action)
        self.kept[dropped] = False
        self.counts[action] += len(dropped)

    def note(
        self, row: int, problem: str, action: IssueAction, area_change: float | None = None
    ) -> None:
        self.rows.append({
            "layer_id": self.layer_id, "feature_id": self.ids[row], "problem": problem,
            "action": action.value, "area_change_share": area_change,
        })  # fmt: skip

    def note_layer(self, problem: str) -> None:
        """A remark on the layer as a whole."""
        self.rows.append({
            "layer_id": self.layer_id, "feature_id": None, "problem": problem,
            "action": IssueAction.NOTED.value, "area_change_share": None,
        })  # fmt: skip

    def frame(self) -> pd.DataFrame:
        return pd.DataFrame(tables.build(tables.ISSUES, self.rows or None))


# --- columns and texts ---------------------------------------------------------------------------


def _renamed(attributes: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    for rename in spec.rename:
        if not set(rename.when) <= set(attributes.columns):
            continue
        attributes = attributes.rename(columns=dict(rename.columns))
        for column, words in rename.values.items():
            if column in attributes:
                texts = vocabulary.texts(attributes[column])
                attributes[column] = [words.get(t, t) for t in texts]
    return attributes


def _find_columns(attributes: pd.DataFrame, spec: LayerSpec) -> dict[str, str]:
    """Canonical name -> column of the file; raises ColumnsNotFound with all that are absent."""
    by_fold = {str(c).casefold(): str(c) for c in attributes.columns}
    found = {k: by_fold[c.casefold()] for k, c in spec.columns.items() if c.casefold() in by_fold}
    absent = [c for k, c in spec.columns.items() if k not in found and k not in spec.optional_columns]
    rules = [r.column for r in (*spec.exclude, *spec.classes)]
    absent += [c for c in rules + [spec.point_area_km2] if c and c not in attributes.columns]
    if absent:
        hints = []
        for column in dict.fromkeys(absent):
            near = get_close_matches(column.casefold(), by_fold, 1, 0.5)
            hints.append(f"{column!r}" + (f" (near: {by_fold[near[0]]!r})" if near else ""))
        raise ColumnsNotFound(
            f"layer {spec.id}, file {spec.source.path}: no column {', '.join(hints)}.",
            f"The file has: {', '.join(map(str, attributes.columns)) or 'no columns'}.",
        )
    return found


def _text_column(
    attributes: pd.DataFrame, spec: LayerSpec, found: Mapping[str, str], name: str
) -> Reasons:
    """A column's texts with None where blank or one of the texts that mean missing."""
    if name not in found:
        return np.full(len(attributes), None, object)
    missing = {t.casefold() for t in spec.missing_texts}
    values = vocabulary.texts(attributes[found[name]])
    return np.array([None if not v or v.casefold() in missing else v for v in values], object)


def _ids(
    attributes: pd.DataFrame, spec: LayerSpec, found: Mapping[str, str], shapes: NDArray[np.object_]
) -> Reasons:
    """Ids that are unique and stay the same between builds.

    The publisher's code; a repeated one, and a row without one, is told by its content's digest.
    """
    codes = _text_column(attributes, spec, found, "feature_id")
    taken: set[str] = set()
    out = np.empty(len(codes), object)
    for i, code in enumerate(codes):
        if code is None or code in taken:
            content = _digest(attributes, shapes, i)
            code = f"{code}#{content}" if code else f"row-{content}"
            if code in taken:  # the same content twice
                code = f"{code}-{i}"
        taken.add(code)
        out[i] = code
    return out


def _digest(attributes: pd.DataFrame, shapes: NDArray[np.object_], row: int) -> str:
    values = "\x1f".join(vocabulary.texts(attributes.iloc[row]))
    wkb = shapely.to_wkb(shapes[row]) if shapes[row] is not None else b""
    return hashlib.sha256(values.encode() + wkb).hexdigest()[:8]


def _exclude(attributes: pd.DataFrame, spec: LayerSpec, log: _Log) -> None:
    for rule in spec.exclude:
        listed = _one_of(attributes[rule.column], rule.values or rule.keep)
        out = listed if rule.values else ~listed
        log.drop(np.where(out, rule.reason, "").astype(object), IssueAction.EXCLUDED)


def _one_of(column: pd.Series[Any], values: Sequence[str]) -> NDArray[np.bool_]:
    wanted = {v.casefold() for v in values}
    return np.array([t.casefold() in wanted for t in vocabulary.texts(column)], bool)


# --- shapes --------------------------------------------------------------------------------------


def _lonlat(raw: RawFrame, log: _Log) -> NDArray[np.object_]:
    """Shapes in lon/lat, 2D; those without a usable place on earth are rejected."""
    absent = shapely.is_missing(raw.geometry) | shapely.is_empty(raw.geometry)
    log.drop(np.where(absent, "no geometry", "").astype(object), IssueAction.REJECTED)
    flat = shapely.force_2d(raw.geometry)
    shapes = np.asarray(measure.to_lonlat(flat, raw.crs), dtype=object)
    bounds = shapely.bounds(shapes)
    not_finite = ~np.isfinite(_coordinate_sums(shapes))
    log.drop(np.where(not_finite, "a coordinate is not a number", "").astype(object),
             IssueAction.REJECTED)  # fmt: skip
    with np.errstate(invalid="ignore"):
        off = (np.abs(bounds[:, [0, 2]]) > 180.0001).any(1) | (
            np.abs(bounds[:, [1, 3]]) > 90.0001
        ).any(1)
    reason = "coordinates are not longitude and latitude; is the stated CRS right?"
    log.drop(np.where(off, reason, "").astype(object), IssueAction.REJECTED)
    return shapes


def _coordinate_sums(shapes: NDArray[np.object_]) -> measure.Floats:
    coords, owner = shapely.get_coordinates(shapes, return_index=True)
    return np.bincount(owner, weights=coords.sum(axis=1), minlength=len(shapes))


def _circles_from_points(
    shapes: NDArray[np.object_], attributes: pd.DataFrame, spec: LayerSpec, log: _Log
) -> tuple[NDArray[np.object_], Reasons]:
    """Points that state an area become discs of that area; those that state none are left out."""
    circle = np.full(len(shapes), None, object)
    if not spec.point_area_km2:
        return shapes, circle
    areas = np.array([
        vocabulary.number(t) or 0.0 for t in vocabulary.texts(attributes[spec.point_area_km2])
    ])  # fmt: skip
    points = np.isin(shapely.get_type_id(shapes), (0, 4)) & log.kept
    bare = points & ~(areas > 0)
    log.drop(np.where(bare, f"a point without {spec.point_area_km2}", "").astype(object),
             IssueAction.EXCLUDED)  # fmt: skip
    shapes = shapes.copy()
    for i in np.flatnonzero(points & ~bare):
        places = shapely.get_coordinates(shapes[i])
        radius = float(np.sqrt(areas[i] / len(places) / np.pi))
        discs = [measure.circle(lon, lat, radius) for lon, lat in places]
        shapes[i] = shapely.union_all(discs) if len(discs) > 1 else discs[0]
        circle[i] = "derived_from_point"
        log.note(i, f"a point drawn as a circle of {areas[i]:g} km2", IssueAction.NOTED)
    return shapes, circle


def _repair(shapes: NDArray[np.object_], spec: LayerSpec, log: _Log) -> NDArray[np.object_]:
    """Valid shapes of the kinds the role takes; area changes are recorded.

    make_valid by structure: linear time on self-crossing rings where the default is not, and a
    bow-tie keeps both its lobes.
    """
    shapes = shapes.copy()
    for i in np.flatnonzero(log.kept & ~shapely.is_valid(shapes)):
        why = shapely.is_valid_reason(shapes[i]).split("[")[0].strip()
        before = float(measure.area_km2([shapes[i]])[0])
        shapes[i] = shapely.make_valid(shapes[i], method="structure", keep_collapsed=False)
        after = float(measure.area_km2([shapes[i]])[0])
        change = (after - before) / before if before > 0 else None
        if not shapes[i].is_empty:
            log.note(i, f"invalid geometry: {why}", IssueAction.REPAIRED, change)
            log.repaired[i] = True
    return _right_kind(shapes, spec, log)


def _right_kind(shapes: NDArray[np.object_], spec: LayerSpec, log: _Log) -> NDArray[np.object_]:
    if spec.role not in OVERLAID_ROLES and spec.role != Role.COUNTRY:
        return shapes
    polygons = measure.polygon_part(shapes)
    flat = ~np.isin(shapely.get_type_id(shapes), (3, 6, 7))
    points = np.isin(shapely.get_type_id(shapes), (0, 4))
    welcome = points if spec.role in _POINTS_WELCOME else np.zeros(len(shapes), bool)
    none_left = np.array([p is None for p in polygons]) & ~welcome
    reasons = np.where(none_left, np.where(flat, "not a polygon", "no area left"), "")
    log.drop(reasons.astype(object), IssueAction.REJECTED)
    zero = ~welcome & log.kept
    zero[zero] = measure.area_km2(polygons[zero]) <= 0
    log.drop(np.where(zero, "a polygon without area", "").astype(object), IssueAction.REJECTED)
    return np.where(welcome, shapes, polygons)


def is_circle(shape: Any) -> bool:
    """True for a polygon that was drawn as a circle round a point, in metres or in degrees.

    One ring without holes of at least 16 vertices, evenly spread, all at one distance from the
    middle to within 1 %: a boundary surveyed on the ground is never that.
    """
    parts = shapely.get_parts(shape)
    if len(parts) != 1 or parts[0].geom_type != "Polygon" or len(parts[0].interiors):
        return False
    ring = shapely.get_coordinates(parts[0].exterior)[:-1]
    if len(ring) < _CIRCLE_VERTICES:
        return False
    middle = (ring.min(axis=0) + ring.max(axis=0)) / 2
    offsets = ring - middle
    for scaled in (offsets, offsets * measure.scale_km(middle[1])):
        radius = np.hypot(scaled[:, 0], scaled[:, 1])
        turn = np.sort(np.arctan2(scaled[:, 1], scaled[:, 0]))
        gaps = np.diff(np.r_[turn, turn[0] + 2 * np.pi])
        if np.ptp(radius) <= _CIRCLE_SPREAD * radius.mean() and gaps.max() < np.pi / 4:
            return True
    return False


# --- tables --------------------------------------------------------------------------------------


def _features(
    attributes: pd.DataFrame,
    shapes: NDArray[np.object_],
    circle: Reasons,
    spec: LayerSpec,
    found: Mapping[str, str],
    log: _Log,
) -> Any:
    ids = log.ids[log.kept]
    groups = _text_column(attributes, spec, found, "group_id")
    class_id, counted = _classes(attributes, spec)
    tenure, _ = vocabulary.translate(
        _text_column(attributes, spec, found, "tenure"), spec.values.get("tenure", {})
    )
    fixed = spec.tenure.value if spec.tenure else None
    drawn = np.array(["drawn_circle" if is_circle(s) else None for s in shapes], object)
    iso3 = _text_column(attributes, spec, found, "iso3")
    data = {
        "layer_id": spec.id,
        "feature_id": ids,
        "group_id": np.where([g is None for g in groups], ids, groups),
        "name": _text_column(attributes, spec, found, "name"),
        "designation": _text_column(attributes, spec, found, "designation"),
        "class_id": class_id,
        "counted": counted,
        "tenure": np.array([t or fixed for t in tenure], object),
        "iso3": np.array([v or spec.iso3 or None for v in iso3], object),
        "circle": np.where([c is None for c in circle], drawn, circle),
        "repaired": log.repaired[log.kept],
        "area_km2": measure.area_km2(shapes),
        "geometry": shapes,
    }
    return tables.validate(pd.DataFrame(data), tables.FEATURES)


def _classes(attributes: pd.DataFrame, spec: LayerSpec) -> tuple[Reasons, NDArray[np.bool_]]:
    class_id = np.full(len(attributes), "", object)
    counted = np.ones(len(attributes), bool)
    for rule in reversed(spec.classes):  # the first that fits wins, so it is written last
        fits = _one_of(attributes[rule.column], rule.values)
        class_id[fits], counted[fits] = rule.id, rule.counted
    return class_id, counted


def _sites(
    features: Any, attributes: pd.DataFrame, spec: LayerSpec, found: Mapping[str, str], log: _Log
) -> Any:
    """The features of a register of titles with what `tables.SITES` adds."""
    text = {
        name: _text_column(attributes, spec, found, name)
        for name in ("holder", "minerals", "stage", "status", "declared_area")
    }
    status, unknown = vocabulary.translate(text["status"], spec.values.get("status", {}))
    stage, odd = vocabulary.translate(text["stage"], spec.values.get("stage", {}))
    for what, words in (("status", unknown), ("stage", odd)):
        for word, count in words.items():
            log.note_layer(f"the {what} {word!r} of {count} titles is not in the catalogue: unknown")
    site_ids = np.array([f"{spec.id}:{i}" for i in features["feature_id"]], object)
    unit = measure.KM2_PER_UNIT.get(spec.declared_area_unit, np.nan)
    declared = [vocabulary.number(t) for t in text["declared_area"]]
    out = features.assign(
        site_id=site_ids,
        kind="concession",
        holder=text["holder"],
        minerals=pd.Series([vocabulary.minerals(t) for t in text["minerals"]], features.index),
        commodity_text=text["minerals"],
        stage=[s or "unknown" for s in stage],
        stage_text=text["stage"],
        status=[s or "unknown" for s in status],
        status_text=text["status"],
        declared_area_km2=[np.nan if d is None else d * unit for d in declared],
        placeholder=(features["circle"] == "drawn_circle").to_numpy(bool),
        duplicate_of=_duplicates(features.geometry.to_numpy(), site_ids),
        **{
            name: vocabulary.dates(attributes[found[name]], spec.date_order)
            if name in found else np.full(len(features), None, object)
            for name in ("applied_on", "granted_on", "expires_on")
        },
    )  # fmt: skip
    _note_sites(out, log)
    return tables.validate(out, _merged_contract())


def _note_sites(sites: Any, log: _Log) -> None:
    rows = np.flatnonzero(log.kept)
    for row, circle, twin in zip(rows, sites["placeholder"], sites["duplicate_of"], strict=True):
        if circle:
            log.note(row, "a circle drawn round a point, not a boundary", IssueAction.NOTED)
        if isinstance(twin, str):
            log.note(row, f"the same geometry as {twin}", IssueAction.NOTED)


def _merged_contract() -> tables.Contract:
    names = {c.name for c in tables.FEATURES}
    return (*tables.FEATURES, *(c for c in tables.SITES if c.name not in names))


def _duplicates(shapes: NDArray[np.object_], ids: Reasons) -> Reasons:
    """For each shape the id of the first one equal to it, None for the first itself."""
    first: dict[bytes, str] = {}
    out = np.full(len(shapes), None, object)
    for i, wkb in enumerate(shapely.to_wkb(shapely.normalize(shapes))):
        out[i] = first.get(wkb)
        first.setdefault(wkb, ids[i])
    return out


def _source_row(
    spec: LayerSpec, facts: FileFacts, raw: RawFrame | None, log: _Log, on: date
) -> dict[str, Any]:
    return {
        "layer_id": spec.id,
        "role": spec.role.value,
        "label": spec.label,
        "file": spec.source.path,
        "sha256": facts.sha256 or None,
        "size_bytes": facts.size_bytes,
        "modified_on": facts.modified_on or None,
        "crs": raw.crs.to_string() if raw else None,
        "rows_in": len(log.kept),
        "rows_accepted": int(log.kept.sum()),
        "rows_repaired": int((log.kept & log.repaired).sum()),
        "rows_excluded": log.counts[IssueAction.EXCLUDED],
        "rows_rejected": log.counts[IssueAction.REJECTED],
        "as_of": spec.as_of or None,
        "stale_after_years": spec.stale_after_years,
        "stale": is_stale(spec, on),
        "licence": spec.licence.text,
        "licence_url": spec.licence.url or None,
        "attribution": spec.licence.attribution or None,
        "publish": spec.licence.publish.value,
        "complete_within": spec.complete_within or None,
        "positional_error_m": spec.positional_error_m,
        "tenure": spec.tenure.value if spec.tenure else None,
        "style": vocabulary.json_text(spec.style),
        "note": spec.note or None,
        "problem": None,
    }


def is_stale(spec: LayerSpec, on: date) -> bool:
    """True if the layer's day plus its shelf life lies before `on`; no date given is not stale."""
    if not spec.as_of or spec.stale_after_years is None:
        return False
    year, month, day = (*map(int, spec.as_of.split("-")), 12, 31)[:3]
    months = year * 12 + month + round(spec.stale_after_years * 12)
    return (on.year * 12 + on.month, on.day) > (months, min(day, 28))
