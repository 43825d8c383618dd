"""The words, letters and signs of coordinates in English, French, Spanish and Portuguese."""

from __future__ import annotations

import re
import unicodedata

LETTERS = {
    **dict.fromkeys(("n", "north", "nord", "norte"), "N"),
    **dict.fromkeys(("s", "south", "sud", "sur", "sul"), "S"),
    **dict.fromkeys(("e", "east", "est", "este", "l", "leste"), "E"),
    # West of three languages, and never the German East.
    **dict.fromkeys(("w", "west", "o", "ouest", "oeste"), "W"),
}
AXIS_WORDS = {
    **dict.fromkeys(("lat", "latitude", "latitud", "latitudes"), "lat"),
    **dict.fromkeys(("lon", "long", "lng", "longitude", "longitud", "longitudes"), "lon"),
    **dict.fromkeys(("x", "easting", "eastings"), "lon"),
    **dict.fromkeys(("y", "northing", "northings"), "lat"),
}
UNITS = {
    **dict.fromkeys(("d", "deg", "degree", "degrees", "degre", "degres"), "°"),
    **dict.fromkeys(("grado", "grados", "grau", "graus"), "°"),
    **dict.fromkeys(("m", "mn", "min", "minute", "minutes", "minuto", "minutos"), "'"),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "seconde", "secondes"), '"'),
    **dict.fromkeys(("seg", "segundo", "segundos"), '"'),
}
AND = frozenset(("and", "et", "y", "e"))
FILLERS = frozenset(
    ("and", "et", "y", "de", "of", "the", "la", "le", "du", "da", "do", "hemisphere", "hemisferio")
)
AXIS_OF = {"N": "lat", "S": "lat", "E": "lon", "W": "lon"}
NEGATIVE = frozenset("SW")

_SIGNS = str.maketrans(
    {
        **dict.fromkeys("−‒–—―‐‑﹣－", "-"),
        **dict.fromkeys("º˚∘⁰◦ᵒ", "°"),
        **dict.fromkeys("′’‘´`ʹʼ‛＇", "'"),
        **dict.fromkeys("″“”˝ʺ„‟＂", '"'),
        **dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f\u2002\u2003", " "),
        **dict.fromkeys("\u200b\u200e\u200f\u2060\ufeff\u00ad", ""),
        "，": ",", "；": ";", "：": ":",
    }
)  # fmt: skip


def plain(text: str) -> str:
    """`text` with one sign per meaning: - ° ' " and letters without accents."""
    # A degree sign in UTF-8 that was read as Latin-1.
    text = text.replace("Â°", "°").replace("Âº", "°").translate(_SIGNS)
    if not text.replace("°", "").isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in text if not unicodedata.combining(c))
    text = text.replace("''", '"')
    # A small o after whole degrees stands for the degree sign where minutes follow.
    return re.sub(r"(?<=\d)o(?=\s*\d{1,2}(?:[.,]\d+)?\s*')", "°", text)


def axes_of_title(text: str) -> tuple[str, ...]:
    """The axes that a line without numbers names, in order: ("lat", "lon") of `Lat; Long`."""
    words = re.findall(r"[a-z]+", text.casefold())
    named = [AXIS_WORDS[w] for w in words if w in AXIS_WORDS and w not in AND]
    if "x" in words and "y" in words:
        named = [AXIS_WORDS[w] for w in words if w in AXIS_WORDS]
    if not named:
        named = [AXIS_OF[LETTERS[w]] for w in words if w in LETTERS]
    return tuple(dict.fromkeys(named))


_SOUTH, _WEST = r"(?:s|south|sud|sur|sul)", r"(?:w|west|ouest|oeste)"
_LAT, _LON = r"lat(?:itude?s?)?", r"(?:lng|long?(?:itude?s?)?)"
_SIDES = {  # O after a longitude is West, but not in `longitud o latitud`
    "S": re.compile(rf"\b{_LAT}[\s(\[._:/-]*{_SOUTH}\b|\b{_SOUTH}[\s._-]*{_LAT}\b"),
    "W": re.compile(rf"\b{_LON}[\s(\[._:/-]*(?:{_WEST}|o(?!\s+lat))\b|\b{_WEST}[\s._-]*{_LON}\b"),
}


def sides_of_title(text: str) -> frozenset[str]:
    """S, W or both where a title says that its numbers are south or west: `Lat (S)`, `S; W`."""
    title = text.casefold().replace("_", " ")
    words = re.findall(r"[a-z]+", title)
    if not any(word in AXIS_WORDS and len(word) > 1 for word in words):
        letters = {LETTERS[word] for word in words if word in LETTERS}
        both = {AXIS_OF[letter] for letter in letters} == {"lat", "lon"}
        return frozenset(letters & NEGATIVE) if both and len(letters) == 2 else frozenset()
    return frozenset(side for side, pattern in _SIDES.items() if pattern.search(title))


