"""Numbers that rest on layers whose catalogue asks for it, rounded: the last step of a screening.

Rules are asked of the exact numbers before. States stay as they are: what is met is never rounded
to nothing, what is not whole never to all of it, and what is apart never to a touch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo import tables
from cetm_geo.arrays import Floats
from cetm_geo.ground import Ground
from cetm_geo.model import Role, Screening
from cetm_geo.tables.contracts import Contract

SHARE_STEP = 0.1
# What rests on layers of a role under another word than the role's own.
_MORE: Mapping[Role, tuple[str, ...]] = {
    Role.CONCESSION: ("titles", "cumulative_share", "added_share"),
    Role.FACILITY: ("processing",),
}
_OF_SITE = frozenset(("overlap_km2", "added_km2", "covered_km2", "first_km2"))


@dataclass(frozen=True)
class Rounding:
    """Steps in km2: by the id of a layer, and by the words that its numbers' ids hold, the largest
    where several layers share one."""

    of_layer: Mapping[str, float]
    of_word: Mapping[str, float]

    @classmethod
    def of(cls, ground: Ground) -> Rounding:
        """As the layers of a ground ask."""
        of_layer: dict[str, float] = {}
        of_word: dict[str, float] = {}
        for name, layer in ground.layers.items():
            step = layer.spec.rounded_to_km2
            if step is None:
                continue
            of_layer[name] = step
            role = layer.spec.role
            groups = [group for group, held in ground.grouped.members.items() if name in held]
            scales = [scale.id for scale in layer.spec.scales]
            for word in (name, role.value, *_MORE.get(role, ()), *groups, *scales):
                of_word[word] = max(step, of_word.get(word, 0.0))
        return cls(of_layer, of_word)

    def screening(self, found: Screening) -> Screening:
        """All tables but those of `Assessment`, which are rounded where they are made."""
        if not self.of_layer:
            return found
        km2 = found.sites.set_index("site_id")["area_km2"]
        return replace(
            found,
            overlaps=self._by_layer(found.overlaps, tables.OVERLAPS, km2),
            coverage=self._rows(
                found.coverage, tables.COVERAGE, self._steps(found.coverage["scope_id"]), km2
            ),
            indicators=self._indicators(found.indicators, km2),
            totals=self.totals(found.totals),
            pressure=self.pressure(found.pressure),
            basins=self._by_layer(found.basins, tables.BASINS),
            series=self._indicators(found.series, km2),
            levels=self._by_layer(found.levels, tables.LEVELS),
        )

    def flags(self, flags: pd.DataFrame, km2: pd.Series[float]) -> pd.DataFrame:
        """By `tables.FLAGS`. km2: area of each site by its id."""
        return self._indicators(flags, km2) if self.of_layer else flags

    def flag_features(self, features: pd.DataFrame, km2: pd.Series[float]) -> Any:
        """By `tables.FLAG_FEATURES`. km2: area of each site by its id."""
        return self._by_layer(features, tables.FLAG_FEATURES, km2)

    def totals(self, totals: pd.DataFrame) -> Any:
        """By `tables.TOTALS`."""
        return self._rows(totals, tables.TOTALS, self._steps(totals["scope_id"]))

    def pressure(self, pressure: pd.DataFrame) -> Any:
        """By `tables.PRESSURE`, whatever stands beside it."""
        return self._by_layer(pressure, tables.PRESSURE)

    def _by_layer(self, frame: Any, contract: Contract, km2: pd.Series[float] | None = None) -> Any:
        steps = frame["layer_id"].astype(object).map(self.of_layer).to_numpy(float)
        return self._rows(frame, contract, steps, km2)

    def _rows(
        self, frame: Any, contract: Contract, steps: Floats, km2: pd.Series[float] | None = None
    ) -> Any:
        """The columns of areas, lengths and shares in the rows that have a step."""
        at = np.flatnonzero(~np.isnan(steps))
        if not len(at):
            return frame
        out = frame.copy()
        for column in contract:
            unit = column.unit.split(" ")[0]
            if unit not in _ROUND:
                continue
            values = out[column.name].to_numpy(float, copy=True)
            values[at] = _ROUND[unit](values[at], steps[at])
            if km2 is not None and column.name in _OF_SITE:
                values[at] = np.minimum(values[at], _km2_of(frame, km2)[at])
            out[column.name] = values
        return out

    def _indicators(self, frame: pd.DataFrame, km2: pd.Series[float]) -> pd.DataFrame:
        """A frame of `indicator_id` and `value`, for each indicator in its unit."""
        names = frame["indicator_id"].astype(object)
        steps = self._steps(names)
        values = frame["value"].to_numpy(float, copy=True)
        for unit, rounded in _ROUND.items():
            at = np.flatnonzero(~np.isnan(steps) & (names.map(_unit) == unit).to_numpy())
            values[at] = rounded(values[at], steps[at])
        at = np.flatnonzero(~np.isnan(steps) & names.str.endswith("_overlap_km2").to_numpy(bool))
        values[at] = np.minimum(values[at], _km2_of(frame, km2)[at])
        return frame.assign(value=values)

    def _steps(self, names: pd.Series[Any]) -> Floats:
        """Of each id of an indicator or a scope the step of its numbers; nan: none."""
        known = {name: self._step(name) for name in names.unique() if isinstance(name, str)}
        return np.asarray(names.astype(object).map(known), float)

    def _step(self, name: str) -> float:
        return max(
            (step for word, step in self.of_word.items() if _holds(name, word)), default=np.nan
        )


def _km2_of(frame: pd.DataFrame, km2: pd.Series[float]) -> Floats:
    return np.asarray(km2.reindex(frame["site_id"].astype(object)), float)


def _holds(name: str, word: str) -> bool:
    return re.search(rf"(?:^|_){re.escape(word)}(?:_|$)", name) is not None


def _unit(name: Any) -> str:
    """The unit that ends an indicator's id, of those that are rounded."""
    if not isinstance(name, str) or "_per_" in name:
        return ""
    return name.rpartition("_")[2]


def _areas(km2: Floats, steps: Floats) -> Floats:
    return np.where(km2 > 0, np.maximum(np.round(km2 / steps), 1.0) * steps, km2)


def _shares(shares: Floats, _: Floats) -> Floats:
    inner = np.clip(np.round(shares / SHARE_STEP) * SHARE_STEP, SHARE_STEP, 1 - SHARE_STEP)
    return np.where((shares > 0) & (shares < 1), np.round(inner, 6), shares)


_ROUND = {
    "km2": _areas,
    "ha": lambda ha, steps: _areas(ha, steps * 100),
    "km": lambda km, steps: _areas(km, np.sqrt(steps)),
    "share": _shares,
}
