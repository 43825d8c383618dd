"""What the page remembers of a drawn shape's answer, which the next is held against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cetm_geo.differences import told

Draft = dict[str, Any]


def draft_of(
    answer: Mapping[str, Any],
    geometry: Mapping[str, Any],
    described: Mapping[str, Any],
    pending: bool = False,
) -> Draft:
    """A shape with what is said of it. pending: rasters or some layers may yet speak."""
    shape = {"geometry": dict(geometry), "described": dict(described), "pending": pending}
    return {**told(answer), **shape}


def is_of(
    draft: Mapping[str, Any] | None, geometry: Mapping[str, Any], described: Mapping[str, Any]
) -> bool:
    """True if a draft is the answer to this very shape, said to be this very thing."""
    if draft is None:
        return False
    return bool(draft["geometry"] == geometry and draft["described"] == described)


def earlier(now: Draft | None, before: Draft | None) -> Draft | None:
    """What the next answer is held against: the last that was whole, else the last."""
    if now is None or (now["pending"] and before is not None):
        return before
    return now
