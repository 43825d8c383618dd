"""A table joined to features: what a file says of shapes that lie in another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo import vocabulary
from cetm_geo.arrays import Flags, Floats, Indices, Texts, ranges, sums
from cetm_geo.errors import ColumnsNotFound, SourceError
from cetm_geo.formats import format_by_ending
from cetm_geo.model import AttributeTable
from cetm_geo.readers.encodings import text_remarks
from cetm_geo.readers.files import check_kind
from cetm_geo.readers.frames import Parts, RawFrame
from cetm_geo.readers.rows import read_csv
from cetm_geo.readers.sheets import read_sheets

_NAMED = 5  # keys that a remark names


def file_of(data: Path, given: AttributeTable) -> Path:
    """The table's file below the folder `data`. Raises SourceError where there is none."""
    path = data / given.path
    if not path.is_file():
        raise SourceError(f"{path}: no such file.", "Put it there or change source.attributes.")
    return path


def with_attributes(
    frame: RawFrame, data: Path, given: AttributeTable, never_read: tuple[str, ...]
) -> RawFrame:
    """Features with the columns of a table beside their own, joined by a key.

    Of a key with several rows the one with the largest area speaks for the feature (of equals the
    first); `parts` holds them all, with the share of the key's area that each states. A column of
    the table stands for one of the same name that the features have. A feature without a row has
    blank texts; what has no partner, on either side, is counted in the remarks.

    Raises SourceError, ColumnsNotFound (with near names).
    """
    path = file_of(data, given)
    texts, remarks = _read(path, given, never_read)
    key = _column(texts.columns, given.key, str(path), "key")
    own = _column(frame.attributes.columns, given.to, "the features", "to")
    joined = _Join.of(_keys(frame.attributes[own]), _keys(texts[key]))
    area, odd = _areas(texts, given, joined, str(path))
    parts = joined.parts(texts, area)
    remarks += [*joined.remarks(path.name, own, key), *odd]
    attributes, hidden = _beside(frame.attributes, texts, joined.first(area), own)
    if hidden:
        remarks.append(f"columns that {path.name} has too are taken from it: {', '.join(hidden)}")
    return replace(frame, attributes=attributes, parts=parts, remarks=(*frame.remarks, *remarks))


def _read(
    path: Path, given: AttributeTable, never_read: Sequence[str]
) -> tuple[pd.DataFrame, list[str]]:
    """The table's readable rows as texts, and what is to be said of it."""
    format_name = given.format or format_by_ending(given.path)
    check_kind(path, format_name, str(path))
    wanted = tuple(filter(None, (given.key, given.area)))
    if format_name == "csv":
        tables = [read_csv(path, str(path), given.encoding, wanted, never_read)]
    else:
        tables = read_sheets(path, str(path), given.layer, wanted, never_read)
    remarks = list(dict.fromkeys(text for rows in tables for text in rows.remarks))
    texts = pd.concat([rows.texts[rows.reasons == ""] for rows in tables], ignore_index=True)
    bad = [reason for rows in tables for reason in rows.reasons if reason]
    if bad:
        remarks.append(f"{len(bad)} rows could not be read, the first: {bad[0]}")
    remarks += text_remarks(texts, tables[0].encoding)
    return texts.fillna(""), [f"{path.name}: {text}" for text in remarks]


def _column(columns: Any, name: str, where: str, key: str) -> str:
    """A column in its own spelling. Raises ColumnsNotFound."""
    by_fold = {str(c).strip().casefold(): str(c) for c in columns}
    if name.strip().casefold() in by_fold:
        return by_fold[name.strip().casefold()]
    near = get_close_matches(name.casefold(), by_fold, 1, 0.5)
    hint = f" (near: {by_fold[near[0]]!r})" if near else ""
    raise ColumnsNotFound(
        f"source.attributes.{key}: no column {name!r}{hint} in {where}.",
        f"It has: {', '.join(by_fold.values()) or 'no columns'}.",
    )


def _keys(values: Any) -> Texts:
    """Keys as texts, 453000.0 as 453000, so that numbers and texts meet; None where blank."""
    found = vocabulary.texts(values)
    return vocabulary.per_distinct(found, lambda text: _whole(text) or None)


def _whole(text: str) -> str:
    stem, point, zeros = text.partition(".")
    return stem if point and stem.isdecimal() and not zeros.strip("0") else text


