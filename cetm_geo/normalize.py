"""raw frame + LayerSpec -> Layer in EPSG:4326, with every feature accounted for.

The books: rows in = accepted (of which repaired) + excluded by rule + rejected, each with a reason
in the issues. Nothing here judges; it only brings every register to the same words and shapes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
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
from cetm_geo.model import IssueAction, Layer, LayerSpec, Role
from cetm_geo.readers import FileFacts, RawFrame
from cetm_geo.shapes import Books, Reasons, circles_from_points, in_lonlat, is_circle, repaired


def normalize_layer(raw: RawFrame, spec: LayerSpec, facts: FileFacts, on: date) -> Layer:
    """A layer in EPSG:4326 by the contracts of `tables`, and its books.

    Args:
        raw: what stands in the file. spec: what the catalogue says of it. facts: the file's digest.
        on: the day against which the layer's age is told.

    Raises ColumnsNotFound, with near names, where a declared column is not in the file.
    """
    attributes = _renamed(_spelled(raw.attributes, spec), spec)
    found = _find_columns(attributes, spec)
    books = Books(spec.id, _ids(attributes, spec, found, raw.geometry), len(raw))
    if not len(raw):
        books.note_layer("the file holds no rows")
    for remark in raw.remarks:
        books.note_layer(f"the reader remarks: {remark}")
    books.drop(raw.unreadable, IssueAction.REJECTED)
    _exclude(attributes, spec, books)
    shapes = in_lonlat(raw, books)
    shapes, circle = circles_from_points(shapes, attributes, spec, books)
    shapes = repaired(shapes, spec, books)
    kept = books.kept
    features = _features(attributes[kept], shapes[kept], circle[kept], spec, found, books)
    if spec.role == Role.CONCESSION:
        features = _sites(features, attributes[kept], spec, found, books)
    source = _source_row(spec, facts, raw, books, on)
    return Layer(spec, features, books.frame(), source)


def failed_layer(spec: LayerSpec, problem: str, on: date) -> Layer:
    """A layer whose file could not be read: no features, and the reason in its source row."""
    books = Books(spec.id, np.empty(0, object), 0)
    source = _source_row(spec, FileFacts("", 0, ""), None, books, on) | {"problem": problem}
    contract = tables.FEATURES
    if spec.role == Role.CONCESSION:
        contract = _merged_contract()
    return Layer(spec, tables.build(contract), tables.build(tables.ISSUES), source)


# --- columns and texts ---------------------------------------------------------------------------


def _spelled(attributes: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    """Columns in the catalogue's spelling where they differ only in case."""
    names = {spec.point_area_km2, *spec.columns.values()}
    names |= {r.column for r in spec.exclude} | {c.column for c in spec.classes}
    names |= {name for r in spec.rename for name in (*r.when, *r.columns)}
    held = set(attributes.columns)
    wanted = {name.casefold(): name for name in names - held}
    spelled = {c: wanted[c.casefold()] for c in map(str, attributes) if c.casefold() in wanted}
    return attributes.rename(columns=spelled)


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
    absent = [
        c for k, c in spec.columns.items() if k not in found and k not in spec.optional_columns
    ]
    rules = [r.column for r in spec.exclude] + [c.column for c in spec.classes]
    absent += [c for c in [*rules, spec.point_area_km2] if c and c not in attributes.columns]
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
    """Ids that are unique and stay the same between builds, in whatever order the rows come.

    The publisher's code; every row of a repeated one, and a row without one, is told by its
    content's digest, and rows of the same content by their number among them.
    """
    codes = _text_column(attributes, spec, found, "feature_id")
    often = Counter(codes.tolist())
    used = set(codes.tolist())
    out = codes.copy()
    for i, code in enumerate(codes):
        if code is not None and often[code] == 1:
            continue
        content = _digest(attributes, shapes, i)
        stem = name = f"{code}#{content}" if code else f"row-{content}"
        number = 1
        while name in used:
            number += 1
            name = f"{stem}-{number}"
        out[i] = name
        used.add(name)
    return out


def _digest(attributes: pd.DataFrame, shapes: NDArray[np.object_], row: int) -> str:
    values = "\x1f".join(vocabulary.texts(attributes.iloc[row]))
    wkb = shapely.to_wkb(shapes[row]) if shapes[row] is not None else b""
    return hashlib.sha256(values.encode() + wkb).hexdigest()[:8]


def _exclude(attributes: pd.DataFrame, spec: LayerSpec, books: Books) -> None:
    for rule in spec.exclude:
        if rule.role not in (None, spec.role):
            continue
        listed = _one_of(attributes[rule.column], rule.values or rule.keep)
        out = listed if rule.values else ~listed
        books.drop(np.where(out, rule.reason, "").astype(object), IssueAction.EXCLUDED)


def _one_of(column: pd.Series[Any], values: Sequence[str]) -> NDArray[np.bool_]:
    wanted = {v.casefold() for v in values}
    return np.array([t.casefold() in wanted for t in vocabulary.texts(column)], bool)


# --- tables --------------------------------------------------------------------------------------


def _features(
    attributes: pd.DataFrame,
    shapes: NDArray[np.object_],
    circle: Reasons,
    spec: LayerSpec,
    found: Mapping[str, str],
    books: Books,
) -> Any:
    ids = books.ids[books.kept]
    groups = _text_column(attributes, spec, found, "group_id")
    class_id, counted = _classes(attributes, spec)
    tenure, odd = vocabulary.translate(
        _text_column(attributes, spec, found, "tenure"), spec.values.get("tenure", {})
    )
    for word, count in odd.items():
        books.note_layer(
            f"the tenure {word!r} of {count} features is not in the catalogue: unknown"
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
        "repaired": books.repaired[books.kept],
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
    features: Any, attributes: pd.DataFrame, spec: LayerSpec, found: Mapping[str, str], books: Books
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
            books.note_layer(
                f"the {what} {word!r} of {count} titles is not in the catalogue: unknown"
            )
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
            if name in found
            else np.full(len(features), None, object)
            for name in ("applied_on", "granted_on", "expires_on")
        },
    )
    _note_sites(out, books)
    return tables.validate(out, _merged_contract())


def _note_sites(sites: Any, books: Books) -> None:
    rows = np.flatnonzero(books.kept)
    for row, circle, twin in zip(
        rows.tolist(), sites["placeholder"], sites["duplicate_of"], strict=True
    ):
        if circle:
            books.note(row, "a circle drawn round a point, not a boundary", IssueAction.NOTED)
        if isinstance(twin, str):
            books.note(row, f"the same geometry as {twin}", IssueAction.NOTED)


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
    spec: LayerSpec, facts: FileFacts, raw: RawFrame | None, books: Books, on: date
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
        "rows_in": len(books.kept),
        "rows_accepted": int(books.kept.sum()),
        "rows_repaired": int((books.kept & books.repaired).sum()),
        "rows_excluded": books.counts[IssueAction.EXCLUDED],
        "rows_rejected": books.counts[IssueAction.REJECTED],
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
    parts = [int(part) for part in spec.as_of.split("-")]
    year, month, day = [*parts, *(12, 31)[len(parts) - 1 :]]
    months = year * 12 + month + round(spec.stale_after_years * 12)
    return (on.year * 12 + on.month, on.day) > (months, day)