# --- points' labels ------------------------------------------------------------------------------

_NAMES = frozenset((*LETTERS, *AXIS_WORDS, *UNITS))
_PUNCTUATED = re.compile(
    r"\s*[#(\[]*(?:[nN][°.]\s*)?(?P<name>(?:[A-Za-z]{1,16}[ ._-]{0,2}){0,3}\d{0,5}[A-Za-z]?'?)\s*"
    r"(?P<mark>[)\]]+[.:]?|[:.](?=\s)|-(?=\s))\s*"
)
_SPACED = re.compile(
    r"\s*(?:[nN]°\s*\d{1,5}|[A-Za-z]{1,16}[ ._-]?\d{1,5}[A-Za-z]?)(?=[\s,;|])[\s,;|]*"
)
_COLON = re.compile(r"\s*\d{1,4}:(?=[-+\d])")


def without_label(text: str) -> list[str]:
    """The line without what may be a point's label, the likeliest first; always the line itself.

    `P1: `, `A) `, `Point 3 - `, `1. ` go before the line is tried as it stands, `S1 ` and `1:`
    only where it cannot be read as it stands: S1 may be one degree south.
    """
    tried = []
    found = _PUNCTUATED.match(text)
    if found and _is_label(found["name"], found["mark"]):
        tried.append(text[found.end() :])
    tried.append(text)
    for pattern in (_SPACED, _COLON):
        found = pattern.match(text)
        if found:
            tried.append(text[found.end() :])
    return tried


def _is_label(name: str, mark: str) -> bool:
    words = re.findall(r"[a-z]+", name.casefold())
    if any(word in AXIS_WORDS and len(word) > 1 for word in words):
        return False
    if re.search(r"\d", name):
        return True
    return bool(words) and (not _NAMES & set(words) or (mark[0] in ")]" and len(name) == 1))


def lettered(lines: list[str]) -> bool:
    """True where lines begin with A, B, C ... in order: these are labels, even E, N, O and S."""
    firsts = [re.match(r"\s*([A-Za-z])[\s,;:.)\]-]", line) for line in lines]
    letters = [found[1].upper() if found else "" for found in firsts]
    run = [chr(ord("A") + i) for i in range(min(len(lines), 26))]
    closed = len(letters) > 3 and letters[-1] == "A" and letters[:-1] == run[:-1]
    return len(lines) >= 3 and len(lines) <= 26 and (letters == run or closed)


# --- what a line says of its system --------------------------------------------------------------

_WGS = re.compile(r"\bwgs[\s_-]*(?:19)?84\b", re.IGNORECASE)
_ANY_DATUM = re.compile(
    r"\bdatum(?:\s*[:=]\s*|\s+)"
    r"(?!wgs|world|horizontal|geod|off?ici|(?:of|the|used|is|and|y|et|e)\b)([A-Za-z][\w-]*)",
    re.IGNORECASE,
)
_EPSG = re.compile(r"\bepsg\s*[:=]?\s*(\d{4,6})\b", re.IGNORECASE)
_DATUM = re.compile(
    r"\b(arc[\s-]*19?[56]0|clarke[\s-]*(?:18)?[68][06]|psad[\s-]*(?:19)?56|sad[\s-]*(?:19)?69"
    r"|nad[\s-]*(?:19)?(?:27|83)|ed[\s-]*(?:19)?50|sirgas(?:[\s-]*2000)?|magna|adindan|cape|minna"
    r"|hartebeesthoek(?:[\s-]*94)?|indian(?:[\s-]*19?[567][054])?|corrego[\s-]*alegre|bessel"
    r"|gda[\s-]*(?:94|2020)|pulkovo(?:[\s-]*(?:19)?42)?|tete|lisboa|datum[\s-]*73)\b",
    re.IGNORECASE,
)


def epsg_of(text: str) -> str:
    """The CRS that a line names by its EPSG number, or ''."""
    found = _EPSG.search(text)
    return f"EPSG:{found[1]}" if found else ""


def datum_of(text: str) -> str:
    """The datum other than WGS 84 that a line names, or ''."""
    found = _DATUM.search(text)
    other = _ANY_DATUM.search(_WGS.sub(" wgs84 ", text))
    return found[0] if found else other[1] if other else ""


def without_system(text: str) -> str:
    """The line without the names of datums and EPSG numbers."""
    for pattern in (_EPSG, _WGS, _DATUM):
        text = pattern.sub(" ", text)
    return text
