"""How far an answer to a proposal is: overlaps, rings, downstream, rasters. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.answers import PARTS
from cetm_geo.dashboard.figures import Component
from cetm_geo.evidence import RINGS
from cetm_geo.language import N_, Spoken, _
from cetm_geo.watersheds import DOWNSTREAM

Row = Mapping[str, Any]


class Stage(StrEnum):
    """Where a stage stands."""

    DONE = "done"
    RUNNING = "running"
    PARTLY = "partly"
    NONE = "none"


_STATES = Spoken(
    {
        Stage.RUNNING: N_("being measured"),
        Stage.PARTLY: N_("in part"),
        Stage.NONE: N_("no data"),
    }
)


def stages_view(answer: Row, rasters: Sequence[Row], is_waiting: bool) -> Component:
    """A row of the four stages, each with its state.

    rasters: sources that were or will be asked. is_waiting: they have not answered yet.
    """
    lacking = set(answer["missing"])
    rings, downstream = (name in lacking for name in (PARTS[RINGS], PARTS[DOWNSTREAM]))
    asked = {row["layer_id"] for row in rasters}
    layers = [row for row in answer["sources"] if row["layer_id"] not in asked]
    late = lacking & {str(row["label"]) for row in rasters}
    has_more = bool(lacking - late - set(PARTS.values()))
    stages = [
        _stage(_("Overlaps"), _layers(len(layers)), _running(has_more)),
        _stage(_("Rings"), _("to 20 km"), _running(rings)),
        _downstream(answer, downstream),
        _stage(_("Rasters"), _layers(len(rasters)), _of_rasters(rasters, late, is_waiting)),
    ]
    return html.Ol(stages, className="stages")


def _running(is_lacking: bool) -> Stage:
    return Stage.RUNNING if is_lacking else Stage.DONE


def _downstream(answer: Row, is_lacking: bool) -> Component:
    steps = (answer.get("way") or {}).get("steps") or ()
    state = _running(is_lacking) if steps or is_lacking else Stage.NONE
    return _stage(_("Downstream"), words.counted("{n} basin", "{n} basins", len(steps)), state)


def _of_rasters(rasters: Sequence[Row], lacking: set[str], is_waiting: bool) -> Stage:
    if not rasters:
        return Stage.NONE
    if is_waiting:
        return Stage.RUNNING
    return Stage.PARTLY if lacking else Stage.DONE


def _layers(count: int) -> str:
    return words.counted("{n} layer", "{n} layers", count)


def _stage(name: str, reach: str, state: Stage) -> Component:
    said = reach if state is Stage.DONE else _STATES[state]
    return html.Li([html.B(name), html.Span(said)], className=f"stage {state.value}")
