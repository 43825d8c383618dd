"""Titles of a store as a collection: all of them, or those of one register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from cetm_geo import export
from cetm_geo.export import What
from cetm_geo.model import Publish
from cetm_geo.web.ogc.collection import BOUNDS, Collection

# Facts that a title is asked by; every indicator comes beside them.
_FACTS = ["site_id", "layer_id", "name", "holder", "commodity_text", "stage", "status",
          "granted_on", "tier", "fully_screened", "score", "critical_count", "high_count",
          "moderate_count", "info_count", "countries"]  # fmt: skip
_NAMES = ("name", "holder")


@dataclass(frozen=True, eq=False)
class Titles(Collection):
    """A row a title in the order of screening, with its indicators.

    register: the layer whose titles alone are in it, "" for those of all.
    """

    register: str = ""
    shape: ClassVar[str] = "geometry-polygon"

    def _read(self) -> pd.DataFrame:
        found = self.store.frame("titles_to_find")
        if self.register:
            of_register = (found["layer_id"] == self.register).to_numpy(bool)
            found = found[of_register].reset_index(drop=True)
        publish = {x["layer_id"]: x["publish"] for x in self.store.rows("layers_of_screening")}
        licence = found["layer_id"].map(publish)
        # What is not told must not be found out by asking for it, either.
        found.loc[(licence != Publish.PUBLIC.value).to_numpy(bool), BOUNDS] = np.nan
        local = (licence == Publish.LOCAL_ONLY.value).to_numpy(bool)
        nameless = {name: found[name].where(~local, None) for name in _NAMES}
        return found.assign(id=found["site_id"], **nameless)[["id", *_FACTS, *BOUNDS]]

    def frame(self, rows: Sequence[int]) -> Any:
        """As `cetm-geo export sites` writes them."""
        return export.stored(self.store, What.SITES, [str(self.ids[row]) for row in rows])

    @property
    def measured(self) -> tuple[str, ...]:
        """Indicators that hold numbers, in the order of screening."""
        return self._indicator_ids

    @cached_property
    def _indicator_ids(self) -> tuple[str, ...]:
        found = self.store.frame("indicator_ids")
        return tuple(found["indicator_id"][found["known_count"] > 0].astype(str))

    def _measured(self, name: str) -> Any:
        rows = self.store.frame("indicators_named", names=[name])
        values = pd.Series(rows["value"].to_numpy(float), index=rows["site_id"].to_numpy(object))
        return values.reindex(self.ids).to_numpy(float)
