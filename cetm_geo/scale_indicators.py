"""levels of features x land of sites -> how much of a site is on which level, and the worst of it.

All from the exact land that a site shares with each feature, each bit of land in one feature
alone. Levels that stand apart (arid land of low water use) are never compared with the ranks, and
land without data is neither. What a site is said to be, it is of its land that has a level.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cetm_geo.arrays import Floats, Indices, Texts, ranges, sums
from cetm_geo.covering import FeatureLand
from cetm_geo.evidence import Evidence
from cetm_geo.ground import Ground
from cetm_geo.indicators import Columns, base_status, inside_of_scope
from cetm_geo.model import IndicatorStatus, Layer, Ratings, Scale
from cetm_geo.overlay import Scope

WORST_SHARE = 0.1  # of the land that has a level: the worst level with as much is the headline
_SAME = 1e-9  # of the land: shares that differ by less are the same
NO_DATA = "No data"


@dataclass(frozen=True, eq=False)
class Rated:
    """Sites on one scale of one layer.

    levels: its codes, those apart first, then the ranks from the least to the worst. km2: land of
    each site on each level, (sites, levels), and no_data_km2 the rest of what the layer covers.
    score, weight_share: means over the land that has one, (sites,), nan where none has.
    spread_km2: land whose level is a share of its feature, not a place in it.
    """

    scale: Scale
    levels: Indices
    km2: Floats
    no_data_km2: Floats
    score: Floats
    weight_share: Floats
    spread_km2: Floats

    @property
    def apart_count(self) -> int:
        """How many of the levels stand apart."""
        return len(self.levels) - len(self.scale.ranked)

    @cached_property
    def known_km2(self) -> Floats:
        """Land of each site that has a level."""
        return np.asarray(self.km2.sum(axis=1))

    @cached_property
    def apart_km2(self) -> Floats:
        """Land of each site on levels that stand apart."""
        return np.asarray(self.km2[:, : self.apart_count].sum(axis=1))

    @cached_property
    def main(self) -> Indices:
        """Per site the place in `levels` of the one with the most land, -1 where none has any. Of
        equals a rank stands before a level apart, and of ranks the worse."""
        most = self.km2.max(axis=1, keepdims=True)
        return self._last(self.km2 >= most * (1 - _SAME))

    @cached_property
    def worst(self) -> Indices:
        """Per site the place of the worst rank with a tenth of the land that has a level; where no
        rank has as much, that of the level apart which has the most."""
        tenth = self.known_km2[:, None] * (WORST_SHARE * (1 - _SAME))
        is_rank = np.arange(len(self.levels)) >= self.apart_count
        found = self._last((self.km2 >= tenth) & is_rank)
        most = self.km2.max(axis=1, keepdims=True, initial=0.0, where=~is_rank)
        return np.where(found >= 0, found, self._last((self.km2 >= most) & ~is_rank))

    def _last(self, holds: NDArray[np.bool_]) -> Indices:
        """Per site the last level that holds; -1 where none does, or none has land."""
        last = holds.shape[1] - 1 - np.argmax(holds[:, ::-1], axis=1)
        return np.where(holds.any(axis=1) & (self.known_km2 > 0), last, -1)

    def code(self, place: Indices) -> Floats:
        """The codes at some places, nan for -1."""
        return np.where(place >= 0, self.levels[place], np.nan)

    def labels(self, place: Indices) -> Texts:
        """The labels at some places, None for -1."""
        names = np.array([*(self.scale.levels[c] for c in self.levels.tolist()), None], object)
        return np.asarray(names[place])

    def share(self, place: Indices) -> Floats:
        """The share of the land that has a level which is on the one at each site's place."""
        km2 = np.take_along_axis(self.km2, np.maximum(place, 0)[:, None], axis=1)[:, 0]
        return np.where(place >= 0, _share(km2, self.known_km2), np.nan)


