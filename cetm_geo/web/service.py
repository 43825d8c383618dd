"""What both faces ask: the store in force, its layers, answers, and what must stay withheld."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import shapely
from flask import has_request_context, request

from cetm_geo.assessment import Under
from cetm_geo.cards import CardMaker, Flags
from cetm_geo.errors import CetmError, SiteError
from cetm_geo.ground import Ground
from cetm_geo.kept_rasters import KeptRasters, rasters_of
from cetm_geo.language import _
from cetm_geo.model import Publish
from cetm_geo.sitetable import may_name
from cetm_geo.store import Store, StoreReader, read_layers, site_answer
from cetm_geo.waterways import way_of_site, with_covers
from cetm_geo.web.access import reader
from cetm_geo.web.around import rings_round
from cetm_geo.web.countries import Countries
from cetm_geo.web.filters import Filters
from cetm_geo.web.finding import Finder, Page
from cetm_geo.web.news import Newsroom
from cetm_geo.web.pieces import piece_of
from cetm_geo.web.places import Places
from cetm_geo.web.proposals import Proposals
from cetm_geo.web.screener import Screener

Answer = dict[str, Any]
WITHHELD = "geometry withheld: licence"
NAME_WITHHELD = "name withheld: licence"
_BOUNDS = {"west", "south", "east", "north"}
RINGS_KEPT = 512  # sites of which the land of the rings is remembered


@dataclass(frozen=True)
class _Resident:
    """What is read once per generation and kept."""

    generation: str
    ground: Ground
    rasters: KeptRasters
    sources: Mapping[str, Mapping[str, Any]]
    meta: Mapping[str, str]
    under: Under
    cards: CardMaker


class Service:
    """Reads one store folder; `public` withholds what licences keep on this machine.

    A connection does not survive a fork: a server that forks makes this afterwards, in each worker.
    proposals: the folder in which their authors keep them; None keeps nothing.
    """

    def __init__(
        self, store_path: Path, public: bool = False, proposals: Path | None = None
    ) -> None:
        self.store_path = store_path
        self.public = public
        self.proposals = Proposals(proposals, reader)
        self._lock = threading.Lock()
        self._reader = StoreReader(store_path)
        self._resident: _Resident | None = None
        self._finding = threading.Lock()
        self._finder: Finder | None = None
        self._rings = lru_cache(RINGS_KEPT)(self._rings_of)
        self.places = Places(self, self._nameless, self._presentable_site)
        self.countries = Countries(self.store)
        self.news = Newsroom(self.store)
        self.screener = Screener(self)

    def store(self) -> Store:
        """The store of the generation in force; raises StoreError.

        Within a request always the one that was asked first, so that an answer is of one generation
        however often it asks.
        """
        if not has_request_context():
            return self._reader.current()
        # Not in `g`, which a request may share with one whose stream was never read to its end.
        held: dict[Service, Store] = request.environ.setdefault("cetm_geo.stores", {})
        if self not in held:
            held[self] = self._reader.current()
        return held[self]

    def warm_up(self) -> None:
        """Read what the first question would wait for; a missing store is not this one's matter."""
        with contextlib.suppress(CetmError):
            self.resident(self.store())
            self.finder()
            # Some things are made on first use: better now than while the first drawing waits.
            west, south, east, north = self.area()
            lon, lat = (west + east) / 2, (south + north) / 2
            self.screener.propose(
                shapely.geometry.mapping(shapely.box(lon, lat, lon + 0.01, lat + 0.01))
            )

    def resident(self, store: Store) -> _Resident:
        """Layers and sources of `store`, read once per generation."""
        with self._lock:
            if self._resident is None or self._resident.generation != store.generation:
                of_layers = Ground.of(read_layers(store), groups=store.rulebook.groups)
                ground = with_covers(of_layers, store.frame("all_basins"))
                ground.warm()
                _ = ground.sources
                meta, rulebook = store.meta, store.rulebook
                self._resident = _Resident(
                    generation=store.generation,
                    ground=ground,
                    rasters=rasters_of(store),
                    sources={row["layer_id"]: row for row in store.rows("sources_of_map")},
                    meta=meta,
                    under=Under(rulebook, meta["country"]),
                    cards=CardMaker(rulebook, date.fromisoformat(meta["as_of"][:10])),
                )
            return self._resident

    def area(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the titles: where a proposal is likely to lie."""
        meta = self.resident(self.store()).meta
        west, south, east, north = (float(meta[x]) for x in ("west", "south", "east", "north"))
        return west, south, east, north

    def withheld(self, store: Store, layer_id: str | None) -> str:
        """Why the shapes of a layer may not be shown here, or ''."""
        source = self.resident(store).sources.get(layer_id or "", {})
        restricted = source.get("publish", Publish.PUBLIC) != Publish.PUBLIC
        return WITHHELD if self.public and restricted else ""

    def _nameless(self, store: Store) -> set[str]:
        """Layers whose names may not be shown here."""
        sources = self.resident(store).sources.items()
        return {x for x, row in sources if self.public and row["publish"] == Publish.LOCAL_ONLY}

    def _presentable_site(self, store: Store, site: Mapping[str, Any]) -> dict[str, Any]:
        """A title's facts without what its register's licence keeps on this machine."""
        shown = dict(site)
        if self.withheld(store, site.get("layer_id")):
            shown |= dict.fromkeys(_BOUNDS & shown.keys())
        if site.get("layer_id") in self._nameless(store):
            shown |= {"name": NAME_WITHHELD, "holder": None}
        return shown

    def finder(self) -> Finder:
        """Finds the titles of the generation in force, as they may be shown and searched here."""
        store = self.store()
        with self._finding:
            if self._finder is None or self._finder.generation != store.generation:
                unplaced = {x for x in self.resident(store).sources if self.withheld(store, x)}
                self._finder = Finder(store, self._nameless(store), unplaced, NAME_WITHHELD)
            return self._finder

    def titles(self, filters: Filters, limit: int) -> Page:
        """The first titles that match, as they may be shown and searched here; raises SiteError."""
        return self.finder().rows(filters, end=limit)

    def has_site(self, site_id: str) -> bool:
        """True if the store in force holds this site."""
        return bool(self.store().value("site_exists", site_id=site_id))

    def answer(self, site_id: str) -> dict[str, Any]:
        """The stored answer of a site; raises SiteError for an unknown one."""
        store = self.store()
        answer = site_answer(store, site_id)
        answer["rings"] = self._rings(store.generation, site_id)
        return self.presentable(store, answer)

    def _rings_of(self, _generation: str, site_id: str) -> dict[str, Any] | None:
        store = self.store()
        outline = store.shapes("site_with_outline", site_id=site_id).geometry.iloc[0]
        return rings_round(outline, self.resident(store).ground)

    def outline_of(self, site_id: str) -> dict[str, Any]:
        """A stored title's outline as GeoJSON in EPSG:4326, as a shape to begin a proposal with.

        Raises SiteError for an unknown title, and where its licence keeps the outline.
        """
        store = self.store()
        found = store.shapes("site_with_outline", site_id=site_id)
        if not len(found):
            raise SiteError(f"There is no site {site_id!r} in this store.", "Search for its name.")
        withheld = self.withheld(store, str(found["layer_id"].iloc[0]))
        if withheld:
            raise SiteError(
                _("The outline of {title} may not be given here: its licence keeps it.").format(
                    title=site_id
                ),
                _("Draw the shape, or run this program where the data are."),
            )
        outline: dict[str, Any] = shapely.geometry.mapping(found.geometry.iloc[0])
        return outline

    def pieces(self, site_id: str) -> dict[str, Any]:
        """Overlap pieces of a stored site as a FeatureCollection, without withheld shapes."""
        store = self.store()
        rows = store.rows("overlap_pieces_of_site", site_id=site_id)
        shapes = [{**row, "geometry": json.loads(row["geometry"])} for row in rows]
        return self.collection(store, shapes)

    def collection(self, store: Store, shapes: list[dict[str, Any]]) -> dict[str, Any]:
        """Rows with geometry as GeoJSON features, without what licences keep."""
        return {
            "type": "FeatureCollection",
            "features": [
                piece_of(row)
                for row in shapes
                if not self.withheld(store, row["layer_id"])
                and not self.withheld(store, row.get("site_layer_id"))
            ],
        }

    def presentable(self, store: Store, answer: dict[str, Any]) -> dict[str, Any]:
        """`answer` without what a licence keeps on this machine."""
        answer = {**answer, "site": self._presentable_site(store, answer["site"])}
        local = self._nameless(store)
        layers = set(self.resident(store).sources)
        hide = {"name": NAME_WITHHELD, "designation": None, "feature_id": ""}
        ground, km2 = self.resident(store).ground, answer["site"]["area_km2"]
        placed = not self.withheld(store, answer["site"].get("layer_id"))

        def has_piece(row: Mapping[str, Any]) -> bool:
            """Whether what a pair shares may be drawn."""
            return placed and not self.withheld(store, row["layer_id"])

        shown = {
            **answer,
            "way": way_of_site(ground, answer["overlaps"], km2, local, NAME_WITHHELD),
            "lines": [
                {**line, "nearest_name": NAME_WITHHELD} if _may_name(line, local) else line
                for line in answer["lines"]
            ],
            "overlaps": [
                {**row, **(hide if row["layer_id"] in local else {}), "piece": has_piece(row)}
                for row in answer["overlaps"]
            ],
            "indicators": [
                {**row, "value_text": NAME_WITHHELD}
                if row["value_text"] and may_name(row["indicator_id"], local, layers)
                else row
                for row in answer["indicators"]
            ],
        }
        return self._with_cards(store, shown, local)

    def _with_cards(self, store: Store, answer: dict[str, Any], local: set[str]) -> dict[str, Any]:
        """`answer` with a card for each flag, which names nothing that is withheld."""
        hide = {"name": NAME_WITHHELD, "feature_id": ""}
        features = [
            {**row, **hide} if row["layer_id"] in local else row
            for row in answer.pop("flag_features")
        ]
        countries = tuple(filter(None, str(answer["tier"]["countries"] or "").split(";")))
        flags = Flags(
            answer["site"],
            answer["flags"],
            features,
            answer["indicators"],
            answer["sources"],
            countries,
        )
        maker = self.resident(store).cards
        cards = maker.cards(flags)
        norms, helpers = maker.norms(cards, countries), maker.helpers(cards)
        return {**answer, "flags": cards, "norms": norms, "helpers": helpers}


def _may_name(line: Mapping[str, Any], local: set[str]) -> bool:
    """True if the line's nearest feature may come from a layer in `local`.

    A role's line does not say which layer its nearest is of, so any local layer hides it.
    """
    named = bool(local and line.get("nearest_name"))
    return named and (line["scope_kind"] == "role" or line["scope_id"] in local)
