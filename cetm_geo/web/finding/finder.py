"""Finds titles of one generation: which match, how many by facet, their rows, bits for the map."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np

from cetm_geo.arrays import Flags, Indices
from cetm_geo.errors import SiteError
from cetm_geo.language import _
from cetm_geo.meeting import COUNTED_KM2
from cetm_geo.store import Store
from cetm_geo.web.filters import NOT_STATED, Filters, Place
from cetm_geo.web.finding.bits import Bits, base64_of, packed, unpacked
from cetm_geo.web.finding.columns import UNDATED, Titles, read_titles
from cetm_geo.web.finding.counts import Counts, counts_of, others
from cetm_geo.web.finding.places import read_places
from cetm_geo.web.finding.rows import Orders, Page, Sort, rows_of
from cetm_geo.web.finding.suggest import KINDS, LIMIT, Suggester, Suggestion
from cetm_geo.web.finding.texts import folded

_EPOCH = date(1970, 1, 1)


class Finder:
    """The titles of a store, resident. Safe to share between threads.

    Args:
        nameless: layers whose names and holders may not be shown: they are not read.
        unplaced: registers whose outlines may not be shown.
        name_withheld: what stands for a name that may not be shown.
    """

    def __init__(
        self,
        store: Store,
        nameless: set[str] | None = None,
        unplaced: set[str] | None = None,
        name_withheld: str = "",
    ) -> None:
        self._store, self._nameless, self._withheld = store, nameless or set(), name_withheld
        self.generation = store.generation
        self.titles: Titles = read_titles(store, self._nameless, unplaced or set())
        self._land = {row["status_group"]: row for row in store.rows("land_under_title")}
        self._places = read_places(store, self._nameless)
        self._suggester = Suggester(self.titles, self._places)
        self._every = packed(np.ones(len(self.titles), bool))
        # What was asked last is asked again as other filters change.
        self._text = lru_cache(64)(self._text_bits)
        self._on_place = lru_cache(64)(self._place_bits)
        self._orders = Orders(self.titles)
        self._orders.warm()

    def __len__(self) -> int:
        return len(self.titles)

    def match(self, filters: Filters) -> Flags:
        """Which titles match, (n,).

        Raises SiteError where a rule, list, mineral, layer or place is none of this store, and for
        a place of a layer of which no shared land is measured.
        """
        matching, _within = others(self._asked(filters), self._every)
        return unpacked(matching, len(self.titles))

    def counts(self, filters: Filters) -> Counts:
        """How many match, and how many each choice of each facet would leave. Raises as `match`."""
        matching, within = others(self._asked(filters), self._every)
        verify = self._verify(filters)
        return counts_of(self.titles, filters, matching, within, verify, self._land)

    def rows(
        self, filters: Filters, sort: Sort = (), start: int = 0, end: int | None = None
    ) -> Page:
        """Titles that match from `start` up to and without `end`, the worst tier first unless
        sorted. Raises SiteError as `match`, and for a column that cannot be sorted by."""
        found = self._ordered(filters, sort)
        rows = rows_of(self.titles, found[max(0, start) : end], self._withheld, self._nameless)
        return Page(rows, len(found))

    def place_of(self, site_id: str, filters: Filters, sort: Sort = ()) -> int | None:
        """Where a title stands among those that match, from 0; None if it does not match."""
        n = np.flatnonzero(self._named((site_id,)))
        place = np.flatnonzero(np.isin(self._ordered(filters, sort), n))
        return int(place[0]) if len(place) else None

    def _ordered(self, filters: Filters, sort: Sort) -> Indices:
        """Titles that match by n, in an order."""
        mask = self.match(filters)
        if not sort:
            return np.flatnonzero(mask)
        order = self._orders.by(sort)
        return order[mask[order]]

    def bits(self, mask: Flags) -> str:
        """A mask as base64 of its bits, the first title in the lowest bit of the first byte."""
        return base64_of(mask)

    def ids(self, mask: Flags) -> list[str]:
        """Ids of the titles of a mask, in their order."""
        return list(self.titles.facts["site_id"][mask])

    def suggest(
        self, text: str, limit: int = LIMIT, kinds: Collection[str] = KINDS
    ) -> list[Suggestion]:
        """What a text that is being typed may mean: titles, holders and places, or some of them."""
        return self._suggester.suggest(text, limit, kinds)

    # --- words -> bits ---------------------------------------------------------------------------

    def _asked(self, filters: Filters) -> dict[str, Bits]:
        """For each word asked for the titles that match it."""
        titles = self.titles
        sets = {
            "tier": filters.tiers,
            "screened": (filters.screened,) if filters.screened else (),
            "status": tuple(sorted(filters.statuses_asked())),
            "stage": filters.stages,
            "mineral": self._known("mineral", filters.minerals, self._store.rulebook.minerals),
            "list": self._known("list", filters.lists),
            "rule": self._known("rule", filters.rules, self._store.rulebook.rules),
            "layer": self._known("layer", filters.layers),
        }
        out = {word: titles.sets[word].of_any(v) for word, v in sets.items() if v}
        more: dict[str, tuple[Any, Callable[[], Bits]]] = {
            "q": (filters.text.strip(), lambda: self._text(filters.text)),
            "holder": (filters.holders, lambda: packed(self._held(filters.holders))),
            "in": (filters.places, lambda: self._on_places(filters.places)[0]),
            "area": (filters.area_km2 != (None, None), lambda: packed(self._of_area(filters))),
            "granted": (any(filters.granted), lambda: packed(self._granted(filters))),
            "box": (filters.box, lambda: packed(self._in_box(filters))),
            "ids": (filters.ids, lambda: packed(self._named(filters.ids))),
        }
        return out | {word: bits() for word, (asked, bits) in more.items() if asked}

    def _known(
        self, word: str, values: tuple[str, ...], more: Mapping[str, Any] | None = None
    ) -> tuple[str, ...]:
        """The values, each of which this store knows."""
        for value in values:
            if value not in self.titles.sets[word].values and value not in (more or {}):
                raise _unknown(word, value)
        return values

    def _text_bits(self, text: str) -> Bits:
        mask = np.ones(len(self.titles), bool)
        for word in folded(text).split():
            mask &= self.titles.text.holding(word)
        return packed(mask | self._named((text.strip(),)))

    def _held(self, holders: tuple[str, ...]) -> Flags:
        wanted = np.isin(self.titles.holders, [h for h in holders if h != NOT_STATED])
        kept = np.append(wanted, NOT_STATED in holders)  # -1, of no holder, is the last
        return np.asarray(kept[self.titles.holder], bool)

    def _of_area(self, filters: Filters) -> Flags:
        areas, (least, most) = self.titles.numbers("area_km2"), filters.area_km2
        mask = np.ones(len(areas), bool)
        if least is not None:
            mask &= areas >= least
        if most is not None:
            mask &= areas <= most
        return mask

    def _granted(self, filters: Filters) -> Flags:
        days = self.titles.granted
        mask: Flags = days != UNDATED
        first, last = (
            None if day is None else (day - _EPOCH).days for day in filters.days_granted()
        )
        if first is not None:
            mask &= days >= first
        if last is not None:
            mask &= days <= last
        return mask

    def _in_box(self, filters: Filters) -> Flags:
        """Titles whose box meets the view; nan, of those that may not be placed, meets none."""
        assert filters.box is not None
        west, south, east, north = filters.box
        own = {name: self.titles.numbers(name) for name in ("west", "south", "east", "north")}
        mask: Flags = (own["south"] <= north) & (own["north"] >= south)
        if east - west >= 360:
            return mask
        west, east = _wrapped(west), _wrapped(east)
        if west <= east:
            return np.asarray(mask & (own["west"] <= east) & (own["east"] >= west), bool)
        return np.asarray(mask & ((own["west"] <= east) | (own["east"] >= west)), bool)

    def _named(self, ids: tuple[str, ...]) -> Flags:
        return np.asarray(self.titles.facts["site_id"].isin(ids), bool)

    # --- places ----------------------------------------------------------------------------------

    def _on_places(self, places: tuple[Place, ...]) -> tuple[Bits, Bits]:
        """Titles on any of the places, and those that touch them within the mapping error alone."""
        found = [self._on_place(place) for place in places]
        on = np.bitwise_or.reduce([one for one, _verify in found], axis=0)
        sure = np.bitwise_or.reduce([one & ~verify for one, verify in found], axis=0)
        return on, on & ~sure

    def _verify(self, filters: Filters) -> Bits:
        return self._on_places(filters.places)[1] if filters.places else self._every & np.uint64(0)

    def _place_bits(self, place: Place) -> tuple[Bits, Bits]:
        layer_id, feature_id = place
        named = {"layer_id": layer_id, "feature_id": feature_id}
        if layer_id in self._nameless or not self._store.value("feature_exists", **named):
            raise _unknown("in", f"{layer_id}/{feature_id}")
        if layer_id not in self._places.laid:
            what = _("Titles are not laid over {layer}: which of them lie on it is not known.")
            raise SiteError(
                what.format(layer=self._places.labels[layer_id]),
                _("Only how far a title is from the nearest of them is measured."),
            )
        rows = self._store.frame("titles_on_place", counted_km2=COUNTED_KM2, **named)
        n = self.titles.n_of_row[rows["title"].to_numpy(np.intp)]
        on, verify = np.zeros(len(self.titles), bool), np.zeros(len(self.titles), bool)
        on[n], verify[n] = True, rows["verify"].to_numpy(bool)
        return packed(on), packed(verify)


def _wrapped(longitude: float) -> float:
    return longitude if -180 <= longitude <= 180 else (longitude + 180) % 360 - 180


def _unknown(word: str, value: str) -> SiteError:
    return SiteError(
        _("There is no {value} among the values of {word} here.").format(
            value=value[:80], word=word
        ),
        _("The data may have been rebuilt: choose it again."),
    )
