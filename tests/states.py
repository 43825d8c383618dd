"""Two states of a toy country, each in a store: titles and layers as a test wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from cetm_geo import pipeline, store, tables
from cetm_geo.assessment import Under
from cetm_geo.model import Catalog, Layer, Publish, Role
from cetm_geo.rulebook import RULES, read_rulebook
from cetm_geo.screening import screen
from tests import toy


def titles(rows: Mapping[str, Any], publish: Publish = Publish.PUBLIC, **facts: Any) -> Layer:
    """A register of titles: feature id -> outline. facts: column -> value by feature id."""
    layer = toy.layer("titles", Role.CONCESSION, list(rows.values()), publish=publish)
    ids = list(rows)
    own = {"holder": {x: f"holder of {x}" for x in ids}, "name": {x: f"title {x}" for x in ids}}
    said = {column: {**own.get(column, {}), **facts.get(column, {})} for column in {**own, **facts}}
    columns = {
        column: [values.get(x, old) for x, old in zip(ids, layer.features[column], strict=True)]
        for column, values in said.items()
    }
    frame = layer.features.assign(
        feature_id=ids, group_id=ids, site_id=[f"titles:{x}" for x in ids], **columns
    )
    return replace(layer, features=frame)


def parks(
    shapes: Sequence[Any], digest: str = "a", publish: Publish = Publish.PUBLIC, **more: Any
) -> Layer:
    """A layer of protected areas f1, f2 ..., read from a file of that digest."""
    layer = toy.layer("parks", Role.PROTECTED_AREA, list(shapes), publish=publish, **more)
    return replace(layer, source={**layer.source, "sha256": digest * 64})


def state(folder: Path, *layers: Layer, on: date = toy.ON, rules: Path = RULES) -> store.Store:
    """A store of what these layers come to; the first is the register."""
    land = toy.layer("land", Role.COUNTRY, [toy.block(-100, -100, 300, 300)])
    by_id = {layer.spec.id: layer for layer in (*layers, land)}
    catalogue = Catalog("toy", "Toy", {name: layer.spec for name, layer in by_id.items()})
    sites = tables.validate(layers[0].features[tables.columns(tables.SITES)], tables.SITES)
    under = Under(read_rulebook(rules), "")
    result = screen(sites, by_id, on, under=under)
    content = pipeline._content(catalogue, by_id, (), result, {}, rules=rules)
    store.write_store(folder, content)
    return store.open_store(folder)
