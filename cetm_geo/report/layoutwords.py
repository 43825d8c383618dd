"""The few words that layouts say themselves, in the language in force."""

from __future__ import annotations

from collections.abc import Mapping

from cetm_geo.language import _


def layout_words() -> Mapping[str, str]:
    """Texts by the name that page.typ and html.py have for them."""
    return {
        "because": _("Because:"),
        "page": _("Page {page} of {pages}"),
        "glyphs": _("Letters that no font at hand draws"),
    }
