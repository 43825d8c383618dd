"""Clips -> land of each site that a layer, its classes or its role cover: each bit of land once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from cetm_geo import measure
from cetm_geo.accounts import Accounts, Land, balance, balance_once, check_between
from cetm_geo.arrays import Floats, Indices, Texts, sums
from cetm_geo.clips import Clips, Units, clip, lands, outlines
from cetm_geo.model import Layer
from cetm_geo.overlay import Laid, Pairs
from cetm_geo.pieces import CLASS_ONCE, ONCE, OWN, ROLE_ONCE, Pieces

Books = tuple[Floats, Accounts]


@dataclass(frozen=True)
class ClassLand:
    """Land of sites under each class of a layer, as arrays of one length, sorted by site.

    own_km2: under any feature of the class, each bit of land once. first_km2: of the layer's
    counted land, what counts to this class if land under several counts to the one that the
    catalogue names first; these add up to what the layer covers. NaN for a class not counted.
    """

    site_row: Indices
    class_id: Texts
    own_km2: Floats
    first_km2: Floats

    @staticmethod
    def join(parts: Sequence[ClassLand]) -> ClassLand:
        """One after the other; the parts are of different sites."""
        names = [f.name for f in fields(ClassLand)]
        return ClassLand(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})


@dataclass(frozen=True)
class FeatureLand:
    """Land of sites in each counted feature of a layer, each bit of land in one alone, as arrays of
    one length, sorted by site and feature.

    Land under several features is in that of the class the catalogue names first, of one class in
    the first; all of it adds up to what the layer covers.
    """

    site_row: Indices
    feature_row: Indices
    km2: Floats

    @staticmethod
    def join(parts: Sequence[FeatureLand]) -> FeatureLand:
        """One after the other; the parts are of different sites."""
        names = [f.name for f in fields(FeatureLand)]
        return FeatureLand(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})


def covered_by_layer(laid: Laid, layer: Layer, sites: Floats, ids: Texts) -> Books:
    """Per site, the layer's counted land once, and the books that were made of it.

    Args:
        sites: their areas in km2. ids: their ids.
    """
    if not len(laid.clips):
        return np.zeros(len(sites)), laid.accounts
    once = laid.clips.take(layer.pieces.is_a(ONCE)[laid.clips.piece])
    made = balance_once(once, laid.units, layer.pieces, ids, layer.spec.id)
    total = sums(once.km2, once.site_row, len(sites))
    counted = laid.pairs.take(layer.is_counted[laid.pairs.feature_row])
    return between_pairs(total, [counted], sites, ids, layer.spec.id), made + laid.accounts


def covered_by_titles(
    laids: Sequence[Laid], layers: Sequence[Layer], sites: Floats, ids: Texts
) -> Books:
    """Per site, the land under other titles of these registers, once.

    A site is no part of what covers it, so that its land has to be united for it alone.
    """
    units, of_layer = laids[0].units, list(zip(laids, layers, strict=True))
    chosen = [_counted_land(laid, layer) for laid, layer in of_layer]
    unit = np.concatenate([clips.unit for clips in chosen])
    order = np.argsort(unit, kind="stable")
    rows, starts, count = np.unique(unit[order], return_index=True, return_counts=True)
    clips_of = list(zip(chosen, layers, strict=True))
    clipped = np.concatenate([lands(c, units, x.pieces) for c, x in clips_of])[order]
    km2 = np.concatenate([clips.km2 for clips in chosen])[order[starts]]
    km2[count > 1] = measure.area_km2(Land(clipped, rows, starts).united()[count > 1])
    whole = np.concatenate([outlines(c, x.pieces) for c, x in clips_of])[order]
    land = Land(whole, rows, starts)
    made = balance(land, land.united(), km2, units, ids, layers[0].spec.id)
    total = sums(km2, units.site_row[rows], len(sites))
    counted = [laid.pairs.take(x.is_counted[laid.pairs.feature_row]) for laid, x in of_layer]
    for laid in laids:
        made += laid.accounts
    return between_pairs(total, counted, sites, ids, layers[0].spec.id), made


def _counted_land(laid: Laid, layer: Layer) -> Clips:
    part = layer.pieces.is_a(OWN) & layer.is_counted[layer.pieces.feature_row]
    return laid.clips.take((laid.clips.km2 > 0) & part[laid.clips.piece])


def covered_by_role(
    laids: Sequence[Laid], layers: Sequence[Layer], covered: Sequence[Floats], sites: Floats
) -> Floats:
    """Per site, the land of a role's layers once; covered: what each layer covers of it."""
    if len(layers) == 1:
        return covered[0]
    total = np.zeros(len(sites))
    for laid, layer in zip(laids, layers, strict=True):
        once = layer.pieces.is_a(ROLE_ONCE)[laid.clips.piece]
        total += sums(laid.clips.km2[once], laid.clips.site_row[once], len(sites))
    least = np.maximum.reduce(list(covered))
    return np.clip(total, least, np.minimum(np.add.reduce(list(covered)), sites))


