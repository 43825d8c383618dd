"""What the rules say of a country's titles: flags by theme, and the worst of each pillar."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cetm_geo.country.figures import counted
from cetm_geo.country.tabled import ALL, CountryTables
from cetm_geo.model import Rulebook
from cetm_geo.model.rules import FlagStatus, Pillar, Severity, Theme
from cetm_geo.rulebook.indicators import PILLAR_OF

_SHOWN = (Severity.CRITICAL, Severity.HIGH, Severity.MODERATE, Severity.INFO, Severity.DATA_GAP)


def findings_of(tables: CountryTables, rulebook: Rulebook, pillar: Pillar) -> dict[str, Any]:
    """Titles by the worst raised severity of a pillar's themes, and the flags of each theme."""
    themes = [theme for theme in Theme if PILLAR_OF[theme] == pillar]
    return {
        "worst_severity": _worst(tables, rulebook, themes),
        "flags": [_theme(tables, rulebook, theme) for theme in themes],
    }


def _rows(tables: CountryTables, site_ids: Any) -> Any:
    return pd.Index(tables.site_ids).get_indexer(pd.Index(site_ids.astype(object)))


def _worst(tables: CountryTables, rulebook: Rulebook, themes: list[Theme]) -> list[dict[str, Any]]:
    """A row a severity, titles without a raised flag last."""
    mine = [rule.id for rule in rulebook.rules.values() if rule.theme in themes]
    raised = tables.raised[tables.raised["rule_id"].isin(mine)]
    place = {severity.value: i for i, severity in enumerate(_SHOWN)}
    worst = np.full(len(tables.sites), len(_SHOWN))
    rank = raised["severity"].astype(object).map(place).to_numpy(np.intp)
    np.minimum.at(worst, _rows(tables, raised["site_id"]), rank)
    words = [*(severity.value for severity in _SHOWN), "none_raised"]
    return [
        {"severity": word, "titles_count": counted(tables, worst == i)}
        for i, word in enumerate(words)
    ]


def _theme(tables: CountryTables, rulebook: Rulebook, theme: Theme) -> dict[str, Any]:
    """The rules of a theme, those raised most often first."""
    rules = [_rule(tables, rulebook, r.id) for r in rulebook.rules.values() if r.theme == theme]
    asked = [rule for rule in rules if rule["asked_count"]]
    ordered = sorted(asked, key=lambda rule: -rule["raised_count"][ALL])
    return {"theme": theme.value, "rules": ordered}


def _rule(tables: CountryTables, rulebook: Rulebook, rule_id: str) -> dict[str, Any]:
    raised = tables.raised[tables.raised["rule_id"] == rule_id]
    on = np.zeros(len(tables.sites), bool)
    on[_rows(tables, raised["site_id"])] = True
    severity = raised["severity"].astype(object).value_counts()
    answers = tables.answers[tables.answers["rule_id"] == rule_id].set_index("status")["titles"]
    return {
        "rule_id": rule_id,
        "label": dict(rulebook.rules[rule_id].label),
        "asked_count": int(answers.sum()),
        "raised_count": counted(tables, on),
        "raised_by_severity_count": {
            word.value: int(severity.get(word.value, 0)) for word in _SHOWN
        },
        "verify_count": int(raised["verify"].sum()),
        "not_assessed_count": int(answers.get(FlagStatus.NOT_ASSESSED.value, 0)),
        "clear_count": int(answers.get(FlagStatus.CLEAR.value, 0)),
        "status": "ok",
    }
