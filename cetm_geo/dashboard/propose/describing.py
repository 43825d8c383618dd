"""What a proposal may be said to be, as choices in the reader's language, and as a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cetm_geo import words
from cetm_geo.dashboard import figures
from cetm_geo.dashboard.explore.filterwords import STAGES
from cetm_geo.described import Described
from cetm_geo.language import N_, Spoken, _
from cetm_geo.model import Stage
from cetm_geo.model.rules import Method

METHODS = Spoken(
    {
        Method.OPEN_PIT: N_("Open pit"),
        Method.UNDERGROUND: N_("Underground"),
        Method.IN_SITU_LEACHING: N_("In-situ leaching"),
        Method.BRINE: N_("Brine"),
        Method.TAILINGS: N_("Reworking of tailings"),
        Method.UNKNOWN: N_("Not said"),
    }
)
# Words of the address, value -> key of `Described`; assets/bridge.js has the same.
WORDS = {"p_mineral": "minerals", "p_method": "method", "p_stage": "stage"}


def mineral_choices(minerals: Iterable[str]) -> list[dict[str, str]]:
    """Every mineral by its name, in the order of the names."""
    named = [{"value": one, "label": figures.mineral(one)} for one in minerals]
    return sorted(named, key=lambda choice: choice["label"].casefold())


def method_choices() -> list[dict[str, str]]:
    """Every method, the one that says nothing first."""
    return [{"value": x.value, "label": METHODS[x]} for x in _unknown_first(Method)]


def stage_choices() -> list[dict[str, str]]:
    """Every stage, the one that says nothing first."""
    said = {**{x: STAGES[x] for x in Stage}, Stage.UNKNOWN: _("Not said")}
    return [{"value": x.value, "label": said[x]} for x in _unknown_first(Stage)]


def _unknown_first(kinds: Any) -> list[Any]:
    return sorted(kinds, key=lambda one: one.value != "unknown")


def said(described: Described) -> str:
    """What a proposal is said to be, as a sentence."""
    minerals = words.listed([figures.mineral(x) for x in described.minerals], 5)
    method = "" if described.method == Method.UNKNOWN else METHODS[Method(described.method)]
    stage = "" if described.stage == Stage.UNKNOWN else STAGES[Stage(described.stage)]
    parts = [part for part in (minerals, method, stage) if part]
    return " · ".join(parts) if parts else _("Mineral, method and stage not said")
