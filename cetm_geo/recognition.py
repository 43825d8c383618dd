"""What a file looks like by its words: a known source, a role, a tenure, a personal column.

The words are data (layers/guessing.toml). A text is compared by whole words: lower case, without
accents, singular; the longest phrase that fits takes its words, so that a community forest is not
also a forest. Everything here is a guess that carries its reason; none is believed unseen.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from cetm_geo import resources
from cetm_geo.formats import DBF_NAME_LETTERS
from cetm_geo.model import Profile, Role, Tenure
from cetm_geo.profiles import names_held

WORDS_FILE = "guessing.toml"
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})|(?<=[^\W\d_])(?=\d{2})")
_TOKEN = re.compile(r"[^\W_]+")

# Plural -> singular: English, Portuguese, Spanish; -ade and -ad are one word in the last two.
_ENDINGS = (("ies", "y"), ("oes", "ao"), ("iones", "ion"), ("ades", "ad"), ("ade", "ad"))
# What became of an application says more than that there was one.
_ENDS_OF_APPLICATIONS = ("refused", "withdrawn", "expired")

Tokens = tuple[str, ...]

# Shapefiles cut the names of columns after ten letters; a number may take the last of them.
_SHORTEST_CUT_NAME, _FEWEST_LETTERS = 8, 4


# --- texts as words ------------------------------------------------------------------------------


@cache
def tokens(text: str) -> Tokens:
    """The words of a name or text: "SitRecID" -> sit, rec, id; "Áreas_2023" -> area, 2023."""
    apart = _CAMEL.sub(" ", text)
    plain = unicodedata.normalize("NFKD", apart).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return tuple(_singular(token) for token in _TOKEN.findall(plain))


def _singular(token: str) -> str:
    """One form for a word and its plural in the four languages; the same on either side."""
    for plural, one in _ENDINGS:
        if len(token) > len(plural) + 2 and token.endswith(plural):
            return token[: -len(plural)] + one
    return token[:-1] if len(token) > 3 and token[-1] == "s" and token[-2] != "s" else token


def _place(phrase: Tokens, words: Tokens) -> tuple[int, int] | None:
    """Where a phrase stands in words, as (first, after last); "protectedarea" is one, too."""
    size = len(phrase)
    for i in range(len(words) - size + 1):
        if words[i : i + size] == phrase:
            return i, i + size
    glued = "".join(phrase)
    if size > 1 and glued in words:
        return words.index(glued), words.index(glued) + 1
    return None


@cache
def word_lists() -> Mapping[str, Any]:
    """layers/guessing.toml: topic -> meaning -> words."""
    path = resources.folder("layers") / WORDS_FILE
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def _phrases(topic: str) -> tuple[tuple[Tokens, str, str], ...]:
    """(tokens, meaning, as written) of a topic, the longest first, else in the list's order."""
    lists: Mapping[str, Sequence[str]] = word_lists()[topic]
    found = [(tokens(word), meaning, word) for meaning, words in lists.items() for word in words]
    return tuple(sorted(found, key=lambda item: (-len(item[0]), -len("".join(item[0])))))


def meanings(text: str, topic: str) -> dict[str, str]:
    """What the words of a text mean by a topic's lists: meaning -> the word that says so."""
    left = tokens(text)
    out: dict[str, str] = {}
    for phrase, meaning, word in _phrases(topic):
        while (place := _place(phrase, left)) is not None:
            out.setdefault(meaning, word)
            left = (*left[: place[0]], "", *left[place[1] :])
    return out


def rank(text: str, topic: str, meaning: str) -> float | None:
    """How well a column's name fits a meaning: 0 is best; None if no word of it fits.

    Words stand in the list from telling to vague; each further word in the name costs a tenth.
    A name that a shapefile cut off (date_octro) is what it began to say, if nothing else fits.
    """
    words = tokens(text)
    for cut in (False, True):
        for i, wanted in enumerate(word_lists()[topic][meaning]):
            phrase = tokens(wanted)
            fits = _is_beginning(words, phrase, text) if cut else _place(phrase, words) is not None
            if fits:
                return i + (len(words) - len(phrase)) / 10
    return None