def rate(land: FeatureLand, layer: Layer, scale: Scale, sites: int) -> Rated:
    """Sites on a scale: the land of each in the layer's features, by the levels of these.

    Args:
        land: as measured. sites: how many.

    A feature that is of several levels gives its land to each by its share of the whole feature.
    """
    levels = np.array([*sorted(set(scale.apart)), *scale.ranked], np.intp)
    ratings = layer.rated.get(scale.id, _UNRATED)
    first = np.searchsorted(ratings.feature_row, land.feature_row)
    count = np.searchsorted(ratings.feature_row, land.feature_row, side="right") - first
    row, rating = ranges(first, count)
    place = _places(ratings.level[rating], levels)
    share = ratings.feature_share[rating]
    km2, site, size = land.km2[row] * share, land.site_row[row], len(levels) + 1
    table = sums(km2, site * size + place, sites * size).reshape(sites, size)
    untold = sums(land.km2[count == 0], land.site_row[count == 0], sites)
    score, weight = (
        _mean(values[rating], km2, site, sites) for values in (ratings.score, ratings.weight_share)
    )
    spread = sums(km2 * (share < 1), site, sites)
    return Rated(scale, levels, table[:, :-1], table[:, -1] + untold, score, weight, spread)


_NONE = np.empty(0)
_UNRATED = Ratings(np.empty(0, np.intp), _NONE, _NONE, _NONE, _NONE)


def _places(codes: Floats, levels: Indices) -> Indices:
    """Where each code stands among the levels; behind them all where it is none."""
    order = np.argsort(levels)
    at = np.minimum(np.searchsorted(levels[order], codes), len(levels) - 1)
    return np.where(levels[order][at] == codes, order[at], len(levels))


def _mean(values: Floats, km2: Floats, site: Indices, sites: int) -> Floats:
    """Mean over land, per site; nan where no land has a value."""
    known = ~np.isnan(values)
    total = sums(values[known] * km2[known], site[known], sites)
    return _share(total, sums(km2[known], site[known], sites))


# --- indicators ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ScaleKind:
    """One measurement of a scale: `<layer id>_<scale id>_<suffix>`.

    spoken: the first layer with the scale that could be read gives it as `<scale id>_<suffix>` too.
    place: of coded ones, the level that is given as the code, and its label as the text.
    column: the key of a scale without which it is not given.
    """

    suffix: str
    unit: str
    value: Callable[[Rated], Floats]
    place: Callable[[Rated], Indices] | None = None
    spoken: bool = True
    column: str = ""


KINDS = (
    ScaleKind(
        "main_class",
        "class",
        lambda rated: rated.code(rated.main),
        lambda rated: rated.main,
    ),
    ScaleKind(
        "worst_class",
        "class",
        lambda rated: rated.code(rated.worst),
        lambda rated: rated.worst,
    ),
    ScaleKind(
        "worst_share",
        "share",
        lambda rated: rated.share(rated.worst),
        spoken=False,
    ),
    ScaleKind(
        "score",
        "score",
        lambda rated: rated.score,
        column="score",
    ),
    ScaleKind(
        "weight_share",
        "share",
        lambda rated: rated.weight_share,
        spoken=False,
        column="weight",
    ),
)


@dataclass(frozen=True)
class OnScales:
    """Sites on all scales: columns by `tables.INDICATORS`, and by `tables.LEVELS`."""

    indicators: list[Columns]
    levels: list[Columns]


def measure_scales(evidence: Evidence, ground: Ground, coverage: Sequence[Columns]) -> OnScales:
    """Where sites stand on the scales of the layers that have some.

    Args:
        coverage: what the layers answer, as `indicators.coverage_of_scope` gives it.
    """
    notes = {x["scope_id"]: x["note"] for x in coverage if not x["class_id"]}
    out = OnScales([], [])
    speaks = _speaking(ground)
    for scope in ground.scopes:
        if scope.kind == "layer":
            for scale in scope.layers[0].spec.scales:
                _measure(scope, scale, evidence, notes[scope.id], speaks, out)
    return out


def _speaking(ground: Ground) -> dict[str, str]:
    """Per scale the id of the layer that speaks for it."""
    out: dict[str, str] = {}
    for failed in (False, True):
        for layer in ground.asked:
            for scale in layer.spec.scales:
                if layer.failed == failed:
                    out.setdefault(scale.id, layer.spec.id)
    return out


def _measure(
    scope: Scope,
    scale: Scale,
    evidence: Evidence,
    note: Texts,
    speaks: Mapping[str, str],
    out: OnScales,
) -> None:
    """One scale of one layer, added to `out`."""
    layer = scope.layers[0]
    rated = _rated(layer, scale, evidence)
    status = base_status(scope, inside_of_scope(scope, evidence), evidence)
    notes = _notes(rated, note, evidence, scope)
    for kind in KINDS:
        if kind.column and not getattr(scale, kind.column):
            continue
        found = _indicator(kind, rated, status, notes, evidence)
        names = [f"{scope.id}_{scale.id}_{kind.suffix}"]
        if kind.spoken and speaks[scale.id] == scope.id:
            names.append(f"{scale.id}_{kind.suffix}")
        out.indicators.extend({"indicator_id": name, **found} for name in names)
    out.levels.extend(_table(rated, scope.id, evidence))


