"""What a build holds: layers normalised, and the answer of a screening."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from cetm_geo.arrays import Indices
from cetm_geo.model.definitions import LayerSpec
from cetm_geo.outlines import outline_pieces

Progress = Callable[[str, int, int], None]  # what is under way, done, of how many


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer normalised to EPSG:4326, with what happened to it on the way.

    features: GeoDataFrame by `tables.FEATURES` (for role concession: `tables.SITES` as well).
    issues: DataFrame by `tables.ISSUES`. source: one row of `tables.SOURCES`.
    The other properties are derived from the features, once.
    """

    spec: LayerSpec
    features: gpd.GeoDataFrame
    issues: pd.DataFrame
    source: Mapping[str, Any]

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
    def vertices(self) -> Indices:
        """Vertices per feature."""
        return np.asarray(shapely.get_num_coordinates(self.shapes), dtype=np.intp)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index over all features."""
        return shapely.STRtree(self.shapes)

    @cached_property
    def counted(self) -> Indices:
        """Positions of the features that count."""
        return np.flatnonzero(self.features["counted"].to_numpy(bool))

    @cached_property
    def outlines(self) -> tuple[shapely.STRtree, Indices]:
        """Index over the counted features' outlines in short pieces, and each piece's feature."""
        pieces, owner = outline_pieces(self.shapes[self.counted])
        return shapely.STRtree(pieces), self.counted[owner]

    def warm(self) -> None:
        """Derive everything now: shapely builds a tree at its first query, unsafely in threads."""
        trees = [self.tree]
        if "nearest_km" in self.spec.measured:
            trees.append(self.outlines[0])
        for tree in trees:
            tree.query(shapely.Point(0, 0))
        _ = self.vertices, self.area_km2


@dataclass(frozen=True)
class Screening:
    """The answer for a set of sites: tables in the shapes of `tables`."""

    sites: gpd.GeoDataFrame
    overlaps: gpd.GeoDataFrame
    coverage: pd.DataFrame
    indicators: pd.DataFrame
    totals: pd.DataFrame
    sources: pd.DataFrame
    as_of: date
