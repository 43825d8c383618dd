"""raw frame + LayerSpec -> Layer in EPSG:4326, with every feature accounted for.

The books: rows in = accepted (of which repaired) + excluded by rule + rejected, each with a reason
in the issues. Nothing here judges; it only brings every register to the same words and shapes.
"""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cetm_geo import levels, measure, profiles, readers, scales, tables, vocabulary
from cetm_geo.arrays import Box, Floats, Geometries, Texts
from cetm_geo.books import Books
from cetm_geo.columns import find_columns, in_catalogue_words, text_column
from cetm_geo.declared import note_declared
from cetm_geo.identity import duplicates, stable_ids
from cetm_geo.links import StatedLinks, basin_ids, links_of
from cetm_geo.location import in_lonlat
from cetm_geo.model import IssueAction, Layer, LayerSpec, Role
from cetm_geo.readers import FileFacts, RawFrame
from cetm_geo.rulebook.mineral_matching import matcher
from cetm_geo.shapes import circles, circles_from_points, outlines_from_lines, repaired
from cetm_geo.validity import day_column, exclude_not_in_force
from cetm_geo.views import as_declared, told_apart

_TOKENS_TOLD = 50
# What a register says in its own words, brought to those of the model.
_TRANSLATED = ("status", "stage", "method")


@dataclass(frozen=True)
class Shapes:
    """The shapes that were accepted: areas in km2, and how each came to be a circle, or None."""

    geometry: Geometries
    area_km2: Floats
    circle: Texts


def normalize_layer(
    raw: RawFrame,
    spec: LayerSpec,
    facts: FileFacts,
    on: date,
    expected: Box | None = None,
    stated: StatedLinks | None = None,
) -> Layer:
    """A layer in EPSG:4326 by the contracts of `tables`, and its books.

    Args:
        raw: what stands in the file; its array of shapes is used up (written over) on the way.
        spec: what the catalogue says of it. facts: the file's digest.
        on: the day against which the layer's age is told, and on which features are in force.
        expected: west, south, east, north of the country; what lies elsewhere is told.
        stated: what drains to what, where a table beside the file says so.

    Raises ColumnsNotFound, with near names, where a declared column is not in the file.
    """
    every = attributes = in_catalogue_words(raw.attributes, spec)
    found = find_columns(attributes, spec)
    codes = text_column(attributes, spec, found, "feature_id")
    books = Books(spec.id, stable_ids(codes, attributes, raw.geometry), len(raw))
    if not len(raw):
        books.note_layer("the file holds no rows")
    if spec.profile_unverified:
        books.note_layer(profiles.unverified(spec.profile_unverified))
    for remark in raw.remarks:
        books.note_layer(f"the reader remarks: {remark}")
    books.drop(raw.unreadable, IssueAction.REJECTED)
    _exclude(attributes, spec, books)
    exclude_not_in_force(attributes, spec, found, on, books)
    shapes = in_lonlat(raw, spec, books, expected)
    shapes, circle = circles_from_points(shapes, attributes, spec, books)
    outlines_from_lines(shapes, spec, books)
    shapes, area_km2 = repaired(shapes, spec, books)
    attributes = attributes[books.kept]
    found_shapes = Shapes(shapes[books.kept], area_km2[books.kept], circle[books.kept])
    features = _features(attributes, found_shapes, spec, found, books)
    declared_km2 = _declared_km2(attributes, spec, found, books)
    note_declared(declared_km2, features, spec, books)
    links = links_of(attributes, features, declared_km2, spec, found, stated, books)
    if spec.role == Role.CONCESSION:
        features = _sites(features, declared_km2, attributes, spec, found, books)
    ratings = scales.ratings_of(every, _parts(raw, spec), spec, books)
    source = _source_row(spec, facts, raw, books, on)
    source["tells"] = told_apart(spec, attributes.columns, found) or None
    return Layer(spec, features, books.frame(), source, links=links, ratings=ratings)


def _parts(raw: RawFrame, spec: LayerSpec) -> readers.Parts | None:
    """The rows of a joined table, in the words of the catalogue."""
    if raw.parts is None:
        return None
    return replace(raw.parts, rows=in_catalogue_words(raw.parts.rows, spec))


def failed_layer(spec: LayerSpec, problem: str, on: date) -> Layer:
    """A layer whose file could not be read: no features, and the reason in its source row, as one
    line, which a name in the file may have broken."""
    told = problem.replace("\n", "\\n")
    books = Books(spec.id, np.empty(0, object), 0)
    source = _source_row(spec, FileFacts("", 0, "", 0), None, books, on) | {"problem": told}
    contract = tables.FEATURES
    if spec.role == Role.CONCESSION:
        contract = _merged_contract()
    return Layer(spec, tables.build(contract), tables.build(tables.ISSUES), source)


