"""UTM zones as written: 35S, Zone 35L, UTM zone 35 South, fuso 23 Sul.

Bands: C to M lie south of the equator, N to X north (the grid of MGRS). A lone S is South or band S
(latitude 32 to 40 north); a lone N is North either way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cetm_geo.coordinates.spelling import LETTERS

_BANDS = "CDEFGHJKLMNPQRSTUVWX"
_SOUTHERN = frozenset("CDEFGHJKLM")
_HEMISPHERE = (
    r"(?:hemis(?:phere|ferio)?\.?\s*)?"
    r"(?P<side>north(?:ern)?|nord|norte|south(?:ern)?|sud|sur|sul)\b"
)
_WORD = r"(?:zona|zone|fuseau|fuso|huso|faja)"
_SPOKEN = re.compile(
    rf"(?:\butm\b[\s,:-]*)?(?:\b{_WORD}\b|\butm\b)[\s:=.-]*(?:utm[\s:-]*)?(?P<zone>\d{{1,2}})(?!\d|[.,]\d)"
    rf"\s*[°]?[\s,-]*(?:{_HEMISPHERE}|(?P<band>[c-hj-np-x])\b)?"
    r"(?:[\s,]*\butm\b)?(?:[\s,]*hemis(?:phere|ferio)\b)?",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"(?<![\d.,A-Za-z])(?P<zone>\d{1,2})\s?(?P<band>[C-HJ-NP-Xc-hj-np-x])(?![A-Za-z])"
)
_ALONE = re.compile(r"\s*(?:utm\s*)?\d{1,2}\s?[C-HJ-NP-X]\s*", re.IGNORECASE)
_METRES = re.compile(r"(?<![\d.,])(?:\d{5,}|\d{1,3}([ ,.'])\d{3}\1\d{3})")


@dataclass(frozen=True)
class Zone:
    """A UTM zone; south is None where the text leaves the hemisphere open.

    band: the letter as written, '' for a word; it may hold the coordinates against the latitude.
    """

    number: int
    south: bool | None
    band: str = ""


def has_metres(text: str) -> bool:
    """True for a number of five whole digits, or of two groups of thousands: no degrees."""
    return _METRES.search(text) is not None


def zone_of(text: str) -> tuple[Zone | None, str]:
    """The zone a line names, and the line without it.

    A bare `35S` counts only alone on its line or beside numbers of five digits: else it is degrees.
    """
    found = _SPOKEN.search(text)
    if not found and (_ALONE.fullmatch(text) or has_metres(text)):
        found = _BARE.search(text)
    if not found or not 1 <= int(found["zone"]) <= 60:
        return None, text
    rest = f"{text[: found.start()]} ; {text[found.end() :]}"
    groups = found.groupdict()
    return _zone(int(found["zone"]), groups.get("side"), groups["band"]), rest


def _zone(number: int, side: str | None, band: str | None) -> Zone:
    if side:
        word = side.casefold().removesuffix("ern")
        return Zone(number, LETTERS[word] == "S")
    letter = (band or "").upper()
    if letter in ("", "S"):
        return Zone(number, None, letter)
    return Zone(number, letter in _SOUTHERN, letter)


def zone_of_cell(text: str) -> Zone | None:
    """The zone in a column of zones, where N and S are hemispheres: 35S, 35 South, -35, L35."""
    found = re.fullmatch(r"\D*?(-?\d{1,2})\s*[°]?\s*-?\s*([A-Za-z]*)\W*", text.strip())
    if not found or not 1 <= abs(int(found[1])) <= 60:
        return None
    number, word = int(found[1]), found[2].casefold()
    if not word:
        return Zone(-number, True) if number < 0 else Zone(number, None)
    if LETTERS.get(word) in ("N", "S"):
        return Zone(abs(number), LETTERS[word] == "S")
    return _zone(abs(number), None, word) if len(word) == 1 and word.upper() in _BANDS else None


def band_latitudes(band: str) -> tuple[float, float]:
    """The latitudes of an MGRS band: 8 degrees each from 80 S, X reaches to 84 N."""
    south = -80.0 + 8.0 * _BANDS.index(band)
    return south, 84.0 if band == "X" else south + 8.0
