"""The page's signs of states and tiers, in the colours of print."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from cetm_geo import resources, words
from cetm_geo.dashboard.answer.charts import palette
from cetm_geo.dashboard.answer.flagcards import SIGNS
from cetm_geo.model import LayerState
from cetm_geo.report.locator import tinted

_OF_TIER: Mapping[str, str] = {
    "tier-critical": "tier-critical",
    "tier-high": "tier-high",
    "tier-moderate": "tier-moderate",
    "tier-info": "tier-info-line",
}


@cache
def signs() -> Mapping[str, str]:
    """SVG by the name of a sign."""
    folder, ink = resources.folder("assets") / "signs", palette()
    names = {
        *(said.sign for said in words.STATES.values()),
        *(said.sign for said in words.TIERS.values()),
        *SIGNS.values(),
    }
    found = {}
    for name in sorted(names):
        colour = ink[_OF_TIER.get(name, "ink-2")]
        if name == words.STATES[LayerState.OVERLAPS].sign:
            colour = ink["ink"]
        found[name] = tinted((folder / f"{name}.svg").read_text(encoding="utf-8"), colour)
    return found
