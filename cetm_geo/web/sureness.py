"""How firm the order of the stored titles is, asked of one title at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from cetm_geo.boundaries import boundary_shifts
from cetm_geo.errors import SiteError
from cetm_geo.flags.facts import Facts
from cetm_geo.flags.sensitivity import of_site
from cetm_geo.flags.weighing import indicators_of
from cetm_geo.resampling import facts_of_store
from cetm_geo.store import Store
from cetm_geo.web.service import Service


@dataclass(frozen=True)
class _Among:
    """What the scores of all titles of a generation rest on."""

    generation: str
    facts: Facts


class Sureness:
    """Ranks one title among all of a store again and again; their facts are read once."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = threading.Lock()  # one at a time: each takes all cores
        self._among: _Among | None = None

    def of(self, site_id: str) -> dict[str, Any]:
        """Keys as `flags.sensitivity.of_site` gives them. Raises SiteError for an unknown title."""
        with self._lock:
            store = self._service.store()
            site = store.shapes("site_with_outline", site_id=site_id)
            if not len(site):
                raise SiteError(f"There is no site {site_id}.", "The data may have been rebuilt.")
            facts, cuts = self._facts(store), store.rulebook.cuts
            subject = facts.take(np.flatnonzero(facts.site_ids == site_id))
            ground = self._service.resident(store).ground
            shifts = boundary_shifts(site, ground, subject, indicators_of(cuts))
            return of_site(subject, facts, cuts, shifts)

    def _facts(self, store: Store) -> Facts:
        if self._among is None or self._among.generation != store.generation:
            site_ids = store.frame("all_tiers")["site_id"].to_numpy(object)
            found = facts_of_store(store, site_ids, store.rulebook.cuts)
            self._among = _Among(store.generation, found)
        return self._among.facts
