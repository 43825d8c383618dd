"""layers/profiles/*.toml -> Profile: how well-known sources name things."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cetm_geo import resources
from cetm_geo.errors import DefinitionError, Problem
from cetm_geo.model import Profile, ProfileFacts
from cetm_geo.tomltext import read_toml

FOLDER = "profiles"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FACTS = TypeAdapter(ProfileFacts)


def read_profile(name: str, beside: Path | None = None) -> Profile | None:
    """The profile of a name: from `beside`, else from those the project carries; None if neither.

    Raises DefinitionError where its file is written wrongly.
    """
    for folder in _folders(beside):
        path = folder / f"{name}.toml"
        if _NAME.fullmatch(name) and path.is_file():
            return _read(path)
    return None


def read_profiles(beside: Path | None = None) -> tuple[Profile, ...]:
    """All profiles, by name; one in `beside` stands before the project's own of that name."""
    found: dict[str, Path] = {}
    for folder in reversed(_folders(beside)):
        found |= {path.stem: path for path in folder.glob("*.toml")}
    return tuple(_read(found[name]) for name in sorted(found))


def _folders(beside: Path | None) -> Sequence[Path]:
    own = resources.folder("layers") / FOLDER
    return (beside, own) if beside else (own,)


def _read(path: Path) -> Profile:
    problems: list[Problem] = []
    layer = read_toml(path, problems)
    if problems:
        raise DefinitionError(problems)
    of_no_source = {"label": path.stem, "source": "not stated", "verified": False}
    facts = layer.pop("profile", of_no_source)
    try:
        return Profile(path.stem, _FACTS.validate_python(facts), layer)
    except ValidationError as error:
        raise DefinitionError(list(_problems(path, error))) from error


def _problems(path: Path, error: ValidationError) -> Iterator[Problem]:
    for detail in error.errors():
        key = ".".join(str(part) for part in ("profile", *detail["loc"]))
        yield Problem(str(path), key, str(detail["msg"]))


def layer_keys(profile: Profile, own: Mapping[str, Any]) -> dict[str, Any]:
    """A profile's keys as the base of a layer; columns only the profile names are optional.

    Args:
        own: the keys that the layer itself states; what these name stays required.
    """
    named = own.get("columns")
    named = named if isinstance(named, dict) else {}
    return {
        **profile.layer,
        "optional_columns": [c for c in _mapping(profile.layer, "columns") if c not in named],
        "optional_class_columns": sorted(_class_columns(profile) - _ruled_by(own)),
        "optional_scales": [str(x.get("id")) for x in _entries(profile.layer, "scales")],
        "profile_unverified": "" if profile.facts.verified else profile.facts.label,
    }


def names_held(profile: Profile, columns: Iterable[str]) -> tuple[set[str], set[str]]:
    """Names of columns in lower case: as they are in the file, and with what renaming adds.

    A prefix of XML (mt:name) is no part of a name.
    """
    held = {str(column).casefold() for column in columns}
    held |= {name.rpartition(":")[2] for name in held}
    renamed = set(held)
    for rename in _entries(profile.layer, "rename"):
        if {c.casefold() for c in rename["when"]} <= renamed:
            changed = {o.casefold(): n.casefold() for o, n in rename["columns"].items()}
            renamed |= {new for old, new in changed.items() if old in renamed}
    return held, renamed


def required_columns(profile: Profile) -> set[str]:
    """Columns that a file must have, after renaming, for the profile's rules to be applied."""
    needed = _ruled_by(profile.layer) - _class_columns(profile)
    return needed | {c for c in [profile.layer.get("point_area_km2")] if c}


def _class_columns(profile: Profile) -> set[str]:
    """Columns by which counted features are only told apart: without one, all is still counted."""
    classes = _entries(profile.layer, "classes")
    kept_apart = [entry for entry in classes if not entry.get("counted", True)]
    excluded = _entries(profile.layer, "exclude")
    return _columns_of(classes) - _columns_of(kept_apart) - _columns_of(excluded)


def _ruled_by(keys: Mapping[str, Any]) -> set[str]:
    return _columns_of([*_entries(keys, "exclude"), *_entries(keys, "classes")])


def _columns_of(entries: Iterable[Mapping[str, Any]]) -> set[str]:
    return {str(entry["column"]) for entry in entries if "column" in entry}


def _entries(keys: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The tables [[name]]; what is none is told of when the layer that follows it is checked."""
    held = keys.get(name)
    return [x for x in held if isinstance(x, Mapping)] if isinstance(held, list) else []


def _mapping(keys: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    held = keys.get(name)
    return held if isinstance(held, Mapping) else {}


def unverified(label: str) -> str:
    """What is said of a layer whose profile was not checked against the publisher's own files."""
    return (
        f"it follows the profile {label!r}, which was not checked against what the publisher "
        "writes: compare a few values"
    )
