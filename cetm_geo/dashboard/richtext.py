"""Translated sentences with components in their places, wherever a language puts these."""

from __future__ import annotations

from string import Formatter
from typing import Any

from babel.lists import format_list

from cetm_geo.language import SOURCE, chosen, locale

_BRITISH = "en_GB"  # a, b or c; the locale `en` writes a, b, or c


def rich(text: str, **parts: Any) -> list[Any]:
    """`rich(_("On {n} titles"), n=html.B("3"))` -> "On ", the component, " titles".

    Raises KeyError for a place that has no part.
    """
    out: list[Any] = []
    for literal, name, _form, _conversion in Formatter().parse(text):
        out += [literal] if literal else []
        out += [parts[name]] if name is not None else []
    return out


def joined(names: list[str], *, either: bool = False) -> str:
    """Names as a list in the language in force: a, b and c; or a, b or c."""
    where = _BRITISH if chosen() == SOURCE else locale()
    return str(format_list(names, "or" if either else "standard", where))
