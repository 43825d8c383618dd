"""Flags -> sentences a person reads, in four languages, every number with its unit."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from babel import Locale
from babel.numbers import format_decimal, format_percent

from cetm_geo.language import SOURCE, speaking
from cetm_geo.measure import HA_PER_KM2
from cetm_geo.model import Mineral, Role, Rule
from cetm_geo.rulebook import RULES
from cetm_geo.rulebook.minerals import label_of
from cetm_geo.words import role_label

GLUE = "\u00a0"  # no-break space: between number and unit
_NAMED = 3
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SYMBOLS = {"km": "km", "ha": "ha", "m": "m", "deg": "°", "g": "g", "km/km2": "km/km²"}


@dataclass(frozen=True)
class Shown:
    """What the sentence of one raised flag may name.

    value, threshold: numbers with their unit as the catalogue gives it. evidence: label, value and
    unit of each condition that held. features: names, None where one has none.
    """

    value: float | None = None
    unit: str = ""
    threshold: float | None = None
    threshold_unit: str = ""
    text: str = ""
    evidence: Sequence[tuple[str, float | None, str]] = ()
    features: Sequence[str | None] = ()
    countries: Sequence[str] = ()
    minerals: Sequence[str] = field(default_factory=tuple)


def sentence(rule: Rule, shown: Shown, language: str) -> str:
    """What a raised flag says: the rule's sentence with its numbers."""

    def filled(found: re.Match[str]) -> str:
        return _part(found.group(1), shown, language)

    return _PLACEHOLDER.sub(filled, rule.sentence[language].text)


def _part(name: str, shown: Shown, language: str) -> str:
    if name == "value":
        return amount(shown.value, shown.unit, language)
    if name == "threshold":
        return amount(shown.threshold, shown.threshold_unit, language)
    if name == "features":
        return listed(shown.features, language)
    if name == "evidence":
        colon = f"{GLUE}:" if language == "fr" else ":"
        parts = [f"{label}{colon} {amount(v, u, language)}" for label, v, u in shown.evidence]
        return f"{GLUE}; ".join(parts) if language == "fr" else "; ".join(parts)
    if name == "text":
        return shown.text or word("not stated", language)
    named = shown.countries if name == "countries" else shown.minerals
    return ", ".join(named) or word("not stated", language)


def in_language(text: str, unit: str, language: str, minerals: Mapping[str, Mineral]) -> str:
    """What an indicator says in words, in another language as far as it names minerals or roles."""
    if unit == "minerals":
        by_label = {label_of(name, "en", minerals): name for name in minerals}
        named = [by_label.get(part, part) for part in text.split(", ")]
        return ", ".join(label_of(name, language, minerals) for name in named)
    if unit == "layers":
        roles = _roles()
        return ", ".join(roles.get(part, {}).get(language, part) for part in text.split(", "))
    return text


def amount(value: float | None, unit: str, language: str) -> str:
    """A number with its unit as the language writes them: 3,2 km², 12 titres, 48,1 %."""
    if value is None or math.isnan(value):
        return word("not stated", language)
    own = _FORMS.get(unit)
    if own is not None:
        return own(value, language)
    shown = _number(value, _decimals(value, unit), language)
    if unit in _SYMBOLS:
        return f"{shown}{GLUE}{_SYMBOLS[unit]}"
    kinds = _words().get(unit)
    if kinds is None:
        return shown
    return f"{shown}{GLUE}{_in_number(kinds[language], round(value), language)}"


def listed(names: Sequence[str | None], language: str) -> str:
    """Up to three names, and how many more there are."""
    named = [name for name in dict.fromkeys(names) if name]
    if not named:
        return word("unnamed", language)
    more = len(named) - _NAMED
    shown = ", ".join(named[:_NAMED])
    if more <= 0:
        return shown
    rest = _in_number(_words()["and more"][language], more, language)
    return f"{shown} {rest.format(_number(more, 0, language))}"


def word(name: str, language: str) -> str:
    """One of the words that stand beside units."""
    return _words()[name][language][0]


def _in_number(forms: Sequence[str], count: int, language: str) -> str:
    """One or several, as the language counts: French says 0 in the singular."""
    return forms[0 if _locale(language).plural_form(abs(count)) == "one" else -1]


def _decimals(value: float, unit: str) -> int:
    whole = unit in _words() or unit in ("class", "0 or 1", "contact", "order")
    return 0 if whole and unit != "times" else 1 if abs(value) < 100 else 0


def _area(km2: float, language: str) -> str:
    hectares = km2 * HA_PER_KM2
    if 0 < hectares < 0.05:
        return f"<{GLUE}{_number(0.1, 1, language)}{GLUE}ha"
    if 0 < round(hectares, 1) < HA_PER_KM2:
        return f"{_number(hectares, 1, language)}{GLUE}ha"
    return f"{_number(km2, 2 if 0 < km2 < 100 else 0, language)}{GLUE}km²"


def _distance(km: float, language: str) -> str:
    if 0 < km < 0.9995:
        return f"{_number(max(1000 * km, 1), 0, language)}{GLUE}m"
    return f"{_number(km, 1 if 0 < km < 100 else 0, language)}{GLUE}km"


def _percent(share: float, language: str) -> str:
    if 0 < share < 0.001:
        return "<" + GLUE + _format_percent(0.001, language)
    return _format_percent(share, language)


def _format_percent(share: float, language: str) -> str:
    return str(format_percent(round(share, 3), format=None, locale=_locale(language),
                              decimal_quantization=False))  # fmt: skip


def _number(value: float, decimals: int, language: str) -> str:
    return str(format_decimal(round(value, decimals), locale=_locale(language)))


_FORMS: Mapping[str, Callable[[float, str], str]] = {
    "km2": _area,
    "km": _distance,
    "share": _percent,
    "share_per_year": _percent,
}


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


@cache
def _words() -> Mapping[str, Mapping[str, list[str]]]:
    return tomllib.loads((RULES / "units.toml").read_text(encoding="utf-8"))


@cache
def _roles() -> Mapping[str, Mapping[str, str]]:
    """What each role is called, by what it is called in English."""
    held = tomllib.loads((RULES / "roles.toml").read_text(encoding="utf-8"))
    with speaking(SOURCE):
        return {role_label(Role(name)): texts for name, texts in held.items()}
