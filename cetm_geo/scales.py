"""Columns of a file -> the levels of its features on the layer's scales, by `tables.RATINGS`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo import tables, vocabulary
from cetm_geo.arrays import Floats, Indices, sums
from cetm_geo.books import Books
from cetm_geo.errors import ColumnsNotFound
from cetm_geo.model import LayerSpec, Scale
from cetm_geo.readers import Parts
from cetm_geo.recomputed import note_levels


def ratings_of(
    attributes: pd.DataFrame, parts: Parts | None, spec: LayerSpec, books: Books
) -> pd.DataFrame | None:
    """The levels of a layer's accepted features; None where it has no scales.

    Args:
        attributes: of all rows of the file. parts: rows of a joined table, which then speak
            instead; a feature that has several is of several levels, each by its share.

    Of every feature and scale the shares add up to 1, land without data (level null) included. A
    score is kept where the level is a rank. What the file states is held against what its own
    numbers give (`recomputed`); rows that differ are issues.

    Raises ColumnsNotFound for a scale that the catalogue itself names.
    """
    if not spec.scales:
        return None
    every = np.arange(len(books.ids))
    parts = parts or Parts(attributes, every, np.ones(len(attributes)))
    columns = _found(parts.rows, spec)
    rated = []
    for scale in spec.scales:
        if scale.column not in columns:
            books.note_layer(f"no column {scale.column}: {scale.label} has no data")
        level = _levels(parts, scale, columns, spec, books)
        note_levels(parts, scale, level, columns, spec.missing_texts, books)
        rated.append(_rated(parts, scale, level, columns, spec, books))
    return pd.DataFrame(tables.stack(rated, tables.RATINGS))


def _found(rows: pd.DataFrame, spec: LayerSpec) -> dict[str, str]:
    """Columns that scales name -> those of the file. Raises ColumnsNotFound."""
    by_fold = {str(c).casefold(): str(c) for c in rows.columns}
    named, needed = [], []
    for scale in spec.scales:
        own = [c for c in (scale.column, scale.score, scale.weight) if c]
        check = scale.check
        named += own + ([c for c in (check.raw, check.score, check.labels) if c] if check else [])
        needed += own if scale.id not in spec.optional_scales else []
    absent = [c for c in dict.fromkeys(needed) if c.casefold() not in by_fold]
    if absent:
        near = {c: get_close_matches(c.casefold(), by_fold, 1, 0.5) for c in absent}
        told = [f"{c!r}" + (f" (near: {by_fold[n[0]]!r})" if n else "") for c, n in near.items()]
        raise ColumnsNotFound(
            f"layer {spec.id}, file {spec.source.path}: no column {', '.join(told)} (scales).",
            f"The file has: {', '.join(map(str, rows.columns)) or 'no columns'}.",
        )
    return {c: by_fold[c.casefold()] for c in named if c.casefold() in by_fold}


def _levels(
    parts: Parts, scale: Scale, columns: Mapping[str, str], spec: LayerSpec, books: Books
) -> Floats:
    """Per row the code of its level, nan for no data; other codes are told."""
    if scale.column not in columns:
        return np.full(len(parts.rows), np.nan)
    values = parts.rows[columns[scale.column]]
    code = vocabulary.numbers_in(values, spec.missing_texts)
    none = ~np.isin(code, list(scale.levels))
    missing = {"", *(t.casefold() for t in spec.missing_texts)}
    words = Counter(t for t in vocabulary.texts(values[none]) if t.casefold() not in missing)
    for word, count in sorted(words.items()):
        books.note_layer(
            f"{scale.label}: {scale.column} = {word!r} of {count} rows is none of its levels: "
            "no data"
        )
    code[none] = np.nan
    return code


def _rated(
    parts: Parts,
    scale: Scale,
    level: Floats,
    columns: Mapping[str, str],
    spec: LayerSpec,
    books: Books,
) -> dict[str, Any]:
    """One scale by `tables.RATINGS`: a row for each level of a feature."""
    codes = np.array([*sorted(scale.levels), np.nan])
    place = np.where(np.isnan(level), len(codes) - 1, np.searchsorted(codes[:-1], level))
    alone = np.setdiff1d(np.arange(len(books.ids)), parts.feature)
    feature = np.concatenate([parts.feature, alone])
    share = np.concatenate([parts.share, np.ones(len(alone))])
    place = np.concatenate([place, np.full(len(alone), len(codes) - 1)]).astype(np.intp)
    kept = books.kept[feature]
    key = (feature * len(codes) + place)[kept]
    keys, row = np.unique(key, return_inverse=True)
    score, weight = (
        _numbers(parts, name, columns, spec, len(alone)) for name in (scale.score, scale.weight)
    )
    score[~np.isin(codes[place], scale.ranked)] = np.nan
    odd = (weight < 0) | (weight > 1)
    if odd.any():
        books.note_layer(f"{int(odd.sum())} rows of {scale.weight} are no share from 0 to 1")
        weight[odd] = np.nan
    return {
        "layer_id": spec.id,
        "feature_id": books.ids[keys // len(codes)],
        "scale_id": scale.id,
        "level": codes[keys % len(codes)],
        "feature_share": sums(share[kept], row, len(keys)),
        "score": _mean(score[kept], share[kept], row, len(keys)),
        "weight_share": _mean(weight[kept], share[kept], row, len(keys)),
    }


def _numbers(
    parts: Parts, name: str, columns: Mapping[str, str], spec: LayerSpec, alone: int
) -> Floats:
    """A column of numbers, nan where the file has none, and for features without a row."""
    if name not in columns:
        return np.full(len(parts.rows) + alone, np.nan)
    found = vocabulary.numbers_in(parts.rows[columns[name]], spec.missing_texts)
    return np.concatenate([found, np.full(alone, np.nan)])


def _mean(values: Floats, share: Floats, row: Indices, count: int) -> Floats:
    """Means of values by shares, per row; nan where there are none."""
    known = ~np.isnan(values)
    weight = sums(share[known], row[known], count)
    total = sums(values[known] * share[known], row[known], count)
    out = np.full(count, np.nan)
    np.divide(total, weight, out=out, where=weight > 0)
    return out
