"""One of two stores that are compared: what it says of itself, its titles, layers and rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

from cetm_geo.model import Publish, Rulebook
from cetm_geo.rulebook import EffectiveRules, effective
from cetm_geo.store import Store


@dataclass(frozen=True)
class Side:
    """A store that is compared with another one."""

    store: Store

    @cached_property
    def head(self) -> dict[str, Any]:
        """What tells this state from others: catalogue, day, rules, programs, content."""
        meta, manifest = self.meta, self.store.manifest
        return {
            "catalogue": meta["catalogue"],
            "label": meta["label"],
            "as_of": meta["as_of"],
            "built": manifest.get("created"),
            "content_digest": manifest.get("content_digest"),
            "rules_version": manifest["rules_version"],
            "software": json.loads(meta["software"]),
            "tables": json.loads(meta.get("tables") or "{}"),
            "titles_count": len(self.titles),
        }

    @cached_property
    def meta(self) -> Mapping[str, str]:
        """As `Store.meta`."""
        return self.store.meta

    @cached_property
    def titles(self) -> pd.DataFrame:
        """All titles, as sql/titles_as_told.sql."""
        return self.store.frame("titles_as_told")

    @cached_property
    def sources(self) -> Mapping[str, Mapping[str, Any]]:
        """The layers by id, rows by `tables.SOURCES`."""
        return {row["layer_id"]: row for row in self.store.rows("layers_of_screening")}

    @property
    def local(self) -> set[str]:
        """Layers whose names leave no machine."""
        return {x for x, row in self.sources.items() if row["publish"] == Publish.LOCAL_ONLY.value}

    @property
    def rulebook(self) -> Rulebook:
        """The rules that its flags were made with."""
        return self.store.rulebook

    def rules_in(self, iso3: str) -> EffectiveRules:
        """They as they hold in a country on its day."""
        return effective(self.rulebook, iso3, date.fromisoformat(self.meta["as_of"][:10]))
