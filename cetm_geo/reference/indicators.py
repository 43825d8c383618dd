"""The catalogue of indicators -> the tables of docs/indicators.md, its prose left as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from cetm_geo.errors import DefinitionError, Problem
from cetm_geo.model.rules import Direction, FeatureGroup, IndicatorSpec, Rulebook, Theme
from cetm_geo.rulebook.indicators import LAYER, PILLAR_OF, SCALE
from cetm_geo.words import role_label

PAGE = "indicators.md"
SCOPES = "scopes"  # the table of what `<scope>` stands for
_BLOCK = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_FEW = 5  # ids that a cell spells out
_WORSE = {
    Direction.HIGHER_IS_WORSE: "higher",
    Direction.LOWER_IS_WORSE: "lower",
    Direction.CONTEXT: "–",
}


def page(rulebook: Rulebook, text: str) -> str:
    """The page with its tables written again.

    Args:
        text: of the page as it is. What stands between `<!-- generated: name -->` and
            `<!-- end -->` is replaced, the rest is kept.

    Raises DefinitionError where a section of the catalogue has no such place, or two.
    """
    return filled(text, rulebook.indicators, rulebook.groups)


def filled(text: str, specs: Sequence[IndicatorSpec], groups: Mapping[str, FeatureGroup]) -> str:
    """`page` of a catalogue and its groups alone."""
    sections = dict.fromkeys(spec.section for spec in specs)
    tables = {name: _table(s for s in specs if s.section == name) for name in sections}
    tables[SCOPES] = _scopes(specs, groups)
    found = [block[2] for block in _BLOCK.finditer(text)]
    if sorted(found) != sorted(tables):
        raise DefinitionError([Problem(PAGE, "", _astray(found, tables))])
    return _BLOCK.sub(lambda block: f"{block[1]}{tables[block[2]]}\n{block[3]}", text)


def _astray(found: Sequence[str], tables: Iterable[str]) -> str:
    wanted = ", ".join(f"<!-- generated: {name} -->" for name in tables)
    return f"one place each for {wanted} is needed; there is {', '.join(found) or 'none'}"


# --- tables --------------------------------------------------------------------------------------


def _table(specs: Iterable[IndicatorSpec]) -> str:
    rows = [
        (
            _ids(spec),
            spec.unit,
            _WORSE[spec.direction],
            _about(spec),
            _said(spec),
            _from(spec),
        )
        for spec in specs
    ]
    head = ("indicator", "unit", "worse when", "pillar: theme", "what it is", "method row; source")
    return _markdown(head, rows)


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _ids(spec: IndicatorSpec) -> str:
    """The id with its places in angle brackets; few scopes are spelled out."""
    names = [spec.id.replace("{scope}", s) for s in _named(spec)]
    if SCALE in spec.scopes:
        names = [spec.id.replace("{scope}", "{scale}" if names else "{layer}_{scale}")]
    elif _is_open(spec):
        names = [spec.id]
    if LAYER in spec.scopes:
        names.append(spec.id.replace("{scope}", "{layer}"))
    return ", ".join(f"`{_angled(name)}`" for name in names or [spec.id])


def _named(spec: IndicatorSpec) -> list[str]:
    """Its scopes but for the words that stand for any layer or scale."""
    return [s for s in spec.scopes if s not in (LAYER, SCALE)]


def _is_open(spec: IndicatorSpec) -> bool:
    """True where the scopes are too many to be spelled out."""
    return len(_named(spec)) > _FEW


def _angled(text: str) -> str:
    return text.replace("{", "<").replace("}", ">")


def _said(spec: IndicatorSpec) -> str:
    """The formula with its places as code, so that no browser takes them for its own marks."""
    formula = spec.formula.replace("{scope}", "{scale}") if SCALE in spec.scopes else spec.formula
    return re.sub(r"\{(\w+)\}", r"`<\1>`", formula)


def _about(spec: IndicatorSpec) -> str:
    if spec.theme:
        return _pillar(spec.theme)
    themes = dict.fromkeys(spec.theme_of[s] for s in _named(spec))
    if _is_open(spec) and SCALE not in spec.scopes:
        return "by scope"
    return "; ".join(map(_pillar, themes)) or spec.pillar.value


def _pillar(theme: Theme) -> str:
    pillar = PILLAR_OF[theme].value
    return pillar if pillar == theme.value else f"{pillar}: {theme.value.replace('_', ' ')}"


def _from(spec: IndicatorSpec) -> str:
    return "; ".join(filter(None, [spec.row, spec.source]))


# --- scopes --------------------------------------------------------------------------------------


def _scopes(specs: Sequence[IndicatorSpec], groups: Mapping[str, FeatureGroup]) -> str:
    """Each id that `<scope>` stands for where the scopes are not spelled out, and what it gives."""
    given: dict[str, list[str]] = {}
    themes: dict[str, Theme] = {}
    for spec in specs:
        if _is_open(spec) and SCALE not in spec.scopes:
            for scope in _named(spec):
                given.setdefault(scope, []).append(f"`{spec.id.removeprefix('{scope}')}`")
                themes[scope] = spec.theme or spec.theme_of[scope]
    rows = [
        (f"`{scope}`", _called(scope, groups), _pillar(themes[scope]), ", ".join(suffixes))
        for scope, suffixes in given.items()
    ]
    return _markdown(("`<scope>`", "what it is", "pillar: theme", "gives"), rows)


def _called(scope: str, groups: Mapping[str, FeatureGroup]) -> str:
    group = groups.get(scope)
    if group is None:
        return f"role: {role_label(scope)}"
    return f"group of `{group.role}`: {group.label['en']}"
