"""layers/profiles/*.toml -> Profile: how well-known sources name things."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cetm_geo import resources
from cetm_geo.errors import DefinitionError, Problem
from cetm_geo.model import Profile, ProfileFacts

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
    try:
        layer = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise DefinitionError([Problem(str(path), "", f"not valid TOML: {error}")]) from error
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
        "optional_columns": [c for c in profile.layer.get("columns", {}) if c not in named],
        "optional_class_columns": sorted(_class_columns(profile) - _ruled_by(own)),
        "optional_scales": [str(scale.get("id")) for scale in profile.layer.get("scales", [])],
        "profile_unverified": "" if profile.facts.verified else profile.facts.label,
    }


def names_held(profile: Profile, columns: Iterable[str]) -> tuple[set[str], set[str]]:
    """Names of columns in lower case: as they are in the file, and with what renaming adds.

    A prefix of XML (mt:name) is no part of a name.
    """
    held = {str(column).casefold() for column in columns}
    held |= {name.rpartition(":")[2] for name in held}
    renamed = set(held)
    for rename in profile.layer.get("rename", []):
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
    classes = profile.layer.get("classes", [])
    kept_apart = {c["column"] for c in classes if not c.get("counted", True)}
    excluded = {rule["column"] for rule in profile.layer.get("exclude", [])}
    return {c["column"] for c in classes} - kept_apart - excluded


def _ruled_by(keys: Mapping[str, Any]) -> set[str]:
    rules = [r for kind in ("exclude", "classes") for r in keys.get(kind) or ()]
    return {str(r["column"]) for r in rules if isinstance(r, dict) and "column" in r}


def unverified(label: str) -> str:
    """What is said of a layer whose profile was not checked against the publisher's own files."""
    return (
        f"it follows the profile {label!r}, which was not checked against what the publisher "
        "writes: compare a few values"
    )
