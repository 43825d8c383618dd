"""A country's words for what its registers say, given to the layers of a catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cetm_geo.model import Catalog, LayerSpec, Role


def with_status_words(catalog: Catalog, words: Mapping[str, tuple[str, ...]]) -> Catalog:
    """A catalogue whose registers also know a country's words for the status of a title.

    Args:
        words: canonical status -> texts, as a country pack gives them. What a layer itself says of
            a text stands.
    """
    layers = {
        name: replace(spec, values={**spec.values, "status": _merged(spec, words)})
        if spec.role == Role.CONCESSION
        else spec
        for name, spec in catalog.layers.items()
    }
    return replace(catalog, layers=layers) if words else catalog


def _merged(spec: LayerSpec, words: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    own = spec.values.get("status", {})
    said = {text.casefold() for texts in own.values() for text in texts}
    added = {
        status: tuple(text for text in texts if text.casefold() not in said)
        for status, texts in words.items()
    }
    return {s: (*own.get(s, ()), *added.get(s, ())) for s in dict.fromkeys((*own, *added))}