# --- rows left out --------------------------------------------------------------------------------


def _exclude(attributes: pd.DataFrame, spec: LayerSpec, books: Books) -> None:
    for rule in spec.exclude:
        if rule.role not in (None, spec.role):
            continue
        listed = _one_of(attributes[rule.column], rule.values or rule.keep)
        out = listed if rule.values else ~listed
        books.drop(np.where(out, rule.reason, "").astype(object), IssueAction.EXCLUDED)


def _one_of(column: pd.Series[Any], values: Sequence[str]) -> NDArray[np.bool_]:
    wanted = {v.casefold() for v in values}
    texts = vocabulary.texts(column)
    return vocabulary.per_distinct(texts, lambda t: t.casefold() in wanted).astype(bool)


# --- tables --------------------------------------------------------------------------------------


def _features(
    attributes: pd.DataFrame,
    shapes: Shapes,
    spec: LayerSpec,
    found: Mapping[str, str],
    books: Books,
) -> Any:
    ids = books.ids[books.kept]
    groups = text_column(attributes, spec, found, "group_id")
    if spec.network:
        groups = basin_ids(attributes, spec, found, ids)
    class_id, counted = _classes(attributes, spec, books)
    tenure, odd = vocabulary.translate(
        text_column(attributes, spec, found, "tenure"), spec.values.get("tenure", {})
    )
    for word, count in odd.items():
        books.note_layer(
            f"the tenure {word!r} of {count} features is not in the catalogue: unknown"
        )
    fixed = spec.tenure.value if spec.tenure else None
    circle = shapes.circle.copy()
    circle[pd.isna(circle) & circles(shapes.geometry)] = "drawn_circle"
    iso3 = text_column(attributes, spec, found, "iso3")
    data = {
        "layer_id": spec.id,
        "feature_id": ids,
        "group_id": np.where(pd.isna(groups), ids, groups),
        "name": text_column(attributes, spec, found, "name"),
        "designation": text_column(attributes, spec, found, "designation"),
        "class_id": class_id,
        "counted": counted,
        "tenure": _filled(tenure, fixed),
        "iso3": _filled(iso3, spec.iso3 or None),
        "circle": circle,
        "mineral_ids": _mineral_ids(text_column(attributes, spec, found, "minerals"), spec),
        "repaired": books.repaired[books.kept],
        "area_km2": shapes.area_km2,
        "geometry": shapes.geometry,
    }
    return tables.validate(pd.DataFrame(data), tables.FEATURES)


def _mineral_ids(texts: Texts, spec: LayerSpec) -> Texts:
    """Ids of the minerals that facilities state, joined; None where none is known."""
    out = np.full(len(texts), None, object)
    if spec.role == Role.FACILITY:
        ids = matcher().match_column(texts).ids
        out[:] = [";".join(found) or None for found in ids]
    return out


def _filled(texts: Texts, text: str | None) -> Texts:
    out = texts.copy()
    out[pd.isna(texts)] = text
    return out


def _classes(
    attributes: pd.DataFrame, spec: LayerSpec, books: Books
) -> tuple[Texts, NDArray[np.bool_]]:
    class_id = np.full(len(attributes), "", object)
    counted = np.ones(len(attributes), bool)
    untold: dict[str, list[str]] = {}
    for rule in reversed(spec.classes):  # the first that fits wins, so it is written last
        if rule.column not in attributes:
            untold.setdefault(rule.column, []).insert(0, rule.label)
            continue
        fits = _one_of(attributes[rule.column], rule.values)
        class_id[fits], counted[fits] = rule.id, rule.counted
    for column, labels in untold.items():
        told = f"no class can be told by it ({', '.join(labels)})"
        books.note_layer(f"no column {column}: {told}; all features are counted as before")
    return class_id, counted


def _sites(
    features: Any,
    declared_km2: Floats,
    attributes: pd.DataFrame,
    spec: LayerSpec,
    found: Mapping[str, str],
    books: Books,
) -> Any:
    """The features of a register of titles with what `tables.SITES` adds."""
    text = {
        name: text_column(attributes, spec, found, name)
        for name in ("holder", "minerals", "stage", "status", "method")
    }
    told = {name: _translated(text[name], name, spec, books) for name in _TRANSLATED}
    site_ids = np.array([f"{spec.id}:{i}" for i in features["feature_id"]], object)
    out = features.assign(
        site_id=site_ids,
        kind="concession",
        holder=text["holder"],
        minerals=pd.Series(_minerals(text["minerals"], books), features.index),
        commodity_text=text["minerals"],
        stage_text=text["stage"],
        status_text=text["status"],
        **told,
        declared_area_km2=declared_km2,
        placeholder=(features["circle"] == "drawn_circle").to_numpy(bool),
        duplicate_of=duplicates(features.geometry.to_numpy(), site_ids),
        **{
            name: day_column(attributes, spec, found, name, books)
            for name in ("applied_on", "granted_on", "expires_on")
        },
    )
    _note_sites(out, books)
    return tables.validate(out, _merged_contract())


