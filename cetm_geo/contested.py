"""Pairs of titles -> other titles of the same stage on a site's ground.

Law may put titles of several kinds on one ground, so that only those of one stage are compared:
other titles that are in force, applied for or of unknown status, and share more than a hectare.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cetm_geo.arrays import Flags, Floats, Texts, sums
from cetm_geo.evidence import Evidence
from cetm_geo.ground import Ground
from cetm_geo.indicators import Columns, base_status, inside_of_scope, judge_found
from cetm_geo.model import IndicatorStatus, Layer, Role, SiteStatus, Stage
from cetm_geo.overlay import Scope
from cetm_geo.united import SharedLand

SHARED_KM2 = 0.01
_ALIVE = tuple(s.value for s in (SiteStatus.ACTIVE, SiteStatus.UNKNOWN, SiteStatus.APPLICATION))
_COUNT, _KM2 = "concession_same_stage_overlap_count", "concession_same_stage_overlap_km2"


def same_stage_indicators(
    evidence: Evidence, ground: Ground, coverage: Sequence[Columns]
) -> list[Columns]:
    """How many such titles there are and how much of the site's land lies under them, each bit of
    it once, as columns by `tables.INDICATORS`.

    Args:
        coverage: what scopes answer, as `indicators.coverage_of_scope` gives it.

    A site of unknown stage, or one that meets titles of unknown stage, cannot be said to meet none.
    """
    scope = next(s for s in ground.scopes if s.id == Role.CONCESSION.value)
    note: Texts = next(
        x["note"] for x in coverage if x["scope_id"] == scope.id and not x["class_id"]
    )
    known = [_Met.of(layer, evidence) for layer in scope.readable]
    total = len(evidence.site_ids)
    count = sum((m.count for m in known), np.zeros(total))
    unsure = np.logical_or.reduce([np.zeros(total, bool), *(m.unsure for m in known)])
    km2 = _land(scope, evidence, {m.layer_id: m for m in known})
    inside = inside_of_scope(scope, evidence)
    said = note.copy()
    for i in np.flatnonzero(unsure):
        said[i] = "; ".join(filter(None, [note[i], "the stage of a title there is not stated"]))
    out = []
    for name, unit, value in ((_COUNT, "titles", count), (_KM2, "km2", km2)):
        own, status = value.copy(), base_status(scope, inside, evidence)
        if not scope.readable:
            own[:] = np.nan
        judge_found(own, status, inside, scope)
        status[unsure & (status != IndicatorStatus.LAYER_MISSING.value)] = (
            IndicatorStatus.NO_DATA.value
        )
        own[unsure & (own == 0)] = np.nan
        columns = {"indicator_id": name, "value": own, "unit": unit, "status": status}
        out.append({"site_id": evidence.site_ids, **columns, "note": said})
    return out


class _Met:
    """Titles of one register that sites meet, those of several rows as one.

    count: of the site's own stage. unsure: sites of which one or the other stage is not known.
    counted: per pair of the register, whether its title is counted.
    """

    def __init__(self, layer_id: str, count: Floats, unsure: Flags, counted: Flags) -> None:
        self.layer_id, self.count, self.unsure, self.counted = layer_id, count, unsure, counted

    @staticmethod
    def of(layer: Layer, evidence: Evidence) -> _Met:
        """What sites meet of a register."""
        pairs, size = evidence.pairs[layer.spec.id], max(len(layer.features), 1)
        status, other = (
            layer.features[name].iloc[pairs.feature_row].to_numpy(object)
            for name in ("status", "stage")
        )
        alive = np.isin(status, _ALIVE) & layer.is_counted[pairs.feature_row]
        key = pairs.site_row * size + layer.groups[pairs.feature_row]
        keys, which = np.unique(key, return_inverse=True)
        large = sums(np.where(alive, pairs.overlap_km2, 0.0), which, len(keys)) > SHARED_KM2
        own = evidence.sites["stage"].to_numpy(object)[pairs.site_row]
        unknown = (own == Stage.UNKNOWN.value) | (other == Stage.UNKNOWN.value)
        asked = large[which] & alive
        counted = asked & ~unknown & (own == other)
        total = len(evidence.site_ids)
        sites = np.unique(key[counted]) // size
        unsure = np.zeros(total, bool)
        unsure[pairs.site_row[asked & unknown]] = True
        count = np.bincount(sites, minlength=total).astype(np.float64)
        return _Met(layer.spec.id, count, unsure, counted)


def _land(scope: Scope, evidence: Evidence, met: dict[str, _Met]) -> Floats:
    """Land of each site under those titles, each bit of it once; where shapes are not known, under
    the largest of them."""
    chosen = {name: m.counted for name, m in met.items()}
    mine = SharedLand.of_pairs(scope.readable, evidence, chosen)
    several = mine.count > 1
    return mine.once(evidence.site_km2, several, evidence.site_ids, _KM2).km2
