"""rules/countries/*.toml, parties.csv and country_groups.csv -> packs and memberships.

What binds a country is asked of `binding`, whose questions are given on from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from cetm_geo.errors import DefinitionError, Problem
from cetm_geo.model import SiteStatus
from cetm_geo.model.rules import CountryPack, Membership, Norm, NormKind, Override
from cetm_geo.rulebook.binding import (
    GROUP_STATUSES,
    GROUPS,
    TREATY_STATUSES,
    Binding,
    Bound,
    binds,
    country_name,
    is_member,
    is_party,
    membership_text,
    memberships_of,
)
from cetm_geo.rulebook.codes import is_country_code, is_user_assigned
from cetm_geo.rulebook.entries import RULES, read_csv, validated
from cetm_geo.rulebook.norms import norms_of
from cetm_geo.rulebook.spans import is_day, overlap, problems_of_span
from cetm_geo.tomltext import read_toml

__all__ = [
    "Binding",
    "Bound",
    "all_norms",
    "binds",
    "check_memberships",
    "country_name",
    "is_country_code",
    "is_member",
    "is_party",
    "is_user_assigned",
    "membership_text",
    "memberships_of",
    "read_memberships",
    "read_packs",
]
FOLDER = "countries"
PARTIES_FILE, GROUPS_FILE = "parties.csv", "country_groups.csv"
_COLUMNS = tuple(f.name for f in fields(Membership))
_PACK_KEYS = (*(f.name for f in fields(CountryPack)), "instrument")
_PACK, _MEMBERSHIP = TypeAdapter(CountryPack), TypeAdapter(Membership)


# --- memberships ---------------------------------------------------------------------------------


def read_memberships(folder: Path = RULES) -> tuple[Membership, ...]:
    """Which real country is in which group, and party to which treaty, with the dates.

    Raises DefinitionError with every problem of both files.
    """
    problems: list[Problem] = []
    found: list[Membership] = []
    for name, is_group in ((GROUPS_FILE, True), (PARTIES_FILE, False)):
        rows: list[tuple[str, Membership]] = []
        path = folder / name
        for place, row in read_csv(path, _COLUMNS, problems):
            membership = validated(_MEMBERSHIP, _COLUMNS, row, path, place, problems)
            if membership is not None:
                rows.append((place, membership))
                told = _mistakes(membership, is_group, is_real=True)
                problems += [Problem(str(path), f"{place}.{key}", text) for key, text in told]
        problems += [Problem(str(path), place, text) for place, text in _overlaps(rows)]
        found += [membership for _, membership in rows]
    if problems:
        raise DefinitionError(problems)
    return tuple(found)


def _mistakes(m: Membership, is_group: bool, is_real: bool) -> Iterator[tuple[str, str]]:
    if not is_country_code(m.iso3):
        yield "iso3", f"{m.iso3!r} is no code of ISO 3166"
    elif is_real and is_user_assigned(m.iso3):
        yield "iso3", f"{m.iso3} is left to users: an invented country states these in its pack"
    if is_group and m.group not in GROUPS:
        yield "group", f"{m.group!r} is none of {', '.join(GROUPS)}"
    statuses = GROUP_STATUSES if is_group else TREATY_STATUSES
    if m.status not in statuses:
        yield "status", f"{m.status!r} is none of {', '.join(statuses)}"
    yield from problems_of_span(("valid_from", "valid_to"), m.valid_from, m.valid_to)
    if not m.source:
        yield "source", "who says so, and when"


def _overlaps(rows: Iterable[tuple[str, Membership]]) -> Iterator[tuple[str, str]]:
    by_key: dict[tuple[str, str], list[tuple[str, Membership]]] = {}
    for place, m in rows:
        by_key.setdefault((m.iso3, m.group), []).append((place, m))
    for same in by_key.values():
        for (first, one), (second, other) in combinations(same, 2):
            spans = [(m.valid_from, m.valid_to) for m in (one, other)]
            if overlap(spans[0], spans[1]):
                yield second, f"{other.iso3} in {other.group} overlaps in its dates with {first}"


def check_memberships(
    memberships: Iterable[Membership],
    packs: Mapping[str, CountryPack],
    norms: Mapping[str, Norm],
    folder: Path = RULES,
) -> Iterator[Problem]:
    """Memberships of what is neither a group nor the short name of any norm."""
    shorts = {norm.short for norm in all_norms(norms, packs).values()} | set(GROUPS)
    told = "{!r} is neither a group nor the short name of a norm"
    for group in dict.fromkeys(m.group for m in memberships):
        if group not in shorts:
            yield Problem(str(folder / PARTIES_FILE), "group", told.format(group))
    for iso3, pack in packs.items():
        for place, m in enumerate(pack.memberships):
            if m.group not in shorts:
                key = f"memberships.{place}.group"
                yield Problem(str(_pack_path(folder, iso3)), key, told.format(m.group))


# --- packs ---------------------------------------------------------------------------------------


def read_packs(folder: Path = RULES) -> dict[str, CountryPack]:
    """The packs of a folder of rules, by ISO3 code; their norms may stand below instruments.

    Which rules, roles and norms a pack names is checked with the rules.
    Raises DefinitionError with every problem of all packs.
    """
    problems: list[Problem] = []
    packs: dict[str, CountryPack] = {}
    seen: dict[str, str] = {}
    for path in sorted((folder / FOLDER).glob("*.toml")):
        pack = _read_pack(path, problems)
        if pack is None:
            continue
        packs[pack.iso3] = pack
        for norm in pack.norms:
            if norm.id in seen:
                told = f"the id is taken by {seen[norm.id]}"
                problems.append(Problem(str(path), f"norm.{norm.id}", told))
            seen.setdefault(norm.id, path.name)
    if problems:
        raise DefinitionError(problems)
    return packs


def all_norms(norms: Mapping[str, Norm], packs: Mapping[str, CountryPack]) -> dict[str, Norm]:
    """Norms of norms.toml and of all packs, by id; what a rule or an override may name."""
    return {**{n.id: n for pack in packs.values() for n in pack.norms}, **norms}


def _pack_path(folder: Path, iso3: str) -> Path:
    return folder / FOLDER / f"{iso3.lower()}.toml"


def _read_pack(path: Path, problems: list[Problem]) -> CountryPack | None:
    before = len(problems)
    raw = read_toml(path, problems)
    if len(problems) > before:
        return None
    iso3 = str(raw.get("iso3", ""))
    tables = {"norm": raw.pop("norms", []), "instrument": raw.pop("instrument", [])}
    norms = norms_of(_of_country(tables, iso3), path, problems)
    raw["memberships"] = [
        {"iso3": iso3, **row} if isinstance(row, dict) else row
        for row in raw.get("memberships", [])
    ]
    pack = validated(_PACK, _PACK_KEYS, raw, path, "", problems)
    if pack is None:
        return None
    pack = replace(pack, norms=norms)
    problems += [Problem(str(path), key, told) for key, told in _pack_mistakes(path, pack)]
    return pack


def _of_country(tables: Mapping[str, Any], iso3: str) -> dict[str, list[Any]]:
    """National law binds the pack's country where nothing else is said."""
    law = {"kind": NormKind.NATIONAL_LAW.value, "binding_on": [iso3]}
    return {
        name: [
            {**law, **entry} if entry.get("kind", law["kind"]) == law["kind"] else entry
            for entry in entries
            if isinstance(entry, dict)
        ]
        for name, entries in tables.items()
    }


