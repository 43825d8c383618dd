"""The other side: what the store holds of one place, and of the titles on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import shapely

from cetm_geo.errors import SiteError
from cetm_geo.language import _
from cetm_geo.meeting import COUNTED_KM2
from cetm_geo.model import STATUS_GROUPS, Role
from cetm_geo.pressure import ALL
from cetm_geo.store import Store
from cetm_geo.web.basinplaces import basin_of
from cetm_geo.web.pieces import piece_of
from cetm_geo.web.placefacts import (
    GROUPS,
    Facts,
    counts_of,
    is_laid_under_titles,
    land_of,
    near_of,
    registers_of,
)

if TYPE_CHECKING:
    from cetm_geo.web.service import Service

BY_TIER, BY_LAND = "tier", "overlap"  # orders of the titles on a place
PIECES = 500  # shapes of one place for the map
_EYE = 4_000  # parts of a place's box that the eye tells apart
_KEPT = 256

Answer = dict[str, Any]


class Refusal(NamedTuple):
    """Why a place is not shown: an HTTP status, what happened, and what to do."""

    status: int
    what: str
    hint: str


class Places:
    """Answers about features of layers, as they may be shown here.

    nameless: layers whose names may not be shown. presentable: a title's facts without what its
    register's licence keeps here.
    """

    def __init__(
        self,
        service: Service,
        nameless: Callable[[Store], set[str]],
        presentable: Callable[[Store, Mapping[str, Any]], Answer],
    ) -> None:
        self._service, self._nameless, self._presentable = service, nameless, presentable
        self._kept_facts = lru_cache(maxsize=_KEPT)(self._facts)
        self._kept_measures = lru_cache(maxsize=_KEPT)(self._measures)

    def refusal(self, layer_id: str, feature_id: str) -> Refusal | None:
        """Why this place cannot be shown; None where it can. Raises StoreError."""
        store = self._service.store()
        source = self._service.resident(store).sources.get(layer_id)
        if source is None:
            what = _("There is no layer {layer}.").format(layer=layer_id)
            return Refusal(404, what, _("See /api/v1/health for ids."))
        if source["role"] == Role.CONCESSION:
            what = _("{layer} is a register: what it holds are titles.").format(layer=layer_id)
            return Refusal(404, what, _("Titles are at /api/v1/sites/<site_id>."))
        if layer_id in self._nameless(store):
            what = _("Places of {layer} are not shown one by one: its licence keeps them here.")
            hint = _("What each title shares with them stands in the answer of the title.")
            return Refusal(403, what.format(layer=source["label"]), hint)
        if self._kept_facts(store.generation, layer_id, feature_id) is None:
            hint = _("Search for its name, or click on it on the map.")
            return Refusal(404, _no_place(layer_id, feature_id), hint)
        return None

    def place(self, layer_id: str, feature_id: str) -> Answer:
        """What is known of a place, all its parts together, and in figures of the titles on it.

        Keys: place (of the part that was asked the columns of place_facts.sql; of all together
        area_km2 and west, south, east, north; without these and with `withheld` where the licence
        keeps its shape here), parts (feature_id, name, designation, iso3, area_km2 of each, where
        it has several), land and land_note (`land_of`), counts (per group of statuses titles and
        slivers), is_measured (whether titles are laid over this layer), registers (label, as_of,
        stale, problem, complete_within, inside_share: of the place, None where not stated), basin
        (`basin_of`), near (within_km: counts; titles: the nearest; None where titles lie on it, or
        too many are about).

        Raises SiteError where `refusal` refuses.
        """
        refused = self.refusal(layer_id, feature_id)
        if refused:
            raise SiteError(refused.what, refused.hint)
        store = self._service.store()
        answer = dict(self._kept_measures(store.generation, layer_id, feature_id))
        withheld = self._service.withheld(store, layer_id)
        answer["place"] = {**answer["place"], "withheld": withheld}
        if withheld:
            answer["place"] |= dict.fromkeys(("west", "south", "east", "north"))
        near = answer["near"]
        if near:
            shown = [self._presentable(store, row) for row in near["titles"]]
            answer["near"] = {**near, "titles": shown}
        return answer

    def titles(
        self,
        layer_id: str,
        feature_id: str,
        group: str = ALL,
        order: str = BY_LAND,
        start: int = 0,
        count: int = 50,
    ) -> tuple[list[Answer], int]:
        """Titles on a place by rows of place_titles.sql, and how many there are in all.

        feature_share: of the place, None of a point. group: ALL or a name of STATUS_GROUPS. order:
        BY_TIER or BY_LAND.
        """
        store = self._service.store()
        facts = self._facts_of(store, layer_id, feature_id)
        rows = store.rows(
            "place_titles",
            **facts.asked,
            counted_km2=COUNTED_KM2,
            statuses=[] if group == ALL else [str(status) for status in STATUS_GROUPS[group]],
            by_tier=order == BY_TIER,
            start=start,
            count=count,
        )
        matching = int(rows[0]["matching"]) if rows else 0
        shown = [self._presentable(store, row) for row in rows]
        for row in shown:
            del row["matching"]
            row["feature_share"] = facts.share(row["overlap_km2"])
        return shown, matching

    def positions(self, layer_id: str, feature_id: str, most: int) -> list[int] | None:
        """Where the titles that meet a place stand among all; None of more than `most`."""
        store = self._service.store()
        facts = self._facts_of(store, layer_id, feature_id)
        found = store.frame("place_positions", **facts.asked)["position"]
        return None if len(found) > most else [int(n) for n in found]

    def outline(self, layer_id: str, feature_id: str) -> Answer:
        """A place as a GeoJSON feature. To be asked where neither it nor its shape is withheld."""
        facts = self._facts_of(self._service.store(), layer_id, feature_id)
        kept = ("layer_id", "feature_id", "name", "designation", "role", "layer_label", "area_km2")
        said = ("as_of", "licence", "attribution")
        return {
            "type": "Feature",
            "geometry": json.loads(shapely.to_geojson(facts.shape)),
            "properties": {key: facts.place[key] for key in (*kept, *said)},
        }

    def pieces(self, layer_id: str, feature_id: str) -> Answer:
        """Land that titles share with a place, the PIECES largest, drawn for the eye.

        A FeatureCollection with `of`: how many there are. Empty where shapes are withheld.
        """
        store = self._service.store()
        facts = self._facts_of(store, layer_id, feature_id)
        if self._service.withheld(store, layer_id):
            return {"type": "FeatureCollection", "features": [], "of": 0}
        west, south, east, north = shapely.bounds(facts.shape)
        tolerance = max(east - west, north - south) / _EYE
        rows = store.rows("place_pieces", **facts.asked, tolerance=tolerance, most=PIECES)
        nameless = self._nameless(store)
        shown = [
            {
                **row,
                "site_name": None if row["site_layer_id"] in nameless else row["site_name"],
                "geometry": json.loads(row["geometry"]),
            }
            for row in rows
            if not self._service.withheld(store, row["site_layer_id"])
        ]
        of = int(rows[0]["matching"]) if rows else 0
        return {"type": "FeatureCollection", "features": [piece_of(x) for x in shown], "of": of}

    # --- kept, the same for every reader ---------------------------------------------------------

    def _facts_of(self, store: Store, layer_id: str, feature_id: str) -> Facts:
        """Raises SiteError where there is no such place."""
        facts = self._kept_facts(store.generation, layer_id, feature_id)
        if facts is None:
            raise SiteError(_no_place(layer_id, feature_id))
        return facts

    def _facts(self, generation: str, layer_id: str, feature_id: str) -> Facts | None:
        """generation: of the store, so that facts may be kept."""
        asked = {"layer_id": layer_id, "feature_id": feature_id}
        found = self._service.store().shapes("place_facts", **asked)
        return Facts.of(found) if len(found) else None

    def _measures(self, generation: str, layer_id: str, feature_id: str) -> Answer:
        """`place` before anything is withheld."""
        store = self._service.store()
        resident = self._service.resident(store)
        ground, facts = resident.ground, self._facts_of(store, layer_id, feature_id)
        layer = ground.layers.get(layer_id)
        by_status = store.rows("place_titles_by_status", **facts.asked, counted_km2=COUNTED_KM2)
        counts = counts_of(by_status)
        land, note = land_of(store, facts, layer, resident.sources)
        return {
            "place": facts.place,
            "parts": facts.parts,
            "land": land,
            "land_note": note,
            "counts": counts,
            "is_measured": is_laid_under_titles(layer),
            "registers": registers_of(ground, resident.sources, facts),
            "basin": basin_of(ground, layer_id, feature_id),
            "near": None if counts[ALL]["titles"] else near_of(store, facts.shape),
        }


def _no_place(layer_id: str, feature_id: str) -> str:
    what = _("There is no place {place} in the layer {layer}.")
    return what.format(place=feature_id, layer=layer_id)


__all__ = ["BY_LAND", "BY_TIER", "GROUPS", "PIECES", "Places", "Refusal"]
