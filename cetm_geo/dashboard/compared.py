"""What a rule compares with what, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cetm_geo.dashboard.answer.reading import in_language
from cetm_geo.language import N_, _

# How a number is held against a threshold, with what is compared.
_COMPARED = {
    ">": N_("{what}: more than {number}"),
    ">=": N_("{what}: at least {number}"),
    "<": N_("{what}: less than {number}"),
    "<=": N_("{what}: at most {number}"),
    "==": N_("{what}: is {number}"),
    "!=": N_("{what}: is not {number}"),
}
_YES = ("0 or 1", 1.0)


def compared(comparison: Mapping[str, Any]) -> str:
    """A comparison of a number with its threshold, as cards give it (`cards.CardMaker`)."""
    what = in_language(comparison["label"])
    if comparison["op"] == "overlaps":
        return _("{what}: any overlap wider than the mapping error").format(what=what)
    if (comparison["unit"], comparison["threshold"]) == _YES and comparison["op"] == ">=":
        return what.rpartition(", ")[0] or what
    if comparison["op"] == ">" and not comparison["threshold"]:
        return _("{what}: any").format(what=what)
    number = in_language(comparison["shown"]) if comparison["shown"] else "?"
    return _(_COMPARED[comparison["op"]]).format(what=what, number=number)