def _rated(layer: Layer, scale: Scale, evidence: Evidence) -> Rated:
    none = FeatureLand(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0))
    land = evidence.land.get(layer.spec.id, none)
    return rate(land, layer, scale, len(evidence.site_ids))


def _indicator(
    kind: ScaleKind,
    rated: Rated,
    status: NDArray[np.object_],
    notes: Texts,
    evidence: Evidence,
) -> Columns:
    value, status = kind.value(rated), status.copy()
    status[np.isnan(value) & np.isin(status, _COMPLETE)] = IndicatorStatus.NO_DATA.value
    none: Texts = np.full(len(value), None, object)
    return {
        "site_id": evidence.site_ids,
        "value": value,
        "value_text": rated.labels(kind.place(rated)) if kind.place else none,
        "unit": kind.unit,
        "status": status,
        "note": notes,
    }


_COMPLETE = tuple(
    s.value for s in (IndicatorStatus.OK, IndicatorStatus.STALE, IndicatorStatus.GEOMETRY_REPAIRED)
)


def _notes(rated: Rated, note: Texts, evidence: Evidence, scope: Scope) -> Texts:
    """Per site what the layer's own answer lacks, and what of the site's land has no rank."""
    on_layer = rated.known_km2 + rated.no_data_km2
    said: list[Said] = [(np.ones(len(note), bool), note, "{}")]
    if scope.readable:
        said += _shortcomings(rated, on_layer, evidence.site_km2)
    out = np.full(len(note), None, object)
    for holds, values, words in said:
        for i in np.flatnonzero(holds & ~pd.isna(values)).tolist():
            text = words.format(values[i])
            out[i] = f"{out[i]}; {text}" if out[i] else text
    return out


Said = tuple[NDArray[np.bool_], NDArray[Any], str]  # of which sites, with what, in which words


def _shortcomings(rated: Rated, on_layer: Floats, site_km2: Floats) -> list[Said]:
    """What of a site's land is not on the layer, has no data, no rank, or a level by share only."""
    nothing = on_layer <= 0
    out: list[Said] = [
        (nothing, site_km2, "no land of the site is on the layer"),
        (
            ~nothing & (on_layer < site_km2 * (1 - _SAME)),
            100 * on_layer / site_km2,
            "{:.1f} % of the site is on the layer",
        ),
        (
            rated.no_data_km2 > 0,
            100 * _share(rated.no_data_km2, on_layer),
            "{:.1f} % of it has no data",
        ),
    ]
    for place, code in enumerate(rated.levels[: rated.apart_count].tolist()):
        share = 100 * _share(rated.km2[:, place], rated.known_km2)
        label = rated.scale.levels[code].replace("{", "{{").replace("}", "}}")
        words = f"{label}: {{:.1f}} % of the land with data, a class beside the ranks"
        out.append((rated.km2[:, place] > 0, share, words))
    spread = 100 * _share(rated.spread_km2, on_layer)
    words = "{:.1f} % of it is on features of several levels, by their shares of the whole feature"
    is_apart = (rated.worst >= 0) & (rated.worst < rated.apart_count)
    return [
        *out,
        (is_apart, site_km2, "no rank has a tenth of the land with data"),
        (rated.spread_km2 > 0, spread, words),
    ]


def _share(part: Floats, whole: Floats) -> Floats:
    """One as a share of the other; nan of nothing."""
    out = np.full(len(part), np.nan)
    np.divide(part, whole, out=out, where=whole > 0)
    return out


def _table(rated: Rated, layer_id: str, evidence: Evidence) -> list[Columns]:
    """The land of sites on each level and without data, as columns by `tables.LEVELS`."""
    levels = [*zip(rated.levels.tolist(), rated.km2.T, strict=True), (None, rated.no_data_km2)]
    out = []
    for code, km2 in levels:
        rows = np.flatnonzero(km2 > 0)
        out.append(
            {
                "site_id": evidence.site_ids[rows],
                "layer_id": layer_id,
                "scale_id": rated.scale.id,
                "level": np.full(len(rows), np.nan if code is None else float(code)),
                "label": NO_DATA if code is None else rated.scale.levels[code],
                "land_km2": km2[rows],
                "land_share": km2[rows] / evidence.site_km2[rows],
            }
        )
    return out
