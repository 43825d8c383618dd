"""How long an answer holds: until the first layer behind it is older than it may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from cetm_geo.normalize import use_by

LONGEST = timedelta(days=365)  # registers change: no answer is good for longer


def rerun_after(sources: Sequence[Mapping[str, Any]], as_of: date) -> date:
    """The day after which a site should be screened again.

    The last day on which every layer that is fresh on `as_of` still is, at most LONGEST later.

    Args:
        sources: rows by `tables.SOURCES`.
    """
    days = [
        use_by(str(row["as_of"]), float(row["stale_after_years"]))
        for row in sources
        if row.get("as_of") and row.get("stale_after_years") is not None
    ]
    return min([as_of + LONGEST, *(day for day in days if day >= as_of)])
