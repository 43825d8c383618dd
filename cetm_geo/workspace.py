"""The program as a Python library: a store, its tables as frames, and screening of one's own sites.

    import cetm_geo as cg

    store = cg.open_store("store")
    titles = store.table("sites")  # a GeoDataFrame, as `cetm-geo export sites` writes it
    found = cg.screen(my_polygons, store)
    found.sites.explore("tier")

Frames are in EPSG:4326, areas in km2 on the ellipsoid, shares from 0 to 1.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from cetm_geo import export, pipeline, store, takeaway
from cetm_geo.assessment import Under
from cetm_geo.described import described
from cetm_geo.errors import SiteError
from cetm_geo.ground import Ground
from cetm_geo.kept_rasters import rasters_of
from cetm_geo.model import Layer, Progress, Screening
from cetm_geo.screening import screen as run_screening
from cetm_geo.waterways import with_covers

_FACTS = ("site_id", "name")  # of the user's own columns, those that are taken over


@dataclass(frozen=True, eq=False)
class Opened:
    """A store that is open for reading."""

    store: store.Store

    @property
    def label(self) -> str:
        """What the catalogue is called."""
        return self.store.meta["label"]

    @property
    def as_of(self) -> date:
        """The day its screening speaks of."""
        return date.fromisoformat(self.store.meta["as_of"][:10])

    def table(self, what: str = export.What.SITES, site_ids: Sequence[str] | None = None) -> Any:
        """One of `export.WHAT` as a frame, with geometry where it has any; of some sites or of all.

        What licences keep is left out, as in a file. Raises ExportError for any other.
        """
        return export.stored(self.store, what, site_ids)

    def columns(self, what: str = export.What.SITES) -> pd.DataFrame:
        """What the columns of a table hold: column, type, unit, meaning."""
        return pd.DataFrame(takeaway.of_store(self.store, what).members["columns"])

    def layers(self) -> pd.DataFrame:
        """The layers that were screened, a row each: role, day, licence, books, what failed."""
        return self.store.frame("layers_of_screening")


@dataclass(frozen=True)
class Found:
    """What a screening found.

    sites: a row a polygon with tier, flags and indicators. overlaps: the land each shares with each
    feature, with its shape, what licences keep on this machine too. flags: every rule's answer in
    words. members: sources, totals, days and versions, as a file has them. issues: what was wrong
    with the polygons, and what was done about it.
    """

    sites: gpd.GeoDataFrame
    overlaps: gpd.GeoDataFrame
    flags: pd.DataFrame
    members: Mapping[str, Any]
    issues: pd.DataFrame


def open_store(folder: str | Path | None = None) -> Opened:
    """The store in a folder; without one, in $CETM_STORE or ./store.

    Raises StoreMissing, StoreVersionError, StoreDamaged.
    """
    return Opened(store.open_store(store.default_folder() if folder is None else Path(folder)))


def screen(
    sites: gpd.GeoDataFrame,
    against: Opened | None = None,
    minerals: Sequence[str] = (),
    method: str = "",
    stage: str = "",
    progress: Progress | None = None,
) -> Found:
    """Screen polygons against the layers and rasters of a store, as `cetm-geo screen` does.

    Args:
        sites: polygons in any CRS; `site_id` and `name` are taken over where they are there.
        against: an open store; the default one without it.
        minerals, method, stage: what all of them are to be; they pick the rules.
        progress: called with (what, done, of how many).

    Raises SiteError for a frame without CRS, SourceError where none of it is a polygon.
    """
    opened = against or open_store()
    if sites.crs is None:
        raise SiteError("The frame has no CRS.", "Say it: sites.set_crs('EPSG:4326').")
    given = {"minerals": list(minerals), "method": method, "stage": stage}
    said = described(given, opened.store.rulebook)
    kept = [name for name in _FACTS if name in sites]
    with tempfile.TemporaryDirectory(prefix="cetm-geo-") as folder:
        file = Path(folder) / "sites.gpkg"  # read, repaired and told of like any other file
        sites[[*kept, sites.geometry.name]].to_file(file, driver="GPKG")
        own, issues = pipeline.read_proposals(file, date.today(), said)
    screening, layers = screened(opened.store, own, progress)
    taken = takeaway.of_screening(screening, layers, opened.store.rulebook, pipeline.software())
    flags = takeaway.flags_of_screening(screening, layers, opened.store.rulebook)
    return Found(taken.rows, screening.overlaps, flags, taken.members, issues)


def screened(
    opened: store.Store, sites: Any, progress: Progress | None = None
) -> tuple[Screening, Mapping[str, Layer]]:
    """Sites screened against all that a store holds, and the layers they were laid over.

    sites: by `tables.SITES`.
    """
    book = opened.rulebook
    ground = with_covers(
        Ground.of(store.read_layers(opened), near=sites, groups=book.groups),
        opened.frame("all_basins"),
    )
    as_of = date.fromisoformat(opened.meta["as_of"][:10])
    grids = rasters_of(opened).layers()
    under = Under(book, opened.meta["country"])
    result = run_screening(sites, ground, as_of, progress, grids, under=under)
    return result, ground.layers