def _pack_mistakes(path: Path, pack: CountryPack) -> Iterator[tuple[str, str]]:
    if path.stem.upper() != pack.iso3 or path.stem != path.stem.lower():
        yield "iso3", f"the pack of {pack.iso3} is the file {pack.iso3.lower()}.toml"
    if not is_country_code(pack.iso3):
        yield "iso3", f"{pack.iso3!r} is no code of ISO 3166, nor one left to users (XAA to XZZ)"
    if not is_day(pack.as_of):
        yield "as_of", f"must be a year, year-month or date, not {pack.as_of!r}"
    for place, override in enumerate(pack.overrides):
        for key, told in _override_mistakes(override):
            yield f"overrides.{place}.{key}", told
    for status in pack.status:
        if status not in set(SiteStatus):
            yield f"status.{status}", f"none of {', '.join(SiteStatus)}"
    yield from _pack_memberships(pack)


def _override_mistakes(override: Override) -> Iterator[tuple[str, str]]:
    if not override.reason.strip():
        yield "reason", "says why, and by what right"
    changes = (override.severity, override.threshold, override.law, override.add_norms)
    if not (any(changes) or override.off):
        yield "rule", f"nothing of {override.rule} is changed"


def _pack_memberships(pack: CountryPack) -> Iterator[tuple[str, str]]:
    if pack.memberships and not is_user_assigned(pack.iso3):
        told = f"those of a real country stand in {GROUPS_FILE} and {PARTIES_FILE}"
        yield "memberships", told
        return
    rows = [(f"memberships.{i}", m) for i, m in enumerate(pack.memberships)]
    for place, m in rows:
        if m.iso3 != pack.iso3:
            yield f"{place}.iso3", f"{m.iso3} in the pack of {pack.iso3}"
        for key, told in _mistakes(m, m.group in GROUPS, is_real=False):
            yield f"{place}.{key}", told
    yield from _overlaps(rows)
