"""What both faces ask: the store in force, its layers, answers, and what must stay withheld."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import shapely
from shapely.errors import ShapelyError

from cetm_geo import tables
from cetm_geo.answers import answer_of, flags_of_site, names_of_missing, pieces_of, rows_of_site
from cetm_geo.assessment import Assessed, Under
from cetm_geo.cards import CardMaker, Flags
from cetm_geo.described import NOT_SAID, Described
from cetm_geo.errors import CetmError, SiteError
from cetm_geo.evidence import RINGS, Alive, Limits, OutOfTime
from cetm_geo.ground import Ground
from cetm_geo.kept_rasters import KeptRasters, rasters_of
from cetm_geo.language import _
from cetm_geo.model import Publish, Screening
from cetm_geo.screening import proposal, screen
from cetm_geo.sitetable import may_name
from cetm_geo.siting import PEOPLE_BELOW, siting_of_drawn
from cetm_geo.store import Store, StoreReader, read_layers, site_answer
from cetm_geo.surveying import RasterLimits, measure_rasters
from cetm_geo.waterways import way_of_site, with_covers
from cetm_geo.web.around import rings_round
from cetm_geo.web.countries import Countries
from cetm_geo.web.drafts import Draft, Drafts, key_of
from cetm_geo.web.filters import Filters
from cetm_geo.web.finding import Finder, Page
from cetm_geo.web.pieces import piece_of
from cetm_geo.web.places import Places
from cetm_geo.web.proposals import Proposals

Answer = dict[str, Any]
WITHHELD = "geometry withheld: licence"
NAME_WITHHELD = "name withheld: licence"
JUDGED = ("flags", "norms", "helpers", "tier", "themes")  # of an answer, what rules say
_BOUNDS = {"west", "south", "east", "north"}
# A first answer to a drawing: a dense country of the world's layers takes a second or two.
ANSWER_S = 3.0
LIMITS = Limits(pieces=40_000, ring_corners=2_000, shape_pieces=100)
# Of rasters: a box of twelve million cells is a hundred kilometres across at 30 m.
CELLS = RasterLimits(cells=12_000_000, ring_corners=2_000)
# A file, or what is kept, is waited for and asked once: ten times as much, rasters included.
FILE_S = 60.0
FILE_LIMITS = Limits(pieces=400_000, ring_corners=20_000, shape_pieces=1_000)
FILE_CELLS = RasterLimits(cells=120_000_000, ring_corners=20_000)
RINGS_KEPT = 512  # sites of which the land of the rings is remembered
# Screening is bound by the processor: more at once would only make each one later.
SCREENINGS_AT_ONCE = 2
_WITH_RASTERS = "rasters"
KEPT_S, KEPT_AT_ONCE = 20.0, 2  # of an answer that is kept or compared, whole where it can be
RASTERS_AT_ONCE = 1  # on all cores; the answers that come first do not wait for them


@dataclass(frozen=True)
class Proposal:
    """A drawn site's answer and the shapes that belong to it."""

    answer: dict[str, Any]
    pieces: dict[str, Any]


