"""rules/norms.toml and helpers.toml -> norms, and who can help.

Norms stand below their instrument, whose keys they take where they state none of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from cetm_geo.errors import DefinitionError, Problem
from cetm_geo.model.rules import Helper, Norm, NormKind
from cetm_geo.rulebook.codes import is_country_code, is_user_assigned
from cetm_geo.rulebook.entries import RULES, entries_of, validated
from cetm_geo.rulebook.spans import first_day, is_day, last_day, problems_of_span
from cetm_geo.tomltext import read_toml

NORMS_FILE, HELPERS_FILE = "norms.toml", "helpers.toml"
PRINCIPLES = range(1, 8)
UNVERIFIED = "not verified: check before use"
# What subjects are called; one without words of its own is read from its name.
SUBJECTS: Mapping[str, str] = {
    "framework": "Pillars and principles",
    "world_heritage": "World Heritage",
    "wetlands": "Wetlands",
    "protected_areas": "Protected areas",
    "biodiversity": "Biodiversity",
    "indigenous_peoples": "Indigenous peoples",
    "tenure": "Tenure that is not Indigenous",
    "communities": "Communities",
    "participation": "Participation",
    "access_to_information": "Access to information",
    "human_rights": "Human rights",
    "resettlement": "Resettlement",
    "cultural_heritage": "Cultural heritage",
    "water": "Water",
    "assessment": "Assessment of impacts",
    "tailings": "Tailings",
    "labour": "Work in mines",
    "small_scale_mining": "Small-scale mining",
    "governance": "Governance",
    "transparency": "Transparency",
    "value_addition": "Adding value at home",
    "trade": "Trade and supply",
    "circularity": "Circularity",
}
KINDS: Mapping[NormKind, str] = {
    NormKind.TREATY: "treaty",
    NormKind.DECLARATION: "declaration",
    NormKind.DECISION: "decision",
    NormKind.RESOLUTION: "resolution",
    NormKind.GUIDANCE: "guidance",
    NormKind.REGIONAL_POLICY: "regional policy",
    NormKind.REGULATION: "regional law",
    NormKind.VOLUNTARY_STANDARD: "voluntary standard",
    NormKind.NATIONAL_LAW: "national law",
    NormKind.PRINCIPLE: "principle",
    NormKind.PILLAR: "pillar",
}
NORM_KEYS = tuple(f.name for f in fields(Norm))
_HELPER_KEYS = tuple(f.name for f in fields(Helper))
_NORM, _HELPER = TypeAdapter(Norm), TypeAdapter(Helper)


def read_norms(folder: Path = RULES) -> dict[str, Norm]:
    """The norms of norms.toml in a folder of rules, by id; national law stands with its country.

    Raises DefinitionError with every problem of the file.
    """
    path, problems = folder / NORMS_FILE, list[Problem]()
    raw = read_toml(path, problems)
    _known_tables(raw, ("as_of", "instrument", "norm"), path, problems)
    if raw and not is_day(str(raw.get("as_of", ""))):
        problems.append(Problem(str(path), "as_of", "the day the norms were last gone through"))
    norms = norms_of(raw, path, problems)
    for norm in norms:
        if norm.kind == NormKind.NATIONAL_LAW:
            told = "national law stands with its country, in countries/"
            problems.append(Problem(str(path), f"norm.{norm.id}.kind", told))
    if problems:
        raise DefinitionError(problems)
    return {norm.id: norm for norm in norms}


def day_of_norms(folder: Path = RULES) -> date:
    """The day on which the norms were last gone through, as the file says."""
    raw = read_toml(folder / NORMS_FILE, [])
    return first_day(str(raw.get("as_of", ""))) or date.min


def norms_of(raw: Mapping[str, Any], path: Path, problems: list[Problem]) -> tuple[Norm, ...]:
    """Norms of the tables [[norm]], and [[instrument.norm]] below [[instrument]]."""
    found: dict[str, Norm] = {}
    for entry in _flat(raw, path, problems):
        place = f"norm.{entry.get('id', '?')}"
        norm = validated(_NORM, NORM_KEYS, entry, path, place, problems)
        if norm is None:
            continue
        if norm.id in found:
            problems.append(Problem(str(path), place, "the id has two meanings"))
        found[norm.id] = norm
        problems += [Problem(str(path), f"{place}.{key}", told) for key, told in _mistakes(norm)]
    return tuple(found.values())


def read_helpers(folder: Path = RULES) -> dict[str, Helper]:
    """Partnerships, initiatives and communities of practice, by id.

    Raises DefinitionError with every problem of the file.
    """
    path, problems = folder / HELPERS_FILE, list[Problem]()
    raw = read_toml(path, problems)
    _known_tables(raw, ("as_of", "helper"), path, problems)
    found: dict[str, Helper] = {}
    for entry in entries_of(raw, "helper", path, problems):
        place = f"helper.{entry.get('id', '?')}"
        helper = validated(_HELPER, _HELPER_KEYS, entry, path, place, problems)
        if helper is None:
            continue
        if helper.id in found:
            problems.append(Problem(str(path), place, "the id has two meanings"))
        found[helper.id] = helper
        problems += [Problem(str(path), f"{place}.{k}", told) for k, told in _of_address(helper)]
    if problems:
        raise DefinitionError(problems)
    return found


def subject_label(subject: str) -> str:
    """What a subject is called."""
    return SUBJECTS.get(subject) or subject.replace("_", " ").capitalize()


def in_force(norm: Norm, as_of: date) -> bool:
    """False before a norm's first day and after its last; without dates, true."""
    start, end = first_day(norm.in_force_from), last_day(norm.in_force_to)
    return (start is None or start <= as_of) and (end is None or as_of <= end)


