"""Asks the finder what Explore shows: what may be chosen in a store, and what filters find."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from cetm_geo.dashboard.explore import filterwords
from cetm_geo.dashboard.explore.choices import Found, Offered
from cetm_geo.dashboard.explore.filterwords import Chip, Names
from cetm_geo.dashboard.mapconfig import map_config
from cetm_geo.language import SOURCE, chosen
from cetm_geo.model import SCREENED_ROLES
from cetm_geo.store import Store
from cetm_geo.web import Service
from cetm_geo.web.filters import Filters, Place, filters_of, query_of
from cetm_geo.web.finding import Finder


class Explorer:
    """What the finder and the store say, as Explore needs it; kept per generation and language."""

    def __init__(self, service: Service) -> None:
        self._service, self._lock = service, threading.Lock()
        self._offered: dict[tuple[str, str], Offered] = {}

    def find(self, query: Mapping[str, str]) -> tuple[Offered, Found, Finder]:
        """What the words of an address find. Raises SiteError where they cannot be read."""
        filters = filters_of(query)
        finder = self._service.finder()
        counts = finder.counts(filters)
        offered = self.offered(finder)
        if filters.places:
            names = replace(offered.names, places=self._places(filters))
            offered = replace(offered, names=names)
        drop = None if counts.count else _to_drop(finder, filters, offered.names)
        return offered, Found(filters, counts, drop), finder

    def offered(self, finder: Finder) -> Offered:
        """What may be chosen, in the language in force."""
        key = finder.generation, chosen()
        with self._lock:
            if key not in self._offered:
                kept = {k: v for k, v in self._offered.items() if k[0] == finder.generation}
                self._offered = {**kept, key: self._offer(finder)}
            return self._offered[key]

    def _offer(self, finder: Finder) -> Offered:
        store = self._service.store()
        resident = self._service.resident(store)
        drawn = map_config(list(resident.sources.values()), resident.meta, "", lambda _id: "")
        known = finder.counts(Filters())
        layers = sorted(
            (layer for layer in drawn["layers"] if layer["id"] in known.facets["layer"]),
            key=lambda layer: _rank(resident.sources[layer["id"]]["role"]),
        )
        rules = resident.under.rulebook.rules
        return Offered(
            all=known,
            holders=len(finder.titles.holders),
            layers={layer["id"]: layer["draw"] for layer in layers if layer["screened"]},
            severities={rule.id: rule.levels[0].severity.value for rule in rules.values()},
            names=Names(
                layers={layer["id"]: layer["label"] for layer in layers},
                rules={rule.id: _in_language(rule.label) for rule in rules.values()},
                lists={one.id: one.label for one in resident.under.rulebook.lists.values()},
            ),
        )

    def _places(self, filters: Filters) -> dict[Place, str]:
        """Names of the places that titles are looked for on; the finder refused nameless ones."""
        return {place: _name(self._service.store(), place) for place in filters.places}


def _name(store: Store, place: Place) -> str:
    rows = store.rows("place_facts", layer_id=place[0], feature_id=place[1])
    return str(rows[0]["name"] or "") if rows else ""


def _rank(role: str) -> int:
    return list(SCREENED_ROLES).index(role) if role in SCREENED_ROLES else len(SCREENED_ROLES)  # type: ignore[arg-type]


def _in_language(said: Mapping[str, str]) -> str:
    return said.get(chosen()) or said[SOURCE]


def _to_drop(finder: Finder, filters: Filters, names: Names) -> tuple[Chip, int] | None:
    """The word without which most titles match, with that count; None if no word alone helps."""
    found = [(word, int(finder.match(filters.without(word)).sum())) for word in query_of(filters)]
    word, count = max(found, key=lambda one: one[1], default=("", 0))
    if not count or len(found) < 2:
        return None
    return Chip(word, filterwords.clause(word, filters, names), f"{word}="), count
