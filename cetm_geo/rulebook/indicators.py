"""rules/indicators.toml -> the catalogue of indicators, and the entry that an id belongs to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cetm_geo.errors import DefinitionError, Problem
from cetm_geo.model.definitions import NoUnknownKeys
from cetm_geo.model.rules import IndicatorSpec, Pillar, Theme
from cetm_geo.model.terms import SCREENED_ROLES
from cetm_geo.tomltext import read_toml

FILE = "indicators.toml"
LAYER, SCALE = "layer", "scale"  # scopes that stand for any id of a layer, of a scale
# What may stand in an id beside `{scope}`.
PLACES: Mapping[str, str] = {
    "ring": r"\d+_\d+",
    "variant": "basins|river",
    "distance": r"\d+",
    "code": r"-?\d+",
    "list": "un|iea|eu_strategic|eu_critical|us",
}
PILLAR_OF: Mapping[Theme, Pillar] = {
    **dict.fromkeys(Theme, Pillar.STEWARDSHIP),
    Theme.GOVERNANCE: Pillar.GOVERNANCE,
    Theme.PRODUCTION: Pillar.PRODUCTION,
    Theme.TRADE: Pillar.TRADE,
}
_PLACE = re.compile(r"\{(\w+)\}")
_ID = re.compile(r"[a-z][a-z0-9_]*")
_ROWS = re.compile(r"[EGPT]\d\d(, [EGPT]\d\d)*")
_NO_LAYERS: Mapping[str, str] = {}


@dataclass(frozen=True)
class _Sheet(NoUnknownKeys):
    """The file: its entries, the themes of roles, groups and scales, and named sets of these."""

    indicator: tuple[IndicatorSpec, ...]
    themes: Mapping[str, Theme] = field(default_factory=dict)
    sets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


# --- reading -------------------------------------------------------------------------------------


def read_indicators(folder: Path) -> tuple[IndicatorSpec, ...]:
    """The catalogue in a folder of rules, with sets of scopes spelled out.

    Raises DefinitionError with every problem of the file.
    """
    path = folder / FILE
    problems: list[Problem] = []
    raw = read_toml(path, problems)
    if problems:
        raise DefinitionError(problems)
    try:
        sheet = _SHEET.validate_python(raw)
    except ValidationError as error:
        raise DefinitionError(list(_mistyped(path, raw, error))) from error
    specs = tuple(_spelled_out(spec, sheet) for spec in sheet.indicator)
    if problems := list(_problems(str(path), specs)):
        raise DefinitionError(problems)
    return specs


_SHEET = TypeAdapter(_Sheet)


def _mistyped(path: Path, raw: Mapping[str, Any], error: ValidationError) -> Iterator[Problem]:
    """Each mistake by the id of its entry, not by its number."""
    for detail in error.errors():
        parts = [str(part) for part in detail["loc"]]
        if parts[0] == "indicator" and len(parts) > 1:
            entry = raw["indicator"][int(parts[1])]
            name = entry.get("id", parts[1]) if isinstance(entry, dict) else parts[1]
            parts = [str(name), *parts[2:]]
        yield Problem(str(path), ".".join(parts), str(detail["msg"]))


def _spelled_out(spec: IndicatorSpec, sheet: _Sheet) -> IndicatorSpec:
    sets = {"screened": SCREENED_ROLES, **sheet.sets}
    ids = [str(one) for scope in spec.scopes for one in sets.get(scope, (scope,))]
    scopes = tuple(dict.fromkeys(ids))
    is_open = not {LAYER, SCALE}.isdisjoint(scopes)
    themes = {s: theme for s, theme in sheet.themes.items() if is_open or s in scopes}
    return replace(spec, scopes=scopes, theme_of=themes)


def _problems(path: str, specs: Iterable[IndicatorSpec]) -> Iterator[Problem]:
    seen: set[str] = set()
    for spec in specs:
        for text in _mistakes(spec):
            yield Problem(path, spec.id, text)
        for name in _names(spec):
            if name in seen:
                yield Problem(path, spec.id, f"{name} stands in two entries")
            seen.add(name)


def _mistakes(spec: IndicatorSpec) -> Iterator[str]:
    places = _PLACE.findall(spec.id)
    if not _ID.fullmatch(_PLACE.sub("x", spec.id)):
        yield "an id is of small letters, digits and _"
    if unknown := sorted({*places, *_PLACE.findall(spec.formula)} - {*PLACES, "scope"}):
        yield f"{{{unknown[0]}}} is no place to fill: scope, {', '.join(PLACES)}"
    if ("scope" in places) != bool(spec.scopes):
        yield "{scope} in the id and `scopes` go together"
    for scope in spec.scopes:
        if scope not in (*spec.theme_of, LAYER, SCALE):
            yield f"{scope} has no theme in [themes], or is no set of [sets]"
    if spec.theme and spec.pillar != PILLAR_OF[spec.theme]:
        yield f"the pillar of {spec.theme} is {PILLAR_OF[spec.theme]}"
    if spec.row and not _ROWS.fullmatch(spec.row):
        yield f"the row {spec.row!r} is not like E01, or E01, G02"
    for key in ("unit", "formula", "source", "section"):
        if not getattr(spec, key):
            yield f"{key} is empty"


def _names(spec: IndicatorSpec) -> list[str]:
    """The ids of an entry, one for each of its scopes."""
    return [spec.id.replace("{scope}", s) for s in spec.scopes] if spec.scopes else [spec.id]


# --- looking up ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Entry:
    """One way in which ids belong to an entry."""

    pattern: re.Pattern[str]
    spec: IndicatorSpec
    scope: str

    def of(self, indicator_id: str, role: str = "") -> IndicatorSpec | None:
        """The entry spelled out for an id; None where it is not its own.

        role: of the layer that the scope is, where it is one.
        """
        found = self.pattern.fullmatch(indicator_id)
        if found is None:
            return None
        filled = found.groupdict()
        scope = filled.setdefault("scope", self.scope)
        theme = self.spec.theme or self.spec.theme_of.get(role or scope)
        return replace(
            self.spec,
            id=indicator_id,
            formula=_PLACE.sub(lambda place: _said(place[1], filled), self.spec.formula),
            pillar=PILLAR_OF[theme] if theme else self.spec.pillar,
            theme=theme,
            scopes=(scope,) if scope else (),
            theme_of={},
        )


def _said(place: str, filled: Mapping[str, str | None]) -> str:
    """What stands in a place as words."""
    return (filled.get(place) or "").replace("_", " to " if place == "ring" else " ")


class Indicators:
    """The catalogue, asked by the id of an indicator."""

    def __init__(self, specs: Iterable[IndicatorSpec]) -> None:
        self._named: dict[str, _Entry] = {}
        self._patterns: list[_Entry] = []
        self._of_layers: list[_Entry] = []
        self._of_scales: list[_Entry] = []
        for spec in specs:
            for scope in spec.scopes or ("",):
                self._add(spec, scope)

    def _add(self, spec: IndicatorSpec, scope: str) -> None:
        entry = _Entry(re.compile(_pattern(spec.id, scope)), spec, scope)
        name = spec.id.replace("{scope}", scope)
        if scope == LAYER:
            self._of_layers.append(entry)
        elif scope == SCALE:
            self._of_scales.append(entry)
        elif "{" in name:
            self._patterns.append(entry)
        else:
            self._named[name] = entry

    def spec_of(
        self,
        indicator_id: str,
        layers: Mapping[str, str] = _NO_LAYERS,
        scales: Collection[str] = (),
    ) -> IndicatorSpec | None:
        """The entry of an id, spelled out: its places filled, its theme and pillar of its scope.

        Args:
            layers: id of each layer -> its role. What a layer gives under its own id is what its
                role gives; without this such an id is not known.
            scales: ids of scales that layers name beside those of the catalogue.

        None where no entry fits. To be asked once for each distinct id.
        """
        found = self._stated(indicator_id) or self._of_layer(indicator_id, layers)
        if found is None and (of_scale := _first(self._of_scales, indicator_id)):
            return of_scale if of_scale.scopes[0] in scales else None
        return found

    def unit_of(
        self,
        indicator_id: str,
        layers: Mapping[str, str] = _NO_LAYERS,
        scales: Collection[str] = (),
    ) -> str | None:
        """The unit of an id, None where no entry fits."""
        spec = self.spec_of(indicator_id, layers, scales)
        return spec.unit if spec else None

    def _stated(self, indicator_id: str) -> IndicatorSpec | None:
        named = self._named.get(indicator_id)
        if named:
            return named.of(indicator_id)
        return _first(self._patterns, indicator_id)

    def _of_layer(self, indicator_id: str, layers: Mapping[str, str]) -> IndicatorSpec | None:
        """By what the layer's role gives, else by what only layers give; of ids the longest."""
        mine = [name for name in layers if indicator_id.startswith(f"{name}_")]
        for name in sorted(mine, key=len, reverse=True):
            rest = indicator_id[len(name) + 1 :]
            of_role = self._stated(f"{layers[name]}_{rest}") or self._stated(rest)
            if found := of_role or _first(self._of_scales, rest):
                return replace(found, id=indicator_id)
            given = (entry.of(indicator_id, layers[name]) for entry in self._of_layers)
            if found := next((x for x in given if x and x.scopes == (name,)), None):
                return found
        return None


def _first(entries: Iterable[_Entry], indicator_id: str) -> IndicatorSpec | None:
    return next(filter(None, (entry.of(indicator_id) for entry in entries)), None)


def _pattern(template: str, scope: str) -> str:
    """A regular expression for the ids of an entry and one of its scopes."""
    asked = {name: f"(?P<{name}>{text})" for name, text in PLACES.items()}
    asked["scope"] = f"(?P<scope>{_ID.pattern})" if scope in (LAYER, SCALE) else re.escape(scope)
    return _PLACE.sub(lambda place: asked[place[1]], template)