def _areas(
    texts: pd.DataFrame, given: AttributeTable, joined: _Join, where: str
) -> tuple[Floats, list[str]]:
    """The area of each row, 0 where none is told; without a column of areas one row of each key."""
    if given.area:
        column = _column(texts.columns, given.area, where, "area")
        area = vocabulary.numbers(vocabulary.texts(texts[column]))
        odd = joined.is_shared & ~(area > 0)
        said = f"{int(odd.sum())} rows without an area in {column} are passed over beside others"
        return np.where(area > 0, area, 0.0), [said] if odd.any() else []
    lone = np.zeros(len(texts))
    _, first = np.unique(joined.row_key, return_index=True)
    lone[first] = 1.0
    keys = len(np.unique(joined.row_key[joined.is_shared]))
    said = (
        f"{keys} keys have several rows, of which the first is taken: name the column with the "
        "area of each as source.attributes.area"
    )
    return lone, [said] if keys else []


@dataclass(frozen=True)
class _Join:
    """Features and rows by their keys: numbers of keys, -1 for a blank one; names: of each key."""

    feature_key: Indices
    row_key: Indices
    names: Texts

    @staticmethod
    def of(features: Texts, rows: Texts) -> _Join:
        codes, names = pd.factorize(np.concatenate([features, rows]), use_na_sentinel=True)
        at = len(features)
        return _Join(codes[:at].astype(np.intp), codes[at:].astype(np.intp), np.asarray(names))

    @property
    def is_shared(self) -> Flags:
        """Rows of a key that some feature has and several rows."""
        often = np.bincount(self.row_key[self.row_key >= 0], minlength=len(self.names))
        used = np.isin(self.row_key, self.feature_key) & (self.row_key >= 0)
        return used & (often[self.row_key] > 1)

    def _laid(self, area: Floats) -> tuple[Indices, Indices, Indices]:
        """Rows by key, of each the largest first; per feature the first of its, and how many."""
        order = np.lexsort((-area, self.row_key))
        order = order[self.row_key[order] >= 0]
        keys = self.row_key[order]
        start = np.searchsorted(keys, self.feature_key)
        count = np.searchsorted(keys, self.feature_key, side="right") - start
        count[self.feature_key < 0] = 0
        return order, start, count

    def first(self, area: Floats) -> Indices:
        """Per feature the row that speaks for it, -1 without one."""
        order, start, count = self._laid(area)
        out = np.full(len(count), -1)
        out[count > 0] = order[start[count > 0]]
        return out

    def parts(self, texts: pd.DataFrame, area: Floats) -> Parts:
        """All rows of each feature, with their shares of its area; those without one left out."""
        order, start, count = self._laid(area)
        feature, place = ranges(start, count)
        km2, is_first = area[order[place]], np.diff(feature, prepend=-1) > 0
        total = sums(km2, feature, len(count))[feature]
        share = np.where(total > 0, km2 / np.where(total > 0, total, 1.0), is_first)
        kept = share > 0
        rows = texts.iloc[order[place[kept]]].reset_index(drop=True)
        return Parts(rows, feature[kept], share[kept])

    def remarks(self, name: str, own: str, key: str) -> Iterator[str]:
        """How many found their partner, and which did not."""
        alone = ~np.isin(self.feature_key, self.row_key) | (self.feature_key < 0)
        yield (
            f"attributes from {name}, by {own} = {key}: {int((~alone).sum())} of "
            f"{len(alone)} features have a row there"
        )
        if alone.any():
            named = self._named(self.feature_key[alone])
            yield f"features without a row in {name}: {int(alone.sum())} ({own} {named})"
        unused = ~np.isin(self.row_key, self.feature_key) | (self.row_key < 0)
        if unused.any():
            named = self._named(self.row_key[unused])
            yield f"rows of {name} without a feature: {int(unused.sum())} ({key} {named})"

    def _named(self, keys: Indices) -> str:
        some = [str(self.names[k]) if k >= 0 else "blank" for k in dict.fromkeys(keys.tolist())]
        return ", ".join(some[:_NAMED]) + (", ..." if len(some) > _NAMED else "")


def _beside(
    features: pd.DataFrame, texts: pd.DataFrame, rows: Indices, own: str
) -> tuple[pd.DataFrame, list[str]]:
    """The features' columns and those of each one's row; which of the former were left out."""
    same = own.casefold()
    taken = {str(c).casefold() for c in texts.columns} - {same}
    hidden = [str(c) for c in features.columns if str(c).casefold() in taken]
    columns = [c for c in texts.columns if str(c).casefold() != same]
    added = texts[columns].iloc[np.maximum(rows, 0)] if len(texts) else texts[columns].reindex(rows)
    added = added.reset_index(drop=True).fillna("")
    added.loc[rows < 0, :] = ""
    kept = features.drop(columns=hidden).reset_index(drop=True)
    return pd.concat([kept, added], axis=1), hidden
