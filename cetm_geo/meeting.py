"""Pairs -> what sites meet of a scope: anything, more than mapping error, how many features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cetm_geo.arrays import Flags, Floats, sums
from cetm_geo.evidence import Evidence
from cetm_geo.overlay import Scope

COUNTED_KM2 = 1e-4  # a feature is counted when it shares more than this with a site


@dataclass(frozen=True)
class Met:
    """Per site, in order: features counted, touched at all, touched only by slivers."""

    feature_count: Floats
    touched: Flags
    only_slivers: Flags


def met(scope: Scope, evidence: Evidence, members: Mapping[str, Flags] | None = None) -> Met:
    """What sites meet of a scope's counted features.

    Args:
        members: per layer id, the features that are asked instead of those that count.

    A feature counts where its parts, the rows of one group, share more than COUNTED_KM2 with the
    site together; points and lines count where they meet it.
    """
    sites = len(evidence.site_ids)
    count = np.zeros(sites)
    touched, solid = np.zeros(sites, bool), np.zeros(sites, bool)
    for layer in scope.readable:
        asked = layer.is_counted if members is None else members[layer.spec.id]
        pairs = evidence.pairs[layer.spec.id]
        pairs = pairs.take(asked[pairs.feature_row])
        place = layer.area_km2[pairs.feature_row] <= 0
        key = pairs.site_row * max(len(layer.features), 1) + layer.groups[pairs.feature_row]
        keys, which = np.unique(key, return_inverse=True)
        shared = sums(np.where(place, np.inf, pairs.overlap_km2), which, len(keys))
        counted = keys[shared > COUNTED_KM2] // max(len(layer.features), 1)
        count += np.bincount(counted, minlength=sites)
        touched[pairs.site_row] = True
        solid[pairs.site_row[~pairs.sliver]] = True
    return Met(count, touched, touched & ~solid)
