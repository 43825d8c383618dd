"""The columns of a file in the words of the catalogue: which is which, and what its texts say."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import partial

import numpy as np
import pandas as pd

from cetm_geo import vocabulary
from cetm_geo.arrays import Texts
from cetm_geo.errors import ColumnsNotFound
from cetm_geo.model import LayerSpec, Rename


def in_catalogue_words(attributes: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    """The columns as the catalogue spells them, those of an older schema in the newer's words."""
    return _renamed(_spelled(attributes, spec), spec)


def _spelled(attributes: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    """Columns in the catalogue's spelling where they differ only in case or a prefix of XML."""
    names = {spec.point_area_km2, *spec.columns.values()}
    names |= {r.column for r in spec.exclude} | {c.column for c in spec.classes}
    names |= {name for r in spec.rename for name in (*r.when, *r.columns)}
    held = set(attributes.columns)
    wanted = {name.casefold(): name for name in names - held}
    spelled: dict[str, str] = {}
    for of_column in (str.casefold, _without_prefix):
        for column in map(str, attributes):
            if column not in spelled and of_column(column) in wanted:
                spelled[column] = wanted.pop(of_column(column))
    return attributes.rename(columns=spelled)


def _without_prefix(column: str) -> str:
    """mt:name -> name, as GML and the files made of it have their columns."""
    return column.casefold().rpartition(":")[2]


def _renamed(attributes: pd.DataFrame, spec: LayerSpec) -> pd.DataFrame:
    for rename in spec.rename:
        if not set(rename.when) <= set(attributes.columns):
            continue
        attributes = attributes.rename(columns=_free_names(rename, set(attributes.columns)))
        for column, words in rename.values.items():
            if column in attributes:
                texts = vocabulary.texts(attributes[column])
                attributes[column] = vocabulary.per_distinct(texts, partial(_worded, words))
    return attributes


def _worded(words: Mapping[str, str], text: str) -> str:
    return words.get(text, text)


def _free_names(rename: Rename, held: set[str]) -> dict[str, str]:
    """The old and new names of a rename, but for new ones that a column of the file already has."""
    return {
        old: new for old, new in rename.columns.items() if new not in held or new in rename.columns
    }


def find_columns(attributes: pd.DataFrame, spec: LayerSpec) -> dict[str, str]:
    """Canonical name -> column of the file; raises ColumnsNotFound with all that are absent."""
    by_fold = {str(c).casefold(): str(c) for c in attributes.columns}
    found = {k: by_fold[c.casefold()] for k, c in spec.columns.items() if c.casefold() in by_fold}
    absent = [
        c for k, c in spec.columns.items() if k not in found and k not in spec.optional_columns
    ]
    rules = [r.column for r in spec.exclude]
    rules += [c.column for c in spec.classes if c.column not in spec.optional_class_columns]
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


def text_column(
    attributes: pd.DataFrame, spec: LayerSpec, found: Mapping[str, str], name: str
) -> Texts:
    """A column's texts with None where blank or one of the texts that mean missing."""
    if name not in found:
        return np.full(len(attributes), None, object)
    missing = {"", *(t.casefold() for t in spec.missing_texts)}
    values = vocabulary.texts(attributes[found[name]])
    return vocabulary.per_distinct(values, lambda v: None if v.casefold() in missing else v)
