"""Which collections a store gives: a table of what they are, read once a generation."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from cetm_geo.model import RASTER_ROLES, Publish, Role
from cetm_geo.store import Store
from cetm_geo.web.ogc.collection import BOUNDS, Collection, Head
from cetm_geo.web.ogc.met import Features, Overlaps, RaisedFlags
from cetm_geo.web.ogc.titles import Titles
from cetm_geo.web.service import Service
from cetm_geo.words import DISCLAIMER

SITES, OVERLAPS, FLAGS = "sites", "overlaps", "flags"
_TITLE = ("name", "holder", "tier", "status", "stage", "area_km2", "granted_on")
_OVERLAP = ("layer_label", "feature_name", "designation", "overlap_km2",
            "overlap_share", "sliver")  # fmt: skip
_FLAG = ("label", "severity", "theme", "value", "threshold", "message_en")
_FEATURE = ("name", "designation", "class_id", "area_km2", "iso3")


class Catalogue:
    """The collections of one generation, by id."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.generation = store.generation

    @cached_property
    def collections(self) -> Mapping[str, Collection]:
        """Titles, overlaps and flags, then each layer whose licence lets its shapes out."""
        made: list[Collection] = [
            Titles(self.store, self._head(SITES, "Mining titles", "Titles with tier, indicators "
                   "and raised flags", "titles", _TITLE, "sites", day="granted_on")),
            Overlaps(self.store, self._head(OVERLAPS, "Land that titles share with features",
                     "Pairs of title and feature; the geometry is the land they share",
                     "overlaps", _OVERLAP, "overlaps")),
            RaisedFlags(self.store, self._head(FLAGS, "Raised flags", "Rules that raised a flag; "
                        "the geometry is the outline of the title", "flags", _FLAG, "flags")),
        ]  # fmt: skip
        taken = {one.head.id for one in made}
        for source in self.store.rows("layers_of_screening"):
            if source["publish"] == Publish.PUBLIC.value and source["role"] not in RASTER_ROLES:
                made.append(self._layer(source, taken))
        return {one.head.id: one for one in made}

    def extent(self, head: Head) -> list[float]:
        """West, south, east, north of a collection's layer, or of all registers, in degrees."""
        boxes = [
            [row[side] for side in BOUNDS]
            for row in self._extents
            if (row["layer_id"] == head.layer_id if head.layer_id else row["is_register"])
        ]
        if not boxes:
            return [-180.0, -90.0, 180.0, 90.0]
        west, south, east, north = zip(*boxes, strict=True)
        return [min(west), min(south), max(east), max(north)]

    @cached_property
    def _extents(self) -> list[dict[str, Any]]:
        return self.store.rows("extents_of_layers")

    def _head(self, name: str, title: str, what: str, *more: Any, day: str = "") -> Head:
        meta = self.store.meta
        said = f"{what}, screened as of {meta['as_of']}. {DISCLAIMER}"
        noun, shown, table = more
        return Head(name, f"{title}, {meta['label']}", said, noun, shown, table, day=day)

    def _layer(self, source: Mapping[str, Any], taken: set[str]) -> Collection:
        layer_id, titles = source["layer_id"], source["role"] == Role.CONCESSION.value
        said = [f"Layer {layer_id} ({source['role']})"]
        for word, key in (("as of", "as_of"), ("licence:", "licence")):
            said += [f"{word} {source[key]}"] if source[key] else []
        head = Head(
            f"layer_{layer_id}" if layer_id in taken else layer_id,
            str(source["label"]),
            f"{', '.join(said)}. {DISCLAIMER}",
            "titles" if titles else "features",
            _TITLE if titles else _FEATURE,
            "sites" if titles else "features",
            layer_id,
            day="granted_on" if titles else "",
            attribution=source["attribution"] or "",
            licence_url=source["licence_url"] or "",
        )
        if titles:
            return Titles(self.store, head, layer_id)
        return Features(self.store, head)


class Held:
    """The collections of the generation in force."""

    def __init__(self, service: Service) -> None:
        self._service, self._lock = service, threading.Lock()
        self._catalogue: Catalogue | None = None

    def catalogue(self) -> Catalogue:
        """Read once per generation; raises StoreError."""
        store = self._service.store()
        with self._lock:
            if self._catalogue is None or self._catalogue.generation != store.generation:
                self._catalogue = Catalogue(store)
            return self._catalogue