@dataclass(frozen=True)
class Surveyed:
    """What rasters say of a drawn site, and its whole answer, now that they have spoken.

    rasters: as `Service.propose_rasters` gives it. answer: as a title's, `missing` as of rasters.
    """

    rasters: Answer
    answer: Answer


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
        self.proposals = Proposals(proposals)
        self._lock = threading.Lock()
        self._screenings = threading.BoundedSemaphore(SCREENINGS_AT_ONCE)
        self._surveys = threading.BoundedSemaphore(RASTERS_AT_ONCE)
        self._keeping = threading.BoundedSemaphore(KEPT_AT_ONCE)
        self._reader = StoreReader(store_path)
        self._resident: _Resident | None = None
        self._finding = threading.Lock()
        self._finder: Finder | None = None
        self._drafts = Drafts()
        self._rings = lru_cache(RINGS_KEPT)(self._rings_of)
        self.places = Places(self, self._nameless, self._presentable_site)
        self.countries = Countries(self.store)

    def store(self) -> Store:
        """The store of the generation in force; raises StoreError."""
        return self._reader.current()

    def warm_up(self) -> None:
        """Read what the first question would wait for; a missing store is not this one's matter."""
        with contextlib.suppress(CetmError):
            self.resident(self.store())
            self.finder()
            # Some things are made on first use: better now than while the first drawing waits.
            west, south, east, north = self.area()
            lon, lat = (west + east) / 2, (south + north) / 2
            self.propose(shapely.geometry.mapping(shapely.box(lon, lat, lon + 0.01, lat + 0.01)))

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
        return self._presentable(store, answer)

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
        return self._collection(store, shapes)

    def propose(
        self, geometry: Mapping[str, Any], name: str = "Proposal", said: Described = NOT_SAID
    ) -> Proposal:
        """Screen a drawn polygon; nothing is written. Raises SiteError in words for its author.

        said: what it is to be, by which rules are picked (`described.described`).
        Within ANSWER_S and LIMITS: what does not fit into them stands in the answer's `missing`;
        `propose_whole` gives it.
        """
        in_time = _for(ANSWER_S)
        with self._screenings:
            return self._screened(geometry, name, in_time, LIMITS, said)

    def propose_whole(
        self, geometry: Mapping[str, Any], name: str, tell: Alive, said: Described = NOT_SAID
    ) -> Proposal:
        """The same without limits, however long it takes, with what rasters say within theirs.

        tell: called with (what, done, of). `missing`: rasters that `survey_whole` gives.
        """
        done = self._screened(geometry, name, tell, None, said)
        if not self.raster_sources():
            return done
        surveyed = self._surveyed(geometry, name, _for(ANSWER_S), CELLS, said)
        return Proposal(surveyed.answer, done.pieces)

    def raster_sources(self) -> list[Mapping[str, Any]]:
        """What `propose_rasters` will ask, as rows of sources."""
        return self.resident(self.store()).rasters.sources

    def propose_rasters(
        self, geometry: Mapping[str, Any], name: str = "Proposal", said: Described = NOT_SAID
    ) -> Answer:
        """What the store's rasters say of a drawn polygon, asked for after `propose`.

        Keys: indicators, series (as in a title's answer), sources, missing (labels of rasters not
        measured in full within ANSWER_S and CELLS; `survey_whole` gives them), and of all that is
        known by now flags, norms, helpers, tier, themes. A raster whose files are gone or changed
        says so. Raises SiteError as `propose`.
        """
        return self.survey(geometry, name, said).rasters

    def survey(
        self, geometry: Mapping[str, Any], name: str = "Proposal", said: Described = NOT_SAID
    ) -> Surveyed:
        """The same, and the whole answer with it."""
        with self._surveys:
            return self._surveyed(geometry, name, _for(ANSWER_S), CELLS, said)

    def survey_whole(
        self, geometry: Mapping[str, Any], name: str, tell: Alive, said: Described = NOT_SAID
    ) -> Surveyed:
        """The same without limits, for layers too. tell: called with (what, done, of)."""
        self._screened(geometry, name, tell, None, said)
        return self._surveyed(geometry, name, tell, None, said)

    def propose_with_rasters(
        self, geometry: Mapping[str, Any], name: str = "Proposal", said: Described = NOT_SAID
    ) -> Proposal:
        """What layers and rasters say of a drawn polygon as one answer, to be kept or compared.

        Within KEPT_S for layers and for rasters, and the limits of a file; `missing`: the rest.
        """
        with self._keeping:
            done = self._screened(geometry, name, _for(KEPT_S), FILE_LIMITS, said)
            if not self.raster_sources():
                return done
            answer = self._surveyed(geometry, name, _for(KEPT_S), FILE_CELLS, said).answer
        missing = [*done.answer["missing"], *answer["missing"]]
        return Proposal({**answer, "missing": missing}, done.pieces)

    def screening_of(
        self, geometry: Mapping[str, Any], name: str = "Proposal", said: Described = NOT_SAID
    ) -> Screening:
        """A drawn polygon screened against layers and rasters at once, as `cetm-geo screen` does.

        Within FILE_S, FILE_LIMITS and FILE_CELLS; what does not fit stands in `missing`. Raises
        SiteError as `propose`.
        """
        sites = _proposed(geometry, name, said)
        resident = self.resident(self.store())
        with self._keeping:
            return screen(
                sites,
                resident.ground,
                date.fromisoformat(resident.meta["as_of"][:10]),
                rasters=resident.rasters.layers(),
                alive=_for(FILE_S),
                limits=FILE_LIMITS,
                of_rasters=FILE_CELLS,
                under=resident.under,
            )

    def basis_of(
        self, geometry: Mapping[str, Any], name: str = "Proposal", said: Described = NOT_SAID
    ) -> Assessed:
        """What a drawn shape's flags rest on, rasters among it; measured unless it was just now."""
        store = self.store()
        if not self.raster_sources():
            return self._draft(store, geometry, name, said).basis
        key = key_of(geometry, store.generation, said, _WITH_RASTERS)
        if self._drafts.get(key) is None:
            self.survey(geometry, name, said)
        draft = self._drafts.get(key)
        assert draft is not None
        return draft.basis

    def _surveyed(
        self,
        geometry: Mapping[str, Any],
        name: str,
        alive: Alive,
        limits: RasterLimits | None,
        said: Described,
    ) -> Surveyed:
        sites = _proposed(geometry, name, said)
        store = self.store()
        resident = self.resident(store)
        layers = resident.rasters.layers()
        survey = measure_rasters(sites, layers, alive=alive, limits=limits)
        siting = siting_of_drawn(sites, resident.ground, layers, survey.indicators, alive)
        found = [*survey.indicators, *(siting or [])]
        missing = [x.spec.label for x in layers if x.spec.id in survey.missing]
        site_id = str(sites["site_id"].iloc[0])
        rasters = {
            "indicators": rows_of_site(tables.stack(found, tables.INDICATORS), site_id),
            "series": rows_of_site(tables.stack(survey.series, tables.SERIES), site_id),
            "sources": [dict(layer.source) for layer in layers],
            "missing": missing if siting is not None else [*missing, PEOPLE_BELOW],
        }
        draft = self._draft(store, geometry, name, said)
        more = Draft(draft.basis.with_more(found), draft.answer)
        self._drafts.keep(key_of(geometry, store.generation, said, _WITH_RASTERS), more)
        answer = self._judged_with(store, more, rasters)
        return Surveyed(rasters | {key: answer[key] for key in JUDGED}, answer)

    def _draft(
        self, store: Store, geometry: Mapping[str, Any], name: str, said: Described
    ) -> Draft:
        """What a shape's flags rest on, as it was measured last."""
        key = key_of(geometry, store.generation, said)
        draft = self._drafts.get(key)
        if draft is None:
            self._screened(geometry, name, _for(ANSWER_S), LIMITS, said)
            draft = self._drafts.get(key)
        assert draft is not None
        return draft

    def _judged_with(self, store: Store, draft: Draft, rasters: Answer) -> Answer:
        """The whole answer to a drawn shape, now that its rasters have answered too."""
        layers, site_id = self.resident(store).ground.layers, draft.answer["site"]["site_id"]
        judged = draft.basis.assessment()
        named = {row["indicator_id"] for row in rasters["indicators"]}
        before = [row for row in draft.answer["indicators"] if row["indicator_id"] not in named]
        answer = {
            **draft.answer,
            **flags_of_site(judged, layers, site_id),
            "indicators": [*before, *rasters["indicators"]],
            "series": rasters["series"],
            "sources": [*draft.answer["sources"], *rasters["sources"]],
            "missing": rasters["missing"],
        }
        return self._presentable(store, answer)

    def _screened(
        self,
        geometry: Mapping[str, Any],
        name: str,
        alive: Alive,
        limits: Limits | None,
        said: Described,
    ) -> Proposal:
        sites = _proposed(geometry, name, said)
        store = self.store()
        resident = self.resident(store)
        as_of = date.fromisoformat(resident.meta["as_of"][:10])
        under = resident.under
        result = screen(sites, resident.ground, as_of, alive=alive, limits=limits, under=under)
        site_id = str(result.sites["site_id"].iloc[0])
        measured = answer_of(result, resident.ground.layers, site_id)
        if RINGS not in result.missing:
            measured["rings"] = rings_round(sites.geometry.iloc[0], resident.ground)
        self._drafts.keep(key_of(geometry, store.generation, said), Draft(result.basis, measured))
        answer = self._presentable(store, measured)
        labels = {name: str(row["label"]) for name, row in resident.sources.items()}
        answer["missing"] = names_of_missing(answer["missing"], labels)
        pieces = [row | _named(resident.ground, row) for row in pieces_of(result, site_id)]
        return Proposal(answer, self._collection(store, pieces))

    def _collection(self, store: Store, shapes: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "type": "FeatureCollection",
            "features": [
                piece_of(row)
                for row in shapes
                if not self.withheld(store, row["layer_id"])
                and not self.withheld(store, row.get("site_layer_id"))
            ],
        }

    def _presentable(self, store: Store, answer: dict[str, Any]) -> dict[str, Any]:
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


