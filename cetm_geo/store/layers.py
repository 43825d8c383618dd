"""The layers of a store, as a site is measured against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo import levels, tables
from cetm_geo.arrays import Floats
from cetm_geo.model import (
    ROLE_SUFFIXES,
    Layer,
    LayerSpec,
    Licence,
    Publish,
    Role,
    Source,
    Tenure,
)
from cetm_geo.store import pieces
from cetm_geo.store.connection import PIECES
from cetm_geo.store.reading import Store


def read_layers(store: Store) -> dict[str, Layer]:
    """The layers that a site is measured against, as they were cut at the build.

    Their outlines stay on disk where they are many; the features themselves come without.
    """
    needed = {*ROLE_SUFFIXES, Role.COUNTRY}
    sources = store.rows("layers_of_screening")
    extents = {str(row["complete_within"]).removeprefix("layer:") for row in sources}
    kept = pieces.PieceFolder(store.folder.parent.parent / PIECES)
    names = {layer: facts["name"] for layer, facts in store.manifest["pieces"].items()}
    held = pieces.resident({layer: kept.open(name) for layer, name in names.items()})
    out = {}
    for row in sources:
        wanted = row["role"] in needed or row["indicators"]
        bounds = row["layer_id"] in extents or row["role"] == Role.COUNTRY
        if not (wanted or bounds):
            continue
        outlines = bounds or row["layer_id"] not in held
        titles = row["role"] == Role.CONCESSION
        name = "titles_of_layer" if titles else "features_of_layer"
        read = store.shapes if outlines else store.frame
        frame: Any = read(name, layer_id=row["layer_id"], shapes=outlines)
        if titles:
            frame = _as_features(frame)
        spec = _spec(row)
        layer = Layer(spec, frame, tables.build(tables.ISSUES), row, held.get(spec.id))
        ratings = store.frame("ratings_of_layer", layer_id=spec.id) if spec.scales else None
        links = _links(store, spec)
        out[spec.id] = replace(layer, taken_km2=_taken(store, layer), links=links, ratings=ratings)
    return out


def _taken(store: Store, layer: Layer) -> Floats | None:
    """Per feature, its land under titles in force; None of layers of which that is not asked."""
    if layer.spec.role == Role.CONCESSION or "overlap_km2" not in layer.spec.measured:
        return None
    rows = store.frame("land_in_force_of_layer", layer_id=layer.spec.id)
    found = pd.Series(rows["covered_km2"].to_numpy(np.float64), index=rows["feature_id"])
    return found.reindex(layer.feature_ids, fill_value=0.0).to_numpy(np.float64)


def _links(store: Store, spec: LayerSpec) -> pd.DataFrame | None:
    """What drains to what in a layer; None where it states nothing of it."""
    if spec.role not in (Role.WATER_BASIN, Role.RIVER):
        return None
    links = store.frame("links_of_layer", layer_id=spec.id)
    return pd.DataFrame(tables.validate(links, tables.LINKS)) if len(links) else None


def _as_features(titles: Any) -> Any:
    """Titles as the features they also are; what only other features have is null."""
    nothing = dict.fromkeys(("tenure", "iso3", "circle", "mineral_ids"))
    return titles.assign(designation=titles["stage_text"], **nothing)


def _spec(row: Mapping[str, Any]) -> LayerSpec:
    return LayerSpec(
        id=row["layer_id"],
        role=Role(row["role"]),
        label=row["label"],
        source=Source(row["file"]),
        licence=Licence(row["licence"], Publish(row["publish"])),
        tenure=Tenure(row["tenure"]) if row["tenure"] else None,
        indicators=tuple((row["indicators"] or "").split()),
        scales=levels.scales_of(row["scales"]),
        as_of=row["as_of"] or "",
        stale_after_years=row["stale_after_years"],
        complete_within=row["complete_within"] or "",
        positional_error_m=row["positional_error_m"],
        rounded_to_km2=row["rounded_to_km2"],
    )
