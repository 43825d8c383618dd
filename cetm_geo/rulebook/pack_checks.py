"""What a country's pack may change, and whether what it names is there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from cetm_geo.errors import Problem
from cetm_geo.model.rules import CountryPack, Override, Rule
from cetm_geo.rulebook.checks import WORST_FIRST, Known, astray, unknown


def problems_of_pack(
    pack: CountryPack, rules: Mapping[str, Rule], known: Known, path: Path
) -> list[Problem]:
    """What a country's pack names that is none: rules, thresholds, severities, norms, roles."""
    norms = None if known.norms is None else {*known.norms, *(norm.id for norm in pack.norms)}
    out = [Problem(str(path), key, told) for key, told in _required(pack, known)]
    for place, override in enumerate(pack.overrides):
        key = f"overrides.{override.rule or place}"
        for part, told in _of_override(override, rules, known, norms):
            out.append(Problem(str(path), f"{key}.{part}", told))
    return out


def _required(pack: CountryPack, known: Known) -> Iterator[tuple[str, str]]:
    """Roles, groups or ids of indicators."""
    if known.roles is None:
        return
    for name in pack.requires:
        if name not in known.roles and not known.has(name):
            yield "requires", astray("role, group or indicator", name, known.roles)


def _of_override(
    override: Override, rules: Mapping[str, Rule], known: Known, norms: Collection[str] | None
) -> Iterator[tuple[str, str]]:
    yield from unknown("rule", "rule", [override.rule], known.rules)
    yield from unknown("law", "norm", override.law, norms)
    yield from unknown("add_norms", "norm", override.add_norms, norms)
    rule = rules.get(override.rule)
    if rule is None:
        return
    names = [t.name for t in rule.thresholds]
    yield from unknown("threshold", "threshold", override.threshold, names)
    has = [level.severity for level in rule.levels]
    changed = [override.severity.get(severity, severity) for severity in has]
    for severity in override.severity:
        if severity not in has:
            yield "severity", f"{rule.id} has no level {severity}, only {', '.join(has)}"
    order = [WORST_FIRST.index(severity) for severity in changed]
    if order != sorted(set(order)):
        yield "severity", f"the levels would be {', '.join(changed)}: each once, the worst first"
