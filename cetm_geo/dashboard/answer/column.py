"""Everything the page says of one site, in its order; the same for a title and for a proposal."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from dash import html

from cetm_geo.dashboard.answer.around import around_view
from cetm_geo.dashboard.answer.overlapping import overlaps_view
from cetm_geo.dashboard.answer.reading import Row
from cetm_geo.dashboard.answer.sourcing import sources_view
from cetm_geo.dashboard.answer.touching import touching_view
from cetm_geo.dashboard.client import attrs
from cetm_geo.dashboard.figures import Component, problem
from cetm_geo.language import N_, _

_LOG = logging.getLogger(__name__)
Part = Component | Callable[[], Component | None] | None
# Parts that the reader can jump to, by the name on their section.
_JUMPS = (
    ("touches", N_("Touches")),
    ("flags", N_("Flags")),
    ("overlaps", N_("Overlaps")),
    ("around", N_("Around")),
    ("downstream", N_("Downstream")),
    ("land", N_("Land")),
    ("others", N_("Others")),
    ("pillars", N_("Pillars")),
    ("sources", N_("Sources")),
)


def answer_view(answer: Row, verdict: Part, flags: Part, *more: Part) -> list[Component]:
    """The sections of an answer below its head.

    A part that is given as a function and fails says so in its place; the others stay.

    more: what stands between the rings and the sources.
    """
    first = made(verdict)
    parts = [
        made(lambda: touching_view(answer)),
        made(flags),
        made(lambda: overlaps_view(answer)),
        made(lambda: around_view(answer)),
        *(made(part) for part in more),
        made(lambda: sources_view(answer)),
    ]
    shown = [part for part in parts if part is not None]
    return [part for part in (first, jumps_view(shown), *shown) if part is not None]


def made(part: Part) -> Component | None:
    """A part, or in its place that it failed."""
    if not callable(part):
        return part
    try:
        return part()
    except Exception:  # noqa: BLE001  # whatever it is, the other parts are shown
        _LOG.exception("a part of an answer failed")
        what = _("This part of the answer could not be shown.")
        return problem(what, _("The other parts are whole. Reload the page; the log says why."))


def jumps_view(parts: Sequence[Component]) -> Component:
    """Ways to the parts that there are; assets/panel.js follows them."""
    named = {name for part in parts for name in _names(part)}
    links = [
        html.Button(_(label), type="button", **attrs({"data-jump": name}))
        for name, label in _JUMPS
        if name in named
    ]
    return html.Nav(links, className="jumps", **attrs({"aria-label": _("Parts of this answer")}))


def _names(part: Any) -> list[str]:
    """The names of the sections in a part, which may stand in boxes of their own."""
    name = getattr(part, "data-part", None)
    if name:
        return [str(name)]
    inner = getattr(part, "children", None)
    found = inner if isinstance(inner, list | tuple) else [inner]
    boxed = getattr(part, "_type", "") == "Div"
    return [x for one in found if one is not None for x in _names(one)] if boxed else []
