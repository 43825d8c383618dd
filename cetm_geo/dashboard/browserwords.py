"""Texts of the page's own scripts: they reach assets/ as `cetm.words` and `config.words`."""

from __future__ import annotations

from collections.abc import Mapping

from cetm_geo.language import N_, _

_WORDS: Mapping[str, str] = {
    "map": N_(
        "Map of mining titles; the table holds the same titles. Arrow keys move it, + and - zoom."
    ),
    "north": N_("{n}° N"),
    "south": N_("{n}° S"),
    "east": N_("{n}° E"),
    "west": N_("{n}° W"),
    "km": N_("{n} km"),
    "m": N_("{n} m"),
    "ratio": N_("~ 1 : {n}"),
    "no_base": N_("The base map does not answer: the map stands on the outline of the world."),
    "copied": N_("Link copied"),
    "unnamed": N_("unnamed"),
    "counting": N_("Counting titles…"),
    "no_answer": N_("No answer yet: what is shown may be of other filters."),
    "no_suggestions": N_("Nothing found by this name"),
    "rows_failed": N_("The titles could not be read: close the table and open it again."),
    "table": N_("Titles; press Enter on a row to open it"),
    "piece_shown": N_("Shown on the map: {said}"),
    "piece_withheld": N_("The shape of this overlap is not shown: {reason}"),
    "piece_missing": N_("The shape of this overlap is not stored, so it cannot be shown."),
    "upload_failed": N_("The file could not be read: the server did not answer."),
    "upload_again": N_("See whether it is within the limits, and give it again."),
    "hint_draw": N_("Click each corner; close the shape at its first one."),
    "hint_edit": N_("Drag a corner; click a hollow one to add it; right-click one to remove it."),
    "hint_tap": N_("Drag a corner; tap a hollow one to add it, a filled one to remove it."),
    "more_here": N_("and {n} more here: click again for the next"),
    "more_around": N_("its sign stands for {n} more close by: zoom in for each"),
}


def browser_words() -> dict[str, str]:
    """Key -> text in the language in force; {names} are filled in by the script."""
    return {key: _(text) for key, text in _WORDS.items()}
