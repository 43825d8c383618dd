"""What a build holds: layers normalised, and the answer of a screening."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cetm_geo.arrays import Flags, Floats, Indices, Texts
from cetm_geo.errors import LayerError
from cetm_geo.model.definitions import LayerSpec
from cetm_geo.model.terms import Role
from cetm_geo.pieces import Pieces, cut_layer

NOT_REACHED = "not measured in the time given"

Progress = Callable[[str, int, int], None]  # what is under way, done, of how many


@dataclass(frozen=True, eq=False)
class Ratings:
    """Levels of features on one scale, as arrays of one length, sorted by feature.

    feature_row: positions of features, one several times where it is of several levels. level:
    nan without data. feature_share: of the feature. score, weight_share: nan where there is none.
    """

    feature_row: Indices
    level: NDArray[np.float64]
    feature_share: NDArray[np.float64]
    score: NDArray[np.float64]
    weight_share: NDArray[np.float64]


_OF_RATINGS = ("level", "feature_share", "score", "weight_share")


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer normalised to EPSG:4326, with what happened to it on the way.

    features: GeoDataFrame by `tables.FEATURES` (for role concession: `tables.SITES` as well).
    issues: DataFrame by `tables.ISSUES`. source: one row of `tables.SOURCES`.
    held: its pieces as a build has cut them; without them it is cut when first asked.
    links: of basins or river reaches, which drains to which, by `tables.LINKS`; None without.
    ratings: the levels of its features on its scales, by `tables.RATINGS`; None without.
    taken_km2: per feature, its land under titles in force as a build found it; None before one.
    The other properties are derived from the features, once.
    """

    spec: LayerSpec
    features: gpd.GeoDataFrame
    issues: pd.DataFrame
    source: Mapping[str, Any]
    held: Pieces | None = None
    links: pd.DataFrame | None = None
    ratings: pd.DataFrame | None = None
    taken_km2: Floats | None = None

    @property
    def failed(self) -> bool:
        """True if the file could not be read; such a layer has no features and no answers."""
        return isinstance(self.source.get("problem"), str)

    @cached_property
    def shapes(self) -> NDArray[np.object_]:
        """Geometry per feature. Never prepare these: threads share them, and GEOS would crash."""
        return np.asarray(self.features.geometry.array, dtype=object)

    @cached_property
    def area_km2(self) -> NDArray[np.float64]:
        """Area per feature."""
        return self.features["area_km2"].to_numpy(np.float64)

    @cached_property
    def feature_ids(self) -> Texts:
        """Id per feature."""
        return np.asarray(self.features["feature_id"].to_numpy(object))

    @cached_property
    def row_of_feature(self) -> Any:
        """Index of the features by their ids."""
        return pd.Index(self.feature_ids, dtype=object)

    @cached_property
    def site_ids(self) -> Texts:
        """Of a register, the site that each of its titles is."""
        return np.asarray(self.features["site_id"].to_numpy(object))

    def texts(self, column: str) -> Texts:
        """A column of texts of the features, as an array that is made once."""
        if column not in self._texts:
            self._texts[column] = self.features[column].astype(object).to_numpy(object)
        return self._texts[column]

    @cached_property
    def _texts(self) -> dict[str, Texts]:
        return {}

    def rows_of(self, site_ids: Texts) -> Indices:
        """Of a register, which of its titles each site is; -1 for sites that are none."""
        if self.spec.role != Role.CONCESSION:
            return np.full(len(site_ids), -1)
        return np.asarray(self._rows.get_indexer(pd.Index(site_ids, dtype=object)), dtype=np.intp)

    @cached_property
    def _rows(self) -> Any:
        return pd.Index(self.site_ids, dtype=object)

    @cached_property
    def is_counted(self) -> Flags:
        """Per feature, whether it counts."""
        return np.asarray(self.features["counted"].to_numpy(bool))

    @cached_property
    def is_from_point(self) -> Flags:
        """Per feature, whether it is a circle drawn round a point that the file gave."""
        return np.asarray((self.features["circle"] == "derived_from_point").to_numpy(bool))

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """Classes that features have: in the order of the catalogue, else of the alphabet."""
        found = {str(c) for c in self.features["class_id"].unique()} - {""}
        declared = [c.id for c in self.spec.classes]
        first = {name: place for place, name in reversed(list(enumerate(declared)))}
        return tuple(sorted(found, key=lambda name: (first.get(name, len(declared)), name)))

    @cached_property
    def class_code(self) -> Indices:
        """Per feature, the position of its class in `class_names`; -1 without a class."""
        place = {name: i for i, name in enumerate(self.class_names)}
        return np.array([place.get(c, -1) for c in self.features["class_id"]], dtype=np.intp)

    @cached_property
    def class_counts(self) -> Flags:
        """Per class of `class_names`, whether its features count."""
        codes = np.unique(self.class_code[self.is_counted])
        return np.isin(np.arange(len(self.class_names)), codes)

    @cached_property
    def groups(self) -> Indices:
        """Per feature, a number for what counts as one feature."""
        codes, _ = pd.factorize(self.features["group_id"])
        return np.asarray(codes, dtype=np.intp)

    @cached_property
    def first_rows(self) -> Indices:
        """Per number of `groups` its first feature."""
        _, first = np.unique(self.groups, return_index=True)
        return np.asarray(first, dtype=np.intp)

    @cached_property
    def rated(self) -> Mapping[str, Ratings]:
        """Per scale the levels of its features."""
        if self.ratings is None:
            return {}
        row = pd.Index(self.feature_ids).get_indexer(pd.Index(self.ratings["feature_id"]))
        mine = self.ratings.assign(row=row)[row >= 0].sort_values("row", kind="stable")
        return {
            str(name): Ratings(
                rows["row"].to_numpy(np.intp),
                *(rows[column].to_numpy(np.float64) for column in _OF_RATINGS),
            )
            for name, rows in mine.groupby("scale_id", sort=False)
        }

    @property
    def is_cut(self) -> bool:
        """True once it is in pieces."""
        return self.held is not None or "pieces" in self.__dict__

    @cached_property
    def pieces(self) -> Pieces:
        """The features in pieces."""
        return self.cut() if self.held is None else self.held

    def cut(self, near: Flags | None = None) -> Pieces:
        """The features in pieces. near: the only ones that are cut and settled.

        Raises LayerError where the pieces do not keep a feature's area.
        """
        try:
            return cut_layer(
                self.shapes, self.area_km2, self.feature_ids, self.is_counted, self.class_code, near
            )
        except LayerError as error:
            raise LayerError(f"layer {self.spec.id}: {error.what}", error.hint) from error

    def warm(self) -> None:
        """Derive everything now, before threads ask for it."""
        _ = self.pieces, self.class_counts, self.groups, self.feature_ids, self.is_counted
        _ = self.rated
        if self.spec.role == Role.CONCESSION:
            _ = self._rows


@dataclass(frozen=True)
class Screening:
    """The answer for a set of sites: tables in the shapes of `tables`.

    missing: what was not measured in the time given: ids of layers, "rings", "shapes". accounts:
    how the overlays were settled, and the largest difference that their books left
    (`accounts.Accounts`). basis: what the flags rest on (`assessment.Assessed`), so that of a
    drawing they can be asked again when its rasters have answered.
    """

    sites: gpd.GeoDataFrame
    overlaps: gpd.GeoDataFrame
    coverage: pd.DataFrame
    indicators: pd.DataFrame
    totals: pd.DataFrame
    pressure: pd.DataFrame
    basins: pd.DataFrame
    series: pd.DataFrame
    levels: pd.DataFrame
    flags: pd.DataFrame
    flag_features: pd.DataFrame
    tiers: pd.DataFrame
    theme_scores: pd.DataFrame
    sources: pd.DataFrame
    as_of: date
    missing: tuple[str, ...] = ()
    accounts: Mapping[str, float] = field(default_factory=dict)
    basis: Any = None