def _is_beginning(words: Tokens, phrase: Tokens, text: str) -> bool:
    """True if words are a phrase, or end in its beginning, cut off where a shapefile cuts names.

    Some writers put a number in the place of the last letters (CATEGORI3).
    """
    if not words or not _SHORTEST_CUT_NAME <= len(text) <= DBF_NAME_LETTERS:
        return False
    last = words[-1].rstrip("0123456789") if len(phrase) == 1 else words[-1]
    ending = (*words[:-1], last)[-len(phrase) :]
    return (
        ending[:-1] == phrase[:-1]
        and len(last) >= _FEWEST_LETTERS
        and len(last) < len(phrase[-1])
        and phrase[-1].startswith(last)
    )


def is_personal(column: str, examples: Iterable[str] = ()) -> bool:
    """True for a column that by its name, or by holding e-mail addresses, tells of a person."""
    if meanings(column, "personal"):
        return True
    shown = list(examples)
    return bool(shown) and sum("@" in text for text in shown) * 5 >= len(shown)


def is_missing(text: str) -> bool:
    """True for a text that registers write where they have nothing to state."""
    return text.strip().casefold() in _missing_texts()


@cache
def _missing_texts() -> frozenset[str]:
    return frozenset(text.casefold() for text in word_lists()["missing"]["texts"])


def translations(texts: Iterable[str], topic: str) -> tuple[dict[str, list[str]], list[str]]:
    """Texts of a register by the canonical value their words mean, and those that stay unknown.

    Args:
        topic: "status" or "stage". A text whose words mean two values is unknown, but a
            refused application is refused.
    """
    known: dict[str, list[str]] = {}
    unknown: list[str] = []
    for text in texts:
        found = set(meanings(text, topic))
        if len(found) == 2 and found & set(_ENDS_OF_APPLICATIONS):
            found -= {"application"}
        if len(found) == 1:
            known.setdefault(found.pop(), []).append(text)
        else:
            unknown.append(text)
    return known, unknown


# --- known sources -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recognised:
    """A profile that a file looks like, and why."""

    profile: Profile
    reason: str

    @property
    def name(self) -> str:
        """Name of the profile."""
        return self.profile.name

    @property
    def verified(self) -> bool:
        """True if the profile's fields were checked against their publication."""
        return self.profile.facts.verified


def recognise(columns: Sequence[str], name: str, profiles: Iterable[Profile]) -> Recognised | None:
    """The profile whose published fields a file has, whatever their case; None if none fits.

    All of `columns` and one of `any_of` must be there. The longest signature wins; among equals
    one whose name patterns fit, then a verified one. A profile that states no fields (a raster)
    is told by its names alone, and only for a file that has no columns.

    Args:
        columns: of the file. name: of file, member and layer, parted by "/".
    """
    found = []
    for profile in profiles:
        facts = profile.facts
        pattern = _named(name, facts.names)
        held, renamed = names_held(profile, columns)
        # Renaming starts from names that other sources have as well: the file's name has to fit.
        size = _signature(renamed if pattern else held, facts.columns, facts.any_of)
        if size is None or (not size and (held or not pattern)):
            continue
        found.append(((size, bool(pattern), facts.verified), profile, pattern))
    if not found:
        return None
    best = max(found, key=lambda item: item[0])
    tied = [p.name for score, p, _ in found if score == best[0] and p is not best[1]]
    return Recognised(best[1], _why(best[1], best[2], tied))


def _signature(held: set[str], columns: Sequence[str], any_of: Sequence[str]) -> int | None:
    """How many fields tell the source, or None if one of them is absent."""
    of_these = [c for c in any_of if c.casefold() in held]
    if not {c.casefold() for c in columns} <= held or (any_of and not of_these):
        return None
    return len(columns) + bool(of_these)


def _named(name: str, patterns: Sequence[str]) -> str:
    """The first pattern that the file, a member or the layer fits."""
    parts = [part.casefold() for part in re.split(r"[/\\]", name) if part]
    parts += [PurePosixPath(part).stem for part in parts]
    fits = (p for p in patterns if any(fnmatchcase(part, p.casefold()) for part in parts))
    return next(fits, "")


