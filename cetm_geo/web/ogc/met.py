"""What titles meet as collections: overlaps, raised flags, and the features of a layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd

from cetm_geo import export
from cetm_geo.arrays import Indices
from cetm_geo.export import What
from cetm_geo.model import FlagStatus, Publish
from cetm_geo.web.ogc.collection import Collection, rows_by


@dataclass(frozen=True, eq=False)
class _OfSites(Collection):
    """Rows that each belong to a site and are told by an export of the same order within it."""

    @cached_property
    def _nth(self) -> Indices:
        """Per row, the how manieth of its site it is, from 0."""
        return np.asarray(self.facts.groupby("site_id", sort=False).cumcount(), np.intp)

    def frame(self, rows: Sequence[int]) -> Any:
        """As an export writes them."""
        places = np.asarray(rows, int)
        site_ids = self.facts["site_id"].to_numpy(object)[places].tolist()
        told = self._export(list(dict.fromkeys(site_ids)))
        return rows_by(told, site_ids, self._nth[places].tolist())

    def _export(self, site_ids: list[str]) -> Any:
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Overlaps(_OfSites):
    """A row a pair of title and feature; its shape is the land that they share."""

    def _read(self) -> pd.DataFrame:
        found = self.store.frame("overlaps_to_find")
        # Not by the feature's own id, which a licence may keep.
        nth = found.groupby(["site_id", "layer_id"], sort=False).cumcount() + 1
        ids = found["site_id"] + ":" + found["layer_id"] + ":" + nth.astype(str)
        return found.assign(id=ids)

    def _export(self, site_ids: list[str]) -> Any:
        return export.stored(self.store, What.OVERLAPS, site_ids)


@dataclass(frozen=True, eq=False)
class RaisedFlags(_OfSites):
    """A row a raised flag; its shape is the outline of its title, as far as that is public."""

    shape: ClassVar[str] = "geometry-polygon"

    def _read(self) -> pd.DataFrame:
        found = self.store.frame("raised_flags_to_find")
        rules = self.store.rulebook.rules
        theme = [rules[rule_id].theme.value for rule_id in found["rule_id"]]
        return found.assign(id=found["site_id"] + ":" + found["rule_id"], theme=theme)

    def _export(self, site_ids: list[str]) -> Any:
        told = export.stored(self.store, What.FLAGS, site_ids)
        told = told[told["status"] == FlagStatus.RAISED.value].drop(columns=["status", "lack"])
        sites = self.store.shapes("all_sites", site_ids=site_ids or [""]).set_index("site_id")
        publish = {x["layer_id"]: x["publish"] for x in self.store.rows("layers_of_screening")}
        public = (sites["layer_id"].map(publish) == Publish.PUBLIC.value).to_numpy(bool)
        sites.loc[~public, "geometry"] = None
        at = sites.index.get_indexer(told["site_id"])
        why = [None if is_public else "licence" for is_public in public[at]]
        told = told.assign(layer_id=sites["layer_id"].to_numpy(object)[at], geometry_withheld=why)
        shapes = sites.geometry.iloc[at].to_list()
        return gpd.GeoDataFrame(told, geometry=shapes, crs=sites.crs)


@dataclass(frozen=True, eq=False)
class Features(Collection):
    """A row a feature of a reference layer whose licence lets it out, as it was measured."""

    def _read(self) -> pd.DataFrame:
        found = self.store.frame("features_to_find", layer_id=self.head.layer_id)
        return found.assign(id=found["feature_id"])

    def frame(self, rows: Sequence[int]) -> Any:
        """With all corners that were measured."""
        asked = self.ids[np.asarray(rows, int)].tolist()
        own = {"layer_id": self.head.layer_id, "feature_ids": asked}
        found = self.store.shapes("features_named", **own)
        place = pd.Index(found["feature_id"]).get_indexer(asked)
        return found.iloc[place].reset_index(drop=True)
