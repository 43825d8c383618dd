"""The texts of what the page shows, taken from its components, where these are the wording."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cetm_geo.dashboard.figures import Component

_GAP = " "


def text_of(part: Any) -> str:
    """All that is read in a component, with single spaces."""
    return _GAP.join("".join(_texts(part)).split(" ")).strip()


def _texts(part: Any) -> Iterator[str]:
    if part is None:
        return
    if isinstance(part, str | int | float):
        yield str(part)
        return
    if isinstance(part, list | tuple):
        for one in part:
            yield from _texts(one)
        return
    if "sign" in str(getattr(part, "className", "") or "").split():
        return
    inner = getattr(part, "children", None)
    # What stands in a part of its own on the page is apart in a sentence too.
    yield from (_GAP, *_texts(inner), _GAP) if _is_apart(part) else _texts(inner)


def _is_apart(part: Any) -> bool:
    return getattr(part, "_type", "") not in ("B", "A", "Abbr")


def components(part: Any, kind: str, class_name: str = "") -> Iterator[Component]:
    """Components of a kind, such as Li, within a part; where a class is given, those of it."""
    if part is None or isinstance(part, str | int | float):
        return
    if isinstance(part, list | tuple):
        for one in part:
            yield from components(one, kind, class_name)
        return
    own = str(getattr(part, "className", "") or "").split()
    if getattr(part, "_type", "") == kind and (not class_name or class_name in own):
        yield part
    yield from components(getattr(part, "children", None), kind, class_name)
