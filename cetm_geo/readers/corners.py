"""Tables of corners: rows -> outlines. An outline that lacks a corner is refused, never smaller."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cetm_geo.arrays import Floats, Indices, Texts
from cetm_geo.readers.rows import Rows, plain_numbers

_FIRST_NUMBER = r"((?:^-)?\d+(?:[.,]\d+)?)"  # the dash of P-1 is no sign
_LAST_LETTERS = r"(?:^|[^A-Za-z])([A-Za-z]{1,2})$"
_ALPHABET_SHARE = 0.5  # of the letters from the first to the last, that are there
_MOST_NAMED = 3


@dataclass(frozen=True)
class Grouping:
    """Names of the columns that say which outline, ring and place a corner belongs to.

    beside: columns that only say where the corners are; they may differ within an outline.
    """

    group: tuple[str, ...]
    order: str = ""
    ring: str = ""
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outlines:
    """One row an outline, in the order of first appearance.

    attributes: of its first row. geometry: (n,) polygons and multipolygons, None where refused.
    reasons: (n,) why, else "".
    """

    attributes: pd.DataFrame
    geometry: Texts
    reasons: Texts
    remarks: tuple[str, ...]


def outlines(rows: Rows, places: Floats, bad: Texts, by: Grouping) -> Outlines:
    """The outlines whose corners stand in rows.

    Args:
        places: (n, 2) in any CRS, NaN where unreadable. bad: (n,) why a place is unreadable.

    Corners are joined in the order of `by.order`, else as their rows stand. Rings of one outline:
    one inside another is its hole, one inside a hole a part again. Refused is an outline with an
    unreadable corner, with one that may be missing, or with fewer than three distinct ones.
    """
    owner, first, orphan = _owners(rows, by)
    count = len(first)
    reasons = np.full(count, "", object)
    _refuse(reasons, owner, orphan, _why_orphan(rows, by))
    _refuse(reasons, owner, *_beside_orphans(rows, owner, orphan, by))
    _refuse_near_names(reasons, rows.texts, first, by)
    bad = np.where((bad == "") & ~np.isfinite(places).all(axis=1), "no coordinates", bad)
    unread = (bad != "") & ~orphan
    _refuse(reasons, owner, unread, _with_numbers("the corner in row {}: ", rows, bad))
    order, unordered = _order(rows, by)
    unnumbered = np.where(unordered & ~orphan, f" has no number in {by.order}", "")
    _refuse(
        reasons, owner, unnumbered != "", _with_numbers("the corner in row {}", rows, unnumbered)
    )
    ring = _ring_codes(rows, owner, by)
    sequence = np.lexsort((order, ring))
    ring_owner = owner[np.unique(ring, return_index=True)[1]]
    _refuse_few(reasons, ring, ring_owner, places)
    if by.order:
        _refuse_twins(reasons, sequence, owner, ring, order, places, by)
    geometry, crossing = _shapes(places[sequence], ring[sequence], ring_owner, reasons)
    attributes = rows.texts.iloc[first].reset_index(drop=True)
    attributes = attributes.drop(columns=[c for c in by.beside if c in attributes])
    remarks = [
        *_on_the_order(by),
        *_on_crossing(crossing),
        *_on_gaps(order[sequence], ring[sequence], ring_owner, reasons, attributes, by),
        *_on_differences(rows.texts, owner, first, orphan, by),
    ]
    return Outlines(attributes, geometry, reasons, tuple(remarks))


# --- which rows belong together ------------------------------------------------------------------


def _owners(rows: Rows, by: Grouping) -> tuple[Indices, Indices, NDArray[np.bool_]]:
    """Each row's outline, each outline's first row, and the rows that name none.

    A row without a value in a column of the group is an outline of its own, to be refused.
    """
    codes = [_codes(rows.texts[name]) for name in by.group]
    orphan = rows.reasons != ""
    for name in by.group:
        orphan = orphan | (rows.texts[name].str.strip() == "").to_numpy(bool)
    joint = codes[0]
    for code in codes[1:]:
        joint = pd.factorize(joint * (int(code.max(initial=0)) + 1) + code)[0]
    joint = np.where(orphan, len(rows.numbers) + np.arange(len(rows.numbers)), joint)
    owner, found = pd.factorize(joint)
    first = np.full(len(found), len(owner), np.intp)
    np.minimum.at(first, owner, np.arange(len(owner)))
    return owner.astype(np.intp), first, np.asarray(orphan, bool)


def _codes(column: pd.Series[str]) -> NDArray[np.int64]:
    return np.asarray(pd.factorize(column.str.strip())[0], dtype=np.int64)


def _ring_codes(rows: Rows, owner: Indices, by: Grouping) -> Indices:
    """Each row's ring, numbered so that the rings of one outline follow one another."""
    if not by.ring:
        return owner
    codes = _codes(rows.texts[by.ring])
    joint = owner.astype(np.int64) * (int(codes.max(initial=0)) + 1) + codes
    codes = np.unique(joint, return_inverse=True)[1]
    return np.asarray(codes, dtype=np.intp)