def _flat(raw: Mapping[str, Any], path: Path, problems: list[Problem]) -> Iterator[dict[str, Any]]:
    yield from entries_of(raw, "norm", path, problems)
    for instrument in entries_of(raw, "instrument", path, problems):
        shared = {key: value for key, value in instrument.items() if key != "norm"}
        norms = entries_of(instrument, "norm", path, problems)
        if not norms:
            place = f"instrument.{instrument.get('short', '?')}"
            problems.append(Problem(str(path), place, "no [[instrument.norm]] below it"))
        for norm in norms:
            yield {**shared, **norm}


def _known_tables(
    raw: Mapping[str, Any], known: tuple[str, ...], path: Path, problems: list[Problem]
) -> None:
    problems += [
        Problem(str(path), key, f"unknown; one of {', '.join(known)}")
        for key in raw
        if key not in known
    ]


def _mistakes(norm: Norm) -> Iterator[tuple[str, str]]:
    if not norm.paraphrase.strip():
        yield "paraphrase", "required, not given"
    for number in norm.principles:
        if number not in PRINCIPLES:
            yield "principles", f"{number} is none of the seven (1 to 7)"
    if norm.adopted and not is_day(norm.adopted):
        yield "adopted", f"must be a year, year-month or date, not {norm.adopted!r}"
    yield from problems_of_span(
        ("in_force_from", "in_force_to"), norm.in_force_from, norm.in_force_to
    )
    for code in norm.binding_on:
        if not is_country_code(code):
            yield "binding_on", f"{code!r} is no code of ISO 3166"
        elif is_user_assigned(code) and norm.kind != NormKind.NATIONAL_LAW:
            yield "binding_on", f"{code} is left to users: only an invented law binds it"
    yield from _of_address(norm)


def _of_address(entry: Norm | Helper) -> Iterator[tuple[str, str]]:
    if not entry.url.startswith("https://"):
        yield "url", f"must begin with https://, not {entry.url!r:.60}"
    if entry.verified and not entry.evidence.strip():
        yield "evidence", "what was opened that shows it, where verified = true"
