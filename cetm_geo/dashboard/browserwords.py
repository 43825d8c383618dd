"""Texts of the page's own scripts: they reach assets/ as `cetm.words` and `config.words`."""

from __future__ import annotations

from collections.abc import Mapping

from cetm_geo.language import N_, _

_WORDS: Mapping[str, str] = {
    "map": N_("Map of mining titles; the table holds the same titles"),
    "rebuilt": N_("The data were rebuilt since this page was opened. Reload the page."),
    "copied": N_("Link copied"),
    "unnamed": N_("unnamed"),
    "more_here": N_("and {n} more here: click again for the next"),
}


def browser_words() -> dict[str, str]:
    """Key -> text in the language in force; {names} are filled in by the script."""
    return {key: _(text) for key, text in _WORDS.items()}
