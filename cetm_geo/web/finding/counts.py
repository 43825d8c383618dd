"""How many titles each choice would leave: every facet under all filters but its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from cetm_geo.arrays import Indices
from cetm_geo.model import STATUS_GROUPS
from cetm_geo.web.filters import NOT_STATED, Filters
from cetm_geo.web.finding.bits import Bits, size, unpacked
from cetm_geo.web.finding.columns import UNDATED, Titles

HOLDERS = 100  # the holders that are counted: those with most titles, and those asked for
AREA_STEPS_KM2 = (0.0, 0.1, 1.0, 10.0, 100.0, 1000.0, float("inf"))


@dataclass(frozen=True)
class Counts:
    """What titles that match come to, and what each choice of a facet would leave.

    count, of: titles that match, and all. fully_screened: of those that match. verify: of those
    that match, titles that meet the places asked for within the mapping error alone.
    sum_km2: areas of those that match added up, so that land under two titles is in it twice.
    land: per group of statuses {sites, sum_km2, union_km2}, the union with each piece of land once;
    known of all titles ("all" among them) and of one whole group, else None.

    facets: word of the address -> value -> titles: tier, screened, rule, status, status_group,
    stage, holder (`HOLDERS` of them), mineral, list, layer. Each counts what matches all filters
    but its own word's. None where no title has an answer of a layer or a rule: never 0.
    unanswered: of layer and rule, how many of these titles they do not speak of. verify_layers: how
    many touch a layer within the mapping error alone, and are not counted as overlapping.
    fully_by_tier: of the facet's tiers, titles that were fully screened.

    granted: year -> titles; area: (from km2, up to km2, titles); not_stated: word -> titles that
    say nothing of it (holder, mineral, granted) or may not be placed (box), and match no filter of
    it; all under all filters but the word's own.
    """

    count: int
    of: int
    fully_screened: int
    verify: int
    sum_km2: float
    land: Mapping[str, Mapping[str, Any]] | None
    facets: Mapping[str, Mapping[str, int | None]]
    unanswered: Mapping[str, Mapping[str, int]]
    verify_layers: Mapping[str, int]
    fully_by_tier: Mapping[str, int]
    granted: Mapping[int, int]
    area: tuple[tuple[float, float, int], ...]
    not_stated: Mapping[str, int]


def others(asked: Mapping[str, Bits], every: Bits) -> tuple[Bits, dict[str, Bits]]:
    """What matches all words asked for, and for each of them what matches all but it."""
    before, after = [every], [every]
    found = list(asked.values())
    for bits in found:
        before.append(before[-1] & bits)
    for bits in reversed(found):
        after.append(after[-1] & bits)
    but = {word: before[i] & after[len(found) - 1 - i] for i, word in enumerate(asked)}
    return before[-1], but


def counts_of(
    titles: Titles,
    filters: Filters,
    matching: Bits,
    within: Mapping[str, Bits],
    verify: Bits,
    land: Mapping[str, Mapping[str, Any]],
) -> Counts:
    """Counts of what matches.

    Args:
        within: per word asked for, what matches all others. verify: titles that meet the places
            asked for within the mapping error alone. land: per group of statuses, of all titles.
    """

    def under(word: str) -> Bits:
        return within.get(word, matching)

    facets = {word: sets.counts(under(word)) for word, sets in titles.sets.items()}
    unanswered = {word: s.counts(under(word)) for word, s in titles.unanswered.items()}
    told: dict[str, Mapping[str, int | None]] = dict(facets)
    for word, lacking in unanswered.items():
        told[word] = _said(facets[word], lacking, size(under(word)))
    told["status_group"] = {
        group: sum(facets["status"][str(one)] for one in members)
        for group, members in STATUS_GROUPS.items()
    }
    holders, nobody = _holders(titles, under("holder"), filters.holders)
    told["holder"] = holders
    years, undated = _years(titles, under("granted"))
    fully = titles.sets["screened"].bits[0]
    mask = unpacked(matching, len(titles))
    return Counts(
        count=size(matching),
        of=len(titles),
        fully_screened=size(matching & fully),
        verify=size(matching & verify),
        sum_km2=float(titles.numbers("area_km2")[mask].sum()),
        land=_land(filters, land),
        facets=told,
        unanswered=unanswered,
        verify_layers=titles.verify.counts(under("layer")),
        fully_by_tier=titles.sets["tier"].counts(under("tier") & fully),
        granted=years,
        area=_areas(titles, under("area")),
        not_stated={
            "holder": nobody,
            "mineral": facets["mineral"][NOT_STATED],
            "granted": undated,
            "box": int(np.isnan(titles.numbers("west")[unpacked(under("box"), len(titles))]).sum()),
        },
    )


def _said(
    found: Mapping[str, int], lacking: Mapping[str, int], titles: int
) -> dict[str, int | None]:
    """Counts, None where not one title has an answer."""
    return {
        value: n if n or not titles or lacking[value] < titles else None
        for value, n in found.items()
    }


def _holders(titles: Titles, within: Bits, asked: tuple[str, ...]) -> tuple[dict[str, int], int]:
    """Titles of the holders with most of them and of those asked for; titles without a holder."""
    codes = titles.holder[unpacked(within, len(titles))]
    found = np.bincount(codes + 1, minlength=len(titles.holders) + 1)
    nobody, found = int(found[0]), found[1:]
    most = np.flatnonzero(found >= _least_of_most(found))
    rows = sorted(most.tolist(), key=lambda i: (-found[i], titles.holders[i]))[:HOLDERS]
    out = {str(titles.holders[i]): int(found[i]) for i in rows}
    missing = [one for one in asked if one not in out and one != NOT_STATED]
    if missing:
        place = {name: i for i, name in enumerate(titles.holders) if name in set(missing)}
        out |= {one: int(found[place[one]]) if one in place else 0 for one in missing}
    return out, nobody


def _least_of_most(found: Indices) -> int:
    """The count of the last of the HOLDERS with the most; at least 1."""
    last = len(found) - HOLDERS
    return 1 if last <= 0 else max(1, int(np.partition(found, last)[last]))


def _years(titles: Titles, within: Bits) -> tuple[dict[int, int], int]:
    days = titles.granted[unpacked(within, len(titles))]
    dated = days[days != UNDATED]
    years = dated.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    found, count = np.unique(years, return_counts=True)
    return dict(zip(found.tolist(), count.tolist(), strict=True)), len(days) - len(dated)


def _areas(titles: Titles, within: Bits) -> tuple[tuple[float, float, int], ...]:
    areas = titles.numbers("area_km2")[unpacked(within, len(titles))]
    step = np.searchsorted(AREA_STEPS_KM2, areas, side="right")
    found = np.bincount(step, minlength=len(AREA_STEPS_KM2))
    return tuple(
        (low, high, int(found[i])) for i, (low, high) in enumerate(pairwise(AREA_STEPS_KM2), 1)
    )


def _land(
    filters: Filters, land: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Mapping[str, Any]] | None:
    """Land counted once, where the store holds it: of all titles, or of one group of statuses."""
    if filters.is_empty:
        return land
    if not filters.without("status").is_empty:
        return None
    for group, members in STATUS_GROUPS.items():
        if filters.statuses_asked() == frozenset(map(str, members)) and group in land:
            return {group: land[group]}
    return None
