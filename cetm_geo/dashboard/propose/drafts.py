"""Drafts of a proposal: what the page remembers of each shape's answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cetm_geo.differences import told

Draft = dict[str, Any]
LETTERS = "ABCD"  # the most drafts that stand side by side
NONE: Mapping[str, Any] = {"list": [], "current": ""}


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


# --- side by side --------------------------------------------------------------------------------
# {"list": drafts, each with its `letter` and `origin`, "current": the letter of the one in hand}


def held(drafts: Mapping[str, Any] | None, now: Draft | None) -> dict[str, Any]:
    """Drafts with the newest answer in the place of the one in hand; without it, one fewer."""
    kept = list((drafts or NONE)["list"])
    current = (drafts or NONE)["current"]
    if now is None:
        rest = [one for one in kept if one["letter"] != current]
        return {"list": rest, "current": ""}
    own = next((one for one in kept if one["letter"] == current), None)
    if own is None:
        return added({"list": kept, "current": ""}, now) or {"list": kept, "current": ""}
    updated = {**now, "letter": own["letter"], "origin": own["origin"]}
    return {
        "list": [updated if one is own else one for one in kept],
        "current": current,
    }


def added(
    drafts: Mapping[str, Any] | None, draft: Draft, origin: str = ""
) -> dict[str, Any] | None:
    """Drafts with one more, which is then in hand; None where there are as many as may be.

    origin: letter of the draft that it is without its no-go land, or "".
    """
    kept = list((drafts or NONE)["list"])
    free = [letter for letter in LETTERS if letter not in {one["letter"] for one in kept}]
    if not free:
        return None
    new = {**draft, "letter": free[0], "origin": origin}
    return {"list": sorted([*kept, new], key=lambda one: one["letter"]), "current": free[0]}


def without(drafts: Mapping[str, Any], letter: str) -> dict[str, Any]:
    """Drafts without one of them, which is not the one in hand."""
    rest = [one for one in drafts["list"] if one["letter"] != letter]
    return {"list": rest, "current": drafts["current"]}


def by_letter(drafts: Mapping[str, Any] | None, letter: str) -> Draft | None:
    """The draft of a letter."""
    return next((one for one in (drafts or NONE)["list"] if one["letter"] == letter), None)


def others(drafts: Mapping[str, Any] | None) -> Sequence[Draft]:
    """Drafts that are not in hand."""
    kept = drafts or NONE
    return [one for one in kept["list"] if one["letter"] != kept["current"]]


def against(drafts: Mapping[str, Any] | None, before: Draft | None) -> Draft | None:
    """What the present answer is held against: the first other draft, else the last shape."""
    beside = others(drafts)
    return beside[0] if beside else before
