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
    FAILED = "failed"


_STATES = Spoken(
    {
        Stage.RUNNING: N_("being measured"),
        Stage.PARTLY: N_("in part"),
        Stage.NONE: N_("no data"),
        Stage.FAILED: N_("failed"),
    }
)


def stages_view(answer: Row, rasters: Sequence[Row], of_rasters: Stage = Stage.DONE) -> Component:
    """A row of the four stages, each with its state: done only where all of it answered.

    rasters: sources that were or will be asked. of_rasters: RUNNING before they have answered,
    FAILED where they could not be asked; DONE says what the answer tells of them.
    """
    lacking = set(answer["missing"])
    asked = {row["layer_id"] for row in rasters}
    layers = [row for row in answer["sources"] if row["layer_id"] not in asked]
    late = lacking & {str(row["label"]) for row in rasters}
    late_layers = lacking - late - set(PARTS.values())
    stages = [
        _stage(_("Overlaps"), _layers(len(layers)), _of_layers(layers, bool(late_layers))),
        _stage(_("Rings"), _("to 20 km"), _whole(PARTS[RINGS] not in lacking)),
        _downstream(answer, PARTS[DOWNSTREAM] in lacking),
        _stage(
            _("Rasters"),
            _layers(len(rasters)),
            of_rasters
            if rasters and of_rasters is not Stage.DONE
            else _of_layers(rasters, bool(late)),
        ),
    ]
    return html.Ol(stages, className="stages")


def _whole(is_whole: bool) -> Stage:
    return Stage.DONE if is_whole else Stage.PARTLY


def _of_layers(layers: Sequence[Row], is_late: bool) -> Stage:
    """One that failed has not answered."""
    if not layers:
        return Stage.NONE
    return _whole(not is_late and not any(row.get("problem") for row in layers))


def _downstream(answer: Row, is_late: bool) -> Component:
    steps = (answer.get("way") or {}).get("steps") or ()
    state = _whole(not is_late) if steps or is_late else Stage.NONE
    return _stage(_("Downstream"), words.counted("{n} basin", "{n} basins", len(steps)), state)


def _layers(count: int) -> str:
    return words.counted("{n} layer", "{n} layers", count)


def _stage(name: str, reach: str, state: Stage) -> Component:
    said = reach if state is Stage.DONE else _STATES[state]
    return html.Li([html.B(name), html.Span(said)], className=f"stage {state.value}")
