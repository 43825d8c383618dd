"""Polygons that somebody draws or gives, screened against the store in force; none is written."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from shapely.errors import ShapelyError

from cetm_geo import tables
from cetm_geo.answers import answer_of, flags_of_site, names_of_missing, pieces_of, rows_of_site
from cetm_geo.assessment import Assessed
from cetm_geo.described import NOT_SAID, Described
from cetm_geo.errors import SiteError
from cetm_geo.evidence import RINGS, Alive, Limits, OutOfTime
from cetm_geo.ground import Ground
from cetm_geo.model import Screening
from cetm_geo.screening import proposal, screen
from cetm_geo.siting import PEOPLE_BELOW, siting_of_drawn
from cetm_geo.store import Store
from cetm_geo.surveying import RasterLimits, measure_rasters
from cetm_geo.web.around import rings_round
from cetm_geo.web.drafts import Draft, Drafts, key_of

if TYPE_CHECKING:
    from cetm_geo.web.service import Service

Answer = dict[str, Any]
JUDGED = ("flags", "norms", "helpers", "tier", "themes")  # of an answer, what rules say
# A first answer to a drawing: a dense country of the world's layers takes a second or two.
ANSWER_S = 3.0
LIMITS = Limits(pieces=40_000, ring_corners=2_000, shape_pieces=100)
# Of rasters: a box of twelve million cells is a hundred kilometres across at 30 m.
CELLS = RasterLimits(cells=12_000_000, ring_corners=2_000)
# A file, or what is kept, is waited for and asked once: ten times as much, rasters included.
FILE_S = 60.0
FILE_LIMITS = Limits(pieces=400_000, ring_corners=20_000, shape_pieces=1_000)
FILE_CELLS = RasterLimits(cells=120_000_000, ring_corners=20_000)
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

    rasters: as `Screener.propose_rasters` gives it. answer: as a title's, `missing` as of rasters.
    """

    rasters: Answer
    answer: Answer


class Screener:
    """Screens drawn polygons; what it knows of the store and of licences it asks the service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._screenings = threading.BoundedSemaphore(SCREENINGS_AT_ONCE)
        self._surveys = threading.BoundedSemaphore(RASTERS_AT_ONCE)
        self._keeping = threading.BoundedSemaphore(KEPT_AT_ONCE)
        self._drafts = Drafts()

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
        return self._joined(
            done, lambda: self._surveyed(geometry, name, _for(ANSWER_S), CELLS, said)
        )

    def propose_at_length(
        self, geometry: Mapping[str, Any], name: str, tell: Alive, said: Described = NOT_SAID
    ) -> Proposal:
        """The same, and what rasters say without limits, too: nothing is missing."""
        done = self._screened(geometry, name, tell, None, said)
        return self._joined(done, lambda: self._surveyed(geometry, name, tell, None, said))

    def propose_in_time(
        self, geometry: Mapping[str, Any], name: str = "Proposal", said: Described = NOT_SAID
    ) -> Proposal:
        """What layers and rasters say within ANSWER_S each, for one who asks once; `missing`: the
        rest, which `propose_at_length` gives."""
        done = self.propose(geometry, name, said)
        return self._joined(done, lambda: self.survey(geometry, name, said))

    def raster_sources(self) -> list[Mapping[str, Any]]:
        """What `propose_rasters` will ask, as rows of sources."""
        return self._service.resident(self._service.store()).rasters.sources

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
            return self._joined(
                done, lambda: self._surveyed(geometry, name, _for(KEPT_S), FILE_CELLS, said)
            )

    def screening_of(
        self, geometry: Mapping[str, Any], name: str = "Proposal", said: Described = NOT_SAID
    ) -> Screening:
        """A drawn polygon screened against layers and rasters at once, as `cetm-geo screen` does.

        Within FILE_S, FILE_LIMITS and FILE_CELLS; what does not fit stands in `missing`. Raises
        SiteError as `propose`.
        """
        sites = _proposed(geometry, name, said)
        resident = self._service.resident(self._service.store())
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
        store = self._service.store()
        if not self.raster_sources():
            return self._draft(store, geometry, name, said).basis
        key = key_of(geometry, store.generation, said, _WITH_RASTERS)
        if self._drafts.get(key) is None:
            self.survey(geometry, name, said)
        draft = self._drafts.get(key)
        assert draft is not None
        return draft.basis

    def _joined(self, done: Proposal, survey: Callable[[], Surveyed]) -> Proposal:
        """What layers have answered, with what rasters say if there are any; `missing` of both."""
        if not self.raster_sources():
            return done
        answer = survey().answer
        missing = [*done.answer["missing"], *answer["missing"]]
        return Proposal({**answer, "missing": missing}, done.pieces)

    def _surveyed(
        self,
        geometry: Mapping[str, Any],
        name: str,
        alive: Alive,
        limits: RasterLimits | None,
        said: Described,
    ) -> Surveyed:
        sites = _proposed(geometry, name, said)
        store = self._service.store()
        resident = self._service.resident(store)
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
        layers, site_id = (
            self._service.resident(store).ground.layers,
            draft.answer["site"]["site_id"],
        )
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
        return self._service.presentable(store, answer)

    def _screened(
        self,
        geometry: Mapping[str, Any],
        name: str,
        alive: Alive,
        limits: Limits | None,
        said: Described,
    ) -> Proposal:
        sites = _proposed(geometry, name, said)
        store = self._service.store()
        resident = self._service.resident(store)
        as_of = date.fromisoformat(resident.meta["as_of"][:10])
        under = resident.under
        result = screen(sites, resident.ground, as_of, alive=alive, limits=limits, under=under)
        site_id = str(result.sites["site_id"].iloc[0])
        measured = answer_of(result, resident.ground.layers, site_id)
        if RINGS not in result.missing:
            measured["rings"] = rings_round(sites.geometry.iloc[0], resident.ground)
        self._drafts.keep(key_of(geometry, store.generation, said), Draft(result.basis, measured))
        answer = self._service.presentable(store, measured)
        labels = {name: str(row["label"]) for name, row in resident.sources.items()}
        answer["missing"] = names_of_missing(answer["missing"], labels)
        pieces = [row | _named(resident.ground, row) for row in pieces_of(result, site_id)]
        return Proposal(answer, self._service.collection(store, pieces))


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


def _for(seconds: float) -> Alive:
    """Lets work go on for so long."""
    until = time.monotonic() + seconds

    def in_time(*_: Any) -> None:
        if time.monotonic() > until:
            raise OutOfTime

    return in_time
