"""rules/groups.toml -> groups of features; every problem of the file is reported at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from cetm_geo.errors import DefinitionError, Problem
from cetm_geo.model import Role, Tenure
from cetm_geo.model.rules import LANGUAGES, FeatureGroup
from cetm_geo.rulebook.entries import RULES, entries_of, validated
from cetm_geo.tomltext import read_toml

FILE = "groups.toml"
OVERLAP_KM2, OVERLAP_SHARE, NEAREST_KM = "overlap_km2", "overlap_share", "nearest_km"
COUNT, CONTACT = "count", "contact"
SUFFIXES = (OVERLAP_KM2, OVERLAP_SHARE, NEAREST_KM, COUNT, CONTACT)
_ID = re.compile(r"[a-z][a-z0-9_]*")
_KEYS = tuple(f.name for f in fields(FeatureGroup))
_ADAPTER = TypeAdapter(FeatureGroup)
_WAYS = ("classes", "tenures", "rest", "min_order")


def read_groups(folder: Path = RULES) -> dict[str, FeatureGroup]:
    """The groups of groups.toml in a folder of rules, by id.

    Raises DefinitionError with all problems of the file.
    """
    path, problems = folder / FILE, list[Problem]()
    raw = read_toml(path, problems)
    problems += [Problem(str(path), key, "unknown key") for key in raw if key != "group"]
    groups: list[FeatureGroup] = []
    for place, entry in enumerate(entries_of(raw, "group", path, problems), 1):
        name = f"group.{entry.get('id', place)}"
        found = validated(_ADAPTER, _KEYS, entry, path, name, problems)
        groups += [found] if found else []
    known = {group.id: group for group in groups}
    for name, count in Counter(group.id for group in groups).items():
        if count > 1:
            problems.append(Problem(str(path), f"group.{name}", "the id has two meanings"))
    for group in groups:
        for key, text in _mistakes(group, known):
            problems.append(Problem(str(path), f"group.{group.id}{key}", text))
    if problems:
        raise DefinitionError(problems)
    return known


@cache
def shipped_groups() -> Mapping[str, FeatureGroup]:
    """The groups that the project carries."""
    return read_groups()


def _mistakes(group: FeatureGroup, known: Mapping[str, FeatureGroup]) -> Iterator[tuple[str, str]]:
    """Mistakes of one group as (key, text)."""
    if not _ID.fullmatch(group.id) or group.id in set(Role):
        yield ".id", "must be lower case letters, digits and _, and not the name of a role"
    if group.role not in set(Role):
        yield ".role", f"no role: {group.role!r}"
    lacking = [language for language in LANGUAGES if not group.label.get(language, "").strip()]
    if lacking or set(group.label) > set(LANGUAGES):
        yield ".label", f"one text in each of {', '.join(LANGUAGES)}, and in no other language"
    if sum(bool(getattr(group, way)) for way in _WAYS) != 1:
        yield "", f"give one of {', '.join(_WAYS)}"
    for tenure in sorted(set(group.tenures) - set(Tenure)):
        yield ".tenures", f"{tenure!r} is not one of {', '.join(Tenure)}"
    if group.tenures and group.role != Role.COMMUNITY_LAND:
        yield ".tenures", f"only {Role.COMMUNITY_LAND} states a tenure"
    if group.min_order and group.role != Role.RIVER:
        yield ".min_order", f"only {Role.RIVER} states an order"
    for other in group.rest:
        if other not in known or known[other].role != group.role or known[other].rest:
            yield ".rest", f"{other!r} is no group of classes, tenures or order of {group.role}"
    for suffix in group.suffixes:
        if suffix not in SUFFIXES:
            yield ".suffixes", f"{suffix!r} is not one of {', '.join(SUFFIXES)}"
