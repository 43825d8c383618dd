"""Catchments -> what a network of basins says of each site, as indicators.

Each layer of basins speaks under its own id. For the role, `water_basin_...` and `transboundary`,
the finest layer speaks that states a network and holds the site.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cetm_geo.arrays import Floats, Indices, Texts
from cetm_geo.basin_cover import BasinCover
from cetm_geo.catchments import (
    UNKNOWN_SHARE,
    Catchments,
    Countries,
    chain_texts,
    speaking,
)
from cetm_geo.evidence import Evidence
from cetm_geo.hydrology import Basins
from cetm_geo.indicators import Columns
from cetm_geo.model import IndicatorStatus, Layer, Role
from cetm_geo.overlay import SAME
from cetm_geo.pressure import ALL

_HEADWATER_SHARE = 0.01  # by which the land upstream may exceed a basin that nothing drains to
_LOW_ORDER = 2  # Strahler: a brook or the first river it makes
_NO_NETWORK = "the layer does not say which basin drains to which"
IN_FORCE, APPLICATION = "in_force_or_unknown", "application"


@dataclass(frozen=True)
class WaterKind:
    """One measurement of a network of basins: `<layer id>_<suffix>`, and `role_id` for the role."""

    suffix: str
    unit: str
    role_id: str = ""


HEADWATER = WaterKind(
    "headwater",
    "0 or 1",
    "water_basin_headwater",
)
DOWNSTREAM_COUNT = WaterKind(
    "downstream_count",
    "basins",
    "water_basin_downstream_count",
)
DOWNSTREAM_KM = WaterKind(
    "downstream_km",
    "km",
)
COUNTRY_COUNT = WaterKind(
    "country_count",
    "countries",
    "water_basin_country_count",
)
UNDER_TITLES = WaterKind("under_titles_share", "share", "water_basin_under_titles_share")
UNDER_IN_FORCE = WaterKind(
    "under_titles_in_force_share", "share", "water_basin_under_titles_in_force_share"
)
UNDER_APPLICATIONS = WaterKind("under_applications_share", "share")
UPSTREAM_TITLES = WaterKind(
    "upstream_under_titles_share", "share", "water_basin_upstream_under_titles_share"
)
UPSTREAM_IN_FORCE = WaterKind("upstream_under_titles_in_force_share", "share")
TRANSBOUNDARY = WaterKind(
    "",
    "0 or 1",
    "transboundary",
)
KINDS = (
    HEADWATER, DOWNSTREAM_COUNT, DOWNSTREAM_KM, COUNTRY_COUNT, UNDER_TITLES, UNDER_IN_FORCE,
    UNDER_APPLICATIONS, UPSTREAM_TITLES, UPSTREAM_IN_FORCE, TRANSBOUNDARY,
)  # fmt: skip
_SHARES = (
    (UNDER_TITLES, ALL, False),
    (UNDER_IN_FORCE, IN_FORCE, False),
    (UNDER_APPLICATIONS, APPLICATION, False),
    (UPSTREAM_TITLES, ALL, True),
    (UPSTREAM_IN_FORCE, IN_FORCE, True),
)


@dataclass(frozen=True, eq=False)
class Answer:
    """What one layer says of one kind: per site value, text, status and note."""

    kind: WaterKind
    value: Floats
    text: Texts
    status: Texts
    note: Texts

    def columns(self, indicator_id: str, site_ids: Texts) -> Columns:
        """As columns by `tables.INDICATORS`."""
        return {
            "site_id": site_ids,
            "indicator_id": indicator_id,
            "value": self.value,
            "value_text": self.text,
            "unit": self.kind.unit,
            "status": self.status,
            "note": self.note,
        }


def answers_of_layer(
    layer: Layer,
    evidence: Evidence,
    caught: Catchments | None,
    cover: BasinCover | None,
    countries: Countries | None,
) -> list[Answer]:
    """What a layer of basins says of each site.

    Args:
        caught: None where the layer states no network. cover: None where nobody has measured it.
        countries: None where no country is loaded.
    """
    if caught is None:
        return [_silent(HEADWATER, layer, evidence), _silent(DOWNSTREAM_COUNT, layer, evidence)]
    said = _Said(layer, evidence, caught)
    if layer.spec.role == Role.RIVER:
        return [_headwater(said)]
    out = [_headwater(said), _downstream(said), _downstream_km(said), _countries(said, countries)]
    if cover is not None:
        out += [_under_titles(said, cover, *wanted) for wanted in _SHARES]
    return out


class _Said:
    """What every answer of a layer shares: status and note of each site."""

    def __init__(self, layer: Layer, evidence: Evidence, caught: Catchments) -> None:
        self.layer, self.evidence, self.caught = layer, evidence, caught
        self.basins: Basins = caught.basins
        count, share = caught.site_count, caught.held_share
        river = layer.spec.role == Role.RIVER
        partly = caught.is_met & (share < 1 - SAME) & (not river)
        tests = [
            (~caught.is_met, IndicatorStatus.NO_DATA),
            (partly, IndicatorStatus.OUTSIDE_LAYER_EXTENT),
            (np.full(count, bool(layer.source.get("stale"))), IndicatorStatus.STALE),
            (evidence.repaired, IndicatorStatus.GEOMETRY_REPAIRED),
        ]
        self.status = np.select(
            [t for t, _ in tests], [s.value for _, s in tests], IndicatorStatus.OK.value
        ).astype(object)
        self.note = np.full(count, None, object)
        self.note[~caught.is_met] = "the site meets none of the layer's " + _things(layer)
        for i in np.flatnonzero(partly):
            self.note[i] = f"{100 * (1 - share[i]):.1f} % of the site lies in no basin of the layer"

    def answer(self, kind: WaterKind, value: Floats, text: Texts | None = None) -> Answer:
        """With the common status and note; no value where no basin is met."""
        value = np.where(self.caught.is_met, value, np.nan)
        words = np.full(len(value), None, object)
        if text is not None:
            words[self.caught.is_met] = text[self.caught.is_met]
        return Answer(kind, value, words, self.status.copy(), self.note.copy())

    def add_note(self, answer: Answer, rows: Any, text: str) -> None:
        """A note to some sites of an answer, after what is noted already."""
        for i in np.flatnonzero(rows):
            answer.note[i] = "; ".join(filter(None, [answer.note[i], text]))


def _things(layer: Layer) -> str:
    return "reaches" if layer.spec.role == Role.RIVER else "basins"


def _silent(kind: WaterKind, layer: Layer, evidence: Evidence) -> Answer:
    count = len(evidence.site_ids)
    status, why = IndicatorStatus.NOT_APPLICABLE, _NO_NETWORK
    if layer.failed:
        status, why = IndicatorStatus.LAYER_MISSING, "the file could not be read"
    return Answer(
        kind,
        np.full(count, np.nan),
        np.full(count, None, object),
        np.full(count, status.value, object),
        np.full(count, why, object),
    )


def headwaters(basins: Basins) -> Any:
    """Basins that take no water from another, by the links and by the published land upstream."""
    own = np.where(np.isnan(basins.declared_km2), basins.land_km2, basins.declared_km2)
    with np.errstate(invalid="ignore"):
        more = basins.upstream_km2 > own * (1 + _HEADWATER_SHARE)
    is_river = basins.layer.spec.role == Role.RIVER
    first = basins.network.is_headwater & ~(more & (own > 0))
    with np.errstate(invalid="ignore"):
        return first | (is_river & (basins.stream_order <= _LOW_ORDER))


def _headwater(said: _Said) -> Answer:
    """By the links alone where no area upstream is published to hold them against."""
    found, basin = said.caught.most(headwaters(said.basins).astype(np.float64))
    called = said.basins.called
    text = np.array(
        [called[b] if v == 1 else None for v, b in zip(found, basin, strict=True)], object
    )
    answer = said.answer(HEADWATER, found, text)
    published = basin >= 0
    published &= ~np.isnan(said.basins.upstream_km2[basin])
    if said.layer.spec.role != Role.RIVER:
        told = "by the links alone: no area upstream is published"
        said.add_note(answer, (answer.value == 1) & ~published, told)
    return answer


def _downstream(said: _Said) -> Answer:
    caught = said.caught
    site, _ = caught.chains
    passed = np.bincount(site, minlength=caught.site_count)
    own = np.bincount(caught.site_row, minlength=caught.site_count)
    mains = caught.basin[caught.first[caught.is_met]]
    starts, which = np.unique(mains, return_inverse=True)
    text = np.full(caught.site_count, None, object)
    text[caught.is_met] = chain_texts(caught.basins, starts)[which]
    return said.answer(DOWNSTREAM_COUNT, (passed - own).astype(np.float64), text)


def _downstream_km(said: _Said) -> Answer:
    basins = said.basins
    last = basins.network.last
    to_sea = basins.outlet_km - np.where(basins.outlet_km[last] > 0, basins.outlet_km[last], 0.0)
    value, _ = said.caught.most(to_sea)
    answer = said.answer(DOWNSTREAM_KM, value)
    unknown = np.isnan(answer.value) & said.caught.is_met
    answer.status[unknown] = IndicatorStatus.NO_DATA.value
    said.add_note(answer, unknown, "the layer states no distances along the rivers")
    return answer


def _countries(said: _Said, countries: Countries | None) -> Answer:
    caught = said.caught
    if countries is None:
        answer = said.answer(COUNTRY_COUNT, np.full(caught.site_count, np.nan))
        answer.status[:] = IndicatorStatus.LAYER_MISSING.value
        said.add_note(answer, np.ones(caught.site_count, bool), "no layer of countries is loaded")
        return answer
    site, basin = caught.chains
    count, text = _codes_per_site(site, basin, countries, caught.site_count)
    answer = said.answer(COUNTRY_COUNT, count, text)
    place = np.searchsorted(countries.basins, basin)
    km2 = caught.basins.land_km2[basin]
    known = np.bincount(site, km2 * countries.known_share[place], caught.site_count)
    with np.errstate(invalid="ignore", divide="ignore"):
        unknown = 1 - known / np.bincount(site, km2, caught.site_count)
    beyond = caught.is_met & (unknown > UNKNOWN_SHARE)
    answer.status[beyond] = IndicatorStatus.OUTSIDE_LAYER_EXTENT.value
    for i in np.flatnonzero(beyond):
        part = f"{100 * unknown[i]:.0f} % of these basins lies in no country that is loaded"
        answer.note[i] = "; ".join(filter(None, [answer.note[i], part]))
    answer.value[beyond & (answer.value == 0)] = np.nan
    return answer


def _codes_per_site(
    site: Indices, basin: Indices, countries: Countries, count: int
) -> tuple[Floats, Texts]:
    """How many countries the basins of each site meet, and their codes."""
    codes, of_row = np.unique(countries.iso3.astype(str), return_inverse=True)
    first = np.searchsorted(countries.basin, basin, "left")
    many = np.searchsorted(countries.basin, basin, "right") - first
    row = np.repeat(np.arange(len(site)), many)
    at = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
    pairs = np.unique(site[row] * max(len(codes), 1) + of_row[at])
    of_site, code = np.divmod(pairs, max(len(codes), 1))
    text = np.full(count, None, object)
    starts = np.searchsorted(of_site, np.arange(count + 1))
    for i in np.flatnonzero(np.diff(starts)):
        text[i] = ", ".join(codes[code[starts[i] : starts[i + 1]]])
    return np.bincount(of_site, minlength=count).astype(np.float64), text


def _under_titles(
    said: _Said, cover: BasinCover, kind: WaterKind, group: str, upstream: bool
) -> Answer:
    share = cover.upstream_share(group) if upstream else cover.share(group)
    value, basin = said.caught.most(share)
    answer = said.answer(kind, value, said.basins.called[basin])
    if upstream:
        unseen = np.where(basin >= 0, np.nan_to_num(cover.unseen_share[basin]), 0.0)
        for i in np.flatnonzero(unseen > 0):
            part = f"{100 * unseen[i]:.0f} % of the land upstream is not in the layer"
            answer.note[i] = "; ".join(filter(None, [answer.note[i], part]))
            answer.status[i] = IndicatorStatus.OUTSIDE_LAYER_EXTENT.value
    return answer


# --- the role ------------------------------------------------------------------------------------


def role_answers(
    of_layers: Sequence[tuple[Catchments, Sequence[Answer]]],
) -> Iterator[tuple[str, Answer]]:
    """What the role says: of each site the layer that speaks (`catchments.speaking`), named.

    Args:
        of_layers: the layers that state a network, the finest first, each with what it says.
    """
    if not of_layers:
        return
    chosen = speaking([own for own, _ in of_layers], of_layers[0][0].site_count)
    for kind in KINDS:
        if not kind.role_id or kind is TRANSBOUNDARY:
            continue
        answers = [a for _, said in of_layers for a in said if a.kind is kind]
        if len(answers) < len(of_layers):  # nobody has measured what lies under titles
            continue
        labels = [own.basins.layer.spec.label for own, _ in of_layers]
        answer = _chosen(kind, answers, labels, chosen)
        yield kind.role_id, answer
        if kind is COUNTRY_COUNT:
            yield TRANSBOUNDARY.role_id, _transboundary(answer)


def _chosen(
    kind: WaterKind, answers: Sequence[Answer], labels: Sequence[str], chosen: Indices
) -> Answer:
    """Of each site the answer of the layer that speaks; of the last one where none does."""
    last = answers[-1]
    value, text, status, note = _parts(last)
    out = Answer(kind, value.copy(), text.copy(), status.copy(), note.copy())
    for i, (answer, label) in enumerate(zip(answers, labels, strict=True)):
        mine = chosen == i
        for own, given in zip(_parts(out), _parts(answer), strict=True):
            own[mine] = given[mine]
        said = [f"by {label}"]
        out.note[mine] = ["; ".join([*said, n] if n else said) for n in answer.note[mine]]
    return out


def _parts(answer: Answer) -> tuple[Any, ...]:
    return answer.value, answer.text, answer.status, answer.note


def _transboundary(countries: Answer) -> Answer:
    """One country and land in none that is loaded may be two countries: then nothing is known."""
    value = np.where(np.isnan(countries.value), np.nan, countries.value >= 2)
    unsure = (countries.status == IndicatorStatus.OUTSIDE_LAYER_EXTENT.value) & (value == 0)
    value[unsure] = np.nan
    return Answer(TRANSBOUNDARY, value, countries.text, countries.status, countries.note)
