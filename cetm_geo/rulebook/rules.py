"""rules/<theme>.toml, labels.toml, scores.toml and screening.toml -> rules and what goes with them.

Only what one entry says of itself is checked here; what must fit between files is in `checks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from cetm_geo.errors import Problem
from cetm_geo.model.rules import Applies, Condition, Cut, Level, Rule, Sentence, Theme, Threshold
from cetm_geo.rulebook.entries import entries_of, validated
from cetm_geo.tomltext import read_toml

LABELS_FILE, SCORES_FILE, SCREENING_FILE = "labels.toml", "scores.toml", "screening.toml"
Labels = Mapping[str, Mapping[str, str]]  # indicator id -> language -> text
_RULE, _CUT = TypeAdapter(Rule), TypeAdapter(Cut)
_LABEL, _ROLES = TypeAdapter(dict[str, str]), TypeAdapter(tuple[str, ...])
_KEYS = tuple(
    f.name
    for kind in (Rule, Level, Condition, Threshold, Sentence, Applies)
    for f in fields(kind)
    if f.name != "theme"
)
_CUT_KEYS = tuple(f.name for f in fields(Cut))


def file_of(theme: Theme, folder: Path) -> Path:
    """The file that holds the rules of a theme."""
    return folder / f"{theme.value}.toml"


def read_rules(folder: Path, problems: list[Problem]) -> tuple[dict[str, Rule], set[str]]:
    """The rules of all themes by id, in the order of the themes and of the files.

    Returns them, and the ids of all that were written, those that could not be read among them.
    """
    found: dict[str, Rule] = {}
    written: set[str] = set()
    for theme in Theme:
        path = file_of(theme, folder)
        raw = read_toml(path, problems)
        if raw:
            problems += _head_problems(raw, theme, path)
        for place, entry in enumerate(entries_of(raw, "rule", path, problems)):
            written.add(str(entry.get("id")))
            rule = _read_rule(entry, place, theme, path, problems)
            if rule is None:
                continue
            if rule.id in found:
                told = f"the id stands in {found[rule.id].theme.value}.toml already"
                problems.append(Problem(str(path), f"rule.{rule.id}", told))
            found.setdefault(rule.id, rule)
    problems += _of_no_theme(folder)
    return found, written


def _of_no_theme(folder: Path) -> list[Problem]:
    """Files of rules whose name is no theme: they would be left out without a word."""
    themes = [theme.value for theme in Theme]
    out: list[Problem] = []
    for path in sorted(folder.glob("*.toml")):
        if path.stem not in themes and {"theme", "rule"} & set(read_toml(path, [])):
            near = get_close_matches(path.stem, themes, 1)
            told = f"no theme is called {path.stem}" + (
                f"; did you mean {near[0]}?" if near else ""
            )
            out.append(Problem(str(path), "", told))
    return out


def _head_problems(raw: Mapping[str, Any], theme: Theme, path: Path) -> list[Problem]:
    """A theme file says its theme, which is its name, and holds rules alone."""
    unknown = [key for key in raw if key not in ("theme", "rule")]
    out = [Problem(str(path), key, "unknown key; rules stand in [[rule]]") for key in unknown]
    if raw.get("theme") != theme.value:
        told = f"must be {theme.value!r}, as the file is called, not {raw.get('theme')!r}"
        out.append(Problem(str(path), "theme", told))
    return out


def _read_rule(
    entry: Mapping[str, Any], place: int, theme: Theme, path: Path, problems: list[Problem]
) -> Rule | None:
    key = f"rule.{entry.get('id', place)}"
    if "theme" in entry:
        problems.append(Problem(str(path), f"{key}.theme", "stands at the head of the file"))
    return validated(_RULE, _KEYS, {**entry, "theme": theme}, path, key, problems)


def read_labels(folder: Path, problems: list[Problem]) -> Labels:
    """What each indicator is called beside its number: id -> language -> text."""
    path = folder / LABELS_FILE
    found: dict[str, Mapping[str, str]] = {}
    for name, entry in read_toml(path, problems).items():
        if not isinstance(entry, dict):
            problems.append(Problem(str(path), name, "must be a table with one text a language"))
            continue
        label = validated(_LABEL, (), entry, path, name, problems)
        if label is not None:
            found[name] = label
    return found


def read_cuts(folder: Path, problems: list[Problem]) -> tuple[Cut, ...]:
    """The cut points of the scores, in the order of the file."""
    path = folder / SCORES_FILE
    found: list[Cut] = []
    for place, entry in enumerate(entries_of(read_toml(path, problems), "cut", path, problems)):
        key = f"cut.{entry.get('indicator', place)}"
        cut = validated(_CUT, _CUT_KEYS, entry, path, key, problems)
        if cut is not None:
            found.append(cut)
    return tuple(found)


def read_requires(folder: Path, problems: list[Problem]) -> tuple[str, ...]:
    """The roles without which no site is fully screened, where no country says otherwise."""
    path = folder / SCREENING_FILE
    before = len(problems)
    raw = read_toml(path, problems)
    if len(problems) > before:
        return ()
    unknown = [key for key in raw if key not in ("requires", "reason")]
    problems += [Problem(str(path), key, "unknown key") for key in unknown]
    if not str(raw.get("reason", "")).strip():
        problems.append(Problem(str(path), "reason", "required, not given"))
    try:
        return _ROLES.validate_python(raw.get("requires", ()))
    except ValueError:
        problems.append(Problem(str(path), "requires", "must be a list of roles"))
        return ()