def _why(profile: Profile, pattern: str, tied: Sequence[str]) -> str:
    facts = profile.facts
    reasons = []
    if facts.columns or facts.any_of:
        shown = [*facts.columns, *facts.any_of[: not facts.columns]]
        more = f" and {len(shown) - 4} more" if len(shown) > 4 else ""
        reasons.append(f"it has the fields {', '.join(shown[:4])}{more}")
    if pattern:
        reasons.append(f"its name fits {pattern}")
    if tied:
        reasons.append(f"the same fits {', '.join(tied)}")
    return "; ".join(reasons)


# --- roles ---------------------------------------------------------------------------------------

# What a word is worth where it stands, and what a role needs to be believed.
_IN_NAME, _IN_CONTENTS, _IN_FOLDER, _IN_COLUMNS = 3.0, 2.0, 1.0, 1.0
_MOST_OF_COLUMNS = 3.0
_ENOUGH = 3.0
_AHEAD = 1.5


@dataclass(frozen=True)
class RoleGuess:
    """A role by words. role: None where no role is told clearly enough; the reason says why."""

    role: Role | None
    reason: str


def guess_role(
    name: str, folder: str, columns: Sequence[str], contents: Mapping[str, float]
) -> RoleGuess:
    """The role that a layer's words tell.

    Args:
        name: of file, member and layer. folder: the folders above the file, below the data folder.
        columns: of the file. contents: texts of its columns of kinds -> share of the rows.
    """
    scores: dict[str, float] = {}
    reasons: dict[str, list[str]] = {}

    def credit(role: str, points: float, reason: str) -> None:
        scores[role] = scores.get(role, 0.0) + points
        reasons.setdefault(role, []).append(reason)

    for role, word in meanings(name, "roles").items():
        credit(role, _IN_NAME, f"'{word}' in its name")
    for role, word in meanings(folder, "roles").items():
        credit(role, _IN_FOLDER, f"'{word}' in its folder")
    for role, names in _told_by_columns(columns).items():
        points = min(len(names) * _IN_COLUMNS, _MOST_OF_COLUMNS)
        credit(role, points, f"columns {', '.join(names[:3])}")
    for role, (share, text) in _told_by_contents(contents).items():
        credit(role, share * _IN_CONTENTS, f"rows that say '{text}'")
    return _decided(scores, reasons)


def _told_by_columns(columns: Sequence[str]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for column in columns:
        for role in meanings(column, "role_columns"):
            out.setdefault(role, []).append(column)
    return out


def _told_by_contents(contents: Mapping[str, float]) -> dict[str, tuple[float, str]]:
    out: dict[str, tuple[float, str]] = {}
    for text, share in contents.items():
        for role in meanings(text, "roles"):
            total, first = out.get(role, (0.0, text))
            out[role] = (min(1.0, total + share), first)
    return out


def _decided(scores: Mapping[str, float], reasons: Mapping[str, list[str]]) -> RoleGuess:
    ranked = sorted(scores, key=lambda role: -scores[role])
    if not ranked:
        return RoleGuess(None, "no word in its names or contents tells what it is")
    best, *others = ranked
    clear = not others or scores[best] >= _AHEAD * scores[others[0]]
    if scores[best] >= _ENOUGH and clear:
        return RoleGuess(Role(best), "; ".join(reasons[best]))
    told = "; or ".join(f"{role} ({', '.join(reasons[role])})" for role in ranked[:2])
    return RoleGuess(None, f"not told clearly: {told}")


def guess_tenure(texts: Iterable[str]) -> tuple[Tenure | None, str]:
    """The tenure that names and texts of a community layer tell, and the word that tells it."""
    for text in texts:
        found = meanings(text, "tenure")
        for meaning in (Tenure.CLAIMED, *found):  # land that is claimed is not yet held
            if meaning in found:
                return Tenure(meaning), found[meaning]
    return None, ""
