"""What must fit between indicators and their labels, cut points and required roles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from cetm_geo.errors import Problem
from cetm_geo.model import Role
from cetm_geo.model.rules import Cut, Operator, Rule
from cetm_geo.rulebook.checks import Known, land_of, unknown
from cetm_geo.rulebook.rules import LABELS_FILE, SCORES_FILE, SCREENING_FILE, Labels
from cetm_geo.rulebook.sentences import problems_of_texts

MOST_POINTS = 5


def named_indicators(rules: Iterable[Rule], cuts: Iterable[Cut]) -> list[str]:
    """Indicators that flags or scores show, each once: compared, counted, or the land behind."""
    found: dict[str, None] = {}
    for rule in rules:
        for level in rule.levels:
            for condition in (*level.all, *level.any):
                if condition.indicator:
                    found[condition.indicator] = None
                    if condition.op is Operator.OVERLAPS:
                        found[land_of(condition.indicator)] = None
    return [*found, *(cut.indicator for cut in cuts if cut.indicator not in found)]


def problems_of_labels(
    labels: Labels, rules: Iterable[Rule], cuts: Iterable[Cut], known: Known, folder: Path
) -> list[Problem]:
    """Indicators without a label in every language, and labels of none."""
    path, needed = str(folder / LABELS_FILE), named_indicators(rules, cuts)
    out = [
        Problem(path, name, "a rule or a score shows it, and it has no label")
        for name in needed
        if name not in labels and known.has(name)
    ]
    for name, texts in labels.items():
        if not known.has(name):
            out.append(Problem(path, name, known.no_indicator(name)))
        out += [Problem(path, f"{name}.{key}", told) for key, told in problems_of_texts(texts)]
    return out


def problems_of_cuts(cuts: Iterable[Cut], known: Known, folder: Path) -> list[Problem]:
    """All that is wrong with cut points, each with `cut.<indicator>.<key>`."""
    path, seen = str(folder / SCORES_FILE), set[tuple[str, str]]()
    out: list[Problem] = []
    for cut in cuts:
        key = f"cut.{cut.indicator}"
        out += [Problem(path, f"{key}.{part}", told) for part, told in _of_cut(cut, known)]
        if (cut.indicator, cut.theme) in seen:
            out.append(Problem(path, key, f"counts twice in {cut.theme}"))
        seen.add((cut.indicator, cut.theme))
    return out


def _of_cut(cut: Cut, known: Known) -> Iterator[tuple[str, str]]:
    unit = known.unit_of(cut.indicator)
    if not known.has(cut.indicator):
        yield "indicator", known.no_indicator(cut.indicator)
    elif unit not in (cut.unit, None):
        yield "unit", f"{cut.indicator} is in {unit}, not {cut.unit!r}"
    at = tuple(-x for x in cut.at) if cut.falling else cut.at
    if not at or list(at) != sorted(set(at)):
        yield "at", "must fall" if cut.falling else "must rise"
    if len(cut.points) != len(cut.at) or list(cut.points) != sorted(cut.points):
        yield "points", "one for each of `at`, never fewer than the one before"
    for number in (*cut.points, *cut.special.values()):
        if not 0 <= number <= MOST_POINTS:
            yield "points", f"{number:g} is not from 0 to {MOST_POINTS}"
    for text in cut.special:
        if not _is_number(text):
            yield "special", f"{text!r} is no number"
    if not cut.reason.strip():
        yield "reason", "required, not given"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def problems_of_requires(requires: Iterable[str], folder: Path) -> list[Problem]:
    """Roles that are none."""
    found = unknown("requires", "role", requires, [role.value for role in Role])
    return [Problem(str(folder / SCREENING_FILE), key, told) for key, told in found]
