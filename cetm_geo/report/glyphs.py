"""Which letters the fonts at hand draw: what none of them draws is spelled out, never a box."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTCollection, TTFont, TTLibError

from cetm_geo.errors import ExportError
from cetm_geo.web import vendor

ENVIRONMENT = "CETM_FONTS"
CARRIED = vendor.FOLDER / "print"
_ENDINGS = (".ttf", ".otf", ".ttc", ".otc")
# Latin alone: other letters form clusters that nothing may part, and break by rules of their own.
_LONG_WORD = re.compile(r"[!-,.0-~\u00c0-\u024f]{33,}")
_BREAK_AFTER, _MAY_BREAK = 16, "\u200b"
# Nothing is drawn for these, whatever a font holds.
_UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")


def folders() -> list[Path]:
    """Where fonts are: those that the program carries, and the operator's (CETM_FONTS).

    Raises ExportError where neither is there.
    """
    own = os.environ.get(ENVIRONMENT)
    if own and not Path(own).is_dir():
        raise ExportError(f"{ENVIRONMENT}={own}: there is no such folder.", "Mend the setting.")
    found = [path for path in (CARRIED, *([Path(own)] if own else [])) if path.is_dir()]
    if not found:
        raise ExportError(
            "There are no fonts to print with.",
            f"Build the browser modules (python cetm_geo/web/hatch_build.py) or set {ENVIRONMENT}.",
        )
    return found


def missing(texts: Iterable[str], places: Iterable[Path]) -> set[str]:
    """The letters of texts that no font in these folders draws."""
    wanted = {letter for letter in set().union(*map(set, texts)) if not _UNSEEN.match(letter)}
    wanted = {letter for letter in wanted if unicodedata.category(letter) not in ("Cc", "Cs")}
    for place in places:
        # The smallest first: most letters are Latin, and a Chinese font takes long to open.
        for file in sorted(_files(place), key=lambda file: file.stat().st_size):
            if not wanted:
                return wanted
            wanted -= _drawn(file)
    return wanted


def spelled(text: str, lacking: set[str]) -> str:
    """`text` with each letter that cannot be drawn as its number, and no control characters.

    A Latin word that is too long for a line may break after every _BREAK_AFTER letters.
    """
    kept = "".join(
        f"[U+{ord(x):04X}]" if x in lacking else x for x in text if unicodedata.category(x) != "Cs"
    )
    kept = "".join(x if unicodedata.category(x) != "Cc" else " " for x in kept)
    return _LONG_WORD.sub(lambda word: _MAY_BREAK.join(_parts(word.group())), kept)


def _parts(word: str) -> list[str]:
    return [word[at : at + _BREAK_AFTER] for at in range(0, len(word), _BREAK_AFTER)]


def _files(place: Path) -> list[Path]:
    return [file for file in place.rglob("*") if file.suffix.lower() in _ENDINGS]


@cache
def _drawn(file: Path) -> frozenset[str]:
    """The letters that a file's fonts draw; none of a file that is no font."""
    opened = TTCollection if file.suffix.lower() in (".ttc", ".otc") else TTFont
    try:
        with opened(file, lazy=True) as held:
            fonts = held.fonts if isinstance(held, TTCollection) else [held]
            return frozenset(chr(code) for font in fonts for code in font.getBestCmap() or ())
    except (TTLibError, OSError, KeyError, ValueError):
        return frozenset()