def _minerals(texts: Texts, books: Books) -> Texts:
    """Lists of ids of minerals, (n,); what no name fits, and what may be another word, is told."""
    found = matcher().match_column(texts)
    left = sorted(found.unmatched.items(), key=lambda item: (-item[1], item[0]))
    for token, count in left[:_TOKENS_TOLD]:
        may_be = "may be a symbol or a word" if token in found.ambiguous else "is not known"
        books.note_layer(f"the mineral {token[:80]!r} of {count} titles {may_be}: none is counted")
    if (more := len(left) - _TOKENS_TOLD) > 0:
        books.note_layer(f"{more} more texts of minerals are not known: none is counted")
    return found.ids


def _translated(words: Texts, name: str, spec: LayerSpec, books: Books) -> Texts:
    """A register's words in the model's; those that the catalogue does not name are unknown."""
    out, odd = vocabulary.translate(words, spec.values.get(name, {}))
    for word, count in odd.items():
        books.note_layer(f"the {name} {word!r} of {count} titles is not in the catalogue: unknown")
    return _filled(out, "unknown")


def _declared_km2(
    attributes: pd.DataFrame, spec: LayerSpec, found: Mapping[str, str], books: Books
) -> Floats:
    """The stated areas in km2, each in its row's unit, else in the layer's; nan if in neither."""
    areas = vocabulary.numbers(text_column(attributes, spec, found, "declared_area"))
    words = text_column(attributes, spec, found, "declared_area_unit")
    units, _ = vocabulary.translate(words, spec.values.get("declared_area_unit", {}))
    units[pd.isna(words)] = spec.declared_area_unit
    known = vocabulary.per_distinct(units, lambda u: measure.KM2_PER_UNIT.get(u, np.nan))
    factors: Floats = known.astype(np.float64)
    for word, count in Counter(words[(areas > 0) & np.isnan(factors)]).items():
        why = f"the unit {word!r} is not in the catalogue" if word else "no unit is given"
        books.note_layer(f"the area that {count} features state is not used: {why}")
    return areas * factors


def _note_sites(sites: Any, books: Books) -> None:
    rows = np.flatnonzero(books.kept)
    drawn = rows[sites["placeholder"].to_numpy(bool)]
    books.note_rows(drawn, "a circle drawn round a point, not a boundary", IssueAction.NOTED)
    twins = sites["duplicate_of"].to_numpy(object)
    twice = np.flatnonzero(~pd.isna(twins))
    texts = np.array([f"the same geometry as {twin}" for twin in twins[twice]], object)
    books.note_rows(rows[twice], texts, IssueAction.NOTED)


def _merged_contract() -> tables.Contract:
    names = {c.name for c in tables.FEATURES}
    return (*tables.FEATURES, *(c for c in tables.SITES if c.name not in names))


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
        "modified_at": facts.modified_at or None,
        "file_count": facts.file_count,
        "given_by": spec.source.given_by or None,
        "given_on": spec.source.given_on or None,
        "changed": None,
        "read_with": vocabulary.json_text(
            {**measure.software_versions(), **readers.software_versions()}
        ),
        "crs": raw.crs.to_string() if raw else None,
        "encoding": (raw.encoding or None) if raw else None,
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
        "rounded_to_km2": spec.rounded_to_km2,
        "tenure": spec.tenure.value if spec.tenure else None,
        "tells": as_declared(spec) or None,
        "indicators": " ".join(spec.indicators) or None,
        "scales": levels.scales_text(spec.scales),
        "style": vocabulary.json_text(spec.style),
        "note": spec.note or None,
        "problem": None,
    }


def is_stale(spec: LayerSpec, on: date) -> bool:
    """True if the layer's day plus its shelf life lies before `on`; no date given is not stale."""
    if not spec.as_of or spec.stale_after_years is None:
        return False
    return on > use_by(spec.as_of, spec.stale_after_years)


def use_by(as_of: str, years: float) -> date:
    """The last day on which data of a day, month or year are fresh. years: their shelf life."""
    parts = [int(part) for part in as_of.split("-")]
    year, month, day = [*parts, *(12, 31)[len(parts) - 1 :]]
    months = year * 12 + month - 1 + round(years * 12)
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
