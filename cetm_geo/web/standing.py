"""Where a title stands among those that the filters find, and which come before and after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cetm_geo.web.filters import Filters
from cetm_geo.web.finding import Finder

Neighbour = tuple[str, str]  # site_id, and what the title is called


@dataclass(frozen=True)
class Standing:
    """The place of a title in the order by tier.

    place: from 1; None of a title that the filters do not find. found: how many they find. every:
    all titles. before, after: the neighbours among those found, None at the ends.
    """

    site_id: str
    place: int | None
    found: int
    every: int
    before: Neighbour | None
    after: Neighbour | None


def standing_of(finder: Finder, site_id: str, filters: Filters) -> Standing | None:
    """The place of a title; None of one that the store does not hold. Raises SiteError as
    `Finder.match`."""
    own = np.flatnonzero(finder.match(Filters(ids=(site_id,))))
    if not len(own):
        return None
    n = int(own[0])
    mask = finder.match(filters)
    before, after = np.flatnonzero(mask[:n]), n + 1 + np.flatnonzero(mask[n + 1 :])
    return Standing(
        site_id,
        len(before) + 1 if mask[n] else None,
        int(mask.sum()),
        len(mask),
        _named(finder, int(before[-1])) if len(before) else None,
        _named(finder, int(after[0])) if len(after) else None,
    )


def _named(finder: Finder, n: int) -> Neighbour:
    row = finder.titles.facts.iloc[n]
    site_id, name = row["site_id"], row["name"]
    return str(site_id), str(name) if isinstance(name, str) and name else str(site_id)
