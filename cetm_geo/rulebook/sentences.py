"""Whether what a flag says can be read in every language, and never with a gap in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import combinations

from cetm_geo.model import Role
from cetm_geo.model.rules import LANGUAGES, Condition, Level, Operator, Rule, Sentence
from cetm_geo.rulebook.indicators import Indicators

PLACEHOLDERS = ("value", "threshold", "features", "evidence", "text", "countries", "minerals")
_BRACES = re.compile(r"\{([^{}]*)\}")
# Units whose indicators carry words beside the number: which levels, layers, minerals, countries.
_WORDED = ("class", "minerals", "layers", "borders", "countries")
_WITH_COUNTRIES = ("transboundary", "corridor_border_count", "water_basin_country_count")
_WITHOUT_LAND = (Role.HERITAGE, Role.SETTLEMENT)  # whose features are often points: no km2


def problems_of_texts(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong with one text in each language, as (language, told)."""
    for language in LANGUAGES:
        if not texts.get(language, "").strip():
            yield language, "required, not given"
    for language in texts:
        if language not in LANGUAGES:
            yield language, f"unknown language; {', '.join(LANGUAGES)}"


def problems_of_sentences(
    rule: Rule, roles: Mapping[str, str], indicators: Indicators | None
) -> Iterator[tuple[str, str]]:
    """What is wrong with a rule's sentences, as (key below the rule, told).

    Args:
        roles: of each scope, the role it is of. indicators: None where they could not be read.
    """
    sentences: Mapping[str, Sentence] = rule.sentence
    texts = {language: sentence.text for language, sentence in sentences.items()}
    for language, told in problems_of_texts(texts):
        yield f"sentence.{language}", told
    for one, other in combinations(sorted(texts), 2):
        if texts[one].strip() and _plain(texts[one]) == _plain(texts[other]):
            yield f"sentence.{other}", f"the same as in {one}: it is not translated"
    held = {name for name in PLACEHOLDERS if _is_held(name, rule, roles, indicators)}
    for language, text in texts.items():
        for name in _BRACES.findall(text):
            if name not in PLACEHOLDERS:
                known = ", ".join(PLACEHOLDERS)
                yield f"sentence.{language}", f"unknown placeholder {{{name}}}; of {known}"
            elif name not in held:
                told = f"{{{name}}} may be empty where the rule is raised: say it without"
                yield f"sentence.{language}", told
        if re.search(r"[{}]", _BRACES.sub("", text)):
            yield f"sentence.{language}", "a brace that belongs to no placeholder"


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _is_held(
    name: str, rule: Rule, roles: Mapping[str, str], indicators: Indicators | None
) -> bool:
    """True if something stands in a placeholder whenever a level of the rule holds."""
    if name == "features":
        return bool(rule.scope)
    return all(_level_holds(name, level, roles, indicators) for level in rule.levels)


def _level_holds(
    name: str, level: Level, roles: Mapping[str, str], indicators: Indicators | None
) -> bool:
    """The first condition that holds decides: the first of `all`, else any of `any`."""
    asked = [c for c in level.all if c.indicator]
    if name in ("evidence", "countries", "minerals"):
        conditions = [*asked, *(c for c in level.any if not asked)]
        some = any if asked else all
        return bool(conditions) and some(_gives(name, c, roles, indicators) for c in conditions)
    if asked:
        return _gives(name, asked[0], roles, indicators)
    return bool(level.any) and all(_gives(name, c, roles, indicators) for c in level.any)


def _gives(
    name: str, condition: Condition, roles: Mapping[str, str], indicators: Indicators | None
) -> bool:
    """True if a condition that holds fills a placeholder."""
    indicator = condition.indicator
    if not indicator or name == "evidence":
        return bool(indicator)
    if name == "countries":
        return indicator in _WITH_COUNTRIES
    if name == "threshold":
        return condition.op is not Operator.OVERLAPS
    if name == "value":
        return _has_number(condition, roles)
    unit = indicators.unit_of(indicator) if indicators else None
    if name == "minerals":
        return indicators is None or unit == "minerals"
    return indicators is None or unit in _WORDED or indicator in _WITH_COUNTRIES


def _has_number(condition: Condition, roles: Mapping[str, str]) -> bool:
    """Points have no land, and what lies beyond the search has no distance."""
    if condition.op is Operator.OVERLAPS:
        return roles.get(condition.indicator.removesuffix("_contact")) not in _WITHOUT_LAND
    rising = condition.op in (Operator.ABOVE, Operator.AT_LEAST, Operator.IS_NOT)
    return not (rising and condition.indicator.endswith("_nearest_km"))
