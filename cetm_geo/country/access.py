"""How far a country's titles lie from what work and trade need, and from the sea."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cetm_geo.country.figures import Known, counted, found, is_far, measured, nothing
from cetm_geo.country.tabled import CountryTables

PROCESSING = "processing_nearest_km"
TRADE = ("port_nearest_km", "railway_nearest_km", "road_nearest_km", "power_nearest_km")
BORDERS = "corridor_border_count"


def distance_of(tables: CountryTables, indicator_id: str) -> dict[str, Any]:
    """Median and largest straight line in km, and titles of which it is farther than is looked.

    These count in the median as the farthest; where it falls on them it has no number.
    """
    fact = tables.facts[indicator_id]
    far = is_far(fact)
    return {
        "indicator_id": indicator_id,
        "median_km": measured(tables, fact, _middle, np.where(far, np.inf, fact.value)),
        "max_km": measured(tables, fact, np.max),
        "beyond_500_km_count": found(tables, fact, far),
        "not_known_count": counted(tables, np.isnan(fact.value) & ~far),
    }


def _middle(values: Any) -> float:
    ordered = np.sort(values)
    return float(ordered[[(len(ordered) - 1) // 2, len(ordered) // 2]].mean())


def corridor_of(tables: CountryTables, landlocked: bool) -> dict[str, Any]:
    """Borders on the straight line to the nearest port; asked of land-locked countries."""
    if not landlocked:
        none = nothing(tables, Known.NOT_APPLICABLE)
        return {"borders_median": none, "borders_max": none, "ways": []}
    fact = tables.facts[BORDERS]
    return {
        "borders_median": measured(tables, fact, _middle),
        "borders_max": measured(tables, fact, np.max),
        "ways": _ways(tables),
    }


def _ways(tables: CountryTables) -> list[dict[str, Any]]:
    """The countries on the way, the most frequent way first."""
    own = tables.indicators[tables.indicators["indicator_id"] == BORDERS]
    told: pd.Series[str] = own["value_text"][own["value"] > 0].dropna()
    count = told.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return [
        {"countries": str(way), "titles_count": int(titles), "status": Known.OK.value}
        for way, titles in count.items()
    ]