def _proposed(geometry: Mapping[str, Any], name: str, said: Described) -> Any:
    """The drawn site; whatever its author's input breaks is said as a SiteError."""
    try:
        return proposal(dict(geometry), name, said)
    except (ArithmeticError, LookupError, TypeError, ValueError, ShapelyError) as error:
        raise SiteError(
            "The outline cannot be read.", "Send rings of [longitude, latitude] pairs in degrees."
        ) from error


def _named(ground: Ground, pair: Mapping[str, Any]) -> dict[str, Any]:
    """What the place of a pair, and its layer, are called."""
    layer = ground.layers[pair["layer_id"]]
    name = layer.texts("name")[layer.row_of_feature.get_loc(pair["feature_id"])]
    return {"name": name if isinstance(name, str) else None, "layer_label": layer.spec.label}


def _may_name(line: Mapping[str, Any], local: set[str]) -> bool:
    """True if the line's nearest feature may come from a layer in `local`.

    A role's line does not say which layer its nearest is of, so any local layer hides it.
    """
    named = bool(local and line.get("nearest_name"))
    return named and (line["scope_kind"] == "role" or line["scope_id"] in local)


def _for(seconds: float) -> Alive:
    """Lets work go on for so long."""
    until = time.monotonic() + seconds

    def in_time(*_: Any) -> None:
        if time.monotonic() > until:
            raise OutOfTime

    return in_time
