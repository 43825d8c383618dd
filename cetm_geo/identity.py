"""Ids that stay the same between builds, and shapes that are drawn twice."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cetm_geo import measure, vocabulary
from cetm_geo.arrays import Geometries, Texts

_REPEATED, _MADE_UP = r"#[0-9a-f]{8}(-[0-9]+)?$", r"row-[0-9a-f]{8}(-[0-9]+)?"


def codes_of(ids: Texts) -> Texts:
    """The publisher's own codes of `stable_ids`, (n,); None where the publisher gave none."""
    names = pd.Series(ids, dtype="str")
    codes = names.str.replace(_REPEATED, "", regex=True).to_numpy(object)
    codes[names.str.fullmatch(_MADE_UP).to_numpy(bool)] = None
    return np.asarray(codes)


def stable_ids(codes: Texts, attributes: pd.DataFrame, shapes: Geometries) -> Texts:
    """Ids that are unique and stay the same between builds, in whatever order the rows come.

    The publisher's code; every row of a repeated one, and a row without one, is told by its
    content's digest, and rows of the same content by their number among them.

    Args:
        codes: (n,) text or None. attributes, shapes: the rows' content as read.
    """
    often = Counter(codes.tolist())
    used = set(codes.tolist())
    out = codes.copy()
    single = np.array([code is not None and often[code] == 1 for code in codes.tolist()], bool)
    rows = np.flatnonzero(~single)
    last: dict[str, int] = {}
    for i, content in zip(rows.tolist(), _digests(attributes, shapes, rows), strict=True):
        code = codes[i]
        stem = name = f"{code}#{content}" if code else f"row-{content}"
        number = last.get(stem, 1)
        while name in used:
            number += 1
            name = f"{stem}-{number}"
        out[i] = name
        last[stem] = number
        used.add(name)
    return out


def _digests(attributes: pd.DataFrame, shapes: Geometries, rows: NDArray[np.intp]) -> list[str]:
    """The first 8 letters of SHA-256 over the texts and the WKB of each row."""
    if not len(rows):
        return []
    texts = _row_texts(attributes.iloc[rows])
    chosen = shapes[rows]
    out = []
    for part in measure.slices(chosen):
        for text, wkb in zip(texts[part], shapely.to_wkb(chosen[part]), strict=True):
            out.append(hashlib.sha256(text.encode() + (wkb or b"")).hexdigest()[:8])
    return out


def _row_texts(attributes: pd.DataFrame) -> list[str]:
    """The values of each row as text. Rows of numbers alone are read in their common type."""
    common = attributes.iloc[:1].iloc[0].dtype
    columns = []
    for j in range(attributes.shape[1]):
        column = attributes.iloc[:, j]
        if common.kind in "iuf":
            columns.append(vocabulary.texts(column.astype(common)))
        elif column.dtype == np.float32:  # its own digits, not those of the double it lies in
            columns.append(vocabulary.texts(list(column.to_numpy())))
        else:
            columns.append(vocabulary.texts(column))
    if not columns:
        return [""] * len(attributes)
    return ["\x1f".join(values) for values in zip(*columns, strict=True)]


def duplicates(shapes: Geometries, ids: Texts) -> Texts:
    """For each shape the id of the first one equal to it, None for the first itself."""
    out = np.full(len(shapes), None, object)
    sizes = pd.DataFrame(shapely.bounds(shapes)).assign(n=shapely.get_num_coordinates(shapes))
    suspects = np.flatnonzero(sizes.duplicated(keep=False))
    first: dict[bytes, Any] = {}
    for part in measure.slices(shapes[suspects]):
        rows = suspects[part]
        wkb = shapely.to_wkb(shapely.normalize(shapes[rows]))
        for i, content in zip(rows.tolist(), map(_digest, wkb), strict=True):
            out[i] = first.get(content)
            first.setdefault(content, ids[i])
    return out


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
