"""The profile of a country as rows: a figure a row, with its group, unit and status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cetm_geo.country.layout import unit_of
from cetm_geo.country.tabled import ALL, GROUPS

COLUMNS = ("figure", "status_group", "value", "unit", "status", "not_known_count")
# What tells the members of a list apart, as far as they have it.
_NAMES = (
    "field", "tier", "licence_status", "licence_state", "stage", "severity", "consent", "topic",
    "theme", "rule_id", "mineral", "list", "scope_id", "indicator_id", "countries", "group",
    "instrument", "role", "layer_id", "feature_id",
)  # fmt: skip
_ABOUT = ("status", "not_known_count")
# Of sources and groups of countries: texts, which the JSON holds.
_LEFT_OUT = ("sources", "treaties", "memberships", "disclaimer")


def rows_of(profile: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Rows by COLUMNS of every number of a profile by `profile_of`; null where it is not known."""
    kept = {name: value for name, value in profile.items() if name not in _LEFT_OUT}
    return [row for row in _walked(kept, ()) if len(row) == len(COLUMNS)]


def _walked(held: Any, path: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(held, Mapping) and ALL in held:
        yield from _of_figure(held, path)
    elif isinstance(held, Mapping):
        status = held.get("status", "ok")
        for name, value in held.items():
            if isinstance(value, Mapping | list):
                yield from _walked(value, (*path, str(name)))
            elif _is_number(value) and name not in _ABOUT:
                unit = unit_of(str(name)) or _count(str(name))
                yield ".".join((*path, str(name))), "", value, unit, status, 0
    elif isinstance(held, list):
        for place, member in enumerate(held):
            if isinstance(member, Mapping):
                yield from _walked(member, (*path, _name(member) or str(place)))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_figure(figure: Mapping[str, Any], path: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    unit = unit_of(path[-1]) or _count(path[-1])
    for group in GROUPS:
        yield ".".join(path), group, figure[group], unit, *(figure[x] for x in _ABOUT)


def _count(name: str) -> str:
    return "count" if name.endswith("_count") else ""


def _name(member: Mapping[str, Any]) -> str:
    """Dots part the places of a path, so that none may stand in a name."""
    told = [str(member[name]) for name in _NAMES if isinstance(member.get(name), str)]
    return "/".join(told).replace(".", "_")
