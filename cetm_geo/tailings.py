"""The tailings screen: how a site stands to slides, quakes, floods and the people below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cetm_geo.arrays import Floats, Indices, Texts
from cetm_geo.model import IndicatorStatus

INDICATOR, UNIT = "tailings_screen", "points"
STEEP_DEG = 15.0
QUAKE_G = 0.2
FLOOD_CLASS = 3.0
# Whole people; the bands of the Global Industry Standard on Tailings Management (2020), annex 2.
PEOPLE = (1.0, 11.0, 101.0, 1001.0)
_INPUTS = ("slope", "peak ground acceleration", "flood class", "people downstream")
_MOST = np.array([1.0, 1.0, 1.0, 4.0])
MOST_POINTS = float(_MOST.sum())


@dataclass(frozen=True)
class Tailings:
    """Points of n sites; arrays (n,).

    least: of the inputs that are known; not a number where none is. most: what it comes to if the
    others are at their highest. known: how many of the four are known. unknown: the others, named.
    """

    least: Floats
    most: Floats
    known: Indices
    unknown: Texts


def tailings_points(
    slope_p90_deg: Floats, pga_max_g: Floats, flood_class: Floats, people_downstream: Floats
) -> Tailings:
    """The screen of n sites, each input (n,) and not a number where it is not known.

    A point each for a slope above 15 degrees on a tenth of the land, a peak ground acceleration
    above 0.2 g and a riverine flood class of 3 or 4 (Aqueduct); up to 4 for people downstream:
    1 to 10, 11 to 100, 101 to 1,000, more; parts of people are rounded.
    """
    inputs = np.column_stack([slope_p90_deg, pga_max_g, flood_class, people_downstream])
    given = ~np.isnan(inputs)
    slope, pga, flood, people = inputs.T
    with np.errstate(invalid="ignore"):
        points = np.column_stack(
            [
                slope > STEEP_DEG,
                pga > QUAKE_G,
                flood >= FLOOD_CLASS,
                np.searchsorted(PEOPLE, np.floor(people + 0.5), side="right"),
            ]
        )
    least = np.where(given, points, 0.0).sum(axis=1)
    return Tailings(
        least=np.where(given.any(axis=1), least, np.nan),
        most=np.where(given, points, _MOST).sum(axis=1),
        known=given.sum(axis=1).astype(np.intp),
        unknown=np.array([", ".join(np.array(_INPUTS)[~row]) for row in given], object),
    )


def tailings_indicator(site_ids: Texts, found: Tailings) -> Mapping[str, Any]:
    """`tailings_screen` of sites as columns by `tables.INDICATORS`.

    The value is what the known inputs come to; where some are not known the note says between
    which points it lies.
    """
    none = found.known == 0
    return {
        "site_id": site_ids,
        "indicator_id": INDICATOR,
        "value": found.least,
        "unit": UNIT,
        "status": np.where(none, IndicatorStatus.NO_DATA.value, IndicatorStatus.OK.value),
        "note": np.array([_note(found, i) for i in range(len(none))], object),
    }


def _note(found: Tailings, i: int) -> str | None:
    if found.known[i] == len(_INPUTS):
        return None
    if found.known[i] == 0:
        return f"not known: {found.unknown[i]}"
    return (
        f"rests on {found.known[i]} of {len(_INPUTS)} inputs; "
        f"between {found.least[i]:g} and {found.most[i]:g}; not known: {found.unknown[i]}"
    )
