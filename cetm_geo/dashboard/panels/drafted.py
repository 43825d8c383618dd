"""The stores that the parts of a proposal share: its shape, what it is to be, its answers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from dash import dcc

# The shape as the browser or a callback gives it: {geometry, typed}, with `typed` where the map has
# to show it. What it is said to be, as `Described.plain`.
DRAWN, SAID = "drawn", "proposal-said"
# Answers as `propose.drafts` remembers them: to what is shown, and to what was shown before it.
NOW, BEFORE = "proposal-now", "proposal-before"
DRAFTS = "proposal-drafts"  # those side by side, as `propose.drafts` has them
KEPT = "proposal-kept"  # the head of the proposal that was opened or saved, and its contests


def to_show(geometry: Mapping[str, Any]) -> dict[str, Any]:
    """A shape for DRAWN that the map does not have yet: it is shown there, and screened."""
    return {"geometry": geometry, "typed": time.time()}


def stores() -> list[dcc.Store]:
    """All of them, empty."""
    return [dcc.Store(id=one) for one in (DRAWN, NOW, BEFORE, DRAFTS, KEPT)] + [
        dcc.Store(id=SAID, data={"minerals": [], "method": "unknown", "stage": "unknown"})
    ]