def between_pairs(
    total: Floats, pairs: Sequence[Pairs], sites: Floats, ids: Texts, layer_id: str
) -> Floats:
    """Sums of pieces held between the largest pair and the sum of all: exact where there is one.

    Raises Unbalanced where that changes more than rounding does.
    """
    largest, added = np.zeros(len(sites)), np.zeros(len(sites))
    for some in pairs:
        np.maximum.at(largest, some.site_row, some.overlap_km2)
        added += sums(some.overlap_km2, some.site_row, len(sites))
    most = np.minimum(added, sites)
    check_between(total, largest, most, ids, layer_id)
    return np.clip(total, largest, most)


def classes_of(laid: Laid, layer: Layer) -> ClassLand:
    """Land of each site under each class of a layer; only sites that touch the class."""
    code, names = layer.class_code, np.array(layer.class_names, object)
    count = max(len(names), 1)
    mine = np.flatnonzero(code[laid.pairs.feature_row] >= 0)
    key = laid.pairs.site_row[mine] * count + code[laid.pairs.feature_row[mine]]
    keys, place, members = np.unique(key, return_inverse=True, return_counts=True)
    added = sums(laid.pairs.overlap_km2[mine], place, len(keys))
    own = np.where(members == 1, added, np.minimum(_by_class(laid, layer, keys, CLASS_ONCE), added))
    first = np.minimum(_by_class(laid, layer, keys, ONCE), own)
    first[~layer.class_counts[keys % count]] = np.nan
    return ClassLand(keys // count, names[keys % count], own, first)


def land_once(laid: Laid, layer: Layer) -> FeatureLand:
    """Land of each site in each feature of a layer, each bit of land in one feature alone."""
    count = max(len(layer.features), 1)  # a worker has them without outlines
    once = laid.clips.take(layer.pieces.is_a(ONCE)[laid.clips.piece] & (laid.clips.km2 > 0))
    key = once.site_row * count + layer.pieces.feature_row[once.piece]
    keys, place = np.unique(key, return_inverse=True)
    km2 = sums(once.km2, place, len(keys))
    pairs = laid.pairs.site_row * count + laid.pairs.feature_row  # sorted: by both
    at = np.minimum(np.searchsorted(pairs, keys), max(len(pairs) - 1, 0))
    shared = np.where(pairs[at] == keys, laid.pairs.overlap_km2[at], km2) if len(pairs) else km2
    return FeatureLand(keys // count, keys % count, np.minimum(km2, shared))


def _by_class(laid: Laid, layer: Layer, keys: Indices, bit: int) -> Floats:
    """Land of pieces that are this bit, per site and class."""
    of_class = layer.class_code[layer.pieces.feature_row[laid.clips.piece]]
    mine = np.flatnonzero(layer.pieces.is_a(bit)[laid.clips.piece] & (of_class >= 0))
    key = laid.clips.site_row[mine] * max(len(layer.class_names), 1) + of_class[mine]
    return sums(laid.clips.km2[mine], np.searchsorted(keys, key), len(keys))


def covered_of(units: Units, pieces: Pieces, bit: int, sites: int) -> Floats:
    """Per site of some units, the land of pieces that are this `bit`; no books are made."""
    clips = clip(units, pieces, pieces.is_a(bit))
    return sums(clips.km2, clips.site_row, sites)