def _order(rows: Rows, by: Grouping) -> tuple[Floats, NDArray[np.bool_]]:
    """Each corner's place in its ring, and which corners have none.

    By the first number in the text ("P10" is 10); where no text has one, by the alphabet (Z, AA),
    if most of its letters are there: I, II, IV or NE, SW stand in no order of the alphabet.
    """
    if not by.order:
        return np.arange(len(rows.numbers), dtype=np.float64), np.zeros(len(rows.numbers), bool)
    plain = plain_numbers(rows.texts[by.order])
    if plain is not None:
        return np.nan_to_num(plain, nan=np.inf), np.isnan(plain)
    texts = rows.texts[by.order].str.strip()
    number = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    if np.isnan(number).any():
        found = texts.str.extract(_FIRST_NUMBER, expand=False).str.replace(",", ".")
        number = pd.to_numeric(found, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    if len(number) and np.isnan(number).all():
        number = _in_the_alphabet(texts)
    return np.nan_to_num(number, nan=np.inf), np.isnan(number)


def _in_the_alphabet(texts: pd.Series[str]) -> Floats:
    """A is 1, Z 26, AA 27; NaN for all where most letters between the first and last are missing"""
    letters = texts.str.extract(_LAST_LETTERS, expand=False).str.upper()
    rank = {
        word: sum(26**place * (ord(c) - 64) for place, c in enumerate(reversed(word)))
        for word in letters.dropna().unique()
    }
    if not rank or len(rank) < _ALPHABET_SHARE * (max(rank.values()) - min(rank.values()) + 1):
        return np.full(len(texts), np.nan)
    return np.asarray(letters.map(rank), dtype=np.float64)


# --- what is refused -----------------------------------------------------------------------------


def _refuse(reasons: Texts, owner: Indices, rows: NDArray[np.bool_], why: Texts) -> None:
    """Outlines with such a row get the first one's reason, and how many more there are."""
    at = np.flatnonzero(rows)
    if not len(at):
        return
    outlines_, first, count = np.unique(owner[at], return_index=True, return_counts=True)
    for outline, i, n in zip(outlines_, at[first], count, strict=True):
        if not reasons[outline]:
            reasons[outline] = f"{why[i]}" + (f" (and {n - 1} more)" if n > 1 else "")


def _with_numbers(text: str, rows: Rows, ends: Texts) -> Texts:
    """For each row that has an end: the text with the row's number in its place, and the end."""
    out = np.full(len(rows.numbers), "", object)
    for i in np.flatnonzero(ends != "").tolist():
        out[i] = text.format(rows.numbers[i]) + str(ends[i])
    return out


def _why_orphan(rows: Rows, by: Grouping) -> Texts:
    orphan = rows.reasons != ""
    blank = np.full(len(rows.numbers), "", object)
    for name in by.group:
        empty = (rows.texts[name].str.strip() == "").to_numpy(bool) & ~orphan
        blank[empty] = f"has no {name}"
    told = _with_numbers("row {} of the file ", rows, blank)
    return np.where(orphan, rows.reasons, told).astype(object)


def _beside_orphans(
    rows: Rows, owner: Indices, orphan: NDArray[np.bool_], by: Grouping
) -> tuple[NDArray[np.bool_], Texts]:
    """Rows before and after one that names no outline: it may be a corner of theirs."""
    near = np.zeros(len(owner), bool)
    why = np.full(len(owner), "", object)
    named = np.flatnonzero(~orphan)
    for i in np.flatnonzero(orphan).tolist():
        at = int(np.searchsorted(named, i))
        for j in named[max(at - 1, 0) : at + 1].tolist():
            near[j] = True
            why[j] = f"a corner may be missing: row {rows.numbers[i]} does not say whose it is"
    return near, why


def _refuse_near_names(reasons: Texts, texts: pd.DataFrame, first: Indices, by: Grouping) -> None:
    """Outlines whose names differ in capitals or blanks alone: a corner may be with the other."""
    written = texts.iloc[first][list(by.group)].apply(lambda c: c.str.strip())
    plain = written.apply(lambda c: c.str.casefold().str.replace(r"\s+", "", regex=True))
    shared = plain.duplicated(keep=False).to_numpy(bool)
    for i in np.flatnonzero(shared & (reasons == "")).tolist():
        name = "/".join(written.iloc[i])
        reasons[i] = f"another outline's name differs from {name!r} in capitals or blanks alone"


def _refuse_few(reasons: Texts, ring: Indices, ring_owner: Indices, places: Floats) -> None:
    order = np.lexsort((places[:, 1], places[:, 0], ring))
    sorted_, rings = places[order], ring[order]
    new = np.ones(len(rings), bool)
    new[1:] = (rings[1:] != rings[:-1]) | (sorted_[1:] != sorted_[:-1]).any(axis=1)
    distinct = np.bincount(rings[new], minlength=len(ring_owner))
    for i in np.flatnonzero(distinct < 3).tolist():
        if not reasons[ring_owner[i]]:
            few = "corner" if distinct[i] == 1 else "distinct corners"
            reasons[ring_owner[i]] = f"only {distinct[i]} {few}: not an outline"


def _refuse_twins(
    reasons: Texts,
    sequence: Indices,
    owner: Indices,
    ring: Indices,
    order: Floats,
    places: Floats,
    by: Grouping,
) -> None:
    """Two corners of one ring with the same number at different places have no order."""
    now, then = sequence[1:], sequence[:-1]
    twins = (ring[now] == ring[then]) & (order[now] == order[then])
    twins &= (places[now] != places[then]).any(axis=1)
    for i in now[twins].tolist():
        if not reasons[owner[i]]:
            number = f"{order[i]:g}"
            reasons[owner[i]] = (
                f"two corners have the same {by.order} ({number}) at different places; does a "
                "column tell its rings apart (source.geometry.ring)?"
            )


# --- shapes --------------------------------------------------------------------------------------


def _shapes(
    places: Floats, ring: Indices, ring_owner: Indices, reasons: Texts
) -> tuple[Texts, int]:
    """The outlines that have no reason against them, and how many of them cross themselves.

    places, ring: in the order in which corners are joined.
    """
    geometry = np.full(len(reasons), None, object)
    good = (reasons == "")[ring_owner]
    if not good.any():
        return geometry, 0
    number = np.cumsum(good) - 1
    used = good[ring]
    lines = shapely.linearrings(places[used], indices=number[ring[used]])
    owners = ring_owner[good]
    crossing = len(np.unique(owners[~shapely.is_simple(lines)]))
    alone = np.bincount(owners, minlength=len(reasons)) == 1
    single = alone[owners]
    geometry[owners[single]] = shapely.polygons(lines[single])
    if not single.all():
        whole, of = _nested(lines[~single], owners[~single])
        geometry[of] = whole
    return geometry, crossing


def _nested(lines: Texts, owners: Indices) -> tuple[Texts, Indices]:
    """Outlines of several rings: a ring inside an odd number of others is a hole of the innermost.

    Args:
        owners: (n,) ascending. Returns the outlines and their owners.
    """
    discs = np.asarray(shapely.polygons(lines), dtype=object)
    area = np.asarray(shapely.area(discs), dtype=np.float64)
    depth, parent = np.zeros(len(lines), np.intp), np.full(len(lines), -1, np.intp)
    outer, inner = _pairs(owners, area)
    sound = np.asarray(shapely.is_valid(discs), dtype=bool)
    within = sound[outer] & sound[inner]  # a crossing ring is nobody's hole, and has none
    within[within] = shapely.covers(discs[outer[within]], discs[inner[within]])
    outer, inner = outer[within], inner[within]
    np.add.at(depth, inner, 1)
    by_size = np.argsort(-area[outer], kind="stable")  # the smallest is written last
    parent[inner[by_size]] = outer[by_size]
    shell = depth % 2 == 0
    number = np.cumsum(shell) - 1
    part = np.where(shell, number, number[parent])
    sequence = np.lexsort((~shell, part))
    parts = np.asarray(shapely.polygons(lines[sequence], indices=part[sequence]), dtype=object)
    of, place = np.unique(owners[shell], return_inverse=True)
    whole = np.asarray(shapely.multipolygons(parts, indices=place), dtype=object)
    lone = np.flatnonzero(shapely.get_num_geometries(whole) == 1)
    whole[lone] = shapely.get_geometry(whole[lone], 0)
    return whole, of


def _pairs(owners: Indices, area: Floats) -> tuple[Indices, Indices]:
    """All pairs of rings of one outline, the larger first; equal ones are not inside each other."""
    _, start, count = np.unique(owners, return_index=True, return_counts=True)
    size = np.repeat(count, count)
    left = np.repeat(np.arange(len(owners)), size)
    offset = np.arange(len(left)) - np.repeat(np.cumsum(size) - size, size)
    right = np.repeat(np.repeat(start, count), size) + offset
    larger = area[left] > area[right] * (1 + 1e-9)
    return left[larger], right[larger]


# --- remarks -------------------------------------------------------------------------------------


def _counted(count: int) -> str:
    return f"{count} outline{'s' if count != 1 else ''}"


def _on_the_order(by: Grouping) -> list[str]:
    if by.order:
        return []
    return [
        "no column numbers the corners: they were joined in the order in which their rows stand"
    ]


def _on_crossing(count: int) -> list[str]:
    if not count:
        return []
    return [f"the corners of {_counted(count)} cross: is the order column right?"]


def _on_gaps(
    order: Floats,
    ring: Indices,
    ring_owner: Indices,
    reasons: Texts,
    attributes: pd.DataFrame,
    by: Grouping,
) -> list[str]:
    """Outlines whose corners skip a number, in a table that otherwise counts by ones."""
    if not by.order or not len(order):
        return []
    with np.errstate(invalid="ignore"):  # corners without a number
        steps = np.where(ring[1:] == ring[:-1], np.diff(order), 1.0)
    ends = np.isfinite(steps) & (steps > 1)
    skipping = np.unique(ring_owner[ring[1:][ends]])
    skipping = skipping[reasons[skipping] == ""]
    if not len(skipping) or 2 * len(skipping) > len(reasons):
        return []
    named = ["/".join(attributes.iloc[i][list(by.group)]) for i in skipping[:_MOST_NAMED].tolist()]
    return [
        f"the numbers in {by.order} skip some in {_counted(len(skipping))}, as if corners were "
        f"missing: {', '.join(named)}" + (", ..." if len(skipping) > _MOST_NAMED else "")
    ]


def _on_differences(
    texts: pd.DataFrame,
    owner: Indices,
    first: Indices,
    orphan: NDArray[np.bool_],
    by: Grouping,
) -> list[str]:
    """Columns in which the rows of one outline differ, with the number of outlines."""
    told = []
    for name in texts.columns:
        if name in by.beside or name in by.group:
            continue
        codes = _codes(texts[name])
        differ = (codes != codes[first][owner]) & ~orphan
        if differ.any():
            told.append(f"{name} ({len(np.unique(owner[differ]))})")
    if not told:
        return []
    return [
        "rows of one outline differ in these columns (in so many outlines), the first row's value "
        f"was taken: {', '.join(told)}"
    ]
