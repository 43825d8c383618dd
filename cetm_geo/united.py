"""Land that several features share with a site, each bit of it once, for a choice of features.

What a layer or a role covers is a sum of pieces that were settled at the build. For any other
choice the land of the pairs is united, which is asked only where two or more of them meet a site.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from cetm_geo import measure
from cetm_geo.accounts import Land, check_between
from cetm_geo.arrays import Flags, Floats, Geometries, Indices, Texts, sums
from cetm_geo.evidence import Evidence
from cetm_geo.model import Layer


@dataclass(frozen=True, eq=False)
class SharedLand:
    """Land that features share with sites, a row a pair, sorted by site.

    sites: how many. shapes: the land of each pair, None where it was not put together.
    """

    sites: int
    site_row: Indices
    km2: Floats
    shapes: Geometries

    @staticmethod
    def of(
        layers: Sequence[Layer], evidence: Evidence, chosen: Mapping[str, Flags] | None = None
    ) -> SharedLand:
        """Of the counted features of layers. chosen: per layer id, those that are asked instead."""
        asked = {x.spec.id: x.is_counted if chosen is None else chosen[x.spec.id] for x in layers}
        return SharedLand.of_pairs(
            layers, evidence, {k: v[evidence.pairs[k].feature_row] for k, v in asked.items()}
        )

    @staticmethod
    def of_pairs(
        layers: Sequence[Layer], evidence: Evidence, chosen: Mapping[str, Flags]
    ) -> SharedLand:
        """Of those pairs of layers, per layer id, that are chosen."""
        parts: list[tuple[Indices, Floats, Geometries]] = []
        for name in (x.spec.id for x in layers):
            pairs = evidence.pairs[name]
            rows = np.flatnonzero(chosen[name] & (pairs.overlap_km2 > 0))
            held = evidence.shapes.get(name)
            shapes = np.full(len(rows), None, object) if held is None else held[rows]
            parts.append((pairs.site_row[rows], pairs.overlap_km2[rows], shapes))
        none = (np.empty(0, np.intp), np.empty(0), np.empty(0, object))
        site, km2, land = (np.concatenate(x) for x in zip(none, *parts, strict=True))
        order = np.argsort(site, kind="stable")
        return SharedLand(len(evidence.site_ids), site[order], km2[order], land[order])

    @cached_property
    def count(self) -> Indices:
        """Pairs of each site."""
        return np.bincount(self.site_row, minlength=self.sites)

    @cached_property
    def added(self) -> Floats:
        """Their land, added up."""
        return sums(self.km2, self.site_row, self.sites)

    @cached_property
    def largest(self) -> Floats:
        """The largest of each site."""
        out = np.zeros(self.sites)
        np.maximum.at(out, self.site_row, self.km2)
        return out

    def united(self, chosen: Flags) -> Geometries:
        """The land of each site, of those chosen; None of others, of none, and where the shape of
        a pair is not known. (sites,)"""
        out = np.full(self.sites, None, object)
        unknown = np.zeros(self.sites, bool)
        unknown[self.site_row[shapely.is_missing(self.shapes)]] = True
        rows = np.flatnonzero((chosen & ~unknown)[self.site_row])
        if len(rows):
            land = Land.of(self.shapes[rows], self.site_row[rows])
            out[land.rows] = land.united()
        return out

    def once(self, bound: Floats, overlapping: Flags, ids: Texts, name: str) -> Once:
        """km2 of each site, each bit of land once.

        Args:
            bound: what it cannot be more than. overlapping: sites whose pairs are united; of others
                it is their sum, or the bound. ids: of the sites. name: what the books call it.

        Raises Unbalanced where it is less than the largest pair, or more than can be.
        """
        most = np.minimum(self.added, bound)
        km2 = most.copy()
        united = self.united(overlapping)
        found = ~shapely.is_missing(united)
        km2[found] = measure.area_km2(united[found])
        unknown = overlapping & ~found
        km2[unknown] = self.largest[unknown]
        check_between(km2, self.largest, most, ids, name)
        return Once(np.clip(km2, self.largest, most), unknown, most)


@dataclass(frozen=True)
class Once:
    """Land once, km2 of each site; unknown: it is at least that, and at most `most_km2`."""

    km2: Floats
    unknown: Flags
    most_km2: Floats

    def words(self) -> Texts:
        """What is said of sites of which it is not known."""
        out = np.full(len(self.km2), None, object)
        for i in np.flatnonzero(self.unknown).tolist():
            out[i] = f"at least {self.km2[i]:.2f}, at most {self.most_km2[i]:.2f} km2"
        return out
